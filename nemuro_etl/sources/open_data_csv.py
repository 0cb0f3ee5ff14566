"""自治体標準オープンデータセット「地域・年齢別人口」: a municipality's own population by age as a text table."""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from nemuro_etl.catalog.types import FileKind, Source
from nemuro_etl.model.area import AreaKind, five_digits
from nemuro_etl.model.figure import dimensions_text
from nemuro_etl.sources.areas import area_kind
from nemuro_etl.sources.container import File
from nemuro_etl.sources.faults import Place
from nemuro_etl.sources.frame import Areas, Block, Reading, tidy
from nemuro_etl.sources.labels import (
    differences,
    distance,
    expected_labels,
    fold,
    fold_path,
    layouts_of,
    mapping_of,
    sequence,
)

_DAY = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})")


@dataclass(frozen=True, slots=True)
class _Record:
    """One row of a whole municipality."""

    line: int
    code: str
    name: str
    kind: AreaKind
    day: str
    numbers: Mapping[str, int]
    """By measure, `male/0-4`; a blank cell is not there."""


def recognise(kind: FileKind, start: bytes) -> bool:
    """Whether the first label is that of this kind, in one of the declared encodings."""
    first = fold_path(str(kind.spec["first_label"]))
    text = _decode(kind, start.split(b"\n", 1)[0])
    return text is not None and fold(text.partition(",")[0].strip('"')) == first


def read(source: Source, kind: FileKind, file: File) -> Reading:
    """The figures of the whole municipalities in a file that `recognise` has accepted; 町丁・字 are only counted."""
    place = Place(source, file.name, kind.id, "")
    text = _decode(kind, file.content.read())
    if text is None:
        encodings = ", ".join(sequence(kind.spec, "encodings"))
        raise place.implausible("bytes that are text in none of the declared encodings", f"expected {encodings}")
    return _Reader(place, kind.spec).read(text)


def _decode(kind: FileKind, data: bytes) -> str | None:
    for encoding in sequence(kind.spec, "encodings"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


class _Reader:
    def __init__(self, place: Place, spec: Mapping[str, object]) -> None:
        self.place = place
        self.spec = spec
        self.keys = {fold_path(label): key for label, key in mapping_of(spec, "keys").items()}
        self.names = {fold_path(label): name for label, name in mapping_of(spec, "columns").items()}

    def read(self, text: str) -> Reading:
        lines = self._lines(text)
        labels = [fold(label) for label in lines[0][1]]
        self._check_layout(labels)
        at = {self.keys.get(label) or self.names[label]: column for column, label in enumerate(labels)}
        published = {self.keys.get(label) or self.names[label]: label for label in labels}
        records = []
        districts: dict[int, str] = {}
        for line, row in lines[1:]:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(labels):
                raise self.place.implausible(
                    f"line {line}: {len(row)} cells", f"expected {len(labels)} as in line 1: the file may be cut short"
                )
            if row[at["district_code"]].strip() or row[at["district"]].strip():
                districts[line] = row[at["code"]].strip()
                continue
            records.append(self._record(line, row, at, published))
        self._check_records(records, len(districts))
        if not records:
            raise self.place.implausible(
                "no row of a whole municipality", "expected at least one row without 地域コード and 地域名"
            )
        self._check_districts(districts, records, published["code"])
        remarks = [f"{len(districts)} rows of 町丁・字 are no whole municipality: not stored"] if districts else []
        return Reading(self.place.kind, (self._frame(records, published),), tuple(remarks))

    def _lines(self, text: str) -> list[tuple[int, list[str]]]:
        """The records with the line on which each begins."""
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        lines = []
        begins = 1
        try:
            for row in reader:
                lines.append((begins, row))
                begins = reader.line_num + 1
        except csv.Error as fault:
            raise self.place.implausible(f"line {begins}", f"expected a table with commas; {fault}") from None
        return lines

    def _check_layout(self, labels: Sequence[str]) -> None:
        layouts = layouts_of(self.spec)
        if any(expected_labels(layout, labels) == list(labels) for layout in layouts):
            return
        closest = min(layouts, key=lambda layout: distance(labels, expected_labels(layout, labels)))
        expected = expected_labels(closest, labels)
        told = [f"column {change.column + 1}: {change.text}" for change in differences(labels, expected)]
        raise self.place.layout_changed(
            f"line 1 is none of the declared layouts: {'; '.join(told[:5])}",
            f"expected the {len(expected)} columns of the closest layout “{closest['id']}”; found {len(labels)}",
        )

    def _record(self, line: int, row: Sequence[str], at: Mapping[str, int], published: Mapping[str, str]) -> _Record:
        def cell(name: str) -> str:
            return f"line {line}:{published[name]}"

        raw = row[at["code"]].strip()
        name = row[at["municipality"]].strip() or row[at["prefecture"]].strip()
        try:
            code = five_digits(raw)
        except ValueError as fault:
            raise self.place.implausible(f"{cell('code')}: the code of {name}", f"expected a code; {fault}") from None
        kind = area_kind(code, name)
        if kind is None:
            raise self.place.implausible(
                f"{cell('code')}: the code {raw} with the name “{name}”",
                "expected a code and a name that belong together",
            )
        numbers = {}
        for measure in self.names.values():
            if measure not in at:
                continue
            text = unicodedata.normalize("NFKC", row[at[measure]]).strip()
            if re.fullmatch(r"\d+", text):
                numbers[measure] = int(text)
            elif text or measure.endswith("/all"):
                raise self.place.implausible(f"{cell(measure)}: “{text}”", "expected a whole number, not below zero")
        day = self._day(row[at["date"]], cell("date"))
        self._check_sums(numbers, published, cell)
        return _Record(line, code[:2] if kind is AreaKind.PREFECTURE else code, name, kind, day, numbers)

    def _day(self, text: str, cell: str) -> str:
        match = _DAY.fullmatch(unicodedata.normalize("NFKC", text).strip())
        try:
            if match is None:
                raise ValueError("not a date")
            return date(int(match[1]), int(match[2]), int(match[3])).isoformat()
        except ValueError:
            raise self.place.implausible(f"{cell}: “{text}”", "expected a date like 2025-01-01 or 2025/1/1") from None

    def _check_sums(self, numbers: Mapping[str, int], published: Mapping[str, str], cell: Callable[[str], str]) -> None:
        if numbers["male/all"] + numbers["female/all"] != numbers["total/all"]:
            raise self.place.implausible(
                f"{cell('total/all')}: {numbers['total/all']} is not {numbers['male/all']} + {numbers['female/all']} "
                f"({cell('male/all')}, {cell('female/all')})",
                f"expected {numbers['male/all'] + numbers['female/all']}",
            )
        for sex in ("male", "female"):
            classes = _classes(numbers, sex)
            # Where the file has a column of unknown age, a blank there is none.
            if classes > numbers[f"{sex}/all"] or (f"{sex}/unknown" in published and classes != numbers[f"{sex}/all"]):
                raise self.place.implausible(
                    f"{cell(f'{sex}/all')}: {numbers[f'{sex}/all']} is not the sum of its age classes",
                    f"expected {classes}; found {numbers[f'{sex}/all']}",
                )

    def _check_records(self, records: Sequence[_Record], districts: int) -> None:
        bounds = mapping_of(self.spec, "believable_rows")
        if not int(bounds["min"]) <= len(records) + districts <= int(bounds["max"]):
            raise self.place.implausible(
                f"{len(records) + districts} rows", f"expected {bounds['min']} to {bounds['max']} rows"
            )
        seen: dict[tuple[str, str], int] = {}
        for record in records:
            key = record.code, record.day
            if key in seen:
                raise self.place.implausible(
                    f"line {record.line}: {record.name} on {record.day} a second time",
                    f"expected it once; it stands in line {seen[key]} too",
                )
            seen[key] = record.line

    def _check_districts(self, districts: Mapping[int, str], records: Sequence[_Record], label: str) -> None:
        """A 町丁・字 is part of a whole municipality of the file: a lost or other code is seen in one of the two."""
        whole = {record.code.ljust(5, "0") for record in records}
        for line, code in districts.items():
            # Without the check digit, and with the leading zero that a spreadsheet has lost.
            if code.zfill(6)[:5] not in whole:
                raise self.place.implausible(
                    f"line {line}:{label}: the code {code} of a 町丁・字",
                    f"expected the code of a whole municipality of the file: {', '.join(sorted(whole))}",
                )

    def _frame(self, records: Sequence[_Record], published: Mapping[str, str]) -> pd.DataFrame:
        names = {record.code: (record.name, record.kind) for record in records}
        codes = sorted(names)
        areas = Areas(codes, [names[code][0] for code in codes], [names[code][1] for code in codes])
        place = {code: index for index, code in enumerate(codes)}
        blocks = []
        for measure in dict.fromkeys(self.names.values()):
            if measure not in published:
                continue
            for day in sorted({record.day for record in records}):
                there = [record for record in records if record.day == day and measure in record.numbers]
                blocks.append(self._block(measure, day, there, place, published[measure], measure))
        for sex in ("male", "female"):
            if f"{sex}/unknown" in published:
                continue
            for day in sorted({record.day for record in records}):
                there = [record for record in records if record.day == day and _left(record.numbers, sex)]
                blocks.append(self._block(f"{sex}/unknown", day, there, place, published[f"{sex}/all"], None))
        return tidy(areas, [block for block in blocks if len(block.values)], "")

    def _block(
        self,
        measure: str,
        day: str,
        records: Sequence[_Record],
        place: Mapping[str, int],
        label: str,
        number: str | None,
    ) -> Block:
        """One measure on one day; without `number` it is what the classes leave of the whole."""
        records = sorted(records, key=lambda record: record.code)
        sex, _, age = measure.partition("/")
        spec = mapping_of(self.spec, "population" if age else "households")
        dimensions = {"nationality": str(self.spec["nationality"])} | ({"sex": sex, "age": age} if age else {})
        values = [record.numbers[number] if number else _left(record.numbers, sex) for record in records]
        return Block(
            series=spec["series"],
            period=day,
            dimensions=dimensions_text(dimensions),
            unit=spec["unit"],
            areas=np.array([place[record.code] for record in records], dtype=np.intp),
            values=np.array(values, dtype=np.int64),
            cells=[f"line {record.line}:{label}" for record in records],
        )


def _classes(numbers: Mapping[str, int], sex: str) -> int:
    return sum(value for name, value in numbers.items() if name.startswith(f"{sex}/") and not name.endswith("/all"))


def _left(numbers: Mapping[str, int], sex: str) -> int:
    return numbers[f"{sex}/all"] - _classes(numbers, sex)
