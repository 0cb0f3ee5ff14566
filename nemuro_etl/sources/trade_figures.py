"""What rows of trade come to: figures by commodity and country, and sums by HS chapter and by office.

A row's direction, office, commodity and country are one number, so that millions of rows are compared and grouped
without a text among them. A row has thirteen values: its twelve months, then its year.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nemuro_etl.model.area import JAPAN, AreaKind
from nemuro_etl.model.figure import READING_COLUMNS
from nemuro_etl.sources.areas import area_kind
from nemuro_etl.sources.faults import Place
from nemuro_etl.sources.labels import mapping_of, sequence
from nemuro_etl.sources.trade_stages import Stages

Numbers = npt.NDArray[np.int64]
YEAR = 12
"""The column of the year, after the months."""
_COUNTRIES = 1000
_COMMODITIES = 10**9
_OF_A_CHAPTER = 10**7 * _COUNTRIES
"""How many keys a chapter has."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one year, some of a file's: where they stand, what they are about, and their values."""

    first: Numbers
    last: Numbers
    """By row: the first and last number of its line or values in the file."""
    keys: Numbers
    values: Numbers
    """By row, thirteen columns."""


@dataclass(frozen=True, slots=True)
class Sum:
    """The values of several rows together, and between which places of the file they stand."""

    values: Numbers
    first: int
    last: int

    def __add__(self, other: "Sum") -> "Sum":
        return Sum(self.values + other.values, min(self.first, other.first), max(self.last, other.last))


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that becomes figures: `office` is "" for Japan's; a cell for each of its values."""

    direction: str
    office: str
    dimensions: str
    values: Numbers
    cells: Sequence[str]


Words = Callable[[Sum], Sequence[str]]
"""The cells of the thirteen values of a sum."""


def key_of(direction: Any, office: Any, commodity: Any, country: Any) -> Any:
    """What a row is about, as one number; the office or country of a table that has none is 0. Arrays as well."""
    return ((direction * 1000 + office) * _COMMODITIES + commodity) * _COUNTRIES + country


def offices_in(keys: Numbers) -> Numbers:
    """The office of each row."""
    return keys // _COUNTRIES // _COMMODITIES % 1000


def parts_of(key: int) -> tuple[str, str, str, str]:
    """Direction, office, commodity and country of a key, as text."""
    key, country = divmod(key, _COUNTRIES)
    key, commodity = divmod(key, _COMMODITIES)
    direction, office = divmod(key, 1000)
    return str(direction), f"{office:03}", f"{commodity:09}", f"{country:03}"


class Sums:
    """Sums by direction, office and HS chapter, added up some rows at a time."""

    def __init__(self) -> None:
        self._by_group: dict[int, Sum] = {}

    def add(self, rows: Rows) -> None:
        groups = rows.keys // _OF_A_CHAPTER
        order = np.argsort(groups, kind="stable")
        found, starts = np.unique(groups[order], return_index=True)
        values = np.add.reduceat(rows.values[order], starts)
        first, last = np.minimum.reduceat(rows.first[order], starts), np.maximum.reduceat(rows.last[order], starts)
        for number, group in enumerate(found.tolist()):
            added = Sum(values[number], int(first[number]), int(last[number]))
            known = self._by_group.get(group)
            self._by_group[group] = added if known is None else known + added

    def by_chapter_and_office(self) -> dict[tuple[str, str, str], Sum]:
        """By direction, chapter and office."""
        found = {}
        for group, total in sorted(self._by_group.items()):
            direction, office, commodity, _ = parts_of(group * _OF_A_CHAPTER)
            found[direction, commodity[:2], office] = total
        return found

    def months_traded(self) -> int:
        """How many months there are up to the last one in which anything was traded."""
        return months_traded(self.values())

    def values(self) -> Numbers:
        """The values of the months and the year, a row a group."""
        return np.array([total.values for total in self._by_group.values()])


class Figures:
    """The figures of one year of a file."""

    def __init__(self, place: Place, spec: Mapping[str, object], year: str, months: int, obtained: date) -> None:
        self._place = place
        self._spec = spec
        self._year = year
        self._months = months
        """How many of the year are published."""
        self._obtained = obtained
        self._stages = Stages(spec, place.file)
        self.chapters = sequence(spec, "whole_chapters")
        self.mapped = mapping_of(spec, "offices")

    def chapter_sums(self, sums: Mapping[tuple[str, str, str], Sum], words: Words) -> list[Entry]:
        """By office and HS chapter."""
        return [
            Entry(direction, office, f"commodity={chapter};office={office}", total.values, words(total))
            for (direction, chapter, office), total in sums.items()
        ]

    def office_sums(self, sums: Mapping[tuple[str, str], Sum], words: Words) -> list[Entry]:
        """By office, all goods together."""
        return [
            Entry(direction, office, f"office={office}", total.values, words(total))
            for (direction, office), total in sums.items()
        ]

    def chapters_without_trade(
        self,
        sums: Mapping[tuple[str, str, str], Sum],
        read: Mapping[tuple[str, str], Sum],
        offices: Collection[str],
        words: Words,
    ) -> list[Entry]:
        """0 for each chapter that the file holds and in which an office of ours traded nothing.

        So a chapter of which nothing is recorded is one that was not read.
        """
        nothing = np.zeros(YEAR + 1, dtype=np.int64)
        return [
            Entry(direction, office, f"commodity={chapter};office={office}", nothing, words(total))
            for (direction, chapter), total in read.items()
            for office in offices
            if (direction, chapter, office) not in sums
        ]

    def frame(self, entries: Sequence[Entry]) -> pd.DataFrame:
        """One row a figure: every entry in each published month, and in the year once all are published."""
        year = int(self._year)
        columns = [(month, f"{self._year}-{month + 1:02}") for month in range(self._months)]
        if self._months == YEAR:
            columns.append((YEAR, self._year))
        places = {office: self._area(office) for office in {entry.office for entry in entries}}
        directions = mapping_of(self._spec, "directions")
        stages = {direction: self._stages_of(direction, year) for direction in {entry.direction for entry in entries}}

        def in_each(texts: Iterable[str]) -> Any:
            once = pd.Categorical(pd.Series(list(texts), dtype=object))
            return pd.Categorical.from_codes(np.tile(once.codes, len(columns)), categories=once.categories)

        size = len(entries) * len(columns)
        values = np.array([entry.values for entry in entries])
        content: dict[str, Any] = {
            "series": in_each(directions[entry.direction] for entry in entries),
            "area": in_each(places[entry.office][0] for entry in entries),
            "area_name": in_each(places[entry.office][1] for entry in entries),
            "kind": in_each(str(places[entry.office][2]) for entry in entries),
            "period": pd.Categorical.from_codes(
                np.repeat(np.arange(len(columns)), len(entries)),
                categories=pd.Index([period for _, period in columns], dtype=object),
            ),
            "dimensions": in_each(entry.dimensions for entry in entries),
            "value": np.concatenate([values[:, column] for column, _ in columns]),
            "unit": _constant(str(self._spec["unit"]), size),
            "stage": pd.Categorical(
                pd.Series([stages[entry.direction][column] for column, _ in columns for entry in entries], dtype=object)
            ),
            "step": np.ones(size, dtype=np.int64),
            "sheet": _constant("", size),
            "cell": np.array([entry.cells[column] for column, _ in columns for entry in entries], dtype=object),
        }
        return pd.DataFrame({name: content[name] for name in READING_COLUMNS})

    def _stages_of(self, direction: str, year: int) -> list[str]:
        """The stage of each month, then of the year: that of its least settled month."""
        months = [
            self._stages.stage(direction, year, month + 1, self._months, self._obtained)
            for month in range(self._months)
        ]
        return [stage.value for stage in (*months, min(months, key=lambda stage: stage.rank))]

    def _area(self, office: str) -> tuple[str, str, AreaKind]:
        """Where an office's figures belong: Japan, unless config says which municipality."""
        if office not in self.mapped:
            return JAPAN, str(self._spec["country_name"]), AreaKind.COUNTRY
        declared = mapping_of(self.mapped, office)
        kind = area_kind(declared["area"], declared["name"])
        if kind is None:
            raise self._place.implausible(
                f"offices: {office} is {declared['area']} “{declared['name']}”", "expected a code and a name of an area"
            )
        return declared["area"], declared["name"], kind


def keeps(spec: Mapping[str, object], office: str) -> bool:
    """Whether the rows of an office ("" in a table without offices) are kept one by one, not only in sums."""
    patterns = sequence(spec, "detail_offices")
    return office in mapping_of(spec, "offices") or any(fnmatchcase(office, form) for form in patterns)


def months_traded(values: Numbers) -> int:
    """How many months there are up to the last one in which any of the rows has a value."""
    traded = np.flatnonzero(values[:, :YEAR].any(axis=0))
    return int(traded[-1]) + 1 if len(traded) else 0


def over_offices(sums: Mapping[tuple[str, str, str], Sum]) -> dict[tuple[str, str], Sum]:
    """By direction and chapter, all offices together."""
    return _added(((direction, chapter), total) for (direction, chapter, _), total in sums.items())


def over_chapters(sums: Mapping[tuple[str, str, str], Sum]) -> dict[tuple[str, str], Sum]:
    """By direction and office, all chapters together."""
    return _added(((direction, office), total) for (direction, _, office), total in sums.items())


def _added(sums: Iterable[tuple[tuple[str, str], Sum]]) -> dict[tuple[str, str], Sum]:
    found: dict[tuple[str, str], Sum] = {}
    for key, total in sums:
        found[key] = found[key] + total if key in found else total
    return found


def _constant(text: str, size: int) -> Any:
    return pd.Categorical.from_codes(np.zeros(size, dtype=np.int8), categories=pd.Index([text], dtype=object))
