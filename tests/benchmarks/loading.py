"""Loading every registry file of the publisher into SQLite, against two peers in the same run.

    python tests/benchmarks/loading.py [RUNS]      compare
    python tests/benchmarks/loading.py ours|pandas|pandas-sqlite3|bare   one contestant

- ours: keep the original, read strictly, check identities, record every figure with its cell.
- pandas: `pandas.read_excel`, every cell with a number as a row, `DataFrame.to_sql` by a SQLAlchemy engine; nothing is
  checked. pandas-sqlite3 is the same with a bare sqlite3 connection, which pandas takes for SQLite only.
- bare: python-calamine, every cell with a number as a row, `sqlite3.executemany` into a table with our key;
  nothing is checked. The rows are given in the order of the key, which is the faster way.
"""

import sqlite3
import sys
import tempfile
import time
import warnings
from pathlib import Path

from measuring import PUBLISHED, ROOT, compare, ratio


def files() -> list[Path]:
    """The publisher's workbooks; the re-saved one is refused by design and left out."""
    if not PUBLISHED.is_dir():
        raise SystemExit(f"NOT MEASURED: the publisher's files are not at {PUBLISHED.relative_to(ROOT.parent)}")
    return sorted(PUBLISHED.glob("*.xls*"))


def ours(folder: Path) -> tuple[float, int]:
    import numpy  # noqa: F401 - imports are not what is measured
    import pandas  # noqa: F401
    import sqlalchemy  # noqa: F401

    from nemuro_etl import pipeline
    from nemuro_etl.settings import read_settings
    from nemuro_etl.sources import reading  # noqa: F401

    overrides = {"home": str(folder), "config": str(ROOT / "config"), "now": "2026-11-23T03:00:00+09:00"}
    house = pipeline.open_house(read_settings(overrides))
    started = time.perf_counter()
    collection = pipeline.ingest(house, "registry", files())
    seconds = time.perf_counter() - started
    assert not collection.faults
    return seconds, collection.figures


def _pandas(connection: object) -> tuple[float, int]:
    import pandas as pd

    warnings.simplefilter("ignore")  # pandas announces that its default engines will change
    started = time.perf_counter()
    count = 0
    for path in files():
        sheet = pd.read_excel(path, header=None, dtype=object)
        cells = sheet.melt(id_vars=[0], ignore_index=False, var_name="column_number").reset_index(names="row_number")
        cells = cells[cells["value"].map(lambda value: isinstance(value, int | float)) & cells["value"].notna()]
        cells = cells.rename(columns={0: "area"}).assign(file=path.name, stage=4, value=cells["value"].astype(float))
        cells.to_sql("cell", connection, if_exists="append", index=False)
        count += len(cells)
    return time.perf_counter() - started, count


def pandas_by_engine(folder: Path) -> tuple[float, int]:
    import sqlalchemy

    return _pandas(sqlalchemy.create_engine(f"sqlite:///{folder / 'peer.db'}"))


def pandas_by_sqlite3(folder: Path) -> tuple[float, int]:
    with sqlite3.connect(folder / "peer.db") as connection:
        return _pandas(connection)


def bare(folder: Path) -> tuple[float, int]:
    from openpyxl.utils import get_column_letter
    from python_calamine import CalamineWorkbook

    started = time.perf_counter()
    count = 0
    with sqlite3.connect(folder / "peer.db") as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        connection.execute(
            "create table figure (part_id integer, area text, version integer, value integer, stage integer,"
            " place_id integer, cell text, primary key (part_id, area, version)) without rowid"
        )
        for number, path in enumerate(files()):
            rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
            letters = [get_column_letter(column + 1) for column in range(len(rows[0]))]
            by_sex = "nen" in path.name
            figures = [
                (
                    number * 1000 + column * 3 + (line % 3 if by_sex else 0),
                    row[0] or f"{line}",
                    1,
                    value,
                    4,
                    number,
                    f"{letters[column]}{line + 1}",
                )
                for line, row in enumerate(rows)
                for column, value in enumerate(row)
                if isinstance(value, int | float)
            ]
            figures.sort()
            connection.executemany("insert or ignore into figure values (?, ?, ?, ?, ?, ?, ?)", figures)
            connection.commit()
            count += len(figures)
    return time.perf_counter() - started, count


CONTESTANTS = {"ours": ours, "pandas": pandas_by_engine, "pandas-sqlite3": pandas_by_sqlite3, "bare": bare}


def main() -> None:
    chosen = sys.argv[1] if len(sys.argv) > 1 else "5"
    if chosen in CONTESTANTS:
        with tempfile.TemporaryDirectory() as folder:
            seconds, count = CONTESTANTS[chosen](Path(folder))
        print(f"{count} figures")
        print(seconds)
        return
    measured = compare({name: [__file__, name] for name in CONTESTANTS}, int(chosen))
    print(
        f"pandas.read_excel + to_sql / ours   x{ratio(measured['pandas'], measured['ours']):.2f}   (goal: at least 5)"
    )
    print(f"  the same by a bare sqlite3 connection x{ratio(measured['pandas-sqlite3'], measured['ours']):.2f}")
    print(f"ours / calamine + executemany       x{ratio(measured['ours'], measured['bare']):.2f}   (goal: at most 1.5)")
    peak = max(result.megabytes for result in measured["ours"])
    print(f"peak memory of ours                 {peak:.0f} MB   (goal: under 400)")


if __name__ == "__main__":
    main()
