"""Follow up: reminders of unanswered warnings, the page of a month, the sign of life of a week."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

from nemuro_etl.model.alert import Mail, MailKind, Reminded, Reminder, ReminderKind, Told
from nemuro_etl.model.evaluation import DataState, Evaluation, Rating
from nemuro_etl.model.period import tokyo_day
from nemuro_etl.pipeline.house import House

if TYPE_CHECKING:
    from nemuro_etl.mail import Expected, Month, Night, Week

_NIGHT = "nightly"
_DUE = frozenset(DataState) - {DataState.AVAILABLE, DataState.HELD}


@dataclass(frozen=True, slots=True)
class FollowUp:
    """The mails of one night that follow from earlier ones, and what is to be remembered of them."""

    mails: tuple[Mail, ...] = ()
    reminded: tuple[tuple[Reminded, str], ...] = ()
    periodicals: tuple[tuple[MailKind, date, str], ...] = ()


def follow_up(house: House, warnings: Sequence[Told], evaluations: Sequence[Evaluation], night: "Night") -> FollowUp:
    """What is due tonight beside the news: `warnings` are the open ones, tonight's included."""
    reminded = _reminders(house, warnings, evaluations, night)
    periodicals = [*_page_of_month(house, night), *_sign_of_life(house, warnings, night)]
    return FollowUp(
        mails=(*(mail for mail, _ in reminded), *(mail for _, _, mail in periodicals)),
        reminded=tuple((each.line, mail.key) for mail, of_one in reminded for each in of_one),
        periodicals=tuple((kind, first, mail.key) for kind, first, mail in periodicals),
    )


# reminders


def _reminders(
    house: House, warnings: Sequence[Told], evaluations: Sequence[Evaluation], night: "Night"
) -> list[tuple[Mail, list[Reminder]]]:
    """The mails about unanswered warnings, each with the lines that it is remembered by (the heads' with none)."""
    from nemuro_etl.alerting import decide_reminders
    from nemuro_etl.mail import render_escalation, render_handed_on, render_reminder

    decided = decide_reminders(
        house.warehouse.reminded(house.edition.id),
        warnings,
        house.warehouse.answers(house.edition.id, night.day),
        edition=house.edition,
        catalog=house.catalog,
        as_of=night.day,
    )
    current = {(each.indicator, each.fiscal_year): each for each in evaluations}
    by_department: dict[tuple[ReminderKind, str], list[Reminder]] = {}
    for each in decided:
        by_department.setdefault((each.kind, each.department), []).append(each)
    mails: list[tuple[Mail, list[Reminder]]] = []
    for (kind, department_id), of_one in by_department.items():
        department = house.department(department_id, night.day)
        if kind is ReminderKind.REMINDER:
            mails.append((render_reminder(department, of_one, night, current), of_one))
        elif department.head is not None:
            mails.append((render_escalation(department, of_one, night, current), []))
    if handed_on := [each for each in decided if each.kind is ReminderKind.ESCALATION]:
        mails.append((render_handed_on(handed_on, night, current), handed_on))
    return mails


# the page of a month


def _page_of_month(house: House, night: "Night") -> list[tuple[MailKind, date, Mail]]:
    """The page about the month before that of `night`, once, from its first business day on."""
    from nemuro_etl.alerting import first_of_month
    from nemuro_etl.mail import render_month

    first = month_before(night.day)
    written = (MailKind.MONTHLY, first) in house.warehouse.periodicals(house.edition.id)
    if written or first_of_month(night.day, house.catalog.calendar) is None:
        return []
    month = month_of(house, first)
    if not month.ratings or not month.is_worth_a_page:
        return []
    return [(MailKind.MONTHLY, first, render_month(month, night))]


def month_before(day: date) -> date:
    """The first day of the month before that of `day`."""
    return (day.replace(day=1) - timedelta(days=1)).replace(day=1)


def month_of(house: House, first: date) -> "Month":
    """The month that begins on `first` as it was recorded, whenever it is looked at."""
    from nemuro_etl.alerting import unanswered, warning_state
    from nemuro_etl.mail import Month

    after = (first + timedelta(days=31)).replace(day=1)
    last = after - timedelta(days=1)
    told = [line for line in house.warehouse.told(house.edition.id) if line.as_of <= last]
    warnings = list(warning_state(told).values())
    waiting = unanswered(warnings, house.warehouse.answers(house.edition.id, last), last)
    return Month(
        first=first,
        ratings=_ratings(house, last),
        ratings_before=_ratings(house, first - timedelta(days=1)),
        changes=tuple(line for line in told if line.as_of >= first),
        open_warnings=_by_owner(house, warnings, waiting, last),
        expected=_expected(house, after),
    )


def _ratings(house: House, day: date) -> Mapping[Rating, int]:
    """Distinct indicators by the rating of their newest rated year, as stored by the end of `day`; empty: none was."""
    distinct = {row.id for row in house.edition.indicators_on(day) if row.same_as is None}
    stored = [each for each in house.warehouse.evaluations(house.edition.id, day) if each.indicator in distinct]
    newest = {}
    for indicator, years in groupby(stored, key=lambda each: each.indicator):
        ratings = [Rating(each.content["rating"]) for each in years]
        newest[indicator] = next((one for one in reversed(ratings) if one.rated), Rating.NOT_RATED)
    counts = Counter(newest.values())
    return {rating: counts[rating] for rating in Rating} if newest else {}


def _by_owner(
    house: House, warnings: Sequence[Told], waiting: Sequence[Told], day: date
) -> Mapping[str, tuple[int, int]]:
    """By department, in the order of the document: its open warnings, and how many of them are answered."""
    found: dict[str, tuple[int, int]] = {}
    lines = {line.indicator: line for line in warnings}
    for row in house.edition.indicators_on(day):
        if row.id in lines:
            owner = house.catalog.owner_on(row, day)
            department = house.catalog.alerting.secretariat if owner is None else owner.id
            count, answered = found.get(department, (0, 0))
            found[department] = (count + 1, answered + (lines[row.id] not in waiting))
    return found


def _expected(house: House, first: date) -> tuple["Expected", ...]:
    """What the calendar expects in the month of `first` for rows whose plan is not over, and was not there before."""
    from nemuro_etl.alerting import last_day_to_warn
    from nemuro_etl.mail import Expected

    before = first - timedelta(days=1)
    rows = [
        row
        for row in house.edition.indicators_on(before)
        if row.same_as is None and before <= last_day_to_warn(row, house.catalog.calendar)
    ]
    due = {
        (each.indicator, each.fiscal_year)
        for each in house.warehouse.evaluations(house.edition.id, before)
        if DataState(each.content["data_state"]) in _DUE
    }
    expected = []
    for rule in house.catalog.calendar.publications:
        for year in range(first.year - rule.years_after - 1, first.year + 1):
            published = rule.publication(year)
            count = sum(row.family == rule.family and (row.id, year) in due for row in rows)
            if published is not None and published.expected.replace(day=1) == first and count:
                expected.append(Expected(rule.family, year, published.expected, count))
    return tuple(sorted(expected, key=lambda one: one.day))


# the sign of life of a week


def _sign_of_life(house: House, warnings: Sequence[Told], night: "Night") -> list[tuple[MailKind, date, Mail]]:
    """The sign of life of the week of `night`, once, from its first business day on; none before a week has begun.

    It tells what the run ledger knows of the days before today: a night that is judged as of another day has none.
    """
    from nemuro_etl.alerting import first_of_week, monday_of
    from nemuro_etl.mail import render_week

    monday = monday_of(night.day)
    first = first_of_week(night.day, house.catalog.calendar)
    known = house.warehouse.matters(house.edition.id, monday) is not None
    written = (MailKind.WEEKLY, monday) in house.warehouse.periodicals(house.edition.id)
    if first is None or written or not known or night.day != house.today:
        return []
    return [(MailKind.WEEKLY, monday, render_week(_week(house, monday, warnings, night.day), night))]


def _week(house: House, monday: date, warnings: Sequence[Told], today: date) -> "Week":
    from nemuro_etl.alerting import silences_on, unanswered
    from nemuro_etl.mail import Week

    days = [today - timedelta(days=n) for n in range(7, 0, -1)]
    answers = house.warehouse.answers(house.edition.id, today)
    came: dict[str, tuple[int, int]] = {}
    for load in house.warehouse.loads():
        if tokyo_day(load.loaded_at) in days and load.new + load.revised:
            files, figures = came.get(load.source, (0, 0))
            came[load.source] = (files + 1, figures + load.new + load.revised)
    fates = house.warehouse.fates(house.edition.id)
    return Week(
        monday=monday,
        nights=_nights(house, days),
        came=came,
        sent=sum(sent_at is not None and tokyo_day(sent_at) in days for _, sent_at in fates),
        waiting=Counter(status for status, _ in fates if status != "sent"),
        open_warnings=len(warnings),
        unanswered=len(unanswered(warnings, answers, today)),
        silences=tuple(silences_on(answers, today).values()),
        failing={source: trouble.since for source, trouble in house.warehouse.source_troubles(today).items()},
    )


def _nights(house: House, days: Sequence[date]) -> Mapping[date, str | None]:
    """How the newest night of each of `days` ended, in words; None where the ledger knows of none."""
    words: dict[date, str] = {}
    for run in house.warehouse.runs():
        day = tokyo_day(run.started_at)
        if run.kind == _NIGHT and day in days and day not in words:
            words[day] = _ENDS.get(run.status, f"終わり方が不明です（{run.status}）。")
    return {day: words.get(day) for day in days}


_ENDS = {
    "exit 0": "正常に終わりました。",
    "exit 3": "終わりました（判断待ちの改定あり）。",
    "exit 4": "終わりました（読み取れないファイルあり）。",
    "exit 5": "終わりました（取得又は送信の失敗あり）。",
    "failed": "失敗しました。",
    "running": "終わった記録がありません（中断）。",
}
