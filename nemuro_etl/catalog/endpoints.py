"""`endpoints:` of config/sources/*.yml: where a source's files can be asked for."""

import re
from collections.abc import Callable

from nemuro_etl.catalog.section import Section, suggest
from nemuro_etl.catalog.types import CkanDataset, Endpoint, EstatFiles, EstatTable, FileAddress, OfficeCodes

_ADDRESS = re.compile(r"https?://[^\s/]+(/\S*)?")
_YEAR = "{year}"
_NARROWING = re.compile(r"lv(Tab|Time|Area|Cat(0[1-9]|1[0-5]))|cd(Tab|Time|Area|Cat(0[1-9]|1[0-5]))(From|To)?")
_SEARCH = ("statsCode", "surveyYears", "openYears", "statsField", "searchWord", "dataType", "catalogId", "updatedDate")
"""What getDataCatalog can be asked for; the rest of its parameters are this program's."""


def read_endpoints(file: Section) -> tuple[Endpoint, ...]:
    """The endpoints of a source in the order written; none is not a fault."""
    return tuple(_read_endpoint(entry) for entry in file.items("endpoints"))


def read_office_codes(file: Section) -> OfficeCodes | None:
    """Where the code of a customs office is looked up; None where the source says nothing of it."""
    if "office_codes" not in file:
        return None
    entry = file.section("office_codes")
    codes = OfficeCodes(entry.text("estat_table"), entry.text("class"), entry.text("name"), entry.text("prefix"))
    entry.close()
    return codes


def check_address(section: Section, key: str, address: str) -> None:
    """Refuse what is no address of HTTP."""
    if address and not _ADDRESS.fullmatch(address):
        section.refuse(key, f"{address!r} is no address", "write http://… or https://…")


def _read_endpoint(entry: Section) -> Endpoint:
    readers: dict[str, Callable[[Section], Endpoint]] = {
        "file": _read_file,
        "estat_table": _read_table,
        "estat_files": _read_files,
        "ckan": _read_ckan,
    }
    kinds = [kind for kind in readers if kind in entry]
    if len(kinds) != 1:
        entry.refuse_whole("is no endpoint", f"write exactly one of: {', '.join(readers)}")
        return FileAddress("", None)
    endpoint = readers[kinds[0]](entry)
    entry.close()
    return endpoint


def _read_file(entry: Section) -> FileAddress:
    address = entry.text("file")
    check_address(entry, "file", address)
    if (_YEAR in address) != ("years" in entry):
        entry.refuse(
            "file", f"{_YEAR} and years: go together", "write both, like {file: …/{year}/x.csv, years: {from: 2015}}"
        )
    if "years" not in entry:
        return FileAddress(address, None)
    years = entry.section("years")
    first, last = years.integer("from"), years.integer("to") if "to" in years else None
    years.close()
    if last is not None and last < first:
        years.refuse("to", f"{last} is before {first}", "write the last year, or leave it out for the present one")
    return FileAddress(address, first, last)


def _read_table(entry: Section) -> EstatTable:
    narrow = entry.section_or_empty("narrow")
    for key in narrow.keys:
        if not _NARROWING.fullmatch(key):
            narrow.refuse(key, "unknown narrowing", "write cdArea, cdTime, cdCat01 … as e-Stat's API knows them")
    return EstatTable(entry.text("estat_table"), tuple((key, narrow.text(key)) for key in narrow.keys))


def _read_files(entry: Section) -> EstatFiles:
    search = entry.section("estat_files")
    for key in search.keys:
        if key not in _SEARCH:
            search.refuse(key, "unknown search", suggest(key, _SEARCH, f"write some of: {', '.join(_SEARCH)}"))
    return EstatFiles(tuple((key, search.text(key)) for key in search.keys), entry.texts("title_says"))


def _read_ckan(entry: Section) -> CkanDataset:
    api = entry.text("ckan")
    check_address(entry, "ckan", api)
    resources = entry.texts("resources")
    if not resources:
        entry.refuse("resources", "names no resource", 'write patterns of names or formats, like ["*.xls", CSV]')
    return CkanDataset(api.rstrip("/"), entry.text("dataset"), resources)
