"""Rerun one fiscal year from what is recorded, or backfill a range of years. Sends nothing unless asked."""

from datetime import date

from prefect import flow, task
from prefect.artifacts import create_table_artifact
from prefect.runtime import flow_run

from flows.nightly import opened_house, today
from nemuro_etl import pipeline


def _rerun_name() -> str:
    parameters = flow_run.parameters
    return f"rerun FY{parameters['fiscal_year']} as of {parameters['as_of'] or today()}"


def _backfill_name() -> str:
    parameters = flow_run.parameters
    return f"backfill FY{parameters['first']}-FY{parameters['last']} as of {parameters['as_of'] or today()}"


@task(task_run_name="FY{fiscal_year} as of {as_of}")
def rerun_year(fiscal_year: int, as_of: date, send: bool) -> list[dict[str, object]]:
    """The evaluations of one fiscal year, as `nemuro rerun --format json` lists them."""
    with opened_house() as house:
        return [each.as_json() for each in pipeline.rerun(house, fiscal_year, as_of=as_of, send=send)]


@flow(name="rerun fiscal year", flow_run_name=_rerun_name)
def rerun(fiscal_year: int, as_of: date | None = None, send: bool = False) -> list[dict[str, object]]:
    """One fiscal year recomputed; the table artifact lists every row."""
    evaluations = rerun_year(fiscal_year, as_of or today(), send)
    shown = ("indicator", "name", "rating", "data_state", "actual", "expected", "target", "unit")
    create_table_artifact(key=f"fy{fiscal_year}", table=[{name: each[name] for name in shown} for each in evaluations])
    return evaluations


@flow(name="backfill", flow_run_name=_backfill_name)
def backfill(first: int, last: int, as_of: date | None = None) -> dict[int, int]:
    """Every fiscal year from `first` to `last` recomputed, one after the other: rows evaluated by year."""
    return {year: len(rerun_year(year, as_of or today(), send=False)) for year in range(first, last + 1)}
