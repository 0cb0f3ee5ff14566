"""The page about a month again, to be looked at: the night of a month's first business day is what mails it."""

from datetime import date
from typing import Annotated

from prefect import flow
from prefect.artifacts import create_markdown_artifact
from pydantic import Field

from flows.house import opened_house
from nemuro_etl import pipeline


@flow(name="monthly")
def monthly(month: Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")] | None = None) -> str:
    """The headquarters' page about a month as it was recorded then; sends nothing.

    Args:
        month: 2018-11 is November 2018. Empty: the last month that is over.
    """
    with opened_house() as house:
        page = pipeline.monthly(house, None if month is None else date.fromisoformat(f"{month}-01"))
    create_markdown_artifact(key="month", markdown=f"```\n{page}\n```\n")
    return page
