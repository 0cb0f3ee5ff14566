"""総務省's registry tables as sheets: population, households and dynamics, or population by age, of every area.

A table has key columns (code, prefecture, municipality; by age also the sex, three rows an area) and columns of numbers.
Both are laid out as rows of areas × measures, checked as a whole, and handed over measure by measure.
"""

from collections.abc import Mapping, Sequence

import numpy as np

from nemuro_etl.catalog.types import FileKind, Source
from nemuro_etl.model.figure import dimensions_text
from nemuro_etl.sources.container import Sheet
from nemuro_etl.sources.faults import Place, column_letters
from nemuro_etl.sources.frame import Areas, Block, Reading, tidy
from nemuro_etl.sources.labels import fold, mapping_of
from nemuro_etl.sources.registry_checks import Checks
from nemuro_etl.sources.registry_header import Header, find_title, read_header
from nemuro_etl.sources.registry_rows import RowReader
from nemuro_etl.sources.registry_table import Flags, Measure, Numbers, Rows, remainder_of, remainders


def recognise(kind: FileKind, sheets: Sequence[Sheet]) -> bool:
    """Whether a sheet's title says what titles of this kind say."""
    return any(find_title(kind.spec, sheet) is not None for sheet in sheets)


def read(source: Source, kind: FileKind, sheets: Sequence[Sheet], name: str) -> Reading:
    """The figures of the one sheet of a workbook that `recognise` has accepted."""
    sheet = next(sheet for sheet in sheets if find_title(kind.spec, sheet) is not None)
    place = Place(source, name, kind.id, sheet.name)
    for other in sheets:
        if other is not sheet and any(fold(value) for row in other.rows for value in row):
            raise place.layout_changed(
                f"the sheet “{other.name}” beside “{sheet.name}”",
                "expected one sheet with figures; found another, so that it is not known which one counts",
            )
    header = read_header(place, kind.spec, sheet)
    reader = RowReader(place, kind.spec, sheet, header)
    rows = reader.read_areas()
    values, withheld = reader.read_numbers(rows)
    remarks = Checks(place, kind.spec, header.measures, rows, values).check(header.layout)
    blocks, areas = _blocks(kind.spec, header, rows, values)
    return Reading(
        kind.id, (tidy(areas, blocks, sheet.name),), (*_remarks(kind.spec, header, rows, withheld), *remarks)
    )


def _remarks(spec: Mapping[str, object], header: Header, rows: Rows, withheld: int) -> list[str]:
    remarks = []
    unused = [measure.label for measure in header.measures if measure.unused]
    if unused:
        remarks.append(f"columns not used: {', '.join(unused)}")
    if withheld:
        remarks.append(f"{withheld} cells withheld by the publisher: no figures")
    if rows.marked:
        remarks.append(f"{rows.marked} areas marked {spec['name_mark']}: part of their figures is withheld")
    for code, area_name in zip(rows.codes, rows.names, strict=True):
        if not code:
            remarks.append(f"{area_name} has no code: checked against its parts and not stored")
    return remarks


def _blocks(spec: Mapping[str, object], header: Header, rows: Rows, values: Numbers) -> tuple[list[Block], Areas]:
    measures = header.measures
    coded = [index for index, code in enumerate(rows.codes) if code]
    order = np.array(sorted(coded, key=lambda index: rows.codes[index]), dtype=np.intp)
    everywhere = np.arange(len(order), dtype=np.intp)
    areas = Areas(
        [rows.codes[index] for index in order],
        [rows.names[index] for index in order],
        [rows.kinds[index] for index in order],
    )
    numbers = {
        offset: [str(row) for row in (rows.first[order] + offset + 1).tolist()]
        for offset in {measure.row_offset for measure in measures}
    }
    left = remainders(spec, measures, values) if "remainder" in spec else {}
    blocks = []

    def add(measure: Measure, column: Numbers, there: Flags, dimensions: Mapping[str, str]) -> None:
        letters = column_letters(measure.column)
        lines = numbers[measure.row_offset]
        at = everywhere if there.all() else np.flatnonzero(there)
        if not len(at):
            return
        cells = [letters + line for line in lines] if at is everywhere else [letters + lines[i] for i in at]
        blocks.append(
            Block(
                series=str(measure.spec["series"]),
                period=header.times.text(measure.spec["at"]),
                dimensions=dimensions_text({**dimensions, "nationality": header.nationality}),
                unit=str(measure.spec["unit"]),
                areas=at,
                values=column[at].astype(np.int64),
                cells=cells,
            )
        )

    for index, measure in enumerate(measures):
        if not measure.stored:
            continue
        column = values[order, index]
        dimensions = mapping_of(measure.spec, "dimensions") if "dimensions" in measure.spec else {}
        if measure.sex is not None:
            dimensions = {**dimensions, "sex": measure.sex}
        add(measure, column, ~np.isnan(column), dimensions)
    for sex, remainder in left.items():
        named = mapping_of(spec, "remainder")
        column = remainder[order]
        dimensions = {named["dimension"]: named["named"]} | ({} if sex is None else {"sex": sex})
        add(remainder_of(spec, measures, sex), column, column > 0, dimensions)
    return blocks, areas
