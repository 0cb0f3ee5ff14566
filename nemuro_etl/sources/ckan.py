"""Portals that answer as CKAN does: the files of a dataset.

One request and one list: no client library is worth its weight here, and some portals (Shirasagi) only resemble CKAN.
"""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from urllib.parse import unquote, urlencode, urljoin, urlsplit

from nemuro_etl.catalog.types import CkanDataset
from nemuro_etl.errors import SourceSilent
from nemuro_etl.sources.estat_api import ListedFile, several
from nemuro_etl.sources.fetch import fetch
from nemuro_etl.sources.masking import mask_secrets

_MOST_BYTES = 10_000_000


def list_resources(dataset: CkanDataset, *, timeout_seconds: float) -> Iterator[ListedFile]:
    """The files of a dataset that its patterns name. Raises SourceSilent where the portal does not say them."""
    address = f"{dataset.api}/package_show?{urlencode({'id': dataset.dataset})}"
    fetched = fetch(address, timeout_seconds=timeout_seconds, max_bytes=_MOST_BYTES)
    assert fetched is not None, "nobody asked whether it was modified"
    with fetched.content as content:
        body = content.read()
    try:
        answer = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        page = body.lstrip()[:1] == b"<"
        raise _silent(address, "a web page (HTML) where JSON belongs" if page else "JSON that is damaged") from None
    if not isinstance(answer, dict) or answer.get("success") is not True or not isinstance(answer.get("result"), dict):
        raise _silent(address, "an answer without success and result")
    for resource in several(answer["result"].get("resources")):
        listed = ListedFile(
            address=urljoin(address, str(resource.get("url", ""))),
            title=str(resource.get("name") or ""),
            format=str(resource.get("format") or ""),
            changed=str(resource.get("last_modified") or ""),
        )
        if _is_wanted(listed, dataset.resources):
            yield listed


def _is_wanted(listed: ListedFile, patterns: tuple[str, ...]) -> bool:
    file = unquote(urlsplit(listed.address).path.rpartition("/")[2])
    words = [text.lower() for text in (listed.title, file, listed.format)]
    return any(fnmatchcase(word, pattern.lower()) for pattern in patterns for word in words)


def _silent(address: str, found: str) -> SourceSilent:
    return SourceSilent(
        what=f"{mask_secrets(address)} names no files",
        expected=f"expected JSON as CKAN's package_show gives it; found: {found}",
        kept="what was loaded before stays as it is; nothing was fetched",
        remedy="look at the portal; if it has moved, correct the endpoint in config/sources/, then: nemuro collect",
    )
