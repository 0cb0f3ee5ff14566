"""What has been told, and the mails that tell it: written down with the decision, claimed before they are sent."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from nemuro_etl.model.alert import Answer, Change, ChangeKind, Mail, MailKind, Rhythm, Told
from nemuro_etl.model.call import Called
from nemuro_etl.model.evaluation import Rating
from nemuro_etl.model.figure import decimal_text
from nemuro_etl.warehouse.answers import insert_dealt_with
from nemuro_etl.warehouse.called import insert_called
from nemuro_etl.warehouse.engine import Database, Writing
from nemuro_etl.warehouse.moment import moment_of, moment_text
from nemuro_etl.warehouse.rhythm import insert_rhythm

HELD, PENDING, SENT = "held", "pending", "sent"
_LOG = (
    "id",
    "edition",
    "indicator",
    "fiscal_year",
    "kind",
    "rating",
    "actual",
    "target",
    "period",
    "bands",
    "cause",
) + (
    "as_of",
    "mail_key",
)
_MAIL = ("mail_key", "kind", "department", "night", "not_before", "sender", "reply_to", "recipient", "subject") + (
    "body_text",
    "body_html",
    "message_id",
    "headers",
)
_FATE = ("status", "attempts", "doubts", "last_error", "released_by", "sent_at")


@dataclass(frozen=True, slots=True)
class OutboxMail:
    """A mail with what became of it.

    held: until a person releases it · pending: leaves when it is due · sending: claimed · sent · refused: by the server,
    for good · doubtful: it may or may not have left, twice; a person decides.
    """

    mail: Mail
    status: str
    attempts: int
    doubts: int
    """How many attempts ended without anybody knowing whether the server has the mail."""
    last_error: str | None
    released_by: str | None
    sent_at: datetime | None


def read_told(database: Database, edition: str, *, unmailed_only: bool = False) -> tuple[Told, ...]:
    """The whole warning log of an edition, oldest first; or the lines of it that no mail told."""
    with database.reading() as transaction:
        return tuple(
            Told(
                edition=edition,
                indicator=row[0],
                fiscal_year=row[1],
                kind=ChangeKind(row[2]),
                rating=Rating(row[3]),
                actual=_decimal(row[4]),
                target=_decimal(row[5]),
                period=row[6],
                bands=row[7],
                as_of=date.fromisoformat(row[8]),
            )
            for row in transaction.rows(
                "select indicator, fiscal_year, kind, rating, actual, target, period, bands, as_of from warning_log"
                " where edition = :edition and (mail_key is null or not :unmailed_only) order by id",
                edition=edition,
                unmailed_only=unmailed_only,
            )
        )


def record_night(
    database: Database,
    changes: Iterable[tuple[Change, str | None]],
    mails: Sequence[Mail],
    called: Iterable[tuple[Called, str]] = (),
    dealt_with: Iterable[tuple[Answer, str | None]] = (),
    *,
    rhythm: Rhythm | None = None,
    held: frozenset[str] = frozenset(),
) -> int:
    """Writes down changes, calls and answers dealt with, each with the key of its mail, and the mails, all or nothing.

    `rhythm` is what the night adds for the nights after it. Mails whose key is in `held` wait until a person releases them. Returns how many mails are new: one whose key is
    there already is the same mail, and stays as it is.
    """
    with database.writing() as writing:
        ((last,),) = writing.rows("select coalesce(max(id), 0) from warning_log")
        writing.insert(
            "warning_log",
            _LOG,
            [
                (
                    last + n,
                    line.edition,
                    line.indicator,
                    line.fiscal_year,
                    str(line.kind),
                    str(line.rating),
                    _text(line.actual),
                    _text(line.target),
                    line.period,
                    line.bands,
                    str(cause),
                    line.as_of.isoformat(),
                    mail_key,
                )
                for n, (line, cause, mail_key) in enumerate(
                    ((change.line, change.cause, mail_key) for change, mail_key in changes), start=1
                )
            ],
        )
        insert_called(writing, called)
        insert_dealt_with(writing, dealt_with)
        if rhythm is not None:
            insert_rhythm(writing, rhythm)
        return _insert_mails(writing, mails, held)


def _insert_mails(writing: Writing, mails: Sequence[Mail], held: frozenset[str] = frozenset()) -> int:
    known = {row[0] for row in writing.rows("select mail_key from outbox")}
    new = {mail.key: mail for mail in mails if mail.key not in known}
    writing.insert(
        "outbox",
        (*_MAIL, "status", "attempts", "doubts"),
        [
            (
                mail.key,
                str(mail.kind),
                mail.department,
                mail.night.isoformat(),
                mail.not_before.isoformat(),
                mail.sender,
                mail.reply_to,
                mail.to,
                mail.subject,
                mail.text,
                mail.html,
                mail.message_id,
                json.dumps(dict(mail.headers), ensure_ascii=False, sort_keys=True),
                HELD if mail.key in held else PENDING,
                0,
                0,
            )
            for mail in new.values()
        ],
    )
    return len(new)


def read_mails(database: Database, status: str | None = None) -> tuple[OutboxMail, ...]:
    """The mails of the outbox (of one status), by night and key."""
    chosen = {} if status is None else {"status": status}
    where = " where status = :status" if chosen else ""
    with database.reading() as transaction:
        rows = transaction.rows(f"{_SELECT_MAIL}{where} order by night, mail_key", **chosen)
    return tuple(_outbox_mail(*row) for row in rows)


def read_mails_of(database: Database, edition: str, night: date) -> tuple[OutboxMail, ...]:
    """The mails of one night about one strategy, by key."""
    with database.reading() as transaction:
        rows = transaction.rows(
            f"{_SELECT_MAIL} where night = :night and headers like :thread order by mail_key",
            night=night.isoformat(),
            thread=_thread_of(edition),
        )
    found = (_outbox_mail(*row) for row in rows)
    return tuple(one for one in found if _is_about(edition, one.mail.headers))


def read_fates(database: Database, edition: str) -> tuple[tuple[str, datetime | None], ...]:
    """The status of every mail about one strategy, and when it was sent."""
    with database.reading() as transaction:
        rows = transaction.rows(
            "select status, sent_at, headers from outbox where headers like :thread order by night, mail_key",
            thread=_thread_of(edition),
        )
    return tuple(
        (status, None if sent_at is None else moment_of(sent_at))
        for status, sent_at, headers in rows
        if _is_about(edition, json.loads(headers))
    )


def _thread_of(edition: str) -> str:
    """A pattern for what the headers of a mail about a strategy hold; `_is_about` looks closer.

    `like` takes _ for any character, and on SQLite A for a; but the mails of hundreds of strategies need not be read.
    """
    return f"%<thread.{edition}.%"


def _is_about(edition: str, headers: Mapping[str, str]) -> bool:
    """Whether a mail with these headers is about a strategy: by the thread in which it stands."""
    return headers.get("References", "").startswith(f"<thread.{edition}.")


def read_mail(database: Database, key: str) -> OutboxMail | None:
    """The mail of that key; None when there is none."""
    with database.reading() as transaction:
        rows = transaction.rows(f"{_SELECT_MAIL} where mail_key = :key", key=key)
    return _outbox_mail(*rows[0]) if rows else None


def read_due_mails(database: Database, day: date) -> Iterator[Mail]:
    """The pending mails that may leave on `day`, by night and key, each read when its turn comes."""
    with database.reading() as transaction:
        due = transaction.rows(
            "select mail_key from outbox where status = 'pending' and not_before <= :day order by night, mail_key",
            day=day.isoformat(),
        )
    for (key,) in due:
        one = read_mail(database, key)
        if one is not None:
            yield one.mail


def claim(database: Database, key: str) -> bool:
    """Takes a pending mail for sending; False when another worker was first."""
    with database.writing() as writing:
        claimed = writing.run(
            "update outbox set status = 'sending', attempts = attempts + 1"
            " where mail_key = :key and status = 'pending'",
            key=key,
        )
    return claimed == 1


def settle(
    database: Database, key: str, status: str, error: str | None = None, sent_at: datetime | None = None
) -> None:
    """Writes down what became of a claimed mail."""
    with database.writing() as writing:
        writing.run(
            "update outbox set status = :status, last_error = :error, sent_at = :sent_at where mail_key = :key",
            key=key,
            status=status,
            error=error,
            sent_at=None if sent_at is None else moment_text(sent_at),
        )


def doubt(database: Database, key: str, error: str) -> bool:
    """Writes down that nobody knows whether a claimed mail left: pending after the first time, doubtful after others.

    Returns whether it is sent once more.
    """
    with database.writing() as writing:
        writing.run(
            "update outbox set doubts = doubts + 1, last_error = :error,"
            " status = case when doubts = 0 then 'pending' else 'doubtful' end"
            " where mail_key = :key and status = 'sending'",
            key=key,
            error=error,
        )
        return bool(writing.rows("select 1 from outbox where mail_key = :key and status = 'pending'", key=key))


def refuse(database: Database, key: str, said: str, notice: Mail | None) -> bool:
    """Writes down what the server said for good, and the mail that tells of it, all or nothing; whether that is new."""
    with database.writing() as writing:
        writing.run(
            "update outbox set status = 'refused', last_error = :said where mail_key = :key and status <> 'sent'",
            key=key,
            said=said,
        )
        return notice is not None and _insert_mails(writing, [notice]) == 1


def release(database: Database, key: str, by: str) -> None:
    """Lets a held mail go, with who decided it; what is not held stays as it is."""
    with database.writing() as writing:
        writing.run(
            "update outbox set status = 'pending', released_by = :by where mail_key = :key and status = 'held'",
            key=key,
            by=by,
        )


def send_again(database: Database, key: str, to: str) -> None:
    """Makes a refused or doubtful mail pending, to the address that it has now."""
    with database.writing() as writing:
        writing.run(
            "update outbox set status = 'pending', recipient = :to, last_error = :why"
            " where mail_key = :key and status in ('refused', 'doubtful')",
            key=key,
            to=to,
            why="sent again by decision of a person",
        )


_SELECT_MAIL = f"select {', '.join((*_MAIL, *_FATE))} from outbox"  # noqa: S608 - our own names


def _outbox_mail(*row: Any) -> OutboxMail:
    key, kind, department, night, not_before, sender, reply_to, to, subject, text, html, message_id, headers = row[:13]
    return OutboxMail(
        mail=Mail(
            key=key,
            kind=MailKind(kind),
            department=department,
            night=date.fromisoformat(night),
            not_before=date.fromisoformat(not_before),
            sender=sender,
            reply_to=reply_to,
            to=to,
            subject=subject,
            text=text,
            html=html,
            message_id=message_id,
            headers=json.loads(headers),
        ),
        status=row[13],
        attempts=row[14],
        doubts=row[15],
        last_error=row[16],
        released_by=row[17],
        sent_at=None if row[18] is None else moment_of(row[18]),
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
