"""Data state, day by day: is the figure there, and if not, who is late."""

from datetime import date

import pytest

from nemuro_etl.catalog.types import Calendar, Indicator
from nemuro_etl.judging import data_state
from nemuro_etl.model.evaluation import DataState, SourceCondition
from tests.unit.judging_rows import (
    CALENDAR,
    CONTENT,
    DECLINE,
    DONATIONS,
    FERTILITY,
    MOVERS,
    TOTAL_2020,
    TRADE,
)

NOTHING = Calendar(publications=(), quiet=(), holidays=())


def state(
    indicator: Indicator,
    fiscal_year: int,
    day: str,
    *,
    has_figure: bool = False,
    held: bool = False,
    condition: SourceCondition = SourceCondition.WORKING,
    calendar: Calendar = CALENDAR,
) -> str:
    return data_state(
        indicator,
        fiscal_year,
        date.fromisoformat(day),
        has_figure=has_figure,
        held=held,
        condition=condition,
        calendar=calendar,
    ).value


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2018-03-31", "not_yet_published"),
        ("2018-04-01", "not_yet_published"),
        ("2018-08-04", "not_yet_published"),
        ("2018-08-05", "awaited"),
        ("2018-09-04", "awaited"),
        ("2018-09-05", "overdue"),
    ],
)
def test_a_public_figure_is_awaited_from_its_date_and_overdue_after_its_grace(day, expected):
    assert state(DONATIONS, 2017, day) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2018-03-31", "not_yet_published"),
        ("2018-08-04", "not_yet_published"),
        ("2018-08-05", "fetch_failed"),
        ("2018-12-31", "fetch_failed"),
    ],
)
def test_a_source_that_cannot_be_reached_says_so_once_its_figure_is_due(day, expected):
    assert state(DONATIONS, 2017, day, condition=SourceCondition.FETCH_FAILED) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2018-03-31", "not_yet_published"), ("2018-04-01", "unreadable"), ("2018-12-31", "unreadable")],
)
def test_a_source_that_cannot_be_read_never_speaks_of_a_year_that_is_not_over(day, expected):
    assert state(DONATIONS, 2017, day, condition=SourceCondition.UNREADABLE) == expected


def test_a_figure_that_is_there_is_there_though_its_source_is_broken():
    assert state(DONATIONS, 2017, "2018-12-31", has_figure=True, condition=SourceCondition.UNREADABLE) == "available"


def test_a_held_revision_is_told_though_the_old_figure_stands():
    assert state(DONATIONS, 2017, "2018-12-31", has_figure=True, held=True) == "held"


def test_an_exception_of_the_calendar_moves_one_year_only():
    assert state(DECLINE, 2018, "2019-08-08") == "not_yet_published"
    assert state(DECLINE, 2018, "2019-08-09") == "awaited"
    assert state(DECLINE, 2017, "2018-07-31") == "awaited"


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2017-12-31", "not_yet_published"),
        ("2018-01-01", "awaited"),
        ("2018-03-01", "awaited"),
        ("2018-03-02", "overdue"),
    ],
)
def test_without_a_calendar_a_figure_is_awaited_for_60_days_after_its_period(day, expected):
    assert state(TRADE, 2017, day, calendar=NOTHING) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2018-03-31", "not_yet_published"), ("2018-06-30", "not_yet_published"), ("2018-07-01", "not_submitted")],
)
@pytest.mark.parametrize("condition", list(SourceCondition))
def test_a_return_is_owed_by_its_department_after_the_deadline(day, expected, condition):
    assert state(MOVERS, 2017, day, condition=condition) == expected


@pytest.mark.parametrize(("day", "expected"), [("2018-05-30", "not_yet_published"), ("2018-05-31", "not_submitted")])
def test_without_a_calendar_a_return_is_due_60_days_after_its_year(day, expected):
    assert state(MOVERS, 2017, day, calendar=NOTHING) == expected


@pytest.mark.parametrize(("day", "expected"), [("2019-01-31", "not_yet_published"), ("2019-02-01", "not_submitted")])
def test_a_survey_is_owed_after_its_deadline_though_its_fiscal_year_runs(day, expected):
    assert state(CONTENT, 2018, day) == expected


def test_a_survey_that_is_recorded_is_available_at_once():
    assert state(CONTENT, 2018, "2018-11-22", has_figure=True) == "available"


@pytest.mark.parametrize(
    ("year", "day", "expected"),
    [
        (2017, "2018-11-22", "not_yet_published"),
        (2017, "2020-07-30", "not_yet_published"),
        (2017, "2020-07-31", "awaited"),
        (2017, "2020-10-30", "overdue"),
        (2018, "2030-01-01", "not_yet_published"),
    ],
)
def test_an_estimate_of_once_in_five_years_is_missing_only_in_its_own_year(year, day, expected):
    assert state(FERTILITY, year, day) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [("2018-01-01", "not_yet_published"), ("2018-07-30", "not_yet_published"), ("2018-07-31", "awaited")],
)
def test_a_registry_figure_is_awaited_from_its_summer_date(day, expected):
    assert state(TOTAL_2020, 2017, day) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2020-10-01", "not_yet_published"),
        ("2020-10-02", "awaited"),
        ("2021-08-30", "awaited"),
        ("2021-08-31", "overdue"),
    ],
)
def test_after_the_target_date_the_figures_around_it_are_awaited(day, expected):
    assert state(TOTAL_2020, 2020, day) == expected


def test_every_state_can_be_reached():
    reached = {
        state(DONATIONS, 2017, "2018-12-31", has_figure=True),
        state(DONATIONS, 2017, "2018-03-31"),
        state(DONATIONS, 2017, "2018-08-05"),
        state(DONATIONS, 2017, "2018-12-31"),
        state(DONATIONS, 2017, "2018-12-31", condition=SourceCondition.FETCH_FAILED),
        state(DONATIONS, 2017, "2018-12-31", condition=SourceCondition.UNREADABLE),
        state(DONATIONS, 2017, "2018-12-31", held=True),
        state(MOVERS, 2017, "2018-12-31"),
    }
    assert reached == {one.value for one in DataState}
