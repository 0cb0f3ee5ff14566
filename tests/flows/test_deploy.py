"""The deployments on a real Prefect server: what is registered, what workers and a served process do with it."""

import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import Nemuro, copy_config, finish
from tests.e2e.test_crash import unfinished_runs
from tests.flows.deployed import Deployed, held, wait_for
from tests.flows.test_flows import run_flow


def test_the_night_and_the_watchdog_are_due_by_their_cron_lines_in_tokyo(deployed: Deployed) -> None:
    assert deployed.apply().exit == 0, "it can be applied again"
    found = {row["name"]: row for row in deployed.observed.ask("deployments")}
    crons = {
        name: [(each["schedule"]["cron"], each["schedule"]["timezone"], each["active"]) for each in row["schedules"]]
        for name, row in found.items()
    }
    assert crons == {
        "nightly": [("30 2 * * *", "Asia/Tokyo", True)],
        "watchdog": [("0 5 * * *", "Asia/Tokyo", True)],
        "tend": [("*/10 2-5 * * *", "Asia/Tokyo", True)],
        "collect": [],
        "rerun": [],
        "backfill": [],
        "monthly": [],
    }
    for row in found.values():
        for name, parameter in row["parameter_openapi_schema"]["properties"].items():
            assert parameter["description"], (row["name"], name)

    def due() -> set[str]:
        scheduled = {"state": {"type": {"any_": ["SCHEDULED"]}}, "deployment_id": {"any_": [found["nightly"]["id"]]}}
        return {run["expected_start_time"][11:16] for run in deployed.observed.ask("flow_runs", flow_runs=scheduled)}

    wait_for(lambda: due() == {"17:30"}, lambda: f"the scheduler made no run at 17:30 UTC, 02:30 in Tokyo: {due()}")


def test_a_night_and_a_rerun_that_are_ordered_are_done_by_a_worker_as_by_the_command_line(
    deployed: Deployed, first_night: Nemuro
) -> None:
    with deployed.worker():
        deployed.wait(deployed.ordered("nightly/nightly"), "Completed")
        assert deployed.nemuro.hash() == first_night.hash()
        assert deployed.nemuro.letters() == first_night.letters()
        deployed.wait(deployed.ordered("rerun fiscal year/rerun", fiscal_year=2017, as_of="2018-11-22"), "Completed")
        assert deployed.nemuro.hash() == first_night.hash()
        assert deployed.nemuro.letters() == first_night.letters()


@pytest.mark.long
def test_a_backfill_and_the_watchdog_are_done_by_a_worker(deployed: Deployed, first_night: Nemuro) -> None:
    with deployed.worker():
        deployed.wait(deployed.ordered("watchdog/watchdog"), "Failed")
        deployed.wait(deployed.ordered("nightly/nightly"), "Completed")
        deployed.wait(deployed.ordered("backfill/backfill", first=2015, last=2019), "Completed")
        deployed.wait(deployed.ordered("watchdog/watchdog"), "Completed")
    assert deployed.nemuro.hash() == first_night.hash()
    assert deployed.nemuro.letters() == first_night.letters()


def test_a_served_process_runs_what_is_ordered(deployed: Deployed, first_night: Nemuro) -> None:
    with deployed.served():
        wait_for(lambda: nightly_of(deployed)["parameters"] == {"on_workers": False}, lambda: "nothing was registered")
        deployed.wait(deployed.ordered("nightly/nightly"), "Completed")
    assert deployed.nemuro.hash() == first_night.hash()
    # the schedule outlives the process: it is ended whenever the machine is restarted
    assert not nightly_of(deployed)["paused"]


def nightly_of(deployed: Deployed) -> dict[str, Any]:
    (nightly,) = [row for row in deployed.observed.ask("deployments") if row["name"] == "nightly"]
    return nightly


@pytest.mark.long
def test_a_night_that_was_ordered_while_there_were_workers_is_done_by_a_served_process(
    deployed: Deployed, first_night: Nemuro
) -> None:
    assert nightly_of(deployed)["parameters"] == {"on_workers": True}
    ordered = deployed.ordered("nightly/nightly")
    with deployed.served():
        deployed.wait(ordered, "Completed")
    assert deployed.nemuro.hash() == first_night.hash()


def test_a_night_that_finds_another_run_waits_and_does_no_harm(deployed: Deployed) -> None:
    assert deployed.nemuro.ask("status").exit == 0
    with held(deployed.nemuro), deployed.worker():
        night = deployed.ordered("nightly/nightly")
        state = deployed.wait(night, "AwaitingRetry")
        assert "another run holds the warehouse" in state["message"]
        rerun = {"id": deployed.ordered("rerun fiscal year/rerun", fiscal_year=2017)}

        def of_the_year() -> list[str]:
            return [task["state"]["name"] for task in deployed.observed.task_runs(rerun).values()]

        wait_for(lambda: of_the_year() == ["AwaitingRetry"], lambda: f"the rerun does not wait: {of_the_year()}")
        assert not deployed.nemuro.originals()
        assert not deployed.nemuro.letters()
    for run_id in (night, rerun["id"]):
        deployed.cancel(run_id)


@pytest.mark.long
@pytest.mark.parametrize("way", [Deployed.worker, Deployed.served])
def test_runs_that_waited_are_done_in_their_turn_each_once(
    deployed: Deployed, first_night: Nemuro, way: Callable[[Deployed], AbstractContextManager[int]]
) -> None:
    assert deployed.nemuro.ask("status").exit == 0
    with way(deployed):
        with held(deployed.nemuro):
            ordered = [deployed.ordered("nightly/nightly"), deployed.ordered("nightly/nightly")]
            for run_id in ordered:
                deployed.wait(run_id, "AwaitingRetry")
        for run_id in ordered:
            deployed.wait(run_id, "Completed")
    assert ended_runs(deployed.nemuro) == ["exit 0", "exit 0"]
    assert deployed.nemuro.hash() == first_night.hash()
    assert deployed.nemuro.letters() == first_night.letters()


def ended_runs(nemuro: Nemuro) -> list[str]:
    with sqlite3.connect(nemuro.home / "warehouse.db") as database:
        return [row[0] for row in database.execute("select status from run order by id")]


@pytest.mark.long
def test_a_night_that_is_killed_is_told_by_the_watchdog_and_finished_by_the_next(
    deployed: Deployed, first_night: Nemuro
) -> None:
    assert deployed.nemuro.ask("status").exit == 0
    with deployed.worker():
        killed = deployed.ordered("nightly/nightly")
        wait_for(lambda: bool(unfinished_runs(deployed.nemuro)), lambda: f"no night began: {deployed.state(killed)}")
        (process_id,) = unfinished_runs(deployed.nemuro)
        os.kill(process_id, signal.SIGKILL)
        deployed.wait(killed, "Crashed")
        answer = deployed.nemuro.ask("watchdog")
        assert answer.exit == 1
        assert f"(process {process_id} on " in answer.err
        assert "is dead" in answer.err
        deployed.wait(deployed.ordered("nightly/nightly"), "Completed")
    assert deployed.nemuro.hash() == first_night.hash()
    assert deployed.nemuro.letters() == first_night.letters()
    assert deployed.nemuro.ask("watchdog").exit == 0


@pytest.mark.parametrize(
    ("deployment", "parameters", "told"),
    [
        ("rerun fiscal year/rerun", {"fiscal_year": 1017}, "'fiscal_year'. Failure reason: 1017 is less than"),
        ("rerun fiscal year/rerun", {}, "'fiscal_year' is a required property"),
        ("backfill/backfill", {"first": "Heisei", "last": 2017}, "'first'"),
        ("watchdog/watchdog", {"max_age": "3x"}, "'max_age'"),
        ("monthly/monthly", {"month": "2018-13"}, "'month'"),
    ],
)
def test_wrong_parameters_are_refused_when_they_are_ordered(
    deployed: Deployed, deployment: str, parameters: dict[str, object], told: str
) -> None:
    answer = deployed.order(deployment, **parameters)
    assert answer.exit == 1, answer.all
    assert told in " ".join(answer.all.split())


def test_a_range_of_years_that_runs_backwards_is_refused(deployed: Deployed) -> None:
    program = "from flows.fiscal_year import backfill\nbackfill(2017, 2015)\n"
    answer = run_flow(deployed.nemuro, program)
    assert answer.exit == 1
    assert "backfill: last is FY2015, before first, FY2017" in answer.err


def test_a_source_that_hangs_is_given_up_and_stops_no_other(deployed: Deployed) -> None:
    program = (
        "from datetime import timedelta\n"
        "from threading import Event\n"
        "import flows.nightly as nights\n"
        "import nemuro_etl.pipeline.collecting as collecting\n"
        "load_all = collecting._load_all\n"
        "def hang(house, source):\n"
        "    if source.id == 'tourism':\n"
        "        Event().wait()\n"  # never returns to the interpreter: nothing can break it off
        "    return load_all(house, source)\n"
        "collecting._load_all = hang\n"
        "collecting.READING = timedelta(seconds=15)\n"
        "raise SystemExit(nights.main())\n"
    )
    answer = run_flow(deployed.nemuro, program)
    assert answer.exit == 5, answer.all
    assert answer.out.count("tourism: reading did not end and was given up") > 0
    # where to look is in the log
    assert "tourism: reading hangs here" in answer.err
    assert "in hang" in answer.err
    assert deployed.nemuro.judged(2017)["p2020-total"]["actual"] == "26399"
    (tourism,) = [row for row in deployed.nemuro.listed("sources") if row["source"] == "tourism"]
    assert tourism["condition"] == "fetch_failed"


@pytest.mark.parametrize("way", ["serve", "apply"])
def test_without_a_server_nothing_can_be_deployed(nemuro_without_server: Nemuro, way: str) -> None:
    answer = finish(nemuro_without_server.start_program([sys.executable, "-m", "flows.deploy", way]))
    assert answer.exit == 2
    assert "PREFECT_API_URL is not set" in answer.err


@pytest.fixture
def nemuro_without_server(tmp_path: Path) -> Nemuro:
    return Nemuro(tmp_path / "home")


@pytest.mark.long
def test_a_cron_line_fires(deployed: Deployed, first_night: Nemuro, tmp_path: Path) -> None:
    config = copy_config(tmp_path)
    schedules = config / "schedules.yml"
    schedules.write_text(schedules.read_text(encoding="utf-8").replace("30 2 * * *", "* * * * *"), encoding="utf-8")
    every_minute = Deployed(deployed.nemuro.with_settings(NEMURO_CONFIG=str(config)), deployed.observed)
    assert every_minute.apply().exit == 0
    try:
        with every_minute.worker():
            wait_for(lambda: bool(every_minute.nemuro.summaries()), lambda: "no night began by itself")
            wait_for(lambda: not unfinished_runs(every_minute.nemuro), lambda: "the night did not end")
    finally:
        assert deployed.apply().exit == 0
    assert every_minute.nemuro.hash() == first_night.hash()
