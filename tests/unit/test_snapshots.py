"""Originals are kept byte for byte, once, and never lie about themselves."""

import hashlib
import io
import json
import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from nemuro_etl.errors import OriginalDamaged
from nemuro_etl.model.period import TOKYO
from nemuro_etl.model.snapshot import Snapshot
from nemuro_etl.snapshots import SnapshotStore
from nemuro_etl.snapshots import store as store_module

DATA = bytes(range(256)) * 10
FIRST = datetime(2018, 11, 22, 3, 0, tzinfo=TOKYO)


def keep(store: SnapshotStore, data: bytes = DATA, at: datetime = FIRST, **other: object) -> Snapshot:
    words = {"source": "registry", "name": "1803ssjin.xls", "origin": "inbox/1803ssjin.xls", "how": "folder"}
    return store.keep(io.BytesIO(data), obtained_at=at, **{**words, **other})  # type: ignore[arg-type]


def read(store: SnapshotStore, sha256: str) -> bytes:
    with store.open(sha256) as content:
        return content.read()


def files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_an_original_is_kept_byte_for_byte_under_its_hash(tmp_path: Path) -> None:
    snapshot = keep(SnapshotStore(tmp_path))
    assert snapshot.sha256 == hashlib.sha256(DATA).hexdigest()
    assert (tmp_path / snapshot.sha256[:2] / snapshot.sha256).read_bytes() == DATA
    assert snapshot.size == len(DATA)
    assert snapshot.obtained_at == FIRST
    assert read(SnapshotStore(tmp_path), snapshot.sha256) == DATA


def test_keeping_again_adds_a_line_and_the_first_obtainment_stays(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    first = keep(store)
    later = keep(store, at=FIRST + timedelta(days=1), name="other.xls", how="command")
    assert later == first == store.find(first.sha256)
    lines = (tmp_path / first.sha256[:2] / f"{first.sha256}.jsonl").read_text().splitlines()
    assert [json.loads(line)["how"] for line in lines] == ["folder", "command"]
    assert json.loads(lines[0])["obtained_at"] == "2018-11-21T18:00:00+00:00"


def test_what_is_still_there_night_after_night_is_not_obtained_again(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    keep(store)
    before = {name: (tmp_path / name).read_bytes() for name in files(tmp_path)}
    for night in range(3):
        keep(store, at=FIRST + timedelta(days=night))
        keep(SnapshotStore(tmp_path), at=FIRST + timedelta(days=night))
    assert {name: (tmp_path / name).read_bytes() for name in files(tmp_path)} == before


def test_what_comes_back_after_another_original_is_obtained_again(tmp_path: Path) -> None:
    address = "https://www.example.jp/1803ssjin.xls"
    for night, content in enumerate((b"one", b"two", b"one", b"one")):
        store = SnapshotStore(tmp_path)
        kept = keep(store, content, FIRST + timedelta(days=night), origin=address, how="http")
        assert store.last_sent("registry") == SnapshotStore(tmp_path).last_sent("registry") == (kept.sha256,)
    assert len((tmp_path / kept.sha256[:2] / f"{kept.sha256}.jsonl").read_text().splitlines()) == 2
    assert kept.obtained_at == FIRST


def test_an_earlier_moment_is_when_it_was_first_obtained(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    keep(store)
    assert keep(store, at=FIRST - timedelta(days=1)).obtained_at == FIRST - timedelta(days=1)


def test_one_flipped_byte_is_noticed(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    snapshot = keep(store)
    path = tmp_path / snapshot.sha256[:2] / snapshot.sha256
    data = bytearray(path.read_bytes())
    data[77] ^= 1
    path.write_bytes(data)
    with pytest.raises(OriginalDamaged) as fault:
        store.open(snapshot.sha256)
    assert all((fault.value.what, fault.value.expected, fault.value.kept, fault.value.remedy))
    assert snapshot.sha256 in fault.value.what


def test_an_original_that_is_gone_is_damaged(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    with pytest.raises(OriginalDamaged, match="damaged"):
        store.open("a" * 64)
    with pytest.raises(OriginalDamaged):
        store.find("a" * 64)


def test_the_same_original_obtained_again_mends_a_damaged_one(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    snapshot = keep(store)
    (tmp_path / snapshot.sha256[:2] / snapshot.sha256).write_bytes(b"something else")
    assert keep(store) == snapshot
    assert read(store, snapshot.sha256) == DATA


def test_something_that_is_no_hash_never_becomes_a_path(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        SnapshotStore(tmp_path).open("../../etc/passwd")


def test_all_originals_come_in_the_order_in_which_they_were_obtained(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    kept = [keep(store, bytes([n]) * 9, FIRST - timedelta(days=n)) for n in range(5)]
    assert list(store.all()) == kept[::-1]
    assert list(SnapshotStore(tmp_path / "none").all()) == []


def test_the_newest_validators_of_an_address_are_remembered(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    address = "https://www.example.jp/1803ssjin.xls"
    keep(store, b"one", origin=address, how="http", validators={"etag": '"1"', "last_modified": "Mon"})
    keep(store, b"two", FIRST + timedelta(days=1), origin=address, how="http", validators={"etag": '"2"'})
    assert store.validators() == {address: {"etag": '"2"'}}


def test_a_line_cut_short_by_a_crash_neither_counts_nor_spoils_the_next(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    snapshot = keep(store)
    log = tmp_path / snapshot.sha256[:2] / f"{snapshot.sha256}.jsonl"
    log.write_bytes(log.read_bytes() + b'{"source": "regis')
    assert keep(store, at=FIRST + timedelta(days=2), origin="another folder") == snapshot
    assert [json.loads(line)["how"] for line in log.read_text().splitlines() if line.endswith("}")] == ["folder"] * 2


def test_a_crash_before_the_bytes_are_whole_leaves_no_original(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def power_cut(descriptor: int) -> None:
        raise OSError("power cut")

    monkeypatch.setattr(store_module.os, "fsync", power_cut)
    with pytest.raises(OSError, match="power cut"):
        keep(SnapshotStore(tmp_path))
    monkeypatch.undo()
    assert files(tmp_path) == []
    assert keep(SnapshotStore(tmp_path)).size == len(DATA)


def test_bytes_without_a_line_are_completed_by_the_next_keeping(tmp_path: Path) -> None:
    store = SnapshotStore(tmp_path)
    snapshot = keep(store)
    (tmp_path / snapshot.sha256[:2] / f"{snapshot.sha256}.jsonl").unlink()
    assert list(store.all()) == []
    assert keep(store, at=FIRST + timedelta(days=1)).obtained_at == FIRST + timedelta(days=1)


def test_a_moment_without_a_time_zone_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="time zone"):
        keep(SnapshotStore(tmp_path), at=datetime(2018, 11, 22))  # noqa: DTZ001


def _keep_many(root: str, worker: int) -> None:
    store = SnapshotStore(Path(root))
    for n in range(10):
        keep(store, bytes([n]) * 50_000, FIRST + timedelta(seconds=worker), name=f"{worker}-{os.getpid()}")


def test_many_keepers_at_once_do_no_harm(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda worker: _keep_many(str(tmp_path), worker), range(8)))
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_keep_many, args=(str(tmp_path), worker)) for worker in (8, 9)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    store = SnapshotStore(tmp_path)
    kept = list(store.all())
    assert sorted(read(store, snapshot.sha256)[0] for snapshot in kept) == list(range(10))
    assert {snapshot.obtained_at for snapshot in kept} == {FIRST.astimezone(UTC)}
    lines = (tmp_path / kept[0].sha256[:2] / f"{kept[0].sha256}.jsonl").read_text().splitlines()
    assert len(lines) == 10
    assert not [name for name in files(tmp_path) if name.endswith(".tmp")]
