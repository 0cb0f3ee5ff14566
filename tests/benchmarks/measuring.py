"""Runs of commands in turn (A B A B …), each in a fresh process: seconds, peak memory, and ratios pair by pair.

A contestant prints how many rows it loaded, and the seconds of its own work as its last line; imports and set-up are
outside of them. Medians and ratios are what to quote: machines are noisy, and both contestants of a pair meet the same
noise.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "sources"


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: seconds of work as the contestant counted them, of the whole process, its peak memory and its rows."""

    work: float
    wall: float
    megabytes: float
    rows: int
    """0 when the contestant does not say."""


def run_once(arguments: Sequence[str], python: str = sys.executable) -> Measured:
    """Runs `python arguments` to its end. Raises SystemExit when it fails."""
    import time

    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = os.posix_spawn(
            python,
            [python, *arguments],
            os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, output.fileno(), 1)],
        )
        _, status, usage = os.wait4(process, 0)
        wall = time.perf_counter() - started
        output.seek(0)
        lines = output.read().decode().split("\n")
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(arguments)} failed")
    rows = int(lines[-3].split()[0]) if len(lines) > 2 else 0
    return Measured(float(lines[-2]), wall, usage.ru_maxrss / 1024, rows)


@dataclass(frozen=True, slots=True)
class Contestant:
    """A command of Python's, and the Python that it needs."""

    arguments: Sequence[str]
    python: str = sys.executable


def compare(contestants: dict[str, Contestant], runs: int) -> dict[str, list[Measured]]:
    """`runs` counted runs of each, in turn, after one warm-up of each; prints a row for each contestant."""
    for contestant in contestants.values():
        run_once(contestant.arguments, contestant.python)
    measured: dict[str, list[Measured]] = {name: [] for name in contestants}
    for _ in range(runs):
        for name, contestant in contestants.items():
            measured[name].append(run_once(contestant.arguments, contestant.python))
    print(f"{'':20} {'rows':>9} {'work s':>8} {'min':>7} {'max':>7} {'process s':>10} {'peak MB':>8}")
    for name, results in measured.items():
        work = [result.work for result in results]
        print(
            f"{name:20} {results[0].rows:9} {statistics.median(work):8.3f} {min(work):7.3f} {max(work):7.3f}"
            f" {statistics.median(result.wall for result in results):10.3f}"
            f" {statistics.median(result.megabytes for result in results):8.0f}",
            flush=True,
        )
    return measured


def ratio(one: list[Measured], other: list[Measured]) -> float:
    """The median, pair by pair, of how many times longer `one` worked than `other`."""
    return statistics.median(a.work / b.work for a, b in zip(one, other, strict=True))


def ratio_by_row(one: list[Measured], other: list[Measured]) -> float:
    """The median, pair by pair, of how many times longer `one` worked on a row than `other`."""
    return statistics.median((a.work / a.rows) / (b.work / b.rows) for a, b in zip(one, other, strict=True))
