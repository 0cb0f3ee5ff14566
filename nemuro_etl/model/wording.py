"""Numbers and texts as people are shown them."""

import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from nemuro_etl.model.period import japanese_year

NONE = "―"
"""Stands where there is no number."""
_MORE = 2
"""How many decimals beyond those of the document are shown at most."""


def digits_for(decimals: int, rows: Iterable[Iterable[Decimal | None]]) -> int:
    """The decimals of the document, and as many more as it takes that values which differ in a row look different."""
    distinct = [{value for value in row if value is not None} for row in rows]
    for digits in range(decimals, decimals + _MORE):
        if all(len({rounded(value, digits) for value in values}) == len(values) for values in distinct):
            return digits
    return decimals + _MORE


def rounded(value: Decimal, digits: int) -> Decimal:
    """`value` half-up to `digits` decimals: the one rounding of what people read."""
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def signed_number(value: Decimal, digits: int, minus: str) -> str:
    """`26,399`, `10.58`, or `331` behind `minus`. Never ▲, by which the strategy means something else."""
    figure = rounded(value, digits)
    return f"{minus if figure < 0 else ''}{abs(figure):,}"


def rounded_pace(pace: Decimal) -> Decimal:
    """The pace to two decimals, rounded down: 0.7996 is behind and must not read 0.80."""
    return pace.quantize(Decimal("0.01"), ROUND_FLOOR)


def unit_text(unit: str) -> str:
    """The unit as printed behind a number: ％, 人／千人."""
    return unit.replace("%", "％").replace("/", "／")


def day_text(day: date) -> str:
    """`平成30年11月22日`."""
    return f"{japanese_year(day.year, on=day)}年{day.month}月{day.day}日"


def readable(value: Decimal) -> str:
    """A number for people: thousands separated, rounded half-up to at most four decimals."""
    step = Decimal("0.0001")
    rounded = value if value == value.to_integral_value() else value.quantize(step, ROUND_HALF_UP)
    text = f"{rounded:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def columns(character: str) -> int:
    """Columns that a character takes: wide, full-width and ambiguous ones take two, as on a Japanese terminal."""
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1


def display_width(text: str) -> int:
    """Columns that `text` takes."""
    return sum(columns(character) for character in text)
