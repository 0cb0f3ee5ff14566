"""Why an evaluation came out differently from what was last told, and where a ratio's change came from."""

from datetime import date
from decimal import Context, Decimal

from nemuro_etl.judging.arithmetic import exactly
from nemuro_etl.model.alert import Cause, Told
from nemuro_etl.model.evaluation import Actual, Evaluation

_TOLD = Context(prec=12)
"""The digits in which a told number is compared: fewer than any database keeps, more than any person reads."""
_WIDE = Context(prec=100)
"""Wide enough that the two effects sum exactly to the change."""
_EFFECT = Decimal("1E-12")
_SCALES = (Decimal(1), Decimal(100), Decimal(1000))
"""A quotient as it is, in %, per 1,000."""


def cause_of(before: Told, now: Evaluation, bands_since: date) -> Cause:
    """The cause of a change since it was last told; the first that holds, from the figure to the table.

    A rating that changed although figure, target and bands are the same goes back to the baseline or the
    definition: to a revision of the strategy when one came into force since, else to a figure behind it.
    """
    if (before.fiscal_year, before.period) != (now.fiscal_year, now.period):
        return Cause.NEW_FIGURE
    if not _same(before.actual, now.actual):
        return Cause.REVISED_FIGURE
    if not _same(before.target, now.target):
        return Cause.REVISED_TARGET
    if before.bands != bands_since.isoformat():
        return Cause.CHANGED_BANDS
    if before.rating is not now.rating:
        revised = date.fromisoformat(now.revision) > before.as_of
        return Cause.REVISED_TARGET if revised else Cause.REVISED_FIGURE
    return Cause.PASSAGE_OF_TIME


def ratio_effects(before: Actual, now: Actual) -> tuple[Decimal, Decimal] | None:
    """How much of a ratio's change came from its numerator and how much from its denominator, in its unit.

    The two sum exactly to now - before. Each is taken at the mean of the other side, so that neither is favoured.
    None where a side is not known.
    """
    if before.numerator is None or before.denominator is None or now.numerator is None or now.denominator is None:
        return None
    if before.denominator == 0 or now.denominator == 0:
        return None
    with exactly():
        scale = _scale(now) or _scale(before)
        if scale is None:
            return None
        moved = (now.numerator - before.numerator) * scale * (1 / before.denominator + 1 / now.denominator) / 2
    numerator = moved.quantize(_EFFECT, context=_WIDE)
    return numerator, _WIDE.subtract(_WIDE.subtract(now.value, before.value), numerator)


def _scale(actual: Actual) -> Decimal | None:
    """What the quotient was multiplied by: the known scale that comes nearest; None where the figure is 0."""
    if not actual.numerator or not actual.denominator:
        return None
    multiple = actual.value * actual.denominator / actual.numerator
    return min(_SCALES, key=lambda scale: abs(scale - multiple))


def _same(before: Decimal | None, now: Decimal | None) -> bool:
    if before is None or now is None:
        return before is now
    return _TOLD.plus(before) == _TOLD.plus(now)
