"""Connections and transactions: one way to talk to SQLite and to PostgreSQL.

Writers queue: SQLite takes its write lock when the transaction begins, PostgreSQL an advisory lock. Readers see one
consistent state and never wait. Statements name their parameters `:name`; comments in them name none.
"""

import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from nemuro_etl.errors import DatabaseUnusable

if TYPE_CHECKING:
    from sqlalchemy import Connection, CursorResult, Engine

# a decimal becomes the float that reads back as the same text (precision.py)
sqlite3.register_adapter(Decimal, float)

WRITERS_LOCK = 2017_0001
"""The advisory lock of PostgreSQL that makes writers queue; the run's own lock is another (lock.py)."""
_FETCHED_AT_ONCE = 10_000
_ROWS_A_STATEMENT = 50
_NO_CONSTANTS: Mapping[str, int] = {}
_COMMENT = re.compile(r"--[^\n]*")


class Reading(Protocol):
    """What can be asked of an open transaction."""

    def rows(self, statement: str, **values: Any) -> Sequence[Sequence[Any]]:
        """The rows of a query, all at once."""

    def stream(self, statement: str, **values: Any) -> Iterator[Sequence[Any]]:
        """The rows of a query that has too many to hold."""


class Writing(Reading, Protocol):
    """What can be done in an open write transaction."""

    dialect: str

    def run(self, statement: str, **values: Any) -> int:
        """Executes a statement; the number of rows that it changed."""

    def insert(
        self,
        table: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
        constants: Mapping[str, int] = _NO_CONSTANTS,
    ) -> None:
        """Adds rows in bulk, in the order given. Numbers as `precision.stored` gives them.

        `constants`: further columns, with the number that every row has in them.
        """

    def run_script(self, script: str) -> None:
        """Executes a file of statements."""


class Database:
    """A database by its URL. Nothing is opened before it is needed."""

    def __init__(self, url: str) -> None:
        if url.startswith("sqlite:///"):
            self.file: Path | None = Path(url.removeprefix("sqlite:///"))
            self.dialect = "sqlite"
            self.url = url
        elif match := re.fullmatch(r"postgres(?:ql)?(?:\+psycopg)?(://.+)", url):
            self.file = None
            self.dialect = "postgresql"
            self.url = f"postgresql+psycopg{match[1]}"
        else:
            raise DatabaseUnusable(
                what=f"the database address {masked(url)!r} is of no kind that this program knows",
                expected="sqlite:///FILE or postgresql://USER@HOST/NAME",
                kept="nothing was read or written",
                remedy="correct NEMURO_DATABASE_URL (or --database-url)",
            )
        self._engine: Engine | None = None
        self._opening = Lock()

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        """A transaction that sees one state of the database, and keeps nobody waiting."""
        if self.file is not None:
            # plainly, so that commands that only look do not pay half a second for importing SQLAlchemy
            with _faults(self.url, sqlite3.Error):
                connection = sqlite3.connect(f"{self.file.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
            try:
                with _faults(self.url, sqlite3.DatabaseError):
                    connection.execute("pragma busy_timeout = 60000")
                    connection.execute("begin")
                    connection.execute("select 1 from sqlite_master").fetchone()
                yield _SqliteReading(connection)
            finally:
                connection.close()
        else:
            with self._connected() as connected:
                connected.exec_driver_sql("set transaction isolation level repeatable read, read only")
                yield _CoreTransaction(connected)

    @contextmanager
    def writing(self) -> Iterator[Writing]:
        """A transaction that is committed as a whole at the end, or leaves nothing. Writers queue."""
        with self._connected() as connected:
            if self.dialect == "postgresql":
                connected.exec_driver_sql(f"select pg_advisory_xact_lock({WRITERS_LOCK})")
            yield _CoreTransaction(connected)
            connected.commit()

    @contextmanager
    def _connected(self) -> Iterator["Connection"]:
        from sqlalchemy.exc import DBAPIError

        with _faults(self.url, DBAPIError):
            connection = self.engine().connect()
            try:
                connection.begin()
            except BaseException:
                connection.close()
                raise
        driver: Any = connection.connection.driver_connection
        try:
            try:
                yield connection
            except Exception:
                # COPY goes by the driver, whose errors SQLAlchemy does not see
                if self.dialect == "postgresql" and driver.closed:
                    connection.invalidate()
                raise
            finally:
                # asks the server once more: it may have gone unseen, after the last statement
                connection.close()
        except Exception as error:
            if self.dialect == "postgresql" and driver.closed:
                raise _lost(self.url, error) from error
            raise

    def engine(self) -> "Engine":
        """The SQLAlchemy engine: one for the life of the process."""
        with self._opening:
            if self._engine is None:
                self._engine = self._open()
            return self._engine

    def _open(self) -> "Engine":
        from sqlalchemy import create_engine, event

        engine = create_engine(self.url)
        if self.file is not None:
            self.file.parent.mkdir(parents=True, exist_ok=True)

            @event.listens_for(engine, "connect")
            def prepare(connection: sqlite3.Connection, _: object) -> None:
                connection.isolation_level = None
                for setting in (
                    "busy_timeout = 60000",
                    "journal_mode = wal",
                    "synchronous = normal",
                    "foreign_keys = on",
                ):
                    connection.execute(f"pragma {setting}")

            @event.listens_for(engine, "begin")
            def take_the_write_lock(connection: "Connection") -> None:
                # a deferred transaction that reads and then writes fails at once when another writer got in between
                connection.exec_driver_sql("begin immediate")

        return engine

    def close(self) -> None:
        """Closes what is open."""
        with self._opening:
            if self._engine is not None:
                self._engine.dispose()
                self._engine = None


class _SqliteReading:
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def rows(self, statement: str, **values: Any) -> Sequence[Sequence[Any]]:
        return self._connection.execute(statement, values).fetchall()

    def stream(self, statement: str, **values: Any) -> Iterator[Sequence[Any]]:
        return self._connection.execute(statement, values)


class _CoreTransaction:
    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self._driver: Any = connection.connection.driver_connection
        self.dialect = "sqlite" if isinstance(self._driver, sqlite3.Connection) else "postgresql"

    def rows(self, statement: str, **values: Any) -> Sequence[Sequence[Any]]:
        return self._execute(statement, values).fetchall()

    def stream(self, statement: str, **values: Any) -> Iterator[Sequence[Any]]:
        return iter(self._execute(statement, values, yield_per=_FETCHED_AT_ONCE))

    def run(self, statement: str, **values: Any) -> int:
        return self._execute(statement, values).rowcount

    def _execute(self, statement: str, values: dict[str, Any], **options: Any) -> "CursorResult[Any]":
        from sqlalchemy import text

        return self._connection.execute(text(_COMMENT.sub("", statement)), values, execution_options=options)

    def insert(
        self,
        table: str,
        columns: Sequence[str],
        rows: Iterable[Sequence[Any]],
        constants: Mapping[str, int] = _NO_CONSTANTS,
    ) -> None:
        names = ", ".join((*columns, *constants))
        same = tuple(constants.values())
        if self.dialect == "sqlite":
            insert = f"insert into {table} ({names}) values "  # noqa: S608 - our own names
            self._insert_many(insert, f"({', '.join((*'?' * len(columns), *map(str, same)))})", iter(rows))
        else:
            with self._driver.cursor() as cursor, cursor.copy(f"copy {table} ({names}) from stdin") as copy:
                for row in rows:
                    copy.write_row((*row, *same))

    def _insert_many(self, insert: str, marks: str, rows: Iterator[Sequence[Any]]) -> None:
        """Rows by the fifty: half of the time of SQLite's executemany is spent between the statements, not in them."""
        rest: list[Sequence[Any]] = []

        def full() -> Iterator[list[Any]]:
            while len(batch := list(islice(rows, _ROWS_A_STATEMENT))) == _ROWS_A_STATEMENT:
                yield list(chain.from_iterable(batch))
            rest.extend(batch)

        self._driver.executemany(insert + ", ".join([marks] * _ROWS_A_STATEMENT), full())
        self._driver.executemany(insert + marks, rest)

    def run_script(self, script: str) -> None:
        if self.dialect != "sqlite":
            with self._driver.cursor() as cursor:
                cursor.execute(script)
            return
        statement = ""
        for line in script.splitlines(keepends=True):
            statement += line
            if sqlite3.complete_statement(statement):
                self._driver.execute(statement)
                statement = ""


def masked(url: str) -> str:
    """The address without its password, for messages."""
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url)


def _lost(url: str, error: Exception) -> DatabaseUnusable:
    return DatabaseUnusable(
        what=f"the connection to the warehouse {masked(url)} was lost in the middle: {_reason(error)}",
        expected="a server that stays until the transaction is committed",
        kept="what was committed before stays; the transaction that was under way left nothing",
        remedy="when the server is back, give the same command again: it goes on from what is there",
    )


def _reason(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip().splitlines()[0]


@contextmanager
def _faults(url: str, error_class: type[Exception]) -> Iterator[None]:
    try:
        yield
    except error_class as error:
        raise DatabaseUnusable(
            what=f"the warehouse {masked(url)} cannot be opened",
            expected=f"a database of this program that answers; found: {_reason(error)}",
            kept="nothing was read or written",
            remedy="nemuro doctor",
        ) from error
