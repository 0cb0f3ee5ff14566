"""A refused workbook with the wrong cells coloured and commented, so that it can be mended and handed in again."""

import io
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime

from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill

from nemuro_etl.paper import INPUT, WRONG, bytes_of
from nemuro_etl.returns.workbook import Mark

_AUTHOR = "指標報告の確認"


def mark_cells(data: bytes, marks: Sequence[Mark], moment: datetime) -> bytes:
    """A copy of the workbook in which every marked cell says what is wrong; marks of an earlier copy are gone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        workbook = load_workbook(io.BytesIO(data))
    workbook.properties.created = moment.astimezone(UTC).replace(tzinfo=None)
    for sheet in workbook.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.comment is not None and cell.comment.author == _AUTHOR:
                    cell.comment = None
                    cell.fill = PatternFill() if cell.protection.locked else INPUT
    by_cell: dict[tuple[str, str], list[str]] = {}
    for mark in marks:
        if mark.cell and mark.sheet in workbook.sheetnames:
            by_cell.setdefault((mark.sheet, mark.cell), []).append(mark.text)
    for (title, place), texts in by_cell.items():
        cell = workbook[title][place]
        cell.fill = WRONG
        cell.comment = Comment("\n".join(texts), _AUTHOR, height=150, width=340)
    return bytes_of(workbook)
