"""The workbook of the report: what its cells hold, and how boxes are found again in files that people had."""

import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.chart import BarChart, Reference

from nemuro_etl.errors import ReturnRefused
from nemuro_etl.model.evaluation import Rating
from nemuro_etl.paper import bytes_of, new_workbook
from nemuro_etl.report.workbook import read_remarks
from nemuro_etl.report.workbook_sheet import Input, Scroll, number_of, pace_of, percent_of

TABLE = (
    ("欄", "昨年度の記載", "今年度の記入", "記入者", "記入欄の記号"),
    ("内部評価", "去年", "一行目\n二行目", "", "g1:internal@FY2018#1"),
    ("今後の方針", "", None, "", "g1:course@FY2018#0"),
)
OTHER = (("記号", "指標", "説明", "年度", "単位"), ("g1-n1", "指標名", "取得済", "平成30年度", "人"))


def save(path: Path, *rows: tuple[Any, ...]) -> Path:
    """A workbook of the report as far as it is told from others, with a sheet of these rows."""
    workbook = Workbook()
    workbook.active["A1"] = "参照コード"
    sheet = workbook.create_sheet("基本目標1")
    for row in rows:
        sheet.append(row)
    workbook.save(path)
    return path


def read(path: Path) -> list[tuple[str, str, str]]:
    return [(remark.code, remark.text, remark.where) for remark in read_remarks(path)]


def test_boxes_are_read_with_their_codes_and_places_and_other_tables_are_not(tmp_path: Path) -> None:
    file = save(tmp_path / "a.xlsx", ("題",), *OTHER, *TABLE, (), ("帯",), *OTHER, *TABLE[:2])
    assert read(file) == [
        ("g1:internal@FY2018#1", "一行目\n二行目", "基本目標1!C5"),
        ("g1:course@FY2018#0", "", "基本目標1!C6"),
        ("g1:internal@FY2018#1", "一行目\n二行目", "基本目標1!C12"),
    ]


def test_rows_that_were_sorted_or_inserted_and_columns_that_moved_are_followed(tmp_path: Path) -> None:
    header, first, second = (("メモ", *row) for row in TABLE)
    file = save(tmp_path / "a.xlsx", ("挿入",), header, second, ("",) * 6, first)
    assert read(file) == [
        ("g1:course@FY2018#0", "", "基本目標1!D3"),
        ("g1:internal@FY2018#1", "一行目\n二行目", "基本目標1!D5"),
    ]


@pytest.mark.parametrize("at", [2, 3])
def test_what_was_typed_in_a_row_without_a_code_is_told_and_not_lost(tmp_path: Path, at: int) -> None:
    rows = [*TABLE[:2], *TABLE[2:]]
    rows.insert(at, ("内部評価", "", "書き足した行", "", None))
    assert ("", "書き足した行", f"基本目標1!C{at + 1}") in read(save(tmp_path / "a.xlsx", *rows))


def test_a_text_that_excel_took_for_a_formula_or_a_number_is_read_as_it_was_typed(tmp_path: Path) -> None:
    rows = [list(row) for row in TABLE]
    rows[1][2], rows[2][2] = "=1+1", 30
    assert [text for _, text, _ in read(save(tmp_path / "a.xlsx", *map(tuple, rows)))] == ["=1+1", "30"]


def test_what_is_no_workbook_of_the_report_is_refused_by_name(tmp_path: Path) -> None:
    torn, foreign, archive = tmp_path / "torn.xlsx", tmp_path / "foreign.xlsx", tmp_path / "archive.xlsx"
    torn.write_bytes(save(tmp_path / "a.xlsx", *TABLE).read_bytes()[:-200])
    Workbook().save(foreign)
    with zipfile.ZipFile(archive, "w") as container:
        container.writestr("xl/workbook.xml", "<no")
    for file in (torn, foreign, archive):
        with pytest.raises(ReturnRefused, match=file.name):
            read_remarks(file)


def test_a_number_is_rounded_as_in_every_other_form_and_a_ratio_never_looks_better() -> None:
    assert number_of(Decimal("2.345"), 2).value == Decimal("2.35")
    assert pace_of(Decimal("0.7996")).value == Decimal("0.79")
    assert percent_of(Decimal("0.99999")).value == Decimal("99.9")
    assert number_of(Decimal(-331), 0).format == '#,##0;"−"#,##0'


def test_no_text_becomes_a_formula_and_only_boxes_can_be_written_in(tmp_path: Path) -> None:
    workbook = new_workbook("題", datetime(2019, 8, 10, tzinfo=UTC))
    scroll = Scroll(workbook.create_sheet("表"), (20, 20, 20, 20))
    scroll.write_table(
        ("欄", "昨年度", "今年度", "判定"), [("=1+1", "+cmd|' /C calc'!A0\x0b", Input("=HYPERLINK(1)"), Rating.BEHIND)]
    )
    scroll.finish("脚注", freeze="A2")
    path = tmp_path / "a.xlsx"
    path.write_bytes(bytes_of(workbook))
    cells = load_workbook(path)["表"][2]
    assert [cell.value for cell in cells] == ["=1+1", "+cmd|' /C calc'!A0", "=HYPERLINK(1)", "△ 遅れ"]
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.protection.locked for cell in cells] == [True, True, False, True]
    assert cells[2].number_format == "@", "what is typed there is no formula either"


def test_every_chart_carries_the_sentence_that_stands_for_it(tmp_path: Path) -> None:
    workbook = new_workbook("題", datetime(2019, 8, 10, tzinfo=UTC))
    for title in ("一", "二"):
        sheet = workbook.create_sheet(title)
        sheet["A1"] = 1
        chart = BarChart()
        chart.add_data(Reference(sheet, min_col=1, min_row=1))
        sheet.add_chart(chart, "C1")
    path = tmp_path / "a.xlsx"
    path.write_bytes(bytes_of(workbook, ["一の<図>", '二の"図"']))
    with zipfile.ZipFile(path) as container:
        drawings = [container.read(f"xl/drawings/drawing{number}.xml").decode() for number in (1, 2)]
    assert 'descr="一の&lt;図&gt;"' in drawings[0]
    assert "descr='二の\"図\"'" in drawings[1]
