"""One run at a time: a lock that the operating system, or the server, lets go when its holder dies."""

import fcntl
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from nemuro_etl.errors import AnotherRunInProgress
from nemuro_etl.warehouse.engine import Database, masked
from nemuro_etl.warehouse.ledger import runs

_RUN_LOCK = 2017_0002


@contextmanager
def exclusive_run(database: Database, source: str | None = None) -> Iterator[None]:
    """Holds the warehouse for one run. Raises AnotherRunInProgress when somebody else holds it.

    With `source` it is a part of a run that is held, while another process holds the whole: who collects that source.
    """
    if database.file is not None:
        database.file.parent.mkdir(parents=True, exist_ok=True)
        part = "" if source is None else f"-{source}"
        with database.file.with_name(f"{database.file.name}.lock{part}").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise _busy(database) from None
            yield
    else:
        from sqlalchemy import text
        from sqlalchemy.exc import DBAPIError

        number = _RUN_LOCK if source is None else _RUN_LOCK << 32 | zlib.crc32(source.encode())
        with database.engine().connect() as connection:
            # the session holds the lock, not the transaction: an idle open transaction would hold back vacuum
            if not connection.execute(text("select pg_try_advisory_lock(:lock)"), {"lock": number}).scalar():
                raise _busy(database)
            connection.commit()
            try:
                yield
            finally:
                # a session that is gone has let go of it
                with suppress(DBAPIError):
                    connection.execute(text("select pg_advisory_unlock(:lock)"), {"lock": number})
                    connection.commit()


def is_held(database: Database, source: str | None = None) -> bool:
    """Whether somebody holds the warehouse, or collects that source, now: a process that died holds nothing."""
    try:
        with exclusive_run(database, source):
            return False
    except AnotherRunInProgress:
        return True


def _busy(database: Database) -> AnotherRunInProgress:
    unfinished = [run for run in runs(database) if run.finished_at is None]
    found = (
        f"{unfinished[0].kind}, process {unfinished[0].process_id} on {unfinished[0].host}, "
        f"since {unfinished[0].started_at.isoformat()}"
        if unfinished
        else "a run that has not written itself down yet"
    )
    return AnotherRunInProgress(
        what=f"another run holds the warehouse {masked(database.url)}",
        expected=f"one run at a time; in progress: {found}",
        kept="nothing was done",
        remedy="wait until it has ended, then give the same command again",
    )
