"""A real mail server on loopback that can be trusted with nothing: it drops, refuses, dawdles and loses mails."""

import asyncio
import random
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.parser import BytesHeaderParser
from enum import StrEnum
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Mishap(StrEnum):
    """What goes wrong with a connection, or with one mail on it."""

    DROPPED_AT_ONCE = "dropped on connecting"
    TURNED_AWAY = "421 on connecting"
    DROPPED_AT_MAIL = "dropped at MAIL"
    DROPPED_AT_RCPT = "dropped at RCPT"
    RECIPIENT_LATER = "451 to RCPT"
    DROPPED_IN_DATA = "dropped in the middle of DATA"
    MAIL_LATER = "452 after DATA"
    KEPT_WITHOUT_ANSWER = "kept, and dropped before the answer"
    LOST_WITHOUT_ANSWER = "lost, and dropped before the answer"
    DROPPED_AFTER_ANSWER = "dropped after the answer"


_OF_CONNECTION = (Mishap.DROPPED_AT_ONCE, Mishap.TURNED_AWAY)
_OF_MAIL = tuple(mishap for mishap in Mishap if mishap not in _OF_CONNECTION)
_TAKEN = "250 taken"


@dataclass
class Handed:
    """A mail that a client sent after its DATA: in which run, whether it was kept, and whether a 250 said so."""

    run: int
    message_id: str
    data: bytes
    kept: bool
    answered: bool = False


@dataclass
class Postbox:
    """What the server was handed, and how it behaves. `run` is that of the client, and set before each."""

    fate: random.Random = field(default_factory=random.Random)
    trouble: float = 0.0
    """The share of connections, and of the mails on the others, with which something goes wrong."""
    pause: float = 0.0
    """The longest that it keeps a mail waiting: before it has it, and again before it says so."""
    turns_everybody_away: bool = False
    run: int = 0
    handed: list[Handed] = field(default_factory=list)
    mishaps: "Counter[str]" = field(default_factory=Counter)

    def kept(self) -> dict[str, list[Handed]]:
        """The mails that it kept, by Message-ID in the order in which they came."""
        found: dict[str, list[Handed]] = {}
        for one in self.handed:
            if one.kept:
                found.setdefault(one.message_id, []).append(one)
        return found

    def draw(self, mishaps: tuple[Mishap, ...]) -> Mishap | None:
        return self.fate.choice(mishaps) if self.fate.random() < self.trouble else None

    def take(self, run: int, data: bytes, *, kept: bool) -> Handed:
        message_id = BytesHeaderParser(policy=policy.default).parsebytes(data)["Message-ID"]
        self.handed.append(Handed(run, str(message_id), data, kept))
        return self.handed[-1]

    async def dawdle(self) -> None:
        await asyncio.sleep(self.fate.uniform(0, self.pause))

    async def handle_MAIL(  # noqa: N802 - named by aiosmtpd
        self, talk: "_Talk", session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        talk.mishap = self.draw(_OF_MAIL)
        if talk.meets(Mishap.DROPPED_AT_MAIL):
            await talk.drop()
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, talk: "_Talk", session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if talk.meets(Mishap.DROPPED_AT_RCPT):
            await talk.drop()
        if talk.meets(Mishap.RECIPIENT_LATER):
            return "451 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, talk: "_Talk", session: Session, envelope: Envelope) -> str:  # noqa: N802
        if talk.meets(Mishap.MAIL_LATER):
            return "452 no room"
        await self.dawdle()
        assert isinstance(envelope.original_content, bytes)
        lost = talk.meets(Mishap.LOST_WITHOUT_ANSWER)
        handed = self.take(talk.run, envelope.original_content, kept=not lost)
        if lost or talk.meets(Mishap.KEPT_WITHOUT_ANSWER):
            await talk.drop()
        await self.dawdle()
        talk.answering = handed
        return _TAKEN


class _Talk(SMTP):
    """One connection. The fate of each mail on it is drawn when its MAIL comes."""

    def __init__(self, postbox: Postbox, **options: Any) -> None:
        super().__init__(postbox, **options)
        self.postbox = postbox
        self.run = postbox.run
        self.mishap: Mishap | None = None
        self.answering: Handed | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.mishap = Mishap.TURNED_AWAY if self.postbox.turns_everybody_away else self.postbox.draw(_OF_CONNECTION)
        if self.meets(Mishap.TURNED_AWAY):
            transport.write(b"421 come again later\r\n")
            transport.close()
        elif self.meets(Mishap.DROPPED_AT_ONCE):
            transport.abort()
        super().connection_made(transport)

    def meets(self, mishap: Mishap) -> bool:
        """Whether this is what goes wrong now: then it is counted, and over."""
        if self.mishap is not mishap:
            return False
        self.postbox.mishaps[mishap] += 1
        self.mishap = None
        return True

    async def drop(self) -> None:
        """Cut the connection; whoever talks on it is cancelled when its loss is noticed."""
        assert isinstance(self.transport, asyncio.Transport)
        self.transport.abort()
        await asyncio.sleep(60)

    async def push(self, status: str | bytes) -> None:
        await super().push(status)
        if status == _TAKEN and self.answering is not None:
            self.answering.answered = True
            self.answering = None
            if self.meets(Mishap.DROPPED_AFTER_ANSWER):
                self._writer.close()

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if self.meets(Mishap.DROPPED_IN_DATA):
            await self.push("354 go on")
            self.postbox.take(self.run, await self._reader.readuntil(b"\r\n\r\n"), kept=False)
            await self.drop()
        await super().smtp_DATA(arg)


class _Server(Controller):
    def factory(self) -> _Talk:
        return _Talk(self.handler, hostname="mail.example", loop=self.loop)


def free_port() -> int:
    """A port of this machine on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    assert isinstance(port, int)
    return port


@contextmanager
def serving(postbox: Postbox, port: int) -> Iterator[None]:
    """A server for `postbox` on `port`, in a thread of this process."""
    server = _Server(postbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        yield
    finally:
        server.stop()
