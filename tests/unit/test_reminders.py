"""Unanswered warnings: when they are asked about again, when they are handed on, and when nothing is said; and storms."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

import pytest

from nemuro_etl.alerting.business_days import first_of_month, first_of_week
from nemuro_etl.alerting.matters import find_matters
from nemuro_etl.alerting.reminders import decide_reminders
from nemuro_etl.alerting.storm import is_storm
from nemuro_etl.catalog.types import Calendar, Indicator, Ownership
from nemuro_etl.model.alert import Answer, AnswerKind, ChangeKind, Reminded, Reminder, ReminderKind, Told
from nemuro_etl.model.evaluation import DataState, Evaluation, Rating
from tests.unit.test_alerting import a_catalog, an_indicator, year

REMINDER, ESCALATION = tuple(ReminderKind)
NEW_YEAR = Calendar((), ((12, 29, 1, 3),), ())
MOVERS = an_indicator("movers")
FISHERS = an_indicator("fishers", owners=(Ownership("fishery", date(2015, 4, 1), None),))
OPENED = "2018-09-03"


def warning(row: Indicator = MOVERS, told: str = OPENED, fiscal_year: int = 2017) -> Told:
    day = date.fromisoformat(told)
    return Told("2015", row.id, fiscal_year, ChangeKind.OPENED, Rating.BEHIND, None, None, None, "2015-10-30", day)


def answer(kind: AnswerKind, given: str, until: str) -> Answer:
    day, last = date.fromisoformat(given), date.fromisoformat(until)
    return Answer(given + kind, "2015", "movers", 2017, "policy", kind, last, "佐藤", "募集中", day)


def tonight(
    day: str, warnings: Iterable[Told], reminded: Sequence[Reminded] = (), answers: Sequence[Answer] = ()
) -> tuple[Reminder, ...]:
    catalog, edition = a_catalog(MOVERS, FISHERS)
    return decide_reminders(
        reminded,
        warnings,
        answers,
        edition=edition,
        catalog=replace(catalog, calendar=NEW_YEAR),
        as_of=date.fromisoformat(day),
    )


def over_nights(days: Iterable[str], told: Told, answers: Sequence[Answer] = ()) -> list[tuple[str, ReminderKind]]:
    """What each of these nights says of one warning that stays open."""
    log: list[Reminded] = []
    said = []
    for day in days:
        decided = tonight(day, [told], log, [one for one in answers if one.as_of.isoformat() <= day])
        log += [each.line for each in decided]
        said += [(day, each.kind) for each in decided]
    return said


FIRSTS = ("2018-10-01", "2018-11-01", "2018-12-03", "2019-01-04", "2019-02-01", "2019-03-01")


def test_three_reminders_then_one_escalation_then_nothing() -> None:
    assert over_nights(FIRSTS, warning()) == [
        ("2018-10-01", REMINDER),
        ("2018-11-01", REMINDER),
        ("2018-12-03", REMINDER),
        ("2019-01-04", ESCALATION),
    ]


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2018-09-28", False),
        ("2018-10-01", True),
        ("2018-10-02", True),  # the machine slept
        ("2018-10-31", True),
        ("2018-12-01", False),  # a Saturday: the first business day is the third
        ("2018-12-02", False),
        ("2018-12-03", True),
        ("2018-12-29", False),  # what is written then leaves in January
        ("2019-01-03", False),
        ("2019-01-04", True),
    ],
)
def test_the_first_business_day_of_the_month_or_the_first_night_after_it(day: str, said: bool) -> None:
    assert bool(tonight(day, [warning()])) is said


def test_a_month_has_one_reminder() -> None:
    assert over_nights(("2018-10-01", "2018-10-02", "2018-10-31"), warning()) == [("2018-10-01", REMINDER)]


@pytest.mark.parametrize(("told", "said"), [("2018-09-12", True), ("2018-09-13", False), ("2018-10-01", False)])
def test_nobody_is_asked_again_before_the_day_by_which_an_answer_was_asked_for(told: str, said: bool) -> None:
    # ten business days after 2018-09-12 is 2018-09-28: 17 and 24 September are holidays
    assert bool(tonight("2018-10-01", [warning(told=told)])) is said
    # and that it passes in the middle of the month brings no mail in the middle of the month
    assert bool(tonight("2018-10-20", [warning(told=told)])) is said


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (answer(AnswerKind.ACKNOWLEDGED, "2018-09-20", "2018-10-31"), ["2018-11-01", "2018-12-03", "2019-01-04"]),
        (answer(AnswerKind.ACKNOWLEDGED, "2018-10-10", "2018-11-15"), ["2018-10-01", "2018-12-03", "2019-01-04"]),
        (answer(AnswerKind.ACKNOWLEDGED, "2018-09-01", "2018-12-31"), ["2018-10-01", "2018-11-01", "2018-12-03"]),
        # after a silence the department is told again, and has its days to answer
        (answer(AnswerKind.SILENCED, "2018-09-20", "2018-10-31"), ["2018-12-03", "2019-01-04", "2019-02-01"]),
    ],
    ids=["acknowledged", "in between", "before the warning", "silenced"],
)
def test_what_is_answered_is_asked_about_again_only_when_the_answer_ran_out(given: Answer, said: list[str]) -> None:
    reminders = [day for day, kind in over_nights(FIRSTS, warning(), [given]) if kind is REMINDER]
    assert reminders == said


def test_an_answer_that_runs_out_in_the_middle_of_a_month_waits_for_the_next() -> None:
    ran_out = answer(AnswerKind.ACKNOWLEDGED, "2018-09-20", "2018-10-10")
    assert not tonight("2018-10-11", [warning()], answers=[ran_out])
    assert not tonight("2018-10-31", [warning()], answers=[ran_out])
    assert tonight("2018-11-01", [warning()], answers=[ran_out])


def test_a_line_that_is_told_later_is_asked_about_anew() -> None:
    log = [each.line for day in FIRSTS[:4] for each in tonight(day, [warning()])]
    worse = replace(warning(told="2018-12-10"), kind=ChangeKind.WORSE)
    (again,) = tonight("2019-02-01", [worse], log)
    assert (again.kind, again.asked) == (REMINDER, ())


def test_a_reminder_knows_when_it_was_asked_before_and_whose_it_is() -> None:
    log = [each.line for day in FIRSTS[:2] for each in tonight(day, [warning(FISHERS)])]
    movers, fishers = tonight("2018-12-03", [warning(FISHERS), warning(MOVERS)], log)
    assert (movers.department, movers.asked) == ("policy", ())
    assert (fishers.department, fishers.asked) == ("fishery", (date(2018, 10, 1), date(2018, 11, 1)))


def test_a_warning_of_a_row_that_the_edition_no_longer_has_is_not_asked_about() -> None:
    assert not tonight("2018-10-01", [warning(an_indicator("gone"))])


@pytest.mark.parametrize(
    ("day", "first"),
    [
        ("2018-10-08", None),  # a holiday
        ("2018-10-09", "2018-10-09"),
        ("2018-10-12", "2018-10-09"),
        ("2018-10-13", None),  # a Saturday: what is written then leaves in the week after
        ("2019-01-02", None),
        ("2019-01-04", "2019-01-04"),
        ("2019-05-03", None),  # ten holidays
    ],
)
def test_a_week_begins_with_its_first_business_day(day: str, first: str | None) -> None:
    found = first_of_week(date.fromisoformat(day), NEW_YEAR)
    assert found == (None if first is None else date.fromisoformat(first))


def test_a_month_begins_with_its_first_business_day() -> None:
    assert first_of_month(date(2019, 5, 6), NEW_YEAR) is None
    assert first_of_month(date(2019, 5, 20), NEW_YEAR) == date(2019, 5, 7)


@pytest.mark.parametrize(
    ("rows", "changed", "storm"), [(100, 30, False), (100, 31, True), (20, 9, False), (20, 10, True)]
)
def test_a_storm_is_a_share_of_the_indicators_and_not_of_a_handful(rows: int, changed: int, storm: bool) -> None:
    catalog, edition = a_catalog(*(an_indicator(f"row-{n}") for n in range(rows)))
    lines = [warning(an_indicator(f"row-{n}"), "2018-10-01") for n in range(changed)]
    earlier = [warning(an_indicator(f"row-{n}"), "2018-09-30") for n in range(rows)]
    for told, added in (([*earlier, *lines], []), (earlier, lines), ([*earlier, *lines[:5]], lines[5:])):
        assert is_storm(told, added, edition=edition, alerting=catalog.alerting, as_of=date(2018, 10, 1)) is storm


def state(data_state: DataState, fiscal_year: int = 2017) -> Evaluation:
    return year(fiscal_year, Rating.NOT_RATED, indicator="movers", data_state=data_state)


def test_a_figure_that_is_overdue_is_a_matter_also_while_its_source_fails() -> None:
    before = find_matters((), [state(DataState.OVERDUE)], {}, ())
    dead = find_matters(before, [state(DataState.FETCH_FAILED)], {"registry": "fetch_failed"}, ())
    again = find_matters(dead, [state(DataState.OVERDUE)], {}, ())
    assert before == again == {"movers FY2017: overdue"}
    assert dead - before == {"source registry: fetch_failed"}


def test_what_a_failing_source_hides_is_no_matter_beside_it() -> None:
    matters = find_matters((), [state(DataState.UNREADABLE)], {"registry": "F39: no number"}, ("人口が合いません。",))
    assert matters == {"source registry: F39: no number", "人口が合いません。"}


@pytest.mark.parametrize("data_state", [DataState.AVAILABLE, DataState.NOT_YET_PUBLISHED, DataState.AWAITED])
def test_a_figure_that_is_there_or_not_yet_due_is_no_matter(data_state: DataState) -> None:
    assert not find_matters((), [state(data_state)], {}, ())
