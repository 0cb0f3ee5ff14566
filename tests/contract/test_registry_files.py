"""Every real file of the publisher, where it is at hand: not part of this repository, and never committed."""

import time
import warnings
from functools import cache
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import xlrd

from nemuro_etl.errors import LayoutChanged
from nemuro_etl.model.figure import READING_COLUMNS
from nemuro_etl.sources.frame import Reading
from tests.samples.make_registry import AGES, DYNAMICS, FOLDER, Grid, grid_of
from tests.samples.read_bytes import read
from tests.samples.registry_source import ROOT, registry

FILES = ROOT.parent / "shared" / "sources" / "registry"
HERE = FILES.is_dir()
if not HERE:
    warnings.warn(f"the publisher's files are not at hand (../{FILES.relative_to(ROOT.parent)}): skipped", stacklevel=1)

real = pytest.mark.skipif(not HERE, reason="the publisher's files (../shared/sources/registry) are not at hand")

COUNTS = {
    "0503sjin.xls": 41002,
    "1203sjin.xls": 29575,
    "1303ssjin.xls": 38760,
    "1403ssjin.xls": 38760,
    "1404ssnen.xls": 125406,
    "1507nsjin.xls": 38743,
    "1511gsjin.xls": 38743,
    "1603ssjin.xls": 38743,
    "1608nanen.xls": 150437,
    "1803ssjin.xls": 38743,
    "1804ssnen.xls": 152350,
    "2003ssjin.xls": 38726,
    "2104ssnen.xlsx": 152073,
    "2111gsjin.xlsx": 38726,
    "2112gsnen.xlsx": 125029,
    "2203ssjin.xlsx": 38726,
    "132071_population_akishima_quoted.csv": 96,
}
# The Nemuro rows of these samples are invented in part, or there is no such file.
NOT_REAL = {"1503ssjin.xls", "1703ssjin.xls", "1903ssjin.xls"}


@cache
def reading(name: str) -> Reading:
    return read(registry(), (FILES / name).read_bytes(), name)


@real
def test_every_file_that_is_there_is_counted_here() -> None:
    assert {path.name for path in FILES.iterdir() if path.is_file()} == set(COUNTS)


@real
@pytest.mark.parametrize("name", COUNTS)
def test_a_real_file_loads_with_all_its_figures(name: str) -> None:
    frame = reading(name).frame
    assert tuple(frame.columns) == READING_COLUMNS
    assert len(frame) == COUNTS[name]
    assert not frame.duplicated(["series", "area", "period", "dimensions"]).any()


@real
def test_the_file_saved_again_by_a_third_party_is_refused_for_its_added_column() -> None:
    data = (FILES / "resaved" / "1503ssjin.xlsx").read_bytes()
    with pytest.raises(LayoutChanged, match="column Z .*“2015”") as fault:
        read(registry(), data, "1503ssjin.xlsx")
    assert "config/sources/registry.yml" in fault.value.remedy


@real
@pytest.mark.parametrize("name", [name for name in (*DYNAMICS, *AGES) if name not in NOT_REAL])
def test_nemuro_in_the_sample_is_nemuro_in_the_publisher_s_file(name: str) -> None:
    columns = ["series", "period", "dimensions", "value", "unit"]
    sample = read(registry(), (FOLDER / "registry" / name).read_bytes(), name).frame
    frames = [frame[frame["area"] == "01223"][columns].astype(object) for frame in (reading(name).frame, sample)]
    real_rows, sample_rows = (frame.sort_values(columns[:3]).reset_index(drop=True) for frame in frames)
    pd.testing.assert_frame_equal(real_rows, sample_rows)


@real
@pytest.mark.parametrize("name", [name for name in (*DYNAMICS, *AGES) if name not in NOT_REAL])
def test_the_sample_s_header_is_the_publisher_s(name: str) -> None:
    ours, theirs = grid_of(name), _publisher_grid(name)
    rows = next(index for index, row in enumerate(ours.rows) if "合計" in row)
    assert [list(map(str, row)) for row in ours.rows[1:rows]] == [list(map(str, row)) for row in theirs.rows[1:rows]]
    assert ours.sheet == theirs.sheet
    assert str(theirs.rows[0][0]).startswith(str(ours.rows[0][0]).partition("※")[0])
    assert ours.rows[0][1:] == theirs.rows[0][1:]


def _publisher_grid(name: str) -> Grid:
    if name.endswith(".xls"):
        sheet = xlrd.open_workbook(str(FILES / name)).sheet_by_index(0)
        return Grid(sheet.name, [sheet.row_values(row) for row in range(8)])
    book = openpyxl.load_workbook(FILES / name, read_only=True)
    rows = [
        ["" if value is None else value for value in row]
        for row in book.worksheets[0].iter_rows(max_row=8, values_only=True)
    ]
    return Grid(book.worksheets[0].title, rows)


@real
def test_the_whole_of_1803ssjin_equals_an_independent_read_cell_by_cell() -> None:
    """Every used column of every area, against xlrd with columns named by hand."""
    columns = {
        "D": ("registry.population", "2018-01-01", "age=all;nationality=total;sex=male"),
        "E": ("registry.population", "2018-01-01", "age=all;nationality=total;sex=female"),
        "F": ("registry.population", "2018-01-01", "age=all;nationality=total;sex=total"),
        "G": ("registry.households", "2018-01-01", "nationality=total"),
        "H": ("registry.moves_in", "2017", "direction=domestic;nationality=total"),
        "I": ("registry.moves_in", "2017", "direction=abroad;nationality=total"),
        "J": ("registry.moves_in", "2017", "direction=total;nationality=total"),
        "K": ("registry.births", "2017", "nationality=total"),
        "L": ("registry.other_in", "2017", "nationality=total"),
        "N": ("registry.moves_out", "2017", "direction=domestic;nationality=total"),
        "O": ("registry.moves_out", "2017", "direction=abroad;nationality=total"),
        "P": ("registry.moves_out", "2017", "direction=total;nationality=total"),
        "Q": ("registry.deaths", "2017", "nationality=total"),
        "R": ("registry.other_out", "2017", "nationality=total"),
        "T": ("registry.change", "2017", "nationality=total"),
        "V": ("registry.natural_change", "2017", "nationality=total"),
        "X": ("registry.social_change", "2017", "nationality=total"),
    }
    sheet = xlrd.open_workbook(str(FILES / "1803ssjin.xls")).sheet_by_index(0)
    expected = {}
    for row in range(4, sheet.nrows):
        code, prefecture, municipality = (str(sheet.cell_value(row, column)) for column in range(3))
        area = "00" if prefecture == "合計" else code[:2] if not municipality else code[:5]
        for letter, key in columns.items():
            expected[area, *key] = int(sheet.cell_value(row, ord(letter) - ord("A"))), f"{letter}{row + 1}"
    frame = reading("1803ssjin.xls").frame
    keys = zip(*(frame[name].astype(object) for name in ("area", "series", "period", "dimensions")), strict=True)
    found = dict(zip(keys, zip(frame["value"], frame["cell"], strict=True), strict=True))
    assert len(expected) == 2279 * 17
    assert found == expected
    assert set(frame["sheet"]) == {sheet.name}


@real
@pytest.mark.parametrize("name", ["1804ssnen.xls", "1404ssnen.xls"])
def test_an_age_table_equals_an_independent_read_cell_by_cell(name: str) -> None:
    sheet = xlrd.open_workbook(str(FILES / name)).sheet_by_index(0)
    frame = reading(name).frame
    frame = frame[~frame["dimensions"].astype(str).str.contains("age=unknown")]
    found = dict(zip(frame["cell"], frame["value"], strict=True))
    expected = {
        f"{chr(ord('A') + column)}{row + 1}": int(sheet.cell_value(row, column))
        for row in range(2, sheet.nrows)
        for column in range(4, sheet.ncols)
    }
    assert found == expected


@real
def test_2317_women_aged_20_to_39_lived_in_nemuro_in_the_publisher_s_own_file() -> None:
    frame = reading("1804ssnen.xls").frame
    here = frame[frame["area"] == "01223"]
    ages = [f"age={age};nationality=total;sex=female" for age in ("20-24", "25-29", "30-34", "35-39")]
    assert here[here["dimensions"].isin(ages)]["value"].sum() == 2317


@real
@pytest.mark.parametrize("name", [name for name in COUNTS if "nen" in name])
def test_ages_and_unknown_make_the_whole_in_every_area(name: str) -> None:
    frame = reading(name).frame
    text = frame["dimensions"].astype(str)
    whole = text.str.startswith("age=all")
    sex = text.str.extract("sex=(.*)")[0]
    sums = frame[~whole].groupby([frame["area"].astype(object)[~whole], sex[~whole]])["value"].sum()
    wholes = frame[whole].groupby([frame["area"].astype(object)[whole], sex[whole]])["value"].sum()
    compared = pd.concat([sums, wholes], axis=1, keys=["sums", "wholes"]).fillna(0)
    assert (compared["sums"] == compared["wholes"]).all()


@real
def test_the_villages_of_the_northern_territories_stand_with_zeros() -> None:
    frame = reading("1803ssjin.xls").frame
    villages = frame[frame["area"].isin(["01695", "01696", "01697", "01698", "01699", "01700"])]
    assert (villages["value"] == 0).all()
    assert len(villages) == 6 * 17


@real
def test_no_file_takes_longer_than_a_second_to_read() -> None:
    for name in COUNTS:
        data = (FILES / name).read_bytes()
        begun = time.process_time()
        read(registry(), data, name)
        assert time.process_time() - begun < 1, name


def test_the_folder_of_samples_holds_what_the_script_makes() -> None:
    folder = Path(FOLDER) / "registry"
    made = {*DYNAMICS, *AGES, "012238_population_utf8.csv", "012238_population_cp932.csv"}
    assert {path.name for path in folder.iterdir()} == made


def test_what_was_published_by_a_night_is_a_copy_of_the_samples() -> None:
    for copy in (FOLDER / "nights").glob("*/registry/*"):
        assert copy.read_bytes() == (FOLDER / "registry" / copy.name).read_bytes(), copy.name
    assert len(list((FOLDER / "nights" / "2018-11-22" / "registry").iterdir())) == 7
