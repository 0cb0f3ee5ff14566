"""The header of a registry table: the one declared layout that it has, its dates and its measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nemuro_etl.model.period import find_japanese_date, fiscal_year_of
from nemuro_etl.sources.container import Sheet
from nemuro_etl.sources.faults import Place, column_letters
from nemuro_etl.sources.labels import (
    Heading,
    differences,
    distance,
    expected_labels,
    fold,
    fold_path,
    layouts_of,
    mapping_of,
    read_headings,
    sequence,
    year_of,
)
from nemuro_etl.sources.registry_table import Layout, Measure, Times, is_number

_PREFACE = 12
"""How far down a title may stand and still be recognised; where it must stand, the layout says."""
_UNITS = frozenset({"人", "世帯", "%"})


@dataclass(frozen=True, slots=True)
class Header:
    """What the header says."""

    layout: Layout
    keys: Mapping[str, int]
    """The zero-based columns of code, prefecture, municipality and, by age, sex."""
    measures: list[Measure]
    times: Times
    nationality: str
    start: int
    """The zero-based row with which the figures begin."""
    width: int
    """How many columns the table has."""


def find_title(spec: Mapping[str, object], sheet: Sheet) -> tuple[int, int] | None:
    """Zero-based row and column of a title that says what titles of this kind say; None when there is none."""
    words = [fold(word) for word in sequence(spec, "title_says")]
    for row, values in enumerate(sheet.rows[:_PREFACE]):
        for column, value in enumerate(values):
            if isinstance(value, str) and all(word in fold(value) for word in words):
                return row, column
    return None


def read_header(place: Place, spec: Mapping[str, object], sheet: Sheet) -> Header:
    """The header of a sheet that has a title of this kind. Raises LayoutChanged or FigureImplausible."""
    return _HeaderReader(place, spec, sheet).read()


class _HeaderReader:
    def __init__(self, place: Place, spec: Mapping[str, object], sheet: Sheet) -> None:
        self.place = place
        self.spec = spec
        self.sheet = sheet
        self.keys = {fold(label): name for label, name in mapping_of(spec, "keys").items()}
        self.title = fold(sheet.rows[0][0])

    def read(self) -> Header:
        self._check_title_stands_first()
        start = self._data_start()
        labels = self.sheet.rows[1:start]
        if not labels:
            raise self.place.layout_changed(
                f"{self.place.cell(1, 0)}: no row of labels", "expected labels between the title and the figures"
            )
        has_units = any(fold(value) in _UNITS for value in labels[-1])
        headings = self._trim(read_headings(labels, unit_row=has_units, keys=frozenset(self.keys)))
        layout = self._layout(headings, start, has_units)
        times = self._times(layout)
        nationality = self._nationality(layout)
        measures = self._measures(headings)
        self._check_headings(headings, measures, layout, times)
        keys = {self.keys[heading.path]: heading.column for heading in headings if heading.path in self.keys}
        return Header(layout, keys, measures, times, nationality, start, headings[-1].column + 1)

    def _check_title_stands_first(self) -> None:
        found = find_title(self.spec, self.sheet)
        if found is not None and found != (0, 0):
            raise self.place.layout_changed(
                f"the title stands in {self.place.cell(*found)}",
                f"expected it in {self.place.cell(0, 0)}; the header and the figures may be shifted too",
            )

    def _data_start(self) -> int:
        """The row of the country's total, with which the figures begin."""
        total = str(self.spec["total_row"])
        preface = list(enumerate(self.sheet.rows[1 : 2 * _PREFACE], start=1))
        for index, row in preface:
            if total in map(fold, row[: len(self.keys) + 1]):
                return index
        # Perhaps its column is missing: then the first row of numbers lets the header be compared and tells so.
        for index, row in preface:
            if sum(map(is_number, row)) > len(row) // 2:
                return index
        raise self.place.layout_changed(
            f"{self.place.cell(1, 0)} and below: no row “{total}”",
            f"expected the figures to begin with the row “{total}” within the first {2 * _PREFACE} rows; found none",
        )

    def _trim(self, headings: list[Heading]) -> list[Heading]:
        """Without the columns at the right end that hold nothing at all."""
        while headings and not headings[-1].path:
            column = headings[-1].column
            if any(fold(row[column]) for row in self.sheet.rows[1:]):
                break
            headings.pop()
        return headings

    def _layout(self, headings: Sequence[Heading], start: int, has_units: bool) -> Layout:
        """The one declared layout that the sheet has in every respect."""
        layouts = layouts_of(self.spec)
        found = [heading.path for heading in headings]
        candidates = [layout for layout in layouts if expected_labels(layout, found) == found]
        if not candidates:
            closest = min(
                layouts, key=lambda layout: (distance(found, expected_labels(layout, found)), self._strange(layout))
            )
            raise self._header_changed(headings, closest, start)
        for layout in candidates:
            if self._says(layout, start, has_units):
                return layout
        closest = min(candidates, key=self._strange)
        raise self._setting_changed(closest, start, has_units)

    def _strange(self, layout: Layout) -> int:
        """How little the sheet's name and the title speak for `layout`."""
        sheets = [fold(sheet) for sheet in sequence(layout, "sheets")]
        says = fold(f"（{layout['nationality']}）") in self.title if "nationality" in layout else True
        day = find_japanese_date(self.title)
        other_day = day is None or f"{day:%m-%d}" != layout["reference_day"]
        return 2 * (fold(self.sheet.name) not in sheets) + 2 * (not says) + other_day

    def _says(self, layout: Layout, start: int, has_units: bool) -> bool:
        day = find_japanese_date(self.title)
        return (
            self._may_be_named_so(layout)
            and int(str(layout["header_rows"])) == start
            and (layout.get("unit_row") == "yes") == has_units
            and (day is None or f"{day:%m-%d}" == layout["reference_day"])
        )

    def _may_be_named_so(self, layout: Layout) -> bool:
        """Whether the sheet has a name of `layout`, or one that says nothing: no layout's, and of no nationality."""
        name = fold(self.sheet.name)
        declared = {
            fold(sheet): other
            for kind in self.place.source.file_kinds
            for other in layouts_of(kind.spec)
            for sheet in (sequence(other, "sheets") if "sheets" in other else [])
        }
        if name in declared:
            return name in map(fold, sequence(layout, "sheets"))
        return not any(fold(word) in name for word in mapping_of(self.spec, "nationalities"))

    def _header_changed(self, headings: Sequence[Heading], layout: Layout, start: int) -> Exception:
        found = [heading.path for heading in headings]
        changes = differences(found, expected_labels(layout, found))
        told = []
        for change in changes[:5]:
            column = column_letters(change.column if change.missing else headings[change.column].column)
            told.append(f"column {column} ({self.sheet.name}!{column}2:{column}{start}): {change.text}")
        more = f"; and {len(changes) - 5} more" if len(changes) > 5 else ""
        return self.place.layout_changed(
            "the header is none of the declared layouts: " + "; ".join(told) + more,
            f"expected the {len(expected_labels(layout, found))} columns of the closest layout “{layout['id']}”; "
            f"found {len(found)} columns",
        )

    def _setting_changed(self, layout: Layout, start: int, has_units: bool) -> Exception:
        """The labels are those of `layout`, but something around them is not."""
        sheets = sequence(layout, "sheets")
        if not self._may_be_named_so(layout):
            return self.place.layout_changed(
                f"the sheet is named “{self.sheet.name}”, its title in {self.place.cell(0, 0)} is “{self.sheet.rows[0][0]}”",
                f"expected a sheet named {' or '.join(sheets)} for the layout “{layout['id']}”: sheets may be swapped",
            )
        if int(str(layout["header_rows"])) != start:
            return self.place.layout_changed(
                f"the title and the header take the rows 1 to {start}, the figures begin in row {start + 1} "
                f"({self.place.cell(start, 0)})",
                f"expected {layout['header_rows']} rows before the figures, as the layout “{layout['id']}” says",
            )
        if (layout.get("unit_row") == "yes") != has_units:
            return self.place.layout_changed(
                f"{self.place.cell(start - 1, 0)}: a row of units {'is there' if has_units else 'is missing'}",
                f"expected it {'not ' if has_units else ''}to be there, as the layout “{layout['id']}” says",
            )
        return self.place.layout_changed(
            f"{self.place.cell(0, 0)}: the reference date of “{self.sheet.rows[0][0]}”",
            f"expected a date on {layout['reference_day']}, as the layout “{layout['id']}” says; "
            f"found {find_japanese_date(self.title)}",
        )

    def _times(self, layout: Layout) -> Times:
        """The reference date is the first date of the title; the dynamics' period is that before it."""
        reference = find_japanese_date(self.title)
        if reference is None:
            raise self.place.implausible(
                f"{self.place.cell(0, 0)}: no date in “{self.sheet.rows[0][0]}”",
                "expected the title to begin with the reference date in the era 令和, 平成 or 昭和",
            )
        dynamics = layout.get("dynamics")
        if dynamics is None:
            return Times(reference, None, None)
        fiscal = dynamics == "fiscal year"
        year = fiscal_year_of(reference) if fiscal else reference.year - 1
        after = self.title.partition(fold("世帯数、"))[2]
        label = after.partition("(")[0].partition(fold("人口動態"))[0]
        if year_of(label) != year or label.endswith("年度") != fiscal:
            raise self.place.implausible(
                f"{self.place.cell(0, 0)}: the dynamics of “{label}” with the state on {reference}",
                f"expected those of the {dynamics} {year}",
            )
        return Times(reference, f"FY{year}" if fiscal else str(year), year)

    def _nationality(self, layout: Layout) -> str:
        """Whom the table counts: as the title says, which the layout and, if it speaks of it, the sheet's name must too."""
        nationalities = mapping_of(self.spec, "nationalities")
        said = [word for word in nationalities if fold(f"（{word}）") in self.title]
        named = [word for word in nationalities if fold(word) in fold(self.sheet.name)]
        wanted = [str(layout["nationality"])] if "nationality" in layout else []
        if said != wanted or named not in ([], wanted):
            raise self.place.layout_changed(
                f"the title in {self.place.cell(0, 0)} says {'／'.join(said) or 'nothing'} of nationality, the sheet's name "
                f"“{self.sheet.name}” {'／'.join(named) or 'nothing'}",
                f"expected both to say {'／'.join(wanted) or 'nothing'}, as the layout “{layout['id']}” does: "
                f"sheets may be swapped",
            )
        return nationalities[wanted[0]] if wanted else str(layout["unsaid_nationality"])

    def _measures(self, headings: Sequence[Heading]) -> list[Measure]:
        """One measure a column of numbers – by age, one a column and sex."""
        names = {fold_path(label): name for label, name in mapping_of(self.spec, "columns").items()}
        specs = self.spec["measures"]
        assert isinstance(specs, dict)
        sexes = list(mapping_of(self.spec, "sexes").values()) if "sexes" in self.spec else [None]
        return [
            Measure(names[heading.path], heading.path, heading.column, offset, specs[names[heading.path]], sex)
            for offset, sex in enumerate(sexes)
            for heading in headings
            if heading.path not in self.keys
        ]

    def _check_headings(
        self, headings: Sequence[Heading], measures: Sequence[Measure], layout: Layout, times: Times
    ) -> None:
        """The years above the labels, the units below them, and what else stands in the title's row."""
        by_column = {measure.column: measure for measure in measures}
        header_rows = int(str(layout["header_rows"]))
        for heading in headings:
            measure = by_column.get(heading.column)
            for label, year in heading.years:
                wanted = times.reference.year if measure is None or measure.spec["at"] == "date" else times.period_year
                fiscal = (
                    measure is not None and measure.spec["at"] == "period" and layout.get("dynamics") == "fiscal year"
                )
                if year != wanted or label.endswith("年度") != fiscal:
                    raise self.place.implausible(
                        f"{self.place.cell(1, heading.column)}: “{label}” above “{heading.path}”",
                        f"expected the {'fiscal ' if fiscal else ''}year {wanted}, as the title says",
                    )
            if measure is not None and heading.unit is not None and heading.unit != fold(measure.spec["unit"]):
                raise self.place.implausible(
                    f"{self.place.cell(header_rows - 1, heading.column)}: the unit “{heading.unit}” of “{heading.path}”",
                    f"expected “{measure.spec['unit']}”",
                )
        notes = [fold(note) for note in sequence(layout, "unit_notes")]
        for column, value in enumerate(self.sheet.rows[0][1:], start=1):
            if fold(value) and fold(value) not in notes:
                raise self.place.implausible(
                    f"{self.place.cell(0, column)}: “{value}” beside the title",
                    f"expected {' or '.join(sequence(layout, 'unit_notes')) or 'nothing'}, as the layout “{layout['id']}” says",
                )
