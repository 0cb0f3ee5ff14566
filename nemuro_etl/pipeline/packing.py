"""Packs: originals carried from the network that collects to the network that judges, under a signature.

A pack is a zip file: `manifest.json` names every original with where, when and how it was first obtained,
`manifest.hmac` is the HMAC-SHA256 of those bytes under NEMURO_PACK_KEY, and `originals/<sha256>` are the bytes.
"""

import hashlib
import hmac
import json
import shutil
import zipfile
import zlib
from collections.abc import Sequence
from datetime import datetime
from io import BufferedIOBase
from pathlib import Path
from typing import cast

from nemuro_etl.errors import ConfigurationWrong, FileUnreadable
from nemuro_etl.model.snapshot import Snapshot
from nemuro_etl.pipeline.collecting import Collection, load_originals, obtain
from nemuro_etl.pipeline.house import House

_MANIFEST, _SIGNATURE = "manifest.json", "manifest.hmac"
_BEGINNING_OF_ZIP = (1980, 1, 1, 0, 0, 0)
"""One date for every entry, so that the same originals give the same bytes."""


def write_pack(house: House, file: Path, source_ids: Sequence[str] | None = None) -> list[Collection]:
    """Fetch and keep what the named sources (all) offer, and write every original kept of them to `file`.

    Nothing is loaded here. A source that fails is told; what was kept of it before is packed all the same.
    """
    key = _key(house)
    sources = [house.source(name) for name in source_ids or [source.id for source in house.catalog.sources]]
    collections = [obtain(house, source.id) for source in sources]
    wanted = {source.id for source in sources}
    originals = [snapshot for snapshot in house.snapshots.all() if snapshot.source in wanted]
    manifest = json.dumps(
        [
            {
                "sha256": original.sha256,
                "size": original.size,
                "source": original.source,
                "name": original.name,
                "origin": original.origin,
                "how": original.how,
                "obtained_at": original.obtained_at.isoformat(),
            }
            for original in originals
        ],
        ensure_ascii=False,
        indent=1,
    ).encode()
    part = file.with_name(f"{file.name}.part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as pack:
        entries = {_MANIFEST: manifest, _SIGNATURE: _sign(manifest, key).encode()}
        for name, data in entries.items():
            pack.writestr(zipfile.ZipInfo(name, _BEGINNING_OF_ZIP), data, zipfile.ZIP_DEFLATED)
        for original in originals:
            entry = zipfile.ZipInfo(_entry(original.sha256), _BEGINNING_OF_ZIP)
            entry.compress_type = zipfile.ZIP_DEFLATED
            with house.snapshots.open(original.sha256) as content, pack.open(entry, "w", force_zip64=True) as packed:
                shutil.copyfileobj(content, packed)
    part.replace(file)
    return collections


def ingest_pack(house: House, file: Path) -> list[Collection]:
    """Keep and load every original of a pack, with where, when and how it was obtained on the other network.

    Raises FileUnreadable, and keeps nothing, when the pack is damaged or was changed after it was signed.
    """
    key = _key(house)
    with _open_pack(file) as pack:
        originals = _prove(pack, file, key)
        with house.warehouse.exclusive_run():
            by_source: dict[str, list[str]] = {}
            for original in originals:
                source = house.source(original.source)
                with _open(pack, original.sha256) as content:
                    kept = house.snapshots.keep(
                        content,
                        source=source.id,
                        name=original.name,
                        origin=original.origin,
                        how=original.how,
                        obtained_at=original.obtained_at,
                    )
                by_source.setdefault(source.id, []).append(kept.sha256)
            return [load_originals(house, house.source(name), kept) for name, kept in by_source.items()]


def _open_pack(file: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(file)
    except (OSError, zipfile.BadZipFile, ValueError) as fault:
        raise _refused(file, f"it is no whole pack ({fault})") from None


def _prove(pack: zipfile.ZipFile, file: Path, key: bytes) -> list[Snapshot]:
    """Every original in the order in which they were obtained, after all of their bytes were proved."""
    try:
        manifest = pack.read(_MANIFEST)
        if not hmac.compare_digest(pack.read(_SIGNATURE).decode("ascii", "replace"), _sign(manifest, key)):
            raise _refused(file, "its manifest was not signed with this key, or was changed afterwards")
        entries = json.loads(manifest)
        wanted = {_entry(entry["sha256"]) for entry in entries} | {_MANIFEST, _SIGNATURE}
        if stray := sorted(set(pack.namelist()) - wanted):
            raise _refused(file, f"it holds {', '.join(stray)}, which the manifest does not name")
        originals = []
        for entry in entries:
            with _open(pack, entry["sha256"]) as content:
                if hashlib.file_digest(content, "sha256").hexdigest() != entry["sha256"]:
                    raise _refused(file, f"the bytes of {entry['name']} are not those that were signed")
            originals.append(Snapshot(obtained_at=datetime.fromisoformat(entry.pop("obtained_at")), **entry))
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, RuntimeError) as fault:
        raise _refused(file, f"it is no whole pack ({fault})") from None
    return originals


def _open(pack: zipfile.ZipFile, sha256: str) -> BufferedIOBase:
    return cast(BufferedIOBase, pack.open(_entry(sha256)))


def _entry(sha256: str) -> str:
    return f"originals/{sha256}"


def _key(house: House) -> bytes:
    key = house.settings.pack_key
    if key is None:
        raise ConfigurationWrong(
            what="Packs are signed, and NEMURO_PACK_KEY is not set.",
            expected="Expected: the same long random text on both machines.",
            kept="Nothing was written or read.",
            remedy="Set NEMURO_PACK_KEY (for example from: openssl rand -hex 32) on both machines, then run again.",
        )
    return key.get_secret_value().encode()


def _sign(manifest: bytes, key: bytes) -> str:
    return hmac.new(key, manifest, hashlib.sha256).hexdigest()


def _refused(file: Path, found: str) -> FileUnreadable:
    return FileUnreadable(
        what=f"{file.name} is refused.",
        expected=f"Expected a pack as `nemuro collect --pack` signed it; found: {found}.",
        kept="Nothing of it was kept or loaded.",
        remedy="Carry the pack across again; if it is refused again, ask on the other network for its SHA-256.",
    )
