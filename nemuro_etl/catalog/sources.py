"""config/sources/*.yml: the publishers' series of files. Layouts are handed on as they stand: readers check their own."""

import hashlib
import json
import re

from nemuro_etl.catalog.endpoints import check_address, read_endpoints, read_office_codes
from nemuro_etl.catalog.plausibility import read_corrections, read_plausibility, settled_text
from nemuro_etl.catalog.section import Section, suggest
from nemuro_etl.catalog.types import Correction, FileKind, Source

SOURCES = ("registry", "census", "projection", "vital", "tourism", "furusato", "trade", "returns")
"""Sources by name: the public interface."""

FAMILIES = ("population", "vital", "tourism", "furusato", "trade", "department", "survey")
"""Families of figures: each has one publication rule, and each indicator one family."""

ESTAT_API = "https://api.e-stat.go.jp/rest/3.0/app/json"

_FOLDER = re.compile(r"[a-z0-9_-]+")


def read_source(file: Section, stem: str, config_file: str) -> Source:
    """The source that one file declares. `stem`: the file's name without .yml, which must be the source's."""
    source_id = file.one_of("id", SOURCES, "source")
    if source_id and source_id != stem:
        file.refuse("id", f"{source_id!r} stands in {stem}.yml", f"rename the file to {source_id}.yml")
    kinds = tuple(_read_kind(entry) for entry in file.items("file_kinds"))
    corrections = read_corrections(file)
    source = Source(
        id=source_id,
        title=file.text("title"),
        publisher=file.text("publisher"),
        licence=file.text("licence"),
        credit=file.text("credit"),
        families=file.texts("families"),
        folder=file.text("folder"),
        endpoints=read_endpoints(file),
        estat_api=file.text_or("estat_api", ESTAT_API).rstrip("/"),
        office_codes=read_office_codes(file),
        cadence=file.text("cadence"),
        max_bytes=file.integer("max_bytes"),
        timeout_seconds=file.integer("timeout_seconds"),
        file_kinds=kinds,
        restates=file.yes_no("restates", default=False),
        plausibility=read_plausibility(file),
        corrections=corrections,
        config_file=config_file,
        recipe=_digest(kinds, corrections),
    )
    file.close()
    _check_source(file, source)
    return source


def _read_kind(entry: Section) -> FileKind:
    kind = FileKind(id=entry.text("id"), reader=entry.text("reader"), spec=entry.section_or_empty("spec").plain())
    entry.close()
    return kind


def _digest(kinds: tuple[FileKind, ...], corrections: tuple[Correction, ...]) -> str:
    """SHA-256 of layouts and corrections in canonical form: comments, order of keys, quoting and endpoints do not matter."""
    content = [{"id": kind.id, "reader": kind.reader, "spec": kind.spec} for kind in kinds]
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    if corrections:
        text += f"\n{settled_text(corrections)}"
    return hashlib.sha256(text.encode()).hexdigest()


def _check_source(file: Section, source: Source) -> None:
    for family in source.families:
        if family not in FAMILIES:
            file.refuse(
                "families",
                f"unknown family {family!r}",
                suggest(family, FAMILIES, f"write some of: {', '.join(FAMILIES)}"),
            )
    check_address(file, "estat_api", source.estat_api)
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
