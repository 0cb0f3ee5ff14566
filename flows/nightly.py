"""The main job: collect every source side by side → judge → warn → deliver.

A source that fails, or hangs, stops no other. Of the steps only fetching is retried: a file that cannot be read now
cannot be read in a minute either. The night as a whole is tried again when something else holds the warehouse, or the
database was away: it goes on from what is there. Prefect's state is never the truth: every step commits to the warehouse,
whose run ledger says what happened.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Annotated, Any

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner
from pydantic import Field

from nemuro_etl import pipeline
from nemuro_etl.errors import Exit, Fault, SourceSilent
from nemuro_etl.model.period import tokyo_day
from nemuro_etl.model.span import span_text
from nemuro_etl.settings import configure_logging, read_settings

SIDE_BY_SIDE: TaskRunner[PrefectFuture[Any]] = ThreadPoolTaskRunner(max_workers=4)  # type: ignore[assignment]
"""Sources at once; the annotation is what `flow` asks for, which Prefect's own runner does not declare."""

FETCHING, READING = timedelta(minutes=20), timedelta(hours=1)
"""A source's step that takes longer hangs; both are well within the night's deadline in schedules.yml."""


@contextmanager
def opened_house() -> Iterator[pipeline.House]:
    """The house, opened anew in each task: tasks may run in other threads, processes and machines."""
    settings = read_settings()
    configure_logging(settings)
    house = pipeline.open_house(settings)
    try:
        yield house
    finally:
        house.close()


def today() -> date:
    """The Tokyo day of now: what `as_of` defaults to."""
    return tokyo_day(read_settings().clock())


@task(
    task_run_name="{source_id}: fetch",
    retries=2,
    retry_delay_seconds=[30, 120],
    retry_jitter_factor=0.3,
    timeout_seconds=FETCHING.total_seconds(),
)
def fetch(source_id: str) -> int:
    """Keep what the source's endpoints newly offer: how many originals."""
    with opened_house() as house:
        return pipeline.fetch_source(house, source_id)


@task(task_run_name="{source_id}: load", timeout_seconds=READING.total_seconds())
def load(source_id: str, silence: Fault | None) -> pipeline.Collection:
    """Everything kept of the source and not loaded yet, read and loaded."""
    with opened_house() as house:
        return pipeline.load_source(house, source_id, silence)


@task(task_run_name="judge, warn, deliver as of {as_of}", timeout_seconds=READING.total_seconds())
def conclude(
    collections: list[pipeline.Collection], as_of: date, fiscal_year: int | None, dry_run: bool
) -> pipeline.NightResult:
    """Everything judged, every change written down and told."""
    with opened_house() as house:
        return pipeline.conclude(house, collections, as_of=as_of, fiscal_year=fiscal_year, dry_run=dry_run)


def _run_name() -> str:
    from prefect.runtime import flow_run

    parameters: dict[str, Any] = flow_run.parameters
    night = parameters["as_of"] or today()
    sources = "rehearsal" if parameters["dry_run"] else "all sources"
    year = parameters["fiscal_year"]
    return f"night of {night}, {sources}, {'every fiscal year' if year is None else f'FY{year}'}"


FiscalYear = Annotated[int, Field(ge=2000, le=2100)]


@flow(name="nightly", flow_run_name=_run_name, task_runner=SIDE_BY_SIDE, retries=10, retry_delay_seconds=60)
def nightly(as_of: date | None = None, fiscal_year: FiscalYear | None = None, dry_run: bool = False) -> int:
    """The night as `nemuro nightly` runs it, each source in tasks of its own; returns the exit code.

    Args:
        as_of: What was known at the end of this day (Tokyo). Empty: today.
        fiscal_year: Judge and tell this year only (2017 is 平成29年度). Empty: every year.
        dry_run: Collect, record and send nothing; would-be mails go to a folder.
    """
    with opened_house() as house, pipeline.run_of(house, "nightly", as_of, record=not dry_run) as run:
        collections = [] if dry_run else _collect([source.id for source in house.catalog.sources])
        result = run.ended(conclude(collections, as_of or house.today, fiscal_year, dry_run))
        create_table_artifact(key="night", table=result.table(house), description=f"Night of {result.as_of}")
        print(result.report(house))
    return int(result.exit)


def _collect(source_ids: list[str]) -> list[pipeline.Collection]:
    """Every source side by side; one that could not be fetched is still loaded from its folder."""
    fetching = {source_id: fetch.submit(source_id) for source_id in source_ids}
    loading = {}
    for source_id, future in fetching.items():
        fetched = future.result(raise_on_failure=False)
        silence = _hung(source_id, "fetching", FETCHING) if isinstance(fetched, TimeoutError) else fetched
        if isinstance(silence, BaseException) and not isinstance(silence, Fault):
            raise silence
        loading[source_id] = load.submit(source_id, silence if isinstance(silence, Fault) else None)
    return [_loaded(source_id, future) for source_id, future in loading.items()]


def _loaded(source_id: str, future: PrefectFuture[pipeline.Collection]) -> pipeline.Collection:
    try:
        return future.result()
    except TimeoutError:
        return pipeline.Collection(source_id, (), (_hung(source_id, "reading", READING),), ())


def _hung(source_id: str, step: str, limit: timedelta) -> Fault:
    return SourceSilent(
        what=f"{source_id}: {step} did not end and was given up.",
        expected=f"Expected: an end within {span_text(limit)}.",
        kept="What was loaded before stays; the other sources were not affected.",
        remedy=f"Run: nemuro collect {source_id}",
    )


def main() -> int:
    """Run the night in this process, once; faults are told as on the command line."""
    try:
        return nightly.with_options(retries=0)()
    except Fault as fault:
        print(fault, file=sys.stderr)
        return int(fault.exit)
    except KeyboardInterrupt:
        return int(Exit.UNEXPECTED)


if __name__ == "__main__":
    sys.exit(main())
