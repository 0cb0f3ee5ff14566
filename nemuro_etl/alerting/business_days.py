"""Business days of the city hall: no weekend, national holiday, quiet period or day off of its own."""

from datetime import date, timedelta

from nemuro_etl.catalog.types import Calendar


def is_business_day(day: date, calendar: Calendar) -> bool:
    """Whether somebody sits at the desk on `day`."""
    # Only a night that mails pays for the library.
    import jpholiday

    return not (
        day.weekday() >= 5
        or day in calendar.holidays
        or any(_within(day, period) for period in calendar.quiet)
        or jpholiday.is_holiday(day)
    )


def next_business_day(day: date, calendar: Calendar) -> date:
    """`day` itself if it is a business day, else the first one after it: before it no mail may leave."""
    while not is_business_day(day, calendar):
        day += timedelta(days=1)
    return day


def business_day_after(day: date, count: int, calendar: Calendar) -> date:
    """The `count`-th business day after `day`."""
    for _ in range(count):
        day = next_business_day(day + timedelta(days=1), calendar)
    return day


def first_of_month(day: date, calendar: Calendar) -> date | None:
    """The first business day of the month of `day`, once it has come and while a mail of `day` leaves in that month."""
    first, leaves = next_business_day(day.replace(day=1), calendar), next_business_day(day, calendar)
    return first if first <= day and leaves.month == day.month else None


def first_of_week(day: date, calendar: Calendar) -> date | None:
    """The first business day of the week of `day`, once it has come and while a mail of `day` leaves in that week."""
    first, leaves = next_business_day(monday_of(day), calendar), next_business_day(day, calendar)
    return first if first <= day and monday_of(leaves) == monday_of(day) else None


def monday_of(day: date) -> date:
    """The Monday that begins the week of `day`."""
    return day - timedelta(days=day.weekday())


def _within(day: date, period: tuple[int, int, int, int]) -> bool:
    first, last, here = period[:2], period[2:], (day.month, day.day)
    if first <= last:
        return first <= here <= last
    return here >= first or here <= last
