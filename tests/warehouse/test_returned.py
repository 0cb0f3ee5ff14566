"""Returns as they were recorded, with who entered them, when and why, on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from decimal import Decimal

from nemuro_etl.model.figure import Stage
from nemuro_etl.warehouse import Warehouse
from tests.warehouse.figures import NEMURO, SUMMER, Detail, load, row

LATER = datetime(2018, 8, 1, tzinfo=UTC)
SERIES = "return.g2-i1-1"


def report(value: str, stage: Stage = Stage.FINAL) -> tuple[object, ...]:
    return row(
        Decimal(value), series=SERIES, dimensions="", period="FY2017", stage=stage, sheet="入力", cell="I9", unit="人"
    )


def detail(by: str, on: str, correction: str = "") -> Detail:
    return Detail(SERIES, "FY2017", evidence="台帳", entered_by=by, entered_on=on, correction=correction)


def test_every_version_tells_who_entered_it_when_and_where(warehouse: Warehouse) -> None:
    load(warehouse, "r1", report("4", Stage.ESTIMATE), source="returns", details=[detail("佐藤", "2018-07-09")])
    load(warehouse, "r2", report("5"), source="returns", details=[detail("鈴木", "2018-07-31", "もれ")], at=LATER)
    first, second = warehouse.returned(NEMURO)
    assert (first.value, first.stage, first.entered_by, first.entered_on) == (4, Stage.ESTIMATE, "佐藤", "2018-07-09")
    assert (second.value, second.correction, second.recorded_at) == (5, "もれ", LATER)
    assert (second.indicator, second.fiscal_year, second.file, second.locator) == ("g2-i1-1", 2017, "r2.xls", "入力!I9")
    assert max(first, second, key=lambda each: each.rank) is second
    assert warehouse.returned("01206") == ()


def test_a_return_of_a_flat_file_names_nobody(warehouse: Warehouse) -> None:
    load(warehouse, "r1", report("4"), source="returns")
    (only,) = warehouse.returned(NEMURO)
    assert (only.entered_by, only.entered_on, only.evidence, only.recorded_at) == ("", "", "", SUMMER)


def test_a_held_correction_says_who_and_why_and_keeps_it_when_it_is_accepted(warehouse: Warehouse) -> None:
    load(warehouse, "r1", report("4"), source="returns", details=[detail("佐藤", "2018-07-09")])
    result = load(
        warehouse, "r2", report("5"), source="returns", details=[detail("鈴木", "2018-07-31", "もれ")], at=LATER
    )
    (held,) = result.held
    assert (held.entered_by, held.correction) == ("鈴木", "もれ")
    warehouse.decide_revision(held.id, accept=True, by="事務局", reason="台帳で確認", at=LATER)
    accepted = warehouse.returned(NEMURO)[-1]
    assert (accepted.value, accepted.entered_by, accepted.entered_on, accepted.correction) == (
        5,
        "鈴木",
        "2018-07-31",
        "もれ",
    )


def test_who_entered_a_figure_is_part_of_the_digest(warehouse: Warehouse) -> None:
    load(warehouse, "r1", report("4"), source="returns", details=[detail("佐藤", "2018-07-09")])
    before = warehouse.digest()
    load(warehouse, "r2", report("4"), source="returns", details=[detail("鈴木", "2018-07-31")], at=LATER)
    assert warehouse.digest() != before
