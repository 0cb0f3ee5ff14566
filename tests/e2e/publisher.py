"""A publisher on loopback: a real HTTP server whose every path answers as it is told, well or badly."""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

Answer = Callable[[BaseHTTPRequestHandler], None]
API = "/rest/3.0/app/json"


@dataclass
class Publisher:
    """What every path answers, and every request that came: path with query, and If-None-Match."""

    base: str = ""
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    sent: int = 0
    """Bytes of bodies that somebody took."""

    def address(self, path: str) -> str:
        return self.base + path

    def paths(self) -> list[str]:
        """What was asked for, in order, without queries."""
        return [urlsplit(path).path for path, _ in self.asked]


@contextmanager
def publishing() -> Iterator[Publisher]:
    """A publisher that listens until the block ends; a path without an answer is 404."""
    publisher, counting = Publisher(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            with counting:
                publisher.asked.append((self.path, self.headers.get("If-None-Match")))
            with suppress(OSError):  # whoever asked has heard enough
                publisher.answers.get(urlsplit(self.path).path, status(404))(self)

        def log_message(self, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    publisher.base = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()


def file(data: bytes, etag: str | None = None, **headers: str) -> Answer:
    """A file as it should be: with an ETag of its bytes, and 304 for whoever has them."""
    tag = etag or f'"{hashlib.sha256(data).hexdigest()[:16]}"'

    def answer(handler: BaseHTTPRequestHandler) -> None:
        if handler.headers.get("If-None-Match") == tag and etag is None:
            _head(handler, 304, ETag=tag)
            return
        _head(handler, 200, ETag=tag, Content_Length=str(len(data)), **headers)
        handler.wfile.write(data)

    return answer


def status(code: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        _head(handler, code, Content_Length=str(len(body)), **headers)
        handler.wfile.write(body)

    return answer


def busy_once(then: Answer, *, date: bool) -> Answer:
    """429 with Retry-After of one second, in seconds or as a date; then the answer."""
    asked: list[float] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(time.time())
        if len(asked) == 1:
            after = formatdate(int(time.time()) + 1, usegmt=True) if date else "1"
            status(429, Retry_After=after)(handler)
        else:
            assert date or asked[1] - asked[0] >= 1, "asked again too soon"
            then(handler)

    return answer


def half(data: bytes) -> Answer:
    """Half of what was announced, then the line is cut."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        _head(handler, 200, Content_Length=str(len(data)))
        handler.wfile.write(data[: len(data) // 2])

    return answer


def announced(data: bytes, length: int) -> Answer:
    """The whole body under another length."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        _head(handler, 200, Content_Length=str(length))
        handler.wfile.write(data)

    return answer


def drip(data: bytes) -> Answer:
    """A byte now and then."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        _head(handler, 200, Content_Length=str(len(data)))
        for byte in data:
            handler.wfile.write(bytes([byte]))
            handler.wfile.flush()
            time.sleep(0.05)

    return answer


def endless(publisher: Publisher, most: int = 10_000_000_000) -> Answer:
    """Ten gigabytes in chunks, undeclared; `publisher.sent` says how much was taken."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.protocol_version = "HTTP/1.1"
        _head(handler, 200, Transfer_Encoding="chunked")
        piece = bytes(100_000)
        while publisher.sent < most:
            handler.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
            publisher.sent += len(piece)

    return answer


def as_json(value: object, code: int = 200) -> Answer:
    return status(code, json.dumps(value, ensure_ascii=False).encode(), Content_Type="application/json")


def _head(handler: BaseHTTPRequestHandler, code: int, **headers: str) -> None:
    handler.send_response(code)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()


class Estat:
    """e-Stat's API on a publisher: tables in pages, their metadata, and a catalogue of files."""

    def __init__(self, publisher: Publisher, app_id: str) -> None:
        self.app_id = app_id
        self.tables: dict[str, dict[str, Any]] = {}
        """By statsDataId an answer of getStatsData with all values on one page."""
        self.updated: dict[str, str] = {}
        self.datasets: list[dict[str, Any]] = []
        self.page_values = 100_000
        self.echo = False
        """Whether the server repeats the application id in what it answers."""
        for method in ("getMetaInfo", "getStatsData", "getDataCatalog"):
            publisher.answers[f"{API}/{method}"] = self._answer(method, getattr(self, f"_{method}"))

    def _answer(self, method: str, part: Callable[[dict[str, str]], dict[str, Any]]) -> Answer:
        name = {"getMetaInfo": "GET_META_INFO", "getStatsData": "GET_STATS_DATA", "getDataCatalog": "GET_DATA_CATALOG"}

        def answer(handler: BaseHTTPRequestHandler) -> None:
            asked = {key: values[0] for key, values in parse_qs(urlsplit(handler.path).query).items()}
            if asked.get("appId") != self.app_id:
                given = f"（{asked.get('appId')}）" if self.echo else ""
                said = f"認証に失敗しました。アプリケーションIDを確認して下さい。{given}"
                as_json({name[method]: {"RESULT": {"STATUS": 100, "ERROR_MSG": said}}}, 403)(handler)
                return
            if int(asked.get("limit", 1)) > (100 if method == "getDataCatalog" else 100_000):
                as_json({name[method]: {"RESULT": {"STATUS": "102", "ERROR_MSG": "limit"}}}, 400)(handler)
                return
            now = {"STATUS": 0, "ERROR_MSG": "正常に終了しました。", "DATE": repr(time.time_ns())}
            parameter = {"PARAMETER": {"APP_ID": self.app_id}} if self.echo else {}
            as_json({name[method]: {"RESULT": now, **parameter, **part(asked)}})(handler)

        return answer

    def _table(self, asked: dict[str, str]) -> dict[str, Any]:
        data = dict(self.tables[asked["statsDataId"]]["GET_STATS_DATA"]["STATISTICAL_DATA"])
        updated = self.updated.get(asked["statsDataId"], "2015-11-30")
        return {**data, "TABLE_INF": {**data["TABLE_INF"], "UPDATED_DATE": updated}}

    def _getMetaInfo(self, asked: dict[str, str]) -> dict[str, Any]:  # noqa: N802 - the API's name
        table = self._table(asked)
        return {"METADATA_INF": {key: table[key] for key in ("TABLE_INF", "CLASS_INF")}}

    def _getStatsData(self, asked: dict[str, str]) -> dict[str, Any]:  # noqa: N802 - the API's name
        table = self._table(asked)
        values, start = table["DATA_INF"]["VALUE"], int(asked["startPosition"])
        page = values[start - 1 : start - 1 + self.page_values]
        result = {"TOTAL_NUMBER": len(values), "FROM_NUMBER": start, "TO_NUMBER": start + len(page) - 1}
        if result["TO_NUMBER"] < len(values):
            result["NEXT_KEY"] = result["TO_NUMBER"] + 1
        shown = {**table["DATA_INF"], "VALUE": page[0] if len(page) == 1 else page}
        return {"STATISTICAL_DATA": {**table, "RESULT_INF": result, "DATA_INF": shown}}

    def _getDataCatalog(self, asked: dict[str, str]) -> dict[str, Any]:  # noqa: N802 - the API's name
        start = int(asked["startPosition"])
        page = self.datasets[start - 1 : start - 1 + int(asked["limit"])]
        result = {"FROM_NUMBER": start, "TO_NUMBER": start + len(page) - 1}
        if start - 1 + len(page) < len(self.datasets):
            result["NEXT_KEY"] = start + len(page)
        several = page[0] if len(page) == 1 else page
        listing = {"NUMBER": len(self.datasets), "RESULT_INF": result, "DATA_CATALOG_INF": several}
        return {"DATA_CATALOG_LIST_INF": listing}
