"""Rehearse: the mails that a past period would have brought under today's rules. Nothing is recorded or sent."""

import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from nemuro_etl.catalog.types import Catalog, Indicator
from nemuro_etl.errors import Exit, UsageWrong
from nemuro_etl.model.alert import Mail
from nemuro_etl.model.evaluation import Actual, CensusCount
from nemuro_etl.model.figure import Figure
from nemuro_etl.model.period import TOKYO, tokyo_day
from nemuro_etl.pipeline.house import SQL_ROOT, House
from nemuro_etl.pipeline.judging import evaluate, store
from nemuro_etl.pipeline.night import run_of
from nemuro_etl.pipeline.warning import Warned, warn

if TYPE_CHECKING:
    from nemuro_etl.warehouse import Warehouse

_NIGHT = time(3)


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """A mail that a night would have brought, and the file in which it can be read."""

    mail: Mail
    department: str
    held: bool
    """Whether it would have waited for a person: too much had changed in one night."""
    file: Path

    def as_row(self) -> dict[str, object]:
        return {
            "night": self.mail.night.isoformat(),
            "leaves": "held" if self.held else self.mail.not_before.isoformat(),
            "kind": str(self.mail.kind),
            "department": self.department,
            "subject": self.mail.subject,
            "file": str(self.file),
        }


def rehearse(house: House, first: date, last: date, folder: Path | None = None) -> list[Rehearsed]:
    """The mails of every night from `first` to `last`, each written to `folder` (below HOME/rehearsal/ by default).

    It begins with nothing told; every source answers, and nobody answers a warning. A figure counts as known from the
    day on which it was recorded, or was due by the calendar, whichever came first: a house that was first filled later
    knew nothing in the period. Bands are today's; owners, targets and addresses are those that config gives for each
    night. Raises UsageWrong for a period that is not past, and for a folder with mails in it.
    """
    from nemuro_etl.mail import EmlFolder, to_message
    from nemuro_etl.warehouse import open_warehouse

    folder = folder or house.settings.home / "rehearsal" / f"{first.isoformat()}_{last.isoformat()}"
    _check(house, first, last, folder)
    files, rehearsed = EmlFolder(folder), []
    with (
        tempfile.TemporaryDirectory(prefix="nemuro-rehearsal-") as scratch,
        closing(open_warehouse(f"sqlite:///{scratch}/warehouse.db", SQL_ROOT)) as told,
    ):
        stage = _stage(house, told, first)
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
            night = replace(stage, now=datetime.combine(day, _NIGHT, TOKYO))
            for warned in _warned(night, day):
                for mail in warned.mails:
                    message = to_message(mail, date=night.now, for_file=True)
                    files.send(message)
                    owner = stage.catalog.department_on(mail.department, day)
                    name = mail.department if owner is None else owner.name
                    rehearsed.append(Rehearsed(mail, name, mail.key in warned.held, files.path_of(message)))
    return rehearsed


def _check(house: House, first: date, last: date, folder: Path) -> None:
    if first > last or last > house.today:
        raise UsageWrong(
            what=f"nemuro rehearse: {first.isoformat()} to {last.isoformat()} is not a past period.",
            expected=f"Expected: a first day, and a last one from it to today ({house.today.isoformat()}).",
            kept="Nothing was written.",
            remedy="Run again: nemuro rehearse --from 2016-04-01 --to 2017-03-31",
        )
    if any(folder.glob("*.eml")):
        raise UsageWrong(
            what=f"nemuro rehearse: there are mails in {folder} already.",
            expected="Expected: a folder without mails, so that those of two rehearsals are not taken for one.",
            kept="Nothing was written.",
            remedy="Take them away, or run again with another folder: nemuro rehearse … --out DIR",
        )


def _stage(house: House, told: "Warehouse", first: date) -> House:
    """The house with today's bands for every day, and a warehouse that may be told anything; its journal is shut."""
    bands = house.catalog.bands_on(house.today)
    catalog = replace(house.catalog, bands=(replace(bands, since=min(bands.since, first)),))
    warehouse = _Stage(told, house.warehouse, catalog, house.today)
    return replace(house, catalog=catalog, warehouse=cast("Warehouse", warehouse), replaying=True)


def _warned(night: House, day: date) -> Iterator[Warned]:
    """What every strategy tells on one night; then the mails that are due count as sent, and the night as ended."""
    with run_of(night, "nightly", day) as run:
        for of_one in night.each_edition():
            evaluations = evaluate(of_one, day)
            store(of_one, evaluations, day, None)
            yield warn(of_one, evaluations, (), day)
        for mail in list(night.warehouse.due_mails(day)):
            night.warehouse.mark_sent(mail.key, night.now)
        run.status = f"exit {int(Exit.DONE)}"


class _Stage:
    """Stands in for the warehouse: figures come from the real one, all else is read from and written to a scratch one."""

    def __init__(self, scratch: "Warehouse", real: "Warehouse", catalog: Catalog, today: date) -> None:
        self._scratch = scratch
        self._real = real
        self._calendar = catalog.calendar
        self._today = today
        moments = (moment for load in real.loads() for moment in (load.recorded_at, load.loaded_at))
        self._recorded_on = sorted({tokyo_day(moment) for moment in moments})
        self._answers: dict[tuple[object, ...], Any] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._scratch, name)

    def actuals(self, area: str, indicators: Sequence[Indicator], as_of: date) -> dict[str, tuple[Actual, ...]]:
        now, then = (self._actuals(area, indicators, day) for day in (self._today, as_of))
        return {row.id: self._known(row, now[row.id], then[row.id], as_of) for row in indicators}

    def _actuals(self, area: str, indicators: Sequence[Indicator], as_of: date) -> dict[str, tuple[Actual, ...]]:
        """What was recorded by then, asked once for all the days on which that is the same."""
        key = ("actuals", area, self._records_by(as_of), *(row.id for row in indicators))
        if key not in self._answers:
            self._answers[key] = self._real.actuals(area, indicators, as_of)
        return cast("dict[str, tuple[Actual, ...]]", self._answers[key])

    def census(self, area: str, as_of: date) -> tuple[CensusCount, ...]:
        key = ("census", area, self._records_by(as_of))
        if key not in self._answers:
            self._answers[key] = self._real.census(area, as_of)
        return cast("tuple[CensusCount, ...]", self._answers[key])

    def figures(self, series: str, *, area: str, as_of: date) -> list[Figure]:
        key = ("figures", series, area, self._records_by(as_of))
        if key not in self._answers:
            self._answers[key] = list(self._real.figures(series, area=area, as_of=as_of))
        return cast("list[Figure]", self._answers[key])

    def _records_by(self, day: date) -> int:
        return bisect_right(self._recorded_on, day)

    def _known(self, row: Indicator, now: Iterable[Actual], then: Iterable[Actual], as_of: date) -> tuple[Actual, ...]:
        """What was recorded then, and of what is recorded now that which was due then."""
        due = {actual.period: actual for actual in now if self._due(row, actual) <= as_of}
        known = due | {actual.period: actual for actual in then}
        return tuple(known[period] for period in sorted(known))

    def _due(self, row: Indicator, actual: Actual) -> date:
        """The day by which the calendar has the figure; without an entry the last one on which it may be awaited."""
        from nemuro_etl.judging.availability import WITHOUT_CALENDAR
        from nemuro_etl.judging.case import period_end

        rule = self._calendar.rule(row.family)
        due = None if rule is None else rule.publication(actual.period.fiscal_year)
        return period_end(row, actual.period.fiscal_year) + WITHOUT_CALENDAR if due is None else due.expected
