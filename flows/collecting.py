"""Collecting: every source side by side, in tasks of this process or in runs that any worker of the pool takes.

A source that fails, or hangs, stops no other. Of its steps only fetching is retried: a file that cannot be read now cannot
be read in a minute either. A source that is being collected is held in the warehouse by whoever does it, so that a run of
which Prefect says that it runs, while nobody holds its source, is known to be dead: it is ordered again.
"""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from prefect import flow, task
from prefect.artifacts import Artifact, create_progress_artifact, update_progress_artifact
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    FlowFilter,
    FlowFilterName,
    FlowRunFilter,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.deployments import run_deployment
from prefect.futures import PrefectFuture
from prefect.states import Cancelled, Cancelling, Crashed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows.house import opened_house
from nemuro_etl import errors, pipeline
from nemuro_etl.errors import Fault, SourceSilent, UsageWrong
from nemuro_etl.pipeline.originals import FileOutcome

log = logging.getLogger("nemuro_etl.flows")

SIDE_BY_SIDE: TaskRunner[PrefectFuture[Any]] = ThreadPoolTaskRunner(max_workers=4)  # type: ignore[assignment]
"""Sources at once; the annotation is what `flow` asks for, which Prefect's own runner does not declare."""

PATIENCE = {
    StateType.SCHEDULED: timedelta(minutes=10),
    StateType.PENDING: timedelta(minutes=5),
    StateType.RUNNING: timedelta(seconds=30),
}
"""How long an ordered run is waited for: until a worker takes it, until its process begins, and while nobody holds its
source, which it does from its first second to its last."""
ATTEMPTS = 3
"""How often a source is ordered when its worker dies."""
_COLLECTION = "collection"
"""The artifact with which a run tells its night what it collected."""
AT_ONCE = 200
"""Runs, and artifacts, that a server lists at once: it has to be told."""
_LOOKING = 1.0
"""Seconds between two looks at an ordered run."""
_TELLING = 5.0
"""Seconds before the page of a run tells what is read, and between two of its lines."""


def _may_come_right(_task: Any, _run: Any, state: Any) -> bool:
    """A publisher that does not answer may answer soon; a step that hangs has had its time."""
    return not isinstance(state.result(raise_on_failure=False), pipeline.StepHangs)


@task(
    task_run_name="{source_id}: fetch",
    retries=2,
    retry_delay_seconds=[30, 120],
    retry_jitter_factor=0.3,
    retry_condition_fn=_may_come_right,
)
def fetch(source_id: str) -> int:
    """Keep what the source's endpoints newly offer: how many originals."""
    with opened_house() as house:
        return pipeline.fetch_source(house, source_id)


@task(task_run_name="{source_id}: load")
def load(source_id: str, silence: Fault | None) -> pipeline.Collection:
    """Everything kept of the source and not loaded yet, read and loaded."""
    with opened_house() as house, _progress_artifact(source_id) as watcher, pipeline.watched_by(watcher):
        return pipeline.load_source(house, source_id, silence)


@contextmanager
def _progress_artifact(source_id: str) -> Iterator[pipeline.Watcher]:
    """What is read, on the page of the run, as soon as it takes long enough for somebody to look: part of the files."""
    artifact: Any = None
    due = time.monotonic() + _TELLING

    def write(part: float, text: str) -> None:
        nonlocal artifact, due
        due = time.monotonic() + _TELLING
        try:
            if artifact is None:
                artifact = create_progress_artifact(part, f"{source_id}-files", text)
            else:
                update_progress_artifact(artifact, part, text)
        except Exception as error:  # noqa: BLE001 - whatever ails the server, what is read is loaded
            log.warning("%s: its progress cannot be told: %s", source_id, error)
            due = float("inf")

    def tell(progress: pipeline.Progress | None) -> None:
        if progress is not None and time.monotonic() >= due:
            write(100 * (progress.number - 1) / progress.files, str(progress))

    yield tell
    if artifact is not None:
        write(100, f"{source_id}: every file was read")


def collect_here(source_ids: Sequence[str]) -> list[pipeline.Collection]:
    """Every source side by side in this process; one that could not be fetched is still loaded from its folder."""
    fetching = {source_id: fetch.submit(source_id) for source_id in source_ids}
    loading = []
    for source_id, future in fetching.items():
        silence = future.result(raise_on_failure=False)
        if isinstance(silence, BaseException) and not isinstance(silence, Fault):
            raise silence
        loading.append(load.submit(source_id, silence if isinstance(silence, Fault) else None))
    return [future.result() for future in loading]


# on whichever worker takes it


def collect_on_workers(source_ids: Sequence[str]) -> list[pipeline.Collection]:
    """Every source in a run of its own of the deployment `collect`, as many at once as in one process."""
    return [future.result() for future in [order.submit(source_id) for source_id in source_ids]]


@flow(name="collect", flow_run_name="{source_id}: collect", task_runner=SIDE_BY_SIDE)
def collect(source_id: str) -> None:
    """One source, for the night that ordered it and reads what became of it from this run's artifact.

    Args:
        source_id: Its name in config/sources/.
    """
    with opened_house() as house:
        if not house.warehouse.is_held():
            raise UsageWrong(
                what=f"collect: no night is in progress that would have ordered {source_id}.",
                expected="Expected: to be ordered by the flow nightly, which judges what was collected.",
                kept="Nothing was collected.",
                remedy=f"Order the deployment nightly/nightly, or run: nemuro collect {source_id}",
            )
        with house.warehouse.exclusive_run(source_id):
            (collection,) = collect_here([source_id])
            Artifact(type="json", key=_COLLECTION, data=_data_of(collection)).create()


def artifacts_of(client: SyncPrefectClient, run_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """What these runs left on the server to be looked at."""
    # not client.read_artifacts: in its synchronous form it sends nulls that the server refuses
    asked = {"artifacts": {"flow_run_id": {"any_": [str(run_id) for run_id in run_ids]}}, "limit": AT_ONCE}
    artifacts: list[dict[str, Any]] = client.request("POST", "/artifacts/filter", json=asked).json()
    return artifacts


@task(task_run_name="{source_id}: on a worker")
def order(source_id: str) -> pipeline.Collection:
    """The source as a worker collected it; silent when no worker took it, or its workers died time and again."""
    with opened_house() as house, get_client(sync_client=True) as client:
        for _ in range(ATTEMPTS):
            run_id = _begun(client, source_id) or _ordered(source_id)
            ended = _wait(client, run_id, lambda: house.warehouse.is_held(source_id))
            if ended.is_completed():
                return _collection_of(client, run_id, source_id)
            if not ended.is_crashed():
                break
    return pipeline.Collection(source_id, (), (_lost(source_id, run_id, ended),), ())


def _begun(client: SyncPrefectClient, source_id: str) -> UUID | None:
    """The run of the source that a night ordered which died before it: two of them would be in each other's way."""
    runs = runs_in(client, collect.name, StateType.SCHEDULED, StateType.PENDING, StateType.RUNNING)
    return next((run.id for run in runs if run.parameters == {"source_id": source_id}), None)


def runs_in(client: SyncPrefectClient, flow_name: str, *states: StateType) -> list[FlowRun]:
    """The runs of a flow in one of these states, the newest first."""
    return client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=[flow_name])),
        flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=list(states)))),
        sort=FlowRunSort.EXPECTED_START_TIME_DESC,
        limit=AT_ONCE,
    )


def _ordered(source_id: str) -> UUID:
    run = run_deployment(
        "collect/collect", parameters={"source_id": source_id}, flow_run_name=f"{source_id}: collect", timeout=0
    )
    assert isinstance(run, FlowRun)  # no coroutine: a task is no asynchronous context
    return run.id


def _wait(client: SyncPrefectClient, run_id: UUID, held: Callable[[], bool]) -> State[Any]:
    """The state with which the run ended, or in which it was given up."""
    begun = since = time.monotonic()
    before = None
    while not (state := _state(client, run_id)).is_final():
        now = time.monotonic()
        if state.type is not before:
            before, since = state.type, now
        if now - begun > (pipeline.FETCHING + pipeline.READING + PATIENCE[StateType.SCHEDULED]).total_seconds():
            return _give_up(client, run_id, Cancelling(message="It hangs."))
        if now - since > PATIENCE.get(state.type, PATIENCE[StateType.SCHEDULED]).total_seconds():
            if state.is_scheduled():
                return _give_up(client, run_id, Cancelled(message="No worker took it."))
            if not (state.is_running() and held()):
                return _give_up(client, run_id, Crashed(message="Its process died."))
            since = now
        time.sleep(_LOOKING)
    return state


def _state(client: SyncPrefectClient, run_id: UUID) -> State[Any]:
    state = client.read_flow_run(run_id).state
    assert state is not None  # every run of a deployment has been scheduled
    return state


def _give_up(client: SyncPrefectClient, run_id: UUID, state: State[Any]) -> State[Any]:
    client.set_flow_run_state(run_id, state, force=True)
    return state


def _lost(source_id: str, run_id: UUID, ended: State[Any]) -> Fault:
    return SourceSilent(
        what=f"{source_id}: it was not collected on any worker.",
        expected=f"Expected: a run that completes; found: {ended.name}. {ended.message or ''}".rstrip(),
        kept="What was loaded before stays; the other sources were not affected.",
        remedy=f"Look at: prefect flow-run logs {run_id} — then run: nemuro collect {source_id}",
    )


def _data_of(collection: pipeline.Collection) -> dict[str, Any]:
    """What a run hands to the night, as JSON: workers need not share a folder with results."""
    return {
        "files": collection.rows(),
        "faults": [
            {"kind": _kind(fault), "parts": [fault.what, fault.expected, fault.kept, fault.remedy]}
            for fault in collection.faults
        ],
        "remarks": collection.remarks,
    }


def _kind(fault: Fault) -> str:
    """The nearest of the faults of errors.py: those of a room of the house say nothing more to the night."""
    return next(kind.__name__ for kind in type(fault).__mro__ if kind.__module__ == errors.__name__)


def _collection_of(client: SyncPrefectClient, run_id: UUID, source_id: str) -> pipeline.Collection:
    (artifact,) = (each for each in artifacts_of(client, [run_id]) if each["key"] == _COLLECTION)
    data: Mapping[str, Any] = json.loads(artifact["data"])
    return pipeline.Collection(
        source_id,
        tuple(FileOutcome(**file) for file in data["files"]),
        tuple(getattr(errors, fault["kind"])(*fault["parts"]) for fault in data["faults"]),
        tuple(data["remarks"]),
    )
