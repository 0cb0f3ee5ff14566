"""社人研's projections of one age group: municipalities × years, in one vintage."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from nemuro_etl.catalog.types import FileKind, Source
from nemuro_etl.model.area import AreaKind
from nemuro_etl.model.figure import dimensions_text
from nemuro_etl.sources.areas import area_kind
from nemuro_etl.sources.container import Sheet
from nemuro_etl.sources.faults import Place
from nemuro_etl.sources.frame import Areas, Block, Reading, tidy
from nemuro_etl.sources.labels import fold, fold_path, layouts_of, mapping_of, sequence, year_of
from nemuro_etl.sources.preface import (
    check_columns,
    check_empty_right,
    check_preface,
    header_of,
    preface_of,
    table_of,
    trimmed,
)

_VINTAGE = re.compile(r"(平成|令和)(元|\d{1,2})(?:\((\d{4})\))?年(?:\((\d{4})\))?(?:\d{1,2}月)?推計")
_YEAR = re.compile(r"(?:(?:平成|令和)(?:元|\d{1,2})年)?\(?(\d{4})年?\)?")


_HEADER = "code_labels"
"""Where the spec declares the labels by which the header is found."""


@dataclass(frozen=True, slots=True)
class _Line:
    """The row of one area; kind None where the publisher's region is no area of the national list of codes."""

    code: str
    name: str
    kind: AreaKind | None
    row: int
    values: Sequence[int]


def recognise(kind: FileKind, sheets: Sequence[Sheet]) -> bool:
    """Whether a sheet has the title above a header with the label of the code."""
    return any(header_of(kind.spec, sheet, _HEADER) is not None for sheet in sheets)


def read(source: Source, kind: FileKind, sheets: Sequence[Sheet], name: str) -> Reading:
    """The projected residents in a workbook that `recognise` has accepted; every year of every area."""
    place, sheet, header = table_of(Place(source, name, kind.id, ""), kind.spec, sheets, _HEADER)
    return _Reader(place, kind.spec, sheet, header).read()


class _Reader:
    def __init__(self, place: Place, spec: Mapping[str, object], sheet: Sheet, header: int) -> None:
        self.place = place
        self.spec = spec
        self.sheet = sheet
        self.header = header
        self.notes = tuple(fold_path(mark) for mark in sequence(spec, "note_marks"))
        self.keys = {fold_path(label): key for label, key in mapping_of(spec, "keys").items()}

    def read(self) -> Reading:
        check_preface(self.place, self.sheet, self.header, sequence(self.spec, "unit_notes"))
        layout = self._layout()
        self._read_header(layout)
        lines = self._lines()
        self._check_sums(lines)
        stored = sorted((line for line in lines if line.kind is not None), key=lambda line: line.code)
        areas = Areas(
            [line.code for line in stored],
            [line.name for line in stored],
            [line.kind for line in stored if line.kind is not None],
        )
        dimensions = dimensions_text({"age": self.age, "sex": str(self.spec["sex"]), "vintage": str(layout["vintage"])})
        blocks = [
            Block(
                series=str(self.spec["series"]),
                period=f"{year}-10-01",
                dimensions=dimensions,
                unit=str(self.spec["unit"]),
                areas=np.arange(len(stored), dtype=np.intp),
                values=np.array([line.values[index] for line in stored], dtype=np.int64),
                cells=[self.place.cell(line.row, column).rpartition("!")[2] for line in stored],
            )
            for index, (year, column) in enumerate(self.years)
        ]
        remarks = [f"columns not used: {', '.join(self.unused)}"] if self.unused else []
        without = [line.name for line in lines if line.kind is None]
        if without:
            remarks.append(f"{'、'.join(without)}: no area of the national list of codes: checked and not stored")
        return Reading(self.place.kind, (tidy(areas, blocks, self.sheet.name),), tuple(remarks))

    def _layout(self) -> Mapping[str, object]:
        """The declared layout of the vintage that the preface names."""
        text = preface_of(self.sheet, self.header)
        named = set()
        for match in _VINTAGE.finditer(text):
            year = year_of(f"{match[1]}{match[2]}年")
            western = match[3] or match[4]
            if western is not None and western != str(year):
                raise self.place.implausible(
                    f"the title in {self.sheet.name}!1–{self.header}: {match[0]}", f"expected {year} in brackets"
                )
            named.add(str(year))
        layouts = {str(layout["vintage"]): layout for layout in layouts_of(self.spec)}
        if len(named) != 1 or not named <= layouts.keys():
            raise self.place.layout_changed(
                f"the title in {self.sheet.name}!1–{self.header} names the projection of "
                f"{' and '.join(sorted(named)) or 'no year'}",
                f"expected one of the declared vintages {', '.join(layouts)}, like 平成25年推計; found: {text!r}",
            )
        return layouts[named.pop()]

    def _read_header(self, layout: Mapping[str, object]) -> None:
        """Where keys and years stand, and which age group it is: by the labels, compared with the whole layout."""
        if self.header + 1 == len(self.sheet.rows):
            raise self.place.layout_changed(
                f"{self.place.cell(self.header, 0)}: nothing below the first row of labels",
                "expected a second one with the years",
            )
        upper, lower = self.sheet.rows[self.header : self.header + 2]
        found: list[str] = []
        group = ""
        for top, bottom in zip(map(fold, upper), map(fold, lower), strict=True):
            group = top or (group if bottom else "")
            year = _YEAR.fullmatch(bottom)
            found.append("/".join(part for part in (group, year[1] if year else bottom) if part))
        found = trimmed(found)
        tables = {
            str(age): [fold_path(label) for label in sequence(mapping_of(self.spec, "tables"), age)]
            for age in mapping_of(self.spec, "tables")
        }
        candidates = [
            (f"{layout['vintage']} {age}", self._expected(layout, label)) for age in tables for label in tables[age]
        ]
        accepted, labels = check_columns(self.place, self.header + 1, found, candidates)
        self.age = accepted.split(" ", 1)[1]
        self.columns = {self.keys[label]: column for column, label in enumerate(labels) if label in self.keys}
        first = len(self.columns)
        count = self._count(layout)
        self.years = [
            (int(label.rpartition("/")[2]), first + n) for n, label in enumerate(labels[first : first + count])
        ]
        self.unused = list(dict.fromkeys(label.rpartition("/")[0] for label in labels[first + count :]))
        check_empty_right(self.place, self.sheet, self.header, len(labels))

    def _count(self, layout: Mapping[str, object]) -> int:
        return (int(str(layout["last"])) - int(str(layout["first"]))) // int(str(self.spec["years_step"])) + 1

    def _expected(self, layout: Mapping[str, object], label: str) -> list[str]:
        step = int(str(self.spec["years_step"]))

        def years(first: object) -> range:
            return range(int(str(first)), int(str(layout["last"])) + 1, step)

        return [
            *self.keys,
            *(f"{label}/{year}" for year in years(layout["first"])),
            *(
                f"{fold_path(index)}/{year}"
                for index, first in mapping_of(layout, "unused").items()
                for year in years(first)
            ),
        ]

    def _lines(self) -> list[_Line]:
        lines: list[_Line] = []
        seen: dict[str, int] = {}
        noted = False
        for row in range(self.header + 2, len(self.sheet.rows)):
            cells = [fold(cell) for cell in self.sheet.rows[row]]
            if not any(cells):
                continue
            first = next(cell for cell in cells if cell)
            if first.startswith(self.notes):
                noted = True
                continue
            if noted:
                raise self.place.implausible(
                    f"{self.sheet.name}!A{row + 1}: “{first}” below the notes", "expected nothing"
                )
            line = self._line(row, cells)
            if line.code in seen:
                raise self.place.implausible(
                    f"{self._cell(row, 'code')}: the code {line.code} a second time",
                    f"expected it once; it stands in {self._cell(seen[line.code], 'code')} too",
                )
            seen[line.code] = row
            lines.append(line)
        bounds = mapping_of(self.spec, "believable_areas")
        if not int(bounds["min"]) <= len(lines) <= int(bounds["max"]):
            raise self.place.implausible(
                f"{self.sheet.name}: {len(lines)} areas", f"expected {bounds['min']} to {bounds['max']} areas"
            )
        return lines

    def _cell(self, row: int, key: str) -> str:
        return self.place.cell(row, self.columns[key])

    def _line(self, row: int, cells: Sequence[str]) -> _Line:
        raw, mark = cells[self.columns["code"]], cells[self.columns["kind"]]
        prefecture, municipality = cells[self.columns["prefecture"]], cells[self.columns["municipality"]]
        name = municipality or prefecture
        kinds = mapping_of(self.spec, "kinds")
        if mark not in kinds:
            raise self.place.implausible(
                f"{self._cell(row, 'kind')}: “{mark}”", f"expected one of the kinds {' '.join(kinds)}"
            )
        if not re.fullmatch(r"\d{4,5}", raw):
            raise self.place.implausible(
                f"{self._cell(row, 'code')}: “{raw}”",
                "expected a code of 5 digits, or of 4 where the leading 0 is lost",
            )
        code = raw.zfill(5)
        values = [self._value(row, column) for _, column in self.years]
        allowed = sequence(kinds, mark)
        if not allowed:
            return _Line(code, name, None, row, values)
        kind = area_kind(code, name)
        if kind is None or kind not in allowed or (kind is AreaKind.PREFECTURE) != (not municipality):
            raise self.place.implausible(
                f"{self._cell(row, 'code')}: the code {code} and the kind {mark} with the name “{name}”",
                f"expected a code, a kind ({', '.join(allowed)}) and a name that belong together",
            )
        return _Line(code[:2] if kind is AreaKind.PREFECTURE else code, name, kind, row, values)

    def _value(self, row: int, column: int) -> int:
        text = fold(self.sheet.rows[row][column])
        if not re.fullmatch(r"\d{1,9}", text):
            raise self.place.implausible(
                f"{self.place.cell(row, column)}: “{text}”", "expected a whole number of residents, not below zero"
            )
        return int(text)

    def _check_sums(self, lines: Sequence[_Line]) -> None:
        """Refuse a prefecture or designated city that is not the sum of its parts, within their rounding to whole people."""
        wholes = {line.code: line for line in lines if line.kind in (AreaKind.PREFECTURE, AreaKind.DESIGNATED_CITY)}
        parts: dict[str, list[_Line]] = defaultdict(list)
        for line in lines:
            if line.code in wholes:
                continue
            if line.code[:2] not in wholes:
                raise self.place.implausible(
                    f"{self._cell(line.row, 'code')}: {line.name} without its prefecture",
                    f"expected a row of the prefecture {line.code[:2]}",
                )
            parts[line.code[:2]].append(line)
            if line.kind is AreaKind.WARD:
                city = max((code for code in wholes if len(code) == 5 and code < line.code), default="")
                if city[:2] == line.code[:2]:
                    parts[city].append(line)
        for code, members in parts.items():
            whole = wholes[code]
            for index, (year, column) in enumerate(self.years):
                total = sum(member.values[index] for member in members)
                if 2 * abs(total - whole.values[index]) > len(members) + 1:
                    raise self.place.implausible(
                        f"{self.place.cell(whole.row, column)}: {whole.name} in {year} is {whole.values[index]}",
                        f"expected the sum of its {len(members)} parts, {total}",
                    )
