"""What the two tourism files have in common: municipalities without codes, the fiscal year above a table, subtotals."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nemuro_etl.model.period import find_japanese_fiscal_year
from nemuro_etl.sources.container import Sheet
from nemuro_etl.sources.faults import Place
from nemuro_etl.sources.labels import fold, mapping_of, sequence

MONTHS = (4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3)
YEAR = re.compile(r"(?:令和|平成|昭和)(?:元|\d{1,2})年度")


def month_period(fiscal_year: int, month: int) -> str:
    """`2016-01` for January of FY2015."""
    return f"{fiscal_year + (month < 4)}-{month:02}"


class Municipalities:
    """Codes by name, as config declares them."""

    def __init__(self, spec: Mapping[str, object]) -> None:
        now, former = mapping_of(spec, "areas"), mapping_of(spec, "former_areas")
        self._codes = {fold(name): code for name, code in {**former, **now}.items()}
        self._earlier = spec["earlier_codes"]
        self._misspellings = {fold(wrong): fold(right) for wrong, right in mapping_of(spec, "misspellings").items()}

    def spell(self, name: str) -> str:
        """The folded name with a known misspelling put right."""
        return self._misspellings.get(name, name)

    def code(self, name: str, fiscal_year: int) -> str | None:
        """The code that the municipality had in `fiscal_year`; None for a name that is not declared."""
        assert isinstance(self._earlier, dict)
        earlier = self._earlier.get(name)
        if earlier is not None and fiscal_year <= int(earlier["through"]):
            return str(earlier["code"])
        return self._codes.get(name)


def fiscal_years_above(rows: Sequence[Sequence[object]]) -> dict[int, tuple[int, int]]:
    """Every fiscal year that texts in `rows` name, each with the zero-based row and column where it stands first."""
    found: dict[int, tuple[int, int]] = {}
    for row, values in enumerate(rows):
        for column, value in enumerate(values):
            for text in YEAR.findall(fold(value)) if isinstance(value, str) else []:
                year = find_japanese_fiscal_year(text)
                if year is not None:
                    found.setdefault(year, (row, column))
    return found


def only_fiscal_year(place: Place, header: int, sheet: Sheet, others: Sequence[Sheet] = ()) -> int:
    """The one fiscal year named above the row `header`, or else on the other sheets."""
    found = fiscal_years_above(sheet.rows[:header])
    cells = {year: place.cell(*cell) for year, cell in found.items()}
    for other in others if not cells else ():
        elsewhere = Place(place.source, place.file, place.kind, other.name)
        for year, cell in fiscal_years_above(other.rows).items():
            cells.setdefault(year, elsewhere.cell(*cell))
    if len(cells) != 1:
        told = ", ".join(f"FY{year} in {cell}" for year, cell in sorted(cells.items())) or "none"
        raise place.implausible(
            f"{place.cell(0, 0)} to {place.cell(max(header - 1, 0), 0)}: which fiscal year the table is about",
            f"expected one year like 平成27年度 above the header; found {told}",
        )
    year = next(iter(cells))
    named = {find_japanese_fiscal_year(text) for text in YEAR.findall(fold(sheet.name))}
    if named - {year}:
        raise place.implausible(
            f"the sheet is named “{sheet.name}”, the table in it is of FY{year} ({cells[year]})",
            "expected the same fiscal year: sheets may be swapped",
        )
    return year


def is_provisional(spec: Mapping[str, object], rows: Sequence[Sequence[object]]) -> bool:
    """Whether texts in `rows` call the figures 速報."""
    words = [fold(word) for word in sequence(spec, "provisional_words")]
    return any(word in fold(value) for values in rows for value in values if isinstance(value, str) for word in words)


def subtotal_level(spec: Mapping[str, object], name: str) -> str | None:
    """bureau, region or all for the folded name of a row or sheet that is a sum; None for others."""
    endings = {fold(ending): level for ending, level in mapping_of(spec, "subtotals").items()}
    return next((endings[ending] for ending in sorted(endings, key=len, reverse=True) if name.endswith(ending)), None)


_LEVELS = ("bureau", "region", "all")


@dataclass
class RunningSums:
    """Sums since the last subtotal of each level, over cells by key."""

    sums: dict[str, dict[object, int]] = field(default_factory=lambda: {level: {} for level in _LEVELS})
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_LEVELS, 0))

    def add(self, numbers: Mapping[object, int]) -> None:
        """Count one more municipality."""
        for level in _LEVELS:
            self.counts[level] += 1
            for key, number in numbers.items():
                self.sums[level][key] = self.sums[level].get(key, 0) + number

    def close(self, level: str) -> tuple[dict[object, int], int]:
        """The sums of `level` and of how many parts; what is below it begins anew."""
        result = self.sums[level], self.counts[level]
        for lower in _LEVELS[: _LEVELS.index(level) + 1]:
            self.sums[lower], self.counts[lower] = {}, 0
        return result
