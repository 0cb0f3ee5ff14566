"""The registry reader never lets a changed layout, an unknown mark or a broken identity slip through."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from nemuro_etl.catalog import load_catalog
from nemuro_etl.catalog.types import FileAddress
from nemuro_etl.errors import FigureImplausible, FileUnreadable, LayoutChanged
from nemuro_etl.model.figure import READING_COLUMNS
from nemuro_etl.sources.frame import Reading
from nemuro_etl.sources.reading import TEXT_READERS, WORKBOOK_READERS
from nemuro_etl.sources.recipe import READER_VERSIONS, recipe
from tests.samples.make_registry import (
    AGES,
    DYNAMICS,
    FOLDER,
    Grid,
    grid_of,
    make,
    open_data_rows,
    write_csv,
    write_xls,
    write_xlsx,
)
from tests.samples.read_bytes import read
from tests.samples.registry_source import read_grid, registry

SAMPLES = (*DYNAMICS, *AGES)
# One file a layout; those that are no sample have a wholly invented sheet.
LAYOUTS = (
    "0503sjin.xls",
    "1203sjin.xls",
    "1303ssjin.xls",
    "1403ssjin.xls",
    "1603ssjin.xls",
    "1507nsjin.xls",
    "1511gsjin.xls",
    "2203ssjin.xlsx",
    "2107nsjin.xlsx",
    "2111gsjin.xlsx",
    "1404ssnen.xls",
    "1408nsnen.xls",
    "1412gsnen.xls",
    "1804ssnen.xls",
    "1608nanen.xls",
    "1612gsnen.xls",
    "2104ssnen.xlsx",
    "2108nsnen.xlsx",
    "2112gsnen.xlsx",
)


def figures(table: Reading) -> dict[tuple[str, str, str, str], tuple[int, str]]:
    """Value and cell by series, area, period and dimensions."""
    frame = table.frame
    columns = ("series", "area", "period", "dimensions")
    keys = zip(*(frame[column].astype(object) for column in columns), strict=True)
    return dict(zip(keys, zip(frame["value"], frame["cell"], strict=True), strict=True))


def header_rows(grid: Grid) -> int:
    return next(index for index, row in enumerate(grid.rows) if "合計" in row[:3])


def every_column(name: str, *, filled: bool) -> Iterator[tuple[Grid, int]]:
    """A fresh copy of the sheet for each of its columns; `filled`: group labels in every cell that they span."""
    original = grid_of(name)
    if filled:
        fill_groups(original)
    for column in range(len(original.rows[0])):
        yield Grid(original.sheet, [list(row) for row in original.rows]), column


# --- what is read ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SAMPLES)
def test_the_committed_sample_is_what_the_script_makes(name: str) -> None:
    committed = (FOLDER / "registry" / name).read_bytes()
    fresh = read(registry(), make(name), name)
    pd.testing.assert_frame_equal(read(registry(), committed, name).frame, fresh.frame)


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_is_read_from_its_container(name: str) -> None:
    reading = read(registry(), make(name), name)
    assert tuple(reading.frame.columns) == READING_COLUMNS
    assert reading.frame["value"].dtype == "int64"
    assert not reading.frame.duplicated(["series", "area", "period", "dimensions"]).any()
    assert set(reading.frame["stage"]) == {"確定"}


def test_nemuro_on_the_first_of_january_2018_is_as_published() -> None:
    found = figures(read_grid(grid_of("1803ssjin.xls")))
    row = grid_of("1803ssjin.xls").rows.index(next(r for r in grid_of("1803ssjin.xls").rows if r[0] == "012238")) + 1
    population = "registry.population", "01223", "2018-01-01"
    assert found[*population, "age=all;nationality=total;sex=total"] == (26399, f"F{row}")
    assert found[*population, "age=all;nationality=total;sex=female"] == (13765, f"E{row}")
    assert found["registry.households", "01223", "2018-01-01", "nationality=total"] == (12734, f"G{row}")
    assert found["registry.moves_in", "01223", "2017", "direction=abroad;nationality=total"] == (217, f"I{row}")
    assert found["registry.other_out", "01223", "2017", "nationality=total"] == (9, f"R{row}")
    assert found["registry.change", "01223", "2017", "nationality=total"] == (-619, f"T{row}")
    assert found["registry.social_change", "01223", "2017", "nationality=total"] == (-412, f"X{row}")


def test_2317_women_aged_20_to_39_lived_in_nemuro_on_the_first_of_january_2018() -> None:
    found = figures(read_grid(grid_of("1804ssnen.xls")))
    ages = ("20-24", "25-29", "30-34", "35-39")
    women = [found["registry.population", "01223", "2018-01-01", f"age={a};nationality=total;sex=female"] for a in ages]
    assert sum(value for value, _ in women) == 2317


def test_dynamics_before_2014_are_those_of_a_fiscal_year_and_residents_before_2013_are_japanese() -> None:
    found = figures(read_grid(grid_of("1303ssjin.xls")))
    assert found["registry.other_in", "01223", "FY2012", "nationality=total"][0] == 314
    found = figures(read_grid(grid_of("1203sjin.xls")))
    assert found["registry.population", "01223", "2012-03-31", "age=all;nationality=japanese;sex=total"][0] == 28923
    assert found["registry.moves_in", "01223", "FY2011", "direction=total;nationality=japanese"][0] == 863


def test_households_of_the_japanese_table_are_the_sum_so_that_japanese_and_foreign_make_the_total() -> None:
    key = ("registry.households", "01223", "2015-01-01")
    japanese = figures(read_grid(grid_of("1507nsjin.xls")))[*key, "nationality=japanese"][0]
    foreign = figures(read_grid(grid_of("1511gsjin.xls")))[*key, "nationality=foreign"][0]
    total = figures(read_grid(grid_of("1503ssjin.xls")))[*key, "nationality=total"][0]
    assert (japanese, foreign, total) == (12798, 225, 13023)


def test_what_the_classes_leave_is_a_figure_of_its_own_in_the_cell_of_the_whole() -> None:
    found = figures(read_grid(grid_of("1804ssnen.xls")))
    key = ("registry.population", "47382", "2018-01-01")
    whole = found[*key, "age=all;nationality=total;sex=male"]
    assert found[*key, "age=unknown;nationality=total;sex=male"] == (3, whole[1])
    assert ("registry.population", "01223", "2018-01-01", "age=unknown;nationality=total;sex=male") not in found


def test_a_withheld_cell_is_no_figure() -> None:
    table = read_grid(grid_of("2112gsnen.xlsx"))
    here = table.frame[table.frame["area"] == "47382"]
    assert set(here["dimensions"].str.extract("age=([^;]*)")[0]) == {"all", "unknown"}
    assert any("withheld" in remark for remark in table.remarks)


def test_areas_stand_under_their_own_code_marked_by_kind() -> None:
    frame = read_grid(grid_of("1804ssnen.xls")).frame.drop_duplicates("area")
    kinds = dict(zip(frame["area"].astype(object), frame["kind"].astype(object), strict=True))
    names = dict(zip(frame["area"].astype(object), frame["area_name"].astype(object), strict=True))
    assert {code: kinds[code] for code in ("00", "01", "01100", "01101", "01223", "13101", "13360", "47380")} == {
        "00": "country",
        "01": "prefecture",
        "01100": "designated_city",
        "01101": "ward",
        "01223": "municipality",
        "13101": "municipality",
        "13360": "county",
        "47380": "county",
    }
    assert names["47382"] == "八重山郡与那国町"
    assert names["01"] == "北海道"
    assert list(frame["area"]) == sorted(frame["area"])


def test_the_villages_of_the_northern_territories_stand_with_zeros() -> None:
    frame = read_grid(grid_of("1803ssjin.xls")).frame
    village = frame[frame["area"] == "01695"]
    assert len(village) == 17
    assert (village["value"] == 0).all()


def test_a_subtotal_without_a_code_is_checked_and_not_stored() -> None:
    grid = grid_of("0503sjin.xls")
    assert "13360" not in set(read_grid(grid).frame["area"])
    row = next(index for index, cells in enumerate(grid.rows) if cells[2] == "島しょ")
    for column in (3, 5):
        grid.rows[row][column] += 1  # type: ignore[operator]
    with pytest.raises(FigureImplausible, match="島しょ"):
        read_grid(grid)


def test_an_old_workbook_named_xlsx_is_read_all_the_same() -> None:
    assert len(read(registry(), make("1803ssjin.xls"), "1803ssjin.xlsx").frame) == 340


def test_the_recipe_changes_with_the_layouts_and_with_a_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    one = recipe(registry())
    assert recipe(replace(registry(), recipe="other layouts")) != one
    assert recipe(replace(registry(), endpoints=(FileAddress("https://www.example.jp/a.xls", None),))) == one
    monkeypatch.setitem(READER_VERSIONS, "registry_sheet", "next")
    assert recipe(registry()) != one


def test_the_readers_that_have_a_version_are_those_that_config_names() -> None:
    sources = load_catalog(Path(__file__).parents[2] / "config").sources
    named = {kind.reader for source in sources if source.id != "returns" for kind in source.file_kinds}
    assert named == set(READER_VERSIONS) == set(WORKBOOK_READERS) | set(TEXT_READERS)


# --- the layout -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_renamed_column_never_slips_through(name: str) -> None:
    for grid, column in every_column(name, filled=False):
        for row in reversed(grid.rows[1 : header_rows(grid)]):
            if row[column] not in ("", "人", "世帯", "％"):
                row[column] = f"{row[column]}改"
                break
        with pytest.raises(LayoutChanged) as fault:
            read_grid(grid)
        assert "改" in fault.value.what
        assert "config/sources/registry.yml" in fault.value.remedy


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_missing_column_never_slips_through(name: str) -> None:
    for grid, column in every_column(name, filled=True):
        for row in grid.rows[1:]:
            del row[column]
        with pytest.raises(LayoutChanged) as fault:
            read_grid(grid)
        assert "missing" in fault.value.what or "where the layout has" in fault.value.what, column


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_duplicated_column_never_slips_through(name: str) -> None:
    for grid, column in every_column(name, filled=True):
        for row in grid.rows[1:]:
            row.insert(column, row[column])
        with pytest.raises(LayoutChanged, match="second time"):
            read_grid(grid)


@pytest.mark.parametrize("name", LAYOUTS)
def test_an_added_column_never_slips_through(name: str) -> None:
    for grid, column in every_column(name, filled=True):
        start = header_rows(grid)
        for index, row in enumerate(grid.rows[1:], start=1):
            row.insert(column, "新しい欄" if index < start else 1)
        with pytest.raises(LayoutChanged, match="a column “新しい欄”"):
            read_grid(grid)


def fill_groups(grid: Grid) -> None:
    """Writes group labels into every cell that they span, so that a column can be taken out on its own."""
    *upper, lowest = grid.rows[1 : header_rows(grid)]
    for depth, row in enumerate(upper):
        for column in range(4, len(row)):
            if row[column] == "" and (depth == 0 or lowest[column] != ""):
                row[column] = row[column - 1]


@pytest.mark.parametrize("name", LAYOUTS)
def test_filled_groups_read_as_merged_ones(name: str) -> None:
    grid = grid_of(name)
    fill_groups(grid)
    pd.testing.assert_frame_equal(read_grid(grid).frame, read_grid(grid_of(name)).frame)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_header_shifted_down_is_told_with_its_place(name: str) -> None:
    grid = grid_of(name)
    grid.rows.insert(0, [""] * len(grid.rows[0]))
    with pytest.raises(LayoutChanged, match="A2"):
        read_grid(grid)


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_header_shifted_to_the_right_is_told_with_its_place(name: str) -> None:
    grid = grid_of(name)
    for row in grid.rows:
        row.insert(0, "")
    with pytest.raises(LayoutChanged, match="B1"):
        read_grid(grid)


@pytest.mark.parametrize("name", LAYOUTS)
def test_labels_shifted_against_their_figures_are_refused(name: str) -> None:
    grid = grid_of(name)
    for row in grid.rows[1 : header_rows(grid)]:
        row.insert(3, "")
        row.pop()
    with pytest.raises(LayoutChanged):
        read_grid(grid)


@pytest.mark.parametrize("name", LAYOUTS)
def test_one_more_row_in_the_header_is_refused(name: str) -> None:
    grid = grid_of(name)
    grid.rows.insert(1, [""] * len(grid.rows[0]))
    with pytest.raises(LayoutChanged, match="rows 1 to"):
        read_grid(grid)


def test_two_columns_in_each_other_s_place_are_refused() -> None:
    grid = grid_of("1803ssjin.xls")
    for row in grid.rows[3:]:
        row[3], row[4] = row[4], row[3]
    with pytest.raises(LayoutChanged, match="“人口/女” where the layout has “人口/男”"):
        read_grid(grid)


@pytest.mark.parametrize("name", [name for name in LAYOUTS if name[4] in "sng" and name != "1203sjin.xls"])
def test_swapped_sheets_are_refused(name: str) -> None:
    grid = grid_of(name)
    for one, other in (("総計", "外国人住民"), ("日本人住民", "総計"), ("外国人住民", "日本人住民")):
        if one in grid.sheet:
            grid.sheet = grid.sheet.replace(one, other)
            break
    else:
        grid.sheet = "人口、世帯数、人口動態（市区町村別）【外国人住民】"
    with pytest.raises(LayoutChanged, match="swapped"):
        read_grid(grid)


def test_a_title_that_speaks_of_other_residents_than_the_sheet_is_refused() -> None:
    grid = grid_of("1804ssnen.xls")
    grid.put("A1", str(grid.get("A1")).replace("総計", "日本人住民"))
    with pytest.raises(LayoutChanged, match="swapped"):
        read_grid(grid)


def test_a_second_sheet_with_figures_is_refused() -> None:
    grid = grid_of("1803ssjin.xls")
    other = Grid("作業用", [["メモ"]])
    with pytest.raises(LayoutChanged, match="作業用"):
        read(registry(), write_xls(grid, other), "1803ssjin.xls")
    assert len(read(registry(), write_xls(grid, Grid("Sheet2", [[""]])), "1803ssjin.xls").frame) == 340


def test_figures_beside_the_table_are_refused() -> None:
    grid = grid_of("1803ssjin.xls")
    for index, row in enumerate(grid.rows):
        row.append(2018 if index > 3 else "")
    with pytest.raises(LayoutChanged, match="column Z"):
        read_grid(grid)


def test_a_table_of_another_kind_is_told_with_its_title() -> None:
    grid = Grid("Sheet1", [["ふるさと納税に関する現況調査"], ["団体コード"]])
    with pytest.raises(LayoutChanged, match="no file of the source registry") as fault:
        read(registry(), write_xlsx(grid), "furusato.xlsx")
    assert "ふるさと納税" in fault.value.expected


# --- the container --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["1803ssjin.xls", "1804ssnen.xls", "2203ssjin.xlsx", "2104ssnen.xlsx"])
@pytest.mark.parametrize("part", [0.01, 0.3, 0.5, 0.8, 0.95, 0.999])
def test_a_truncated_file_is_refused(name: str, part: float) -> None:
    data = make(name)
    with pytest.raises((FileUnreadable, FigureImplausible, LayoutChanged)):
        read(registry(), data[: int(len(data) * part)], name)


@pytest.mark.parametrize("name", ["1803ssjin.xls", "1804ssnen.xls"])
def test_a_file_truncated_at_any_sector_is_refused(name: str) -> None:
    data = make(name)
    for size in range(512, len(data), 512):
        with pytest.raises((FileUnreadable, FigureImplausible, LayoutChanged)):
            read(registry(), data[:size], name)


def test_a_web_page_named_xlsx_is_called_a_web_page() -> None:
    page = "\r\n<!DOCTYPE html><html><body>メンテナンス中</body></html>".encode()
    with pytest.raises(FileUnreadable, match="web page"):
        read(registry(), page, "2203ssjin.xlsx")


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7 ...", b"\x89PNG\r\n\x1a\n\0\0\0", b"PK\x03\x04", b"hello"])
def test_something_that_is_no_table_is_refused(data: bytes) -> None:
    with pytest.raises((FileUnreadable, LayoutChanged)):
        read(registry(), data, "x.xlsx")


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("rows", [1, 3, 8])
def test_missing_rows_at_the_end_are_noticed(name: str, rows: int) -> None:
    grid = grid_of(name)
    while str(grid.rows[-1][0]).startswith("注"):
        grid.rows.pop()
    del grid.rows[-rows:]
    with pytest.raises(FigureImplausible):
        read_grid(grid)


# --- marks, units, eras, codes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", ["…", "***", "x", "－", "▲5", "N/A", "", "1,234", True])
def test_an_unknown_mark_is_named_with_its_cell(mark: object) -> None:
    grid = grid_of("1803ssjin.xls")
    grid.put("H9", mark)  # type: ignore[arg-type]
    with pytest.raises(FigureImplausible, match="!H9"):
        read_grid(grid)


def test_the_mark_of_the_foreign_tables_is_unknown_in_the_others() -> None:
    for name, cell in (("2104ssnen.xlsx", "H9"), ("1804ssnen.xls", "H9"), ("2112gsnen.xlsx", "E9")):
        grid = grid_of(name)
        grid.put(cell, "X")
        with pytest.raises(FigureImplausible, match=f"!{cell}"):
            read_grid(grid)


@pytest.mark.parametrize("value", [12.5, -3])
def test_a_count_is_whole_and_not_below_zero(value: float) -> None:
    grid = grid_of("1803ssjin.xls")
    grid.put("D9", value)
    with pytest.raises(FigureImplausible, match="!D9"):
        read_grid(grid)


@pytest.mark.parametrize(("name", "cell"), [("2203ssjin.xlsx", "D6"), ("2104ssnen.xlsx", "F3")])
def test_an_unknown_unit_is_named_with_its_cell(name: str, cell: str) -> None:
    grid = grid_of(name)
    grid.put(cell, "千人")
    with pytest.raises(FigureImplausible, match=f"!{cell}: the unit “千人”"):
        read_grid(grid)


def test_an_unknown_unit_beside_the_title_is_named_with_its_cell() -> None:
    grid = grid_of("1803ssjin.xls")
    grid.put("Y1", "（単位：千人、世帯、％）")
    with pytest.raises(FigureImplausible, match="!Y1"):
        read_grid(grid)


def test_an_unknown_era_is_named_with_its_cell() -> None:
    grid = grid_of("1803ssjin.xls")
    grid.put("A1", str(grid.get("A1")).replace("平成", "天保"))
    with pytest.raises(FigureImplausible, match="!A1: no date"):
        read_grid(grid)
    grid = grid_of("1803ssjin.xls")
    grid.put("D2", "天保30年")
    with pytest.raises(LayoutChanged, match="天保30年"):
        read_grid(grid)


@pytest.mark.parametrize(("cell", "year"), [("D2", "平成29年"), ("H2", "平成30年"), ("H2", "平成29年度")])
def test_a_year_above_the_columns_that_is_not_the_title_s_is_refused(cell: str, year: str) -> None:
    grid = grid_of("1803ssjin.xls")
    grid.put(cell, year)
    with pytest.raises(FigureImplausible, match=f"“{year}” above"):
        read_grid(grid)


def test_dynamics_of_another_year_than_the_one_before_the_date_are_refused() -> None:
    grid = grid_of("1803ssjin.xls")
    grid.put("A1", str(grid.get("A1")).replace("平成29年（", "平成28年（"))
    with pytest.raises(FigureImplausible, match="!A1"):
        read_grid(grid)


@pytest.mark.parametrize("code", ["012237", "12238", 12238, "", "990002", "01223X"])
def test_a_wrong_code_is_named_with_its_cell(code: str | int) -> None:
    grid = grid_of("1803ssjin.xls")
    row = next(index for index, cells in enumerate(grid.rows) if cells[0] == "012238")
    grid.rows[row][0] = code
    with pytest.raises(FigureImplausible, match=f"!A{row + 1}"):
        read_grid(grid)


def test_a_code_that_stands_twice_is_refused() -> None:
    grid = grid_of("1803ssjin.xls")
    row = next(index for index, cells in enumerate(grid.rows) if cells[0] == "012238")
    grid.rows.insert(row, list(grid.rows[row]))
    with pytest.raises(FigureImplausible, match="a second time"):
        read_grid(grid)


def test_a_name_that_does_not_belong_to_its_code_is_refused() -> None:
    grid = grid_of("1803ssjin.xls")
    row = next(index for index, cells in enumerate(grid.rows) if cells[0] == "012238")
    grid.rows[row][2] = "根室支庁"
    with pytest.raises(FigureImplausible, match="根室支庁"):
        read_grid(grid)


def test_the_rows_of_an_area_must_stay_together() -> None:
    grid = grid_of("1804ssnen.xls")
    row = next(index for index, cells in enumerate(grid.rows) if cells[0] == "012238")
    grid.rows[row + 1], grid.rows[row + 2] = grid.rows[row + 2], grid.rows[row + 1]
    with pytest.raises(FigureImplausible, match=f"!D{row + 2}"):
        read_grid(grid)


# --- identities -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAYOUTS)
def test_one_wrong_cell_anywhere_is_noticed(name: str) -> None:
    """Every number of a municipality's row, one after the other: its row, its column, or both are named."""
    clean = grid_of(name)
    first = next(index for index, cells in enumerate(clean.rows) if cells[0] == "012238")
    row = first + 1 if "nen" in name else first
    for column, value in enumerate(clean.rows[row]):
        if column < 3 or not isinstance(value, int | float) or (name.startswith("0503") and isinstance(value, float)):
            continue
        grid = grid_of(name)
        grid.rows[row][column] = value + 7
        if "jin" in name and column in range(len(clean.rows[row]) - 5, len(clean.rows[row]), 2):
            # a rate is not stored; one of them is told
            assert any(f"{row + 1} is printed as" in remark for remark in read_grid(grid).remarks)
            continue
        with pytest.raises(FigureImplausible) as fault:
            read_grid(grid)
        assert f"{row + 1}" in fault.value.what or "sum of its" in fault.value.what


@pytest.mark.parametrize(
    ("cell", "named"),
    [
        ("D", "人口/男 .*!D{0} .* 人口/女 .*!E{0} .* is not 人口/計 .*!F{0}"),
        ("H", "!H{0} .*!I{0} .* is not .*!J{0}"),
        ("M", "!J{0} .*!K{0} .*!L{0} .* is not .*計\\(A\\) .*!M{0}"),
        ("S", "!P{0} .*!Q{0} .*!R{0} .* is not .*計\\(B\\) .*!S{0}"),
        ("T", "!M{0} .* − .*!S{0} .* is not 増減数.*!T{0}"),
        ("V", "!K{0} .* − .*!Q{0} .* is not 自然増減数 .*!V{0}"),
        ("X", "!T{0} .* − .*!V{0} .* is not 社会増減数 .*!X{0}"),
    ],
)
def test_a_broken_identity_names_its_cells(cell: str, named: str) -> None:
    grid = grid_of("1803ssjin.xls")
    row = next(index for index, cells in enumerate(grid.rows) if cells[0] == "012238") + 1
    grid.put(f"{cell}{row}", grid.get(f"{cell}{row}") + 1)  # type: ignore[operator]
    with pytest.raises(FigureImplausible, match=named.format(row)):
        read_grid(grid)


def test_one_rate_on_another_base_is_told_because_areas_merge() -> None:
    grid = grid_of("1803ssjin.xls")
    row = next(index for index, cells in enumerate(grid.rows) if cells[0] == "012238") + 1
    grid.put(f"U{row}", grid.get(f"U{row}") + 1)  # type: ignore[operator]
    assert f"“増減率” of 根室市 in 人口、世帯数、人口動態（市区町村別）【総計】!U{row} is printed as" in "".join(
        read_grid(grid).remarks
    )


def test_a_column_of_other_numbers_than_rates_is_refused() -> None:
    grid = grid_of("1803ssjin.xls")
    for cells in grid.rows[4:]:
        if isinstance(cells[20], float):
            cells[20] += 1
    with pytest.raises(FigureImplausible, match="“増減率” in .* is not the change in percent"):
        read_grid(grid)


def test_a_sheet_whose_name_says_nothing_is_read_all_the_same() -> None:
    grid = grid_of("1803ssjin.xls")
    grid.sheet = "Sheet1 (2)"
    assert len(read_grid(grid).frame) == 340


def test_a_sheet_with_the_name_of_another_table_is_refused() -> None:
    grid = grid_of("1803ssjin.xls")
    grid.sheet = "年齢別人口（市区町村別）【総計】"
    with pytest.raises(LayoutChanged, match="swapped"):
        read(registry(), write_xls(grid), "1803ssjin.xls")


def test_classes_that_sum_to_more_than_the_whole_are_refused() -> None:
    grid = grid_of("1804ssnen.xls")
    row = next(index for index, cells in enumerate(grid.rows) if cells[0] == "012238")
    for offset in (0, 1):
        grid.rows[row + offset][9] += 5  # type: ignore[operator]
    with pytest.raises(FigureImplausible, match=f"row {row + 1} sum to more than “総数”"):
        read_grid(grid)


def test_a_prefecture_that_is_not_the_sum_of_its_parts_is_refused() -> None:
    grid = grid_of("1803ssjin.xls")
    row = next(index for index, cells in enumerate(grid.rows) if cells[0] == "012238")
    del grid.rows[row]
    with pytest.raises(FigureImplausible, match="北海道: .* is not the sum of its 4 municipalities and wards"):
        read_grid(grid)


def test_an_all_new_rate_is_a_mark_only_where_nobody_was_before() -> None:
    grid = grid_of("1511gsjin.xls")
    row = next(index for index, cells in enumerate(grid.rows) if cells[0] == "012238")
    grid.rows[row][24] = "皆増"
    with pytest.raises(FigureImplausible, match=f"!Y{row + 1}"):
        read_grid(grid)


# --- open data ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["012238_population_utf8.csv", "012238_population_cp932.csv"])
def test_open_data_is_read_in_both_encodings_with_and_without_the_leading_zero(name: str) -> None:
    reading = read(registry(), (FOLDER / "registry" / name).read_bytes(), name)
    found = figures(Reading(reading.kind, (reading.frame,), reading.remarks))
    population = "registry.population", "01223", "2018-01-01"
    assert found[*population, "age=all;nationality=total;sex=total"] == (26399, "line 2:総人口")
    assert found[*population, "age=20-24;nationality=total;sex=female"] == (575, "line 2:20-24歳の女性")
    assert found["registry.households", "01223", "2018-01-01", "nationality=total"] == (12734, "line 2:世帯数")
    assert set(reading.frame["sheet"]) == {""}
    assert reading.remarks == ("2 rows of 町丁・字 are no whole municipality: not stored",)


def read_open_data(rows: list[list[str]], encoding: str = "utf-8") -> Reading:
    reading = read(registry(), write_csv(rows, encoding), "012238_population.csv")
    return Reading(reading.kind, (reading.frame,), reading.remarks)


@pytest.mark.parametrize("optional", [("備考",), ("年齢不詳の男性", "年齢不詳の女性", "備考")])
def test_open_data_may_lack_its_optional_columns(optional: tuple[str, ...]) -> None:
    rows = open_data_rows()
    for label in optional:
        at = rows[0].index(label)
        for row in rows:
            del row[at]
    assert len(read_open_data(rows).frame) == 46


@pytest.mark.parametrize("change", ["rename", "drop", "double", "add"])
def test_a_changed_column_of_open_data_never_slips_through(change: str) -> None:
    for column, label in enumerate(open_data_rows()[0]):
        if change == "drop" and (label.startswith("年齢不詳") or label == "備考"):
            # Declared optional: without them it is a layout too, tested above.
            continue
        rows = open_data_rows()
        for index, row in enumerate(rows):
            if change == "rename":
                row[column] = f"{label}改" if index == 0 else row[column]
            elif change == "drop":
                del row[column]
            elif change == "double":
                row.insert(column, row[column])
            else:
                row.insert(column, "新しい欄" if index == 0 else "1")
        with pytest.raises(LayoutChanged) as fault:
            read_open_data(rows)
        assert "config/sources/registry.yml" in fault.value.remedy


@pytest.mark.parametrize(
    ("label", "value", "named"),
    [
        ("総人口", "26398", "line 2:総人口"),
        ("男性", "", "line 2:男性"),
        ("0-4歳の男性", "444", "line 2:男性"),
        ("0-4歳の男性", "X", "line 2:0-4歳の男性"),
        ("世帯数", "1.5", "line 2:世帯数"),
        ("調査年月日", "平成30年1月1日", "line 2:調査年月日"),
        ("調査年月日", "2018-02-30", "line 2:調査年月日"),
        ("都道府県コード又は市区町村コード", "012237", "line 2:都道府県コード又は市区町村コード"),
        ("市区町村名", "根室振興局", "line 2:都道府県コード又は市区町村コード"),
    ],
)
def test_a_wrong_cell_of_open_data_is_named(label: str, value: str, named: str) -> None:
    rows = open_data_rows()
    rows[1][rows[0].index(label)] = value
    with pytest.raises(FigureImplausible, match=named):
        read_open_data(rows)


def test_the_same_day_twice_in_open_data_is_refused() -> None:
    rows = open_data_rows()
    with pytest.raises(FigureImplausible, match="line 3: 根室市 on 2018-01-01 a second time"):
        read_open_data([rows[0], rows[1], rows[1]])


def test_open_data_cut_short_in_a_line_is_refused() -> None:
    data = write_csv(open_data_rows(), "utf-8")
    with pytest.raises(FigureImplausible, match="line 4"):
        read(registry(), data[:-20], "012238_population.csv")


def test_what_open_data_leaves_without_an_age_is_a_figure_in_the_cell_of_the_whole() -> None:
    rows = open_data_rows()
    rows[1][rows[0].index("100歳以上の女性")] = ""
    found = figures(read_open_data([row[:51] + row[53:] for row in rows]))
    key = ("registry.population", "01223", "2018-01-01", "age=unknown;nationality=total;sex=female")
    assert found[key] == (8, "line 2:女性")
