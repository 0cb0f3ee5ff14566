"""Delivery run by run: held, refused, doubted and halted mails, and a server that comes back or does not."""

import logging
import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from pydantic import SecretStr

from nemuro_etl.errors import UsageWrong
from nemuro_etl.model.alert import Mail, MailKind
from nemuro_etl.pipeline.delivering import deliver, deliveries, release, retry
from nemuro_etl.pipeline.house import House, open_house
from nemuro_etl.pipeline.journal import Deed, write_entry
from nemuro_etl.pipeline.looking import outbox
from nemuro_etl.pipeline.night import nightly
from nemuro_etl.pipeline.rebuilding import rebuild
from nemuro_etl.settings import Settings
from tests.e2e.command import CHECKOUT, Nemuro

NIGHT = datetime(2018, 11, 21, 18, tzinfo=UTC)
SECRETARIAT = "sogo-seisaku@city.nemuro.example"
FISHERY = "suisan-keizai@city.nemuro.example"


class Server:
    """What a mail server was given; `answers` are what it says to the next recipients or mails instead of taking them."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refused: dict[str, str] = {}
        self.after_data: list[str | None] = []
        self.sessions: set[int] = set()

    async def handle_RCPT(  # noqa: N802 - named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.sessions.add(id(session))
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        answer = self.after_data.pop(0) if self.after_data else "250 OK"
        if answer is None or answer.startswith("250"):
            assert isinstance(envelope.original_content, bytes)
            self.mails.append(BytesParser(policy=policy.default).parsebytes(envelope.original_content))
        if answer is None:
            # it has the mail, and nobody hears of it
            assert server.transport is not None
            server.transport.abort()
            return "250 too late"
        return answer

    @property
    def times(self) -> dict[str, int]:
        """How often each digest was taken, by the first letter of its key."""
        return dict(Counter(str(mail["Message-ID"]).split(".")[2][0] for mail in self.mails))


@contextmanager
def listening(server: Server, port: int) -> Iterator[None]:
    controller = Controller(server, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield
    finally:
        controller.stop()


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def server(port: int) -> Iterator[Server]:
    server = Server()
    with listening(server, port):
        yield server


@pytest.fixture
def house(tmp_path: Path, port: int) -> Iterator[House]:
    house = open_house(
        Settings(
            home=tmp_path / "home",
            config=CHECKOUT / "config",
            now=NIGHT,
            smtp_host="127.0.0.1",
            smtp_port=port,
            smtp_security="none",
            smtp_patience=0,
            mail_live=True,
        )
    )
    yield house
    house.close()


def a_mail(letter: str, to: str = FISHERY, department: str = "suisan-keizai") -> Mail:
    key = letter * 64
    return Mail(
        key=key,
        kind=MailKind.DIGEST,
        department=department,
        night=date(2018, 11, 22),
        not_before=date(2018, 11, 22),
        sender="進捗管理 <nemuro-etl@city.nemuro.example>",
        reply_to=SECRETARIAT,
        to=to,
        subject="【根室市創生総合戦略】新たな遅れ1件（水産経済部）",
        text="実績6人\n",
        html="<p>実績6人</p>\n",
        message_id=f"<2018-11-22.fishery.{key}@city.nemuro.example>",
    )


def fates(house: House) -> dict[str, str]:
    return {one.mail.key[0]: one.status for one in house.warehouse.mails() if one.mail.kind is MailKind.DIGEST}


def outcomes(house: House, pause: Callable[[float], None] = lambda _: pytest.fail("it waited")) -> list[str]:
    return [each.outcome for each in deliveries(house, pause=pause)]


def with_patience(house: House, seconds: int) -> House:
    return replace(house, settings=house.settings.model_copy(update={"smtp_patience": seconds}))


def test_the_mails_of_a_run_share_one_connection(house: House, server: Server) -> None:
    house.warehouse.record_night([], [a_mail(letter) for letter in "abcde"])
    assert outcomes(house) == ["sent"] * 5
    assert server.times == dict.fromkeys("abcde", 1)
    assert len(server.sessions) == 1


def test_a_held_mail_is_sent_after_its_release_and_says_who_let_it_go(house: House, server: Server) -> None:
    house.warehouse.record_night([], [a_mail("a"), a_mail("b"), a_mail("c")], held=frozenset({"a" * 64, "b" * 64}))
    assert outcomes(house) == ["sent"]
    assert [each.outcome for each in release(house, ["a" * 8], by="企画課 佐藤")] == ["sent"]
    assert server.times == {"c": 1, "a": 1}
    with pytest.raises(UsageWrong, match="names no mail that is held"):
        release(house, ["c" * 8], by="企画課 佐藤")
    release(house, [], by="企画課 佐藤")
    assert server.times == dict.fromkeys("abc", 1)
    rows = {str(row["key"])[0]: row["released_by"] for row in outbox(house)}
    assert rows == {"a": "企画課 佐藤", "b": "企画課 佐藤", "c": None}


def test_a_mail_whose_fate_is_unknown_is_sent_once_more_with_its_message_id_and_the_outbox_says_so(
    house: House, server: Server
) -> None:
    house.warehouse.record_night([], [a_mail("a"), a_mail("b")])
    server.after_data = [None]
    assert outcomes(house) == ["uncertain", "sent"]
    assert [row["remark"] for row in outbox(house)] == [
        "perhaps sent; is sent once more with the same Message-ID",
        "",
    ]
    assert outcomes(house) == ["sent"]
    assert server.times == {"a": 2, "b": 1}
    first, _, second = server.mails
    assert first.as_bytes() == second.as_bytes()
    assert [row["remark"] for row in outbox(house)] == ["perhaps sent twice, with the same Message-ID", ""]
    assert outcomes(house) == []


def test_a_mail_whose_fate_is_unknown_twice_waits_for_a_person(house: House, server: Server) -> None:
    house.warehouse.record_night([], [a_mail("a")])
    server.after_data = [None, None]
    assert outcomes(house) == ["uncertain"]
    assert outcomes(house) == ["doubtful"]
    assert outcomes(house) == []
    assert [each.outcome for each in retry(house, [])] == []
    with pytest.raises(UsageWrong, match="names no mail that is refused or doubtful"):
        retry(house, ["aaa"])
    assert [each.outcome for each in retry(house, ["a" * 8])] == ["sent"]
    assert server.times == {"a": 3}


def test_a_run_that_was_killed_while_sending_counts_as_one_attempt_of_unknown_fate(
    house: House, server: Server
) -> None:
    house.warehouse.record_night([], [a_mail("a"), a_mail("b")])
    house.warehouse.claim("a" * 64)
    server.after_data = [None]
    assert outcomes(house) == ["doubtful", "sent"], "the killed run's attempt was the first"
    assert fates(house) == {"a": "doubtful", "b": "sent"}


@pytest.mark.parametrize(
    ("deed", "facts", "next_run", "then"),
    [
        (Deed.SENT, {}, [], "sent"),
        (Deed.NOT_SENT, {"reason": "refused"}, ["sent"], "sent"),
        (Deed.DOUBTED, {"reason": "lost"}, ["sent"], "sent"),
        (Deed.REFUSED, {"said": "550 no"}, ["sent"], "refused"),
    ],
)
def test_a_run_that_was_killed_after_it_knew_and_before_it_marked_is_believed(
    house: House, server: Server, deed: Deed, facts: dict[str, str], next_run: list[str], then: str
) -> None:
    house.warehouse.record_night([], [a_mail("a")])
    write_entry(house, Deed.SENDING, key="a" * 64)
    house.warehouse.claim("a" * 64)
    write_entry(house, deed, key="a" * 64, **facts)
    assert outcomes(house) == next_run
    assert fates(house) == {"a": then}
    doubts = {one.doubts for one in house.warehouse.mails() if one.mail.kind is MailKind.DIGEST}
    assert doubts == {1 if deed is Deed.DOUBTED else 0}


def test_a_refused_mail_is_told_to_the_secretariat_in_the_same_run_and_once(house: House, server: Server) -> None:
    house.warehouse.record_night([], [a_mail("a"), a_mail("b", "kensetsu-suido@city.nemuro.example", "kensetsu-suido")])
    server.refused = {FISHERY: "550 5.1.1 no such mailbox"}
    assert outcomes(house) == ["refused", "sent", "sent"]
    assert fates(house) == {"a": "refused", "b": "sent"}
    notice = next(mail for mail in server.mails if mail["To"] == SECRETARIAT)
    text = notice.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    for words in (
        "水産経済部",
        FISHERY,
        "550 5.1.1 no such mailbox",
        "config/departments.yml",
        "outbox retry aaaaaaaa",
    ):
        assert words in text
    assert outcomes(house) == []
    assert len(server.mails) == 2
    server.refused = {}
    assert [each.outcome for each in retry(house, ["a" * 8])] == ["sent"]
    assert server.mails[-1]["To"] == FISHERY


def test_a_refused_mail_is_sent_again_to_the_corrected_address(house: House, server: Server) -> None:
    house.warehouse.record_night([], [a_mail("a", "suisan-keizei@city.nemuro.example")])
    server.refused = {"suisan-keizei@city.nemuro.example": "550 no such mailbox"}
    assert outcomes(house) == ["refused", "sent"]
    assert [each.outcome for each in retry(house, ["a" * 8])] == ["sent"]
    assert server.mails[-1]["To"] == FISHERY


def test_content_that_a_server_refuses_is_refused_and_what_it_wants_later_waits(house: House, server: Server) -> None:
    house.warehouse.record_night([], [a_mail("a"), a_mail("b")])
    server.after_data = ["451 greylisted", "554 refused by policy"]
    assert outcomes(house) == ["pending", "refused", "sent"]
    assert fates(house) == {"a": "pending", "b": "refused"}
    assert outcomes(house) == ["sent"]


def test_a_secretariat_that_cannot_be_reached_alarms_the_operator_and_no_mail_goes_round(
    house: House, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    house = replace(house, settings=house.settings.model_copy(update={"operator_address": "ops@city.nemuro.example"}))
    house.warehouse.record_night([], [a_mail("a")])
    server.refused = {FISHERY: "550 no such mailbox", SECRETARIAT: "550 no such mailbox either"}
    with caplog.at_level(logging.ERROR):
        assert outcomes(house) == ["refused", "refused"]
    (alarm,) = server.mails
    assert alarm["To"] == "ops@city.nemuro.example"
    assert "550 no such mailbox either" in alarm.get_content()
    assert "The secretariat's own address was refused. Mailed: ops@city.nemuro.example" in caplog.text
    assert outcomes(house) == []


def test_a_server_that_is_back_in_a_moment_is_waited_for(house: House, port: int) -> None:
    house.warehouse.record_night([], [a_mail("a"), a_mail("b")])
    house = with_patience(house, 60)
    server, waits = Server(), list[float]()
    controller = Controller(server, hostname="127.0.0.1", port=port)

    def pause(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 3:
            controller.start()

    try:
        assert outcomes(house, pause) == ["sent", "sent"]
    finally:
        controller.stop()
    assert waits == [1, 2, 4]
    assert server.times == {"a": 1, "b": 1}


def test_a_server_that_stays_away_costs_a_run_a_minute_and_not_a_mail(house: House, port: int) -> None:
    house.warehouse.record_night([], [a_mail(letter) for letter in "abcdef"])
    waits: list[float] = []
    assert outcomes(with_patience(house, 60), waits.append) == ["pending"] * 6
    assert waits == [1, 2, 4, 8, 16]
    assert {one.attempts for one in house.warehouse.mails()} == {0, 6}
    assert all("Connection refused" in str(one.last_error) for one in house.warehouse.mails())
    server = Server()
    with listening(server, port):
        assert outcomes(house) == ["sent"] * 6
    assert server.times == dict.fromkeys("abcdef", 1)


def test_a_login_that_is_wrong_is_not_tried_again_and_again(house: House, server: Server) -> None:
    settings = house.settings.model_copy(update={"smtp_security": "starttls", "smtp_patience": 60})
    house.warehouse.record_night([], [a_mail("a"), a_mail("b")])
    assert outcomes(replace(house, settings=settings)) == ["pending", "pending"]
    assert "STARTTLS" in str(house.warehouse.mails()[1].last_error)


def test_a_stop_file_halts_a_run_between_two_mails(house: House, server: Server) -> None:
    house.warehouse.record_night([], [a_mail("a"), a_mail("b"), a_mail("c")])
    stop = house.settings.home / "STOP"
    run = deliveries(house, pause=lambda _: None)
    assert next(run).outcome == "sent"
    stop.touch()
    rest = list(run)
    assert [each.outcome for each in rest] == ["withheld", "withheld"]
    assert all(str(stop) in each.detail for each in rest)
    assert fates(house) == {"a": "sent", "b": "pending", "c": "pending"}
    assert [row["remark"] for row in outbox(house)] == ["", "withheld: STOP", "withheld: STOP"]
    stop.unlink()
    assert outcomes(house) == ["sent", "sent"]


def test_a_stop_file_halts_files_too(house: House) -> None:
    to_files = replace(house, settings=house.settings.model_copy(update={"smtp_host": None}))
    house.warehouse.record_night([], [a_mail("a")])
    (house.settings.home / "STOP").touch()
    assert [each.outcome for each in deliver(to_files)] == ["withheld"]
    assert not (house.settings.home / "mail").exists()


def test_a_rebuild_arrives_at_what_delivery_had_written_down(house: House, server: Server, tmp_path: Path) -> None:
    Nemuro(house.settings.home).receive_night("2018-11-22")
    server.after_data = [None, "451 later", "554 no", "250 OK", None]
    nightly(house)
    server.after_data = [None]
    assert "doubtful" in outcomes(house)
    (refused,) = house.warehouse.mails("refused")
    server.after_data = ["250 OK", None]
    house.warehouse.record_night([], [a_mail("a")])
    retry(house, [refused.mail.key[:8]])
    assert {one.status for one in house.warehouse.mails()} == {"sent", "pending", "doubtful"}
    again = open_house(house.settings.model_copy(update={"database_url": SecretStr(f"sqlite:///{tmp_path}/again.db")}))
    try:
        assert rebuild(again).faults == ()
        assert told(again) == told(house)
    finally:
        again.close()


def told(house: House) -> dict[str, tuple[object, ...]]:
    """What the outbox says of every mail that a night wrote."""
    return {
        one.mail.key: (one.status, one.doubts, one.attempts, one.last_error, one.mail.to)
        for one in house.warehouse.mails()
        if one.mail.key != "a" * 64
    }


def test_the_commands_say_that_mails_are_halted_and_release_what_is_held(house: House) -> None:
    nemuro = Nemuro(house.settings.home).with_settings(NEMURO_OPERATOR_ADDRESS="ops@city.nemuro.example")
    house.warehouse.record_night([], [a_mail("a"), a_mail("b")], held=frozenset({"a" * 64}))
    stop = nemuro.home / "STOP"
    stop.touch()
    assert "withheld STOP: no mail leaves while there is a file" in nemuro.ask("outbox", "retry").out
    assert f"Remove {stop}" in nemuro.ask("outbox", "list").err
    finding = next(row for row in nemuro.ask("doctor", "--format", "json").rows if row["subject"] == "mail")
    assert finding["state"] == "wrong"
    assert "STOP" in finding["finding"]
    assert "No mail: STOP" in nemuro.ask("watchdog").err
    stop.unlink()
    assert nemuro.ask("outbox", "release").exit == 2, "who decides has to be said"
    released = nemuro.ask("outbox", "release", "aaaaaaaa", "--by", "企画課 佐藤")
    assert released.exit == 0, released.all
    assert sorted(nemuro.letters()) == ["2018-11-22_fishery_aaaaaaaa.eml", "2018-11-22_fishery_bbbbbbbb.eml"]
