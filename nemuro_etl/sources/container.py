"""What a file is inside – sniffed, since names lie – and its sheets as rows."""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from io import BufferedIOBase

import olefile
from python_calamine import CalamineError, CalamineWorkbook

from nemuro_etl.errors import FileUnreadable

Row = Sequence[object]

_OLE = bytes.fromhex("D0CF11E0A1B11AE1")
_ZIP = b"PK\x03\x04"
_START = 65_536
_AT_ONCE = 1_048_576
_MOST_INFLATED = 200_000_000
"""Bytes of all parts of an .xlsx together; the largest known file has nine million."""
_MOST_CELLS = 50_000_000
"""Of one sheet, blank ones too; the largest known has under one million."""
_COLUMN = re.compile(rb""" r=["']([A-Z]{2,})""")
_ROW = re.compile(rb""" r=["'][A-Z]*(\d{5,})""")
_LONGEST_REFERENCE = 24
_MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<head", b"<body", b"<script")


class Container(StrEnum):
    """The two containers that are read: a workbook (.xls or .xlsx alike) and text."""

    WORKBOOK = "workbook"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class File:
    """An original to be read: its bytes from the first on, its name for messages, and the day on which it was obtained."""

    content: BufferedIOBase
    name: str
    obtained: date

    def start(self) -> bytes:
        """The first 64 KiB; what is read next is the first byte again."""
        start = self.content.read(_START)
        self.content.seek(0)
        return start


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet with its name and all its rows, all equally wide; blank cells are ""."""

    name: str
    rows: Sequence[Row]


def sniff(start: bytes, name: str) -> Container:
    """What a file is, by its first bytes. Raises FileUnreadable for nothing, for a web page and for other binary files."""
    if not start:
        raise unreadable(name, "the file is empty (0 bytes)")
    if start.startswith((_OLE, _ZIP)):
        return Container.WORKBOOK
    words = start[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if words.startswith(_MARKUP):
        raise unreadable(name, "it is a web page (HTML), not a table: perhaps a notice of the publisher's site")
    if b"\0" in start[:4096] or start.startswith(b"%PDF"):
        raise unreadable(name, f"it begins with {start[:8]!r}")
    return Container.TEXT


def open_sheets(data: bytes, name: str) -> list[Sheet]:
    """Every sheet that is not empty. Raises FileUnreadable when the workbook is cut short or damaged."""
    if data.startswith(_ZIP):
        _check_archive(data, name)
    else:
        _check_compound_file(data, name)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(data))
        sheets = [Sheet(title, _rows(workbook, title)) for title in workbook.sheet_names]
    except (CalamineError, ValueError, OSError, KeyError, IndexError) as fault:
        raise unreadable(name, f"the workbook is cut short or damaged: {fault}") from None
    except BaseException as fault:
        # calamine turns a fault of its own into a PanicException, which is no Exception.
        if type(fault).__name__ != "PanicException":
            raise
        raise unreadable(name, "the workbook is cut short or damaged") from None
    return [sheet for sheet in sheets if sheet.rows]


def _check_archive(data: bytes, name: str) -> None:
    """Refuse a zip file (the container of .xlsx) that is damaged, inflates without end, or spans too many cells.

    calamine reads only what it needs, so that a damaged rest would go unnoticed; and it lays out a sheet from the first
    to the last cell, so that one cell far out ends the whole process for want of memory.
    """
    room = _MOST_INFLATED
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for part in archive.infolist():
                room -= _check_part(archive, part, room, name)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OSError, RuntimeError) as fault:
        raise unreadable(name, f"the workbook is cut short or damaged: {fault}") from None


def _check_part(archive: zipfile.ZipFile, part: zipfile.ZipInfo, room: int, name: str) -> int:
    """How many bytes a part inflates to: at most `room`, and as many as it says."""
    declared, size = part.file_size, 0
    # what is really in it is counted: with the size that it says, the rest would go unseen
    part.file_size = 2 * _MOST_INFLATED
    columns: set[bytes] = set()
    last_row, tail = 0, b""
    with archive.open(part) as content:
        while chunk := content.read(_AT_ONCE):
            size += len(chunk)
            if max(size, declared) > room:
                raise unreadable(name, f"the workbook inflates to over {_MOST_INFLATED} bytes")
            text = tail + chunk
            columns.update(_COLUMN.findall(text))
            last_row = max([last_row, *map(int, _ROW.findall(text))])
            tail = chunk[-_LONGEST_REFERENCE:]
    if size != declared:
        raise unreadable(name, f"the part {part.filename} of the workbook is damaged")
    cells = max(map(_column_number, columns), default=26) * max(last_row, 10_000)
    if cells > _MOST_CELLS:
        raise unreadable(name, f"{part.filename} has a cell so far out that it spans {cells} cells")
    return size


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _check_compound_file(data: bytes, name: str) -> None:
    """Refuse a compound file (MS-CFB, the container of .xls) in which a chain of sectors breaks off or has no end.

    calamine follows such a chain until the memory is used up, or ends with words of its own on stderr.
    """
    try:
        with olefile.OleFileIO(io.BytesIO(data), raise_defects=olefile.DEFECT_INCORRECT) as compound:
            compound.loadminifat()
            chains = [(compound.first_dir_sector, compound.fat), (compound.root.isectStart, compound.fat)]
            for entry in compound.direntries:
                if entry is not None and entry.entry_type == olefile.STGTY_STREAM:
                    small = entry.size < compound.minisectorcutoff
                    chains.append((entry.isectStart, compound.minifat if small else compound.fat))
            for first, table in chains:
                sector, steps = first, 0
                while sector < olefile.MAXREGSECT:
                    if sector >= len(table) or steps > len(table):
                        raise OSError(f"the chain of sectors from {first} has no end")
                    sector, steps = table[sector], steps + 1
    except (OSError, ValueError, IndexError, TypeError, struct.error) as fault:
        raise unreadable(name, f"the workbook is cut short or damaged: {fault}") from None


def _rows(workbook: CalamineWorkbook, title: str) -> Sequence[Row]:
    return workbook.get_sheet_by_name(title).to_python(skip_empty_area=False)


def unreadable(name: str, found: str) -> FileUnreadable:
    """The fault that the bytes of `name` are no table at all."""
    return FileUnreadable(
        what=f"{name} cannot be read",
        expected=f"expected an Excel workbook (.xls, .xlsx) or a text table; found: {found}",
        kept="the original is kept; nothing of this file was loaded",
        remedy="get the file again from the publisher, then: nemuro ingest SOURCE FILE",
    )
