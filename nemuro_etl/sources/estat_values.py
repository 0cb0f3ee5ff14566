"""e-Stat's API: figures of the tables of its database. Which table means which series is spec, class by class."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nemuro_etl.catalog.types import FileKind, Source
from nemuro_etl.model.area import JAPAN, AreaKind
from nemuro_etl.model.figure import dimensions_text
from nemuro_etl.sources.areas import area_kind
from nemuro_etl.sources.container import File
from nemuro_etl.sources.estat_answer import Answer, is_json, open_answer
from nemuro_etl.sources.faults import Place
from nemuro_etl.sources.frame import Areas, Block, Reading, tidy
from nemuro_etl.sources.labels import fold, fold_path, mapping_of, sequence

_COUNTRY = "00000"


@dataclass(frozen=True, slots=True)
class _Area:
    code: str
    name: str
    kind: AreaKind


def recognise(kind: FileKind, start: bytes) -> bool:
    """Whether it is JSON: an answer that is no table is refused with the publisher's own words."""
    return is_json(start)


def read(source: Source, kind: FileKind, file: File) -> Reading:
    """The figures of the one table in an answer of getStatsData, or in one page of it."""
    place = Place(source, file.name, kind.id, "")
    tables = mapping_of(kind.spec, "tables")
    answer = open_answer(place, file.content, tables)
    return _Reader(place, mapping_of(tables, answer.table), answer).read()


class _Reader:
    def __init__(self, place: Place, table: Mapping[str, object], answer: Answer) -> None:
        self.place = place
        self.table = table
        self.answer = answer
        self.marks = {fold(mark) for mark in sequence(table, "missing_marks")}

    def read(self) -> Reading:
        meanings = self._meanings()
        areas, not_stored = self._areas()
        times = self._times()
        figures, without = self._figures(meanings, areas, not_stored, times)
        self._check_sums(figures)
        if not figures:
            raise self.place.implausible("VALUE: no figure", "expected at least one")
        codes = sorted({area for _, _, area in figures})
        names = {area.code: area for area in areas.values()}
        table = Areas(codes, [names[code].name for code in codes], [names[code].kind for code in codes])
        rank = {code: index for index, code in enumerate(codes)}
        blocks: dict[tuple[str, str], list[tuple[str, int, int]]] = defaultdict(list)
        for (dimensions, period, area), (value, number) in figures.items():
            blocks[dimensions, period].append((area, value, number))
        remarks = [*self.answer.remarks]
        if self.answer.remarks:
            remarks.append("sums are checked only where all of their parts are on this page")
        if not_stored:
            remarks.append(f"no municipalities, not stored: {'、'.join(sorted(not_stored.values()))}")
        if without:
            remarks.append(f"{without} values that the publisher marks as not there: no figures")
        return Reading(
            self.place.kind,
            (tidy(table, [self._block(key, sorted(rows), rank) for key, rows in sorted(blocks.items())], ""),),
            tuple(remarks),
        )

    def _block(self, key: tuple[str, str], rows: Sequence[tuple[str, int, int]], rank: Mapping[str, int]) -> Block:
        return Block(
            series=str(self.table["series"]),
            period=key[1],
            dimensions=key[0],
            unit=str(self.table["unit"]),
            areas=np.array([rank[area] for area, _, _ in rows], dtype=np.intp),
            values=np.array([value for _, value, _ in rows], dtype=np.int64),
            cells=[f"VALUE {number}:$" for _, _, number in rows],
        )

    def _meanings(self) -> dict[str, dict[str, dict[str, str]]]:
        """By class object and code: the dimensions that it stands for; its name is compared with the declared one."""
        declared = mapping_of(self.table, "classes")
        unknown = sorted(self.answer.classes.keys() - declared.keys() - {"area", "time"})
        absent = sorted((declared.keys() | {"area", "time"}) - self.answer.classes.keys())
        if unknown or absent:
            raise self.place.layout_changed(
                f"CLASS_INF: {', '.join(unknown) or 'nothing'} more and {', '.join(absent) or 'nothing'} less",
                f"expected the classes {', '.join(declared)}, area, time",
            )
        meanings: dict[str, dict[str, dict[str, str]]] = {}
        for name in declared:
            codes = mapping_of(declared, name)
            meanings[name] = {}
            for entry in self.answer.classes[name]:
                code = str(entry["@code"])
                if code not in codes:
                    raise self.place.implausible(
                        f"CLASS_INF/{name}: the code {code} “{entry['@name']}”", f"expected one of {', '.join(codes)}"
                    )
                meaning = mapping_of(codes, code)
                if fold(entry["@name"]) != fold_path(meaning["name"]):
                    raise self.place.implausible(
                        f"CLASS_INF/{name}: the code {code} is “{entry['@name']}”", f"expected “{meaning['name']}”"
                    )
                meanings[name][code] = {key: text for key, text in meaning.items() if key != "name"}
        return meanings

    def _areas(self) -> tuple[dict[str, _Area], dict[str, str]]:
        """The areas by their code here, and the names of those that are declared as not stored."""
        skipped = mapping_of(self.table, "areas_not_stored")
        areas: dict[str, _Area] = {}
        not_stored: dict[str, str] = {}
        for entry in self.answer.classes["area"]:
            code, name = str(entry["@code"]), fold(entry["@name"])
            kind = (
                AreaKind.COUNTRY
                if code == _COUNTRY
                else area_kind(code, name)
                if re.fullmatch(r"\d{5}", code)
                else None
            )
            if code in areas or code in not_stored:
                raise self.place.implausible(f"CLASS_INF/area: the code {code} twice", "expected it once")
            if code in skipped and fold_path(skipped[code]) == name:
                not_stored[code] = name
            elif kind is None:
                raise self.place.implausible(
                    f"CLASS_INF/area: the code {code} with the name “{name}”",
                    "expected a code and a name that belong together",
                )
            elif kind is AreaKind.COUNTRY:
                areas[code] = _Area(JAPAN, name, kind)
            else:
                areas[code] = _Area(code[:2] if kind is AreaKind.PREFECTURE else code, name, kind)
        return areas, not_stored

    def _times(self) -> dict[str, str]:
        declared = mapping_of(self.table, "times")
        times = {}
        for entry in self.answer.classes["time"]:
            code = str(entry["@code"])
            if code not in declared:
                raise self.place.implausible(
                    f"CLASS_INF/time: {code} “{entry['@name']}”", f"expected one of {', '.join(declared)}"
                )
            times[code] = declared[code]
        return times

    def _figures(
        self,
        meanings: Mapping[str, Mapping[str, Mapping[str, str]]],
        areas: Mapping[str, _Area],
        not_stored: Mapping[str, str],
        times: Mapping[str, str],
    ) -> tuple[dict[tuple[str, str, str], tuple[int, int]], int]:
        """Value and number in the list, by dimensions, period and area; and how many are marked as not there."""
        fixed = mapping_of(self.table, "dimensions")
        units = {str(entry["@code"]): entry.get("@unit") for entry in self.answer.classes["tab"]}
        figures: dict[tuple[str, str, str], tuple[int, int]] = {}
        seen: dict[tuple[str, ...], int] = {}
        without = 0
        for number, value in enumerate(self.answer.values, 1):
            where = f"VALUE {number}"
            codes = [self.answer.code(where, value, name) for name in (*meanings, "area", "time")]
            if tuple(codes) in seen:
                raise self.place.implausible(
                    f"{where}: the same classes a second time",
                    f"expected them once; they are VALUE {seen[tuple(codes)]} too",
                )
            seen[tuple(codes)] = number
            unit = value.get("@unit", units.get(str(value.get("@tab"))))
            if unit != self.table["unit"]:
                raise self.place.implausible(f"{where}: the unit “{unit}”", f"expected {self.table['unit']}")
            text = fold(value.get("$", ""))
            if text in self.marks:
                without += 1
                continue
            if not re.fullmatch(r"\d{1,15}", text):
                raise self.place.implausible(
                    f"{where}: “{text}”",
                    f"expected a whole number, not below zero, or one of {' '.join(sorted(self.marks))}",
                )
            *classes, area, time = codes
            if area in not_stored:
                continue
            dimensions = dict(fixed)
            for name, code in zip(meanings, classes, strict=True):
                dimensions.update(meanings[name][code])
            figures[dimensions_text(dimensions), times[time], areas[area].code] = int(text), number
        return figures, without

    def _check_sums(self, figures: Mapping[tuple[str, str, str], tuple[int, int]]) -> None:
        """Refuse a whole (`sex: total`) that is not the sum of its parts where all of them are there."""
        sums = mapping_of(self.table, "sums")
        for dimension in sums:
            whole, *parts = sequence(sums, dimension)
            mark = f"{dimension}={whole}"
            for (dimensions, period, area), (value, number) in figures.items():
                if mark not in dimensions.split(";"):
                    continue
                others = [
                    figures.get((dimensions.replace(mark, f"{dimension}={part}"), period, area)) for part in parts
                ]
                found = [other[0] for other in others if other is not None]
                if len(found) == len(parts) and sum(found) != value:
                    raise self.place.implausible(
                        f"VALUE {number}: {value} in {area} is not {' + '.join(map(str, found))}",
                        f"expected {sum(found)}",
                    )
