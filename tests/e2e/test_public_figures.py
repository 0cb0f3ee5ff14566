"""Published figures as they come, stage by stage: what was known on the eve of each publication, and what since.

The files are the bundled samples; a first half, and a year's figure that the next report restates, are made from them.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from nemuro_etl.sources.container import open_sheets
from tests.e2e.command import Nemuro
from tests.samples import make_furusato, make_tourism
from tests.unit.test_tourism import first_half

TOTAL, OUTSIDE, _, DAY, OVERNIGHT, _ = range(6)
SEPTEMBER, YEAR, BEFORE = 5, 12, 13


def report(year: int, changes: Mapping[tuple[int, int], int], *, half: bool = False) -> bytes:
    """A tourism report in which some numbers of 根室市, by row and column, are others by so many 0.1 千人."""
    make = make_tourism.nemuro

    def changed(asked: int) -> list[list[int]]:
        rows = make(asked)
        for (row, column), by in changes.items() if asked == year else ():
            rows[row][column] += by
        return rows

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make_tourism, "nemuro", changed)
        grid = make_tourism.report(year)
    if half:
        first_half(grid)
    return make_tourism.write_xlsx(grid)


# The first half said 500 visitors of September more than the year's report; the report of FY2019 says of FY2018 that
# 1,000 of its day visitors stayed overnight.
SEPTEMBERS = {(row, column): 5 for row in (TOTAL, OUTSIDE, DAY) for column in (SEPTEMBER, YEAR)}
RESTATED = {(DAY, BEFORE): -10, (OVERNIGHT, BEFORE): 10}
# In the order in which they came: the day, and the file.
PUBLISHED = {
    "furusato/total_gain_H29.xlsx": ("2018-07-06", make_furusato.make("total_gain_H29.xlsx")),
    "furusato/H28_gain.xlsx": ("2018-07-20", make_furusato.make("H28_gain.xlsx")),
    "tourism/2017_irikomi.xls": ("2018-09-28", make_tourism.make(2017)),
    "tourism/2018_kamiki.xlsx": ("2018-12-20", report(2018, SEPTEMBERS, half=True)),
    "furusato/total_gain_H30.xlsx": ("2019-08-02", make_furusato.make("total_gain_H30.xlsx")),
    "furusato/H30_gain.xlsx": ("2019-08-05", make_furusato.make("H30_gain.xlsx")),
    "tourism/2018_irikomi.xlsx": ("2019-09-27", make_tourism.make(2018)),
    "tourism/2019_irikomi.xlsx": ("2020-09-30", report(2019, RESTATED)),
}
EVE = {day: f"{day[:-2]}{int(day[-2:]) - 1:02}" for day, _ in PUBLISHED.values()}


@dataclass(frozen=True)
class History:
    """A home in which every file was ingested on its day, and what `nemuro judge` said on each of these days."""

    nemuro: Nemuro
    judged: dict[str, str]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    """Not to be changed: copy the home."""
    folder = tmp_path_factory.mktemp("public")
    nemuro, judged = Nemuro(folder / "home"), {}
    for name, (day, data) in PUBLISHED.items():
        file = folder / Path(name).name
        file.write_bytes(data)
        answer = nemuro.on(day).ask("ingest", Path(name).parent.name, file, "--format", "json")
        assert answer.exit == 0, answer.err
        assert [row["held"] for row in answer.rows] == [0]
        judged[day] = nemuro.on(day).ask("judge", "--format", "json").out
    return History(nemuro.on("2020-10-01"), judged)


@dataclass(frozen=True)
class Publication:
    """One figure of 根室市 around the day of one file: (value, stage, the file it is from), None where there is none."""

    day: str
    series: str
    dimensions: Mapping[str, str]
    period: str
    before: tuple[str, str, str] | None
    after: tuple[str, str, str]


ALL = {"origin": "total"}
FY2017, FY2018 = "tourism/2017_irikomi.xls", "tourism/2018_irikomi.xlsx"
HALF, FY2019 = "tourism/2018_kamiki.xlsx", "tourism/2019_irikomi.xlsx"
LIST_H29, LIST_H30 = "furusato/total_gain_H29.xlsx", "furusato/total_gain_H30.xlsx"
PUBLICATIONS = {
    "a year's report": Publication("2018-09-28", "tourism.visitors", ALL, "FY2017", None, ("397100", "確報", FY2017)),
    "a month of a first half": Publication(
        "2018-12-20", "tourism.visitors", ALL, "2018-09", None, ("96400", "速報", HALF)
    ),
    "the same month in the year's report": Publication(
        "2019-09-27", "tourism.visitors", ALL, "2018-09", ("96400", "速報", HALF), ("95900", "確報", FY2018)
    ),
    "a month that the first half had right": Publication(
        "2019-09-27", "tourism.visitors", ALL, "2018-08", ("57700", "速報", HALF), ("57700", "確報", FY2018)
    ),
    "a year that the next report restates": Publication(
        "2020-09-30", "tourism.overnight_visitors", {}, "FY2018", ("71100", "確報", FY2018), ("72100", "確報", FY2019)
    ),
    "donations in the list": Publication(
        "2019-08-02", "furusato.amount", {}, "FY2018", None, ("4957077000", "確報", LIST_H30)
    ),
    "donations in the more precise detail": Publication(
        "2019-08-05",
        "furusato.amount",
        {},
        "FY2018",
        ("4957077000", "確報", LIST_H30),
        ("4957077467", "確報", "furusato/H30_gain.xlsx"),
    ),
    "donations that the next list repeats": Publication(
        "2019-08-02",
        "furusato.amount",
        {},
        "FY2017",
        ("3973346448", "確報", LIST_H29),
        ("3973346448", "確報", LIST_H29),
    ),
}


def known(nemuro: Nemuro, publication: Publication, *arguments: str) -> list[dict[str, Any]]:
    rows = nemuro.listed("facts", publication.series, "--area", "01223", "--period", publication.period, *arguments)
    return [row for row in rows if row["dimensions"] == publication.dimensions]


def cell(data: bytes, locator: str) -> float:
    """The number in a cell of a workbook, in 人 or 円."""
    sheet, place = locator.split("!")
    letters, number = re.fullmatch(r"([A-Z]+)(\d+)", place).groups()  # type: ignore[union-attr]
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    rows = next(each.rows for each in open_sheets(data, "a") if each.name == sheet)
    value = rows[int(number) - 1][column - 1]
    assert isinstance(value, int | float)
    return value if sheet == "集計" else value * 1000


@pytest.mark.parametrize("name", PUBLICATIONS)
def test_facts_as_of_a_day_give_what_was_known_with_its_stage_original_and_cell(name: str, history: History) -> None:
    publication = PUBLICATIONS[name]
    for day, expected in ((EVE[publication.day], publication.before), (publication.day, publication.after)):
        rows = known(history.nemuro, publication, "--as-of", day)
        if expected is None:
            assert rows == []
            continue
        ((row),) = rows
        value, stage, file = expected
        data = PUBLISHED[file][1]
        assert (row["value"], row["stage"]) == (value, stage)
        assert row["snapshot"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        assert round(cell(data, row["locator"])) == int(value)
        assert row["recorded_at"][:10] <= day


VINTAGES = {
    "a year's report": [("397100", "確報")],
    "a month of a first half": [("96400", "速報"), ("95900", "確報")],
    "a month that the first half had right": [("57700", "速報"), ("57700", "確報")],
    "a year that the next report restates": [("71100", "確報"), ("72100", "確報")],
    "donations in the list": [("4957077000", "確報"), ("4957077467", "確報")],
    # what the next list repeats is a confirmation
    "donations that the next list repeats": [("3973346448", "確報")],
}


@pytest.mark.parametrize("name", VINTAGES)
def test_all_vintages_are_listed_in_the_order_in_which_they_were_published(name: str, history: History) -> None:
    rows = known(history.nemuro, PUBLICATIONS[name], "--all-vintages")
    assert [(row["value"], row["stage"]) for row in rows] == VINTAGES[name]
    assert [row["recorded_at"] for row in rows] == sorted(row["recorded_at"] for row in rows)


def test_a_figure_that_another_file_confirms_gains_a_place_and_no_vintage(history: History) -> None:
    of_2016 = Publication("2018-07-20", "furusato.amount", {}, "FY2016", None, ("3307433737", "確報", LIST_H29))
    (eve,) = known(history.nemuro, of_2016, "--as-of", "2018-07-19")
    (day,) = known(history.nemuro, of_2016, "--as-of", "2018-07-20")
    (now,) = known(history.nemuro, of_2016, "--all-vintages")
    # the first list, the detail of the year, and the next list
    assert [len(row["locators"]) for row in (eve, day, now)] == [1, 2, 3]
    assert {row["value"] for row in (eve, day, now)} == {"3307433737"}
    assert {row["snapshot"] for row in (eve, day, now)} == {eve["snapshot"]}


def test_a_first_half_says_nothing_of_the_year(history: History) -> None:
    assert history.nemuro.listed("facts", "tourism.visitors", "--period", "FY2018", "--as-of", "2019-09-26") == []


# Indicator, fiscal year, day of a publication; actual and rating on its eve and on the day.
JUDGED: list[tuple[str, int, str, tuple[float | None, str], tuple[float | None, str]]] = [
    ("g2-i2-3", 2017, "2018-09-28", (None, "not_rated"), (18.3833, "achieved")),
    ("g2-i2-1", 2017, "2018-09-28", (None, "not_rated"), (17.93, "behind")),
    ("g2-i2-1", 2018, "2018-12-20", (None, "not_rated"), (None, "not_rated")),
    ("g3-u1-1", 2018, "2019-08-02", (None, "not_rated"), (13527959.17, "achieved")),
    ("g3-u1-1", 2018, "2019-08-05", (13527959.17, "achieved"), (13527959.637, "achieved")),
    ("g2-i2-1", 2018, "2019-09-27", (None, "not_rated"), (19.7731, "on_track")),
    ("g2-i2-3", 2018, "2020-09-30", (19.2058, "achieved"), (19.476, "achieved")),
]


@pytest.mark.parametrize(("indicator", "fiscal_year", "day", "before", "after"), JUDGED)
def test_judging_as_of_a_day_uses_what_was_known_then(
    indicator: str,
    fiscal_year: int,
    day: str,
    before: tuple[float | None, str],
    after: tuple[float | None, str],
    history: History,
    tmp_path: Path,
) -> None:
    nemuro = history.nemuro.copy(tmp_path / "home")
    for as_of, (actual, rating) in ((EVE[day], before), (day, after)):
        rows = nemuro.listed("judge", "--fiscal-year", str(fiscal_year), "--as-of", as_of)
        row = next(row for row in rows if row["indicator"] == indicator)
        assert row["rating"] == rating
        assert (None if row["actual"] is None else round(float(row["actual"]), 4)) == actual
        assert row["stage"] == (None if actual is None else "確報")


def test_a_past_day_is_judged_now_as_it_was_judged_then(history: History, tmp_path: Path) -> None:
    nemuro = history.nemuro.copy(tmp_path / "home")
    for day, then in history.judged.items():
        assert nemuro.ask("judge", "--as-of", day, "--format", "json").out == then, day


@pytest.mark.parametrize(
    ("indicator", "day", "file", "series"),
    [
        ("g3-u1-1", "2019-08-02", LIST_H30, "furusato.amount"),
        ("g3-u1-1", "2019-08-05", "furusato/H30_gain.xlsx", "furusato.amount"),
        ("g2-i2-3", "2019-09-27", FY2018, "tourism.overnight_visitors"),
        ("g2-i2-3", "2020-09-30", FY2019, "tourism.overnight_visitors"),
    ],
)
def test_explain_as_of_a_day_ends_in_the_cell_that_was_known_then(
    indicator: str, day: str, file: str, series: str, history: History
) -> None:
    answer = history.nemuro.run("explain", indicator, "--fiscal-year", "2018", "--as-of", day)
    assert answer.exit == 0, answer.all
    (fact,) = history.nemuro.listed("facts", series, "--area", "01223", "--period", "FY2018", "--as-of", day)
    chain = answer.out[answer.out.index(f"{series} 01223 FY2018") :]
    lines = chain[: chain.index("■")].splitlines()
    assert lines[1] == f"    ← {Path(file).name} の {fact['locator']}"
    assert fact["snapshot"] in "".join(lines[1:5])


def test_every_recorded_figure_of_every_stage_is_found_again_in_its_original(history: History) -> None:
    answer = history.nemuro.run("trace", "--verify-all")
    assert answer.exit == 0, answer.all
