"""What the endpoints of a source newly offer. An endpoint that offers nothing new costs one request, file by file."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from nemuro_etl.catalog.types import CkanDataset, Endpoint, EstatFiles, EstatTable, FileAddress
from nemuro_etl.errors import SourceSilent
from nemuro_etl.sources.ckan import list_resources
from nemuro_etl.sources.estat_api import EstatApi, ListedFile
from nemuro_etl.sources.fetch import Fetched, NotThere, fetch
from nemuro_etl.sources.masking import mask_secrets

_TABLES = frozenset({"XLS", "CSV"})
"""RESOURCE.FORMAT of what can be read; XLS stands for .xlsx too."""
_NEVER: Mapping[str, str] = {}
Keep = Callable[[Fetched], None]


@dataclass(frozen=True, slots=True)
class Terms:
    """How a source's endpoints are asked, and what is remembered of them."""

    timeout_seconds: float
    max_bytes: int
    today: date
    """In Tokyo."""
    remembered: Mapping[str, Mapping[str, str]]
    """By origin of everything that was ever fetched: the validators that came with it."""
    estat_api: str
    app_id: str = field(repr=False)
    """"" without one: then endpoints that need it are not to be asked."""

    def api(self) -> EstatApi:
        return EstatApi(self.estat_api, self.app_id, self.timeout_seconds, self.max_bytes)


def fetch_endpoint(endpoint: Endpoint, terms: Terms, keep: Keep) -> list[SourceSilent]:
    """Hand everything new to `keep`, which must take its content at once; what could not be fetched."""
    try:
        match endpoint:
            case FileAddress():
                return _fetch_years(endpoint, terms, keep)
            case EstatTable():
                _fetch_table(endpoint, terms, keep)
                return []
            case EstatFiles():
                return _fetch_listed(endpoint.text, _wanted_files(endpoint, terms), terms, keep)
            case CkanDataset():
                listed = list_resources(endpoint, timeout_seconds=terms.timeout_seconds)
                return _fetch_listed(endpoint.text, listed, terms, keep)
    except SourceSilent as fault:
        return [fault]


def _fetch_years(endpoint: FileAddress, terms: Terms, keep: Keep) -> list[SourceSilent]:
    """One file, or one a year. A year that is not there yet is none of the faults, one that was left out is."""
    if endpoint.first_year is None:
        _fetch_file(endpoint.address, terms, keep)
        return []
    faults: list[SourceSilent] = []
    missing: dict[int, SourceSilent] = {}
    newest = 0
    for year in range(endpoint.first_year, (endpoint.last_year or terms.today.year) + 1):
        address = endpoint.address.replace("{year}", str(year))
        if mask_secrets(address) in terms.remembered:
            newest = year
        try:
            _fetch_file(address, terms, keep)
            newest = year
        except NotThere as fault:
            missing[year] = fault
        except SourceSilent as fault:
            faults.append(fault)
    return faults + [fault for year, fault in missing.items() if not newest or year <= newest]


def _fetch_file(address: str, terms: Terms, keep: Keep, changed: str = "") -> None:
    fetched = fetch(
        address,
        timeout_seconds=terms.timeout_seconds,
        max_bytes=terms.max_bytes,
        validators=terms.remembered.get(mask_secrets(address), _NEVER),
    )
    if fetched is not None:
        with fetched.content:
            keep(_dated(fetched, changed, terms.today))


def _fetch_table(endpoint: EstatTable, terms: Terms, keep: Keep) -> None:
    """All pages of a table, unless it says the day of change that is remembered of its first page."""
    api, narrow = terms.api(), dict(endpoint.narrow)
    changed = str(api.table(endpoint.table)["TABLE_INF"].get("UPDATED_DATE", ""))
    if _is_known(api.page_origin(endpoint.table, narrow, 1), changed, terms):
        return

    def keep_page(fetched: Fetched, updated: str) -> None:
        keep(_dated(fetched, updated, terms.today))

    api.pages(endpoint.table, narrow, keep_page)


def _wanted_files(endpoint: EstatFiles, terms: Terms) -> Iterable[ListedFile]:
    for listed in terms.api().files(dict(endpoint.search)):
        if listed.format in _TABLES and all(words in listed.title for words in endpoint.title_says):
            yield listed


def _fetch_listed(endpoint: str, listed: Iterable[ListedFile], terms: Terms, keep: Keep) -> list[SourceSilent]:
    """What a catalogue lists; a file of which it says the day of change that is remembered is not asked for."""
    faults = []
    files = list(listed)
    for file in files:
        if _is_known(mask_secrets(file.address), file.changed, terms):
            continue
        try:
            _fetch_file(file.address, terms, keep, file.changed)
        except SourceSilent as fault:
            faults.append(fault)
    return faults if files else [_nothing_listed(endpoint)]


def _is_known(origin: str, changed: str, terms: Terms) -> bool:
    return bool(changed) and terms.remembered.get(origin, _NEVER).get("changed") == changed


def _dated(fetched: Fetched, changed: str, today: date) -> Fetched:
    """With the publisher's day of change among the validators, once that day is over: before, it may change again."""
    if changed[:10] >= today.isoformat():
        return fetched
    return replace(fetched, validators={**fetched.validators, "changed": changed})


def _nothing_listed(endpoint: str) -> SourceSilent:
    return SourceSilent(
        what=f"{endpoint}: the catalogue lists no such file",
        expected="expected at least one file with that title or pattern; found: none",
        kept="what was loaded before stays as it is; nothing was fetched",
        remedy="look at the publisher's site; if titles have changed, correct the endpoint in config/sources/, "
        "then: nemuro collect",
    )
