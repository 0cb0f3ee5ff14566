"""config/sources/*.yml: the publishers' series of files. Layouts are handed on as they stand: readers check their own."""

import hashlib
import json
import re

from nemuro_etl.catalog.section import Section, suggest
from nemuro_etl.catalog.types import FileKind, Source

SOURCES = ("registry", "census", "projection", "vital", "tourism", "furusato", "trade", "returns")
"""Sources by name: the public interface."""

FAMILIES = ("population", "vital", "tourism", "furusato", "trade", "department", "survey")
"""Families of figures: each has one publication rule, and each indicator one family."""

_ADDRESS = re.compile(r"https?://[^\s/]+(/\S*)?")
_FOLDER = re.compile(r"[a-z0-9_-]+")


def read_source(file: Section, stem: str, config_file: str) -> Source:
    """The source that one file declares. `stem`: the file's name without .yml, which must be the source's."""
    source_id = file.one_of("id", SOURCES, "source")
    if source_id and source_id != stem:
        file.refuse("id", f"{source_id!r} stands in {stem}.yml", f"rename the file to {source_id}.yml")
    kinds = tuple(_read_kind(entry) for entry in file.items("file_kinds"))
    source = Source(
        id=source_id,
        title=file.text("title"),
        publisher=file.text("publisher"),
        licence=file.text("licence"),
        credit=file.text("credit"),
        families=file.texts("families"),
        folder=file.text("folder"),
        addresses=file.texts("addresses"),
        cadence=file.text("cadence"),
        max_bytes=file.integer("max_bytes"),
        timeout_seconds=file.integer("timeout_seconds"),
        file_kinds=kinds,
        config_file=config_file,
        recipe=_digest(kinds),
    )
    file.close()
    _check_source(file, source)
    return source


def _read_kind(entry: Section) -> FileKind:
    kind = FileKind(id=entry.text("id"), reader=entry.text("reader"), spec=entry.section_or_empty("spec").plain())
    entry.close()
    return kind


def _digest(kinds: tuple[FileKind, ...]) -> str:
    """SHA-256 of the layouts in canonical form: comments, order of keys, quoting and addresses do not matter."""
    content = [{"id": kind.id, "reader": kind.reader, "spec": kind.spec} for kind in kinds]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _check_source(file: Section, source: Source) -> None:
    for family in source.families:
        if family not in FAMILIES:
            file.refuse(
                "families",
                f"unknown family {family!r}",
                suggest(family, FAMILIES, f"write some of: {', '.join(FAMILIES)}"),
            )
    for address in source.addresses:
        if not _ADDRESS.fullmatch(address):
            file.refuse("addresses", f"{address!r} is no address", "write http://… or https://…")
    if source.folder and not _FOLDER.fullmatch(source.folder):
        file.refuse("folder", f"{source.folder!r} is no folder below the inbox", "write one plain name, like registry")
    for key in ("max_bytes", "timeout_seconds"):
        if key in file and getattr(source, key) <= 0:
            file.refuse(key, f"{getattr(source, key)} is not above 0", "write a limit above 0")
    ids = [kind.id for kind in source.file_kinds]
    for repeated in sorted({name for name in ids if ids.count(name) > 1}):
        file.refuse("file_kinds", f"the kind {repeated!r} stands twice", "give every kind of file its own id")
    if not ids:
        file.refuse("file_kinds", "names no kind of file", "add `- {id: …, reader: …}`")
