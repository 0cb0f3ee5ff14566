"""A publisher that misbehaves: what the operator reads, what is kept, and that every other source loads."""

import io
import zipfile
from collections.abc import Callable, Iterator
from itertools import takewhile
from pathlib import Path

import pytest

from tests.e2e.command import SAMPLES, Nemuro, copy_config, require_four_parts
from tests.e2e.publisher import Answer, Publisher, announced, busy_once, drip, endless, file, half, publishing, status
from tests.samples.make_registry import Grid, make

FILE = "1803ssjin.xls"
DATA = (SAMPLES / "registry" / FILE).read_bytes()
OTHER = (SAMPLES / "vital" / "h25-29.xlsx").read_bytes()
CSV = (SAMPLES / "registry" / "012238_population_utf8.csv").read_text(encoding="utf-8-sig")
PAGE = "<!DOCTYPE html><html><title>ただいま混み合っています</title></html>".encode()
STAYS = "what was loaded before stays as it is; nothing was fetched"
KEPT = "the original is kept; nothing of this file was loaded"


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing() as publisher:
        publisher.answers["/vital/h25-29.xlsx"] = file(OTHER)
        yield publisher


@pytest.fixture
def collecting(nemuro: Nemuro, publisher: Publisher, tmp_path: Path) -> Nemuro:
    """The command with one file of the registry and one of another source at the publisher."""
    registry = {"endpoints": [{"file": publisher.address(f"/{FILE}")}], "timeout_seconds": 3, "max_bytes": 1_000_000}
    vital = {"endpoints": [{"file": publisher.address("/vital/h25-29.xlsx")}]}
    return nemuro.with_settings(NEMURO_CONFIG=str(copy_config(tmp_path, registry=registry, vital=vital)))


def collected(nemuro: Nemuro, expected: int) -> str:
    """The fault that `nemuro collect registry vital` tells; the other source must have loaded whatever this one did."""
    answer = nemuro.ask("collect", "registry", "vital", "--format", "json")
    assert answer.exit == expected, answer.all
    assert [(row["file"], row["status"]) for row in answer.rows if row["source"] == "vital"] == [
        ("h25-29.xlsx", "loaded")
    ]
    assert OTHER in nemuro.originals()
    if not expected:
        return ""
    first, *others = answer.err[answer.err.index("\n\n") :].strip().splitlines()
    fault = "\n".join((first, *takewhile(lambda line: line.startswith("  "), others)))
    require_four_parts(fault)
    return fault


def silent(publisher: Publisher) -> dict[str, tuple[Answer, str]]:
    """By misbehaviour the answer, and what the operator reads of it after “found:”."""
    loop = status(302, Location=f"/{FILE}")
    huge = announced(b"", 10_000_000_000)
    return {
        "404": (status(404), "HTTP 404 Not Found"),
        "429 for an hour": (status(429, Retry_After="3600"), "HTTP 429 Too Many Requests (1 attempt)"),
        "500": (status(500), "HTTP 500 Internal Server Error ("),
        "half a body": (half(DATA), "the connection ended before the file was whole ("),
        "a length too great": (announced(DATA, len(DATA) + 7), "the connection ended before the file was whole ("),
        "a slow drip": (drip(DATA), "not whole within the time limit: "),
        "a redirect loop": (loop, "more than 5 redirects"),
        "10 GB declared": (huge, "10000000000 bytes, more than the 1000000 that config allows (max_bytes)"),
        "10 GB undeclared": (endless(publisher), "more than the 1000000 bytes that config allows (max_bytes)"),
        "a redirect out of HTTP": (
            status(302, Location="file:///etc/passwd"),
            "an address that is neither http nor https",
        ),
    }


@pytest.mark.parametrize("how", silent(Publisher()))
def test_what_could_not_be_fetched_is_told_and_nothing_of_it_kept(
    collecting: Nemuro, publisher: Publisher, how: str
) -> None:
    publisher.answers[f"/{FILE}"], found = silent(publisher)[how]
    told = collected(collecting, 5)
    assert f"found: {found}" in told
    assert STAYS in told
    assert "try again later with `nemuro collect`, or take a downloaded file: nemuro ingest SOURCE FILE" in told
    assert collecting.originals() == [OTHER]
    assert publisher.sent < 20_000_000, "far more was read than may be"
    assert not collecting.listed("facts", "registry.births")


@pytest.mark.parametrize("date", [False, True])
def test_a_busy_server_that_says_when_is_asked_again_then(collecting: Nemuro, publisher: Publisher, date: bool) -> None:
    publisher.answers[f"/{FILE}"] = busy_once(file(DATA), date=date)
    collected(collecting, 0)
    assert publisher.paths().count(f"/{FILE}") == 2
    assert DATA in collecting.originals()


def rename(grid: Grid) -> None:
    (place,) = [(r, c) for r, row in enumerate(grid.rows[:4]) for c, value in enumerate(row) if value == "出生者数"]
    grid.rows[place[0]][place[1]] = "出生届出数"


def bomb(inflated: int) -> bytes:
    """A workbook whose sheet inflates to so many bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as sheet:
            for _ in range(inflated // 1_000_000):
                sheet.write(bytes(1_000_000))
    return content.getvalue()


def lying_bomb() -> bytes:
    """The same, declaring ten bytes: only who inflates it sees what it is."""
    data = bytearray(bomb(250_000_000))
    at = data.rindex(b"PK\x01\x02")
    data[at + 24 : at + 28] = (10).to_bytes(4, "little")
    return bytes(data)


def far_cell() -> bytes:
    """A workbook of a few hundred bytes with one cell at the end of the largest sheet."""
    with zipfile.ZipFile(SAMPLES / "registry" / "2203ssjin.xlsx") as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
            archive.writestr(name, part.replace(b"</sheetData>", far))
    return content.getvalue()


UNREADABLE: dict[str, tuple[Callable[[], bytes], str, str]] = {
    "a web page with 200": (lambda: PAGE, f"{FILE} cannot be read", "it is a web page (HTML), not a table"),
    "a length too small": (
        lambda: DATA[: len(DATA) // 1024 * 512],
        f"{FILE} cannot be read",
        "the workbook is cut short or damaged",
    ),
    "UTF-16": (lambda: CSV.encode("utf-16"), FILE, "found"),
    "EUC-JP": (lambda: CSV.encode("euc-jp", "replace"), FILE, "found"),
    "a changed layout": (lambda: make(FILE, rename), f"{FILE}: ", "出生届出数"),
    "a zip bomb": (lambda: bomb(250_000_000), f"{FILE} cannot be read", "inflates to over 200000000"),
    "a zip bomb that lies": (lying_bomb, f"{FILE} cannot be read", "inflates to over 200000000"),
    "a cell far out": (far_cell, f"{FILE} cannot be read", "has a cell so far out that it spans"),
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_came_but_cannot_be_read_is_kept_and_told(collecting: Nemuro, publisher: Publisher, what: str) -> None:
    content, first, found = UNREADABLE[what]
    data = content()
    publisher.answers[f"/{FILE}"] = announced(DATA, len(data)) if what == "a length too small" else file(data)
    fault = collected(collecting, 4)
    assert fault.startswith(first), fault
    assert found in fault
    assert KEPT in fault
    assert "nemuro ingest" in fault.splitlines()[-1]
    assert data in collecting.originals()
    assert not collecting.listed("facts", "registry.births")


def test_other_bytes_under_the_same_etag_are_another_original(collecting: Nemuro, publisher: Publisher) -> None:
    # A server that wrongly says 304 cannot be found out: then nothing has come.
    later = (SAMPLES / "registry" / "1903ssjin.xls").read_bytes()
    publisher.answers[f"/{FILE}"] = file(DATA, etag='"the same"')
    collected(collecting, 0)
    publisher.answers[f"/{FILE}"] = file(later, etag='"the same"')
    assert collecting.on("2019-08-10").ask("collect", "registry").exit == 0
    assert publisher.asked[-1][1] == '"the same"'
    assert {DATA, later} <= set(collecting.originals())
    assert len(collecting.listed("facts", "registry.births", "--area", "01223")) == 1
    assert len(collecting.on("2019-08-10").listed("facts", "registry.births", "--area", "01223")) == 2
