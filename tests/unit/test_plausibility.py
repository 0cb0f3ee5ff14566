"""What a publisher's figures may be, and its known errors put right."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from nemuro_etl.catalog.types import Band, Correction, Plausibility, PlausibleException, Source
from nemuro_etl.errors import FigureImplausible
from nemuro_etl.model.figure import READING_COLUMNS
from nemuro_etl.sources.plausibility import check, correct
from tests.samples.public_source import public_source

REAL = PlausibleException("FY2015", "返礼品の開始")
AMOUNT = Plausibility("furusato.amount", None, Band(Decimal(0), Decimal(10**12)), Band(Decimal("0.2"), Decimal(5)), ())
MISPRINT = Correction("furusato.amount", "01223", "FY2016", "", Decimal(370), Decimal(307), "公表資料の誤植（正誤表）")


def source(*rules: Plausibility, corrections: tuple[Correction, ...] = ()) -> Source:
    return replace(public_source("furusato"), plausibility=rules, corrections=corrections)


def frame(*figures: tuple[str, str, Any]) -> pd.DataFrame:
    """One row for each (area, period, value)."""
    rows = [
        ("furusato.amount", area, area, "municipality", period, "", value, "円", "確報", 1, "集計", f"E{number}")
        for number, (area, period, value) in enumerate(figures, 30)
    ]
    return pd.DataFrame(rows, columns=list(READING_COLUMNS))


def checked(
    given: pd.DataFrame, *rules: Plausibility, known: Mapping[tuple[str, str, str], Decimal] | None = None
) -> pd.DataFrame:
    (one,) = check(source(*rules), "H28_gain.xlsx", [given], "01223", known or {})
    return one


def test_a_figure_outside_its_range_is_refused_with_its_cell_and_what_to_do() -> None:
    with pytest.raises(FigureImplausible) as refused:
        checked(frame(("01100", "FY2016", 5), ("01223", "FY2016", -1)), AMOUNT)
    fault = refused.value
    assert fault.what == "H28_gain.xlsx: 集計!E31: furusato.amount 01223 FY2016 is -1"
    assert fault.expected == "expected 0 to 1000000000000"
    assert "config/sources/furusato.yml" in fault.remedy
    assert "nemuro collect furusato" in fault.remedy


@pytest.mark.parametrize("value", [Decimal("-0.5"), Decimal(10**12 + 1)])
def test_decimals_have_a_range_too(value: Decimal) -> None:
    with pytest.raises(FigureImplausible, match="expected 0 to"):
        checked(frame(("01223", "FY2016", value)), AMOUNT)


def test_a_change_beyond_the_band_is_refused_against_the_year_before_in_the_file_or_the_warehouse() -> None:
    both = frame(("01223", "FY2014", 3260), ("01223", "FY2015", 1290102))
    with pytest.raises(FigureImplausible) as refused:
        checked(both, AMOUNT)
    assert "FY2015 is 1290102, 396 times the 3260 of FY2014" in refused.value.what
    assert "- {period: FY2015, reason: …}" in refused.value.remedy
    known = {("furusato.amount", "", "FY2014"): Decimal(3260)}
    with pytest.raises(FigureImplausible, match="396 times"):
        checked(frame(("01223", "FY2015", 1290102)), AMOUNT, known=known)


def test_a_real_jump_is_declared_with_its_reason_and_passes() -> None:
    both = frame(("01223", "FY2014", 3260), ("01223", "FY2015", 1290102))
    assert checked(both, replace(AMOUNT, exceptions=(REAL,))) is both


def test_other_towns_months_and_a_year_without_a_year_before_are_not_compared() -> None:
    others = frame(
        ("01100", "FY2014", 1),
        ("01100", "FY2015", 999),
        ("01223", "FY2015", 7),
        ("01223", "2015-04", 1),
        ("01223", "2016-04", 50),
    )
    assert checked(others, AMOUNT) is others


def test_after_a_zero_anything_may_come() -> None:
    both = frame(("01223", "FY2014", 0), ("01223", "FY2015", 1290102))
    assert checked(both, AMOUNT) is both


def corrected(given: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    remarks: list[str] = []
    (one,) = correct(source(corrections=(MISPRINT,)), "H28_gain.xlsx", [given], remarks)
    return one, remarks


@pytest.mark.parametrize("kind", [int, Decimal])
def test_a_known_error_is_put_right_and_told_with_its_reason(kind: type) -> None:
    given = frame(("01100", "FY2016", kind(370)), ("01223", "FY2016", kind(370)))
    one, remarks = corrected(given)
    assert one["value"].tolist() == [370, 307]
    assert one["value"].dtype == given["value"].dtype
    assert remarks == ["集計!E31: furusato.amount 01223 FY2016 is 370, taken as 307: 公表資料の誤植（正誤表）"]
    assert given["value"].tolist() == [370, 370]


def test_once_the_publisher_has_put_it_right_the_correction_says_so() -> None:
    one, (remark,) = corrected(frame(("01223", "FY2016", 307)))
    assert one["value"].tolist() == [307]
    assert "the publisher has put it right" in remark


def test_a_figure_that_is_neither_the_error_nor_what_it_should_be_is_refused() -> None:
    with pytest.raises(FigureImplausible, match="is 371") as refused:
        corrected(frame(("01223", "FY2016", 371)))
    assert refused.value.expected == "expected 370, the publisher's known error, or 307"


def test_a_file_without_the_figure_is_left_alone() -> None:
    given = frame(("01223", "FY2017", 400))
    one, remarks = corrected(given)
    assert one is given
    assert remarks == []
