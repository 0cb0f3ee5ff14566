"""Writes the furusato samples: small files in the publisher's exact formats. `python -m tests.samples.make_furusato`

The header is laid out from the columns that config/sources/furusato.yml declares, row by row as the publisher does (the
contract test holds it against the real files). 根室市 has the publisher's figures; those of all other areas are
invented, the same in the yearly files as in the list. Deterministic: the same bytes every time.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.samples.make_registry import Grid, Value, write_xlsx
from tests.samples.public_source import public_source

FOLDER = Path(__file__).parent / "furusato"

Area = tuple[str, str, str]
"""Six-digit code, prefecture, municipality ("" for the prefecture itself)."""

# Beside every prefecture and its first municipality; some names stand in two prefectures.
_MORE = {"根室市", "伊達市", "府中市", "那珂川市", "丹波篠山市"}
_NAMES_THEN = {"402311": ("403059", "那珂川町"), "282219": ("282219", "篠山市")}
"""Until the summer of 2018: before 那珂川町 became a city (with a new code) and 篠山市 was renamed."""
_NONE = {"022012", "472018"}
"""Areas without any donation."""

NEMURO = "012238"
NEMURO_ROWS: dict[int, list[Value]] = {
    2016: [165797, 3307433737, "○", 165789, 3306845930, "○", 47354, 987371433],
    # fmt: off
    2018: [
        314041,
        4957077467,
        314033,
        4953790165,
        91766,
        1530878000,
        "",
        "",
        1254592586,
        942651589,
        625320,
        45846561,
        257959775,
        "",
        2501675831,
    ],
    2019: [
        413575,
        6589106736,
        413569,
        6588749760,
        131212,
        2225763001,
        0,
        0,
        1732346505,
        1168819179,
        360566767,
        46811977,
        13214960,
        0,
        3321759388,
    ],
    # fmt: on
}
NEMURO_HISTORY: dict[int, tuple[int, int]] = {
    2008: (9215000, 58),
    2009: (14086000, 57),
    2010: (10385000, 51),
    2011: (12700000, 45),
    2012: (5495000, 34),
    2013: (7270000, 31),
    2014: (3260000, 56),
    2015: (1290101985, 56607),
    2016: (3307433737, 165797),
    2017: (3973346448, 242022),
    2018: (4957077467, 314041),
    2019: (6589106736, 413575),
    2020: (12545868840, 723336),
}
_LABELS = {2019: "令和元年度", 2020: "令和２年度"}

# File: fiscal year, layout, sheet, the rows above the header, the rows of the four levels of labels, the first of data.
DETAILS: dict[str, tuple[int, str, str, Sequence[str], tuple[int, int, int, int], int]] = {
    "H28_gain.xlsx": (2016, "平成28年度", "集計表", (), (0, 1, 3, 4), 6),
    "H30_gain.xlsx": (2018, "平成30年度", "集計", (), (0, 1, 3, 4), 5),
    "R1_gain.xlsx": (
        2019,
        "令和元年度",
        "集計",
        (
            "［留意事項］",
            "（１）ふるさと納税の受入件数及び受入額",
            "・各地方団体に対する寄附について、令和元年度（平成31年４月１日～令和２年３月31日）の"
            "決算見込の状況をとりまとめたものである。",
            "（東京都は、令和元年度の指定に際し申出書の提出がなかった。）",
            "（２）ふるさと納税の募集に要した費用",
            "・「令和元年度決算見込額」欄には、指定制度施行（令和元年６月１日）前に支出した費用が含まれている。",
            "（３）ふるさと納税を募集する際の取組",
            "・法人分が含まれている場合もある。",
            "・以上",
            "",
        ),
        (10, 11, 14, 15),
        16,
    ),
}
HISTORY = "total_gain.xlsx"
# File: the last fiscal year of the list, which is published anew every summer with one year more.
LISTS = {HISTORY: 2020, "total_gain_H29.xlsx": 2017, "total_gain_H30.xlsx": 2018}
# What had been published by a night, and by none before it.
NIGHTS = {
    "2018-11-22": ("H28_gain.xlsx", "total_gain_H29.xlsx"),
    "2019-08-10": ("H30_gain.xlsx", "total_gain_H30.xlsx"),
}


def spec_of(kind: str) -> dict[str, Any]:
    return next(entry.spec for entry in public_source("furusato").file_kinds if entry.id == kind)


def areas() -> list[Area]:
    result: list[Area] = []
    for prefecture, text in spec_of("history")["codes"].items():
        words = text.split()
        for index, (code, name) in enumerate(zip(words[::2], words[1::2], strict=True)):
            if index < 2 or name in _MORE:
                result.append((code, prefecture, "" if name == prefecture else name))
    return result


def figures(code: str, year: int) -> tuple[int, int]:
    """Amount in 円 and count."""
    if code == NEMURO:
        return NEMURO_HISTORY[year]
    if code in _NONE:
        return 0, 0
    count = 1 + int(code) * (year - 2000) % 907
    return count * 20000 + int(code[:5]) * (year - 2000) % 997, count


# --- detail ---------------------------------------------------------------------------------------------------------


def detail(name: str) -> list[Grid]:
    year, layout, sheet, preface, levels, first = DETAILS[name]
    columns = next(entry["columns"] for entry in spec_of("detail")["layouts"] if entry["id"] == layout)
    paths = [_told(path, year) for path in _paths(columns)]
    rows: list[list[Value]] = [["" for _ in paths] for _ in range(first)]
    for index, line in enumerate(preface):
        rows[index][0] = line
    above: list[tuple[int, str]] = []
    for column, path in enumerate(paths):
        placed = _placed(path, levels)
        for depth, (row, label) in enumerate(placed):
            if placed[: depth + 1] != above[: depth + 1] or depth == len(placed) - 1:
                rows[row][column] = label
        above = placed
    there = _areas_then(year)
    for code, prefecture, municipality in there:
        rows.append(_row(code, prefecture, municipality, year, len(paths)))
    grids = [Grid(sheet, rows)]
    if year > 2016:
        heads: list[list[Value]] = [["団体コード", "都道府県名\n（漢字）", "市区町村名\n（漢字）"]]
        grids.append(Grid("団体コード", heads + [list(area) for area in there]))
    return grids


def _areas_then(year: int) -> list[Area]:
    if year > 2017:
        return areas()
    then = []
    for code, prefecture, municipality in areas():
        old = _NAMES_THEN.get(code, (code, municipality))
        then.append((old[0], prefecture, old[1]))
    return sorted(then)


def _row(code: str, prefecture: str, municipality: str, year: int, width: int) -> list[Value]:
    nothing: Value = 0 if year >= 2019 else ""
    if code == NEMURO:
        numbers = NEMURO_ROWS[year]
    else:
        amount, count = figures(code, year)
        # Up to 平成30年度 nothing is written for none.
        numbers = [count or nothing, amount or nothing]
    row: list[Value] = [code, prefecture, municipality, *numbers]
    return row + [nothing] * (width - len(row))


def _paths(columns: Sequence[Any], above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    result: list[tuple[str, ...]] = []
    for column in columns:
        if isinstance(column, Mapping):
            for label, below in column.items():
                result += _paths(below, (*above, label))
        else:
            result.append((*above, column) if column else ())
    return result


def _told(path: tuple[str, ...], year: int) -> tuple[str, ...]:
    for mark, there in (("{年度}", year), ("{前年度}", year - 1), ("{翌年度}", year + 1)):
        path = tuple(label.replace(mark, _label(there)) for label in path)
    return path


def _label(year: int) -> str:
    return _LABELS.get(year, f"平成{year - 1988}年度")


def _placed(path: tuple[str, ...], levels: tuple[int, int, int, int]) -> list[tuple[int, str]]:
    """The row of each label: chapter, question, group, column."""
    chapter, question, group, column = levels
    if len(path) == 1 and path[0][0] not in "＜（・0123456789１２３４５６７８９":
        return [(chapter, path[0])]
    rows = []
    rest = list(path)
    if rest and rest[0].startswith("＜"):
        rows.append((chapter, rest.pop(0)))
    in_figures = path[:1] and path[0].startswith(("＜Ⅰ", "＜Ⅱ"))
    below = {0: [], 1: [], 2: [group if in_figures else column], 3: [group, column]}[len(rest)]
    return rows + list(zip([question, *below][: len(rest)], rest, strict=True))


# --- history --------------------------------------------------------------------------------------------------------


def history(last: int = 2020) -> Grid:
    """The list as published after the fiscal year `last`."""
    years = [year for year in NEMURO_HISTORY if year <= last]
    width = 2 + 2 * len(years)
    rows: list[list[Value]] = [["" for _ in range(width)] for _ in range(4)]
    rows[0][-1] = "（単位：千円、件）"
    rows[1][0] = "団体名"
    for index, year in enumerate(years):
        rows[1][2 + 2 * index] = _label(year)
        rows[3][2 + 2 * index : 4 + 2 * index] = ["金額", "件数"]
    country = [0.0] * (width - 2)
    below = [0.0] * (width - 2)
    own = below
    there = _areas_then(last)
    for index, (code, prefecture, municipality) in enumerate(there):
        numbers = [number for year in years for number in _published(code, year)]
        rows.append([prefecture, municipality, *map(_plain, numbers)])
        if municipality:
            below = _sum(below, numbers)
        else:
            own, below = numbers, [0.0] * len(numbers)
        if index + 1 == len(there) or there[index + 1][1] != prefecture:
            country = _sum(country, _sum(own, below))
            rows.append(["市町村合計", "", *map(_plain, below)])
            rows.append(["合計", "", *map(_plain, _sum(own, below))])
    # The publisher's total of 令和元年度 is whole 千円, though its parts are not.
    if 2019 in years:
        at = 2 * years.index(2019)
        country[at] = float(round(country[at]))
    rows.append(["全国合計", "", *map(_plain, country)])
    return Grid("各団体一覧", rows + [["" for _ in range(width)] for _ in range(20)])


def _published(code: str, year: int) -> list[float]:
    amount, count = figures(code, year)
    return [float((amount + 500) // 1000) if year == 2018 else amount / 1000, float(count)]


def _sum(one: Sequence[float], other: Sequence[float]) -> list[float]:
    """With the noise of binary fractions, as in the publisher's list."""
    return [first + second for first, second in zip(one, other, strict=True)]


def _plain(number: float) -> Value:
    return int(number) if number.is_integer() else number


# --- files ----------------------------------------------------------------------------------------------------------


def grids_of(name: str) -> list[Grid]:
    return [history(LISTS[name])] if name in LISTS else detail(name)


def make(name: str) -> bytes:
    return write_xlsx(*grids_of(name))


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name in (*DETAILS, HISTORY):
        (FOLDER / name).write_bytes(make(name))
    for night, names in NIGHTS.items():
        folder = FOLDER.parent / "nights" / night / FOLDER.name
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            (folder / name).write_bytes(make(name))


if __name__ == "__main__":
    main()
