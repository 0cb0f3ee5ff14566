"""合計特殊出生率: the rate of the five years that the title says, or a refusal that names the cell."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from nemuro_etl.errors import Fault, FigureImplausible, LayoutChanged
from nemuro_etl.model.figure import READING_COLUMNS
from nemuro_etl.sources import fertility_table
from nemuro_etl.sources.container import Sheet
from nemuro_etl.sources.frame import Reading
from nemuro_etl.sources.spec import find_faults
from tests.samples.make_registry import FOLDER, Grid, write_xls
from tests.samples.make_vital import SPANS, grid_of
from tests.samples.public_source import public_source
from tests.samples.read_bytes import read

NAME = "h25-29.xlsx"


def table_of(grid: Grid) -> Reading:
    source = public_source("vital")
    width = max(map(len, grid.rows))
    rows = [[*row, *[""] * (width - len(row))] for row in grid.rows]
    return fertility_table.read(source, source.file_kinds[0], [Sheet(grid.sheet, rows)], NAME)


def rates(table: Reading) -> dict[str, Decimal]:
    return dict(zip(table.frame["area"], table.frame["value"], strict=True))


@pytest.mark.parametrize(
    ("name", "period", "rate"), [(NAME, "2013/2017", "1.55"), ("h30-r4.xlsx", "2018/2022", "1.48")]
)
def test_the_committed_samples_give_nemuro_s_rate_of_their_years(name: str, period: str, rate: str) -> None:
    frame = read(public_source("vital"), (FOLDER / "vital" / name).read_bytes(), name).frame
    assert tuple(frame.columns) == READING_COLUMNS
    nemuro = frame[frame["area"] == "01223"].iloc[0]
    assert (nemuro["series"], nemuro["period"], nemuro["dimensions"], nemuro["unit"], nemuro["stage"]) == (
        "vital.tfr",
        period,
        "",
        "",
        "確定",
    )
    assert nemuro["value"] == Decimal(rate)
    assert (nemuro["area_name"], nemuro["kind"], nemuro["sheet"], nemuro["cell"]) == (
        "根室市",
        "municipality",
        "Sheet1",
        "B9",
    )


def test_health_centres_and_areas_without_a_rate_are_told_and_not_stored() -> None:
    table = table_of(grid_of(NAME))
    assert set(rates(table)) == {"00", "01", "01101", "01223", "01691", "07", "13", "13101"}
    assert "2 rows of 保健所 are no municipalities: not stored" in table.remarks
    assert "no rate published for: 富岡町、利島村" in table.remarks


def test_the_kind_of_workbook_does_not_matter() -> None:
    frame = read(public_source("vital"), write_xls(grid_of(NAME)), "h25-29.xls").frame
    assert rates(Reading("", (frame,), ())) == rates(table_of(grid_of(NAME)))


def test_binary_noise_is_removed_and_nothing_else() -> None:
    grid = grid_of(NAME)
    grid.put("B9", 1.5500000000000003)
    assert rates(table_of(grid))["01223"] == Decimal("1.55")
    grid.put("B9", 1.555)
    with pytest.raises(FigureImplausible, match=r"Sheet1!B9: 1\.555"):
        table_of(grid)


def test_a_header_of_one_row_below_a_longer_preface_is_read() -> None:
    grid = grid_of(NAME)
    grid.rows[3] = ["都道府県・保健所・市区町村", "合計特殊出生率", *grid.rows[3][2:]]
    del grid.rows[2]
    grid.rows.insert(0, ["人口動態統計特殊報告", *[""] * 8])
    grid.rows.insert(0, [""] * 9)
    table = table_of(grid)
    assert rates(table)["01223"] == Decimal("1.55")
    assert table.frame["cell"].tolist()[0] == "B6"


def put(cell: str, value: float | str) -> Callable[[Grid], None]:
    return lambda grid: grid.put(cell, value)


def remove_column(index: int) -> Callable[[Grid], None]:
    def change(grid: Grid) -> None:
        for row in grid.rows:
            del row[index]

    return change


def add_column(index: int, label: str) -> Callable[[Grid], None]:
    def change(grid: Grid) -> None:
        for number, row in enumerate(grid.rows):
            row.insert(index, label if number == 3 else "")

    return change


def value_right_of_the_table(grid: Grid) -> None:
    for row in grid.rows:
        row.append("")
    grid.put("J9", 9)


def shift_data(grid: Grid) -> None:
    for row in grid.rows[4:-1]:
        row[1:] = [*row[2:], ""]


def drop_prefecture(grid: Grid) -> None:
    del grid.rows[5]


def text_below_notes(grid: Grid) -> None:
    grid.rows.append(["01223根室市", 1.5, *[1.0] * 7])


@pytest.mark.parametrize(
    ("change", "fault", "told"),
    [
        (put("C4", "10～19歳"), LayoutChanged, "Sheet1!C4: .*10~19歳"),
        (put("A3", "市区町村"), LayoutChanged, "Sheet1!A4: “市区町村” where the layout has"),
        (put("B3", "出生率"), LayoutChanged, "is no file of the source vital"),
        (remove_column(8), LayoutChanged, "45~49” is missing"),
        (add_column(9, "50～54"), LayoutChanged, "50~54"),
        (add_column(3, "20～24"), LayoutChanged, "20~24"),
        (value_right_of_the_table, LayoutChanged, "Sheet1!J9: “9” under no label"),
        (put("B9", "X"), FigureImplausible, "Sheet1!B9: “X”"),
        (put("B9", ""), FigureImplausible, "Sheet1!B9: “”"),
        (put("B9", 15.5), FigureImplausible, r"Sheet1!B9: 15\.5"),
        (put("B9", -1.55), FigureImplausible, "Sheet1!B9"),
        (put("B9", "nan"), FigureImplausible, "Sheet1!B9"),
        (put("A9", "01223"), FigureImplausible, "Sheet1!A9: “01223”"),
        (put("A9", "根室市"), FigureImplausible, "Sheet1!A9: “根室市”"),
        (put("A9", "1223根室市"), FigureImplausible, "Sheet1!A9: the code 1223 with the name “根室市”"),
        (put("A9", "01223根室"), FigureImplausible, "Sheet1!A9: the code 01223"),
        (put("A9", "48223根室市"), FigureImplausible, "Sheet1!A9: the code 48223"),
        (put("A10", "01223根室市"), FigureImplausible, "Sheet1!A10: .*a second time"),
        (put("A1", "都道府県・市区町村別合計特殊出生率"), FigureImplausible, "which years"),
        (put("A1", "市区町村別合計特殊出生率 平成25年～平成28年"), FigureImplausible, "which years"),
        (put("A2", "平成20年～平成24年"), FigureImplausible, "which years"),
        (put("A2", "（単位：人口千対）"), FigureImplausible, "Sheet1!A2"),
        (shift_data, FigureImplausible, "Sheet1!B5"),
        (drop_prefecture, FigureImplausible, "without its prefecture"),
        (text_below_notes, FigureImplausible, "below the notes"),
    ],
)
def test_what_cannot_be_is_refused_with_its_cell(change: Callable[[Grid], None], fault: type[Fault], told: str) -> None:
    grid = grid_of(NAME)
    change(grid)
    with pytest.raises(fault, match=told):
        read(public_source("vital"), write_xls(grid), NAME)


def test_a_second_sheet_with_figures_is_refused() -> None:
    with pytest.raises(LayoutChanged, match="Sheet2"):
        read(public_source("vital"), write_xls(grid_of(NAME), Grid("Sheet2", [["x"]])), NAME)


def test_a_slip_in_the_layouts_is_told() -> None:
    assert list(find_faults(public_source("vital").file_kinds[0])) == []


@pytest.mark.parametrize("name", SPANS)
def test_the_committed_sample_is_what_the_script_makes(name: str) -> None:
    committed = read(public_source("vital"), (FOLDER / "vital" / name).read_bytes(), name).frame
    assert rates(Reading("", (committed,), ())) == rates(table_of(grid_of(name)))
    begins, _, ends = str(committed["period"].iloc[0]).partition("/")
    assert int(ends) - int(begins) == 4
