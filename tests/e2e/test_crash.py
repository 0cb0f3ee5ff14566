"""Nights that are killed at any moment, nights at the same time, and the same night on both databases."""

import random
import re
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.e2e.command import Nemuro, finish, require_four_parts

KILLS = 5
LONG_KILLS = 60


def night(folder: Path) -> Nemuro:
    """A home in which the files of 2018-11-22 wait for their first night."""
    return Nemuro(folder / "home").receive_night("2018-11-22")


@pytest.fixture(scope="session")
def seconds(first_night: Nemuro, tmp_path_factory: pytest.TempPathFactory) -> float:
    """How long a night takes here and now."""
    rehearsed = night(tmp_path_factory.mktemp("rehearsed"))
    start = time.monotonic()
    assert rehearsed.run("nightly").exit == 0
    return time.monotonic() - start


def kill_after(nemuro: Nemuro, seconds: float) -> bool:
    """`nemuro nightly` killed after so long; False when it had ended before."""
    process = nemuro.start("nightly")
    time.sleep(seconds)
    process.kill()
    return finish(process).exit == -signal.SIGKILL


def kill_when(nemuro: Nemuro, happened: Callable[[], bool]) -> None:
    """`nemuro nightly` killed as soon as something can be seen from outside."""
    process = nemuro.start("nightly")
    deadline = time.monotonic() + 120
    while not happened():
        assert process.poll() is None, f"the night ended before it could be killed: {finish(process).all}"
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.001)
    process.kill()
    assert finish(process).exit == -signal.SIGKILL


def require_as_if_never_killed(killed: Nemuro, first_night: Nemuro) -> None:
    """A rerun arrives at the same digest and the same mails, byte for byte, as a night that nobody killed."""
    answer = killed.run("nightly")
    assert answer.exit == 0, answer.all
    assert killed.hash() == first_night.hash()
    letters, expected = killed.letters(), first_night.letters()
    digests = {name: letter.data for name, letter in letters.items() if not letter.is_summary}
    assert digests == {name: letter.data for name, letter in expected.items() if not letter.is_summary}
    assert letters.keys() == expected.keys(), "the secretariat is told of another night"
    assert letters == expected
    assert not list((killed.home / "mail").glob("*.part"))
    # and once more changes nothing
    assert "unchanged" in killed.run("nightly").out
    assert killed.letters() == letters


def require_survival(folder: Path, first_night: Nemuro, seconds: float, moment: random.Random, kills: int) -> None:
    """One home whose night is killed `kills` times in a row, each time at another moment, and then left alone."""
    killed = night(folder)
    for _ in range(kills):
        kill_after(killed, moment.uniform(0.15, 1.0) * seconds)
    require_as_if_never_killed(killed, first_night)


@pytest.mark.parametrize("seed", range(KILLS))
def test_a_night_killed_at_a_random_moment_is_finished_by_the_next_run(
    first_night: Nemuro, seconds: float, tmp_path: Path, seed: int
) -> None:
    # one moment in each fifth of the night
    moment = random.Random(seed).uniform(seed, seed + 1) / KILLS
    killed = night(tmp_path)
    kill_after(killed, (0.15 + 0.85 * moment) * seconds)
    require_as_if_never_killed(killed, first_night)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(LONG_KILLS))
def test_a_night_killed_again_and_again_is_finished_by_the_next_run(
    first_night: Nemuro, seconds: float, tmp_path: Path, seed: int
) -> None:
    moment = random.Random(1000 + seed)
    require_survival(tmp_path, first_night, seconds, moment, kills=moment.choice([1, 1, 2, 3]))


def test_a_night_killed_while_its_mails_leave_sends_each_exactly_once(first_night: Nemuro, tmp_path: Path) -> None:
    killed = night(tmp_path)
    kill_when(killed, lambda: any((killed.home / "mail").glob("*.eml")))
    assert len(killed.letters()) < len(first_night.letters()), "it was killed too late to prove anything"
    require_as_if_never_killed(killed, first_night)


def test_a_night_killed_as_the_first_bytes_are_kept_is_finished_by_the_next_run(
    first_night: Nemuro, tmp_path: Path
) -> None:
    killed = night(tmp_path)
    kill_when(killed, lambda: any((killed.home / "snapshots").glob("??/*.jsonl")))
    require_as_if_never_killed(killed, first_night)


@contextmanager
def held_up(nemuro: Nemuro) -> Iterator[None]:
    """A night that stands still in the middle, holding the warehouse; at the end it goes on and must succeed."""
    process = nemuro.start("nightly")
    deadline = time.monotonic() + 120
    while not (nemuro.home / "warehouse.db").is_file() or not unfinished_runs(nemuro):
        assert process.poll() is None, finish(process).all
        assert time.monotonic() < deadline
        time.sleep(0.005)
    process.send_signal(signal.SIGSTOP)
    try:
        assert process.poll() is None
        yield
    finally:
        process.send_signal(signal.SIGCONT)
        answer = finish(process)
    assert answer.exit == 0, answer.all


def unfinished_runs(nemuro: Nemuro) -> list[int]:
    try:
        with sqlite3.connect(f"file:{nemuro.home / 'warehouse.db'}?mode=ro", uri=True) as database:
            return [row[0] for row in database.execute("select process_id from run where finished_at is null")]
    except sqlite3.OperationalError:
        return []  # not migrated yet


def test_of_two_nights_at_once_one_ends_with_75_and_says_who_is_running(first_night: Nemuro, tmp_path: Path) -> None:
    both = night(tmp_path)
    with held_up(both):
        (running,) = unfinished_runs(both)
        answer = both.run("nightly")
        assert answer.exit == 75
        require_four_parts(answer.err)
        assert f"process {running}" in answer.err
        assert both.letters() == {}
        for command in (("collect",), ("judge",), ("rerun", "--fiscal-year", "2017")):
            assert both.ask(*command).exit == 75, command
    # the one that ran is not disturbed, and the same command is fine afterwards
    assert both.run("nightly").exit == 0
    assert both.hash() == first_night.hash()
    assert both.letters() == first_night.letters()


def test_who_only_looks_never_waits_for_a_running_night(first_night: Nemuro, tmp_path: Path) -> None:
    both = first_night.copy(tmp_path / "home").on("2019-08-10").receive_night("2019-08-10")
    with held_up(both):
        for command in (("status",), ("facts", "registry.births"), ("explain", "g2-n1"), ("db", "hash")):
            answer = both.ask(*command)
            assert answer.exit == 0, (command, answer.err)


def test_many_nights_started_at_the_same_moment_do_the_work_once(first_night: Nemuro, tmp_path: Path) -> None:
    crowd = night(tmp_path)
    answers = [finish(process) for process in [crowd.start("nightly") for _ in range(4)]]
    assert {answer.exit for answer in answers} <= {0, 75}, [answer.err[-500:] for answer in answers]
    assert 0 in [answer.exit for answer in answers]
    assert crowd.hash() == first_night.hash()
    assert crowd.letters() == first_night.letters()


# --- PostgreSQL -----------------------------------------------------------------------------------------------------


@pytest.fixture
def on_postgresql(postgresql: Callable[[], str], tmp_path: Path) -> Nemuro:
    """The same home with its warehouse on a PostgreSQL server."""
    return night(tmp_path).with_settings(NEMURO_DATABASE_URL=postgresql())


def test_two_nights_on_postgresql_give_the_digest_and_the_mails_of_sqlite(
    on_postgresql: Nemuro, first_night: Nemuro, second_year: Nemuro
) -> None:
    answer = on_postgresql.run("nightly")
    assert answer.exit == 0, answer.all
    assert not (on_postgresql.home / "warehouse.db").exists()
    assert on_postgresql.hash() == first_night.hash()
    assert on_postgresql.letters() == first_night.letters()
    assert "unchanged" in on_postgresql.ask("nightly").out
    assert on_postgresql.hash() == first_night.hash()
    later = on_postgresql.on("2019-08-10").receive_night("2019-08-10")
    assert later.ask("nightly").exit == 0
    assert later.hash() == second_year.hash()
    assert later.listed("judge", "--fiscal-year", "2018") == second_year.listed("judge", "--fiscal-year", "2018")
    for command in (("facts", "registry.moves_in"), ("status",), ("explain", "g1-n2")):
        # where a file once lay differs between homes
        here, there = (
            re.sub(r'"origin": "[^"]*"', "", at.ask(*command, "--format", "json").out) for at in (later, second_year)
        )
        assert here == there, command
    answer = later.ask("trace", "--verify-all")
    assert answer.exit == 0, answer.all


def test_a_night_on_postgresql_killed_in_the_middle_is_finished_by_the_next_run(
    on_postgresql: Nemuro, first_night: Nemuro, seconds: float
) -> None:
    for part in (0.5, 0.8):
        kill_after(on_postgresql, part * seconds)
    require_as_if_never_killed(on_postgresql, first_night)
