"""Which file is being read at this moment, told to whoever watches: the terminal, or Prefect's page of the run."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_ERASED = "\r\x1b[K"
"""Back to the begin of the terminal's line, and the rest of it blank."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The file that is read: the `number`th of `files` of its source, with the figures that were read of it so far."""

    source: str
    file: str
    number: int
    files: int
    figures: int = 0

    def __str__(self) -> str:
        place = f" ({self.number} of {self.files})" if self.files > 1 else ""
        return f"{self.source}: {self.file}{place}{f': {self.figures:,} figures' if self.figures else ''}"


Watcher = Callable[[Progress | None], None]
"""Is told of every frame of figures, and None when the file is done."""

_watcher: ContextVar[Watcher | None] = ContextVar("watcher", default=None)


@contextmanager
def watched_by(watcher: Watcher | None) -> Iterator[None]:
    """Tells `watcher` of what is read in the block, in this thread and in those that go by its context."""
    before = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(before)


def terminal() -> Watcher | None:
    """One line on stderr that counts, and is gone when the file is done; None where stderr is no terminal."""
    return _rewrite if sys.stderr.isatty() else None


def _rewrite(progress: Progress | None) -> None:
    sys.stderr.write(_ERASED if progress is None else f"{_ERASED}{progress}")
    sys.stderr.flush()


@contextmanager
def told(progress: Progress) -> "Iterator[Callable[[Iterator[pd.DataFrame]], Iterator[pd.DataFrame]]]":
    """Tells of a file until the block ends, and of the figures in the frames that are taken through what it gives."""
    watcher = _watcher.get()
    if watcher is None:
        yield lambda frames: frames
        return

    def counted(frames: "Iterator[pd.DataFrame]") -> "Iterator[pd.DataFrame]":
        figures = 0
        for frame in frames:
            figures += len(frame)
            watcher(replace(progress, figures=figures))
            yield frame

    watcher(progress)
    try:
        yield counted
    finally:
        watcher(None)
