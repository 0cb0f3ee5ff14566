"""Judging all 67 rows in five fiscal years, from figures in memory to evaluations.

    python tests/benchmarks/judging.py [RUNS]

The night is that of 2020-03-31 on the bundled samples, so that FY2015–FY2019 are judged and nothing later.
"""

import shutil
import statistics
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from measuring import ROOT

from nemuro_etl import pipeline
from nemuro_etl.judging import judge_years
from nemuro_etl.model.evaluation import SourceCondition
from nemuro_etl.pipeline.judging import known_census
from nemuro_etl.settings import read_settings

NIGHT = date(2020, 3, 31)


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    with tempfile.TemporaryDirectory() as folder:
        for night in sorted((ROOT / "tests/samples/nights").iterdir()):
            shutil.copytree(night, Path(folder) / "inbox", dirs_exist_ok=True)
        overrides = {"home": folder, "config": str(ROOT / "config"), "now": f"{NIGHT}T03:00:00+09:00"}
        house = pipeline.open_house(read_settings(overrides))
        pipeline.collect(house)
        edition, calendar, bands = house.edition, house.catalog.calendar, house.catalog.bands_on(NIGHT)
        rows = edition.indicators_on(NIGHT)
        actuals = house.warehouse.actuals(edition.area, rows, NIGHT)
        census = known_census(house, NIGHT)
        seconds = []
        for _ in range(runs):
            started = time.perf_counter()
            evaluations = [
                evaluation
                for row in rows
                for evaluation in judge_years(
                    row,
                    edition.plan(row.plan),
                    NIGHT,
                    revision="2018-11-22",
                    bands=bands,
                    actuals=actuals[row.id],
                    census=census,
                    calendar=calendar,
                    condition=SourceCondition.WORKING,
                )
            ]
            seconds.append(time.perf_counter() - started)
        house.close()
    rated = sum(evaluation.rating.rated for evaluation in evaluations)
    print(f"{len(rows)} rows, {len(evaluations)} evaluations, {rated} of them rated")
    print(
        f"{statistics.median(seconds) * 1000:.1f} ms (min {min(seconds) * 1000:.1f}, max {max(seconds) * 1000:.1f},"
        f" {runs} runs; goal: under 50 ms)"
    )


if __name__ == "__main__":
    main()
