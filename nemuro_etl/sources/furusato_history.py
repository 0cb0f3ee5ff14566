"""ふるさと納税の受入額及び受入件数, the cumulative list: every fiscal year since 平成20年度, in 千円, without codes.

An area is known by prefecture and name: 25 names stand in several prefectures. Most years have 円 as decimals of 千円;
a year in which all amounts are whole 千円 was rounded by the publisher, and its figures say so (`step` 1000).
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from nemuro_etl.catalog.types import FileKind, Source
from nemuro_etl.model.figure import Stage
from nemuro_etl.sources.container import Sheet
from nemuro_etl.sources.faults import Place, column_letters
from nemuro_etl.sources.frame import Block, Reading, tidy
from nemuro_etl.sources.furusato_areas import (
    AreaRow,
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
from nemuro_etl.sources.labels import fold, mapping_of, read_headings, sequence
from nemuro_etl.sources.preface import check_alone, check_columns, check_empty_right, check_preface, row_with, trimmed

_MIXED = 0.01
"""The least share of amounts with decimals in a year that is not rounded; the files have 16 % and more."""

Values = npt.NDArray[np.int64]


def recognise(kind: FileKind, sheets: Sequence[Sheet]) -> bool:
    """Whether the head of a sheet says what this kind says."""
    return table_of(kind.spec, sheets) is not None


def read(source: Source, kind: FileKind, sheets: Sequence[Sheet], name: str) -> Reading:
    """The figures of a workbook that `recognise` has accepted."""
    sheet = table_of(kind.spec, sheets)
    assert sheet is not None
    place = Place(source, name, kind.id, sheet.name)
    check_alone(place, sheet, sheets)
    return _Reader(place, kind.spec, sheet).read()


class _Reader:
    def __init__(self, place: Place, spec: Mapping[str, object], sheet: Sheet) -> None:
        self.place = place
        self.spec = spec
        self.sheet = sheet
        self.measures = list(mapping_of(spec, "series"))
        self.factors = [int(self._measure(label)["factor"]) for label in self.measures]
        self.codes = codes_of(spec)

    def read(self) -> Reading:
        place = self.place
        first_key = sequence(self.spec, "keys")[0]
        header = row_with(self.sheet, [first_key])
        if header is None:
            raise place.layout_changed(
                f"no cell of “{self.sheet.name}” is “{first_key}”", "expected it as the label of the areas' column"
            )
        start, end = data_rows(place, self.sheet, header, 0)
        notes = sequence(self.spec, "unit_notes")
        check_preface(place, self.sheet, start, notes)
        if row_with(Sheet(self.sheet.name, self.sheet.rows[:start]), notes) is None:
            raise place.layout_changed("no note of the units above the table", f"expected {' or '.join(notes)}")
        years = self._read_years(header, start)
        width = len(sequence(self.spec, "keys")) + len(years) * len(self.measures)
        check_empty_right(place, self.sheet, start, width)
        rows, totals = self._read_rows(start, end, width)
        check_complete(place, self.codes, rows, end, 1)
        values = np.array([totals[area.row] for area in rows], dtype=np.int64)
        areas, order = order_areas(rows)
        blocks, rounded = [], []
        for index in range(values.shape[1]):
            year, measure = years[index // len(self.measures)], index % len(self.measures)
            column = index + len(sequence(self.spec, "keys"))
            spec = self._measure(self.measures[measure])
            step = self._step(rows, values[:, index], measure, column)
            if step > 1:
                rounded.append(f"{self.measures[measure]} FY{year}")
            blocks.append(
                Block(
                    series=spec["series"],
                    period=f"FY{year}",
                    dimensions="",
                    unit=spec["unit"],
                    areas=np.arange(len(order), dtype=np.intp),
                    values=values[order, index],
                    cells=[f"{column_letters(column)}{rows[i].row + 1}" for i in order],
                    stage=Stage.CONFIRMED,
                    step=step,
                )
            )
        self._check_averages(years, header, totals[end - 1])
        remarks = self._remarks(rows, values, rounded, totals)
        return Reading(place.kind, (tidy(areas, blocks, self.sheet.name),), tuple(remarks))

    def _measure(self, label: str) -> dict[str, str]:
        return mapping_of(mapping_of(self.spec, "series"), label)

    def _read_years(self, header: int, start: int) -> list[int]:
        """The years of the header, without a gap from the first year of the list on."""
        headings = read_headings(self.sheet.rows[header:start], unit_row=False, keys=frozenset())
        found = [
            f"FY{heading.years[0][1]}/{heading.path}" if len(heading.years) == 1 else heading.path
            for heading in headings
        ]
        first = int(str(self.spec["first_year"]))
        last = max((year for heading in headings for _, year in heading.years), default=first)
        years = list(range(first, last + 1))
        expected = [fold(label) for label in sequence(self.spec, "keys")]
        expected += [f"FY{year}/{fold(label)}" for year in years for label in self.measures]
        check_columns(self.place, header, trimmed(found), [("history", expected)])
        return years

    def _read_rows(self, start: int, end: int, width: int) -> tuple[list[AreaRow], dict[int, Values]]:
        """Areas in blocks: a prefecture, its municipalities, 市町村合計, 合計; and 全国合計 as the last row.

        Also the numbers of every row, by row. Each sum is checked against its parts.
        """
        place = self.place
        labels = mapping_of(self.spec, "totals")
        areas: list[AreaRow] = []
        numbers: dict[int, Values] = {}
        zero = np.zeros(width - len(sequence(self.spec, "keys")), dtype=np.int64)
        country = zero
        prefecture = ""
        own = below = zero
        expected_next = "prefecture"
        for index in range(start, end):
            row = self.sheet.rows[index]
            first, second = text_of(row, 0), text_of(row, 1)
            meaning = next((meaning for label, meaning in labels.items() if not second and first == label), "")
            numbers[index] = self._numbers(index, width)
            if not meaning and first and first == prefecture and second and expected_next in ("first", "more"):
                areas.append(self._area(index, prefecture, second))
                below = below + numbers[index]
                expected_next = "more"
            elif not meaning and first and not second and expected_next == "prefecture":
                areas.append(self._area(index, first, ""))
                prefecture, own, below, expected_next = first, numbers[index], zero, "first"
            elif meaning == "municipalities" and expected_next == "more":
                self._check_sum(index, first, prefecture, numbers[index], below)
                expected_next = "total"
            elif meaning == "prefecture" and expected_next == "total":
                self._check_sum(index, first, prefecture, numbers[index], own + below)
                country = country + own + below
                expected_next = "prefecture"
            elif meaning == "country" and expected_next == "prefecture" and index == end - 1:
                self._check_sum(index, first, "", numbers[index], country)
                return areas, numbers
            else:
                raise place.implausible(
                    f"{place.cell(index, 0)}: “{first}”, “{second}”",
                    f"expected each prefecture, its municipalities and their sums ({', '.join(labels)}), and nothing below the last",
                )
        raise place.implausible(
            f"{place.cell(end - 1, 0)}: the last row is no “{next(label for label in labels if labels[label] == 'country')}”",
            "expected the country's total as the last row: the file may be cut short",
        )

    def _numbers(self, index: int, width: int) -> Values:
        row = self.sheet.rows[index]
        first = len(sequence(self.spec, "keys"))
        return np.array(
            [
                number_of(self.place, row, index, column, self.factors[(column - first) % len(self.factors)])
                for column in range(first, width)
            ],
            dtype=np.int64,
        )

    def _area(self, index: int, prefecture: str, municipality: str) -> AreaRow:
        code = self.codes.get((fold(prefecture), fold(municipality)))
        if code is None:
            column = 1 if municipality else 0
            raise self.place.implausible(
                f"{self.place.cell(index, column)}: {prefecture}{municipality} is not under codes",
                "expected a prefecture and name whose official code is known; the list has no codes of its own",
            )
        return area_row(self.place, index, 1 if municipality else 0, code, municipality or prefecture)

    def _check_sum(self, index: int, label: str, prefecture: str, found: Values, parts: Values) -> None:
        """A sum equals its parts; the country's may be rounded to the published unit on its own."""
        for at in np.flatnonzero(found != parts).tolist():
            factor = self.factors[at % len(self.factors)]
            if not prefecture and found[at] % factor == 0 and 2 * abs(int(found[at] - parts[at])) <= factor > 1:
                continue
            cell = self.place.cell(index, at + len(sequence(self.spec, "keys")))
            raise self.place.implausible(
                f"{cell}: {prefecture}{label} is {found[at]:,}, its parts sum to {parts[at]:,}",
                f"expected {parts[at]:,}: a figure may be wrong, or a row missing",
            )

    def _step(self, rows: Sequence[AreaRow], values: Values, measure: int, column: int) -> int:
        factor = self.factors[measure]
        finer = np.flatnonzero(values % factor)
        if not len(finer):
            return factor
        if len(finer) < _MIXED * len(values):
            raise self.place.implausible(
                f"{self.place.cell(rows[int(finer[0])].row, column)}: decimals in a column of whole numbers "
                f"({len(finer)} of {len(values)} cells)",
                f"expected decimals in {_MIXED:.0%} of the cells at least, or in none: it is not known which are rounded",
            )
        return 1

    def _check_averages(self, years: Sequence[int], header: int, country: Values) -> None:
        keys = len(sequence(self.spec, "keys"))
        series = [self._measure(label)["series"] for label in self.measures]
        for index, year in enumerate(years):
            start = index * len(series)
            pair = dict(zip(series, country[start : start + len(series)].tolist(), strict=True))
            cell = self.place.cell(header, keys + start)
            check_average(self.place, self.spec, f"FY{year}", cell, pair["furusato.amount"], pair["furusato.count"])

    def _remarks(
        self, rows: Sequence[AreaRow], values: Values, rounded: Sequence[str], totals: Mapping[int, Values]
    ) -> list[str]:
        labels = ", ".join(mapping_of(self.spec, "totals"))
        remarks = [f"{len(totals) - len(rows)} rows {labels}: checked against their parts and not stored"]
        if rounded:
            remarks.append(f"rounded to whole 千円 by the publisher: {', '.join(rounded)}")
        of_series = [self._measure(label)["series"] for label in self.measures]
        amount, count = (
            values[:, of_series.index(name) :: len(of_series)] for name in ("furusato.amount", "furusato.count")
        )
        odd = int(((amount == 0) != (count == 0)).sum())
        if odd:
            remarks.append(f"{odd} times an amount without a number of donations, or the reverse: stored as published")
        return remarks
