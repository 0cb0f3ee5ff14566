"""e-Stat's API, version 3.0: metadata, tables page by page, and its catalogue of files.

A few lines over `fetch` and no client library: those that exist make data frames of the answers, put the application id
into their errors and logs, and keep no bytes.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any, NoReturn
from urllib.parse import urlencode

from nemuro_etl.errors import SourceSilent
from nemuro_etl.sources.fetch import Fetched, fetch
from nemuro_etl.sources.masking import mask_secrets

PAGE_VALUES = 100_000
"""Values of one answer of getStatsData: what the API gives without being asked, and the most it gives."""
_PAGE_FILES = 100
"""The most data sets that getDataCatalog lists at once."""
_MOST_BYTES = 100_000_000
"""Of one answer, which is parsed in memory."""
_WITH_ENVELOPE = frozenset({200, 400, 403})
"""Statuses whose body says in JSON what is wrong."""
_ENVELOPES = {"getMetaInfo": "GET_META_INFO", "getStatsData": "GET_STATS_DATA", "getDataCatalog": "GET_DATA_CATALOG"}
_REQUEST = (
    "correct the endpoint in config/sources/ (numbers and narrowings as e-Stat's site shows them), then: nemuro collect"
)
_LATER = "try again later with `nemuro collect`, or take a downloaded file: nemuro ingest SOURCE FILE"
_KEY = "set NEMURO_ESTAT_APP_ID to the id that e-Stat's site shows after login (マイページ), then: nemuro collect"


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file that a catalogue names."""

    address: str
    title: str
    format: str
    changed: str
    """When the catalogue says that it was last changed; "" where it does not say."""


@dataclass(frozen=True, slots=True)
class EstatApi:
    """e-Stat's API at `base`, asked with one application id, which no error and no origin repeats."""

    base: str
    app_id: str = field(repr=False)
    timeout_seconds: float
    max_bytes: int

    def table(self, table: str) -> Mapping[str, Any]:
        """METADATA_INF of a table: TABLE_INF with UPDATED_DATE, and CLASS_INF."""
        answer = self._read("getMetaInfo", {"statsDataId": table})
        part = answer.get("METADATA_INF")
        if not isinstance(part, dict) or not isinstance(part.get("TABLE_INF"), dict):
            self._strange("getMetaInfo", "METADATA_INF with TABLE_INF")
        return part

    def classes(self, table: str, class_id: str) -> list[dict[str, Any]]:
        """The entries (@code, @name, …) of one class of a table; none where it has no such class."""
        objects = several(_member(self.table(table), "CLASS_INF", "CLASS_OBJ"))
        return [entry for one in objects if one.get("@id") == class_id for entry in several(one.get("CLASS"))]

    def page_origin(self, table: str, narrow: Mapping[str, str], start: int) -> str:
        """What is written down as the origin of the page that begins with the value `start`."""
        return mask_secrets(self._address("getStatsData", _page(table, narrow, start)))

    def pages(self, table: str, narrow: Mapping[str, str], keep: Callable[[Fetched, str], None]) -> None:
        """Hand every page of a table to `keep` with its UPDATED_DATE, the first page last, after all of them have come.

        Nothing is handed over of a table that was changed between two of its pages.
        """
        with ExitStack() as files:
            pages, updated = [], set()
            start: int | None = 1
            while start is not None:
                fetched, part = self._page(table, narrow, start)
                files.enter_context(fetched.content)
                updated.add(str(part["TABLE_INF"].get("UPDATED_DATE", "")))
                pages.append(replace(fetched, name=f"{table}-{start}.json"))
                start = self._next("getStatsData", part["RESULT_INF"], start)
            if len(updated) > 1:
                raise self._silent(
                    "getStatsData", f"a table that was changed while it was read: {', '.join(sorted(updated))}", _LATER
                )
            for fetched in reversed(pages):
                keep(fetched, *updated)

    def files(self, search: Mapping[str, str]) -> Iterator[ListedFile]:
        """Every file of the catalogue under `search`."""
        start: int | None = 1
        while start is not None:
            asked = {**search, "startPosition": str(start), "limit": str(_PAGE_FILES)}
            listing = self._read("getDataCatalog", asked).get("DATA_CATALOG_LIST_INF")
            if not isinstance(listing, dict):
                self._strange("getDataCatalog", "DATA_CATALOG_LIST_INF")
            for dataset in several(listing.get("DATA_CATALOG_INF")):
                title = _texts(_member(dataset, "DATASET", "TITLE"))
                for resource in several(_member(dataset, "RESOURCES", "RESOURCE")):
                    yield ListedFile(
                        address=str(resource.get("URL", "")),
                        title=f"{title} {_texts(resource.get('TITLE'))}",
                        format=str(resource.get("FORMAT", "")),
                        changed=str(resource.get("LAST_MODIFIED_DATE", "")),
                    )
            start = self._next("getDataCatalog", listing.get("RESULT_INF"), start)

    def _page(self, table: str, narrow: Mapping[str, str], start: int) -> tuple[Fetched, Mapping[str, Any]]:
        """One page as it came, and its STATISTICAL_DATA."""
        fetched, body = self._fetch("getStatsData", _page(table, narrow, start))
        part = self._envelope("getStatsData", fetched.status, body).get("STATISTICAL_DATA")
        if self.app_id.encode() in body:
            raise self._silent(
                "getStatsData", "an answer that repeats the application id, which may not be kept", _LATER
            )
        if not isinstance(part, dict) or not all(
            isinstance(part.get(key), dict) for key in ("TABLE_INF", "RESULT_INF")
        ):
            self._strange("getStatsData", "STATISTICAL_DATA with TABLE_INF and RESULT_INF")
        return fetched, part

    def _read(self, method: str, asked: Mapping[str, str]) -> Mapping[str, Any]:
        fetched, body = self._fetch(method, asked)
        fetched.content.close()
        return self._envelope(method, fetched.status, body)

    def _fetch(self, method: str, asked: Mapping[str, str]) -> tuple[Fetched, bytes]:
        """An answer, its content at the first byte, and the same in memory."""
        fetched = fetch(
            self._address(method, asked),
            timeout_seconds=self.timeout_seconds,
            max_bytes=min(self.max_bytes, _MOST_BYTES),
            accept=_WITH_ENVELOPE,
        )
        assert fetched is not None, "nobody asked whether it was modified"
        body = fetched.content.read()
        fetched.content.seek(0)
        return fetched, body

    def _address(self, method: str, asked: Mapping[str, str]) -> str:
        return f"{self.base}/{method}?{urlencode({'appId': self.app_id, 'lang': 'J', **asked})}"

    def _envelope(self, method: str, status: int, body: bytes) -> Mapping[str, Any]:
        """What stands below GET_…, when RESULT says that all is well. Raises SourceSilent with what is wrong."""
        if body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
            wall = "a web page (HTML) with HTTP 403: a firewall, not e-Stat's API, refused this machine"
            page = f"a web page (HTML) with HTTP {status} where JSON belongs: perhaps a notice of maintenance"
            raise self._silent(method, wall if status == 403 else page, _LATER)
        try:
            envelope = json.loads(body.decode("utf-8-sig"))[_ENVELOPES[method]]
            code, message = str(envelope["RESULT"]["STATUS"]), str(envelope["RESULT"].get("ERROR_MSG", ""))
        except (ValueError, RecursionError):
            raise self._silent(method, f"JSON that is cut short or damaged, with HTTP {status}", _LATER) from None
        except (KeyError, TypeError, AttributeError):
            self._strange(method, f"{_ENVELOPES[method]} with RESULT and STATUS")
        if code == "0":
            return dict(envelope)
        said = f"STATUS {code} “{self._masked(message)}”"
        if code == "100":
            raise self._silent(method, f"the application id was not accepted: {said}", _KEY)
        if code in ("1", "2"):
            raise self._silent(method, f"no data for this request: {said}", _REQUEST)
        if code.startswith("10"):
            raise self._silent(method, f"the request was not accepted: {said}", _REQUEST)
        raise self._silent(method, said, _LATER)

    def _next(self, method: str, result: object, start: int) -> int | None:
        """Where the next page begins; None after the last one."""
        key = result.get("NEXT_KEY") if isinstance(result, dict) else None
        if key is None:
            return None
        if not str(key).isdigit() or int(key) <= start:
            self._strange(method, f"a NEXT_KEY after {start}, not {self._masked(str(key))[:20]}")
        return int(key)

    def _masked(self, text: str) -> str:
        return text.replace(self.app_id, "***")

    def _strange(self, method: str, expected: str) -> NoReturn:
        raise self._silent(method, f"an answer of another form (expected {expected})", _LATER)

    def _silent(self, method: str, found: str, remedy: str) -> SourceSilent:
        return SourceSilent(
            what=f"{self.base}/{method} gave no data",
            expected=f"expected an answer of e-Stat's API with STATUS 0; found: {found}",
            kept="what was loaded before stays as it is; nothing was kept of this answer",
            remedy=remedy,
        )


def _page(table: str, narrow: Mapping[str, str], start: int) -> dict[str, str]:
    return {"statsDataId": table, **narrow, "metaGetFlg": "Y", "startPosition": str(start), "limit": str(PAGE_VALUES)}


def several(value: Any) -> list[dict[str, Any]]:
    """The objects of what is an object when there is one, and a list when there are several."""
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]


def _member(value: Any, *path: str) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _texts(value: Any) -> str:
    """Every text in a title, which is a text or an object of texts."""
    return " ".join(str(part) for part in value.values()) if isinstance(value, dict) else str(value or "")
