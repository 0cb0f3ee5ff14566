"""Fetching over HTTP: conditional, limited in time and size, patient only with the network."""

import logging
import random
import tempfile
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from http.client import responses
from io import BufferedIOBase
from threading import BoundedSemaphore
from urllib.parse import unquote, urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from nemuro_etl.errors import SourceSilent
from nemuro_etl.sources.masking import mask_secrets

# its warnings quote whole addresses, and an address may carry the appId
logging.getLogger("urllib3").setLevel(logging.CRITICAL)

ATTEMPTS = 4
AT_ONCE = 3
"""Requests to one host at the same time, over all threads of this process."""
_MAX_REDIRECTS = 5
_CONNECT_SECONDS = 10.0
_SILENCE_SECONDS = 30.0
"""The longest silence of a server in the middle of an answer: by so much the total limit may be passed."""
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 30.0
_BUSY = frozenset({429, 500, 502, 503, 504})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FOUND = frozenset({200})
_GONE = frozenset({404, 410})
_PIECE = 65_536
_NO_VALIDATORS: Mapping[str, str] = {}
_AT_HOST: dict[str, BoundedSemaphore] = {}


@dataclass(frozen=True, slots=True)
class Fetched:
    """What an address sent."""

    content: BufferedIOBase
    """The body from its first byte on, in a file that is gone when it is closed."""
    status: int
    name: str
    """From Content-Disposition, else the last part of the address."""
    origin: str
    """The address as it was asked for, secrets masked: what is kept beside the original."""
    validators: Mapping[str, str]
    """`etag` and `last_modified`, as far as they were sent: for the next conditional fetch."""


class NotThere(SourceSilent):
    """There is nothing at an address (HTTP 404 or 410)."""


class _TryAgain(Exception):
    """The network, or a busy server: worth another attempt. `pause` is what the server asked for."""

    def __init__(self, found: str, pause: float | None = None) -> None:
        super().__init__(found)
        self.found = found
        self.pause = pause


def fetch(
    address: str,
    *,
    timeout_seconds: float,
    max_bytes: int,
    validators: Mapping[str, str] = _NO_VALIDATORS,
    accept: Collection[int] = _FOUND,
    pause: Callable[[float], None] = time.sleep,
) -> Fetched | None:
    """What `address` sends, or None when it is what `validators` (`etag`, `last_modified`) tell of.

    Only the network is tried again: a lost connection, 429 and 5xx, up to four times with growing, jittered pauses, or
    the pause that Retry-After asks for. `timeout_seconds` limits the whole, `max_bytes` what is read.
    A host is asked at most AT_ONCE times at once; waiting for that, and nothing else, is outside the limit of time.
    `accept`: statuses whose body is wanted. Raises SourceSilent, in whose text secrets are masked; NotThere for 404.
    """
    _require_http(address)
    # held in pauses too: a busy server wants fewer requests, not others. A redirect counts with the host that sent it.
    with _AT_HOST.setdefault(urlsplit(address).netloc, BoundedSemaphore(AT_ONCE)):
        deadline = time.monotonic() + timeout_seconds
        for attempt in range(1, ATTEMPTS + 1):
            try:
                return _attempt(address, deadline, max_bytes, validators, accept)
            except _TryAgain as again:
                wait = _pause_seconds(attempt) if again.pause is None else again.pause
                if attempt == ATTEMPTS or time.monotonic() + wait >= deadline:
                    plural = "attempt" if attempt == 1 else "attempts"
                    raise _silent(address, f"{again.found} ({attempt} {plural})") from None
            pause(wait)
    raise AssertionError("every attempt returns or raises")


def _pause_seconds(attempt: int) -> float:
    longest = min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 1))
    return longest * random.uniform(0.5, 1.0)


def _attempt(
    address: str, deadline: float, max_bytes: int, validators: Mapping[str, str], accept: Collection[int]
) -> Fetched | None:
    headers = {"Accept-Encoding": "identity", "User-Agent": "nemuro-etl"}
    if etag := validators.get("etag"):
        headers["If-None-Match"] = etag
    if last_modified := validators.get("last_modified"):
        headers["If-Modified-Since"] = last_modified
    try:
        with _follow(address, headers, deadline, accept) as response:
            if response.status_code == 304:
                if validators:
                    return None
                raise _silent(address, f"{_told(304)}, and nothing was ever had from there")
            content = _body(response, address, deadline, max_bytes)
    except (requests.ConnectionError, requests.Timeout) as lost:
        raise _TryAgain(_without_address(lost)) from None
    except HTTPError:
        raise _TryAgain("the connection ended before the file was whole") from None
    except requests.RequestException as refused:
        raise _silent(address, _without_address(refused)) from None
    kept = {"etag": response.headers.get("ETag"), "last_modified": response.headers.get("Last-Modified")}
    return Fetched(
        content=content,
        status=response.status_code,
        name=_file_name(response, address),
        origin=mask_secrets(address),
        validators={key: value for key, value in kept.items() if value},
    )


def _follow(address: str, headers: Mapping[str, str], deadline: float, accept: Collection[int]) -> requests.Response:
    """The answer of `address`, after at most five redirects, each of them to http or https."""
    at = address
    for _ in range(_MAX_REDIRECTS + 1):
        left = deadline - time.monotonic()
        if left <= 0:
            raise _silent(address, "no answer within the time limit")
        timeout = (min(left, _CONNECT_SECONDS), min(left, _SILENCE_SECONDS))
        # a connection of its own for each: one that the server is about to close looks alive until it is used
        response = requests.get(at, headers=dict(headers), timeout=timeout, stream=True, allow_redirects=False)
        status = response.status_code
        if status in _REDIRECTS and "Location" in response.headers:
            at = urljoin(at, response.headers["Location"])
            response.close()
            _require_http(at)
            continue
        if status in _BUSY:
            wait = _retry_after(response)
            response.close()
            raise _TryAgain(_told(status), wait)
        if status != 304 and status not in accept:
            response.close()
            raise _silent(address, _told(status), NotThere if status in _GONE else SourceSilent)
        return response
    raise _silent(address, f"more than {_MAX_REDIRECTS} redirects")


def _body(response: requests.Response, address: str, deadline: float, max_bytes: int) -> BufferedIOBase:
    """The body in a temporary file, read piece by piece."""
    with ExitStack() as unless_whole:
        content = unless_whole.enter_context(tempfile.TemporaryFile())
        _copy_body(response, content, address, deadline, max_bytes)
        content.seek(0)
        unless_whole.pop_all()
    return content


def _copy_body(
    response: requests.Response, content: BufferedIOBase, address: str, deadline: float, max_bytes: int
) -> None:
    declared = response.headers.get("Content-Length", "")
    if declared.isdigit() and int(declared) > max_bytes:
        raise _silent(address, f"{declared} bytes, more than the {max_bytes} that config allows (max_bytes)")
    size = 0
    # read1 returns what has arrived, so that a server that drips cannot outlast the time limit.
    while chunk := response.raw.read1(_PIECE, decode_content=True):
        size += len(chunk)
        if size > max_bytes:
            raise _silent(address, f"more than the {max_bytes} bytes that config allows (max_bytes)")
        if time.monotonic() > deadline:
            raise _silent(address, f"not whole within the time limit: {size} bytes so far")
        content.write(chunk)
    encoded = "Content-Encoding" in response.headers
    if declared.isdigit() and size < int(declared) and not encoded:
        raise _TryAgain(f"the connection ended after {size} of {declared} bytes")


def _told(status: int) -> str:
    """The status with its usual phrase: what a server writes there may be anything, an echo of the request too."""
    return f"HTTP {status} {responses.get(status, '')}".rstrip()


def _retry_after(response: requests.Response) -> float | None:
    """Seconds that the server asks to wait; a moment in time is measured against the server's own clock."""
    text = response.headers.get("Retry-After", "").strip()
    if text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
        now = parsedate_to_datetime(response.headers["Date"])
    except (TypeError, ValueError, KeyError):
        return None
    return max(0.0, (_aware(until) - _aware(now)).total_seconds())


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _file_name(response: requests.Response, address: str) -> str:
    """The name that the server gives the file, without any folder; else the last part of the address."""
    message = Message()
    message["Content-Disposition"] = response.headers.get("Content-Disposition", "")
    name = message.get_filename() or unquote(urlsplit(address).path)
    name = name.replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = "".join(character for character in name if character.isprintable()).strip().lstrip(".")
    return name or "download"


def _require_http(address: str) -> None:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _silent(address, "an address that is neither http nor https")


def _without_address(error: requests.RequestException) -> str:
    """What happened, in words that carry neither the address nor its query (requests quotes both)."""
    if isinstance(error, requests.Timeout):
        return "no answer within the time limit"
    if isinstance(error, requests.exceptions.SSLError):
        return "the certificate of the server was not accepted"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return type(error).__name__


def _silent(address: str, found: str, kind: type[SourceSilent] = SourceSilent) -> SourceSilent:
    return kind(
        what=f"{mask_secrets(address)} could not be fetched",
        expected=f"expected a file (HTTP 200) or “not modified” (304); found: {found}",
        kept="what was loaded before stays as it is; nothing was fetched",
        remedy="try again later with `nemuro collect`, or take a downloaded file: nemuro ingest SOURCE FILE",
    )
