"""The one arithmetic of judging: decimal, 34 digits, and the few roundings that the rules name."""

from bisect import bisect_left
from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import date
from decimal import (
    ROUND_CEILING,
    ROUND_FLOOR,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Context,
    Decimal,
    localcontext,
)

_EXACT = Context(prec=34, rounding=ROUND_HALF_EVEN)
"""Six digits more than the 28 that travel as JSON, so that no result depends on the order of operations."""
_UPWARDS = Context(prec=34, rounding=ROUND_CEILING)
_DOWNWARDS = Context(prec=34, rounding=ROUND_FLOOR)
_QUANTA = tuple(Decimal(1).scaleb(-decimals) for decimals in range(13))


def exactly() -> AbstractContextManager[Context]:
    """A block in which all decimal arithmetic runs with 34 digits, whatever the caller's context is."""
    return localcontext(_EXACT)


def round_half_up(value: Decimal, decimals: int) -> Decimal:
    """`value` as the document would state it: 56.46 with one decimal is 56.5."""
    return value.quantize(_QUANTA[decimals], ROUND_HALF_UP)


def round_whole(value: Decimal, *, up: bool) -> Decimal:
    """The whole number at or above `value`, or at or below it: one cannot have opened 1.8 schools."""
    return value.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR)


def clamp(value: Decimal, low: Decimal, high: Decimal) -> Decimal:
    """`value`, but never below `low` or above `high`."""
    return max(low, min(high, value))


def divide_safely(start: Decimal, end: Decimal, steps: int, decimals: int) -> Decimal:
    """What to add in each of `steps` to get from `start` at least to `end`: rounded away from zero to `decimals`."""
    context = _UPWARDS if end > start else _DOWNWARDS
    step = context.divide(context.subtract(end, start), Decimal(steps))
    return step.quantize(_QUANTA[decimals], ROUND_UP, context)


def interpolate(before: Decimal, after: Decimal, days: int, span: int) -> Decimal:
    """The value `days` of `span` days after `before`, on the straight line to `after`."""
    return before + (after - before) * days / span


def neighbours(days: Sequence[date], day: date) -> tuple[int, int] | None:
    """Where in ascending `days` the nearest on each side of `day` stand (the same twice on a hit), or None."""
    after = bisect_left(days, day)
    if after == len(days):
        return None
    if days[after] == day:
        return after, after
    return None if after == 0 else (after - 1, after)
