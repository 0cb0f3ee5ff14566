"""Rerun one fiscal year from what is recorded, or backfill a range of years. Sends nothing unless asked.

A year that finds the warehouse held by another run waits for its turn.
"""

from datetime import date
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.runtime import flow_run

from flows.house import opened_house, today
from flows.nightly import FiscalYear
from nemuro_etl import pipeline
from nemuro_etl.errors import AnotherRunInProgress, UsageWrong


def _rerun_name() -> str:
    parameters = flow_run.parameters
    return f"rerun FY{parameters['fiscal_year']} as of {parameters['as_of'] or today()}"


def _backfill_name() -> str:
    parameters = flow_run.parameters
    return f"backfill FY{parameters['first']}-FY{parameters['last']} as of {parameters['as_of'] or today()}"


def _held_by_another(_task: Any, _run: Any, state: Any) -> bool:
    return isinstance(state.result(raise_on_failure=False), AnotherRunInProgress)


@task(
    task_run_name="FY{fiscal_year} as of {as_of}",
    retries=20,
    retry_delay_seconds=60,
    retry_condition_fn=_held_by_another,
    timeout_seconds=pipeline.READING.total_seconds(),
)
def rerun_year(fiscal_year: int, as_of: date, send: bool) -> list[dict[str, object]]:
    """The evaluations of one fiscal year, as `nemuro rerun --format json` lists them."""
    with opened_house() as house:
        return [each.as_json() for each in pipeline.rerun(house, fiscal_year, as_of=as_of, send=send)]


@flow(name="rerun fiscal year", flow_run_name=_rerun_name)
def rerun(fiscal_year: FiscalYear, as_of: date | None = None, send: bool = False) -> list[dict[str, object]]:
    """One fiscal year recomputed from what is recorded; the table artifact lists every row.

    Args:
        fiscal_year: The year in which it begins: 2017 is 平成29年度.
        as_of: What was known at the end of this day (Tokyo). Empty: today.
        send: Also warn and send, as a night would.
    """
    evaluations = rerun_year(fiscal_year, as_of or today(), send)
    shown = ("indicator", "name", "rating", "data_state", "actual", "expected", "target", "unit")
    create_table_artifact(key=f"fy{fiscal_year}", table=[{name: each[name] for name in shown} for each in evaluations])
    return evaluations


@flow(name="backfill", flow_run_name=_backfill_name)
def backfill(first: FiscalYear, last: FiscalYear, as_of: date | None = None) -> dict[int, int]:
    """Every fiscal year from `first` to `last` recomputed, one after the other: rows evaluated by year. Sends nothing.

    Args:
        first: The first fiscal year: 2015 is 平成27年度.
        last: The last one, not before the first.
        as_of: What was known at the end of this day (Tokyo). Empty: today.
    """
    if last < first:
        raise UsageWrong(
            what=f"backfill: last is FY{last}, before first, FY{first}.",
            expected="Expected: a range that goes forward.",
            kept="Nothing was recomputed.",
            remedy="Order it again with the two exchanged.",
        )
    return {year: len(rerun_year(year, as_of or today(), send=False)) for year in range(first, last + 1)}
