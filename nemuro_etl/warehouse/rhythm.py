"""What later nights go by: the matters that the secretariat knows of, the reminders sent, and the pages and signs of life."""

import json
from datetime import date

from nemuro_etl.model.alert import MailKind, Reminded, ReminderKind, Rhythm
from nemuro_etl.warehouse.engine import Database, Reading, Writing


def read_matters(database: Database, edition: str, before: date) -> frozenset[str] | None:
    """The matters as they stood at the end of the last night before `before`; None when there was none."""
    with database.reading() as transaction:
        text = _matters_before(transaction, edition, before)
        return None if text is None else frozenset(json.loads(text))


def read_reminded(database: Database, edition: str) -> tuple[Reminded, ...]:
    """Every reminder and escalation of an edition, by day, indicator and fiscal year."""
    with database.reading() as transaction:
        return tuple(
            Reminded(
                edition=edition,
                indicator=row[0],
                fiscal_year=row[1],
                since=date.fromisoformat(row[2]),
                kind=ReminderKind(row[3]),
                as_of=date.fromisoformat(row[4]),
            )
            for row in transaction.rows(
                "select indicator, fiscal_year, since, kind, as_of from reminded where edition = :edition"
                " order by as_of, indicator, fiscal_year",
                edition=edition,
            )
        )


def read_periodicals(database: Database, edition: str) -> frozenset[tuple[MailKind, date]]:
    """Which months had their page and which weeks their sign of life, by their first day."""
    with database.reading() as transaction:
        return frozenset(
            (MailKind(row[0]), date.fromisoformat(row[1]))
            for row in transaction.rows("select kind, period from periodical where edition = :edition", edition=edition)
        )


def insert_rhythm(writing: Writing, rhythm: Rhythm) -> None:
    """Adds what a night told. Its matters become those of its day; where they are those of before, it needs no line."""
    day = rhythm.as_of.isoformat()
    before = _matters_before(writing, rhythm.edition, rhythm.as_of)
    text = json.dumps(sorted(rhythm.matters), ensure_ascii=False)
    writing.run("delete from matter where edition = :edition and as_of = :day", edition=rhythm.edition, day=day)
    if text != before:
        writing.insert("matter", ("edition", "as_of", "matters"), [(rhythm.edition, day, text)])
    writing.insert(
        "reminded",
        ("edition", "indicator", "fiscal_year", "since", "kind", "as_of", "mail_key"),
        [
            (
                line.edition,
                line.indicator,
                line.fiscal_year,
                line.since.isoformat(),
                str(line.kind),
                line.as_of.isoformat(),
                mail_key,
            )
            for line, mail_key in rhythm.reminded
        ],
    )
    writing.insert(
        "periodical",
        ("edition", "kind", "period", "mail_key"),
        [(rhythm.edition, str(kind), first.isoformat(), mail_key) for kind, first, mail_key in rhythm.periodicals],
    )


def _matters_before(transaction: Reading, edition: str, day: date) -> str | None:
    rows = transaction.rows(
        "select matters from matter where edition = :edition and as_of < :day order by as_of desc limit 1",
        edition=edition,
        day=day.isoformat(),
    )
    return str(rows[0][0]) if rows else None
