"""A file that somebody or something has changed is refused, or reads as before but for what was changed: never else.

Every edit has a number; the same number makes the same edit again:
`python -m tests.contract.test_mutations "fertility" 1234` does one, `python -m tests.contract.test_mutations 2000` prints
the table of docs/mutations.md.
"""

import csv
import io
import re
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from random import Random
from typing import Any
from unittest import mock

import pytest

from nemuro_etl.errors import Fault
from nemuro_etl.sources import reading
from nemuro_etl.sources.container import Sheet
from nemuro_etl.sources.frame import Reading
from tests.samples import (
    make_census,
    make_furusato,
    make_projection,
    make_registry,
    make_tourism,
    make_trade,
    make_vital,
)
from tests.samples.edits import Edit, copy_of, damage_at_random, edit_at_random
from tests.samples.make_registry import Grid
from tests.samples.public_source import public_source
from tests.samples.read_bytes import read

SHORT, LONG = 80, 3000
BYTES = 8
"""Every so many an edit is one of bytes."""

Key = tuple[str, str, str, str]
"""Series, area, period, dimensions."""


class Class(StrEnum):
    """What a reader made of an edited file."""

    REFUSED = "refused"
    SAME = "the same figures"
    ONLY_EDITED = "only figures of the edited cells"
    LEFT_OUT = "whole areas left out"
    OTHER_LABEL = "another valid label"
    MORE_MONTHS = "months taken for published"
    WRONG = "silently wrong"


# --- the samples ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sample:
    """A file as a grid to be edited, and as bytes."""

    source: str
    name: str
    grids: Callable[[], list[Grid]]
    data: Callable[[], bytes]
    written: Callable[[list[Grid]], bytes] | None = None
    """A text file's grid as bytes again; a workbook's is read without writing it."""
    encoding: str | None = None

    def read(self, grids: list[Grid]) -> Reading:
        """The edited sample, read as reading reads a file."""
        if self.written is not None:
            return read(public_source(self.source), self.written(grids), self.name)
        sheets = [Sheet(grid.sheet, _rectangle(grid)) for grid in grids if grid.rows]
        with mock.patch.object(reading, "open_sheets", return_value=sheets):
            return read(public_source(self.source), b"PK\x03\x04", self.name)


def _rectangle(grid: Grid) -> list[list[object]]:
    """As calamine gives a sheet: equally wide, every number a float."""
    width = max(map(len, grid.rows))
    return [
        [*(float(cell) if isinstance(cell, int) else cell for cell in row), *[""] * (width - len(row))]
        for row in grid.rows
    ]


def _csv_text(grids: list[Grid], encoding: str) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(grids[0].rows if grids else [])
    return text.getvalue().encode(encoding, "replace")


def _census_grid() -> list[Grid]:
    data = make_census.answer()["GET_STATS_DATA"]["STATISTICAL_DATA"]
    labels = ["@tab", "@cat01", "@area", "@time", "@unit", "$"]
    values = [labels, *([value[label] for label in labels] for value in data["DATA_INF"]["VALUE"])]
    classes = [["@id", "@code", "@name"]]
    for entry in data["CLASS_INF"]["CLASS_OBJ"]:
        ones = entry["CLASS"] if isinstance(entry["CLASS"], list) else [entry["CLASS"]]
        classes += [[entry["@id"], one["@code"], one["@name"]] for one in ones]
    return [Grid("VALUE", values), Grid("CLASS", classes)]


def _census_text(grids: list[Grid]) -> bytes:
    """The answer with the values and classes of the grids; what is in no grid stays as it was."""
    answer = make_census.answer()
    data = answer["GET_STATS_DATA"]["STATISTICAL_DATA"]
    for grid in grids:
        entries: list[dict[str, Any]] = [
            {str(label): str(cell) for label, cell in zip(grid.rows[0], row, strict=False)} for row in grid.rows[1:]
        ]
        if grid.sheet == "CLASS":
            objects: dict[str, list[dict[str, Any]]] = {}
            for entry in entries:
                objects.setdefault(str(entry.pop("@id", "")), []).append(entry)
            data["CLASS_INF"]["CLASS_OBJ"] = [{"@id": name, "CLASS": ones} for name, ones in objects.items()]
        else:
            data["DATA_INF"]["VALUE"] = entries
    return make_census.as_bytes(answer)


def _registry(*names: str) -> tuple[Sample, ...]:
    return tuple(
        Sample("registry", name, lambda n=name: [make_registry.grid_of(n)], lambda n=name: make_registry.make(n))
        for name in names
    )


def _furusato(*names: str) -> tuple[Sample, ...]:
    return tuple(
        Sample("furusato", name, lambda n=name: make_furusato.grids_of(n), lambda n=name: make_furusato.make(n))
        for name in names
    )


def _open_data(name: str, encoding: str, change: Callable[[list[list[str]]], list[list[str]]]) -> Sample:
    def rows() -> list[list[str]]:
        return change(make_registry.open_data_rows())

    return Sample(
        "registry",
        name,
        lambda: [Grid("", [list(row) for row in rows()])],
        lambda: make_registry.write_csv(rows(), encoding),
        lambda grids: _csv_text(grids, encoding),
        encoding,
    )


def _report(year: int) -> Sample:
    grids = [make_tourism.cover, make_tourism.report] if year in (2015, 2019) else [make_tourism.report]
    return Sample(
        "tourism", make_tourism.NAMES[year], lambda: [make(year) for make in grids], lambda: make_tourism.make(year)
    )


def _trade(name: str, *keys: str) -> Sample:
    """Twelve rows of a year, by `keys`; the months after September are not yet published."""
    offices = "Custom" in keys

    def rows() -> list[list[str]]:
        lines = [make_trade.header(*keys)]
        for number in range(12):
            values = [100 * number + month if month < 9 else 0 for month in range(12)]
            told = {
                "Custom": "800" if number < 6 else "801",
                "HS": f"'03{number % 6 if offices else number:02}00000'",
                "Country": "105" if number % 2 else "224",
            }
            lines.append(make_trade.row(1, 2018, [told[key] for key in keys], values))
        return [line.split(",") for line in lines]

    return Sample(
        "trade",
        name,
        lambda: [Grid("", [list(row) for row in rows()])],
        lambda: _csv_text([Grid("", [list(row) for row in rows()])], "ascii"),
        lambda grids: _csv_text(grids, "ascii"),
        "ascii",
    )


KINDS: dict[str, tuple[Sample, ...]] = {
    "registry, to 2020": _registry("0503sjin.xls", "1203sjin.xls", "1303ssjin.xls", "1511gsjin.xls", "1803ssjin.xls"),
    "registry, 2021 on": _registry("2203ssjin.xlsx", "2111gsjin.xlsx"),
    "registry by age": _registry("1404ssnen.xls", "1804ssnen.xls", "2104ssnen.xlsx", "2112gsnen.xlsx"),
    "open data CSV": (
        _open_data("012238_population.csv", "utf-8-sig", lambda rows: rows),
        _open_data("012238_population.csv", "cp932", make_registry.lose_leading_zero),
    ),
    "furusato, detail": _furusato(*make_furusato.DETAILS),
    "furusato, history": _furusato(make_furusato.HISTORY),
    "tourism, report": tuple(map(_report, (2009, 2010, 2013, 2015, 2018))),
    "tourism, foreign guests": (
        Sample(
            "tourism",
            make_tourism.FOREIGN["2015"],
            make_tourism.foreign,
            lambda: make_registry.write_xlsx(*make_tourism.foreign()),
        ),
        Sample(
            "tourism",
            make_tourism.FOREIGN["2018上期"],
            make_tourism.foreign_first_half,
            lambda: make_registry.write_xls(*make_tourism.foreign_first_half()),
        ),
    ),
    "fertility": tuple(
        Sample("vital", name, lambda n=name: [make_vital.grid_of(n)], lambda n=name: make_vital.make(n))
        for name in make_vital.SPANS
    ),
    "projection": tuple(
        Sample("projection", name, lambda n=name: [make_projection.grid_of(n)], lambda n=name: make_projection.make(n))
        for name in make_projection.FILES
    ),
    "census": (
        Sample(
            "census",
            make_census.NAME,
            _census_grid,
            lambda: make_census.as_bytes(make_census.answer()),
            _census_text,
            "utf-8",
        ),
    ),
    "trade": (_trade("customs.csv", "Custom", "HS", "Country"), _trade("national.csv", "HS", "Country")),
}


COVERED = ("registry, to 2020", "registry, 2021 on", "registry by age", "tourism, foreign guests")
"""Every number in these is a term of sums that must hold: no wrong one is taken."""


# --- comparing ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Figures:
    """What a reading says, and where it says to have found it."""

    values: dict[Key, tuple[object, ...]]
    """Value, unit, stage, step and the area's kind."""
    places: dict[Key, tuple[str, str]]
    """Sheet and cell."""


def figures_of(table: Reading) -> Figures:
    frame = table.frame
    columns = {name: frame[name].astype(object).tolist() for name in frame.columns}
    keys = list(zip(*(columns[name] for name in ("series", "area", "period", "dimensions")), strict=True))
    if len(set(keys)) != len(keys):
        raise AssertionError("a figure stands twice in the reading")
    values = zip(*(columns[name] for name in ("value", "unit", "stage", "step", "kind")), strict=True)
    places = zip(columns["sheet"], columns["cell"], strict=True)
    return Figures(dict(zip(keys, values, strict=True)), dict(zip(keys, places, strict=True)))


@dataclass(frozen=True)
class Place:
    """The cells that a locator names: one, or a stretch of rows."""

    sheet: int
    rows: range
    column: int
    sum: bool = False


def place_of(grids: Sequence[Grid], sheet: str, cell: str) -> Place:
    """The cell of a locator of any kind of file."""
    number = next((index for index, grid in enumerate(grids) if grid.sheet == sheet), 0)
    if match := re.fullmatch(r"lines? (\d+)(?:-(\d+))?:(.*)", cell):
        column = next((i for i, label in enumerate(grids[0].rows[0]) if str(label).strip() == match[3]), -1)
        return Place(0, range(int(match[1]) - 1, int(match[2] or match[1])), column, match[2] is not None)
    if match := re.fullmatch(r"VALUE (\d+):\$", cell):
        return Place(0, range(int(match[1]), int(match[1]) + 1), 5)
    row, column = grids[number].cell(cell)
    return Place(number, range(row, row + 1), column)


def classify(grids: Sequence[Grid], edit: Edit, before: Figures, after: Figures) -> Class:
    """What has become of the figures of `grids` by an edit that no reader refused."""
    differing = {
        key for key in before.values.keys() | after.values.keys() if before.values.get(key) != after.values.get(key)
    }
    if not differing:
        return Class.SAME
    places = {key: place_of(grids, *(before.places.get(key) or after.places[key])) for key in differing}
    rest = [
        key
        for key, place in places.items()
        if not any((place.sheet, row, place.column) in edit.written for row in place.rows)
    ]
    if not rest:
        return Class.ONLY_EDITED
    if edit.written and _more_months(before, after, rest):
        return Class.MORE_MONTHS
    if edit.removed and _left_out(edit, before, after, places):
        return Class.LEFT_OUT
    renamed = _in_written_rows(edit, list(places.values())) or _relabelled(before, after)
    if renamed and edit.written and not _struck(grids, edit, before):
        return Class.OTHER_LABEL
    return Class.WRONG


def _left_out(edit: Edit, before: Figures, after: Figures, places: dict[Key, Place]) -> bool:
    """All figures of the removed rows are missing, sums over such rows are other sums or missing; nothing else differs.

    Of an area whose rows were removed nothing is left, unless the table has several rows an area (trade).
    """
    of_rows = [key for key, place in places.items() if not place.sum]
    gone = {area for _, area, _, _ in of_rows}
    return (
        all(key in before.values and key not in after.values for key in of_rows)
        and all((places[key].sheet, places[key].rows[0]) in edit.removed for key in of_rows)
        and (any(place.sum for place in places.values()) or all(area not in gone for _, area, _, _ in after.values))
        and all(
            key not in after.values or any((place.sheet, row) in edit.removed for row in place.rows)
            for key, place in places.items()
        )
    )


def _more_months(before: Figures, after: Figures, rest: Sequence[Key]) -> bool:
    """One month more is not 0 (trade): all else that differs is of periods of which nothing was said, or a stage."""
    said = {period for _, _, period, _ in before.values}
    return all(
        key[0].startswith("trade.")
        and (
            key[2] not in said
            or (key in before.values and key in after.values and before.values[key][0] == after.values[key][0])
        )
        for key in rest
    )


def _in_written_rows(edit: Edit, places: Sequence[Place]) -> bool:
    """Whether all that differs stands in rows whose labels were written over (or sums such rows)."""
    rows = {(sheet, row) for sheet, row, _ in edit.written}
    return all(any((place.sheet, row) in rows for row in place.rows) for place in places)


def _struck(grids: Sequence[Grid], edit: Edit, before: Figures) -> bool:
    """Whether the edit has written over a number that is a figure."""
    places = (place_of(grids, *place) for place in before.places.values())
    return any((place.sheet, row, place.column) in edit.written for place in places for row in place.rows)


def _relabelled(before: Figures, after: Figures) -> bool:
    """Whether the same figures stand under other series, areas, periods or dimensions, label by label."""

    def by_label(figures: Figures, field: int) -> Counter[frozenset[object]]:
        groups: dict[str, set[object]] = {}
        for key, value in figures.values.items():
            groups.setdefault(key[field], set()).add(((*key[:field], *key[field + 1 :]), value))
        return Counter(map(frozenset, groups.values()))

    return any(by_label(before, field) == by_label(after, field) for field in range(4))


def classify_damage(grids: Sequence[Grid], before: Figures, after: Figures) -> Class:
    """The same of an edit of bytes: in an .xls one may strike a number, or move it to another cell."""
    differing = {
        key for key in before.values.keys() | after.values.keys() if before.values.get(key) != after.values.get(key)
    }
    if not differing:
        return Class.SAME
    cells = {places[key] for key in differing for places in (before.places, after.places) if key in places}
    if len(cells) <= 2:
        return Class.ONLY_EDITED
    if _relabelled(before, after):
        return Class.OTHER_LABEL
    places = [place_of(grids, *(before.places.get(key) or after.places[key])) for key in differing]
    one_line = all(place.column >= 0 for place in places) and set.intersection(*(set(place.rows) for place in places))
    # In a text every number of a line is a term of its sums: what has changed there unseen is its label.
    return Class.OTHER_LABEL if one_line and grids[0].sheet == "" else Class.WRONG


# --- running --------------------------------------------------------------------------------------------------------


@cache
def unedited(sample: Sample) -> tuple[list[Grid], Figures, bytes]:
    grids = [Grid(grid.sheet, [list(row) for row in _rectangle(grid)]) for grid in sample.grids()]  # type: ignore[arg-type]
    return grids, figures_of(sample.read(copy_of(grids))), sample.data()


def try_edit(kind: str, number: int) -> tuple[Class, str]:
    """What becomes of one edit of one sample, and the edit in words."""
    random = Random(f"{kind} {number}")
    sample = random.choice(KINDS[kind])
    grids, before, data = unedited(sample)
    words = ""
    try:
        if number % BYTES == 0:
            words, damaged = damage_at_random(random, data, sample.encoding)
            result = classify_damage(
                grids, before, figures_of(read(public_source(sample.source), damaged, sample.name))
            )
        else:
            edited = copy_of(grids)
            edit = edit_at_random(random, edited)
            words = edit.words
            result = classify(grids, edit, before, figures_of(sample.read(edited)))
    except Fault as fault:
        missing = [part for part in ("what", "expected", "kept", "remedy") if not getattr(fault, part).strip()]
        named = sample.name in fault.what
        result = Class.REFUSED if named and not missing else Class.WRONG
        words += f" – refused: {fault.what}"
    except Exception as crash:  # noqa: BLE001 – whatever it is, an operator would read a traceback
        result = Class.WRONG
        words += f" – crashed: {crash!r}"
    return result, f"{kind} {number}: {sample.name}: {words}"


def try_edits(kind: str, count: int) -> tuple[Counter[Class], list[str]]:
    """How many of the first `count` edits are of which class, and those that are silently wrong in words."""
    counts: Counter[Class] = Counter()
    wrong = []
    for number in range(count):
        result, words = try_edit(kind, number)
        counts[result] += 1
        if result is Class.WRONG:
            wrong.append(words)
    return counts, wrong


@pytest.mark.parametrize("kind", KINDS)
def test_an_edited_file_is_never_silently_wrong(kind: str) -> None:
    counts, wrong = try_edits(kind, SHORT)
    assert wrong == []
    assert counts[Class.REFUSED] > SHORT // 4
    assert kind not in COVERED or not counts[Class.ONLY_EDITED]


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_thousands_of_edits_are_never_silently_wrong(kind: str) -> None:
    counts, wrong = try_edits(kind, LONG)
    print(kind, dict(counts))
    assert wrong == []
    assert counts.total() == LONG
    assert kind not in COVERED or not counts[Class.ONLY_EDITED]


def main(arguments: Sequence[str]) -> None:
    if len(arguments) == 2:
        print(*try_edit(arguments[0], int(arguments[1])), sep="\n")
        return
    print(f"| sample | {' | '.join(Class)} |")
    print(f"|---|{'---|' * len(Class)}")
    for kind in KINDS:
        counts, wrong = try_edits(kind, int(arguments[0]))
        print(f"| {kind} | {' | '.join(f'{counts[name]:,}' for name in Class)} |", flush=True)
        print(*wrong, sep="\n", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
