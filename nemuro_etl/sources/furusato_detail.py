"""ふるさと納税に関する現況調査, the detail of one fiscal year: ①件数 and ①金額 of every area, in 円.

The other columns, up to 124, are known and not used: a new or renamed one stops the file all the same. Labels name the
fiscal year all over; a layout writes {年度}, {前年度} and {翌年度} for it, so that one layout fits several years.
"""

import re
from collections.abc import Mapping, Sequence

import numpy as np

from nemuro_etl.catalog.types import FileKind, Source
from nemuro_etl.model.area import AreaKind
from nemuro_etl.model.figure import Stage
from nemuro_etl.model.period import find_japanese_fiscal_year
from nemuro_etl.sources.container import Row, Sheet
from nemuro_etl.sources.faults import Place, column_letters
from nemuro_etl.sources.frame import Block, Reading, tidy
from nemuro_etl.sources.furusato_areas import (
    AreaRow,
    Name,
    area_row,
    check_average,
    check_complete,
    codes_of,
    data_rows,
    number_of,
    order_areas,
    table_of,
    text_of,
)
from nemuro_etl.sources.labels import (
    fold,
    fold_path,
    layout_labels,
    layouts_of,
    mapping_of,
    read_headings,
    sequence,
)
from nemuro_etl.sources.preface import check_columns, check_empty_right, check_preface, row_with, trimmed

_YEAR = re.compile(r"(?:令和|平成)(?:元|\d{1,2})年度")
_PLACEHOLDERS = {-1: "{前年度}", 0: "{年度}", 1: "{翌年度}"}


def recognise(kind: FileKind, sheets: Sequence[Sheet]) -> bool:
    """Whether the head of a sheet says what this kind says."""
    return table_of(kind.spec, sheets) is not None


def read(source: Source, kind: FileKind, sheets: Sequence[Sheet], name: str) -> Reading:
    """The figures of a workbook that `recognise` has accepted."""
    sheet = table_of(kind.spec, sheets)
    assert sheet is not None
    return _Reader(Place(source, name, kind.id, sheet.name), kind.spec, sheet).read(sheets)


class _Reader:
    def __init__(self, place: Place, spec: Mapping[str, object], sheet: Sheet) -> None:
        self.place = place
        self.spec = spec
        self.sheet = sheet
        self.keys = {fold(label): meaning for label, meaning in mapping_of(spec, "keys").items()}

    def read(self, sheets: Sequence[Sheet]) -> Reading:
        place, sheet = self.place, self.sheet
        first_key = next(iter(mapping_of(self.spec, "keys")))
        header = row_with(sheet, [first_key])
        if header is None:
            raise place.layout_changed(
                f"no cell of “{sheet.name}” is “{first_key}”", "expected it as the label of the column of codes"
            )
        code_column = [fold(value) for value in sheet.rows[header]].index(fold(first_key))
        start, end = data_rows(place, sheet, header, code_column)
        check_preface(place, sheet, start, sequence(self.spec, "unit_notes"))
        year, labels, blank = self._read_header(header, start)
        check_empty_right(place, sheet, start, len(labels))
        at = {self.keys[label]: column for column, label in enumerate(labels) if label in self.keys}
        codes = codes_of(self.spec)
        rows, unknown = self._read_areas(start, end, at, codes)
        check_complete(place, codes, rows, end, at["code"])
        self._check_code_sheet(sheets, start, rows, at)
        columns = {series: self._column(series, labels) for series in ("furusato.count", "furusato.amount")}
        values = self._read_numbers(rows, columns, blank)
        period = f"FY{year}"
        check_average(
            place,
            self.spec,
            period,
            place.cell(header, columns["furusato.amount"]),
            sum(amount for _, amount in values),
            sum(count for count, _ in values),
        )
        areas, order = order_areas(rows)
        blocks = [
            Block(
                series=series,
                period=period,
                dimensions="",
                unit=mapping_of(self._series(), series)["unit"],
                areas=np.arange(len(order), dtype=np.intp),
                values=np.array([values[index][place_in_pair] for index in order], dtype=np.int64),
                cells=[f"{column_letters(column)}{rows[index].row + 1}" for index in order],
                stage=Stage.CONFIRMED,
            )
            for place_in_pair, (series, column) in enumerate(columns.items())
        ]
        remarks = [f"columns not used: {len(labels) - len(at) - len(columns)}, all of them declared"]
        if unknown:
            remarks.append(
                f"names that are not under codes in {place.source.config_file}, where the history needs them: "
                f"{', '.join(unknown)}"
            )
        return Reading(place.kind, (tidy(areas, blocks, sheet.name),), tuple(remarks))

    def _series(self) -> dict[str, str]:
        return mapping_of(self.spec, "series")

    def _labels(self, series: str) -> list[str]:
        return [fold_path(label) for label in sequence(mapping_of(self._series(), series), "labels")]

    # --- header -----------------------------------------------------------------------------------------------------

    def _read_header(self, header: int, start: int) -> tuple[int, Sequence[str], bool]:
        """The fiscal year, the labels of the layout that the header has, and whether it leaves a cell blank for none."""
        headings = read_headings(self.sheet.rows[header:start], unit_row=False, keys=frozenset(self.keys))
        paths = [heading.path for heading in headings]
        year = self._fiscal_year(header, paths)
        found = [_YEAR.sub(lambda match: _year_told(match[0], year), path) for path in paths]
        layouts = {
            str(layout["id"]): (list(layout_labels(layout["columns"])), layout.get("blank_means_none") == "yes")
            for layout in layouts_of(self.spec)
        }
        layout, labels = check_columns(
            self.place, header, trimmed(found), [(name, labels) for name, (labels, _) in layouts.items()]
        )
        return year, labels, layouts[layout][1]

    def _fiscal_year(self, header: int, paths: Sequence[str]) -> int:
        """The year in the label of the ① columns, which a preface that names one must name too."""
        patterns = [
            re.compile(rf"(?:.*/)?{re.escape(label).replace(re.escape('{年度}'), f'({_YEAR.pattern})')}")
            for series in self._series()
            for label in self._labels(series)
        ]
        said = [
            (match[1], column)
            for column, path in enumerate(paths)
            for pattern in patterns
            if (match := pattern.fullmatch(path))
        ]
        if not said:
            wanted = " or ".join(sequence(mapping_of(self._series(), "furusato.amount"), "labels"))
            raise self.place.layout_changed(
                f"{self.place.sheet}!{header + 1}: no fiscal year is stated over the columns ①",
                f"expected a column “{wanted}” with a year like 令和元年度",
            )
        years = {find_japanese_fiscal_year(text): column for text, column in said}
        phrase = fold(self.spec["preface_year"])
        for row, cells in enumerate(self.sheet.rows[:header]):
            for column, value in enumerate(cells):
                text = fold(value)
                if phrase in text and find_japanese_fiscal_year(text) not in years:
                    raise self.place.implausible(
                        f"{self.place.cell(row, column)}: “{text[:60]}”",
                        f"expected the fiscal year of the columns ①, {said[0][0]}",
                    )
        year = next(iter(years))
        if len(years) > 1 or year is None:
            raise self.place.implausible(
                f"{self.place.cell(header, said[0][1])}: the columns ① name {', '.join(text for text, _ in said)}",
                "expected one fiscal year",
            )
        return year

    def _column(self, series: str, labels: Sequence[str]) -> int:
        wanted = self._labels(series)
        return next(
            column
            for column, label in enumerate(labels)
            if any(label == name or label.endswith(f"/{name}") for name in wanted)
        )

    # --- rows -------------------------------------------------------------------------------------------------------

    def _read_areas(
        self, start: int, end: int, at: Mapping[str, int], codes: Mapping[Name, str]
    ) -> tuple[list[AreaRow], list[str]]:
        place = self.place
        rows: list[AreaRow] = []
        unknown: list[str] = []
        for index in range(start, end):
            row = self.sheet.rows[index]
            code = fold(row[at["code"]])
            prefecture, municipality = text_of(row, at["prefecture"]), text_of(row, at["municipality"])
            area = area_row(place, index, at["code"], code, municipality or prefecture)
            if (area.kind is AreaKind.PREFECTURE) == bool(municipality):
                raise place.implausible(
                    f"{place.cell(index, at['municipality'])}: “{municipality}” with the code {code}",
                    "expected a municipality's name unless the code is a prefecture's",
                )
            known = codes.get((fold(prefecture), fold(municipality)))
            of_prefecture = codes.get((fold(prefecture), ""), "")
            if area.code[:2] != of_prefecture[:2]:
                raise place.implausible(
                    f"{place.cell(index, at['prefecture'])}: “{prefecture}” with the code {code}",
                    "expected the prefecture that the first two digits of the code name",
                )
            if known is None:
                unknown.append(f"{code} {prefecture}{municipality}")
            elif known[:5] != area.code.ljust(5, "0"):
                raise place.implausible(
                    f"{place.cell(index, at['code'])}: the code {code} for {prefecture}{municipality}",
                    f"expected {known}, its code in {place.source.config_file}",
                )
            rows.append(area)
        return rows, unknown

    def _read_numbers(self, rows: Sequence[AreaRow], columns: Mapping[str, int], blank: bool) -> list[tuple[int, int]]:
        """Count and amount of every row: both 0 or neither, and a donation is 1 円 at least."""
        place = self.place
        count_column, amount_column = columns["furusato.count"], columns["furusato.amount"]
        result = []
        for area in rows:
            row: Row = self.sheet.rows[area.row]
            if blank and not fold(row[count_column]) and not fold(row[amount_column]):
                result.append((0, 0))
                continue
            count = number_of(place, row, area.row, count_column, 1)
            amount = number_of(place, row, area.row, amount_column, 1)
            if amount < count or (count == 0) != (amount == 0):
                raise place.implausible(
                    f"{place.cell(area.row, amount_column)}: {area.name} with {amount:,} 円 in {count:,} donations "
                    f"({place.cell(area.row, count_column)})",
                    "expected both 0 or neither, and 1 円 a donation at least",
                )
            result.append((count, amount))
        return result

    def _check_code_sheet(
        self, sheets: Sequence[Sheet], start: int, rows: Sequence[AreaRow], at: Mapping[str, int]
    ) -> None:
        """The only other sheet is the list of codes, which has the same areas in the same order."""
        place = self.place
        for other in sheets:
            if other is self.sheet or not any(fold(value) for row in other.rows for value in row):
                continue
            if fold(other.name) != fold(self.spec["code_sheet"]):
                raise place.layout_changed(
                    f"the sheet “{other.name}” beside “{self.sheet.name}”",
                    f"expected no other sheet but “{self.spec['code_sheet']}”",
                )
            beside = [tuple(map(fold, row[:3])) for row in other.rows[1:] if any(map(fold, row))]
            here = [
                tuple(fold(self.sheet.rows[area.row][at[key]]) for key in ("code", "prefecture", "municipality"))
                for area in rows
            ]
            if beside != here:
                pairs = zip(here, beside, strict=False)
                index = next((i for i, (one, two) in enumerate(pairs) if one != two), min(len(here), len(beside)))
                raise place.implausible(
                    f"{place.cell(start + index, at['code'])}: the areas of “{self.sheet.name}” are not those of "
                    f"“{other.name}” (row {index + 2})",
                    "expected the same codes and names in the same order: rows may be missing or shifted",
                )


def _year_told(text: str, year: int) -> str:
    found = find_japanese_fiscal_year(text)
    assert found is not None
    return _PLACEHOLDERS.get(found - year, text)
