"""The main job: collect every source side by side → judge → warn → deliver.

The sources are collected in tasks of this process, or each on whichever worker takes it, as the deployment says. The night
as a whole is tried again when something else holds the warehouse, or the database was away: it goes on from what is there.
Prefect's state is never the truth: every step commits to the warehouse, whose run ledger says what happened.
"""

import sys
from datetime import date
from typing import Annotated, Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from pydantic import Field

from flows.collecting import SIDE_BY_SIDE, collect_here, collect_on_workers
from flows.house import opened_house, today
from nemuro_etl import pipeline
from nemuro_etl.errors import Exit, Fault


@task(task_run_name="judge, warn, deliver as of {as_of}", timeout_seconds=pipeline.READING.total_seconds())
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
def nightly(
    as_of: date | None = None, fiscal_year: FiscalYear | None = None, dry_run: bool = False, on_workers: bool = False
) -> int:
    """The night as `nemuro nightly` runs it, each source in tasks of its own; returns the exit code.

    Args:
        as_of: What was known at the end of this day (Tokyo). Empty: today.
        fiscal_year: Judge and tell this year only (2017 is 平成29年度). Empty: every year.
        dry_run: Collect, record and send nothing; would-be mails go to a folder.
        on_workers: Each source in a run of its own that any worker of the pool takes, not in this process.
    """
    with opened_house() as house, pipeline.run_of(house, "nightly", as_of, record=not dry_run) as run:
        collect = collect_on_workers if on_workers else collect_here
        collections = [] if dry_run else collect([source.id for source in house.catalog.sources])
        result = run.ended(conclude(collections, as_of or house.today, fiscal_year, dry_run))
        report = result.report(house)
        create_table_artifact(key="night", table=result.table(house), description=f"Night of {result.as_of}")
        create_markdown_artifact(_markdown(report, house), key="night-report", description=f"Night of {result.as_of}")
        print(report)
    return int(result.exit)


def _markdown(report: str, house: pipeline.House) -> str:
    home = house.settings.home.absolute()
    return f"```\n{report}\n```\n\n- originals: `{home / 'snapshots'}`\n- journal: `{home / 'journal.jsonl'}`\n"


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
