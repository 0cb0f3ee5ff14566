"""Who is asked tonight for figures that are owed, and what the secretariat is told of those that are late."""

from collections.abc import Sequence
from datetime import date

from nemuro_etl.alerting.decision import last_day_to_warn
from nemuro_etl.catalog.types import Catalog, Edition, Indicator, PublicationRule
from nemuro_etl.model.call import Call, Called, CallKind
from nemuro_etl.model.evaluation import DataState, Evaluation

_STEPS = (CallKind.CALL, CallKind.REMINDER, CallKind.ESCALATION)
_OWED = (DataState.NOT_YET_PUBLISHED, DataState.NOT_SUBMITTED)


def decide_calls(
    called: Sequence[Called], evaluations: Sequence[Evaluation], *, edition: Edition, catalog: Catalog, as_of: date
) -> tuple[Call, ...]:
    """What is missing and has to be told tonight, by family, then department in the order of the document.

    `called` is the whole log of the edition; `evaluations` every year of every indicator tonight. Of each family the
    newest year whose day has come is chased, and only by the step that is due now: what an older year lacks, it lacked
    before, and a step that was slept through is not made up for. A return of a plan that is over is owed no
    more; a publisher who is late with its last year is still told of, for without it the plan has no result.
    """
    rows = {row.id: row for row in edition.indicators_on(as_of) if row.same_as is None}
    calls = []
    for rule in catalog.calendar.publications:
        step = _step(rule, as_of)
        if step is None:
            continue
        kind, fiscal_year, due = step
        missing: dict[str, list[Evaluation]] = {}
        for evaluation in evaluations:
            row = rows.get(evaluation.indicator)
            if row is None or row.family != rule.family or evaluation.fiscal_year != fiscal_year:
                continue
            if _is_missing(row, evaluation, kind, catalog, as_of):
                missing.setdefault(_department(row, kind, catalog, as_of), []).append(evaluation)
        for department, owed in missing.items():
            line = Called(edition.id, fiscal_year, rule.family, department, kind, as_of)
            if not _was_told(line, called):
                calls.append(Call(line, due, tuple(owed)))
    return tuple(calls)


def _step(rule: PublicationRule, as_of: date) -> tuple[CallKind, int, date] | None:
    """The step that is due for a family: its kind, the fiscal year that is chased, and when that was or is due."""
    years = rule.only_fiscal_years or range(as_of.year - rule.years_after - 2, as_of.year + 1)
    fiscal_year = max((year for year in years if _has_begun(rule, year, as_of)), default=None)
    due = None if fiscal_year is None else rule.publication(fiscal_year)
    if fiscal_year is None or due is None:
        return None
    dates = rule.call_dates(fiscal_year)
    if dates is None:
        return CallKind.OVERDUE, fiscal_year, due.expected
    kind = CallKind.ESCALATION if as_of >= dates.escalate else CallKind.REMINDER
    return kind if as_of >= dates.remind else CallKind.CALL, fiscal_year, dates.deadline


def _has_begun(rule: PublicationRule, fiscal_year: int, as_of: date) -> bool:
    """Whether returns are called for, or a publication is late."""
    due, dates = rule.publication(fiscal_year), rule.call_dates(fiscal_year)
    if dates is not None:
        return as_of >= dates.call
    return due is not None and as_of > due.grace_ends


def _is_missing(row: Indicator, evaluation: Evaluation, kind: CallKind, catalog: Catalog, as_of: date) -> bool:
    if kind is CallKind.OVERDUE:
        return evaluation.data_state is DataState.OVERDUE
    return row.actual.returns and evaluation.data_state in _OWED and as_of <= last_day_to_warn(row, catalog.calendar)


def _department(row: Indicator, kind: CallKind, catalog: Catalog, as_of: date) -> str:
    """Who owes the figure; what a publisher owes, and what nobody owns, is the secretariat's."""
    owner = None if kind is CallKind.OVERDUE else catalog.owner_on(row, as_of)
    return catalog.alerting.secretariat if owner is None else owner.id


def _was_told(line: Called, called: Sequence[Called]) -> bool:
    """Whether this step, or one that follows it, was taken before."""
    steps = _STEPS[_STEPS.index(line.kind) :] if line.kind in _STEPS else (line.kind,)
    return any(
        (before.fiscal_year, before.family, before.department) == (line.fiscal_year, line.family, line.department)
        and before.kind in steps
        for before in called
    )
