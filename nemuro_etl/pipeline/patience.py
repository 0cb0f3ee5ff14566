"""A step that hangs is not waited for: a read that never returns, of a share that is gone, can be left but not broken off."""

import logging
import sys
import traceback
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from datetime import timedelta
from threading import Thread
from typing import TypeVar

from nemuro_etl.errors import SourceSilent
from nemuro_etl.model.span import span_text

log = logging.getLogger(__name__)

Given = TypeVar("Given")


class StepHangs(SourceSilent):
    """A step of a source did not end in its time."""


def within(limit: timedelta, source_id: str, step: str, work: Callable[[], Given]) -> Given:
    """What `work` gives, or raises. Raises StepHangs when it takes longer; where it hangs is logged.

    It is left in a thread that the process does not wait for at its end. What it has begun by then is one transaction,
    which is rolled back with the process, or committed as a whole if the step comes to life before.
    """
    done: Future[Given] = Future()

    def run() -> None:
        try:
            done.set_result(work())
        except BaseException as error:  # noqa: BLE001 - whoever waits raises it
            done.set_exception(error)

    thread = Thread(target=copy_context().run, args=(run,), name=f"{source_id}: {step}", daemon=True)
    thread.start()
    thread.join(limit.total_seconds())
    if not done.done():
        where = sys._current_frames().get(thread.ident or 0)
        log.warning("%s: %s hangs here:\n%s", source_id, step, "".join(traceback.format_stack(where)))
        raise StepHangs(
            what=f"{source_id}: {step} did not end and was given up.",
            expected=f"Expected: an end within {span_text(limit)}.",
            kept="What was loaded before stays; the other sources were not affected.",
            remedy=f"Run: nemuro collect {source_id}",
        )
    return done.result()
