"""The rows of customs files that are quoted in public, where they are at hand: never committed; and config beside SQL."""

import re
import warnings
from dataclasses import replace

import pytest

from nemuro_etl.sources.labels import sequence
from tests.samples.make_trade import REAL, header
from tests.samples.public_source import ROOT, public_source
from tests.samples.read_bytes import read

QUOTED = ROOT.parent / "shared" / "sources" / "trade" / "README_quoted_rows.txt"
HERE = QUOTED.is_file()
if not HERE:
    warnings.warn("the quoted rows are not at hand (../shared/sources/trade): skipped", stacklevel=1)

real = pytest.mark.skipif(not HERE, reason="NOT PROVED: ../shared/sources/trade is not at hand")


@real
def test_the_quoted_row_is_the_one_in_the_sample_and_its_months_are_its_year() -> None:
    quoted = next(line for line in QUOTED.read_text(encoding="utf-8").splitlines() if line.startswith("2,2023,"))
    assert quoted == REAL
    frame = read(public_source("trade"), f"{header('HS')}\n{quoted}\n".encode(), "quoted.csv").frame
    assert set(frame["dimensions"]) == {"commodity=00"}
    months = frame[frame["period"] != "2023"]["value"].sum()
    assert months == frame[frame["period"] == "2023"]["value"].sum() == 831854


@real
def test_the_keys_of_the_quoted_customs_rows_are_read_with_and_without_apostrophes() -> None:
    text = QUOTED.read_text(encoding="utf-8")
    rows = re.findall(r"^1,2017,\d{3},\d{9},\d{3},,NO,0,\d+,\d+$", text, re.MULTILINE)
    assert len(rows) == 3
    # Only the first columns are quoted: the year's value stands in January here.
    whole = [f"{row},{','.join(row.split(',')[-3:])}{',0' * 33}" for row in rows]
    declared = public_source("trade")
    customs = replace(declared.file_kinds[0], spec={**declared.file_kinds[0].spec, "detail_offices": ["*"]})
    data = "\n".join([header("Custom", "HS", "Country"), *whole]).encode()
    frame = read(replace(declared, file_kinds=(customs,)), data, "quoted.csv").frame
    values = dict(zip(frame["dimensions"], frame["value"], strict=True))
    assert values == {
        "commodity=01;office=total": 2100 + 1041487 + 20972,
        "commodity=01;office=104": 2100 + 1041487,
        "commodity=01;office=300": 20972,
        "commodity=010121000;country=103;office=104": 2100,
        "commodity=010121000;country=601;office=104": 1041487,
        "commodity=010129000;country=105;office=300": 20972,
    }


def test_the_actual_counts_as_many_chapters_as_config_names() -> None:
    customs = public_source("trade").file_kinds[0]
    chapters = sequence(customs.spec, "whole_chapters")
    assert len(chapters) == len(set(chapters))
    sql = (ROOT / "sql" / "actuals" / "trade_total.sql").read_text(encoding="utf-8")
    assert f"2 * {len(chapters)} * count(distinct office)" in sql
