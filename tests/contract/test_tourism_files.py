"""Every real figure that is at hand, through a workbook in the described layout: the publisher's own are not.

The derived tables (../shared/sources/tourism) are not part of this repository, and never committed.
"""

import csv
import re
import warnings
from functools import cache
from pathlib import Path

import pytest

from nemuro_etl.errors import LayoutChanged
from nemuro_etl.sources.frame import Reading
from tests.samples.make_registry import Grid, Value, write_xlsx
from tests.samples.make_tourism import APRIL, BUREAU, COUNTRIES, MEASURES, NEMURO, header
from tests.samples.public_source import ROOT, public_source
from tests.samples.read_bytes import read

FILES = ROOT.parent / "shared" / "sources" / "tourism"
HERE = FILES.is_dir()
if not HERE:
    warnings.warn(f"the real figures are not at hand (../{FILES.relative_to(ROOT.parent)}): skipped", stacklevel=1)

real = pytest.mark.skipif(not HERE, reason="the real figures (../shared/sources/tourism) are not at hand")

YEARS = (2009, 2010, 2013, 2014, 2015, 2016, 2017, 2018)
# Rows of these are missing in the derived table of FY2009.
INCOMPLETE = ("標茶町", "斜里町", "興部町")
# Nemuro in INDEX.md, FY totals in 千人: 入込総数, 道外, 道内, 日帰, 宿泊, 延数.
INDEX = {
    2009: "405.1 / 211.2 / 193.9 / 337.9 / 67.2 / 78.5",
    2010: "392.5 / 215.8 / 176.7 / 327.8 / 64.7 / 76.1",
    2013: "372.6 / 151.8 / 220.8 / 311.3 / 61.3 / 89.9",
    2014: "351.1 / 172.5 / 178.6 / 286.4 / 64.7 / 90.1",
    2015: "393.6 / 188.1 / 205.5 / 323.1 / 70.5 / 87.6",
    2016: "377.0 / 169.6 / 207.4 / 301.1 / 75.9 / 93.3",
    2017: "397.1 / 196.9 / 200.2 / 324.1 / 73.0 / 100.8",
    2018: "370.2 / 160.8 / 209.4 / 299.1 / 71.1 / 95.4",
}
SERIES = (
    ("tourism.visitors", "origin=total"),
    ("tourism.visitors", "origin=outside"),
    ("tourism.visitors", "origin=inside"),
    ("tourism.day_visitors", ""),
    ("tourism.overnight_visitors", ""),
    ("tourism.guest_nights", ""),
)
PERIOD_COLUMNS = {month: 4 + index for index, month in enumerate((4, 5, 6, 7, 8, 9, 10, 11, 12, 1, 2, 3))}


@cache
def derived(year: int) -> list[list[str]]:
    text = (FILES / f"tourism_stat_report_{year}_monthly.csv").read_text(encoding="utf-8")
    return [row[:19] for row in csv.reader(text.splitlines())][1:]


def workbook(year: int, rows: list[list[str]]) -> bytes:
    """The report of one year with every area that the derived table has; names only in a block's first row."""
    grid: list[list[Value]] = [[f"市町村別・月別観光入込客数（平成{year - 1988}年度）"], ["（単位：千人）"]]
    labels = header(2010 if year == 2009 else year)
    grid.append(labels)
    before = ""
    for row in rows:
        keys: list[Value] = [row[0], row[1], row[2]] if row[2] != before else ["", "", ""]
        before = row[2]
        numbers = [value if value in ("", "－") else float(value) for value in row[4:19]]
        grid.append([*keys, row[3], *numbers])
    return write_xlsx(Grid("6～28頁", grid))


@cache
def reading(year: int) -> Reading:
    rows = [row for row in derived(year) if year != 2009 or row[2] not in INCOMPLETE]
    return read(public_source("tourism"), workbook(year, rows), f"{year}.xlsx")


@cache
def found(year: int) -> dict[tuple[str, str, str, str], int]:
    frame = reading(year).frame
    keys = zip(*(frame[c].astype(object) for c in ("area_name", "series", "period", "dimensions")), strict=True)
    return dict(zip(keys, frame["value"], strict=True))


@real
def test_every_file_that_is_there_is_read_here() -> None:
    names = {f"tourism_stat_report_{year}_monthly.csv" for year in YEARS}
    assert {path.name for path in FILES.iterdir()} == names | {"harp_foreign_stay_nemuro_bureau_FY2015_text.tsv"}


@real
@pytest.mark.parametrize("year", YEARS)
def test_every_real_figure_of_every_municipality_is_read_as_it_stands(year: int) -> None:
    """千人 rounded half up to what is printed, for each of about 15,000 cells."""
    expected = {}
    for row in derived(year):
        if year == 2009 and row[2] in INCOMPLETE:
            continue
        series, dimensions = SERIES[MEASURES.index(row[3])]
        periods = {f"{year + (month < 4)}-{month:02}": column for month, column in PERIOD_COLUMNS.items()}
        for period, column in {**periods, f"FY{year}": 16, f"FY{year - 1}": 17}.items():
            expected[row[2], series, period, dimensions] = int(float(row[column]) * 10 + 0.5 + 1e-7) * 100
    assert len(expected) == (177 if year == 2009 else 179) * 84
    assert found(year) == expected


@real
def test_rows_that_the_derived_table_lacks_are_refused_not_guessed() -> None:
    with pytest.raises(LayoutChanged, match="“入込総数” where “内日帰客” should stand"):
        read(public_source("tourism"), workbook(2009, derived(2009)), "2009.xlsx")


@real
@pytest.mark.parametrize("year", YEARS)
def test_nemuro_is_as_the_index_says(year: int) -> None:
    totals = [round(float(number) * 1000) for number in INDEX[year].split("/")]
    assert [found(year)["根室市", series, f"FY{year}", dimensions] for series, dimensions in SERIES] == totals


@real
@pytest.mark.parametrize("year", YEARS)
def test_nemuro_in_the_sample_is_nemuro_in_the_real_figures(year: int) -> None:
    theirs = [[f"{float(value):.1f}" for value in row[4:18]] for row in derived(year) if row[2] == "根室市"]
    ours = [[f"{float(value):.1f}" for value in line.split()] for line in NEMURO[year].strip().splitlines()]
    assert ours == theirs


@real
def test_the_restated_visitors_of_fy2014_are_two_publications() -> None:
    outside, inside = SERIES[1], SERIES[2]
    assert found(2014)["根室市", outside[0], "FY2014", outside[1]] == 172500
    assert found(2014)["根室市", inside[0], "FY2014", inside[1]] == 178600
    assert found(2015)["根室市", outside[0], "FY2014", outside[1]] == 149400
    assert found(2015)["根室市", inside[0], "FY2014", inside[1]] == 201700


@real
def test_every_code_is_that_of_the_registry_s_files() -> None:
    import xlrd

    def codes(name: str) -> dict[str, str]:
        sheet = xlrd.open_workbook(str(FILES.parent / "registry" / name)).sheet_by_index(0)
        rows = [[str(value).strip("\u3000 ") for value in sheet.row_values(row)[:3]] for row in range(4, sheet.nrows)]
        here = [row for row in rows if row[1] == "北海道" and row[2] and row[0] < "016950"]
        return {re.sub(r"^.+郡(?=.+[町村]$)", "", row[2]): row[0][:5] for row in here if row[2][-1] in "市町村"}

    spec = public_source("tourism").file_kinds[0].spec
    now, then = codes("1803ssjin.xls"), codes("0503sjin.xls")
    assert spec["areas"] == now
    assert len(now) == 179
    assert spec["former_areas"] == {name: code for name, code in then.items() if name not in now}
    changed = {name: code for name, code in then.items() if name in now and code != now[name]}
    assert changed == {name: entry["code"] for name, entry in spec["earlier_codes"].items()}
    assert all(
        Path(FILES / f"tourism_stat_report_{entry['through']}_monthly.csv").exists()
        for entry in spec["earlier_codes"].values()
    )


@real
def test_the_quoted_figures_of_foreign_guests_are_those_of_the_sample() -> None:
    text = (FILES / "harp_foreign_stay_nemuro_bureau_FY2015_text.tsv").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in text.splitlines() if not line.startswith("#")]
    assert tuple(rows[0][2:-1]) == COUNTRIES
    assert tuple(tuple(map(int, row[2:-1])) for row in rows[1:]) == APRIL
    months = re.findall(r"\d+月 (\d+)/(\d+)", text)
    assert tuple((int(guests), int(nights)) for guests, nights in months) == tuple(zip(*BUREAU, strict=True))[1:11]
