"""Returns as a flat file: all or nothing, and every fault with its line and column."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from nemuro_etl.catalog import load_catalog
from nemuro_etl.errors import Exit, ReturnRefused
from nemuro_etl.model.figure import READING_COLUMNS, Stage
from nemuro_etl.returns.flat import read_returns, returns_frame

ROOT = Path(__file__).resolve().parents[2]
EDITION = load_catalog(ROOT / "config").editions[0]
HEADER = "indicator,fiscal_year,value,numerator,denominator,n,stage,evidence,remark"
NIGHT = date(2018, 11, 22)


def read(*lines: str, header: str = HEADER, encoding: str = "utf-8"):
    return read_returns("\n".join([header, *lines, ""]).encode(encoding), "houkoku.csv", EDITION, NIGHT)


def refusal(*lines: str, header: str = HEADER, encoding: str = "utf-8") -> str:
    with pytest.raises(ReturnRefused) as refused:
        read(*lines, header=header, encoding=encoding)
    assert refused.value.exit is Exit.UNREADABLE
    assert "一件も取り込んでいません" in refused.value.kept
    assert "nemuro ingest returns houkoku.csv" in refused.value.remedy
    return refused.value.what


def test_a_value_is_taken_as_it_was_written():
    (row,) = read("g2-i1-1,2016,4,,,,,相談台帳,")
    assert (row.series, row.period, row.value, row.stage) == ("return.g2-i1-1", "FY2016", Decimal(4), Stage.FINAL)
    assert row.evidence == "相談台帳"


def test_a_survey_is_recorded_under_its_own_series_with_its_n():
    (row,) = read("g3-n2,2018,81.9,,,603,確報,,")
    assert (row.series, row.sample_size, row.stage) == ("survey.g3-n2", 603, Stage.CONFIRMED)


def test_numerator_and_denominator_give_the_value_in_the_unit():
    per_thousand, percent = read("g2-a1-2,2015,,622,27629,,,,", "g2-i2-3,2017,,73000,397100,,,,")
    assert per_thousand.value == Decimal("22.5125773643635")
    assert percent.value == Decimal("18.3832787710904")


def test_all_three_must_agree_at_the_stated_decimals():
    (row,) = read("g2-i2-3,2017,18.4,73000,397100,,,,")
    assert (row.numerator, row.denominator) == (73000, 397100)
    assert "値18.3と、分子・分母から計算した18.4%" in refusal("g2-i2-3,2017,18.3,73000,397100,,,,")


def test_a_calendar_year_is_handed_in_as_the_fiscal_year_of_the_same_number():
    (row,) = read("g2-a5-4,2017,5910,,,,,,")
    assert row.period == "2017"


def test_a_five_year_estimate_is_handed_in_as_its_last_year():
    (row,) = read("g1-n1,2017,1.41,,,,,,")
    assert row.period == "2013/2017"


def test_a_byte_order_mark_and_quoted_line_breaks_do_no_harm():
    first, second = read('g2-i1-1,2015,2,,,,,"台帳\n（2冊）",', "g2-i1-1,2016,4,,,,,,", encoding="utf-8-sig")
    assert (first.line, second.line) == (2, 4)


def test_every_fault_of_the_file_is_told_at_once():
    what = refusal("g2-i1-1,2016,4,,,,,,", "g9-x,2016,1,,,,,,", "g2-i1-2,H28,40,,,,,,", "g2-a2-2,2016,約4,,,,,,")
    assert "次の3か所に誤りがあります" in what
    assert "3行目 indicator: 「g9-x」" in what
    assert "4行目 fiscal_year: 「H28」" in what
    assert "5行目 value: 「約4」" in what


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("g2-i1-1,2016,４,,,,,,", "2行目 value: 「４」は数値ではありません。「4」のように"),
        ('g3-u1-2,2016,"880,000",,,,,,', "2行目 value: 「880,000」は数値ではありません。「880000」のように"),
        ("g2-i1-1,2016,,,,,,,", "2行目 value: 値も分子・分母もありません"),
        ("g2-i1-1,2016,-1,,,,,,", "2行目 value: -1は負の数です"),
        ("g2-i1-1,2016,nan,,,,,,", "2行目 value: 「nan」は数値ではありません"),
        ("g2-i1-1,2016,1e999999,,,,,,", "2行目 value: 「1e999999」は数値ではありません"),
        ("g2-i1-1,2016,1000000000000000000,,,,,,", "2行目 value: 「1000000000000000000」は桁数が多すぎます"),
        ("g2-i1-1,2016,1.2345678901234567,,,,,,", "2行目 value: 「1.2345678901234567」は桁数が多すぎます"),
        ("g2-a1-2,2016,,634,,,,,", "2行目 denominator: 分子と分母は両方"),
        ("g2-a1-2,2016,,634,0,,,,", "2行目 denominator: 分母が0です"),
        ("g2-i1-1,2019,4,,,,,,", "2行目 fiscal_year: 2019年度はまだ始まっていません"),
        ("g2-i1-1,2014,4,,,,,,", "2行目 fiscal_year: 2014年度はg2-i1-1の対象期間（2015年度〜2019年度）の外です"),
        ("g2-n1,2017,2317,,,,,,", "2行目 indicator: g2-n1（20歳から39歳の女性人口）は公表統計から計算する"),
        ("g2-n3,2017,2.3,,,,,,", "2行目 indicator: g2-n3（人口減少率）は公表統計から計算する"),
        ("g3-n2,2018,81.9,,,60.5,,,", "2行目 n: 「60.5」は回答数ではありません"),
        ("g2-i1-1,2016,4,,,,最終,,", "2行目 stage: 「最終」は使えません"),
        ("g2-i1-1,2016,4,,,,,", "2行目: 9列のところ8列あります"),
    ],
)
def test_what_is_wrong_is_named_with_its_line_and_column(line, told):
    assert told in refusal(line)


def test_the_same_indicator_and_year_twice_is_an_error():
    assert "3行目 indicator・fiscal_year: g2-i1-1の2016年度は2行目にもあります" in refusal(
        "g2-i1-1,2016,4,,,,,,", "g2-i1-1,2016,4,,,,,,"
    )


def test_a_header_that_differs_is_refused_with_what_is_missing_and_what_is_new():
    what = refusal("g2-i1-1,2016,4,,,,,,", header=HEADER.replace("value", "amount"))
    assert "1行目 見出し: 足りない列: value。余分な列: amount。" in what


def test_a_file_in_another_encoding_is_refused_with_the_line():
    assert "2行目: UTF-8ではない文字があります" in refusal("g2-i1-1,2016,4,,,,,台帳,", encoding="cp932")


def test_a_file_without_any_row_is_refused():
    assert "報告が一件もありません" in refusal()


def test_the_frame_is_what_every_loader_takes():
    frame = returns_frame(read("g2-i1-1,2016,4,,,,,,", "g2-a1-2,2015,,622,27629,,,,"), "01223", "根室市")
    assert tuple(frame.columns) == READING_COLUMNS
    assert frame["cell"].tolist() == ["line 2:value", "line 3:numerator"]
    assert frame["value"].tolist() == [Decimal(4), Decimal("22.5125773643635")]
