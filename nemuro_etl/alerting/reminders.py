"""Which unanswered warnings are followed up tonight: asked about again once a month, and handed on when that is in vain."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

from nemuro_etl.alerting.answers import ended_silences, unanswered
from nemuro_etl.alerting.business_days import business_day_after, first_of_month, next_business_day
from nemuro_etl.catalog.types import Catalog, Edition
from nemuro_etl.model.alert import Answer, Reminded, Reminder, ReminderKind, Told


def decide_reminders(
    reminded: Sequence[Reminded],
    warnings: Iterable[Told],
    answers: Sequence[Answer],
    *,
    edition: Edition,
    catalog: Catalog,
    as_of: date,
) -> tuple[Reminder, ...]:
    """The reminders and escalations of a month that have not been sent yet, in the order of the document.

    `reminded` is the whole log of the edition; `warnings` are the open ones tonight. They go out on the first business
    day of the month; a night that comes later in the month makes up for it, and tells only what was due on that day.
    """
    first = first_of_month(as_of, catalog.calendar)
    if first is None:
        return ()
    open_lines = list(warnings)
    # Unanswered then and still tonight: what was acknowledged in between is not asked about, what ran out may wait.
    waiting = {*unanswered(open_lines, answers, first)} & {*unanswered(open_lines, answers, as_of)}
    by_indicator = {line.indicator: line for line in waiting if _answer_by(line, answers, catalog, first) < first}
    reminders = []
    for row in edition.indicators_on(as_of):
        warning = by_indicator.get(row.id)
        if warning is None:
            continue
        before = [line for line in reminded if _is_about(line, warning)]
        handed_on = any(line.kind is ReminderKind.ESCALATION for line in before)
        if handed_on or any(line.as_of >= as_of.replace(day=1) for line in before):
            continue
        owner = catalog.owner_on(row, as_of)
        reminders.append(
            Reminder(
                warning=warning,
                department=catalog.alerting.secretariat if owner is None else owner.id,
                kind=ReminderKind.REMINDER if len(before) < catalog.alerting.reminders else ReminderKind.ESCALATION,
                asked=tuple(line.as_of for line in before),
                as_of=as_of,
            )
        )
    return tuple(reminders)


def _answer_by(warning: Told, answers: Sequence[Answer], catalog: Catalog, day: date) -> date:
    """Until when the department was asked to answer: since it was told, or told again after a silence."""
    silences = [one.until for one in ended_silences(answers, day) if one.indicator == warning.indicator]
    told = max([warning.as_of, *(until + timedelta(days=1) for until in silences)])
    calendar = catalog.calendar
    return business_day_after(next_business_day(told, calendar), catalog.alerting.answer_within, calendar)


def _is_about(line: Reminded, warning: Told) -> bool:
    return (line.indicator, line.fiscal_year, line.since) == (warning.indicator, warning.fiscal_year, warning.as_of)
