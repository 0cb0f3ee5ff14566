"""How soon `nemuro status` answers, as a whole process, beside a Python that only imports SQLAlchemy.

python tests/benchmarks/starting.py [RUNS]
"""

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from measuring import ROOT

NEMURO = Path(sys.executable).with_name("nemuro")


def timed(command: list[str], environment: dict[str, str]) -> float:
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=environment, cwd=ROOT)
    return time.perf_counter() - started


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "tests/samples/nights/2018-11-22", Path(folder) / "inbox")
        environment = {**os.environ, "NEMURO_HOME": folder, "NEMURO_NOW": "2018-11-22T03:00:00+09:00"}
        timed([str(NEMURO), "nightly"], environment)
        commands = {
            "nemuro status": [str(NEMURO), "status"],
            "nemuro nightly, nothing new": [str(NEMURO), "nightly"],
            "python -c 'import sqlalchemy'": [sys.executable, "-c", "import sqlalchemy"],
        }
        seconds: dict[str, list[float]] = {name: [] for name in commands}
        for run in range(runs + 1):
            for name, command in commands.items():
                took = timed(command, environment)
                if run:  # the first of each warms the file cache
                    seconds[name].append(took)
    for name, took in seconds.items():
        print(f"{name:32} {statistics.median(took):.3f} s (min {min(took):.3f}, max {max(took):.3f}, {runs} runs)")
    print("goal: `nemuro status` under 0.8 s")


if __name__ == "__main__":
    main()
