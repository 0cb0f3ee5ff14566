"""Warnings: what has been told about an indicator, what changed tonight, and the mail that says so."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from nemuro_etl.model.evaluation import Evaluation, Rating


class ChangeKind(StrEnum):
    """What happened to an indicator that its department is told, each once."""

    OPENED = "opened"
    WORSE = "worse"
    BETTER = "better"
    RECOVERED = "recovered"
    CLOSED = "closed"
    """終了: the plan's last year came out, or the plan is over; the warning ends without recovery."""
    RESULT = "result"
    """終了報告: the result of a row's last year, which opens no warning."""
    REVISED = "revised"
    """An older year came out differently."""

    @property
    def keeps_open(self) -> bool:
        return self in (ChangeKind.OPENED, ChangeKind.WORSE, ChangeKind.BETTER)


class Cause(StrEnum):
    """Why it came out differently from what was last told."""

    NEW_FIGURE = "new_figure"
    REVISED_FIGURE = "revised_figure"
    REVISED_TARGET = "revised_target"
    CHANGED_BANDS = "changed_bands"
    PASSAGE_OF_TIME = "passage_of_time"


CAUSE_LABELS: Mapping[Cause, str] = {
    Cause.NEW_FIGURE: "新しい実績値",
    Cause.REVISED_FIGURE: "実績値の改定",
    Cause.REVISED_TARGET: "目標・定義の改訂",
    Cause.CHANGED_BANDS: "判定区分の変更",
    Cause.PASSAGE_OF_TIME: "時間の経過",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What was last told about one indicator and fiscal year: one line of the warning log."""

    edition: str
    indicator: str
    fiscal_year: int
    kind: ChangeKind
    rating: Rating
    actual: Decimal | None
    target: Decimal | None
    period: str | None
    bands: str
    """The day since which the bands in force then were in force."""
    as_of: date


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one indicator tonight, with its cause and the evaluations before and after."""

    kind: ChangeKind
    cause: Cause
    edition: str
    indicator: str
    department: str
    """The owner's id tonight."""
    now: Evaluation
    before: Told | None
    bands: str
    """The day since which tonight's bands are in force."""

    @property
    def line(self) -> Told:
        """The line that the change adds to the warning log, written in the transaction of the decision."""
        return Told(
            edition=self.edition,
            indicator=self.indicator,
            fiscal_year=self.now.fiscal_year,
            kind=self.kind,
            rating=self.now.rating,
            actual=self.now.actual,
            target=self.now.target,
            period=self.now.period,
            bands=self.bands,
            as_of=self.now.as_of,
        )


class MailKind(StrEnum):
    """What a mail is: a department's digest, or the secretariat's summary of the night."""

    DIGEST = "digest"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as it is written down before it is sent. `key` makes it unique: department, night, reason digest."""

    key: str
    kind: MailKind
    department: str
    night: date
    not_before: date
    """The business day on which it may leave."""
    sender: str
    reply_to: str
    to: str
    subject: str
    text: str
    html: str
    message_id: str
    headers: Mapping[str, str] = field(default_factory=dict)
    """Auto-Submitted, List-Id, References, …"""
