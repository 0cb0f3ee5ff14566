"""Runs of commands in turn (A B A B …), each in a fresh process: seconds, peak memory, and ratios pair by pair.

A contestant prints the seconds of its own work as its last line; imports and set-up are outside of them. Medians and
ratios are what to quote: machines are noisy, and both contestants of a pair meet the same noise.
"""

import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PUBLISHED = ROOT.parent / "shared" / "sources" / "registry"


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: seconds of work as the contestant counted them, of the whole process, and its peak memory."""

    work: float
    wall: float
    megabytes: float


def run_once(arguments: Sequence[str]) -> Measured:
    """Runs `python arguments` to its end. Raises SystemExit when it fails."""
    import time

    with tempfile.TemporaryFile() as output:
        started = time.perf_counter()
        process = os.posix_spawn(
            sys.executable,
            [sys.executable, *arguments],
            os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, output.fileno(), 1)],
        )
        _, status, usage = os.wait4(process, 0)
        wall = time.perf_counter() - started
        output.seek(0)
        lines = output.read().decode().split("\n")
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"{' '.join(arguments)} failed")
    return Measured(float(lines[-2]), wall, usage.ru_maxrss / 1024)


def compare(contestants: dict[str, Sequence[str]], runs: int) -> dict[str, list[Measured]]:
    """`runs` counted runs of each, in turn, after one warm-up of each; prints a row for each contestant."""
    for arguments in contestants.values():
        run_once(arguments)
    measured: dict[str, list[Measured]] = {name: [] for name in contestants}
    for _ in range(runs):
        for name, arguments in contestants.items():
            measured[name].append(run_once(arguments))
    print(f"{'':44} {'work s':>8} {'min':>7} {'max':>7} {'process s':>10} {'peak MB':>8}")
    for name, results in measured.items():
        work = [result.work for result in results]
        print(
            f"{name:44} {statistics.median(work):8.3f} {min(work):7.3f} {max(work):7.3f}"
            f" {statistics.median(result.wall for result in results):10.3f}"
            f" {statistics.median(result.megabytes for result in results):8.0f}"
        )
    return measured


def ratio(one: list[Measured], other: list[Measured]) -> float:
    """The median, pair by pair, of how many times longer `one` worked than `other`."""
    return statistics.median(a.work / b.work for a, b in zip(one, other, strict=True))
