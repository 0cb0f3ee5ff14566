"""Reading: bytes in, tidy figures out. Which file it is, is told by its content, never by its name."""

import codecs
from collections.abc import Mapping, Sequence
from typing import Protocol

from nemuro_etl.catalog.types import FileKind, Source
from nemuro_etl.errors import LayoutChanged
from nemuro_etl.sources import (
    customs_csv,
    estat_trade,
    estat_values,
    fertility_table,
    furusato_detail,
    furusato_history,
    open_data_csv,
    projection_table,
    registry_sheet,
    tourism_foreign,
    tourism_report,
)
from nemuro_etl.sources.container import Container, File, Sheet, open_sheets, sniff
from nemuro_etl.sources.frame import Reading


def read(source: Source, file: File) -> Reading:
    """The figures of one file of `source`.

    Raises FileUnreadable (no table at all), LayoutChanged (no declared layout) or FigureImplausible (a mark, unit, era,
    code or identity that cannot be); then nothing of the file may be loaded.
    """
    start = file.start()
    if sniff(start, file.name) is Container.WORKBOOK:
        return _read_workbook(source, file.content.read(), file.name)
    return _read_text(source, file, start)


class WorkbookReader(Protocol):
    """A module that reads one shape of workbook."""

    def recognise(self, kind: FileKind, sheets: Sequence[Sheet]) -> bool: ...

    def read(self, source: Source, kind: FileKind, sheets: Sequence[Sheet], name: str) -> Reading: ...


class TextReader(Protocol):
    """A module that reads one shape of text file."""

    def recognise(self, kind: FileKind, start: bytes) -> bool: ...

    def read(self, source: Source, kind: FileKind, file: File) -> Reading: ...


WORKBOOK_READERS: Mapping[str, WorkbookReader] = {
    "tourism_foreign": tourism_foreign,
    "tourism_report": tourism_report,
    "furusato_detail": furusato_detail,
    "furusato_history": furusato_history,
    "registry_sheet": registry_sheet,
    "fertility_table": fertility_table,
    "projection_table": projection_table,
}
TEXT_READERS: Mapping[str, TextReader] = {
    "open_data_csv": open_data_csv,
    "estat_values": estat_values,
    "customs_csv": customs_csv,
    "estat_trade": estat_trade,
}
"""By the reader's name, as config/sources/ says it."""


def _read_workbook(source: Source, data: bytes, name: str) -> Reading:
    sheets = open_sheets(data, name)
    for kind in source.file_kinds:
        reader = WORKBOOK_READERS.get(kind.reader)
        if reader is not None and reader.recognise(kind, sheets):
            return reader.read(source, kind, sheets, name)
    found = " / ".join(f"{sheet.name}!A1 “{sheet.rows[0][0]}”" for sheet in sheets) or "only empty sheets"
    raise _unknown(source, name, f"a workbook with {found}")


def _read_text(source: Source, file: File, start: bytes) -> Reading:
    for kind in source.file_kinds:
        reader = TEXT_READERS.get(kind.reader)
        if reader is not None and reader.recognise(kind, start):
            return reader.read(source, kind, file)
    raise _unknown(source, file.name, f"a text that begins with “{_first_line(start)[:60]}”")


def _first_line(start: bytes) -> str:
    """The first line as a person reads it, in the one of the publishers' two encodings that it can be in."""
    line = start.splitlines()[0]
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(line)
    except UnicodeDecodeError:
        return line.decode("cp932", errors="replace")


def _unknown(source: Source, name: str, found: str) -> LayoutChanged:
    kinds = [f"{kind.id} (a {'workbook' if kind.reader in WORKBOOK_READERS else 'text'})" for kind in source.file_kinds]
    return LayoutChanged(
        what=f"{name} is no file of the source {source.id}",
        expected=f"expected one of: {', '.join(kinds)}; found: {found}",
        kept="the original is kept; nothing of this file was loaded",
        remedy=f"ingest it under its own source (nemuro sources); if the publisher has a new title, change the file "
        f"kind in {source.config_file}, then: nemuro ingest {source.id} {name}",
    )
