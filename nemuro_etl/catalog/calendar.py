"""calendar.yml and schedules.yml: when figures are expected, when nothing is mailed, when the night runs."""

import re
from datetime import date, timedelta

from nemuro_etl.catalog.section import Section
from nemuro_etl.catalog.sources import FAMILIES
from nemuro_etl.catalog.types import RETURN_FAMILIES, Calendar, CallRule, Publication, PublicationRule, Schedules
from nemuro_etl.model.period import fiscal_year_bounds
from nemuro_etl.model.span import span_of

TIMEZONE = "Asia/Tokyo"

_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})")
_SCHEDULED = ("nightly", "watchdog", "tending")
_ANY_YEAR = 2015
"""No leap year: 29 February is not a day that every year has."""
_CRON_FIELDS = (("minute", 0, 59), ("hour", 0, 23), ("day of month", 1, 31), ("month", 1, 12), ("day of week", 0, 7))
_CRON_FIELD = re.compile(r"(\*|\d+(-\d+)?)(/\d+)?(,(\*|\d+(-\d+)?)(/\d+)?)*")


def read_calendar(file: Section) -> Calendar:
    """One publication rule per family, the quiet periods, and the city's own days off."""
    rules = file.section("publications")
    publications = tuple(
        _read_rule(rules.section(family), family) for family in FAMILIES if family in rules or _miss(rules, family)
    )
    rules.close(*FAMILIES)
    calendar = Calendar(
        publications=publications,
        quiet=tuple(_read_quiet(entry) for entry in file.items("quiet")),
        holidays=tuple(_read_holiday(file, text) for text in file.texts("holidays")),
    )
    file.close()
    return calendar


def read_schedules(file: Section) -> Schedules | None:
    """The cron lines of what a scheduler starts, how long a night may take, and how long the scheduler remembers a run.

    None when one is missing.
    """
    missing = [name for name in _SCHEDULED if name not in file]
    for name in missing:
        file.refuse(name, "is missing", f"add {name}: with cron and timezone")
    file.close(*_SCHEDULED)
    if missing:
        return None
    noted = len(file.faults)
    nightly, watchdog, tending = sections = [file.section(name) for name in _SCHEDULED]
    schedules = Schedules(
        nightly=_read_cron(nightly),
        deadline=_read_span(nightly, "deadline"),
        watchdog=_read_cron(watchdog),
        tending=_read_cron(tending),
        keep_days=tending.integer("keep_days"),
    )
    if schedules.keep_days < 1 and len(file.faults) == noted:
        tending.refuse("keep_days", f"{schedules.keep_days} is below 1", "write for how many days, like 30")
    for section in sections:
        section.close()
    return schedules


def _read_cron(schedule: Section) -> str:
    cron, zone = schedule.text("cron"), schedule.text("timezone")
    _check_cron(schedule, cron)
    if zone and zone != TIMEZONE:
        schedule.refuse("timezone", f"{zone!r} is not {TIMEZONE}", f"write timezone: {TIMEZONE}")
    return cron


def _read_span(section: Section, key: str) -> timedelta:
    text = section.text(key)
    try:
        return span_of(text)
    except ValueError as error:
        if text:
            section.refuse(key, str(error), "write a number with m, h or d: 3h")
        return timedelta()


def _miss(rules: Section, family: str) -> bool:
    rules.refuse(family, "is missing", f"add {family}: with years_after, date and grace_days")
    return False


def _read_rule(rule: Section, family: str) -> PublicationRule:
    noted = len(rule.faults)
    month, day = _read_month_day(rule, "date")
    only = rule.texts("only_fiscal_years")
    if not all(year.isdecimal() for year in only):
        rule.refuse("only_fiscal_years", f"{', '.join(only)} are not all years", "write them as [2012, 2017]")
        only = ()
    grace_days = rule.integer("grace_days")
    published = PublicationRule(
        family=family,
        years_after=rule.integer("years_after"),
        month=month,
        day=day,
        grace_days=grace_days,
        exceptions=tuple(_read_exception(entry, grace_days) for entry in rule.items("exceptions")),
        only_fiscal_years=tuple(int(year) for year in only) if "only_fiscal_years" in rule else None,
        calls=_read_calls(rule.section("calls")) if family in RETURN_FAMILIES else None,
    )
    rule.close()
    for key in ("grace_days", "years_after"):
        if getattr(published, key) < 0:
            rule.refuse(key, f"{getattr(published, key)} is below 0", "write 0 or more")
    _check_exceptions(rule, published)
    if published.calls is not None and len(rule.faults) == noted:
        _check_calls(rule, published, published.calls)
    return published


def _read_calls(entry: Section) -> CallRule:
    month, day = _read_month_day(entry, "call")
    calls = CallRule(month, day, entry.integer("remind_days"), entry.integer("escalate_days"))
    entry.close()
    return calls


def _check_exceptions(rule: Section, published: PublicationRule) -> None:
    years = [fiscal_year for fiscal_year, _ in published.exceptions]
    for fiscal_year in sorted({year for year in years if years.count(year) > 1}):
        rule.refuse("exceptions", f"FY{fiscal_year} stands twice", "keep the entry with the latest date")


def _check_calls(rule: Section, published: PublicationRule, calls: CallRule) -> None:
    """Call, reminder, deadline and escalation follow one another, in a usual year and in those that are exceptions."""
    entry = rule.section("calls")
    for key in ("remind_days", "escalate_days"):
        if getattr(calls, key) < 1:
            entry.refuse(
                key,
                f"{getattr(calls, key)} is below 1",
                "the reminder goes out before the deadline, the escalation after it: write how many days",
            )
    for year in (_usual_year(published), *(year for year, _ in published.exceptions)):
        due, dates = published.publication(year), published.call_dates(year)
        if due is None or dates is None:
            continue
        if dates.call >= dates.remind:
            entry.refuse(
                "call",
                f"the call of {dates.call} does not come before the reminder of {dates.remind} (FY{year})",
                "call earlier, remind later (fewer remind_days), or postpone the deadline",
            )
        if dates.escalate > due.grace_ends:
            entry.refuse(
                "escalate_days",
                f"the escalation of {dates.escalate} comes after the grace, which ends on {due.grace_ends} (FY{year})",
                "write no more days than grace_days: after it nothing is owed for a plan's last year",
            )
        ends = fiscal_year_bounds(year)[1]
        if published.family == "department" and dates.call <= ends:
            entry.refuse(
                "call",
                f"the call of {dates.call} asks for FY{year}, which ends on {ends}",
                "call after the year is over",
            )


def _usual_year(published: PublicationRule) -> int:
    """A fiscal year that is no exception."""
    years = published.only_fiscal_years or range(_ANY_YEAR, _ANY_YEAR + len(published.exceptions) + 1)
    exceptional = {year for year, _ in published.exceptions}
    return next((year for year in years if year not in exceptional), _ANY_YEAR)


def _read_exception(entry: Section, grace_days: int) -> tuple[int, Publication]:
    exception = (
        entry.integer("fiscal_year"),
        Publication(
            expected=entry.day("expected"),
            grace_days=entry.integer("grace_days") if "grace_days" in entry else grace_days,
            note=entry.text("note"),
        ),
    )
    entry.close()
    return exception


def _read_quiet(entry: Section) -> tuple[int, int, int, int]:
    first, last = _read_month_day(entry, "from"), _read_month_day(entry, "to")
    entry.close()
    return (*first, *last)


def _read_holiday(file: Section, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        file.refuse("holidays", f"{text!r} is not a day", "write the day as 2018-12-31")
        return date.min


def _read_month_day(section: Section, key: str) -> tuple[int, int]:
    text = section.text(key)
    if found := _MONTH_DAY.fullmatch(text):
        month, day = int(found[1]), int(found[2])
        try:
            date(_ANY_YEAR, month, day)
        except ValueError:
            pass
        else:
            return month, day
    if text:
        section.refuse(key, f"{text!r} is no day of the year", "write month-day, like 08-05")
    return 1, 1


def _check_cron(schedule: Section, cron: str) -> None:
    fields = cron.split()
    if not cron:
        return
    if len(fields) != len(_CRON_FIELDS):
        schedule.refuse(
            "cron",
            f"{cron!r} has {len(fields)} fields, not 5",
            'write minute, hour, day, month, weekday: "30 2 * * *"',
        )
        return
    for field, (name, lowest, highest) in zip(fields, _CRON_FIELDS, strict=True):
        numbers = [int(number) for number in re.findall(r"(?<!/)\b\d+", field)]
        if not _CRON_FIELD.fullmatch(field) or any(not lowest <= number <= highest for number in numbers):
            schedule.refuse(
                "cron",
                f"{field!r} is no {name}",
                f"write * or numbers from {lowest} to {highest}, with - , / between them",
            )
