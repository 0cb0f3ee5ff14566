"""What a load records, and what it leaves as it was."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from nemuro_etl.errors import FigureImplausible, UsageWrong
from nemuro_etl.model.area import AreaKind
from nemuro_etl.model.figure import Stage
from nemuro_etl.warehouse import LoadResult, Warehouse, open_warehouse
from tests.warehouse.figures import NEMURO, SQL, SUMMER, TOTAL, Detail, frame, load, row, snapshot

LATER = SUMMER + timedelta(days=30)
MUCH_LATER = SUMMER + timedelta(days=60)


def values(warehouse: Warehouse, as_of: date | None = None, series: str = "registry.population") -> list[Decimal]:
    return [figure.value for figure in warehouse.figures(series, as_of=as_of)]


def vintages(warehouse: Warehouse, series: str = "registry.population") -> list[tuple[str, str]]:
    return [(str(figure.value), figure.stage.value) for figure in warehouse.figures(series, all_vintages=True)]


def test_a_figure_comes_back_with_everything_that_is_known_of_it(warehouse: Warehouse) -> None:
    result = load(warehouse, "1803ssjin", row(26399))
    (figure,) = warehouse.figures("registry.population")
    assert (result.status, result.new) == ("loaded", 1)
    assert figure.as_json() == {
        "series": "registry.population",
        "area": "01223",
        "kind": "municipality",
        "period": "2018-01-01",
        "dimensions": {"age": "all", "nationality": "total", "sex": "total"},
        "value": "26399",
        "unit": "人",
        "stage": "確定",
        "source": "registry",
        "snapshot": f"sha256:{snapshot('1803ssjin').sha256}",
        "locator": "Sheet1!F39",
        "locators": ["Sheet1!F39"],
        "recorded_at": "2018-07-10T03:00:00+00:00",
    }
    assert figure.kind is AreaKind.MUNICIPALITY


def test_a_cell_of_a_text_file_is_named_without_a_sheet(warehouse: Warehouse) -> None:
    load(warehouse, "csv", row(1, sheet="", cell="line 12:総人口"))
    (figure,) = warehouse.figures("registry.population")
    assert figure.locators == ("line 12:総人口",)


def test_the_same_file_by_the_same_recipe_is_unchanged(warehouse: Warehouse) -> None:
    first = load(warehouse, "a", row(26399))
    before = warehouse.digest()
    again = load(warehouse, "a", row(26399), at=LATER)
    assert (again.status, again.load_id, again.new) == ("unchanged", first.load_id, 0)
    assert warehouse.digest() == before
    assert len(warehouse.loads()) == 1


def test_a_file_read_again_by_another_recipe_adds_a_load_and_no_figure(warehouse: Warehouse) -> None:
    load(warehouse, "a", row(26399), row(5, area="01224", cell="F40"))
    before = warehouse.digest()
    again = load(warehouse, "a", row(26399), row(5, area="01224", cell="F40"), recipe="recipe 2")
    assert (again.status, again.new, again.revised, again.confirmed) == ("loaded", 0, 0, 2)
    assert warehouse.digest() == before
    assert [figure.locators for figure in warehouse.figures("registry.population")] == [
        ("Sheet1!F39",),
        ("Sheet1!F40",),
    ]


def test_a_figure_in_two_files_is_one_row_with_two_locators(warehouse: Warehouse) -> None:
    load(warehouse, "jin", row(26399))
    load(warehouse, "nen", row(26399, sheet="年齢", cell="E105"), at=LATER)
    (figure,) = warehouse.figures("registry.population", all_vintages=True)
    assert figure.locators == ("Sheet1!F39", "年齢!E105")
    assert figure.snapshot == snapshot("jin").sha256


def test_a_locator_in_a_later_file_was_not_known_before(warehouse: Warehouse) -> None:
    load(warehouse, "jin", row(26399))
    load(warehouse, "nen", row(26399, sheet="年齢", cell="E105"), at=LATER)
    (figure,) = warehouse.figures("registry.population", as_of=SUMMER.date())
    assert figure.locators == ("Sheet1!F39",)


def test_two_cells_of_one_file_that_agree_are_two_locators(warehouse: Warehouse) -> None:
    result = load(warehouse, "a", row(26399), row(26399, cell="G39"))
    (figure,) = warehouse.figures("registry.population")
    assert figure.locators == ("Sheet1!F39", "Sheet1!G39")
    assert result.new == 1


def test_two_cells_of_one_file_that_disagree_refuse_the_file(warehouse: Warehouse) -> None:
    with pytest.raises(FigureImplausible, match=r"Sheet1!F39 and Sheet1!G39"):
        load(warehouse, "a", row(26399), row(26400, cell="G39"))
    assert warehouse.loads() == ()


def test_a_series_never_changes_its_unit(warehouse: Warehouse) -> None:
    load(warehouse, "a", row(26399))
    with pytest.raises(FigureImplausible, match="another unit"):
        load(warehouse, "b", row(26, unit="千人", period="2019-01-01"))
    assert values(warehouse) == [26399]


def test_a_provisional_figure_is_replaced_and_stays_a_vintage(warehouse: Warehouse) -> None:
    load(warehouse, "a", row(100, stage=Stage.PRELIMINARY))
    result = load(warehouse, "b", row(103, stage=Stage.PRELIMINARY), at=LATER)
    assert (result.new, result.revised, result.held) == (0, 1, ())
    assert values(warehouse) == [103]
    assert values(warehouse, SUMMER.date()) == [100]
    assert vintages(warehouse) == [("100", "速報"), ("103", "速報")]


def test_a_figure_that_is_settled_unchanged_becomes_a_version_of_the_higher_stage(warehouse: Warehouse) -> None:
    load(warehouse, "a", row(100, stage=Stage.PRELIMINARY))
    result = load(warehouse, "b", row(100), at=LATER)
    assert (result.revised, result.confirmed) == (0, 1)
    assert vintages(warehouse) == [("100", "速報"), ("100", "確定")]
    (figure,) = warehouse.figures("registry.population")
    assert figure.stage is Stage.FINAL


def test_a_lower_stage_that_comes_later_is_a_vintage_and_never_current(warehouse: Warehouse) -> None:
    load(warehouse, "a", row(100, stage=Stage.CONFIRMED))
    load(warehouse, "b", row(90, stage=Stage.PRELIMINARY), at=LATER)
    assert values(warehouse) == [100]
    assert vintages(warehouse) == [("100", "確報"), ("90", "速報")]


def test_a_settled_figure_that_changes_is_held(warehouse: Warehouse) -> None:
    load(warehouse, "a", row(26399))
    result = load(warehouse, "b", row(26400, cell="F41"), row(7, area="01224", cell="F42"), at=LATER)
    (held,) = result.held
    assert (held.old_value, held.new_value, held.difference) == (26399, 26400, 1)
    assert (held.series, held.area, held.period, held.locator) == (
        "registry.population",
        NEMURO,
        "2018-01-01",
        "Sheet1!F41",
    )
    assert (held.snapshot, held.found_at, held.decision) == (snapshot("b").sha256, LATER, None)
    assert result.new == 1, "the rest of the file is recorded"
    assert values(warehouse) == [26399, 7]


def test_the_same_revision_is_held_once(warehouse: Warehouse) -> None:
    load(warehouse, "a", row(26399))
    load(warehouse, "b", row(26400), at=LATER)
    again = load(warehouse, "c", row(26400), at=MUCH_LATER)
    assert again.held == ()
    assert len(warehouse.held()) == 1


def test_a_rejected_revision_does_not_come_back(warehouse: Warehouse) -> None:
    load(warehouse, "a", row(26399))
    (held,) = load(warehouse, "b", row(26400), at=LATER).held
    warehouse.decide_revision(held.id, accept=False, by="事務局", reason="誤植", at=LATER)
    load(warehouse, "c", row(26400), at=MUCH_LATER)
    assert warehouse.held() == ()
    (decided,) = warehouse.held(undecided_only=False)
    assert (decided.decision, decided.decided_by, decided.reason, decided.decided_at) == (
        "rejected",
        "事務局",
        "誤植",
        LATER,
    )
    assert values(warehouse) == [26399]


def test_an_accepted_revision_counts_from_its_acceptance(warehouse: Warehouse) -> None:
    load(warehouse, "a", row(26399))
    (held,) = load(warehouse, "b", row(26400), at=LATER).held
    warehouse.decide_revision(held.id, accept=True, by="事務局", reason="正誤表", at=MUCH_LATER)
    assert values(warehouse, LATER.date()) == [26399]
    (figure,) = warehouse.figures("registry.population")
    assert (figure.value, figure.recorded_at, figure.snapshot) == (26400, MUCH_LATER, snapshot("b").sha256)
    assert warehouse.held() == ()
    assert warehouse.loads()[-1].kind == "accepted"


def test_a_revision_is_decided_once(warehouse: Warehouse) -> None:
    load(warehouse, "a", row(26399))
    (held,) = load(warehouse, "b", row(26400), at=LATER).held
    warehouse.decide_revision(held.id, accept=False, by="事務局", reason="誤植", at=LATER)
    with pytest.raises(UsageWrong, match="not waiting"):
        warehouse.decide_revision(held.id, accept=True, by="事務局", reason="", at=LATER)
    with pytest.raises(UsageWrong, match="not waiting"):
        warehouse.decide_revision(99, accept=True, by="事務局", reason="", at=LATER)


def test_a_figure_is_known_through_the_tokyo_day_on_which_it_was_obtained(warehouse: Warehouse) -> None:
    late_evening = datetime(2018, 7, 10, 14, 59, 59, 999_999, tzinfo=UTC)  # 23:59:59 in Tokyo
    load(warehouse, "a", row(1), at=late_evening)
    load(warehouse, "b", row(2, area="01224"), at=late_evening + timedelta(seconds=1))
    assert values(warehouse, date(2018, 7, 9)) == []
    assert values(warehouse, date(2018, 7, 10)) == [1]
    assert values(warehouse, date(2018, 7, 11)) == [1, 2]


def test_a_file_obtained_earlier_but_loaded_later_is_known_from_when_it_was_obtained(warehouse: Warehouse) -> None:
    load(warehouse, "b", row(26399), at=LATER)
    load(warehouse, "a", row(26399), at=SUMMER)
    assert values(warehouse, SUMMER.date()) == [26399]
    assert values(warehouse) == [26399]


def test_figures_come_in_the_order_of_their_keys(warehouse: Warehouse) -> None:
    load(
        warehouse,
        "a",
        row(1, area="13101", cell="A1"),
        row(2, area="01223", cell="A2"),
        row(3, period="2017-01-01", cell="A3"),
        row(4, dimensions="age=0-4;nationality=total;sex=total", cell="A4"),
    )
    keys = [
        (figure.dimensions["age"], figure.period, figure.area) for figure in warehouse.figures("registry.population")
    ]
    assert keys == [
        ("0-4", "2018-01-01", "01223"),
        ("all", "2017-01-01", "01223"),
        ("all", "2018-01-01", "01223"),
        ("all", "2018-01-01", "13101"),
    ]
    one = warehouse.figures("registry.population", area="01223", period="2018-01-01")
    assert [figure.value for figure in one] == [4, 2]


def test_columns_of_a_table_may_be_categories(warehouse: Warehouse) -> None:
    table = frame([row(1, area="13101", cell="A1"), row(2, cell="A2")])
    for column in ("series", "area", "kind", "period", "dimensions", "unit", "stage", "sheet"):
        table[column] = table[column].astype("category").cat.add_categories(["unused"])
    warehouse.load(snapshot("a"), "recipe", "population", [table], loaded_at=SUMMER)
    assert values(warehouse) == [2, 1]


def test_a_reading_with_an_empty_place_is_a_mistake_of_the_reader(warehouse: Warehouse) -> None:
    with pytest.raises(ValueError, match="'area'"):
        load(warehouse, "a", row(1), row(2, area=None))  # type: ignore[arg-type]
    assert warehouse.loads() == ()


def test_recorded_of_a_load_is_all_that_stands_in_its_file(warehouse: Warehouse) -> None:
    load(warehouse, "a", row(1), row(2, area="01224", cell="F40"))
    second = load(
        warehouse,
        "b",
        row(1),
        row(3, area="01224", cell="F40"),
        row(4, area="01225", cell="F41"),
        row(4, area="01225", cell="G41"),
    )
    recorded = warehouse.recorded_of(second.load_id)
    found = {(str(r.area), int(r.value), str(r.sheet), str(r.cell)) for r in recorded.itertuples()}
    assert found == {
        ("01223", 1, "Sheet1", "F39"),
        ("01224", 3, "Sheet1", "F40"),
        ("01225", 4, "Sheet1", "F41"),
        ("01225", 4, "Sheet1", "G41"),
    }
    assert set(recorded.series) == {"registry.population"}
    assert set(recorded.dimensions) == {TOTAL}


def test_a_load_counts_what_it_did(warehouse: Warehouse) -> None:
    load(warehouse, "a", row(1), row(2, area="01224", cell="F40"))
    load(warehouse, "b", row(1), row(3, area="01224", cell="F40"), row(4, area="01225", cell="F41"), at=LATER)
    one = warehouse.loads()[-1]
    assert (one.source, one.name, one.kind, one.recorded_at) == ("registry", "b.xls", "population", LATER)
    assert (one.figures, one.new, one.revised, one.confirmed, one.held) == (3, 1, 0, 1, 1)


# returns


def report(value: str, **keywords: object) -> tuple[object, ...]:
    return row(Decimal(value), series="return.g1-a4-1", dimensions="", period="FY2016", unit="%", sheet="", **keywords)  # type: ignore[arg-type]


def test_a_return_with_other_parts_of_the_same_share_is_a_contradiction(warehouse: Warehouse) -> None:
    first = Detail("return.g1-a4-1", "FY2016", Decimal(5), Decimal(7), remark="7施設中")
    other = Detail("return.g1-a4-1", "FY2016", Decimal(10), Decimal(14))
    load(warehouse, "r1", report("71.4"), details=[first], source="returns")
    assert load(warehouse, "r2", report("71.4"), details=[first], source="returns", at=LATER).confirmed == 1
    (held,) = load(warehouse, "r3", report("71.4"), details=[other], source="returns", at=LATER).held
    before = warehouse.digest()
    warehouse.decide_revision(held.id, accept=True, by="事務局", reason="訂正", at=MUCH_LATER)
    assert warehouse.digest() != before


def test_a_return_that_adds_its_parts_later_is_a_new_vintage(warehouse: Warehouse) -> None:
    load(warehouse, "r1", report("71.4"), source="returns")
    detail = Detail("return.g1-a4-1", "FY2016", Decimal(5), Decimal(7))
    result = load(warehouse, "r2", report("71.4"), details=[detail], source="returns", at=LATER)
    assert (result.revised, result.confirmed, result.held) == (0, 1, ())
    assert vintages(warehouse, "return.g1-a4-1") == [("71.4", "確定"), ("71.4", "確定")]


# breaking off


def test_a_load_that_breaks_off_leaves_nothing(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    load(warehouse, "a", row(1))
    before = warehouse.digest()

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the power went")

    monkeypatch.setattr("nemuro_etl.warehouse.loading.read_held", fail)
    with pytest.raises(RuntimeError):
        load(warehouse, "b", row(2), row(3, area="01224"), row(4, period="2019-01-01"))
    monkeypatch.undo()
    assert warehouse.digest() == before
    assert len(warehouse.loads()) == 1
    assert load(warehouse, "b", row(2), row(3, area="01224"), row(4, period="2019-01-01")).new == 2


KILLED = """
    import os, signal, sys
    from pathlib import Path
    import nemuro_etl.warehouse.loading as loading
    from nemuro_etl.warehouse import open_warehouse
    from tests.warehouse.figures import load, row

    def die(*_, **__):
        print("writing", flush=True)
        signal.pause()

    warehouse = open_warehouse(sys.argv[1], Path(sys.argv[2]))
    loading.read_held = die
    load(warehouse, "b", row(2), *(row(n, area=f"{n:05d}", cell=f"F{n}") for n in range(3000, 5000)))
"""


def test_a_load_that_is_killed_leaves_nothing_and_can_be_made_again(url: str) -> None:
    warehouse = open_warehouse(url, SQL)
    load(warehouse, "a", row(1))
    before = warehouse.digest()
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(KILLED), url, str(SQL)], stdout=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        process.send_signal(signal.SIGKILL)
    assert warehouse.digest() == before
    assert len(warehouse.loads()) == 1
    result = load(warehouse, "b", row(2), *(row(n, area=f"{n:05d}", cell=f"F{n}") for n in range(3000, 5000)), at=LATER)
    assert (result.new, len(result.held)) == (2000, 1)


def test_both_databases_come_to_the_same_digest(make_url: Callable[[str], str]) -> None:
    digests = set()
    for dialect in ("sqlite", "postgresql"):
        warehouse = open_warehouse(make_url(dialect), SQL)
        load(warehouse, "a", row(Decimal("62.8")), row(Decimal("1234567.8901"), area="01224", cell="F40"))
        load(warehouse, "b", row(5, period="2019-01-01", stage=Stage.PRELIMINARY, dimensions="区分=総数"))
        load(warehouse, "c", row(6, period="2019-01-01", dimensions="区分=総数"), at=LATER)
        digests.add(warehouse.digest())
        warehouse.close()
    assert len(digests) == 1


def test_the_digest_does_not_depend_on_the_order_of_files_of_the_same_time(make_url: Callable[[str], str]) -> None:
    files = {
        "jin": [row(26399), row(5, area="01224", cell="F40")],
        "nen": [row(26399, cell="E105"), row(7, dimensions="age=0-4;nationality=total;sex=total", cell="F105")],
        "next": [row(25953, period="2019-01-01")],
    }
    digests, locators = set(), set()
    for order in (["jin", "nen", "next"], ["next", "nen", "jin"]):
        warehouse = open_warehouse(make_url("sqlite"), SQL)
        for name in order:
            load(warehouse, name, *files[name])
        digests.add(warehouse.digest())
        locators.add(tuple(figure.locators for figure in warehouse.figures("registry.population")))
        warehouse.close()
    assert len(digests) == len(locators) == 1


def test_the_digest_tells_values_days_and_stages_apart(make_url: Callable[[str], str]) -> None:
    contents = [
        ([row(1)], SUMMER),
        ([row(2)], SUMMER),
        ([row(1, stage=Stage.CONFIRMED)], SUMMER),
        ([row(1, area="01224")], SUMMER),
        ([row(1, period="2019-01-01")], SUMMER),
        ([row(1)], SUMMER + timedelta(days=1)),
    ]
    digests = set()
    for rows, at in contents:
        warehouse = open_warehouse(make_url("sqlite"), SQL)
        load(warehouse, "a", *rows, at=at)
        digests.add(warehouse.digest())
        warehouse.close()
    assert len(digests) == len(contents)


def test_the_digest_does_not_know_the_time_of_day(make_url: Callable[[str], str]) -> None:
    digests = set()
    for at in (SUMMER, SUMMER + timedelta(hours=3)):
        warehouse = open_warehouse(make_url("sqlite"), SQL)
        load(warehouse, "a", row(1), at=at)
        digests.add(warehouse.digest())
        warehouse.close()
    assert len(digests) == 1


def test_sources_that_load_side_by_side_wait_for_one_another(url: str) -> None:
    warehouse = open_warehouse(url, SQL)
    results: list[LoadResult] = []

    def work(source: str) -> None:
        for n in range(5):
            figures = (row(n, series=f"{source}.figure", area=f"{area:05d}", cell=f"F{area}") for area in range(200))
            results.append(load(warehouse, f"{source}{n}", *figures, source=source, at=SUMMER + timedelta(days=n)))

    workers = [Thread(target=work, args=(source,)) for source in ("registry", "tourism", "trade")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(result.load_id for result in results) == list(range(1, 16))
    assert len(warehouse.held()) == 3 * 4 * 200
    warehouse.close()


def visitors(value: str, period: str, cell: str = "X1") -> tuple[Any, ...]:
    return row(
        Decimal(value),
        series="tourism.visitors",
        dimensions="origin=outside",
        period=period,
        stage=Stage.CONFIRMED,
        cell=cell,
    )


def test_what_a_later_publication_restates_is_a_vintage_and_an_older_one_found_afterwards_is_held(
    warehouse: Warehouse,
) -> None:
    load(warehouse, "report of 2015", visitors("188100", "FY2015"), visitors("149400", "FY2014"), source="tourism")
    older = load(warehouse, "report of 2014", visitors("172500", "FY2014"), source="tourism", at=LATER)
    assert [(revision.old_value, revision.new_value) for revision in older.held] == [(149400, 172500)]
    (standing,) = warehouse.figures("tourism.visitors", period="FY2014")
    assert standing.value == 149400

    warehouse.decide_revision(older.held[0].id, accept=True, by="総合政策室", reason="確認済", at=LATER)
    (standing,) = warehouse.figures("tourism.visitors", period="FY2014")
    assert standing.value == 172500


def test_a_return_replaces_an_earlier_one_whatever_years_the_files_are_about(warehouse: Warehouse) -> None:
    def reported(value: int, period: str) -> tuple[Any, ...]:
        return row(value, series="return.g2-i1-1", dimensions="", period=period, stage=Stage.ESTIMATE)

    load(warehouse, "both", reported(2, "FY2016"), reported(3, "FY2017"), source="returns")
    corrected = load(warehouse, "one", reported(4, "FY2016"), source="returns", at=LATER)
    assert (corrected.revised, corrected.held) == (1, ())
