"""Collecting from a real HTTP server on loopback: what is asked, what is kept, and how each answer ends."""

import hashlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import SAMPLES, Nemuro, copy_config, require_four_parts
from tests.samples.make_registry import Grid, make

REGISTRY = SAMPLES / "registry"
SECRET = "0123456789abcdef0123456789abcdef"


@dataclass
class Site:
    """A publisher's site: what lies at each path, and what was asked for."""

    base: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    statuses: dict[str, list[int]] = field(default_factory=dict)
    """By path the statuses of the next answers; 200 (or 304) when there are none left."""
    asked: list[tuple[str, str | None, int]] = field(default_factory=list)
    """Path, If-None-Match, and the status that was answered."""

    def address(self, path: str) -> str:
        return self.base + path

    @staticmethod
    def etag(data: bytes) -> str:
        return f'"{hashlib.sha256(data).hexdigest()[:16]}"'


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            data = site.files.get(path)
            wanted = self.headers.get("If-None-Match")
            queue = site.statuses.get(path, [])
            status = queue.pop(0) if queue else 404 if data is None else 304 if wanted == site.etag(data) else 200
            site.asked.append((self.path, wanted, status))
            self.send_response(status)
            if status == 503:
                self.send_header("Retry-After", "0")
            body = data if status == 200 and data is not None else b""
            if status == 200:
                self.send_header("ETag", site.etag(body))
                self.send_header("Last-Modified", "Wed, 11 Jul 2018 05:00:00 GMT")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        site.base = f"http://127.0.0.1:{server.server_address[1]}"
        yield site
        server.shutdown()


@pytest.fixture
def collecting(nemuro: Nemuro, site: Site, tmp_path: Path) -> Nemuro:
    """The command with one address in its copy of config/: /1803ssjin.xls of the site."""
    return configured(nemuro, tmp_path, [site.address("/1803ssjin.xls")])


def configured(nemuro: Nemuro, folder: Path, addresses: list[str], **keys: object) -> Nemuro:
    config = copy_config(folder, registry={"endpoints": [{"file": address} for address in addresses], **keys})
    return nemuro.with_settings(NEMURO_CONFIG=str(config))


def obtainments(nemuro: Nemuro) -> list[dict[str, Any]]:
    """What is written down beside the originals, in order of time."""
    lines = [
        json.loads(line)
        for path in (nemuro.home / "snapshots").rglob("*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return sorted(lines, key=lambda line: str(line["obtained_at"]))


def statuses(rows: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["file"], row["status"]) for row in rows]


def test_the_first_collect_loads_and_keeps_where_when_and_how(collecting: Nemuro, site: Site) -> None:
    site.files["/1803ssjin.xls"] = (REGISTRY / "1803ssjin.xls").read_bytes()
    answer = collecting.run("collect", "registry", "--format", "json")
    assert answer.exit == 0, answer.err
    assert statuses(answer.rows) == [("1803ssjin.xls", "loaded")]
    assert collecting.originals() == [site.files["/1803ssjin.xls"]]
    (kept,) = obtainments(collecting)
    assert kept["how"] == "http"
    assert kept["origin"] == site.address("/1803ssjin.xls")
    assert kept["obtained_at"] == "2018-11-21T18:00:00+00:00"
    assert kept["etag"] == site.etag(site.files["/1803ssjin.xls"])
    assert kept["last_modified"] == "Wed, 11 Jul 2018 05:00:00 GMT"
    assert [row["value"] for row in collecting.listed("facts", "registry.births", "--area", "01223")] == ["166"]


def test_the_second_collect_asks_with_the_etag_and_is_unchanged(collecting: Nemuro, site: Site) -> None:
    site.files["/1803ssjin.xls"] = (REGISTRY / "1803ssjin.xls").read_bytes()
    assert collecting.ask("collect", "registry").exit == 0
    digest, files = collecting.hash(), collecting.files()
    answer = collecting.on("2018-11-23").ask("collect", "registry", "--format", "json")
    assert answer.exit == 0
    assert statuses(answer.rows) == [("1803ssjin.xls", "unchanged")]
    etag = site.etag(site.files["/1803ssjin.xls"])
    assert site.asked == [("/1803ssjin.xls", None, 200), ("/1803ssjin.xls", etag, 304)]
    assert (collecting.hash(), collecting.files()) == (digest, files)


def test_the_same_bytes_without_a_304_are_unchanged_too(collecting: Nemuro, site: Site) -> None:
    site.files["/1803ssjin.xls"] = (REGISTRY / "1803ssjin.xls").read_bytes()
    site.statuses["/1803ssjin.xls"] = [200, 200]
    assert collecting.ask("collect", "registry").exit == 0
    digest = collecting.hash()
    answer = collecting.on("2018-11-23").ask("collect", "registry", "--format", "json")
    assert statuses(answer.rows) == [("1803ssjin.xls", "unchanged")]
    assert len(collecting.originals()) == 1
    assert collecting.hash() == digest


def test_changed_bytes_are_a_second_original_that_loads(collecting: Nemuro, site: Site) -> None:
    site.files["/1803ssjin.xls"] = (REGISTRY / "1803ssjin.xls").read_bytes()
    assert collecting.ask("collect", "registry").exit == 0
    # the publisher puts next year's table at the same address
    site.files["/1803ssjin.xls"] = (REGISTRY / "1903ssjin.xls").read_bytes()
    later = collecting.on("2019-08-10")
    answer = later.ask("collect", "registry", "--format", "json")
    assert answer.exit == 0
    assert statuses(answer.rows) == [("1803ssjin.xls", "loaded")]
    assert len(later.originals()) == 2
    figures = later.listed("facts", "registry.change", "--area", "01223")
    assert {row["period"]: row["value"] for row in figures} == {"2017": "-619", "2018": "-446"}
    assert {row["period"]: row["recorded_at"][:10] for row in figures} == {"2017": "2018-11-21", "2018": "2019-08-09"}


def test_a_busy_server_is_asked_again(collecting: Nemuro, site: Site) -> None:
    site.files["/1803ssjin.xls"] = (REGISTRY / "1803ssjin.xls").read_bytes()
    site.statuses["/1803ssjin.xls"] = [503, 503]
    answer = collecting.ask("collect", "registry", "--format", "json")
    assert answer.exit == 0
    assert statuses(answer.rows) == [("1803ssjin.xls", "loaded")]
    assert [status for _, _, status in site.asked] == [503, 503, 200]


def test_a_page_that_is_not_there_ends_with_five_is_asked_once_and_stops_no_other_address(
    nemuro: Nemuro, site: Site, tmp_path: Path
) -> None:
    site.files["/1903ssjin.xls"] = (REGISTRY / "1903ssjin.xls").read_bytes()
    both = configured(nemuro, tmp_path, [site.address("/gone.xls"), site.address("/1903ssjin.xls")])
    answer = both.run("collect", "registry", "--format", "json")
    assert answer.exit == 5
    assert statuses(answer.rows) == [("1903ssjin.xls", "loaded"), ("", "silent")]
    assert [path for path, _, _ in site.asked] == ["/gone.xls", "/1903ssjin.xls"]
    fault = answer.err[answer.err.index("\n\n") :]
    require_four_parts(fault)
    assert site.address("/gone.xls") in fault
    assert "HTTP 404" in fault
    # what was fetched before stays
    del site.files["/1903ssjin.xls"]
    digest = both.hash()
    assert both.ask("collect", "registry").exit == 5
    assert both.hash() == digest


def test_two_addresses_that_are_not_there_are_both_told(nemuro: Nemuro, site: Site, tmp_path: Path) -> None:
    both = configured(nemuro, tmp_path, [site.address("/gone.xls"), site.address("/lost.xls")])
    answer = both.ask("collect", "registry")
    assert answer.exit == 5
    assert "/gone.xls" in answer.err
    assert "/lost.xls" in answer.err


def test_a_web_page_instead_of_a_workbook_ends_with_four_and_is_kept(collecting: Nemuro, site: Site) -> None:
    page = "<!DOCTYPE html><html><title>ただいま混み合っています</title></html>".encode()
    site.files["/1803ssjin.xls"] = page
    for _ in range(2):
        # the second time the server says 304: still nobody has read it
        answer = collecting.ask("collect", "registry", "--format", "json")
        assert answer.exit == 4
        assert statuses(answer.rows) == [("1803ssjin.xls", "unreadable")]
    assert site.asked[-1][2] == 304
    assert collecting.originals() == [page]
    assert collecting.listed("facts", "registry.population") == []
    # the publisher mends the address
    site.files["/1803ssjin.xls"] = (REGISTRY / "1803ssjin.xls").read_bytes()
    answer = collecting.on("2018-11-23").ask("collect", "registry", "--format", "json")
    assert answer.exit == 0
    assert statuses(answer.rows) == [("1803ssjin.xls", "loaded")]
    assert len(collecting.originals()) == 2


def test_after_the_layout_is_mended_the_same_kept_original_loads(collecting: Nemuro, site: Site) -> None:
    before, after = "出生者数", "出生届出数"

    def rename(grid: Grid) -> None:
        (place,) = [(r, c) for r, row in enumerate(grid.rows[:4]) for c, value in enumerate(row) if value == before]
        grid.rows[place[0]][place[1]] = after

    site.files["/1803ssjin.xls"] = make("1803ssjin.xls", rename)
    assert collecting.ask("collect", "registry").exit == 4
    layouts = Path(collecting.settings["NEMURO_CONFIG"]) / "sources" / "registry.yml"
    text = layouts.read_text(encoding="utf-8")
    assert f"住民票記載数/{before}" in text
    layouts.write_text(text.replace(f"住民票記載数/{before}", f"住民票記載数/{after}"), encoding="utf-8")
    answer = collecting.ask("collect", "registry", "--format", "json")
    assert answer.exit == 0, answer.err
    assert statuses(answer.rows) == [("1803ssjin.xls", "loaded")]
    assert [status for _, _, status in site.asked] == [200, 304], "the file was fetched again"
    assert [row["value"] for row in collecting.listed("facts", "registry.births", "--area", "01223")] == ["166"]


def test_a_file_larger_than_config_allows_ends_with_five_and_is_not_kept(
    nemuro: Nemuro, site: Site, tmp_path: Path
) -> None:
    site.files["/1803ssjin.xls"] = (REGISTRY / "1803ssjin.xls").read_bytes()
    small = configured(nemuro, tmp_path, [site.address("/1803ssjin.xls")], max_bytes=5000)
    answer = small.ask("collect", "registry")
    assert answer.exit == 5
    assert "max_bytes" in answer.err
    assert small.originals() == []


def test_a_secret_in_an_address_reaches_no_file_no_message_and_no_mail(
    nemuro: Nemuro, site: Site, tmp_path: Path
) -> None:
    site.files["/1803ssjin.xls"] = (REGISTRY / "1803ssjin.xls").read_bytes()
    addresses = [site.address(f"/{name}.xls?appId={SECRET}") for name in ("1803ssjin", "gone")]
    secret = configured(nemuro, tmp_path, addresses)
    said = [secret.run("collect", "registry"), secret.run("nightly"), secret.run("doctor")]
    assert said[0].exit == 5
    assert any(SECRET in path for path, _, _ in site.asked), "the secret did not reach the server: nothing is proved"
    assert len(secret.listed("facts", "registry.births", "--area", "01223")) == 1
    assert not [answer for answer in said if SECRET in answer.all]
    written = [path for path in secret.home.rglob("*") if path.is_file()]
    assert not [path for path in written if SECRET.encode() in path.read_bytes()]
