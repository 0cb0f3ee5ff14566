"""Collect: fetch, keep, read and load. Bytes are kept before they are read; a failing source stops no other."""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from nemuro_etl.catalog.types import Source
from nemuro_etl.errors import Exit, Fault, ReturnRefused, SourceSilent, UsageWrong
from nemuro_etl.model.evaluation import SourceCondition
from nemuro_etl.model.figure import decimal_text, dimensions_text
from nemuro_etl.model.period import Period, tokyo_day
from nemuro_etl.model.snapshot import Snapshot
from nemuro_etl.pipeline.house import House
from nemuro_etl.pipeline.journal import Deed, write_entry

if TYPE_CHECKING:
    import pandas as pd

    from nemuro_etl.returns.flat import ReturnRow
    from nemuro_etl.sources.fetch import Fetched
    from nemuro_etl.warehouse import HeldRevision

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of one original: how many of its figures were new, revised, seen again, or held."""

    source: str
    file: str
    kind: str
    status: str
    """loaded, unchanged, unreadable, kept (for a pack), or silent (an address that did not answer)."""
    figures: int = 0
    revised: int = 0
    confirmed: int = 0
    held: int = 0


@dataclass(frozen=True, slots=True)
class Collection:
    """What became of one source."""

    source: str
    files: tuple[FileOutcome, ...]
    faults: tuple[Fault, ...]
    remarks: tuple[str, ...]

    @property
    def loaded(self) -> int:
        """How many files brought something."""
        return sum(file.status == "loaded" for file in self.files)

    @property
    def figures(self) -> int:
        """How many figures are new or revised."""
        return sum(file.figures + file.revised for file in self.files)

    @property
    def held(self) -> int:
        return sum(file.held for file in self.files)

    def rows(self) -> list[dict[str, object]]:
        """One row a file, for listings."""
        return [asdict(file) for file in self.files]


@dataclass(frozen=True, slots=True)
class Contents:
    """What one original says, whichever reader read it."""

    kind: str
    frames: Iterable["pd.DataFrame"]
    """Each to be taken once, while the original is open."""
    details: "Sequence[ReturnRow]"
    remarks: Sequence[str]


def exit_of(collections: Sequence[Collection]) -> Exit:
    """The exit code of what was collected: 4 before 3 before 5."""
    codes = {fault.exit for collection in collections for fault in collection.faults}
    if any(collection.held for collection in collections):
        codes.add(Exit.HELD)
    return next((code for code in (Exit.UNREADABLE, Exit.HELD, Exit.SOURCE_FAILED) if code in codes), Exit.DONE)


def collect(house: House, source_ids: Sequence[str] | None = None) -> list[Collection]:
    """Fetch, keep, read and load the named sources (all of them when none is named)."""
    sources = [house.source(name) for name in source_ids or [source.id for source in house.catalog.sources]]
    with house.warehouse.exclusive_run():
        return [collect_source(house, source.id) for source in sources]


def obtain(house: House, source_id: str) -> Collection:
    """Fetch and keep what one source offers, its folder's files too, and load nothing."""
    source = house.source(source_id)
    silence: tuple[Fault, ...] = ()
    try:
        fetch_source(house, source_id)
    except Fault as fault:
        silence = (fault,)
    kept = [*_keep_folder(house, source), *house.snapshots.last_sent(source.id)]
    names = [house.snapshots.find(sha256).name for sha256 in dict.fromkeys(kept)]
    return Collection(source.id, tuple(FileOutcome(source.id, name, "", "kept") for name in names), silence, ())


def collect_source(house: House, source_id: str) -> Collection:
    """One source: what its endpoints offer, and what lies in its folder."""
    silence: Fault | None = None
    try:
        fetch_source(house, source_id)
    except Fault as fault:
        silence = fault
    return load_source(house, source_id, silence)


def fetch_source(house: House, source_id: str) -> int:
    """Keep what the source's endpoints newly offer: how many originals. The only step that is worth retrying.

    Every endpoint is asked, but those of e-Stat only with an application id; then what went wrong is raised.
    """
    source = house.source(source_id)
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


def load_source(house: House, source_id: str, silence: Fault | None = None) -> Collection:
    """Load the watched folder's files and what each address last sent; write down how the source is.

    What was loaded before by the present layouts is not read again; what was refused is, so that a corrected layout
    takes it. `silence` is why an address could not be fetched, if so.
    """
    source = house.source(source_id)
    kept = _keep_folder(house, source)
    collection = load_originals(house, source, list(dict.fromkeys([*kept, *house.snapshots.last_sent(source.id)])))
    condition = SourceCondition.UNREADABLE if collection.faults else SourceCondition.WORKING
    if silence is not None:
        condition = condition if collection.faults else SourceCondition.FETCH_FAILED
        files = (*collection.files, FileOutcome(source.id, "", "", "silent"))
        collection = Collection(source.id, files, (*collection.faults, silence), collection.remarks)
    detail = "; ".join(fault.what for fault in collection.faults)
    if (condition, house.warehouse.source_conditions(None).get(source.id)) != (SourceCondition.WORKING,) * 2:
        write_entry(house, Deed.SOURCE_NOTED, source=source.id, condition=condition, detail=detail)
    house.warehouse.note_source(source.id, house.now, condition, detail)
    return collection


def ingest(house: House, source_id: str, files: Sequence[Path]) -> Collection:
    """Keep, read and load files at hand. Each file is one transaction: good ones load, the rest is told."""
    source = house.source(source_id)
    if missing := [str(path) for path in files if not path.is_file()]:
        raise UsageWrong(
            what=f"No such file: {', '.join(missing)}.",
            expected="Expected: files that are there.",
            kept="Nothing was read or loaded.",
            remedy=f"Check the path, then run again: nemuro ingest {source_id} FILE…",
        )
    with house.warehouse.exclusive_run():
        return load_originals(
            house, source, list(dict.fromkeys(_keep(house, source, path, "command") for path in files))
        )


@contextmanager
def reading_original(house: House, source: Source, snapshot: Snapshot, *, compared: bool = False) -> Iterator[Contents]:
    """What an original says, read anew from its kept bytes by the present layouts.

    A return is read by the revision that was in force on the day on which it was obtained. `compared`: a workbook is
    also held against what was recorded at that moment, as it is when it is handed in.
    """
    obtained = tokyo_day(snapshot.obtained_at)
    with house.snapshots.open(snapshot.sha256) as content:
        if source.id == "returns":
            yield _read_return(house, snapshot, content.read(), compared=compared)
        else:
            from nemuro_etl.sources.container import File
            from nemuro_etl.sources.plausibility import correct
            from nemuro_etl.sources.reading import read

            reading = read(source, File(content, snapshot.name, obtained))
            remarks = list(reading.remarks)
            yield Contents(reading.kind, correct(source, snapshot.name, reading.frames, remarks), (), remarks)


def _read_return(house: House, snapshot: Snapshot, data: bytes, *, compared: bool) -> Contents:
    """What a return says: an entry workbook or a flat file, told apart by its content."""
    from nemuro_etl.returns.flat import read_returns, returns_frame
    from nemuro_etl.returns.form import is_workbook

    edition, obtained = house.edition, tokyo_day(snapshot.obtained_at)
    if not is_workbook(data):
        rows = read_returns(data, snapshot.name, edition, obtained)
        return Contents("flat", [returns_frame(rows, edition.area, edition.area_name)], rows, ())
    from nemuro_etl.pipeline.workbooks import known_returns
    from nemuro_etl.returns.workbook import read_workbook

    known = known_returns(house, snapshot.obtained_at) if compared else None
    handed_in = read_workbook(data, snapshot.name, house.catalog, edition, obtained, known)
    frame = returns_frame(handed_in.rows, edition.area, edition.area_name)
    return Contents("workbook", [frame], handed_in.rows, handed_in.remarks)


def _recipe(source: Source) -> str:
    """SHA-256 of how the files of `source` are read now: a load is (source, snapshot, recipe)."""
    if source.id == "returns":
        from nemuro_etl.returns import flat, form

        versions = f"{flat.READER_VERSION}\n{form.READER_VERSION}"
        return hashlib.sha256(f"{source.recipe}\n{versions}".encode()).hexdigest()
    from nemuro_etl.sources.recipe import recipe

    return recipe(source)


def _keep_folder(house: House, source: Source) -> list[str]:
    """SHA-256 of every file in the source's watched folder, each kept."""
    from nemuro_etl.sources.folder import watched_files

    return [
        _keep(house, source, path, "folder") for path in watched_files(house.settings.home / "inbox" / source.folder)
    ]


def _keep(house: House, source: Source, path: Path, how: str) -> str:
    """The bytes kept before they are read: SHA-256 of the original."""
    with path.open("rb") as content:
        return house.snapshots.keep(
            content, source=source.id, name=path.name, origin=str(path), how=how, obtained_at=house.now
        ).sha256


def load_originals(house: House, source: Source, originals: Sequence[str]) -> Collection:
    """Kept originals of one source, read and loaded, one transaction each."""
    files: list[FileOutcome] = []
    faults: list[Fault] = []
    remarks: list[str] = []
    for snapshot in _in_order(house, source, [house.snapshots.find(sha256) for sha256 in originals]):
        try:
            outcome, notes = _load_original(house, source, snapshot)
            remarks += notes
        except Fault as fault:
            faults.append(_handed_back(house, snapshot, fault))
            outcome = FileOutcome(source.id, snapshot.name, "", "unreadable")
        files.append(outcome)
        log.info("%s: %s %s", source.id, outcome.file, outcome.status)
    if any(file.status == "loaded" for file in files):
        remarks += remarkable(house)
    return Collection(source.id, tuple(files), tuple(faults), tuple(remarks))


def _in_order(house: House, source: Source, originals: Sequence[Snapshot]) -> Sequence[Snapshot]:
    """The originals as they are loaded: as given, but where files restate earlier years, in the order of their years.

    Only those obtained at the same moment change places: what was obtained later is the publisher's later word.
    """
    if not source.restates or len(originals) < 2:
        return originals
    recipe = _recipe(source)

    def newest_period(snapshot: Snapshot) -> str:
        if house.warehouse.loaded_kind(source.id, snapshot.sha256, recipe) is not None:
            return ""
        try:
            with reading_original(house, source, snapshot) as contents:
                periods = {str(period) for frame in contents.frames for period in frame["period"].unique()}
        except Fault:
            return ""  # told when it is its turn
        return max(Period.parse(period).last.isoformat() for period in periods)

    return sorted(originals, key=lambda snapshot: (snapshot.obtained_at, newest_period(snapshot)))


def _handed_back(house: House, snapshot: Snapshot, fault: Fault) -> Fault:
    """The fault as it is told; of a refused workbook a marked copy is written, which it then names."""
    if not isinstance(fault, ReturnRefused) or house.replaying:
        return fault
    from nemuro_etl.pipeline.workbooks import hand_back

    return hand_back(house, snapshot, fault)


def remarkable(house: House) -> list[str]:
    """What sql/checks/ finds remarkable, a line each: real, so nothing is refused, but worth a look."""
    return [
        f"{check.name}: {len(check.rows)} rows, the first {check.rows[0]}; see sql/checks/{check.name}.sql"
        for check in house.warehouse.checks("remarkable")
        if check.rows
    ]


def _load_original(house: House, source: Source, snapshot: Snapshot) -> tuple[FileOutcome, list[str]]:
    """One original, in one transaction. What was loaded by the same recipe before is not even read."""
    recipe = _recipe(source)
    if (kind := house.warehouse.loaded_kind(source.id, snapshot.sha256, recipe)) is not None:
        return FileOutcome(source.id, snapshot.name, kind, "unchanged"), []
    with reading_original(house, source, snapshot, compared=True) as contents:
        frames = _plausible(house, source, snapshot, contents.frames)
        first = next(frames)  # what is wrong with it is told before a load is written down
        write_entry(house, Deed.LOADED, source=source.id, sha256=snapshot.sha256)
        result = house.warehouse.load(
            snapshot, recipe, contents.kind, chain([first], frames), details=contents.details, loaded_at=house.now
        )
    outcome = FileOutcome(
        source.id,
        snapshot.name,
        contents.kind,
        # a file that says only what other files said before has brought nothing
        result.status if result.new or result.revised or result.held else "unchanged",
        figures=result.new,
        revised=result.revised,
        confirmed=result.confirmed,
        held=len(result.held),
    )
    remarks = [f"{snapshot.name}: {remark}" for remark in contents.remarks]
    return outcome, remarks + [held_line(revision) for revision in result.held]


def _plausible(
    house: House, source: Source, snapshot: Snapshot, frames: Iterable["pd.DataFrame"]
) -> Iterator["pd.DataFrame"]:
    """The frames, each held against what config allows and what is recorded of the city's year before."""
    if not source.plausibility:
        return iter(frames)
    from nemuro_etl.sources.plausibility import check, years_before

    known = {
        (series, dimensions_text(figure.dimensions), figure.period): figure.value
        for series in years_before(source)
        for figure in house.warehouse.figures(series, area=house.edition.area)
    }
    return check(source, snapshot.name, frames, house.edition.area, known)


def held_line(revision: "HeldRevision") -> str:
    """A held revision as the operator is told of it."""
    return (
        f"held #{revision.id}: {revision.series} {revision.area} {revision.period} was "
        f"{decimal_text(revision.old_value)} ({revision.old_stage.value}), now {decimal_text(revision.new_value)} "
        f"({revision.new_stage.value}) at {revision.locator}; nothing is recomputed. Next: nemuro revisions list"
    )
