"""A report of the bundled nights as its forms are given it."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from nemuro_etl import pipeline
from nemuro_etl.pipeline.reporting import compose_report
from nemuro_etl.report.content import FiscalYearReport
from nemuro_etl.settings import read_settings
from tests.e2e.command import CHECKOUT, Nemuro


def composed(nights: Nemuro, year: int) -> FiscalYearReport:
    """The report of a year after `nights`, on the day of the last."""
    moment = datetime.fromisoformat(f"{nights.day}T03:00:00+09:00")
    house = pipeline.open_house(read_settings({"home": nights.home, "config": CHECKOUT / "config", "now": moment}))
    try:
        return compose_report(house, year)
    finally:
        house.close()


def composed_with_a_text(nights: Nemuro, folder: Path, year: int, written: str, last_year: str) -> FiscalYearReport:
    """The report of a year after `nights`, with one evaluation written and one of the year before beside it."""
    report = composed(nights.copy(folder / "home"), year)
    goal, *goals = report.goals
    first, *others = goal.remarks
    remarks = (replace(first, text=written, by="総合政策室", last_year=last_year), *others)
    return replace(report, goals=(replace(goal, remarks=remarks), *goals))
