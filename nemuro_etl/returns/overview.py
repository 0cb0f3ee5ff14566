"""The secretariat's overview of every indicator and year, what is missing first, as one workbook."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from openpyxl.styles import PatternFill

from nemuro_etl.model.evaluation import DATA_STATE_LABELS, DataState
from nemuro_etl.model.period import TOKYO
from nemuro_etl.paper import bytes_of, new_workbook, set_up_page, write_cell, write_table

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

COLUMNS = (
    ("データの状態", 13),
    ("所管", 15),
    ("記号", 12),
    ("指標", 36),
    ("年度", 9),
    ("値", 13),
    ("単位", 9),
    ("段階", 9),
    ("記入者・出典", 24),
    ("記入日", 12),
    ("登録日", 12),
    ("備考", 30),
)
MISSING_FIRST = (
    DataState.NOT_SUBMITTED,
    DataState.OVERDUE,
    DataState.UNREADABLE,
    DataState.FETCH_FAILED,
    DataState.HELD,
    DataState.AWAITED,
    DataState.NOT_YET_PUBLISHED,
    DataState.AVAILABLE,
)
"""The order of the rows: what somebody must do something about comes first."""
_URGENT, _WAITING = (PatternFill("solid", start_color=color, end_color=color) for color in ("FFC7CE", "FFF2CC"))
_FILLS = {
    **dict.fromkeys(MISSING_FIRST[:4], _URGENT),
    **dict.fromkeys(MISSING_FIRST[4:6], _WAITING),
}
_HEADER_ROW = 4


def write_overview(title: str, moment: datetime, rows: Sequence[tuple[DataState, Sequence[object]]]) -> bytes:
    """The overview as an .xlsx file: `rows` with their state, in the columns after it; they are put in order here."""
    workbook = new_workbook(title, moment)
    sheet = workbook.create_sheet("一覧")
    ordered = sorted(rows, key=lambda row: MISSING_FIRST.index(row[0]))
    day = f"{moment.astimezone(TOKYO):%Y-%m-%d}"
    write_cell(sheet["A1"], f"{title}　報告と公表値の状況（{day}現在）", size=14, bold=True, boxed=False, wrap=False)
    write_cell(sheet["A2"], _count(ordered), boxed=False, wrap=False)
    sheet.row_dimensions[1].height, sheet.row_dimensions[2].height = 24, 20
    labels, widths = zip(*COLUMNS, strict=True)
    last = write_table(sheet, _HEADER_ROW, labels, widths, ((DATA_STATE_LABELS[state], *row) for state, row in ordered))
    for number, (state, _) in enumerate(ordered, start=_HEADER_ROW + 1):
        if state in _FILLS:
            sheet.cell(number, 1).fill = _FILLS[state]
    _finish(sheet, last, f"{title} 報告と公表値の状況 {day}")
    return bytes_of(workbook)


def _count(rows: Sequence[tuple[DataState, Sequence[object]]]) -> str:
    states = [state for state, _ in rows]
    counted = (f"{DATA_STATE_LABELS[state]} {states.count(state)}" for state in MISSING_FIRST if state in states)
    return "、".join(counted) + "（指標と年度の組の数。値は各年度のもので、累計ではない）"


def _finish(sheet: "Worksheet", last: int, footer: str) -> None:
    sheet.freeze_panes = f"E{_HEADER_ROW + 1}"
    sheet.auto_filter.ref = f"A{_HEADER_ROW}:{sheet.cell(last, len(COLUMNS)).coordinate}"
    set_up_page(sheet, _HEADER_ROW, last, len(COLUMNS), footer)
