"""A slip in the spec of furusato, tourism, fertility or projections is told before a file meets it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from nemuro_etl.catalog.types import FileKind
from nemuro_etl.sources.spec import find_faults
from tests.samples.public_source import public_source

KINDS = [kind for name in ("furusato", "tourism", "vital", "projection") for kind in public_source(name).file_kinds]
Change = Callable[[Any], object]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_the_declared_kinds_have_no_fault(kind: FileKind) -> None:
    assert list(find_faults(kind)) == []


def put(*path: Any, value: Any) -> Change:
    def change(spec: Any) -> None:
        for step in path[:-1]:
            spec = spec[step]
        spec[path[-1]] = value

    return change


def replace(key: str, prefecture: str, old: str, new: str) -> Change:
    def change(spec: Any) -> None:
        assert old in spec[key][prefecture]
        spec[key][prefecture] = spec[key][prefecture].replace(old, new)

    return change


@pytest.mark.parametrize(
    ("kind", "change", "told"),
    [
        ("detail", replace("codes", "北海道", "012238", "012239"), "根室市: the check digit of '012239' should be 8"),
        ("detail", replace("codes", "北海道", "012238 根室市", "012238"), "a code and a name in turn"),
        ("detail", replace("codes", "北海道", "012238 根室市", "132012 根室市"), "132012 and 根室市 do not belong"),
        (
            "detail",
            replace("codes", "北海道", "012246 千歳市", "012246 根室市"),
            "北海道: '根室市' and '根室市' read the same",
        ),
        ("detail", put("series", "furusato.amount", "unit", value="千円"), "furusato.amount is in '千円'"),
        ("detail", lambda spec: spec["series"].pop("furusato.count"), "write furusato.count and furusato.amount"),
        ("detail", put("keys", "市区町村", value="town"), "市区町村 means 'town'"),
        ("detail", lambda spec: spec["layouts"][1].pop("id"), "the 2. has no id"),
        ("detail", put("layouts", 1, "id", value="平成28年度"), "id '平成28年度' twice"),
        ("detail", put("layouts", 0, "columns", 0, value="コード"), "the key '市区町村団体コード' stands 0 times"),
        ("detail", put("series", "furusato.count", "labels", value=["①件数"]), "0 columns are furusato.count"),
        ("detail", put("believable_average", "min", value="2,000"), "write min and max"),
        ("detail", put("layouts", value="x"), "layouts: a list is needed"),
        ("history", put("series", "金額", "factor", value="千"), "factor '千' is no whole number"),
        ("history", put("series", "金額", "series", value="furusato.yen"), "'furusato.yen' is no series"),
        ("history", put("totals", "合計", value="sum"), "合計 means 'sum'"),
        ("history", put("unit_notes", value=[]), "how the file says that it is in 千円"),
        ("history", put("first_year", value="平成20"), "first_year '平成20' is no whole number"),
        ("visitors-by-month", put("areas", "根室市", value="1223"), "areas: 根室市 has '1223'"),
        ("visitors-by-month", put("areas", "根室市", value="01222"), "has the code 01222 of 三笠市"),
        ("visitors-by-month", put("earlier_codes", "幌延町", "through", value="H21"), "through 'H21'"),
        ("visitors-by-month", put("misspellings", "中礼内村", value="中札村"), "中札村 is neither under areas"),
        ("visitors-by-month", put("subtotals", "支庁計", value="office"), "支庁計 means 'office'"),
        ("visitors-by-month", put("columns", "総計", value="合計"), "総計 means '合計'"),
        ("visitors-by-month", put("columns", "市 町 村", value="区分"), "'市 町 村' and '市町村' read the same"),
        ("visitors-by-month", put("layouts", 0, "columns", 3, value="項目"), "the column '項目' has no meaning"),
        ("visitors-by-month", put("layouts", 0, "stage", value="最終"), "stage '最終'"),
        ("visitors-by-month", put("layouts", 0, "optional", value=["支庁"]), "optional '支庁' is not among columns"),
        ("visitors-by-month", put("measures", "入込総数", value="all"), "write those that measures name"),
        ("visitors-by-month", put("series", "day", "series", value="tourism.day"), "'tourism.day' is no series"),
        ("visitors-by-month", put("identities", 0, value="outside + in = total"), "'outside + in = total'"),
        ("visitors-by-month", put("tolerances", "months", value="0.2"), "months '0.2' is no whole number"),
        ("visitors-by-month", put("fraction_years", value=["H22"]), "'H22' is no year"),
        ("foreign-guests", put("countries", "香港", value="china"), "香港 and 中国 are both 'china'"),
        ("foreign-guests", put("countries", "香港", value="Hong Kong"), "write small letters"),
        ("foreign-guests", put("countries", "計", value="all"), "'計' and '計' read the same"),
        ("foreign-guests", put("rows", "計", value="sum"), "計 means 'sum'"),
        ("foreign-guests", put("measures", "宿泊客数", value="tourism.guests"), "'tourism.guests' is no series"),
        ("fertility", put("decimals", value="two"), "decimals 'two' is no whole number"),
        ("fertility", put("believable_rate", value={"min": "4", "max": "0.3"}), "the smaller number first"),
        ("fertility", put("layouts", 0, "rate_row", value="2"), "rate_row 2 is none of its 1 header_rows"),
        ("fertility", put("layouts", 0, "rate", value="出生率"), "rate '出生率' is not among columns"),
        ("fertility", put("series", value="vital.births"), "'vital.births' is no series"),
        ("projection", put("kinds", "2", value=["city"]), "2 may be 'city'"),
        ("projection", put("tables", "0-14", value=["総人口"]), "read the same"),
        ("projection", put("layouts", 0, "last", value="2041"), "no whole number of steps of 5 years"),
        ("projection", put("layouts", 0, "first", value="H22"), "first 'H22' is no year"),
        ("projection", lambda spec: spec["layouts"][0].pop("vintage"), "the 1. has no vintage"),
        ("projection", put("unit", value="千人"), "projection.population is in '千人'"),
    ],
)
def test_a_slip_is_told(kind: str, change: Change, told: str) -> None:
    declared = next(one for one in KINDS if one.id == kind)
    spec = copy.deepcopy(declared.spec)
    change(spec)
    faults = list(find_faults(FileKind(declared.id, declared.reader, spec)))
    assert any(told in fault for fault in faults), faults
