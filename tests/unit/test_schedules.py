"""Schedules and spans of time, and what the watchdog makes of a run ledger."""

import os
import platform
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from nemuro_etl.catalog import load_schedules
from nemuro_etl.errors import ConfigurationWrong
from nemuro_etl.model.period import TOKYO
from nemuro_etl.model.span import span_of, span_text
from nemuro_etl.pipeline.watching import find_late, find_stuck, nights_of
from nemuro_etl.warehouse import Run

CONFIG = Path(__file__).parents[2] / "config"
NOW = datetime(2018, 11, 23, 5, 0, tzinfo=TOKYO)
LAST_NIGHT, NIGHT_BEFORE = datetime(2018, 11, 23, 2, 30, tzinfo=TOKYO), datetime(2018, 11, 22, 2, 30, tzinfo=TOKYO)
DEADLINE, MAX_AGE = timedelta(hours=3), timedelta(hours=26)
NOBODY = 2**22 + 1
"""A process id above what Linux gives out."""


def a_run(started_at: datetime, status: str = "exit 0", **changed: object) -> Run:
    """A run of a minute; `running` has no end."""
    told = {
        "id": started_at.day,
        "kind": "nightly",
        "started_at": started_at,
        "finished_at": None if status == "running" else started_at + timedelta(minutes=1),
        "as_of": started_at.astimezone(TOKYO).date(),
        "status": status,
        "host": platform.node(),
        "process_id": os.getpid(),
        "summary": {},
    }
    return Run(**{**told, **changed})  # type: ignore[arg-type]


def found(*runs: Run, now: datetime = NOW) -> list[str]:
    """The keys of the incidents in a ledger, newest run first."""
    nights = nights_of(runs, now)
    incidents = (find_stuck(nights, now, DEADLINE, "nemuro"), find_late(nights, now, MAX_AGE, "nemuro"))
    return [incident.key for incident in incidents if incident is not None]


def test_the_schedules_of_the_config_are_read() -> None:
    schedules = load_schedules(CONFIG)
    assert (schedules.nightly, schedules.watchdog) == ("30 2 * * *", "0 5 * * *")
    assert schedules.deadline == timedelta(hours=3)
    assert (schedules.tending, schedules.keep_days) == ("*/10 2-5 * * *", 30)


def test_schedules_are_read_whatever_is_wrong_elsewhere_and_a_fault_of_theirs_is_told(tmp_path: Path) -> None:
    text = (CONFIG / "schedules.yml").read_text(encoding="utf-8")
    (tmp_path / "schedules.yml").write_text(text, encoding="utf-8")
    assert load_schedules(tmp_path) == load_schedules(CONFIG)
    (tmp_path / "schedules.yml").write_text(text.replace("deadline: 3h", "deadline: soon"), encoding="utf-8")
    with pytest.raises(ConfigurationWrong, match="nightly.deadline: 'soon' is no span of time"):
        load_schedules(tmp_path)


@pytest.mark.parametrize(("days", "told"), [("0", "0 is below 1"), ("30d", "'30d' is not a whole number")])
def test_runs_are_kept_for_whole_days_and_at_least_one(tmp_path: Path, days: str, told: str) -> None:
    text = (CONFIG / "schedules.yml").read_text(encoding="utf-8")
    (tmp_path / "schedules.yml").write_text(text.replace("keep_days: 30", f"keep_days: {days}"), encoding="utf-8")
    with pytest.raises(ConfigurationWrong, match=f"tending.keep_days: {told}") as refused:
        load_schedules(tmp_path)
    assert str(refused.value).count("tending.keep_days") == 1


@pytest.mark.parametrize(
    ("text", "span"),
    [("26h", timedelta(hours=26)), ("90m", timedelta(minutes=90)), ("2d", timedelta(days=2))],
)
def test_a_span_is_a_number_with_its_unit(text: str, span: timedelta) -> None:
    assert span_of(text) == span


@pytest.mark.parametrize("text", ["", "26", "h", "0h", "-1h", "1.5h", "26 h", "26H", "2w", "１h", "99999d"])
def test_anything_else_is_no_span(text: str) -> None:
    with pytest.raises(ValueError, match="no span of time"):
        span_of(text)


@pytest.mark.parametrize(
    ("minutes", "text"), [(0, "0 min"), (59, "59 min"), (90, "1 h 30 min"), (26 * 60, "26 h"), (50 * 60 + 5, "2 d 2 h")]
)
def test_a_span_is_said_as_a_person_says_it(minutes: int, text: str) -> None:
    assert span_text(timedelta(minutes=minutes)) == text


@pytest.mark.parametrize("status", ["exit 0", "exit 3", "exit 4", "exit 5"])
def test_a_night_that_came_to_its_end_is_well_whatever_its_exit_code(status: str) -> None:
    assert found(a_run(LAST_NIGHT, status)) == []


def test_a_night_that_failed_counts_for_nothing() -> None:
    assert found(a_run(LAST_NIGHT, "failed"), a_run(NIGHT_BEFORE)) == ["late 22"]


def test_an_empty_ledger_is_late() -> None:
    assert found() == ["late never"]


def test_the_age_is_exact_to_the_second() -> None:
    ended = NIGHT_BEFORE + timedelta(minutes=1)
    assert found(a_run(NIGHT_BEFORE), now=ended + MAX_AGE) == []
    assert found(a_run(NIGHT_BEFORE), now=ended + MAX_AGE + timedelta(seconds=1)) == ["late 22"]


def test_neither_other_runs_nor_nights_of_another_day_nor_of_the_future_count() -> None:
    others = (
        a_run(LAST_NIGHT, kind="collect"),
        a_run(LAST_NIGHT, as_of=date(2018, 3, 31)),
        a_run(datetime(2030, 1, 1, tzinfo=TOKYO)),
    )
    assert found(*others) == ["late never"]


def test_a_night_whose_process_is_gone_is_dead_until_another_begins() -> None:
    dead = a_run(LAST_NIGHT, "running", process_id=NOBODY)
    assert found(dead, a_run(NIGHT_BEFORE)) == ["dead 23", "late 22"]
    assert found(dead, a_run(NIGHT_BEFORE), now=LAST_NIGHT + timedelta(minutes=1)) == ["dead 23"]
    assert found(a_run(LAST_NIGHT + timedelta(hours=1)), dead) == []


def test_a_process_of_another_machine_cannot_be_seen_but_its_deadline_can() -> None:
    elsewhere = a_run(LAST_NIGHT, "running", host="elsewhere", process_id=NOBODY)
    ended = a_run(NIGHT_BEFORE)
    assert found(elsewhere, ended, now=LAST_NIGHT + DEADLINE)[:1] == ["late 22"]
    assert found(elsewhere, ended, now=LAST_NIGHT + DEADLINE + timedelta(seconds=1)) == ["hung 23", "late 22"]


def test_a_night_that_runs_is_well_within_its_deadline() -> None:
    running = a_run(LAST_NIGHT, "running")
    assert found(running, a_run(NIGHT_BEFORE), now=LAST_NIGHT + timedelta(minutes=30)) == []
    assert found(running, now=LAST_NIGHT + DEADLINE + timedelta(minutes=1)) == ["hung 23", "late never"]
