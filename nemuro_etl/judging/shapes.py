"""The shapes that are judged year by year: level, cumulative, quota, maintain, milestone."""

from dataclasses import replace
from decimal import Decimal

from nemuro_etl.catalog.types import PeriodBasis, Shape
from nemuro_etl.judging.arithmetic import clamp, round_whole
from nemuro_etl.judging.bands import meets_target, rate_held, rate_progress, rises, target_of
from nemuro_etl.judging.case import Case, period_end
from nemuro_etl.judging.outcome import Outcome
from nemuro_etl.model.evaluation import RATING_LABELS, Actual, Rating
from nemuro_etl.model.period import fiscal_year_label
from nemuro_etl.model.wording import readable

ZERO = Decimal(0)


def judge_yearly(case: Case, fiscal_year: int) -> Outcome:
    """What one year of a row that is not a floor comes to."""
    match case.indicator.shape:
        case Shape.LEVEL:
            outcome = _judge_level(case, fiscal_year)
        case Shape.CUMULATIVE:
            outcome = _judge_cumulative(case, fiscal_year)
        case Shape.QUOTA:
            outcome = _judge_quota(case, fiscal_year)
        case Shape.MAINTAIN:
            outcome = _judge_kept(case, fiscal_year, case.indicator.baseline, rising=False)
        case Shape.MILESTONE:
            outcome = _judge_milestone(case, fiscal_year)
        case Shape.FLOOR | Shape.OUTLOOK:
            raise ValueError(f"{case.indicator.id} is judged by date, not by year")
    if fiscal_year not in case.by_year:
        return replace(outcome, reason=say_why_there_is_no_figure(case, fiscal_year))
    own = case.by_year[fiscal_year]
    return replace(
        outcome,
        period=own.period.text,
        numerator=own.numerator,
        denominator=own.denominator,
        sample_size=own.sample_size,
    )


def say_why_there_is_no_figure(case: Case, fiscal_year: int) -> str:
    """Why a year without a figure is not rated: its period is not over, or nothing was recorded."""
    end = period_end(case.indicator, fiscal_year)
    if case.as_of <= end:
        return f"対象期間が終わっていないため判定しない（終わりは{end.isoformat()}）"
    if case.indicator.basis is PeriodBasis.MULTI_YEAR:
        return "5年ごとの推計であり、この年度の値はない"
    return "実績値がない"


def _judge_level(case: Case, fiscal_year: int) -> Outcome:
    indicator = case.indicator
    base = _base(case)
    if base is None:
        return Outcome(Rating.NOT_RATED, None)
    base_year, baseline, entered = base
    rising = rises(indicator, baseline)
    if indicator.first_actual:
        if fiscal_year < base_year:
            return Outcome(Rating.NOT_RATED, baseline)
        if fiscal_year == base_year:
            return Outcome(
                Rating.NOT_RATED,
                baseline,
                actual=baseline,
                used=entered,
                reason="最初の実績値の年度であり、この値を基準値とする",
            )
        if meets_target(baseline, indicator, rising=rising):
            return _judge_kept(case, fiscal_year, baseline, rising=rising, entered=entered)
    expected, steps = _expect_level(case, fiscal_year, base_year, baseline, rising=rising)
    actual = case.by_year.get(fiscal_year)
    if actual is None:
        return Outcome(Rating.NOT_RATED, baseline, expected=expected)
    return _rate(case, actual.value, baseline, expected, steps, rising=rising, used=(*entered, actual))


def _base(case: Case) -> tuple[int, Decimal, tuple[Actual, ...]] | None:
    """Base year, baseline, and the figure that it comes from where it is the first actual."""
    indicator, first = case.indicator, case.plan.first_fiscal_year
    if not indicator.first_actual:
        # The pace runs from the year before the plan, whatever year the baseline was measured in.
        if indicator.baseline is None:
            raise ValueError(f"{indicator.id} has no baseline")
        return first - 1, indicator.baseline, ()
    recorded = [year for year in case.by_year if first <= year <= indicator.last_fiscal_year]
    if not recorded:
        return None
    earliest = case.by_year[min(recorded)]
    return min(recorded), earliest.value, (earliest,)


def _expect_level(
    case: Case, fiscal_year: int, base_year: int, baseline: Decimal, *, rising: bool
) -> tuple[Decimal, str]:
    """E of a level, and how it was reached."""
    target, last = target_of(case.indicator), case.indicator.last_fiscal_year
    gone, span = clamp(Decimal(fiscal_year - base_year), ZERO, Decimal(last - base_year)), last - base_year
    straight = baseline + (target - baseline) * gone / span
    steps = f"目安値 E = {readable(baseline)} + ({readable(target)} - {readable(baseline)}) × {gone}/{span} = {readable(straight)}"
    return _whole(case, straight, baseline, steps, rising=rising)


def _whole(case: Case, straight: Decimal, baseline: Decimal, steps: str, *, rising: bool) -> tuple[Decimal, str]:
    if not case.indicator.whole:
        return straight, steps
    rounded = round_whole(straight, up=not rising)
    # A first actual need not be whole: rounding towards it must not pass it.
    expected = max(rounded, baseline) if rising else min(rounded, baseline)
    if expected == straight:
        return straight, steps
    return expected, f"{steps}、整数に{'切り捨て' if rising else '切り上げ'}て {readable(expected)}"


def _rate(
    case: Case,
    actual: Decimal,
    baseline: Decimal,
    expected: Decimal,
    steps: str,
    *,
    rising: bool,
    used: tuple[Actual, ...],
) -> Outcome:
    met = meets_target(actual, case.indicator, rising=rising)
    pace, rating = rate_progress(actual, baseline, expected, met=met, rising=rising, bands=case.bands)
    lines = [steps]
    if pace is None:
        lines.append(
            f"目安値が基準値 {readable(baseline)} と等しく進捗率はない。実績値 {readable(actual)} が後退していないかだけを見る"
        )
    elif baseline == 0:
        lines.append(f"進捗率 p = {readable(actual)} ÷ {readable(expected)} = {readable(pace)}")
    else:
        lines.append(
            f"進捗率 p = ({readable(actual)} - {readable(baseline)}) ÷ ({readable(expected)} - {readable(baseline)}) = {readable(pace)}"
        )
    lines.append(_say_rating(case, actual, rating, met=met))
    return Outcome(
        rating,
        baseline,
        actual=actual,
        expected=expected,
        pace=pace,
        rising=rising,
        approaches=True,
        used=used,
        formula="\n".join(lines),
    )


def _say_rating(case: Case, actual: Decimal, rating: Rating, *, met: bool) -> str:
    target = readable(target_of(case.indicator))
    if met:
        return f"実績値 {readable(actual)} は目標値 {target} を満たす → {RATING_LABELS[rating]}"
    return f"実績値 {readable(actual)} は目標値 {target} を満たさない → {RATING_LABELS[rating]}"


def _judge_cumulative(case: Case, fiscal_year: int) -> Outcome:
    first, last = case.plan.first_fiscal_year, case.indicator.last_fiscal_year
    target, gone, span = target_of(case.indicator), fiscal_year - first + 1, last - first + 1
    straight = target * gone / span
    steps = f"目安値 E = {readable(target)} × {gone}/{span} = {readable(straight)}"
    expected, steps = _whole(case, straight, ZERO, steps, rising=True)
    if fiscal_year not in case.by_year:
        return Outcome(Rating.NOT_RATED, ZERO, expected=expected)
    years = range(first, fiscal_year + 1)
    used = tuple(case.by_year[year] for year in years if year in case.by_year)
    total = sum((actual.value for actual in used), ZERO)
    missing = [fiscal_year_label(year) for year in years if year not in case.by_year]
    sum_of = f"{' + '.join(readable(actual.value) for actual in used)} = " if len(used) > 1 else ""
    added = f"累計 A = {sum_of}{readable(total)}"
    outcome = _rate(case, total, ZERO, expected, f"{added}\n{steps}", rising=True, used=used)
    if any(actual.value < 0 for actual in used):
        return _without_rating(outcome, "負の値があるため累計できない")
    if not missing:
        return outcome
    gap = f"{'・'.join(missing)}の実績値がなく、累計は下限である"
    if outcome.rating in (Rating.ON_TRACK, Rating.ACHIEVED):
        return replace(outcome, reason=gap)
    return _without_rating(outcome, f"{gap}ため判定しない")


def _without_rating(outcome: Outcome, reason: str) -> Outcome:
    return replace(outcome, rating=Rating.NOT_RATED, pace=None, reason=reason, formula="")


def _judge_quota(case: Case, fiscal_year: int) -> Outcome:
    indicator, target = case.indicator, target_of(case.indicator)
    actual = case.by_year.get(fiscal_year)
    if actual is None:
        return Outcome(Rating.NOT_RATED, indicator.baseline, expected=target)
    met = meets_target(actual.value, indicator, rising=True)
    pace, rating = rate_progress(actual.value, ZERO, target, met=met, rising=True, bands=case.bands)
    share = "" if pace is None else f"進捗率 p = {readable(actual.value)} ÷ {readable(target)} = {readable(pace)}\n"
    return Outcome(
        rating,
        indicator.baseline,
        actual=actual.value,
        expected=target,
        pace=pace,
        used=(actual,),
        formula=share + _say_rating(case, actual.value, rating, met=met),
    )


def _judge_kept(
    case: Case, fiscal_year: int, baseline: Decimal | None, *, rising: bool, entered: tuple[Actual, ...] = ()
) -> Outcome:
    target = target_of(case.indicator)
    actual = case.by_year.get(fiscal_year)
    if actual is None:
        return Outcome(Rating.NOT_RATED, baseline, expected=target)
    held = meets_target(actual.value, case.indicator, rising=rising)
    rating = rate_held(held=held, last_year=fiscal_year == case.indicator.last_fiscal_year)
    return Outcome(
        rating,
        baseline,
        actual=actual.value,
        expected=target,
        rising=rising,
        compares=False,
        used=(*entered, actual),
        formula=f"目標値 {readable(target)} を{'維持している' if held else '維持できていない'}（実績値 {readable(actual.value)}）"
        f" → {RATING_LABELS[rating]}",
    )


def _judge_milestone(case: Case, fiscal_year: int) -> Outcome:
    indicator = case.indicator
    actual = case.by_year.get(fiscal_year)
    if actual is None:
        return Outcome(Rating.NOT_RATED, indicator.baseline, expected=indicator.target)
    met = meets_target(actual.value, indicator, rising=True)
    unmet = Rating.FAR_BEHIND if fiscal_year == indicator.last_fiscal_year else Rating.IN_PROGRESS
    rating = Rating.ACHIEVED if met else unmet
    return Outcome(
        rating,
        indicator.baseline,
        actual=actual.value,
        expected=indicator.target,
        used=(actual,),
        formula=_say_rating(case, actual.value, rating, met=met),
    )
