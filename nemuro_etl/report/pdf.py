"""The 調書 as a PDF that everybody can print and read: tagged (PDF/UA-1, PDF/A-2a), its fonts in it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst

from nemuro_etl.model.comment import COMMENT_LABELS
from nemuro_etl.model.period import fiscal_year_label
from nemuro_etl.model.wording import NONE
from nemuro_etl.report.blocks import (
    Block,
    Boxes,
    Cell,
    Column,
    Facts,
    Heading,
    Listing,
    Manuscript,
    Paragraph,
    Picture,
    Table,
)
from nemuro_etl.report.content import FiscalYearReport, Remark
from nemuro_etl.report.drawing import KEY_MARKS, colour, coloured
from nemuro_etl.report.fonts import FAMILY, FOLDERS, printable
from nemuro_etl.report.manuscript import write_manuscript
from nemuro_etl.report.measure import column_widths

_TEMPLATE = Path(__file__).parent / "templates" / "report.typ"
_WIDTH = 180
"""Millimetres between the margins."""


def render_pdf(report: FiscalYearReport) -> bytes:
    """The report as a PDF; the same report is the same bytes. A character that the font does not have is printed as 〓."""
    manuscript = write_manuscript(report)
    data = json.dumps(_printable(_as_data(manuscript)), ensure_ascii=False)
    return typst.compile(
        _TEMPLATE.read_bytes(),
        format="pdf",
        sys_inputs={"report": data},
        font_paths=typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(folder) for folder in FOLDERS]
        ),
        pdf_standards=["a-2a", "ua-1"],
        timestamp=datetime(*report.as_of.timetuple()[:3], tzinfo=UTC),
    )


def _as_data(manuscript: Manuscript) -> dict[str, Any]:
    return {
        "title": manuscript.title,
        "subtitle": manuscript.subtitle,
        "footer": manuscript.footer,
        "family": FAMILY,
        "colours": {name: colour(name) for name in ("ink", "soft", "line", "tint")},
        "blocks": [_block(block) for block in manuscript.blocks],
    }


def _block(block: Block) -> dict[str, Any]:
    match block:
        case Heading(level, text):
            return {"kind": "heading", "level": level, "text": text}
        case Paragraph(text, note):
            return {"kind": "paragraph", "text": text, "note": note}
        case Listing(items):
            return {"kind": "listing", "items": items}
        case Picture(svg, sentence, key, wide):
            named = "　".join(f"{KEY_MARKS[series]} {label}" for series, label in key)
            return {"kind": "picture", "svg": coloured(svg), "sentence": sentence, "key": named, "wide": wide}
        case Table(caption, columns, rows):
            return {
                "kind": "table",
                "caption": caption,
                "widths": column_widths(block, _WIDTH),
                "columns": [_column(column) for column in columns],
                "rows": [{"total": row.total, "cells": [_cell(cell) for cell in row.cells]} for row in rows],
            }
        case Facts(pairs):
            return {"kind": "facts", "pairs": [{"name": name, "cell": _cell(cell)} for name, cell in pairs]}
        case Boxes(subject, remarks):
            year = remarks[0].fiscal_year
            return {
                "kind": "boxes",
                "subject": subject,
                "columns": ["区分", fiscal_year_label(year), fiscal_year_label(year - 1)],
                "remarks": [_remark(remark) for remark in remarks],
            }


def _column(column: Column) -> dict[str, Any]:
    return {
        "title": column.title,
        "numeric": column.numeric,
        "code": column.code,
        "colour": None if column.rating is None else colour(column.rating),
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "runs": [{"text": run.text, "changed": run.changed} for run in cell.runs],
        "colour": None if cell.rating is None else colour(cell.rating),
    }


def _remark(remark: Remark) -> dict[str, Any]:
    by = f"\n（記入：{remark.by}）" if remark.by else ""
    return {
        "label": COMMENT_LABELS[remark.kind],
        "text": remark.text + by,
        "last_year": remark.last_year or NONE,
    }


def _printable(data: Any) -> Any:
    match data:
        case str():
            return printable(data)
        case Mapping():
            return {name: _printable(value) for name, value in data.items()}
        case list() | tuple():
            return [_printable(value) for value in data]
        case _:
            return data
