"""What others do with the national files, or with the rows that we make of them: contestants of loading.py.

- pandas: `pandas.read_excel`, every cell with a number as a row, `DataFrame.to_sql` by a SQLAlchemy engine; nothing is
  checked. pandas-sqlite3 is the same with a bare sqlite3 connection, which pandas takes for SQLite only.
- reading: python-calamine, every cell of every sheet as Python values; nothing is loaded.
- bare: the finished rows of our warehouse, in the order of their key, into a table with that key:
  `sqlite3.executemany`, or psycopg's COPY row by row. adbc is the same with an Arrow table by ADBC.
- dlt: the finished rows merged on their key into an empty database, of dicts or (dlt-arrow) of an Arrow table. The
  first 100,000, and two minutes at most; compare by row.

The finished rows are in memory before the clock starts. adbc and dlt need the packages of locks/benchmarks.txt.
"""

import os
import signal
import sqlite3
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from measuring import SHARED

COLUMNS = ("part_id", "area", "version", "value", "stage", "place_id", "cell")
KEY = ("part_id", "area", "version")
_DLT_ROWS = 100_000
_DLT_LIMIT_SECONDS = 120
_SQLITE_TABLE = (
    "create table figure (part_id integer, area text, version integer, value numeric, stage integer,"
    " place_id integer, cell text, primary key (part_id, area, version)) without rowid"
)
# ADBC hands over floats, which PostgreSQL does not take for numeric
_POSTGRESQL_TABLE = (
    'create table figure (part_id integer, area text collate "C", version integer, value {}, stage integer,'
    " place_id integer, cell text, primary key (part_id, area, version))"
)


def national_files() -> dict[str, list[Path]]:
    """By source: the publishers' workbooks; the re-saved one of the registry is refused by design and left out."""
    if not SHARED.is_dir():
        raise SystemExit("NOT MEASURED: the publishers' files are not at ../shared/sources")
    return {
        "registry": sorted((SHARED / "registry").glob("*.xls*")),
        "furusato": sorted((SHARED / "furusato").glob("*.xlsx")),
    }


def _paths() -> list[Path]:
    return [path for paths in national_files().values() for path in paths]


def finished_rows(warehouse: Path, limit: int = -1) -> list[tuple[Any, ...]]:
    """The figures of a warehouse of ours, in the order of their key."""
    with closing(sqlite3.connect(warehouse)) as connection:
        statement = f"select {', '.join(COLUMNS)} from figure order by {', '.join(KEY)} limit ?"
        return connection.execute(statement, (limit,)).fetchall()


def _arrow(rows: list[tuple[Any, ...]]) -> Any:
    import pyarrow

    numbers, text = pyarrow.int32(), pyarrow.string()
    types = (numbers, text, numbers, pyarrow.float64(), numbers, numbers, text)
    columns = [pyarrow.array(column, type) for column, type in zip(zip(*rows, strict=True), types, strict=True)]
    return pyarrow.table(columns, names=COLUMNS)


@contextmanager
def _sqlite(url: str) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        connection.execute("pragma journal_mode = wal")
        connection.execute("pragma synchronous = normal")
        yield connection


def _pandas(connection: Any) -> tuple[float, int]:
    import pandas as pd

    warnings.simplefilter("ignore")  # pandas announces that its default engines will change
    started = time.perf_counter()
    count = 0
    for path in _paths():
        sheet = pd.read_excel(path, header=None, dtype=object)
        cells = sheet.melt(id_vars=[0], ignore_index=False, var_name="column_number").reset_index(names="row_number")
        cells = cells[cells["value"].map(lambda value: isinstance(value, int | float)) & cells["value"].notna()]
        area, values = cells[0].astype(str), cells["value"].astype(float)
        cells = cells.drop(columns=[0]).assign(area=area, file=path.name, stage=4, value=values)
        cells.to_sql("cell", connection, if_exists="append", index=False)
        count += len(cells)
    return time.perf_counter() - started, count


def load_by_pandas(url: str, _: Path) -> tuple[float, int]:
    import sqlalchemy

    return _pandas(sqlalchemy.create_engine(url.replace("postgresql:", "postgresql+psycopg:")))


def load_by_pandas_and_sqlite3(url: str, _: Path) -> tuple[float, int]:
    with _sqlite(url) as connection:
        return _pandas(connection)


def read_by_calamine(_: str, __: Path) -> tuple[float, int]:
    from python_calamine import CalamineWorkbook

    started = time.perf_counter()
    count = 0
    for path in _paths():
        workbook = CalamineWorkbook.from_path(str(path))
        count += sum(len(workbook.get_sheet_by_name(name).to_python()) for name in workbook.sheet_names)
    return time.perf_counter() - started, count


def load_barely(url: str, warehouse: Path) -> tuple[float, int]:
    rows = finished_rows(warehouse)
    names = ", ".join(COLUMNS)
    if url.startswith("sqlite"):
        with _sqlite(url) as connection:
            connection.execute(_SQLITE_TABLE)
            started = time.perf_counter()
            connection.executemany(f"insert into figure ({names}) values (?, ?, ?, ?, ?, ?, ?)", rows)
            connection.commit()
            return time.perf_counter() - started, len(rows)
    import psycopg

    with psycopg.connect(url) as connected, connected.cursor() as cursor:
        cursor.execute(_POSTGRESQL_TABLE.format("numeric"))
        connected.commit()
        started = time.perf_counter()
        with cursor.copy(f"copy figure ({names}) from stdin") as copy:
            for row in rows:
                copy.write_row(row)
        connected.commit()
        return time.perf_counter() - started, len(rows)


def load_by_adbc(url: str, warehouse: Path) -> tuple[float, int]:
    table = _arrow(finished_rows(warehouse))
    if url.startswith("sqlite"):
        from adbc_driver_sqlite import dbapi

        with _sqlite(url) as connection:
            connection.execute(_SQLITE_TABLE)
        connected = dbapi.connect(url.removeprefix("sqlite:///"))
    else:
        from adbc_driver_postgresql import dbapi

        connected = dbapi.connect(url)
        with connected.cursor() as cursor:
            cursor.execute(_POSTGRESQL_TABLE.format("double precision"))
            connected.commit()
    with connected, connected.cursor() as cursor:
        started = time.perf_counter()
        cursor.adbc_ingest("figure", table, mode="append")
        connected.commit()
        return time.perf_counter() - started, len(table)


def _dlt(url: str, data: Any, count: int) -> tuple[float, int]:
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    import dlt

    signal.alarm(_DLT_LIMIT_SECONDS)
    if url.startswith("sqlite"):
        into = dlt.destinations.sqlalchemy(url)
    else:
        # dlt wants a host; the socket's folder, which the address names behind it, goes before it
        into = dlt.destinations.postgres(url.replace("@/", "@localhost/"))
    pipeline = dlt.pipeline("peer", pipelines_dir=os.environ["TMPDIR"], destination=into, dataset_name="peer")
    started = time.perf_counter()
    pipeline.run(data, table_name="figure", write_disposition="merge", primary_key=KEY)
    return time.perf_counter() - started, count


def merge_by_dlt(url: str, warehouse: Path) -> tuple[float, int]:
    rows = [dict(zip(COLUMNS, row, strict=True)) for row in finished_rows(warehouse, _DLT_ROWS)]
    return _dlt(url, rows, len(rows))


def merge_by_dlt_from_arrow(url: str, warehouse: Path) -> tuple[float, int]:
    rows = _arrow(finished_rows(warehouse, _DLT_ROWS))
    return _dlt(url, rows, len(rows))


PEERS: dict[str, Callable[[str, Path], tuple[float, int]]] = {
    "pandas": load_by_pandas,
    "pandas-sqlite3": load_by_pandas_and_sqlite3,
    "reading": read_by_calamine,
    "bare": load_barely,
    "adbc": load_by_adbc,
    "dlt": merge_by_dlt,
    "dlt-arrow": merge_by_dlt_from_arrow,
}
OF_THEIR_OWN_PACKAGES = {"adbc", "dlt", "dlt-arrow"}
