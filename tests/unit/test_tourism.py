"""The tourism readers never let a changed layout, an unknown mark or a broken sum slip through."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from nemuro_etl.catalog import load_catalog
from nemuro_etl.catalog.types import Source
from nemuro_etl.errors import FigureImplausible, LayoutChanged
from nemuro_etl.model.figure import READING_COLUMNS
from nemuro_etl.sources.container import Sheet
from nemuro_etl.sources.frame import Reading
from nemuro_etl.sources.reading import WORKBOOK_READERS
from nemuro_etl.sources.spec import find_faults
from tests.samples.make_registry import Grid, write_xls, write_xlsx
from tests.samples.make_tourism import FOLDER, FOREIGN, NAMES, foreign, foreign_first_half, header, make, report
from tests.samples.read_bytes import read

ROOT = Path(__file__).parents[2]
YEARS = tuple(NAMES)
Values = dict[tuple[str, str, str, str], tuple[int, str]]


@cache
def tourism() -> Source:
    source = load_catalog(ROOT / "config").source("tourism")
    assert source is not None
    return source


def values(frame: pd.DataFrame) -> Values:
    """Value and cell by series, area, period and dimensions."""
    columns = ("series", "area", "period", "dimensions")
    keys = zip(*(frame[column].astype(object) for column in columns), strict=True)
    return dict(zip(keys, zip(frame["value"], frame["cell"], strict=True), strict=True))


@cache
def sample(year: int) -> Reading:
    return read(tourism(), make(year), NAMES[year])


def nemuro(year: int, series: str, period: str, dimensions: str = "") -> int:
    return values(sample(year).frame)[f"tourism.{series}", "01223", period, dimensions][0]


def read_grids(grids: list[Grid], name: str) -> Reading:
    """The sheets as if they had been read from a workbook."""
    sheets = []
    for grid in grids:
        width = max(map(len, grid.rows))
        rows = [
            [float(v) if isinstance(v, int) else v for v in [*row, *[""] * (width - len(row))]] for row in grid.rows
        ]
        sheets.append(Sheet(grid.sheet, rows))
    kind = next(kind for kind in tourism().file_kinds if WORKBOOK_READERS[kind.reader].recognise(kind, sheets))
    return WORKBOOK_READERS[kind.reader].read(tourism(), kind, sheets, name)


def read_report(year: int, change: Callable[[Grid], None]) -> Reading:
    grid = report(year)
    change(grid)
    return read_grids([grid], "report.xlsx")


def row_of(grid: Grid, name: str, measure: int = 0) -> int:
    """The zero-based row of a measure of the municipality whose name stands in its first row."""
    return next(index for index, row in enumerate(grid.rows) if row[2] == name) + measure


def put(name: str, column: int, value: float | str, measure: int = 0) -> Callable[[Grid], None]:
    def change(grid: Grid) -> None:
        grid.rows[row_of(grid, name, measure)][column] = value

    return change


def in_every_header(old: str, new: str) -> Callable[[Grid], None]:
    def change(grid: Grid) -> None:
        for row in grid.rows:
            if "市町村" in row:
                row[row.index(old)] = new

    return change


# --- what is read ---------------------------------------------------------------------------------------------------


def test_what_config_says_of_the_source_is_sound() -> None:
    assert [fault for kind in tourism().file_kinds for fault in find_faults(kind)] == []


@pytest.mark.parametrize("year", YEARS)
def test_the_committed_sample_is_what_the_script_makes(year: int) -> None:
    committed = read(tourism(), (FOLDER / "tourism" / NAMES[year]).read_bytes(), NAMES[year])
    pd.testing.assert_frame_equal(committed.frame, sample(year).frame)


@pytest.mark.parametrize("year", YEARS)
def test_every_year_gives_all_areas_months_and_both_totals(year: int) -> None:
    frame = sample(year).frame
    assert tuple(frame.columns) == READING_COLUMNS
    assert frame["value"].dtype == "int64"
    assert len(frame) == 10 * 6 * 14
    assert not frame.duplicated(["series", "area", "period", "dimensions"]).any()
    assert set(frame["stage"]) == {"確報"}
    assert set(frame["unit"]) == {"人"}
    assert set(frame["step"]) == {100}
    assert set(frame["kind"]) == {"municipality"}
    assert (frame["value"] % 100 == 0).all()


TOTALS = {
    2009: (405100, 211200, 193900, 337900, 67200, 78500),
    2010: (392500, 215800, 176700, 327800, 64700, 76100),
    2013: (372600, 151800, 220800, 311300, 61300, 89900),
    2014: (351100, 172500, 178600, 286400, 64700, 90100),
    2015: (393600, 188100, 205500, 323100, 70500, 87600),
    2016: (377000, 169600, 207400, 301100, 75900, 93300),
    2017: (397100, 196900, 200200, 324100, 73000, 100800),
    2018: (370200, 160800, 209400, 299100, 71100, 95400),
    2019: (400500, 165700, 234800, 325600, 74900, 103900),
}


@pytest.mark.parametrize("year", YEARS)
def test_nemuro_s_totals_are_as_published(year: int) -> None:
    found = (
        nemuro(year, "visitors", f"FY{year}", "origin=total"),
        nemuro(year, "visitors", f"FY{year}", "origin=outside"),
        nemuro(year, "visitors", f"FY{year}", "origin=inside"),
        nemuro(year, "day_visitors", f"FY{year}"),
        nemuro(year, "overnight_visitors", f"FY{year}"),
        nemuro(year, "guest_nights", f"FY{year}"),
    )
    assert found == TOTALS[year]


def test_a_month_belongs_to_its_calendar_year() -> None:
    assert nemuro(2015, "visitors", "2015-04", "origin=total") == 15900
    assert nemuro(2015, "visitors", "2015-09", "origin=total") == 132800
    assert nemuro(2015, "visitors", "2016-01", "origin=total") == 21300
    assert nemuro(2015, "guest_nights", "2016-03") == 4500
    assert nemuro(2009, "visitors", "2009-10", "origin=total") == 27100


def test_the_cell_of_a_figure_is_told() -> None:
    grid = report(2014)
    row = next(index for index, row in enumerate(grid.rows) if row[2] == "根室市") - 2
    found = values(sample(2014).frame)
    assert found["tourism.visitors", "01223", "2014-09", "origin=total"] == (119600, f"J{row + 1}")
    assert found["tourism.overnight_visitors", "01223", "FY2013", ""] == (61300, f"R{row + 5}")
    assert set(sample(2014).frame["sheet"]) == {"Ｐ６～２８"}


def test_the_column_of_the_year_before_restates_it() -> None:
    assert nemuro(2014, "visitors", "FY2014", "origin=outside") == 172500
    assert nemuro(2014, "visitors", "FY2014", "origin=inside") == 178600
    assert nemuro(2015, "visitors", "FY2014", "origin=outside") == 149400
    assert nemuro(2015, "visitors", "FY2014", "origin=inside") == 201700
    assert nemuro(2015, "visitors", "FY2014", "origin=total") == nemuro(2014, "visitors", "FY2014", "origin=total")


def percent(numerator: int, denominator: int) -> Decimal:
    return (Decimal(numerator) * 100 / denominator).quantize(Decimal("0.01"), ROUND_HALF_UP)


@pytest.mark.parametrize(("year", "share"), [(2013, "16.85"), (2017, "17.93")])
def test_the_share_of_winter_visitors_comes_out_as_in_the_strategy(year: int, share: str) -> None:
    """g2-i2-1: November to March of the fiscal year's visitors."""
    winter = [f"{year}-11", f"{year}-12", f"{year + 1}-01", f"{year + 1}-02", f"{year + 1}-03"]
    visitors = sum(nemuro(year, "visitors", month, "origin=total") for month in winter)
    assert percent(visitors, nemuro(year, "visitors", f"FY{year}", "origin=total")) == Decimal(share)


def test_the_share_of_overnight_visitors_comes_out_as_in_the_strategy() -> None:
    """g2-i2-3."""
    overnight = nemuro(2017, "overnight_visitors", "FY2017")
    assert percent(overnight, nemuro(2017, "visitors", "FY2017", "origin=total")) == Decimal("18.38")


def test_a_blank_is_a_zero() -> None:
    grid = report(2018)
    row = grid.rows[row_of(grid, "札幌市")]
    row_of_zero = next(index for index, line in enumerate(grid.rows) if line[2] == "中札内村")
    blank = next(column for column in range(4, 16) if grid.rows[row_of_zero][column] == "")
    month = str(header(2018)[blank]).removesuffix("月")
    assert row[blank] != ""
    period = f"{2018 + (int(month) < 4)}-{int(month):02}"
    assert values(sample(2018).frame)["tourism.visitors", "01638", period, "origin=total"][0] == 0


def test_a_known_misspelling_is_read_as_what_is_meant() -> None:
    assert any("中礼内村" in row for row in report(2013).rows)
    frame = sample(2013).frame
    assert set(frame[frame["area"] == "01638"]["area_name"]) == {"中札内村"}


def test_a_town_has_the_code_that_it_had_in_the_year_of_the_figure() -> None:
    found = {(area, period) for _, area, period, _ in values(sample(2010).frame) if period.startswith("FY")}
    assert ("01472", "FY2010") in found
    assert ("01439", "FY2009") in found
    assert ("01439", "FY2010") not in found


def test_a_municipality_that_no_longer_is_gives_only_the_year_before() -> None:
    def change(grid: Grid) -> None:
        first = row_of(grid, "別海町")
        for row in range(first, first + 6):
            for column in range(4, 17):
                grid.rows[row][column] = "－"
            grid.rows[row][18] = "－"
        # Then the bureau's sum is that of 根室市, its only other municipality here.
        nemuro = row_of(grid, "根室市")
        subtotal = [list(row) for row in grid.rows[nemuro : nemuro + 6]]
        subtotal[0][2] = "根室振興局計"
        grid.rows[row_of(grid, "中標津町") :] = subtotal

    reading = read_report(2018, change)
    assert "6-28: 別海町: no figures of this year" in reading.remarks
    assert {period for _, area, period, _ in values(reading.frame) if area == "01691"} == {"FY2017"}


def test_a_municipality_in_its_first_year_gives_nothing_of_the_year_before() -> None:
    def change(grid: Grid) -> None:
        first = row_of(grid, "標津町")
        for row in range(first, first + 6):
            grid.rows[row][17] = grid.rows[row][18] = ""

    reading = read_report(2018, change)
    assert "FY2017" not in {period for _, area, period, _ in values(reading.frame) if area == "01693"}
    assert "6-28: 標津町: no figure of the year before" in reading.remarks


def test_cells_with_more_decimals_than_printed_are_read_only_where_config_says_so() -> None:
    def change(name: str) -> Callable[[Grid], None]:
        def put_name(grid: Grid) -> None:
            first = row_of(grid, "新篠津村")
            grid.rows[first][2] = name
            grid.rows[first + 1][5] = float(grid.rows[first + 1][5]) + 0.04041
            grid.rows[first + 2][5] = float(grid.rows[first + 2][5]) - 0.04041

        return put_name

    plain = values(sample(2010).frame)["tourism.visitors", "01304", "2010-05", "origin=outside"][0]
    found = values(read_report(2010, change("浦河町")).frame)
    assert found["tourism.visitors", "01607", "2010-05", "origin=outside"][0] == plain
    with pytest.raises(FigureImplausible, match=r"!F\d+: .* has more decimals than 千人 with one decimal"):
        read_report(2010, change("新篠津村"))


def test_a_name_cut_over_rows_is_joined() -> None:
    def change(grid: Grid) -> None:
        first = row_of(grid, "中標津町")
        grid.rows[first][2], grid.rows[first + 1][2] = "中標", "津　町"

    assert read_report(2017, change).frame["area"].isin(["01692"]).sum() == 84


def first_half(grid: Grid) -> None:
    for index, row in enumerate(grid.rows):
        if row[3] in report_measures():
            numbers = [value if isinstance(value, float) else 0.0 for value in row[4:10]]
            grid.rows[index] = [*row[:10], round(sum(numbers), 1), "", ""]
        elif "市町村" in row:
            grid.rows[index] = [*header(2018, range(4, 10))]
    grid.rows[0] = ["市町村別・月別観光入込客数（平成30年度上期）"]


def report_measures() -> tuple[str, ...]:
    return ("入込総数", "内道外客", "内道内客", "内日帰客", "内宿泊客", "宿泊客延数")


def test_a_report_of_the_first_half_is_preliminary_and_has_no_year() -> None:
    frame = read_report(2018, first_half).frame
    assert set(frame["stage"]) == {"速報"}
    assert sorted(set(frame["period"])) == [f"2018-{month:02}" for month in range(4, 10)]
    assert values(frame)["tourism.visitors", "01223", "2018-09", "origin=total"][0] == 95900


# --- what is refused ------------------------------------------------------------------------------------------------


def refuse(year: int, change: Callable[[Grid], None], fault: type[Exception], match: str) -> None:
    with pytest.raises(fault, match=match) as refused:
        read_report(year, change)
    assert "config/sources/tourism.yml" in str(refused.value)
    assert "report.xlsx" in str(refused.value)


@pytest.mark.parametrize("column", range(19))
def test_a_renamed_column_never_slips_through(column: int) -> None:
    old = str(header(2018)[column])
    refuse(2018, in_every_header(old, "新欄"), LayoutChanged, r"6-28![A-S]3: .*“新欄”")


@pytest.mark.parametrize("column", range(2, 19))
def test_a_missing_column_never_slips_through(column: int) -> None:
    def change(grid: Grid) -> None:
        for row in grid.rows:
            del row[column]

    refuse(2018, change, LayoutChanged, "is missing")


@pytest.mark.parametrize("column", range(19))
def test_a_duplicated_column_never_slips_through(column: int) -> None:
    def change(grid: Grid) -> None:
        for row in grid.rows:
            row.insert(column, row[column])

    refuse(2018, change, LayoutChanged, "a second time")


@pytest.mark.parametrize("column", range(1, 19))
def test_an_added_column_never_slips_through(column: int) -> None:
    def change(grid: Grid) -> None:
        for row in grid.rows:
            row.insert(column, "外国人" if "市町村" in row else 1.0 if row[3] in report_measures() else "")

    refuse(2018, change, LayoutChanged, "“外国人”|a column “外国人”")


def test_numbers_in_a_column_without_a_label_never_slip_through() -> None:
    def change(grid: Grid) -> None:
        for row in grid.rows:
            row.append(2.0 if row[3] in report_measures() else "")

    refuse(2018, change, LayoutChanged, r"6-28!T4: “2(\.0)?” in a column without a label")


def test_a_table_shifted_as_a_whole_is_read_the_same() -> None:
    def change(grid: Grid) -> None:
        grid.rows[:] = [[], [], *([""] + row for row in grid.rows)]

    shifted, plain = values(read_report(2018, change).frame), values(sample(2018).frame)
    assert {key: value for key, (value, _) in shifted.items()} == {key: value for key, (value, _) in plain.items()}


@pytest.mark.parametrize("rows", [(0, 1), (3, 4), (4, 5)])
def test_swapped_rows_never_slip_through(rows: tuple[int, int]) -> None:
    def change(grid: Grid) -> None:
        one, other = (row_of(grid, "根室市", row) for row in rows)
        grid.rows[one], grid.rows[other] = grid.rows[other], grid.rows[one]

    refuse(2018, change, LayoutChanged, "where “.*” should stand")


@pytest.mark.parametrize("measure", range(6))
def test_a_missing_row_never_slips_through(measure: int) -> None:
    def change(grid: Grid) -> None:
        del grid.rows[row_of(grid, "根室市", measure)]

    refuse(2018, change, LayoutChanged, "where “.*” should stand")


def test_a_missing_municipality_is_seen_in_the_subtotal() -> None:
    def change(grid: Grid) -> None:
        first = row_of(grid, "標津町")
        del grid.rows[first : first + 6]

    refuse(2018, change, FigureImplausible, "根室振興局計: 6-28!E.* is not the sum of its 4 municipalities")


def test_a_table_cut_short_never_slips_through() -> None:
    def change(grid: Grid) -> None:
        del grid.rows[row_of(grid, "根室市", 4) :]

    refuse(2018, change, LayoutChanged, "only 4 of 6 rows")


@pytest.mark.parametrize(("mark", "fault"), [("…", "is no number"), ("*", "is no number"), ("12.3", "is no number")])
def test_an_unknown_mark_never_slips_through(mark: str, fault: str) -> None:
    refuse(2018, put("根室市", 4, mark), FigureImplausible, rf"6-28!E\d+: “.*” {fault}")


def test_a_mark_among_numbers_never_slips_through() -> None:
    refuse(2018, put("根室市", 4, "－"), FigureImplausible, "a mark among numbers of 根室市")


@pytest.mark.parametrize("number", [-0.1, 12.34])
def test_an_impossible_number_never_slips_through(number: float) -> None:
    refuse(2018, put("根室市", 4, number), FigureImplausible, r"6-28!E\d+: ")


@pytest.mark.parametrize("measure", range(6))
@pytest.mark.parametrize("column", range(4, 18))
def test_a_wrong_number_never_slips_through(measure: int, column: int) -> None:
    refuse(2018, put("根室市", column, 999.9, measure), FigureImplausible, r"6-28!\w+")


def test_a_broken_part_names_its_cells() -> None:
    row = row_of(report(2018), "根室市") + 1
    refuse(
        2018,
        put("根室市", 5, 12.4, 1),
        FigureImplausible,
        rf"根室市, 5月: 6-28!F{row + 1} \+ 6-28!F{row + 2} = 29700 人, but 6-28!F{row} is 28700 人",
    )


def test_half_year_sums_are_checked() -> None:
    refuse(2009, put("札幌市", 10, 1.0), FigureImplausible, "上期計 in 6～25頁!K4 is 1000 人")
    refuse(2009, put("札幌市", 17, 1.0), FigureImplausible, "下期計 in 6～25頁!R4 is 1000 人")


@pytest.mark.parametrize(("year", "wrong"), [(2010, 96.9), (2018, 0.932), (2018, 94.0)])
def test_a_ratio_that_is_not_the_year_s_never_slips_through(year: int, wrong: float) -> None:
    refuse(year, put("根室市", 18, wrong), FigureImplausible, "対前年比 “.*” of 根室市")


def test_another_unit_never_slips_through() -> None:
    refuse(2018, lambda grid: grid.put("E2", "（単位：人）"), FigureImplausible, r"6-28!E2: “（単位：人）”")


def test_a_table_in_people_without_a_note_never_slips_through() -> None:
    def change(grid: Grid) -> None:
        grid.put("E2", "")
        for row in grid.rows:
            if row[3] in report_measures():
                row[4:18] = [value * 1000 if isinstance(value, float) else value for value in row[4:18]]

    refuse(2018, change, FigureImplausible, "perhaps the table is not in 千人")


@pytest.mark.parametrize(
    "title", ["市町村別・月別観光入込客数", "市町村別・月別観光入込客数（平成30年度）（平成29年度）"]
)
def test_a_title_without_one_fiscal_year_is_refused(title: str) -> None:
    refuse(2018, lambda grid: grid.put("A1", title), FigureImplausible, "which fiscal year the table is about")


def test_a_page_of_another_year_never_slips_through() -> None:
    def change(grid: Grid) -> None:
        title = str(grid.rows[0][0]).replace("平成30", "平成29")
        grid.rows.insert(row_of(grid, "根室市"), [title, *[""] * 18])

    refuse(2018, change, FigureImplausible, "found FY2017")


def test_the_year_in_the_heading_of_the_year_before_is_checked() -> None:
    refuse(2009, in_every_header("20年度", "19年度"), FigureImplausible, "“19年度” as the year before FY2009")


def test_another_header_on_a_later_page_never_slips_through() -> None:
    def change(grid: Grid) -> None:
        row = [index for index, row in enumerate(grid.rows) if "市町村" in row][1]
        grid.rows[row][4], grid.rows[row][5] = "5月", "4月"

    refuse(2018, change, LayoutChanged, "in the header printed again")


@pytest.mark.parametrize(("column", "name"), [(2, "根室町"), (2, "色丹村"), (1, "根室地方"), (0, "北方")])
def test_an_unknown_name_never_slips_through(column: int, name: str) -> None:
    refuse(2018, put("根室市", column, name), FigureImplausible, rf"6-28![ABC]\d+: “{name}” is no known")


def test_rows_without_a_name_never_slip_through() -> None:
    refuse(2018, put("根室市", 2, ""), LayoutChanged, "rows of no municipality")


def test_a_municipality_twice_never_slips_through() -> None:
    refuse(2018, put("別海町", 2, "根室市"), LayoutChanged, "根室市 a second time")


def test_a_month_that_is_not_published_yet_is_no_zero() -> None:
    def change(grid: Grid) -> None:
        for index, row in enumerate(grid.rows):
            if row[3] in report_measures():
                left = [value if isinstance(value, float) else 0.0 for value in row[4:15]]
                grid.rows[index] = [*row[:15], "", round(sum(left), 1), "", ""]

    refuse(2018, change, FigureImplausible, "no municipality has a visitor in 3月")


def test_two_tables_in_a_workbook_are_refused() -> None:
    grids = [report(2018), report(2017)]
    with pytest.raises(LayoutChanged, match="more than one sheet"):
        read(tourism(), write_xlsx(*grids), "two.xlsx")


def test_a_workbook_of_something_else_is_refused() -> None:
    with pytest.raises(LayoutChanged, match="is no file of the source tourism"):
        read(tourism(), write_xls(Grid("Sheet1", [["圏域", "計"], ["道央", 3]])), "other.xls")


# --- foreign guests -------------------------------------------------------------------------------------------------


def read_foreign(change: Callable[[list[Grid]], None]) -> Reading:
    grids = foreign()
    change(grids)
    return read_grids(grids, "foreign.xlsx")


@pytest.mark.parametrize(("name", "grids"), [(FOREIGN["2015"], foreign), (FOREIGN["2018上期"], foreign_first_half)])
def test_the_committed_foreign_sample_is_what_the_script_makes(name: str, grids: Callable[[], list[Grid]]) -> None:
    committed = read(tourism(), (FOLDER / "tourism" / name).read_bytes(), name)
    pd.testing.assert_frame_equal(committed.frame, read(tourism(), write_xlsx(*grids()), name).frame)


def test_the_bureau_s_real_figures_are_the_sums_of_its_towns() -> None:
    reading = read_foreign(lambda _: None)
    assert tuple(reading.frame.columns) == READING_COLUMNS
    frame = reading.frame.astype({"series": object, "period": object, "dimensions": object})
    sums = frame.groupby(["series", "period", "dimensions"])["value"].sum()
    assert sums["tourism.foreign_overnight_visitors", "2015-04", "country=total"] == 105
    assert sums["tourism.foreign_guest_nights", "2015-04", "country=russia"] == 29
    assert sums["tourism.foreign_guest_nights", "2016-02", "country=total"] == 2486
    assert len(frame) == 5 * 2 * 20 * 13
    assert set(frame["sheet"]) == {"根室市", "別海町", "中標津町", "標津町", "羅臼町"}
    assert "根室市: 回答 28/34 軒" in reading.remarks


def test_a_foreign_figure_has_its_sheet_and_cell() -> None:
    frame = read_foreign(lambda _: None).frame
    row = frame[(frame["area"] == "01223") & (frame["period"] == "2015-04") & (frame["dimensions"] == "country=russia")]
    assert list(zip(row["sheet"], row["cell"], row["value"], strict=True)) == [
        ("根室市", "N4", foreign()[0].get("N4")),
        ("根室市", "N5", foreign()[0].get("N5")),
    ]


def test_a_half_year_of_foreign_guests_is_preliminary_and_has_no_year() -> None:
    frame = read(tourism(), write_xls(*foreign_first_half()), "half.xls").frame
    assert set(frame["stage"]) == {"速報"}
    assert sorted(set(frame["period"])) == [f"2018-{month:02}" for month in range(4, 10)]


def test_a_list_of_nationalities_may_be_shorter_and_in_another_order() -> None:
    def change(grids: list[Grid]) -> None:
        for grid in grids:
            for row in grid.rows[2:]:
                row[2], row[3] = row[3], row[2]
                del row[10]  # インドネシア: nobody

    frame = read_foreign(change).frame
    plain = {key: value for key, (value, _) in values(read_foreign(lambda _: None).frame).items()}
    found = {key: value for key, (value, _) in values(frame).items()}
    assert found == {key: value for key, value in plain.items() if key[3] != "country=indonesia"}


def refuse_foreign(change: Callable[[list[Grid]], None], fault: type[Exception], match: str) -> None:
    with pytest.raises(fault, match=match) as refused:
        read_foreign(change)
    assert "config/sources/tourism.yml" in str(refused.value)


def test_an_unknown_nationality_names_its_cell_and_the_file_of_config() -> None:
    with pytest.raises(LayoutChanged, match="根室市!M3: “モンゴル” is no known nationality") as refused:
        read_foreign(lambda grids: grids[0].put("M3", "モンゴル"))
    assert "countries of foreign-guests.spec in " in refused.value.expected
    assert "config/sources/tourism.yml" in refused.value.expected


def test_a_nationality_twice_never_slips_through() -> None:
    refuse_foreign(lambda grids: grids[0].put("D3", "中国"), LayoutChanged, "根室市!D3: “中国” a second time")


def test_a_wrong_number_of_guests_never_slips_through() -> None:
    refuse_foreign(lambda grids: grids[0].put("C4", 999), FigureImplausible, "根室市!V4: .* make ")
    refuse_foreign(lambda grids: grids[0].put("C28", 999), FigureImplausible, "根室市!V28")


def test_a_wrong_total_of_the_year_never_slips_through() -> None:
    def change(grids: list[Grid]) -> None:
        for name in ("C28", "V28"):
            grids[0].put(name, int(grids[0].get(name)) + 1)

    refuse_foreign(change, FigureImplausible, "根室市!C28: 225 guests, but the months make 224")


@pytest.mark.parametrize("value", ["…", "-", 1.5, -1])
def test_no_mark_stands_among_guests(value: float | str) -> None:
    refuse_foreign(lambda grids: grids[0].put("C4", value), FigureImplausible, "根室市!C4: .* is no number of guests")


def test_a_missing_sheet_is_seen_in_the_bureau_s_sum() -> None:
    refuse_foreign(lambda grids: grids.pop(2) and None, FigureImplausible, "(?s)根室振興局計!.*4 municipalities")


def test_a_sheet_twice_never_slips_through() -> None:
    def change(grids: list[Grid]) -> None:
        grids.insert(1, Grid("根室市 (2)", grids[0].rows))

    refuse_foreign(change, LayoutChanged, "根室市 a second time")


@pytest.mark.parametrize(
    ("old", "new", "match"),
    [
        ("回答施設 28 軒", "回答施設 35 軒", "対象宿泊施設34軒中、回答施設35軒"),
        ("回答施設 28 軒", "回答施設 27 軒", "77 of 92|78 of 92"),
        ("根室市", "花咲市", "“花咲市” is no known municipality"),
        ("【平成27年度】", "【平成28年度】", "expected all sheets alike"),
        ("【平成27年度】", "", "which fiscal year"),
        ("【平成27年度】", "【平成27年度上期】", "12 months"),
    ],
)
def test_a_wrong_heading_never_slips_through(old: str, new: str, match: str) -> None:
    def change(grids: list[Grid]) -> None:
        row = grids[0].rows[1]
        assert any(old in str(value) for value in row)
        grids[0].rows[1] = [str(value).replace(old, new) for value in row]

    with pytest.raises((FigureImplausible, LayoutChanged), match=match):
        read_foreign(change)


def test_a_month_without_figures_is_no_zero() -> None:
    def change(grids: list[Grid]) -> None:
        for row in (26, 27):
            grids[0].rows[row - 1][2:] = [""] * 20

    refuse_foreign(change, FigureImplausible, "the sum of the 11 months")


def test_figures_on_a_sheet_without_a_heading_never_slip_through() -> None:
    def change(grids: list[Grid]) -> None:
        grids[1].rows[1] = [""] * len(grids[1].rows[1])

    refuse_foreign(change, LayoutChanged, "別海町!A4: figures on a sheet without the heading")


@pytest.mark.parametrize("swap", [(3, 4), (4, 5)])
def test_swapped_rows_of_guests_never_slip_through(swap: tuple[int, int]) -> None:
    def change(grids: list[Grid]) -> None:
        one, other = swap
        rows = grids[0].rows
        rows[one], rows[other] = rows[other], rows[one]

    with pytest.raises((FigureImplausible, LayoutChanged)):
        read_foreign(change)
