"""The 調書 as an Excel workbook, and what people wrote into its boxes read back."""

import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from openpyxl import load_workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

from nemuro_etl.model.evaluation import DATA_STATE_LABELS, Evaluation, Rating
from nemuro_etl.model.period import TOKYO, fiscal_year_label
from nemuro_etl.model.wording import NONE
from nemuro_etl.paper import FONT, bytes_of, new_workbook
from nemuro_etl.report.blocks import Listing, Manuscript, Paragraph, Table
from nemuro_etl.report.comparison import AMENDMENT_LABELS, Comparison, Run
from nemuro_etl.report.content import SHOWN_LABELS, FiscalYearReport, ReadRemark, Row, count_ratings
from nemuro_etl.report.handed_back import check_size, refused
from nemuro_etl.report.manuscript import CODE, write_manuscript
from nemuro_etl.report.reference import Reference
from nemuro_etl.report.workbook_charts import Gallery, chart_ratings
from nemuro_etl.report.workbook_data import DATA_SHEET, write_data
from nemuro_etl.report.workbook_parts import BOX_CODE, BOX_TEXT, FIRST_HEADING, PartWriter, section
from nemuro_etl.report.workbook_sheet import Scroll, rating_text

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_OVERVIEW_SHEET, _POPULATION_SHEET, _COMPARISON_SHEET = "概要", "人口", "新旧対照表"
_OVERVIEW_WIDTHS = (16, 40, *(11,) * 8, 8)
_COMPARISON_WIDTHS = (9, 22, 48, 48, 7, 20)
_DAMAGES = (
    *(zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, IndexError, AttributeError, EOFError, OSError),
    *(SyntaxError, RuntimeError),
)
"""What openpyxl raises for parts that are missing, cut short or no XML."""


def write_workbook(report: FiscalYearReport, path: Path) -> None:
    """Writes the report as an .xlsx file; the same report is the same bytes."""
    manuscript = write_manuscript(report)
    moment = datetime(report.as_of.year, report.as_of.month, report.as_of.day, tzinfo=TOKYO)
    workbook = new_workbook(f"{manuscript.title}　{'　'.join(manuscript.subtitle)}", moment)
    gallery = Gallery()
    overview = workbook.create_sheet(_OVERVIEW_SHEET)
    goals = [workbook.create_sheet(f"基本目標{part.goal.number}") for part in report.goals]
    population = workbook.create_sheet(_POPULATION_SHEET)
    compared = None if report.comparison is None else workbook.create_sheet(_COMPARISON_SHEET)
    data = workbook.create_sheet(DATA_SHEET)
    spans = write_data(data, report, manuscript.title)
    _write_overview(overview, report, manuscript, gallery)
    writer = PartWriter(report, manuscript, data, spans, gallery)
    for sheet, part in zip(goals, report.goals, strict=True):
        writer.write_goal(sheet, part)
    writer.write_population(population)
    if report.comparison is not None:
        _write_comparison(compared, report.comparison, manuscript)
    path.write_bytes(bytes_of(workbook, gallery.alt_texts))


# overview


def _write_overview(sheet: "Worksheet", report: FiscalYearReport, manuscript: Manuscript, gallery: Gallery) -> None:
    scroll = Scroll(sheet, _OVERVIEW_WIDTHS)
    scroll.write_title(manuscript.title)
    scroll.write_lines(manuscript.subtitle)
    _write_words(scroll, manuscript, "overview")
    _write_counts(scroll, report, gallery)
    if report.changed:
        _write_changes(scroll, report, manuscript)
    _write_states(scroll, report, manuscript)
    _write_reading(scroll, manuscript)
    scroll.write_lines(["", manuscript.footer])
    scroll.finish(manuscript.title, freeze="A2")


def _write_reading(scroll: Scroll, manuscript: Manuscript) -> None:
    scroll.write_band("判定の見方と出典")
    words, *others = section(manuscript, "reading")
    if isinstance(words, Paragraph):
        scroll.write_text(words.text)
    for block in others:  # what is said of drawings is not of the charts of a workbook
        match block:
            case Table(caption, columns, rows):
                scroll.write_label(caption)
                scroll.write_table(
                    [column.title for column in columns], ([cell.text for cell in row.cells] for row in rows)
                )
            case Listing(items):
                scroll.write_label("出典")
                scroll.write_lines(items)


def _write_words(scroll: Scroll, manuscript: Manuscript, anchor: str) -> None:
    for block in section(manuscript, anchor):
        if isinstance(block, Paragraph):
            scroll.write_text(block.text)


def _write_counts(scroll: Scroll, report: FiscalYearReport, gallery: Gallery) -> None:
    parts = [(f"基本目標{part.goal.number}", part.goal.title, part.rows) for part in report.goals]
    parts.append(("人口", "人口の目標と将来展望", report.vision))
    counted = [(name, title, count_ratings(rows)) for name, title, rows in (*parts, ("計", "全ての指標", report.rows))]
    scroll.write_label("判定の内訳（単位：件。判定できる最も新しい年度による。再掲は含まない）")
    header = scroll.write_table(
        ("区分", "内容", *map(rating_text, Rating), "計"),
        ((name, title, *counts.values(), sum(counts.values())) for name, title, counts in counted),
    )
    chart = chart_ratings(scroll.sheet, header, header + len(parts), 1, 3)
    place = scroll.leave_room(230)
    gallery.hang(scroll.sheet, chart, "判定の内訳の図。数値は上の表にある。", row=place, left=0.2, size=(26.0, 7.7))


def _write_changes(scroll: Scroll, report: FiscalYearReport, manuscript: Manuscript) -> None:
    scroll.write_band("前回の作成から変わった数値")
    scroll.write_lines(block.caption for block in section(manuscript, "changed") if isinstance(block, Table))
    scroll.write_table(
        ("記号", "指標", "年度", "項目", "前回", "今回", CODE),
        (
            (
                one.row.indicator.id,
                one.row.indicator.name,
                fiscal_year_label(one.fiscal_year),
                SHOWN_LABELS[one.what],
                one.before,
                one.now,
                str(Reference(one.row.indicator.id, one.fiscal_year, report.as_of)),
            )
            for one in report.changed
        ),
        code=6,
    )


def _write_states(scroll: Scroll, report: FiscalYearReport, manuscript: Manuscript) -> None:
    scroll.write_band("データの状態")
    _write_words(scroll, manuscript, "missing")
    if report.missing:
        scroll.write_table(
            ("状態", "指標", "記号", "所管", "年度"),
            (
                (DATA_STATE_LABELS[state], row.indicator.name, row.indicator.id, _owner(row), _years(years))
                for state, found in report.missing
                for row, years in found
            ),
            code=4,
        )
    if report.provisional:
        scroll.write_label("確定していない値")
        scroll.write_table(
            ("段階", "指標", "記号", "所管", "年度"),
            (
                (
                    "" if year.stage is None else year.stage.value,
                    row.indicator.name,
                    row.indicator.id,
                    _owner(row),
                    fiscal_year_label(year.fiscal_year),
                )
                for row in report.provisional
                for year in row.provisional
            ),
        )


def _owner(row: Row) -> str:
    return NONE if row.owner is None else row.owner.name


def _years(years: tuple[Evaluation, ...]) -> str:
    return "、".join(fiscal_year_label(year.fiscal_year) for year in years)


# comparison of revisions


def _write_comparison(sheet: "Worksheet", comparison: Comparison, manuscript: Manuscript) -> None:
    scroll = Scroll(sheet, _COMPARISON_WIDTHS)
    scroll.write_title("新旧対照表")
    scroll.write_lines([f"改正後：{comparison.after.title}　　改正前：{comparison.before.title}"])
    for block in section(manuscript, "comparison"):
        match block:
            case Paragraph(text, _):
                scroll.write_text(text)
            case Table(caption, _, _):
                scroll.write_label(caption)
    if comparison.rows:
        header = scroll.write_table(
            ("記号", "箇所", "改正後", "改正前", "区分", "備考"),
            (
                (
                    row.subject,
                    row.location,
                    _text(row.after),
                    _text(row.before),
                    AMENDMENT_LABELS[row.amendment],
                    row.note,
                )
                for row in comparison.rows
            ),
        )
        for place, row in enumerate(comparison.rows, start=header + 1):
            sheet.cell(place, 3).value = _underlined(row.after)
            sheet.cell(place, 4).value = _underlined(row.before)
    scroll.finish(manuscript.title, freeze="A2")


def _text(runs: tuple[Run, ...]) -> str:
    return "".join(run.text for run in runs)


def _underlined(runs: tuple[Run, ...]) -> CellRichText:
    return CellRichText(
        *(TextBlock(InlineFont(rFont=FONT, sz=9, u="single" if run.changed else None), run.text) for run in runs)
    )


# reading back


def read_remarks(path: Path) -> list[ReadRemark]:
    """What stands in every box, found by its code wherever people moved it; "" as code where they typed beside one.

    A formula is read as it was typed. Raises ReturnRefused for what is no workbook of the report.
    """
    workbook = _opened(path)
    if not any(sheet["A1"].value == CODE for sheet in workbook.worksheets):
        raise refused(path, ".xlsx", f"調書の「{DATA_SHEET}」シートが見当たらない。")
    return [remark for sheet in workbook.worksheets for remark in _read_sheet(sheet)]


def _opened(path: Path) -> "Workbook":
    try:
        check_size(path, ".xlsx")
        with warnings.catch_warnings():
            # parts that openpyxl leaves out (drawings, extensions) carry no text of a box
            warnings.simplefilter("ignore")
            return load_workbook(path)
    except _DAMAGES as damage:
        raise refused(path, ".xlsx", f"読み取れない（{type(damage).__name__}）。") from damage


def _read_sheet(sheet: "Worksheet") -> Iterator[ReadRemark]:
    """The boxes of one sheet, table by table."""
    rows = [[_text_in(cell.value) for cell in row] for row in sheet.iter_rows()]
    headers = [index for index, row in enumerate(rows) if {BOX_TEXT, BOX_CODE} <= set(row)]
    for header in headers:
        text, code = rows[header].index(BOX_TEXT), rows[header].index(BOX_CODE)
        end = next(
            (index for index in range(header + 1, len(rows)) if index in headers or FIRST_HEADING in rows[index]),
            len(rows),
        )
        last = max((index for index in range(header + 1, end) if rows[index][code]), default=header)
        while last + 1 < end and rows[last + 1][text]:
            # written below the table, where no code is: not to be lost without a word
            last += 1
        for index in range(header + 1, last + 1):
            if rows[index][code] or rows[index][text]:
                where = f"{sheet.title}!{sheet.cell(index + 1, text + 1).coordinate}"
                yield ReadRemark(rows[index][code], rows[index][text], where)


def _text_in(value: object) -> str:
    return "" if value is None else str(value).replace("\r\n", "\n").strip()
