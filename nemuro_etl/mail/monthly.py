"""The page of a month for the headquarters: how the indicators stand, what changed, what is open, what will come."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from nemuro_etl.mail.calls import FAMILY_WORDS
from nemuro_etl.mail.digest import Night, seal, subject_of
from nemuro_etl.mail.letter import PLAIN, Letter, Section
from nemuro_etl.mail.message import digest_of, key_of
from nemuro_etl.model.alert import CHANGE_LABELS, Mail, MailKind, Told
from nemuro_etl.model.evaluation import RATING_LABELS, Rating
from nemuro_etl.model.period import fiscal_year_label, japanese_year
from nemuro_etl.model.wording import day_text

_SHOWN = 4
"""So many changes, and so many figures to come, are named; of the others there is the number: it is one page."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Figures of one family that are due in the month that begins."""

    family: str
    fiscal_year: int
    day: date
    count: int


@dataclass(frozen=True, slots=True)
class Month:
    """A month that is over, as it was recorded."""

    first: date
    ratings: Mapping[Rating, int]
    """Distinct indicators in their newest rated year at the month's end."""
    ratings_before: Mapping[Rating, int]
    """The same a month before; empty when nothing was recorded then."""
    changes: tuple[Told, ...]
    """What was told in the month, in the order of telling."""
    open_warnings: Mapping[str, tuple[int, int]]
    """By department: how many are open at the month's end, and how many of them are answered."""
    expected: tuple[Expected, ...]

    @property
    def is_worth_a_page(self) -> bool:
        """Whether anything is open, changed, or is to come: of a strategy that is over nobody reads for ever."""
        return bool(self.changes or self.open_warnings or self.expected)


def render_month(month: Month, night: Night) -> Mail:
    """The page about `month`. Its key is that of the month: a month has one."""
    headquarters = night.catalog.alerting.headquarters
    name = f"{japanese_year(month.first.year, on=month.first)}年{month.first.month}月"
    last = (month.first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    letter = Letter(
        subject=subject_of(night, f"進捗状況の概要（{name}）"),
        greeting=f"{headquarters.name}　御中",
        opening=(f"「{night.edition.title}」の指標の{name}の状況です（{day_text(last)}現在）。",),
        sections=(
            Section("1．判定の件数（各指標の最も新しい年度）", "", PLAIN, _rating_rows(month)),
            Section("2．この月の変化", "", PLAIN, _change_rows(month.changes, night)),
            Section("3．続いている遅れ", "", PLAIN, _open_rows(month, night)),
            Section("4．翌月に見込まれる実績値", "", PLAIN, _expected_rows(month.expected, night)),
        ),
        closing=(
            f"判定の区分は本システムの運用上のものです。お問合せ：{night.catalog.alerting.contact}。このメールは"
            f"「{night.catalog.alerting.system_name}」が毎月最初の業務日に自動で作成しています。",
        ),
    )
    key = key_of(headquarters.id, month.first, digest_of([night.edition.id, str(MailKind.MONTHLY)]))
    thread = (night.edition.id, "monthly")
    return seal(letter, MailKind.MONTHLY, key=key, department=headquarters, night=night, thread=thread)


def _rating_rows(month: Month) -> tuple[tuple[str, str], ...]:
    rows = [("月末", _counts(month.ratings))]
    if month.ratings_before:
        rows.append(("前月末", _counts(month.ratings_before)))
    return tuple(rows)


def _counts(ratings: Mapping[Rating, int]) -> str:
    shown = "、".join(f"{RATING_LABELS[rating]}{count}" for rating, count in ratings.items() if count)
    return f"{shown}（計{sum(ratings.values())}件）"


def _change_rows(changes: Sequence[Told], night: Night) -> tuple[tuple[str, str], ...]:
    if not changes:
        return (("変化", "ありません。"),)
    names = {row.id: row.name for row in night.edition.indicators_on(night.day)}
    counts = Counter(CHANGE_LABELS[line.kind] for line in changes)
    # rows of several plans share a name
    lines = dict.fromkeys(
        f"・{CHANGE_LABELS[line.kind]}：{names.get(line.indicator, line.indicator)}" for line in changes
    )
    counted = "、".join(f"{label}{count}件" for label, count in counts.items())
    return (("件数", counted), ("内容", "\n".join(_first(list(lines)))))


def _open_rows(month: Month, night: Night) -> tuple[tuple[str, str], ...]:
    lines = [
        f"・{_department_name(department_id, night)}　{count}件（回答あり{answered}件、回答なし{count - answered}件）"
        for department_id, (count, answered) in month.open_warnings.items()
    ]
    return (("遅れ", "\n".join(lines) or "ありません。"),)


def _expected_rows(expected: Sequence[Expected], night: Night) -> tuple[tuple[str, str], ...]:
    lines = [
        f"・{_family_name(one.family, night)}　{fiscal_year_label(one.fiscal_year)}　{one.count}件"
        f"（{one.day.month}月{one.day.day}日）"
        for one in expected
    ]
    return (("実績値", "\n".join(_first(lines)) or "ありません。"),)


def _first(lines: list[str]) -> Iterable[str]:
    more = [f"　ほか{len(lines) - _SHOWN}件"] if len(lines) > _SHOWN else []
    return [*lines[:_SHOWN], *more]


def _family_name(family: str, night: Night) -> str:
    source = next((source for source in night.catalog.sources if family in source.families), None)
    return FAMILY_WORDS.get(family, family if source is None else source.title)


def _department_name(department_id: str, night: Night) -> str:
    department = night.catalog.department_on(department_id, night.day)
    return department_id if department is None else department.name
