"""How a report puts numbers, days and references into words, and how it draws."""

from datetime import date
from decimal import Decimal

import pytest

from nemuro_etl.model.evaluation import RATING_LABELS, Rating
from nemuro_etl.model.wording import day_text, digits_for, unit_text
from nemuro_etl.report.charts import draw_ratings
from nemuro_etl.report.dashboard import MARKS
from nemuro_etl.report.numbers import number, pace, percent, short_year
from nemuro_etl.report.reference import Reference


@pytest.mark.parametrize(
    ("value", "digits", "shown"),
    [("26399", 0, "26,399"), ("10.5801", 2, "10.58"), ("2.5", 0, "3"), ("-331", 0, "−331"), ("-0.2", 0, "0")],
)
def test_a_number_is_rounded_half_up_and_has_no_triangle(value: str, digits: int, shown: str) -> None:
    assert number(Decimal(value), digits) == shown


def test_nothing_is_a_dash_and_never_a_nought() -> None:
    assert {number(None, 0), pace(None), percent(None)} == {"―"}


def test_a_ratio_never_looks_better_than_it_is() -> None:
    assert pace(Decimal("0.7996")) == "0.79"
    assert pace(Decimal("-0.001")) == "−0.01"
    assert percent(Decimal("0.99999")) == "99.9％"
    assert percent(Decimal("1.1636")) == "116.3％"


def test_values_that_differ_look_different_with_at_most_two_decimals_more() -> None:
    assert digits_for(0, [(Decimal(17), Decimal(20), None)]) == 0
    assert digits_for(0, [(Decimal("22.5"), Decimal("22.6"))]) == 1
    assert digits_for(1, [(Decimal("10.58"), Decimal("10.59")), (Decimal(1), Decimal(2))]) == 2
    assert digits_for(1, [(Decimal("1.00001"), Decimal("1.00002"))]) == 3


def test_years_days_and_units_are_written_as_officials_write_them() -> None:
    assert (short_year(2015), short_year(2019), short_year(2060)) == ("H27", "H31", "R42")
    assert (day_text(date(2018, 11, 22)), day_text(date(2019, 8, 10))) == ("平成30年11月22日", "令和元年8月10日")
    assert (unit_text("%"), unit_text("人/千人")) == ("％", "人／千人")


def test_a_reference_is_read_back_from_its_code_and_an_indicator_is_none() -> None:
    reference = Reference("g2-i1-1", 2017, date(2018, 11, 22))
    assert str(reference) == "g2-i1-1@FY2017@2018-11-22"
    assert Reference.parse(str(reference)) == reference
    for text in ("g2-i1-1", "g2-i1-1@FY2017", "g2-i1-1@FY2017@2018-11-31", "g2-i1-1@FY2017@2018-11-22 "):
        assert Reference.parse(text) is None


def test_every_rating_has_a_mark_of_its_own() -> None:
    assert len({MARKS[rating] for rating in Rating}) == len(Rating) == len(RATING_LABELS)


def test_a_drawing_is_the_same_bytes_has_its_sentence_and_leaves_its_colours_to_the_page() -> None:
    counts = [("基本目標1", dict.fromkeys(Rating, 2)), ("人口", dict.fromkeys(Rating, 1))]
    drawn = draw_ratings(counts)
    assert drawn == draw_ratings(counts)
    assert drawn.startswith("<svg ")
    assert 'role="img" aria-label="判定の内訳の図。' in drawn
    assert "基本目標1</text>" in drawn
    assert "#" not in drawn
    assert 'fill="var(--regressed)"' in drawn
