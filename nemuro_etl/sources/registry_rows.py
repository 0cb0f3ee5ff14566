"""The rows of a registry table: which area each is of, and its numbers."""

from collections.abc import Mapping, Sequence

import numpy as np

from nemuro_etl.model.area import JAPAN, AreaKind, five_digits
from nemuro_etl.sources.areas import area_kind
from nemuro_etl.sources.container import Sheet
from nemuro_etl.sources.faults import Place
from nemuro_etl.sources.labels import fold, mapping_of, sequence
from nemuro_etl.sources.registry_header import Header
from nemuro_etl.sources.registry_table import Measure, Numbers, Rows, is_number

_NUMBERS = frozenset({int, float})


class RowReader:
    """The rows below a header; every cell that is not as declared stops the file."""

    def __init__(self, place: Place, spec: Mapping[str, object], sheet: Sheet, header: Header) -> None:
        self.place = place
        self.spec = spec
        self.sheet = sheet
        self.header = header
        self.blank_marks = set(sequence(spec, "blank_marks"))

    def read_areas(self) -> Rows:
        """Which area each row, or each three rows, are of."""
        at, start = self.header.keys, self.header.start
        end = self._data_end(start, at["code"], self.header.width)
        sexes = [fold(sex) for sex in mapping_of(self.spec, "sexes")] if "sexes" in self.spec else [None]
        step = len(sexes)
        rows = self.sheet.rows
        county_like = set(sequence(self.spec, "county_like"))
        without_code = set(sequence(self.header.layout, "subtotals_without_code"))
        mark = str(self.spec["name_mark"])
        codes: list[str] = []
        names: list[str] = []
        kinds: list[AreaKind] = []
        seen: dict[str, int] = {}
        marked = 0
        for first in range(start, end, step):
            if step > 1:
                self._check_sexes(first, end, sexes, at)
            row = rows[first]
            raw = "" if row[at["code"]] in self.blank_marks else row[at["code"]]
            prefecture = self._name(row[at["prefecture"]])
            municipality = self._name(row[at["municipality"]])
            published = municipality or prefecture
            name = published.rstrip(mark).strip()
            marked += published != name
            if first == start:
                code, kind = JAPAN, AreaKind.COUNTRY
                if raw or municipality or prefecture != self.spec["total_row"]:
                    raise self.place.implausible(
                        f"{self.place.cell(first, at['code'])}: “{raw}”, “{prefecture}”, “{municipality}” as the first row",
                        f"expected “{self.spec['total_row']}” with neither a code nor a municipality",
                    )
            elif not raw and name in without_code:
                code, kind = "", AreaKind.COUNTY
            else:
                code, kind = self._code(first, at, raw, name, county_like)
                if (kind is AreaKind.PREFECTURE) == bool(municipality):
                    raise self.place.implausible(
                        f"{self.place.cell(first, at['municipality'])}: “{row[at['municipality']]}” with the code {raw}",
                        "expected a municipality's name unless the code is a prefecture's",
                    )
            if code in seen and code:
                raise self.place.implausible(
                    f"{self.place.cell(first, at['code'])}: the code {raw} a second time",
                    f"expected every code once; it stands in row {seen[code] + 1} too",
                )
            seen[code] = first
            last = next((other for other in reversed(codes) if other), "")
            if code and code.ljust(5, "0") < last.ljust(5, "0"):
                raise self.place.implausible(
                    f"{self.place.cell(first, at['code'])}: the code {raw} of {name} below {last}",
                    "expected the codes in ascending order, as in every file of the publisher: rows or codes may be shifted",
                )
            codes.append(code)
            names.append(name)
            kinds.append(kind)
        self._check_count(len(codes))
        return Rows(np.arange(start, end, step), codes, names, kinds, marked)

    def _data_end(self, start: int, code_column: int, width: int) -> int:
        """The row after the last area: notes and empty rows may follow, nothing else."""
        rows = self.sheet.rows
        end = len(rows)
        note_mark = fold(self.spec["note_mark"])
        while end > start:
            filled = [value for value in rows[end - 1] if fold(value)]
            note = len(filled) == 1 and fold(rows[end - 1][code_column]).startswith(note_mark)
            if filled and not note:
                break
            end -= 1
        for row in rows[start:end]:
            if len(row) > width and any(fold(value) for value in row[width:]):
                index = rows.index(row)
                raise self.place.layout_changed(
                    f"{self.place.cell(index, width)}: something right of the last column",
                    "expected nothing in a column without a label",
                )
        return end

    def _check_sexes(self, first: int, end: int, sexes: Sequence[str | None], at: Mapping[str, int]) -> None:
        """The rows of an area come together, in the declared order, with the same code and names."""
        rows = self.sheet.rows
        for offset, sex in enumerate(sexes):
            if first + offset >= end:
                raise self.place.implausible(
                    f"{self.place.cell(end - 1, at['sex'])}: the last area has {offset} of {len(sexes)} rows",
                    f"expected {', '.join(map(str, sexes))}: the file may be cut short",
                )
            row = rows[first + offset]
            if fold(row[at["sex"]]) != sex:
                raise self.place.implausible(
                    f"{self.place.cell(first + offset, at['sex'])}: “{row[at['sex']]}”", f"expected “{sex}”"
                )
            for key in ("code", "prefecture", "municipality"):
                if row[at[key]] != rows[first][at[key]]:
                    raise self.place.implausible(
                        f"{self.place.cell(first + offset, at[key])}: “{row[at[key]]}”",
                        f"expected “{rows[first][at[key]]}” as in the first row of the area",
                    )

    def _name(self, value: object) -> str:
        """A name as published, outer white space (全角 too) trimmed; "" where a blank is marked."""
        text = str(value).strip()
        return "" if text in self.blank_marks else text

    def _code(
        self, row: int, at: Mapping[str, int], raw: object, name: str, county_like: set[str]
    ) -> tuple[str, AreaKind]:
        if not isinstance(raw, str) or len(raw) != 6:
            raise self.place.implausible(
                f"{self.place.cell(row, at['code'])}: “{raw}” as the code of {name or 'a row without a name'}",
                "expected six digits as text, with the check digit",
            )
        try:
            five = five_digits(raw)
        except ValueError as fault:
            raise self.place.implausible(
                f"{self.place.cell(row, at['code'])}: the code of {name}", f"expected a municipality code; {fault}"
            ) from None
        kind = area_kind(five, name, county_like)
        if kind is None:
            raise self.place.implausible(
                f"{self.place.cell(row, at['code'])}: the code {raw} with the name “{name}”",
                "expected a code and a name that belong together",
            )
        return (five[:2] if kind is AreaKind.PREFECTURE else five), kind

    def _check_count(self, count: int) -> None:
        bounds = mapping_of(self.spec, "believable_areas")
        if not int(bounds["min"]) <= count <= int(bounds["max"]):
            raise self.place.implausible(
                f"{self.sheet.name}: {count} areas", f"expected {bounds['min']} to {bounds['max']} areas"
            )

    def read_numbers(self, rows: Rows) -> tuple[Numbers, int]:
        """Areas × measures, NaN where the publisher's declared marks stand; and how many figures are withheld so."""
        measures = self.header.measures
        columns = sorted({measure.column for measure in measures})
        start, step = int(rows.first[0]), max(measure.row_offset for measure in measures) + 1
        count = len(rows.first) * step
        cells_of = list(zip(*self.sheet.rows[start : start + count], strict=True))
        values = np.full((count, len(columns)), np.nan)
        withheld = 0
        for index, column in enumerate(columns):
            measure = next(measure for measure in measures if measure.column == column)
            cells = cells_of[column]
            if _NUMBERS.issuperset(map(type, cells)):
                values[:, index] = cells
            else:
                odd = [row for row, cell in enumerate(cells) if not is_number(cell)]
                values[:, index] = [cell if is_number(cell) else np.nan for cell in cells]
                if not measure.unused:
                    self._check_marks(measure, cells, odd, start)
                    withheld += 0 if measure.rate_of else len(odd)
            if measure.rate_of is None and not measure.unused:
                self._check_whole(measure, values[:, index], start)
        position = {column: index for index, column in enumerate(columns)}
        cube = values.reshape(len(rows.first), step, len(columns))
        return np.stack([cube[:, m.row_offset, position[m.column]] for m in measures], axis=1), withheld

    def _check_marks(self, measure: Measure, cells: Sequence[object], odd: Sequence[int], start: int) -> None:
        """Refuse what is neither a number nor a mark that the layout declares for the measure."""
        marks = self._marks(measure)
        for row in odd:
            if cells[row] not in marks:
                raise self._unknown_mark(start + row, measure, cells[row], marks)

    def _marks(self, measure: Measure) -> list[str]:
        """What may stand in the measure's cells instead of a number."""
        layout = self.header.layout
        if measure.rate_of is not None:
            marks = sequence(layout, "rate_marks")
            return marks if layout["rates"] == "checked" else ["", *marks]
        remainder = self.spec.get("remainder")
        if isinstance(remainder, dict) and measure.name != remainder["of"]:
            return sequence(layout, "withheld_marks")
        return []

    def _unknown_mark(self, row: int, measure: Measure, found: object, marks: Sequence[str]) -> Exception:
        allowed = " or ".join(f"“{mark}”" for mark in marks)
        shown = "an empty cell" if found == "" else f"“{found}”"
        return self.place.implausible(
            f"{self.place.cell(row, measure.column)}: {shown} in the column “{measure.label}”",
            f"expected a number{f' or {allowed}' if allowed else ''}; found {shown}",
        )

    def _check_whole(self, measure: Measure, values: Numbers, start: int) -> None:
        """Counts are whole, and not negative unless they are changes."""
        with np.errstate(invalid="ignore"):
            wrong = (values != np.floor(values)) & ~np.isnan(values)
            if measure.spec.get("signed") != "yes":
                wrong |= values < 0
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise self.place.implausible(
                f"{self.place.cell(start + row, measure.column)}: {values[row]:g} in the column “{measure.label}”",
                f"expected a whole number of {measure.spec['unit']}"
                + ("" if measure.spec.get("signed") == "yes" else ", not below zero"),
            )
