"""The two ways on which a mail leaves: a folder of .eml files, or a mail server. And who may receive one."""

import os
import re
import smtplib
import socket
import ssl
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Literal, Protocol

from nemuro_etl.errors import ConfigurationWrong, MailUndelivered

_MESSAGE_ID = re.compile(r"<(?P<night>\d{4}-\d{2}-\d{2})\.(?P<department>[^@]+)\.(?P<key>[0-9a-f]{8})[0-9a-f]*@[^@]+>")


class CertainlyNotSent(MailUndelivered):
    """The server does not have the mail: it may be sent again."""


class PerhapsSent(MailUndelivered):
    """The connection was lost after the mail went out and before the server answered: a person must look."""


class Transport(Protocol):
    """A way on which a mail leaves."""

    def send(self, message: EmailMessage) -> None:
        """Return when the mail was taken over. Raises CertainlyNotSent or PerhapsSent."""


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
    """Hands each mail to a mail server: certificate checked, password only inside TLS."""

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
        """Connect and log in, and send nothing. Raises CertainlyNotSent when the server would take no mail."""
        try:
            connection = self._connect()
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
            connection.close()
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            raise CertainlyNotSent(
                what=f"The mail server {self.host}:{self.port} does not take mails: {_say(error)}.",
                expected="Expected: the server to accept the connection and the login.",
                kept="Mails stay in the outbox.",
                remedy="Check the NEMURO_SMTP_… settings, then run: nemuro doctor",
            ) from error

    def send(self, message: EmailMessage) -> None:
        connection = self._ready(message)
        try:
            self._hand_over(connection, message.as_bytes(policy=policy.SMTP))
            # The server has the mail; how the farewell goes changes nothing.
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()
        finally:
            connection.close()

    def _ready(self, message: EmailMessage) -> smtplib.SMTP:
        """A connection on which the server has said that it waits for the mail's lines."""
        connection: smtplib.SMTP | None = None
        try:
            connection = self._connect()
            connection.ehlo_or_helo_if_needed()
            _expect(connection.mail(message["From"].addresses[0].addr_spec), 250)
            _expect(connection.rcpt(message["To"].addresses[0].addr_spec), 250, 251)
            _expect(connection.docmd("DATA"), 354)
        except (OSError, smtplib.SMTPException, UnicodeError) as error:
            # An address that was refused, and every fault before the lines of the mail went out.
            if connection is not None:
                connection.close()
            raise CertainlyNotSent(
                what=f"The mail server {self.host}:{self.port} did not take the mail to {message['To']}: {_say(error)}.",
                expected="Expected: the server to accept the connection, the login, the addresses and the mail.",
                kept="The server does not have the mail; it stays in the outbox.",
                remedy="Check the NEMURO_SMTP_… settings with: nemuro doctor; then run: nemuro outbox retry",
            ) from error
        return connection

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
        except BaseException:
            connection.close()
            raise
        return connection

    def _tls(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.ca_file)

    def _hand_over(self, connection: smtplib.SMTP, lines: bytes) -> None:
        # RFC 5321 4.5.2: a dot at the start of a line is doubled, a line of one dot ends the mail.
        stuffed = re.sub(rb"(?m)^\.", b"..", lines)
        try:
            connection.send(stuffed + (b"" if stuffed.endswith(b"\r\n") else b"\r\n") + b".\r\n")
            code, answer = connection.getreply()
        except (OSError, smtplib.SMTPException) as error:
            raise PerhapsSent(
                what=f"The mail server {self.host}:{self.port} was lost while it took the mail over: {_say(error)}.",
                expected="Expected: its answer that it has the mail.",
                kept="The mail is marked as doubtful and is not sent again by itself.",
                remedy="Ask the server's log for the Message-ID, then run: nemuro outbox list",
            ) from error
        if code != 250:
            raise CertainlyNotSent(
                what=f"The mail server {self.host}:{self.port} refused the mail: {code} {_text(answer)}.",
                expected="Expected: 250.",
                kept="The server does not have the mail; it stays in the outbox.",
                remedy="Correct what the server names, then run: nemuro outbox retry",
            )


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
    return " ".join(text.split())
