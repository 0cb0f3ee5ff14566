"""Entry workbooks filled in as people do it: some numbers full-width, some with their unit, dates in several forms."""

import io
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from nemuro_etl.returns.form import ENTRY_SHEET, HEADER_ROW, LETTERS

HABITS: tuple[Mapping[str, Any], ...] = (
    {"evidence": "台帳", "entered_on": date(2019, 7, 3), "entered_by": "佐藤"},
    {"evidence": "補助金台帳　", "entered_on": "令和元年7月3日", "entered_by": "鈴木 花子"},
    {"evidence": "調査報告書", "entered_on": "R1.7.3", "entered_by": "高橋 "},
    {"evidence": "集計表", "entered_on": "2019/7/3", "entered_by": "田中"},
)


def figure_for(unit: str, number: int) -> tuple[Mapping[str, Any], str]:
    """What somebody types into the `number`-th row, of an indicator counted in `unit`, and what is meant by it."""
    if unit == "%" and number % 2:
        return {"value": "６１．５％"}, "61.5"
    if unit == "%":
        return {"numerator": 40 + number, "denominator": 100}, str(40 + number)
    if unit.endswith("/千人"):
        return {"numerator": "６５０", "denominator": "25,953"}, "25.045274149424"
    if unit == "千円":
        return {"value": "1,250,000千円"}, "1250000"
    if unit == "百万円":
        return {"value": 5818}, "5818"
    if unit == "":
        return {"value": 1.45}, "1.45"
    return {"value": (number, f"{number}{unit}", f"　{number} ")[number % 3]}, str(number)


def rows_of(sheet: Worksheet) -> dict[str, int]:
    """The row of every indicator of an entry sheet."""
    rows = range(HEADER_ROW + 1, sheet.max_row + 1)
    return {str(sheet[f"{LETTERS['id']}{row}"].value): row for row in rows}


def enter(sheet: Worksheet, row: int, **inputs: Any) -> None:
    """Types into the cells of one row, by the keys of the form."""
    for key, value in inputs.items():
        sheet[f"{LETTERS[key]}{row}"].value = value


def fill(data: bytes) -> tuple[bytes, dict[str, str]]:
    """An exported workbook with a figure in every row that had none, and what is meant by them."""
    workbook = load_workbook(io.BytesIO(data))
    sheet = workbook[ENTRY_SHEET]
    meant: dict[str, str] = {}
    for number, (indicator, row) in enumerate(sorted(rows_of(sheet).items()), start=1):
        if all(sheet[f"{LETTERS[key]}{row}"].value is None for key in ("value", "numerator")):
            typed, meant[indicator] = figure_for(str(sheet[f"{LETTERS['unit']}{row}"].value or ""), number)
            enter(sheet, row, **typed, **HABITS[number % len(HABITS)])
            if sheet[f"{LETTERS['n']}{row}"].protection.locked is False:
                enter(sheet, row, n="５７４")
    return bytes_of(workbook), meant


def bytes_of(workbook: Workbook) -> bytes:
    saved = io.BytesIO()
    workbook.save(saved)
    return saved.getvalue()


def fill_files(folder: Path, filled: Path) -> tuple[list[Path], dict[str, str]]:
    """Every workbook of `folder`, filled, under its own name in `filled`, and what is meant by all figures."""
    filled.mkdir(parents=True, exist_ok=True)
    paths, meant = [], {}
    for path in sorted(folder.glob("*.xlsx")):
        content, figures = fill(path.read_bytes())
        (filled / path.name).write_bytes(content)
        paths.append(filled / path.name)
        meant |= figures
    return paths, meant
