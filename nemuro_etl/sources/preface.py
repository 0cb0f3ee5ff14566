"""A table below a preface: what stands above its header, where the header is, and which declared layout it has."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nemuro_etl.sources.container import Sheet
from nemuro_etl.sources.faults import Place, column_letters
from nemuro_etl.sources.labels import differences, distance, fold, fold_path, sequence


def row_with(sheet: Sheet, labels: Sequence[str]) -> int | None:
    """The zero-based row of the first cell that is exactly one of `labels`."""
    wanted = {fold_path(label) for label in labels}
    return next((index for index, row in enumerate(sheet.rows) if any(fold(cell) in wanted for cell in row)), None)


def preface_of(sheet: Sheet, header: int) -> str:
    """Everything above the row `header`, folded and joined."""
    return "\n".join(fold(cell) for row in sheet.rows[:header] for cell in row if fold(cell))


def says(spec: Mapping[str, object], text: str) -> bool:
    """Whether `text` holds every phrase of `title_says`."""
    return all(fold_path(phrase) in text for phrase in sequence(spec, "title_says"))


def header_of(spec: Mapping[str, object], sheet: Sheet, labels: str) -> int | None:
    """The row with one of the labels that `spec` declares under `labels`, below a title that says what it should."""
    header = row_with(sheet, sequence(spec, labels))
    return header if header is not None and says(spec, preface_of(sheet, header)) else None


def table_of(
    place: Place, spec: Mapping[str, object], sheets: Sequence[Sheet], labels: str
) -> tuple[Place, Sheet, int]:
    """The one sheet that has such a header, with its place and the header's row. Refuses figures on other sheets."""
    sheet, header = next((sheet, row) for sheet in sheets if (row := header_of(spec, sheet, labels)) is not None)
    there = replace(place, sheet=sheet.name)
    check_alone(there, sheet, sheets)
    return there, sheet, header


def check_preface(place: Place, sheet: Sheet, header: int, units: Sequence[str]) -> None:
    """Refuse above the header a note of a unit that is not among `units`, and a row of figures: it has left its table."""
    allowed = {fold_path(note) for note in units}
    for row, cells in enumerate(sheet.rows[:header]):
        numbers = [column for column, cell in enumerate(cells) if isinstance(cell, (int, float))]
        if len(numbers) > 1:
            raise place.layout_changed(
                f"{place.cell(row, numbers[0])}: {len(numbers)} numbers above the rows of figures",
                f"expected texts in the rows 1 to {header}, and every row of figures below them",
            )
        for column, cell in enumerate(cells):
            text = fold(cell)
            if "単位" in text and text not in allowed:
                raise place.implausible(
                    f"{place.cell(row, column)}: “{text}”",
                    f"expected no note of a unit but: {', '.join(units) or 'none'}",
                )


def check_alone(place: Place, sheet: Sheet, sheets: Sequence[Sheet]) -> None:
    """Refuse a workbook with a second sheet that is not empty."""
    for other in sheets:
        if other is not sheet and any(fold(cell) for row in other.rows for cell in row):
            raise place.layout_changed(
                f"the sheet “{other.name}” beside “{sheet.name}”",
                "expected one sheet with figures; found another, so that it is not known which one counts",
            )


def check_columns(
    place: Place, row: int, found: Sequence[str], layouts: Sequence[tuple[str, Sequence[str]]]
) -> tuple[str, Sequence[str]]:
    """The layout, by id and labels, that the header in `row` has. Raises LayoutChanged where it has none."""
    for layout in layouts:
        if list(layout[1]) == list(found):
            return layout
    name, expected = min(layouts, key=lambda layout: distance(found, layout[1]))
    told = []
    for change in differences(found, expected):
        where = f"column {column_letters(change.column)}" if change.missing else place.cell(row, change.column)
        told.append(f"{where}: {change.text}")
    raise place.layout_changed(
        f"the header in {place.sheet}!{row + 1} is none of the declared layouts: {'; '.join(told[:5])}",
        f"expected the {len(expected)} columns of the closest layout “{name}”; found {len(found)}",
    )


def trimmed(labels: Sequence[str]) -> list[str]:
    """Labels without the empty columns at the right."""
    end = len(labels)
    while end and not labels[end - 1]:
        end -= 1
    return list(labels[:end])


def check_empty_right(place: Place, sheet: Sheet, first: int, width: int) -> None:
    """Refuse a value, from the row `first` on, to the right of the last column that has a label."""
    for row in range(first, len(sheet.rows)):
        for column in range(width, len(sheet.rows[row])):
            if fold(sheet.rows[row][column]):
                raise place.layout_changed(
                    f"{place.cell(row, column)}: “{fold(sheet.rows[row][column])}” under no label",
                    f"expected nothing right of column {column_letters(width - 1)}",
                )
