"""Which file is being read at this moment, on a terminal: one line that counts, and is gone when the file is done."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_ERASED = "\r\x1b[K"
"""Back to the begin of the terminal's line, and the rest of it blank."""


@contextmanager
def shown(what: str) -> "Iterator[Callable[[Iterator[pd.DataFrame]], Iterator[pd.DataFrame]]]":
    """Shows `what` until the block ends, with the number of figures in the frames that are taken through what it gives.

    Shows nothing where stderr is no terminal, and of threads, whose lines would overwrite one another.
    """
    if not (sys.stderr.isatty() and current_thread() is main_thread()):
        yield lambda frames: frames
        return

    def counted(frames: "Iterator[pd.DataFrame]") -> "Iterator[pd.DataFrame]":
        figures = 0
        for frame in frames:
            figures += len(frame)
            _write(f"{_ERASED}{what}: {figures:,} figures")
            yield frame

    _write(f"{_ERASED}{what}")
    try:
        yield counted
    finally:
        _write(_ERASED)


def _write(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()
