"""Fetching from a real HTTP server on the loopback: conditional, limited, patient only with the network."""

import gzip
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from nemuro_etl.errors import SourceSilent
from nemuro_etl.sources.fetch import ATTEMPTS, Fetched, fetch
from nemuro_etl.sources.folder import watched_files
from nemuro_etl.sources.masking import mask_secrets

DATA = b"\xd0\xcf\x11\xe0" + bytes(range(256)) * 40
Answer = Callable[[BaseHTTPRequestHandler], None]


class Publisher:
    """A server that gives the planned answers one after the other, the last one again and again."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.requests: list[tuple[str, dict[str, str]]] = []
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                publisher.requests.append((self.path, dict(self.headers)))
                answers = publisher.answers
                (answers.pop(0) if len(answers) > 1 else answers[0])(self)
                self.close_connection = True

            def log_message(self, format: str, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    publisher = Publisher()
    yield publisher
    publisher.server.shutdown()
    publisher.server.server_close()


def send(status: int = 200, data: bytes = DATA, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        handler.wfile.write(data)

    return answer


def get(
    address: str, *, timeout: float = 20, max_bytes: int = 1_000_000, **validators: str
) -> tuple[object, list[float]]:
    """What was fetched, and the pauses that were made on the way."""
    pauses: list[float] = []
    fetched = fetch(address, timeout_seconds=timeout, max_bytes=max_bytes, validators=validators, pause=pauses.append)
    return fetched, pauses


def fetched(address: str, **other: object) -> Fetched:
    result, _ = get(address, **other)  # type: ignore[arg-type]
    assert isinstance(result, Fetched)
    return result


def test_a_file_comes_with_its_name_and_validators(publisher: Publisher) -> None:
    publisher.answers = [send(ETag='"7"', Last_Modified="Wed, 21 Oct 2020 07:28:00 GMT")]
    result = fetched(f"{publisher.address}/main_content/000633315.xls")
    assert result.content.read() == DATA
    assert result.name == "000633315.xls"
    assert result.validators == {"etag": '"7"', "last_modified": "Wed, 21 Oct 2020 07:28:00 GMT"}


def test_what_was_not_modified_is_not_fetched_again(publisher: Publisher) -> None:
    publisher.answers = [send(304, b"")]
    result, _ = get(f"{publisher.address}/a.xls", etag='"7"', last_modified="Wed, 21 Oct 2020 07:28:00 GMT")
    assert result is None
    headers = publisher.requests[0][1]
    assert headers["If-None-Match"] == '"7"'
    assert headers["If-Modified-Since"] == "Wed, 21 Oct 2020 07:28:00 GMT"


def test_not_modified_is_no_answer_to_who_has_nothing(publisher: Publisher) -> None:
    publisher.answers = [send(304, b"")]
    with pytest.raises(SourceSilent, match="HTTP 304 Not Modified, and nothing was ever had from there"):
        get(f"{publisher.address}/a.xls")


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("attachment; filename*=UTF-8''%E3%80%90%E7%B7%8F%E8%A8%88%E3%80%91%2026ssjin.xlsx", "【総計】 26ssjin.xlsx"),
        ('attachment; filename="../../etc/1803ssjin.xls"', "1803ssjin.xls"),
        ('attachment; filename="C:\\\\temp\\\\a.xls"', "a.xls"),
        ("attachment", "file-download"),
    ],
)
def test_the_name_is_the_server_s_without_any_folder(publisher: Publisher, disposition: str, name: str) -> None:
    publisher.answers = [send(Content_Disposition=disposition)]
    assert fetched(f"{publisher.address}/stat-search/file-download?statInfId=000031&fileKind=0").name == name


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again_after_a_pause(publisher: Publisher, status: int) -> None:
    publisher.answers = [send(status, b""), send(status, b""), send()]
    result, pauses = get(f"{publisher.address}/a.xls")
    assert isinstance(result, Fetched)
    assert 0.25 <= pauses[0] <= 0.5
    assert 0.5 <= pauses[1] <= 1.0


def test_retry_after_is_honoured_in_seconds_and_as_a_moment(publisher: Publisher) -> None:
    def until(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response_only(503)
        handler.send_header("Date", "Wed, 21 Oct 2020 07:28:00 GMT")
        handler.send_header("Retry-After", "Wed, 21 Oct 2020 07:28:05 GMT")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    publisher.answers = [send(503, b"", Retry_After="7"), until, send()]
    assert get(f"{publisher.address}/a.xls")[1] == [7.0, 5.0]


def test_a_server_that_asks_for_more_time_than_there_is_is_silent(publisher: Publisher) -> None:
    publisher.answers = [send(503, b"", Retry_After="3600")]
    with pytest.raises(SourceSilent, match=r"HTTP 503 .*\(1 attempt\)"):
        get(f"{publisher.address}/a.xls")


def test_patience_ends(publisher: Publisher) -> None:
    publisher.answers = [send(503, b"")]
    with pytest.raises(SourceSilent, match=f"{ATTEMPTS} attempts"):
        get(f"{publisher.address}/a.xls")
    assert len(publisher.requests) == ATTEMPTS


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_a_refusal_is_not_tried_again(publisher: Publisher, status: int) -> None:
    publisher.answers = [send(status, b"no")]
    with pytest.raises(SourceSilent, match=f"HTTP {status}") as fault:
        get(f"{publisher.address}/a.xls")
    assert len(publisher.requests) == 1
    assert all((fault.value.what, fault.value.expected, fault.value.kept, fault.value.remedy))


def test_a_file_that_says_it_is_too_large_is_not_read(publisher: Publisher) -> None:
    publisher.answers = [send()]
    with pytest.raises(SourceSilent, match="max_bytes"):
        get(f"{publisher.address}/a.xls", max_bytes=100)
    assert len(publisher.requests) == 1


def chunked(handler: BaseHTTPRequestHandler, chunks: int, size: int, pause: float) -> None:
    handler.send_response(200)
    handler.send_header("Transfer-Encoding", "chunked")
    handler.end_headers()
    try:
        for _ in range(chunks):
            handler.wfile.write(f"{size:x}\r\n".encode() + b"x" * size + b"\r\n")
            handler.wfile.flush()
            time.sleep(pause)
        handler.wfile.write(b"0\r\n\r\n")
    except OSError:
        pass


def test_a_file_without_a_length_is_read_whole(publisher: Publisher) -> None:
    publisher.answers = [lambda handler: chunked(handler, 5, 1000, 0)]
    assert fetched(f"{publisher.address}/a.xls").content.read() == b"x" * 5000


def test_a_file_that_grows_too_large_is_given_up(publisher: Publisher) -> None:
    publisher.answers = [lambda handler: chunked(handler, 1000, 10_000, 0)]
    with pytest.raises(SourceSilent, match="max_bytes"):
        get(f"{publisher.address}/a.xls", max_bytes=50_000)
    assert len(publisher.requests) == 1


@pytest.mark.parametrize("packed", [False, True])
def test_a_body_is_never_in_memory_whole(publisher: Publisher, packed: bool) -> None:
    size = 30_000_000
    body = gzip.compress(bytes(size)) if packed else bytes(size)
    publisher.answers = [send(data=body, **({"Content_Encoding": "gzip"} if packed else {}))]
    tracemalloc.start()
    try:
        content = fetched(f"{publisher.address}/a.xls", max_bytes=size).content
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 3_000_000
    assert content.seek(0, 2) == size
    with pytest.raises(SourceSilent, match="max_bytes"):
        get(f"{publisher.address}/a.xls", max_bytes=size - 1)


def test_a_server_that_drips_cannot_outlast_the_time_limit(publisher: Publisher) -> None:
    publisher.answers = [lambda handler: chunked(handler, 200, 1, 0.05)]
    begun = time.monotonic()
    with pytest.raises(SourceSilent, match="time limit"):
        get(f"{publisher.address}/a.xls", timeout=0.6)
    assert time.monotonic() - begun < 3


def test_a_server_that_says_nothing_is_silent(publisher: Publisher) -> None:
    publisher.answers = [lambda handler: time.sleep(2)]
    begun = time.monotonic()
    with pytest.raises(SourceSilent, match="time limit"):
        get(f"{publisher.address}/a.xls", timeout=0.4)
    assert time.monotonic() - begun < 1.5


def drop(handler: BaseHTTPRequestHandler) -> None:
    """Half of what was announced, then the line is cut."""
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(DATA)))
    handler.end_headers()
    handler.wfile.write(DATA[: len(DATA) // 2])
    handler.wfile.flush()
    handler.connection.shutdown(socket.SHUT_RDWR)


def test_a_dropped_connection_is_tried_again(publisher: Publisher) -> None:
    publisher.answers = [drop, send()]
    result, pauses = get(f"{publisher.address}/a.xls")
    assert isinstance(result, Fetched)
    assert result.content.read() == DATA
    assert len(pauses) == 1


def test_a_connection_that_always_drops_never_passes_for_a_file(publisher: Publisher) -> None:
    publisher.answers = [drop]
    with pytest.raises(SourceSilent, match=f"{ATTEMPTS} attempts"):
        get(f"{publisher.address}/a.xls")


def test_nobody_listening_is_silent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(SourceSilent, match="no connection"):
        get(f"http://127.0.0.1:{port}/a.xls")


def test_redirects_are_followed_but_not_for_ever_and_not_out_of_http(publisher: Publisher) -> None:
    publisher.answers = [send(302, b"", Location="/b.xls"), send()]
    assert fetched(f"{publisher.address}/a.xls").content.read() == DATA
    publisher.answers = [send(302, b"", Location="/a.xls")]
    with pytest.raises(SourceSilent, match="redirects"):
        get(f"{publisher.address}/a.xls")
    publisher.answers = [send(302, b"", Location="file:///etc/passwd")]
    with pytest.raises(SourceSilent, match="neither http nor https"):
        get(f"{publisher.address}/a.xls")


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://example.jp/a.xls", "a.xls", "http://"])
def test_only_http_and_https_are_fetched(address: str) -> None:
    with pytest.raises(SourceSilent, match="neither http nor https"):
        get(address)


def test_a_secret_in_the_address_reaches_neither_the_origin_nor_an_error(publisher: Publisher) -> None:
    publisher.answers = [send()]
    address = f"{publisher.address}/rest/3.0/app/getStatsData?appId=topsecret&statsDataId=1"
    assert fetched(address).origin == f"{publisher.address}/rest/3.0/app/getStatsData?appId=***&statsDataId=1"
    assert publisher.requests[0][0].endswith("appId=topsecret&statsDataId=1")
    publisher.answers = [send(403, b"")]
    with pytest.raises(SourceSilent) as fault:
        get(address)
    assert "topsecret" not in repr(fault.value)
    with pytest.raises(SourceSilent) as fault:
        get("http://127.0.0.1:9/x?appId=topsecret", timeout=0.3)
    assert "topsecret" not in repr(fault.value)
    assert "topsecret" not in "".join(str(part) for part in (fault.value.__cause__, fault.value.what))


def test_a_password_in_the_address_is_masked() -> None:
    assert mask_secrets("https://user:pass@example.jp/a?b=1#c") == "https://example.jp/a?b=1"


def test_a_watched_folder_gives_only_finished_files_by_name(tmp_path: Path) -> None:
    for name in ("b.xls", "a.xlsx", "c.csv", ".hidden", "~$a.xlsx", "d.xls.part", "e.tmp", "f.xls.crdownload"):
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / "folder.xls").mkdir()
    assert [path.name for path in watched_files(tmp_path)] == ["a.xlsx", "b.xls", "c.csv"]
    assert watched_files(tmp_path / "none") == []
