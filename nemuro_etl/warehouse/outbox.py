"""What has been told, and the mails that tell it: written down with the decision, claimed before they are sent."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from nemuro_etl.model.alert import Answer, Change, ChangeKind, Mail, MailKind, Told
from nemuro_etl.model.call import Called
from nemuro_etl.model.evaluation import Rating
from nemuro_etl.model.figure import decimal_text
from nemuro_etl.warehouse.answers import insert_dealt_with
from nemuro_etl.warehouse.called import insert_called
from nemuro_etl.warehouse.engine import Database, Reading
from nemuro_etl.warehouse.moment import moment_of, moment_text

PENDING, SENDING, SENT, DOUBTFUL = "pending", "sending", "sent", "doubtful"
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


@dataclass(frozen=True, slots=True)
class OutboxMail:
    """A mail with what became of it: pending, sending, sent, or doubtful (it may or may not have left)."""

    mail: Mail
    status: str
    attempts: int
    last_error: str | None
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
) -> int:
    """Writes down changes, calls and answers dealt with, each with the key of its mail, and the mails, all or nothing.

    Returns how many mails are new: one whose key is there already is the same mail.
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
        known = {row[0] for row in writing.rows("select mail_key from outbox")}
        new = {mail.key: mail for mail in mails if mail.key not in known}
        writing.insert(
            "outbox",
            (*_MAIL, "status", "attempts"),
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
                    PENDING,
                    0,
                )
                for mail in new.values()
            ],
        )
    return len(new)


def read_mails(database: Database, status: str | None = None) -> tuple[OutboxMail, ...]:
    """The mails of the outbox (of one status), by night and key."""
    with database.reading() as transaction:
        return tuple(mail for mail in _mails(transaction) if status is None or mail.status == status)


def read_due_mails(database: Database, day: date) -> tuple[Mail, ...]:
    """The pending mails that may leave on `day`."""
    return tuple(one.mail for one in read_mails(database, PENDING) if one.mail.not_before <= day)


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


def doubt_interrupted(database: Database) -> int:
    """Marks as doubtful what a dead process left half sent; how many. Only for who holds the run's lock."""
    with database.writing() as writing:
        return writing.run(
            "update outbox set status = 'doubtful', last_error = :error where status = 'sending'",
            error="the process that was sending it ended before it wrote down whether it had",
        )


def _mails(transaction: Reading) -> list[OutboxMail]:
    return [_outbox_mail(*row) for row in transaction.rows(_SELECT_MAILS)]


_SELECT_MAILS = f"select {', '.join(_MAIL)}, status, attempts, last_error, sent_at from outbox order by night, mail_key"  # noqa: S608


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
        last_error=row[15],
        sent_at=None if row[16] is None else moment_of(row[16]),
    )


def _text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
