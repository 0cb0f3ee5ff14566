"""Files as publishers, spreadsheets and transfers really leave them: each gives exact figures or an exact refusal.

The traps of the publishers' files, and where they are set:

1  the container changes, the extension lies      test_the_container_is_sniffed…, test_what_is_no_table…, …_ods_…
2  rows of the header, preface of any length      test_a_preface_of_any_length…, test_headers_of_2_3_4_and_6_rows…
3  widths, white space, waves and dashes          test_other_widths…, test_a_dash_is_no_wave…
4  lost zeros, no codes, names that stand twice   test_a_lost_zero…, test_names_in_two_prefectures…
5  marks                                          test_a_mark_that_is_not_declared…, test_a_declared_mark…, test_withheld…
6  units                                          test_another_unit…, test_thousands…, test_a_fraction…
7  fiscal years, calendar years, dates, eras      test_a_title_says…, test_a_date_of_two_eras…
8  the whole history once more                    test_a_longer_history…
9  0 for “not yet published”                      test_a_zero_after_the_last_published_month…
10 subtotals                                      test_subtotals…
"""

import csv
import io
import re
import zipfile
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest

from nemuro_etl.errors import Fault, FigureImplausible, FileUnreadable, LayoutChanged
from nemuro_etl.sources.frame import Reading
from nemuro_etl.sources.labels import fold
from tests.samples import (
    make_census,
    make_furusato,
    make_projection,
    make_registry,
    make_tourism,
    make_trade,
    make_vital,
)
from tests.samples.make_registry import Grid, Value, open_data_rows, write_csv, write_xls, write_xlsx
from tests.samples.public_source import public_source
from tests.samples.read_bytes import read

KEPT = "nothing of this file was loaded"


def figure(table: Reading, series: str, area: str, period: str, dimensions: str = "") -> tuple[Any, str]:
    """Value and cell of one figure; None and "" where there is none."""
    frame = table.frame
    here = frame[
        (frame["series"] == series)
        & (frame["area"] == area)
        & (frame["period"] == period)
        & (frame["dimensions"] == dimensions)
    ]
    assert len(here) <= 1
    return (here["value"].iloc[0], here["cell"].iloc[0]) if len(here) else (None, "")


def refused(source: str, data: bytes, name: str, fault: type[Fault], *words: str) -> None:
    """The file is refused as `fault`, naming the file, with all of `words` in what it says."""
    with pytest.raises(Fault) as caught:
        read(public_source(source), data, name)
    told = caught.value
    assert type(told) is fault, told
    assert name in told.what
    for word in words:
        assert word in f"{told.what}\n{told.expected}", f"“{word}” is not in: {told}"
    assert KEPT in told.kept
    assert "nemuro ingest" in told.remedy


def registry(name: str, *changes: Callable[[Grid], None]) -> bytes:
    def hook(grid: Grid) -> None:
        for change in changes:
            change(grid)

    return make_registry.make(name, hook)


def put(cell: str, value: Value) -> Callable[[Grid], None]:
    return lambda grid: grid.put(cell, value)


def row_of(grid: Grid, *texts: str) -> int:
    """The zero-based row in which all of `texts` stand."""
    return next(index for index, row in enumerate(grid.rows) if set(texts) <= set(map(str, row)))


def nemuro(grid: Grid, letters: str, value: Value, offset: int = 0) -> str:
    """Puts `value` into 根室市's row; returns the cell."""
    cell = f"{letters}{row_of(grid, '根室市') + 1 + offset}"
    grid.put(cell, value)
    return cell


POPULATION = ("registry.population", "01223", "2018-01-01", "age=all;nationality=total;sex=total")
WOMEN_20_24 = ("registry.population", "01223", "2018-01-01", "age=20-24;nationality=total;sex=female")


# --- 1: containers --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "data", "name", "key", "value"),
    [
        ("registry", lambda: make_registry.make("1803ssjin.xls"), "1803ssjin.xlsx", POPULATION, 26399),
        ("registry", lambda: write_xlsx(make_registry.grid_of("1803ssjin.xls")), "1803ssjin.xls", POPULATION, 26399),
        (
            "tourism",
            lambda: make_tourism.make(2017),
            "2017_irikomi.xlsx",
            ("tourism.guest_nights", "01223", "FY2017", ""),
            100800,
        ),
        (
            "tourism",
            lambda: write_xls(make_tourism.report(2018)),
            "2018_irikomi.xlsx",
            ("tourism.guest_nights", "01223", "FY2018", ""),
            95400,
        ),
        (
            "projection",
            lambda: write_xls(make_projection.grid_of("r5-kekkahyo1.xlsx")),
            "kekkahyo1.xlsx",
            ("projection.population", "01223", "2025-10-01", "age=all;sex=total;vintage=2023"),
            22317,
        ),
        (
            "furusato",
            lambda: make_furusato.make("H30_gain.xlsx"),
            "H30_gain.csv",
            ("furusato.amount", "01223", "FY2018", ""),
            4957077467,
        ),
    ],
)
def test_the_container_is_sniffed_whatever_the_extension_says(
    source: str, data: Callable[[], bytes], name: str, key: tuple[str, str, str, str], value: int
) -> None:
    assert figure(read(public_source(source), data(), name), *key)[0] == value


def encrypted() -> bytes:
    """A workbook with a password: a compound file in which EncryptedPackage stands for the workbook."""
    data = make_registry.make("1803ssjin.xls")
    at = data.index("Workbook".encode("utf-16-le"))
    name = "EncryptedPackage".encode("utf-16-le")
    entry = name + bytes(64 - len(name)) + (len(name) + 2).to_bytes(2, "little")
    return data[:at] + entry + data[at + len(entry) :]


def zip_of_something() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "住民基本台帳")
    return file.getvalue()


PAGE = "<html><body><table><tr><td>団体コード</td><td>012238</td></tr></table></body></html>"


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (lambda: b"", "1803ssjin.xls", ("the file is empty (0 bytes)",)),
        (lambda: PAGE.encode("cp932"), "1803ssjin.xls", ("a web page (HTML)",)),
        (lambda: b"\xef\xbb\xbf\r\n " + PAGE.encode(), "1803ssjin.xls", ("a web page (HTML)",)),
        (lambda: b"<?xml version='1.0'?><Workbook/>", "1803ssjin.xls", ("a web page (HTML)",)),
        (lambda: make_registry.make("2203ssjin.xlsx")[:-700], "2203ssjin.xlsx", ("cut short or damaged",)),
        (lambda: make_registry.make("1803ssjin.xls")[:9000], "1803ssjin.xls", ("cut short or damaged",)),
        (encrypted, "1803ssjin.xlsx", ("expected an Excel workbook (.xls, .xlsx)",)),
        (zip_of_something, "1803ssjin.xlsx", ("expected an Excel workbook (.xls, .xlsx)",)),
        (lambda: b"%PDF-1.7\n1 0 obj", "1803ssjin.pdf", ("begins with b'%PDF-1.7'",)),
        (lambda: write_csv(open_data_rows(), "utf-16"), "012238_population.csv", ("begins with b'\\xff\\xfe",)),
    ],
)
def test_what_is_no_table_is_called_so(data: Callable[[], bytes], name: str, words: tuple[str, ...]) -> None:
    refused("registry", data(), name, FileUnreadable, "cannot be read", *words)


def open_document(grid: Grid) -> bytes:
    """The sheet as LibreOffice would save it."""
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="float" office:value="{value}"/>'
            if not isinstance(value, str)
            else f'<table:table-cell office:value-type="string"><text:p>{value}</text:p></table:table-cell>'
            if value
            else "<table:table-cell/>"
            for value in row
        )
        + "</table:table-row>"
        for row in grid.rows
    )
    name = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<office:document-content xmlns:office="{name}:office:1.0" xmlns:table="{name}:table:1.0" '
        f'xmlns:text="{name}:text:1.0" office:version="1.2"><office:body><office:spreadsheet>'
        f'<table:table table:name="{grid.sheet}">{cells}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return file.getvalue()


def test_an_ods_named_xlsx_gives_the_same_figures() -> None:
    data = open_document(make_registry.grid_of("1803ssjin.xls"))
    assert figure(read(public_source("registry"), data, "1803ssjin.xlsx"), *POPULATION) == (26399, "F10")


def test_an_empty_workbook_is_no_file_of_the_source() -> None:
    refused("registry", write_xlsx(Grid("Sheet1", [])), "1803ssjin.xlsx", LayoutChanged, "only empty sheets")


# --- 2: headers and prefaces ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [0, 1, 5, 9, 16])
def test_a_preface_of_any_length_moves_the_cells_and_nothing_else(length: int) -> None:
    grids = make_furusato.detail("H30_gain.xlsx")
    width = len(grids[0].rows[0])
    grids[0].rows[:0] = [[f"（{line}）留意事項", *[""] * (width - 1)] for line in range(length)]
    table = read(public_source("furusato"), write_xlsx(*grids), "H30_gain.xlsx")
    row = row_of(grids[0], "012238") + 1
    assert figure(table, "furusato.amount", "01223", "FY2018") == (4957077467, f"E{row}")
    assert figure(table, "furusato.count", "01223", "FY2018") == (314041, f"D{row}")


@pytest.mark.parametrize("length", [0, 3, 9])
def test_a_longer_preface_of_the_fertility_table_moves_the_cells_only(length: int) -> None:
    grid = make_vital.grid_of("h25-29.xlsx")
    grid.rows[1:1] = [["" for _ in grid.rows[0]] for _ in range(length)]
    table = read(public_source("vital"), write_xlsx(grid), "h25-29.xlsx")
    assert figure(table, "vital.tfr", "01223", "2013/2017") == (Decimal("1.55"), f"B{9 + length}")


@pytest.mark.parametrize(
    ("name", "row", "key", "value"),
    [
        ("1804ssnen.xls", 3, WOMEN_20_24, 575),
        ("2104ssnen.xlsx", 4, (*WOMEN_20_24[:2], "2021-01-01", WOMEN_20_24[3]), 525),
        ("1803ssjin.xls", 5, POPULATION, 26399),
        ("2203ssjin.xlsx", 7, (*POPULATION[:2], "2022-01-01", POPULATION[3]), 24231),
    ],
)
def test_headers_of_2_3_4_and_6_rows_are_found_by_their_labels(
    name: str, row: int, key: tuple[str, str, str, str], value: int
) -> None:
    assert row_of(make_registry.grid_of(name), "合計") + 1 == row
    assert figure(read(public_source("registry"), make_registry.make(name), name), *key)[0] == value


def test_a_row_of_figures_that_slipped_above_the_header_is_refused() -> None:
    grid = make_vital.grid_of("h25-29.xlsx")
    at = row_of(grid, "01691別海町")
    grid.rows[1], grid.rows[at] = grid.rows[at], grid.rows[1]
    refused("vital", write_xlsx(grid), "h25-29.xlsx", LayoutChanged, "Sheet1!B2: 8 numbers above the rows of figures")


def test_half_a_header_on_the_last_row_is_refused() -> None:
    grid = make_projection.grid_of("r5-kekkahyo1.xlsx")
    del grid.rows[4:]
    refused(
        "projection", write_xlsx(grid), "r5.xlsx", LayoutChanged, "Sheet1!A4: nothing below the first row of labels"
    )


def test_a_header_printed_twice_is_refused_where_nobody_prints_it_twice() -> None:
    def twice(grid: Grid) -> None:
        grid.rows.insert(4, list(grid.rows[3]))

    refused(
        "registry", registry("1803ssjin.xls", twice), "1803ssjin.xls", LayoutChanged, "rows 1 to 5", "4 rows before"
    )


# --- 3: characters --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("転入者数（国内）", "転入者数(国内)"),
        ("計（Ａ）", "計 (A)"),
        ("団体コード", "団体　コード"),
        ("都道府県名", "都道府県\n名"),
        ("増減数(Ａ)-(Ｂ)", "増減数（Ａ）−（Ｂ）"),
    ],
)
def test_other_widths_and_white_space_are_the_same_label(old: str, new: str) -> None:
    def rewrite(grid: Grid) -> None:
        for row in grid.rows[:4]:
            row[:] = [new if cell == old else cell for cell in row]

    data = registry("1803ssjin.xls", rewrite)
    assert data != make_registry.make("1803ssjin.xls")
    assert figure(read(public_source("registry"), data, "1803ssjin.xls"), *POPULATION) == (26399, "F10")


@pytest.mark.parametrize("label", ["0〜4歳", "0~4歳", "０～４歳", "0 ～ 4歳"])
def test_waves_of_any_kind_are_one_label(label: str) -> None:
    data = registry("1804ssnen.xls", put("F2", label))
    assert figure(read(public_source("registry"), data, "1804ssnen.xls"), *WOMEN_20_24)[0] == 575


def test_a_dash_is_no_wave_and_is_refused_with_its_cell() -> None:
    data = registry("1804ssnen.xls", put("F2", "0-4歳"))
    refused("registry", data, "1804ssnen.xls", LayoutChanged, "!F2:F2", "“0-4歳” where the layout has “0~4歳”")


@pytest.mark.parametrize("label", ["平成27年度", "平成２７年度", "平成　27 年度"])
def test_a_year_in_any_width_is_that_year(label: str) -> None:
    grid = make_tourism.report(2015)
    grid.rows[0][0] = f"第４表　市町村別・月別観光入込客数（{label}）"
    table = read(public_source("tourism"), write_xlsx(grid), "2015.xlsx")
    assert figure(table, "tourism.visitors", "01223", "2015-09", "origin=total")[0] == 132800


# --- 4: codes and names ---------------------------------------------------------------------------------------------


def test_a_lost_zero_of_a_text_file_is_put_back() -> None:
    rows = make_registry.lose_leading_zero(open_data_rows())
    assert rows[1][0] == "12238"
    table = read(public_source("registry"), write_csv(rows, "cp932"), "012238_population.csv")
    assert figure(table, *POPULATION) == (26399, "line 2:総人口")


def test_a_lost_zero_of_a_workbook_that_never_loses_it_is_refused() -> None:
    def lose(grid: Grid) -> None:
        nemuro(grid, "A", 12238)

    words = "!A10: “12238” as the code of 根室市", "six digits as text"
    refused("registry", registry("1803ssjin.xls", lose), "1803ssjin.xls", FigureImplausible, *words)


def test_a_lost_zero_of_a_projection_is_how_the_publisher_writes() -> None:
    table = read(public_source("projection"), make_projection.make("r5-kekkahyo1.xlsx"), "r5.xlsx")
    assert figure(table, "projection.population", "01", "2025-10-01", "age=all;sex=total;vintage=2023")[0] is not None


def test_names_in_two_prefectures_have_the_code_of_their_own() -> None:
    table = read(public_source("furusato"), make_furusato.make("total_gain.xlsx"), "total_gain.xlsx")
    for code, six in (("13206", "132063"), ("34208", "342084"), ("01233", "012335"), ("07213", "072133")):
        amount, count = make_furusato.figures(six, 2016)
        assert figure(table, "furusato.amount", code, "FY2016")[0] == amount
        assert figure(table, "furusato.count", code, "FY2016")[0] == count


def test_a_name_without_a_code_anywhere_is_refused_and_never_guessed() -> None:
    grid = make_furusato.history()
    row = row_of(grid, "北海道", "根室市")
    grid.rows[row][1] = "根室町"
    words = f"各団体一覧!B{row + 1}: 北海道根室町 is not under codes"
    refused("furusato", write_xlsx(grid), "total_gain.xlsx", FigureImplausible, words)


def test_two_names_in_each_other_s_place_are_seen_by_the_order_of_their_codes() -> None:
    grid = make_furusato.history()
    one, other = row_of(grid, "北海道", "根室市"), row_of(grid, "北海道", "伊達市")
    grid.rows[one][1], grid.rows[other][1] = "伊達市", "根室市"
    refused("furusato", write_xlsx(grid), "total_gain.xlsx", FigureImplausible, "根室市 (01223) below the code 01233")


def test_two_codes_in_each_other_s_place_are_seen_by_their_order() -> None:
    def swap(grid: Grid) -> None:
        one, other = row_of(grid, "根室市"), row_of(grid, "野付郡別海町")
        grid.rows[one][0], grid.rows[other][0] = grid.rows[other][0], grid.rows[one][0]

    words = "the code 012238 of 野付郡別海町 below 01691", "ascending order"
    refused("registry", registry("1803ssjin.xls", swap), "1803ssjin.xls", FigureImplausible, *words)


def test_a_control_character_for_a_blank_name_is_a_blank() -> None:
    def spoil(grid: Grid) -> None:
        grid.rows[row_of(grid, "020001")][2] = "\x1f"

    table = read(public_source("registry"), registry("1803ssjin.xls", spoil), "1803ssjin.xls")
    untouched = read(public_source("registry"), make_registry.make("1803ssjin.xls"), "1803ssjin.xls")
    assert table.frame.equals(untouched.frame)


def test_a_special_ward_is_a_municipality_and_a_city_s_ward_is_not() -> None:
    frame = read(public_source("registry"), make_registry.make("1803ssjin.xls"), "1803ssjin.xls").frame
    kinds = dict(zip(frame["area"], frame["kind"], strict=True))
    assert (kinds["13101"], kinds["01101"], kinds["01100"]) == ("municipality", "ward", "designated_city")


def test_a_known_misspelling_is_what_is_meant_and_an_unknown_one_is_refused() -> None:
    table = read(public_source("tourism"), make_tourism.make(2013), "2013_irikomi.xls")
    assert figure(table, "tourism.visitors", "01638", "FY2013", "origin=total")[0] > 0
    grid = make_tourism.report(2013)
    row = row_of(grid, "中礼内村")
    grid.rows[row][2] = "中札村"
    words = f"!C{row + 1}: “中札村” is no known municipality", "misspellings of visitors-by-month.spec"
    refused("tourism", write_xls(grid), "2013_irikomi.xls", FigureImplausible, *words)


def test_a_code_of_another_municipality_among_districts_is_refused() -> None:
    rows = open_data_rows()
    rows[3][0] = "012246"
    words = "line 4:都道府県コード又は市区町村コード: the code 012246 of a 町丁・字", "01223"
    refused("registry", write_csv(rows, "utf-8-sig"), "012238_population.csv", FigureImplausible, *words)


# --- 5: marks -------------------------------------------------------------------------------------------------------

ALL_MARKS = ["", "-", "－", "…", "***", "X", "x", "*", "○", "N/A", "皆増", "▲123", "△123", "#REF!"]


@pytest.mark.parametrize("mark", ALL_MARKS)
def test_a_mark_that_is_not_declared_is_named_with_its_cell(mark: str) -> None:
    shown = f"“{mark}”" if mark else "an empty cell"

    def spoil(grid: Grid) -> None:
        nemuro(grid, "F", mark)

    words = f"人口、世帯数、人口動態（市区町村別）【総計】!F10: {shown}", "in the column “人口/計”", f"found {shown}"
    refused("registry", registry("1803ssjin.xls", spoil), "1803ssjin.xls", FigureImplausible, *words)


@pytest.mark.parametrize("mark", ["-", "－", "…", "・", "***"])
def test_a_declared_mark_is_no_figure_and_told(mark: str) -> None:
    grid = make_vital.grid_of("h25-29.xlsx")
    nemuro_row = row_of(grid, "01223根室市　")
    grid.rows[nemuro_row][1] = mark
    table = read(public_source("vital"), write_xlsx(grid), "h25-29.xlsx")
    assert figure(table, "vital.tfr", "01223", "2013/2017") == (None, "")
    assert any("no rate published for: 富岡町、利島村、" in text or "根室市" in text for text in table.remarks)


@pytest.mark.parametrize("mark", ["X", "N/A", "○", "", "*"])
def test_another_mark_among_rates_is_refused(mark: str) -> None:
    grid = make_vital.grid_of("h25-29.xlsx")
    grid.rows[row_of(grid, "01223根室市　")][1] = mark
    refused(
        "vital", write_xlsx(grid), "h25-29.xlsx", FigureImplausible, f"Sheet1!B9: “{mark}”", "expected a rate or one of"
    )


@pytest.mark.parametrize(("mark", "read_as"), [("-", None), ("***", None), ("0", 0)])
def test_a_mark_of_the_census_is_no_figure_and_a_zero_is_one(mark: str, read_as: int | None) -> None:
    answer = make_census.answer()
    values = answer["GET_STATS_DATA"]["STATISTICAL_DATA"]["DATA_INF"]["VALUE"]
    for value in values:
        if value["@area"] == "01223":
            value["$"] = mark
    table = read(public_source("census"), make_census.as_bytes(answer), "census.json")
    assert figure(table, "census.population", "01223", "2020-10-01", "age=all;sex=total")[0] == read_as


@pytest.mark.parametrize("mark", ["X", "x", "…", "N/A", ""])
def test_another_mark_in_the_census_is_refused(mark: str) -> None:
    answer = make_census.answer()
    answer["GET_STATS_DATA"]["STATISTICAL_DATA"]["DATA_INF"]["VALUE"][3]["$"] = mark
    words = f"VALUE 4: “{fold(mark)}”", "or one of *** -"
    refused("census", make_census.as_bytes(answer), "census.json", FigureImplausible, *words)


def test_withheld_classes_are_no_figures_and_what_they_leave_is_unknown() -> None:
    name = "2112gsnen.xlsx"
    table = read(public_source("registry"), make_registry.make(name), name)
    frame = table.frame
    hidden = make_registry.grid_of(name).rows
    code = next(str(row[0]) for row in hidden if "X" in row and str(row[0])[2] != "0")[:5]
    ages = set(frame[frame["area"] == code]["dimensions"])
    assert not any("age=20-24" in text for text in ages)
    assert any("age=unknown" in text for text in ages)
    assert any(text.endswith("cells withheld by the publisher: no figures") for text in table.remarks)


def test_one_withheld_class_among_published_ones_is_refused() -> None:
    def hide(grid: Grid) -> None:
        nemuro(grid, "J", "X", offset=1)

    words = "根室市: “20歳~24歳” is withheld in", "expected all classes of an area to be withheld, or none"
    refused("registry", registry("2112gsnen.xlsx", hide), "2112gsnen.xlsx", FigureImplausible, *words)


def test_a_star_behind_a_name_is_a_mark_of_the_area_and_not_of_its_name() -> None:
    table = read(public_source("registry"), make_registry.make("1804ssnen.xls"), "1804ssnen.xls")
    names = dict(zip(table.frame["area"], table.frame["area_name"], strict=True))
    assert names["47382"] == "八重山郡与那国町"
    assert any("areas marked *" in text for text in table.remarks)


@pytest.mark.parametrize(("name", "mark"), [("1511gsjin.xls", "皆増"), ("2111gsjin.xlsx", "-")])
def test_a_rate_of_nobody_before_is_a_mark(name: str, mark: str) -> None:
    grid = make_registry.grid_of(name)
    assert mark in grid.rows[row_of(grid, "八重山郡与那国町")]
    frame = read(public_source("registry"), make_registry.make(name), name).frame
    assert frame[(frame["area"] == "47382") & (frame["series"] == "registry.change")]["value"].tolist() == [21]


def test_a_blank_of_the_tourism_report_is_nought_and_a_mark_is_nothing() -> None:
    grid = make_tourism.report(2018)
    row = row_of(grid, "中札内村")
    column = next(column for column in range(4, 16) if grid.rows[row][column] == "")
    period = f"{2018 + (column > 12)}-{(column - 1) % 12 + 1:02}"
    table = read(public_source("tourism"), write_xlsx(grid), "2018.xlsx")
    assert figure(table, "tourism.visitors", "01638", period, "origin=total")[0] == 0
    grid.rows[row][column] = "－"
    refused("tourism", write_xlsx(grid), "2018.xlsx", FigureImplausible, "a mark among numbers of 中札内村")


def test_a_circle_among_the_amounts_of_a_detail_is_refused() -> None:
    grids = make_furusato.detail("H28_gain.xlsx")
    row = row_of(grids[0], "012238")
    assert grids[0].rows[row][5] == "○"
    grids[0].rows[row][4] = "○"
    refused("furusato", write_xlsx(*grids), "H28_gain.xlsx", FigureImplausible, f"集計表!E{row + 1}: “○”")


# --- 6: units -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("note", ["（単位：円、件）", "（単位：百万円、件）", "（単位：千円）", "（単位：万円、件）"])
def test_another_unit_of_the_history_is_refused(note: str) -> None:
    grid = make_furusato.history()
    grid.rows[0][-1] = note
    refused(
        "furusato",
        write_xlsx(grid),
        "total_gain.xlsx",
        FigureImplausible,
        "各団体一覧!AB1",
        "expected no note of a unit but",
    )


@pytest.mark.parametrize("note", ["（単位：人）", "（単位：万人）", "単位：千円"])
def test_another_unit_of_the_tourism_report_is_refused(note: str) -> None:
    grid = make_tourism.report(2018)
    grid.rows[1][4] = note
    refused("tourism", write_xlsx(grid), "2018.xlsx", FigureImplausible, "6-28!E2", "expected the unit 千人")


def test_another_unit_of_a_registry_column_is_refused() -> None:
    data = registry("2203ssjin.xlsx", put("D6", "千人"))
    refused("registry", data, "2203ssjin.xlsx", FigureImplausible, "!D6: the unit “千人” of “人口/男”", "expected “人”")


def test_thousands_with_a_decimal_become_people_and_yen_exactly() -> None:
    grid = make_tourism.report(2018)
    row = row_of(grid, "根室市")
    grid.rows[row][4] = 16.300000000000001
    assert (
        figure(
            read(public_source("tourism"), write_xlsx(grid), "a.xlsx"),
            "tourism.visitors",
            "01223",
            "2018-04",
            "origin=total",
        )[0]
        == 16300
    )
    table = read(public_source("furusato"), make_furusato.make("total_gain.xlsx"), "total_gain.xlsx")
    assert figure(table, "furusato.amount", "01223", "FY2015")[0] == 1290101985
    assert figure(table, "furusato.amount", "01223", "FY2018")[0] == 4957077000


def test_the_noise_of_binary_fractions_is_removed() -> None:
    grid = make_tourism.report(2010)
    row = row_of(grid, "根室市")
    assert 392.5 in (round(float(cell), 9) for cell in grid.rows[row] if isinstance(cell, float))
    grid.rows[row][16] = 392.50000000000006
    table = read(public_source("tourism"), write_xls(grid), "2010_irikomi.xls")
    assert figure(table, "tourism.visitors", "01223", "FY2010", "origin=total")[0] == 392500


def test_a_fraction_for_a_percentage_is_taken_in_its_year_only() -> None:
    assert (
        figure(
            read(public_source("tourism"), make_tourism.make(2010), "2010.xls"),
            "tourism.guest_nights",
            "01223",
            "FY2010",
        )[0]
        == 76100
    )
    grid = make_tourism.report(2018)
    row = row_of(grid, "根室市")
    grid.rows[row][18] = 0.932
    refused(
        "tourism",
        write_xlsx(grid),
        "2018.xlsx",
        FigureImplausible,
        f"6-28!S{row + 1}: 対前年比 “0.932” of 根室市",
        "in percent of",
    )


def test_an_impossible_rate_is_refused() -> None:
    grid = make_vital.grid_of("h25-29.xlsx")
    grid.rows[row_of(grid, "01223根室市　")][1] = 155.0
    refused("vital", write_xlsx(grid), "h25-29.xlsx", FigureImplausible, "Sheet1!B9", "expected a rate of 0.3 to 4")


# --- 7: periods -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "period", "births", "day", "residents"),
    [
        ("0503sjin.xls", "FY2004", 271, "2005-03-31", 31803),
        ("1303ssjin.xls", "FY2012", 187, "2013-03-31", 28815),
        ("1403ssjin.xls", "2013", 209, "2014-01-01", 28549),
        ("2203ssjin.xlsx", "2021", 115, "2022-01-01", 24231),
    ],
)
def test_a_title_says_whether_a_flow_is_of_a_fiscal_or_a_calendar_year(
    name: str, period: str, births: int, day: str, residents: int
) -> None:
    table = read(public_source("registry"), make_registry.make(name), name)
    nationality = "japanese" if name == "0503sjin.xls" else "total"
    assert figure(table, "registry.births", "01223", period, f"nationality={nationality}")[0] == births
    total = f"age=all;nationality={nationality};sex=total"
    assert figure(table, "registry.population", "01223", day, total)[0] == residents


def test_a_date_of_two_eras_is_that_of_the_state_not_of_the_flow() -> None:
    assert "令和元年（平成31年1月1日" in str(make_registry.grid_of("2003ssjin.xls").rows[0][0])
    table = read(public_source("registry"), make_registry.make("2003ssjin.xls"), "2003ssjin.xls")
    assert figure(table, "registry.population", "01223", "2020-01-01", POPULATION[3])[0] == 25457
    assert figure(table, "registry.births", "01223", "2019", "nationality=total")[0] == 136


def test_the_first_year_of_an_era_is_a_year() -> None:
    table = read(public_source("furusato"), make_furusato.make("R1_gain.xlsx"), "R1_gain.xlsx")
    assert figure(table, "furusato.amount", "01223", "FY2019")[0] == 6589106736
    table = read(public_source("tourism"), make_tourism.make(2019), "2019_irikomi.xlsx")
    assert figure(table, "tourism.visitors", "01223", "FY2019", "origin=total")[0] == 400500


def test_a_title_of_another_year_than_the_columns_is_refused() -> None:
    title = (
        "平成29年1月1日住民基本台帳人口・世帯数、平成28年（1月1日から同年12月31日まで）人口動態（市区町村別）（総計）"
    )
    words = "“平成30年” above", "expected the year 2017, as the title says"
    refused("registry", registry("1803ssjin.xls", put("A1", title)), "1803ssjin.xls", FigureImplausible, *words)


@pytest.mark.parametrize("day", ["13月1日", "2月31日", "0月1日"])
def test_a_day_that_no_calendar_has_is_refused(day: str) -> None:
    title = str(make_registry.grid_of("1803ssjin.xls").rows[0][0]).replace("1月1日住民", f"{day}住民")
    data = registry("1803ssjin.xls", put("A1", title))
    refused("registry", data, "1803ssjin.xls", FigureImplausible, "!A1: no date in “平成30年")


def test_all_special_wards_together_are_no_municipality_under_any_name() -> None:
    answer = make_census.answer()
    area = answer["GET_STATS_DATA"]["STATISTICAL_DATA"]["CLASS_INF"]["CLASS_OBJ"][2]["CLASS"]
    next(entry for entry in area if entry["@code"] == "13100")["@name"] = "特別区"
    words = "CLASS_INF/area: the code 13100 with the name “特別区”"
    refused("census", make_census.as_bytes(answer), "census.json", FigureImplausible, words)


def test_a_fiscal_year_over_columns_of_a_calendar_year_is_refused() -> None:
    refused(
        "registry",
        registry("1803ssjin.xls", put("H2", "平成29年度")),
        "1803ssjin.xls",
        FigureImplausible,
        "“平成29年度” above",
    )


def test_a_sheet_named_after_another_year_than_its_title_is_refused() -> None:
    grid = make_tourism.report(2018)
    grid.sheet = "平成29年度"
    refused("tourism", write_xlsx(grid), "2018.xlsx", FigureImplausible, "the sheet is named “平成29年度”", "FY2018")
    grid.sheet = "平成30年度"
    table = read(public_source("tourism"), write_xlsx(grid), "2018.xlsx")
    assert figure(table, "tourism.guest_nights", "01223", "FY2018")[0] == 95400


# --- 8, 9, 10: republication, months not yet published, subtotals ---------------------------------------------------


def test_a_longer_history_says_the_same_of_the_years_before() -> None:
    shorter = make_furusato.history()
    note = shorter.rows[0][-1]
    for row in shorter.rows:
        del row[-2:]
    shorter.rows[0][-1] = note
    before = read(public_source("furusato"), write_xlsx(shorter), "total_gain.xlsx").frame
    after = read(public_source("furusato"), make_furusato.make("total_gain.xlsx"), "total_gain.xlsx").frame
    columns = ["series", "area", "period", "value", "step", "cell"]
    rest = after[after["period"] != "FY2020"]
    assert list(map(tuple, before[columns].astype(object).to_numpy())) == list(
        map(tuple, rest[columns].astype(object).to_numpy())
    )


def test_a_zero_after_the_last_published_month_is_no_figure_and_a_zero_before_it_is_one() -> None:
    lines = [
        make_trade.header("Custom", "HS", "Country"),
        make_trade.row(2, 2018, ("800", "'030633000'", "224"), [5, 0, 7, *[0] * 9]),
        make_trade.row(2, 2018, ("800", "'030633000'", "304"), [0, 0, 0, 9, *[0] * 8]),
    ]
    frame = read(public_source("trade"), "".join(f"{line}\r\n" for line in lines).encode(), "2018.csv").frame
    crab = frame[frame["dimensions"] == "commodity=030633000;country=224;office=800"]
    assert dict(zip(crab["period"], crab["value"], strict=True)) == {
        "2018-01": 5,
        "2018-02": 0,
        "2018-03": 7,
        "2018-04": 0,
    }


def test_subtotals_are_checked_and_never_counted_as_municipalities() -> None:
    frame = read(public_source("registry"), make_registry.make("1803ssjin.xls"), "1803ssjin.xls").frame
    assert set(frame[frame["area"] == "47380"]["kind"]) == {"county"}
    history = read(public_source("furusato"), make_furusato.make("total_gain.xlsx"), "total_gain.xlsx").frame
    assert not set(history["area_name"]) & {"市町村合計", "合計", "全国合計"}
    tourism = read(public_source("tourism"), make_tourism.make(2018), "2018.xlsx").frame
    assert not any(str(name).endswith("計") for name in set(tourism["area_name"]))
    guests = read(public_source("tourism"), write_xlsx(*make_tourism.foreign()), "guests.xlsx").frame
    assert set(guests["area_name"]) == {name for name, *_ in make_tourism.TOWNS}


def test_a_subtotal_that_is_not_its_parts_is_refused() -> None:
    grid = make_tourism.report(2018)
    row = row_of(grid, "根室振興局計")
    grid.rows[row][4] = float(grid.rows[row][4]) + 1
    refused(
        "tourism",
        write_xlsx(grid),
        "2018.xlsx",
        FigureImplausible,
        f"根室振興局計: 6-28!E{row + 1} is not the sum of its 5",
    )


def test_a_table_that_ends_without_its_last_subtotal_is_refused() -> None:
    grid = make_tourism.report(2018)
    del grid.rows[row_of(grid, "標津町") :]
    refused("tourism", write_xlsx(grid), "2018.xlsx", LayoutChanged, "no subtotal below 中標津町", "may be cut short")


# --- tables that spreadsheets have been through ---------------------------------------------------------------------


def test_hundreds_of_empty_rows_below_a_table_are_nothing() -> None:
    grid = make_furusato.history()
    grid.rows += [["" for _ in grid.rows[0]] for _ in range(900)]
    grid.rows[-1][0] = "　"
    table = read(public_source("furusato"), write_xlsx(grid), "total_gain.xlsx")
    assert figure(table, "furusato.amount", "01223", "FY2017")[0] == 3973346448


def test_a_used_range_down_to_the_last_row_of_a_sheet_is_nothing() -> None:
    grid = make_registry.grid_of("1803ssjin.xls")
    grid.rows += [[] for _ in range(65_535 - len(grid.rows))] + [[" "]]
    table = read(public_source("registry"), write_xls(grid), "1803ssjin.xls")
    assert figure(table, *POPULATION) == (26399, "F10")


def test_a_second_sheet_is_refused_unless_it_is_empty() -> None:
    grid = make_registry.grid_of("1803ssjin.xls")
    table = read(public_source("registry"), write_xls(grid, Grid("Sheet2", [[" "]])), "1803ssjin.xls")
    assert figure(table, *POPULATION)[0] == 26399
    words = "the sheet “Sheet2” beside", "it is not known which one counts"
    refused("registry", write_xls(grid, Grid("Sheet2", [["正誤表"]])), "1803ssjin.xls", LayoutChanged, *words)


def formula(data: bytes, cell: str, *, cached: bool) -> bytes:
    """The workbook with a formula in `cell`, with or without the value that it had when it was saved."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(result, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                said = re.compile(rf'(<c r="{cell}"[^>]*?)( t="n")?>(<v>.*?</v>)'.encode())
                new = rb"\1><f>D10+E10</f>" + (rb"\3" if cached else b"")
                part, count = said.subn(new, part)
                assert count == 1
            target.writestr(name, part)
    return result.getvalue()


def test_a_formula_counts_with_the_value_that_it_was_saved_with() -> None:
    data = write_xlsx(make_registry.grid_of("1803ssjin.xls"))
    table = read(public_source("registry"), formula(data, "F10", cached=True), "1803ssjin.xlsx")
    assert figure(table, *POPULATION) == (26399, "F10")
    refused("registry", formula(data, "F10", cached=False), "1803ssjin.xlsx", FigureImplausible, "!F10: an empty cell")


@pytest.mark.parametrize("text", ["26399", "２６３９９", "26,399", "26 399"])
def test_a_number_as_text_is_refused_where_the_publisher_writes_numbers(text: str) -> None:
    def spoil(grid: Grid) -> None:
        nemuro(grid, "F", text)

    refused("registry", registry("1803ssjin.xls", spoil), "1803ssjin.xls", FigureImplausible, f"!F10: “{text}”")


@pytest.mark.parametrize("text", ["22317", "２２３１７"])
def test_a_number_as_text_is_the_number_where_codes_and_numbers_are_mixed_anyway(text: str) -> None:
    grid = make_projection.grid_of("r5-kekkahyo1.xlsx")
    row = row_of(grid, "根室市")
    grid.rows[row][5] = text
    table = read(public_source("projection"), write_xlsx(grid), "r5.xlsx")
    key = ("projection.population", "01223", "2025-10-01", "age=all;sex=total;vintage=2023")
    assert figure(table, *key) == (22317, f"F{row + 1}")


def with_date(grid: Grid, cell: str) -> bytes:
    book = openpyxl.load_workbook(io.BytesIO(write_xlsx(grid)))
    book.worksheets[0][cell] = datetime(2018, 5, 1)  # noqa: DTZ001
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize(
    ("source", "grid", "cell"),
    [
        ("registry", lambda: make_registry.grid_of("1803ssjin.xls"), "F10"),
        ("projection", lambda: make_projection.grid_of("r5-kekkahyo1.xlsx"), "F10"),
        ("vital", lambda: make_vital.grid_of("h25-29.xlsx"), "B9"),
        ("tourism", lambda: make_tourism.report(2018), "F4"),
        ("furusato", make_furusato.history, "E9"),
    ],
)
def test_a_date_where_a_number_should_be_is_refused(source: str, grid: Callable[[], Grid], cell: str) -> None:
    refused(source, with_date(grid(), cell), "file.xlsx", FigureImplausible, f"!{cell}: ", "2018-05-01")


@pytest.mark.parametrize(
    ("source", "data", "words"),
    [
        ("registry", lambda: registry("1803ssjin.xls", put("D10", -12634)), ("!D10: -12634", "not below zero")),
        ("registry", lambda: registry("1803ssjin.xls", put("D10", 12634.5)), ("!D10: 12634.5", "a whole number of 人")),
        (
            "tourism",
            lambda: write_xlsx(_put(make_tourism.report(2018), "F4", -1.0)),
            ("6-28!F4: “-1.0”", "not below zero"),
        ),
        (
            "furusato",
            lambda: write_xlsx(_put(make_furusato.history(), "C6", -1)),
            ("各団体一覧!C6: -1", "not below zero"),
        ),
        (
            "projection",
            lambda: write_xlsx(_put(make_projection.grid_of("r5-kekkahyo1.xlsx"), "F10", -22317)),
            ("Sheet1!F10: “-22317”",),
        ),
    ],
)
def test_an_impossible_number_is_refused_with_its_cell(
    source: str, data: Callable[[], bytes], words: tuple[str, ...]
) -> None:
    refused(source, data(), "file.xls", FigureImplausible, *words)


def _put(grid: Grid, cell: str, value: Value) -> Grid:
    grid.put(cell, value)
    return grid


@pytest.mark.parametrize(
    ("source", "grid", "text", "words"),
    [
        ("registry", lambda: make_registry.grid_of("1803ssjin.xls"), "根室市", "the code 012238 a second time"),
        ("projection", lambda: make_projection.grid_of("r5-kekkahyo1.xlsx"), "根室市", "the code 01223 a second time"),
        ("vital", lambda: make_vital.grid_of("h25-29.xlsx"), "01223根室市　", "“01223根室市” a second time"),
        ("furusato", lambda: make_furusato.detail("H28_gain.xlsx")[0], "012238", "根室市 (01223) a second time"),
        ("furusato", make_furusato.history, "根室市", "its parts sum to"),
    ],
)
def test_the_same_row_twice_is_refused(source: str, grid: Callable[[], Grid], text: str, words: str) -> None:
    table = grid()
    at = row_of(table, text)
    table.rows.insert(at, list(table.rows[at]))
    refused(source, write_xlsx(table), "file.xlsx", FigureImplausible, words)


@pytest.mark.parametrize(
    ("source", "grid", "columns"),
    [
        ("registry", lambda: make_registry.grid_of("1803ssjin.xls"), (3, 4)),
        ("projection", lambda: make_projection.grid_of("r5-kekkahyo1.xlsx"), (5, 6)),
        ("tourism", lambda: make_tourism.report(2018), (6, 7)),
        ("furusato", make_furusato.history, (2, 3)),
        ("vital", lambda: make_vital.grid_of("h25-29.xlsx"), (1, 2)),
    ],
)
def test_two_columns_in_each_other_s_place_are_refused(
    source: str, grid: Callable[[], Grid], columns: tuple[int, int]
) -> None:
    table = grid()
    one, other = columns
    for row in table.rows:
        row[one], row[other] = row[other], row[one]
    refused(source, write_xlsx(table), "file.xlsx", LayoutChanged, "none of the declared layouts")


def test_a_municipality_broken_over_two_pages_is_one() -> None:
    grid = make_tourism.report(2009)
    row = row_of(grid, "別海町")
    assert grid.rows[row + 3][3] == "区　分"
    table = read(public_source("tourism"), make_tourism.make(2009), "2009_irikomi.xls")
    assert figure(table, "tourism.guest_nights", "01691", "FY2009")[1] == f"S{row + 7}"
    assert not set(table.frame["period"]) & {"上期計", "下期計"}


def test_a_name_in_the_middle_of_its_merged_cell_names_all_six_rows() -> None:
    grid = make_tourism.report(2014)
    assert grid.rows[row_of(grid, "根室市")][3] == "内道内客"
    table = read(public_source("tourism"), make_tourism.make(2014), "2014_irikomi.xlsx")
    assert figure(table, "tourism.visitors", "01223", "FY2014", "origin=outside")[0] == 172500


@pytest.mark.parametrize("name", ["６～２８", "Ｐ６～４０", "6～31頁", "Sheet1", "市町村別・月別"])
def test_a_sheet_may_have_any_name(name: str) -> None:
    grid = make_tourism.report(2016)
    grid.sheet = name
    table = read(public_source("tourism"), write_xlsx(grid), "2016_irikomi.xlsx")
    assert figure(table, "tourism.visitors", "01223", "FY2016", "origin=total")[0] == 377000
    assert set(table.frame["sheet"]) == {name}


def test_a_nationality_that_one_sheet_lacks_is_refused() -> None:
    grids = make_tourism.foreign()
    for row in grids[2].rows[2:]:
        del row[9]
    words = "the nationalities are not those of “根室市”", "expected all sheets alike; in one of them only: india"
    refused("tourism", write_xlsx(*grids), "guests.xlsx", LayoutChanged, *words)


# --- texts ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
def test_a_text_in_a_declared_encoding_is_read_with_or_without_its_hidden_mark(encoding: str) -> None:
    table = read(public_source("registry"), write_csv(open_data_rows(), encoding), "012238_population.csv")
    assert figure(table, *POPULATION) == (26399, "line 2:総人口")


def test_a_text_in_another_encoding_is_no_file_of_the_source() -> None:
    data = write_csv(open_data_rows(), "euc-jp")
    refused(
        "registry",
        data,
        "012238_population.csv",
        LayoutChanged,
        "012238_population.csv is no file of the source registry",
    )


def test_characters_of_windows_are_characters() -> None:
    rows = open_data_rows()
    rows[2][5], rows[2][-1] = "髙野①", "～‖－㈱"
    table = read(public_source("registry"), write_csv(rows, "cp932"), "012238_population.csv")
    assert figure(table, *WOMEN_20_24) == (575, "line 2:20-24歳の女性")


def test_a_line_break_in_a_quoted_cell_is_no_new_row_and_the_lines_are_counted_on() -> None:
    header, whole, district, other = open_data_rows()
    district[-1] = '一部は\r\n“推計”、\n他は"実数"'
    text = io.StringIO()
    csv.writer(text).writerows([header, district, whole, other])
    table = read(public_source("registry"), text.getvalue().encode("utf-8-sig"), "012238_population.csv")
    assert figure(table, *POPULATION) == (26399, "line 5:総人口")


def test_digits_of_any_width_are_digits_in_a_text() -> None:
    rows = open_data_rows()
    rows[1][6] = "２６３９９"
    table = read(public_source("registry"), write_csv(rows, "utf-8"), "012238_population.csv")
    assert figure(table, *POPULATION)[0] == 26399


@pytest.mark.parametrize(
    ("column", "text", "words"),
    [
        (6, "26,399", "line 2: 56 cells"),
        (6, "26399.0", "line 2:総人口: “26399.0”"),
        (6, "", "line 2:総人口: “”"),
        (6, "26398", "line 2:総人口: 26398 is not 12634 + 13765"),
        (9, "442", "line 2:男性: 12634 is not the sum of its age classes"),
        (0, "012239", "line 2:都道府県コード又は市区町村コード: the code of 根室市"),
        (4, "平成30年1月1日", "line 2:調査年月日: “平成30年1月1日”"),
        (4, "2018-02-30", "line 2:調査年月日: “2018-02-30”"),
    ],
)
def test_a_spoilt_cell_of_a_text_is_named_with_its_line(column: int, text: str, words: str) -> None:
    rows = open_data_rows()
    rows[1][column] = text
    refused("registry", write_csv(rows, "utf-8"), "012238_population.csv", FigureImplausible, words)
