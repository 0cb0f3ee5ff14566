"""The house as the flows open it, and the day that they take for today."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import cache

from prefect.logging.handlers import APILogHandler
from prefect.runtime import flow_run

from nemuro_etl import pipeline
from nemuro_etl.catalog import load_catalog
from nemuro_etl.model.period import tokyo_day
from nemuro_etl.settings import configure_logging, read_settings

_catalog = cache(load_catalog)
"""config/ is read once a process: a run is one, and all its tasks go by the same."""

_page = cache(APILogHandler)
"""Has the log of a run on its page, beside that on stderr."""


@contextmanager
def opened_house() -> Iterator[pipeline.House]:
    """The house, opened anew in each task: tasks may run in other threads, processes and machines."""
    settings = read_settings()
    configure_logging(settings, run=flow_run.id, beside=[_page()])
    house = pipeline.open_house(settings, _catalog(settings.config))
    try:
        yield house
    finally:
        house.close()


def today() -> date:
    """The Tokyo day of now: what `as_of` defaults to."""
    return tokyo_day(read_settings().clock())
