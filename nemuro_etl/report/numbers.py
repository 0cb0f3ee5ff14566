"""Numbers, days and years as a report shows them: the one place where they are rounded and put into words."""

from collections.abc import Iterable
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal

from nemuro_etl.model.period import japanese_year

NONE = "―"
_ERA_LETTERS = {"令和": "R", "平成": "H", "昭和": "S"}
_MORE = 2
"""How many decimals beyond those of the document are shown at most."""


def digits_for(decimals: int, rows: Iterable[Iterable[Decimal | None]]) -> int:
    """The decimals of the document, and as many more as it takes that values which differ in a row look different."""
    distinct = [{value for value in row if value is not None} for row in rows]
    for digits in range(decimals, decimals + _MORE):
        if all(len({_rounded(value, digits) for value in values}) == len(values) for values in distinct):
            return digits
    return decimals + _MORE


def number(value: Decimal | None, digits: int) -> str:
    """`26,399`, `10.58`, `−331`, or ― for none. Never ▲, by which the strategy means something else."""
    if value is None:
        return NONE
    figure = _rounded(value, digits)
    return f"{'−' if figure < 0 else ''}{abs(figure):,}"


def pace(value: Decimal | None) -> str:
    """The pace to two decimals, rounded down: 0.7996 is behind and must not read 0.80."""
    return NONE if value is None else number(value.quantize(Decimal("0.01"), ROUND_FLOOR), 2)


def percent(value: Decimal | None) -> str:
    """A ratio as officials print it, 116.3％, rounded down: 0.9999 is not 100.0％."""
    return NONE if value is None else f"{number((value * 100).quantize(Decimal('0.1'), ROUND_FLOOR), 1)}％"


def unit_text(unit: str) -> str:
    """The unit as printed behind a number: ％, 人／千人."""
    return unit.replace("%", "％").replace("/", "／")


def day_text(day: date) -> str:
    """`平成30年11月22日`."""
    return f"{japanese_year(day.year, on=day)}年{day.month}月{day.day}日"


def short_year(year: int) -> str:
    """`2018` → `H30`: the label of an axis."""
    era = japanese_year(year)
    return f"{_ERA_LETTERS[era[:2]]}{era[2:].replace('元', '1')}"


def _rounded(value: Decimal, digits: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
