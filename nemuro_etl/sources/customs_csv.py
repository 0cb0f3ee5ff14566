"""財務省's trade statistics as text: one year, cumulative, by commodity – with the office, the country, or neither.

A file always has twelve months; those not yet published hold 0. The months up to the last one in which anything of the
file was traded count as published, and nothing is said of the others.

Files have millions of rows. They are read once, some megabytes at a time: everything is checked and summed up, and the
rows that are kept one by one are put aside on disk until the whole file is known to be sound.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from io import BufferedIOBase
from tempfile import SpooledTemporaryFile

import numpy as np
import numpy.typing as npt
import pandas as pd

from nemuro_etl.catalog.types import FileKind, Source
from nemuro_etl.sources.container import File
from nemuro_etl.sources.customs_rows import PATTERNS, Layout, RowReader, blocks
from nemuro_etl.sources.faults import Place
from nemuro_etl.sources.frame import Reading
from nemuro_etl.sources.labels import differences, distance, fold, layouts_of, mapping_of, sequence
from nemuro_etl.sources.trade_figures import (
    YEAR,
    Entry,
    Figures,
    Numbers,
    Rows,
    Sum,
    Sums,
    keeps,
    offices_in,
    over_chapters,
    over_offices,
    parts_of,
)

_BOM = b"\xef\xbb\xbf"
_HEADER_BYTES = 65_536
_PUT_ASIDE_IN_MEMORY = 20_000_000
_ROWS_A_FRAME = 4_000
_PUT_ASIDE_COLUMNS = 2 + YEAR + 1
"""Line, key and values of a row that is put aside."""


def recognise(kind: FileKind, start: bytes) -> bool:
    """Whether the first line has the label of the direction."""
    wanted = {fold(label) for label, key in mapping_of(kind.spec, "columns").items() if key == "direction"}
    return bool(wanted & {fold(label) for label in _header(start)})


def read(source: Source, kind: FileKind, file: File) -> Reading:
    """Exports and imports of the published months: sums by HS chapter, and the rows of the offices that are kept."""
    return _Reader(Place(source, file.name, kind.id, ""), kind.spec, file.obtained).read(file.content)


def _header(data: bytes) -> list[str]:
    line = data.removeprefix(_BOM).split(b"\n", 1)[0].rstrip(b"\r")
    return [label.strip().strip('"') for label in line.decode("ascii", "replace").split(",")]


class _Reader:
    def __init__(self, place: Place, spec: Mapping[str, object], obtained: date) -> None:
        self.place = place
        self.spec = spec
        self.obtained = obtained
        self.columns = {fold(label): key for label, key in mapping_of(spec, "columns").items()}
        self.months = {fold(label): int(month) for label, month in mapping_of(spec, "months").items()}
        self.sums = Sums()
        self.aside: SpooledTemporaryFile[bytes] = SpooledTemporaryFile(  # noqa: SIM115 - open until the frames are taken
            max_size=_PUT_ASIDE_IN_MEMORY
        )
        self.not_kept = 0

    def read(self, content: BufferedIOBase) -> Reading:
        header = content.readline(_HEADER_BYTES)
        if not header.removeprefix(_BOM).isascii():
            raise self.place.implausible("line 1: characters that are not ASCII", "expected plain ASCII")
        layout = self._layout([fold(label) for label in _header(header)])
        year = self._take_in(RowReader(self.place, self.spec, layout), content, layout)
        months = self.sums.months_traded()
        if not months:
            raise self.place.implausible("no value above 0 in any month", "expected at least one published month")
        figures = Figures(self.place, self.spec, year, months, self.obtained)
        sums = self.sums.by_chapter_and_office()
        if any(not _missing(sums, direction, figures.chapters) for direction, _, _ in sums):
            self._refuse_hole(months)
        remarks = []
        if months < YEAR:
            remarks.append(f"months after {year}-{months:02} hold only 0: not yet published, no figures")
        remarks += self._not_whole(sums, figures.chapters)
        if self.not_kept:
            patterns = ", ".join(sequence(self.spec, "detail_offices"))
            remarks.append(f"{self.not_kept} rows of no office like {patterns}: in the sums only")
        frames = self._frames(figures, self._sum_entries(figures, sums, layout), layout)
        return Reading(self.place.kind, frames, tuple(remarks))

    def _layout(self, found: Sequence[str]) -> Layout:
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
        keys = {self.columns[label]: label for label in expected if self.columns.get(label) in PATTERNS}
        quantities = {
            label: [f"{key}-{when}" for when in ("Year", *months)]
            for label in expected
            if (key := self.columns.get(label)) in ("Quantity1", "Quantity2")
        }
        return Layout(found, keys, quantities, [*(f"Value-{label}" for label in months), "Value-Year"])

    def _take_in(self, reader: RowReader, content: BufferedIOBase, layout: Layout) -> str:
        """Checks and sums up every row, and puts aside those that are kept; the year of all of them."""
        keys, lines = [], []
        for line, block in blocks(content):
            rows = reader.read(line, block)
            if len(rows.keys):
                self.sums.add(rows)
                self._put_aside(rows, "office" in layout.keys)
                keys.append(rows.keys)
                lines.append(rows.first.astype(np.int32))
        if not keys:
            raise self.place.implausible("line 2: nothing below the header", "expected at least one row")
        self._check_unique(np.concatenate(keys), np.concatenate(lines), layout)
        return reader.year

    def _refuse_hole(self, months: int) -> None:
        """Refuse a month without any trade before one with trade in a file of all goods: a shifted number looks so."""
        idle = np.flatnonzero(~self.sums.values()[:, :months].any(axis=0))
        if len(idle):
            raise self.place.implausible(
                f"Value of month {int(idle[0]) + 1} is 0 in every row, and of month {months} it is not",
                "expected every month up to the last one published to have trade",
            )

    def _put_aside(self, rows: Rows, by_office: bool) -> None:
        offices = offices_in(rows.keys)
        kept = [code for code in np.unique(offices) if keeps(self.spec, f"{code:03}" if by_office else "")]
        chosen = np.isin(offices, kept)
        table = np.column_stack([rows.first[chosen], rows.keys[chosen], rows.values[chosen]])
        self.aside.write(table.astype(np.int64).tobytes())
        self.not_kept += len(chosen) - int(chosen.sum())

    def _check_unique(self, keys: Numbers, lines: npt.NDArray[np.int32], layout: Layout) -> None:
        in_order = np.sort(keys)
        repeated = in_order[1:][in_order[1:] == in_order[:-1]]
        if len(repeated):
            rows = np.flatnonzero(np.isin(keys, repeated))
            again = rows[pd.Series(keys[rows]).duplicated().to_numpy()][0]
            first = np.flatnonzero(keys == keys[again])[0]
            raise self.place.implausible(
                f"line {lines[again]}: the same {', '.join(layout.keys.values())} a second time",
                f"expected them once; they stand in line {lines[first]} too",
            )

    def _not_whole(self, sums: Mapping[tuple[str, str, str], Sum], chapters: Sequence[str]) -> Iterator[str]:
        """The directions of which a file with all commodities would hold something of each HS chapter."""
        for direction in sorted({direction for direction, _, _ in sums}):
            missing = _missing(sums, direction, chapters)
            if missing:
                named = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
                series = mapping_of(self.spec, "directions")[direction]
                yield f"{series}: no totals, since the file holds nothing of the HS chapters {named}"

    def _sum_entries(self, figures: Figures, sums: Mapping[tuple[str, str, str], Sum], layout: Layout) -> list[Entry]:
        """Sums by HS chapter for Japan and the offices that are kept; of whole files by office, all goods together."""

        def words(total: Sum) -> list[str]:
            return [f"lines {total.first}-{total.last}:{label}" for label in layout.values]

        whole = {
            (direction, office): total
            for (direction, office), total in over_chapters(sums).items()
            if not _missing(sums, direction, figures.chapters)
        }
        read = over_offices(sums)
        if "office" not in layout.keys:
            return [
                *(
                    Entry(direction, "", f"commodity={chapter}", one.values, words(one))
                    for (direction, chapter), one in read.items()
                ),
                *(Entry(direction, "", "", one.values, words(one)) for (direction, _), one in whole.items()),
            ]
        kept = {key: total for key, total in sums.items() if keeps(self.spec, key[2])}
        # not what a national table says: goods whose office is kept secret have other codes in a table of offices
        together = [
            Entry(direction, "", f"commodity={chapter};office=total", one.values, words(one))
            for (direction, chapter), one in read.items()
        ]
        return [
            *together,
            *figures.chapter_sums(kept, words),
            *figures.chapters_without_trade(sums, read, figures.mapped, words),
            *figures.office_sums(whole, words),
        ]

    def _frames(self, figures: Figures, entries: Sequence[Entry], layout: Layout) -> Iterator[pd.DataFrame]:
        yield figures.frame(entries)
        self.aside.seek(0)
        while part := self.aside.read(_ROWS_A_FRAME * _PUT_ASIDE_COLUMNS * 8):
            table = np.frombuffer(part, dtype=np.int64).reshape(-1, _PUT_ASIDE_COLUMNS)
            yield figures.frame([_entry(row, layout) for row in table])
        self.aside.close()


def _missing(sums: Mapping[tuple[str, str, str], Sum], direction: str, chapters: Sequence[str]) -> list[str]:
    held = {chapter for of, chapter, _ in sums if of == direction}
    return [chapter for chapter in chapters if chapter not in held]


def _entry(row: Numbers, layout: Layout) -> Entry:
    """A row that was put aside."""
    direction, office, commodity, country = parts_of(int(row[1]))
    dimensions = f"commodity={commodity}"
    if "country" in layout.keys:
        dimensions += f";country={country}"
    if "office" in layout.keys:
        dimensions += f";office={office}"
    cells = [f"line {row[0]}:{label}" for label in layout.values]
    return Entry(direction, office if "office" in layout.keys else "", dimensions, row[2:], cells)
