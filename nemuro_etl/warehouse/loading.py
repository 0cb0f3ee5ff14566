"""Recording what a file says: new figures, new versions, further sightings, and settled figures that are held.

One transaction per load. A (measure, period) that nothing is recorded for yet is written without comparing: that is
the fast path on which a publisher's whole table goes.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from nemuro_etl.errors import FigureImplausible
from nemuro_etl.model.figure import READING_COLUMNS, Stage, decimal_text
from nemuro_etl.model.period import Period
from nemuro_etl.model.snapshot import Snapshot
from nemuro_etl.warehouse.engine import Database, Reading, Writing
from nemuro_etl.warehouse.moment import moment_text
from nemuro_etl.warehouse.precision import restored, stored
from nemuro_etl.warehouse.revisions import HeldRevision, locator_text, read_held

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

_FIGURE = ("part_id", "area", "version", "value", "stage", "place_id", "cell")
_SIGHTING = ("part_id", "area", "version", "place_id", "cell")
_SAID = ("numerator", "denominator", "sample_size", "evidence", "remark", "entered_by", "entered_on", "correction")
_DETAIL = ("part_id", "area", "version", *_SAID)
_HELD = (
    *("id", "part_id", "area", "version", "old_value", "old_stage", "new_value", "new_stage"),
    *_SAID,
    *("place_id", "cell", "found_at"),
)
_STEP = ("part_id", "area", "version", "step")
_ASKED_AT_ONCE = 500
_LARGE = 50_000
"""Rows from which PostgreSQL is told to look at the tables again, so that it keeps using their keys."""


class Detailed(Protocol):
    """What a return says beside its value. It belongs to the frame's figures of that series and period."""

    @property
    def series(self) -> str: ...
    @property
    def period(self) -> str: ...
    @property
    def numerator(self) -> Decimal | None: ...
    @property
    def denominator(self) -> Decimal | None: ...
    @property
    def sample_size(self) -> int | None: ...
    @property
    def evidence(self) -> str: ...
    @property
    def remark(self) -> str: ...
    @property
    def entered_by(self) -> str: ...
    @property
    def entered_on(self) -> str: ...
    @property
    def correction(self) -> str: ...


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What a load did: figures seen for the first time, changed, seen again or settled, and held for a decision."""

    status: str
    """loaded, or unchanged: this file was loaded by this recipe before, and nothing was written."""
    load_id: int
    new: int = 0
    revised: int = 0
    confirmed: int = 0
    held: tuple[HeldRevision, ...] = ()


class _Detail(NamedTuple):
    numerator: str | None
    denominator: str | None
    sample_size: int | None
    evidence: str
    remark: str
    entered_by: str
    entered_on: str
    correction: str


@dataclass(slots=True)
class _Reading:
    """A frame in the order of the figures' key: parts by number into `keys`, then areas."""

    keys: list[tuple[str, str, str, str]]
    """(series, dimensions, unit, period) of each part of the frame."""
    parts: "np.ndarray[Any, Any]"
    areas: "np.ndarray[Any, Any]"
    values: "np.ndarray[Any, Any]"
    stages: "np.ndarray[Any, Any]"
    steps: "np.ndarray[Any, Any]"
    sheets: "np.ndarray[Any, Any]"
    cells: "np.ndarray[Any, Any]"
    sheet_names: list[str]
    area_facts: list[tuple[str, str, str]]
    """(area, kind, name), once each."""


@dataclass(slots=True)
class _Findings:
    """What comparing a frame with what is recorded comes to: rows to be written, and how many of which sort."""

    figures: list[tuple[Any, ...]] = field(default_factory=list)
    sightings: list[tuple[Any, ...]] = field(default_factory=list)
    details: list[tuple[Any, ...]] = field(default_factory=list)
    steps: list[tuple[Any, ...]] = field(default_factory=list)
    rounded: list[tuple[Any, ...]] = field(default_factory=list)
    held: list[tuple[Any, ...]] = field(default_factory=list)
    standing: dict[tuple[int, str], int | None] = field(default_factory=dict)
    """The version at which each compared figure stands now; None where the file's is held."""
    new: int = 0
    revised: int = 0
    confirmed: int = 0


def record_load(
    database: Database,
    snapshot: Snapshot,
    recipe: str,
    kind: str,
    frames: Iterable["pd.DataFrame"],
    details: Sequence[Detailed],
    loaded_at: datetime,
) -> LoadResult:
    """Records every figure of `frames` (READING_COLUMNS, no figure in two of them) as read from `snapshot`, or nothing.

    Raises FigureImplausible when the file contradicts itself, or a series changed its unit.
    """
    with database.reading() as transaction:
        if (load_id := _loaded_before(transaction, snapshot, recipe)) is not None:
            return LoadResult("unchanged", load_id)
    readings = map(_in_key_order, frames)
    first = next(readings)  # read before others are kept waiting
    with database.writing() as writing:
        if (load_id := _loaded_before(writing, snapshot, recipe)) is not None:
            return LoadResult("unchanged", load_id)
        load = _Load(writing, snapshot, _by_figure(details))
        for reading in chain([first], readings):
            load.record(reading)
        return load.finish(recipe, kind, loaded_at)


def read_loaded_kind(database: Database, source: str, sha256: str, recipe: str) -> str | None:
    """The kind of file that an original was when it was loaded by `recipe`; None when it was not."""
    with database.reading() as transaction:
        found = transaction.rows(
            "select kind from load where source = :source and sha256 = :sha256 and recipe = :recipe",
            source=source,
            sha256=sha256,
            recipe=recipe,
        )
    return str(found[0][0]) if found else None


def _loaded_before(transaction: Reading, snapshot: Snapshot, recipe: str) -> int | None:
    found = transaction.rows(
        "select id from load where source = :source and sha256 = :sha256 and recipe = :recipe",
        source=snapshot.source,
        sha256=snapshot.sha256,
        recipe=recipe,
    )
    return int(found[0][0]) if found else None


class _Load:
    """A load being written, frame by frame."""

    def __init__(self, writing: Writing, snapshot: Snapshot, details: dict[tuple[str, str], _Detail]) -> None:
        self._writing = writing
        self._snapshot = snapshot
        self._recorded_at = moment_text(snapshot.obtained_at)
        self._about = ""
        self._details = details
        self._id = _next_id(writing, "load")
        self._first_place = _next_id(writing, "place")
        self._sheets: dict[str, int] = {}
        """By sheet: the number of its place."""
        self._areas: dict[str, tuple[str, str]] = {}
        self._held: list[tuple[Any, ...]] = []
        self._figures = self._new = self._revised = self._confirmed = 0

    def record(self, reading: _Reading) -> None:
        """Writes the figures of one frame."""
        import numpy as np

        writing = self._writing
        if self._snapshot.source != "returns":
            self._about = max(self._about, *(Period.parse(key[3]).last.isoformat() for key in reading.keys))
        parts = _find_parts(writing, reading.keys)
        part_ids = np.array(parts.ids, dtype=np.int64)[reading.parts]
        places = [
            self._sheets.setdefault(sheet, self._first_place + len(self._sheets)) for sheet in reading.sheet_names
        ]
        place_ids = np.array(places, dtype=np.int64)[reading.sheets]
        known = np.array(parts.known, dtype=bool)[reading.parts]
        again = _repetitions(reading)
        fresh = ~known & ~again
        findings = _Findings(new=int(fresh.sum()))

        for row in _rows(reading, known & ~again, part_ids, place_ids, self._details):
            _compare(parts.recorded[row.part_id], row, self._recorded_at, self._about, findings)
        for row in _rows(reading, again, part_ids, place_ids, self._details):
            version = findings.standing.get((row.part_id, row.area), 1)
            if version is not None:
                findings.sightings.append((row.part_id, row.area, version, row.place_id, row.cell))
        if self._details:
            for row in _rows(reading, fresh, part_ids, place_ids, self._details):
                if row.detail:
                    findings.details.append((row.part_id, row.area, 1, *row.detail))

        writing.insert("measure", ("id", "series", "dimensions", "unit"), parts.new_measures)
        writing.insert("part", ("id", "measure_id", "period"), parts.new_parts)
        # what is the same in every row is written once into the statement: fewer values to hand over
        same = {"version": 1}
        columns = {"part_id": part_ids[fresh], "area": reading.areas[fresh], "value": reading.values[fresh]}
        columns["cell"] = reading.cells[fresh]
        for name, numbers in (("stage", reading.stages[fresh]), ("place_id", place_ids[fresh])):
            if len(numbers) and (numbers == numbers[0]).all():
                same[name] = int(numbers[0])
            else:
                columns[name] = numbers
        rows = zip(*(column.tolist() for column in columns.values()), strict=True)
        writing.insert("figure", tuple(columns), rows, same)
        writing.insert("figure", _FIGURE, findings.figures)
        rounded = fresh & (reading.steps > 1)
        steps = zip(
            part_ids[rounded].tolist(),
            reading.areas[rounded].tolist(),
            repeat(1),
            reading.steps[rounded].tolist(),
            strict=False,
        )
        writing.insert("figure_step", _STEP, [*steps, *findings.steps])
        writing.insert("sighting", _SIGHTING, findings.sightings)
        writing.insert("rounded_sighting", (*_SIGHTING, "value", "stage"), findings.rounded)
        writing.insert("return_detail", _DETAIL, findings.details)
        for area, area_kind, name in reading.area_facts:
            self._areas.setdefault(area, (area_kind, name))
        self._held += findings.held
        self._figures += len(part_ids)
        self._new += findings.new
        self._revised += findings.revised
        self._confirmed += findings.confirmed

    def finish(self, recipe: str, kind: str, loaded_at: datetime) -> LoadResult:
        """Writes where the figures come from, and what is held."""
        writing, snapshot = self._writing, self._snapshot
        if not writing.rows("select 1 from snapshot where sha256 = :sha256", sha256=snapshot.sha256):
            writing.insert(
                "snapshot",
                ("sha256", "size", "source", "name", "origin", "how", "obtained_at"),
                [
                    (snapshot.sha256, snapshot.size, snapshot.source, snapshot.name, snapshot.origin, snapshot.how)
                    + (self._recorded_at,)
                ],
            )
        writing.insert(
            "load",
            ("id", "source", "sha256", "recipe", "kind", "recorded_at", "loaded_at")
            + ("figures", "new", "revised", "confirmed", "held", "about"),
            [
                (self._id, snapshot.source, snapshot.sha256, recipe, kind, self._recorded_at, moment_text(loaded_at))
                + (self._figures, self._new, self._revised, self._confirmed, len(self._held), self._about)
            ],
        )
        writing.insert(
            "place",
            ("id", "load_id", "sheet"),
            [(place_id, self._id, sheet) for sheet, place_id in self._sheets.items()],
        )
        writing.insert(
            "load_area",
            ("load_id", "area", "kind", "name"),
            [(self._id, area, *fact) for area, fact in self._areas.items()],
        )
        first_held = _next_id(writing, "held_revision")
        writing.insert("held_revision", _HELD, [(first_held + n, *row) for n, row in enumerate(self._held)])
        if writing.dialect == "postgresql" and self._figures > _LARGE:
            writing.run("analyze figure")
        return LoadResult(
            status="loaded",
            load_id=self._id,
            new=self._new,
            revised=self._revised,
            confirmed=self._confirmed,
            held=read_held(writing, load_id=self._id) if self._held else (),
        )


def _next_id(transaction: Reading, table: str) -> int:
    ((highest,),) = transaction.rows(f"select coalesce(max(id), 0) from {table}")  # noqa: S608 - our own names
    return int(highest) + 1


class _Row(NamedTuple):
    """One figure of the file, to be compared."""

    part_id: int
    area: str
    value: int | Decimal
    stage: int
    step: int
    place_id: int
    cell: str
    detail: _Detail | None


class _Recorded(NamedTuple):
    """One recorded version; the greatest is the figure that stands."""

    stage: int
    known_at: str
    version: int
    value: int | float | Decimal
    about: str


def _rows(
    reading: _Reading,
    chosen: "np.ndarray[Any, Any]",
    part_ids: "np.ndarray[Any, Any]",
    place_ids: "np.ndarray[Any, Any]",
    details: dict[tuple[str, str], _Detail],
) -> Iterator[_Row]:
    for part, part_id, area, value, stage, step, place_id, cell in zip(
        reading.parts[chosen].tolist(),
        part_ids[chosen].tolist(),
        reading.areas[chosen].tolist(),
        reading.values[chosen].tolist(),
        reading.stages[chosen].tolist(),
        reading.steps[chosen].tolist(),
        place_ids[chosen].tolist(),
        reading.cells[chosen].tolist(),
        strict=True,
    ):
        series, _, _, period = reading.keys[part]
        yield _Row(part_id, area, value, stage, step, place_id, cell, details.get((series, period)))


@dataclass(slots=True)
class _Part:
    """What is recorded of one (measure, period)."""

    current: dict[str, _Recorded]
    last_version: dict[str, int]
    details: dict[tuple[str, int], _Detail]
    steps: dict[tuple[str, int], int]
    held: set[tuple[str, int, Decimal, int]]
    """(area, version, value, stage) that were held before, whatever was decided."""


def _compare(part: _Part, row: _Row, recorded_at: str, about: str, findings: _Findings) -> None:
    """Decides what one figure of the file is, beside what is recorded of it."""
    key = (row.part_id, row.area)
    current = part.current.get(row.area)
    if current is None:
        findings.new += 1
        _add_version(row, 1, findings)
        return
    value = restored(current.value)
    detail = part.details.get((row.area, current.version))
    step = part.steps.get((row.area, current.version), 1)
    # two publications of one figure: the more precise stands, the other confirms it within its own rounding
    coarser, finer = row.step > step, row.step < step
    alike = value == row.value or (step != row.step and 2 * abs(value - row.value) <= max(step, row.step))
    if not alike or _contradicts(row.detail, detail):
        older = about < current.about and row.stage <= current.stage
        if current.stage == Stage.FINAL.rank or coarser or finer or older:
            findings.standing[key] = None
            if (row.area, current.version, Decimal(row.value), row.stage) not in part.held:
                findings.held.append(
                    (row.part_id, row.area, current.version, stored(value), current.stage, row.value, row.stage)
                    + (row.detail or (None,) * len(_Detail._fields))
                    + (row.place_id, row.cell, recorded_at)
                )
            return
        findings.revised += 1
    elif not finer and row.stage <= current.stage and row.detail == detail and current.known_at <= recorded_at:
        findings.confirmed += 1
        findings.standing[key] = current.version
        sighting = (row.part_id, row.area, current.version, row.place_id, row.cell)
        if value == row.value:
            findings.sightings.append(sighting)
        else:
            findings.rounded.append((*sighting, row.value, row.stage))
        return
    elif finer and value != row.value:
        findings.revised += 1
    else:
        # settled at a higher stage, explained differently, or known earlier than was recorded so far
        findings.confirmed += 1
    _add_version(row, part.last_version[row.area] + 1, findings)


def _add_version(row: _Row, version: int, findings: _Findings) -> None:
    findings.standing[row.part_id, row.area] = version
    findings.figures.append((row.part_id, row.area, version, row.value, row.stage, row.place_id, row.cell))
    if row.step > 1:
        findings.steps.append((row.part_id, row.area, version, row.step))
    if row.detail:
        findings.details.append((row.part_id, row.area, version, *row.detail))


def _contradicts(detail: _Detail | None, other: _Detail | None) -> bool:
    """Whether both give a numerator, or both a denominator, and not the same."""
    if detail is None or other is None:
        return False
    pairs = ((detail.numerator, other.numerator), (detail.denominator, other.denominator))
    return any(mine is not None and theirs is not None and mine != theirs for mine, theirs in pairs)


def _by_figure(details: Sequence[Detailed]) -> dict[tuple[str, str], _Detail]:
    return {
        (detail.series, detail.period): _Detail(
            None if detail.numerator is None else decimal_text(detail.numerator),
            None if detail.denominator is None else decimal_text(detail.denominator),
            detail.sample_size,
            detail.evidence,
            detail.remark,
            detail.entered_by,
            detail.entered_on,
            detail.correction,
        )
        for detail in details
    }


@dataclass(slots=True)
class _Parts:
    """The parts of a frame, in the frame's numbering: their ids, whether they were there, and what is recorded."""

    ids: list[int] = field(default_factory=list)
    known: list[bool] = field(default_factory=list)
    recorded: dict[int, _Part] = field(default_factory=dict)
    new_measures: list[tuple[int, str, str, str]] = field(default_factory=list)
    new_parts: list[tuple[int, int, str]] = field(default_factory=list)


def _find_parts(transaction: Reading, keys: Sequence[tuple[str, str, str, str]]) -> _Parts:
    """Looks up the frame's measures and parts, and plans those that do not exist yet."""
    measures: dict[tuple[str, str], tuple[int, str]] = {}
    existing: dict[tuple[int, str], int] = {}
    asked: dict[str, set[str]] = {}
    for series, dimensions, _, _ in keys:
        asked.setdefault(series, set()).add(dimensions)
    for series, of_series in asked.items():
        for measure_id, dimensions, unit in _rows_in(
            transaction,
            "select id, dimensions, unit from measure where series = :series and dimensions in ({})",
            of_series,
            series=series,
        ):
            measures[series, dimensions] = (measure_id, unit)
    for part_id, measure_id, period in _rows_in(
        transaction,
        "select id, measure_id, period from part where measure_id in ({})",
        [measure_id for measure_id, _ in measures.values()],
    ):
        existing[measure_id, period] = part_id
    parts = _Parts()
    next_measure, next_part = _next_id(transaction, "measure"), _next_id(transaction, "part")
    for series, dimensions, unit, period in keys:
        if (series, dimensions) not in measures:
            measures[series, dimensions] = (next_measure, unit)
            parts.new_measures.append((next_measure, series, dimensions, unit))
            next_measure += 1
        measure_id, recorded_unit = measures[series, dimensions]
        if recorded_unit != unit:
            raise _other_unit(series, dimensions, recorded_unit, unit)
        part_id = existing.get((measure_id, period))
        parts.known.append(part_id is not None)
        if part_id is None:
            part_id = existing[measure_id, period] = next_part
            parts.new_parts.append((part_id, measure_id, period))
            next_part += 1
        parts.ids.append(part_id)
    parts.recorded = _read_parts(
        transaction, [part_id for part_id, known in zip(parts.ids, parts.known, strict=True) if known]
    )
    return parts


def _read_parts(transaction: Reading, part_ids: Sequence[int]) -> dict[int, _Part]:
    """What is recorded of each of the parts."""
    parts = {part_id: _Part({}, {}, {}, {}, set()) for part_id in part_ids}
    for part_id, area, *version in _rows_in(
        transaction,
        "select part_id, area, stage, recorded_at, version, value, about from figure"
        " inner join place on place.id = place_id inner join load on load.id = load_id where part_id in ({})",
        parts,
    ):
        part, recorded = parts[part_id], _Recorded(*version)
        part.current[area] = max(part.current.get(area, recorded), recorded, key=lambda one: one[:3])
        part.last_version[area] = max(part.last_version.get(area, 0), recorded.version)
    for part_id, area, number, *detail in _rows_in(
        transaction,
        "select part_id, area, version, numerator, denominator, sample_size, evidence, remark, entered_by, entered_on,"
        " correction from return_detail where part_id in ({})",
        parts,
    ):
        parts[part_id].details[area, number] = _Detail(*detail)
    for part_id, area, number, step in _rows_in(
        transaction, "select part_id, area, version, step from figure_step where part_id in ({})", parts
    ):
        parts[part_id].steps[area, number] = step
    for part_id, area, number, value, stage in _rows_in(
        transaction,
        "select part_id, area, version, new_value, new_stage from held_revision where part_id in ({})",
        parts,
    ):
        parts[part_id].held.add((area, number, restored(value), stage))
    return parts


def _rows_in(
    transaction: Reading, statement: str, values: Collection[str] | Collection[int], **others: Any
) -> Iterator[Sequence[Any]]:
    """The rows of a query with `in ({})`, asked for some of the values at a time."""
    remaining = iter(sorted(values))
    while some := list(islice(remaining, _ASKED_AT_ONCE)):
        names = {f"value_{number}": value for number, value in enumerate(some)}
        yield from transaction.rows(statement.format(", ".join(f":{name}" for name in names)), **names, **others)


def _other_unit(series: str, dimensions: str, recorded: str, found: str) -> FigureImplausible:
    return FigureImplausible(
        what=f"series {series} ({dimensions}) has another unit than before",
        expected=f"{recorded}; found {found}",
        kept="what was recorded is kept; nothing of this file was loaded",
        remedy="correct the unit in config/sources/, then load the file again",
    )


def _in_key_order(frame: "pd.DataFrame") -> _Reading:
    """The frame as arrays, sorted by part and area, so that the rows of a new part are appended and not inserted."""
    import numpy as np

    columns = {name: _coded(frame[name]) for name in READING_COLUMNS if name not in ("value", "step", "cell")}
    combined = np.zeros(len(frame), dtype=np.int64)
    for name in ("series", "dimensions", "unit", "period"):
        codes, labels = columns[name]
        combined = combined * len(labels) + codes
    _, first, sorted_parts = np.unique(combined, return_index=True, return_inverse=True)
    # numbered as they come, so that a frame that is built part by part is in order already
    appearance = np.argsort(first)
    rank = np.empty(len(first), dtype=np.int64)
    rank[appearance] = np.arange(len(first))
    parts, first = rank[sorted_parts], first[appearance]
    keys = [
        tuple(columns[name][1][columns[name][0][i]] for name in ("series", "dimensions", "unit", "period"))
        for i in first.tolist()
    ]
    area_codes, area_labels = columns["area"]
    key = parts * len(area_labels) + area_codes
    order: Any = slice(None) if (np.diff(key) > 0).all() else np.lexsort((area_codes, parts))
    areas = np.array(area_labels, dtype=object)
    ranks = np.array([Stage(label).rank for label in columns["stage"][1]], dtype=np.int64)
    return _Reading(
        keys=keys,
        parts=parts[order],
        areas=areas[area_codes[order]],
        values=_numbers(frame["value"])[order],
        stages=ranks[columns["stage"][0][order]],
        steps=frame["step"].to_numpy(dtype=np.int64)[order],
        sheets=columns["sheet"][0][order],
        cells=frame["cell"].to_numpy(dtype=object)[order],
        sheet_names=columns["sheet"][1],
        area_facts=_area_facts(columns),
    )


def _coded(column: "pd.Series[Any]") -> tuple["np.ndarray[Any, Any]", list[str]]:
    """A text column as numbers into its sorted labels."""
    import numpy as np
    import pandas as pd

    codes, uniques = pd.factorize(column)
    if len(codes) and codes.min() < 0:
        raise ValueError(f"the column {column.name!r} of a reading has an empty place in row {int(codes.argmin())}")
    labels = [str(label) for label in uniques.tolist()]
    order = sorted(range(len(labels)), key=labels.__getitem__)
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return ranks[codes], [labels[n] for n in order]


def _numbers(column: "pd.Series[Any]") -> "np.ndarray[Any, Any]":
    import numpy as np

    if column.dtype == np.int64:
        return column.to_numpy()
    numbers = np.empty(len(column), dtype=object)
    numbers[:] = [stored(Decimal(value)) for value in column]
    return numbers


def _area_facts(columns: dict[str, tuple["np.ndarray[Any, Any]", list[str]]]) -> list[tuple[str, str, str]]:
    """What kind of area each is, and its name, by its first row."""
    import numpy as np

    _, first = np.unique(columns["area"][0], return_index=True)
    area, kind, name = (columns[column] for column in ("area", "kind", "area_name"))
    return [(area[1][area[0][i]], kind[1][kind[0][i]], name[1][name[0][i]]) for i in first.tolist()]


def _repetitions(reading: _Reading) -> "np.ndarray[Any, Any]":
    """Which rows say again what the row before them says of the same figure.

    Raises FigureImplausible when the file gives one figure twice, and differently.
    """
    import numpy as np

    again = np.zeros(len(reading.parts), dtype=bool)
    again[1:] = (reading.parts[1:] == reading.parts[:-1]) & (reading.areas[1:] == reading.areas[:-1])
    for i in np.flatnonzero(again):
        if reading.values[i] != reading.values[i - 1] or reading.stages[i] != reading.stages[i - 1]:
            series, dimensions, _, period = reading.keys[reading.parts[i]]
            cells = [locator_text(reading.sheet_names[reading.sheets[n]], reading.cells[n]) for n in (i - 1, i)]
            raise FigureImplausible(
                what=f"{cells[0]} and {cells[1]} both give {series} ({dimensions}) of {reading.areas[i]} for {period}",
                expected=f"the same number; found {reading.values[i - 1]} and {reading.values[i]}",
                kept="the file is kept; nothing of it was loaded",
                remedy="ask the publisher which is right, or describe the columns in config/sources/",
            )
    return again
