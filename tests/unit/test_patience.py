"""A step gives what it gives, in its time, or is left to itself."""

import logging
import subprocess
import sys
from contextvars import ContextVar
from datetime import timedelta
from threading import Event

import pytest

from nemuro_etl.errors import Exit
from nemuro_etl.pipeline.patience import StepHangs, within

SOON, NEVER = timedelta(milliseconds=50), timedelta(hours=1)
said: ContextVar[str] = ContextVar("said", default="nothing")


def test_a_step_gives_what_its_work_gives_and_raises_what_it_raises() -> None:
    assert within(NEVER, "trade", "reading", lambda: 5) == 5
    with pytest.raises(ZeroDivisionError):
        within(NEVER, "trade", "reading", lambda: 1 // 0)
    # also what would be taken for the end of its time
    with pytest.raises(TimeoutError):
        within(NEVER, "trade", "reading", lambda: (_ for _ in ()).throw(TimeoutError()))


def test_a_step_goes_by_the_context_of_whoever_waits_for_it() -> None:
    token = said.set("what the flow said")
    try:
        assert within(NEVER, "trade", "reading", said.get) == "what the flow said"
    finally:
        said.reset(token)


def test_a_step_that_hangs_is_told_with_the_place_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    end = Event()

    def wait_for_a_share_that_is_gone() -> None:
        end.wait()

    with caplog.at_level(logging.WARNING), pytest.raises(StepHangs) as raised:
        within(SOON, "trade", "reading", wait_for_a_share_that_is_gone)
    end.set()
    assert raised.value.exit is Exit.SOURCE_FAILED
    assert "trade: reading did not end" in str(raised.value)
    assert "nemuro collect trade" in str(raised.value)
    assert "wait_for_a_share_that_is_gone" in caplog.text


def test_a_process_ends_though_a_step_hangs() -> None:
    program = (
        "from datetime import timedelta\n"
        "from threading import Event\n"
        "from nemuro_etl.pipeline.patience import within\n"
        "within(timedelta(milliseconds=50), 'trade', 'reading', Event().wait)\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 1
    assert "trade: reading did not end" in ended.stderr
