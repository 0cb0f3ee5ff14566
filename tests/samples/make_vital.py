"""Writes the samples of 合計特殊出生率. `python -m tests.samples.make_vital`

The layout is the publisher's as described by people who read its files; every rate is invented (README.md). Deterministic.
"""

from tests.samples.make_registry import FOLDER, Grid, Value, write_xlsx

AGES = ("15～19歳", "20～24", "25～29", "30～34", "35～39", "40～44", "45～49")
AREA = "都道府県・保健所・市区町村"
RATES = "母の年齢階級別出生率（女性人口千対）"
SPANS = {"h25-29.xlsx": ("平成25年～平成29年", 0), "h30-r4.xlsx": ("平成30年～令和４年", 1)}
# Name, rate in hundredths in the first span; None stands for a mark.
ROWS: tuple[tuple[str, int | str], ...] = (
    ("全国", 143),
    ("01北海道", 131),
    ("0154根室保健所", 162),
    ("01101札幌市中央区　", 101),
    ("01223根室市　", 155),
    ("01691別海町", 177),
    ("07福島県", 158),
    ("07543富岡町", "…"),
    ("13東京都", 119),
    ("1327世田谷保健所", 105),
    ("13101千代田区　", 117),
    ("13362利島村", "-"),
)


def grid_of(name: str) -> Grid:
    """A fresh copy of the sheet, "" for an empty cell."""
    span, lower = SPANS[name]
    title = f"第２表　母の年齢（５歳階級）・都道府県・保健所・市区町村別合計特殊出生率（ベイズ推定値）　{span}"
    width = len(AGES) + 2
    rows: list[list[Value]] = [[title, *[""] * (width - 1)], [""] * width]
    rows.append([AREA, "合計特殊出生率", RATES, *[""] * (len(AGES) - 1)])
    rows.append(["", "", *AGES])
    for row, (label, rate) in enumerate(ROWS):
        if isinstance(rate, str):
            rows.append([label, rate, *[rate] * len(AGES)])
        else:
            hundredths = rate - 7 * lower
            rows.append([label, hundredths / 100, *[(row + 3 * age) / 10 for age in range(len(AGES))]])
    rows.append(["注：合計特殊出生率はベイズ推定値である。", *[""] * (width - 1)])
    return Grid("Sheet1", rows)


def make(name: str) -> bytes:
    return write_xlsx(grid_of(name))


def main() -> None:
    folder = FOLDER / "vital"
    folder.mkdir(exist_ok=True)
    for name in SPANS:
        (folder / name).write_bytes(make(name))


if __name__ == "__main__":
    main()
