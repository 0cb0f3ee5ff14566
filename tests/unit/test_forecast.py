"""The straight line through the rated years, and its interval."""

import math
from datetime import date
from decimal import Decimal

import pytest

from nemuro_etl.catalog.types import Shape
from nemuro_etl.judging import forecast, forecast_words
from nemuro_etl.judging.trend import _STUDENT_T
from tests.unit.judging_rows import (
    COMPREHENSIVE,
    DELIVERY,
    REGISTRY,
    STAYS,
    TOTAL_2025,
    WAITING,
    judged,
    measured,
    row,
)

LONG = row("x", Shape.LEVEL, "200", baseline="100", plan=COMPREHENSIVE)


def years(indicator, *values: str):
    figures = [measured(f"FY{2015 + place}", value) for place, value in enumerate(values)]
    return [judged(indicator, 2015 + place, *figures) for place in range(len(values))]


def test_four_points_on_a_line_go_on_in_it_without_any_width():
    told = forecast(years(LONG, "110", "120", "130", "140"), LONG)
    assert told is not None
    assert (told.fiscal_year, told.value, told.low, told.high) == (2025, 210, 210, 210)
    assert (told.points, told.confidence, told.basis) == (4, Decimal("0.8"), None)


def test_fewer_than_four_points_are_no_forecast():
    assert forecast(years(LONG, "110", "120", "130"), LONG) is None
    assert forecast([], LONG) is None


def test_the_interval_is_that_of_a_new_figure_by_least_squares():
    told = forecast(years(LONG, "110", "118", "133", "139", "152"), LONG)
    assert told is not None
    # y = 109.4 + 10.5 (x - 2015); residuals 0.6 -1.9 2.6 -1.9 0.6; s² = 14.7/3; x̄ = 2017, Sxx = 10
    half = 1.638 * math.sqrt(14.7 / 3 * (1 + 1 / 5 + 64 / 10))
    assert told.value == Decimal("214.4")
    assert float(told.high - told.value) == pytest.approx(half)
    assert told.high - told.value == told.value - told.low


def test_a_year_that_is_not_rated_is_no_point():
    gaps = years(LONG, "110", "120", "130", "140")
    gaps[2] = judged(LONG, 2017)
    assert forecast(gaps, LONG) is None


def test_once_the_target_year_is_rated_there_is_nothing_to_forecast():
    assert forecast(years(STAYS, "300", "400", "500", "600", "700"), STAYS) is None


@pytest.mark.parametrize("indicator", [WAITING, DELIVERY])
def test_things_kept_or_there_have_no_line(indicator):
    assert forecast(years(indicator, "0", "0", "0", "0"), indicator) is None


def test_a_floor_is_drawn_by_date_in_the_terms_of_its_deciding_basis():
    evaluations = [judged(TOTAL_2025, year, *REGISTRY, as_of=date(2021, 8, 5)) for year in range(2015, 2021)]
    told = forecast(evaluations, TOTAL_2025)
    assert told is not None
    assert (told.basis, told.points) == ("registry", 4)  # FY2016 has no registry figure here, FY2015 no rating
    assert told.low < told.value < told.high
    assert 22_000 < told.value < 23_500  # about 500 fewer a year


def test_the_quantiles_leave_a_tenth_above():
    for freedom, quantile in _STUDENT_T:
        constant = math.gamma((freedom + 1) / 2) / (math.sqrt(freedom * math.pi) * math.gamma(freedom / 2))
        steps, end = 2_000, float(quantile)
        width = end / steps
        density = [
            constant * (1 + (place * width) ** 2 / freedom) ** (-(freedom + 1) / 2) for place in range(steps + 1)
        ]
        inside = width * (sum(density) - (density[0] + density[-1]) / 2)
        assert inside == pytest.approx(0.4, abs=1e-4)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            ["110", "118", "133", "139", "152"],
            "令和7年度に 214人（80%の確からしさで 204 から 224 の間。判定した5か年を直線で延ばした場合）",
        ),
        (["110", "118"], "予測しない（判定した年度が2か年で、4か年に満たない）"),
        ([], "予測しない（判定した年度が0か年で、4か年に満たない）"),
    ],
)
def test_a_forecast_says_its_interval_or_why_there_is_none(values, words):
    assert forecast_words(years(LONG, *values), LONG) == words


def test_a_forecast_says_that_there_is_nothing_left_or_nothing_to_draw():
    assert "最終年度" in forecast_words(years(STAYS, "300", "400", "500", "600", "700"), STAYS)
    assert "直線で見通す指標ではない" in forecast_words(years(DELIVERY, "0", "0", "0", "0"), DELIVERY)
