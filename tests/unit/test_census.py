"""The census as e-Stat's API answers it: every shape of the envelope, or a refusal in the publisher's words."""

from collections.abc import Callable
from typing import Any

import pytest

from nemuro_etl.errors import Fault, FigureImplausible, FileUnreadable, LayoutChanged
from nemuro_etl.model.figure import READING_COLUMNS
from nemuro_etl.sources.frame import Reading
from nemuro_etl.sources.spec import find_faults
from tests.samples.make_census import NAME, answer, as_bytes
from tests.samples.make_registry import FOLDER
from tests.samples.public_source import public_source
from tests.samples.read_bytes import read


def reading_of(value: object) -> Reading:
    return read(public_source("census"), as_bytes(value), NAME)


def figures(reading: Reading) -> dict[tuple[str, str], int]:
    frame = reading.frame
    return dict(zip(zip(frame["area"], frame["dimensions"], strict=True), frame["value"], strict=True))


def statistics(value: dict[str, Any]) -> dict[str, Any]:
    return value["GET_STATS_DATA"]["STATISTICAL_DATA"]


def test_the_committed_sample_gives_every_area_by_sex_on_the_day_of_the_census() -> None:
    frame = read(public_source("census"), (FOLDER / "census" / NAME).read_bytes(), NAME).frame
    assert tuple(frame.columns) == READING_COLUMNS
    assert len(frame) == 6 * 3
    row = frame[(frame["area"] == "01") & (frame["dimensions"] == "age=all;sex=total")].iloc[0]
    found = [row[name] for name in ("series", "kind", "period", "value", "unit", "stage", "sheet", "cell")]
    assert found == ["census.population", "prefecture", "2020-10-01", 5224614, "人", "確定", "", "VALUE 2:$"]
    assert dict(zip(frame["area"], frame["kind"], strict=True)) == {
        "00": "country",
        "01": "prefecture",
        "01100": "designated_city",
        "01223": "municipality",
        "13": "prefecture",
        "13101": "municipality",
    }


def test_the_committed_sample_is_what_the_script_makes() -> None:
    assert (FOLDER / "census" / NAME).read_bytes() == as_bytes(answer())


def test_the_wards_of_tokyo_together_are_told_and_not_stored() -> None:
    assert reading_of(answer()).remarks == ("no municipalities, not stored: 特別区部",)


def test_one_value_one_class_and_one_note_are_objects() -> None:
    value = answer()
    data = statistics(value)
    data["DATA_INF"]["VALUE"] = data["DATA_INF"]["VALUE"][1]
    data["DATA_INF"]["NOTE"] = data["DATA_INF"]["NOTE"][0]
    data["RESULT_INF"] = {"TOTAL_NUMBER": 1, "FROM_NUMBER": 1, "TO_NUMBER": 1}
    assert figures(reading_of(value)) == {("01", "age=all;sex=total"): 5224614}


def test_status_may_be_a_text_and_the_unit_may_stand_in_the_class_alone() -> None:
    value = answer()
    value["GET_STATS_DATA"]["RESULT"]["STATUS"] = "0"
    for one in statistics(value)["DATA_INF"]["VALUE"]:
        del one["@unit"]
    assert figures(reading_of(value)) == figures(reading_of(answer()))


def test_a_mark_of_the_publisher_is_no_figure() -> None:
    value = answer()
    statistics(value)["DATA_INF"]["VALUE"][3]["$"] = "***"
    reading = reading_of(value)
    assert ("01223", "age=all;sex=total") not in figures(reading)
    assert figures(reading)["01223", "age=all;sex=male"] == 11800
    assert "1 values that the publisher marks as not there: no figures" in reading.remarks


def page(first: int, count: int) -> dict[str, Any]:
    """The sample's values from one on, as the API gives them when it is asked for so many at once."""
    value = answer()
    data = statistics(value)
    total = len(data["DATA_INF"]["VALUE"])
    data["DATA_INF"]["VALUE"] = data["DATA_INF"]["VALUE"][first - 1 : first - 1 + count]
    last = min(first + count - 1, total)
    data["RESULT_INF"] = {"TOTAL_NUMBER": total, "FROM_NUMBER": first, "TO_NUMBER": last}
    if last < total:
        data["RESULT_INF"]["NEXT_KEY"] = last + 1
    return value


def test_pages_say_together_what_one_answer_says_and_each_that_it_is_a_page() -> None:
    pages = [reading_of(page(first, 8)) for first in (1, 9, 17)]
    assert {key: value for one in pages for key, value in figures(one).items()} == figures(reading_of(answer()))
    assert "values 9–16 of 21: one page of a table in several answers" in pages[1].remarks
    assert "sums are checked only where all of their parts are on this page" in pages[2].remarks


def put(*path: Any, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(value: dict[str, Any]) -> None:
        place: Any = statistics(value)
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = to

    return change


def status(code: object, message: str) -> Callable[[dict[str, Any]], None]:
    def change(value: dict[str, Any]) -> None:
        value["GET_STATS_DATA"]["RESULT"] = {"STATUS": code, "ERROR_MSG": message}
        del value["GET_STATS_DATA"]["STATISTICAL_DATA"]

    return change


CLASS = ("CLASS_INF", "CLASS_OBJ")
VALUE = ("DATA_INF", "VALUE")


@pytest.mark.parametrize(
    ("change", "fault", "told"),
    [
        (status(100, "認証に失敗しました。"), FileUnreadable, "STATUS 100: 認証に失敗しました。"),
        (status("1", "該当データはありませんでした。"), FileUnreadable, "STATUS 1: 該当データはありませんでした。"),
        (put("TABLE_INF", to=None), LayoutChanged, "STATISTICAL_DATA without TABLE_INF"),
        (put("CLASS_INF", to={}), LayoutChanged, "nothing more and area, cat01, tab, time less"),
        (put(*CLASS, 1, "CLASS", to={"@code": "0"}), LayoutChanged, "CLASS_INF/cat01 1: .*\n.*@code, @name"),
        (put("DATA_INF", "VALUE", to=["5"]), LayoutChanged, "DATA_INF/VALUE 1: 5"),
        (put("TABLE_INF", "@id", to="0003445079"), LayoutChanged, "the table 0003445079"),
        (put("RESULT_INF", "NEXT_KEY", to=100001), FigureImplausible, "21 values from 1 of 21\n.*a page from 100001"),
        (put("RESULT_INF", "FROM_NUMBER", to="first"), FigureImplausible, "RESULT_INF/FROM_NUMBER: “first”"),
        (put("RESULT_INF", "TOTAL_NUMBER", to=42), FigureImplausible, "21 values from 1 of 42"),
        (put(*CLASS, 0, "@id", to="cat02"), LayoutChanged, "cat02 more and tab less"),
        (put(*CLASS, 1, "CLASS", 1, "@code", to="3"), FigureImplausible, "cat01: the code 3 “男”"),
        (put(*CLASS, 1, "CLASS", 1, "@name", to="女"), FigureImplausible, "the code 1 is “女”"),
        (put(*CLASS, 2, "CLASS", 3, "@name", to="根室"), FigureImplausible, "01223 with the name “根室”"),
        (put(*CLASS, 2, "CLASS", 3, "@code", to="1223"), FigureImplausible, "1223 with the name"),
        (put(*CLASS, 2, "CLASS", 5, "@name", to="区部"), FigureImplausible, "13100 with the name “区部”"),
        (put(*CLASS, 3, "CLASS", "@code", to="2015000000"), FigureImplausible, "2015000000"),
        (put(*VALUE, 3, "@area", to="01224"), FigureImplausible, "VALUE 4: @area 01224"),
        (put(*VALUE, 3, "@area", to="01100"), FigureImplausible, "VALUE 4: the same classes a second time"),
        (put(*VALUE, 3, "@unit", to="千人"), FigureImplausible, "VALUE 4: the unit “千人”"),
        (put(*VALUE, 3, "$", to="X"), FigureImplausible, "VALUE 4: “X”"),
        (put(*VALUE, 3, "$", to=""), FigureImplausible, "VALUE 4: “”"),
        (put(*VALUE, 3, "$", to="24636.5"), FigureImplausible, "VALUE 4"),
        (put(*VALUE, 3, "$", to="24637"), FigureImplausible, r"24637 in 01223 is not 11800 \+ 12836"),
        (put(*VALUE, to=[]), FigureImplausible, "0 values from 1 of 21"),
    ],
)
def test_what_cannot_be_is_refused(change: Callable[[dict[str, Any]], None], fault: type[Fault], told: str) -> None:
    value = answer()
    change(value)
    with pytest.raises(fault, match=told):
        reading_of(value)


def test_half_an_answer_and_a_web_page_are_unreadable() -> None:
    data = as_bytes(answer())
    with pytest.raises(FileUnreadable, match="cut short"):
        read(public_source("census"), data[: len(data) // 2], NAME)
    with pytest.raises(FileUnreadable, match="web page"):
        read(public_source("census"), b"<html><body>Forbidden</body></html>", NAME)


def test_figures_without_their_envelope_are_refused() -> None:
    with pytest.raises(LayoutChanged, match="no envelope of e-Stat's API: NOTE, VALUE"):
        reading_of(statistics(answer())["DATA_INF"])


def test_the_declared_tables_have_no_fault() -> None:
    assert list(find_faults(public_source("census").file_kinds[0])) == []
