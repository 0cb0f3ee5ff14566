"""The furusato readers never let a changed layout, an unknown area or a wrong unit slip through."""

from collections.abc import Callable

import pytest

from nemuro_etl.errors import FigureImplausible, LayoutChanged
from nemuro_etl.model.area import check_digit, five_digits
from nemuro_etl.model.figure import READING_COLUMNS
from nemuro_etl.sources import furusato_detail, furusato_history
from nemuro_etl.sources.container import Sheet
from nemuro_etl.sources.frame import Reading
from nemuro_etl.sources.furusato_areas import codes_of
from nemuro_etl.sources.labels import layouts_of
from nemuro_etl.sources.recipe import READER_VERSIONS
from nemuro_etl.sources.spec import find_faults
from tests.samples.make_furusato import (
    DETAILS,
    FOLDER,
    HISTORY,
    NEMURO_HISTORY,
    NEMURO_ROWS,
    areas,
    figures,
    grids_of,
    make,
)
from tests.samples.make_registry import Grid, write_xlsx
from tests.samples.public_source import public_source
from tests.samples.read_bytes import read

FILES = (*DETAILS, HISTORY)
H28, H30, R1 = DETAILS
Edit = Callable[[Grid], None]


def read_grids(grids: list[Grid], name: str) -> Reading:
    """The workbook as if it had been read from a file: numbers are floats, rows are equally wide."""
    sheets = []
    for grid in grids:
        width = max(map(len, grid.rows))
        sheets.append(
            Sheet(
                grid.sheet,
                [
                    [*(float(cell) if isinstance(cell, int) else cell for cell in row), *[""] * (width - len(row))]
                    for row in grid.rows
                ],
            )
        )
    source = public_source("furusato")
    detail, history = source.file_kinds
    if furusato_detail.recognise(detail, sheets):
        return furusato_detail.read(source, detail, sheets, name)
    assert furusato_history.recognise(history, sheets)
    return furusato_history.read(source, history, sheets, name)


def edited(name: str, edit: Edit, sheet: int = 0) -> Reading:
    grids = grids_of(name)
    edit(grids[sheet])
    return read_grids(grids, name)


def put(cell: str, value: float | str) -> Edit:
    return lambda grid: grid.put(cell, value)


def figures_of(table: Reading) -> dict[tuple[str, str, str], tuple[int, int, str]]:
    """Value, step and cell by series, area and period."""
    frame = table.frame
    keys = zip(*(frame[column].astype(object) for column in ("series", "area", "period")), strict=True)
    told = zip(frame["value"].tolist(), frame["step"].tolist(), frame["cell"], strict=True)
    return dict(zip(keys, told, strict=True))


def row_of(name: str, *texts: str) -> int:
    """The row, as a spreadsheet numbers it, that begins with `texts` somewhere in its first three cells."""
    rows = grids_of(name)[0].rows
    return next(i + 1 for i, row in enumerate(rows) if list(texts) in (list(row[: len(texts)]), list(row[1:3])))


def first_row(name: str) -> int:
    return DETAILS[name][5] + 1


# --- what is read ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FILES)
def test_the_committed_sample_is_what_the_script_makes(name: str) -> None:
    committed = (FOLDER / name).read_bytes()
    source = public_source("furusato")
    assert read(source, committed, name).frame.equals(read(source, make(name), name).frame)


def test_the_layouts_that_config_declares_have_no_fault() -> None:
    kinds = public_source("furusato").file_kinds
    assert [fault for kind in kinds for fault in find_faults(kind)] == []
    assert {kind.reader for kind in kinds} <= READER_VERSIONS.keys()


def test_every_code_in_config_is_a_code_and_every_layout_has_both_series() -> None:
    detail, history = public_source("furusato").file_kinds
    codes = codes_of(detail.spec)
    assert codes == codes_of(history.spec)
    assert {five_digits(code) + check_digit(five_digits(code)) for code in codes.values()} == set(codes.values())
    assert sum(not municipality for _, municipality in codes) == 47
    for layout in layouts_of(detail.spec):
        labels = list(furusato_detail.layout_labels(layout["columns"]))
        for column in ("寄附件数", "寄附金額"):
            assert sum(label.endswith(f"/1{{年度}}に受け入れた寄附件数、金額/{column}") for label in labels) == 1


def test_an_amount_without_a_count_is_stored_as_published_and_told() -> None:
    row = row_of(HISTORY, "北海道", "根室市")

    def without_count(grid: Grid) -> None:
        for line in (row, row_of(HISTORY, "市町村合計"), row_of(HISTORY, "合計"), row_of(HISTORY, "全国合計")):
            value = grid.get(f"D{line}")
            assert isinstance(value, int)
            grid.put(f"D{line}", value - 58)

    table = edited(HISTORY, without_count)
    assert figures_of(table)["furusato.count", "01223", "FY2008"][0] == 0
    assert table.remarks[-1].startswith("1 times an amount without a number of donations")


@pytest.mark.parametrize("name", DETAILS)
def test_a_detail_file_gives_count_and_amount_of_every_area_in_yen(name: str) -> None:
    year = DETAILS[name][0]
    table = read_grids(grids_of(name), name)
    assert tuple(table.frame.columns) == READING_COLUMNS
    assert set(table.frame["stage"]) == {"確報"}
    assert set(table.frame["step"]) == {1}
    assert set(zip(table.frame["series"], table.frame["unit"], strict=True)) == {
        ("furusato.amount", "円"),
        ("furusato.count", "件"),
    }
    got = figures_of(table)
    row = row_of(name, "北海道", "根室市")
    count, amount = NEMURO_ROWS[year][:2]
    assert got["furusato.count", "01223", f"FY{year}"] == (count, 1, f"D{row}")
    assert got["furusato.amount", "01223", f"FY{year}"] == (amount, 1, f"E{row}")
    assert len(got) == 2 * len(areas())
    for code, _, municipality in areas():
        area = code[:5] if municipality else code[:2]
        if code not in ("012238", "402311"):
            assert got["furusato.amount", area, f"FY{year}"][0] == figures(code, year)[0]


def test_a_blank_means_none_where_the_publisher_writes_none_so() -> None:
    row = row_of(H28, "青森県", "青森市")
    assert grids_of(H28)[0].get(f"E{row}") == ""
    got = figures_of(read_grids(grids_of(H28), H28))
    assert got["furusato.amount", "02201", "FY2016"] == (0, 1, f"E{row}")
    assert got["furusato.count", "02201", "FY2016"] == (0, 1, f"D{row}")


def test_a_blank_is_refused_in_a_year_in_which_zeros_are_written() -> None:
    row = row_of(R1, "青森県", "青森市")

    def empty(grid: Grid) -> None:
        grid.put(f"D{row}", "")
        grid.put(f"E{row}", "")

    with pytest.raises(FigureImplausible, match=f"集計!D{row}: an empty cell"):
        edited(R1, empty)


def test_names_that_were_changed_are_known_by_their_code() -> None:
    then = read_grids(grids_of(H28), H28).frame
    now = read_grids(grids_of(H30), H30).frame
    assert set(then[then["area"] == "28221"]["area_name"]) == {"篠山市"}
    assert set(now[now["area"] == "28221"]["area_name"]) == {"丹波篠山市"}
    assert "40305" in set(then["area"])
    assert "40231" in set(now["area"])


def test_a_prefecture_has_two_digits_and_a_special_ward_is_a_municipality() -> None:
    frame = read_grids(grids_of(R1), R1).frame
    kinds = dict(zip(frame["area"].astype(object), frame["kind"].astype(object), strict=True))
    assert (kinds["01"], kinds["01100"], kinds["13101"]) == ("prefecture", "designated_city", "municipality")


def test_the_next_year_in_the_same_layout_is_read_as_that_year() -> None:
    def next_year(grid: Grid) -> None:
        for row in grid.rows:
            for column, value in enumerate(row):
                if isinstance(value, str):
                    row[column] = value.replace("令和２年度", "令和３年度").replace("令和元年度", "令和２年度")

    table = edited(R1, next_year)
    assert set(table.frame["period"]) == {"FY2020"}


@pytest.mark.parametrize("year", NEMURO_HISTORY)
def test_the_history_is_read_to_the_yen_and_says_what_is_rounded(year: int) -> None:
    got = figures_of(read_grids(grids_of(HISTORY), HISTORY))
    amount, count = NEMURO_HISTORY[year]
    found, step, _ = got["furusato.amount", "01223", f"FY{year}"]
    assert (found, step) == ((4957077000, 1000) if year == 2018 else (amount, 1))
    assert got["furusato.count", "01223", f"FY{year}"][:2] == (count, 1)


def test_the_history_says_in_its_remarks_what_is_rounded_and_what_is_not_stored() -> None:
    table = read_grids(grids_of(HISTORY), HISTORY)
    assert table.remarks[0] == "95 rows 市町村合計, 合計, 全国合計: checked against their parts and not stored"
    assert table.remarks[1] == "rounded to whole 千円 by the publisher: 金額 FY2018"


def test_a_name_of_two_prefectures_is_two_areas() -> None:
    got = figures_of(read_grids(grids_of(HISTORY), HISTORY))
    for code in ("012335", "072133", "132063", "342084"):
        assert got["furusato.amount", code[:5], "FY2020"][0] == figures(code, 2020)[0]


def test_detail_and_history_agree_within_the_rounding() -> None:
    history = figures_of(read_grids(grids_of(HISTORY), HISTORY))
    for name in DETAILS:
        for key, (value, _, _) in figures_of(read_grids(grids_of(name), name)).items():
            if key[1] != "40305":
                found, step, _ = history[key]
                assert 2 * abs(found - value) <= (step if step > 1 else 0)


def test_the_name_of_a_file_says_nothing() -> None:
    source = public_source("furusato")
    assert read(source, make(R1), "H28.xls").kind == "detail"
    assert read(source, make(HISTORY), "R1_gain.xlsx").kind == "history"


# --- the layout changes ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", DETAILS)
def test_no_column_of_a_detail_is_lost_renamed_added_or_repeated_unnoticed(name: str) -> None:
    head, first = DETAILS[name][4:]
    original = grids_of(name)[0]
    original.rows = original.rows[: first + 1]
    width = len(original.rows[0])

    def refused(edit: Edit) -> None:
        grid = Grid(original.sheet, [list(row) for row in original.rows])
        edit(grid)
        with pytest.raises(LayoutChanged):
            read_grids([grid], name)

    def rename(grid: Grid, column: int) -> None:
        row = max(index for index in head if grid.rows[index][column])
        grid.rows[row][column] = f"{grid.rows[row][column]}（新）"

    def insert(grid: Grid, column: int) -> None:
        for index, row in enumerate(grid.rows):
            row.insert(column, "新しい欄" if index == head[0] else "")

    def repeat(grid: Grid, column: int) -> None:
        for row in grid.rows[head[0] :]:
            row.insert(column, row[column])

    def remove(grid: Grid, column: int) -> None:
        for row in grid.rows:
            del row[column]

    for column in range(width):
        if any(original.rows[index][column] for index in head):
            refused(lambda grid, at=column: rename(grid, at))  # type: ignore[misc]
        for change in (insert, repeat, remove):
            refused(lambda grid, at=column, change=change: change(grid, at))  # type: ignore[misc]


def test_the_fault_of_a_renamed_column_names_the_cell_the_labels_and_the_file_to_edit() -> None:
    with pytest.raises(LayoutChanged) as fault:
        edited(R1, put("F16", "件数（市区町村外）"))
    assert "件数(市区町村外)” where the layout has" in fault.value.what
    assert "F" in fault.value.what
    assert "令和元年度" in fault.value.expected
    assert "config/sources/furusato.yml" in fault.value.remedy


def test_a_detail_without_a_fiscal_year_is_refused() -> None:
    with pytest.raises(LayoutChanged, match="no fiscal year is stated"):
        edited(R1, put("D15", "①受け入れた寄附件数、金額"))


def test_a_preface_that_names_another_year_is_refused() -> None:
    with pytest.raises(FigureImplausible, match="集計!A3"):
        edited(R1, put("A3", "令和２年度の決算見込の状況をとりまとめたものである。"))


def test_a_label_that_names_another_year_is_refused() -> None:
    with pytest.raises(LayoutChanged, match="令和3年度"):
        edited(R1, put("L12", "令和３年度のふるさと納税の募集に要した費用を記入してください。令和３年度決算見込額"))


def test_a_sheet_that_nobody_knows_is_refused() -> None:
    grids = [*grids_of(R1), Grid("集計（修正）", [["令和元年度"]])]
    with pytest.raises(LayoutChanged, match="集計（修正）"):
        read_grids(grids, R1)


def test_areas_that_the_list_of_codes_has_not_are_refused() -> None:
    def lose_a_row(grid: Grid) -> None:
        del grid.rows[row_of(R1, "北海道", "根室市") - 1]

    with pytest.raises(FigureImplausible, match="are not those of “団体コード”"):
        edited(R1, lose_a_row)


def test_a_file_of_something_else_is_no_file_of_this_source() -> None:
    data = write_xlsx(Grid("Sheet1", [["団体コード", "男", "女"], ["012238", 1, 2]]))
    with pytest.raises(LayoutChanged, match="no file of the source furusato"):
        read(public_source("furusato"), data, "x.xlsx")


@pytest.mark.parametrize(
    ("cell", "value", "told"),
    [
        ("C2", "平成21年度", "a second time|is missing"),
        ("C2", "平成2O年度", "where the layout has"),
        ("AA2", "令和４年度", "missing|where the layout"),
        ("C4", "受入額", "受入額"),
        ("D4", "金額", "金額"),
        ("A2", "市区町村", "no cell of"),
        ("B2", "市区町村名", "市区町村名"),
        ("AB1", "", "no note of the units"),
    ],
)
def test_a_changed_header_of_the_history_is_refused(cell: str, value: str, told: str) -> None:
    with pytest.raises(LayoutChanged, match=told):
        edited(HISTORY, put(cell, value))


@pytest.mark.parametrize("label", ["平成２０年度", "平成 20 年度"])
def test_a_year_in_other_widths_is_the_same_year(label: str) -> None:
    changed = edited(HISTORY, put("C2", label))
    assert changed.frame.equals(read_grids(grids_of(HISTORY), HISTORY).frame)


# --- units, areas and figures ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("note", ["（単位：円、件）", "（単位：百万円、件）"])
def test_another_unit_of_the_history_is_refused(note: str) -> None:
    with pytest.raises(FigureImplausible, match="単位"):
        edited(HISTORY, put("AB1", note))


def test_a_unit_in_the_preface_of_a_detail_is_refused() -> None:
    with pytest.raises(FigureImplausible, match="集計!H10: “\\(単位:千円\\)”"):
        edited(R1, put("H10", "（単位：千円）"))


def test_amounts_in_thousands_without_a_word_are_refused_for_what_a_donation_would_be() -> None:
    def in_thousands(grid: Grid) -> None:
        for row in grid.rows[first_row(R1) - 1 :]:
            assert isinstance(row[4], int)
            row[4] = row[4] // 1000 if row[4] else 0

    with pytest.raises(FigureImplausible, match="the unit may have changed") as fault:
        edited(R1, in_thousands)
    assert "円" in fault.value.expected


@pytest.mark.parametrize("mark", ["-", "－", "…", "X", "*", "○", "12,345", "▲5"])
@pytest.mark.parametrize("name", FILES)
def test_a_mark_instead_of_a_number_is_refused(name: str, mark: str) -> None:
    row = row_of(name, "北海道", "根室市")
    with pytest.raises(FigureImplausible, match=f"!E{row}: “"):
        edited(name, put(f"E{row}", mark))


@pytest.mark.parametrize("value", [-1.0, 0.5, float("nan"), float("inf"), True])
@pytest.mark.parametrize("name", DETAILS)
def test_what_is_no_whole_amount_is_refused(name: str, value: float) -> None:
    row = row_of(name, "北海道", "根室市")
    with pytest.raises(FigureImplausible, match=f"!E{row}"):
        edited(name, put(f"E{row}", value))


@pytest.mark.parametrize("value", ["", 0])
@pytest.mark.parametrize("name", DETAILS)
def test_an_amount_that_is_gone_beside_its_count_is_refused(name: str, value: float | str) -> None:
    row = row_of(name, "北海道", "根室市")
    with pytest.raises(FigureImplausible, match=f"!E{row}"):
        edited(name, put(f"E{row}", value))


def test_a_row_that_slipped_to_the_left_is_refused() -> None:
    row = row_of(H30, "北海道", "根室市")

    def slip(grid: Grid) -> None:
        cells = grid.rows[row - 1]
        grid.rows[row - 1] = [*cells[:3], *cells[4:], ""]

    with pytest.raises(FigureImplausible, match=f"集計!E{row}: 根室市"):
        edited(H30, slip)


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("A", "012239", "check digit"),
        ("A", "01223", "check digit|code"),
        ("A", "", "code"),
        ("A", "012246", "expected 012238"),
        ("B", "青森県", "first two digits"),
        ("B", "北海", "first two digits"),
        ("C", "", "belong together"),
        ("C", "根室支庁", "belong together"),
    ],
)
def test_a_code_and_a_name_that_do_not_belong_together_are_refused(column: str, value: str, told: str) -> None:
    row = row_of(H28, "北海道", "根室市")
    with pytest.raises(FigureImplausible) as fault:
        edited(H28, put(f"{column}{row}", value))
    assert f"集計表!{column}{row}: " in fault.value.what or f"集計表!A{row}: " in fault.value.what
    text = f"{fault.value.what} {fault.value.expected}"
    assert any(part in text for part in told.split("|"))


def test_a_code_that_lost_its_leading_zero_is_the_same_area() -> None:
    row = row_of(H28, "北海道", "根室市")
    assert edited(H28, put(f"A{row}", 12238)).frame.equals(read_grids(grids_of(H28), H28).frame)


def test_a_new_name_with_a_good_code_is_read_and_told() -> None:
    row = row_of(H28, "北海道", "根室市")
    table = edited(H28, put(f"C{row}", "新根室市"))
    assert "012238 北海道新根室市" in table.remarks[-1]


@pytest.mark.parametrize("name", DETAILS)
def test_a_detail_cut_short_is_refused(name: str) -> None:
    def cut(grid: Grid) -> None:
        del grid.rows[-2:]

    with pytest.raises(FigureImplausible, match="沖縄県|are not those of"):
        edited(name, cut)


def test_an_area_that_stands_twice_is_refused() -> None:
    def twice(grid: Grid) -> None:
        grid.rows.append(list(grid.rows[-1]))

    with pytest.raises(FigureImplausible, match="a second time"):
        edited(H28, twice)


def test_an_unknown_name_in_the_history_is_refused_and_never_guessed() -> None:
    row = row_of(HISTORY, "北海道", "根室市")
    with pytest.raises(FigureImplausible, match=f"各団体一覧!B{row}: 北海道根室町 is not under codes") as fault:
        edited(HISTORY, put(f"B{row}", "根室町"))
    assert "config/sources/furusato.yml" in fault.value.remedy


def test_a_name_under_another_prefecture_is_not_taken_for_its_namesake() -> None:
    row = row_of(HISTORY, "北海道", "根室市")
    with pytest.raises(FigureImplausible, match=f"!A{row}"):
        edited(HISTORY, put(f"A{row}", "青森県"))


@pytest.mark.parametrize("label", ["市町村合計", "合計", "全国合計"])
@pytest.mark.parametrize("column", ["Q", "R", "W"])
def test_a_sum_of_the_history_that_is_not_its_parts_is_refused(label: str, column: str) -> None:
    row = row_of(HISTORY, label)
    grid = grids_of(HISTORY)[0]
    value = grid.get(f"{column}{row}")
    assert isinstance(value, int | float)
    with pytest.raises(FigureImplausible, match=f"!{column}{row}: "):
        edited(HISTORY, put(f"{column}{row}", value + 1))


def test_only_the_country_s_sum_may_be_rounded_on_its_own() -> None:
    row = row_of(HISTORY, "全国合計")
    value = grids_of(HISTORY)[0].get(f"Y{row}")
    assert isinstance(value, int)
    row = row_of(HISTORY, "合計")
    value = grids_of(HISTORY)[0].get(f"Y{row}")
    assert isinstance(value, float)
    with pytest.raises(FigureImplausible, match=f"!Y{row}"):
        edited(HISTORY, put(f"Y{row}", round(value)))


@pytest.mark.parametrize("row_text", ["市町村合計", "合計", "全国合計", "沖縄県"])
def test_a_row_that_is_missing_from_the_history_is_refused(row_text: str) -> None:
    row = row_of(HISTORY, row_text)

    def lose(grid: Grid) -> None:
        del grid.rows[row - 1]

    with pytest.raises(FigureImplausible):
        edited(HISTORY, lose)


def test_a_municipality_that_is_missing_from_the_history_breaks_the_sum() -> None:
    row = row_of(HISTORY, "北海道", "根室市")

    def lose(grid: Grid) -> None:
        del grid.rows[row - 1]

    with pytest.raises(FigureImplausible, match="a row missing"):
        edited(HISTORY, lose)


def test_something_below_the_last_row_of_the_history_is_refused() -> None:
    def note(grid: Grid) -> None:
        grid.rows[-1][0] = "注：暫定値"

    with pytest.raises(FigureImplausible, match="全国合計.*\n.*nothing below the last"):
        edited(HISTORY, note)


def test_four_decimals_are_no_yen() -> None:
    row = row_of(HISTORY, "北海道", "根室市")
    with pytest.raises(FigureImplausible, match=f"!Q{row}: 1290101.9851"):
        edited(HISTORY, put(f"Q{row}", 1290101.9851))


def test_the_noise_of_binary_fractions_is_removed() -> None:
    row = row_of(HISTORY, "北海道", "根室市")
    table = edited(HISTORY, put(f"Q{row}", 1290101.9850000001))
    assert figures_of(table)["furusato.amount", "01223", "FY2015"][0] == 1290101985


def test_a_single_cell_with_decimals_in_a_rounded_year_is_refused() -> None:
    row = row_of(HISTORY, "北海道", "根室市")

    def unround(grid: Grid) -> None:
        for line in (row, row_of(HISTORY, "市町村合計"), row_of(HISTORY, "合計"), row_of(HISTORY, "全国合計")):
            value = grid.get(f"W{line}")
            assert isinstance(value, int)
            grid.put(f"W{line}", value + 0.467)

    with pytest.raises(FigureImplausible, match=f"!W{row}: decimals in a column of whole numbers"):
        edited(HISTORY, unround)


def test_a_jump_of_396_times_is_no_fault() -> None:
    got = figures_of(read_grids(grids_of(HISTORY), HISTORY))
    before, after = (got["furusato.amount", "01223", period][0] for period in ("FY2014", "FY2015"))
    assert round(after / before) == 396
