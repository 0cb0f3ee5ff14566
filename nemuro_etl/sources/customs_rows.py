"""Rows of a customs file, some megabytes at a time: checked cell by cell, or refused with line and column.

What has nothing unusual in it is read as numbers at once. Everything else is read again as text by the strict way, which
alone decides what is wrong and says so.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nemuro_etl.sources.faults import Place
from nemuro_etl.sources.labels import sequence
from nemuro_etl.sources.trade_figures import YEAR, Numbers, Rows, key_of

_BYTES_AT_ONCE = 4_000_000
_PLAIN = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ,' \r\n"
_LARGEST = 10**17
"""Numbers have fewer digits than this."""
_SURPLUS = "surplus"
PATTERNS = {
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


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of a file."""

    labels: Sequence[str]
    keys: Mapping[str, str]
    """Label by key: direction, year, office, commodity, country."""
    quantities: Mapping[str, Sequence[str]]
    """Labels of the quantities by the label of their unit."""
    values: Sequence[str]
    """Labels of the months' values, January first, then of the year's."""


def blocks(content: BufferedIOBase) -> Iterator[tuple[int, bytes]]:
    """The number of a line and the whole lines from there, some megabytes, for all that follows the first line."""
    line, rest = 2, b""
    while piece := content.read(_BYTES_AT_ONCE):
        lines, end, piece = (rest + piece).rpartition(b"\n")
        if end:
            yield line, lines + end
            line += lines.count(b"\n") + 1
        rest = piece
    if rest:
        yield line, rest


class RowReader:
    """Reads block after block; all of them are of one year."""

    def __init__(self, place: Place, spec: Mapping[str, object], layout: Layout) -> None:
        self._place = place
        self._layout = layout
        self._unit_pattern = str(spec["unit_pattern"])
        self._tolerance = int(str(spec["year_tolerance"]))
        self._chapters = np.zeros(100, dtype=bool)
        self._chapters[[int(chapter) for chapter in sequence(spec, "whole_chapters")]] = True
        self.year = ""
        """"" before the first row."""

    def read(self, line: int, block: bytes) -> Rows:
        """The rows of a block that begins with a line of the file; blank lines are none."""
        rows = self._plainly(line, block)
        if rows is None:
            rows = self._strictly(line, block)
        months = rows.values[:, :YEAR].sum(axis=1)
        apart = np.abs(months - rows.values[:, YEAR]) > self._tolerance
        if apart.any():
            row = int(np.argmax(apart))
            raise self._place.implausible(
                f"line {rows.first[row]}:{self._layout.values[YEAR]}: {rows.values[row, YEAR]}",
                f"expected the sum of the months, {months[row]}",
            )
        return rows

    def _plainly(self, line: int, block: bytes) -> Rows | None:
        """The rows as numbers; None where a single cell is not as expected, or might not be."""
        layout = self._layout
        # pandas would take +5, 1.0 and a lone carriage return for something; a file has none of them
        if block.translate(None, _PLAIN) or block.count(b"\r") != block.count(b"\r\n"):
            return None
        texts = {*layout.keys.values(), *layout.quantities, _SURPLUS}
        try:
            table = self._table(
                block, {label: str if label in texts else np.int64 for label in (*layout.labels, _SURPLUS)}
            )
        except ValueError:
            return None
        if (table[_SURPLUS] != "").any():
            return None
        keys: dict[str, Numbers] = {}
        for key, label in layout.keys.items():
            codes, distinct = _distinct(table[label].str.strip())
            if not distinct.str.fullmatch(PATTERNS[key]).all():
                return None
            keys[key] = distinct.str.strip("'").to_numpy(dtype=object).astype(np.int64)[codes]
        years = {self.year or f"{keys['year'][0]:04}", *(f"{year:04}" for year in set(keys["year"].tolist()))}
        if len(years) > 1 or not self._known_chapters(keys["commodity"]).all():
            return None
        for unit, quantities in layout.quantities.items():
            codes, distinct = _distinct(table[unit])
            without = (distinct.str.strip() == "").to_numpy()[codes]
            if (
                not distinct.str.fullmatch(self._unit_pattern).all()
                or table.loc[without, list(quantities)].to_numpy().any()
            ):
                return None
        numbers = table[[label for label in layout.labels if label not in texts]].to_numpy()
        if numbers.min() < 0 or numbers.max() >= _LARGEST:
            return None
        (self.year,) = years
        return self._rows(np.arange(line, line + len(table)), keys, table[list(layout.values)].to_numpy())

    def _strictly(self, line: int, block: bytes) -> Rows:
        """The rows as text, every cell looked at."""
        layout = self._layout
        if not block.isascii():
            number = next(n for n, text in enumerate(block.split(b"\n"), line) if not text.isascii())
            raise self._place.implausible(f"line {number}: characters that are not ASCII", "expected plain ASCII")
        try:
            table = self._table(block, str).fillna("")
        except pd.errors.ParserError as fault:
            raise self._place.implausible(
                f"a line that is no row: {fault}", f"expected {len(layout.labels)} cells as in line 1"
            ) from None
        table = table[(table != "").any(axis=1)]
        lines = table.index.to_numpy(dtype=np.int64) + line
        surplus = (table[_SURPLUS] != "").to_numpy()
        self._refuse(lines, table[_SURPLUS], surplus, _SURPLUS, f"{len(layout.labels)} cells as in line 1")
        keys: dict[str, Numbers] = {}
        for key, label in layout.keys.items():
            cells = table[label].str.strip()
            wrong = ~cells.str.fullmatch(PATTERNS[key]).to_numpy(dtype=bool)
            self._refuse(lines, cells, wrong, label, _EXPECTED[key])
            keys[key] = cells.str.strip("'").to_numpy(dtype=object).astype(np.int64)
        commodities = table[layout.keys["commodity"]]
        unknown = ~self._known_chapters(keys["commodity"])
        self._refuse(lines, commodities, unknown, layout.keys["commodity"], "a commodity of one of whole_chapters")
        self._check_year(lines, table[layout.keys["year"]].str.strip())
        for unit, quantities in layout.quantities.items():
            wrong = ~table[unit].str.fullmatch(self._unit_pattern).to_numpy(dtype=bool)
            self._refuse(lines, table[unit], wrong, unit, f"a unit like KG, or spaces ({self._unit_pattern})")
            without = (table[unit].str.strip() == "").to_numpy(dtype=bool)
            for label in quantities:
                wrong = without & (self._numbers(lines, table[label], label) != 0)
                self._refuse(lines, table[label], wrong, label, f"0, since {unit} is blank")
        values = np.column_stack([self._numbers(lines, table[label], label) for label in layout.values])
        return self._rows(lines, keys, values)

    def _table(self, block: bytes, types: Any) -> pd.DataFrame:
        return pd.read_csv(
            io.BytesIO(block),
            header=None,
            names=[*self._layout.labels, _SURPLUS],
            index_col=False,
            dtype=types,
            na_filter=False,
            skip_blank_lines=False,
            low_memory=False,
            encoding="ascii",
        )

    def _rows(self, lines: Numbers, keys: Mapping[str, Numbers], values: Numbers) -> Rows:
        return Rows(
            lines,
            lines,
            key_of(keys["direction"], keys.get("office", 0), keys["commodity"], keys.get("country", 0)),
            values,
        )

    def _known_chapters(self, commodities: Numbers) -> npt.NDArray[np.bool_]:
        return self._chapters[commodities // 10**7]

    def _check_year(self, lines: Numbers, cells: "pd.Series[Any]") -> None:
        if not self.year and len(cells):
            self.year = str(cells.iloc[0])
        other = (cells != self.year).to_numpy()
        if other.any():
            row = int(np.argmax(other))
            raise self._place.implausible(
                f"line {lines[row]}:{self._layout.keys['year']}: “{cells.iloc[row]}” below “{self.year}”",
                f"expected {_EXPECTED['year']}",
            )

    def _refuse(
        self, lines: Numbers, cells: "pd.Series[Any]", wrong: npt.NDArray[Any], label: str, expected: str
    ) -> None:
        if wrong.any():
            row = int(np.argmax(wrong))
            raise self._place.implausible(f"line {lines[row]}:{label}: “{cells.iloc[row]}”", f"expected {expected}")

    def _numbers(self, lines: Numbers, cells: "pd.Series[Any]", label: str) -> Numbers:
        stripped = cells.str.strip()
        wrong = ~stripped.str.fullmatch(r"\d{1,17}").to_numpy(dtype=bool)
        self._refuse(lines, cells, wrong, label, "a whole number, not below zero")
        return stripped.to_numpy(dtype=object).astype(np.int64)


def _distinct(cells: "pd.Series[str]") -> tuple[Numbers, "pd.Series[str]"]:
    """Each cell as a number into the distinct ones, so that a check looks at each of these once."""
    codes, distinct = pd.factorize(cells)
    return codes, pd.Series(distinct)
