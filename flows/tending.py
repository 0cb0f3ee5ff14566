"""Tending: what a Prefect server does not do by itself. Nights whose worker died are taken up, old runs are forgotten."""

import time
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from prefect import flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import TERMINAL_STATES, FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.runtime import flow_run
from prefect.states import AwaitingRetry, Cancelled, Crashed
from pydantic import Field

from flows.collecting import AT_ONCE, artifacts_of, collect, runs_in
from flows.fiscal_year import backfill, rerun
from flows.house import opened_house
from flows.nightly import nightly
from nemuro_etl import pipeline

_BETWEEN_LOOKS = timedelta(minutes=1)
"""A run that is well holds what it works on within this time of its beginning, and reports its end within it."""
_WAITING = timedelta(hours=3)
"""A rerun waits for its turn without holding anything: only one that began longer ago is suspected."""


@flow(name="tend", flow_run_name="tending")
def tend(keep_days: Annotated[int, Field(ge=1)] = 30) -> str:
    """Has dead nights finished by another worker, and forgets old runs with their logs and artifacts: what was done.

    Args:
        keep_days: For how long the server remembers runs. The warehouse's own ledger of them forgets nothing.
    """
    with opened_house() as house, get_client(sync_client=True) as client:
        _drop_late(client)
        taken_up = [_take_up(client, run) for run in _dead(client, house)]
        forgotten = _forget(client, timedelta(days=keep_days))
    return f"{len(taken_up)} dead runs{''.join(f'; {each}' for each in taken_up)}; {forgotten} old runs forgotten"


def _drop_late(client: SyncPrefectClient) -> None:
    """After an outage of the workers one tending does: the others that were due meanwhile are cancelled."""
    for run in runs_in(client, tend.name, StateType.SCHEDULED):
        if run.state_name == "Late":
            client.set_flow_run_state(run.id, Cancelled(message="A later one did it."), force=True)


def _dead(client: SyncPrefectClient, house: pipeline.House) -> list[FlowRun]:
    """The runs that the server believes in while nobody holds what they work on, at two looks."""
    if not (suspects := _suspects(client, house)):
        return []
    time.sleep(_BETWEEN_LOOKS.total_seconds())
    still = {_look(run) for run in _suspects(client, house)}
    return [run for run in suspects if _look(run) in still]


def _look(run: FlowRun) -> tuple[Any, Any]:
    return run.id, run.state_id


def _suspects(client: SyncPrefectClient, house: pipeline.House) -> list[FlowRun]:
    begun = (StateType.PENDING, StateType.RUNNING)
    runs = [run for name in (nightly.name, collect.name) for run in runs_in(client, name, *begun)]
    old = flow_run.scheduled_start_time - _WAITING
    for name in (rerun.name, backfill.name):
        runs += [
            run for run in runs_in(client, name, *begun) if (run.start_time or run.expected_start_time or old) < old
        ]
    # of a run without a deployment no worker knows
    return [run for run in runs if run.deployment_id and not house.warehouse.is_held(_source_of(run))]


def _source_of(run: FlowRun) -> str | None:
    """The source that a collection holds in the warehouse; None of the others, which hold all of it."""
    source_id = run.parameters.get("source_id")
    return None if source_id is None else str(source_id)


def _take_up(client: SyncPrefectClient, run: FlowRun) -> str:
    """A dead night is scheduled anew, for any worker. A dead collection is not: its night orders what it needs; nor a dead
    rerun: whoever ordered it may have done so again.

    One that brings every worker down is not given to the next for ever: its deaths count as its retries.
    """
    anew = run.flow_id == client.read_flow_by_name(nightly.name).id and run.run_count <= (nightly.retries or 0)
    message = "Its process died."
    client.set_flow_run_state(run.id, AwaitingRetry(message=message) if anew else Crashed(message=message), force=True)
    return f"{run.name}: {'taken up' if anew else 'crashed'}"


def _forget(client: SyncPrefectClient, keep: timedelta) -> int:
    """How many runs were deleted: all that ended and were due longer ago. Their tasks and logs go with them."""
    due = flow_run.scheduled_start_time
    old = FlowRunFilter(
        expected_start_time=FlowRunFilterExpectedStartTime(before_=due - keep),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(TERMINAL_STATES))),
    )
    forgotten = 0
    while runs := client.read_flow_runs(flow_run_filter=old, sort=FlowRunSort.EXPECTED_START_TIME_ASC, limit=AT_ONCE):
        while artifacts := artifacts_of(client, [run.id for run in runs]):
            for artifact in artifacts:
                client.delete_artifact(UUID(artifact["id"]))
        for run in runs:
            client.delete_flow_run(run.id)
        forgotten += len(runs)
    return forgotten
