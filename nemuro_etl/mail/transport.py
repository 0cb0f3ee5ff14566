"""The two ways on which a mail leaves: a folder of .eml files, or a mail server. And who may receive one."""

import os
import re
import smtplib
import socket
import ssl
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Literal, Protocol

from nemuro_etl.errors import ConfigurationWrong, MailUndelivered

_MESSAGE_ID = re.compile(r"<(?P<night>\d{4}-\d{2}-\d{2})\.(?P<department>[^@]+)\.(?P<key>[0-9a-f]{8})[0-9a-f]*@[^@]+>")


class CertainlyNotSent(MailUndelivered):
    """The server does not have the mail: it may be sent again."""


class ServerUnready(CertainlyNotSent):
    """The server does not have the mail, for a reason that every mail meets: the login, the certificate, the sender."""


class ServerAway(ServerUnready):
    """The same, for a reason that may be over in a moment: no connection, a time-out, 421."""


@dataclass
class Refused(CertainlyNotSent):
    """The server does not want this mail, now or later: its address or its content. `said`: in the server's words."""

    said: str


class PerhapsSent(MailUndelivered):
    """The connection was lost after the mail went out and before the server answered: nobody knows."""


class Session(Protocol):
    """A way that is open: many mails, one after the other."""

    def send(self, message: EmailMessage) -> None:
        """Return when the mail was taken over. Raises CertainlyNotSent (or one of its kinds) or PerhapsSent.

        A mail has one recipient: what becomes of it is what becomes of the recipient.
        """


class Transport(Session, Protocol):
    """A way on which a mail leaves: by itself, or with others in a session."""

    def session(self) -> AbstractContextManager[Session]:
        """The way kept open between mails, and closed at the end."""


def may_receive(address: str, allow: Collection[str], live: bool) -> bool:
    """Whether a mail server may be given a mail to `address`.

    In production (`live`) always; elsewhere only addresses and domains in `allow`, so that a rehearsal cannot write
    to a section. A mail that may not leave stays in the outbox with `withheld_because`; .eml files need no leave.
    """
    address = address.lower()
    allowed = {entry.lower().removeprefix("@") for entry in allow}
    return live or address in allowed or address.rpartition("@")[2] in allowed


def withheld_because(address: str) -> str:
    """The reason that the outbox gives for a mail that may not leave."""
    return f"宛先 {address} は NEMURO_MAIL_ALLOW になく、NEMURO_MAIL_LIVE=1 でもないため、送信せずに保留しています。"


@dataclass(frozen=True, slots=True)
class EmlFolder:
    """Writes each mail as `<night>_<department>_<first 8 of the key>.eml`; the same key is the same file."""

    folder: Path

    def path_of(self, message: EmailMessage) -> Path:
        """Where `message` is written."""
        match = _MESSAGE_ID.fullmatch(str(message["Message-ID"]))
        if match is None:
            raise ValueError(f"not a Message-ID of this product: {message['Message-ID']}")
        return self.folder / f"{match['night']}_{match['department']}_{match['key']}.eml"

    @contextmanager
    def session(self) -> Iterator[Session]:
        yield self

    def send(self, message: EmailMessage) -> None:
        path = self.path_of(message)
        part = path.with_suffix(".part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                file.write(message.as_bytes(policy=policy.SMTP))
                file.flush()
                os.fsync(file.fileno())
            part.replace(path)
        except OSError as error:
            raise CertainlyNotSent(
                what=f"Mail {path.name} could not be written to {self.folder}: {error.strerror}.",
                expected="Expected: a folder that can be written to.",
                kept="The mail stays in the outbox.",
                remedy="Make room or give the right to write, then run: nemuro outbox retry",
            ) from error


@dataclass(frozen=True, slots=True)
class Smtp:
    """Hands mails to a mail server: certificate checked, password only inside TLS."""

    host: str
    port: int
    security: Literal["starttls", "tls", "none"]
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
    timeout: float = 30.0

    def __post_init__(self) -> None:
        if self.security == "none" and self.user is not None:
            raise ConfigurationWrong(
                what="NEMURO_SMTP_USER is set and NEMURO_SMTP_SECURITY is none.",
                expected="Expected: starttls or tls, so that the password does not travel in the clear.",
                kept="No connection was made; mails stay in the outbox.",
                remedy="Set NEMURO_SMTP_SECURITY=starttls, or remove the user, then run: nemuro doctor",
            )

    def probe(self) -> None:
        """Connect and log in, and send nothing. Raises ServerUnready when the server would take no mail."""
        _part(self.connect())

    def send(self, message: EmailMessage) -> None:
        with self.session() as session:
            session.send(message)

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One connection for many mails. It is opened for the first, and again when the server has closed it."""
        session = _SmtpSession(self)
        try:
            yield session
        finally:
            session.close()

    def connect(self) -> smtplib.SMTP:
        """A connection, logged in. Raises ServerUnready, or ServerAway when it is worth another try."""
        try:
            return self._connect()
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            raise self.unready(error) from error

    def unready(self, error: OSError | smtplib.SMTPException | UnicodeError) -> ServerUnready:
        """The fault for what the server said or did before it could have any mail."""
        return (ServerAway if _passes(error) else ServerUnready)(
            what=f"The mail server {self.host}:{self.port} does not take mails: {_say(error)}.",
            expected="Expected: the server to accept the connection, the login and the sender.",
            kept="The server has nothing of what was not sent yet; mails stay in the outbox.",
            remedy="Check the NEMURO_SMTP_… settings with: nemuro doctor; then run: nemuro outbox retry",
        )

    def _connect(self) -> smtplib.SMTP:
        # smtplib would ask the name service for this machine's full name, which takes seconds where there is none.
        name = socket.gethostname()
        if self.security == "tls":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, name, timeout=self.timeout, context=self._tls()
            )
        else:
            connection = smtplib.SMTP(self.host, self.port, name, timeout=self.timeout)
        try:
            if self.security == "starttls":
                connection.starttls(context=self._tls())
            if self.user is not None:
                connection.login(self.user, self.password or "")
            connection.ehlo_or_helo_if_needed()
        except BaseException:
            connection.close()
            raise
        return connection

    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file)


class _SmtpSession:
    """Mails over one connection of `server`: every mail is announced, and only then are its lines sent."""

    def __init__(self, server: Smtp) -> None:
        self._server = server
        self._connection: smtplib.SMTP | None = None

    def send(self, message: EmailMessage) -> None:
        lines = message.as_bytes(policy=policy.SMTP)
        self._hand_over(self._ready(message), lines, message)

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            # What the server took it has; how the farewell goes changes nothing.
            _part(connection)

    def _ready(self, message: EmailMessage) -> smtplib.SMTP:
        """A connection on which the server has said that it waits for the mail's lines."""
        if self._connection is not None:
            # A server may close a connection that waited, or take no more mails on it: a new one tells.
            with suppress(ServerUnready):
                return self._announced(self._connection, message)
        self._connection = self._server.connect()
        return self._announced(self._connection, message)

    def _announced(self, connection: smtplib.SMTP, message: EmailMessage) -> smtplib.SMTP:
        try:
            _expect(connection.mail(message["From"].addresses[0].addr_spec), 250)
            code, answer = connection.rcpt(message["To"].addresses[0].addr_spec)
            if code not in (250, 251):
                self._turn_down(connection, code, answer, message)
            code, answer = connection.docmd("DATA")
            if code != 354:
                self._turn_down(connection, code, answer, message)
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            self._drop(connection)
            raise self._server.unready(error) from error
        return connection

    def _hand_over(self, connection: smtplib.SMTP, lines: bytes, message: EmailMessage) -> None:
        # RFC 5321 4.5.2: a dot at the start of a line is doubled, a line of one dot ends the mail.
        stuffed = re.sub(rb"(?m)^\.", b"..", lines)
        try:
            connection.send(stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n")
            code, answer = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self._drop(connection)
            raise self._lost(_say(error)) from error
        if code == 250:
            return
        if not 400 <= code < 600:
            self._drop(connection)
            raise self._lost(f"{code} {_text(answer)}")
        try:
            self._turn_down(connection, code, answer, message)
        except smtplib.SMTPResponseException as error:
            self._drop(connection)
            raise self._server.unready(error) from error

    def _turn_down(self, connection: smtplib.SMTP, code: int, answer: bytes, message: EmailMessage) -> None:
        """Raise what the server's answer to this one mail means; SMTPResponseException when it is about every mail."""
        if code in _ABOUT_EVERY_MAIL:
            raise smtplib.SMTPResponseException(code, answer)
        try:
            _expect(connection.rset(), 250)
        except (OSError, smtplib.SMTPException):
            self._drop(connection)  # some servers refuse and hang up: what was said stands
        said = f"{code} {_text(answer)}"
        server = f"{self._server.host}:{self._server.port}"
        what = f"The mail server {server} did not take the mail to {message['To']}: {said}."
        expected = "Expected: the server to accept the address and the mail."
        if code >= 500:
            raise Refused(
                what=what,
                expected=expected,
                kept="The server does not have the mail and would refuse it again; it is kept in the outbox as refused.",
                remedy="Correct the address in config/departments.yml, then run: nemuro outbox retry KEY",
                said=said,
            )
        raise CertainlyNotSent(
            what=what,
            expected=expected,
            kept="The server does not have the mail; it stays in the outbox.",
            remedy="The next run tries again; or run: nemuro outbox retry",
        )

    def _lost(self, said: str) -> PerhapsSent:
        return PerhapsSent(
            what=f"The mail server {self._server.host}:{self._server.port} was lost while it took the mail over: {said}.",
            expected="Expected: its answer that it has the mail.",
            kept="The next run sends it once more with the same Message-ID; after a second time it is doubtful and waits.",
            remedy="Ask the server's log for the Message-ID, then run: nemuro outbox list",
        )

    def _drop(self, connection: smtplib.SMTP) -> None:
        connection.close()
        self._connection = None


_ABOUT_EVERY_MAIL = frozenset({421, 530, 534, 535, 538})
"""Answers to one mail that any other would get as well: the server ends its service, or wants another login."""


def _passes(error: OSError | smtplib.SMTPException | UnicodeError) -> bool:
    """Whether another try in a moment may go better."""
    if isinstance(error, smtplib.SMTPResponseException):
        return 400 <= error.smtp_code < 500
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return True
    return isinstance(error, OSError) and not isinstance(error, smtplib.SMTPException | ssl.SSLCertVerificationError)


def _part(connection: smtplib.SMTP) -> None:
    with suppress(OSError, smtplib.SMTPException):
        connection.quit()
    connection.close()


def _expect(reply: tuple[int, bytes], *codes: int) -> None:
    if reply[0] not in codes:
        raise smtplib.SMTPResponseException(reply[0], reply[1])


def _say(error: OSError | smtplib.SMTPException | UnicodeError) -> str:
    if isinstance(error, UnicodeError):
        # Its own text would show a part of the password.
        return "the user or the password is not ASCII"
    if isinstance(error, smtplib.SMTPResponseException):
        return f"{error.smtp_code} {_text(error.smtp_error)}"
    return str(error) or type(error).__name__


def _text(answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
