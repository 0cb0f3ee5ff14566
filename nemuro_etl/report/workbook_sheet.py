"""A sheet of the report that is written from top to bottom, and what its cells show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from openpyxl.styles import PatternFill, Protection
from openpyxl.utils import get_column_letter

from nemuro_etl.model.evaluation import RATING_LABELS, Rating
from nemuro_etl.model.wording import NONE, rounded, rounded_pace
from nemuro_etl.paper import HEADER, INPUT, exact, height_of, set_up_page, write_cell
from nemuro_etl.report.dashboard import MARKS
from nemuro_etl.report.numbers import rounded_percent

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

_BAND, _YELLOW, _ORANGE, _RED, _BLUE = (
    PatternFill("solid", start_color=color, end_color=color)
    for color in ("1F3864", "FFF2CC", "F8CBAD", "F4B0A8", "DDEBF7")
)
_RATING_FILLS = {
    Rating.ACHIEVED: _BLUE,
    Rating.ON_TRACK: _BLUE,
    Rating.BEHIND: _YELLOW,
    Rating.FAR_BEHIND: _ORANGE,
    Rating.REGRESSED: _RED,
}
_LEAST_BOX = 48.0
"""Points that leave an empty box high enough to be seen as one."""
_SENTENCE_ENDS = "。"


@dataclass(frozen=True, slots=True)
class Number:
    """A number, rounded as it is read, in the format of its cell; None is a dash."""

    value: Decimal | None
    format: str


@dataclass(frozen=True, slots=True)
class Input:
    """A cell that people write in."""

    text: str


Value = str | int | date | Number | Rating | Input


def number_of(value: Decimal | None, digits: int) -> Number:
    return Number(
        None if value is None else rounded(value, digits), _signed("#,##0" + (f".{'0' * digits}" if digits else ""))
    )


def pace_of(value: Decimal | None) -> Number:
    return Number(None if value is None else rounded_pace(value), _signed("0.00"))


def percent_of(value: Decimal | None) -> Number:
    return Number(None if value is None else rounded_percent(value), _signed('#,##0.0"％"'))


def _signed(form: str) -> str:
    """With the minus that every other form of the report has."""
    return f'{form};"−"{form}'


def rating_text(rating: Rating) -> str:
    """The word behind its mark: △ 遅れ."""
    return f"{MARKS[rating]} {RATING_LABELS[rating]}"


class Scroll:
    """A sheet with its next free row."""

    def __init__(self, sheet: "Worksheet", widths: Sequence[float]) -> None:
        self.sheet, self.row = sheet, 1
        self._widths = widths
        for column, width in enumerate(widths, start=1):
            sheet.column_dimensions[get_column_letter(column)].width = width
        sheet.sheet_view.showGridLines = False

    def write_title(self, text: str) -> None:
        self._write_line(text, size=14, bold=True, height=26)

    def write_text(self, text: str) -> None:
        """Running text, a sentence a row: no cell is as wide as the page."""
        for sentence in text.split(_SENTENCE_ENDS):
            if sentence:
                self._write_line(sentence + _SENTENCE_ENDS, height=18)

    def write_lines(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._write_line(line, height=18)

    def write_band(self, text: str) -> None:
        """The heading of a part: across the whole sheet, after an empty row."""
        self.row += 1
        for column in range(1, len(self._widths) + 1):
            self.sheet.cell(self.row, column).fill = _BAND
        self._write_line(text, size=12, bold=True, color="FFFFFF", height=24)

    def write_label(self, text: str, *, column: int = 1) -> None:
        """The heading of a table."""
        self._write_line(text, size=11, bold=True, height=24, column=column)

    def write_table(
        self,
        headings: Sequence[str],
        rows: Iterable[Sequence[Value]],
        *,
        column: int = 1,
        code: int | None = None,
    ) -> int:
        """A table that begins in a column of the sheet; the row of its header.

        `code`: the index of a column of codes, which are small, never broken, and for programs.
        """
        header = self.row
        for place, heading in enumerate(headings, start=column):
            write_cell(self.sheet.cell(header, place), heading, size=9, bold=True, horizontal="center")
            self.sheet.cell(header, place).fill = HEADER
        self._set_height(headings, column)
        for row in rows:
            for index, value in enumerate(row):
                self._put(self.sheet.cell(self.row, column + index), value, code=index == code)
            texts = ["" if index == code else _text_of(value) for index, value in enumerate(row)]
            self._set_height(texts, column, least=_LEAST_BOX if any(isinstance(each, Input) for each in row) else 0)
        return header

    def leave_room(self, points: float) -> int:
        """An empty row of that height, for charts; the row."""
        self.sheet.row_dimensions[self.row].height = points
        self.row += 1
        return self.row - 1

    def finish(self, footer: str, *, freeze: str) -> None:
        self.sheet.freeze_panes = freeze
        self.sheet.protection.sheet = True
        self.sheet.protection.formatColumns = self.sheet.protection.formatRows = False
        set_up_page(self.sheet, 1, self.row, len(self._widths), footer)

    def height_from(self, row: int) -> float:
        """The points that the rows from that one on take."""
        return sum(float(self.sheet.row_dimensions[each].height) for each in range(row, self.row))

    def _write_line(
        self,
        text: str,
        *,
        height: float,
        size: float = 10,
        bold: bool = False,
        color: str = "000000",
        column: int = 1,
    ) -> None:
        write_cell(self.sheet.cell(self.row, column), text, size=size, bold=bold, color=color, boxed=False, wrap=False)
        self.sheet.row_dimensions[self.row].height = height
        self.row += 1

    def _put(self, cell: "Cell", value: Value, *, code: bool) -> None:
        match value:
            case Number(None, _):
                write_cell(cell, NONE, size=9, horizontal="right")
            case Number(figure, form) if figure is not None:
                write_cell(cell, exact(figure), size=9, horizontal="right")
                cell.number_format = form
            case Rating():
                write_cell(cell, rating_text(value), size=9)
                if value in _RATING_FILLS:
                    cell.fill = _RATING_FILLS[value]
            case Input(text):
                write_cell(cell, text or None, size=9)
                cell.fill = INPUT
                cell.protection = Protection(locked=False)
                cell.number_format = "@"  # what is typed stays a text, also when it begins with = or -
            case date():
                write_cell(cell, value, size=9, horizontal="right")
                cell.number_format = "yyyy/m/d"
            case int():
                write_cell(cell, value, size=9, horizontal="right")
            case str() if code:
                write_cell(cell, value, size=7, color="595959", wrap=False)
            case _:
                write_cell(cell, str(value), size=9)

    def _set_height(self, texts: Iterable[str], column: int, least: float = 0) -> None:
        height = height_of(zip(texts, self._widths[column - 1 :], strict=False))
        self.sheet.row_dimensions[self.row].height = max(height, least)
        self.row += 1


def _text_of(value: Value) -> str:
    match value:
        case Input(text):
            return text
        case Rating():
            return rating_text(value)
        case str():
            return value
        case _:
            return ""
