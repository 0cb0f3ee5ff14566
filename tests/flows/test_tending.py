"""What is left on a Prefect server when processes die, and what has become old; no worker is needed to see it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from tests.flows.deployed import Deployed, held, wait_for
from tests.flows.test_flows import run_flow

TEND = (
    "from datetime import timedelta\n"
    "import flows.tending as tending\n"
    "tending._BETWEEN_LOOKS = timedelta(seconds=1)\n"
    "print(tending.tend())\n"
)
"""The flow as it is, but for the minute that it looks at a run."""


@pytest.fixture
def believed(deployed: Deployed) -> Callable[..., str]:
    """Makes a run of a deployment that the server believes to be in a state, and gives its id."""
    post = deployed.observed.post
    found = {row["name"]: row["id"] for row in deployed.observed.ask("deployments")}

    def make(deployment: str, state: str, due: datetime | None = None, **parameters: object) -> str:
        scheduled = {"type": "SCHEDULED", "state_details": {"scheduled_time": (due or datetime.now(UTC)).isoformat()}}
        run = post(f"deployments/{found[deployment]}/create_flow_run", {"parameters": parameters, "state": scheduled})
        if state != "SCHEDULED":
            post(f"flow_runs/{run['id']}/set_state", {"state": {"type": state}, "force": True})
        return str(run["id"])

    return make


def test_a_night_that_nobody_works_on_is_scheduled_anew_and_a_dead_source_is_not(
    deployed: Deployed, believed: Callable[..., str]
) -> None:
    night, begun = believed("nightly", "RUNNING"), believed("nightly", "PENDING")
    source = believed("collect", "RUNNING", source_id="census")
    rerun = believed("rerun", "RUNNING", fiscal_year=2017)
    answer = run_flow(deployed.nemuro, TEND)
    assert answer.exit == 0, answer.all
    states = [deployed.state(run_id)["name"] for run_id in (night, begun, source, rerun)]
    # a rerun may be waiting for its turn
    assert states == ["AwaitingRetry", "AwaitingRetry", "Crashed", "Running"]
    assert "3 dead runs" in answer.out


def test_a_rerun_that_began_too_long_ago_to_be_waiting_has_died(
    deployed: Deployed, believed: Callable[..., str]
) -> None:
    began = [believed("rerun", "RUNNING", fiscal_year=2017), believed("backfill", "RUNNING", first=2015, last=2019)]
    answer = run_flow(deployed.nemuro, TEND.replace("print", "tending._WAITING = timedelta(0)\nprint"))
    assert answer.exit == 0, answer.all
    assert [deployed.state(run_id)["name"] for run_id in began] == ["Crashed", "Crashed"]


def test_of_those_that_became_late_in_an_outage_one_is_enough(deployed: Deployed, believed: Callable[..., str]) -> None:
    late, due = (believed("tend", "SCHEDULED", datetime.now(UTC) + timedelta(hours=hours)) for hours in (-1, 1))
    told = {"state": {"type": "SCHEDULED", "name": "Late"}, "force": True}
    deployed.observed.post(f"flow_runs/{late}/set_state", told)
    answer = run_flow(deployed.nemuro, TEND)
    assert answer.exit == 0, answer.all
    assert [deployed.state(run_id)["name"] for run_id in (late, due)] == ["Cancelled", "Scheduled"]


def test_a_night_that_holds_the_warehouse_is_left_alone(deployed: Deployed, believed: Callable[..., str]) -> None:
    assert deployed.nemuro.ask("status").exit == 0
    night = believed("nightly", "RUNNING")
    with held(deployed.nemuro):
        answer = run_flow(deployed.nemuro, TEND)
    assert "0 dead runs" in answer.out, answer.all
    assert deployed.state(night)["name"] == "Running"


def test_a_night_that_brings_every_worker_down_is_not_begun_for_ever(
    deployed: Deployed, believed: Callable[..., str]
) -> None:
    night = believed("nightly", "RUNNING")
    for _ in range(10):
        for state in ("SCHEDULED", "RUNNING"):
            deployed.observed.post(f"flow_runs/{night}/set_state", {"state": {"type": state}, "force": True})
    answer = run_flow(deployed.nemuro, TEND)
    assert answer.exit == 0, answer.all
    assert deployed.state(night)["name"] == "Crashed"


def test_runs_that_are_older_than_they_are_kept_are_forgotten_with_what_belongs_to_them(
    deployed: Deployed, believed: Callable[..., str]
) -> None:
    now = datetime.now(UTC)
    old, young = (believed("nightly", "COMPLETED", now - timedelta(days=days)) for days in (31, 29))
    waiting = believed("nightly", "SCHEDULED", now - timedelta(days=31))
    log = {"name": "a", "level": 20, "message": "said", "timestamp": now.isoformat()}
    for run_id in (old, young):
        deployed.observed.post("artifacts/", {"key": "night", "type": "table", "data": "[]", "flow_run_id": run_id})
        deployed.observed.post("task_runs/", {"flow_run_id": run_id, "task_key": "a", "dynamic_key": "a", "name": "a"})
        deployed.observed.post("logs/", [{**log, "flow_run_id": run_id}])
    answer = run_flow(deployed.nemuro, TEND)
    assert answer.exit == 0, answer.all
    assert "1 old runs forgotten" in answer.out

    def left(what: str) -> set[str]:
        belongs = {what: {"flow_run_id": {"any_": [old, young]}}}
        return {row["flow_run_id"] for row in deployed.observed.ask(what, **belongs)}

    runs = deployed.observed.ask("flow_runs", flow_runs={"id": {"any_": [old, young, waiting]}})
    assert {run["id"] for run in runs} == {young, waiting}
    assert left("artifacts") == left("task_runs") == {young}
    wait_for(lambda: left("logs") == {young}, lambda: "the logs of a forgotten run stay")


def test_a_night_without_a_free_worker_tells_its_sources_as_silent_and_ends(deployed: Deployed) -> None:
    program = (
        "from datetime import timedelta\n"
        "import flows.collecting as collecting\n"
        "from flows.nightly import nightly\n"
        "collecting.PATIENCE = dict.fromkeys(collecting.PATIENCE, timedelta(seconds=2))\n"
        "raise SystemExit(nightly(on_workers=True))\n"
    )
    answer = run_flow(deployed.nemuro, program)
    assert answer.exit == 5, answer.all
    sources = [row["source"] for row in deployed.nemuro.listed("sources")]
    told = [f"{source}: it was not collected on any worker." for source in sources]
    assert [line for line in told if line not in answer.out] == []
    assert "found: Cancelled. No worker took it." in answer.out
    ordered = deployed.observed.ask("flow_runs", deployments={"name": {"any_": ["collect"]}})
    assert "Scheduled" not in {run["state_name"] for run in ordered}
