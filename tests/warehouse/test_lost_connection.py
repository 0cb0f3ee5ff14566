"""A PostgreSQL server that cuts a session off is told as such, whatever the transaction was doing at that moment."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import psycopg
import pytest

from nemuro_etl.errors import DatabaseUnusable
from nemuro_etl.warehouse.engine import Database, Reading


@pytest.fixture
def database(postgresql: Callable[[], str]) -> Iterator[Database]:
    opened = Database(postgresql())
    yield opened
    opened.close()


def cut_off(database: Database) -> None:
    """As a restart does to every session, at once or when it is next asked."""
    url = database.url.replace("+psycopg", "")
    with psycopg.connect(url, autocommit=True) as other:
        cut = other.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where pid <> pg_backend_pid() and datname = current_database()"
        ).fetchall()
    assert cut == [(True,)]


def asks_for_something(database: Database, asking: Reading) -> None:
    cut_off(database)
    asking.rows("select 1")


def has_asked_for_everything(database: Database, asking: Reading) -> None:
    asking.rows("select 1")
    cut_off(database)


def fails_for_another_reason(database: Database, _: Reading) -> None:
    cut_off(database)
    raise ValueError


@pytest.mark.parametrize("moment", [asks_for_something, has_asked_for_everything, fails_for_another_reason])
@pytest.mark.parametrize("kind", [Database.reading, Database.writing])
def test_a_connection_that_is_lost_while_a_transaction(
    database: Database,
    kind: Callable[[Database], AbstractContextManager[Reading]],
    moment: Callable[[Database, Reading], None],
) -> None:
    def transact() -> None:
        with kind(database) as asking:
            moment(database, asking)

    with pytest.raises(DatabaseUnusable, match="lost in the middle"):
        transact()
    with database.writing() as next_one:
        assert next_one.rows("select 1")[0][0] == 1
