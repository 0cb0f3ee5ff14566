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


CHANGE_LABELS: Mapping[ChangeKind, str] = {
    ChangeKind.OPENED: "新たな遅れ",
    ChangeKind.WORSE: "悪化",
    ChangeKind.BETTER: "改善（遅れは継続）",
    ChangeKind.RECOVERED: "回復",
    ChangeKind.CLOSED: "警告の終了",
    ChangeKind.RESULT: "終了報告",
    ChangeKind.REVISED: "過年度の値の改定",
}


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


class AnswerKind(StrEnum):
    """What an answer to a warning does."""

    ACKNOWLEDGED = "acknowledged"
    """The department deals with it: not reminded of until then; a worsening is told all the same."""
    SILENCED = "silenced"
    """Changes are not mailed to the department until then; they are recorded, and the secretariat sees them."""


ACKNOWLEDGED_DAYS = 30
"""How long an answer by mail holds that names no day: printed in the mail, to be changed there."""
LONGEST_DAYS = 366
"""How long an answer may hold at most."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to one warning, by whom. `key` makes it unique: it is recorded once however often it comes."""

    key: str
    edition: str
    indicator: str
    fiscal_year: int
    department: str
    kind: AnswerKind
    until: date
    """The last day on which it holds."""
    by: str
    text: str
    """The comment (対応状況), or the reason of a silence. As it came from outside: to be escaped wherever it is shown."""
    as_of: date
    """The Tokyo day on which it was recorded."""


class ReminderKind(StrEnum):
    """How an unanswered warning is followed up."""

    REMINDER = "reminder"
    """再度のお願い: its department is asked again."""
    ESCALATION = "escalation"
    """The department's head and the secretariat are told, once."""


@dataclass(frozen=True, slots=True)
class Reminded:
    """One line of the log of reminders."""

    edition: str
    indicator: str
    fiscal_year: int
    since: date
    """The day of the warning's line that had been told last: a line that is told later is asked about anew."""
    kind: ReminderKind
    as_of: date


@dataclass(frozen=True, slots=True)
class Reminder:
    """An unanswered warning that is followed up tonight."""

    warning: Told
    """The line that was told last."""
    department: str
    """The owner's id tonight."""
    kind: ReminderKind
    asked: tuple[date, ...]
    """The nights on which it was reminded of before tonight, oldest first."""
    as_of: date

    @property
    def line(self) -> Reminded:
        """The line that it adds to the log, written in the transaction of the decision."""
        told = self.warning
        return Reminded(told.edition, told.indicator, told.fiscal_year, told.as_of, self.kind, self.as_of)


class MailKind(StrEnum):
    """What a mail is."""

    DIGEST = "digest"
    """To a department: what changed."""
    CALL = "call"
    """To a department: the figures that it owes."""
    REMINDER = "reminder"
    """To a department: those that it still owes."""
    LATE = "late"
    """To the secretariat: which section or publisher is late with what."""
    REFUSED = "refused"
    """To the secretariat: which mail a server refused for good."""
    SUMMARY = "summary"
    """To the secretariat: what is new in the night."""
    UNANSWERED = "unanswered"
    """To a department: the warnings that it has not answered, once a month."""
    ESCALATION = "escalation"
    """To a department's head and to the secretariat: those that were reminded of in vain."""
    MONTHLY = "monthly"
    """To the headquarters (推進本部): one page about the month that is over."""
    WEEKLY = "weekly"
    """To the secretariat: the sign of life."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What a night of one edition adds to what later nights go by."""

    edition: str
    as_of: date
    matters: frozenset[str]
    """What a person must act on or know, each in one line: a line that was not there the night before is told."""
    reminded: tuple[tuple[Reminded, str], ...] = ()
    """With the keys of their mails."""
    periodicals: tuple[tuple[MailKind, date, str], ...] = ()
    """The page of a month and the sign of life of a week: kind, first day, key of the mail."""


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
