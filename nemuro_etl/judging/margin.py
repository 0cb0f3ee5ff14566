"""The 95 % margin of a survey's share, and whether a result stands in spite of it."""

from decimal import Decimal

from nemuro_etl.catalog.types import Bands, Indicator, PeriodBasis, Shape
from nemuro_etl.judging.arithmetic import clamp, exactly
from nemuro_etl.judging.bands import meets_target, rate_held, rate_progress, rises
from nemuro_etl.model.evaluation import Evaluation, Rating

NORMAL_QUANTILE = Decimal("1.96")
HUNDRED = Decimal(100)


def margin_of_error(share_percent: Decimal, n: int) -> Decimal:
    """1.96·√(A(1-A)/n) in points, of a share of `n` answers (4.38 at 50 % of 500). All or nobody has none."""
    if n < 1:
        raise ValueError(f"a survey of {n} answers")
    with exactly():
        share = clamp(share_percent, Decimal(0), HUNDRED)
        return NORMAL_QUANTILE * (share * (HUNDRED - share) / n).sqrt()


def rating_with_margin(evaluation: Evaluation, indicator: Indicator, bands: Bands) -> Rating:
    """The rating that a survey's share would have, moved by its margin in the favourable direction.

    The rating itself where no margin is applied: not a share of a survey, not rated, or n is not known.
    """
    sampled = indicator.basis is PeriodBasis.SURVEY and indicator.unit == "%" and indicator.shape is Shape.LEVEL
    actual, baseline, expected = evaluation.actual, evaluation.baseline, evaluation.expected
    if not sampled or not evaluation.rating.rated or evaluation.sample_size is None:
        return evaluation.rating
    if actual is None or baseline is None or expected is None:
        return evaluation.rating
    with exactly():
        rising = rises(indicator, baseline)
        margin = margin_of_error(actual, evaluation.sample_size)
        moved = clamp(actual + (margin if rising else -margin), Decimal(0), HUNDRED)
        met = meets_target(moved, indicator, rising=rising)
        if indicator.first_actual and meets_target(baseline, indicator, rising=rising):
            return rate_held(held=met, last_year=evaluation.closing)
        return rate_progress(moved, baseline, expected, met=met, rising=rising, bands=bands)[1]
