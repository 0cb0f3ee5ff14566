"""Resolve: the code of the city's customs office, looked up by its name and written into config."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from nemuro_etl.catalog import load_catalog
from nemuro_etl.catalog.types import OfficeCodes, Source
from nemuro_etl.errors import ConfigurationWrong, UsageWrong
from nemuro_etl.pipeline.house import House

if TYPE_CHECKING:
    from nemuro_etl.sources.estat_api import EstatApi

_LINE = re.compile(r"^(?P<key> *offices: *)(?P<value>\{.*\})(?P<rest> *(#.*)?)$", re.MULTILINE)


def resolve(house: House, source_id: str) -> str:
    """The line `offices:` of a source with the code that e-Stat gives the office, written into the source's file.

    Raises UsageWrong or ConfigurationWrong, and leaves the file as it is, where the name stands for no or several codes,
    and where the file has no such line, several, or another code in it.
    """
    source = house.source(source_id)
    wanted, app_id = source.office_codes, house.settings.estat_app_id
    if wanted is None:
        raise UsageWrong(
            what=f"{source.config_file} names no office.",
            expected="Expected: office_codes with the table, class and name to look for, as in trade.yml.",
            kept="Nothing was asked or written.",
            remedy="Run: nemuro resolve trade",
        )
    if app_id is None:
        raise ConfigurationWrong(
            what="e-Stat's API answers nobody without an application id, and NEMURO_ESTAT_APP_ID is not set.",
            expected="Expected: the id that e-Stat's site shows after login (マイページ).",
            kept="Nothing was asked or written.",
            remedy=f"Set NEMURO_ESTAT_APP_ID, then run again: nemuro resolve {source.id}",
        )
    from nemuro_etl.sources.estat_api import EstatApi

    api = EstatApi(source.estat_api, app_id.get_secret_value(), source.timeout_seconds, source.max_bytes)
    code = _find_code(api, source, wanted)
    line = f'{{"{code}": {{area: "{house.edition.area}", name: {house.edition.area_name}}}}}'
    offices = {code: {"area": house.edition.area, "name": house.edition.area_name}}
    _write(house.catalog.root, source, line, offices)
    return f"{source.config_file}: offices: {line}"


def _find_code(api: "EstatApi", source: Source, wanted: OfficeCodes) -> str:
    """The three digits behind the prefix in the one class of the wanted name, which may have its code before it."""
    from nemuro_etl.sources.labels import fold

    entries = api.classes(wanted.table, wanted.class_id)
    named = [entry for entry in entries if re.sub(r"^\d+_", "", fold(entry.get("@name", ""))) == fold(wanted.name)]
    codes = sorted(str(entry.get("@code")) for entry in named)
    if len(codes) != 1 or not re.fullmatch(rf"{re.escape(wanted.prefix)}\d{{3}}", codes[0]):
        raise ConfigurationWrong(
            what=f"e-Stat's table {wanted.table} has no one code for {wanted.name} in its class {wanted.class_id}.",
            expected=f"Expected: one code {wanted.prefix}nnn among {len(entries)}; found: {', '.join(codes) or 'none'}.",
            kept=f"{source.config_file} stays as it is.",
            remedy=f"Look at the table on e-Stat's site, correct office_codes in {source.config_file}, "
            f"then: nemuro resolve {source.id}",
        )
    return codes[0].removeprefix(wanted.prefix)


def _write(root: Path, source: Source, line: str, offices: Mapping[str, object]) -> None:
    """The value of the one line `offices:` replaced, everything else kept, and config/ still whole; else nothing."""
    path = root / "sources" / f"{source.id}.yml"
    before = path.read_bytes()
    text = before.decode("utf-8")
    places = list(_LINE.finditer(text))
    present = [kind.spec["offices"] for kind in source.file_kinds if "offices" in kind.spec]
    if len(places) != 1 or present not in ([{}], [offices]):
        found = f"{len(places)} such lines" if len(places) != 1 else places[0]["value"]
        raise ConfigurationWrong(
            what=f"{source.config_file} cannot be written.",
            expected=f"Expected: one line “offices: {{}}”, or one that says {line} already; found: {found}.",
            kept=f"{source.config_file} stays as it is.",
            remedy=f"If the new code is right, write it there yourself: offices: {line}",
        )
    start, end = places[0].span("value")
    path.write_bytes((text[:start] + line + text[end:]).encode())
    try:
        written = next(one for one in load_catalog(root).sources if one.id == source.id)
        if [kind.spec["offices"] for kind in written.file_kinds if "offices" in kind.spec] != [offices]:
            raise AssertionError(f"{path}: the line that was written is not the one that is read")
    except BaseException:
        path.write_bytes(before)
        raise
