"""How an indicator is judged: EVALUATION's worked examples, its five nights, and the rules between them."""

from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest

from nemuro_etl.catalog.types import Direction, Shape
from nemuro_etl.judging import judge_years, newest_ended, newest_rated
from nemuro_etl.model.evaluation import Actual, DataState, Evaluation, Rating, SourceCondition
from nemuro_etl.model.figure import Stage
from tests.unit.judging_rows import (
    BANDS,
    CALENDAR,
    CENSUS_2020,
    CHILDREN,
    CONTENT,
    DECLINE,
    DELIVERY,
    DONATIONS,
    ELDERLY_2020,
    EMPLOYED,
    FERTILITY,
    MATERNITY_LEAVE,
    MOVERS,
    OVERNIGHT,
    PLANS,
    REGISTRY,
    SCHOOLS,
    SEASONAL,
    SEASONAL_WAITING,
    STAYS,
    TOTAL,
    TOTAL_2020,
    TOTAL_2025,
    TOTAL_2060,
    TRADE,
    WAITING,
    WINTER,
    YOUNG_SHARE,
    YOUNG_WOMEN,
    YOUNG_WOMEN_AGAIN,
    YOUTH_2020,
    census_count,
    census_on,
    judged,
    measured,
    registry_until,
    row,
    share,
)


def as_printed(value: Decimal | None, printed: str) -> bool:
    """Whether a number, rounded to the decimals that EVALUATION prints, is the printed one."""
    assert value is not None
    return value.quantize(Decimal(printed), ROUND_HALF_UP) == Decimal(printed)


def basis(evaluation: Evaluation, name: str):
    return next(one for one in evaluation.bases if one.basis == name)


# The worked examples


def test_six_movers_after_two_years_are_behind_and_seven_a_year_are_needed():
    evaluation = judged(MOVERS, 2016, measured("FY2015", "2"), measured("FY2016", "4"))
    assert (evaluation.actual, evaluation.expected, evaluation.pace) == (6, 10, Decimal("0.6"))
    assert evaluation.rating is Rating.BEHIND
    assert evaluation.need_per_year == 7


def test_a_falling_whole_target_rounds_its_expected_value_up():
    evaluation = judged(SEASONAL, 2017, measured("FY2017", "530"))
    assert evaluation.expected == 516
    assert evaluation.pace == Decimal("0.78125")
    assert evaluation.rating is Rating.BEHIND
    assert evaluation.need_per_year == -29  # 57 in two years


def test_the_expected_value_of_a_ratio_is_not_rounded():
    evaluation = judged(EMPLOYED, 2015, measured("FY2015", "22.5"))
    assert evaluation.expected == Decimal("22.6")
    assert as_printed(evaluation.pace, "0.8333")
    assert evaluation.rating is Rating.MOSTLY_ON_TRACK


DONATED = tuple(
    measured(f"FY{year}", value)
    for year, value in ((2015, "1290102"), (2016, "3307434"), (2017, "3973346"), (2018, "4957077"))
)


def test_donations_are_on_track_in_fy2017_and_achieved_in_fy2018():
    evaluation = judged(DONATIONS, 2017, *DONATED[:3])
    assert (evaluation.actual, evaluation.expected) == (8570882, 6000000)
    assert as_printed(evaluation.pace, "1.428")
    assert evaluation.rating is Rating.ON_TRACK
    assert judged(DONATIONS, 2018, *DONATED).rating is Rating.ACHIEVED


def test_donations_of_a_year_that_is_not_over_are_not_rated_though_recorded():
    evaluation = judged(DONATIONS, 2018, *DONATED, as_of=date(2018, 11, 22))
    assert evaluation.rating is Rating.NOT_RATED
    assert evaluation.actual is None
    assert "2019-03-31" in evaluation.reason


def test_trade_of_a_calendar_year_closes_its_gap_more_than_fourfold():
    evaluation = judged(TRADE, 2018, measured("2018", "5818"), as_of=date(2019, 1, 1))
    assert as_printed(evaluation.attainment, "1.1636")
    assert as_printed(evaluation.gap_closed, "4.4083")
    assert evaluation.expected == 4952
    assert evaluation.rating is Rating.ACHIEVED


def test_a_target_that_was_met_can_be_lost_again():
    stays = (measured("FY2016", "2194"), measured("FY2019", "929"))
    assert judged(STAYS, 2016, *stays).rating is Rating.ACHIEVED
    lost = judged(STAYS, 2019, *stays)
    assert as_printed(lost.pace, "0.3949")
    assert lost.rating is Rating.FAR_BEHIND


def test_waiting_children_are_held_at_zero_or_the_promise_is_broken():
    held = judged(WAITING, 2016, measured("FY2016", "0"))
    broken = judged(WAITING, 2017, measured("FY2017", "1"))
    assert (held.rating, broken.rating) == (Rating.ON_TRACK, Rating.REGRESSED)
    for evaluation in (held, broken):
        assert (evaluation.pace, evaluation.attainment, evaluation.gap_closed) == (None, None, None)
        assert evaluation.need_per_year is None
    assert judged(WAITING, 2019, measured("FY2019", "0")).rating is Rating.ACHIEVED


@pytest.mark.parametrize(
    ("year", "opened", "expected", "pace", "rating"),
    [
        (2015, ["0"], 0, None, Rating.ON_TRACK),
        (2016, ["0", "0"], 1, 0, Rating.FAR_BEHIND),
        (2017, ["0", "0", "1"], 1, 1, Rating.ON_TRACK),
    ],
)
def test_one_cannot_have_opened_one_point_eight_schools(year, opened, expected, pace, rating):
    actuals = [measured(f"FY{2015 + place}", value) for place, value in enumerate(opened)]
    evaluation = judged(SCHOOLS, year, *actuals)
    assert (evaluation.expected, evaluation.pace, evaluation.rating) == (expected, pace, rating)


def test_young_women_stand_below_the_do_nothing_line_on_the_registry_alone():
    evaluation = judged(YOUNG_WOMEN, 2017, measured("2018-01-01", "2317"), as_of=date(2018, 11, 22))
    assert as_printed(evaluation.do_nothing, "2438.75")
    assert as_printed(evaluation.expected, "2453.17")
    assert as_printed(evaluation.pace, "-8.446")
    assert evaluation.rating is Rating.REGRESSED
    assert [one.basis for one in evaluation.bases] == ["registry"]
    assert "国勢調査の値が未登録" in evaluation.reason


YOUNG = (share("2014-01-01", "3291", "28549"), share("2018-01-01", "2793", "26399"))


def test_the_share_of_the_young_is_rated_by_the_more_favourable_of_two_bases():
    evaluation = judged(YOUNG_SHARE, 2017, *YOUNG, as_of=date(2018, 11, 22))
    assert as_printed(evaluation.do_nothing, "10.590")
    assert as_printed(evaluation.expected, "10.728")
    registry, equivalent = basis(evaluation, "registry"), basis(evaluation, "census_equivalent")
    assert as_printed(registry.actual, "10.580")
    assert as_printed(registry.pace, "-0.07")
    assert as_printed(equivalent.actual, "10.708")
    assert as_printed(equivalent.pace, "0.85")
    assert (evaluation.rating, evaluation.basis) == (Rating.MOSTLY_ON_TRACK, "census_equivalent")
    assert (evaluation.actual, evaluation.pace) == (equivalent.actual, equivalent.pace)
    assert as_printed(evaluation.numerator, "2752.47")
    assert as_printed(evaluation.denominator, "25705.88")


def test_the_total_is_below_the_do_nothing_line_on_both_bases():
    evaluation = judged(TOTAL_2020, 2017, *registry_until("2018-01-01"), as_of=date(2018, 11, 22))
    assert as_printed(TOTAL[0].c, "27294.5")
    assert as_printed(evaluation.expected, "26730.8")
    assert as_printed(evaluation.do_nothing, "26436.6")
    assert as_printed(basis(evaluation, "registry").pace, "-0.128")
    assert as_printed(basis(evaluation, "census_equivalent").actual, "25580.9")
    assert as_printed(basis(evaluation, "census_equivalent").pace, "-2.91")
    assert evaluation.rating is Rating.REGRESSED


def test_the_census_of_the_target_date_decides_though_officials_would_print_94_6_percent():
    evaluation = judged(TOTAL_2020, 2020, *REGISTRY, as_of=date(2021, 11, 30))
    assert (evaluation.expected, evaluation.do_nothing, evaluation.actual) == (26043, 25390, 24636)
    assert as_printed(evaluation.pace, "-1.155")
    assert evaluation.rating is Rating.REGRESSED
    assert as_printed(evaluation.attainment, "0.946")
    assert [one.basis for one in evaluation.bases] == ["census"]
    (figure,) = evaluation.figures
    assert (figure.series, figure.period, figure.locators) == (
        "census.population",
        "2020-10-01",
        ("census.2020.total",),
    )


def test_the_total_of_2025_is_judged_at_the_newest_date_of_fy2020():
    evaluation = judged(TOTAL_2025, 2020, *REGISTRY, as_of=date(2021, 8, 5))
    assert evaluation.period == "2021-01-01"
    assert as_printed(evaluation.do_nothing, "25294.3")
    assert as_printed(evaluation.expected, "25979.9")
    assert as_printed(basis(evaluation, "registry").pace, "-0.636")


def test_the_rate_of_decline_is_far_behind_in_2018_and_went_back_in_2017():
    falling = judged(DECLINE, 2018, share("2018", "446", "25953"))
    assert as_printed(falling.actual, "1.7185")
    assert as_printed(falling.expected, "1.004")
    assert as_printed(falling.pace, "0.0793")
    assert falling.rating is Rating.FAR_BEHIND
    before = judged(DECLINE, 2017, share("2017", "619", "26399"))
    assert as_printed(before.actual, "2.3448")
    assert before.rating is Rating.REGRESSED


def test_the_share_of_winter_visitors_is_behind():
    evaluation = judged(WINTER, 2017, share("FY2013", "62.8", "372.6"), share("FY2017", "71.2", "397.1"))
    assert as_printed(evaluation.actual, "17.93")
    assert as_printed(evaluation.expected, "18.76")
    assert as_printed(evaluation.pace, "0.5538")
    assert evaluation.rating is Rating.BEHIND


def test_the_share_of_overnight_visitors_is_achieved():
    evaluation = judged(OVERNIGHT, 2017, share("FY2017", "73.0", "397.1"))
    assert as_printed(evaluation.actual, "18.38")
    assert evaluation.rating is Rating.ACHIEVED


# The five nights


def years_of(indicator, as_of: date, *actuals: Actual) -> dict[int, Evaluation]:
    evaluations = judge_years(
        indicator,
        PLANS[indicator.plan],
        as_of,
        revision="2018-11-22",
        bands=BANDS,
        actuals=actuals,
        census=census_on(as_of),
        calendar=CALENDAR,
        condition=SourceCondition.WORKING,
    )
    return {evaluation.fiscal_year: evaluation for evaluation in evaluations}


def newest_year(evaluations: dict[int, Evaluation]) -> int | None:
    newest = newest_rated(evaluations.values())
    return None if newest is None else newest.fiscal_year


def test_2018_11_22_rates_fy2017_as_the_newest_and_the_running_year_not_at_all():
    night = date(2018, 11, 22)
    movers = years_of(MOVERS, night, *(measured(f"FY{year}", "5") for year in (2015, 2016, 2017, 2018)))
    trade = years_of(TRADE, night, measured("2017", "5910"), measured("2018", "5500"))
    total = years_of(TOTAL_2020, night, *registry_until("2018-01-01"))
    assert [newest_year(years) for years in (movers, trade, total)] == [2017, 2017, 2017]
    assert total[2017].period == "2018-01-01"
    assert trade[2018].rating is Rating.NOT_RATED
    assert max(movers) == 2018
    assert movers[2018].data_state is DataState.NOT_YET_PUBLISHED


def test_2018_11_22_rates_this_autumns_survey_as_soon_as_it_is_recorded():
    survey = years_of(CONTENT, date(2018, 11, 22), measured("FY2018", "21.0", n=600))
    assert newest_year(survey) == 2018
    assert survey[2018].data_state is DataState.AVAILABLE
    assert survey[2018].sample_size == 600


def test_2018_11_22_has_no_new_fertility_rate_and_none_is_missing():
    years = years_of(FERTILITY, date(2018, 11, 22), measured("2008/2012", "1.37"))
    assert newest_year(years) is None
    assert {evaluation.data_state for evaluation in years.values()} == {DataState.NOT_YET_PUBLISHED}


def test_2019_08_10_has_achieved_donations_and_a_registry_of_fy2018():
    night = date(2019, 8, 10)
    assert years_of(DONATIONS, night, *DONATED)[2018].rating is Rating.ACHIEVED
    assert years_of(TOTAL_2020, night, *registry_until("2019-01-01"))[2018].period == "2019-01-01"
    assert years_of(DECLINE, night, share("2018", "446", "25953"))[2018].rating is Rating.FAR_BEHIND


def test_2020_04_01_finds_fy2019_over_without_a_figure_and_closing():
    night = date(2020, 4, 1)
    delivery = years_of(DELIVERY, night, measured("FY2018", "0"))
    assert (delivery[2018].rating, delivery[2019].rating) == (Rating.IN_PROGRESS, Rating.NOT_RATED)
    assert delivery[2019].closing
    donations = years_of(DONATIONS, night, *DONATED)
    assert newest_year(donations) == 2018
    assert donations[2019].rating is Rating.NOT_RATED
    assert years_of(TRADE, date(2020, 1, 1), measured("2019", "5000"))[2019].rating is Rating.ACHIEVED


def test_2021_08_05_judges_the_target_date_by_interpolation_until_the_census_is_known():
    years = years_of(TOTAL_2020, date(2021, 8, 5), *REGISTRY)
    evaluation = years[2020]
    gone, span = (CENSUS_2020 - date(2020, 1, 1)).days, (date(2021, 1, 1) - date(2020, 1, 1)).days
    expected = 25457 + Decimal(24858 - 25457) * gone / span
    assert evaluation.period == "2020-10-01"
    assert as_printed(basis(evaluation, "registry").actual - expected, "0.000000")
    assert evaluation.data_state is DataState.AVAILABLE
    assert max(years) == 2020
    for later in (TOTAL_2025, TOTAL_2060):
        assert years_of(later, date(2021, 8, 5), *REGISTRY)[2020].period == "2021-01-01"


def test_2026_11_23_leaves_only_the_rows_of_2060_alive():
    night = date(2026, 11, 23)
    assert max(years_of(MOVERS, night, measured("FY2019", "5"))) == 2019
    p2025 = years_of(TOTAL_2025, night, *REGISTRY, measured("2025-01-01", "22500"), measured("2026-01-01", "22000"))
    assert max(p2025) == 2025
    assert p2025[2025].closing
    assert p2025[2025].period == "2025-10-01"
    p2060 = years_of(TOTAL_2060, night, *REGISTRY, measured("2026-01-01", "22000"))
    assert max(p2060) == 2026
    assert not any(evaluation.closing for evaluation in p2060.values())


def test_the_newest_ended_year_is_the_one_whose_figure_could_be_there():
    night = date(2018, 11, 22)
    for indicator, figures, ended in (
        (MOVERS, (), 2017),
        (TRADE, (), 2017),
        (TOTAL_2020, (), 2017),
        (CONTENT, (), 2017),
        (CONTENT, (measured("FY2018", "21.0"),), 2018),
    ):
        newest = newest_ended(indicator, years_of(indicator, night, *figures).values(), night)
        assert newest is not None
        assert newest.fiscal_year == ended
    january = date(2019, 1, 1)
    assert newest_ended(TRADE, years_of(TRADE, january).values(), january).fiscal_year == 2018
    assert newest_ended(MOVERS, [], january) is None


# Floors between the examples


def test_a_target_date_with_one_neighbour_only_is_awaited():
    years = years_of(TOTAL_2020, date(2021, 5, 1), *registry_until("2020-01-01"))
    assert years[2020].rating is Rating.NOT_RATED
    assert years[2020].data_state is DataState.AWAITED
    assert newest_year(years) == 2019


def test_a_target_date_is_not_judged_on_the_day_itself():
    census = (*census_on(CENSUS_2020), census_count(CENSUS_2020, "youth", 2300))
    evaluations = judge_years(
        YOUTH_2020,
        PLANS[YOUTH_2020.plan],
        CENSUS_2020,
        revision="2018-11-22",
        bands=BANDS,
        actuals=(),
        census=census,
        calendar=CALENDAR,
        condition=SourceCondition.WORKING,
    )
    assert evaluations[-1].data_state is DataState.NOT_YET_PUBLISHED
    assert evaluations[-1].rating is Rating.NOT_RATED


def test_a_figure_as_of_a_date_is_judged_from_the_day_after():
    actual = measured("2018-01-01", "2317")
    assert judged(YOUNG_WOMEN, 2017, actual, as_of=date(2018, 1, 1)).rating is Rating.NOT_RATED
    assert judged(YOUNG_WOMEN, 2017, actual, as_of=date(2018, 1, 2)).rating is Rating.REGRESSED


def test_a_census_supersedes_the_interpolation_only_from_the_day_it_is_known():
    before = judged(TOTAL_2020, 2020, *REGISTRY, as_of=date(2021, 11, 29))
    after = judged(TOTAL_2020, 2020, *REGISTRY, as_of=date(2021, 11, 30))
    assert (before.basis, after.basis) == ("registry", "census")


@pytest.mark.parametrize(
    ("day", "rated"), [("2015-09-30", False), ("2015-12-31", False), ("2016-03-29", False), ("2016-03-30", True)]
)
def test_nothing_is_rated_for_180_days_after_the_lines_part(day, rated):
    evaluation = judged(TOTAL_2020, 2015, measured(day, "27000"), as_of=date(2016, 10, 25))
    assert evaluation.rating.rated is rated
    assert evaluation.actual == 27000


def test_a_year_after_the_target_date_has_no_lines_and_no_rating():
    evaluation = judged(TOTAL_2020, 2021, *REGISTRY, measured("2022-01-01", "24231"))
    assert (evaluation.rating, evaluation.expected, evaluation.do_nothing) == (Rating.NOT_RATED, None, None)
    assert "対象年度" in evaluation.reason


def test_a_floor_is_achieved_on_its_target_date_only():
    high = tuple(measured(day, "30000") for day in ("2018-01-01", "2020-01-01", "2021-01-01"))
    assert judged(TOTAL_2020, 2019, *high, as_of=date(2021, 8, 5)).rating is Rating.ON_TRACK
    assert judged(TOTAL_2020, 2020, *high, as_of=date(2021, 8, 5)).rating is Rating.ACHIEVED


def test_a_share_meets_its_floor_at_the_stated_decimals():
    row_2020 = replace(YOUNG_SHARE, target=Decimal("10.283"))
    around = [share("2020-10-01", "1025", "10000")]  # 10.25 is stated as 10.3
    assert judged(row_2020, 2020, *around, as_of=date(2021, 8, 5)).rating is Rating.ACHIEVED
    below = [share("2020-10-01", "10249", "100000")]
    assert judged(row_2020, 2020, *below, as_of=date(2021, 8, 5)).rating is not Rating.ACHIEVED


def test_the_last_census_is_the_last_before_the_judged_date():
    late = judged(TOTAL_2060, 2017, *REGISTRY, as_of=date(2023, 6, 1))
    early = judged(TOTAL_2060, 2017, *REGISTRY, as_of=date(2021, 8, 5))
    assert late.bases == early.bases
    after = judged(TOTAL_2060, 2020, *REGISTRY, as_of=date(2023, 6, 1))
    assert as_printed(basis(after, "census_equivalent").actual, "24485.4")  # 24,636 + (24,858 - 25,008.6)


def test_a_census_without_a_registry_figure_before_it_cannot_be_moved_on():
    evaluation = judged(TOTAL_2060, 2017, measured("2018-01-01", "26399"), as_of=date(2018, 11, 22))
    assert [one.basis for one in evaluation.bases] == ["registry"]
    assert "前後の住民基本台帳" in evaluation.reason


def test_a_floor_without_a_registry_figure_is_judged_at_a_census_of_its_year():
    evaluation = judged(TOTAL_2060, 2020, as_of=date(2021, 11, 30))
    assert (evaluation.period, evaluation.basis) == ("2020-10-01", "census")


def test_an_outlook_is_shown_with_its_lines_and_never_judged():
    elderly = (measured("2015-01-01", "8300"), measured("2016-01-01", "8350"), measured("2018-01-01", "8591"))
    evaluation = judged(ELDERLY_2020, 2017, *elderly, as_of=date(2018, 11, 22))
    assert evaluation.rating is Rating.NOT_RATED
    assert evaluation.actual == 8591
    assert evaluation.expected is not None
    assert evaluation.pace is None
    assert {one.rating for one in evaluation.bases} == {Rating.NOT_RATED}


def test_one_indicator_under_two_goals_comes_out_the_same_under_both_ids():
    actual = measured("2018-01-01", "2317")
    first, second = judged(YOUNG_WOMEN, 2017, actual), judged(YOUNG_WOMEN_AGAIN, 2017, actual)
    assert (second.indicator, second.same_as) == ("g3-n3", "g2-n1")
    assert first.as_json() | {"indicator": "g3-n3", "name": second.name, "same_as": "g2-n1"} == second.as_json()


# Sums, first actuals, milestones, quotas


def test_a_sum_with_a_missing_year_is_rated_only_if_it_is_enough_already():
    low = judged(MOVERS, 2016, measured("FY2016", "4"))
    assert (low.rating, low.actual, low.pace, low.need_per_year) == (Rating.NOT_RATED, 4, None, None)
    assert "平成27年度" in low.reason
    assert judged(MOVERS, 2016, measured("FY2016", "10")).rating is Rating.ON_TRACK
    assert judged(MOVERS, 2016, measured("FY2016", "25")).rating is Rating.ACHIEVED


def test_a_year_without_its_own_figure_is_not_rated_though_the_years_before_were_enough():
    evaluation = judged(MOVERS, 2017, measured("FY2015", "30"), measured("FY2016", "30"))
    assert (evaluation.rating, evaluation.reason) == (Rating.NOT_RATED, "実績値がない")


def test_a_whole_sum_of_which_nothing_is_due_is_not_rated_without_a_figure():
    assert judged(SCHOOLS, 2015).rating is Rating.NOT_RATED


def test_a_sum_with_a_negative_year_is_not_rated():
    evaluation = judged(MOVERS, 2016, measured("FY2015", "-1"), measured("FY2016", "40"))
    assert evaluation.rating is Rating.NOT_RATED
    assert "負の値" in evaluation.reason


def test_the_first_actual_is_the_base_and_not_rated_itself():
    known = (measured("FY2016", "9"), measured("FY2018", "3"))
    first, later = judged(SEASONAL_WAITING, 2016, *known), judged(SEASONAL_WAITING, 2018, *known)
    assert (first.rating, first.actual, first.baseline) == (Rating.NOT_RATED, 9, 9)
    assert (later.baseline, later.expected, later.pace) == (9, 3, 1)  # 9 - 9 × 2/3
    assert later.rating is Rating.ON_TRACK
    assert later.need_per_year == -3


def test_an_earlier_first_actual_that_arrives_late_changes_the_base():
    known = (measured("FY2016", "9"), measured("FY2018", "3"))
    later = judged(SEASONAL_WAITING, 2018, measured("FY2015", "4"), *known)
    assert (later.baseline, later.expected) == (4, 1)
    assert later.rating is Rating.FAR_BEHIND


def test_a_first_actual_from_before_the_edition_is_no_base():
    evaluation = judged(SEASONAL_WAITING, 2015, measured("FY2014", "9"), measured("FY2015", "4"))
    assert (evaluation.rating, evaluation.baseline) == (Rating.NOT_RATED, 4)


@pytest.mark.parametrize(
    ("indicator", "base", "later", "year", "rating"),
    [
        (SEASONAL_WAITING, "0", "0", 2016, Rating.ON_TRACK),
        (SEASONAL_WAITING, "0", "1", 2016, Rating.REGRESSED),
        (SEASONAL_WAITING, "0", "0", 2019, Rating.ACHIEVED),
        (MATERNITY_LEAVE, "99.96", "99.95", 2016, Rating.ON_TRACK),
        (MATERNITY_LEAVE, "100", "99.94", 2016, Rating.REGRESSED),
    ],
)
def test_a_first_actual_that_meets_the_target_is_to_be_kept(indicator, base, later, year, rating):
    evaluation = judged(indicator, year, measured("FY2015", base), measured(f"FY{year}", later))
    assert evaluation.rating is rating
    assert (evaluation.pace, evaluation.need_per_year, evaluation.gap_closed) == (None, None, None)


def test_a_milestone_is_in_progress_until_its_last_year():
    assert judged(DELIVERY, 2018, measured("FY2018", "0")).rating is Rating.IN_PROGRESS
    assert judged(DELIVERY, 2019, measured("FY2019", "0")).rating is Rating.FAR_BEHIND
    assert judged(DELIVERY, 2016, measured("FY2016", "1")).rating is Rating.ACHIEVED


def test_a_quota_is_due_every_year_and_has_no_need_per_year():
    met, short = (
        judged(CHILDREN, 2016, measured("FY2016", "46000")),
        judged(CHILDREN, 2017, measured("FY2017", "41400")),
    )
    assert (met.rating, met.pace) == (Rating.ACHIEVED, 1)
    assert (short.rating, short.pace, short.need_per_year) == (Rating.MOSTLY_ON_TRACK, Decimal("0.9"), None)
    assert (short.gap_closed, short.expected) == (None, 46000)


def test_a_whole_level_of_which_nothing_is_due_must_only_not_move_away():
    certified = row("g2-a5-1", Shape.LEVEL, "2", baseline="1", whole=True)
    ratings = {value: judged(certified, 2015, measured("FY2015", value)).rating for value in ("0", "1", "2")}
    assert ratings == {"0": Rating.REGRESSED, "1": Rating.ON_TRACK, "2": Rating.ACHIEVED}
    falling = row("x", Shape.LEVEL, "1", baseline="2", whole=True, direction=Direction.DOWN)
    ratings = {value: judged(falling, 2015, measured("FY2015", value)).rating for value in ("3", "2", "1")}
    assert ratings == {"3": Rating.REGRESSED, "2": Rating.ON_TRACK, "1": Rating.ACHIEVED}


def test_a_share_meets_its_target_when_it_would_be_printed_so():
    assert judged(WINTER, 2016, measured("FY2016", "19.95")).rating is Rating.ACHIEVED
    nearly = judged(WINTER, 2018, measured("FY2018", "19.9499"))
    assert nearly.rating is Rating.ON_TRACK
    assert judged(WINTER, 2018, measured("FY2018", "19.95")).need_per_year == 0


def test_the_need_per_year_is_rounded_so_that_it_really_reaches_the_target():
    assert judged(WINTER, 2017, measured("FY2017", "17.93")).need_per_year == Decimal("1.1")  # 2.07 in two years
    assert judged(WINTER, 2019, measured("FY2019", "17.93")).need_per_year is None


def test_a_fiscal_year_is_judged_from_the_first_of_april():
    actual = measured("FY2017", "530")
    assert judged(SEASONAL, 2017, actual, as_of=date(2018, 3, 31)).rating is Rating.NOT_RATED
    assert judged(SEASONAL, 2017, actual, as_of=date(2018, 4, 1)).rating is Rating.BEHIND


def test_a_calendar_year_is_judged_from_the_first_of_january_though_a_return_calls_it_a_fiscal_year():
    for period in ("2017", "FY2017"):
        actual = measured(period, "5000")
        assert judged(TRADE, 2017, actual, as_of=date(2017, 12, 31)).rating is Rating.NOT_RATED
        assert judged(TRADE, 2017, actual, as_of=date(2018, 1, 1)).rating is Rating.ACHIEVED


def test_a_five_year_estimate_belongs_to_its_last_year_and_stays_the_newest_until_the_next():
    years = years_of(FERTILITY, date(2022, 1, 1), measured("2013/2017", "1.47"))
    assert {year for year, one in years.items() if one.rating.rated} == {2017}
    assert newest_year(years) == 2017
    assert years[2019].data_state is DataState.NOT_YET_PUBLISHED
    assert "5年ごとの推計" in years[2019].reason


def test_a_year_outside_the_row_is_not_rated():
    for year in (2014, 2020):
        evaluation = judged(SEASONAL, year, measured(f"FY{year}", "400"))
        assert (evaluation.rating, evaluation.expected, evaluation.closing) == (Rating.NOT_RATED, None, False)


def test_a_sum_is_no_more_final_than_its_least_final_year():
    parts = (measured("FY2015", "5"), measured("FY2016", "5", stage=Stage.PRELIMINARY))
    assert judged(MOVERS, 2016, *parts).stage is Stage.PRELIMINARY
    assert judged(MOVERS, 2015, *parts).stage is Stage.FINAL


def test_the_newest_stage_of_a_period_is_the_one_that_counts():
    twice = (measured("FY2017", "530"), measured("FY2017", "473", stage=Stage.PRELIMINARY))
    assert judged(SEASONAL, 2017, *twice).actual == 530


def test_another_table_of_bands_rates_the_same_figures_otherwise():
    strict = replace(BANDS, behind=Decimal("0.7"))
    figures = (measured("FY2015", "2"), measured("FY2016", "4"))
    assert judged(MOVERS, 2016, *figures, bands=strict).rating is Rating.FAR_BEHIND


@pytest.mark.parametrize(
    ("movers", "rating"),
    [
        ("10", Rating.ON_TRACK),
        ("9", Rating.MOSTLY_ON_TRACK),
        ("8", Rating.MOSTLY_ON_TRACK),
        ("7", Rating.BEHIND),
        ("5", Rating.BEHIND),
        ("4", Rating.FAR_BEHIND),
        ("0", Rating.FAR_BEHIND),
    ],
)
def test_a_pace_on_a_bound_has_the_better_rating(movers, rating):
    assert judged(MOVERS, 2016, measured("FY2015", "0"), measured("FY2016", movers)).rating is rating


def test_the_attainment_of_a_falling_indicator_divides_by_the_actual():
    assert judged(SEASONAL, 2017, measured("FY2017", "550")).attainment == Decimal("0.86")
    assert judged(SEASONAL, 2017, measured("FY2017", "0")).attainment is None


def test_the_formula_names_the_rule_with_its_numbers():
    formula = judged(SEASONAL, 2017, measured("FY2017", "530")).formula
    assert formula.splitlines() == [
        "目安値 E = 580 + (473 - 580) × 3/5 = 515.8、整数に切り上げて 516",
        "進捗率 p = (530 - 580) ÷ (516 - 580) = 0.7813",
        "実績値 530 は目標値 473 を満たさない → 遅れ",
    ]
    formula = judged(TOTAL_2020, 2017, *registry_until("2018-01-01"), as_of=date(2018, 11, 22)).formula
    assert "参考（国勢調査換算）: A = 26,917 + (26,399 - 27,735.1151) = 25,580.8849" in formula
    formula.encode("cp932")  # a Windows console can show it


def test_all_years_at_once_come_out_as_each_year_alone():
    night = date(2021, 8, 5)
    for indicator, figures in (
        (TOTAL_2025, REGISTRY),
        (MOVERS, tuple(measured(f"FY{year}", "6") for year in range(2015, 2020))),
        (DECLINE, (share("2017", "619", "26399"), share("2018", "446", "25953"))),
    ):
        for year, one in years_of(indicator, night, *figures).items():
            alone = judged(indicator, year, *figures, as_of=night)
            assert replace(one, data_state=DataState.AVAILABLE) == alone


def test_the_decimal_context_of_the_caller_changes_nothing():
    wide = judged(YOUNG_SHARE, 2017, *YOUNG, as_of=date(2018, 11, 22))
    with localcontext(prec=6):
        assert judged(YOUNG_SHARE, 2017, *YOUNG, as_of=date(2018, 11, 22)) == wide


def test_a_share_without_its_two_sides_is_a_fault_of_the_caller():
    with pytest.raises(ValueError, match="numerator and denominator"):
        judged(YOUNG_SHARE, 2017, measured("2018-01-01", "10.58"), as_of=date(2018, 11, 22))


def test_the_evaluation_names_every_figure_that_entered_once():
    evaluation = judged(TOTAL_2020, 2017, *registry_until("2018-01-01"), as_of=date(2018, 11, 22))
    assert [(figure.series, figure.period) for figure in evaluation.figures] == [
        ("return.test", "2018-01-01"),
        ("return.test", "2015-01-01"),
        ("return.test", "2016-01-01"),
        ("census.population", "2015-10-01"),
    ]
