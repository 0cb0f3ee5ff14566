"""What holds of judging whatever the numbers are."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Context, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nemuro_etl.catalog.types import Direction, Indicator, Shape
from nemuro_etl.judging import ratio_effects
from nemuro_etl.judging.bands import favour
from nemuro_etl.model.evaluation import Actual, Evaluation
from tests.unit.judging_rows import TOTAL, YOUNG_SHARE, floor, judged, measured, row, share

COUNTS = [300, pytest.param(10_000, marks=pytest.mark.long)]
AS_OF = date(2021, 8, 5)
WIDE = Context(prec=200)


def hold(examples: int, property_: Callable[..., None], **strategies: st.SearchStrategy[object]) -> None:
    settings(max_examples=examples, deadline=None, database=None)(given(**strategies)(property_))()


def numbers(places: int, low: int = -10_000, high: int = 10_000_000) -> st.SearchStrategy[Decimal]:
    return st.decimals(low, high, places=places, allow_nan=False, allow_infinity=False)


YEARS = st.integers(2015, 2019)


@st.composite
def levels(draw: st.DrawFn) -> Indicator:
    whole, decimals = draw(st.booleans()), draw(st.integers(0, 2))
    decimals = 0 if whole else decimals
    baseline, target = draw(st.tuples(numbers(decimals), numbers(decimals)).filter(lambda pair: pair[0] != pair[1]))
    return row("x", Shape.LEVEL, str(target), baseline=str(baseline), decimals=decimals, whole=whole)


@st.composite
def first_actual_levels(draw: st.DrawFn) -> Indicator:
    whole = draw(st.booleans())
    target = draw(numbers(0, -10, 200))
    direction = draw(st.sampled_from([Direction.UP, Direction.DOWN]))
    return row(
        "x",
        Shape.LEVEL,
        str(target),
        decimals=draw(st.integers(0, 1)),
        whole=whole,
        direction=direction,
        first_actual=True,
    )


@st.composite
def others(draw: st.DrawFn) -> Indicator:
    shape = draw(st.sampled_from([Shape.CUMULATIVE, Shape.QUOTA, Shape.MAINTAIN, Shape.MILESTONE]))
    low = 0 if shape is Shape.MAINTAIN else 1
    target = draw(numbers(0, low, 100_000))
    direction = Direction.HOLD if shape is Shape.MAINTAIN else Direction.UP
    return row("x", shape, str(target), baseline="0", whole=draw(st.booleans()), direction=direction)


ROWS = st.one_of(levels(), first_actual_levels(), others())
FIGURES = st.dictionaries(YEARS, numbers(3, 0, 200_000), min_size=1)


def evaluate(indicator: Indicator, year: int, figures: dict[int, Decimal]) -> Evaluation:
    return judged(indicator, year, *(measured(f"FY{known}", value) for known, value in figures.items()), as_of=AS_OF)


def better_is_more(indicator: Indicator) -> bool:
    if indicator.shape is Shape.LEVEL and indicator.baseline is not None:
        return indicator.target > indicator.baseline
    return indicator.direction is Direction.UP


@pytest.mark.parametrize("examples", COUNTS)
def test_an_improved_actual_never_worsens_a_rating(examples):
    def improved(indicator: Indicator, year: int, figures: dict[int, Decimal], gain: Decimal) -> None:
        if year not in figures:
            return
        before = evaluate(indicator, year, figures)
        after = evaluate(
            indicator, year, figures | {year: figures[year] + (gain if better_is_more(indicator) else -gain)}
        )
        if indicator.first_actual and year == min(figures):
            assert not after.rating.rated
        assert favour(after.rating) >= favour(before.rating)

    hold(examples, improved, indicator=ROWS, year=YEARS, figures=FIGURES, gain=numbers(3, 0, 50_000))


REGISTRY_DAYS = (
    "2014-01-01",
    "2015-01-01",
    "2016-01-01",
    "2017-01-01",
    "2018-01-01",
    "2019-01-01",
    "2020-01-01",
    "2021-01-01",
)
POPULATIONS = st.lists(st.integers(1, 60_000), min_size=len(REGISTRY_DAYS), max_size=len(REGISTRY_DAYS))
FLOORS = st.sampled_from(
    [floor("p2020-total", "total", TOTAL, 2020), YOUNG_SHARE, floor("p2060-total", "total", TOTAL, 2060)]
)


def evaluate_floor(indicator: Indicator, year: int, counts: list[int], missing: set[int]) -> Evaluation:
    actuals: list[Actual] = []
    for place, (day, count) in enumerate(zip(REGISTRY_DAYS, counts, strict=True)):
        if place not in missing:
            is_share = indicator.quantity == "youth-share"
            actuals.append(share(day, str(count), "60000") if is_share else measured(day, str(count)))
    return judged(indicator, year, *actuals, as_of=AS_OF)


@pytest.mark.parametrize("examples", COUNTS)
def test_a_larger_population_never_worsens_a_floor(examples):
    def larger(indicator: Indicator, year: int, counts: list[int], missing: set[int], gain: int) -> None:
        place = year - 2013  # 1 January of the next year; for the target date, both neighbours
        raised = [
            count + gain if at == place or (year == 2020 and at == place - 1) else count
            for at, count in enumerate(counts)
        ]
        before = evaluate_floor(indicator, year, counts, missing)
        after = evaluate_floor(indicator, year, raised, missing)
        assert favour(after.rating) >= favour(before.rating)

    hold(
        examples,
        larger,
        indicator=FLOORS,
        year=st.integers(2015, 2020),
        counts=POPULATIONS,
        missing=st.sets(st.integers(0, len(REGISTRY_DAYS) - 1), max_size=3),
        gain=st.integers(0, 20_000),
    )


@pytest.mark.parametrize("examples", COUNTS)
def test_the_need_in_every_year_left_reaches_the_target(examples):
    def reaches(indicator: Indicator, year: int, figures: dict[int, Decimal]) -> None:
        evaluation = evaluate(indicator, year, figures)
        need, actual, target = evaluation.need_per_year, evaluation.actual, evaluation.target
        if need is None:
            return
        assert actual is not None
        assert target is not None
        reached = WIDE.add(actual, WIDE.multiply(need, indicator.last_fiscal_year - year))
        if need > 0:
            assert actual < target <= reached
        elif need < 0:
            assert actual > target >= reached
        assert need == round(need, 0 if indicator.whole else indicator.decimals)

    hold(examples, reaches, indicator=ROWS, year=YEARS, figures=FIGURES)


def numbers_of(evaluation: Evaluation) -> list[Decimal]:
    fields = (
        "actual",
        "baseline",
        "target",
        "expected",
        "do_nothing",
        "pace",
        "attainment",
        "gap_closed",
        "need_per_year",
    )
    found = [getattr(evaluation, field) for field in fields]
    found += [number for one in evaluation.bases for number in (one.actual, one.pace)]
    return [number for number in found if number is not None]


@pytest.mark.parametrize("examples", COUNTS)
def test_no_number_is_ever_infinite_or_no_number(examples):
    def finite(indicator: Indicator, year: int, figures: dict[int, Decimal]) -> None:
        evaluation = evaluate(indicator, year, figures)
        assert all(number.is_finite() for number in numbers_of(evaluation))
        for text in evaluation.as_json().values():
            assert text not in ("NaN", "Infinity", "-Infinity")

    hold(examples, finite, indicator=ROWS, year=YEARS, figures=FIGURES)


@pytest.mark.parametrize("examples", COUNTS)
def test_no_number_of_a_floor_is_ever_infinite_or_no_number(examples):
    def finite(indicator: Indicator, year: int, counts: list[int], missing: set[int]) -> None:
        evaluation = evaluate_floor(indicator, year, counts, missing)
        assert all(number.is_finite() for number in numbers_of(evaluation))
        assert evaluation.rating.rated == (evaluation.pace is not None)

    hold(
        examples,
        finite,
        indicator=FLOORS,
        year=st.integers(2015, 2020),
        counts=POPULATIONS,
        missing=st.sets(st.integers(0, len(REGISTRY_DAYS) - 1)),
    )


@pytest.mark.parametrize("examples", COUNTS)
def test_the_expected_value_lies_between_baseline_and_target(examples):
    def between(indicator: Indicator, year: int, figures: dict[int, Decimal]) -> None:
        evaluation = evaluate(indicator, year, figures)
        if evaluation.expected is None or evaluation.baseline is None:
            return
        assert evaluation.target is not None
        low, high = sorted((evaluation.baseline, evaluation.target))
        if evaluation.need_per_year is not None:  # on its way, not something to be kept
            assert low <= evaluation.expected <= high
        if indicator.whole and indicator.shape is Shape.CUMULATIVE:
            assert evaluation.expected == int(evaluation.expected)

    hold(examples, between, indicator=ROWS, year=YEARS, figures=FIGURES)


@pytest.mark.parametrize("examples", COUNTS)
def test_the_effects_of_numerator_and_denominator_sum_exactly_to_the_change(examples):
    def sums(before: tuple[int, int], now: tuple[int, int], scale: str) -> None:
        old, new = (share("FY2017", str(top), str(below), scale) for top, below in (before, now))
        effects = ratio_effects(old, new)
        assert effects is not None
        assert WIDE.add(*effects) == WIDE.subtract(new.value, old.value)
        assert sum(effects) == new.value - old.value
        if before[0] == now[0]:
            assert effects[0] == 0

    sides = st.tuples(st.integers(1, 100_000), st.integers(1, 1_000_000))
    hold(examples, sums, before=sides, now=sides, scale=st.sampled_from(["1", "100", "1000"]))


def test_each_effect_is_taken_at_the_mean_of_the_other_side():
    before, now = share("FY2016", "6", "20"), share("FY2017", "9", "25")  # 30 % to 36 %
    assert ratio_effects(before, now) == (Decimal("13.5"), Decimal("-7.5"))
    assert ratio_effects(now, before) == (Decimal("-13.5"), Decimal("7.5"))


def test_a_company_ratio_that_rose_without_a_new_company_rose_by_its_denominator():
    before, now = share("FY2014", "729", "28050", "1000"), share("FY2019", "729", "26043", "1000")
    effects = ratio_effects(before, now)
    assert effects is not None
    assert effects[0] == 0
    assert effects[1] == now.value - before.value > 2
    unknown = replace(now, numerator=None)
    assert ratio_effects(before, unknown) is None
