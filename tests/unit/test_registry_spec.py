"""A slip in a new layout is told before a file meets it."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from nemuro_etl.catalog.types import FileKind
from nemuro_etl.sources.spec import find_faults
from tests.samples.registry_source import registry


@pytest.mark.parametrize("kind", registry().file_kinds, ids=lambda kind: kind.id)
def test_the_declared_kinds_have_no_fault(kind: FileKind) -> None:
    assert list(find_faults(kind)) == []


def put(*path: Any, value: Any) -> Callable[[Any], None]:
    def change(spec: Any) -> None:
        for step in path[:-1]:
            spec = spec[step]
        spec[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (put("titel", value="x"), "unknown key 'titel'"),
        (lambda spec: spec.pop("title_says"), "'title_says' is missing"),
        (lambda spec: spec["layouts"][3].pop("reference_day"), "layout 2014 総計: 'reference_day' is missing"),
        (put("layouts", 3, "columns", 4, value="人口/おんな"), "'人口/おんな' has no meaning"),
        (put("layouts", 3, "nationality", value="総数"), "nationality '総数'"),
        (put("layouts", 3, "unsaid_nationality", value="total"), "either nationality or unsaid_nationality"),
        (put("layouts", 0, "unsaid_nationality", value="all"), "unsaid_nationality 'all'"),
        (put("layouts", 3, "dynamics", value="year"), "write fiscal year or calendar year"),
        (put("layouts", 3, "header_rows", value="four"), "header_rows 'four' is no number"),
        (put("layouts", 3, "rates", value="yes"), "rates 'yes'"),
        (put("columns", "人口/男", value="men"), "'men', which is not under measures"),
        (put("measures", "male", value={"at": "date"}), "male needs a unit"),
        (put("identities", 0, value="male + women = both"), "'male + women = both'"),
    ],
)
def test_a_slip_is_told(change: Callable[[Any], None], told: str) -> None:
    kind = registry().file_kinds[0]
    spec = copy.deepcopy(kind.spec)
    change(spec)
    assert any(told in fault for fault in find_faults(FileKind(kind.id, kind.reader, spec)))


def test_an_unknown_reader_is_told() -> None:
    assert list(find_faults(FileKind("x", "magic", {}))) == [
        "reader: 'magic' is no reader; write registry_sheet or open_data_csv"
    ]
