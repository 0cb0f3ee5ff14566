"""An original: what it says, read anew from its kept bytes, and loaded in one transaction."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from nemuro_etl.catalog.types import Source
from nemuro_etl.model.figure import decimal_text, dimensions_text
from nemuro_etl.model.period import tokyo_day
from nemuro_etl.model.snapshot import Snapshot
from nemuro_etl.pipeline.answering import take_handed_in
from nemuro_etl.pipeline.house import House
from nemuro_etl.pipeline.journal import Deed, write_entry
from nemuro_etl.pipeline.progress import Progress, told

if TYPE_CHECKING:
    import pandas as pd

    from nemuro_etl.returns.flat import ReturnRow
    from nemuro_etl.returns.workbook import HandedIn
    from nemuro_etl.warehouse import HeldRevision


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
class Contents:
    """What one original says, whichever reader read it."""

    kind: str
    frames: Iterable["pd.DataFrame"]
    """Each to be taken once, while the original is open."""
    details: "Sequence[ReturnRow]"
    remarks: Sequence[str]
    handed_in: "HandedIn | None" = None
    """Of a workbook: for whom it was exported, and what it answers to warnings."""


def recipe_of(source: Source) -> str:
    """SHA-256 of how the files of `source` are read now: a load is (source, snapshot, recipe)."""
    if source.id == "returns":
        from nemuro_etl.returns import flat, form

        versions = f"{flat.READER_VERSION}\n{form.READER_VERSION}"
        return hashlib.sha256(f"{source.recipe}\n{versions}".encode()).hexdigest()
    from nemuro_etl.sources.recipe import recipe

    return recipe(source)


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
    return Contents("workbook", [frame], handed_in.rows, handed_in.remarks, handed_in)


def load_original(
    house: House, source: Source, snapshot: Snapshot, progress: Progress
) -> tuple[FileOutcome, list[str]]:
    """One original, in one transaction. What was loaded by the same recipe before is not even read."""
    recipe = recipe_of(source)
    if (kind := house.warehouse.loaded_kind(source.id, snapshot.sha256, recipe)) is not None:
        return FileOutcome(source.id, snapshot.name, kind, "unchanged"), []
    with (
        told(progress) as counted,
        reading_original(house, source, snapshot, compared=True) as contents,
    ):
        frames = counted(_plausible(house, source, snapshot, contents.frames))
        first = next(frames)  # what is wrong with it is told before a load is written down
        answered = [] if contents.handed_in is None else take_handed_in(house, contents.handed_in)
        write_entry(house, Deed.LOADED, source=source.id, sha256=snapshot.sha256)
        result = house.warehouse.load(
            snapshot, recipe, contents.kind, chain([first], frames), details=contents.details, loaded_at=house.now
        )
    outcome = FileOutcome(
        source.id,
        snapshot.name,
        contents.kind,
        # a file that says only what other files said before has brought nothing
        result.status if result.new or result.revised or result.held or answered else "unchanged",
        figures=result.new,
        revised=result.revised,
        confirmed=result.confirmed,
        held=len(result.held),
    )
    remarks = [f"{snapshot.name}: {remark}" for remark in (*contents.remarks, *answered)]
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
