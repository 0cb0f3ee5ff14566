"""財務省's trade statistics as text: one year, cumulative, by commodity – with the office, the country, or neither.

A file always has twelve months; those not yet published hold 0. The months up to the last one in which anything of the
file was traded count as published, and nothing is said of the others.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nemuro_etl.catalog.types import FileKind, Source
from nemuro_etl.model.area import JAPAN, AreaKind
from nemuro_etl.model.figure import READING_COLUMNS, Stage
from nemuro_etl.sources.areas import area_kind
from nemuro_etl.sources.container import File
from nemuro_etl.sources.faults import Place
from nemuro_etl.sources.frame import Reading
from nemuro_etl.sources.labels import differences, distance, fold, layouts_of, mapping_of, sequence

_BOM = b"\xef\xbb\xbf"
_ROWS_AT_ONCE = 50_000
_SURPLUS = "surplus"
_PATTERNS = {
    "direction": r"[12]",
    "year": r"\d{4}",
    "office": r"\d{3}",
    "commodity": r"\d{9}|'\d{9}'",
    "country": r"\d{3}",
}
_EXPECTED = {
    "direction": "1 (export) or 2 (import)",
    "year": "one year of four digits in the whole file",
    "office": "an office of three digits",
    "commodity": "nine digits, between apostrophes or not",
    "country": "a country of three digits",
}

Texts = npt.NDArray[np.object_]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Layout:
    labels: Sequence[str]
    keys: Mapping[str, str]
    """Label by key: direction, year, office, commodity, country."""
    quantities: Mapping[str, Sequence[str]]
    """Labels of the quantities by the label of their unit."""
    values: Sequence[str]
    """Labels of the months' values, January first, then of the year's."""


@dataclass(frozen=True, slots=True)
class _Rows:
    lines: Numbers
    keys: Mapping[str, Texts]
    values: Numbers
    """By row; twelve months, then the year."""


def recognise(kind: FileKind, start: bytes) -> bool:
    """Whether the first line has the label of the direction."""
    wanted = {fold(label) for label, key in mapping_of(kind.spec, "columns").items() if key == "direction"}
    return bool(wanted & {fold(label) for label in _header(start)})


def read(source: Source, kind: FileKind, file: File) -> Reading:
    """Exports and imports of the published months, by row, and their totals where the file holds all commodities."""
    return _Reader(Place(source, file.name, kind.id, ""), kind.spec).read(file.content.read())


def _header(data: bytes) -> list[str]:
    line = data.removeprefix(_BOM).split(b"\n", 1)[0].rstrip(b"\r")
    return [label.strip().strip('"') for label in line.decode("ascii", "replace").split(",")]


class _Reader:
    def __init__(self, place: Place, spec: Mapping[str, object]) -> None:
        self.place = place
        self.spec = spec
        self.columns = {fold(label): key for label, key in mapping_of(spec, "columns").items()}
        self.months = {fold(label): int(month) for label, month in mapping_of(spec, "months").items()}

    def read(self, data: bytes) -> Reading:
        if not data.isascii() and not data.removeprefix(_BOM).isascii():
            line = next(n for n, text in enumerate(data.removeprefix(_BOM).split(b"\n"), 1) if not text.isascii())
            raise self.place.implausible(f"line {line}: characters that are not ASCII", "expected plain ASCII")
        layout = self._layout([fold(label) for label in _header(data)])
        rows = self._rows(layout, data)
        year = self._year(rows, layout)
        self._check_unique(rows, layout)
        traded = np.flatnonzero(rows.values[:, :12].any(axis=0))
        if not len(traded):
            raise self.place.implausible("no value above 0 in any month", "expected at least one published month")
        published = int(traded[-1]) + 1
        remarks = []
        if published < 12:
            remarks.append(f"months after {year}-{published:02} hold only 0: not yet published, no figures")
        parts = [self._detail(rows)]
        for direction in sorted(set(rows.keys["direction"].tolist())):
            missing = self._missing_chapters(rows, direction)
            if missing:
                remarks.append(
                    f"{self._series(direction)}: no totals, since the file holds nothing of the HS chapters {missing}"
                )
            else:
                parts.append(self._totals(rows, direction))
        frame = self._frame(pd.concat(parts, ignore_index=True), layout, year, published)
        return Reading(self.place.kind, (frame,), tuple(remarks))

    def _layout(self, found: Sequence[str]) -> _Layout:
        """The declared layout with exactly these labels, in whatever order."""
        spellings: dict[int, list[str]] = {}
        for label, month in self.months.items():
            spellings.setdefault(month, []).append(label)
        months = [
            next((label for label in spellings[month] if f"Value-{label}" in found), spellings[month][0])
            for month in range(1, 13)
        ]
        measures = [f"{part}-{label}" for label in ("Year", *months) for part in ("Quantity1", "Quantity2", "Value")]
        layouts = [
            (str(layout["id"]), [*map(fold, sequence(layout, "columns")), *measures])
            for layout in layouts_of(self.spec)
        ]
        name, expected = min(layouts, key=lambda layout: distance(found, layout[1]))
        if distance(found, expected):
            told = [f"column {change.column + 1}: {change.text}" for change in differences(found, expected)]
            raise self.place.layout_changed(
                f"line 1 is none of the declared layouts: {'; '.join(told[:5])}",
                f"expected the {len(expected)} columns of the closest layout “{name}”; found {len(found)}",
            )
        keys = {self.columns[label]: label for label in expected if self.columns.get(label) in _PATTERNS}
        quantities = {
            label: [f"{key}-{when}" for when in ("Year", *months)]
            for label in expected
            if (key := self.columns.get(label)) in ("Quantity1", "Quantity2")
        }
        return _Layout(found, keys, quantities, [*(f"Value-{label}" for label in months), "Value-Year"])

    def _rows(self, layout: _Layout, data: bytes) -> _Rows:
        lines: list[Numbers] = []
        keys: dict[str, list[Texts]] = {key: [] for key in layout.keys}
        values: list[Numbers] = []
        for chunk in self._chunks(layout, data):
            at = chunk.index.to_numpy(dtype=np.int64) + 2
            surplus = (chunk[_SURPLUS] != "").to_numpy()
            self._refuse(at, chunk[_SURPLUS], surplus, _SURPLUS, f"{len(layout.labels)} cells as in line 1")
            for key, label in layout.keys.items():
                cells = chunk[label].str.strip()
                wrong = ~cells.str.fullmatch(_PATTERNS[key]).to_numpy(dtype=bool)
                self._refuse(at, cells, wrong, label, _EXPECTED[key])
                keys[key].append(cells.str.strip("'").to_numpy(dtype=object))
            pattern = str(self.spec["unit_pattern"])
            for unit, quantities in layout.quantities.items():
                wrong = ~chunk[unit].str.fullmatch(pattern).to_numpy(dtype=bool)
                self._refuse(at, chunk[unit], wrong, unit, f"a unit like KG, or spaces ({pattern})")
                without = (chunk[unit].str.strip() == "").to_numpy(dtype=bool)
                for label in quantities:
                    wrong = without & (self._numbers(at, chunk[label], label) != 0)
                    self._refuse(at, chunk[label], wrong, label, f"0, since {unit} is blank")
            values.append(np.column_stack([self._numbers(at, chunk[label], label) for label in layout.values]))
            lines.append(at)
        if not lines:
            raise self.place.implausible("line 2: nothing below the header", "expected at least one row")
        rows = _Rows(
            np.concatenate(lines), {key: np.concatenate(cells) for key, cells in keys.items()}, np.concatenate(values)
        )
        months = rows.values[:, :12].sum(axis=1)
        apart = np.abs(months - rows.values[:, 12]) > int(str(self.spec["year_tolerance"]))
        if apart.any():
            row = int(np.argmax(apart))
            raise self.place.implausible(
                f"line {rows.lines[row]}:{layout.values[12]}: {rows.values[row, 12]}",
                f"expected the sum of the months, {months[row]}",
            )
        return rows

    def _chunks(self, layout: _Layout, data: bytes) -> Iterator[pd.DataFrame]:
        """The rows as text, some at a time, without blank lines; the index counts the lines below the header."""
        names = [*layout.labels, _SURPLUS]
        try:
            reader = pd.read_csv(
                io.BytesIO(data.removeprefix(_BOM)),
                header=None,
                skiprows=1,
                names=names,
                index_col=False,
                dtype=str,
                na_filter=False,
                skip_blank_lines=False,
                chunksize=_ROWS_AT_ONCE,
                encoding="ascii",
            )
            for chunk in reader:
                chunk = chunk.fillna("")
                there = (chunk != "").any(axis=1)
                if there.any():
                    yield chunk[there]
        except pd.errors.EmptyDataError:
            return
        except pd.errors.ParserError as fault:
            raise self.place.implausible(
                f"a line that is no row: {fault}", f"expected {len(layout.labels)} cells as in line 1"
            ) from None

    def _refuse(
        self, lines: Numbers, cells: "pd.Series[Any]", wrong: npt.NDArray[Any], label: str, expected: str
    ) -> None:
        if wrong.any():
            row = int(np.argmax(wrong))
            raise self.place.implausible(f"line {lines[row]}:{label}: “{cells.iloc[row]}”", f"expected {expected}")

    def _numbers(self, lines: Numbers, cells: "pd.Series[Any]", label: str) -> Numbers:
        stripped = cells.str.strip()
        wrong = ~stripped.str.fullmatch(r"\d{1,17}").to_numpy(dtype=bool)
        self._refuse(lines, cells, wrong, label, "a whole number, not below zero")
        return stripped.to_numpy(dtype=object).astype(np.int64)

    def _year(self, rows: _Rows, layout: _Layout) -> str:
        years = rows.keys["year"]
        other = years != years[0]
        if other.any():
            row = int(np.argmax(other))
            raise self.place.implausible(
                f"line {rows.lines[row]}:{layout.keys['year']}: “{years[row]}” below “{years[0]}”",
                f"expected {_EXPECTED['year']}",
            )
        return str(years[0])

    def _check_unique(self, rows: _Rows, layout: _Layout) -> None:
        keys = pd.DataFrame({key: pd.Categorical(cells) for key, cells in rows.keys.items()})
        again = keys.duplicated().to_numpy()
        if again.any():
            row = int(np.argmax(again))
            same = np.logical_and.reduce([cells == cells[row] for cells in rows.keys.values()])
            raise self.place.implausible(
                f"line {rows.lines[row]}: the same {', '.join(layout.keys.values())} a second time",
                f"expected them once; they stand in line {rows.lines[int(np.argmax(same))]} too",
            )

    def _missing_chapters(self, rows: _Rows, direction: str) -> str:
        """The HS chapters of which a file with all commodities would hold something, and this one does not."""
        commodities = rows.keys["commodity"][rows.keys["direction"] == direction]
        missing = sorted(set(sequence(self.spec, "whole_chapters")) - {text[:2] for text in commodities})
        return ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")

    def _detail(self, rows: _Rows) -> pd.DataFrame:
        """One row a row of the file: what it is about, the words of its cell, and its thirteen values."""
        texts = np.full(len(rows.lines), "", dtype=object)
        for key in ("commodity", "country", "office"):
            if key in rows.keys:
                texts = texts + f";{key}=" + rows.keys[key]
        return pd.DataFrame(
            {
                "direction": rows.keys["direction"],
                "office": rows.keys.get("office", np.full(len(texts), "", dtype=object)),
                "dimensions": [text[1:] for text in texts],
                "lines": [f"line {line}" for line in rows.lines.tolist()],
                **{str(column): rows.values[:, column] for column in range(13)},
            }
        )

    def _totals(self, rows: _Rows, direction: str) -> pd.DataFrame:
        """All commodities and countries together, by office where there are offices."""
        there = rows.keys["direction"] == direction
        office = rows.keys.get("office", np.full(len(there), "", dtype=object))[there]
        sums = pd.DataFrame(rows.values[there]).groupby(office).sum()
        lines = pd.Series(rows.lines[there]).groupby(office).agg(["min", "max"])
        offices = [str(code) for code in sums.index]
        return pd.DataFrame(
            {
                "direction": direction,
                "office": offices,
                "dimensions": [f"office={code}" if code else "" for code in offices],
                "lines": [f"lines {first}-{last}" for first, last in lines.to_numpy().tolist()],
                **{str(column): sums[column].to_numpy() for column in range(13)},
            }
        )

    def _series(self, direction: str) -> str:
        return mapping_of(self.spec, "directions")[direction]

    def _frame(self, part: pd.DataFrame, layout: _Layout, year: str, published: int) -> pd.DataFrame:
        """One row a figure: every row of `part` in each published month, and in the year once all are published."""
        columns = [(month, f"{year}-{month + 1:02}") for month in range(published)]
        if published == 12:
            columns.append((12, year))

        def in_each(texts: "pd.Series[Any]") -> Any:
            once = pd.Categorical(texts.astype(object))
            return pd.Categorical.from_codes(np.tile(once.codes, len(columns)), categories=once.categories)

        def everywhere(text: str) -> Any:
            return pd.Categorical.from_codes(
                np.zeros(len(part) * len(columns), dtype=np.int8), categories=pd.Index([text], dtype=object)
            )

        areas = {code: self._area(code) for code in part["office"].unique()}
        periods = pd.Index([period for _, period in columns], dtype=object)
        lines = part["lines"].tolist()
        stages = mapping_of(self.spec, "stage_by_name")
        stage = next((stages[form] for form in stages if fnmatchcase(self.place.file, form)), str(self.spec["stage"]))
        content: dict[str, Any] = {
            "series": in_each(part["direction"].map(mapping_of(self.spec, "directions"))),
            "area": in_each(part["office"].map({code: area for code, (area, _, _) in areas.items()})),
            "area_name": in_each(part["office"].map({code: name for code, (_, name, _) in areas.items()})),
            "kind": in_each(part["office"].map({code: str(kind) for code, (_, _, kind) in areas.items()})),
            "period": pd.Categorical.from_codes(np.repeat(np.arange(len(columns)), len(part)), categories=periods),
            "dimensions": in_each(part["dimensions"]),
            "value": np.concatenate([part[str(column)].to_numpy(dtype=np.int64) for column, _ in columns]),
            "unit": everywhere(str(self.spec["unit"])),
            "stage": everywhere(Stage(stage).value),
            "step": np.ones(len(part) * len(columns), dtype=np.int64),
            "sheet": everywhere(""),
            "cell": np.array(
                [f"{line}:{layout.values[column]}" for column, _ in columns for line in lines], dtype=object
            ),
        }
        return pd.DataFrame({name: content[name] for name in READING_COLUMNS})

    def _area(self, office: str) -> tuple[str, str, AreaKind]:
        """Where an office's figures belong: Japan, unless config says which municipality."""
        offices = mapping_of(self.spec, "offices")
        if office not in offices:
            return JAPAN, str(self.spec["country_name"]), AreaKind.COUNTRY
        declared = mapping_of(offices, office)
        kind = area_kind(declared["area"], declared["name"])
        if kind is None:
            raise self.place.implausible(
                f"offices: {office} is {declared['area']} “{declared['name']}”", "expected a code and a name of an area"
            )
        return declared["area"], declared["name"], kind
