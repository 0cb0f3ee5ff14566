"""A year of customs data, invented, of five million rows: read, checked and loaded into SQLite as a stream.

    python tests/benchmarks/streaming.py [ROWS]      compare, one run each (5000000)
    python tests/benchmarks/streaming.py ours|bare FILE   one contestant

3 % of the rows are of offices of 函館税関 (8nn), whose rows are kept one by one; of the others, sums.

- ours: `nemuro ingest trade`: keep the original, check every cell, sum up, record every figure kept with its cell.
- bare: `csv.reader`, office, commodity, country and the year's value of every row, `sqlite3.executemany` into a table
  with that key; nothing is checked. A yardstick for the machine, not the same work.
"""

import csv
import sqlite3
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from measuring import ROOT, run_once

sys.path.insert(0, str(ROOT))
GOAL_MEGABYTES = 500
_SHARE_KEPT = 0.03
_TAILS = 5000
_WRITTEN_AT_ONCE = 200_000


def write(path: Path, count: int) -> None:
    """A file in the publisher's layout: 120 offices, 97 chapters, 9,000 commodities, 240 countries."""
    import numpy as np

    from tests.samples.make_trade import CHAPTERS, header

    random = np.random.default_rng(20261124)
    commodities = [f"'{CHAPTERS[n % len(CHAPTERS)]}{n:07}'" for n in range(9000)]
    kept = [800 + n for n in range(22)]
    others = [100 * (1 + n % 7) + n // 7 for n in range(98)]
    tails = [_tail(random.integers(1, 90_000, 12) * (random.random(12) < 0.4)) for _ in range(_TAILS)]
    with path.open("w", encoding="ascii", newline="") as file:
        file.write(header("Custom", "HS", "Country") + "\r\n")
        for offices, wanted in ((others, count - round(count * _SHARE_KEPT)), (kept, round(count * _SHARE_KEPT))):
            possible = len(offices) * 9000 * 240
            chosen = np.unique(random.integers(0, possible, wanted + wanted**2 // possible + 1000))
            chosen = np.sort(random.permutation(chosen)[:wanted])
            for start in range(0, len(chosen), _WRITTEN_AT_ONCE):
                part = chosen[start : start + _WRITTEN_AT_ONCE]
                rows = zip(
                    (part // 240 // 9000).tolist(),
                    (part // 240 % 9000).tolist(),
                    (part % 240).tolist(),
                    random.integers(0, _TAILS, len(part)).tolist(),
                    strict=True,
                )
                file.write("".join(f"1,2018,{offices[o]},{commodities[h]},{100 + c},{tails[t]}" for o, h, c, t in rows))


def _tail(values: Sequence[int]) -> str:
    from tests.samples.make_trade import row

    months = [int(value) for value in values]
    months[11] = max(months[11], 1)
    return row(1, 2018, (), months).split(",", 2)[2] + "\r\n"


def ours(path: Path, folder: Path) -> tuple[float, int]:
    from nemuro_etl import pipeline
    from nemuro_etl.settings import read_settings

    overrides = {"home": str(folder), "config": str(ROOT / "config"), "now": "2026-11-23T03:00:00+09:00"}
    house = pipeline.open_house(read_settings(overrides))
    started = time.perf_counter()
    collection = pipeline.ingest(house, "trade", [path])
    seconds = time.perf_counter() - started
    assert not collection.faults
    return seconds, collection.figures


def bare(path: Path, folder: Path) -> tuple[float, int]:
    started = time.perf_counter()
    with sqlite3.connect(folder / "peer.db") as connection, path.open(encoding="ascii", newline="") as file:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        connection.execute(
            "create table trade (office text, commodity text, country text, value integer,"
            " primary key (office, commodity, country)) without rowid"
        )
        lines = csv.reader(file)
        value = next(lines).index("Value-Year")
        rows = ((line[2], line[3], line[4], int(line[value])) for line in lines)
        count = connection.executemany("insert into trade values (?, ?, ?, ?)", rows).rowcount
        connection.commit()
    return time.perf_counter() - started, count


CONTESTANTS = {"ours": ours, "bare": bare}


def main() -> None:
    match sys.argv[1:]:
        case ["write", path, count]:
            started = time.perf_counter()
            write(Path(path), int(count))
            print(time.perf_counter() - started)
        case [name, path]:
            with tempfile.TemporaryDirectory() as folder:
                seconds, count = CONTESTANTS[name](Path(path), Path(folder))
            print(f"{count} recorded")
            print(seconds)
        case rows:
            compare_once(int(rows[0]) if rows else 5_000_000)


def compare_once(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "customs-2018-export.csv"
        # in a process of its own: a child counts the peak of the parent that it was started from as its own
        written = run_once([__file__, "write", str(path), str(count)])
        print(f"{count} rows, {path.stat().st_size / 1e6:.0f} MB, written in {written.work:.0f} s")
        measured = {name: run_once([__file__, name, str(path)]) for name in CONTESTANTS}
    for name, result in measured.items():
        print(f"{name:6} {result.work:7.1f} s   {count / result.work:9.0f} rows/s   peak {result.megabytes:5.0f} MB")
    peak = measured["ours"].megabytes
    print(f"peak memory of ours {peak:.0f} MB   (goal: under {GOAL_MEGABYTES})")
    if peak >= GOAL_MEGABYTES:
        raise SystemExit(1)


if __name__ == "__main__":
    main()
