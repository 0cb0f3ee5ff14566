"""Mails to a real mail server on loopback: TLS, login, refusals, and connections that die at the worst moment."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from nemuro_etl.errors import ConfigurationWrong
from nemuro_etl.mail.message import to_message
from nemuro_etl.mail.transport import CertainlyNotSent, PerhapsSent, Refused, ServerAway, ServerUnready, Smtp
from nemuro_etl.model.alert import Mail, MailKind

PASSWORD = "correct horse battery"


class Mailbox:
    """What the server was given; `refuse_*` are the answers that it gives instead of taking."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.recipients: list[list[str]] = []
        self.refuse_recipient = ""
        self.refuse_message = ""

    async def handle_RCPT(  # noqa: N802 - named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse_recipient:
            return self.refuse_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refuse_message:
            return self.refuse_message
        assert isinstance(envelope.original_content, bytes)
        self.messages.append(envelope.original_content)
        self.recipients.append(list(envelope.rcpt_tos))
        return "250 OK"


def authenticate(server: SMTP, session: Session, envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    known = isinstance(data, LoginPassword) and data.login == b"nemuro" and data.password == PASSWORD.encode()
    # handled=False: the server itself answers 535; otherwise it would say nothing at all.
    return AuthResult(success=known, handled=False)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return path


def tls_context(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


@contextmanager
def mail_server(mailbox: Mailbox, **options: Any) -> Iterator[int]:
    # A port that is free now: the controller probes the port that it was given, and so cannot be given 0.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def port(mailbox: Mailbox, authority: trustme.CA) -> Iterator[int]:
    options = {"tls_context": tls_context(authority), "require_starttls": True, "authenticator": authenticate}
    with mail_server(mailbox, auth_required=True, **options) as port:
        yield port


def a_message(text: str = "実績6人、目安10人、目標25人。\n.\n..点で始まる行\n") -> EmailMessage:
    return to_message(
        Mail(
            key="c" * 64,
            kind=MailKind.DIGEST,
            department="fishery",
            night=date(2018, 11, 22),
            not_before=date(2018, 11, 22),
            sender="総合戦略指標管理システム <kpi@city.nemuro.example>",
            reply_to="seisaku@city.nemuro.example",
            to="suisan@city.nemuro.example",
            subject="【根室市創生総合戦略】新たな遅れ1件（水産経済部 平成30年11月22日）",
            text=text,
            html="<p>実績6人</p>\n",
            message_id=f"<2018-11-22.fishery.{'c' * 64}@city.nemuro.example>",
            headers={"Auto-Submitted": "auto-generated"},
        ),
        date=datetime(2018, 11, 22, 21, 0, tzinfo=UTC),
    )


def a_server(port: int, ca_file: Path | None, password: str = PASSWORD) -> Smtp:
    return Smtp("localhost", port, "starttls", user="nemuro", password=password, ca_file=ca_file, timeout=5)


def test_a_mail_arrives_byte_for_byte_through_starttls_and_login(mailbox: Mailbox, port: int, ca_file: Path) -> None:
    a_server(port, ca_file).send(a_message())
    assert mailbox.messages == [a_message().as_bytes()]
    assert mailbox.recipients == [["suisan@city.nemuro.example"]]


def test_lines_that_begin_with_a_dot_arrive_as_they_were(mailbox: Mailbox, port: int, ca_file: Path) -> None:
    message = a_message()
    message.get_body(("plain",)).set_content(".\n..\n.end\n", cte="7bit")  # type: ignore[union-attr]
    a_server(port, ca_file).send(message)
    assert mailbox.messages == [message.as_bytes()]
    assert b"\r\n.\r\n..\r\n.end\r\n" in mailbox.messages[0]


def test_a_wrong_password_sends_nothing_and_is_not_shown(mailbox: Mailbox, port: int, ca_file: Path) -> None:
    with pytest.raises(CertainlyNotSent, match="535") as fault:
        a_server(port, ca_file, password="wrong-but-secret").send(a_message())
    assert mailbox.messages == []
    assert "wrong-but-secret" not in str(fault.value)
    assert "wrong-but-secret" not in repr(a_server(port, ca_file, password="wrong-but-secret"))


def test_a_certificate_that_nobody_vouches_for_gets_no_password(mailbox: Mailbox, port: int) -> None:
    with pytest.raises(CertainlyNotSent, match="certificate verify failed"):
        a_server(port, None).send(a_message())
    assert mailbox.messages == []


def test_a_certificate_of_another_server_is_refused(mailbox: Mailbox, authority: trustme.CA, ca_file: Path) -> None:
    with (
        mail_server(mailbox, tls_context=tls_context(authority, "elsewhere.example"), require_starttls=True) as port,
        pytest.raises(CertainlyNotSent, match="Hostname mismatch"),
    ):
        Smtp("localhost", port, "starttls", ca_file=ca_file, timeout=5).send(a_message())


def test_a_server_without_starttls_is_not_talked_to_in_the_clear(mailbox: Mailbox, ca_file: Path) -> None:
    with mail_server(mailbox) as port, pytest.raises(CertainlyNotSent, match="STARTTLS"):
        Smtp("localhost", port, "starttls", ca_file=ca_file, timeout=5).send(a_message())
    assert mailbox.messages == []


def test_tls_from_the_first_byte_works_too(mailbox: Mailbox, authority: trustme.CA, ca_file: Path) -> None:
    with mail_server(mailbox, ssl_context=tls_context(authority)) as port:
        Smtp("localhost", port, "tls", ca_file=ca_file, timeout=5).send(a_message())
        with pytest.raises(CertainlyNotSent, match="certificate verify failed"):
            Smtp("localhost", port, "tls", timeout=5).send(a_message())
    assert mailbox.messages == [a_message().as_bytes()]


def test_a_password_never_travels_in_the_clear() -> None:
    with pytest.raises(ConfigurationWrong, match="NEMURO_SMTP_SECURITY is none"):
        Smtp("localhost", 25, "none", user="nemuro", password=PASSWORD)


@pytest.mark.parametrize(
    ("attribute", "answer"),
    [
        ("refuse_recipient", "550 no such mailbox"),
        ("refuse_recipient", "450 try later"),
        ("refuse_message", "554 refused by policy"),
        ("refuse_message", "452 no room"),
    ],
)
def test_what_the_server_refuses_it_certainly_does_not_have(
    attribute: str, answer: str, mailbox: Mailbox, port: int, ca_file: Path
) -> None:
    setattr(mailbox, attribute, answer)
    with pytest.raises(CertainlyNotSent, match=answer):
        a_server(port, ca_file).send(a_message())
    assert mailbox.messages == []


def test_nobody_listening_is_certainly_not_sent() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    with pytest.raises(CertainlyNotSent, match="Connection refused"):
        Smtp("127.0.0.1", port, "none", timeout=5).send(a_message())


@contextmanager
def scripted_server(*talks: Callable[[socket.socket], None]) -> Iterator[int]:
    """A server that says on each connection what the next of `talks` says, and then drops it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for talk in talks:
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(5)
                    talk(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def until(connection: socket.socket, end: bytes) -> bytes:
    received = b""
    while not received.endswith(end):
        received += connection.recv(65536)
    return received


def up_to_data(connection: socket.socket) -> None:
    connection.sendall(b"220 ready\r\n")
    for _ in ("EHLO", "MAIL", "RCPT"):
        until(connection, b"\r\n")
        connection.sendall(b"250 OK\r\n")
    until(connection, b"DATA\r\n")


def test_a_connection_lost_before_the_mail_went_out_is_certainly_not_sent() -> None:
    with scripted_server(up_to_data) as port, pytest.raises(CertainlyNotSent):
        Smtp("127.0.0.1", port, "none", timeout=5).send(a_message())


def test_a_connection_lost_after_the_mail_went_out_is_perhaps_sent() -> None:
    received: list[bytes] = []

    def talk(connection: socket.socket) -> None:
        up_to_data(connection)
        connection.sendall(b"354 go on\r\n")
        received.append(until(connection, b"\r\n.\r\n"))

    with scripted_server(talk) as port, pytest.raises(PerhapsSent) as fault:
        Smtp("127.0.0.1", port, "none", timeout=5).send(a_message())
    assert received == [a_message().as_bytes() + b".\r\n"]
    assert "doubtful" in fault.value.kept


def test_a_server_that_never_answers_after_the_mail_is_perhaps_sent() -> None:
    released = threading.Event()

    def talk(connection: socket.socket) -> None:
        up_to_data(connection)
        connection.sendall(b"354 go on\r\n")
        until(connection, b"\r\n.\r\n")
        released.wait(5)

    with scripted_server(talk) as port:
        with pytest.raises(PerhapsSent, match="timed out"):
            Smtp("127.0.0.1", port, "none", timeout=0.5).send(a_message())
        released.set()


def test_a_farewell_that_fails_does_not_unsend_a_mail() -> None:
    def talk(connection: socket.socket) -> None:
        up_to_data(connection)
        connection.sendall(b"354 go on\r\n")
        until(connection, b"\r\n.\r\n")
        connection.sendall(b"250 taken\r\n")

    with scripted_server(talk) as port:
        Smtp("127.0.0.1", port, "none", timeout=5).send(a_message())


def take(connection: socket.socket, answer: bytes = b"250 taken\r\n") -> None:
    connection.sendall(b"354 go on\r\n")
    until(connection, b"\r\n.\r\n")
    connection.sendall(answer)


def test_many_mails_go_over_one_connection_and_a_refused_one_between_them_harms_none(
    mailbox: Mailbox, port: int, ca_file: Path
) -> None:
    with a_server(port, ca_file).session() as session:
        session.send(a_message())
        mailbox.refuse_recipient = "550 no such mailbox"
        with pytest.raises(Refused) as fault:
            session.send(a_message())
        mailbox.refuse_recipient, mailbox.refuse_message = "", "452 no room"
        with pytest.raises(CertainlyNotSent) as later:
            session.send(a_message())
        mailbox.refuse_message = ""
        session.send(a_message("次のメール\n"))
    assert fault.value.said == "550 no such mailbox"
    assert not isinstance(later.value, Refused | ServerUnready)
    assert mailbox.messages == [a_message().as_bytes(), a_message("次のメール\n").as_bytes()]


@pytest.mark.parametrize("farewell", [b"421 too many mails\r\n", b""])
def test_a_connection_that_the_server_closes_between_two_mails_is_opened_again(farewell: bytes) -> None:
    def first(connection: socket.socket) -> None:
        up_to_data(connection)
        take(connection)
        if farewell:
            until(connection, b"\r\n")
            connection.sendall(farewell)

    def second(connection: socket.socket) -> None:
        up_to_data(connection)
        take(connection)

    with scripted_server(first, second) as port, Smtp("127.0.0.1", port, "none", timeout=5).session() as session:
        session.send(a_message())
        session.send(a_message())


def test_a_mail_that_is_perhaps_sent_is_not_sent_again_over_another_connection() -> None:
    def first(connection: socket.socket) -> None:
        up_to_data(connection)
        take(connection)
        for _ in ("MAIL", "RCPT"):
            until(connection, b"\r\n")
            connection.sendall(b"250 OK\r\n")
        until(connection, b"DATA\r\n")
        take(connection, b"")

    with scripted_server(first) as port, Smtp("127.0.0.1", port, "none", timeout=5).session() as session:
        session.send(a_message())
        with pytest.raises(PerhapsSent):
            session.send(a_message())


def test_a_server_that_refuses_and_hangs_up_has_refused() -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"220 ready\r\n")
        for answer in (b"250 OK\r\n", b"250 OK\r\n", b"550 no such mailbox\r\n"):
            until(connection, b"\r\n")
            connection.sendall(answer)

    with scripted_server(talk) as port, pytest.raises(Refused, match="550 no such mailbox"):
        Smtp("127.0.0.1", port, "none", timeout=5).send(a_message())


def test_an_answer_that_says_neither_yes_nor_no_leaves_the_mail_in_doubt() -> None:
    def talk(connection: socket.socket) -> None:
        up_to_data(connection)
        take(connection, b"299 what was that?\r\n")

    with scripted_server(talk) as port, pytest.raises(PerhapsSent, match="299 what was that"):
        Smtp("127.0.0.1", port, "none", timeout=5).send(a_message())


@pytest.mark.parametrize(
    ("greeting", "away"), [(b"421 come back later\r\n", True), (b"554 no service here\r\n", False)]
)
def test_only_a_server_that_may_be_back_in_a_moment_is_away(greeting: bytes, away: bool) -> None:
    with (
        scripted_server(lambda connection: connection.sendall(greeting)) as port,
        pytest.raises(ServerUnready, match=greeting[:3].decode()) as fault,
    ):
        Smtp("127.0.0.1", port, "none", timeout=5).send(a_message())
    assert isinstance(fault.value, ServerAway) is away


def test_a_sender_that_the_server_does_not_want_is_about_every_mail() -> None:
    def talk(connection: socket.socket) -> None:
        connection.sendall(b"220 ready\r\n")
        for answer in (b"250 OK\r\n", b"553 sender not allowed\r\n"):
            until(connection, b"\r\n")
            connection.sendall(answer)

    with scripted_server(talk) as port, pytest.raises(ServerUnready, match="553 sender not allowed") as fault:
        Smtp("127.0.0.1", port, "none", timeout=5).send(a_message())
    assert not isinstance(fault.value, ServerAway)
