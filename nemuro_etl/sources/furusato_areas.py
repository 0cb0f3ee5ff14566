"""What the yearly detail and the history of ふるさと納税 share: their areas, their cells, and what a donation may be."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nemuro_etl.model.area import AreaKind, five_digits
from nemuro_etl.sources.areas import area_kind
from nemuro_etl.sources.container import Row, Sheet
from nemuro_etl.sources.faults import Place
from nemuro_etl.sources.frame import Areas
from nemuro_etl.sources.labels import fold, mapping_of

_TITLE_ROWS = 40
"""A preface, if any, and the header are within these rows."""

Name = tuple[str, str]
"""Prefecture and municipality, folded; the latter "" for the prefecture itself."""


@dataclass(frozen=True, slots=True)
class AreaRow:
    """A row of figures: whose they are, and its zero-based number."""

    row: int
    code: str
    name: str
    kind: AreaKind


def table_of(spec: Mapping[str, object], sheets: Sequence[Sheet]) -> Sheet | None:
    """The first sheet in whose first rows every phrase of `title_says` stands."""
    phrases = spec["title_says"]
    if not isinstance(phrases, list):
        raise TypeError(f"title_says: a list is needed, not {phrases!r}")
    for sheet in sheets:
        text = "\n".join(fold(value) for row in sheet.rows[:_TITLE_ROWS] for value in row)
        if all(fold(phrase) in text for phrase in phrases):
            return sheet
    return None


def codes_of(spec: Mapping[str, object]) -> dict[Name, str]:
    """The six-digit code of every prefecture and municipality that `codes` names."""
    codes = {}
    for prefecture, text in mapping_of(spec, "codes").items():
        words = text.split()
        for code, name in zip(words[::2], words[1::2], strict=True):
            codes[fold(prefecture), "" if name == prefecture else fold(name)] = code
    return codes


def data_rows(place: Place, sheet: Sheet, header: int, column: int) -> tuple[int, int]:
    """The first row below the header with something in `column`, and the row after the last that is not empty."""
    rows = sheet.rows
    start = next((row for row in range(header + 1, len(rows)) if fold(rows[row][column])), len(rows))
    end = len(rows)
    while end > start and not any(map(fold, rows[end - 1])):
        end -= 1
    if start == end:
        raise place.implausible(f"{place.cell(header, column)}: no row below the header", "expected rows of areas")
    return start, end


def text_of(row: Row, column: int) -> str:
    """A name as published, outer white space (全角 too) trimmed."""
    return str(row[column]).strip()


def area_row(place: Place, row: int, column: int, code: str, name: str) -> AreaRow:
    """The area of the six-digit `code`; `row` and `column` only for messages."""
    try:
        five = five_digits(code)
    except ValueError as fault:
        raise place.implausible(
            f"{place.cell(row, column)}: the code of {name}", f"expected a municipality code; {fault}"
        ) from None
    kind = area_kind(five, name)
    if kind is None or kind in (AreaKind.WARD, AreaKind.COUNTY):
        raise place.implausible(
            f"{place.cell(row, column)}: the code {code} with the name “{name}”",
            "expected a prefecture, a city, a town, a village or a special ward with a code and name that belong together",
        )
    return AreaRow(row, five[:2] if kind is AreaKind.PREFECTURE else five, name, kind)


def number_of(place: Place, row: Row, at: int, column: int, factor: int) -> int:
    """The whole number that the cell times `factor` is; the noise of binary fractions is removed.

    Anything else, a blank cell too, stops the file.
    """
    value = row[column]
    if type(value) not in (float, int):
        shown = f"“{value}”" if fold(value) else "an empty cell"
        raise place.implausible(f"{place.cell(at, column)}: {shown}", f"expected a number, 0 for none; found {shown}")
    assert isinstance(value, float | int)
    scaled = value * factor
    # A binary fraction of 千円 is off by less than 0.0001 円 up to 10^12 円.
    if not math.isfinite(scaled) or scaled < 0 or abs(scaled - round(scaled)) > 0.001:
        raise place.implausible(
            f"{place.cell(at, column)}: {value!r}",
            "expected a whole number, not below zero"
            if factor == 1
            else f"expected a number with at most {len(str(factor)) - 1} decimals, not below zero",
        )
    return round(scaled)


def order_areas(rows: Sequence[AreaRow]) -> tuple[Areas, npt.NDArray[np.intp]]:
    """The areas by code, and the position in `rows` of each."""
    order = np.array(sorted(range(len(rows)), key=lambda index: rows[index].code), dtype=np.intp)
    ordered = [rows[index] for index in order]
    return Areas(
        [area.code for area in ordered], [area.name for area in ordered], [area.kind for area in ordered]
    ), order


def check_complete(place: Place, codes: Mapping[Name, str], rows: Sequence[AreaRow], end: int, column: int) -> None:
    """Every prefecture of `codes` is there with at least one municipality, areas by code and none twice."""
    seen: dict[str, AreaRow] = {}
    last = ""
    for area in rows:
        if area.code in seen:
            raise place.implausible(
                f"{place.cell(area.row, column)}: {area.name} ({area.code}) a second time",
                f"expected every area once; it stands in row {seen[area.code].row + 1} too",
            )
        seen[area.code] = area
        if area.code.ljust(5, "0") < last:
            raise place.implausible(
                f"{place.cell(area.row, column)}: {area.name} ({area.code}) below the code {last}",
                "expected the areas in the order of their codes, as in every file of the publisher: rows or names may be "
                "shifted",
            )
        last = area.code.ljust(5, "0")
    within = {area.code[:2] for area in rows if area.kind is not AreaKind.PREFECTURE}
    for (prefecture, municipality), code in codes.items():
        if municipality:
            continue
        if code[:2] not in seen or code[:2] not in within:
            what = "is missing" if code[:2] not in seen else "has no municipality"
            raise place.implausible(
                f"{place.cell(end - 1, column)}: {prefecture} {what}",
                "expected every prefecture, each with its municipalities: the file may be cut short",
            )


def check_average(place: Place, spec: Mapping[str, object], period: str, cell: str, amount: int, count: int) -> None:
    """What the average donation of the whole table says about the unit: 千円 read as 円 would be off by 1,000."""
    bounds = mapping_of(spec, "believable_average")
    if not count or not int(bounds["min"]) <= amount / count <= int(bounds["max"]):
        average = f"{amount / count:,.0f} 円 a donation" if count else "no donation at all"
        raise place.implausible(
            f"{cell}: {amount:,} 円 in {count:,} donations in {period}",
            f"expected {int(bounds['min']):,} to {int(bounds['max']):,} 円 a donation over all areas; found {average}: "
            "the unit may have changed",
        )
