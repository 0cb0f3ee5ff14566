"""Reads 訪日外国人宿泊客数 (別記第4-3号様式): a sheet a municipality, two rows a month, a column a nationality."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from nemuro_etl.catalog.types import FileKind, Source
from nemuro_etl.model.area import AreaKind
from nemuro_etl.model.figure import Stage, dimensions_text
from nemuro_etl.sources.container import Sheet
from nemuro_etl.sources.faults import Place, column_letters
from nemuro_etl.sources.frame import Areas, Block, Reading, tidy
from nemuro_etl.sources.labels import fold, fold_path, mapping_of, sequence
from nemuro_etl.sources.tourism_areas import (
    MONTHS,
    Municipalities,
    RunningSums,
    is_provisional,
    month_period,
    only_fiscal_year,
    subtotal_level,
)

_HALF_YEAR = MONTHS[:6]
_MONTH = re.compile(r"(1[0-2]|[1-9])月")
_COVERAGE = re.compile(r"対象宿泊施設(\d+)軒中[、,]?回答施設(\d+)軒")
_NAME = re.compile(r"市町村名:?")
_TOTAL = "total"

Key = tuple[str, str, str]
"""Series, period or row (`2015-04`, `total`), country."""


def recognise(kind: FileKind, sheets: Sequence[Sheet]) -> bool:
    """Whether some sheet has the heading of the form."""
    return any(_has_heading(kind.spec, sheet) for sheet in sheets)


def read(source: Source, kind: FileKind, sheets: Sequence[Sheet], name: str) -> Reading:
    """The figures of all municipalities. Raises LayoutChanged or FigureImplausible."""
    pages: dict[str, _Page] = {}
    sums, hotels = RunningSums(), RunningSums()
    municipalities = Municipalities(kind.spec)
    remarks = []
    for sheet in sheets:
        place = Place(source, name, kind.id, sheet.name)
        if not _has_heading(kind.spec, sheet):
            _check_unused(place, kind.spec, sheet)
            remarks.append(f"{sheet.name}: not used, it has no heading of the form")
            continue
        page = _PageReader(place, kind.spec, sheet, municipalities).read()
        first = next(iter(pages.values()), page)
        if page.countries != first.countries:
            other = sorted(page.countries ^ first.countries)
            raise place.layout_changed(
                f"{place.cell(*page.named_at)}: the nationalities are not those of “{first.sheet}”",
                f"expected all sheets alike; in one of them only: {', '.join(other)}",
            )
        if (page.year, page.months, page.stage) != (first.year, first.months, first.stage):
            raise place.implausible(
                f"{place.cell(0, 0)}: FY{page.year}, {len(page.months)} months, {page.stage.value}",
                f"expected all sheets alike; “{first.sheet}” has FY{first.year}, {len(first.months)} months, "
                f"{first.stage.value}",
            )
        level = subtotal_level(kind.spec, page.name)
        if level is not None:
            _check_subtotal(place, page, *sums.close(level))
            _check_hotels(place, page, hotels.close(level)[0])
            continue
        if page.name in pages:
            raise place.layout_changed(
                f"{place.cell(*page.named_at)}: {page.name} a second time",
                f"expected it once; it stands on the sheet “{pages[page.name].sheet}” too",
            )
        pages[page.name] = page
        sums.add({key: number for key, (number, _) in page.numbers.items()})
        hotels.add(dict(enumerate(page.hotels)))
        remarks.append(f"{page.name}: 回答 {page.hotels[1]}/{page.hotels[0]} 軒")
    if not pages:
        place = Place(source, name, kind.id, sheets[0].name)
        raise place.layout_changed(f"{place.cell(0, 0)}: no sheet of a municipality", "expected one sheet for each")
    return Reading(kind.id, (_frame(pages, municipalities),), tuple(remarks))


def _has_heading(spec: Mapping[str, object], sheet: Sheet) -> bool:
    text = "".join(fold(value) for row in sheet.rows for value in row if isinstance(value, str))
    return all(fold(word) in text for word in sequence(spec, "title_says"))


def _check_unused(place: Place, spec: Mapping[str, object], sheet: Sheet) -> None:
    """A sheet with the form's rows but without its heading is no note."""
    measures = {fold(label) for label in mapping_of(spec, "measures")}
    for row, values in enumerate(sheet.rows):
        if {fold(value) for value in values} & measures:
            raise place.layout_changed(
                f"{place.cell(row, 0)}: figures on a sheet without the heading of the form",
                f"expected above them: {', '.join(sequence(spec, 'title_says'))}",
            )


@dataclass(frozen=True, slots=True)
class _Page:
    """What one sheet says."""

    sheet: str
    name: str
    named_at: tuple[int, int]
    year: int
    stage: Stage
    months: tuple[int, ...]
    hotels: tuple[int, int]
    """Asked, and answered."""
    countries: frozenset[str]
    numbers: Mapping[Key, tuple[int, str]]
    """Value and cell."""


class _PageReader:
    def __init__(self, place: Place, spec: Mapping[str, object], sheet: Sheet, municipalities: Municipalities) -> None:
        self.place, self.spec, self.sheet, self.municipalities = place, spec, sheet, municipalities
        self.keys = {fold(label): name for label, name in mapping_of(spec, "keys").items()}
        self.totals = {fold(label) for label in sequence(spec, "total_column")}
        self.countries = {fold_path(label): name for label, name in mapping_of(spec, "countries").items()}
        self.measures = {fold(label): series for label, series in mapping_of(spec, "measures").items()}
        self.rows = {fold(label): name for label, name in mapping_of(spec, "rows").items()}
        self.marks = {fold(mark) for mark in sequence(spec, "marks")}

    def read(self) -> _Page:
        header = self._header_row()
        columns = self._columns(header)
        above = self.sheet.rows[:header]
        year = only_fiscal_year(self.place, header, self.sheet)
        provisional = is_provisional(self.spec, above)
        named_at, name = self._name(above, year)
        hotels = self._hotels(above)
        groups = self._groups(header, columns)
        numbers, months = self._numbers(groups, columns, year)
        if months not in (MONTHS, _HALF_YEAR) or (months == _HALF_YEAR) != provisional:
            raise self.place.layout_changed(
                f"{self.place.cell(header, 0)} and below: {len(months)} months ({', '.join(map(str, months))}) under a "
                f"heading of {'the first half' if provisional else 'a whole year'}",
                "expected April to March, or April to September under a heading that says 上期 or 速報",
            )
        return _Page(
            self.sheet.name,
            name,
            named_at,
            year,
            Stage.PRELIMINARY if provisional else Stage.CONFIRMED,
            months,
            hotels,
            frozenset(columns) - {"month", "measure"},
            numbers,
        )

    def _header_row(self) -> int:
        for row, values in enumerate(self.sheet.rows):
            labels = {fold(value) for value in values}
            if len(labels & (self.countries.keys() | self.totals | self.keys.keys())) >= 4:
                return row
        raise self.place.layout_changed(
            f"{self.place.cell(0, 0)} and below: no header", f"expected {', '.join(self.keys)} and the nationalities"
        )

    def _columns(self, header: int) -> dict[str, int]:
        """The column of month, measure, each country and the total."""
        columns: dict[str, int] = {}
        for column, value in enumerate(self.sheet.rows[header]):
            label = fold(value)
            name = _TOTAL if label in self.totals else self.keys.get(label) or self.countries.get(label)
            cell = self.place.cell(header, column)
            if not label:
                continue
            if name is None:
                raise self.place.layout_changed(
                    f"{cell}: “{value}” is no known nationality",
                    f"expected a label under countries of {self.place.kind}.spec in {self.place.source.config_file}: "
                    "add it there, with the name its figures shall have",
                )
            if name in columns:
                raise self.place.layout_changed(f"{cell}: “{value}” a second time", "expected every nationality once")
            columns[name] = column
        order = list(columns)
        if order[:2] != ["month", "measure"] or order[-1] != _TOTAL or len(order) < 4:
            raise self.place.layout_changed(
                f"the header in row {header + 1} of {self.sheet.name} reads {', '.join(order)}",
                "expected 月別, 人数, the nationalities and, last, 計",
            )
        return columns

    def _name(self, above: Sequence[Sequence[object]], year: int) -> tuple[tuple[int, int], str]:
        for row, values in enumerate(above):
            for column, value in enumerate(values):
                match = _NAME.search(fold(value))
                if match is None:
                    continue
                rest = [fold(value)[match.end() :], *map(fold, values[column + 1 :])]
                said = next((text for text in rest if text), "")
                name = self.municipalities.spell(said)
                if subtotal_level(self.spec, name) is None and self.municipalities.code(name, year) is None:
                    raise self.place.implausible(
                        f"{self.place.cell(row, column)}: “{said}” is no known municipality",
                        f"expected a name under areas, former_areas or misspellings of {self.place.kind}.spec",
                    )
                return (row, column), name
        raise self.place.layout_changed(f"{self.place.cell(0, 0)}: no municipality", "expected 市町村名: and its name")

    def _hotels(self, above: Sequence[Sequence[object]]) -> tuple[int, int]:
        text = "".join(fold(value) for row in above for value in row)
        match = _COVERAGE.search(text)
        if match is None or int(match[2]) > int(match[1]):
            raise self.place.implausible(
                f"{self.place.cell(0, 0)}: {'the coverage' if match is None else match[0]} in the heading",
                "expected 対象宿泊施設 N 軒中、回答施設 M 軒 with M not above N",
            )
        return int(match[1]), int(match[2])

    def _groups(self, header: int, columns: Mapping[str, int]) -> list[tuple[str, list[int]]]:
        """The label of each pair of rows – merged cells leave it in either – and the rows, 宿泊客数 first."""
        order = list(self.measures)
        groups: list[tuple[str, list[int]]] = []
        pair: list[int] = []
        for row in range(header + 1, len(self.sheet.rows)):
            values = self.sheet.rows[row]
            said = fold(values[columns["measure"]])
            if said in self.measures:
                if said != order[len(pair)]:
                    raise self.place.layout_changed(
                        f"{self.place.cell(row, columns['measure'])}: “{said}” where “{order[len(pair)]}” should stand",
                        f"expected two rows a month: {', '.join(order)}",
                    )
                pair.append(row)
                if len(pair) == len(order):
                    texts = [fold(self.sheet.rows[index][columns["month"]]) for index in pair]
                    texts = [text for text in texts if text]
                    groups.append((texts[0] if len(set(texts)) == 1 else "".join(texts), pair))
                    pair = []
                continue
            numbers = [column for column, value in enumerate(values) if isinstance(value, (int, float))]
            if numbers or pair:
                raise self.place.layout_changed(
                    f"{self.place.cell(row, columns['measure'])}: “{said}” where a row of figures should stand",
                    f"expected {' or '.join(order)}",
                )
        if pair:
            raise self.place.layout_changed(
                f"{self.place.cell(pair[0], 0)}: a single row at the end", f"expected two rows: {', '.join(order)}"
            )
        return groups

    def _numbers(
        self, groups: Sequence[tuple[str, list[int]]], columns: Mapping[str, int], year: int
    ) -> tuple[dict[Key, tuple[int, str]], tuple[int, ...]]:
        months: list[int] = []
        rows: dict[str, list[int]] = {}
        numbers: dict[Key, tuple[int, str]] = {}
        for label, pair in groups:
            cell = self.place.cell(pair[0], columns["month"])
            match = _MONTH.fullmatch(label)
            name = month_period(year, int(match[1])) if match else self.rows.get(label)
            if name is None:
                raise self.place.layout_changed(
                    f"{cell}: “{label}” is no month", f"expected a month or one of: {', '.join(self.rows)}"
                )
            if name in rows:
                raise self.place.layout_changed(f"{cell}: “{label}” a second time", "expected every month once")
            rows[name] = pair
            if match:
                if all(not fold(self.sheet.rows[row][column]) for row in pair for column in list(columns.values())[2:]):
                    # Not yet published; whether it may be so, is told by the heading.
                    continue
                months.append(int(match[1]))
            for series, row in zip(self.measures.values(), pair, strict=True):
                found = self._row(row, columns, marks=name in ("previous", "ratio"), decimals=name == "ratio")
                if name not in ("previous", "ratio"):
                    self._check_row(row, columns, found)
                    for country, number in found.items():
                        numbers[series, name, country] = number, self._cell(row, columns[country])
        self._check_totals(numbers, months, rows, columns, year)
        return numbers, tuple(months)

    def _row(self, row: int, columns: Mapping[str, int], *, marks: bool, decimals: bool) -> dict[str, int]:
        used = set(columns.values())
        found = {}
        for column, value in enumerate(self.sheet.rows[row]):
            if column not in used and fold(value):
                raise self.place.layout_changed(
                    f"{self.place.cell(row, column)}: “{value}” in a column without a label", "expected nothing there"
                )
        for country, column in list(columns.items())[2:]:
            value = self.sheet.rows[row][column]
            text = fold(value)
            if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0:
                if decimals or float(value).is_integer():
                    found[country] = int(value)
                    continue
            elif not text or (marks and text in self.marks):
                found[country] = 0
                continue
            raise self.place.implausible(
                f"{self.place.cell(row, column)}: “{value}” is no number of guests",
                "expected a whole number, not below zero, or a blank for zero",
            )
        return found

    def _check_row(self, row: int, columns: Mapping[str, int], found: Mapping[str, int]) -> None:
        parts = sum(number for country, number in found.items() if country != _TOTAL)
        if parts != found[_TOTAL]:
            first, last = (
                self.place.cell(row, column) for column in (min(list(columns.values())[2:]), columns[_TOTAL] - 1)
            )
            raise self.place.implausible(
                f"{self.place.cell(row, columns[_TOTAL])}: {found[_TOTAL]} guests, but {first} to {last} make {parts}",
                "expected 計 to be the sum of the nationalities",
            )

    def _check_totals(
        self,
        numbers: Mapping[Key, tuple[int, str]],
        months: Sequence[int],
        rows: Mapping[str, list[int]],
        columns: Mapping[str, int],
        year: int,
    ) -> None:
        if _TOTAL not in rows:
            raise self.place.layout_changed(
                f"{self.sheet.name}: no rows of the year's total", f"expected one of: {', '.join(self.rows)}"
            )
        for series in self.measures.values():
            for country in list(columns)[2:]:
                total, cell = numbers[series, _TOTAL, country]
                found = sum(numbers[series, month_period(year, month), country][0] for month in months)
                if found != total:
                    raise self.place.implausible(
                        f"{self.sheet.name}!{cell}: {total} guests, but the months make {found}",
                        f"expected the sum of the {len(months)} months of that column",
                    )

    def _cell(self, row: int, column: int) -> str:
        return f"{column_letters(column)}{row + 1}"


def _check_subtotal(place: Place, page: _Page, sums: Mapping[object, int], count: int) -> None:
    keys = sorted({*page.numbers, *(key for key in sums if isinstance(key, tuple))})
    for key in keys:
        found, cell = page.numbers.get(key, (0, "A1"))
        if found != sums.get(key, 0):
            raise place.implausible(
                f"{page.sheet}!{cell}: {page.name} has {found} for {', '.join(key)}",
                f"expected the sum of its {count} municipalities, {sums.get(key, 0)}: sheets may be missing",
            )


def _check_hotels(place: Place, page: _Page, sums: Mapping[object, int]) -> None:
    expected = sums.get(0, 0), sums.get(1, 0)
    if page.hotels != expected:
        raise place.implausible(
            f"{place.cell(0, 0)}: {page.name} has {page.hotels[1]} of {page.hotels[0]} answers",
            f"expected the sum of its municipalities, {expected[1]} of {expected[0]}",
        )


def _frame(pages: Mapping[str, _Page], municipalities: Municipalities) -> pd.DataFrame:
    coded = sorted(
        ((municipalities.code(page.name, page.year) or "", page) for page in pages.values()), key=lambda pair: pair[0]
    )
    areas = Areas([code for code, _ in coded], [page.name for _, page in coded], [AreaKind.MUNICIPALITY] * len(coded))
    keys = dict.fromkeys(key for _, page in coded for key in page.numbers)
    whole_year = coded[0][1].months == MONTHS
    blocks = []
    for series, period, country in keys:
        if period == _TOTAL and not whole_year:
            continue
        key = series, period, country
        here = [(index, *page.numbers[key]) for index, (_, page) in enumerate(coded) if key in page.numbers]
        blocks.append(
            Block(
                series=series,
                period=f"FY{coded[0][1].year}" if period == _TOTAL else period,
                dimensions=dimensions_text({"country": country}),
                unit="人",
                areas=np.array([index for index, _, _ in here], dtype=np.intp),
                values=np.array([number for _, number, _ in here], dtype=np.int64),
                cells=[cell for _, _, cell in here],
                stage=coded[0][1].stage,
            )
        )
    frame = tidy(areas, blocks, "")
    sheet_of = {code: page.sheet for code, page in coded}
    frame["sheet"] = frame["area"].map(sheet_of).astype("category")
    return frame
