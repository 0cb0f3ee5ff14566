"""Writes the samples of 社人研's projections. `python -m tests.samples.make_projection`

The layout is the publisher's as described by people who read its files. Nemuro's figures are the projection's where
README.md says so; every other number is invented. Deterministic.
"""

from tests.samples.make_registry import FOLDER, Grid, Value, write_xls, write_xlsx

KEYS = ("コード", "市区町村区分", "都道府県", "市区町村")
LABELS = {"all": "総人口", "0-14": "0～14歳人口", "15-64": "15～64歳人口", "65+": "65歳以上人口"}
VINTAGES = {"h25": ("平成25年3月推計", 2010), "h30": ("平成30年推計", 2015), "r5": ("令和５（2023）年推計", 2020)}
FILES = {
    "h25-kekkahyo1.xls": ("h25", "all"),
    "h25-kekkahyo2_1.xls": ("h25", "0-14"),
    "h25-kekkahyo2_2.xls": ("h25", "15-64"),
    "h25-kekkahyo2_3.xls": ("h25", "65+"),
    "h30-kekkahyo1.xlsx": ("h30", "all"),
    "r5-kekkahyo1.xlsx": ("r5", "all"),
}
# Seven values, five years apart.
NEMURO = {
    ("h25", "all"): (29198, 27310, 25390, 23491, 21586, 19696, 17829),
    ("h25", "0-14"): (3565, 3020, 2533, 2185, 1935, 1730, 1560),
    ("h25", "15-64"): (17901, 15900, 14317, 12997, 11630, 10250, 8860),
    ("h25", "65+"): (7732, 8390, 8540, 8308, 8021, 7716, 7409),
    ("h30", "all"): (26917, 24560, 22300, 20050, 17880, 15790, 13790),
    ("r5", "all"): (24636, 22317, 20060, 17900, 15850, 13900, 12090),
}
# Code as the file writes it, kind, prefecture, name, hundreds of residents in the first year.
OTHERS = (
    (1101, "0", "北海道", "札幌市中央区", 2200),
    (1102, "0", "北海道", "札幌市北区", 2700),
    (1691, "3", "北海道", "別海町", 150),
    (7201, "2", "福島県", "福島市", 2800),
    (13101, "0", "東京都", "千代田区", 500),
)


def _series(hundreds: int, age: str) -> list[int]:
    share = {"all": 100, "0-14": 12, "15-64": 60, "65+": 28}[age]
    return [hundreds * share * (100 - 3 * step) // 100 for step in range(7)]


def _sum(*parts: list[int]) -> list[int]:
    return [sum(values) for values in zip(*parts, strict=True)]


def grid_of(name: str) -> Grid:
    """A fresh copy of the sheet, "" for an empty cell."""
    vintage, age = FILES[name]
    said, first = VINTAGES[vintage]
    own = {other[0]: _series(other[4], age) for other in OTHERS}
    nemuro = list(NEMURO[vintage, age])
    sapporo = _sum(own[1101], own[1102])
    lines: list[tuple[Value, str, str, str, list[int]]] = [
        (1000, "a", "北海道", "", _sum(sapporo, nemuro, own[1691])),
        (1100, "1", "北海道", "札幌市", sapporo),
        (1101, "0", "北海道", "札幌市中央区", own[1101]),
        (1102, "0", "北海道", "札幌市北区", own[1102]),
        (1223, "2", "北海道", "根室市", nemuro),
        (1691, "3", "北海道", "別海町", own[1691]),
        (7000, "a", "福島県", "", _sum(own[7201], own[7201])),
    ]
    if vintage != "h25":
        lines += [(7201, "2", "福島県", "福島市", own[7201]), (7999, "9", "福島県", "浜通り地域", own[7201])]
    lines += [(13000, "a", "東京都", "", own[13101]), (13101, "0", "東京都", "千代田区", own[13101])]
    title = f"結果表　{LABELS[age]}及び指数　『日本の地域別将来推計人口（{said}）』"
    rows: list[list[Value]] = [[title], [], ["（単位：人）"]]
    rows.append([*KEYS, LABELS[age], *[""] * 6, "指数", *[""] * 6])
    rows.append(["", "", "", "", *[f"{first + 5 * step}年" for step in range(7)] * 2])
    for code, kind, prefecture, municipality, values in lines:
        index = [round(100 * value / values[0], 1) for value in values]
        rows.append([code, kind, prefecture, municipality, *values, *index])
    width = len(rows[-1])
    return Grid("Sheet1", [[*row, *[""] * (width - len(row))] for row in rows])


def make(name: str) -> bytes:
    return write_xls(grid_of(name)) if name.endswith(".xls") else write_xlsx(grid_of(name))


def main() -> None:
    folder = FOLDER / "projection"
    folder.mkdir(exist_ok=True)
    for name in FILES:
        (folder / name).write_bytes(make(name))


if __name__ == "__main__":
    main()
