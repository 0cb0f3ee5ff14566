"""The trade statistics: every published month of every row, totals only of whole files, or a refusal with the line."""

import copy
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from nemuro_etl.catalog.types import Source
from nemuro_etl.errors import Fault, FigureImplausible, FileUnreadable, LayoutChanged
from nemuro_etl.model.figure import READING_COLUMNS
from nemuro_etl.sources import customs_csv
from nemuro_etl.sources.frame import Reading
from nemuro_etl.sources.spec import find_faults
from tests.samples.make_registry import FOLDER
from tests.samples.make_trade import FILES, header, make, row
from tests.samples.public_source import public_source
from tests.samples.read_bytes import read


def source(**changes: Any) -> Source:
    """The declared source with some keys of its spec changed."""
    declared = public_source("trade")
    kind = declared.file_kinds[0]
    return replace(declared, file_kinds=(replace(kind, spec={**copy.deepcopy(dict(kind.spec)), **changes}),))


def reading_of(lines: list[str], name: str = "file.csv", end: str = "\r\n", **changes: Any) -> Reading:
    return read(source(**changes), "".join(f"{line}{end}" for line in lines).encode(), name)


def figures(reading: Reading) -> dict[tuple[str, str, str, str], tuple[int, str]]:
    frame = reading.frame
    keys = zip(*(frame[column].astype(object) for column in ("series", "area", "period", "dimensions")), strict=True)
    return dict(zip(keys, zip(frame["value"], frame["cell"], strict=True), strict=True))


def small() -> list[str]:
    """Two rows of one office, six months published, the last of them without the second row."""
    return [
        header("Custom", "HS", "Country"),
        row(2, 2018, ("300", "'030633000'", "224"), [10, 0, 30, 40, 50, 60, 0, 0, 0, 0, 0, 0]),
        row(2, 2018, ("300", "'030722000'", "105"), [1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0, 0]),
    ]


@pytest.mark.parametrize("name", FILES)
def test_the_committed_sample_is_what_the_script_makes_and_reads(name: str) -> None:
    data = (FOLDER / "trade" / name).read_bytes()
    assert data == make(name)
    frame = read(public_source("trade"), data, name).frame
    assert tuple(frame.columns) == READING_COLUMNS
    assert frame["value"].dtype == "int64"
    assert frame["step"].dtype == "int64"
    assert not frame.duplicated(["series", "area", "period", "dimensions"]).any()
    assert set(frame["unit"]) == {"千円"}
    assert set(frame["stage"]) == {"確報"}


def test_a_whole_file_gives_totals_by_office_and_year() -> None:
    found = figures(read(public_source("trade"), make("customs-2017-export.csv"), "x.csv"))
    assert found["trade.exports", "00", "2017", "office=300"] == (12 * 3000 + 2 * 66, "lines 99-100:Value-Year")
    assert found["trade.exports", "00", "2017-04", "office=300"] == (3006, "lines 99-100:Value-Apr")
    detail = "trade.exports", "00", "2017-04", "commodity=030633000;country=224;office=300"
    assert found[detail] == (1003, "line 99:Value-Apr")
    assert found["trade.exports", "00", "2017-02", "office=104"] == (0, "lines 98-98:Value-Feb")


def test_an_office_in_config_has_its_municipality() -> None:
    data = make("customs-2017-import.csv")
    frame = read(source(offices={"300": {"area": "01223", "name": "根室市"}}), data, "x.csv").frame
    nemuro = frame[frame["area"] == "01223"]
    assert set(nemuro["kind"]) == {"municipality"}
    assert set(nemuro["area_name"]) == {"根室市"}
    total = nemuro[(nemuro["period"] == "2017") & (nemuro["dimensions"] == "office=300")]
    assert total["value"].tolist() == [36132]
    assert not frame[(frame["area"] == "00") & frame["dimensions"].astype(str).str.contains("office=300")].size


def test_months_not_yet_published_are_missing_and_the_year_too() -> None:
    reading = read(public_source("trade"), make("customs-2018-import.csv"), "x.csv")
    periods = set(reading.frame["period"])
    assert periods == {f"2018-{month:02}" for month in range(1, 10)}
    assert "months after 2018-09 hold only 0: not yet published, no figures" in reading.remarks


def test_a_zero_in_a_published_month_is_zero() -> None:
    found = figures(reading_of(small()))
    key = "commodity=030633000;country=224;office=300"
    assert found["trade.imports", "00", "2018-02", key] == (0, "line 2:Value-Feb")
    other = "commodity=030722000;country=105;office=300"
    assert found["trade.imports", "00", "2018-06", other] == (0, "line 3:Value-Jun")
    assert ("trade.imports", "00", "2018-07", other) not in found


def test_a_file_of_some_chapters_gives_no_totals_and_says_so() -> None:
    reading = reading_of(small())
    assert ("trade.imports", "00", "2018-01", "office=300") not in figures(reading)
    assert any("trade.imports: no totals" in remark and "01, 02, 04, 05, 06" in remark for remark in reading.remarks)
    assert figures(reading_of(small(), whole_chapters=[]))["trade.imports", "00", "2018-01", "office=300"][0] == 11


def test_the_row_that_the_publisher_printed_is_read_to_the_yen_thousand() -> None:
    found = figures(read(public_source("trade"), make("national-2023-import.csv"), "x.csv"))
    assert found["trade.imports", "00", "2023", "commodity=000000011"] == (831854, "line 2:Value-Year")
    assert found["trade.imports", "00", "2023-04", "commodity=000000011"] == (73405, "line 2:Value-Apr")


def test_april_of_2008_is_spelled_apl() -> None:
    found = figures(read(public_source("trade"), make("national-2008-export.csv"), "x.csv"))
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
    assert found["trade.imports", "00", "2018-01", "commodity=030633000;country=224;office=300"] == (
        10,
        "line 3:Value-Jan",
    )


def test_rows_beyond_one_chunk_keep_their_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = figures(reading_of(small()))
    monkeypatch.setattr(customs_csv, "_ROWS_AT_ONCE", 1)
    assert figures(reading_of(small())) == at_once
    assert {cell.partition(":")[0] for cell in reading_of(small()).frame["cell"]} == {"line 2", "line 3"}


def test_the_stage_is_that_of_the_name_where_config_says_so() -> None:
    stages = {"*kakutei*": "確定"}
    assert set(reading_of(small(), "2018-kakutei.csv", stage_by_name=stages).frame["stage"]) == {"確定"}
    assert set(reading_of(small(), "2018.csv", stage_by_name=stages).frame["stage"]) == {"確報"}


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
    lines[1:] = [row(2, 2018, ("300", "'030633000'", "224"), [0] * 12)]


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


def test_the_declared_layouts_have_no_fault() -> None:
    assert list(find_faults(public_source("trade").file_kinds[0])) == []
