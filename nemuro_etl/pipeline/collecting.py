"""Collect: obtain, read and load. Bytes are kept before they are read; a failing source stops no other."""

import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path

from nemuro_etl.catalog.types import Source
from nemuro_etl.errors import DatabaseUnusable, Exit, Fault, ReturnRefused, UsageWrong
from nemuro_etl.model.evaluation import SourceCondition
from nemuro_etl.model.period import Period
from nemuro_etl.model.snapshot import Snapshot
from nemuro_etl.pipeline.house import House
from nemuro_etl.pipeline.journal import Deed, write_entry
from nemuro_etl.pipeline.obtaining import fetch, keep_file, keep_folder
from nemuro_etl.pipeline.originals import FileOutcome, load_original, reading_original, recipe_of
from nemuro_etl.pipeline.patience import StepHangs, within
from nemuro_etl.pipeline.progress import Progress

log = logging.getLogger(__name__)

FETCHING, READING = timedelta(minutes=20), timedelta(hours=1)
"""A source's step that takes longer hangs; both are well within the night's deadline in schedules.yml."""


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
    kept = [*keep_folder(house, source), *house.snapshots.last_sent(source.id)]
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
    """Keep what the source's endpoints newly offer: how many originals. Raises StepHangs after FETCHING."""
    return within(FETCHING, source_id, "fetching", lambda: fetch(house, house.source(source_id)))


def load_source(house: House, source_id: str, silence: Fault | None = None) -> Collection:
    """Load the watched folder's files and what each address last sent; write down how the source is.

    What was loaded before by the present layouts is not read again; what was refused is, so that a corrected layout
    takes it. `silence` is why an address could not be fetched, if so. What hangs after READING is told like a silence.
    """
    source = house.source(source_id)
    try:
        collection = within(READING, source_id, "reading", lambda: _load_all(house, source))
    except StepHangs as fault:
        collection, silence = Collection(source_id, (), (), ()), fault
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


def _load_all(house: House, source: Source) -> Collection:
    kept = keep_folder(house, source)
    return load_originals(house, source, list(dict.fromkeys([*kept, *house.snapshots.last_sent(source.id)])))


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
            house, source, list(dict.fromkeys(keep_file(house, source, path, "command") for path in files))
        )


def load_originals(house: House, source: Source, originals: Sequence[str]) -> Collection:
    """Kept originals of one source, read and loaded, one transaction each."""
    files: list[FileOutcome] = []
    faults: list[Fault] = []
    remarks: list[str] = []
    snapshots = _in_order(house, source, [house.snapshots.find(sha256) for sha256 in originals])
    for number, snapshot in enumerate(snapshots, start=1):
        progress = Progress(source.id, snapshot.name, number, len(snapshots))
        try:
            outcome, notes = load_original(house, source, snapshot, progress)
            remarks += notes
        except DatabaseUnusable:
            raise  # it says nothing about the file
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
    recipe = recipe_of(source)

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
