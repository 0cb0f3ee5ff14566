"""The log of calls: which step was taken for which section, fiscal year and family, each once."""

from collections.abc import Iterable
from datetime import date

from nemuro_etl.model.call import Called, CallKind
from nemuro_etl.warehouse.engine import Database, Writing


def read_called(database: Database, edition: str) -> tuple[Called, ...]:
    """Every step that was taken, by day, fiscal year, family, department and kind."""
    with database.reading() as transaction:
        return tuple(
            Called(edition, row[0], row[1], row[2], CallKind(row[3]), date.fromisoformat(row[4]))
            for row in transaction.rows(
                "select fiscal_year, family, department, kind, as_of from called where edition = :edition"
                " order by as_of, fiscal_year, family, department, kind",
                edition=edition,
            )
        )


def insert_called(writing: Writing, called: Iterable[tuple[Called, str]]) -> None:
    """Adds steps, each with the key of the mail that takes it."""
    writing.insert(
        "called",
        ("edition", "fiscal_year", "family", "department", "kind", "as_of", "mail_key"),
        [
            (
                line.edition,
                line.fiscal_year,
                line.family,
                line.department,
                str(line.kind),
                line.as_of.isoformat(),
                mail_key,
            )
            for line, mail_key in called
        ],
    )
