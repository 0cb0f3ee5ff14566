"""Writes the registry samples: small files in the publisher's exact formats. `python -m tests.samples.make_registry`

Nemuro's rows are the publisher's figures unless README.md says otherwise; all other areas are invented, and so are the
prefecture and country rows, which are the sums of the few areas here. Deterministic: the same bytes every time.
"""

import io
import shutil
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import openpyxl
import xlwt

from nemuro_etl.model.area import check_digit

FOLDER = Path(__file__).parent
Value = float | int | str
Hook = Callable[["Grid"], None]


@dataclass
class Grid:
    """A sheet before it is written: its name and its cells, "" for an empty one. Tests break it here."""

    sheet: str
    rows: list[list[Value]]

    def cell(self, name: str) -> tuple[int, int]:
        """Zero-based row and column of `F39`."""
        letters = "".join(character for character in name if character.isalpha())
        column = 0
        for letter in letters:
            column = column * 26 + ord(letter) - ord("A") + 1
        return int(name[len(letters) :]) - 1, column - 1

    def put(self, name: str, value: Value) -> None:
        row, column = self.cell(name)
        self.rows[row][column] = value

    def get(self, name: str) -> Value:
        row, column = self.cell(name)
        return self.rows[row][column]


# --- containers -----------------------------------------------------------------------------------------------------


def write_xls(*grids: Grid) -> bytes:
    book = xlwt.Workbook(encoding="utf-16")
    for grid in grids:
        sheet = book.add_sheet(grid.sheet)
        for row, values in enumerate(grid.rows):
            for column, value in enumerate(values):
                if value != "":
                    sheet.write(row, column, value)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def write_xlsx(*grids: Grid) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    book.properties.created = book.properties.modified = datetime(2021, 8, 4)  # noqa: DTZ001
    for grid in grids:
        sheet = book.create_sheet(grid.sheet[:31])
        sheet.title = grid.sheet[:31]
        for values in grid.rows:
            sheet.append([None if value == "" else value for value in values])
    file = io.BytesIO()
    book.save(file)
    return _without_time(file.getvalue())


def _without_time(data: bytes) -> bytes:
    """The same workbook with nothing in it that tells when it was written."""
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "docProps/core.xml":
                start, end = part.index(b"<dcterms:modified"), part.index(b"</dcterms:modified>")
                part = part[:start] + part[end + len(b"</dcterms:modified>") :]
            target.writestr(zipfile.ZipInfo(name, (2021, 8, 4, 0, 0, 0)), part, zipfile.ZIP_DEFLATED)
    return result.getvalue()


# --- areas ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Area:
    code: str
    prefecture: str
    name: str
    seed: int
    """0: nobody lives there; -1: Nemuro; -2: the sum of others."""

    @property
    def six(self) -> str:
        return self.code + check_digit(self.code)


SUM = -2
NEMURO = -1
AREAS = (
    Area("01000", "北海道", "", SUM),
    Area("01100", "北海道", "札幌市", SUM),
    Area("01101", "北海道", "札幌市中央区", 9),
    Area("01102", "北海道", "札幌市北区", 11),
    Area("01223", "北海道", "根室市", NEMURO),
    Area("01691", "北海道", "野付郡別海町", 3),
    Area("01695", "北海道", "色丹郡色丹村", 0),
    Area("02000", "青森県", "", SUM),
    Area("02201", "青森県", "青森市", 7),
    Area("02300", "青森県", "東津軽郡", SUM),
    Area("02301", "青森県", "東津軽郡平内町", 2),
    Area("13000", "東京都", "", SUM),
    Area("13101", "東京都", "千代田区", 5),
    Area("13360", "東京都", "島しょ", SUM),
    Area("13361", "東京都", "大島町", 4),
    Area("47000", "沖縄県", "", SUM),
    Area("47201", "沖縄県", "那覇市", 8),
    Area("47380", "沖縄県", "八重山郡", SUM),
    Area("47382", "沖縄県", "八重山郡与那国町", 1),
)


def _parts(area: Area) -> list[Area]:
    """The municipalities and wards that a subtotal is the sum of."""
    leaves = [other for other in AREAS if other.seed != SUM]
    if area.code.endswith("000"):
        return [leaf for leaf in leaves if leaf.code[:2] == area.code[:2]]
    if area.name == "島しょ":
        return [leaf for leaf in leaves if leaf.code == "13361"]
    return [leaf for leaf in leaves if leaf.code[:2] == area.code[:2] and leaf.name.startswith(area.name)]


# --- population and dynamics ----------------------------------------------------------------------------------------

TOTAL = (
    ("人口", "男", "male"),
    ("人口", "女", "female"),
    ("人口", "計", "both"),
    ("世帯数", "", "households"),
    ("住民票記載数", "転入者数（国内）", "in_domestic"),
    ("住民票記載数", "転入者数（国外）", "in_abroad"),
    ("住民票記載数", "転入者数（計）", "moves_in"),
    ("住民票記載数", "出生者数", "births"),
    ("住民票記載数", "その他（計）", "other_in"),
    ("住民票記載数", "計（Ａ）", "added"),
    ("住民票消除数", "転出者数（国内）", "out_domestic"),
    ("住民票消除数", "転出者数（国外）", "out_abroad"),
    ("住民票消除数", "転出者数（計）", "moves_out"),
    ("住民票消除数", "死亡者数", "deaths"),
    ("住民票消除数", "その他（計）", "other_out"),
    ("住民票消除数", "計（Ｂ）", "removed"),
)
JAPANESE = (
    *TOTAL[:3],
    ("世帯数", "日本人住民", "households_only"),
    ("世帯数", "複数国籍", "households_mixed"),
    ("世帯数", "計", "households"),
    *TOTAL[4:8],
    ("住民票記載数", "その他（帰化等）", "in_nationality"),
    ("住民票記載数", "その他（その他）", "in_rest"),
    *TOTAL[8:14],
    ("住民票消除数", "その他（国籍喪失）", "out_nationality"),
    ("住民票消除数", "その他（その他）", "out_rest"),
    *TOTAL[14:],
)
FOREIGN = (
    *TOTAL[:8],
    ("住民票記載数", "その他（国籍喪失）", "in_nationality"),
    ("住民票記載数", "その他（その他）", "in_rest"),
    *TOTAL[8:14],
    ("住民票消除数", "その他（帰化等）", "out_nationality"),
    ("住民票消除数", "その他（その他）", "out_rest"),
    *TOTAL[14:],
)
OLD = (
    *TOTAL[:4],
    ("住民票記載数", "転入者数", "moves_in"),
    ("住民票記載数", "出生者数", "births"),
    ("住民票記載数", "その他", "other_in"),
    ("住民票記載数", "計（Ａ）", "added"),
    ("住民票消除数", "転出者数", "moves_out"),
    ("住民票消除数", "死亡者数", "deaths"),
    ("住民票消除数", "その他", "other_out"),
    ("住民票消除数", "計（Ｂ）", "removed"),
)
OLDEST = (
    *TOTAL[:3],
    ("人口", "（修正人口）", "corrected"),
    ("世帯数", "", "households"),
    ("（修正世帯数）", "", "corrected_households"),
    *OLD[4:],
)
CHANGES = ("change", "natural", "social")
COLUMNS = {"総計": TOTAL, "日本人住民": JAPANESE, "外国人住民": FOREIGN, "2012": OLD, "2005": OLDEST}


def _row(columns: Iterable[tuple[str, str, str]], values: str) -> dict[str, int]:
    """Nemuro's row as published, its counts in the order of the columns, then 増減, 自然増減 and 社会増減."""
    names = [name for _, _, name in columns if not name.startswith("corrected")] + list(CHANGES)
    numbers = [int(value) for value in values.split()]
    return dict(zip(names, numbers, strict=True))


DYNAMICS = {
    "0503sjin.xls": _row(OLDEST, "15229 16574 31803 13055 1046 271 15 1332 1423 298 2 1723 -391 -27 -364"),
    "1203sjin.xls": _row(OLD, "13898 15025 28923 12913 863 204 6 1073 1152 323 5 1480 -407 -119 -288"),
    "1303ssjin.xls": _row(
        TOTAL, "13763 15052 28815 13095 922 114 1036 187 314 1537 1239 28 1267 355 23 1645 -108 -168 60"
    ),
    "1403ssjin.xls": _row(
        TOTAL, "13639 14910 28549 13103 934 151 1085 209 21 1315 1328 82 1410 358 13 1781 -466 -149 -317"
    ),
    "1503ssjin.xls": _row(
        TOTAL, "13407 14643 28050 13023 814 150 964 192 3 1159 1227 85 1312 340 6 1658 -499 -148 -351"
    ),
    "1507nsjin.xls": _row(
        JAPANESE,
        "13364 14429 27793 12780 18 12798 798 0 798 192 0 3 3 993 1140 10 1150 339 0 0 0 1489 -496 -147 -349",
    ),
    "1511gsjin.xls": _row(FOREIGN, "43 214 257 225 16 150 166 0 0 0 0 166 87 75 162 1 0 6 6 169 -3 -1 -2"),
    "1603ssjin.xls": _row(
        TOTAL, "13218 14411 27629 12954 807 190 997 187 17 1201 1209 73 1282 336 4 1622 -421 -149 -272"
    ),
    # Known: 27,018 in all and -611. The parts are invented.
    "1703ssjin.xls": _row(
        TOTAL, "12930 14088 27018 12850 770 200 970 170 20 1160 1340 65 1405 360 6 1771 -611 -190 -421"
    ),
    "1803ssjin.xls": _row(
        TOTAL, "12634 13765 26399 12734 778 217 995 166 25 1186 1360 63 1423 373 9 1805 -619 -207 -412"
    ),
    # Known: 25,953 in all and -446. The parts are invented.
    "1903ssjin.xls": _row(
        TOTAL, "12400 13553 25953 12650 760 250 1010 150 15 1175 1180 70 1250 365 6 1621 -446 -215 -231"
    ),
    "2003ssjin.xls": _row(
        TOTAL, "12153 13304 25457 12565 682 276 958 136 10 1104 1144 95 1239 356 5 1600 -496 -220 -276"
    ),
    "2111gsjin.xlsx": _row(FOREIGN, "55 282 337 303 18 64 82 0 0 8 8 90 16 44 60 0 0 14 14 74 16 0 16"),
    "2203ssjin.xlsx": _row(
        TOTAL, "11596 12635 24231 12290 769 33 802 115 0 917 1073 45 1118 416 10 1544 -627 -301 -326"
    ),
}


def _invent(seed: int, columns: str) -> dict[str, int]:
    """An area that nobody published, whose sums hold."""
    few = columns == "外国人住民"
    size = 0 if seed == 0 else (4 + 6 * seed if few else 400 + 310 * seed)
    value = {"male": size, "female": size + size // 9, "in_domestic": size // 40, "in_abroad": size // 200}
    value |= {"births": size // 110, "in_nationality": size // 500, "in_rest": size // 300}
    value |= {"out_domestic": size // 33, "out_abroad": size // 240, "deaths": size // 90}
    value |= {"out_nationality": size // 700, "out_rest": size // 400, "households_mixed": size // 150}
    value["households_only"] = size // 2
    if not few:
        # As many come as go, so that the population follows from that of the year before.
        gone = ("out_domestic", "out_abroad", "out_nationality", "out_rest", "deaths")
        come = ("in_abroad", "in_nationality", "in_rest", "births")
        value["in_domestic"] = sum(value[key] for key in gone) - sum(value[key] for key in come)
    if few and seed == 1:
        # Nobody was there a year ago: 皆増.
        value |= dict.fromkeys(value.keys() - {"male", "female", "households_only", "in_abroad"}, 0)
        value["in_abroad"] = value["male"] + value["female"]
    value["both"] = value["male"] + value["female"]
    value["households"] = value["households_only"] + value["households_mixed"]
    value["moves_in"] = value["in_domestic"] + value["in_abroad"]
    value["moves_out"] = value["out_domestic"] + value["out_abroad"]
    value["other_in"] = value["in_nationality"] + value["in_rest"]
    value["other_out"] = value["out_nationality"] + value["out_rest"]
    value["added"] = value["moves_in"] + value["births"] + value["other_in"]
    value["removed"] = value["moves_out"] + value["deaths"] + value["other_out"]
    value["change"] = value["added"] - value["removed"]
    value["natural"] = value["births"] - value["deaths"]
    value["social"] = value["change"] - value["natural"]
    return value


def _counts(columns: str, nemuro: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """By area code the counts of every area; `` is the country."""
    leaves = {a.code: dict(nemuro) if a.seed == NEMURO else _invent(a.seed, columns) for a in AREAS if a.seed != SUM}
    counts = dict(leaves)
    for area in AREAS:
        if area.seed == SUM:
            counts[area.code] = {key: sum(leaves[part.code][key] for part in _parts(area)) for key in nemuro}
    counts[""] = {key: sum(leaf[key] for leaf in leaves.values()) for key in nemuro}
    return counts


def dynamics_grid(name: str, nationality: str) -> Grid:
    """The sheet of `1803ssjin.xls` and the like; the year of its name decides the layout.

    Of a file that is no sample Nemuro's row is invented too.
    """
    year = 2000 + int(name[:2])
    columns_id = str(year) if year <= 2012 else nationality
    columns = COLUMNS[columns_id]
    counts = _counts(columns_id, DYNAMICS.get(name) or _invent(6, columns_id))
    kind = f"【{nationality}】" if year >= 2013 else ""
    sheet = f"人口、世帯数、人口動態（市区町村別）{kind}" if year >= 2013 else "Sheet1"
    rows = _dynamics_header(year, nationality, columns)
    for area in (None, *AREAS):
        count = counts["" if area is None else area.code]
        rows.append([*_keys(area, year), *_numbers(count, columns, area, year, nationality)])
    if year >= 2021:
        rows.append(["注：増減率、自然増減率及び社会増減率内の「-」は、「皆増」を示す", *[""] * (len(rows[0]) - 1)])
    return Grid(sheet, rows)


def _keys(area: Area | None, year: int, mark: str = "") -> list[Value]:
    """Code, prefecture and municipality as the year writes them."""
    blank = "-" if year >= 2021 else ""
    if area is None:
        return [blank, "合計", blank]
    prefecture = area.prefecture + ("\u3000" if year == 2005 else "")
    name = area.name
    if year == 2005 and area.code == "13361":
        name = "大島支庁大島町"
    code = "" if year == 2005 and name == "島しょ" else area.six
    if not name:
        return [code, prefecture + mark, blank]
    return [code, prefecture, name + mark]


def _numbers(
    count: Mapping[str, int], columns: Iterable[tuple[str, str, str]], area: Area | None, year: int, nationality: str
) -> list[Value]:
    numbers: list[Value] = []
    for _, _, name in columns:
        if name.startswith("corrected"):
            whole = area is None or area.code.endswith("000")
            numbers.append(count["both" if name == "corrected" else "households"] + 1500 if whole else "")
        else:
            numbers.append(count[name])
    before = count["both"] - count["change"]
    for name in CHANGES:
        rate: Value = 100 * count[name] / before if before else 0
        if year == 2013 or (year == 2005 and not before):
            rate = ""
        elif not before and count[name]:
            rate = "-" if year >= 2021 else "皆増"
        numbers += [count[name], rate]
    return numbers


def _era(year: int) -> str:
    return f"平成{year - 1988}年" if year <= 2018 else f"令和{'元' if year == 2019 else year - 2018}年"


def _title_years(year: int) -> tuple[str, str]:
    """Reference date and period of the dynamics as titles write them."""
    if year <= 2013:
        return f"平成{year - 1988}年3月31日", f"平成{year - 1989}年度"
    if year == 2020:
        return "令和2年1月1日", "令和元年（平成31年1月1日から令和元年12月31日まで）"
    if year == 2019:
        return "平成31年1月1日", "平成30年（1月1日から同年12月31日まで）"
    return f"{_era(year)}1月1日", f"{_era(year - 1)}（1月1日から同年12月31日まで）"


def _dynamics_header(year: int, nationality: str, columns: tuple[tuple[str, str, str], ...]) -> list[list[Value]]:
    reference, period = _title_years(year)
    said = f"（{nationality}）" if year >= 2013 else ""
    title = f"{reference}住民基本台帳人口・世帯数、{period}人口動態（市区町村別）{said}"
    words = ("増減率", "自然増減数", "自然増減率", "社会増減数", "社会増減率")
    if year <= 2014:
        words = ("増加率", "自然増加数", "自然増加率", "社会増加数", "社会増加率")
    columns = (*columns, *((word, "", "") for word in ("増減数(Ａ)-(Ｂ)", *words)))
    state = sum(group in ("人口", "世帯数", "（修正世帯数）") for group, _, _ in columns)
    flow = len(columns) - state
    keys = ["団体コード", "都道府県名", "市区町村名"]
    reference_year = "平成31年" if year == 2019 else _era(year)
    period_year = f"平成{year - 1989}年度" if year <= 2013 else _era(year - 1)
    width = 3 + len(columns)
    note = ["（単位：人、世帯、％）"] if 2018 <= year <= 2020 else [""]
    first: list[Value] = [title, *[""] * (width - 2), *note]
    if year <= 2020:
        groups = [
            group if index == 0 or columns[index - 1][0] != group else "" for index, (group, _, _) in enumerate(columns)
        ]
        return [
            first,
            [*keys, reference_year, *[""] * (state - 1), period_year, *[""] * (flow - 1)],
            ["", "", "", *groups],
            ["", "", "", *[sub for _, sub, _ in columns]],
        ]
    units = ["世帯" if group == "世帯数" else "％" if group.endswith("率") else "人" for group, _, _ in columns]
    return [
        first,
        ["", "", "", *[_era(year)] * state, *[_era(year - 1)] * flow],
        ["", "", "", *[f"{year}年"] * state, *[f"{year - 1}年"] * flow],
        ["", "", "", *[group for group, _, _ in columns]],
        ["", "", "", *[sub or group for group, sub, _ in columns]],
        [*keys, *units],
    ]


# --- population by age ----------------------------------------------------------------------------------------------

AGES = {
    "1404ssnen.xls": (
        "13639 500 606 606 693 649 682 742 922 950 931 940 948 1153 961 836 769 751",
        "14910 481 509 589 659 627 640 655 783 941 962 967 991 1333 1111 1217 1033 1412",
    ),
    "1608nanen.xls": (
        "13167 478 547 590 607 598 676 696 784 975 898 920 900 1028 1070 817 714 529 256 65 18 1",
        "14183 469 455 563 587 484 504 622 720 858 909 956 939 1154 1254 1133 1052 717 506 220 71 10",
    ),
    "1804ssnen.xls": (
        "12634 443 448 570 555 595 679 623 732 905 893 882 900 879 1087 814 691 563 277 89 9 0",
        "13765 403 430 499 552 575 550 558 634 777 865 927 932 1002 1308 1018 1083 833 489 233 89 8",
    ),
    "2104ssnen.xlsx": (
        "11830 324 426 499 525 495 603 594 668 733 881 847 874 814 936 943 689 524 325 114 14 2",
        "13028 350 429 417 472 525 554 468 583 650 800 863 930 896 1095 1153 1019 895 537 290 84 18",
    ),
    "2112gsnen.xlsx": (
        "55 1 0 2 1 16 15 6 2 2 4 3 1 1 0 1 0 0 0 0 0 0",
        "282 0 0 0 7 123 110 19 3 8 6 3 2 0 0 0 1 0 0 0 0 0",
    ),
}


def _shares(total: int, classes: int) -> list[int]:
    """`total` spread over the classes, most in the middle."""
    weights = [2 + min(index, classes - 1 - index) for index in range(classes)]
    parts = [total * weight // sum(weights) for weight in weights]
    parts[classes // 2] += total - sum(parts)
    return parts


def age_grid(name: str, nationality: str) -> Grid:
    """The sheet of `1804ssnen.xls` and the like. Of a file that is no sample Nemuro's row is invented too."""
    year = 2000 + int(name[:2])
    classes = 17 if year == 2014 else 21
    nemuro = [[int(number) for number in text.split()] for text in AGES.get(name, ())]
    foreign = nationality == "外国人住民"
    leaves: dict[str, list[list[int]]] = {}
    for area in AREAS:
        if area.seed == SUM:
            continue
        if area.seed == NEMURO and nemuro:
            sexes = nemuro
        else:
            count = _invent(6 if area.seed == NEMURO else area.seed, nationality)
            sexes = [[count[sex], *_shares(count[sex], classes)] for sex in ("male", "female")]
        leaves[area.code] = [[a + b for a, b in zip(*sexes, strict=True)], *sexes]
    # In the total's tables the foreign residents of a small place are in its 総数 only; its name is marked to 2020.
    withheld = {"47382"} if nationality == "総計" else set()
    for code in withheld:
        for row in leaves[code][1:]:
            row[1 + classes // 2] -= 3
        leaves[code][0] = [a + b for a, b in zip(*leaves[code][1:], strict=True)]
    hidden = {code for code, sexes in leaves.items() if foreign and year >= 2021 and 0 < sexes[0][0] <= 49}
    rows = _age_header(year, nationality, classes)
    for area in (None, *AREAS):
        if area is None:
            parts = list(leaves)
        else:
            parts = [area.code] if area.seed != SUM else [part.code for part in _parts(area)]
        mark = "*" if area is not None and withheld & set(parts) and year <= 2020 else ""
        for sex, label in enumerate(("計", "男", "女")):
            sums = [sum(column) for column in zip(*(leaves[code][sex] for code in parts), strict=True)]
            shown: list[Value] = list(sums)
            if area is not None and hidden & set(parts):
                seen = [leaves[code][sex] for code in parts if code not in hidden]
                shown[1:] = [sum(column) for column in zip(*seen, strict=True)][1:] if seen else ["X"] * classes
            rows.append([*_keys(area, year, mark), label, *shown])
    if year >= 2021:
        width = len(rows[0])
        rows.append(
            ["注1：外国人住民の「男性総数が１～９人」等に該当する市区町村の内訳は、非公表である", *[""] * (width - 1)]
        )
        rows.append(["注2：注1に該当する市区町村を含む都道府県等は、総数と内訳の合計が合わない", *[""] * (width - 1)])
    return Grid(f"年齢別人口（市区町村別）【{nationality}】", rows)


def _age_header(year: int, nationality: str, classes: int) -> list[list[Value]]:
    note = ""
    if year == 2014:
        note = "※年齢不詳者がある場合は、年齢階級毎の合計と総数が一致しないことがあります。"
    title = f"{_era(year)}1月1日住民基本台帳年齢階級別人口（市区町村別）（{nationality}）{note}"
    starts = range(0, 5 * (classes - 1), 5)
    keys = ["団体コード", "都道府県名", "市区町村名", "性別"]
    last = f"{5 * (classes - 1)}歳以上"
    unit = "（単位：人）" if 2018 <= year <= 2020 else ""
    first: list[Value] = [title, *[""] * (classes + 3), unit]
    if year <= 2020:
        labels = [f"{age}～{age + 4}" + ("歳" if age == 0 else "") for age in starts]
        return [first, [*keys, "総数", *labels, last]]
    labels = [f"{age}歳～{age + 4}歳" for age in starts]
    return [first, ["", "", "", "", "総数", *labels, last], [*keys, *["人"] * (classes + 1)]]


# --- open data ------------------------------------------------------------------------------------------------------


def open_data_rows() -> list[list[str]]:
    """Nemuro on 2018-01-01 in the form of 自治体標準オープンデータセット, and two invented 町丁・字."""
    male, female = (text.split() for text in AGES["1804ssnen.xls"])
    ages = [f"{age}-{age + 4}歳" for age in range(0, 100, 5)] + ["100歳以上"]
    labels = [f"{age}の{sex}" for age in ages for sex in ("男性", "女性")]
    header = [
        "都道府県コード又は市区町村コード",
        "地域コード",
        "都道府県名",
        "市区町村名",
        "調査年月日",
        "地域名",
        "総人口",
    ]
    header += ["男性", "女性", *labels, "年齢不詳の男性", "年齢不詳の女性", "世帯数", "備考"]
    classes = [number for pair in zip(male[1:], female[1:], strict=True) for number in pair]
    whole = [
        "012238",
        "",
        "北海道",
        "根室市",
        "2018-01-01",
        "",
        "26399",
        male[0],
        female[0],
        *classes,
        "",
        "",
        "12734",
        "",
    ]
    district = ["012238", "001", "北海道", "根室市", "2018-01-01", "見本町", "75", "40", "35"]
    district += [""] * len(classes) + ["", "", "31", "見本"]
    other = [*district]
    other[1], other[5] = "002", "見本町2丁目"
    return [header, whole, district, other]


def write_csv(rows: Iterable[Iterable[str]], encoding: str) -> bytes:
    return "".join(",".join(row) + "\r\n" for row in rows).encode(encoding)


def lose_leading_zero(rows: list[list[str]]) -> list[list[str]]:
    """What a spreadsheet makes of it: 12238, 2018/1/1."""
    return [rows[0], *([str(int(row[0])), *row[1:4], "2018/1/1", *row[5:]] for row in rows[1:])]


# --- all of them ----------------------------------------------------------------------------------------------------

NATIONALITIES = {"s": "総計", "n": "日本人住民", "g": "外国人住民"}


def nationality_of(name: str) -> str:
    """What the publisher's file name says: s 総計, n 日本人住民, g 外国人住民."""
    return NATIONALITIES[name[4]]


def grid_of(name: str) -> Grid:
    """The sheet of one sample."""
    return dynamics_grid(name, nationality_of(name)) if "jin" in name else age_grid(name, nationality_of(name))


def make(name: str, hook: Hook | None = None) -> bytes:
    """The bytes of one workbook sample; `hook` may break its sheet before it is written."""
    grid = grid_of(name)
    if hook is not None:
        hook(grid)
    return write_xlsx(grid) if name.endswith("x") else write_xls(grid)


NIGHTS = {
    "2018-11-22": (
        "1403ssjin.xls",
        "1503ssjin.xls",
        "1603ssjin.xls",
        "1703ssjin.xls",
        "1803ssjin.xls",
        "1404ssnen.xls",
        "1804ssnen.xls",
    ),
    "2019-08-10": ("1903ssjin.xls",),
}


def main() -> None:
    """Writes every registry sample below this folder."""
    registry = FOLDER / "registry"
    registry.mkdir(exist_ok=True)
    for name in (*DYNAMICS, *AGES):
        (registry / name).write_bytes(make(name))
    rows = open_data_rows()
    (registry / "012238_population_utf8.csv").write_bytes(write_csv(rows, "utf-8-sig"))
    (registry / "012238_population_cp932.csv").write_bytes(write_csv(lose_leading_zero(rows), "cp932"))
    for night, names in NIGHTS.items():
        folder = FOLDER / "nights" / night / "registry"
        folder.mkdir(parents=True, exist_ok=True)
        for name in names:
            shutil.copyfile(registry / name, folder / name)


if __name__ == "__main__":
    main()
