"""社人研's projections: each vintage under its own name, each year on its 1 October, or a refusal with the cell."""

from collections.abc import Callable

import pytest

from nemuro_etl.errors import Fault, FigureImplausible, LayoutChanged
from nemuro_etl.model.figure import READING_COLUMNS
from nemuro_etl.sources.frame import Reading
from nemuro_etl.sources.spec import find_faults
from tests.samples.make_projection import FILES, grid_of
from tests.samples.make_registry import FOLDER, Grid, write_xls, write_xlsx
from tests.samples.public_source import public_source
from tests.samples.read_bytes import read

NAME = "r5-kekkahyo1.xlsx"


def sample(name: str) -> Reading:
    return read(public_source("projection"), (FOLDER / "projection" / name).read_bytes(), name)


def figures(reading: Reading) -> dict[tuple[str, str, str], tuple[int, str]]:
    frame = reading.frame
    keys = zip(frame["area"], frame["period"], frame["dimensions"], strict=True)
    return dict(zip(keys, zip(frame["value"], frame["cell"], strict=True), strict=True))


@pytest.mark.parametrize(
    ("name", "year", "dimensions", "value"),
    [
        ("h25-kekkahyo1.xls", 2010, "age=all;sex=total;vintage=2013", 29198),
        ("h25-kekkahyo1.xls", 2020, "age=all;sex=total;vintage=2013", 25390),
        ("h25-kekkahyo1.xls", 2025, "age=all;sex=total;vintage=2013", 23491),
        ("h25-kekkahyo1.xls", 2035, "age=all;sex=total;vintage=2013", 19696),
        ("h25-kekkahyo2_1.xls", 2020, "age=0-14;sex=total;vintage=2013", 2533),
        ("h25-kekkahyo2_2.xls", 2020, "age=15-64;sex=total;vintage=2013", 14317),
        ("h25-kekkahyo2_3.xls", 2020, "age=65+;sex=total;vintage=2013", 8540),
        ("h30-kekkahyo1.xlsx", 2015, "age=all;sex=total;vintage=2018", 26917),
        ("r5-kekkahyo1.xlsx", 2025, "age=all;sex=total;vintage=2023", 22317),
    ],
)
def test_nemuro_is_projected_as_published(name: str, year: int, dimensions: str, value: int) -> None:
    assert figures(sample(name))["01223", f"{year}-10-01", dimensions][0] == value


def test_a_figure_has_series_unit_stage_kind_and_cell() -> None:
    frame = sample(NAME).frame
    assert tuple(frame.columns) == READING_COLUMNS
    assert frame["value"].dtype == "int64"
    row = frame[(frame["area"] == "01223") & (frame["period"] == "2025-10-01")].iloc[0]
    found = [row[name] for name in ("series", "kind", "unit", "stage", "sheet", "cell")]
    assert found == ["projection.population", "municipality", "人", "確定", "Sheet1", "F10"]


def test_every_area_and_year_is_stored_and_the_region_without_a_code_is_told() -> None:
    reading = sample(NAME)
    codes = {"01", "01100", "01101", "01102", "01223", "01691", "07", "07201", "13", "13101"}
    assert set(reading.frame["area"]) == codes
    assert len(reading.frame) == len(codes) * 7
    assert dict(zip(reading.frame["area"], reading.frame["kind"], strict=True))["13101"] == "municipality"
    assert "浜通り地域: no area of the national list of codes: checked and not stored" in reading.remarks
    assert "columns not used: 指数" in reading.remarks


def test_the_vintage_of_2013_has_fukushima_only_as_a_prefecture() -> None:
    areas = set(sample("h25-kekkahyo1.xls").frame["area"])
    assert "07" in areas
    assert not any(area.startswith("07") and len(area) == 5 for area in areas)


def test_a_year_may_be_headed_by_its_era_too() -> None:
    grid = grid_of(NAME)
    for column in range(4, 11):
        year = str(grid.rows[4][column])
        grid.rows[4][column] = f"令和{int(year[:4]) - 2018}年({year})"
    assert figures(read(public_source("projection"), write_xlsx(grid), NAME)) == figures(sample(NAME))


def test_a_sum_within_the_rounding_of_its_parts_is_accepted() -> None:
    grid = grid_of(NAME)
    grid.put("F7", int(grid.get("F7")) + 1)
    found = figures(read(public_source("projection"), write_xlsx(grid), NAME))
    assert found["01100", "2025-10-01", "age=all;sex=total;vintage=2023"] == (grid.get("F7"), "F7")


def put(cell: str, value: float | str) -> Callable[[Grid], None]:
    return lambda grid: grid.put(cell, value)


def remove_column(grid: Grid) -> None:
    for row in grid.rows:
        del row[7]


def double_column(grid: Grid) -> None:
    for row in grid.rows:
        row.insert(8, row[7])


def swap_columns(grid: Grid) -> None:
    for row in grid.rows[3:5]:
        row[5], row[6] = row[6], row[5]


def shift_data(grid: Grid) -> None:
    for row in grid.rows[5:]:
        row[4:] = ["", *row[4:-2], ""]


def drop_prefecture(grid: Grid) -> None:
    del grid.rows[-2]


def repeat_row(grid: Grid) -> None:
    grid.rows.append(list(grid.rows[9]))


@pytest.mark.parametrize(
    ("change", "fault", "told"),
    [
        (remove_column, LayoutChanged, "2035” is missing"),
        (double_column, LayoutChanged, "2035” a second time"),
        (swap_columns, LayoutChanged, "Sheet1!F5: .*2030.*where the layout has"),
        (put("F5", "2026年"), LayoutChanged, "Sheet1!F5: .*2026.*where the layout has “総人口/2025”"),
        (put("E4", "世帯数"), LayoutChanged, "世帯数/2020"),
        (put("C4", "県"), LayoutChanged, "Sheet1!C5: “県” where the layout has “都道府県”"),
        (put("S4", "比"), LayoutChanged, "Sheet1!S4|Sheet1!S5"),
        (put("A1", "日本の地域別将来推計人口（令和10年推計）"), LayoutChanged, "projection of 2028"),
        (put("A1", "日本の地域別将来推計人口"), LayoutChanged, "projection of no year"),
        (put("A1", "日本の地域別将来推計人口（平成30年推計）"), LayoutChanged, "2018 all"),
        (put("A1", "日本の地域別将来推計人口（令和5（2022）年推計）"), FigureImplausible, "expected 2023"),
        (put("A1", "日本の将来推計人口（令和5年推計）"), LayoutChanged, "is no file of the source projection"),
        (put("A3", "（単位：千人）"), FigureImplausible, r"Sheet1!A3: “\(単位:千人\)”"),
        (put("F10", "-"), FigureImplausible, "Sheet1!F10: “-”"),
        (put("F10", ""), FigureImplausible, "Sheet1!F10: “”"),
        (put("F10", 22317.5), FigureImplausible, "Sheet1!F10"),
        (put("F10", 1e30), FigureImplausible, "Sheet1!F10"),
        (put("F10", -5), FigureImplausible, "Sheet1!F10"),
        (put("F10", 22371), FigureImplausible, "Sheet1!F6: 北海道 in 2025"),
        (put("F7", 1), FigureImplausible, "Sheet1!F7: 札幌市 in 2025"),
        (put("B10", "5"), FigureImplausible, "Sheet1!B10: “5”"),
        (put("B10", "1"), FigureImplausible, "Sheet1!A10: the code 01223 and the kind 1"),
        (put("A10", 223), FigureImplausible, "Sheet1!A10: “223”"),
        (put("A10", 48223), FigureImplausible, "Sheet1!A10: the code 48223"),
        (put("D10", "根室"), FigureImplausible, "Sheet1!A10: .*“根室”"),
        (put("D10", ""), FigureImplausible, "Sheet1!A10"),
        (shift_data, FigureImplausible, "Sheet1!E6: “”"),
        (drop_prefecture, FigureImplausible, "千代田区 without its prefecture"),
        (repeat_row, FigureImplausible, "Sheet1!A17: the code 01223 a second time"),
    ],
)
def test_what_cannot_be_is_refused_with_its_cell(change: Callable[[Grid], None], fault: type[Fault], told: str) -> None:
    grid = grid_of(NAME)
    for row in grid.rows:
        row.append("")
    change(grid)
    with pytest.raises(fault, match=told):
        read(public_source("projection"), write_xlsx(grid), NAME)


def test_the_kind_of_workbook_does_not_matter() -> None:
    assert figures(read(public_source("projection"), write_xls(grid_of(NAME)), NAME)) == figures(sample(NAME))


@pytest.mark.parametrize("name", FILES)
def test_the_committed_sample_is_what_the_script_makes(name: str) -> None:
    grid = write_xls(grid_of(name)) if name.endswith(".xls") else write_xlsx(grid_of(name))
    assert figures(read(public_source("projection"), grid, name)) == figures(sample(name))


def test_the_declared_layouts_have_no_fault() -> None:
    assert list(find_faults(public_source("projection").file_kinds[0])) == []
