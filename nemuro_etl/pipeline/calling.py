"""Call: ask the sections for the figures that they owe, tell the secretariat who is late, and list the calendar."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import TYPE_CHECKING

from nemuro_etl.catalog.types import PublicationRule
from nemuro_etl.model.alert import Mail
from nemuro_etl.model.call import Call, CallKind
from nemuro_etl.model.evaluation import DATA_STATE_LABELS, Actual, Evaluation
from nemuro_etl.pipeline.house import House
from nemuro_etl.pipeline.judging import evaluate
from nemuro_etl.pipeline.workbooks import workbook_name

if TYPE_CHECKING:
    from nemuro_etl.mail import Night

_TO_THE_SECRETARIAT = (CallKind.ESCALATION, CallKind.OVERDUE)


def find_calls(
    house: House, evaluations: Sequence[Evaluation], as_of: date, fiscal_year: int | None
) -> tuple[Call, ...]:
    """What is missing and has to be told tonight; `fiscal_year` limits it to one year's figures."""
    from nemuro_etl.alerting import decide_calls

    calls = decide_calls(
        house.warehouse.called(house.edition.id),
        evaluations,
        edition=house.edition,
        catalog=house.catalog,
        as_of=as_of,
    )
    return tuple(call for call in calls if fiscal_year in (None, call.line.fiscal_year))


def render_calls(house: House, calls: Sequence[Call], night: "Night") -> list[tuple[Mail, list[Call]]]:
    """The mails that tell `calls`: one a section and step, and one to the secretariat about all that is late."""
    from nemuro_etl.mail import render_call, render_late

    asked: dict[tuple[str, CallKind], list[Call]] = {}
    for call in calls:
        if call.line.kind not in _TO_THE_SECRETARIAT:
            asked.setdefault((call.line.department, call.line.kind), []).append(call)
    before = _recorded(house, [call for of_one in asked.values() for call in of_one], night.day)
    mails = []
    for (department_id, _), of_one in asked.items():
        department = house.department(department_id, night.day)
        workbooks = {
            (call.line.fiscal_year, department_id): workbook_name(call.line.fiscal_year, department.name)
            for call in of_one
        }
        mails.append((render_call(department, of_one, night, workbooks, before), of_one))
    if late := [call for call in calls if call.line.kind in _TO_THE_SECRETARIAT]:
        mails.append((render_late(late, night), late))
    return mails


def _recorded(house: House, calls: Sequence[Call], as_of: date) -> dict[tuple[str, int], Actual]:
    """By indicator and fiscal year, what is recorded of the indicators that are asked for."""
    asked = {each.indicator for call in calls for each in call.missing}
    rows = [row for row in house.edition.indicators_on(as_of) if row.id in asked]
    known = house.warehouse.actuals(house.edition.area, rows, as_of) if rows else {}
    return {(row.id, actual.period.fiscal_year): actual for row in rows for actual in known[row.id]}


def calendar(house: House, fiscal_year: int | None = None) -> Iterator[dict[str, object]]:
    """Every row and year: when its figure is expected, how it stands today, and when its section is called."""
    rows = {row.id: row for row in house.edition.indicators_on(house.today) if row.same_as is None}
    for each in evaluate(house, house.today):
        row = rows.get(each.indicator)
        if row is None or fiscal_year not in (None, each.fiscal_year):
            continue
        owner = house.catalog.owner_on(row, house.today)
        yield {
            "family": row.family,
            "indicator": row.id,
            "name": row.name,
            "department": None if owner is None else owner.name,
            "fiscal_year": each.fiscal_year,
            **_dates(house.catalog.calendar.rule(row.family), each.fiscal_year),
            "data_state": str(each.data_state),
            "data_state_label": DATA_STATE_LABELS[each.data_state],
        }


def _dates(rule: PublicationRule | None, fiscal_year: int) -> dict[str, object]:
    """The calendar's days for one family and year; None where there is none. `deadline` is a return's `expected`."""
    due = None if rule is None else rule.publication(fiscal_year)
    dates = None if rule is None else rule.call_dates(fiscal_year)
    return {
        "expected": None if due is None else due.expected.isoformat(),
        "grace_ends": None if due is None else due.grace_ends.isoformat(),
        "note": None if due is None or not due.note else due.note,
        "call": None if dates is None else dates.call.isoformat(),
        "remind": None if dates is None else dates.remind.isoformat(),
        "deadline": None if dates is None else dates.deadline.isoformat(),
        "escalate": None if dates is None else dates.escalate.isoformat(),
    }
