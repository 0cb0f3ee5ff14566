"""A trade figure from 速報 to 確定: each stage known from the day of its file, and only from then."""

from pathlib import Path

import pytest

from tests.e2e.command import Nemuro
from tests.samples.make_trade import OFFICE, customs

SUM = f"commodity=03;office={OFFICE}"
# The files of imports of one year as they were published: the day, how many months they hold, and October's stage.
PUBLISHED = {
    "2018-11-29": (10, "速報"),
    "2018-12-28": (11, "確報"),
    "2019-12-02": (12, "確定"),
}


@pytest.fixture(scope="module")
def traded(tmp_path_factory: pytest.TempPathFactory) -> Nemuro:
    """A home that took in every file on its day; October was one more in each. Not to be changed: copy it."""
    folder = tmp_path_factory.mktemp("trade")
    nemuro = Nemuro(folder / "home")
    for more, (day, (months, _)) in enumerate(PUBLISHED.items()):
        file = folder / f"{day}.csv"
        file.write_text("\r\n".join(changed(customs(2, 2018, months), more)) + "\r\n", encoding="ascii")
        answer = nemuro.on(day).ask("ingest", "trade", file)
        assert answer.exit == 0, answer.all
    return nemuro.on("2020-01-01")


def changed(lines: list[str], more: int) -> list[str]:
    """The file with so much more imported in October at the office that there is not."""
    labels = lines[0].split(",")
    cells = lines[-1].split(",")
    for label in ("Value-Year", "Value-Oct"):
        cells[labels.index(label)] = str(int(cells[labels.index(label)]) + more)
    return [*lines[:-1], ",".join(cells)]


def october(nemuro: Nemuro, *options: str) -> list[tuple[str, str]]:
    rows = nemuro.listed("facts", "trade.imports", "--period", "2018-10", *options)
    wanted = {"commodity": "03", "office": OFFICE}
    return [(fact["value"], fact["stage"]) for fact in rows if fact["dimensions"] == wanted]


def test_each_stage_is_known_from_the_day_of_its_file(traded: Nemuro) -> None:
    known = [october(traded, "--as-of", day) for day in ("2018-11-28", "2018-11-29", "2018-12-27", "2018-12-28")]
    assert known == [[], [("3009", "速報")], [("3009", "速報")], [("3010", "確報")]]
    assert october(traded, "--as-of", "2019-12-01") == [("3010", "確報")]
    assert october(traded) == [("3011", "確定")]
    assert october(traded, "--all-vintages") == [("3009", "速報"), ("3010", "確報"), ("3011", "確定")]


def test_months_not_yet_published_are_missing_and_not_zero(traded: Nemuro) -> None:
    rows = traded.listed("facts", "trade.imports", "--as-of", "2018-12-27")
    assert {fact["period"] for fact in rows if fact["period"] > "2018-10"} == set()
    rows = traded.listed("facts", "trade.imports", "--period", "2018")
    assert {fact["stage"] for fact in rows} == {"確定"}


def test_every_vintage_is_read_again_from_its_cell(traded: Nemuro, tmp_path: Path) -> None:
    answer = traded.copy(tmp_path / "home").ask("trace", "--verify-all")
    assert answer.exit == 0, answer.all
    (fact,) = [
        fact
        for fact in traded.listed("facts", "trade.imports", "--period", "2018-10")
        if fact["dimensions"] == {"commodity": "030633000", "country": "224", "office": OFFICE}
    ]
    assert fact["locator"].endswith(":Value-Oct")
