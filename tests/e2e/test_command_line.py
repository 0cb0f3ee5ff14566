"""The command line as people, schedulers and other programs rely on it: exit codes, JSON, messages, start-up."""

import json
import re
from pathlib import Path

import pytest
import typer

from nemuro_etl.cli import app
from tests.e2e.command import CHECKOUT, SAMPLES, Nemuro, copy_config, require_four_parts

HEADER = "indicator,fiscal_year,value,numerator,denominator,n,stage,evidence,remark"


@pytest.fixture
def first(first_night: Nemuro, tmp_path: Path) -> Nemuro:
    """A copy of the home after the night of 2018-11-22, with no file waiting."""
    copied = first_night.copy(tmp_path / "home")
    for file in (copied.home / "inbox").rglob("*.*"):
        file.unlink()
    return copied


def returns(folder: Path, *rows: str, name: str = "houkoku.csv") -> Path:
    """A returns file of the given rows."""
    path = folder / name
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def actual(nemuro: Nemuro, indicator: str, fiscal_year: int, *as_of: str) -> str:
    rows = nemuro.listed("rerun", "--fiscal-year", str(fiscal_year), *as_of)
    return str(next(row["actual"] for row in rows if row["indicator"] == indicator))


# --- returns --------------------------------------------------------------------------------------------------------


def test_a_bad_return_is_refused_whole_in_japanese_with_line_and_column(first: Nemuro, tmp_path: Path) -> None:
    digest = first.hash()
    bad = returns(
        tmp_path,
        "g2-i1-1,2018,9,,,,見込み,,",
        "g2-i1-1,2019,-5,,,,,,",
        "g9-x,2017,1,,,,,,",
        "g2-a1-3,2017,5百,,,,,,",
        "g2-n1,2017,2317,,,,,,",
    )
    answer = first.run("ingest", "returns", bad)
    assert answer.exit == 4
    fault = answer.err[answer.err.index("\n\n") :]
    require_four_parts(fault)
    assert "houkoku.csv" in fault
    for place in ("4行目 indicator", "5行目 value", "6行目 indicator"):
        assert place in fault, f"{place} is not named: {fault}"
    for words in ("5百", "一件も取り込んでいません", "登録済みの値はそのままです"):
        assert words in fault
    assert first.hash() == digest, "a row of a refused file was taken"


def test_one_bad_row_takes_the_good_rows_with_it_and_the_mended_file_loads(nemuro: Nemuro, tmp_path: Path) -> None:
    good = "g2-i1-1,2016,4,,,,,,"
    assert nemuro.ask("ingest", "returns", returns(tmp_path, good, "g2-i1-1,2016,5,,,,,,")).exit == 4
    assert nemuro.listed("facts", "return.g2-i1-1") == []
    assert nemuro.ask("ingest", "returns", returns(tmp_path, good)).exit == 0
    (figure,) = nemuro.listed("facts", "return.g2-i1-1")
    assert (figure["value"], figure["stage"], figure["locator"]) == ("4", "確定", "line 2:value")


def test_an_equal_row_is_unchanged(first: Nemuro, tmp_path: Path) -> None:
    digest = first.hash()
    again = returns(
        tmp_path,
        "g2-i1-1,2017,6,,,,,所管課集計,見本（架空の値）",
        "g2-a1-3,2017,530.0,,,,確定,所管課集計,見本（架空の値）",
    )
    answer = first.ask("ingest", "returns", again, "--format", "json")
    assert answer.exit == 0, answer.all
    (row,) = answer.rows
    assert (row["status"], row["figures"], row["revised"], row["held"]) == ("unchanged", 0, 0, 0)
    assert first.hash() == digest


def test_a_forecast_is_replaced_at_once(nemuro: Nemuro, tmp_path: Path) -> None:
    assert nemuro.ask("ingest", "returns", returns(tmp_path, "g2-a1-3,2017,540,,,,見込み,,")).exit == 0
    assert nemuro.judged(2017)["g2-a1-3"]["stage"] == "見込み"
    later = nemuro.on("2018-11-23")
    answer = later.ask("ingest", "returns", returns(tmp_path, "g2-a1-3,2017,530,,,,,,"), "--format", "json")
    assert answer.exit == 0
    assert [(row["revised"], row["held"]) for row in answer.rows] == [(1, 0)]
    assert actual(later, "g2-a1-3", 2017) == "530"
    assert actual(later, "g2-a1-3", 2017, "--as-of", "2018-11-22") == "540"
    assert later.listed("revisions", "list") == []


def test_a_changed_settled_return_is_held_until_a_person_accepts_it(first: Nemuro, tmp_path: Path) -> None:
    digest = first.hash()
    later = first.on("2018-12-03")
    answer = later.run("ingest", "returns", returns(tmp_path, "g2-a1-3,2017,510,,,,,,"), "--format", "json")
    assert answer.exit == 3
    assert [(row["held"], row["revised"]) for row in answer.rows] == [(1, 0)]
    assert "revisions list" in answer.err
    assert later.hash() == digest, "a held figure was recorded"
    assert actual(later, "g2-a1-3", 2017) == "530"
    assert later.judged(2017)["g2-a1-3"]["data_state"] == "held"
    (held,) = later.listed("revisions", "list")
    assert (held["old"], held["new"], held["difference"], held["unit"]) == ("530", "510", "-20", "人")
    assert (held["series"], held["period"], held["indicators"]) == ("return.g2-a1-3", "FY2017", ["g2-a1-3"])
    # the same file again holds nothing new
    assert later.ask("ingest", "returns", returns(tmp_path, "g2-a1-3,2017,510,,,,,,")).exit in (0, 3)
    assert len(later.listed("revisions", "list")) == 1
    accepting = later.on("2018-12-05")
    decision = ("--by", "水産経済部", "--reason", "集計漏れの訂正")
    assert accepting.ask("revisions", "accept", str(held["id"]), *decision).exit == 0
    assert actual(accepting, "g2-a1-3", 2017) == "510"
    for day, value in (("2018-11-22", "530"), ("2018-12-04", "530"), ("2018-12-05", "510")):
        assert actual(accepting, "g2-a1-3", 2017, "--as-of", day) == value, day
    assert accepting.listed("revisions", "list") == []
    (decided,) = accepting.listed("revisions", "list", "--all")
    assert (decided["decision"], decided["decided_by"], decided["reason"]) == (
        "accepted",
        "水産経済部",
        "集計漏れの訂正",
    )
    vintages = accepting.listed("facts", "return.g2-a1-3", "--period", "FY2017", "--all-vintages")
    assert sorted(figure["value"] for figure in vintages) == ["510", "530"]
    assert accepting.ask("trace", "--verify-all").exit == 0


def test_a_rerun_of_an_earlier_day_is_unchanged_by_an_accepted_revision(first: Nemuro, tmp_path: Path) -> None:
    command = ("rerun", "--fiscal-year", "2017", "--as-of", "2018-11-22", "--format", "json")
    before = first.run(*command)
    later = first.on("2018-12-03")
    assert later.ask("ingest", "returns", returns(tmp_path, "g2-a1-3,2017,510,,,,,,")).exit == 3
    assert later.ask(*command).out == before.out
    (held,) = later.listed("revisions", "list")
    assert later.ask("revisions", "accept", str(held["id"]), "--by", "A", "--reason", "B").exit == 0
    assert later.run(*command).out == before.out


def test_a_rejected_revision_is_not_held_again(first: Nemuro, tmp_path: Path) -> None:
    later, changed = first.on("2018-12-03"), returns(tmp_path, "g2-a1-3,2017,510,,,,,,")
    assert later.ask("ingest", "returns", changed).exit == 3
    (held,) = later.listed("revisions", "list")
    assert later.ask("revisions", "reject", str(held["id"]), "--by", "A", "--reason", "誤記").exit == 0
    assert actual(later, "g2-a1-3", 2017) == "530"
    other = returns(tmp_path, "g2-a1-3,2017,510,,,,,再提出,", name="again.csv")
    assert later.ask("ingest", "returns", other).exit == 0
    assert later.listed("revisions", "list") == []
    assert actual(later, "g2-a1-3", 2017) == "530"


def test_deciding_what_is_not_held_is_wrong_usage(first: Nemuro) -> None:
    answer = first.ask("revisions", "accept", "99", "--by", "A", "--reason", "B")
    assert answer.exit == 2
    require_four_parts(answer.err)


def test_the_worse_of_two_outcomes_decides_the_exit(first: Nemuro, tmp_path: Path) -> None:
    held = returns(tmp_path, "g2-a1-3,2017,510,,,,,,", name="held.csv")
    bad = returns(tmp_path, "g9-x,2017,1,,,,,,", name="bad.csv")
    assert first.on("2018-12-03").ask("ingest", "returns", held, bad).exit == 4


# --- wrong usage ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ("ingest", "registry", "no-such-file.xls"),
        ("ingest", "no-such-source", str(SAMPLES / "registry" / "1803ssjin.xls")),
        ("collect", "no-such-source"),
        ("explain", "g9-x"),
        ("explain", "g2-n1", "--fiscal-year", "1999"),
        ("nightly", "--as-of", "22.11.2018"),
        ("trace",),
        ("--now", "2018-11-22", "status"),
        ("--database-url", "mysql://localhost/x", "status"),
    ],
)
def test_wrong_usage_ends_with_two_and_four_parts(first_night: Nemuro, command: tuple[str, ...]) -> None:
    answer = first_night.ask(*command)
    assert answer.exit == 2
    assert answer.out == ""
    require_four_parts(answer.err)


def test_an_unknown_option_or_command_ends_with_two(first_night: Nemuro) -> None:
    assert first_night.ask("nightly", "--no-such-option").exit == 2
    assert first_night.ask("no-such-command").exit == 2


def test_a_broken_config_ends_every_command_with_two_and_names_every_file(nemuro: Nemuro, tmp_path: Path) -> None:
    config = copy_config(tmp_path)
    for name, old, new in (
        ("departments.yml", "id: somu,", "id: soumu,"),
        ("strategy/fy2015-2019/goal-2.yml", "g2-a1-3", "g2-a1-2"),
    ):
        path = config / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    broken = nemuro.with_settings(NEMURO_CONFIG=str(config))
    answer = broken.run("check")
    assert answer.exit == 2
    require_four_parts(answer.err)
    assert "goal-2.yml" in answer.err
    assert "somu" in answer.err
    for command in (("nightly",), ("status",), ("doctor",)):
        assert broken.ask(*command).exit == 2, command
    assert not (broken.home / "mail").exists()


def test_check_says_that_the_config_holds_together(nemuro: Nemuro) -> None:
    answer = nemuro.run("check")
    assert answer.exit == 0
    assert "67 rows (65 distinct indicators)" in answer.out


# --- json -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        ("status",),
        ("facts", "registry.births"),
        ("judge", "--fiscal-year", "2017"),
        ("rerun", "--fiscal-year", "2017"),
        ("explain", "g2-n1"),
        ("revisions", "list"),
        ("doctor",),
        ("collect",),
        ("ingest", "returns", str(SAMPLES / "nights" / "2018-11-22" / "returns" / "houkoku-2018.csv")),
    ],
)
def test_json_writes_one_array_and_nothing_else(first: Nemuro, command: tuple[str, ...]) -> None:
    answer = first.run(*command, "--format", "json")
    assert answer.exit == 0, answer.err
    rows = json.loads(answer.out)
    assert isinstance(rows, list)
    assert all(isinstance(row, dict) for row in rows)


@pytest.mark.parametrize(
    "command",
    [("facts", "registry.births"), ("revisions", "list"), ("collect",), ("judge", "--as-of", "2015-01-01")],
)
def test_json_for_none_is_an_empty_array(nemuro: Nemuro, command: tuple[str, ...]) -> None:
    answer = nemuro.run(*command, "--format", "json")
    assert (answer.exit, json.loads(answer.out)) == (0, []), answer.err


def test_an_evaluation_has_every_key_always(first_night: Nemuro) -> None:
    keys = [
        "indicator",
        "name",
        "same_as",
        "plan",
        "fiscal_year",
        "as_of",
        "revision",
        "rating",
        "data_state",
        "actual",
        "baseline",
        "target",
        "expected",
        "do_nothing",
        "pace",
        "attainment",
        "gap_closed",
        "need_per_year",
        "unit",
        "basis",
        "bases",
        "stage",
        "period",
        "figures",
    ]
    rows = first_night.listed("rerun", "--fiscal-year", "2017")
    assert len(rows) == 67
    assert {tuple(row) for row in rows} == {tuple(keys)}
    numbers = [row[key] for row in rows for key in keys[9:17] if row[key] is not None]
    assert numbers
    assert all(isinstance(number, str) and re.fullmatch(r"-?\d+(\.\d+)?", number) for number in numbers)


def test_a_figure_has_every_key_always(first_night: Nemuro) -> None:
    keys = [
        "series",
        "area",
        "kind",
        "period",
        "dimensions",
        "value",
        "unit",
        "stage",
        "source",
        "snapshot",
        "locator",
        "locators",
        "recorded_at",
    ]
    rows = [*first_night.listed("facts", "registry.population"), *first_night.listed("facts", "return.g2-a1-2")]
    assert {tuple(row) for row in rows} == {tuple(keys)}
    assert {row["area"] for row in rows} >= {"00", "01", "01223", "01100", "02300"}


def test_facts_as_of_an_earlier_day_do_not_know_what_came_later(second_year: Nemuro) -> None:
    def births(*as_of: str) -> set[str]:
        return {row["period"] for row in second_year.listed("facts", "registry.births", "--area", "01223", *as_of)}

    assert births() - births("--as-of", "2018-11-22") == {"2018"}
    assert births("--as-of", "2018-11-21") == set()


# --- settings -------------------------------------------------------------------------------------------------------


def test_doctor_masks_a_secret_and_says_where_a_value_came_from(first: Nemuro) -> None:
    (first.home / ".env").write_text("NEMURO_SMTP_PASSWORD=geheim\nNEMURO_LOG_LEVEL=WARNING\n", encoding="utf-8")
    answer = first.run("--now", "2018-11-23T03:00:00+09:00", "doctor", "--format", "json")
    assert answer.exit == 0, answer.all
    assert "geheim" not in answer.all
    said = {row["subject"]: (row["finding"], row["origin"]) for row in answer.rows}
    assert said["NEMURO_SMTP_PASSWORD"] == ("**********", ".env")
    assert said["NEMURO_LOG_LEVEL"] == ("WARNING", ".env")
    assert said["NEMURO_HOME"] == (str(first.home), "environment")
    assert said["NEMURO_NOW"][1] == "command line"
    assert said["NEMURO_SMTP_PORT"] == ("587", "default")


def test_a_database_password_reaches_no_message(nemuro: Nemuro) -> None:
    address = "postgresql://nemuro:geheim@127.0.0.1:1/nemuro"
    for command in (("status",), ("nightly",), ("doctor",), ("db", "hash")):
        answer = nemuro.with_settings(NEMURO_DATABASE_URL=address).run(*command)
        assert answer.exit == 2, (command, answer.all)
        assert "geheim" not in answer.all, command
        assert "Traceback" not in answer.all, command


def test_a_wrong_setting_is_named_with_where_it_came_from(nemuro: Nemuro) -> None:
    answer = nemuro.with_settings(NEMURO_SMTP_PORT="post").run("status")
    assert answer.exit == 2
    assert "NEMURO_SMTP_PORT (from environment)" in answer.err


# --- start-up -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [("status",), ("check",), ("explain", "g2-n1"), ("facts", "registry.births"), ("db", "hash"), ("nightly",)],
)
def test_neither_prefect_nor_pandas_is_imported_before_it_is_needed(first: Nemuro, command: tuple[str, ...]) -> None:
    warm = first.receive_night("2018-11-22") if command == ("nightly",) else first
    answer = warm.with_settings(PYTHONPROFILEIMPORTTIME="1").run(*command)
    assert answer.exit == 0
    imported = {line.rpartition("|")[2].strip() for line in answer.err.splitlines() if line.startswith("import time:")}
    assert "nemuro_etl.cli" in imported, "imports were not listed: nothing is proved"
    heavy = {"prefect", "pandas", "numpy", "requests"} & imported
    assert not heavy


# --- what messages recommend ----------------------------------------------------------------------------------------


def test_every_command_that_a_message_recommends_exists() -> None:
    command = typer.main.get_command(app)
    verbs = set(command.commands)  # type: ignore[attr-defined]
    texts = [*(CHECKOUT / "nemuro_etl").rglob("*.py"), *(CHECKOUT / "nemuro_etl").rglob("*.j2"), CHECKOUT / "README.md"]
    recommended = {
        (verb, path.name)
        for path in texts
        for verb in re.findall(r"(?<![\w/.-])nemuro ([a-z]{4,})\b", path.read_text(encoding="utf-8"))
    }
    assert len(recommended) > 10
    assert {(verb, name) for verb, name in recommended if verb not in verbs} == set()


def test_the_open_warnings_are_listed_with_their_owner(first_night: Nemuro) -> None:
    rows = first_night.listed("alerts", "list")
    told = {row["indicator"]: row for row in rows}
    assert len(told) == len(rows), "one line an indicator"
    assert "g3-n3" not in told, "an indicator with two memberships is told once"
    assert (told["g2-a1-3"]["department"], told["g2-a1-3"]["rating"]) == ("水産経済部", "behind")
    assert (told["g2-n1"]["fiscal_year"], told["g2-n1"]["told"]) == (2017, "2018-11-22")


def test_a_ratio_that_moves_by_its_denominator_alone_is_explained_so(nemuro: Nemuro, tmp_path: Path) -> None:
    file = tmp_path / "houkoku.csv"
    file.write_text(
        "indicator,fiscal_year,value,numerator,denominator,n,stage,evidence,remark\n"
        "g2-a3-1,2016,,724,28050,,,,\ng2-a3-1,2017,,724,26043,,,,\n",
        encoding="utf-8",
    )
    assert nemuro.ask("ingest", "returns", file).exit == 0
    (row,) = nemuro.ask("explain", "g2-a3-1", "--format", "json").rows
    assert row["numerator_effect"] == "0"
    assert row["denominator_effect"].startswith("1.989")
    text = nemuro.ask("explain", "g2-a3-1").out
    assert "分母の動きによるもの 1.9891件/千人。分母が動いたことだけで動いたように見えます" in text
