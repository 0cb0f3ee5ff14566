"""Reads 北海道観光入込客数調査報告書: 市町村別・月別観光入込客数, six rows a municipality, in 千人."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NoReturn

import numpy as np
import pandas as pd

from nemuro_etl.catalog.types import FileKind, Source
from nemuro_etl.model.area import AreaKind
from nemuro_etl.model.figure import Stage, dimensions_text
from nemuro_etl.model.period import japanese_year
from nemuro_etl.sources.container import Row, Sheet
from nemuro_etl.sources.faults import Place, column_letters
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
from nemuro_etl.sources.tourism_areas import (
    MONTHS,
    YEAR,
    Municipalities,
    RunningSums,
    fiscal_years_above,
    is_provisional,
    month_period,
    only_fiscal_year,
    subtotal_level,
)

_THOUSAND = 1000
_STEP = 100
"""千人 with one decimal."""
_NOISE = 1e-6
_RATIO_ROUNDING = 0.0005
"""A percentage with one decimal."""
_HALF_STEP = _STEP // 2
_MONTH = re.compile(r"(1[0-2]|[1-9])月")
_YEAR_LABEL = re.compile(r"((?:令和|平成|昭和)?(?:元|\d{1,2}))年度")
_TOTAL, _PREVIOUS, _RATIO, _FIRST, _SECOND = "計", "前年度", "対前年比", "上期計", "下期計"


def recognise(kind: FileKind, sheets: Sequence[Sheet]) -> bool:
    """Whether some sheet has a header with months across and at least one of 市町村 and 区分."""
    return any(_header_row(kind.spec, sheet) is not None for sheet in sheets)


def read(source: Source, kind: FileKind, sheets: Sequence[Sheet], name: str) -> Reading:
    """The figures of the one table by municipality and month. Raises LayoutChanged or FigureImplausible."""
    tables = [(sheet, row) for sheet in sheets if (row := _header_row(kind.spec, sheet)) is not None]
    whole = [(sheet, row) for sheet, row in tables if {"市町村", "区分"} <= set(_labels(kind.spec, sheet.rows[row]))]
    sheet, row = (whole or tables)[0]
    place = Place(source, name, kind.id, sheet.name)
    if len(whole or tables) > 1:
        raise place.layout_changed(
            f"{place.cell(row, 0)}: more than one sheet has the table by municipality and month",
            f"expected one; found {', '.join(sheet.name for sheet, _ in whole or tables)}",
        )
    return _Report(place, kind.spec, sheet, row, [other for other in sheets if other is not sheet]).read()


def _label(spec: Mapping[str, object], value: object) -> str:
    """What the folded label means; itself when config does not say."""
    text = fold(value)
    if _YEAR_LABEL.fullmatch(text):
        return _PREVIOUS
    meanings = {fold_path(label): meaning for label, meaning in mapping_of(spec, "columns").items()}
    return meanings.get(text, text)


def _labels(spec: Mapping[str, object], row: Row) -> list[str]:
    return [_label(spec, value) for value in row]


def _header_row(spec: Mapping[str, object], sheet: Sheet) -> int | None:
    for index, row in enumerate(sheet.rows):
        if sum(_MONTH.fullmatch(fold(value)) is not None for value in row) >= len(MONTHS) // 3:
            return index if {"市町村", "区分"} & set(_labels(spec, row)) else None
    return None


@dataclass(frozen=True, slots=True)
class _Municipality:
    """Six rows of one municipality: numbers in 人 by measure and label, None where a mark stands."""

    name: str
    rows: Mapping[str, int]
    """The zero-based row of each measure."""
    numbers: Mapping[str, Mapping[str, int | None]]


class _Report:
    def __init__(
        self, place: Place, spec: Mapping[str, object], sheet: Sheet, header: int, others: Sequence[Sheet]
    ) -> None:
        self.place, self.spec, self.sheet, self.header = place, spec, sheet, header
        self.labels = _labels(spec, sheet.rows[header])
        self.municipalities = Municipalities(spec)
        self.measures = {fold(label): name for label, name in mapping_of(spec, "measures").items()}
        self.marks = {fold(mark) for mark in sequence(spec, "marks")}
        self.units = {fold(note) for note in sequence(spec, "unit_notes")}
        self.tolerances = {key: int(value) for key, value in mapping_of(spec, "tolerances").items()}
        self.layout = self._layout()
        self.columns = {label: column for column, label in enumerate(self.labels) if label}
        self.months = [month for month in MONTHS if f"{month}月" in self.columns]
        self.whole_year = len(self.months) == len(MONTHS)
        self.year = only_fiscal_year(place, header, sheet, others)
        above = [fold(value) for row in sheet.rows[:header] for value in row]
        self.titles = {YEAR.sub("", text) for text in above if YEAR.search(text)}
        self.value_labels = [label for label in self.columns if label not in ("圏域", "振興局", "市町村", "区分")]
        self.remarks: list[str] = []

    def read(self) -> Reading:
        self._check_preface()
        self._check_previous_year()
        sums = RunningSums()
        found: dict[str, _Municipality] = {}
        subtotals = 0
        for rows in self._blocks():
            name, level = self._name(rows)
            block = _Municipality(name, rows, self._numbers(rows, name, level))
            if level is not None:
                self._check_subtotal(block, *sums.close(level))
                subtotals += 1
                continue
            if name in found:
                self._refuse(
                    rows,
                    f"{name} a second time",
                    f"expected it once; the first is in row {self._top(found[name].rows) + 1}",
                )
            self._check(block)
            found[name] = block
            sums.add(
                {(measure, label): block.numbers[measure][label] or 0 for measure in rows for label in self._summed()}
            )
        if not found:
            raise self.place.layout_changed(
                f"{self.place.cell(self.header + 1, 0)} and below: no municipality", "expected six rows for each"
            )
        if subtotals and sums.counts["bureau"]:
            name, last = list(found.items())[-1]
            self._refuse(
                last.rows,
                f"no subtotal below {name}",
                "expected one below the last municipality, as above it: the table may be cut short",
            )
        self._check_months(found.values())
        if subtotals:
            self.remarks.append(f"{self.sheet.name}: {subtotals} subtotals checked and not stored")
        return Reading(self.place.kind, (self._frame(found),), tuple(self.remarks))

    # --- the header -------------------------------------------------------------------------------------------------

    def _layout(self) -> Mapping[str, object]:
        columns = [column for column, label in enumerate(self.labels) if label]
        inner = range(columns[0], columns[-1] + 1)
        # A column without a label is let go where a merged cell has left it empty; rows with something there are refused.
        found = [self.labels[column] for column in inner if self.labels[column]]
        layouts = layouts_of(self.spec)
        for layout in layouts:
            if expected_labels(layout, found) == found:
                return layout
        closest = min(layouts, key=lambda layout: distance(found, expected_labels(layout, found)))
        told = []
        for change in differences(found, expected_labels(closest, found))[:5]:
            at = columns[min(change.column, len(columns) - 1)]
            told.append(f"{self.place.cell(self.header, at)}: {change.text}")
        raise self.place.layout_changed(
            "the header is none of the declared layouts: " + "; ".join(told),
            f"expected the columns of the closest layout “{closest['id']}”; found {', '.join(found)}",
        )

    def _check_preface(self) -> None:
        for row in range(self.header):
            self._check_text_row(row)
            numbers = [column for column, value in enumerate(self.sheet.rows[row]) if isinstance(value, (int, float))]
            if len(numbers) > 1:
                raise self.place.layout_changed(
                    f"{self.place.cell(row, numbers[0])}: {len(numbers)} numbers above the header",
                    "expected every row of figures below the header",
                )

    def _check_text_row(self, row: int) -> None:
        """A row that is no figures: a title, a note, a page's number. Its unit and year must be the table's."""
        for column, value in enumerate(self.sheet.rows[row]):
            text = fold(value)
            if "単位" in text and text not in self.units:
                raise self.place.implausible(
                    f"{self.place.cell(row, column)}: “{value}”",
                    f"expected the unit 千人, written {' or '.join(sequence(self.spec, 'unit_notes'))}",
                )
        for year, (_, column) in fiscal_years_above([self.sheet.rows[row]]).items():
            title = YEAR.sub("", fold(self.sheet.rows[row][column]))
            if year != self.year and title in self.titles:
                raise self.place.implausible(
                    f"{self.place.cell(row, column)}: “{self.sheet.rows[row][column]}” in the table of FY{self.year}",
                    f"expected one fiscal year in one table; found FY{year}",
                )

    def _check_previous_year(self) -> None:
        column = self.columns[_PREVIOUS]
        match = _YEAR_LABEL.fullmatch(fold(self.sheet.rows[self.header][column]))
        if match is None:
            return
        before = self.year - 1
        eras = {f"平成{before - 1988}", japanese_year(before), japanese_year(before).replace("元", "1")}
        if match[1] not in eras | {era[2:] for era in eras}:
            raise self.place.implausible(
                f"{self.place.cell(self.header, column)}: “{match[0]}” as the year before FY{self.year}",
                f"expected {japanese_year(before)}年度",
            )

    # --- rows -------------------------------------------------------------------------------------------------------

    def _blocks(self) -> Iterable[dict[str, int]]:
        """Six rows each: the zero-based row by measure, in the declared order."""
        order = list(self.measures.values())
        block: dict[str, int] = {}
        for row in range(self.header + 1, len(self.sheet.rows)):
            values = self.sheet.rows[row]
            said = fold(values[self.columns["区分"]])
            if said not in self.measures:
                self._check_other_row(row, said)
                continue
            measure = self.measures[said]
            if measure != order[len(block)]:
                wanted = next(label for label, name in self.measures.items() if name == order[len(block)])
                raise self.place.layout_changed(
                    f"{self.place.cell(row, self.columns['区分'])}: “{said}” where “{wanted}” should stand",
                    f"expected six rows a municipality: {', '.join(self.measures)}",
                )
            for column, value in enumerate(values):
                if fold(value) and not self.labels[column]:
                    raise self.place.layout_changed(
                        f"{self.place.cell(row, column)}: “{value}” in a column without a label",
                        f"expected nothing beside the {len(self.columns)} labelled columns",
                    )
            block[measure] = row
            if len(block) == len(order):
                yield block
                block = {}
        if block:
            self._refuse(
                block, f"only {len(block)} of {len(order)} rows", "expected the table to end with a whole municipality"
            )

    def _check_other_row(self, row: int, said: str) -> None:
        """A header printed again, or a row without figures; anything else is refused."""
        values = self.sheet.rows[row]
        if any(_MONTH.fullmatch(fold(value)) for value in values):
            if _labels(self.spec, values) == self.labels:
                return
            changed = [
                column for column, label in enumerate(_labels(self.spec, values)) if label != self.labels[column]
            ]
            raise self.place.layout_changed(
                f"{self.place.cell(row, changed[0])}: “{values[changed[0]]}” in the header printed again",
                f"expected “{self.labels[changed[0]]}”, as in {self.place.cell(self.header, changed[0])}",
            )
        self._check_text_row(row)
        numbers = [column for column in self._value_columns() if isinstance(values[column], (int, float))]
        if numbers and (said or len(numbers) > 1):
            column = self.columns["区分"]
            raise self.place.layout_changed(
                f"{self.place.cell(row, column)}: “{said}” beside numbers ({self.place.cell(row, numbers[0])})",
                f"expected one of: {', '.join(self.measures)}",
            )

    def _value_columns(self) -> list[int]:
        return [self.columns[label] for label in self.value_labels]

    def _name(self, rows: Mapping[str, int]) -> tuple[str, str | None]:
        """The municipality of six rows, or the subtotal and its level: merged cells leave it in any of the rows."""
        texts = {}
        for label in ("市町村", "振興局", "圏域"):
            if label in self.columns:
                pieces = [fold(self.sheet.rows[row][self.columns[label]]) for row in rows.values()]
                pieces = [piece for piece in pieces if piece]
                texts[label] = pieces[0] if len(set(pieces)) == 1 else "".join(pieces)
        municipality = self.municipalities.spell(texts["市町村"])
        level = subtotal_level(self.spec, municipality)
        if level is not None:
            return municipality, level
        if not municipality:
            for text in (texts.get("振興局", ""), texts.get("圏域", "")):
                level = subtotal_level(self.spec, text)
                if level is not None:
                    return text, level
            self._refuse(rows, "rows of no municipality", "expected its name in one of the six rows of 市町村")
        self._check_upper_names(rows)
        if self.municipalities.code(municipality, self.year) is None:
            row = next(row for row in rows.values() if fold(self.sheet.rows[row][self.columns["市町村"]]))
            raise self.place.implausible(
                f"{self.place.cell(row, self.columns['市町村'])}: “{municipality}” is no known municipality",
                f"expected a name under areas, former_areas or misspellings of {self.place.kind}.spec",
            )
        return municipality, None

    def _check_upper_names(self, rows: Mapping[str, int]) -> None:
        bureaus, endings = sequence(self.spec, "bureaus"), sequence(self.spec, "bureau_endings")
        known = {
            "圏域": [fold(region) for region in sequence(self.spec, "regions")],
            "振興局": [fold(bureau + ending) for bureau in bureaus for ending in endings],
        }
        for label, names in known.items():
            for row in rows.values() if label in self.columns else ():
                piece = fold(self.sheet.rows[row][self.columns[label]])
                if not any(piece in name for name in names):
                    raise self.place.implausible(
                        f"{self.place.cell(row, self.columns[label])}: “{piece}” is no known {label}",
                        f"expected (a piece of) a name under {'regions' if label == '圏域' else 'bureaus'} "
                        f"of {self.place.kind}.spec",
                    )

    # --- numbers ----------------------------------------------------------------------------------------------------

    def _numbers(self, rows: Mapping[str, int], name: str, level: str | None) -> dict[str, dict[str, int | None]]:
        """In 人 by measure and label; the ratio is not among them."""
        unrounded = self.spec["unrounded"]
        assert isinstance(unrounded, dict)
        # A sum may have the decimals of its parts; the column of the year before those of that year.
        finer = unrounded.get(name, [])
        result: dict[str, dict[str, int | None]] = {}
        for measure, row in rows.items():
            result[measure] = {}
            for label in self.value_labels:
                if label != _RATIO:
                    year = self.year - 1 if label == _PREVIOUS else self.year
                    rounded = level is not None or str(year) in finer
                    result[measure][label] = self._number(row, self.columns[label], rounded=rounded)
        return result

    def _number(self, row: int, column: int, *, rounded: bool) -> int | None:
        value = self.sheet.rows[row][column]
        if isinstance(value, str):
            text = fold(value)
            if not text:
                return 0
            if text in self.marks:
                return None
            raise self.place.implausible(
                f"{self.place.cell(row, column)}: “{value}” is no number",
                f"expected 千人, a blank for zero or one of the marks {', '.join(sorted(self.marks))}",
            )
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < float("inf"):
            raise self.place.implausible(
                f"{self.place.cell(row, column)}: “{value}” is no number of visitors", "expected 千人, not below zero"
            )
        people = value * _THOUSAND
        whole = int((Decimal(repr(people)) / _STEP).quantize(Decimal(1), ROUND_HALF_UP)) * _STEP
        if not rounded and abs(people - whole) > _NOISE * _THOUSAND:
            raise self.place.implausible(
                f"{self.place.cell(row, column)}: {value!r} has more decimals than 千人 with one decimal",
                "expected a multiple of 0.1; a municipality whose cells hold more than is printed stands under "
                f"unrounded of {self.place.kind}.spec with its fiscal year",
            )
        return whole

    # --- checks -----------------------------------------------------------------------------------------------------

    def _summed(self) -> list[str]:
        return [*(f"{month}月" for month in self.months), _TOTAL]

    def _check(self, block: _Municipality) -> None:
        if all(self._blank(block, label) for label in self._summed()):
            self._refuse(block.rows, f"{block.name}: no figure at all", "expected a blank for zero only among figures")
        for label in [*self._summed(), _PREVIOUS]:
            self._check_marks(block, label)
            self._check_parts(block, label)
        for measure in block.rows:
            months = [f"{month}月" for month in self.months]
            self._check_sum(block, measure, months, _TOTAL)
            if _FIRST in self.columns:
                self._check_sum(block, measure, months[:6], _FIRST)
                self._check_sum(block, measure, months[6:], _SECOND)
            self._check_ratio(block, measure)
        total = block.numbers["total"][_TOTAL] or 0
        if total > int(str(self.spec["largest_year"])):
            raise self.place.implausible(
                f"{self._cell(block, 'total', _TOTAL)}: {total} visitors in {block.name}",
                f"expected not more than {self.spec['largest_year']}: perhaps the table is not in 千人",
            )

    def _blank(self, block: _Municipality, label: str) -> bool:
        return all(not fold(self.sheet.rows[row][self.columns[label]]) for row in block.rows.values())

    def _check_marks(self, block: _Municipality, label: str) -> None:
        """Either all six rows have a number in a column, or none."""
        marked = [measure for measure in block.rows if block.numbers[measure][label] is None]
        if marked and len(marked) < len(block.rows):
            raise self.place.implausible(
                f"{self._cell(block, marked[0], label)}: a mark among numbers of {block.name}",
                "expected a mark in all six rows of the month, or in none",
            )

    def _check_parts(self, block: _Municipality, label: str) -> None:
        for identity in sequence(self.spec, "identities"):
            parts, whole = (side.split(" + ") for side in identity.split(" = "))
            numbers = [block.numbers[measure][label] for measure in parts]
            total = block.numbers[whole[0]][label]
            if total is None:
                continue
            found = sum(number or 0 for number in numbers)
            if abs(found - total) > self.tolerances["parts"]:
                cells = " + ".join(self._cell(block, measure, label) for measure in parts)
                raise self.place.implausible(
                    f"{block.name}, {label}: {cells} = {found} 人, but {self._cell(block, whole[0], label)} is {total} 人",
                    f"expected the same within {self.tolerances['parts']} 人",
                )

    def _check_sum(self, block: _Municipality, measure: str, labels: Sequence[str], total: str) -> None:
        numbers = block.numbers[measure]
        whole = numbers[total]
        found = sum(numbers[label] or 0 for label in labels)
        if whole is None and all(numbers[label] is None for label in labels):
            return
        if whole is None or abs(found - whole) > self.tolerances["months"]:
            first, last = (self._cell(block, measure, label) for label in (labels[0], labels[-1]))
            raise self.place.implausible(
                f"{block.name}: the months {first} to {last} make {found} 人, but {total} in "
                f"{self._cell(block, measure, total)} is {whole} 人",
                f"expected the same within {self.tolerances['months']} 人",
            )

    def _check_ratio(self, block: _Municipality, measure: str) -> None:
        row, column = block.rows[measure], self.columns[_RATIO]
        value = self.sheet.rows[row][column]
        now, before = block.numbers[measure][_TOTAL], block.numbers[measure][_PREVIOUS]
        fraction = str(self.year) in sequence(self.spec, "fraction_years")
        if isinstance(value, str):
            if (not fold(value) or fold(value) in self.marks) and not (now and before):
                return
        elif isinstance(value, (int, float)):
            scale = 1 if fraction else 100
            # Of the cells themselves: what they hold beyond the printed decimal is in the publisher's ratio.
            cells = [self.sheet.rows[row][self.columns[label]] for label in (_TOTAL, _PREVIOUS)]
            top, base = (cell if isinstance(cell, (int, float)) else 0 for cell in cells)
            if base and abs(top / base * scale - value) <= _RATIO_ROUNDING * scale + _NOISE:
                return
            if not before and not value:
                return
        raise self.place.implausible(
            f"{self.place.cell(row, column)}: {_RATIO} “{value}” of {block.name}",
            f"expected {self._cell(block, measure, _TOTAL)} ({now} 人) "
            f"{'divided by' if fraction else 'in percent of'} {self._cell(block, measure, _PREVIOUS)} ({before} 人)",
        )

    def _check_subtotal(self, block: _Municipality, sums: Mapping[object, int], count: int) -> None:
        tolerance = _HALF_STEP * (count + 1)
        for measure in block.rows:
            for label in self._summed():
                found, expected = block.numbers[measure][label] or 0, sums.get((measure, label), 0)
                if abs(found - expected) > tolerance:
                    raise self.place.implausible(
                        f"{block.name}: {self._cell(block, measure, label)} is not the sum of its {count} municipalities",
                        f"expected {expected} 人; found {found} 人: rows may be missing",
                    )

    def _check_months(self, blocks: Iterable[_Municipality]) -> None:
        """No month is nought everywhere: it would be one that is not published yet."""
        totals = dict.fromkeys(self._summed(), 0)
        for block in blocks:
            for label in totals:
                totals[label] += block.numbers["total"][label] or 0
        for label, total in totals.items():
            if not total:
                column = self.columns[label]
                raise self.place.implausible(
                    f"{self.place.cell(self.header, column)}: no municipality has a visitor in {label}",
                    "expected figures for every month of the layout: the report may be one of the first half",
                )

    def _cell(self, block: _Municipality, measure: str, label: str) -> str:
        return self.place.cell(block.rows[measure], self.columns[label])

    @staticmethod
    def _top(rows: Mapping[str, int]) -> int:
        return min(rows.values())

    def _refuse(self, rows: Mapping[str, int], what: str, expected: str) -> NoReturn:
        raise self.place.layout_changed(f"{self.place.cell(self._top(rows), self.columns['市町村'])}: {what}", expected)

    # --- figures ----------------------------------------------------------------------------------------------------

    def _frame(self, found: Mapping[str, _Municipality]) -> pd.DataFrame:
        provisional = is_provisional(self.spec, self.sheet.rows[: self.header])
        stage = Stage.PRELIMINARY if provisional else Stage(str(self.layout["stage"]))
        periods = {f"{month}月": (self.year, month_period(self.year, month)) for month in self.months}
        if self.whole_year:
            periods[_TOTAL] = (self.year, f"FY{self.year}")
            periods[_PREVIOUS] = (self.year - 1, f"FY{self.year - 1}")
        gone = [name for name, block in found.items() if all(block.numbers["total"][m] is None for m in self._summed())]
        new = [name for name, block in found.items() if self._blank(block, _PREVIOUS)]
        for names, says in ((gone, "no figures of this year"), (new, "no figure of the year before")):
            if names:
                self.remarks.append(f"{self.sheet.name}: {', '.join(names)}: {says}")
        codes = {
            (name, year): self._code(name, year) for name in found for year in {year for year, _ in periods.values()}
        }
        ordered = sorted({(code, name) for (name, _), code in codes.items()})
        position = {code: index for index, (code, _) in enumerate(ordered)}
        areas = Areas(
            [code for code, _ in ordered], [name for _, name in ordered], [AreaKind.MUNICIPALITY] * len(ordered)
        )
        series = self.spec["series"]
        assert isinstance(series, dict)
        blocks = []
        for measure, declared in series.items():
            for label, (year, period) in periods.items():
                rows = sorted(
                    (position[codes[name, year]], block.numbers[measure][label], block)
                    for name, block in found.items()
                    if block.numbers[measure][label] is not None and not (label == _PREVIOUS and name in new)
                )
                if rows:
                    blocks.append(
                        Block(
                            series=declared["series"],
                            period=period,
                            dimensions=dimensions_text(declared.get("dimensions", {})),
                            unit="人",
                            areas=np.array([index for index, _, _ in rows], dtype=np.intp),
                            values=np.array([number for _, number, _ in rows], dtype=np.int64),
                            cells=[
                                f"{column_letters(self.columns[label])}{block.rows[measure] + 1}"
                                for _, _, block in rows
                            ],
                            stage=Stage.CONFIRMED if label == _PREVIOUS else stage,
                            step=_STEP,
                        )
                    )
        return tidy(areas, blocks, self.sheet.name)

    def _code(self, name: str, year: int) -> str:
        code = self.municipalities.code(name, year)
        assert code is not None
        return code
