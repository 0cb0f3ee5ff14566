"""The store of originals: one file for the bytes, and beside it one line for every time they came from somewhere anew."""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from io import BufferedIOBase
from pathlib import Path
from threading import Lock

from nemuro_etl.errors import OriginalDamaged
from nemuro_etl.model.snapshot import Snapshot

_VALIDATORS = ("etag", "last_modified", "changed")
_AT_ONCE = 1_048_576
_NO_VALIDATORS: Mapping[str, str] = {}


class SnapshotStore:
    """Originals byte for byte below `root`: `ab/abcdef…`, and `ab/abcdef….jsonl` with one line an obtainment.

    What a folder or an address still has, night after night, is not obtained again: lines are as many as changes.

    Safe to be killed at any moment and to be used by several threads and processes at once: bytes appear under their
    name only when they are whole and on disk, lines are appended in one write, and what is there is never changed.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._writing = Lock()
        self._newest: Mapping[str, tuple[str, Mapping[str, object]]] | None = None

    def keep(
        self,
        content: BufferedIOBase,
        *,
        source: str,
        name: str,
        origin: str,
        how: str,
        obtained_at: datetime,
        validators: Mapping[str, str] = _NO_VALIDATORS,
    ) -> Snapshot:
        """The original that `content` holds from where it stands to its end, as it was first obtained.

        This obtainment is written down beside it, unless these bytes are what last came from there. Only some of the bytes
        are in memory at a time.

        `validators` are `etag` and `last_modified` as the address sent them, and `changed`, the day of the last change as
        the publisher's catalogue says it. `obtained_at` must be aware.
        """
        if obtained_at.tzinfo is None:
            raise ValueError("a moment without a time zone")
        begin = content.tell()
        sha256, size = _digest(content)
        path = self._path(sha256)
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or _digest_of(path) != (sha256, size):
            # Not there yet, or damaged since: the same original mends it.
            content.seek(begin)
            _write_whole(path, content)
        obtainment = {
            "source": source,
            "name": name,
            "origin": origin,
            "how": how,
            "obtained_at": obtained_at.astimezone(UTC).isoformat(),
            "size": size,
        } | {key: validators[key] for key in _VALIDATORS if validators.get(key)}
        self._note(sha256, obtainment)
        return self.find(sha256)

    def _note(self, sha256: str, obtainment: Mapping[str, object]) -> None:
        origin, moment = str(obtainment["origin"]), obtainment["obtained_at"]
        with self._writing:
            newest = self._newest_by_origin()
            last, line = newest.get(origin, (None, obtainment))
            later = str(moment) >= str(line["obtained_at"])
            same = last == sha256 and obtainment == {**line, "obtained_at": moment}
            if same and later and line in self._obtainments(sha256):
                return
            _append_line(self._log(sha256), obtainment)
            if later:
                self._newest = {**newest, origin: (sha256, obtainment)}

    def open(self, sha256: str) -> BufferedIOBase:
        """The bytes of the original, proved to be those that were kept, from the first on.

        Raises OriginalDamaged when they are gone or are others.
        """
        path = self._path(sha256)
        try:
            content = path.open("rb")
        except FileNotFoundError:
            raise _damaged(path, "a kept original", "no such file") from None
        found, size = _digest(content)
        if found != sha256:
            content.close()
            raise _damaged(path, f"bytes with SHA-256 {sha256}", f"SHA-256 {found}, {size} bytes")
        content.seek(0)
        return content

    def find(self, sha256: str) -> Snapshot:
        """The original as it was first obtained. Raises OriginalDamaged when nothing is written down about it."""
        obtainments = self._obtainments(sha256)
        if not obtainments:
            raise _damaged(self._log(sha256), f"a line for each time {sha256} was obtained", "none")
        first = min(obtainments, key=lambda line: str(line["obtained_at"]))
        return Snapshot(
            sha256=sha256,
            size=int(str(first["size"])),
            source=str(first["source"]),
            name=str(first["name"]),
            origin=str(first["origin"]),
            how=str(first["how"]),
            obtained_at=datetime.fromisoformat(str(first["obtained_at"])),
        )

    def all(self) -> Iterator[Snapshot]:
        """Every original, the first obtained first."""
        found = [self.find(log.stem) for log in self.root.glob("??/*.jsonl") if self._obtainments(log.stem)]
        return iter(sorted(found, key=lambda snapshot: (snapshot.obtained_at, snapshot.sha256)))

    def validators(self) -> Mapping[str, Mapping[str, str]]:
        """By origin (secrets masked) of every original that is kept: the validators with which it last came."""
        return {
            origin: {key: str(line[key]) for key in _VALIDATORS if key in line}
            for origin, (_, line) in self._newest_by_origin().items()
        }

    def last_sent(self, source: str) -> tuple[str, ...]:
        """SHA-256 of the original that each address of `source` last sent, by address."""
        newest = sorted(self._newest_by_origin().items())
        return tuple(sha256 for _, (sha256, line) in newest if line["source"] == source and line["how"] == "http")

    def _newest_by_origin(self) -> Mapping[str, tuple[str, Mapping[str, object]]]:
        """By origin: the original last obtained from it, and the line that says so. Read once, and kept up by `keep`.

        What was given out is never changed: another thread may be going through it.
        """
        if self._newest is None:
            newest: dict[str, tuple[str, Mapping[str, object]]] = {}
            # Under a rehearsal's clock two originals may have been obtained at the same moment: the later written counts.
            for log in sorted(self.root.glob("??/*.jsonl"), key=lambda log: log.stat().st_mtime_ns):
                for line in self._obtainments(log.stem):
                    origin = str(line["origin"])
                    _, known = newest.get(origin, (None, line))
                    if str(line["obtained_at"]) >= str(known["obtained_at"]):
                        newest[origin] = (log.stem, line)
            self._newest = newest
        return self._newest

    def _path(self, sha256: str) -> Path:
        if not re.fullmatch(r"[0-9a-f]{64}", sha256):
            raise ValueError(f"not a SHA-256 in 64 hexadecimal digits: {sha256!r}")
        return self.root / sha256[:2] / sha256

    def _log(self, sha256: str) -> Path:
        return self._path(sha256).with_suffix(".jsonl")

    def _obtainments(self, sha256: str) -> list[dict[str, object]]:
        """The obtainments written down; a last line cut short by a crash is not one."""
        try:
            text = self._log(sha256).read_text(encoding="utf-8")
        except FileNotFoundError:
            return []
        lines = []
        for line in text.splitlines():
            try:
                obtainment = json.loads(line)
            except json.JSONDecodeError:
                continue
            lines.append(obtainment)
        return lines


def _digest(content: BufferedIOBase) -> tuple[str, int]:
    """SHA-256 and size of what `content` holds from where it stands to its end."""
    # hashlib.file_digest takes a BytesIO whole, wherever it stands
    digest, size = hashlib.sha256(), 0
    while chunk := content.read(_AT_ONCE):
        digest.update(chunk)
        size += len(chunk)
    return digest.hexdigest(), size


def _digest_of(path: Path) -> tuple[str, int]:
    with path.open("rb") as content:
        return _digest(content)


def _write_whole(path: Path, content: BufferedIOBase) -> None:
    """What `content` holds under `path` all at once, and on disk when this returns."""
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            shutil.copyfileobj(content, file)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _append_line(path: Path, obtainment: Mapping[str, object]) -> None:
    """One more line, in one write. A line that a crash cut short is closed first, so that it stays alone."""
    line = json.dumps(obtainment, ensure_ascii=False, sort_keys=True) + "\n"
    with path.open("a+b") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                line = "\n" + line
        file.write(line.encode())
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Makes a new name in `folder` survive a power cut, where the system can do that."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _damaged(path: Path, expected: str, found: str) -> OriginalDamaged:
    return OriginalDamaged(
        what=f"{path.parent.name}/{path.name} in the store of originals is damaged",
        expected=f"expected {expected}; found {found}",
        kept="the figures read from it stay recorded; nothing was read from it now",
        remedy="bring the file back from a backup, or ingest the same original again; then: nemuro trace --verify-all",
    )
