"""The sheet 「遅れへの回答」 of an entry workbook: a section's open warnings, and what it does about each of them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from openpyxl.styles import Protection

from nemuro_etl.model.alert import ACKNOWLEDGED_DAYS, LONGEST_DAYS
from nemuro_etl.paper import HEADER, INPUT, height_of, set_up_page, write_cell
from nemuro_etl.returns.cells import Unclear, day_of, text_of
from nemuro_etl.returns.form import ANSWER_SHEET, Column, folded, year_label

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

HEADER_ROW = 4
_SEARCHED_ROWS = 20
_YEAR = re.compile(r"\((\d{4})年度\)", re.ASCII)
_COLUMNS = (
    Column("id", "記号", 13),
    Column("name", "指標", 24),
    Column("year", "遅れの年度", 21),
    Column("state", "判定", 12),
    Column("told", "お知らせの内容", 30),
    Column("before", "これまでの御回答", 30),
    Column("text", "対応状況", 46, input=True),
    Column("until", "期限", 14, input=True),
)
LETTERS = {column.key: chr(ord("A") + index) for index, column in enumerate(_COLUMNS)}
"""Where the form has each column; in a workbook that comes back columns are found by their labels."""


@dataclass(frozen=True, slots=True)
class OpenWarning:
    """One open warning as the sheet shows it."""

    indicator: str
    name: str
    fiscal_year: int
    rating: str
    told: str
    """What the section was told, when, and with which figures."""
    before: str
    """What it answered last; empty when it did not."""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What a section wrote about one warning; without `until` it holds as long as an answer by mail that names no day."""

    indicator: str
    fiscal_year: int
    text: str
    until: date | None


def write_answers(sheet: "Worksheet", warnings: Sequence[OpenWarning], title: str, footer: str) -> None:
    """A row a warning, with two cells to fill in; a row that is left empty is no answer."""
    write_cell(sheet["A1"], f"{ANSWER_SHEET}　{title}", size=14, bold=True, boxed=False, wrap=False)
    for row, hint in (
        (
            2,
            "遅れている理由と今後の対応を「対応状況」に書いてください。メールに返信して回答したものは、書かなくてかまいません。",
        ),
        (
            3,
            f"「期限」は対応を終える予定の日で、提出の日から一年以内です。空欄のときは、提出の日から{ACKNOWLEDGED_DAYS}日間とします。",
        ),
    ):
        write_cell(sheet.cell(row, 1), hint, boxed=False, wrap=False)
    for column in _COLUMNS:
        cell = sheet[f"{LETTERS[column.key]}{HEADER_ROW}"]
        write_cell(cell, column.label, bold=True, horizontal="center")
        cell.fill = INPUT if column.input else HEADER
        sheet.column_dimensions[LETTERS[column.key]].width = column.width
    for number, warning in enumerate(warnings, start=HEADER_ROW + 1):
        shown = {
            "id": warning.indicator,
            "name": warning.name,
            "year": year_label(warning.fiscal_year),
            "state": warning.rating,
            "told": warning.told,
            "before": warning.before or "―",
        }
        for column in _COLUMNS:
            cell = sheet[f"{LETTERS[column.key]}{number}"]
            write_cell(cell, shown.get(column.key))
            if column.input:
                cell.fill, cell.protection = INPUT, Protection(locked=False)
        sheet[f"{LETTERS['until']}{number}"].number_format = "yyyy/m/d"
        sheet[f"{LETTERS['text']}{number}"].number_format = "@"  # a text, also when it begins with = or -
        widths = {column.key: column.width for column in _COLUMNS}
        sheet.row_dimensions[number].height = height_of([("\n\n", 10), *((t, widths[key]) for key, t in shown.items())])
    sheet.freeze_panes = f"{LETTERS['state']}{HEADER_ROW + 1}"
    set_up_page(sheet, HEADER_ROW, HEADER_ROW + len(warnings), len(_COLUMNS), footer)


def find_answers(sheets: Sequence["Worksheet"]) -> "tuple[Worksheet, int, Mapping[str, str]] | None":
    """The sheet with all labels of this form, the row in which they stand, and the column of each; None without one."""
    for sheet in sheets:
        for row in sheet.iter_rows(min_row=1, max_row=_SEARCHED_ROWS):
            at = {folded(cell.value): cell.column_letter for cell in reversed(row) if cell.value is not None}
            if all(folded(column.label) in at for column in _COLUMNS):
                return sheet, row[0].row, {column.key: at[folded(column.label)] for column in _COLUMNS}
    return None


def read_answers(
    sheet: "Worksheet", header: int, letters: Mapping[str, str], names: Mapping[str, str], obtained: date
) -> Iterator[AnswerRow | tuple[str, str]]:
    """The rows in which something is written about a warning, and (cell, what is wrong and how it is put right).

    `names` are those of the indicators; `obtained` is the day on which the workbook was handed in.
    """
    for number in range(header + 1, sheet.max_row + 1):
        cells = {key: f"{letter}{number}" for key, letter in letters.items()}
        said = {key: sheet[place].value for key, place in cells.items()}
        if text_of(said["text"]):
            yield _answer(said, cells, names, obtained)
        elif text_of(said["until"]):
            yield cells["text"], "期限はありますが、対応状況がありません。対応状況を書くか、期限を消してください。"


def _answer(
    said: Mapping[str, Any], cells: Mapping[str, str], names: Mapping[str, str], obtained: date
) -> AnswerRow | tuple[str, str]:
    from_scratch = "行がずれたか、書き換えられています。もとのブックから入力し直してください。"
    indicator, year = text_of(said["id"]), _YEAR.search(folded(said["year"]))
    if indicator not in names:
        return cells["id"], f"「{indicator}」という指標はありません。{from_scratch}"
    if folded(said["name"]) != folded(names[indicator]):
        return cells["name"], f"この行の記号{indicator}の指標は「{names[indicator]}」です。{from_scratch}"
    if year is None:
        return cells["year"], f"年度が「{text_of(said['year'])}」で、読み取れません。{from_scratch}"
    try:
        until = day_of(said["until"])
    except Unclear as reason:
        return cells["until"], str(reason)
    if until is not None and until < obtained:
        return cells["until"], f"{until.isoformat()}は過ぎています。これから対応を終える予定の日を入力してください。"
    if until is not None and until > obtained + timedelta(days=LONGEST_DAYS):
        return cells["until"], f"{until.isoformat()}は一年より先です。一年以内の日を入力してください。"
    return AnswerRow(indicator, int(year[1]), text_of(said["text"]), until)
