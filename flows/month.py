"""The page about a month again, to be looked at: the night of a month's first business day is what mails it."""

from datetime import date
from typing import Annotated

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import flow_run
from pydantic import Field

from flows.house import opened_house
from nemuro_etl import pipeline


def _run_name() -> str:
    return f"page about {flow_run.parameters['month'] or 'the last month'}"


@flow(name="monthly", flow_run_name=_run_name)
def monthly(month: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] | None = None) -> str:
    """The headquarters' page about a month as it was recorded then; sends nothing.

    Args:
        month: 2018-11 is November 2018. Empty: the last month that is over.
    """
    with opened_house() as house:
        page = pipeline.monthly(house, None if month is None else date.fromisoformat(f"{month}-01"))
    create_markdown_artifact(f"```\n{page}\n```\n", key="month", description="As 推進本部 got it by mail")
    return page
