"""Published numbers come back as they were published."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nemuro_etl.errors import FigureImplausible
from nemuro_etl.warehouse import Warehouse
from nemuro_etl.warehouse.precision import restored, stored
from tests.warehouse.figures import load, row

published = st.builds(
    lambda digits, places: Decimal(digits).scaleb(-places),
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.integers(0, 12),
)


@given(value=published)
def test_fifteen_digits_survive_a_binary_float(value: Decimal) -> None:
    number = stored(value)
    assert restored(number if isinstance(number, int) else float(number)) == value


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(numbers=st.lists(published, min_size=150, max_size=300, unique=True), name=st.uuids())
def test_decimals_come_back_from_the_database_exactly(
    warehouse: Warehouse, numbers: list[Decimal], name: object
) -> None:
    rows = [row(value, area=f"{n:05d}", dimensions=f"name={name}", cell=f"F{n}") for n, value in enumerate(numbers)]
    load(warehouse, str(name)[:30], *rows)
    found = [
        figure.value for figure in warehouse.figures("registry.population") if figure.dimensions == {"name": str(name)}
    ]
    assert found == numbers


@pytest.mark.parametrize("value", ["0.1234567890123456", "1234567890.123456", "1E+18", "NaN", "Infinity"])
def test_a_number_that_would_not_come_back_exactly_is_refused(warehouse: Warehouse, value: str) -> None:
    with pytest.raises(FigureImplausible, match="exactly"):
        load(warehouse, "a", row(Decimal(value)))
    assert warehouse.loads() == ()
