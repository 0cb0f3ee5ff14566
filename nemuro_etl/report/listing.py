"""Rows as a table, as one JSON array, or as CSV: the three forms of every command that lists."""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import TextIO

from nemuro_etl.model.wording import display_width


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def write_rows(
    rows: Iterable[Mapping[str, object]], form: Format, stream: TextIO, columns: Sequence[str] | None = None
) -> None:
    """Write `rows` to `stream`. `columns` chooses what a table shows; JSON and CSV carry every key.

    JSON is written row by row, so that a listing of every area does not have to fit in memory; `[]` for none.
    """
    if form is Format.JSON:
        _write_json(rows, stream)
    elif form is Format.CSV:
        _write_csv(rows, stream)
    else:
        _write_table(list(rows), stream, columns)


def _write_json(rows: Iterable[Mapping[str, object]], stream: TextIO) -> None:
    separator = "["
    for row in rows:
        stream.write(separator + "\n" + json.dumps(row, ensure_ascii=False))
        separator = ","
    stream.write("[]\n" if separator == "[" else "\n]\n")


def _write_csv(rows: Iterable[Mapping[str, object]], stream: TextIO) -> None:
    writer: csv.DictWriter[str] | None = None
    for row in rows:
        if writer is None:
            writer = csv.DictWriter(stream, fieldnames=list(row), lineterminator="\n")
            writer.writeheader()
        writer.writerow({key: _cell(value) for key, value in row.items()})


def _cell(value: object) -> str:
    if value is None:
        return ""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)


def _write_table(rows: list[Mapping[str, object]], stream: TextIO, columns: Sequence[str] | None) -> None:
    if not rows:
        return
    names = list(columns or rows[0])
    cells = [[_cell(row[name]) for name in names] for row in rows]
    widths = [max(display_width(line[index]) for line in [names, *cells]) for index in range(len(names))]
    for line in [names, ["-" * width for width in widths], *cells]:
        padded = (text + " " * (width - display_width(text)) for text, width in zip(line, widths, strict=True))
        stream.write("  ".join(padded).rstrip() + "\n")
