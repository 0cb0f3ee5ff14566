"""Night after night in one process, and in one each: what grows is what was received and what was said of it."""

import json
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest

from tests.e2e.command import SAMPLES, Nemuro
from tests.flows.conftest import prefect_api as prefect_api
from tests.flows.conftest import prefect_server as prefect_server

FIRST = date(2019, 8, 10)
RETURNED = "returns/houkoku-2019.csv"
SETTLED = 5
"""The night after which a process has imported and cached whatever it will."""
GROWTH = 1.05
"""By how much its memory may then differ: the allocator's noise."""

COMMAND = "from nemuro_etl.cli import main\ndef night(): main(['nightly'])\n"
FLOW = "from flows.nightly import main\ndef night(): sys.exit(main())\n"
EVERY_DAY = """
for day in sys.stdin:
    os.environ["NEMURO_NOW"] = f"{day.strip()}T03:00:00+09:00"
    with contextlib.redirect_stdout(sys.stderr):
        try:
            night()
        except SystemExit as ended:
            code = ended.code
    print(code, flush=True)
"""


@dataclass(frozen=True)
class Held:
    """What a process has in hand between two nights."""

    kilobytes: int
    threads: int
    files: tuple[str, ...]
    children: str
    temporary: int
    connections: int


@dataclass(frozen=True)
class Nights:
    """A process that runs one night after another on one home, each on the day that it is told."""

    nemuro: Nemuro
    process: "subprocess.Popen[str]"

    def run(self, day: date) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{day}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "0\n", (self.nemuro.home.parent / "nights.log").read_text()

    def held(self) -> Held:
        seen = Path("/proc") / str(self.process.pid)
        status = dict(line.split(":", 1) for line in (seen / "status").read_text().splitlines())
        return Held(
            int(status["VmRSS"].split()[0]),
            int(status["Threads"]),
            tuple(sorted(str(file.readlink()) for file in (seen / "fd").iterdir())),
            (seen / "task" / str(self.process.pid) / "children").read_text(),
            len(list((self.nemuro.home.parent / "tmp").iterdir())),
            connections(self.nemuro),
        )


@contextmanager
def one_process(nemuro: Nemuro, program: str) -> Iterator[Nights]:
    (nemuro.home.parent / "tmp").mkdir()
    own = nemuro.with_settings(TMPDIR=str(nemuro.home.parent / "tmp"), HOME=str(nemuro.home.parent))
    with (
        (nemuro.home.parent / "nights.log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-c", f"import contextlib, os, sys\n{program}{EVERY_DAY}"],
            env=own.environment,
            cwd=own.home,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        try:
            yield Nights(own, process)
        finally:
            process.kill()


def connections(nemuro: Nemuro) -> int:
    """Sessions that a PostgreSQL server has on the warehouse, besides the one that asks."""
    if (url := nemuro.settings.get("NEMURO_DATABASE_URL")) is None:
        return 0
    with psycopg.connect(url) as connection:
        asked = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
        ((count,),) = connection.execute(asked).fetchall()
    return int(count)


def rows_by_table(nemuro: Nemuro) -> Counter[str]:
    url = nemuro.settings.get("NEMURO_DATABASE_URL")
    named = (
        "select name from sqlite_master where type = 'table'"
        if url is None
        else "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'"
    )
    opened = sqlite3.connect(nemuro.home / "warehouse.db") if url is None else psycopg.connect(url)
    with closing(opened) as connection:
        tables = [name for (name,) in connection.execute(named)]
        return Counter({name: count(connection, name) for name in tables})


def count(connection: "sqlite3.Connection | psycopg.Connection", table: str) -> int:
    ((rows,),) = connection.execute(f"select count(*) from {table}").fetchall()
    return int(rows)


def files_by_kind(nemuro: Nemuro) -> Counter[str]:
    """How many files lie in each folder of the home; those that lie in none are a kind each."""
    return Counter(path.relative_to(nemuro.home).parts[0] for path in nemuro.home.rglob("*") if path.is_file())


def deeds_of(nemuro: Nemuro) -> Counter[str]:
    return Counter(json.loads(line)["deed"] for line in (nemuro.home / "journal.jsonl").read_text("utf-8").splitlines())


def obtainments_of(nemuro: Nemuro) -> list[str]:
    logs = (nemuro.home / "snapshots").rglob("*.jsonl")
    return [line for log in logs for line in log.read_text("utf-8").splitlines()]


def days(nights: int) -> list[date]:
    return [FIRST + timedelta(days=n) for n in range(nights)]


def before_the_first(nemuro: Nemuro) -> Nemuro:
    """The home into which everything but the sections' returns of the year was put."""
    nemuro.receive_night("2018-11-22").receive_night("2019-08-10")
    (nemuro.home / "inbox" / RETURNED).unlink()
    return nemuro


def hand_in(nemuro: Nemuro, day: date) -> bool:
    """Every fifth day a section hands in one figure: whether this is one."""
    number = (day - FIRST).days
    if number % 5 == 3:
        header, *lines = (SAMPLES / "nights" / "2019-08-10" / RETURNED).read_text("utf-8-sig").splitlines()
        file = nemuro.home / "inbox" / "returns" / f"{day}.csv"
        file.write_text(f"{header}\n{lines[number]}\n", encoding="utf-8")
    return number % 5 == 3


def require_nothing_but_the_data(nemuro: Nemuro, before: Mapping[str, int], nights: int) -> None:
    """Every file of the home, and every line of the journal, is accounted for; `before`: the files after one night."""
    rows, files = rows_by_table(nemuro), files_by_kind(nemuro)
    sent = sum(row["status"] == "sent" for row in nemuro.listed("outbox", "list"))
    received = {file.read_bytes() for file in (nemuro.home / "inbox").rglob("*.*")}
    kept = {"inbox": len(received), "snapshots": 2 * len(received), "mail": sent}
    assert files == {**before, **kept}
    # what lies in its folder night after night came from there once
    assert len(obtainments_of(nemuro)) == len(received)
    assert deeds_of(nemuro) == {
        "judged": nights,
        "warned": nights,
        "loaded": len(received),
        "source_noted": len(nemuro.listed("sources")),
        "sending": sent,
        "sent": sent,
    }
    assert (rows["run"], rows["load"]) == (nights, len(received))
    assert sent > 7, "hardly anything was said"


def require_steadiness(nemuro: Nemuro, program: str, nights: int) -> None:
    """Every night in one process: it keeps nothing, and a night that brings nothing adds a line to the run ledger."""
    with one_process(before_the_first(nemuro), program) as process:
        quiet = 0
        for day in days(nights):
            handed_in = hand_in(nemuro, day)
            before = rows_by_table(nemuro) if day > FIRST else Counter[str]()
            process.run(day)
            if day == FIRST:
                files = files_by_kind(nemuro)
            grown = rows_by_table(nemuro) - before
            if not handed_in and not grown["outbox"]:
                assert grown == {"run": 1}, day
                quiet += 1
            if (day - FIRST).days + 1 == SETTLED:
                settled = process.held()
        last = process.held()
    assert quiet > nights / 2
    require_nothing_but_the_data(nemuro, files, nights)
    assert last.kilobytes < settled.kilobytes * GROWTH
    assert (last.threads, last.files, last.children) == (settled.threads, settled.files, settled.children)
    assert (last.temporary, last.connections) == (settled.temporary, 0)


def test_ten_nights_in_one_process_keep_nothing(nemuro: Nemuro) -> None:
    require_steadiness(nemuro, COMMAND, 10)


@pytest.mark.long
def test_thirty_nights_in_one_process_are_thirty_nights_in_a_process_each(nemuro: Nemuro, tmp_path: Path) -> None:
    require_steadiness(nemuro, COMMAND, 30)
    each = before_the_first(Nemuro(tmp_path / "each" / "home"))
    for day in days(30):
        hand_in(each, day)
        answer = each.on(str(day)).run("nightly")
        assert answer.exit == 0, answer.all
    assert each.hash() == nemuro.hash()
    assert each.letters() == nemuro.letters()
    assert files_by_kind(each) == files_by_kind(nemuro)
    assert deeds_of(each) == deeds_of(nemuro)
    assert rows_by_table(each) == rows_by_table(nemuro)


@pytest.mark.long
def test_thirty_nights_in_one_process_keep_no_connection_to_postgresql(
    nemuro: Nemuro, postgresql: Callable[[], str]
) -> None:
    require_steadiness(nemuro.with_settings(NEMURO_DATABASE_URL=postgresql()), COMMAND, 30)


@pytest.mark.long
def test_thirty_nights_as_flows_in_one_process_keep_nothing(nemuro: Nemuro, prefect_api: str) -> None:
    require_steadiness(nemuro.with_settings(PREFECT_API_URL=prefect_api), FLOW, 30)
