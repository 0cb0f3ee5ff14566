"""The faults of one file, each with the file, the sheet, the cell and the file of config/ to edit."""

from dataclasses import dataclass

from nemuro_etl.catalog.types import Source
from nemuro_etl.errors import FigureImplausible, LayoutChanged

_KEPT = "the original is kept; nothing of this file was loaded, figures loaded before stay as they are"


def column_letters(column: int) -> str:
    """The letters of a zero-based column: 0 → A, 26 → AA."""
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader is: a source's file and the sheet in it ("" in a text file)."""

    source: Source
    file: str
    kind: str
    sheet: str

    def cell(self, row: int, column: int) -> str:
        """`Sheet!F39` from zero-based row and column."""
        return f"{self.sheet}!{column_letters(column)}{row + 1}"

    def layout_changed(self, what: str, expected: str) -> LayoutChanged:
        """The file is not laid out as declared: `what` names the cell."""
        return LayoutChanged(
            what=f"{self.file}: {what}",
            expected=expected,
            kept=_KEPT,
            remedy=f"compare the file with the publisher's; if the layout has really changed, add an entry under "
            f"{self.kind}.spec.layouts in {self.source.config_file}, then: {self._again()}",
        )

    def implausible(self, what: str, expected: str) -> FigureImplausible:
        """A cell says what cannot be: `what` names it."""
        return FigureImplausible(
            what=f"{self.file}: {what}",
            expected=expected,
            kept=_KEPT,
            remedy=f"look at the cell and get the file again from the publisher; if the publisher means it so, say so "
            f"under {self.kind}.spec in {self.source.config_file}, then: {self._again()}",
        )

    def _again(self) -> str:
        return f"nemuro ingest {self.source.id} {self.file}"
