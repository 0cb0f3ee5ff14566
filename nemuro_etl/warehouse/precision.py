"""Published numbers through databases: the one place where decimals become stored numbers and come back exactly.

SQLite keeps a decimal as a binary float, from which 15 significant digits come back as they were written. So more
than 15 are refused on the way in (whole numbers: 18), on both databases.
"""

from decimal import Decimal

from nemuro_etl.errors import FigureImplausible

SIGNIFICANT_DIGITS = 15
_WHOLE_DIGITS = 18


def stored(value: Decimal) -> int | Decimal:
    """The number as it is handed to a database: whole numbers as integers, others without trailing zeros."""
    if not value.is_finite():
        raise _too_precise(value)
    if value == value.to_integral_value():
        if value.adjusted() >= _WHOLE_DIGITS:
            raise _too_precise(value)
        return int(value)
    if len(value.normalize().as_tuple().digits) > SIGNIFICANT_DIGITS:
        raise _too_precise(value)
    return value.normalize()


def restored(value: int | float | Decimal) -> Decimal:
    """The published decimal that a database gives back as an integer, a float (SQLite) or a decimal (PostgreSQL).

    The shortest text that reads back as the same float is, for up to 15 digits, the text that was published.
    """
    return Decimal(repr(value)) if isinstance(value, float) else Decimal(value)


def _too_precise(value: Decimal) -> FigureImplausible:
    return FigureImplausible(
        what=f"the number {value} cannot be recorded exactly",
        expected=f"a number of at most {SIGNIFICANT_DIGITS} significant digits ({_WHOLE_DIGITS} for whole numbers)",
        kept="nothing of this file was loaded",
        remedy="round the figure to what its publisher states, then load the file again",
    )
