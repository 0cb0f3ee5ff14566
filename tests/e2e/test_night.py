"""Whole nights on the bundled samples, as `make nightly` and the scheduler run them."""

import shutil
import socket
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from nemuro_etl.sources.container import open_sheets
from tests.e2e.command import SAMPLES, Nemuro, copy_config
from tests.samples import make_furusato, make_tourism

SLIPPING = ("behind", "far_behind", "regressed")


@pytest.fixture
def first(first_night: Nemuro, tmp_path: Path) -> Nemuro:
    """A copy of the home after the night of 2018-11-22."""
    return first_night.copy(tmp_path / "home")


@pytest.fixture
def second(second_year: Nemuro, tmp_path: Path) -> Nemuro:
    """A copy of the home after the night of 2019-08-10."""
    return second_year.copy(tmp_path / "home")


@pytest.fixture(scope="session")
def third_year(second_year: Nemuro, tmp_path_factory: pytest.TempPathFactory) -> Nemuro:
    """The home after the night of 2020-04-01, which brought nothing new. Not to be changed: copy it."""
    third = second_year.copy(tmp_path_factory.mktemp("third-year") / "home").on("2020-04-01")
    answer = third.ask("nightly")
    assert answer.exit == 0, answer.all
    return third


def rows_of_ledger(nemuro: Nemuro) -> list[tuple[object, ...]]:
    with sqlite3.connect(nemuro.home / "warehouse.db") as database:
        return database.execute("select * from run order by 1").fetchall()


def warnings_of(nemuro: Nemuro) -> list[dict[str, Any]]:
    """Everything that was ever told, in order."""
    with sqlite3.connect(nemuro.home / "warehouse.db") as database:
        database.row_factory = sqlite3.Row
        return [dict(row) for row in database.execute("select * from warning_log order by 1")]


def newest_rated(evaluations: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """By indicator its newest rated year; `evaluations` by year."""
    return {row["indicator"]: row for row in evaluations if row["rating"] != "not_rated"}


# --- the bundled files ----------------------------------------------------------------------------------------------

PUBLISHED = {
    **{
        f"{night}/furusato/{name}": make_furusato.make(name)
        for night, names in make_furusato.NIGHTS.items()
        for name in names
    },
    **{
        f"{night}/tourism/{make_tourism.NAMES[year]}": make_tourism.make(year)
        for night, years in make_tourism.NIGHTS.items()
        for year in years
    },
}


def test_every_published_file_of_a_night_is_one_that_the_scripts_make() -> None:
    nights = SAMPLES / "nights"
    there = {str(path.relative_to(nights)) for name in ("furusato", "tourism") for path in nights.glob(f"*/{name}/*")}
    assert there == PUBLISHED.keys()


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_published_file_of_a_night_has_the_cells_that_the_script_writes(name: str) -> None:
    committed = (SAMPLES / "nights" / name).read_bytes()
    assert open_sheets(committed, name) == open_sheets(PUBLISHED[name], name)


def test_no_return_of_a_night_reports_what_is_published() -> None:
    returns = [path.read_text(encoding="utf-8-sig") for path in SAMPLES.glob("nights/*/returns/*.csv")]
    assert returns
    for indicator in ("g2-i2-1", "g2-i2-3", "g3-u1-1"):
        assert not any(f"\n{indicator}," in text for text in returns), indicator


# --- the first night ------------------------------------------------------------------------------------------------


def test_the_first_night_mails_each_department_once_and_the_secretariat(first_night: Nemuro) -> None:
    departments = [letter.department for letter in first_night.digests()]
    assert sorted(departments) == sorted(set(departments)), "a department was written to twice"
    assert set(departments) == {"sogo-seisaku", "shimin-fukushi", "shiritsu-byoin", "suisan-keizai"}
    assert [letter.department for letter in first_night.summaries()] == ["sogo-seisaku"]


def test_every_slipping_indicator_is_in_the_mail_of_the_department_that_owns_it(first_night: Nemuro) -> None:
    named = {letter.department: letter.text for letter in first_night.digests()}
    newest = newest_rated(first_night.listed("judge"))
    slipping = {name for name, row in newest.items() if row["rating"] in SLIPPING and row["same_as"] is None}
    assert len(slipping) == 23
    owners = {row["indicator"]: row["department"] for row in first_night.listed("status")}
    ids = {"総合政策部": "sogo-seisaku", "市民福祉部": "shimin-fukushi", "市立根室病院": "shiritsu-byoin"}
    ids["水産経済部"] = "suisan-keizai"
    # A survey that is behind only within its margin is not warned of; nothing else may be silent.
    silent = {name for name in slipping if newest[name]["name"] not in named[ids[owners[name]]]}
    assert silent == {"g3-n2", "g2-a1-4"}


def test_a_mail_says_the_number_its_place_and_what_to_do(first_night: Nemuro) -> None:
    mail = next(letter for letter in first_night.digests() if letter.department == "suisan-keizai")
    assert mail.message["To"] == "suisan-keizai@city.nemuro.example"
    start = mail.text.index("季節労働者数")
    told = mail.text[start : mail.text.index("冬期間における観光客入込数の割合")]
    for fact in ("遅れ", "530人", "516人", "473人", "0.78", "houkoku-2018.csv", "value列", "問合せ先", "お願い"):
        assert fact in told, f"{fact} is not told: {told}"


def test_a_mail_of_a_published_figure_names_the_publisher_s_file_and_cell(first_night: Nemuro) -> None:
    mail = next(letter for letter in first_night.digests() if letter.department == "suisan-keizai")
    told = mail.text[mail.text.index("冬期間における観光客入込数の割合") :]
    for fact in ("遅れ", "17.9％", "18.8％", "分子71,200、分母397,100", "2017_irikomi.xls", "P6~28!L85、M85"):
        assert fact in told, f"{fact} is not told: {told}"


def test_the_second_run_says_unchanged_and_changes_nothing(first: Nemuro) -> None:
    digest, files = first.hash(), first.letters()
    answer = first.run("nightly")
    assert answer.exit == 0
    assert "unchanged" in answer.out
    assert "loaded" not in answer.out
    assert first.hash() == digest
    assert first.letters() == files


def test_the_next_day_no_department_is_written_to(first: Nemuro) -> None:
    digests = {letter.name for letter in first.digests()}
    # 2018-11-23 was a holiday, and a weekend followed: on the first working day the secretariat has its sign of life.
    for day in ("2018-11-23", "2018-11-26"):
        assert first.on(day).ask("nightly").exit == 0
    assert {letter.name for letter in first.digests()} == digests
    (sign_of_life,) = [letter for letter in first.letters().values() if letter.name[:10] != "2018-11-22"]
    assert sign_of_life.name.startswith("2018-11-26_sogo-seisaku")
    assert "週次の稼働報告" in str(sign_of_life.message["Subject"])


def test_the_last_lines_say_ratings_mails_and_what_to_type_next(nemuro: Nemuro) -> None:
    answer = nemuro.receive_night("2018-11-22").run("nightly")
    assert answer.exit == 0
    tail = answer.out[answer.out.index("Indicators by rating") :]
    newest = newest_rated(nemuro.listed("judge"))
    distinct = [row["rating"] for row in newest.values() if row["same_as"] is None]
    for rating in ("achieved", "on_track", "mostly_on_track", "behind", "far_behind", "regressed", "in_progress"):
        line = next(line for line in tail.splitlines() if line.endswith(f" {rating}"))
        assert int(line.split()[0]) == distinct.count(rating), line
    for letter in nemuro.letters():
        assert f"{nemuro.home / 'mail'}/{letter}" in tail, f"{letter} was written and not told of"
    assert "Next" in tail
    assert "explain" in tail


# --- the five nights of EVALUATION.md -------------------------------------------------------------------------------


def test_on_2018_11_22_the_newest_rated_year_is_2017(first_night: Nemuro) -> None:
    rows = first_night.listed("judge")
    newest = newest_rated(rows)
    assert len({row["indicator"] for row in rows}) == 67
    # returns, tourism, furusato, trade (CY2017) and the registry of 2018-01-01
    for indicator in ("g2-i1-1", "g2-i2-3", "g3-u1-1", "g2-a5-4", "g1-n2", "p2020-total"):
        assert newest[indicator]["fiscal_year"] == 2017, indicator
    assert newest["g1-n2"]["period"] == "2018-01-01"
    # the autumn's survey of the running year is rated, since it is recorded
    assert newest["g1-i1-1"]["fiscal_year"] == 2018
    surveys = {"g3-n2", "g1-a3-2", "g1-i1-1"}
    assert {row["indicator"] for row in rows if row["fiscal_year"] == 2018 and row["rating"] != "not_rated"} == surveys
    assert {row["revision"] for row in rows} == {"2018-11-22"}


def test_on_2018_11_22_the_birth_rate_and_the_running_year_are_not_yet_published(first_night: Nemuro) -> None:
    years = {(row["indicator"], row["fiscal_year"]): row for row in first_night.listed("judge")}
    for indicator, year in (("g1-n1", 2017), ("g2-a5-4", 2018), ("g3-u1-1", 2018), ("g2-i1-1", 2018)):
        assert years[indicator, year]["rating"] == "not_rated"
        assert years[indicator, year]["data_state"] == "not_yet_published", (indicator, year)


def test_on_2018_11_22_the_worked_examples_come_out_as_written(first_night: Nemuro) -> None:
    now = first_night.judged(2017)
    said = {
        name: (now[name]["actual"], now[name]["expected"], now[name]["rating"])
        for name in ("g2-n1", "g2-a1-3", "g3-i1-1", "g3-u1-1")
    }
    assert said["g2-a1-3"] == ("530", "516", "behind")
    assert said["g3-i1-1"] == ("1", "1", "on_track")
    assert said["g3-u1-1"] == ("8570882.17", "6000000", "on_track")
    assert (said["g2-n1"][0], said["g2-n1"][2]) == ("2317", "regressed")
    winter, nights = now["g2-i2-1"], now["g2-i2-3"]
    assert [round(float(winter[key]), 4) for key in ("actual", "expected", "pace")] == [17.93, 18.76, 0.5538]
    assert (winter["rating"], nights["rating"]) == ("behind", "achieved")
    assert round(float(nights["actual"]), 2) == 18.38
    # from the publishers' files alone
    for row, count in ((winter, 6), (nights, 2), (now["g3-u1-1"], 3)):
        assert {figure["source"] for figure in row["figures"]} <= {"tourism", "furusato"}
        assert len(row["figures"]) == count
    assert now["g2-a1-3"]["pace"] == "0.78125"
    for name, pace in (("g2-n1", "-8.446"), ("g2-i2-1", "0.553"), ("p2020-total", "-0.127"), ("g1-n2", "0.849")):
        assert now[name]["pace"].startswith(pace), name
    assert now["g1-n2"]["basis"] == "census_equivalent"
    assert {basis["basis"]: basis["rating"] for basis in now["g1-n2"]["bases"]} == {
        "registry": "regressed",
        "census_equivalent": "mostly_on_track",
    }


def test_on_2019_08_10_donations_are_achieved_and_the_decline_is_far_behind(second_year: Nemuro) -> None:
    now = second_year.judged(2018)
    assert now["g3-u1-1"]["rating"] == "achieved"
    # the detail of the year stands, not the list's whole 千円
    assert now["g3-u1-1"]["actual"] == "13527959.637"
    assert (now["g2-n3"]["rating"], now["g2-n3"]["period"]) == ("far_behind", "2018")
    assert now["g2-n3"]["pace"].startswith("0.079")
    assert (now["p2020-total"]["period"], now["p2020-total"]["actual"]) == ("2019-01-01", "25953")


def test_on_2019_08_10_mails_wait_for_tuesday_and_then_leave_once(second: Nemuro, first_night: Nemuro) -> None:
    before = {letter.name for letter in first_night.digests()}
    assert {letter.name for letter in second.digests()} == before, "a mail left on a Saturday"
    # Sunday, and the Monday on which the holiday of the 11th was made up
    for day in ("2019-08-11", "2019-08-12"):
        assert second.on(day).ask("nightly").exit == 0
        assert {letter.name for letter in second.digests()} == before, f"a mail left on {day}"
    tuesday = second.on("2019-08-13")
    assert tuesday.ask("nightly").exit == 0
    sent = {letter.name: letter for letter in tuesday.digests() if letter.name not in before}
    assert [name[:10] for name in sent] == ["2019-08-10"] * len(sent)
    assert {letter.department for letter in sent.values()} == {
        "sogo-seisaku",
        "somu",
        "shimin-fukushi",
        "suisan-keizai",
    }
    assert len(sent) == 4
    letters = tuesday.letters()
    assert tuesday.ask("nightly").exit == 0
    assert tuesday.letters() == letters


def test_on_2020_04_01_no_warning_opens_for_the_last_year_of_the_strategy(third_year: Nemuro) -> None:
    now = third_year.judged(2019)
    assert {row["rating"] for row in now.values()} == {"not_rated"}, "something of FY2019 is rated without a figure"
    assert now["g1-n4"]["data_state"] == "not_yet_published"  # a milestone without a figure
    # trade of the calendar year 2019 could have been rated since January
    assert now["g2-a5-4"]["data_state"] == "awaited"
    opened = [row for row in warnings_of(third_year) if row["as_of"] == "2020-04-01" and row["kind"] == "opened"]
    assert opened == []


def test_on_2020_04_01_a_result_of_the_last_year_is_told_and_opens_nothing(third_year: Nemuro, tmp_path: Path) -> None:
    nemuro = third_year.copy(tmp_path / "home").on("2020-06-10")
    figures = tmp_path / "houkoku-2020.csv"
    figures.write_text(
        "indicator,fiscal_year,value,numerator,denominator,n,stage,evidence,remark\ng2-i1-3,2019,929,,,,,,\n",
        encoding="utf-8",
    )
    assert nemuro.receive(figures, source="returns").ask("nightly").exit == 0
    now = nemuro.judged(2019)["g2-i1-3"]
    assert now["rating"] == "far_behind"
    assert now["pace"].startswith("0.394")
    told = [row for row in warnings_of(nemuro) if row["indicator"] == "g2-i1-3" and row["as_of"] == "2020-06-10"]
    assert {row["kind"] for row in told} == {"closed", "result"}, told
    mail = next(letter for letter in nemuro.digests() if letter.name.startswith("2020-06-10"))
    assert "終了報告" in str(mail.message["Subject"])


def test_on_2021_08_05_fy2020_is_judged_at_the_target_date_between_two_registries(
    third_year: Nemuro, tmp_path: Path
) -> None:
    nemuro = third_year.copy(tmp_path / "home").on("2021-08-05")
    registry = SAMPLES / "registry"
    assert nemuro.receive(registry / "2003ssjin.xls", registry / "2104ssnen.xlsx").ask("nightly").exit == 0
    now = nemuro.judged(2020)
    # 25,457 on 2020-01-01 and 24,858 on 2021-01-01: 274 of 366 days
    registry_actual = next(basis for basis in now["p2020-total"]["bases"] if basis["basis"] == "registry")["actual"]
    assert round(float(registry_actual), 3) == round(25457 - 599 * 274 / 366, 3)
    assert now["p2020-total"]["period"] == "2020-10-01"
    assert (now["p2025-total"]["period"], now["p2060-total"]["period"]) == ("2021-01-01", "2021-01-01")
    assert next(b for b in now["p2025-total"]["bases"] if b["basis"] == "registry")["pace"].startswith("-0.636")
    # the nearest age tables are those of 2018-01-01 (2,317 women) and 2021-01-01 (2,130): 1,004 of 1,096 days
    assert round(float(now["g2-n1"]["actual"]), 3) == round(2317 - 187 * 1004 / 1096, 3)
    assert now["v2060-women"]["actual"] == "2130"


def test_on_2021_08_05_a_target_date_without_a_neighbour_after_it_is_awaited(
    third_year: Nemuro, tmp_path: Path
) -> None:
    nemuro = third_year.copy(tmp_path / "home").on("2021-08-06")
    assert nemuro.receive(SAMPLES / "registry" / "2003ssjin.xls").ask("nightly").exit == 0
    now = nemuro.judged(2020)["p2020-total"]
    assert (now["rating"], now["data_state"]) == ("not_rated", "awaited")


def test_on_2021_12_01_the_census_supersedes_the_interpolation(third_year: Nemuro, tmp_path: Path) -> None:
    nemuro = third_year.copy(tmp_path / "home").on("2021-08-05")
    registry = SAMPLES / "registry"
    assert nemuro.receive(registry / "2003ssjin.xls", registry / "2104ssnen.xlsx").ask("nightly").exit == 0
    later = nemuro.on("2021-12-01")
    assert later.ask("nightly").exit == 0
    now = later.judged(2020)["p2020-total"]
    assert (now["basis"], now["actual"], now["rating"]) == ("census", "24636", "regressed")
    assert round(float(now["pace"]), 3) == -1.155
    # what was known in August is still what it was
    before = {row["indicator"]: row for row in later.listed("rerun", "--fiscal-year", "2020", "--as-of", "2021-08-05")}
    assert before["p2020-total"]["basis"] != "census"
    told = [row for row in warnings_of(later) if row["indicator"] == "p2020-total" and row["as_of"] == "2021-12-01"]
    assert [row["kind"] for row in told] == ["revised"]


def test_on_2026_11_23_only_rows_of_2060_are_live_and_nothing_closed_can_warn(
    third_year: Nemuro, tmp_path: Path
) -> None:
    nemuro = third_year.copy(tmp_path / "home").on("2026-11-23")
    before = nemuro.letters()
    answer = nemuro.receive(SAMPLES / "registry" / "2203ssjin.xlsx").ask("nightly")
    assert answer.exit == 0
    opened = [
        row
        for row in warnings_of(nemuro)
        if row["as_of"] == "2026-11-23" and row["kind"] in ("opened", "worse", "better")
    ]
    assert all(row["indicator"].startswith(("p2060-", "v2060-")) for row in opened), opened
    judged = {row["indicator"] for row in nemuro.listed("judge", "--fiscal-year", "2026")}
    assert judged
    assert all(indicator.startswith(("p2060-", "v2060-")) for indicator in judged)
    # a Monday, and a holiday: what there is to say waits for Tuesday
    assert nemuro.letters() == before
    assert nemuro.on("2026-11-24").ask("nightly").exit == 0
    assert {name[:10] for name in nemuro.letters().keys() - before.keys()} == {"2026-11-23", "2026-11-24"}


def test_a_first_run_in_2026_does_not_warn_of_2017(nemuro: Nemuro) -> None:
    late = nemuro.on("2026-11-24").receive_night("2018-11-22").receive_night("2019-08-10")
    assert late.ask("nightly").exit == 0
    closed = [row for row in warnings_of(late) if not row["indicator"].startswith(("p2060-", "v2060-"))]
    assert closed == []
    assert {letter.department for letter in late.digests()} <= {"sogo-seisaku"}


# --- recomputing ----------------------------------------------------------------------------------------------------


def test_a_rerun_is_byte_identical_before_and_after_later_files_and_sends_nothing(first: Nemuro) -> None:
    command = ("rerun", "--fiscal-year", "2017", "--as-of", "2018-11-22", "--format", "json")
    before, letters = first.ask(*command), first.letters()
    assert before.exit == 0
    assert len(before.rows) == 67
    later = first.on("2019-08-13").receive_night("2019-08-10")
    assert later.ask("collect").exit == 0
    after = later.run(*command)
    assert after.out == before.out
    assert later.letters() == letters
    # and the files did matter to the years that they are about
    assert later.judged(2018)["g3-u1-1"]["rating"] == "achieved"


def test_a_rerun_of_the_year_just_told_changes_nothing(first: Nemuro) -> None:
    digest, letters = first.hash(), first.letters()
    assert first.ask("rerun", "--fiscal-year", "2017", "--send").exit == 0
    assert (first.hash(), first.letters()) == (digest, letters)


def test_a_dry_run_records_and_sends_nothing_and_shows_the_mails(second: Nemuro) -> None:
    later = second.on("2019-08-13")
    figures = SAMPLES / "registry" / "2003ssjin.xls"
    later.receive(figures)
    before = (later.hash(), rows_of_ledger(later), later.files())
    answer = later.run("nightly", "--dry-run")
    assert answer.exit == 0
    assert "rehearsal" in answer.out
    folder = later.home / "rehearsal" / "2019-08-13"
    shown = {path.name for path in folder.glob("*.eml")}
    assert shown, "no would-be mail"
    files = {name: data for name, data in later.files().items() if not name.startswith("rehearsal/")}
    assert (later.hash(), rows_of_ledger(later), files) == before


def test_a_dry_run_of_a_night_shows_what_the_night_then_sends(nemuro: Nemuro) -> None:
    nemuro.receive_night("2018-11-22")
    assert nemuro.ask("collect").exit == 0
    assert nemuro.ask("nightly", "--dry-run").exit == 0
    shown = {path.name: path.read_bytes() for path in (nemuro.home / "rehearsal" / "2018-11-22").glob("*.eml")}
    assert nemuro.letters() == {}
    assert nemuro.run("nightly").exit == 0
    digests = {letter.name: letter.data for letter in nemuro.digests()}
    assert digests
    assert {name: data for name, data in shown.items() if name in digests} == digests


def test_a_night_limited_to_one_fiscal_year_tells_of_that_year_only(nemuro: Nemuro) -> None:
    nemuro.receive_night("2018-11-22")
    assert nemuro.ask("nightly", "--fiscal-year", "2018").exit == 0
    assert {row["fiscal_year"] for row in warnings_of(nemuro)} == {2018}
    assert {letter.department for letter in nemuro.digests()} == {"shimin-fukushi", "shiritsu-byoin"}
    # the rest is told by the whole night, and nothing twice
    before = nemuro.letters()
    assert nemuro.ask("nightly").exit == 0
    told = warnings_of(nemuro)
    assert len({(row["indicator"], row["fiscal_year"], row["kind"]) for row in told}) == len(told)
    assert {row["fiscal_year"] for row in told} == {2017, 2018}
    assert before.items() <= nemuro.letters().items()


# --- what is missing or broken --------------------------------------------------------------------------------------


def test_a_year_without_any_file_mails_no_department_and_recovers_nothing(first: Nemuro) -> None:
    open_before = warnings_of(first)
    later = first.on("2019-10-01")
    shutil.rmtree(later.home / "inbox")
    digests = {letter.name for letter in later.digests()}
    assert later.ask("nightly").exit == 0
    assert {letter.name for letter in later.digests()} == digests
    assert warnings_of(later) == open_before
    ratings = {row["indicator"]: (row["fiscal_year"], row["rating"]) for row in later.listed("status")}
    assert ratings == {row["indicator"]: (row["fiscal_year"], row["rating"]) for row in first.listed("status")}
    states = {row["indicator"]: row["data_state"] for row in later.listed("status")}
    assert states["p2020-total"] == "overdue"
    assert states["g2-i1-1"] == "not_submitted"


def test_a_home_without_any_figure_mails_no_department(nemuro: Nemuro) -> None:
    answer = nemuro.run("nightly")
    assert answer.exit == 0, "a source with no file and no address is not a failure"
    assert nemuro.digests() == []
    assert len(nemuro.summaries()) == 1
    assert warnings_of(nemuro) == []


def test_a_broken_file_is_told_to_the_secretariat_and_keeps_every_rating(first: Nemuro) -> None:
    ratings = {row["indicator"]: row["rating"] for row in first.listed("status")}
    open_before, digests = warnings_of(first), {letter.name for letter in first.digests()}
    later = first.on("2019-08-13")
    broken = later.home / "inbox" / "registry" / "1903ssjin.xls"
    broken.write_bytes((SAMPLES / "registry" / "1903ssjin.xls").read_bytes()[:5_000])
    answer = later.run("nightly")
    assert answer.exit == 4
    assert "1903ssjin.xls" in answer.all
    summary = next(letter for letter in later.summaries() if letter.name.startswith("2019-08-13"))
    assert "1903ssjin.xls" in summary.text
    assert {letter.name for letter in later.digests()} == digests
    assert warnings_of(later) == open_before
    assert {row["indicator"]: row["rating"] for row in later.listed("status")} == ratings
    states = {row["indicator"]: row["data_state"] for row in later.listed("status")}
    assert states["p2020-total"] == "unreadable"
    assert states["g2-i1-1"] == "not_submitted", "the state of one source is that of another"


def test_a_broken_file_hides_no_other_source(first: Nemuro) -> None:
    later = first.on("2019-08-13").receive_night("2019-08-10")
    broken = later.home / "inbox" / "registry" / "1903ssjin.xls"
    broken.write_bytes(broken.read_bytes()[:5_000])
    assert later.ask("nightly").exit == 4
    assert later.judged(2018)["g3-u1-1"]["rating"] == "achieved"
    # and when the whole file comes, it is read
    shutil.copyfile(SAMPLES / "registry" / "1903ssjin.xls", broken)
    assert later.ask("nightly").exit == 0
    assert later.judged(2018)["g2-n3"]["rating"] == "far_behind"


@pytest.fixture
def silent_address() -> str:
    """An address on which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}/1903ssjin.xls"


def test_a_silent_address_ends_with_five_and_the_other_sources_load(
    nemuro: Nemuro, tmp_path: Path, silent_address: str
) -> None:
    config = copy_config(tmp_path, registry={"endpoints": [{"file": silent_address}]})
    night = nemuro.with_settings(NEMURO_CONFIG=str(config)).receive_night("2018-11-22")
    answer = night.run("nightly")
    assert answer.exit == 5
    assert silent_address in answer.all
    # what lies in the folder is read all the same, and so are the returns
    now = night.judged(2017)
    assert now["p2020-total"]["actual"] == "26399"
    assert now["g2-a1-3"]["rating"] == "behind"
    assert len(night.summaries()) == 1
    assert silent_address.removeprefix("http://") in night.summaries()[0].text


def test_a_silent_address_opens_and_closes_nothing_and_mails_no_department(
    first: Nemuro, tmp_path: Path, silent_address: str
) -> None:
    config = copy_config(tmp_path, registry={"endpoints": [{"file": silent_address}]})
    told, digests = warnings_of(first), first.digests()
    later = first.on("2019-08-13").with_settings(NEMURO_CONFIG=str(config))
    assert later.run("nightly").exit == 5
    assert (warnings_of(later), later.digests()) == (told, digests)
    states = {row["indicator"]: (row["fiscal_year"], row["data_state"]) for row in later.listed("status")}
    assert states["p2020-total"] == (2017, "fetch_failed")
    assert states["g2-i1-1"] == (2017, "not_submitted")
