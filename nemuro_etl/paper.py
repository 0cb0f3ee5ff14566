"""How the workbooks look and are printed, and how they become bytes: the same content is the same bytes."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from math import ceil
from typing import TYPE_CHECKING
from xml.sax.saxutils import quoteattr

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.properties import PageSetupProperties

from nemuro_etl.model.wording import display_width

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

FONT = "游ゴシック"
"""On every Windows since 8.1; elsewhere another Japanese font takes its place."""
_LINE = 16.0
"""Points that a line of 9 or 10 points takes in that font."""
_COLUMNS_A_UNIT = 1.15
"""Half-width characters of that size that go into one unit of a column's width."""
_THIN = Side(style="thin", color="A6A6A6")
BOX = Border(left=_THIN, right=_THIN, top=_THIN, bottom=_THIN)
INPUT, UNUSED, HEADER, WRONG = (
    PatternFill("solid", start_color=color, end_color=color) for color in ("FFF6D5", "E7E6E6", "D9E2F0", "FFC7CE")
)
_OLDEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that a ZIP can name."""
_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(<)")
_CHART_NAME = re.compile(r'name="Chart \d+"')


def new_workbook(title: str, moment: datetime) -> Workbook:
    """An empty workbook in the Japanese font, with no sheet yet."""
    workbook = Workbook()
    workbook.remove(workbook.active)
    workbook._named_styles["Normal"].font = Font(name=FONT, size=11)  # there is no other way to it
    workbook.properties.title = title
    workbook.properties.creator = "nemuro-etl"
    workbook.properties.created = moment.astimezone(UTC).replace(tzinfo=None)
    workbook.calculation.fullCalcOnLoad = True
    return workbook


def write_cell(
    cell: "Cell",
    value: object,
    *,
    size: float = 10,
    bold: bool = False,
    color: str = "000000",
    boxed: bool = True,
    wrap: bool = True,
    horizontal: str | None = None,
) -> None:
    """Puts a value, never a formula, into a cell in the one style of the workbooks.

    Of what people wrote, characters that no workbook can hold are left out.
    """
    if isinstance(value, str):
        cell.value = ILLEGAL_CHARACTERS_RE.sub("", value)
        cell.data_type = "s"
    else:
        cell.value = value
    cell.font = _font(size, bold, color)
    cell.alignment = _alignment(wrap, horizontal)
    if boxed:
        cell.border = BOX


@cache
def _font(size: float, bold: bool, color: str) -> Font:
    return Font(name=FONT, size=size, bold=bold, color=color)


@cache
def _alignment(wrap: bool, horizontal: str | None) -> Alignment:
    return Alignment(vertical="top", wrap_text=wrap, horizontal=horizontal)


def write_number(cell: "Cell", value: Decimal | None) -> None:
    """Puts a number for reading into a cell, with at most four decimals, or a dash for none."""
    if value is None:
        write_cell(cell, "―", horizontal="right")
        return
    number = round(value, 4).normalize()
    exponent = number.as_tuple().exponent
    places = max(0, -exponent) if isinstance(exponent, int) else 0
    write_cell(cell, exact(number), horizontal="right")
    cell.number_format = "#,##0" + ("." + "0" * places if places else "")


def exact(value: Decimal) -> int | float:
    """A number as a cell holds it: 15 significant digits come back as they were."""
    return int(value) if value == value.to_integral_value() else float(value)


def write_table(
    sheet: "Worksheet",
    top: int,
    headings: Sequence[str],
    widths: Sequence[float],
    rows: Iterable[Sequence[object]],
) -> int:
    """A boxed table with its header in row `top`; its last row. Decimals are shown as numbers, all else as it is."""
    for column, (heading, width) in enumerate(zip(headings, widths, strict=True), start=1):
        write_cell(sheet.cell(top, column), heading, bold=True, horizontal="center")
        sheet.cell(top, column).fill = HEADER
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.row_dimensions[top].height = height_of(zip(headings, widths, strict=True))
    last = top
    for last, row in enumerate(rows, start=top + 1):
        for column, value in enumerate(row, start=1):
            if isinstance(value, Decimal):
                write_number(sheet.cell(last, column), value)
            else:
                write_cell(sheet.cell(last, column), value, size=9)
        texts = [(value if isinstance(value, str) else "", width) for value, width in zip(row, widths, strict=True)]
        sheet.row_dimensions[last].height = height_of(texts)
    return last


def height_of(texts: Iterable[tuple[str, float]]) -> float:
    """The height of a row that shows every wrapped text in the width of its column."""
    lines = max(
        (
            sum(max(1, ceil(display_width(line) / max(1, width * _COLUMNS_A_UNIT))) for line in text.split("\n"))
            for text, width in texts
        ),
        default=1,
    )
    return min(409.0, lines * _LINE + 4)


def set_up_page(sheet: "Worksheet", header_row: int, last_row: int, columns: int, footer: str) -> None:
    """A4 landscape, as wide as the paper, the header on every page, pages numbered."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.print_title_rows = f"{header_row}:{header_row}"
    sheet.print_area = f"A1:{get_column_letter(columns)}{last_row}"
    sheet.page_margins.left = sheet.page_margins.right = 0.3
    sheet.page_margins.top, sheet.page_margins.bottom = 0.5, 0.6
    sheet.page_margins.header = sheet.page_margins.footer = 0.25
    sheet.oddFooter.left.text = footer
    sheet.oddFooter.right.text = "&P / &N ページ"


def bytes_of(workbook: Workbook, alt_texts: Iterable[str] = ()) -> bytes:
    """The workbook as a file in which no clock left a trace.

    `alt_texts`: one for every chart, in the order of the sheets and of the charts on them.
    """
    sentences = iter(alt_texts)
    saved, packed = io.BytesIO(), io.BytesIO()
    workbook.save(saved)
    created = workbook.properties.created.isoformat(timespec="seconds").encode() + b"Z"
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + created + rb"\g<2>", content)
            if name.startswith("xl/drawings/drawing"):
                content = _describe(content.decode(), sentences).encode()
            target.writestr(zipfile.ZipInfo(name, _OLDEST), content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _describe(drawing: str, sentences: Iterator[str]) -> str:
    """A drawing whose charts carry the sentences that stand for them: openpyxl has no way to give them."""
    return _CHART_NAME.sub(lambda named: f"{named[0]} descr={quoteattr(next(sentences))}", drawing)
