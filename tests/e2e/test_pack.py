"""Two networks: originals are collected on one and judged on another, carried across in a signed pack."""

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.command import Nemuro

KEY = {"NEMURO_PACK_KEY": "0123456789abcdef0123456789abcdef"}


@pytest.fixture
def outside(tmp_path: Path) -> Nemuro:
    """The machine with internet, on the night of 2018-11-22."""
    return Nemuro(tmp_path / "outside", settings=KEY).receive_night("2018-11-22")


@pytest.fixture
def inside(tmp_path: Path) -> Nemuro:
    """The machine in the office, two days later."""
    return Nemuro(tmp_path / "inside", day="2018-11-24", settings=KEY)


def packed(outside: Nemuro, file: Path) -> Path:
    answer = outside.ask("collect", "--pack", file, "--format", "json")
    assert answer.exit == 0, answer.all
    assert {row["status"] for row in answer.rows} == {"kept"}
    assert outside.listed("facts", "registry.births") == [], "a pack loads nothing"
    return file


def rewritten(file: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """The pack with its entries changed, as somebody on the way could."""
    with zipfile.ZipFile(file) as pack:
        entries = {name: pack.read(name) for name in pack.namelist()}
    change(entries)
    with zipfile.ZipFile(file, "w") as pack:
        for name, data in entries.items():
            pack.writestr(name, data)
    return file


def test_a_pack_gives_the_digest_of_collecting_directly(outside: Nemuro, inside: Nemuro, tmp_path: Path) -> None:
    pack = packed(outside, tmp_path / "november.pack")
    answer = inside.ask("ingest", "--pack", pack, "--format", "json")
    assert answer.exit == 0, answer.all
    assert [row["status"] for row in answer.rows] == ["loaded"] * 15
    assert outside.ask("collect").exit == 0
    assert inside.hash() == outside.hash(), "what is known, and since when, is what it is outside"
    again = inside.ask("ingest", "--pack", pack, "--format", "json")
    assert {row["status"] for row in again.rows} == {"unchanged"}


def test_the_same_originals_give_the_same_pack(outside: Nemuro, tmp_path: Path) -> None:
    one, other = packed(outside, tmp_path / "one.pack"), packed(outside, tmp_path / "other.pack")
    assert one.read_bytes() == other.read_bytes()


def change_an_original(entries: dict[str, bytes]) -> None:
    name = next(name for name in entries if name.startswith("originals/"))
    entries[name] = entries[name][:-1] + bytes([entries[name][-1] ^ 1])


def change_the_manifest(entries: dict[str, bytes]) -> None:
    manifest = json.loads(entries["manifest.json"])
    manifest[0]["obtained_at"] = "2017-01-01T00:00:00+00:00"
    entries["manifest.json"] = json.dumps(manifest).encode()


def add_a_file(entries: dict[str, bytes]) -> None:
    entries["originals/extra"] = b"something else"


def leave_one_out(entries: dict[str, bytes]) -> None:
    del entries[next(name for name in entries if name.startswith("originals/"))]


@pytest.mark.parametrize("change", [change_an_original, change_the_manifest, add_a_file, leave_one_out])
def test_a_pack_that_was_changed_on_the_way_is_refused_whole(
    outside: Nemuro, inside: Nemuro, tmp_path: Path, change: Callable[[dict[str, bytes]], None]
) -> None:
    answer = inside.ask("ingest", "--pack", rewritten(packed(outside, tmp_path / "november.pack"), change))
    assert answer.exit == 4
    assert "november.pack is refused." in answer.err
    assert "Nothing of it was kept or loaded." in answer.err
    assert inside.listed("facts", "registry.births") == []
    assert not inside.originals()


def test_a_pack_signed_with_another_key_is_refused(outside: Nemuro, inside: Nemuro, tmp_path: Path) -> None:
    other = inside.with_settings(NEMURO_PACK_KEY="another key")
    answer = other.ask("ingest", "--pack", packed(outside, tmp_path / "november.pack"))
    assert answer.exit == 4
    assert "not signed with this key" in answer.err
    assert "another key" not in answer.all


def test_what_is_no_pack_is_refused(inside: Nemuro, tmp_path: Path) -> None:
    file = tmp_path / "november.pack"
    file.write_bytes(b"<html>blocked by the gateway</html>")
    assert inside.ask("ingest", "--pack", file).exit == 4


def test_without_a_key_nothing_is_written_and_the_setting_is_named(outside: Nemuro, tmp_path: Path) -> None:
    answer = outside.with_settings(NEMURO_PACK_KEY="").ask("collect", "--pack", tmp_path / "november.pack")
    assert answer.exit == 2
    assert "NEMURO_PACK_KEY" in answer.err
    assert not (tmp_path / "november.pack").exists()


def test_a_pack_and_files_at_once_are_wrong_usage(inside: Nemuro, tmp_path: Path) -> None:
    assert inside.ask("ingest").exit == 2
    assert inside.ask("ingest", "registry", "a.xls", "--pack", tmp_path / "b").exit == 2
