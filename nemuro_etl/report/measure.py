"""How wide the columns of a table are on paper."""

from nemuro_etl.model.wording import display_width
from nemuro_etl.report.blocks import Column, Table

_CHARACTER, _SMALL, _PADDING = 1.42, 1.05, 3.0
"""Millimetres: a half-width character of a table's text and of a code, and the space around a cell."""
_RIGID = 18
"""Half-width characters: what is shorter stays on one line."""
_LONGEST = 70
_NARROWEST = 15.0
"""Millimetres that a folded text needs to be read."""


def column_widths(table: Table, total: float) -> tuple[float, ...]:
    """Widths that fill `total`: numbers, codes and short texts in one line, the rest to those that can be folded."""
    wanted = [
        _natural(table, place, column) * (_SMALL if column.code else _CHARACTER) + _PADDING
        for place, column in enumerate(table.columns)
    ]
    folds = foldable_columns(table)
    rest = total - sum(width for width, foldable in zip(wanted, folds, strict=True) if not foldable)
    if rest < _NARROWEST * sum(folds) or not any(folds):
        return tuple(width * total / sum(wanted) for width in wanted)
    share = rest / sum(width for width, foldable in zip(wanted, folds, strict=True) if foldable)
    return tuple(width * share if foldable else width for width, foldable in zip(wanted, folds, strict=True))


def foldable_columns(table: Table) -> list[bool]:
    """By column, whether its texts are so long that they may take several lines."""
    return [
        not (column.numeric or column.code) and _natural(table, place, column) > _RIGID
        for place, column in enumerate(table.columns)
    ]


def _natural(table: Table, place: int, column: Column) -> int:
    """What the longest text takes in half-width characters; a heading may be folded after four full-width ones."""
    longest = max((display_width(row.cells[place].text) for row in table.rows), default=0)
    return min(_LONGEST, max(longest, min(8, display_width(column.title))))
