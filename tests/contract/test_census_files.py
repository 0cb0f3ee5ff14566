"""The real answers of e-Stat's API, where they are at hand: not part of this repository, and never committed."""

import json
import warnings
from typing import Any

import pytest

from nemuro_etl.errors import FileUnreadable, LayoutChanged
from tests.samples.public_source import ROOT, public_source
from tests.samples.read_bytes import read

FILES = ROOT.parent / "shared" / "sources" / "estat"
HERE = FILES.is_dir()
if not HERE:
    warnings.warn("e-Stat's answers are not at hand (../shared/sources/estat): skipped", stacklevel=1)

real = pytest.mark.skipif(not HERE, reason="NOT PROVED: e-Stat's answers (../shared/sources/estat) are not at hand")


def content(name: str) -> Any:
    return json.loads((FILES / name).read_text(encoding="utf-8"))


@real
def test_the_real_classes_and_values_of_the_census_of_2020_are_read() -> None:
    meta = content("meta_census.json")["GET_META_INFO"]
    data = meta["METADATA_INF"] | {"DATA_INF": content("values_census.json")}
    answer = {"GET_STATS_DATA": {"RESULT": meta["RESULT"], "STATISTICAL_DATA": data}}
    reading = read(public_source("census"), json.dumps(answer).encode(), "census.json")
    frame = reading.frame
    assert len(frame) == 13 * 3
    total = frame[frame["dimensions"] == "age=all;sex=total"]
    values = dict(zip(total["area"], total["value"], strict=True))
    assert values["01"] == 5224614
    assert values["00"] == 126146099
    assert values["34208"] == 37655
    assert reading.remarks == ("no municipalities, not stored: 特別区部",)


@real
@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("meta_census.json", "GET_META_INFO holds no figures"),
        ("list_cpi.json", "GET_STATS_LIST holds no figures"),
        ("names_census.json", "GET_STATS_LIST holds no figures"),
        ("values_census.json", "no envelope"),
    ],
)
def test_an_answer_without_figures_is_refused_for_what_it_is(name: str, told: str) -> None:
    if not (FILES / name).exists():
        pytest.skip(f"NOT PROVED: ../shared/sources/estat/{name} is not at hand")
    with pytest.raises(LayoutChanged, match=told):
        read(public_source("census"), (FILES / name).read_bytes(), name)


@real
def test_a_refused_key_is_told_in_the_publisher_s_words() -> None:
    with pytest.raises(FileUnreadable, match="STATUS 100: 認証に失敗しました"):
        read(public_source("census"), (FILES / "error_100_auth_http403.json").read_bytes(), "error.json")
