"""What was answered to warnings, each once, and which answers the mails have dealt with."""

from collections.abc import Iterable, Sequence
from datetime import date

from nemuro_etl.model.alert import Answer, AnswerKind
from nemuro_etl.warehouse.engine import Database, Writing

_COLUMNS = ("answer_key", "edition", "indicator", "fiscal_year", "department", "kind", "until") + (
    "answered_by",
    "words",
    "as_of",
)


def read_answers(database: Database, edition: str) -> tuple[Answer, ...]:
    """Every answer of an edition in the order in which they came."""
    with database.reading() as transaction:
        return tuple(
            Answer(
                key=row[0],
                edition=row[1],
                indicator=row[2],
                fiscal_year=row[3],
                department=row[4],
                kind=AnswerKind(row[5]),
                until=date.fromisoformat(row[6]),
                by=row[7],
                text=row[8],
                as_of=date.fromisoformat(row[9]),
            )
            for row in transaction.rows(
                "select answer_key, edition, indicator, fiscal_year, department, kind, until, answered_by, words, as_of"
                " from answer where edition = :edition order by id",
                edition=edition,
            )
        )


def read_dealt_with(database: Database) -> frozenset[str]:
    """The keys of the answers whose comment was shown, or whose end was told."""
    with database.reading() as transaction:
        return frozenset(row[0] for row in transaction.rows("select answer_key from answer_told"))


def record_answers(database: Database, answers: Sequence[Answer]) -> int:
    """Adds the answers that are not there yet; how many were new."""
    with database.writing() as writing:
        known = {row[0] for row in writing.rows("select answer_key from answer")}
        ((last,),) = writing.rows("select coalesce(max(id), 0) from answer")
        new = {answer.key: answer for answer in answers if answer.key not in known}
        writing.insert(
            "answer",
            ("id", *_COLUMNS),
            [
                (
                    last + n,
                    answer.key,
                    answer.edition,
                    answer.indicator,
                    answer.fiscal_year,
                    answer.department,
                    str(answer.kind),
                    answer.until.isoformat(),
                    answer.by,
                    answer.text,
                    answer.as_of.isoformat(),
                )
                for n, answer in enumerate(new.values(), start=1)
            ],
        )
    return len(new)


def insert_dealt_with(writing: Writing, answers: Iterable[tuple[Answer, str | None]]) -> None:
    """Adds that answers were dealt with, each with the key of the mail that says so, if there is one."""
    writing.insert("answer_told", ("answer_key", "mail_key"), [(answer.key, mail_key) for answer, mail_key in answers])
