"""What a person types into a cell: understood where it is beyond doubt, else refused with what to write."""

from datetime import date, datetime
from decimal import Decimal

import pytest

from nemuro_etl.returns.cells import Unclear, day_of, number_of, text_of, whole_of


@pytest.mark.parametrize(
    ("typed", "unit", "number"),
    [
        (4, "人", "4"),
        (4.0, "人", "4"),
        (81.9, "%", "81.9"),
        (0.1 + 0.2, "%", "0.3"),
        ("４", "人", "4"),
        (" 4　", "人", "4"),
        ("1,250,000", "千円", "1250000"),
        ("１，２５０，０００", "千円", "1250000"),
        ("1,250,000千円", "千円", "1250000"),
        ("4 人", "人", "4"),
        ("８１．９％", "%", "81.9"),
        ("22.5人/千人", "人/千人", "22.5"),
        ("22.5人／千人", "人/千人", "22.5"),
        ("1.45", "", "1.45"),
        (0, "人", "0"),
    ],
)
def test_a_number_is_understood(typed: object, unit: str, number: str) -> None:
    assert number_of(typed, unit) == Decimal(number)


def test_a_cell_that_shows_percent_holds_a_hundredth_of_what_is_seen() -> None:
    assert number_of(0.819, "%", percent_format=True) == Decimal("81.9")
    with pytest.raises(Unclear, match="％の表示"):
        number_of(0.819, "人", percent_format=True)


@pytest.mark.parametrize("blank", [None, "", "　", "  "])
def test_a_blank_is_no_number(blank: object) -> None:
    assert number_of(blank, "人") is None


@pytest.mark.parametrize(
    ("typed", "unit", "told"),
    [
        ("約50", "人", "「約50」は確かな数値ではありません"),
        ("50程度", "人", "「50程度」は確かな数値ではありません"),
        ("-", "人", "「-」は数値ではありません。0であれば0を"),
        ("－", "人", "「－」は数値ではありません。0であれば0を"),
        ("なし", "人", "「なし」は数値ではありません。0であれば0を"),
        ("△5", "人", "「△5」は負の数です"),
        ("-5人", "人", "「-5人」は負の数です"),
        (-5, "人", "「-5」は負の数です"),
        ("12,34", "人", "「12,34」は数値ではありません"),
        ("四", "人", "「四」は数値ではありません"),
        ("4人（見込み）", "人", "「4人（見込み）」は数値ではありません"),
        ("1250000000円", "千円", "単位は円ですが、この指標の単位は千円です"),
        ("12.5億円", "千円", "単位は億円ですが、この指標の単位は千円です"),
        ("4件", "人", "単位は件ですが、この指標の単位は人です"),
        (True, "人", "「True」は数値ではありません"),
        (datetime.fromisoformat("2019-07-03"), "人", "日付になっています"),
        ("1e5", "人", "「1e5」は数値ではありません"),
        (10**15, "人", "桁数が多すぎます"),
        ("1.2345678901234567", "", "桁数が多すぎます"),
    ],
)
def test_what_is_no_number_is_refused_in_words(typed: object, unit: str, told: str) -> None:
    with pytest.raises(Unclear) as refused:
        number_of(typed, unit)
    assert told in str(refused.value)


def test_a_number_of_answers_is_whole() -> None:
    assert whole_of("５７４人", "回答数", "人") == 574
    for typed in (60.5, 0, "574.5"):
        with pytest.raises(Unclear, match="回答数ではありません。1以上の整数"):
            whole_of(typed, "回答数", "人")


@pytest.mark.parametrize(
    "typed",
    [
        datetime.fromisoformat("2019-07-03"),
        date(2019, 7, 3),
        "2019/7/3",
        "2019-07-03",
        "2019.7.3",
        "2019年7月3日",
        "20190703",
        "２０１９／７／３",
        "令和元年7月3日",
        "令和1年7月3日",
        "R1.7.3",
        "r1/7/3",
        "令和元.7.3",
        "平成31年7月3日",
        "H31.7.3",
        " 令和元年　７月３日 ",
    ],
)
def test_a_day_is_understood_in_every_form_that_officials_write(typed: object) -> None:
    assert day_of(typed) == date(2019, 7, 3)


@pytest.mark.parametrize("typed", ["2019", "7月3日", "2019/2/30", "令和元年13月1日", "昨日", 43647])
def test_what_is_no_day_is_refused_in_words(typed: object) -> None:
    with pytest.raises(Unclear, match="は日付ではありません。2019/7/5、令和元年7月5日のように"):
        day_of(typed)


def test_a_text_loses_only_what_cannot_be_seen_at_its_ends() -> None:
    assert text_of("　台帳 第2号　") == "台帳 第2号"
    assert text_of(12.0) == "12"
    assert text_of(None) == ""
