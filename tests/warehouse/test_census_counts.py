"""What the census counted, read from files: sql/census.sql, on both databases."""

from datetime import date
from typing import Any

from nemuro_etl.warehouse import Warehouse
from tests.warehouse.figures import NEMURO, SUMMER, load, row

DAY = "2015-10-01"


def counted(value: int, age: str, sex: str = "total") -> tuple[Any, ...]:
    return row(value, series="census.population", dimensions=f"age={age};sex={sex}", period=DAY, cell=f"{age} {sex}")


def counts(warehouse: Warehouse, as_of: date | None = None) -> dict[str, int]:
    return {count.quantity: int(count.value) for count in warehouse.census(NEMURO, as_of)}


def test_the_total_and_the_three_age_groups_are_counts(warehouse: Warehouse) -> None:
    load(warehouse, "a", counted(26917, "all"), counted(3033, "0-14"), counted(15573, "15-64"), counted(8311, "65+"))
    assert counts(warehouse) == {"total": 26917, "youth": 3033, "working": 15573, "elderly": 8311}
    (total,) = [count for count in warehouse.census(NEMURO, None) if count.quantity == "total"]
    assert (total.day, total.figures[0].locators) == (date(2015, 10, 1), ("Sheet1!all total",))


def test_women_of_20_to_39_are_the_sum_of_their_four_classes_or_unknown(warehouse: Warehouse) -> None:
    classes = ["20-24", "25-29", "30-34", "35-39"]
    load(warehouse, "a", *(counted(500 + n, age, "female") for n, age in enumerate(classes[:3])))
    assert counts(warehouse) == {}
    load(warehouse, "b", counted(503, "35-39", "female"), counted(1000, "20-24", "male"))
    assert counts(warehouse) == {"women-20-39": 2006}


def test_a_count_is_known_from_the_day_on_which_its_file_was_obtained(warehouse: Warehouse) -> None:
    load(warehouse, "a", counted(26917, "all"))
    assert counts(warehouse, date(SUMMER.year, SUMMER.month, SUMMER.day - 1)) == {}
    assert counts(warehouse, SUMMER.date()) == {"total": 26917}
