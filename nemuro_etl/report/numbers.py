"""Numbers and years as a report shows them."""

from decimal import ROUND_FLOOR, Decimal

from nemuro_etl.model.period import japanese_year
from nemuro_etl.model.wording import NONE, rounded_pace, signed_number

_ERA_LETTERS = {"令和": "R", "平成": "H", "昭和": "S"}


def number(value: Decimal | None, digits: int) -> str:
    """`26,399`, `10.58`, `−331`, or ― for none."""
    return NONE if value is None else signed_number(value, digits, "−")


def pace(value: Decimal | None) -> str:
    """The pace to two decimals, rounded down."""
    return NONE if value is None else number(rounded_pace(value), 2)


def percent(value: Decimal | None) -> str:
    """A ratio as officials print it, 116.3％."""
    return NONE if value is None else f"{number(rounded_percent(value), 1)}％"


def rounded_percent(value: Decimal) -> Decimal:
    """A ratio in percent, rounded down to one decimal: 0.9999 is not 100.0％."""
    return (value * 100).quantize(Decimal("0.1"), ROUND_FLOOR)


def short_year(year: int) -> str:
    """`2018` → `H30`: the label of an axis."""
    era = japanese_year(year)
    return f"{_ERA_LETTERS[era[:2]]}{era[2:].replace('元', '1')}"
