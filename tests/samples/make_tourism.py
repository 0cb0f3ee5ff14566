"""Writes the tourism samples: small workbooks in the described layout. `python -m tests.samples.make_tourism`

Nemuro's rows are the publisher's figures unless README.md says otherwise; all other areas are invented, and the subtotals
are the sums of the few areas here. Deterministic: the same bytes every time.
"""

from collections.abc import Iterator, Sequence

from tests.samples.make_registry import FOLDER, Grid, Value, write_xls, write_xlsx

MEASURES = ("入込総数", "内道外客", "内道内客", "内日帰客", "内宿泊客", "宿泊客延数")
MONTHS = (4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3)
# 圏域, (総合)振興局, 市町村, and how large the invented figures are (0: Nemuro's real ones).
AREAS = (
    ("道央", "石狩", "札幌市", 900),
    ("道央", "石狩", "新篠津村", 7),
    ("道北", "上川", "幌加内町", 11),
    ("十勝", "十勝", "中札内村", 13),
    ("釧路・根室", "釧路", "釧路市", 90),
    ("釧路・根室", "根室", "根室市", 0),
    ("釧路・根室", "根室", "別海町", 17),
    ("釧路・根室", "根室", "中標津町", 19),
    ("釧路・根室", "根室", "標津町", 9),
    ("釧路・根室", "根室", "羅臼町", 8),
)
# 千人: the six measures, April to March, 計, 前年度.
NEMURO = {
    2009: """
        11.6 29.7 25.1 51.6 73 136.1 27.1 8.4 6 20.6 8.6 7.3 405.1 417.1
        5.6 15.4 14.2 25.4 40.8 74.4 16.3 4.8 2 7 3.3 2 211.2 235
        6 14.3 10.9 26.2 32.2 61.7 10.8 3.6 4 13.6 5.3 5.3 193.9 182.1
        10 27.5 21 39.6 54.6 126 21.3 4.3 4 18.8 6.1 4.7 337.9 353.5
        1.6 2.2 4.1 12 18.4 10.1 5.8 4.1 2 1.8 2.5 2.6 67.2 63.6
        2 2.5 4.8 13.7 21.1 11.8 6.4 4.9 2.7 2.3 3.2 3.1 78.5 76.6
    """,
    2010: """
        13.9 31.3 24.3 46.1 68.3 132.3 28.1 7.6 7.1 17.9 9.1 6.5 392.5 405.1
        7.2 15.6 14.5 26.2 42.3 72.7 16.1 3.6 2.6 6.3 5.3 3.4 215.8 211.2
        6.7 15.7 9.8 19.9 26 59.6 12 4 4.5 11.6 3.8 3.1 176.7 193.9
        11.4 28.2 19.2 36.9 51.6 123.5 23.4 3.9 4.6 15.9 5.8 3.4 327.8 337.9
        2.5 3.1 5.1 9.2 16.7 8.8 4.7 3.7 2.5 2 3.3 3.1 64.7 67.2
        2.8 3.2 5.2 9.7 18.1 9.4 5.8 5 3.8 2.7 5.4 5 76.1 78.5
    """,
    2013: """
        15.8 26.4 22.9 35.7 54 120.6 34.4 12.7 8.3 24.7 9.2 7.9 372.6 374.6
        2.6 8.1 9.7 17.7 29.4 60 11.2 3.4 1.6 4.5 2.2 1.4 151.8 129.4
        13.2 18.3 13.2 18 24.6 60.6 23.2 9.3 6.7 20.2 7 6.5 220.8 245.2
        12.9 22.7 18.2 26.5 41.7 113.2 29 8.5 5.2 22.4 6.4 4.6 311.3 319.1
        2.9 3.7 4.7 9.2 12.3 7.4 5.4 4.2 3.1 2.3 2.8 3.3 61.3 55.5
        4.5 5.7 6.5 12.1 16.5 10 8.1 6.8 5.2 4.1 4.8 5.6 89.9 78.4
    """,
    2014: """
        16.4 26.2 22.5 36.1 51.2 119.6 29.7 11.2 6.2 14.9 7.3 9.8 351.1 372.6
        2.1 8.3 8.9 17 28 57.1 16.7 6.2 4.3 11.6 4.9 7.4 172.5 151.8
        14.3 17.9 13.6 19.1 23.2 62.5 13 5 1.9 3.3 2.4 2.4 178.6 220.8
        13.6 22.7 17.5 26 37.6 110.4 24.6 7.4 2.8 12.5 4.8 6.5 286.4 311.3
        2.8 3.5 5 10.1 13.6 9.2 5.1 3.8 3.4 2.4 2.5 3.3 64.7 61.3
        4.2 4.6 6.6 13.3 18.5 12.3 7.6 5.7 4.8 3.7 4.1 4.7 90.1 89.9
    """,
    2015: """
        15.9 28.9 25.9 41 55.5 132.8 30.7 13.3 8.5 21.3 9 10.8 393.6 351.1
        3.4 10.3 12.2 20.9 29.9 75 12.5 5.5 3.4 7.5 3.9 3.6 188.1 149.4
        12.5 18.6 13.7 20.1 25.6 57.8 18.2 7.8 5.1 13.8 5.1 7.2 205.5 201.7
        13.3 24 20.8 30 40.1 122.9 25.4 9.3 5 18.9 6 7.4 323.1 286.4
        2.6 4.9 5.1 11 15.4 9.9 5.3 4 3.5 2.4 3 3.4 70.5 64.7
        3.4 5.9 6 13.1 19 11.8 6.7 5.6 4.5 3.3 3.8 4.5 87.6 90.1
    """,
    2016: """
        12.1 29.3 26.5 41.2 53.2 116.2 30.6 10.7 9.8 26.1 10.2 11.1 377 393.6
        3.6 11.4 12.5 20 29.8 61 13.8 2.9 2.2 6.1 3.2 3.1 169.6 188.1
        8.5 17.9 14 21.2 23.4 55.2 16.8 7.8 7.6 20 7 8 207.4 205.5
        8.9 24.1 20.4 29.8 37.4 106.6 24.7 6.3 5.7 22.9 6.6 7.7 301.1 323.1
        3.2 5.2 6.1 11.4 15.8 9.6 5.9 4.4 4.1 3.2 3.6 3.4 75.9 70.5
        3.8 6.4 7.2 13.4 18.8 11.4 7.5 5.8 5.5 4.2 4.7 4.6 93.3 87.6
    """,
    2017: """
        11.3 31.4 31.3 45.4 58.4 115.6 32.5 12.6 9 27.7 10.5 11.4 397.1 377
        3.4 11.3 17.3 25.4 35.7 67.6 14.2 3.8 2.8 7.8 4.3 3.3 196.9 169.6
        7.9 20.1 14 20 22.7 48 18.3 8.8 6.2 19.9 6.2 8.1 200.2 207.4
        8 26.2 24.8 33.1 42.5 105.8 27.3 9 6 25.2 7.3 8.9 324.1 301.1
        3.3 5.2 6.5 12.3 15.9 9.8 5.2 3.6 3 2.5 3.2 2.5 73 75.9
        4.5 6.9 8.3 15.7 20.4 12.5 7.3 5.8 5 4.3 5.1 5 100.8 93.3
    """,
    2018: """
        16.3 28.7 28.8 40.5 57.7 95.9 29.1 11.8 8.6 31 10.7 11.1 370.2 397.1
        4.3 11.4 13.9 22.3 28.9 50 12.5 3.5 2.3 7 2.5 2.2 160.8 196.9
        12 17.3 14.9 18.2 28.8 45.9 16.6 8.3 6.3 24 8.2 8.9 209.4 200.2
        12.8 23.5 22.3 29.3 41.7 87.6 24.7 8.4 5.6 28.1 7.5 7.6 299.1 324.1
        3.5 5.2 6.5 11.2 16 8.3 4.4 3.4 3 2.9 3.2 3.5 71.1 73
        4.8 6.7 8.4 13.8 20.2 11 6.8 5.3 4.6 4.2 4.8 4.8 95.4 100.8
    """,
}
# FY2019: 入込総数 by month and the six totals are real; the months of the other five are apportioned.
TOTALS_2019 = (4005, 1657, 2348, 3256, 749, 1039)
VISITORS_2019 = (183, 340, 288, 410, 586, 1275, 287, 108, 83, 300, 106, 39)
SHEETS = {
    2009: "6～25頁",
    2010: "６～２５頁",
    2013: "6～28頁",
    2014: "Ｐ６～２８",
    2015: "市町村別・月別",
    2016: "6～28頁",
    2017: "P6~28",
    2018: "6-28",
    2019: "６～２８",
}
NAMES = {year: f"{year}_irikomi.{'xls' if year in (2009, 2010, 2013, 2017) else 'xlsx'}" for year in SHEETS}
# The years whose report had been published by a night, and by none before it: that of FY2018 came in September 2019.
NIGHTS = {"2018-11-22": (2013, 2014, 2015, 2016, 2017)}
NOISY = (2010, 2013, 2017)
TITLES = {year: f"平成{year - 1988}年度" for year in SHEETS} | {2019: "令和元年度"}


def nemuro(year: int) -> list[list[int]]:
    """In 0.1 千人: six rows of twelve months, 計 and 前年度."""
    if year == 2019:
        before = [row[12] for row in nemuro(2018)]
        rows = [apportion(total, VISITORS_2019) for total in TOTALS_2019]
        rows[0] = list(VISITORS_2019)
        rows[2] = [all_ - outside for all_, outside in zip(rows[0], rows[1], strict=True)]
        rows[3] = [all_ - nights for all_, nights in zip(rows[0], rows[4], strict=True)]
        return [[*row, sum(row), old] for row, old in zip(rows, before, strict=True)]
    return [[round(float(value) * 10) for value in line.split()] for line in NEMURO[year].strip().splitlines()]


def apportion(total: int, weights: Sequence[int]) -> list[int]:
    """`total` in whole parts by weight; what is left over goes to the heaviest."""
    parts = [total * weight // sum(weights) for weight in weights]
    parts[weights.index(max(weights))] += total - sum(parts)
    return parts


def invented(size: int, year: int) -> list[list[int]]:
    """Six rows of one invented area, in 0.1 千人."""

    def months(fiscal_year: int) -> list[list[int]]:
        rows = []
        for month in MONTHS:
            visitors = size * (10 + (month * 7 + fiscal_year) % 13) if (size + month) % 11 else 0
            outside, overnight = visitors * 3 // 10, visitors * 2 // 10
            parts = (visitors, outside, visitors - outside, visitors - overnight, overnight, overnight * 5 // 4)
            rows.append(list(parts))
        return [list(column) for column in zip(*rows, strict=True)]

    return [[*row, sum(row), sum(before)] for row, before in zip(months(year), months(year - 1), strict=True)]


def thousands(tenths: int, year: int) -> Value:
    """千人 as the cell holds it: blank for zero, in some years with binary noise."""
    if not tenths:
        return ""
    return tenths * 0.1 if year in NOISY else tenths / 10


def ratio(now: int, before: int, year: int) -> Value:
    if not before:
        return "－" if year >= 2013 else ""
    if year == 2010:
        return now / before
    return round(now / before * 100, 1) if year >= 2018 else now / before * 100


def header(year: int, months: Sequence[int] = MONTHS) -> list[Value]:
    old = year <= 2009
    labels: list[Value] = ["圏　域", "支　庁" if old else "（総合）振興局", "市町村", "区　分"]
    for month in months:
        labels.append(f"{month}月")
        if old and month in (9, 3):
            labels.append("上期計" if month == 9 else "下期計")
    before = f"{year - 1989}年度" if old else "前年度"
    return [*labels, "計", before, "対前年比(%)" if year != 2010 else "対前年比"]


def numbers(row: Sequence[int], year: int) -> list[Value]:
    months: list[int] = list(row[:12])
    if year <= 2009:
        months = [*months[:6], sum(months[:6]), *months[6:], sum(months[6:])]
    values = [thousands(value, year) for value in [*months, row[12], row[13]]]
    return [*values, ratio(row[12], row[13], year)]


def total(blocks: Sequence[list[list[int]]]) -> list[list[int]]:
    return [[sum(cells) for cells in zip(*rows, strict=True)] for rows in zip(*blocks, strict=True)]


def lines(year: int) -> Iterator[tuple[str, str, str, list[list[int]]]]:
    """圏域, 振興局, 市町村 or the subtotal's name, and the six rows, as they follow one another."""
    blocks = {name: nemuro(year) if not size else invented(size, year) for _, _, name, size in AREAS}
    bureau_ending = "支庁計" if year <= 2009 else "振興局計"
    for index, (region, bureau, name, _) in enumerate(AREAS):
        spelt = "中礼内村" if name == "中札内村" and year == 2013 else name
        yield region, bureau, spelt, blocks[name]
        after = AREAS[index + 1] if index + 1 < len(AREAS) else ("", "", "", 0)
        if after[1] != bureau:
            same = [blocks[other] for _, of, other, _ in AREAS if of == bureau]
            yield "", "", "総合振興局計" if bureau == "釧路" and year > 2009 else bureau + bureau_ending, total(same)
        if after[0] != region:
            yield "", "", "圏域計", total([blocks[other] for of, _, other, _ in AREAS if of == region])
    yield "", "", "北海道計", total(list(blocks.values()))


def report(year: int) -> Grid:
    """The sheet of one fiscal year's report."""
    rows: list[list[Value]] = [
        [f"第４表　市町村別・月別観光入込客数（{TITLES[year]}）"],
        ["", "", "", "", "（単位：千人）"],
        header(year),
    ]
    middle = year in (2013, 2014)
    for index, (region, bureau, name, block) in enumerate(lines(year)):
        if index and index % 4 == 0:
            rows += [[], ["", "", "", "", "", "", "", index // 4 + 5], header(year)]
        ending = "支庁" if year <= 2009 else ("" if year == 2016 else "振興局")
        texts = [region, bureau + ending if bureau else "", name]
        for offset, (measure, values) in enumerate(zip(MEASURES, block, strict=True)):
            if year == 2009 and name == "別海町" and offset == 3:
                rows.append(header(year))
            keys: list[Value] = ["", "", ""]
            if offset == (2 if middle else 0):
                keys = list(texts)
            if region == "釧路・根室" and year == 2009 and offset < 2:
                keys[0] = ("釧路・根", "室")[offset]
            rows.append([*keys, measure, *numbers(values, year)])
    rows.append(["※　四捨五入の関係で合計が一致しない場合がある。平成22年度から共通基準による。"])
    width = max(map(len, rows))
    return Grid(SHEETS[year], [[*row, *[""] * (width - len(row))] for row in rows])


def cover(year: int) -> Grid:
    return Grid("表紙", [[f"北海道観光入込客数調査報告書　{TITLES[year]}"], ["北海道経済部観光局"]])


def make(year: int) -> bytes:
    """The bytes of one report."""
    grids = [cover(year), report(year)] if year in (2015, 2019) else [report(year)]
    return (write_xlsx if NAMES[year].endswith("x") else write_xls)(*grids)


# --- 訪日外国人宿泊客数 ---------------------------------------------------------------------------------------------

COUNTRIES = (
    "中国",
    "韓国",
    "台湾",
    "香港",
    "シンガポール",
    "マレーシア",
    "タイ",
    "インド",
    "インドネシア",
    "フィリピン",
    "ベトナム",
    "ロシア",
    "イギリス",
    "フランス",
    "ドイツ",
    "アメリカ",
    "カナダ",
    "オーストラリア",
    "その他",
)
# 根室振興局計 of FY2015: April by country, and the totals of the months; March is invented.
APRIL = (
    (17, 2, 24, 18, 3, 0, 0, 0, 0, 0, 1, 20, 3, 2, 3, 7, 0, 0, 5),
    (45, 2, 25, 19, 3, 0, 0, 0, 0, 0, 16, 29, 4, 2, 3, 10, 0, 0, 8),
)
BUREAU = (
    (105, 281, 473, 489, 395, 526, 321, 168, 162, 245, 1684, 300),
    (166, 414, 656, 616, 525, 720, 465, 241, 255, 404, 2486, 450),
)
# Invented: how the bureau's guests divide, and hotels asked and answered (their sums, 92 and 78, are real).
TOWNS = (
    ("根室市", 5, 34, 28),
    ("別海町", 1, 12, 10),
    ("中標津町", 6, 22, 20),
    ("標津町", 2, 9, 8),
    ("羅臼町", 4, 15, 12),
)
FOREIGN = {"2015": "2015_gaikokujin.xlsx", "2018上期": "2018_kamiki_gaikokujin.xls"}


def guests(months: int) -> list[list[list[list[int]]]]:
    """By town, month and row: the numbers by country."""
    towns: list[list[list[list[int]]]] = [[] for _ in TOWNS]
    weights = [weight for _, weight, _, _ in TOWNS]
    for month in range(months):
        for of_town in towns:
            of_town.append([])
        for row in range(2):
            countries = APRIL[row] if not month else apportion(BUREAU[row][month], APRIL[row])
            parts = [apportion(number, weights) for number in countries]
            for town, of_town in enumerate(towns):
                of_town[month].append([part[town] for part in parts])
    return towns


def foreign() -> list[Grid]:
    """One sheet a town, and 根室振興局計."""
    return _foreign("【平成27年度】", 12)


def foreign_first_half() -> list[Grid]:
    return _foreign("【平成30年度上期】", 6)


def _foreign(year: str, months: int) -> list[Grid]:
    towns = guests(months)
    grids = [
        _page(year, name, asked, answered, numbers)
        for (name, _, asked, answered), numbers in zip(TOWNS, towns, strict=True)
    ]
    sums = [
        [[sum(cells) for cells in zip(*rows, strict=True)] for rows in zip(*of_month, strict=True)]
        for of_month in zip(*towns, strict=True)
    ]
    asked, answered = (sum(town[place] for town in TOWNS) for place in (2, 3))
    return [
        *grids,
        _page(year, "根室振興局計", asked, answered, sums),
        _page(year, "釧路・根室圏域計", asked, answered, sums),
    ]


def _page(year: str, name: str, asked: int, answered: int, numbers: list[list[list[int]]]) -> Grid:
    rows: list[list[Value]] = [
        ["別記第4-3号様式"],
        [year, "", f"[対象宿泊施設 {asked} 軒中、回答施設 {answered} 軒]", "", "", "", f"市町村名: {name}"],
        ["月別", "人　数", *COUNTRIES, "計"],
    ]
    sums = [[sum(cells) for cells in zip(*rows_, strict=True)] for rows_ in zip(*numbers, strict=True)]
    before = [[number // 2 for number in row] for row in sums]
    labels = ("宿泊客数", "宿泊客延数")
    groups = [*zip([f"{month}月" for month in MONTHS], numbers, strict=False), ("計", sums), ("前年度", before)]
    for label, pair in groups:
        for row, values in enumerate(pair):
            rows.append([label if not row else "", labels[row], *values, sum(values)])
    for row, (now, old) in enumerate(zip(sums, before, strict=True)):
        ratios: list[Value] = [
            "-" if not o else n / o * 100 for n, o in zip([*now, sum(now)], [*old, sum(old)], strict=True)
        ]
        rows.append(["対前年比" if not row else "", labels[row], *ratios])
    width = max(map(len, rows))
    return Grid(name, [[*row, *[""] * (width - len(row))] for row in rows])


def main() -> None:
    """Writes every tourism sample below this folder."""
    folder = FOLDER / "tourism"
    folder.mkdir(exist_ok=True)
    for year, name in NAMES.items():
        (folder / name).write_bytes(make(year))
    for night, years in NIGHTS.items():
        of_night = FOLDER / "nights" / night / "tourism"
        of_night.mkdir(parents=True, exist_ok=True)
        for year in years:
            (of_night / NAMES[year]).write_bytes(make(year))
    (folder / FOREIGN["2015"]).write_bytes(write_xlsx(*foreign()))
    (folder / FOREIGN["2018上期"]).write_bytes(write_xls(*foreign_first_half()))


if __name__ == "__main__":
    main()
