"""Files that a publisher might really send one day: each is refused whole, with its place and the remedy."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.command import COMMAND, SAMPLES, Nemuro, finish, letters_of, require_four_parts
from tests.samples.make_registry import Grid, grid_of, open_data_rows, write_csv, write_xls, write_xlsx

REGISTRY = SAMPLES / "registry"
OLD, NEW, TEXT = "1803ssjin.xls", "2104ssnen.xlsx", "012238_population_utf8.csv"
LABEL = {OLD: "出生者数", NEW: "20歳～24歳", TEXT: "20-24歳の女性"}
"""A label of each file that a change could strike."""
PAGE = "<!DOCTYPE html>\r\n<html lang='ja'><head><title>ただいまメンテナンス中です</title></head><body></body></html>"


def header_cell(grid: Grid, label: str) -> tuple[int, int]:
    """Row and column of a label in the header."""
    (place,) = [(r, c) for r, row in enumerate(grid.rows[:6]) for c, value in enumerate(row) if value == label]
    return place


def rename(grid: Grid, row: int, column: int) -> None:
    grid.rows[row][column] = "出生届出数"


def remove(grid: Grid, row: int, column: int) -> None:
    for values in grid.rows:
        del values[column]


def duplicate(grid: Grid, row: int, column: int) -> None:
    for values in grid.rows:
        values.insert(column, values[column])


def add(grid: Grid, row: int, column: int) -> None:
    for number, values in enumerate(grid.rows):
        values.append("前年差" if number == row else 1 if number > row else "")


def shift(grid: Grid, row: int, column: int) -> None:
    """The labels one column to the right of their figures."""
    grid.rows[row].insert(3, "")
    grid.rows[row].pop()


def swap(grid: Grid, row: int, column: int) -> None:
    """The sheet of another table under this one's content."""
    other = grid_of("2111gsjin.xlsx" if grid.sheet.startswith("人口") else "2112gsnen.xlsx")
    assert other.sheet != grid.sheet
    grid.sheet = other.sheet


CHANGES = [rename, remove, duplicate, add, shift, swap]


def changed(name: str, change: Callable[[Grid, int, int], None]) -> bytes:
    """The bytes of a sample after a change to its table."""
    if name == TEXT:
        grid = Grid("", [list(row) for row in open_data_rows()])
        if change is swap:
            # A text has no sheet: another table under this one's name.
            return (SAMPLES / "nights" / "2018-11-22" / "returns" / "houkoku-2018.csv").read_bytes()
        change(grid, *header_cell(grid, LABEL[name]))
        return write_csv([[str(cell) for cell in row] for row in grid.rows], "utf-8-sig")
    grid = grid_of(name)
    change(grid, *header_cell(grid, LABEL[name]))
    return write_xlsx(grid) if name.endswith("x") else write_xls(grid)


def require_refusal(nemuro: Nemuro, file: Path) -> str:
    """What `nemuro ingest registry FILE` answers to a file that it must refuse whole."""
    answer = nemuro.ask("ingest", "registry", file, "--format", "json")
    assert answer.exit == 4, f"{file.name} was taken: {answer.all}"
    assert [(row["file"], row["status"], row["figures"]) for row in answer.rows] == [(file.name, "unreadable", 0)]
    fault = answer.err[answer.err.index("\n\n") :]
    require_four_parts(fault)
    lines = fault.strip().splitlines()
    assert lines[0].startswith(file.name), f"the file is not named first: {fault}"
    assert "nothing of this file was loaded" in fault
    assert "nemuro ingest" in lines[-1], f"no next command: {fault}"
    for series in ("registry.population", "registry.households", "registry.births"):
        assert nemuro.listed("facts", series) == [], f"{series} was loaded from a refused file"
    assert file.read_bytes() in nemuro.originals(), "the bytes were not kept before they were read"
    return fault


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", [OLD, NEW])
def test_a_changed_workbook_is_refused_with_sheet_and_cell_and_the_file_to_edit(
    nemuro: Nemuro, tmp_path: Path, name: str, change: Callable[[Grid, int, int], None]
) -> None:
    file = tmp_path / name
    file.write_bytes(changed(name, change))
    what, *_, remedy = require_refusal(nemuro, file).strip().splitlines()
    grid = grid_of(name)
    _, column = header_cell(grid, LABEL[name])
    if change is not swap:
        assert grid.sheet in what, f"the sheet is not named: {what}"
    column = {duplicate: column + 1, add: len(grid.rows[0]), shift: 3 if name == OLD else 4, swap: 0}.get(
        change, column
    )
    if change is remove:
        assert f"{LABEL[name].translate(str.maketrans('～', '~'))}” is missing" in what
    else:
        assert f"!{letters_of(column)}" in what, f"column {letters_of(column)} is not named: {what}"
    assert "config/sources/registry.yml" in remedy


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_text_is_refused_with_line_and_column_and_the_file_to_edit(
    nemuro: Nemuro, tmp_path: Path, change: Callable[[Grid, int, int], None]
) -> None:
    file = tmp_path / TEXT
    file.write_bytes(changed(TEXT, change))
    what, expected, *_, remedy = require_refusal(nemuro, file).strip().splitlines()
    column = open_data_rows()[0].index(LABEL[TEXT]) + 1
    if change is swap:
        assert "indicator,fiscal_year" in expected
    elif change is remove:
        assert f"line 1 is none of the declared layouts: column {column}: the column “{LABEL[TEXT]}” is missing" in what
    else:
        column = {duplicate: column + 1, add: len(open_data_rows()[0]) + 1, shift: 4}.get(change, column)
        assert f"line 1 is none of the declared layouts: column {column}:" in what
    assert "config/sources/registry.yml" in remedy


@pytest.mark.parametrize("name", [OLD, NEW, TEXT])
def test_a_truncated_file_is_refused(nemuro: Nemuro, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    data = (REGISTRY / name).read_bytes()
    # whole sectors, so that the size of an .xls does not tell
    file.write_bytes(data[: len(data) // 1024 * 512])
    require_refusal(nemuro, file)


@pytest.mark.parametrize("suffix", [".xlsx", ".xls", ".csv"])
def test_a_web_page_is_refused_whatever_its_name(nemuro: Nemuro, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"2203ssjin{suffix}"
    file.write_text(PAGE, encoding="utf-8")
    assert "web page (HTML)" in require_refusal(nemuro, file)


def test_an_empty_file_is_refused(nemuro: Nemuro, tmp_path: Path) -> None:
    file = tmp_path / "2203ssjin.xlsx"
    file.write_bytes(b"")
    assert "0 bytes" in require_refusal(nemuro, file)


def test_a_workbook_of_the_old_kind_is_read_under_any_name(nemuro: Nemuro, tmp_path: Path) -> None:
    for name in ("1803ssjin.xlsx", "1903ssjin.csv", "2003ssjin"):
        sample = name.split(".")[0] + ".xls"
        (tmp_path / name).write_bytes((REGISTRY / sample).read_bytes())
    answer = nemuro.run("ingest", "registry", *sorted(tmp_path.glob("*ssjin*")), "--format", "json")
    assert answer.exit == 0, answer.all
    assert {row["status"] for row in answer.rows} == {"loaded"}
    figures = nemuro.listed("facts", "registry.change", "--area", "01223")
    assert {row["period"]: row["value"] for row in figures} == {"2017": "-619", "2018": "-446", "2019": "-496"}


def test_of_several_files_the_good_ones_load_and_the_exit_tells_of_the_bad_ones(nemuro: Nemuro, tmp_path: Path) -> None:
    renamed, page = tmp_path / OLD, tmp_path / "page.xlsx"
    renamed.write_bytes(changed(OLD, rename))
    page.write_text(PAGE, encoding="utf-8")
    good = [REGISTRY / "1503ssjin.xls", REGISTRY / "2203ssjin.xlsx"]
    answer = nemuro.run("ingest", "registry", good[0], renamed, page, good[1], "--format", "json")
    assert answer.exit == 4
    assert [(row["file"], row["status"]) for row in answer.rows] == [
        (good[0].name, "loaded"),
        (OLD, "unreadable"),
        ("page.xlsx", "unreadable"),
        (good[1].name, "loaded"),
    ]
    # both faults are told
    assert f"\n{OLD}: " in answer.err
    assert "\npage.xlsx cannot be read" in answer.err
    figures = nemuro.listed("facts", "registry.births", "--area", "01223")
    assert {row["period"] for row in figures} == {"2014", "2021"}


def test_a_refused_file_takes_nothing_from_what_was_loaded_before(nemuro: Nemuro, tmp_path: Path) -> None:
    assert nemuro.ask("ingest", "registry", REGISTRY / OLD).exit == 0
    digest = nemuro.hash()
    renamed = tmp_path / OLD
    renamed.write_bytes(changed(OLD, rename))
    assert nemuro.ask("ingest", "registry", renamed).exit == 4
    assert nemuro.hash() == digest


def test_an_impossible_sum_is_refused_with_its_cells(nemuro: Nemuro, tmp_path: Path) -> None:
    grid = grid_of(OLD)
    (row,) = [number for number, values in enumerate(grid.rows) if values[0] == "012238"]
    grid.rows[row][5] = 26400
    file = tmp_path / OLD
    file.write_bytes(write_xls(grid))
    assert f"!F{row + 1}" in require_refusal(nemuro, file)


def test_the_operator_reads_the_fault_of_a_damaged_workbook_and_nothing_of_a_library(
    nemuro: Nemuro, tmp_path: Path
) -> None:
    file = tmp_path / OLD
    # the last sectors are missing: a table of the others names sectors that are not there
    file.write_bytes((REGISTRY / OLD).read_bytes()[:-1024])
    answer = nemuro.run("ingest", "registry", file)
    assert answer.exit == 4
    assert "panicked" not in answer.err, f"a library's own words come first: {answer.err[:300]}"


def test_a_workbook_whose_directory_is_a_hole_is_refused_and_does_not_eat_the_memory(
    nemuro: Nemuro, tmp_path: Path
) -> None:
    file = tmp_path / OLD
    # the header is whole, the sectors that it points to are zeros, as after a power cut: a chain that never ends
    file.write_bytes((REGISTRY / OLD).read_bytes()[:512] + bytes(512 * 18))
    limited = ["sh", "-c", 'ulimit -v 2500000; exec "$@"', "sh", str(COMMAND), "ingest", "registry", str(file)]
    answer = finish(nemuro.start_program(limited))
    assert answer.exit == 4, f"ended with {answer.exit}: {answer.err[-300:]}"
