"""Labels of publishers' tables: folded for comparison, joined down from group to column, matched with one layout."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from nemuro_etl.model.period import find_japanese_date, find_japanese_fiscal_year

_WAVES = str.maketrans({"〜": "~", "−": "-", "―": "-", "‐": "-"})


def fold(text: object) -> str:
    """A label as it is compared: NFKC, no white space, one kind of wave and of dash; a whole number without `.0`."""
    if isinstance(text, float) and text.is_integer():
        text = int(text)
    return _fold(str(text))


@lru_cache(maxsize=16384)
def _fold(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).translate(_WAVES).split())


def year_of(label: str) -> int | None:
    """The year that a folded label is: `平成30年`, `平成24年度`, `2021年`; None when it is no year."""
    if re.fullmatch(r"\d{4}年", label):
        return int(label[:4])
    if label.endswith("年度"):
        return find_japanese_fiscal_year(label)
    if not label.endswith("年"):
        return None
    day = find_japanese_date(f"{label}12月31日")
    return None if day is None else day.year


@dataclass(frozen=True, slots=True)
class Heading:
    """One column of a header: its labels joined down, the years above it, and the unit below it."""

    column: int
    path: str
    years: tuple[tuple[str, int], ...]
    unit: str | None


def read_headings(rows: Sequence[Sequence[object]], *, unit_row: bool, keys: frozenset[str]) -> list[Heading]:
    """One heading a column from the header's rows, merged cells filled from the left within their group.

    With `unit_row` the last row holds the units of those columns that have a label above it.
    """
    levels = [[fold(value) for value in row] for row in rows]
    width = len(levels[0])
    for column in range(1, width):
        for depth, level in enumerate(levels):
            same_group = all(upper[column] == upper[column - 1] for upper in levels[:depth])
            # A label that spans further columns has something below it there; a column without any label has not.
            spanned = any(lower[column] for lower in levels[depth + 1 :])
            if not level[column] and level[column - 1] not in keys and same_group and spanned:
                level[column] = level[column - 1]
    headings = []
    for column in range(width):
        labels = [level[column] for level in levels]
        unit = None
        if unit_row and any(labels[:-1]):
            unit = labels.pop()
        years = [(label, year) for label in labels if (year := year_of(label)) is not None]
        names = [label for label in labels if label and year_of(label) is None]
        path = "/".join(name for index, name in enumerate(names) if index == 0 or name != names[index - 1])
        headings.append(Heading(column, path, tuple(years), unit))
    return headings


def expected_labels(layout: Mapping[str, object], found: Sequence[str]) -> list[str]:
    """The folded labels of `layout` in order, without those optional ones that are not in `found`."""
    columns = [fold_path(label) for label in sequence(layout, "columns")]
    optional = {fold_path(label) for label in sequence(layout, "optional")}
    return [label for label in columns if label not in optional or label in found]


def layout_labels(columns: object, above: str = "") -> Iterator[str]:
    """The folded label of every column of a layout's tree: a text is a column, a mapping a label above several."""
    if not isinstance(columns, list):
        raise TypeError(f"columns: a list is needed, not {columns!r}")
    for column in columns:
        if isinstance(column, dict):
            for label, below in column.items():
                yield from layout_labels(below, f"{above}/{fold(label)}" if above else fold(label))
        elif column:
            yield f"{above}/{fold(column)}" if above else fold(column)
        else:
            yield ""


def fold_path(text: str) -> str:
    """A label as config writes it, `人口/（修正人口）`, folded."""
    return "/".join(fold(part) for part in text.split("/"))


def sequence(mapping: Mapping[str, object], key: str) -> list[str]:
    """The list of texts under `key`; empty when it is not there."""
    value = mapping.get(key, [])
    if not isinstance(value, list):
        raise TypeError(f"{key}: a list is needed, not {value!r}")
    return value


def layouts_of(spec: Mapping[str, object]) -> list[Mapping[str, object]]:
    """The layouts that a kind of file may have."""
    layouts = spec["layouts"]
    if not isinstance(layouts, list):
        raise TypeError(f"layouts: a list is needed, not {layouts!r}")
    return layouts


def mapping_of(mapping: Mapping[str, object], key: str) -> dict[str, str]:
    """The mapping of texts under `key`."""
    value = mapping[key]
    if not isinstance(value, dict):
        raise TypeError(f"{key}: a mapping is needed, not {value!r}")
    return value


def distance(found: Sequence[str], expected: Sequence[str]) -> int:
    """How many labels one has and the other has not: 0 for the same labels in whatever order."""
    one, other = Counter(found), Counter(expected)
    return sum(((one - other) + (other - one)).values())


@dataclass(frozen=True, slots=True)
class Difference:
    """One way in which found labels differ from a layout: in which column it is seen, or a missing one should stand."""

    column: int
    text: str
    missing: bool = False


def differences(found: Sequence[str], expected: Sequence[str]) -> list[Difference]:
    """Every label that is missing, renamed, duplicated, added or out of order, each in words with its column."""
    surplus = Counter(found) - Counter(expected)
    missing = list((Counter(expected) - Counter(found)).elements())
    result = []
    for column, label in reversed(list(enumerate(found))):
        if not surplus[label]:
            continue
        surplus[label] -= 1
        if not label:
            text = "a column without a label"
        elif label in expected:
            text = f"the column “{label}” a second time"
        elif column < len(expected) and expected[column] in missing:
            missing.remove(expected[column])
            text = f"“{label}” where the layout has “{expected[column]}”"
        else:
            text = f"a column “{label}” that is not in the layout"
        result.append(Difference(column, text))
    result.reverse()
    result += [Difference(expected.index(label), f"the column “{label}” is missing", missing=True) for label in missing]
    if not result:
        for column, (label, wanted) in enumerate(zip(found, expected, strict=True)):
            if label != wanted:
                result.append(Difference(column, f"“{label}” where the layout has “{wanted}”"))
                break
    return result
