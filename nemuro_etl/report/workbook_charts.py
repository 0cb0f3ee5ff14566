"""The native charts of the report's workbook: they show the cells of its tables and hold no number of their own."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from openpyxl.chart import BarChart, LineChart, Reference, ScatterChart, Series
from openpyxl.chart.data_source import StrRef
from openpyxl.chart.label import DataLabel, DataLabelList
from openpyxl.chart.marker import Marker
from openpyxl.chart.series import SeriesLabel
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.spreadsheet_drawing import AnchorMarker, OneCellAnchor
from openpyxl.drawing.text import CharacterProperties, Font, Paragraph, ParagraphProperties
from openpyxl.drawing.xdr import XDRPositiveSize2D
from openpyxl.utils import quote_sheetname
from openpyxl.utils.units import cm_to_EMU, pixels_to_EMU

from nemuro_etl.model.evaluation import Rating
from nemuro_etl.paper import FONT

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_COLORS = {
    Rating.ACHIEVED: "003F73",
    Rating.ON_TRACK: "0072B2",
    Rating.MOSTLY_ON_TRACK: "56B4E9",
    Rating.BEHIND: "F0AD1F",
    Rating.FAR_BEHIND: "D55E00",
    Rating.REGRESSED: "7A0000",
    Rating.IN_PROGRESS: "8C9198",
    Rating.NOT_RATED: "C6CACF",
}
"""Those of the dashboard."""
_DARK = (Rating.ACHIEVED, Rating.ON_TRACK, Rating.REGRESSED)
_NOTHING_ELSE = dict.fromkeys(("showSerName", "showCatName", "showLegendKey", "showPercent", "showBubbleSize"), False)
"""In the label of a bar."""
_PIXELS_A_UNIT = 8
"""Of a column's width in the font of the workbook."""


@dataclass(frozen=True, slots=True)
class Line:
    """How a series is drawn: each differs from the others by more than its colour."""

    color: str
    points: float
    dash: str
    marker: str


ACTUAL = Line("00508F", 2.25, "solid", "circle")
EXPECTED = Line("6A7078", 1.5, "dash", "none")
TARGET = Line("1A1A1C", 1, "sysDot", "diamond")
DO_NOTHING = Line("A04A00", 1.5, "sysDot", "none")
REGISTRY = Line("6A7078", 1, "solid", "triangle")


@dataclass(frozen=True, slots=True)
class Columns:
    """The cells of one series: its name is the header of its column, its points are from `first` to `last`."""

    sheet: "Worksheet"
    x: int
    y: int
    header: int
    first: int
    last: int
    line: Line


@dataclass(slots=True)
class Gallery:
    """The charts of a workbook with the sentences that stand for them, in the order in which they were hung."""

    alt_texts: list[str] = field(default_factory=list)

    def hang(
        self, sheet: "Worksheet", chart: Any, sentence: str, *, row: int, left: float, size: tuple[float, float]
    ) -> None:
        """Puts a chart of `size` in centimetres into a row, `left` centimetres from the margin."""
        column, rest = 0, cm_to_EMU(left)
        while rest >= (width := _width_of(sheet, column)):
            column, rest = column + 1, rest - width
        marker = AnchorMarker(col=column, colOff=rest, row=row - 1, rowOff=pixels_to_EMU(4))
        chart.anchor = OneCellAnchor(_from=marker, ext=XDRPositiveSize2D(*map(cm_to_EMU, size)))
        sheet.add_chart(chart)
        self.alt_texts.append(sentence)


def _width_of(sheet: "Worksheet", column: int) -> int:
    letter = sheet.cell(1, column + 1).column_letter
    return int(pixels_to_EMU(sheet.column_dimensions[letter].width * _PIXELS_A_UNIT + 5))


def chart_ratings(sheet: "Worksheet", header: int, last: int, names: int, first: int) -> BarChart:
    """Bars of how many rows stand on which rating: the counts of a table, whose ratings begin in column `first`."""
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "bar", "stacked", 100, 60
    _set_title(chart, "判定の内訳（件）")
    for column, rating in enumerate(Rating, start=first):
        series = Series(Reference(sheet, min_col=column, min_row=header + 1, max_row=last))
        series.tx = _name_of(sheet, header, column)
        series.graphicalProperties = GraphicalProperties(solidFill=_COLORS[rating])
        series.graphicalProperties.line = LineProperties(solidFill="FFFFFF")
        # nought has no bar, and no label either
        counts = [sheet.cell(row, column).value for row in range(header + 1, last + 1)]
        labels = [_label(index, rating) for index, count in enumerate(counts) if count]
        series.dLbls = DataLabelList(dLbl=labels, showVal=False, **_NOTHING_ELSE)
        chart.series.append(series)
    chart.set_categories(Reference(sheet, min_col=names, min_row=header + 1, max_row=last))
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.crosses = "max"
    _finish(chart, "0")
    return chart


def _label(index: int, rating: Rating) -> DataLabel:
    """The number of one bar, and nothing beside it."""
    letters = _text(900, "FFFFFF" if rating in _DARK else "000000")
    return DataLabel(idx=index, showVal=True, txPr=letters, **_NOTHING_ELSE)


def chart_years(title: str, lines: Sequence[Columns], form: str) -> LineChart:
    """Lines over fiscal years."""
    chart = LineChart()
    _set_title(chart, title)
    for columns in lines:
        series = Series(_cells(columns, columns.y))
        _draw(series, columns)
        chart.series.append(series)
    chart.set_categories(_cells(lines[0], lines[0].x))
    _finish(chart, form)
    return chart


def chart_days(title: str, lines: Sequence[Columns], form: str, first: int, last: int) -> ScatterChart:
    """Lines over days, from 1 January of the year `first` to that of `last`."""
    chart = ScatterChart()
    chart.style, chart.scatterStyle = 13, "lineMarker"
    _set_title(chart, title)
    for columns in lines:
        series = Series(_cells(columns, columns.y), _cells(columns, columns.x))
        _draw(series, columns)
        chart.series.append(series)
    epoch = date(1899, 12, 30)
    chart.x_axis.scaling.min, chart.x_axis.scaling.max = ((date(year, 1, 1) - epoch).days for year in (first, last))
    # a little more than five years: a tick that fell on 31 December would name the year before
    chart.x_axis.majorUnit = 1826.5
    chart.x_axis.number_format = "yyyy"
    chart.x_axis.majorGridlines = None
    _finish(chart, form)
    return chart


def _cells(columns: Columns, column: int) -> Reference:
    return Reference(columns.sheet, min_col=column, min_row=columns.first, max_row=columns.last)


def _draw(series: Any, columns: Columns) -> None:
    line = columns.line
    series.tx = _name_of(columns.sheet, columns.header, columns.y)
    series.smooth = False
    series.graphicalProperties = GraphicalProperties()
    series.graphicalProperties.line = LineProperties(
        solidFill=line.color, w=int(line.points * 12700), prstDash=line.dash
    )
    series.marker = Marker(symbol=line.marker, size=6)
    series.marker.graphicalProperties = GraphicalProperties(solidFill=line.color)
    series.marker.graphicalProperties.line = LineProperties(solidFill=line.color)


def _name_of(sheet: "Worksheet", row: int, column: int) -> Any:
    letter = sheet.cell(row, column).column_letter
    return SeriesLabel(strRef=StrRef(f"{quote_sheetname(sheet.title)}!${letter}${row}"))


def _set_title(chart: Any, text: str) -> None:
    chart.title = text
    chart.title.overlay = False
    for paragraph in chart.title.tx.rich.paragraphs:
        paragraph.pPr = ParagraphProperties(defRPr=_letters(1000, bold=True))
        for run in paragraph.r:
            run.rPr = _letters(1000, bold=True)


def _finish(chart: Any, form: str) -> None:
    """Axes that are there, with separators, and a key below."""
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.x_axis.title = chart.y_axis.title = None
    chart.y_axis.number_format = form
    chart.y_axis.majorGridlines.spPr = GraphicalProperties(ln=LineProperties(solidFill="D3D7DC"))
    for axis in (chart.x_axis, chart.y_axis):
        axis.txPr = _text(800)
    chart.legend.position = "b"
    chart.legend.txPr = _text(800)
    chart.graphical_properties = GraphicalProperties(ln=LineProperties(solidFill="D3D7DC"))
    chart.roundedCorners = False
    chart.display_blanks = "gap"


def _text(size: int, color: str = "1A1A1C") -> RichText:
    return RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=_letters(size, color)), endParaRPr=_letters(size))])


def _letters(size: int, color: str = "1A1A1C", *, bold: bool = False) -> CharacterProperties:
    return CharacterProperties(sz=size, b=bold, solidFill=color, latin=Font(typeface=FONT), ea=Font(typeface=FONT))
