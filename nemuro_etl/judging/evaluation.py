"""One indicator in one fiscal year as of one day, and all its years at once."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal

from nemuro_etl.catalog.types import Bands, Calendar, Indicator, Plan, Shape
from nemuro_etl.judging.arithmetic import divide_safely, exactly
from nemuro_etl.judging.availability import data_state
from nemuro_etl.judging.bands import meets_target
from nemuro_etl.judging.case import Case, period_end
from nemuro_etl.judging.floor import has_dated_figure, judge_by_date
from nemuro_etl.judging.outcome import Outcome
from nemuro_etl.judging.shapes import judge_yearly
from nemuro_etl.model.evaluation import Actual, CensusCount, DataState, Evaluation, Rating, SourceCondition
from nemuro_etl.model.figure import Stage
from nemuro_etl.model.period import fiscal_year_label, fiscal_year_of

_BY_DATE = (Shape.FLOOR, Shape.OUTLOOK)


def judge(
    indicator: Indicator,
    plan: Plan,
    fiscal_year: int,
    as_of: date,
    *,
    revision: str,
    bands: Bands,
    actuals: Sequence[Actual],
    census: Sequence[CensusCount],
    data_state: DataState,
) -> Evaluation:
    """The evaluation of one row in one fiscal year, by what was known on the as-of day.

    `actuals` are all of the row's, of whatever year: one per period, the newest stage known. A year outside the row's
    own is not rated.
    """
    with exactly():
        case = Case.of(indicator, plan, as_of, bands, actuals, census)
        return _evaluate(case, fiscal_year, revision, data_state)


def judge_years(
    indicator: Indicator,
    plan: Plan,
    as_of: date,
    *,
    revision: str,
    bands: Bands,
    actuals: Sequence[Actual],
    census: Sequence[CensusCount],
    calendar: Calendar,
    condition: SourceCondition,
    held: Collection[int] = (),
) -> list[Evaluation]:
    """The evaluations of every fiscal year of a row, from its plan's first to the running one or its own last.

    `held`: the fiscal years of which a revision is held for a decision. Data states are computed here.
    """
    with exactly():
        case = Case.of(indicator, plan, as_of, bands, actuals, census)
        last = min(indicator.last_fiscal_year, fiscal_year_of(as_of))
        evaluations = []
        for year in range(plan.first_fiscal_year, last + 1):
            state = data_state(
                indicator,
                year,
                as_of,
                has_figure=_has_figure(case, year),
                held=year in held,
                condition=condition,
                calendar=calendar,
            )
            evaluations.append(_evaluate(case, year, revision, state))
        return evaluations


def newest_rated(evaluations: Iterable[Evaluation]) -> Evaluation | None:
    """The evaluation of the newest rated year: the only one that opens or closes a warning."""
    rated = [evaluation for evaluation in evaluations if evaluation.rating.rated]
    return max(rated, key=lambda evaluation: evaluation.fiscal_year, default=None)


def newest_ended(indicator: Indicator, evaluations: Iterable[Evaluation], as_of: date) -> Evaluation | None:
    """The evaluation of the newest year whose period has ended (a survey's has when its figure is there)."""
    ended = [
        evaluation
        for evaluation in evaluations
        if as_of > period_end(indicator, evaluation.fiscal_year) or evaluation.data_state is DataState.AVAILABLE
    ]
    return max(ended, key=lambda evaluation: evaluation.fiscal_year, default=None)


def _has_figure(case: Case, fiscal_year: int) -> bool:
    if case.indicator.shape in _BY_DATE:
        return has_dated_figure(case, fiscal_year)
    return fiscal_year in case.by_year


def _judge_year(case: Case, fiscal_year: int) -> Outcome:
    indicator, first = case.indicator, case.plan.first_fiscal_year
    if not first <= fiscal_year <= indicator.last_fiscal_year:
        span = f"{fiscal_year_label(first)}から{fiscal_year_label(indicator.last_fiscal_year)}まで"
        return Outcome(Rating.NOT_RATED, indicator.baseline, reason=f"この指標の対象年度（{span}）ではない")
    return (judge_by_date if indicator.shape in _BY_DATE else judge_yearly)(case, fiscal_year)


def _evaluate(case: Case, fiscal_year: int, revision: str, state: DataState) -> Evaluation:
    indicator = case.indicator
    outcome = _judge_year(case, fiscal_year)
    attainment, gap_closed = _compare(indicator, outcome)
    used = {actual.period.text: actual for actual in outcome.used}
    counted = {(count.day, count.quantity): count for count in outcome.census}
    return Evaluation(
        indicator=indicator.id,
        name=indicator.name,
        same_as=indicator.same_as,
        plan=indicator.plan,
        fiscal_year=fiscal_year,
        as_of=case.as_of,
        revision=revision,
        rating=outcome.rating,
        data_state=state,
        actual=outcome.actual,
        baseline=outcome.baseline,
        target=indicator.target,
        expected=outcome.expected,
        do_nothing=outcome.do_nothing,
        pace=outcome.pace,
        attainment=attainment,
        gap_closed=gap_closed,
        need_per_year=_need_per_year(indicator, outcome, fiscal_year),
        unit=indicator.unit,
        basis=outcome.basis,
        bases=outcome.bases,
        stage=_least_final(
            [actual.stage for actual in used.values()]
            + [figure.stage for count in counted.values() for figure in count.figures]
        ),
        period=outcome.period,
        figures=tuple(figure for actual in used.values() for figure in actual.figures)
        + tuple(figure for count in counted.values() for figure in count.figures),
        reason=outcome.reason,
        formula=outcome.formula,
        sample_size=outcome.sample_size,
        numerator=outcome.numerator,
        denominator=outcome.denominator,
        closing=fiscal_year == indicator.last_fiscal_year,
    )


def _compare(indicator: Indicator, outcome: Outcome) -> tuple[Decimal | None, Decimal | None]:
    """Attainment (what officials print) and the part of the gap that is closed, of a rated row."""
    actual, target, baseline = outcome.actual, indicator.target, outcome.baseline
    if not (outcome.rating.rated and outcome.compares) or actual is None or target is None:
        return None, None
    part, whole = (actual, target) if outcome.rising else (target, actual)
    attainment = part / whole if whole else None
    if baseline is None or baseline == target:
        return attainment, None
    return attainment, (actual - baseline) / (target - baseline)


def _need_per_year(indicator: Indicator, outcome: Outcome, fiscal_year: int) -> Decimal | None:
    """What must be added a year from now on, so that doing it really reaches the target."""
    left = indicator.last_fiscal_year - fiscal_year
    if not (outcome.rating.rated and outcome.approaches) or left == 0:
        return None
    if outcome.actual is None or indicator.target is None:
        return None
    if meets_target(outcome.actual, indicator, rising=outcome.rising):
        return Decimal(0)
    return divide_safely(outcome.actual, indicator.target, left, 0 if indicator.whole else indicator.decimals)


def _least_final(stages: Sequence[Stage]) -> Stage | None:
    """The stage of what is made of several figures: no more final than the least final of them."""
    return min(stages, key=lambda stage: stage.rank, default=None)
