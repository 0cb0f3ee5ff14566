"""The deployments of a Prefect server, from config/schedules.yml alone: two ways to run them.

    python -m flows.deploy serve    registers them, and runs what is due on this one machine
    python -m flows.deploy apply    registers them for workers: prefect worker start --pool nemuro --type process

The night of the workers hands each source to whichever of them takes it. It keeps a worker's slot while it waits: with
fewer than two together its sources are told as silent. A served process takes those sources too: a night may have been
ordered while there were workers. No limit of Prefect's own is set: a process that is killed would keep its place in it.

One run at a time: whoever comes second finds the warehouse's own lock taken, by whatever holds it, and waits its turn.
"""

import argparse
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from prefect import Flow, serve
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.deployments.runner import RunnerDeployment
from prefect.exceptions import ObjectAlreadyExists
from prefect.schedules import Cron
from prefect.types.entrypoint import EntrypointType

from flows.collecting import collect
from flows.fiscal_year import backfill, rerun
from flows.month import monthly
from flows.nightly import nightly
from flows.tending import tend
from flows.watching import watchdog
from nemuro_etl.catalog import load_schedules
from nemuro_etl.catalog.calendar import TIMEZONE
from nemuro_etl.errors import Fault, UsageWrong
from nemuro_etl.settings import prefect_api, read_settings

POOL = "nemuro"
_AT_ONCE = 4
"""Runs that one served process has in hand: a night, and those that wait for it."""


def deployments(*, on_workers: bool) -> list[RunnerDeployment]:
    """What is due by a cron line, and what is run on demand. Raises ConfigurationWrong."""
    schedules = load_schedules(read_settings().config)
    return [
        _deployment(nightly, "nightly", schedules.nightly, on_workers=on_workers),
        _deployment(rerun, "rerun"),
        _deployment(backfill, "backfill"),
        _deployment(monthly, "monthly"),
        _deployment(watchdog, "watchdog", schedules.watchdog),
        _deployment(tend, "tend", schedules.tending, keep_days=schedules.keep_days),
        _deployment(collect, "collect"),
    ]


def _deployment(flow: Flow[Any, Any], name: str, cron: str | None = None, **parameters: object) -> RunnerDeployment:
    # by its module's name: the flows import one another, and a worker finds them in this checkout's environment
    return RunnerDeployment.from_flow(
        flow,
        name=name,
        schedule=None if cron is None else Cron(cron, timezone=TIMEZONE),
        parameters=parameters,
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def serve_all() -> None:
    """Register and run in this process until it is ended; the schedules stay active while it is restarted."""
    serve(*deployments(on_workers=False), pause_on_shutdown=False, limit=_AT_ONCE)


def apply_all() -> None:
    """Register for the workers of the pool, which is made if need be. They find this folder at the same path."""
    with get_client(sync_client=True) as client, suppress(ObjectAlreadyExists):
        client.create_work_pool(WorkPoolCreate(name=POOL, type="process"))
    for deployment in deployments(on_workers=True):
        deployment.job_variables = {"working_dir": str(Path.cwd())}
        deployment.apply(work_pool_name=POOL)
        print(f"{deployment.full_name}: registered for the pool {POOL}")


def main(arguments: list[str] | None = None) -> int:
    """Serve or apply; faults are told as on the command line."""
    parser = argparse.ArgumentParser(prog="python -m flows.deploy", description=__doc__)
    parser.add_argument("way", choices=("serve", "apply"))
    way = parser.parse_args(arguments).way
    try:
        _require_server(way)
        (serve_all if way == "serve" else apply_all)()
    except Fault as fault:
        print(fault, file=sys.stderr)
        return int(fault.exit)
    return 0


def _require_server(way: str) -> None:
    if prefect_api() is None:
        raise UsageWrong(
            what=f"python -m flows.deploy {way}: PREFECT_API_URL is not set.",
            expected="Expected: the address of a Prefect server: an embedded one schedules nothing.",
            kept="Nothing was registered.",
            remedy="Run: prefect server start — then set PREFECT_API_URL=http://127.0.0.1:4200/api",
        )


if __name__ == "__main__":
    sys.exit(main())
