"""Numbers, days, periods and words as an official of a Japanese city would write them."""

from collections.abc import Iterable
from decimal import Decimal
from functools import cache

from nemuro_etl.catalog.types import Indicator
from nemuro_etl.model import wording
from nemuro_etl.model.period import Period, PeriodKind, fiscal_year_bounds, fiscal_year_label, japanese_year
from nemuro_etl.model.wording import (
    NONE,
    columns,
    day_text,
    display_width,
    rounded_pace,
    signed_number,
    unit_text,
)

WIDTH = 76
_NEVER_FIRST = frozenset("、。，．・：；？！）」』】〕］｝々ーっゃゅょッャュョ％")
_NEVER_LAST = frozenset("（「『【〔［｛")


def digits_for(indicator: Indicator, values: Iterable[Decimal | None]) -> int:
    """How many decimals of an indicator to print so that values which differ also look different."""
    return wording.digits_for(indicator.decimals, [values])


def number(value: Decimal, digits: int) -> str:
    """`26,399`, `10.58`, `マイナス331`: a sign would be read as ▲, which the strategy uses for something else."""
    return signed_number(value, digits, "マイナス")


def amount(value: Decimal | None, indicator: Indicator, digits: int) -> str:
    """`value` with the indicator's unit, or ― for none."""
    return NONE if value is None else number(value, digits) + unit_text(indicator.unit)


def pace_text(pace: Decimal | None) -> str:
    """The pace to two decimals, rounded down."""
    return NONE if pace is None else number(rounded_pace(pace), 2)


def period_label(text: str) -> str:
    """What a figure is about, in both calendars: `平成30年1月1日（2018年）現在`."""
    period = Period.parse(text)
    match period.kind:
        case PeriodKind.FISCAL_YEAR:
            first, last = fiscal_year_bounds(period.fiscal_year)
            return f"{fiscal_year_label(period.fiscal_year)}（{first.year}年4月から{last.year}年3月まで）"
        case PeriodKind.CALENDAR_YEAR:
            return f"{japanese_year(period.first.year)}年（{period.first.year}年1月から12月まで）"
        case PeriodKind.MONTH:
            return (
                f"{japanese_year(period.first.year, on=period.first)}年{period.first.month}月（{period.first.year}年）"
            )
        case PeriodKind.DATE:
            return f"{day_text(period.first)}（{period.first.year}年）現在"
        case PeriodKind.SPAN:
            first_year, last_year = period.first.year, period.last.year
            return (
                f"{japanese_year(first_year)}年から{japanese_year(last_year)}年まで（{first_year}年から{last_year}年）"
            )


def fold(text: str, *, first: str = "", rest: str = "", width: int = WIDTH) -> str:
    """`text` in lines of at most `width` columns, the first led by `first`, the others by `rest`.

    Latin words and numbers stay whole where they fit; 。 does not begin a line and 「 does not end one.
    Lines of `text` itself stay lines.
    """
    lines: list[str] = []
    lead = first
    next_room = width - display_width(rest)
    for paragraph in text.split("\n"):
        room = width - display_width(lead)
        line, used = "", 0
        for piece in _pieces(paragraph, next_room):
            columns = display_width(piece)
            if line and used + columns > room:
                kept, carried = _carry(line, piece)
                if display_width(carried) + columns > next_room:
                    kept, carried = line, ""
                lines.append((lead + kept).rstrip())
                lead, room = rest, next_room
                line, used = carried, display_width(carried)
            if line or piece != " ":
                line += piece
                used += columns
        lines.append((lead + line).rstrip())
        lead = rest
    return "\n".join(lines)


@cache
def _pieces(text: str, room: int) -> list[str]:
    """`text` where it may be broken: single wide characters, whole Latin words (cut when wider than `room`)."""
    pieces: list[str] = []
    for character in text:
        narrow = columns(character) == 1 and character != " "
        if narrow and pieces and columns(pieces[-1][-1]) == 1 and pieces[-1] != " " and len(pieces[-1]) < room:
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces


def _carry(line: str, piece: str) -> tuple[str, str]:
    """What stays on the full `line` and what moves down before `piece`, so that the break is a good one."""
    carried = ""
    while len(line) > 1 and (piece[0] in _NEVER_FIRST or line[-1] in _NEVER_LAST):
        moved = _last_word(line)
        line = line.removesuffix(moved)
        carried = moved + carried
        if moved not in _NEVER_FIRST and line[-1] not in _NEVER_LAST:
            break
    return line, carried


def _last_word(line: str) -> str:
    """The last wide character of a line, or all of its last number or Latin word; of a line that is one, a character."""
    start = len(line)
    while start and columns(line[start - 1]) == 1 and line[start - 1] != " ":
        start -= 1
    return line[min(start, len(line) - 1) :] if start else line[-1]
