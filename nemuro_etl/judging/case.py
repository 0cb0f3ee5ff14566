"""One row as of one day: everything by which its years are judged."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from nemuro_etl.catalog.types import Bands, Indicator, PeriodBasis, Plan
from nemuro_etl.model.evaluation import Actual, CensusCount
from nemuro_etl.model.period import PeriodKind, fiscal_year_bounds, fiscal_year_of


@dataclass(frozen=True, slots=True)
class Case:
    """A row, its plan and bands, and what was known of it on the as-of day. Made once for all its years."""

    indicator: Indicator
    plan: Plan
    as_of: date
    bands: Bands
    by_year: Mapping[int, Actual]
    """The newest figure of each fiscal year, of those that may be judged."""
    dated: tuple[Actual, ...]
    """Figures as of a date, ascending, one a date."""
    days: tuple[date, ...]
    """The dates of `dated`."""
    census: tuple[CensusCount, ...]
    """What was known of the census by then."""

    @staticmethod
    def of(
        indicator: Indicator,
        plan: Plan,
        as_of: date,
        bands: Bands,
        actuals: Sequence[Actual],
        census: Sequence[CensusCount],
    ) -> "Case":
        judgeable = sorted(
            (actual for actual in actuals if may_be_judged(indicator, actual, as_of)),
            key=lambda actual: (actual.period, actual.stage.rank),
        )
        dated = {actual.period.last: actual for actual in judgeable if actual.period.kind is PeriodKind.DATE}
        return Case(
            indicator=indicator,
            plan=plan,
            as_of=as_of,
            bands=bands,
            by_year={actual.period.fiscal_year: actual for actual in judgeable},
            dated=tuple(dated.values()),
            days=tuple(dated),
            census=tuple(census),
        )


def in_target_year(indicator: Indicator, fiscal_year: int) -> bool:
    """Whether FY `fiscal_year` contains the target date of a row that has one."""
    return indicator.target_day is not None and fiscal_year_of(indicator.target_day) == fiscal_year


def period_end(indicator: Indicator, fiscal_year: int) -> date:
    """The last day of the period that the row's own figure of FY `fiscal_year` is about.

    A figure as of a date is about the target date in the FY that contains it, else about the registry's
    reference date, 1 January since 2014. A survey has no period; its FY stands for it until its figure is there.
    """
    match indicator.basis:
        case PeriodBasis.CALENDAR_YEAR | PeriodBasis.MULTI_YEAR:
            return date(fiscal_year, 12, 31)
        case PeriodBasis.DATE:
            if indicator.target_day is not None and in_target_year(indicator, fiscal_year):
                return indicator.target_day
            return date(fiscal_year + 1, 1, 1)
        case PeriodBasis.FISCAL_YEAR | PeriodBasis.SURVEY:
            return fiscal_year_bounds(fiscal_year)[1]


def may_be_judged(indicator: Indicator, actual: Actual, as_of: date) -> bool:
    """Whether the period of a recorded figure has ended; a survey may be judged as soon as it is recorded."""
    match indicator.basis:
        case PeriodBasis.SURVEY:
            return True
        case PeriodBasis.DATE:
            return actual.period.over(as_of)
        case PeriodBasis.FISCAL_YEAR | PeriodBasis.CALENDAR_YEAR | PeriodBasis.MULTI_YEAR:
            return as_of > period_end(indicator, actual.period.fiscal_year)
