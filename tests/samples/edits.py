"""Random edits of a table, each told in words so that it can be found again.

An edit never looks at what a cell means: it does what spreadsheets, people and half-written programs do to cells, rows,
columns and sheets.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random

from tests.samples.make_registry import Grid, Value

Cell = tuple[int, int, int]
"""Sheet, row and column, all from zero, as they were before the edit."""

MARKS = ("", "-", "－", "…", "***", "X", "x", "*", "○", "N/A", "皆増", "▲", "△", "・", "0", "NULL", "#REF!", "注")


@dataclass(frozen=True)
class Edit:
    """What was done to a workbook: in words, and to which cells."""

    words: str
    written: frozenset[Cell] = frozenset()
    """Cells that hold something else now, or nothing."""
    removed: frozenset[tuple[int, int]] = frozenset()
    """Sheets and rows that are gone."""


def copy_of(grids: Iterable[Grid]) -> list[Grid]:
    """The same workbook, to be edited."""
    return [Grid(grid.sheet, [list(row) for row in grid.rows]) for grid in grids]


def edit_at_random(random: Random, grids: list[Grid]) -> Edit:
    """Does one edit to `grids`; numbers are struck most."""
    (edit,) = random.choices(list(EDITS), weights=list(EDITS.values()))
    return edit(random, grids)


def name_of(grid: Grid, row: int, column: int) -> str:
    """`Sheet1!R4C12`: also where a column has no letters."""
    return f"{grid.sheet}!R{row + 1}C{column + 1}"


# --- one cell -------------------------------------------------------------------------------------------------------


def _pick(random: Random, grids: list[Grid], wanted: Callable[[Value], bool]) -> tuple[int, int, int]:
    """A cell of the kind that is wanted; any cell of the first sheet where there is none in sixty draws."""
    for _ in range(60):
        sheet = random.randrange(len(grids))
        row = random.randrange(len(grids[sheet].rows))
        column = random.randrange(len(grids[sheet].rows[row]))
        if wanted(grids[sheet].rows[row][column]):
            return sheet, row, column
    return 0, row % len(grids[0].rows), 0


def _number(value: Value) -> bool:
    return isinstance(value, (int, float)) or (value.replace(".", "", 1).isdigit() and len(value) < 12)


def _text(value: Value) -> bool:
    return isinstance(value, str) and value != "" and not _number(value)


def _write(grids: list[Grid], cell: Cell, value: Value) -> Edit:
    sheet, row, column = cell
    grid = grids[sheet]
    old = grid.rows[row][column]
    grid.rows[row][column] = value
    return Edit(f"{name_of(grid, row, column)}: {old!r} → {value!r}", frozenset([cell]))


def change_number(random: Random, grids: list[Grid]) -> Edit:
    """A number that somebody mistyped: a digit, a sign, a point, a blank, a mark."""
    cell = _pick(random, grids, _number)
    old = grids[cell[0]].rows[cell[1]][cell[2]]
    return _write(grids, cell, _mistyped(random, old))


def _mistyped(random: Random, old: Value) -> Value:
    text = old if isinstance(old, str) else f"{old:.10g}"
    digits = [index for index, character in enumerate(text) if character.isdigit()]
    if not digits:
        return random.choice(MARKS)
    at = random.choice(digits)
    texts = (
        text[:at] + random.choice("0123456789") + text[at + 1 :],
        text[:at] + text[at + 1 :],
        text[:at] + text[at] + text[at:],
        text[1:] if text.startswith("-") else f"-{text}",
        f"{text}0",
        f"{text}000",
        text[:-1] + "." + text[-1],
        text.replace(".", ""),
        text.replace(".", ","),
    )
    choice = random.randrange(len(texts) + 4)
    if choice < len(texts):
        return texts[choice] if isinstance(old, str) else _as_number(texts[choice])
    if choice == len(texts):
        return old + random.choice((-1, 1, -0.1, 0.1)) if not isinstance(old, str) else str(int(float(old)) + 1)
    if choice == len(texts) + 1:
        return text.translate(str.maketrans("0123456789.-", "０１２３４５６７８９．－"))
    if choice == len(texts) + 2:
        return text
    return random.choice(MARKS)


def _as_number(text: str) -> Value:
    try:
        return float(text)
    except ValueError:
        return text


def change_text(random: Random, grids: list[Grid]) -> Edit:
    """A label, a name, a title or a mark with one character more, less or other."""
    cell = _pick(random, grids, _text)
    old = str(grids[cell[0]].rows[cell[1]][cell[2]])
    at = random.randrange(len(old)) if old else 0
    digits = [index for index, character in enumerate(old) if character.isdigit()]
    if digits and random.random() < 0.5:
        at = random.choice(digits)
        return _write(grids, cell, old[:at] + random.choice("0123456789") + old[at + 1 :])
    new = random.choice(
        (
            old[:at] + old[at + 1 :],
            old[:at] + random.choice("市町村県計男女年月　-人円0") + old[at + 1 :],
            old[:at] + random.choice(" 　\n") + old[at:],
            old + "*",
            random.choice(MARKS),
        )
    )
    return _write(grids, cell, new)


def change_blank(random: Random, grids: list[Grid]) -> Edit:
    """Something where nothing was."""
    cell = _pick(random, grids, lambda value: value == "")
    return _write(grids, cell, random.choice((0.0, 1.0, 27.0, "-", "注", "12", "○", "計")))


def swap_cells(random: Random, grids: list[Grid]) -> Edit:
    """Two cells of one row or one column in each other's place."""
    cell = sheet, row, column = _pick(random, grids, lambda value: value != "")
    rows = grids[sheet].rows
    other = (row, random.randrange(len(rows[row])))
    if random.random() < 0.5:
        other = (random.randrange(len(rows)), column)
    if other[1] >= len(rows[other[0]]):
        other = (row, column)
    rows[row][column], rows[other[0]][other[1]] = rows[other[0]][other[1]], rows[row][column]
    words = f"{name_of(grids[sheet], row, column)} and {name_of(grids[sheet], *other)} swapped"
    return Edit(words, frozenset([cell, (sheet, *other)]))


def shift_cells(random: Random, grids: list[Grid]) -> Edit:
    """A stretch of a row or of a column moved by one cell; the last one falls out."""
    sheet, row, column = _pick(random, grids, lambda value: value != "")
    rows = grids[sheet].rows
    if random.random() < 0.5:
        end = random.randint(column, len(rows[row]) - 1)
        rows[row][column : end + 1] = ["", *rows[row][column:end]]
        cells = [(sheet, row, at) for at in range(column, end + 1)]
        return Edit(f"{name_of(grids[sheet], row, column)} to C{end + 1} moved right", frozenset(cells))
    end = random.randint(row, len(rows) - 1)
    cells = [(sheet, at, column) for at in range(row, end + 1) if column < len(rows[at])]
    values = [rows[at][column] for _, at, _ in cells]
    up = random.random() < 0.5
    for (_, at, _), value in zip(cells, [*values[1:], ""] if up else ["", *values[:-1]], strict=True):
        rows[at][column] = value
    return Edit(
        f"{name_of(grids[sheet], row, column)} to R{end + 1} moved {'up' if up else 'down'}",
        frozenset(cells),
    )


# --- rows and columns -----------------------------------------------------------------------------------------------


def swap_rows(random: Random, grids: list[Grid]) -> Edit:
    grid = random.choice(grids)
    one, other = random.randrange(len(grid.rows)), random.randrange(len(grid.rows))
    grid.rows[one], grid.rows[other] = grid.rows[other], grid.rows[one]
    return Edit(f"{grid.sheet}: rows {one + 1} and {other + 1} swapped")


def delete_rows(random: Random, grids: list[Grid]) -> Edit:
    sheet = random.randrange(len(grids))
    rows = grids[sheet].rows
    first = random.randrange(len(rows))
    count = min(random.choice((1, 1, 1, 2, 3, 6, 12, len(rows))), len(rows) - first)
    del rows[first : first + count]
    removed = frozenset((sheet, row) for row in range(first, first + count))
    return Edit(f"{grids[sheet].sheet}: rows {first + 1} to {first + count} removed", removed=removed)


def repeat_row(random: Random, grids: list[Grid]) -> Edit:
    grid = random.choice(grids)
    row, at = random.randrange(len(grid.rows)), random.randrange(len(grid.rows) + 1)
    grid.rows.insert(at, list(grid.rows[row]))
    return Edit(f"{grid.sheet}: row {row + 1} again as row {at + 1}")


def insert_row(random: Random, grids: list[Grid]) -> Edit:
    grid = random.choice(grids)
    at = random.randrange(len(grid.rows) + 1)
    width = max(map(len, grid.rows))
    grid.rows.insert(at, [random.choice(("", "", "注 意", 1.0)), *[""] * (width - 1)])
    return Edit(f"{grid.sheet}: a row {grid.rows[at][:1]} as row {at + 1}")


def _columns(random: Random, grids: list[Grid]) -> tuple[Grid, int, int]:
    grid = random.choice(grids)
    width = min(map(len, grid.rows))
    return grid, random.randrange(width), random.randrange(width)


def swap_columns(random: Random, grids: list[Grid]) -> Edit:
    """Of columns under one and the same label (the year above it is in a merged cell, say) it is the numbers that swap."""
    grid, one, other = _columns(random, grids)
    alike = all(row[one] == row[other] for row in grid.rows if _text(row[one]) and _text(row[other]))
    for row in grid.rows:
        row[one], row[other] = row[other], row[one]
    sheet = grids.index(grid)
    written = [(sheet, row, column) for row in range(len(grid.rows)) for column in (one, other)] if alike else []
    return Edit(f"{grid.sheet}: columns {one + 1} and {other + 1} swapped", frozenset(written))


def delete_column(random: Random, grids: list[Grid]) -> Edit:
    grid, column, _ = _columns(random, grids)
    for row in grid.rows:
        del row[column]
    return Edit(f"{grid.sheet}: column {column + 1} removed")


def insert_column(random: Random, grids: list[Grid]) -> Edit:
    grid, column, like = _columns(random, grids)
    blank = random.random() < 0.5
    for row in grid.rows:
        row.insert(column, "" if blank else row[like])
    what = "an empty column" if blank else f"column {like + 1} again"
    return Edit(f"{grid.sheet}: {what} as column {column + 1}")


# --- sheets ---------------------------------------------------------------------------------------------------------


def rename_sheet(random: Random, grids: list[Grid]) -> Edit:
    grid = random.choice(grids)
    old, grid.sheet = (
        grid.sheet,
        random.choice(("Sheet1", "Sheet2", "平成28年度", grid.sheet + " (2)", "【外国人住民】")),
    )
    return Edit(f"the sheet {old} is named {grid.sheet}")


def repeat_sheet(random: Random, grids: list[Grid]) -> Edit:
    grid = random.choice(grids)
    grids.append(Grid(f"{grid.sheet} (2)", [list(row) for row in grid.rows]))
    return Edit(f"the sheet {grid.sheet} a second time")


def delete_sheet(random: Random, grids: list[Grid]) -> Edit:
    sheet = random.randrange(len(grids))
    name = grids[sheet].sheet
    removed = frozenset((sheet, row) for row in range(len(grids[sheet].rows)))
    del grids[sheet]
    return Edit(f"the sheet {name} removed", removed=removed)


EDITS: dict[Callable[[Random, list[Grid]], Edit], int] = {
    change_number: 40,
    change_text: 16,
    change_blank: 4,
    swap_cells: 6,
    shift_cells: 6,
    swap_rows: 4,
    delete_rows: 6,
    repeat_row: 3,
    insert_row: 3,
    swap_columns: 3,
    delete_column: 3,
    insert_column: 3,
    rename_sheet: 1,
    repeat_sheet: 1,
    delete_sheet: 1,
}
"""By how often each is done."""


# --- bytes ----------------------------------------------------------------------------------------------------------

ENCODINGS = ("utf-8", "utf-8-sig", "cp932", "euc-jp", "utf-16", "iso2022_jp")


def damage_at_random(random: Random, data: bytes, encoding: str | None) -> tuple[str, bytes]:
    """In words and as bytes: some bits turned over, the end cut off, or – of a text in `encoding` – another encoding."""
    choice = random.random()
    if encoding is not None and choice < 0.2:
        other = random.choice(ENCODINGS)
        return f"written as {other}", data.decode(encoding).encode(other, "replace")
    if choice < 0.3:
        length = random.randrange(len(data))
        return f"cut off after {length} bytes", data[:length]
    damaged = bytearray(data)
    told = []
    for _ in range(random.choice((1, 1, 1, 2, 8))):
        at, bit = random.randrange(len(data)), random.randrange(8)
        damaged[at] ^= 1 << bit
        told.append(f"bit {bit} of byte {at}")
    return f"{', '.join(told)} turned over", bytes(damaged)
