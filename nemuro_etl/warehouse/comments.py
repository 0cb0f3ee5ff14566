"""What people wrote into the yearly reports: every version is a row of its own, and none is ever changed."""

from collections.abc import Sequence
from datetime import date

from nemuro_etl.model.comment import Comment, CommentKind
from nemuro_etl.warehouse.engine import Database

_COLUMNS = ("edition", "fiscal_year", "subject", "kind", "words", "written_by", "as_of")


def read_comments(database: Database, edition: str, last: int | None) -> tuple[Comment, ...]:
    """Every version, in the order in which they were recorded; up to the `last` one when it is named."""
    with database.reading() as transaction:
        return tuple(
            Comment(
                edition=row[1],
                fiscal_year=row[2],
                subject=row[3],
                kind=CommentKind(row[4]),
                text=row[5],
                by=row[6],
                as_of=date.fromisoformat(row[7]),
            )
            for row in transaction.rows(
                "select id, edition, fiscal_year, subject, kind, words, written_by, as_of from report_comment"
                " where edition = :edition order by id",
                edition=edition,
            )
            if last is None or row[0] <= last
        )


def record_comments(database: Database, comments: Sequence[Comment]) -> None:
    """Adds versions in their order; each stands until a later one of the same box."""
    with database.writing() as writing:
        ((last,),) = writing.rows("select coalesce(max(id), 0) from report_comment")
        writing.insert(
            "report_comment",
            ("id", *_COLUMNS),
            [
                (
                    last + n,
                    comment.edition,
                    comment.fiscal_year,
                    comment.subject,
                    str(comment.kind),
                    comment.text,
                    comment.by,
                    comment.as_of.isoformat(),
                )
                for n, comment in enumerate(comments, start=1)
            ],
        )
