"""The watchdog as a flow. Whoever has cron or systemd starts `nemuro watchdog` there: it then outlives Prefect, too."""

from typing import Annotated

from prefect import flow
from pydantic import Field

from nemuro_etl import pipeline
from nemuro_etl.model.span import span_of
from nemuro_etl.settings import read_settings


@flow(name="watchdog", flow_run_name="a night within {max_age}?")
def watchdog(max_age: Annotated[str, Field(pattern=r"^[1-9]\d{0,3}[mhd]$")] = "26h") -> str:
    """Fails, after a mail to the operator, when the nightly run is late, hung or dead.

    Args:
        max_age: A night must have ended within this span: 90m, 26h, 2d.
    """
    watch = pipeline.watch(read_settings(), span_of(max_age))
    if watch.incidents:
        print(watch.told)
        raise watch.incidents[0].fault
    return watch.told
