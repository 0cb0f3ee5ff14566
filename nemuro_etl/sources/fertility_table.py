"""厚労省's table of fertility rates over five years: prefectures, health centres and municipalities in one column."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import numpy as np

from nemuro_etl.catalog.types import FileKind, Source
from nemuro_etl.model.area import JAPAN, AreaKind
from nemuro_etl.sources.areas import PREFECTURES, area_kind
from nemuro_etl.sources.container import Sheet
from nemuro_etl.sources.faults import Place
from nemuro_etl.sources.frame import Areas, Block, Reading, tidy
from nemuro_etl.sources.labels import (
    distance,
    fold,
    fold_path,
    layouts_of,
    mapping_of,
    read_headings,
    sequence,
    year_of,
)
from nemuro_etl.sources.preface import (
    check_columns,
    check_empty_right,
    check_preface,
    header_of,
    preface_of,
    table_of,
    trimmed,
)

_SPAN = re.compile(r"(平成|令和)(元|\d{1,2})年?~(平成|令和)?(元|\d{1,2})年")
_AREA = re.compile(r"(\d+)(\D.*)")
_NOISE = Decimal("1e-9")


_HEADER = "rate_labels"
"""Where the spec declares the labels by which the header is found."""


@dataclass(frozen=True, slots=True)
class _Rate:
    code: str
    name: str
    kind: AreaKind
    row: int
    value: Decimal | None


def recognise(kind: FileKind, sheets: Sequence[Sheet]) -> bool:
    """Whether a sheet has the title above a header with the label of the rate."""
    return any(header_of(kind.spec, sheet, _HEADER) is not None for sheet in sheets)


def read(source: Source, kind: FileKind, sheets: Sequence[Sheet], name: str) -> Reading:
    """The rates of prefectures and municipalities in a workbook that `recognise` has accepted."""
    place, sheet, header = table_of(Place(source, name, kind.id, ""), kind.spec, sheets, _HEADER)
    return _Reader(place, kind.spec, sheet, header).read()


class _Reader:
    def __init__(self, place: Place, spec: Mapping[str, object], sheet: Sheet, header: int) -> None:
        self.place = place
        self.spec = spec
        self.sheet = sheet
        self.header = header
        self.marks = {fold_path(mark) for mark in sequence(spec, "missing_marks")}
        self.country = {fold_path(label) for label in sequence(spec, "country_labels")}
        self.notes = tuple(fold_path(mark) for mark in sequence(spec, "note_marks"))
        self.quantum = Decimal(1).scaleb(-int(str(spec["decimals"])))

    def read(self) -> Reading:
        check_preface(self.place, self.sheet, self.header, sequence(self.spec, "unit_notes"))
        period = self._period()
        first, column = self._columns()
        rates, health_centres, without = self._rates(first, column)
        stored = sorted((rate for rate in rates if rate.value is not None), key=lambda rate: rate.code)
        if not stored:
            raise self.place.implausible("no rate of any area", "expected at least one")
        areas = Areas([rate.code for rate in stored], [rate.name for rate in stored], [rate.kind for rate in stored])
        block = Block(
            series=str(self.spec["series"]),
            period=period,
            dimensions="",
            unit="",
            areas=np.arange(len(stored), dtype=np.intp),
            values=np.array([rate.value for rate in stored], dtype=object),
            cells=[self.place.cell(rate.row, column).rpartition("!")[2] for rate in stored],
        )
        remarks = [f"columns not used: {', '.join(self.unused)}"] if self.unused else []
        if health_centres:
            remarks.append(f"{health_centres} rows of 保健所 are no municipalities: not stored")
        if without:
            remarks.append(f"no rate published for: {'、'.join(without)}")
        return Reading(self.place.kind, (tidy(areas, [block], self.sheet.name),), tuple(remarks))

    def _period(self) -> str:
        text = preface_of(self.sheet, self.header)
        years = int(str(self.spec["years"]))
        spans = set()
        for match in _SPAN.finditer(text):
            begins = year_of(f"{match[1]}{match[2]}年")
            ends = year_of(f"{match[3] or match[1]}{match[4]}年")
            spans.add((begins, ends))
        if len(spans) == 1:
            begins, ends = spans.pop()
            if begins is not None and ends is not None and ends - begins + 1 == years:
                return f"{begins}/{ends}"
        raise self.place.implausible(
            f"the title in {self.sheet.name}!1–{self.header} does not say which years the rates are of",
            f"expected one span of {years} years like 平成25年～平成29年; found: {text!r}",
        )

    def _columns(self) -> tuple[int, int]:
        """The first row of data and the column of the rate."""
        candidates = []
        for layout in layouts_of(self.spec):
            height = int(str(layout["header_rows"]))
            start = self.header - int(str(layout["rate_row"])) + 1
            if start < 0:
                continue
            rows = self.sheet.rows[start : start + height]
            found = trimmed([heading.path for heading in read_headings(rows, unit_row=False, keys=frozenset())])
            expected = [fold_path(label) for label in sequence(layout, "columns")]
            candidates.append((distance(found, expected), layout, start + height, found, expected))
        _, layout, first, found, expected = min(candidates, key=lambda candidate: candidate[0])
        check_columns(self.place, first - 1, found, [(str(layout["id"]), expected)])
        return self._accept(layout, first, found)

    def _accept(self, layout: Mapping[str, object], first: int, found: Sequence[str]) -> tuple[int, int]:
        rate = fold_path(str(layout["rate"]))
        area = fold_path(str(layout["area"]))
        self.area = list(found).index(area)
        self.unused = [label for label in found if label not in (rate, area)]
        check_empty_right(self.place, self.sheet, first, len(found))
        return first, list(found).index(rate)

    def _rates(self, first: int, column: int) -> tuple[list[_Rate], int, list[str]]:
        rates: list[_Rate] = []
        seen: dict[str, int] = {}
        health_centres = 0
        prefecture = ""
        noted = False
        for row in range(first, len(self.sheet.rows)):
            cells = self.sheet.rows[row]
            label = fold(cells[self.area])
            if not any(fold(cell) for cell in cells):
                continue
            if label.startswith(self.notes):
                if any(fold(cell) for index, cell in enumerate(cells) if index != self.area):
                    raise self.place.implausible(
                        f"{self.place.cell(row, self.area)}: a note with numbers beside it", "expected a note alone"
                    )
                noted = True
                continue
            if noted:
                raise self.place.implausible(
                    f"{self.place.cell(row, self.area)}: “{label}” below the notes", "expected nothing below the notes"
                )
            rate = self._rate(row, label, column)
            if rate is None:
                health_centres += 1
                code = label
            else:
                rates.append(rate)
                code = rate.code
            if code in seen:
                raise self.place.implausible(
                    f"{self.place.cell(row, self.area)}: “{label}” a second time",
                    f"expected it once; it stands in {self.place.cell(seen[code], self.area)} too",
                )
            seen[code] = row
            if len(code) > 2:
                if code[:2] < prefecture:
                    raise self.place.implausible(
                        f"{self.place.cell(row, self.area)}: “{label}” below areas of the prefecture {prefecture}",
                        "expected municipalities and health centres prefecture by prefecture: labels may be shifted",
                    )
                prefecture = code[:2]
        bounds = mapping_of(self.spec, "believable_areas")
        if not int(bounds["min"]) <= len(rates) <= int(bounds["max"]):
            raise self.place.implausible(
                f"{self.sheet.name}: {len(rates)} areas", f"expected {bounds['min']} to {bounds['max']} areas"
            )
        orphan = next((rate for rate in rates if rate.code != JAPAN and rate.code[:2] not in seen), None)
        if orphan is not None:
            raise self.place.implausible(
                f"{self.place.cell(orphan.row, self.area)}: {orphan.name} without its prefecture",
                f"expected a row of the prefecture {orphan.code[:2]}",
            )
        return rates, health_centres, [rate.name for rate in rates if rate.value is None]

    def _rate(self, row: int, label: str, column: int) -> _Rate | None:
        """The rate of one row; None for a health centre."""
        where = self.place.cell(row, self.area)
        value = self._value(row, column)
        if label in self.country:
            return _Rate(JAPAN, label.lstrip("0"), AreaKind.COUNTRY, row, value)
        match = _AREA.fullmatch(label)
        if match is None:
            raise self.place.implausible(f"{where}: “{label}”", "expected a code and a name like 13101千代田区")
        code, name = match[1], match[2]
        if len(code) == 4 and code[:2] in PREFECTURES and name.endswith(tuple(sequence(self.spec, "health_centres"))):
            return None
        kind = area_kind(code.ljust(5, "0"), name) if len(code) in (2, 5) else None
        if kind is None or (kind is AreaKind.PREFECTURE) != (len(code) == 2):
            raise self.place.implausible(
                f"{where}: the code {code} with the name “{name}”",
                "expected a code of 2 (都道府県), 4 (保健所) or 5 digits (市区町村) and a name that belong together",
            )
        return _Rate(code, name, kind, row, value)

    def _value(self, row: int, column: int) -> Decimal | None:
        cell = self.sheet.rows[row][column]
        text = fold(cell)
        where = self.place.cell(row, column)
        if text in self.marks:
            return None
        try:
            exact = Decimal(repr(cell) if isinstance(cell, float) else text)
        except InvalidOperation:
            raise self.place.implausible(
                f"{where}: “{text}”",
                f"expected a rate or one of the marks {' '.join(sorted(self.marks))}",
            ) from None
        bounds = mapping_of(self.spec, "believable_rate")
        if not exact.is_finite() or not Decimal(bounds["min"]) <= exact <= Decimal(bounds["max"]):
            raise self.place.implausible(f"{where}: {text}", f"expected a rate of {bounds['min']} to {bounds['max']}")
        value = exact.quantize(self.quantum)
        if abs(value - exact) > _NOISE:
            raise self.place.implausible(f"{where}: {text}", f"expected a rate in steps of {self.quantum}")
        return value
