"""What the yearly reports showed when they were written, and which of them were frozen."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from nemuro_etl.warehouse.engine import Database, Reading
from nemuro_etl.warehouse.moment import moment_of, moment_text


@dataclass(frozen=True, slots=True)
class Shown:
    """The numbers of one writing of one report edition, as `report.changes` names them."""

    as_of: date
    numbers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Frozen:
    """A report edition that is not composed anew: of which day it is, of what it is composed, and its files."""

    edition: str
    fiscal_year: int
    report_edition: str
    as_of: date
    frozen_at: datetime
    last_comment: int
    last_shown: int
    files: Mapping[str, str]
    """SHA-256 by the file's name; the bytes are kept among the originals."""


def read_shown(
    database: Database, edition: str, fiscal_year: int, report_edition: str, as_of: date, last: int | None
) -> tuple[Shown, ...]:
    """What the edition showed on or before `as_of`, oldest first; up to the `last` writing when it is named."""
    with database.reading() as transaction:
        return tuple(
            Shown(date.fromisoformat(row[1]), json.loads(row[2]))
            for row in transaction.rows(
                "select id, as_of, numbers from report_shown where edition = :edition and fiscal_year = :fiscal_year"
                " and report_edition = :report_edition and as_of <= :as_of order by id",
                edition=edition,
                fiscal_year=fiscal_year,
                report_edition=report_edition,
                as_of=as_of.isoformat(),
            )
            if last is None or row[0] <= last
        )


def record_shown(database: Database, edition: str, fiscal_year: int, report_edition: str, shown: Shown) -> None:
    """Adds one writing."""
    numbers = json.dumps(shown.numbers, ensure_ascii=False, sort_keys=True)
    with database.writing() as writing:
        ((last,),) = writing.rows("select coalesce(max(id), 0) from report_shown")
        writing.insert(
            "report_shown",
            ("id", "edition", "fiscal_year", "report_edition", "as_of", "numbers"),
            [(last + 1, edition, fiscal_year, report_edition, shown.as_of.isoformat(), numbers)],
        )


def read_marks(database: Database) -> tuple[int, int]:
    """The numbers of the last comment and of the last writing that are recorded."""
    with database.reading() as transaction:
        return _last(transaction, "report_comment"), _last(transaction, "report_shown")


def _last(transaction: Reading, table: str) -> int:
    ((last,),) = transaction.rows(f"select coalesce(max(id), 0) from {table}")  # noqa: S608 - our own names
    return int(last)


def read_frozen(database: Database, edition: str) -> tuple[Frozen, ...]:
    """What was frozen of the yearly reports, by fiscal year and day."""
    with database.reading() as transaction:
        return tuple(
            Frozen(
                edition=row[0],
                fiscal_year=row[1],
                report_edition=row[2],
                as_of=date.fromisoformat(row[3]),
                frozen_at=moment_of(row[4]),
                last_comment=row[5],
                last_shown=row[6],
                files=json.loads(row[7]),
            )
            for row in transaction.rows(
                "select edition, fiscal_year, report_edition, as_of, frozen_at, last_comment, last_shown,"
                " files from report_frozen where edition = :edition order by fiscal_year, as_of, frozen_at, report_edition",
                edition=edition,
            )
        )


def record_frozen(database: Database, frozen: Frozen, *, replacing: bool) -> None:
    """Adds what was frozen, once; with `replacing` instead of what is recorded of the same edition, year and day."""
    with database.writing() as writing:
        if replacing:
            writing.run(
                "delete from report_frozen where edition = :edition and fiscal_year = :fiscal_year"
                " and report_edition = :report_edition and as_of = :as_of",
                edition=frozen.edition,
                fiscal_year=frozen.fiscal_year,
                report_edition=frozen.report_edition,
                as_of=frozen.as_of.isoformat(),
            )
        writing.insert(
            "report_frozen",
            ("edition", "fiscal_year", "report_edition", "as_of", "frozen_at")
            + ("last_comment", "last_shown", "files"),
            [
                (
                    frozen.edition,
                    frozen.fiscal_year,
                    frozen.report_edition,
                    frozen.as_of.isoformat(),
                    moment_text(frozen.frozen_at),
                    frozen.last_comment,
                    frozen.last_shown,
                    json.dumps(frozen.files, ensure_ascii=False, sort_keys=True),
                )
            ],
        )
