"""What the product's log says of every line beside its message."""

import json
import logging
import os
import platform
from collections.abc import Iterator

import pytest

from nemuro_etl.settings import Settings, configure_logging

LOGGER = logging.getLogger("nemuro_etl")


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    handlers, propagate, level = LOGGER.handlers, LOGGER.propagate, LOGGER.level
    yield
    LOGGER.handlers, LOGGER.propagate = handlers, propagate
    LOGGER.setLevel(level)


def line(capsys: pytest.CaptureFixture[str], run: str | None) -> dict[str, str]:
    configure_logging(Settings(log_format="json"), run)
    logging.getLogger("nemuro_etl.pipeline.collecting").info("registry: %s", "loaded")
    (told,) = capsys.readouterr().err.splitlines()
    found: dict[str, str] = json.loads(told)
    return found


def test_a_line_carries_the_run_that_the_scheduler_names(capsys: pytest.CaptureFixture[str]) -> None:
    told = line(capsys, "the flow run")
    assert (told["run"], told["level"], told["message"]) == ("the flow run", "INFO", "registry: loaded")


def test_without_a_scheduler_it_carries_host_and_process_as_the_run_ledger_has_them(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert line(capsys, None)["run"] == f"{platform.node()}:{os.getpid()}"
