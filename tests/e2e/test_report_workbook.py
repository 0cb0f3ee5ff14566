"""The 調書 as an Excel workbook: what its readers find in it, and what an office program makes of it."""

import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from nemuro_etl.model.evaluation import RATING_LABELS, Rating
from nemuro_etl.report.comparison import Run
from nemuro_etl.report.content import FiscalYearReport, count_ratings
from nemuro_etl.report.edition import ReportEdition
from nemuro_etl.report.workbook import read_remarks, write_workbook
from tests.e2e.command import Nemuro
from tests.e2e.composed import composed_with_a_text

YEAR = 2018
WRITTEN, LAST_YEAR = "=1+1 で始まる評価。\n- 二行目", "昨年度の評価。"
GOAL_SHEETS = ("基本目標1", "基本目標2", "基本目標3")
CODE = "参照コード"


@pytest.fixture(scope="module")
def report(second_year: Nemuro, tmp_path_factory: pytest.TempPathFactory) -> FiscalYearReport:
    """The report after the second night, with one evaluation written and one of the year before."""
    return composed_with_a_text(second_year, tmp_path_factory.mktemp("report"), YEAR, WRITTEN, LAST_YEAR)


@pytest.fixture(scope="module")
def file(report: FiscalYearReport, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("workbook") / "調書.xlsx"
    write_workbook(report, path)
    return path


def sheets_of(file: Path) -> dict[str, Worksheet]:
    return {sheet.title: sheet for sheet in load_workbook(file).worksheets}


def tables_under(sheet: Worksheet, label: str) -> Iterator[dict[str, Any]]:
    """The rows of every table of the sheet under a label that begins so, by heading."""
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    for index, row in enumerate(rows):
        if str(row[0]).startswith(label) and not row[1]:
            headings = rows[index + 1]
            for below in rows[index + 2 :]:
                if below[1] is None:
                    break
                yield dict(zip(headings, below, strict=True))


def test_each_of_the_51_rows_is_listed_once_and_the_counts_of_the_goals_add_up(
    report: FiscalYearReport, file: Path
) -> None:
    sheets = sheets_of(file)
    listed = [told for title in GOAL_SHEETS for told in tables_under(sheets[title], "判定（")]
    assert [told["記号"] for told in listed] == [row.indicator.id for goal in report.goals for row in goal.rows]
    assert len(listed) == len({told["記号"] for told in listed}) == 51
    vision = [told["記号"] for told in tables_under(sheets["人口"], "判定（")]
    assert vision == [row.indicator.id for row in report.vision]

    *parts, total = tables_under(sheets["概要"], "判定の内訳")
    ratings = [heading for heading in total if heading not in ("区分", "内容", "計")]
    assert [heading.split()[-1] for heading in ratings] == [RATING_LABELS[rating] for rating in Rating]
    assert [total[heading] for heading in ratings] == list(count_ratings(report.rows).values())
    for heading in (*ratings, "計"):
        assert total[heading] == sum(part[heading] for part in parts)
    for part in (*parts, total):
        assert part["計"] == sum(part[heading] for heading in ratings)
    for part, title in zip(parts, GOAL_SHEETS, strict=False):
        standing = Counter(told["判定"] for told in tables_under(sheets[title], "判定（") if "再掲" not in told["指標"])
        assert standing == Counter({heading: part[heading] for heading in ratings if part[heading]}), title


def test_every_row_and_year_is_there_once_with_its_unit_and_its_code(report: FiscalYearReport, file: Path) -> None:
    sheets = sheets_of(file)
    told = [row for title in (*GOAL_SHEETS, "人口") for row in tables_under(sheets[title], "年度別の値")]
    assert [row[CODE] for row in told] == [str(row.reference(year)) for row in report.rows for year in row.years]
    assert all(row["単位"] for row in told)


def test_the_data_sheet_is_for_programs_with_all_digits_that_a_cell_holds(report: FiscalYearReport, file: Path) -> None:
    sheet = sheets_of(file)["データ"]
    assert not sheet.merged_cells.ranges
    headings, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert len(set(headings)) == len(headings)
    assert None not in headings
    told = [dict(zip(headings, row, strict=True)) for row in rows]
    expected = [(row, year) for row in report.rows for year in row.years]
    assert [row[CODE] for row in told] == [str(row.reference(year)) for row, year in expected]
    for row, (_, year) in zip(told, expected, strict=True):
        for heading, value in (
            *(("実績", year.actual), ("目安", year.expected), ("目標", year.target), ("基準値", year.baseline)),
            *(("進捗率", year.pace), ("達成率", year.attainment), ("必要ペース（年当たり）", year.need_per_year)),
        ):
            digits = None if value is None else pytest.approx(float(value), rel=1e-14)
            assert row[heading] == digits, (row[CODE], heading)
    outlooks = {row["記号"]: row["見通し"] for row in told if row["見通し"] is not None}
    assert outlooks == {
        row.indicator.id: pytest.approx(float(row.outlook.value), rel=1e-14)
        for row in report.rows
        if row.outlook is not None
    }


def test_charts_are_native_titled_and_described(report: FiscalYearReport, file: Path) -> None:
    with zipfile.ZipFile(file) as container:
        names = container.namelist()
        charts = [container.read(name).decode() for name in names if name.startswith("xl/charts/chart")]
        drawings = "".join(container.read(name).decode() for name in names if name.startswith("xl/drawings/drawing"))
    drawn = [row for row in report.rows if row.distinct and sum(year.actual is not None for year in row.years) > 1]
    assert len(charts) == len(drawn) + 2 > 40, "one a row, the ratings and the population"
    assert all("<a:t>" in chart for chart in charts), "a title each"
    assert drawings.count(" descr=") == len(charts)
    assert "の推移の図。" in drawings


def test_a_frozen_state_is_the_same_bytes(report: FiscalYearReport, file: Path, tmp_path: Path) -> None:
    write_workbook(report, tmp_path / "again.xlsx")
    assert (tmp_path / "again.xlsx").read_bytes() == file.read_bytes()


def test_only_the_boxes_can_be_written_in_and_nothing_is_a_formula_or_merged(file: Path) -> None:
    boxes = {remark.where for remark in read_remarks(file)}
    for title, sheet in sheets_of(file).items():
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert not sheet.merged_cells.ranges
        assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
        unlocked = {f"{title}!{cell.coordinate}" for cell in cells if not cell.protection.locked}
        assert unlocked == {where for where in boxes if where.startswith(f"{title}!")}
        assert sheet.protection.sheet == (title != "データ")
        assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
        assert sheet.print_title_rows
        assert sheet.freeze_panes


def test_a_box_has_last_years_text_beside_it_and_is_read_back_by_its_code(report: FiscalYearReport, file: Path) -> None:
    found = {remark.code: remark for remark in read_remarks(file)}
    assert set(found) == {remark.code for remark in report.remarks}
    first = report.goals[0].remarks[0]
    assert {code for code, remark in found.items() if remark.text} == {first.code}
    assert found[first.code].text == WRITTEN
    sheet, cell = found[first.code].where.split("!")
    assert sheets_of(file)[sheet][cell].offset(0, -1).value == LAST_YEAR


def test_the_public_edition_has_no_box_to_write_in(report: FiscalYearReport, tmp_path: Path) -> None:
    path = tmp_path / "public.xlsx"
    write_workbook(replace(report, report_edition=ReportEdition.PUBLIC), path)
    assert [remark.text for remark in read_remarks(path)] == [WRITTEN]
    for sheet in sheets_of(path).values():
        assert all(cell.protection.locked for row in sheet.iter_rows() for cell in row)


def test_what_a_revision_changed_is_underlined(report: FiscalYearReport, file: Path) -> None:
    comparison = report.comparison
    assert comparison is not None
    assert comparison.rows
    sheet = load_workbook(file, rich_text=True)["新旧対照表"]
    subjects = [cell.value for cell in sheet["A"]]
    top = subjects.index("記号") + 2
    assert [cell.value for cell in sheet[top - 1]][2:4] == ["改正後", "改正前"]
    for number, row in enumerate(comparison.rows, start=top):
        for column, runs in ((3, row.after), (4, row.before)):
            blocks = sheet.cell(number, column).value
            assert [Run(block.text, block.font.u == "single") for block in blocks] == list(runs)


def test_libreoffice_opens_it_and_what_it_saves_has_the_same_boxes_and_charts(
    report: FiscalYearReport, file: Path, tmp_path: Path
) -> None:
    if which("soffice") is None:
        pytest.skip("LibreOffice (soffice) is not here: whether it opens the workbook was NOT checked")
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    for kind in ("xlsx:Calc MS Excel 2007 XML", "pdf"):
        subprocess.run(
            ["soffice", profile, "--headless", "--convert-to", kind, "--outdir", tmp_path, file],
            check=True,
            capture_output=True,
            timeout=180,
        )
    saved = tmp_path / file.name
    texts = {remark.code: remark.text for remark in read_remarks(saved)}
    assert texts == {remark.code: remark.text for remark in read_remarks(file)}
    charts = [
        sum(name.startswith("xl/charts/chart") for name in zipfile.ZipFile(path).namelist()) for path in (file, saved)
    ]
    assert charts[0] == charts[1]
    assert (tmp_path / "調書.pdf").stat().st_size > 100_000
