"""One night over 1, 10, … municipalities: seconds and peak memory for each, beyond reading config and collecting.

    python tests/benchmarks/municipalities.py [COUNT…]        1 10 45 90 179 when none is named

Each night runs in a process of its own, on SQLite, mails written as .eml files: the first night, on which everything is
judged, stored, told and mailed; then the same night again, on which nothing is new.
"""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NIGHT = "2018-11-22"
COUNTS = (1, 10, 45, 90, 179)


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its seconds and its peak memory."""

    seconds: float
    megabytes: float


def run(folder: Path, *arguments: str) -> Command:
    """`nemuro` with the config and the home of `folder`. Raises SystemExit when it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NEMURO_")}
    environment |= {
        "NEMURO_HOME": str(folder / "home"),
        "NEMURO_CONFIG": str(folder / "config"),
        "NEMURO_NOW": f"{NIGHT}T03:00:00+09:00",
    }
    began = time.perf_counter()
    process = subprocess.Popen(
        [Path(sys.executable).with_name("nemuro"), *arguments],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status):
        raise SystemExit(f"nemuro {' '.join(arguments)} failed in {folder}")
    return Command(time.perf_counter() - began, usage.ru_maxrss / 1024)


def measure(count: int) -> str:
    """A row of the table for `count` municipalities."""
    from tests.samples.make_municipalities import write_config, write_registry

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_config(ROOT / "config", folder / "config", count - 1)
        write_registry(folder / "home" / "inbox" / "registry", count - 1, NIGHT)
        config = run(folder, "check")
        collected = run(folder, "collect")
        first, again = run(folder, "nightly"), run(folder, "nightly")
        mails = len(list((folder / "home" / "mail").glob("*.eml")))
    beyond = first.seconds - config.seconds
    return (
        f"{count:5d} {config.seconds:8.2f} s {collected.seconds:9.2f} s {first.seconds:8.2f} s {beyond / count:9.3f} s "
        f"{again.seconds:8.2f} s {first.megabytes:7.0f} MB {mails:6d}"
    )


def main(counts: list[int]) -> None:
    sys.path.insert(0, str(ROOT))
    print("count  check     collect     night   a municipality    again     peak    mails")
    for count in counts or COUNTS:
        print(measure(count), flush=True)


if __name__ == "__main__":
    main([int(argument) for argument in sys.argv[1:]])
