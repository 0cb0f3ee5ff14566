"""Obtain: what a source's endpoints offer and what lies in its folder, kept byte for byte before anything is read."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from nemuro_etl.catalog.types import Source
from nemuro_etl.errors import Fault, SourceSilent
from nemuro_etl.model.snapshot import Snapshot
from nemuro_etl.pipeline.house import House

if TYPE_CHECKING:
    from nemuro_etl.sources.fetch import Fetched


def fetch(house: House, source: Source) -> int:
    """Keep what the source's endpoints newly offer: how many originals. The only step that is worth retrying.

    Every endpoint is asked, but those of e-Stat only with an application id; then what went wrong is raised.
    """
    app_id = house.settings.estat_app_id
    endpoints = [endpoint for endpoint in source.endpoints if app_id is not None or not endpoint.needs_app_id]
    if not endpoints:
        return 0
    from nemuro_etl.sources.endpoints import Terms, fetch_endpoint

    terms = Terms(
        timeout_seconds=source.timeout_seconds,
        max_bytes=source.max_bytes,
        today=house.today,
        remembered=house.snapshots.validators(),
        estat_api=source.estat_api,
        app_id="" if app_id is None else app_id.get_secret_value(),
    )
    kept: list[str] = []

    def keep(fetched: "Fetched") -> None:
        kept.append(_keep_fetched(house, source, fetched).sha256)

    if faults := [fault for endpoint in endpoints for fault in fetch_endpoint(endpoint, terms, keep)]:
        raise faults[0] if len(faults) == 1 else _together(faults)
    return len(kept)


def _together(faults: Sequence[Fault]) -> SourceSilent:
    """Several faults of one source's endpoints as one, each told."""
    return SourceSilent(
        what="\n".join(fault.what for fault in faults),
        expected="\n  ".join(fault.expected for fault in faults),
        kept=faults[0].kept,
        remedy="\n  ".join(dict.fromkeys(fault.remedy for fault in faults)),
    )


def _keep_fetched(house: House, source: Source, fetched: "Fetched") -> Snapshot:
    return house.snapshots.keep(
        fetched.content,
        source=source.id,
        name=fetched.name,
        origin=fetched.origin,
        how="http",
        obtained_at=house.now,
        validators=fetched.validators,
    )


def keep_folder(house: House, source: Source) -> list[str]:
    """SHA-256 of every file in the source's watched folder, each kept."""
    from nemuro_etl.sources.folder import watched_files

    return [
        keep_file(house, source, path, "folder")
        for path in watched_files(house.settings.home / "inbox" / source.folder)
    ]


def keep_file(house: House, source: Source, path: Path, how: str) -> str:
    """The bytes kept before they are read: SHA-256 of the original."""
    with path.open("rb") as content:
        return house.snapshots.keep(
            content, source=source.id, name=path.name, origin=str(path), how=how, obtained_at=house.now
        ).sha256
