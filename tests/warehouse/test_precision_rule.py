"""Two publications of one figure: the more precise stands, the other confirms it within its own rounding."""

from datetime import timedelta

from nemuro_etl.model.figure import Stage
from nemuro_etl.warehouse import Warehouse
from tests.warehouse.figures import SUMMER, load, row

AMOUNT = {"series": "furusato.amount", "dimensions": "", "period": "FY2018", "unit": "円", "stage": Stage.CONFIRMED}
LATER = SUMMER + timedelta(days=30)


def detail(value: int = 4957077467, **more: object) -> tuple[object, ...]:
    return row(value, **{**AMOUNT, **more})  # type: ignore[arg-type]


def history(value: int = 4957077000, **more: object) -> tuple[object, ...]:
    return row(value, **{**AMOUNT, "step": 1000, "cell": "V28", **more})  # type: ignore[arg-type]


def standing(warehouse: Warehouse) -> list[tuple[int, int]]:
    return [(int(figure.value), len(figure.locators)) for figure in warehouse.figures("furusato.amount")]


def test_a_rounded_publication_confirms_the_precise_one(warehouse: Warehouse) -> None:
    load(warehouse, "detail", detail())
    result = load(warehouse, "history", history(), at=LATER)
    assert (result.new, result.revised, result.confirmed, result.held) == (0, 0, 1, ())
    assert standing(warehouse) == [(4957077467, 2)]


def test_the_precise_publication_takes_the_place_of_the_rounded_one(warehouse: Warehouse) -> None:
    load(warehouse, "history", history())
    result = load(warehouse, "detail", detail(), at=LATER)
    assert (result.new, result.revised, result.held) == (0, 1, ())
    assert standing(warehouse) == [(4957077467, 1)]


def test_a_cell_that_rounds_is_named_last_and_verified_by_what_it_says(warehouse: Warehouse) -> None:
    load(warehouse, "detail", detail(cell="E29"))
    result = load(warehouse, "history", history(cell="W28"))
    (figure,) = warehouse.figures("furusato.amount")
    assert figure.locators == ("Sheet1!E29", "Sheet1!W28")
    assert warehouse.recorded_of(result.load_id)["value"].tolist() == [4957077000]


def test_both_obtained_at_once_leave_the_precise_one_in_whatever_order(warehouse: Warehouse) -> None:
    load(warehouse, "history", history())
    load(warehouse, "detail", detail())
    load(warehouse, "other history", history(cell="W28"))
    assert standing(warehouse) == [(4957077467, 2)]


def test_a_settled_rounded_figure_made_precise_is_not_held(warehouse: Warehouse) -> None:
    load(warehouse, "history", history(stage=Stage.FINAL))
    assert load(warehouse, "detail", detail(stage=Stage.FINAL), at=LATER).held == ()
    assert standing(warehouse) == [(4957077467, 1)]


def test_publications_that_differ_by_more_than_the_rounding_are_held_for_a_person(warehouse: Warehouse) -> None:
    load(warehouse, "detail", detail())
    result = load(warehouse, "history", history(4957079000), at=LATER)
    assert [(held.old_value, held.new_value) for held in result.held] == [(4957077467, 4957079000)]
    assert standing(warehouse) == [(4957077467, 1)]
    assert load(warehouse, "history again", history(4957079000, cell="X1"), at=LATER).held == ()


def test_half_a_step_is_within_the_rounding_and_more_is_not(warehouse: Warehouse) -> None:
    load(warehouse, "detail", detail(4957076500))
    assert load(warehouse, "history", history(4957077000), at=LATER).held == ()
    load(warehouse, "detail of another year", detail(4957076499, period="FY2017"))
    assert len(load(warehouse, "history of another year", history(4957077000, period="FY2017"), at=LATER).held) == 1


def test_a_precise_figure_that_is_corrected_is_a_new_vintage(warehouse: Warehouse) -> None:
    load(warehouse, "detail", detail())
    result = load(warehouse, "corrected", detail(4957077468), at=LATER)
    assert (result.revised, result.held) == (1, ())
