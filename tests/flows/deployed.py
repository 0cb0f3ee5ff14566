"""Deployments of a home on a real Prefect server, and what is done with them."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.e2e.command import Answer, Nemuro, finish
from tests.flows.test_flows import Observed

QUIET = {"DO_NOT_TRACK": "1", "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
PREFECT = str(Path(sys.executable).with_name("prefect"))
PATIENCE = 300
"""Seconds: a worker and its runs start Prefect anew each time, on a machine that may be busy."""


@dataclass(frozen=True)
class Deployed:
    """A home whose flows are deployed on the server."""

    nemuro: Nemuro
    observed: Observed

    def apply(self) -> Answer:
        return finish(self.nemuro.start_program([sys.executable, "-m", "flows.deploy", "apply"]))

    def order(self, deployment: str, **parameters: object) -> Answer:
        """What `prefect deployment run` answers."""
        given = [part for name, value in parameters.items() for part in ("-p", f"{name}={value}")]
        return finish(self.nemuro.start_program([PREFECT, "--no-prompt", "deployment", "run", deployment, *given]))

    def ordered(self, deployment: str, **parameters: object) -> str:
        """The id of the flow run that was ordered."""
        answer = self.order(deployment, **parameters)
        assert answer.exit == 0, answer.all
        return answer.out.split("UUID: ")[1].split()[0]

    def state(self, run_id: str) -> dict[str, Any]:
        (run,) = self.observed.ask("flow_runs", flow_runs={"id": {"any_": [run_id]}})
        state = run["state"]
        assert isinstance(state, dict)
        return state

    def wait(self, run_id: str, *names: str) -> dict[str, Any]:
        """The state of a flow run as soon as it has one of these names."""
        ended = {"Completed", "Failed", "Crashed", "Cancelled"}
        wait_for(lambda: self.state(run_id)["name"] in ended.union(names), lambda: str(self.state(run_id)))
        state = self.state(run_id)
        assert state["name"] in names, f"{state}\n{(self.nemuro.home / 'process.log').read_text()}"
        return state

    def cancel(self, run_id: str) -> None:
        """Nobody who serves these deployments later takes the run up."""
        told = {"state": {"type": "CANCELLED"}, "force": True}
        self.observed.post(f"flow_runs/{run_id}/set_state", told)

    def cancel_rest(self) -> None:
        """As `cancel`, whatever is left of what was ordered or begun: homes come and go, and the server stays."""
        left = {"state": {"type": {"any_": ["SCHEDULED", "PENDING", "RUNNING"]}}}
        for run in self.observed.ask("flow_runs", flow_runs=left):
            if run["deployment_id"] is not None and not (run["auto_scheduled"] and run["state_name"] == "Scheduled"):
                self.cancel(run["id"])

    @contextmanager
    def process(self, *program: str) -> Iterator[int]:
        """A worker or a served process, by its id, as long as the block runs; the runs that it started end with it."""
        with (self.nemuro.home / "process.log").open("a") as log:
            process = subprocess.Popen(
                program,
                env=self.nemuro.environment,
                cwd=self.nemuro.home,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield process.pid
            ended = process.poll()
            assert ended in (None, -signal.SIGKILL), (self.nemuro.home / "process.log").read_text()
        finally:
            # each run has a session of its own, and would go on in the next test
            started = processes_below(process.pid)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            for process_id in {*started, *processes_below(process.pid)}:
                with suppress(ProcessLookupError):
                    os.kill(process_id, signal.SIGKILL)
            process.wait()

    def worker(self, name: str = "the worker") -> AbstractContextManager[int]:
        limited = ("--name", name, "--limit", "3")
        return self.process(PREFECT, "worker", "start", "--pool", "nemuro", "--type", "process", *limited)

    def served(self) -> AbstractContextManager[int]:
        return self.process(sys.executable, "-m", "flows.deploy", "serve")


def processes_below(ancestor: int) -> list[int]:
    """The ids of a process and of all that it started, and they in turn."""
    parents = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(status.parent.name)] = int(status.read_text().rsplit(")", 1)[1].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
    found = [ancestor]
    for process_id in found:
        found += [child for child, parent in parents.items() if parent == process_id]
    return found


def wait_for(happened: Callable[[], bool], otherwise: Callable[[], str]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, otherwise()
        time.sleep(0.05)


@contextmanager
def deploy(nemuro: Nemuro, prefect_api: str) -> Iterator[Deployed]:
    """The flows of a home deployed for workers, who look for work every second; what is left of them is cancelled."""
    settings = {
        **QUIET,
        "PREFECT_API_URL": prefect_api,
        "PREFECT_HOME": str(nemuro.home.parent / "prefect"),
        "PREFECT_WORKER_QUERY_SECONDS": "1",
    }
    deployed = Deployed(nemuro.with_settings(**settings), Observed(prefect_api))
    answer = deployed.apply()
    assert answer.exit == 0, answer.all
    try:
        yield deployed
    finally:
        deployed.cancel_rest()


@contextmanager
def held(nemuro: Nemuro) -> Iterator[None]:
    """The warehouse as long as another run holds it."""
    with (nemuro.home / "warehouse.db.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
