"""Nights of three years that are killed anywhere while their mails go to a server that cannot be trusted with any."""

import json
import random
import re
import signal
import sqlite3
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, nullcontext, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
import pytest

from nemuro_etl.warehouse.engine import WRITERS_LOCK
from tests.e2e.command import Answer, Nemuro, finish
from tests.e2e.mail_server import Handed, Mishap, Postbox, free_port, serving
from tests.e2e.three_years import THREE_YEARS, SimulatedNight, hand_in

CHUNKS, KILLS_A_CHUNK = 5, 40
"""Together 200 kills; the last chunk on PostgreSQL."""
TROUBLE, PAUSE = 0.25, 0.06
START = 0.3
"""The share of a night's time that the interpreter needs before the product does anything: nothing is killed in it."""


@dataclass
class Ordeal:
    """A home, its mail server, and what only who watches both can know: which mails a kill left half sent."""

    nemuro: Nemuro
    postbox: Postbox
    cut: set[tuple[int, str]] = field(default_factory=set)
    """Run and Message-ID of the mails that the warehouse called `sending` when the run was killed."""
    kills: Counter[str] = field(default_factory=Counter)
    attempts: dict[str, int] = field(default_factory=dict)
    """How often each mail was claimed before this run."""
    seconds: float = 2.0
    """How long the last night took that ended by itself."""

    def night(self, night: SimulatedNight) -> None:
        self.nemuro = hand_in(self.nemuro, night)

    def run(self, *command: str, kill_within: random.Random | None = None) -> bool:
        """Whether it ended by itself: otherwise it was killed at any moment of a night."""
        self.postbox.run += 1
        self.attempts = attempts_of(self.nemuro)
        start = time.monotonic()
        process = self.nemuro.start(*command)
        if kill_within is not None:
            try:
                process.wait(kill_within.uniform(START, 1) * self.seconds)
            except subprocess.TimeoutExpired:
                process.kill()
        answer = finish(process)
        if answer.exit == -signal.SIGKILL:
            self._note_kill(process.pid)
            return False
        require_told(answer, self.nemuro)
        self.seconds = time.monotonic() - start
        return True

    def _note_kill(self, process_id: int) -> None:
        outbox, attempts = outbox_of(self.nemuro), attempts_of(self.nemuro)
        # one that an earlier run left so, and that this one had not come to, was not tried by this one
        cut = {
            (self.postbox.run, message_id)
            for message_id, status in outbox.items()
            if status == "sending"
            and attempts[message_id] > self.attempts.get(message_id, 0)
            and last_word_of(self.nemuro, message_id) == "sending"
        }
        self.cut |= cut
        begun = ask_database(self.nemuro, f"select 1 from run where process_id = {process_id} and finished_at is null")
        self.kills["while a mail was leaving" if cut else "in the run" if begun else "before the run had begun"] += 1

    def unsure(self) -> set[tuple[int, str]]:
        """Run and Message-ID of every attempt of which its sender could not know whether the server has the mail."""
        return self.cut | {(one.run, one.message_id) for one in self.postbox.handed if not one.answered}

    def settle(self) -> None:
        """The server behaves from now on, and the last night runs until nothing waits."""
        self.postbox.trouble, self.postbox.pause = 0.0, 0.0
        for _ in range(3):
            assert self.run("nightly")
            if not {"pending", "sending"} & set(outbox_of(self.nemuro).values()):
                return
        raise AssertionError(f"mails still wait: {Counter(outbox_of(self.nemuro).values())}")


def require_told(answer: Answer, nemuro: Nemuro) -> None:
    """A run that ended by itself did its work, and says so when a mail did not leave."""
    undelivered = {"pending", "doubtful"} & set(outbox_of(nemuro).values())
    assert answer.exit == 0 or (answer.exit == 5 and undelivered), answer.all


def ask_database(nemuro: Nemuro, query: str) -> list[tuple[Any, ...]]:
    """Looked at from outside, so that a warehouse whose owner was killed stays as it was left.

    Nothing where the first night was killed before it had tables.
    """
    address, file = nemuro.settings.get("NEMURO_DATABASE_URL"), nemuro.home / "warehouse.db"
    if address is not None:
        with psycopg.connect(address) as server:
            # the server may be busy yet with the last write of a client that was killed
            server.execute("select pg_advisory_xact_lock(%s)", (WRITERS_LOCK,))
            with suppress(psycopg.errors.UndefinedTable):
                return list(server.execute(query.encode()).fetchall())
    elif file.exists():
        with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as database:
            database.execute("pragma busy_timeout = 60000")
            try:
                return database.execute(query).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" not in str(error):
                    raise
    return []


def outbox_of(nemuro: Nemuro) -> dict[str, str]:
    """What became of every mail, by Message-ID."""
    return dict(ask_database(nemuro, "select message_id, status from outbox"))


def attempts_of(nemuro: Nemuro) -> dict[str, int]:
    """How often every mail was claimed, by Message-ID."""
    return dict(ask_database(nemuro, "select message_id, attempts from outbox"))


def last_word_of(nemuro: Nemuro, message_id: str) -> str:
    """The last deed of which the journal tells about a mail: whoever wrote there that it was sent knew its fate."""
    key = message_id.rpartition("@")[0].rpartition(".")[2]
    words = "sending"
    for line in (nemuro.home / "journal.jsonl").read_bytes().split(b"\n")[:-1]:
        entry = json.loads(line)
        if entry.get("key") == key:
            words = entry["deed"]
    return words


def message_ids(nemuro: Nemuro, condition: str) -> set[str]:
    """Those of the mails of the outbox of which that holds."""
    return {message_id for (message_id,) in ask_database(nemuro, f"select message_id from outbox where {condition}")}


def words_of(mail: Handed) -> bytes:
    """The mail but for its Date, which is that of the attempt."""
    return re.sub(rb"(?m)^Date: .*\r\n", b"", mail.data, count=1)


def mailing(nemuro: Nemuro, port: int) -> Nemuro:
    """The command with that port of this machine as its mail server, as in production but for its patience."""
    return nemuro.with_settings(
        NEMURO_SMTP_HOST="127.0.0.1",
        NEMURO_SMTP_PORT=str(port),
        NEMURO_SMTP_SECURITY="none",
        NEMURO_SMTP_PATIENCE="1",
        NEMURO_MAIL_LIVE="1",
    )


RELEASE = ("outbox", "release", "--by", "総合政策部")
"""What a person does after a night on which so much changed that its mails were held."""


@dataclass(frozen=True)
class Undisturbed:
    """What the nights come to when nobody disturbs them: the digest, and every mail's words by Message-ID."""

    hash: str
    words: dict[str, bytes]

    def require_same_mails(self, nemuro: Nemuro, kept: Mapping[str, Sequence[Handed]]) -> None:
        """The same mails with the same words, but for the signs of life: they tell how nights and deliveries went."""
        assert kept.keys() == self.words.keys()
        signs_of_life = message_ids(nemuro, "kind = 'weekly'")
        for message_id, copies in kept.items():
            words = {words_of(mail) for mail in copies}
            assert len(words) == 1, f"{message_id} came in several versions"
            assert words == {self.words[message_id]} or message_id in signs_of_life, f"{message_id} differs"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], Undisturbed]:
    """What so many of the first nights of the three years come to with a server that takes everything."""

    @cache
    def run(nights: int) -> Undisturbed:
        postbox, port = Postbox(), free_port()
        nemuro = mailing(Nemuro(tmp_path_factory.mktemp("undisturbed") / "home"), port)
        with serving(postbox, port):
            for night in THREE_YEARS[:nights]:
                nemuro = hand_in(nemuro, night)
                answer = nemuro.ask("nightly")
                assert answer.exit == 0, answer.all
                if "held" in outbox_of(nemuro).values():
                    assert nemuro.ask(*RELEASE).exit == 0
        kept = postbox.kept()
        assert {len(copies) for copies in kept.values()} == {1}
        assert kept.keys() == outbox_of(nemuro).keys()
        return Undisturbed(nemuro.hash(), {message_id: words_of(mail) for message_id, (mail,) in kept.items()})

    return run


def endure(ordeal: Ordeal, nights: Sequence[SimulatedNight], kills: int, moment: random.Random) -> None:
    """The nights one after the other, each killed as often as the dice say and run again until it ends by itself."""
    planned = Counter(moment.randrange(len(nights)) for _ in range(kills))
    due = 0
    for number, night in enumerate(nights):
        ordeal.night(night)
        due += planned[number]
        while not ordeal.run("nightly", kill_within=moment if due else None):
            due -= 1
        if "held" in outbox_of(ordeal.nemuro).values():
            assert ordeal.run(*RELEASE)
    while due:
        due -= not ordeal.run("nightly", kill_within=moment)


def require_nothing_lost_nothing_twice(ordeal: Ordeal, expected: Undisturbed) -> None:
    """All that is promised. How it came about is printed, and said by what fails."""
    ordeal.settle()
    unsure, outbox, copies = ordeal.unsure(), outbox_of(ordeal.nemuro), ordeal.postbox.kept()
    attempts = Counter(message_id for _, message_id in unsure)
    doubtful = message_ids(ordeal.nemuro, "status = 'doubtful'")
    said = (
        f"{len(outbox)} mails, {sum(len(of_one) - 1 for of_one in copies.values())} duplicates,"
        f" {len(unsure)} attempts of unknown fate, {len(attempts.keys() - doubtful)} mails sent once more for that,"
        f" {len(doubtful)} left to a person · {ordeal.kills.total()} kills in {ordeal.postbox.run} runs:"
        f" {listed(ordeal.kills)} · {ordeal.postbox.mishaps.total()} mishaps: {listed(ordeal.postbox.mishaps)}"
    )
    print(f"\n{said}")

    assert outbox.keys() == expected.words.keys(), said
    assert set(outbox.values()) <= {"sent", "doubtful"}, said
    doubts = ask_database(ordeal.nemuro, "select message_id, doubts from outbox where doubts > 0")
    assert attempts == dict(doubts), f"the outbox counts other doubts than there were; {said}"
    assert {message_id for message_id, number in attempts.items() if number > 1} == doubtful, said
    assert all(attempts[message_id] == 2 for message_id in doubtful), f"sent again more than once; {said}"
    for message_id in outbox.keys() - doubtful:
        assert any(mail.answered for mail in copies.get(message_id, ())), f"{message_id} is not there; {said}"
    for message_id, of_one in copies.items():
        known = [mail for mail in of_one[:-1] if (mail.run, message_id) not in unsure]
        assert not known, f"{message_id} was sent again though it was known to have arrived; {said}"

    if doubtful:  # a person decides
        keys = ask_database(ordeal.nemuro, "select mail_key from outbox where status = 'doubtful'")
        assert ordeal.run("outbox", "retry", *(key for (key,) in keys))
        copies = ordeal.postbox.kept()
    assert set(outbox_of(ordeal.nemuro).values()) == {"sent"}, said
    told = message_ids(ordeal.nemuro, "mail_key in (select mail_key from warning_log)")
    assert told <= copies.keys(), f"a state change was not told; {said}"
    expected.require_same_mails(ordeal.nemuro, copies)
    assert ordeal.nemuro.hash() == expected.hash, said


def listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{number} {what}" for what, number in sorted(counts.items()))


@pytest.fixture
def ordeal(tmp_path: Path) -> Iterator[Ordeal]:
    postbox, port = Postbox(), free_port()
    with serving(postbox, port):
        yield Ordeal(mailing(Nemuro(tmp_path / "home"), port), postbox)


def require_survival(ordeal: Ordeal, nights: int, expected: Undisturbed, *, kills: int, seed: int) -> None:
    ordeal.postbox.fate = random.Random(f"server {seed}")
    ordeal.postbox.trouble, ordeal.postbox.pause = TROUBLE, PAUSE
    endure(ordeal, THREE_YEARS[:nights], kills, random.Random(f"kills {seed}"))
    assert ordeal.kills.total() == kills
    require_nothing_lost_nothing_twice(ordeal, expected)


def test_nights_that_are_killed_lose_no_mail_and_repeat_none_that_was_known_to_arrive(
    ordeal: Ordeal, undisturbed: Callable[[int], Undisturbed]
) -> None:
    require_survival(ordeal, 5, undisturbed(5), kills=8, seed=0)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1, CHUNKS + 1))
def test_three_years_of_nights_that_are_killed_lose_no_mail_and_repeat_none_that_was_known_to_arrive(
    ordeal: Ordeal, undisturbed: Callable[[int], Undisturbed], postgresql: Callable[[], str], seed: int
) -> None:
    if seed == CHUNKS:
        ordeal.nemuro = ordeal.nemuro.with_settings(NEMURO_DATABASE_URL=postgresql())
    nights = len(THREE_YEARS)
    require_survival(ordeal, nights, undisturbed(nights), kills=KILLS_A_CHUNK, seed=seed)


@pytest.mark.parametrize("refusal", ["nobody listens", "421"])
def test_a_server_that_takes_nothing_for_three_nights_then_has_each_mail_once(
    tmp_path: Path, undisturbed: Callable[[int], Undisturbed], refusal: str
) -> None:
    *refused, last = THREE_YEARS[:4]
    postbox, port = Postbox(turns_everybody_away=refusal == "421"), free_port()
    nemuro = mailing(Nemuro(tmp_path / "home"), port)
    with serving(postbox, port) if refusal == "421" else nullcontext():
        for night in refused:
            nemuro = hand_in(nemuro, night)
            written = len(outbox_of(nemuro))
            assert nemuro.ask("nightly").exit == 5
            assert len(outbox_of(nemuro)) > written, "there was nothing to refuse"
            assert set(outbox_of(nemuro).values()) == {"pending"}
    assert postbox.handed == []
    assert (postbox.mishaps[Mishap.TURNED_AWAY] > 0) == (refusal == "421")
    postbox.turns_everybody_away = False
    with serving(postbox, port):
        nemuro = hand_in(nemuro, last)
        assert nemuro.ask("nightly").exit == 0
        assert nemuro.ask("nightly").exit == 0
    expected = undisturbed(4)
    assert {len(copies) for copies in postbox.kept().values()} == {1}
    expected.require_same_mails(nemuro, postbox.kept())
    assert set(outbox_of(nemuro).values()) == {"sent"}
    assert nemuro.hash() == expected.hash
