"""The data sheet of the report: one datum a cell, one row an indicator and fiscal year, for programs to read."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from openpyxl.utils import get_column_letter

from nemuro_etl.model.evaluation import DATA_STATE_LABELS, RATING_LABELS, Evaluation
from nemuro_etl.model.period import fiscal_year_label
from nemuro_etl.model.wording import unit_text
from nemuro_etl.paper import HEADER, exact, set_up_page, write_cell
from nemuro_etl.report.content import FiscalYearReport, Outlook, Row
from nemuro_etl.report.manuscript import CODE

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

DATA_SHEET = "データ"


@dataclass(frozen=True, slots=True)
class _Entry:
    """A row of the sheet: an indicator in a fiscal year, and where it stands in the strategy."""

    place: str
    measure: str
    row: Row
    year: Evaluation

    @property
    def outlook(self) -> Outlook | None:
        """Beside the year by which the row is shown, and nowhere else."""
        return self.row.outlook if self.year == self.row.standing else None

    def basis(self, *, registry: bool) -> Decimal | None:
        found = (basis.actual for basis in self.year.bases if (basis.basis == "registry") == registry)
        return next(found, None)


_COLUMNS: Mapping[str, tuple[float, Callable[[_Entry], str | int | Decimal | None]]] = {
    CODE: (28, lambda at: str(at.row.reference(at.year))),
    "記号": (12, lambda at: at.row.indicator.id),
    "指標": (46, lambda at: at.row.indicator.name),
    "再掲元の記号": (13, lambda at: at.row.indicator.same_as),
    "区分": (13, lambda at: at.place),
    "施策の記号": (12, lambda at: at.measure),
    "所管": (18, lambda at: None if at.row.owner is None else at.row.owner.name),
    "年度（西暦）": (13, lambda at: at.year.fiscal_year),
    "年度（和暦）": (13, lambda at: fiscal_year_label(at.year.fiscal_year)),
    "単位": (10, lambda at: unit_text(at.year.unit)),
    "基準値": (14, lambda at: at.year.baseline),
    "実績": (14, lambda at: at.year.actual),
    "目安": (14, lambda at: at.year.expected),
    "目標": (14, lambda at: at.year.target),
    "社人研推計": (14, lambda at: at.year.do_nothing),
    "住基": (14, lambda at: at.basis(registry=True)),
    "国勢調査（換算）": (16, lambda at: at.basis(registry=False)),
    "分子": (14, lambda at: at.year.numerator),
    "分母": (14, lambda at: at.year.denominator),
    "回答数": (10, lambda at: at.year.sample_size),
    "進捗率": (14, lambda at: at.year.pace),
    "達成率": (14, lambda at: at.year.attainment),
    "必要ペース（年当たり）": (20, lambda at: at.year.need_per_year),
    "判定": (12, lambda at: RATING_LABELS[at.year.rating]),
    "データの状態": (20, lambda at: DATA_STATE_LABELS[at.year.data_state]),
    "段階": (9, lambda at: None if at.year.stage is None else at.year.stage.value),
    "実績の対象期間": (16, lambda at: at.year.period),
    "見通しの年度（西暦）": (19, lambda at: None if at.outlook is None else at.outlook.fiscal_year),
    "見通し": (14, lambda at: None if at.outlook is None else at.outlook.value),
    "見通しの下限": (14, lambda at: None if at.outlook is None else at.outlook.low),
    "見通しの上限": (14, lambda at: None if at.outlook is None else at.outlook.high),
    "出典": (
        46,
        lambda at: "、".join(source.title for source in at.row.sources) if at.year == at.row.standing else None,
    ),
}
_HEADINGS = tuple(_COLUMNS)


def write_data(sheet: "Worksheet", report: FiscalYearReport, footer: str) -> dict[str, tuple[int, int]]:
    """Fills the sheet with every number of the report, unrounded; by indicator its first and last row."""
    for column, (heading, (width, _)) in enumerate(_COLUMNS.items(), start=1):
        write_cell(sheet.cell(1, column), heading, bold=True, boxed=False, wrap=False)
        sheet.cell(1, column).fill = HEADER
        sheet.column_dimensions[get_column_letter(column)].width = width
    spans: dict[str, tuple[int, int]] = {}
    last = 1
    for last, entry in enumerate(_entries(report), start=2):
        for column, (_, value_of) in enumerate(_COLUMNS.values(), start=1):
            value = value_of(entry)
            cell = sheet.cell(last, column)
            cell.value = exact(value) if isinstance(value, Decimal) else None if value == "" else value
            if isinstance(cell.value, str):
                cell.data_type = "s"  # never a formula
        name = entry.row.indicator.id
        spans[name] = (spans.get(name, (last, last))[0], last)
    sheet.freeze_panes = "D2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(_COLUMNS))}{last}"
    set_up_page(sheet, 1, last, len(_COLUMNS), footer)
    return spans


def column_of(heading: str) -> int:
    """Where on the data sheet a column stands."""
    return _HEADINGS.index(heading) + 1


def _entries(report: FiscalYearReport) -> Iterator[_Entry]:
    for part in report.goals:
        place = f"基本目標{part.goal.number}"
        yield from (_Entry(place, "", row, year) for row in part.targets for year in row.years)
        for measure in part.measures:
            yield from (_Entry(place, measure.measure.id, row, year) for row in measure.rows for year in row.years)
    yield from (_Entry("人口", "", row, year) for row in report.vision for year in row.years)
