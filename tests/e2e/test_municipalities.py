"""Several municipalities in one night: each with its own strategy, secretariat and log, on one warehouse."""

from pathlib import Path

import pytest

from tests.e2e.command import CHECKOUT, Nemuro
from tests.samples.make_municipalities import municipalities, strategy_of, write_config, write_registry

OF_HOKKAIDO = 179


def neighbours(folder: Path, count: int) -> Nemuro:
    """Nemuro and `count` further municipalities, whose registry files wait for their first night."""
    write_config(CHECKOUT / "config", folder / "config", count)
    write_registry(folder / "home" / "inbox" / "registry", count)
    return Nemuro(folder / "home").with_settings(NEMURO_CONFIG=str(folder / "config"))


@pytest.fixture(scope="module")
def four(tmp_path_factory: pytest.TempPathFactory) -> Nemuro:
    """Four municipalities after their first night. Not to be changed."""
    home = neighbours(tmp_path_factory.mktemp("four"), 3)
    answer = home.run("nightly")
    assert answer.exit == 0, answer.all
    assert "Indicators of 4 strategies by rating" in answer.out
    return home


def test_every_municipality_is_judged_by_its_own_figures_and_writes_to_its_own_sections(four: Nemuro) -> None:
    populations = set()
    for area in municipalities(3):
        strategy = strategy_of(area)
        rows = {row["indicator"]: row for row in four.listed("--strategy", strategy, "judge", "--fiscal-year", "2017")}
        populations.add(rows["p2020-total"]["actual"])
        assert all(figure["area"] == area.code for row in rows.values() for figure in row["figures"])
        letters = [letter for letter in four.letters().values() if letter.department.startswith(strategy)]
        assert letters, f"nobody of {strategy} was written to"
        for letter in letters:
            assert str(letter.message["To"]).startswith(f"{strategy}-")
            assert area.name in letter.text or letter.is_call, "a mail speaks for another municipality"
    assert len(populations) == 3


def test_the_first_municipality_is_told_what_it_is_told_alone(four: Nemuro, tmp_path: Path) -> None:
    alone = neighbours(tmp_path, 3).with_settings(NEMURO_CONFIG=str(CHECKOUT / "config"))
    assert alone.ask("nightly").exit == 0
    mine = {name: letter.data for name, letter in four.letters().items() if "_m0" not in name}
    assert mine == {name: letter.data for name, letter in alone.letters().items()}


def test_a_second_night_of_all_finds_nothing_new(four: Nemuro, tmp_path: Path) -> None:
    again = four.copy(tmp_path / "home")
    before = (again.hash(), again.letters())
    answer = again.ask("nightly")
    assert "unchanged" in answer.out
    assert (again.hash(), again.letters()) == before


def test_all_municipalities_come_back_from_the_originals(four: Nemuro, tmp_path: Path) -> None:
    lost = four.copy(tmp_path / "home")
    (lost.home / "warehouse.db").unlink()
    answer = lost.ask("rebuild")
    assert answer.exit == 0, answer.all
    assert lost.hash() == four.hash()


def test_one_municipality_can_be_judged_by_itself(tmp_path: Path) -> None:
    home = neighbours(tmp_path, 2)
    (first, second) = map(strategy_of, municipalities(2))
    assert home.ask("--strategy", second, "nightly").exit == 0
    departments = {letter.department for letter in home.letters().values()}
    assert departments
    assert all(department.startswith(second) for department in departments)
    assert home.listed("--strategy", first, "alerts", "list") == []


def test_a_strategy_that_does_not_exist_is_named(four: Nemuro) -> None:
    answer = four.run("--strategy", "atlantis", "status")
    assert answer.exit == 2
    assert "atlantis" in answer.err
    assert "fy2015-2019" in answer.err


@pytest.mark.long
def test_all_of_hokkaido_is_judged_and_mailed_in_one_night(tmp_path: Path) -> None:
    home = neighbours(tmp_path, OF_HOKKAIDO - 1)
    answer = home.run("nightly")
    assert answer.exit == 0, answer.all
    assert f"Indicators of {OF_HOKKAIDO} strategies by rating" in answer.out
    assert "more: " in answer.out
    secretariats = {strategy_of(area) for area in municipalities(OF_HOKKAIDO - 1)}
    written_to = {letter.department.partition("-")[0] for letter in home.letters().values()}
    assert secretariats <= written_to
    assert "unchanged" in home.run("nightly").out
