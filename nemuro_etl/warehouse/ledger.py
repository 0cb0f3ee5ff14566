"""What was run and when, and how each source answered: the truth about runs, whatever a scheduler believes."""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from nemuro_etl.model.evaluation import SourceCondition
from nemuro_etl.warehouse.engine import Database
from nemuro_etl.warehouse.moment import cutoff, moment_of, moment_text

_RUNNING = "running"


@dataclass(frozen=True, slots=True)
class Run:
    """One line of the run ledger. `status` is `running` until it is finished; a killed run stays so."""

    id: int
    kind: str
    started_at: datetime
    finished_at: datetime | None
    as_of: date
    status: str
    host: str
    process_id: int
    summary: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Trouble:
    """How a source fails, and since when no attempt at it succeeded."""

    condition: SourceCondition
    detail: str
    since: datetime


def begin_run(database: Database, kind: str, started_at: datetime, as_of: date) -> int:
    """Writes down that this process runs `kind`; the run's id."""
    with database.writing() as writing:
        ((run_id,),) = writing.rows("select coalesce(max(id), 0) + 1 from run")
        writing.insert(
            "run",
            ("id", "kind", "started_at", "as_of", "status", "host", "process_id", "summary"),
            [(run_id, kind, moment_text(started_at), as_of.isoformat(), _RUNNING, platform.node(), os.getpid(), "{}")],
        )
    return int(run_id)


def finish_run(
    database: Database, run_id: int, finished_at: datetime, status: str, summary: Mapping[str, object]
) -> None:
    """Writes down how a run ended."""
    with database.writing() as writing:
        writing.run(
            "update run set finished_at = :finished_at, status = :status, summary = :summary where id = :id",
            id=run_id,
            finished_at=moment_text(finished_at),
            status=status,
            summary=json.dumps(summary, ensure_ascii=False, sort_keys=True),
        )


def runs(database: Database) -> tuple[Run, ...]:
    """Every run, the newest first."""
    with database.reading() as transaction:
        return tuple(
            Run(
                id=row[0],
                kind=row[1],
                started_at=moment_of(row[2]),
                finished_at=None if row[3] is None else moment_of(row[3]),
                as_of=date.fromisoformat(row[4]),
                status=row[5],
                host=row[6],
                process_id=row[7],
                summary=json.loads(row[8]),
            )
            for row in transaction.rows(
                "select id, kind, started_at, finished_at, as_of, status, host, process_id, summary"
                " from run order by id desc"
            )
        )


def note_source(database: Database, source: str, at: datetime, condition: SourceCondition, detail: str) -> bool:
    """Writes down how an attempt at a source ended; whether that is news."""
    noted_at = moment_text(at)
    with database.writing() as writing:
        last = writing.rows(
            "select condition, detail from source_event where source = :source and noted_at <= :noted_at"
            " order by noted_at desc, id desc limit 1",
            source=source,
            noted_at=noted_at,
        )
        if last and tuple(last[0]) == (str(condition), detail):
            return False
        ((event_id,),) = writing.rows("select coalesce(max(id), 0) + 1 from source_event")
        writing.insert(
            "source_event",
            ("id", "source", "noted_at", "condition", "detail"),
            [(event_id, source, noted_at, str(condition), detail)],
        )
    return True


def source_conditions(database: Database, as_of: date | None) -> dict[str, SourceCondition]:
    """How the last attempt at each source ended, as known at the end of `as_of`."""
    with database.reading() as transaction:
        events = transaction.rows(
            "select source, condition from source_event where noted_at < :cutoff order by noted_at, id",
            cutoff=cutoff(as_of),
        )
    return {source: SourceCondition(condition) for source, condition in events}


def source_troubles(database: Database, as_of: date) -> dict[str, Trouble]:
    """The sources whose last attempt failed, as known at the end of `as_of`."""
    troubles: dict[str, Trouble] = {}
    with database.reading() as transaction:
        for source, noted_at, condition, detail in transaction.rows(
            "select source, noted_at, condition, detail from source_event where noted_at < :cutoff"
            " order by noted_at, id",
            cutoff=cutoff(as_of),
        ):
            before = troubles.pop(source, None)
            if condition != SourceCondition.WORKING:
                since = moment_of(noted_at) if before is None else before.since
                troubles[source] = Trouble(SourceCondition(condition), detail, since)
    return troubles
