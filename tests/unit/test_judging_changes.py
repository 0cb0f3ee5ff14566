"""Why something came out differently, and whether a survey's result stands in spite of its margin."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from nemuro_etl.judging import cause_of, margin_of_error, rating_with_margin
from nemuro_etl.model.alert import Cause, ChangeKind, Told
from nemuro_etl.model.evaluation import Evaluation, Rating
from tests.unit.judging_rows import BANDS, CONTENT, MATERNITY_LEAVE, STAYS, judged, measured

NOW = judged(STAYS, 2017, measured("FY2017", "929"))


def told(now: Evaluation, **changes: object) -> Told:
    same = Told(
        edition="nemuro-2015",
        indicator=now.indicator,
        fiscal_year=now.fiscal_year,
        kind=ChangeKind.OPENED,
        rating=now.rating,
        actual=now.actual,
        target=now.target,
        period=now.period,
        bands=BANDS.since.isoformat(),
        as_of=date(2018, 11, 22),
    )
    return replace(same, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "cause"),
    [
        ({"fiscal_year": 2016, "period": "FY2016", "actual": Decimal(2194)}, Cause.NEW_FIGURE),
        ({"actual": Decimal(930)}, Cause.REVISED_FIGURE),
        ({"target": Decimal(1500)}, Cause.REVISED_TARGET),
        ({"bands": "2015-01-01", "rating": Rating.FAR_BEHIND}, Cause.CHANGED_BANDS),
        ({"rating": Rating.FAR_BEHIND}, Cause.REVISED_FIGURE),
        ({"rating": Rating.FAR_BEHIND, "as_of": date(2018, 11, 21)}, Cause.REVISED_TARGET),
        ({"actual": Decimal("929.0000")}, Cause.PASSAGE_OF_TIME),
        ({"actual": None}, Cause.REVISED_FIGURE),
    ],
)
def test_the_cause_of_a_change_is_the_first_that_holds(before, cause):
    assert cause_of(told(NOW, **before), NOW, BANDS.since) is cause


def test_a_quotient_told_with_fewer_digits_is_not_a_revised_figure():
    now = replace(NOW, actual=Decimal(446) * 100 / 25953)
    stored = Decimal(repr(float(now.actual)))
    assert cause_of(told(now, actual=stored), now, BANDS.since) is Cause.PASSAGE_OF_TIME


@pytest.mark.parametrize(("n", "points"), [(500, "4.38"), (1430, "2.59")])
def test_the_margin_equals_the_tables_that_cities_print(n, points):
    assert round(margin_of_error(Decimal(50), n), 2) == Decimal(points)


@pytest.mark.parametrize("percent", ["0", "100", "101"])
def test_nobody_and_everybody_have_no_margin(percent):
    assert margin_of_error(Decimal(percent), 500) == 0


def test_a_survey_of_nobody_is_refused():
    with pytest.raises(ValueError, match="0 answers"):
        margin_of_error(Decimal(50), 0)


def test_a_survey_just_short_of_the_line_stands_only_outside_its_margin():
    figure = {n: judged(CONTENT, 2017, measured("FY2017", "18.0", n=n)) for n in (500, 20_000)}
    assert {one.rating for one in figure.values()} == {Rating.BEHIND}  # p 0.77; 18.4 would be 0.8
    assert rating_with_margin(figure[500], CONTENT, BANDS) is Rating.ON_TRACK
    assert rating_with_margin(figure[20_000], CONTENT, BANDS) is Rating.MOSTLY_ON_TRACK
    worse = judged(CONTENT, 2017, measured("FY2017", "11.0", n=500))
    assert rating_with_margin(worse, CONTENT, BANDS) is Rating.FAR_BEHIND


def test_without_the_number_of_answers_no_margin_is_applied():
    unknown = judged(CONTENT, 2017, measured("FY2017", "18.0"))
    assert rating_with_margin(unknown, CONTENT, BANDS) is unknown.rating
    counted = judged(STAYS, 2017, measured("FY2017", "900", n=500))
    assert rating_with_margin(counted, STAYS, BANDS) is counted.rating


def test_a_share_to_be_kept_is_kept_within_its_margin():
    broken = judged(MATERNITY_LEAVE, 2017, measured("FY2015", "100"), measured("FY2017", "99.0", n=2000))
    assert broken.rating is Rating.REGRESSED
    assert rating_with_margin(broken, MATERNITY_LEAVE, BANDS) is Rating.REGRESSED  # 99.0 + 0.4
    few = judged(MATERNITY_LEAVE, 2017, measured("FY2015", "100"), measured("FY2017", "99.0", n=100))
    assert rating_with_margin(few, MATERNITY_LEAVE, BANDS) is Rating.ON_TRACK
