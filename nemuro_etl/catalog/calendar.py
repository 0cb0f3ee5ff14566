"""calendar.yml and schedules.yml: when figures are expected, when nothing is mailed, when the night runs."""

import re
from datetime import date

from nemuro_etl.catalog.section import Section
from nemuro_etl.catalog.sources import FAMILIES
from nemuro_etl.catalog.types import Calendar, Publication, PublicationRule

TIMEZONE = "Asia/Tokyo"

_MONTH_DAY = re.compile(r"(\d{2})-(\d{2})")
_LEAP_YEAR = 2000
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


def check_schedules(file: Section) -> None:
    """Note a fault for every schedule that no scheduler could follow; the deployments read the file themselves."""
    for _, schedule in file.children():
        _check_cron(schedule, schedule.text("cron"))
        zone = schedule.text("timezone")
        if zone and zone != TIMEZONE:
            schedule.refuse("timezone", f"{zone!r} is not {TIMEZONE}", f"write timezone: {TIMEZONE}")
        schedule.close()
    if "nightly" not in file:
        file.refuse("nightly", "is missing", "add nightly: with cron and timezone")


def _miss(rules: Section, family: str) -> bool:
    rules.refuse(family, "is missing", f"add {family}: with years_after, date and grace_days")
    return False


def _read_rule(rule: Section, family: str) -> PublicationRule:
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
    )
    rule.close()
    for key in ("grace_days", "years_after"):
        if getattr(published, key) < 0:
            rule.refuse(key, f"{getattr(published, key)} is below 0", "write 0 or more")
    return published


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
            date(_LEAP_YEAR, month, day)
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
