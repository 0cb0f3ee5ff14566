"""e-Stat's tables of trade by customs office, commodity and country (税関別品別国別), as its API answers.

Months that are not out hold 0, and an office may well have traded nothing in the last one that is. So the months count
as published up to the day of the table's last change, and up to the last one with any trade.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from nemuro_etl.catalog.types import FileKind, Source
from nemuro_etl.sources.container import File
from nemuro_etl.sources.estat_answer import Answer, is_json, open_answer
from nemuro_etl.sources.faults import Place
from nemuro_etl.sources.frame import Reading
from nemuro_etl.sources.labels import fold, mapping_of, sequence
from nemuro_etl.sources.trade_figures import (
    YEAR,
    Entry,
    Figures,
    Numbers,
    Rows,
    Sum,
    Sums,
    key_of,
    months_traded,
    over_chapters,
)
from nemuro_etl.sources.trade_stages import Stages

_FORMS = {"cat01": r"(\d{9})", "cat03": r"50(\d{3})", "area": r"50(\d{3})", "time": r"(\d{4})000000"}
"""Commodity, office, country and year, by class."""
_MEASURE = "cat02"
_NARROWED = re.compile(r"_(CAT01|AREA)_")

Row = tuple[str, str, str]
"""Commodity, country, office."""


def recognise(kind: FileKind, start: bytes) -> bool:
    """Whether it is JSON: an answer that is no table is refused with the publisher's own words."""
    return is_json(start)


def read(source: Source, kind: FileKind, file: File) -> Reading:
    """Exports or imports of the published months, by row; of an answer with all goods of an office, sums too."""
    place = Place(source, file.name, kind.id, "")
    (shared,) = (other.spec for other in source.file_kinds if other.id == kind.spec["like"])
    tables = mapping_of(kind.spec, "tables")
    answer = open_answer(place, file.content, tables)
    return _Reader(place, {**shared, **kind.spec}, answer, mapping_of(tables, answer.table), file.obtained).read()


class _Reader:
    def __init__(
        self, place: Place, spec: Mapping[str, object], answer: Answer, table: Mapping[str, str], obtained: date
    ) -> None:
        self.place = place
        self.spec = spec
        self.answer = answer
        self.direction = table["direction"]
        self.years = table["years"]
        self.updated = self._updated()
        self.obtained = obtained
        self.columns = self._columns()

    def read(self) -> Reading:
        if self.answer.remarks:
            raise self.place.implausible(
                self.answer.remarks[0],
                "expected one answer: the measures of a row are spread over the pages (narrow the request to one "
                "office, cdCat03, and to values, cdCat02, or raise its limit)",
            )
        whole = self._whole()
        remarks = [] if whole else ["narrowed to some goods or countries, or not said to what: rows only, no sums"]
        frames = []
        for year, rows in sorted(self._rows().items()):
            values = np.array([[value for value, _ in row] for row in rows.values()], dtype=np.int64)
            months = self._published(year, values)
            if months < YEAR:
                remarks.append(f"months after {year}-{months:02} are not published yet: no figures")
            figures = Figures(self.place, self.spec, year, months, self.obtained)
            entries = [self._entry(key, row) for key, row in rows.items()]
            if whole:
                entries += self._sums(figures, rows, values)
            frames.append(figures.frame(entries))
        return Reading(self.place.kind, tuple(frames), tuple(remarks))

    def _updated(self) -> date | None:
        """The day of the table's last change: what it holds is what had been published by then."""
        try:
            return date.fromisoformat(self.answer.updated) if self.answer.updated else None
        except ValueError:
            raise self.place.implausible(
                f"TABLE_INF/UPDATED_DATE: “{self.answer.updated}”", "expected a day like 2024-03-13"
            ) from None

    def _columns(self) -> dict[str, int | None]:
        """By code of a measure: which of the thirteen values it is; None for units and quantities."""
        wanted = {*_FORMS, _MEASURE}
        if self.answer.classes.keys() != wanted:
            raise self.place.layout_changed(
                f"CLASS_INF: the classes {', '.join(sorted(self.answer.classes))}",
                f"expected {', '.join(sorted(wanted))}",
            )
        for name, form in _FORMS.items():
            for code in self.answer.codes[name]:
                if not re.fullmatch(form, code):
                    raise self.place.implausible(f"CLASS_INF/{name}: the code {code}", f"expected one like {form}")
        declared = mapping_of(self.spec, "measures")
        months = {f"Value-{label}": int(month) - 1 for label, month in mapping_of(self.spec, "months").items()}
        meanings: dict[str, int | None] = {}
        for entry in self.answer.classes[_MEASURE]:
            code, name = str(entry["@code"]), fold(entry["@name"])
            if name.removeprefix(f"{code}_") != fold(declared.get(code, "")):
                raise self.place.implausible(
                    f"CLASS_INF/{_MEASURE}: the code {code} is “{entry['@name']}”",
                    f"expected “{declared[code]}”" if code in declared else f"expected one of {', '.join(declared)}",
                )
            meanings[code] = YEAR if declared[code] == "Value-Year" else months.get(declared[code])
        return meanings

    def _rows(self) -> dict[str, dict[Row, list[tuple[int, int]]]]:
        """By year and row: its thirteen values, each with its number in the list."""
        found: dict[str, dict[Row, dict[int, tuple[int, int]]]] = {}
        seen: dict[tuple[str, ...], int] = {}
        names = ("time", "cat01", "area", "cat03", _MEASURE)
        for number, value in enumerate(self.answer.values, 1):
            where = f"VALUE {number}"
            codes = tuple(self.answer.code(where, value, name) for name in names)
            if codes in seen:
                raise self.place.implausible(
                    f"{where}: the same classes a second time", f"expected them once; they are VALUE {seen[codes]} too"
                )
            seen[codes] = number
            column = self.columns[codes[-1]]
            if column is None:
                continue
            text = fold(value.get("$", ""))
            if not re.fullmatch(r"\d{1,17}", text):
                raise self.place.implausible(f"{where}: “{text}”", "expected a whole number, not below zero")
            row = (codes[1], codes[2][2:], codes[3][2:])
            found.setdefault(codes[0][:4], {}).setdefault(row, {})[column] = int(text), number
        if not found:
            raise self.place.implausible("VALUE: no value of trade", "expected at least one")
        return {
            year: {row: self._complete(year, row, values) for row, values in rows.items()}
            for year, rows in found.items()
        }

    def _complete(self, year: str, row: Row, values: Mapping[int, tuple[int, int]]) -> list[tuple[int, int]]:
        where = f"{year} commodity {row[0]}, country {row[1]}, office {row[2]}"
        first, _, last = self.years.partition("-")
        if not first <= year <= (last or "9999"):
            raise self.place.implausible(
                f"VALUE {values[min(values)][1]}: {where}", f"expected a year of the table, {self.years}"
            )
        if len(values) <= YEAR:
            raise self.place.implausible(
                f"{where}: {len(values)} values",
                f"expected {YEAR + 1}, the months' and the year's (narrow cdCat02 to all of them)",
            )
        if row[0][:2] not in sequence(self.spec, "whole_chapters"):
            raise self.place.implausible(where, "expected a commodity of one of whole_chapters")
        in_order = [values[column] for column in range(YEAR + 1)]
        months = sum(value for value, _ in in_order[:YEAR])
        if abs(months - in_order[YEAR][0]) > int(str(self.spec["year_tolerance"])):
            raise self.place.implausible(
                f"VALUE {in_order[YEAR][1]}: {in_order[YEAR][0]} of {where}",
                f"expected the sum of the months, {months}",
            )
        return in_order

    def _whole(self) -> bool:
        """Whether the answer holds all goods and countries of its offices: it is narrowed by nothing else."""
        narrowing = self.answer.narrowing
        return narrowing is not None and not any(_NARROWED.search(key) for key in narrowing)

    def _published(self, year: str, values: Numbers) -> int:
        months = months_traded(values)
        if self.updated is not None:
            stages = Stages(self.spec, self.place.file)
            out = [stages.published_on(self.direction, int(year), month) <= self.updated for month in range(1, 13)]
            months = max(months, sum(out))
        if not months:
            raise self.place.implausible(
                f"no value above 0 in any month of {year}", "expected at least one published month"
            )
        return months

    def _entry(self, row: Row, values: Sequence[tuple[int, int]]) -> Entry:
        commodity, country, office = row
        return Entry(
            self.direction,
            office,
            f"commodity={commodity};country={country};office={office}",
            np.array([value for value, _ in values], dtype=np.int64),
            [f"VALUE {number}:$" for _, number in values],
        )

    def _sums(self, figures: Figures, rows: Mapping[Row, Sequence[tuple[int, int]]], values: Numbers) -> list[Entry]:
        """By office: of each HS chapter, and of all goods together."""

        def words(total: Sum) -> list[str]:
            return [f"VALUE {total.first}-{total.last}:$"] * (YEAR + 1)

        numbers = np.array([[number for _, number in row] for row in rows.values()], dtype=np.int64)
        about = np.array([[int(part) for part in row] for row in rows], dtype=np.int64)
        keys = key_of(int(self.direction), about[:, 2], about[:, 0], about[:, 1])
        added = Sums()
        added.add(Rows(numbers.min(axis=1), numbers.max(axis=1), keys, values))
        sums = added.by_chapter_and_office()
        offices = over_chapters(sums)
        everything = Sum(np.zeros(YEAR + 1, dtype=np.int64), 1, len(self.answer.values))
        read = {(self.direction, chapter): everything for chapter in figures.chapters}
        ours = [office for _, office in offices if office in figures.mapped]
        return [
            *figures.chapter_sums(sums, words),
            *figures.chapters_without_trade(sums, read, ours, words),
            *figures.office_sums(offices, words),
        ]
