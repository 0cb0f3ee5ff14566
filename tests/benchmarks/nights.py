"""A warm night (nothing new anywhere): what Prefect adds to it, and by what Prefect's own database grows.

    python tests/benchmarks/nights.py [PAIRS]                 overhead (7)
    python tests/benchmarks/nights.py growth [NIGHTS]         growth (30, then as many again with retention)
    python tests/benchmarks/nights.py years [YEARS]           ten years of `nemuro nightly`: what a night costs then

- flow: the flow `nightly` in one process, reporting to a real server on loopback.
- no-op: a flow whose tasks do nothing, as many, handed in and waited for in the same order, on the same server.
- command: `nemuro nightly` on the same home, without Prefect.

Each in a process of its own, measured from when the flow's modules are imported; "again" is the second in its process,
when everything that is imported on the way has been, too. The whole process stands beside it.
"""

import os
import shutil
import socket
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, redirect_stdout, suppress
from datetime import date, timedelta
from pathlib import Path

from measuring import ROOT, Contestant, compare, ratio

sys.path.insert(0, str(ROOT))
NIGHT = "2018-11-22"
_SECONDS_TO_PERSIST = 15
"""By then the server has written down the events and logs that were sent to it."""


def run_flow() -> None:
    from flows.nightly import nightly

    assert nightly.with_options(retries=0)() == 0


def run_no_op() -> None:
    from prefect import flow, task

    from flows.collecting import SIDE_BY_SIDE

    @task
    def nothing(name: str) -> str:
        return name

    @flow(task_runner=SIDE_BY_SIDE)
    def nothings() -> None:
        for _ in ("fetch", "load"):
            for future in [nothing.submit(name) for name in sources()]:
                future.result()
        nothing("conclude")

    nothings()


def run_command() -> None:
    from nemuro_etl.cli import main

    with suppress(SystemExit):
        main(["nightly"])


CONTESTANTS: dict[str, Callable[[], None]] = {"flow": run_flow, "no-op": run_no_op, "command": run_command}


def sources() -> list[str]:
    from nemuro_etl.catalog import load_catalog

    return [source.id for source in load_catalog(ROOT / "config").sources]


def contest(name: str, *, again: bool) -> None:
    """Runs one contestant; prints how many task runs a night has, and its seconds, or those of its second run."""
    if name != "command":
        import flows.nightly  # noqa: F401 - imports are not what is measured
    import nemuro_etl.pipeline  # noqa: F401

    with unread():
        if again:
            CONTESTANTS[name]()
        started = time.perf_counter()
        CONTESTANTS[name]()
        seconds = time.perf_counter() - started
    print(f"{2 * len(sources()) + 1} task runs\n{seconds}")


@contextmanager
def unread() -> Iterator[None]:
    """What a night tells people goes nowhere."""
    with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
        yield


@contextmanager
def warm_home() -> Iterator[Path]:
    """A folder with a home after its night and a Prefect server; the environment is that of a run on both."""
    from tests.flows.conftest import PrefectServer

    with tempfile.TemporaryDirectory() as text, socket.socket() as free:
        folder = Path(text)
        shutil.copytree(ROOT / "tests/samples/nights" / NIGHT, folder / "home/inbox")
        free.bind(("127.0.0.1", 0))
        (folder / "server").mkdir()
        server = PrefectServer(folder / "server", free.getsockname()[1])
        free.close()
        os.environ |= {
            "NEMURO_HOME": str(folder / "home"),
            "NEMURO_CONFIG": str(ROOT / "config"),
            "NEMURO_NOW": f"{NIGHT}T03:00:00+09:00",
            "NEMURO_LOG_LEVEL": "INFO",
            "DO_NOT_TRACK": "1",
            "PREFECT_API_URL": server.api,
            "PREFECT_HOME": str(folder / "prefect"),
        }
        subprocess.run([sys.executable, __file__, "command"], check=True, stdout=subprocess.DEVNULL)
        server.start()
        try:
            yield folder
        finally:
            server.stop()


def compare_all(pairs: int) -> None:
    with warm_home():
        once = {name: Contestant([__file__, name]) for name in CONTESTANTS}
        again = {f"{name}, again": Contestant([__file__, name, "again"]) for name in CONTESTANTS}
        measured = compare(once | again, pairs)
    print("                            times   (goal)")
    print(f"{'flow / no-op, again':26} {ratio(measured['flow, again'], measured['no-op, again']):7.2f}   at most 1.3")
    print(f"{'flow / no-op':26} {ratio(measured['flow'], measured['no-op']):7.2f}")
    walls = [statistics.median(result.wall for result in measured[name]) for name in ("flow", "no-op")]
    print(f"{'  as whole processes':26} {walls[0] / walls[1]:7.2f}")
    wall = statistics.median(result.wall for result in measured["command"])
    print(f"command, whole process {wall:10.2f} s   (goal: at most 2)")


def measure_growth(nights: int) -> None:
    with warm_home() as folder:
        # a process of its own, for Prefect reads its settings when it is imported
        subprocess.run([sys.executable, __file__, "grow", str(folder / "server/prefect.db"), str(nights)], check=True)


def grow(database: Path, nights: int) -> None:
    """`nights` nights without retention, then as many with one that keeps half of them; a line every fifth night."""
    from flows.nightly import nightly
    from flows.tending import tend

    print("                   MB in use by")
    print(f"nights  forgets  {'runs':>7} {'events':>7} {'file MB':>8} {'this process MB':>16}")
    empty = in_use(database)
    for night in range(1, 2 * nights + 1):
        forgets = night > nights
        with unread():
            nightly.with_options(retries=0)()
            if forgets:
                tend(keep_days=nights // 2)
        put_back_a_day(database)
        if night % 5 == 0:
            used = in_use(database)
            events = used["events"] + used["event_resources"]
            print(
                f"{night:6} {'yes' if forgets else 'no':>8} {(used.total() - events) / 1e6:8.2f} {events / 1e6:7.2f}"
                f" {database.stat().st_size / 1e6:8.2f} {resident():16.0f}",
                flush=True,
            )
        if night == nights:
            print_share(in_use(database) - empty, nights, "night")
    before = in_use(database)
    for _ in range(10):
        tend(keep_days=nights)
    print_share(in_use(database) - before, 10, "run of tend")


def print_share(grown: Counter[str], runs: int, what: str) -> None:
    """What one run adds, in all and in the tables that take most of it."""
    shares = ", ".join(f"{table} {size / runs / 1000:.1f}" for table, size in grown.most_common(5))
    print(f"a {what} adds {grown.total() / runs / 1000:.0f} kB: {shares}")


def in_use(database: Path) -> Counter[str]:
    """Bytes of the pages that are in use, by table, indexes included, when what the server was sent is in it."""
    time.sleep(_SECONDS_TO_PERSIST)
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=60)) as connection:
        return Counter(
            dict(
                connection.execute(
                    "select coalesce(tbl_name, dbstat.name), sum(pgsize) from dbstat"
                    " left join sqlite_master on sqlite_master.name = dbstat.name group by 1"
                )
            )
        )


def put_back_a_day(database: Path) -> None:
    """The runs so far are a day older: the nights follow one another within seconds here."""
    with closing(sqlite3.connect(database, timeout=60)) as connection, connection:
        connection.execute(
            "update flow_run set expected_start_time ="
            " strftime('%Y-%m-%d %H:%M:%f000', expected_start_time, '-1 day') where state_type = 'COMPLETED'"
        )


def measure_years(years: int) -> None:
    """Night after night in one process on a home that receives nothing any more; a line a year."""
    with tempfile.TemporaryDirectory() as text:
        home = Path(text) / "home"
        shutil.copytree(ROOT / "tests/samples/nights" / NIGHT, home / "inbox")
        os.environ |= {"NEMURO_HOME": str(home), "NEMURO_CONFIG": str(ROOT / "config"), "NEMURO_LOG_LEVEL": "ERROR"}
        first = date.fromisoformat(NIGHT)
        print("        CPU s a night")
        print("until      median   95 %  slowest   this process MB  journal MB  warehouse MB  mails")
        for year in range(years):
            seconds = sorted(_night(first + timedelta(days=night)) for night in range(365 * year, 365 * (year + 1)))
            print(
                f"{first + timedelta(days=365 * (year + 1) - 1)} {statistics.median(seconds):6.2f}"
                f" {seconds[len(seconds) * 95 // 100]:6.2f} {seconds[-1]:8.2f} {resident():17.0f}"
                f" {(home / 'journal.jsonl').stat().st_size / 1e6:11.2f}"
                f" {(home / 'warehouse.db').stat().st_size / 1e6:13.1f} {len(list((home / 'mail').iterdir())):6}",
                flush=True,
            )


def _night(day: date) -> float:
    """CPU seconds of the night of a day."""
    os.environ["NEMURO_NOW"] = f"{day}T03:00:00+09:00"
    started = time.process_time()
    with unread():
        run_command()
    return time.process_time() - started


def resident() -> float:
    """The memory of this process now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    match sys.argv[1:]:
        case [name, *again] if name in CONTESTANTS:
            contest(name, again=bool(again))
        case ["grow", database, nights]:
            grow(Path(database), int(nights))
        case ["growth", *given]:
            measure_growth(int(given[0]) if given else 30)
        case ["years", *given]:
            measure_years(int(given[0]) if given else 10)
        case given:
            compare_all(int(given[0]) if given else 7)


if __name__ == "__main__":
    main()
