"""The trade statistics: every published month of what is kept, sums of the rest, or a refusal with the line."""

import copy
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from nemuro_etl.catalog.types import FileKind, Source
from nemuro_etl.errors import Fault, FigureImplausible, FileUnreadable, LayoutChanged
from nemuro_etl.model.figure import READING_COLUMNS
from nemuro_etl.sources import customs_csv, customs_rows
from nemuro_etl.sources.frame import Reading
from nemuro_etl.sources.spec import find_faults
from tests.samples.make_registry import FOLDER
from tests.samples.make_trade import ANSWERS, CHAPTERS, FILES, OFFICE, answer, as_bytes, header, make, row
from tests.samples.public_source import public_source
from tests.samples.read_bytes import OBTAINED, read

OURS = {OFFICE: {"area": "01223", "name": "根室市"}}


def source(**changes: Any) -> Source:
    """The declared source with some keys of its spec changed."""
    declared = public_source("trade")
    kind = declared.file_kinds[0]
    changed = replace(kind, spec={**copy.deepcopy(dict(kind.spec)), **changes})
    return replace(declared, file_kinds=(changed, *declared.file_kinds[1:]))


def reading_of(
    lines: list[str], name: str = "file.csv", end: str = "\r\n", obtained: date = OBTAINED, **changes: Any
) -> Reading:
    return read(source(**changes), "".join(f"{line}{end}" for line in lines).encode(), name, obtained)


def figures(reading: Reading) -> dict[tuple[str, str, str, str], tuple[int, str]]:
    frame = reading.frame
    keys = zip(*(frame[column].astype(object) for column in ("series", "area", "period", "dimensions")), strict=True)
    return dict(zip(keys, zip(frame["value"], frame["cell"], strict=True), strict=True))


def small() -> list[str]:
    """Two rows of one office, six months published, the last of them without the second row."""
    return [
        header("Custom", "HS", "Country"),
        row(2, 2018, (OFFICE, "'030633000'", "224"), [10, 0, 30, 40, 50, 60, 0, 0, 0, 0, 0, 0]),
        row(2, 2018, (OFFICE, "'030722000'", "105"), [1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0, 0]),
    ]


@pytest.mark.parametrize("name", [*FILES, *ANSWERS])
def test_the_committed_sample_is_what_the_script_makes_and_reads(name: str) -> None:
    data = (FOLDER / "trade" / name).read_bytes()
    assert data == make(name)
    frame = read(public_source("trade"), data, name).frame
    assert tuple(frame.columns) == READING_COLUMNS
    assert frame["value"].dtype == "int64"
    assert frame["step"].dtype == "int64"
    assert not frame.duplicated(["series", "area", "period", "dimensions"]).any()
    assert set(frame["unit"]) == {"千円"}


def test_a_whole_file_gives_totals_by_office_and_year() -> None:
    found = figures(read(public_source("trade"), make("customs-2017-export.csv"), "x.csv"))
    assert found["trade.exports", "00", "2017", "office=300"] == (12 * 3000 + 2 * 66, "lines 100-101:Value-Year")
    assert found["trade.exports", "00", "2017-04", "office=300"] == (3006, "lines 100-101:Value-Apr")
    assert found["trade.exports", "00", "2017-02", "office=104"] == (0, "lines 99-99:Value-Feb")


def test_rows_are_kept_of_the_offices_that_config_names_and_of_the_others_sums() -> None:
    reading = read(public_source("trade"), make("customs-2017-export.csv"), "x.csv")
    found = figures(reading)
    detail = "commodity=030633000;country=224;office=899"
    assert found["trade.exports", "00", "2017-04", detail] == (3003, "line 102:Value-Apr")
    assert found["trade.exports", "00", "2017", "commodity=03;office=899"] == (
        12 * 3000 + 66,
        "lines 102-102:Value-Year",
    )
    of_japan = 12 * (3 + 1000 + 2000 + 3000) + 4 * 66 + 5
    assert found["trade.exports", "00", "2017", "commodity=03;office=total"] == (of_japan, "lines 5-102:Value-Year")
    assert not {dimensions for *_, dimensions in found if dimensions.endswith("country=224;office=300")}
    assert "100 rows of no office like 8*: in the sums only" in reading.remarks
    everything = figures(read(source(detail_offices=["*"]), make("customs-2017-export.csv"), "x.csv"))
    other = "commodity=030633000;country=224;office=300"
    assert everything["trade.exports", "00", "2017-04", other] == (1003, "line 100:Value-Apr")
    assert {key: value for key, value in everything.items() if key in found} == found


def test_an_office_in_config_has_its_municipality() -> None:
    frame = read(source(offices=OURS), make("customs-2017-import.csv"), "x.csv").frame
    nemuro = frame[frame["area"] == "01223"]
    assert set(nemuro["kind"]) == {"municipality"}
    assert set(nemuro["area_name"]) == {"根室市"}
    total = nemuro[(nemuro["period"] == "2017") & (nemuro["dimensions"] == "office=899")]
    assert total["value"].tolist() == [36066]
    assert not frame[(frame["area"] == "00") & frame["dimensions"].astype(str).str.contains("office=899")].size


def test_an_office_in_config_traded_nothing_in_the_other_chapters_of_a_file() -> None:
    found = figures(reading_of([*small(), row(2, 2018, ("100", "'040000000'", "304"), [7] * 12)], offices=OURS))
    assert found["trade.imports", "01223", "2018", "commodity=04;office=899"] == (0, "lines 4-4:Value-Year")
    assert found["trade.imports", "01223", "2018-04", "commodity=03;office=899"] == (44, "lines 2-3:Value-Apr")
    assert ("trade.imports", "01223", "2018", "commodity=05;office=899") not in found
    elsewhere = figures(reading_of([small()[0], row(2, 2018, ("100", "'040000000'", "304"), [7] * 12)], offices=OURS))
    assert elsewhere["trade.imports", "01223", "2018", "commodity=04;office=899"][0] == 0


def test_months_not_yet_published_are_missing_and_the_year_too() -> None:
    reading = read(public_source("trade"), make("customs-2018-import.csv"), "x.csv")
    periods = set(reading.frame["period"])
    assert periods == {f"2018-{month:02}" for month in range(1, 10)}
    assert "months after 2018-09 hold only 0: not yet published, no figures" in reading.remarks


def test_a_zero_in_a_published_month_is_zero() -> None:
    found = figures(reading_of(small()))
    key = "commodity=030633000;country=224;office=899"
    assert found["trade.imports", "00", "2018-02", key] == (0, "line 2:Value-Feb")
    other = "commodity=030722000;country=105;office=899"
    assert found["trade.imports", "00", "2018-06", other] == (0, "line 3:Value-Jun")
    assert ("trade.imports", "00", "2018-07", other) not in found


def test_a_file_of_some_chapters_gives_their_sums_and_no_totals_and_says_so() -> None:
    reading = reading_of(small())
    found = figures(reading)
    assert ("trade.imports", "00", "2018-01", "office=899") not in found
    assert found["trade.imports", "00", "2018-01", "commodity=03;office=899"] == (11, "lines 2-3:Value-Jan")
    assert any("trade.imports: no totals" in remark and "00, 01, 02, 04, 05" in remark for remark in reading.remarks)


def test_the_row_that_the_publisher_printed_is_read_to_the_yen_thousand() -> None:
    found = figures(read(public_source("trade"), make("national-2023-import.csv"), "x.csv"))
    assert found["trade.imports", "00", "2023", "commodity=00"] == (831854, "lines 2-2:Value-Year")
    detail = figures(read(source(detail_offices=[""]), make("national-2023-import.csv"), "x.csv"))
    assert detail["trade.imports", "00", "2023", "commodity=000000011"] == (831854, "line 2:Value-Year")
    assert detail["trade.imports", "00", "2023-04", "commodity=000000011"] == (73405, "line 2:Value-Apr")


def test_april_of_2008_is_spelled_apl() -> None:
    found = figures(read(source(detail_offices=[""]), make("national-2008-export.csv"), "x.csv"))
    key = "commodity=051199000;country=312"
    assert found["trade.exports", "00", "2008-04", key] == (0, "line 2:Value-Apl")
    assert found["trade.exports", "00", "2008", key] == (5063, "line 2:Value-Year")


def test_the_order_of_columns_line_ends_bom_blank_lines_and_apostrophes_do_not_matter() -> None:
    expected = {key: value for key, (value, _) in figures(reading_of(small())).items()}
    swapped = [
        ",".join([*cells[:2], cells[3], cells[2], *cells[4:]]) for cells in (line.split(",") for line in small())
    ]
    bare = [line.replace("'", "") for line in small()]
    for lines, end in ((swapped, "\n"), (bare, "\r\n"), ([*small(), "", ""], "\n")):
        found = figures(reading_of(lines, end=end))
        assert {key: value for key, (value, _) in found.items()} == expected
    data = b"\xef\xbb\xbf" + "\n".join(small()).encode()
    assert {key: value for key, (value, _) in figures(read(source(), data, "x")).items()} == expected


def test_a_blank_line_keeps_the_count_of_lines() -> None:
    lines = small()
    found = figures(reading_of([lines[0], "", *lines[1:]]))
    assert found["trade.imports", "00", "2018-01", "commodity=030633000;country=224;office=899"] == (
        10,
        "line 3:Value-Jan",
    )


def test_blocks_and_frames_of_one_row_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = figures(reading_of(small()))
    monkeypatch.setattr(customs_rows, "_BYTES_AT_ONCE", 10)
    monkeypatch.setattr(customs_csv, "_ROWS_A_FRAME", 1)
    reading = reading_of(small())
    frames = list(reading.frames)
    assert len(frames) == 3
    assert {
        key: value for frame in frames for key, value in figures(replace(reading, frames=[frame])).items()
    } == at_once


def test_what_is_read_plainly_is_what_is_read_strictly(monkeypatch: pytest.MonkeyPatch) -> None:
    plainly = figures(reading_of(small()))
    monkeypatch.setattr(customs_rows, "_PLAIN", b"")
    assert figures(reading_of(small())) == plainly


def months_of(reading: Reading) -> dict[str, str]:
    frame = reading.frame
    return dict(zip(frame["period"].astype(str), frame["stage"].astype(str), strict=True))


def trade_of(direction: int, year: int, months: int) -> list[str]:
    values = [month + 1 if month < months else 0 for month in range(12)]
    return [header("Custom", "HS", "Country"), row(direction, year, (OFFICE, "'030633000'", "224"), values)]


def test_the_stage_of_a_month_is_told_by_the_day_on_which_the_file_was_obtained() -> None:
    def stages(direction: int, year: int, months: int, day: str) -> dict[str, str]:
        return months_of(reading_of(trade_of(direction, year, months), obtained=date.fromisoformat(day)))

    assert set(stages(1, 2018, 12, "2019-01-29").values()) == {"確報"}
    imports = stages(2, 2018, 12, "2019-02-27")
    assert (imports["2018-11"], imports["2018-12"], imports["2018"]) == ("確報", "速報", "速報")
    assert stages(2, 2018, 12, "2019-02-28")["2018"] == "確報"
    assert stages(2, 2018, 12, "2019-11-29")["2018"] == "確報"
    assert stages(2, 2018, 12, "2019-11-30")["2018"] == "確定"
    assert stages(2, 2020, 12, "2021-03-12")["2020"] == "確報"
    assert stages(1, 2020, 12, "2021-03-13")["2020"] == "確々報"
    assert stages(1, 2020, 12, "2021-11-30")["2020"] == "確定"


def test_a_file_without_the_next_month_is_older_than_that_month_however_late_it_came() -> None:
    imports = months_of(reading_of(trade_of(2, 2018, 9), obtained=OBTAINED))
    assert (imports["2018-08"], imports["2018-09"]) == ("確報", "速報")


def test_the_stage_is_that_of_the_name_where_config_says_so() -> None:
    stages = {"*kakutei*": "確定"}
    assert set(reading_of(small(), "2018-kakutei.csv", stage_by_name=stages).frame["stage"]) == {"確定"}
    assert set(reading_of(small(), "2018.csv", stage_by_name=stages).frame["stage"]) == {"確報", "速報"}


def cell(line: int, column: int, value: str) -> Callable[[list[str]], None]:
    def change(lines: list[str]) -> None:
        cells = lines[line].split(",")
        cells[column] = value
        lines[line] = ",".join(cells)

    return change


def without_column(index: int) -> Callable[[list[str]], None]:
    def change(lines: list[str]) -> None:
        for number, line in enumerate(lines):
            cells = line.split(",")
            del cells[index]
            lines[number] = ",".join(cells)

    return change


def cut_short(lines: list[str]) -> None:
    lines[-1] = lines[-1][:60]


def repeat(lines: list[str]) -> None:
    lines.append(lines[1])


def only_header(lines: list[str]) -> None:
    del lines[1:]


def shift(lines: list[str]) -> None:
    cells = lines[1].split(",")
    lines[1] = ",".join([*cells[:7], "0", *cells[7:-1]])


def all_zero(lines: list[str]) -> None:
    lines[1:] = [row(2, 2018, (OFFICE, "'030633000'", "224"), [0] * 12)]


def longer(count: int) -> Callable[[list[str]], None]:
    def change(lines: list[str]) -> None:
        lines[2] += ",7" * count

    return change


@pytest.mark.parametrize(
    ("change", "fault", "told"),
    [
        (cell(0, 9, "Amount-Year"), LayoutChanged, "column 10: “Amount-Year” where the layout has “Value-Year”"),
        (cell(0, 12, "Value-Feb"), LayoutChanged, "“Value-Feb” a second time"),
        (cell(0, 21, "Value-Avril"), LayoutChanged, "Value-Avril"),
        (cell(0, 2, "Port"), LayoutChanged, "column 3: a column “Port” that is not in the layout"),
        (cell(0, 0, "Trade"), LayoutChanged, "is no file of the source trade"),
        (without_column(45), LayoutChanged, "Value-Dec” is missing"),
        (cell(1, 0, "3"), FigureImplausible, "line 2:ExporImp: “3”"),
        (cell(2, 1, "2017"), FigureImplausible, "line 3:Year: “2017” below “2018”"),
        (cell(1, 2, "30"), FigureImplausible, "line 2:Custom: “30”"),
        (cell(1, 3, "'03063300'"), FigureImplausible, "line 2:HS: “'03063300'”"),
        (cell(1, 3, "'030633000"), FigureImplausible, "line 2:HS"),
        (cell(1, 3, "'770633000'"), FigureImplausible, "line 2:HS: “'770633000'”\n.*one of whole_chapters"),
        (cell(1, 12, "+10"), FigureImplausible, "line 2:Value-Jan: “.10”"),
        (cell(1, 12, "100000000000000010"), FigureImplausible, "line 2:Value-Jan: “100000000000000010”"),
        (cell(1, 4, "ロシア"), FigureImplausible, "line 2: characters that are not ASCII"),
        (cell(1, 4, "RU"), FigureImplausible, "line 2:Country: “RU”"),
        (cell(1, 6, "kilogram"), FigureImplausible, "line 2:Unit2: “kilogram”"),
        (cell(1, 12, "-"), FigureImplausible, "line 2:Value-Jan: “-”"),
        (cell(1, 12, ""), FigureImplausible, "line 2:Value-Jan: “”"),
        (cell(1, 12, "-10"), FigureImplausible, "line 2:Value-Jan: “-10”"),
        (cell(1, 12, "10.5"), FigureImplausible, "line 2:Value-Jan"),
        (cell(1, 12, "11"), FigureImplausible, "line 2:Value-Year: 190\n.*the sum of the months, 191"),
        (cut_short, FigureImplausible, "line 3:Quantity1-Apr: “”"),
        (shift, FigureImplausible, "line 2:Quantity1-Jan: “190”\n.*Unit1 is blank"),
        (cell(1, 11, "X"), FigureImplausible, "line 2:Quantity2-Jan: “X”"),
        (longer(1), FigureImplausible, "line 3:surplus: “7”"),
        (longer(2), FigureImplausible, "line 3|no row"),
        (repeat, FigureImplausible, "line 4: .*a second time\n.*line 2 too"),
        (only_header, FigureImplausible, "nothing below the header"),
        (all_zero, FigureImplausible, "no value above 0"),
    ],
)
def test_what_cannot_be_is_refused_with_its_line(
    change: Callable[[list[str]], None], fault: type[Fault], told: str
) -> None:
    lines = small()
    change(lines)
    with pytest.raises(fault, match=told):
        reading_of(lines)


def test_a_web_page_instead_of_a_file_is_unreadable() -> None:
    with pytest.raises(FileUnreadable, match="web page"):
        read(public_source("trade"), b"<!DOCTYPE html><html></html>", "x.csv")


def trade(value: dict[str, Any], obtained: date = OBTAINED, **changes: Any) -> Reading:
    return read(source(**{"offices": OURS, **changes}), as_bytes(value), "answer.json", obtained)


def imports(updated: str = "2024-11-29") -> dict[str, Any]:
    return answer(2, "0004002161", 2023, updated)


def statistics(value: dict[str, Any]) -> dict[str, Any]:
    return value["GET_STATS_DATA"]["STATISTICAL_DATA"]


def values_of(value: dict[str, Any]) -> list[dict[str, str]]:
    return statistics(value)["DATA_INF"]["VALUE"]


def give(value: dict[str, Any], **classes: str) -> list[dict[str, str]]:
    """The values of these classes."""
    return [one for one in values_of(value) if all(one[f"@{name}"] == code for name, code in classes.items())]


def test_an_answer_for_an_office_gives_rows_sums_and_totals_as_a_file_does() -> None:
    reading = trade(imports())
    found = figures(reading)
    wood = give(imports(), cat01="440711000", cat02="440")[0]
    number = values_of(imports()).index(wood) + 1
    detail = "commodity=440711000;country=224;office=899"
    assert found["trade.imports", "01223", "2023-10", detail] == (2000, f"VALUE {number}:$")
    assert found["trade.imports", "01223", "2023", "commodity=03;office=899"][0] == 5_641_000
    assert found["trade.imports", "01223", "2023", "office=899"][0] == 5_643_000
    chapters = {dimensions for _, _, period, dimensions in found if period == "2023" and len(dimensions) == 23}
    assert chapters == {f"commodity={chapter};office=899" for chapter in CHAPTERS}
    assert found["trade.imports", "01223", "2023", "commodity=97;office=899"][0] == 0
    assert reading.remarks == ()


def test_an_office_that_traded_nothing_in_a_month_that_is_out_traded_0() -> None:
    found = figures(trade(answer(1, "0004002162", 2023, "2024-02-29")))
    assert found["trade.exports", "01223", "2023-12", "office=899"][0] == 0
    assert found["trade.exports", "01223", "2023", "office=899"][0] == 175_000


def test_months_after_the_last_change_of_the_table_are_missing() -> None:
    reading = trade(answer(1, "0004002162", 2023, "2023-11-29"), date(2023, 12, 1))
    found = figures(reading)
    assert max(period for _, _, period, _ in found) == "2023-09"
    assert "months after 2023-09 are not published yet: no figures" in reading.remarks
    without_day = answer(1, "0004002162", 2023, "")
    assert max(period for _, _, period, _ in figures(trade(without_day))) == "2023-08", "the last month with trade"


@pytest.mark.parametrize("key", ["CODE_CAT01_SELECT", "CODE_AREA_FROM", "LEVEL_CAT01_COND"])
def test_an_answer_narrowed_to_some_goods_or_countries_gives_rows_alone(key: str) -> None:
    value = imports()
    value["GET_STATS_DATA"]["PARAMETER"]["NARROWING_COND"][key] = "030633000"
    reading = trade(value)
    assert {len(dimensions) for *_, dimensions in figures(reading)} == {
        len("commodity=030633000;country=224;office=899")
    }
    assert any("rows only, no sums" in remark for remark in reading.remarks)


def test_an_answer_that_does_not_say_how_it_was_narrowed_gives_rows_alone() -> None:
    unsaid, registered = imports(), imports()
    del unsaid["GET_STATS_DATA"]["PARAMETER"]
    registered["GET_STATS_DATA"]["PARAMETER"]["DATASET_ID"] = "00200521-20240101"
    for value in (unsaid, registered):
        assert not [dimensions for *_, dimensions in figures(trade(value)) if dimensions.startswith("office")]


def page(value: dict[str, Any]) -> None:
    data = statistics(value)
    data["RESULT_INF"] = {"TOTAL_NUMBER": len(data["DATA_INF"]["VALUE"]), "FROM_NUMBER": 1, "NEXT_KEY": 51}
    del data["DATA_INF"]["VALUE"][50:]


def without_a_month(value: dict[str, Any]) -> None:
    for one in give(value, cat02="200"):
        values_of(value).remove(one)
    total = len(values_of(value))
    statistics(value)["RESULT_INF"] = {"TOTAL_NUMBER": total, "FROM_NUMBER": 1, "TO_NUMBER": total}


def put(commodity: str, measure: str, **changed: str) -> Callable[[dict[str, Any]], None]:
    def change(value: dict[str, Any]) -> None:
        for one in give(value, cat01=commodity, cat02=measure):
            one.update({f"@{key}" if key != "value" else "$": text for key, text in changed.items()})

    return change


def name_class(number: int, entry: int, **changed: str) -> Callable[[dict[str, Any]], None]:
    def change(value: dict[str, Any]) -> None:
        classes = statistics(value)["CLASS_INF"]["CLASS_OBJ"][number]["CLASS"]
        one = classes[entry] if isinstance(classes, list) else classes
        one.update({f"@{key}": text for key, text in changed.items()})

    return change


@pytest.mark.parametrize(
    ("change", "fault", "told"),
    [
        (page, FigureImplausible, "values 1–50 of 120: one page of a table.*\n.*expected one answer"),
        (without_a_month, FigureImplausible, "office 899: 12 values\n.*expected 13"),
        (put("030633000", "170", value="300001"), FigureImplausible, "3600000 of .*\n.*the months, 3600001"),
        (put("030633000", "170", value="-"), FigureImplausible, "VALUE .*: “-”"),
        (put("030633000", "170", cat02="200"), FigureImplausible, "the same classes a second time"),
        (put("030633000", "170", area="50999"), FigureImplausible, "@area 50999"),
        (name_class(1, 4, name="Value-Feb"), FigureImplausible, "cat02: the code 140 is “Value-Feb”\n.*“Value-Year”"),
        (name_class(1, 4, code="999"), FigureImplausible, "cat02: the code 999 is “Value-Year”\n.*one of 100, 110"),
        (name_class(0, 0, code="0306"), FigureImplausible, "cat01: the code 0306"),
        (name_class(4, 0, code="2023000103"), FigureImplausible, "time: the code 2023000103"),
        (
            lambda value: statistics(value)["CLASS_INF"]["CLASS_OBJ"].pop(3),
            LayoutChanged,
            "the classes cat01, cat02, cat03, time",
        ),
        (
            lambda value: statistics(value)["TABLE_INF"].update({"@id": "0003425302"}),
            FigureImplausible,
            "a year of the table, 2021-2022",
        ),
        (
            lambda value: statistics(value)["TABLE_INF"].update({"UPDATED_DATE": "3月"}),
            FigureImplausible,
            "UPDATED_DATE: “3月”",
        ),
    ],
)
def test_an_answer_that_cannot_be_is_refused(
    change: Callable[[dict[str, Any]], None], fault: type[Fault], told: str
) -> None:
    value = imports()
    change(value)
    with pytest.raises(fault, match=told):
        trade(value)


@pytest.mark.parametrize("kind", public_source("trade").file_kinds, ids=lambda kind: kind.id)
def test_the_declared_layouts_have_no_fault(kind: FileKind) -> None:
    assert list(find_faults(kind)) == []


FIRST = {"stage": "速報", "of": ["1", "2"], "months_after": "1"}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"stages": [{**FIRST, "stage": "速報値"}]}, "'速報値' is no stage"),
        ({"stages": [FIRST], "stage_by_name": {"*": "確定値"}}, "'確定値' is no stage"),
        ({"stages": [FIRST, {**FIRST, "next_year": "11-30"}]}, "either months_after or next_year"),
        ({"stages": [{**FIRST, "months_after": "soon"}]}, "months_after 'soon'; write one like 1"),
        ({"stages": [FIRST, {"stage": "確定", "of": ["1"], "next_year": "11-31"}]}, "next_year '11-31'"),
        ({"stages": [{**FIRST, "of": ["1"]}]}, "the first one of 2 must say months_after"),
        ({"stages": [{**FIRST, "since": "2020"}]}, "the first one of 1 must say months_after, for all years"),
        ({"offices": {"89": {"area": "01223", "name": "根室市"}}}, "'89' is no code of an office"),
        ({"offices": {"899": {"area": "01223", "name": "根室"}}}, "899 is .*; write the code of a municipality"),
        ({"offices": {"899": {"area": "01223"}}}, "899 is .*; write the code of a municipality"),
    ],
)
def test_a_slip_in_the_layouts_is_told_before_any_file_meets_it(changes: dict[str, Any], told: str) -> None:
    faults = "\n".join(find_faults(source(**changes).file_kinds[0]))
    assert re.search(told, faults), faults


def test_a_table_without_its_direction_or_years_is_told() -> None:
    answers = public_source("trade").file_kinds[1]
    for table in ({"direction": "3", "years": "2023-"}, {"direction": "1", "years": "2023"}, {"direction": "1"}):
        (fault,) = find_faults(replace(answers, spec={**answers.spec, "tables": {"0004002162": table}}))
        assert "tables: 0004002162 is" in fault


def test_a_file_of_all_goods_has_trade_in_every_month_before_the_last_one_published() -> None:
    data = make("customs-2018-import.csv")
    published = set(read(public_source("trade"), data, "x.csv").frame["period"])
    last = max(period for period in published if "-" in period)
    lines = [line.split(",") for line in data.decode().splitlines()]
    february = [n for n, label in enumerate(lines[0]) if label.endswith("-Feb")]
    year = [n for n, label in enumerate(lines[0]) if label.endswith("-Year")]
    for cells in lines[1:]:
        for month, total in zip(february, year, strict=True):
            cells[total] = str(int(cells[total]) - int(cells[month]))
            cells[month] = "0"
    with pytest.raises(FigureImplausible, match=f"month 2 is 0 in every row, and of month {int(last[-2:])} it is not"):
        read(public_source("trade"), "\n".join(map(",".join, lines)).encode(), "x.csv")
