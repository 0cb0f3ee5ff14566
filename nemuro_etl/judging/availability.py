"""Data state: whether a year's figure is there at all, and if not, who is late."""

from datetime import date, timedelta

from nemuro_etl.catalog.types import RETURN_FAMILIES, Calendar, Indicator, PeriodBasis, Publication
from nemuro_etl.judging.case import in_target_year, period_end
from nemuro_etl.model.evaluation import DataState, SourceCondition

WITHOUT_CALENDAR = timedelta(days=60)
"""So long after the period's end a figure may be awaited when the calendar says nothing."""


def data_state(
    indicator: Indicator,
    fiscal_year: int,
    as_of: date,
    *,
    has_figure: bool,
    held: bool,
    condition: SourceCondition,
    calendar: Calendar,
) -> DataState:
    """The state of the figure of one row and year on the as-of day. It never changes a rating.

    A held revision is told although the old figure stands. A source that cannot be read says so from the end of the
    period on, for what it sent may be this year's figure; one that cannot be reached only once a figure is due. Both
    speak of the newest ended year alone: what an older year lacks, it lacked before. A refused return is a return that
    was not submitted.
    """
    if held:
        return DataState.HELD
    if has_figure:
        return DataState.AVAILABLE
    rule = calendar.rule(indicator.family)
    due = None if rule is None else rule.publication(fiscal_year)
    if rule is not None and due is None:
        return DataState.NOT_YET_PUBLISHED
    end = period_end(indicator, fiscal_year)
    if indicator.family in RETURN_FAMILIES:
        return _return_state(indicator, as_of, end, due)
    if as_of <= end:
        return DataState.NOT_YET_PUBLISHED
    newest = as_of <= period_end(indicator, fiscal_year + 1)
    if newest and condition is SourceCondition.UNREADABLE:
        return DataState.UNREADABLE
    expected = end + timedelta(days=1) if due is None else due.expected
    grace_ends = end + WITHOUT_CALENDAR if due is None else due.grace_ends
    if newest and as_of >= expected and condition is SourceCondition.FETCH_FAILED:
        return DataState.FETCH_FAILED
    if as_of > grace_ends:
        return DataState.OVERDUE
    # The day by which a floor is judged is past, so the figures around it are awaited even before their own date.
    if as_of >= expected or in_target_year(indicator, fiscal_year):
        return DataState.AWAITED
    return DataState.NOT_YET_PUBLISHED


def _return_state(indicator: Indicator, as_of: date, end: date, due: Publication | None) -> DataState:
    """The state of a figure that a department or a survey owes: none is late before its deadline or its period."""
    deadline = end + WITHOUT_CALENDAR if due is None else due.expected
    running = as_of <= end and indicator.basis is not PeriodBasis.SURVEY
    return DataState.NOT_YET_PUBLISHED if running or as_of <= deadline else DataState.NOT_SUBMITTED
