"""The real files of 総務省, where they are at hand: not part of this repository, and never committed."""

import warnings
from functools import cache

import pytest

from nemuro_etl.model.figure import READING_COLUMNS
from nemuro_etl.sources.container import open_sheets
from nemuro_etl.sources.frame import Reading
from nemuro_etl.sources.labels import fold
from tests.samples.make_furusato import DETAILS, HISTORY, NEMURO_HISTORY, NEMURO_ROWS, grids_of
from tests.samples.public_source import ROOT, public_source
from tests.samples.read_bytes import read

FILES = ROOT.parent / "shared" / "sources" / "furusato"
HERE = FILES.is_dir()
if not HERE:
    warnings.warn(
        f"NOT PROVED: the publisher's files are not at hand (../{FILES.relative_to(ROOT.parent)})", stacklevel=1
    )

real = pytest.mark.skipif(not HERE, reason="the publisher's files (../shared/sources/furusato) are not at hand")

AREAS = 1788


@cache
def reading(name: str) -> Reading:
    return read(public_source("furusato"), (FILES / name).read_bytes(), name)


def values(name: str, series: str, period: str) -> dict[str, int]:
    frame = reading(name).frame
    there = frame[(frame["series"] == series) & (frame["period"] == period)]
    return dict(zip(there["area"].astype(object), there["value"].tolist(), strict=True))


@real
def test_every_file_that_is_there_is_read_here() -> None:
    assert {path.name for path in FILES.iterdir()} == {*DETAILS, HISTORY}


@real
@pytest.mark.parametrize(("name", "count"), [*((name, 2 * AREAS) for name in DETAILS), (HISTORY, 26 * AREAS)])
def test_a_real_file_loads_with_all_its_figures(name: str, count: int) -> None:
    frame = reading(name).frame
    assert tuple(frame.columns) == READING_COLUMNS
    assert len(frame) == count
    assert frame["value"].dtype == "int64"
    assert set(frame["stage"]) == {"確報"}
    assert not frame.duplicated(["series", "area", "period", "dimensions"]).any()


@real
@pytest.mark.parametrize("name", DETAILS)
def test_nemuro_is_what_the_detail_of_the_year_says(name: str) -> None:
    year = DETAILS[name][0]
    count, amount = NEMURO_ROWS[year][:2]
    assert values(name, "furusato.count", f"FY{year}")["01223"] == count
    assert values(name, "furusato.amount", f"FY{year}")["01223"] == amount


@real
@pytest.mark.parametrize("year", NEMURO_HISTORY)
def test_nemuro_is_what_the_history_says(year: int) -> None:
    amount, count = NEMURO_HISTORY[year]
    published = 4957077000 if year == 2018 else amount
    assert values(HISTORY, "furusato.amount", f"FY{year}")["01223"] == published
    assert values(HISTORY, "furusato.count", f"FY{year}")["01223"] == count


@real
def test_only_the_amounts_of_fy2018_are_rounded() -> None:
    frame = reading(HISTORY).frame
    rounded = frame[frame["step"] != 1]
    assert set(zip(rounded["series"], rounded["period"], rounded["step"], strict=True)) == {
        ("furusato.amount", "FY2018", 1000)
    }
    assert len(rounded) == AREAS


@real
@pytest.mark.parametrize("name", DETAILS)
def test_detail_and_history_say_the_same_within_the_rounding(name: str) -> None:
    """那珂川町 is a city since 2018-10-01, with another code: the list has its figure of FY2016 under the city's."""
    year = DETAILS[name][0]
    period = f"FY{year}"
    differing = 0
    for series in ("furusato.amount", "furusato.count"):
        detail, history = values(name, series, period), values(HISTORY, series, period)
        assert detail.keys() ^ history.keys() == ({"40231", "40305"} if year == 2016 else set())
        for area in detail.keys() & history.keys():
            step = 1000 if (series, year) == ("furusato.amount", 2018) else 1
            assert 2 * abs(detail[area] - history[area]) <= step - (step == 1)
            differing += detail[area] != history[area]
    assert differing == (794 if year == 2018 else 0)


@real
@pytest.mark.parametrize("name", [*DETAILS, HISTORY])
def test_the_sample_has_the_header_of_the_real_file_cell_by_cell(name: str) -> None:
    real_rows = open_sheets((FILES / name).read_bytes(), name)[0].rows
    sample = grids_of(name)[0]
    first = 4 if name == HISTORY else DETAILS[name][5]
    above = 0 if name == HISTORY else len(DETAILS[name][3])
    width = len(real_rows[0])
    assert [list(map(fold, row)) for row in sample.rows[above:first]] == [
        list(map(fold, row[:width])) for row in real_rows[above:first]
    ]


@real
@pytest.mark.parametrize("name", [*DETAILS, HISTORY])
def test_nemuro_in_the_sample_is_nemuro_in_the_publisher_s_file(name: str) -> None:
    sheet = open_sheets((FILES / name).read_bytes(), name)[0]
    sample, publisher = (
        next(list(row) for row in rows if "根室市" in row[:3]) for rows in (grids_of(name)[0].rows, sheet.rows)
    )
    width = len(sample) if name == HISTORY else 3 + len(NEMURO_ROWS[DETAILS[name][0]])
    assert sample[:width] == publisher[:width]
