"""A warehouse of an earlier version, with nights in it, is brought forward by the next command."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest

from nemuro_etl.warehouse import open_warehouse
from tests.e2e.command import CHECKOUT, Nemuro

SQL = CHECKOUT / "sql"
NEWEST = max(int(path.name[:4]) for path in (SQL / "migrations").glob("*.sql"))
FIRST_WITH_EVERY_FIGURE = 4
"""Before it there was no place for how a publisher rounds: those figures would be others."""
EARLIER = [
    # the furthest and the nearest always, those between with the long tests
    pytest.param(version, marks=() if version in (FIRST_WITH_EVERY_FIGURE, NEWEST - 1) else pytest.mark.long)
    for version in range(FIRST_WITH_EVERY_FIGURE, NEWEST)
]


def schema_of(version: int, folder: Path) -> Path:
    """sql/ as it was when `version` was the newest; the views are made by whoever opens the warehouse next."""
    (folder / "migrations").mkdir(parents=True)
    for path in (SQL / "migrations").glob("*.sql"):
        if int(path.name[:4]) <= version:
            shutil.copy(path, folder / "migrations")
    return folder


def fill_sqlite(old: Path, new: Path) -> None:
    """Every row of `new` in the tables and columns that `old` has."""
    with closing(sqlite3.connect(old)) as connection, connection:
        connection.execute("attach database ? as later", (str(new),))
        for (table,) in connection.execute(
            "select name from main.sqlite_master where type = 'table' and name <> 'schema_version'"
        ).fetchall():
            columns = ", ".join(row[1] for row in connection.execute(f"pragma main.table_info({table})"))
            connection.execute(f"insert into main.{table} ({columns}) select {columns} from later.{table}")


def fill_postgresql(old: str, new: str) -> None:
    """The same; tables are filled in any order, so references are not checked on the way."""
    with psycopg.connect(old) as into, psycopg.connect(new) as out:
        into.execute("set session_replication_role = replica")
        for (table,) in into.execute(
            "select tablename from pg_tables where schemaname = 'public' and tablename <> 'schema_version'"
        ).fetchall():
            names = into.execute(
                "select column_name from information_schema.columns where table_schema = 'public' and table_name = %s"
                " order by ordinal_position",
                (table,),
            ).fetchall()
            columns = ", ".join(name for (name,) in names)
            with (
                out.cursor().copy(f"copy (select {columns} from {table}) to stdout") as rows,
                into.cursor().copy(f"copy {table} ({columns}) from stdin") as filling,
            ):
                for row in rows:
                    filling.write(row)


def require_brought_forward(earlier: Nemuro, first_night: Nemuro) -> None:
    """The next command does it, nothing is lost, and the next night goes on from there."""
    assert earlier.hash() == first_night.hash()
    assert earlier.run("db", "migrate").out == f"schema version {NEWEST}\n"
    for command in (("facts", "registry.population", "--area", "01223"), ("status",), ("alerts", "list")):
        assert earlier.listed(*command) == first_night.listed(*command), command
    # its mails are not sent again, and nothing is found to have changed
    answer = earlier.run("nightly")
    assert answer.exit == 0, answer.all
    assert "unchanged" in answer.out
    assert earlier.hash() == first_night.hash()


@pytest.mark.parametrize("version", EARLIER)
def test_a_sqlite_warehouse_of_an_earlier_version_is_brought_forward(
    version: int, first_night: Nemuro, tmp_path: Path
) -> None:
    earlier = first_night.copy(tmp_path / "home")
    file = earlier.home / "warehouse.db"
    file.unlink()
    open_warehouse(f"sqlite:///{file}", schema_of(version, tmp_path / "sql")).close()
    fill_sqlite(file, first_night.home / "warehouse.db")
    require_brought_forward(earlier, first_night)


@pytest.fixture(scope="module")
def night_on_postgresql(
    first_night: Nemuro, postgresql: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Nemuro:
    """The bundled night on PostgreSQL. Not to be changed."""
    home = tmp_path_factory.mktemp("on-postgresql") / "home"
    there = Nemuro(home).receive_night("2018-11-22").with_settings(NEMURO_DATABASE_URL=postgresql())
    answer = there.run("nightly")
    assert answer.exit == 0, answer.all
    assert there.hash() == first_night.hash()
    return there


@pytest.mark.parametrize("version", EARLIER)
def test_a_postgresql_warehouse_of_an_earlier_version_is_brought_forward(
    version: int, night_on_postgresql: Nemuro, postgresql: Callable[[], str], tmp_path: Path
) -> None:
    url = postgresql()
    open_warehouse(url, schema_of(version, tmp_path / "sql")).close()
    fill_postgresql(url, night_on_postgresql.settings["NEMURO_DATABASE_URL"])
    earlier = night_on_postgresql.copy(tmp_path / "home").with_settings(NEMURO_DATABASE_URL=url)
    require_brought_forward(earlier, night_on_postgresql)
