"""Periods as text in one canonical form, fiscal years, and Japanese dates.

`2018` calendar year · `2018-04` month · `FY2018` fiscal year (1 April – 31 March) · `2018-01-01` state on a date ·
`2013/2017` span of calendar years.
"""

import re
import unicodedata
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache

TOKYO = timezone(timedelta(hours=9), "Asia/Tokyo")
"""Japan has had no daylight saving since 1951; a fixed offset needs no time-zone database."""


class PeriodKind(StrEnum):
    FISCAL_YEAR = "fiscal year"
    CALENDAR_YEAR = "calendar year"
    MONTH = "month"
    DATE = "date"
    SPAN = "span"


_FORMS = (
    (PeriodKind.FISCAL_YEAR, re.compile(r"FY(\d{4})")),
    (PeriodKind.CALENDAR_YEAR, re.compile(r"(\d{4})")),
    (PeriodKind.MONTH, re.compile(r"(\d{4})-(\d{2})")),
    (PeriodKind.DATE, re.compile(r"(\d{4})-(\d{2})-(\d{2})")),
    (PeriodKind.SPAN, re.compile(r"(\d{4})/(\d{4})")),
)


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """What a figure is about: first and last day, and the one canonical text."""

    last: date
    first: date
    text: str
    kind: PeriodKind

    @staticmethod
    def parse(text: str) -> "Period":
        """The period that `text` names. Raises ValueError when it is in none of the five forms."""
        return _parse(text)

    @property
    def fiscal_year(self) -> int:
        """The fiscal year in which a figure of this period is judged.

        A fiscal year is its own; calendar year Y belongs to FY Y; a date to the FY that contains it;
        a five-year estimate to the FY of its last year; a month to the FY that contains it.
        """
        if self.kind in (PeriodKind.CALENDAR_YEAR, PeriodKind.SPAN):
            return self.last.year
        return fiscal_year_of(self.last)

    def over(self, as_of: date) -> bool:
        """Whether the period had ended before `as_of` (a date is over on the day after)."""
        return as_of > self.last

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=4096)
def _parse(text: str) -> Period:
    for kind, form in _FORMS:
        if match := form.fullmatch(text):
            first, last = _bounds(kind, [int(group) for group in match.groups()])
            return Period(last=last, first=first, text=text, kind=kind)
    raise ValueError(f"not a period: {text!r} (2018, 2018-04, FY2018, 2018-01-01 or 2013/2017)")


def _bounds(kind: PeriodKind, parts: list[int]) -> tuple[date, date]:
    match kind:
        case PeriodKind.FISCAL_YEAR:
            return fiscal_year_bounds(parts[0])
        case PeriodKind.CALENDAR_YEAR:
            return date(parts[0], 1, 1), date(parts[0], 12, 31)
        case PeriodKind.MONTH:
            return date(parts[0], parts[1], 1), date(parts[0], parts[1], monthrange(parts[0], parts[1])[1])
        case PeriodKind.DATE:
            day = date(*parts)
            return day, day
        case PeriodKind.SPAN:
            if parts[0] >= parts[1]:
                raise ValueError(f"a span must end after it starts: {parts[0]}/{parts[1]}")
            return date(parts[0], 1, 1), date(parts[1], 12, 31)


def fiscal_year_of(day: date) -> int:
    """FY t runs from 1 April t to 31 March t+1."""
    return day.year if day.month >= 4 else day.year - 1


def fiscal_year_bounds(fiscal_year: int) -> tuple[date, date]:
    """First and last day of FY `fiscal_year`."""
    return date(fiscal_year, 4, 1), date(fiscal_year + 1, 3, 31)


def tokyo_day(moment: datetime) -> date:
    """The calendar day in Tokyo at an aware `moment`."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(TOKYO).date()


def end_of_day(day: date) -> datetime:
    """The first moment (UTC) that no longer belongs to `day` in Tokyo: the cut of an as-of reading."""
    return datetime(day.year, day.month, day.day, tzinfo=TOKYO).astimezone(UTC) + timedelta(days=1)


_ERAS = (("令和", 2019, date(2019, 5, 1)), ("平成", 1989, date(1989, 1, 8)), ("昭和", 1926, date(1926, 12, 25)))
_JAPANESE_DATE = re.compile(r"(令和|平成|昭和)(元|\d{1,2})年(\d{1,2})月(\d{1,2})日")
_JAPANESE_FISCAL_YEAR = re.compile(r"(令和|平成|昭和)(元|\d{1,2})年度")


def _western_year(era: str, year: str) -> int:
    first = next(start for name, start, _ in _ERAS if name == era)
    return first + (1 if year == "元" else int(year)) - 1


def find_japanese_date(text: str) -> date | None:
    """The first 和暦 date in `text` (NFKC is applied; 元年 = 1); None for none, and for a 13th month or a 31 February."""
    match = _JAPANESE_DATE.search(unicodedata.normalize("NFKC", text))
    if match is None:
        return None
    try:
        return date(_western_year(match[1], match[2]), int(match[3]), int(match[4]))
    except ValueError:
        return None


def find_japanese_fiscal_year(text: str) -> int | None:
    """The first 和暦 fiscal year (平成24年度) in `text`, or None."""
    match = _JAPANESE_FISCAL_YEAR.search(unicodedata.normalize("NFKC", text))
    return None if match is None else _western_year(match[1], match[2])


def japanese_year(year: int, *, on: date | None = None) -> str:
    """`2018` → `平成30`; a year in which the era changed is named by its era on `on` (default 1 April)."""
    day = on or date(year, 4, 1)
    name, start, _ = next(era for era in _ERAS if day >= era[2])
    count = year - start + 1
    return f"{name}{'元' if count == 1 else count}"


def fiscal_year_label(fiscal_year: int) -> str:
    """`2018` → `平成30年度`: what officials write. FY2019 began in 平成31 and is written so by the strategy."""
    return f"{japanese_year(fiscal_year)}年度"
