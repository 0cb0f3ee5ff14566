"""The main job: collect → judge → warn → deliver, written down in the run ledger."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

from nemuro_etl.errors import DatabaseUnusable, Exit
from nemuro_etl.model.alert import Mail
from nemuro_etl.model.evaluation import RATING_LABELS, Evaluation, Rating
from nemuro_etl.model.figure import decimal_text
from nemuro_etl.pipeline.collecting import Collection, collect_source, exit_of
from nemuro_etl.pipeline.delivering import Delivery, deliver
from nemuro_etl.pipeline.house import House
from nemuro_etl.pipeline.judging import evaluate, store
from nemuro_etl.pipeline.warning import Warned, warn
from nemuro_etl.report.night import NightReport
from nemuro_etl.settings import command_of


@dataclass(frozen=True, slots=True)
class NightResult:
    """What a night did."""

    as_of: date
    collections: tuple[Collection, ...]
    evaluations: tuple[Evaluation, ...]
    """Every year of every row; with `fiscal_year` only that one."""
    stored: int
    """How many evaluations said something new."""
    warned: Warned
    deliveries: tuple[Delivery, ...]
    exit: Exit
    home: Path
    rehearsal: Path | None

    @property
    def changed(self) -> bool:
        """Whether the night brought anything new."""
        return bool(self.stored or self.warned.mails or any(each.loaded for each in self.collections))

    def table(self, house: House) -> list[dict[str, object]]:
        """One row an indicator in its newest rated year: what a scheduler shows of a night."""
        names = {row.id: row.name for row in house.edition.indicators_on(self.as_of)}
        return [
            {
                "indicator": each.indicator,
                "name": names[each.indicator],
                "fiscal_year": each.fiscal_year,
                "rating": RATING_LABELS[each.rating],
                "actual": None if each.actual is None else decimal_text(each.actual),
                "expected": None if each.expected is None else decimal_text(each.expected),
                "target": None if each.target is None else decimal_text(each.target),
                "unit": each.unit,
            }
            for each in _newest_rated(self.evaluations)
        ]

    def report(self, house: House) -> str:
        """What happened, and where to look: the last lines that a person sees."""
        from nemuro_etl.mail import count_ratings

        newest = list(_newest_rated(self.evaluations))
        return NightReport(
            as_of=self.as_of,
            collected=[
                (file.source, file.file, file.status, file.figures + file.revised)
                for collection in self.collections
                for file in collection.files
            ],
            faults=[str(fault) for collection in self.collections for fault in collection.faults],
            remarks=[remark for collection in self.collections for remark in collection.remarks],
            ratings=count_ratings(self.evaluations),
            rated_years=Counter(each.fiscal_year for each in newest),
            slipping=[each.indicator for each in newest if each.rating in SLIPPING],
            mails=_mail_lines(house, self),
            mail_kinds=Counter(str(mail.kind) for mail in _mails(self).values()),
            changed=self.changed,
            exit=self.exit,
            home=self.home,
            rehearsal=self.rehearsal,
            command=command_of(house.settings),
        ).text()


def nightly(
    house: House, *, as_of: date | None = None, fiscal_year: int | None = None, dry_run: bool = False
) -> NightResult:
    """The whole night in this process. With `dry_run` mails go to a folder; nothing is collected, recorded or sent."""
    with run_of(house, "rehearsal" if dry_run else "nightly", as_of, record=not dry_run) as run:
        sources = [] if dry_run else house.catalog.sources
        collections = [collect_source(house, source.id) for source in sources]
        return run.ended(conclude(house, collections, as_of=as_of, fiscal_year=fiscal_year, dry_run=dry_run))


def conclude(
    house: House,
    collections: Sequence[Collection],
    *,
    as_of: date | None = None,
    fiscal_year: int | None = None,
    dry_run: bool = False,
) -> NightResult:
    """Judge, warn and deliver after everything was collected; `fiscal_year` limits what is judged and told."""
    day = as_of or house.today
    rehearsal = house.settings.home / "rehearsal" / day.isoformat() if dry_run else None
    every_year = evaluate(house, day)
    evaluations = [each for each in every_year if fiscal_year in (None, each.fiscal_year)]
    stored = 0 if dry_run else store(house, evaluations, day, fiscal_year)
    warned = warn(house, every_year, collections, day, fiscal_year=fiscal_year, rehearsal=rehearsal)
    deliveries = [] if dry_run else deliver(house)
    undelivered = any(each.outcome in ("pending", "doubtful") for each in deliveries)
    code = exit_of(collections)
    return NightResult(
        as_of=day,
        collections=tuple(collections),
        evaluations=tuple(evaluations),
        stored=stored,
        warned=warned,
        deliveries=tuple(deliveries),
        exit=Exit.SOURCE_FAILED if code is Exit.DONE and undelivered else code,
        home=house.settings.home,
        rehearsal=rehearsal,
    )


SLIPPING = (Rating.BEHIND, Rating.FAR_BEHIND, Rating.REGRESSED)


def _newest_rated(evaluations: Sequence[Evaluation]) -> Iterator[Evaluation]:
    """The newest rated year of each distinct indicator."""
    from nemuro_etl.judging import newest_rated

    for _, years in groupby(evaluations, key=lambda each: each.indicator):
        newest = newest_rated(list(years))
        if newest is not None and newest.same_as is None:
            yield newest


def _mails(result: NightResult) -> dict[str, Mail]:
    """Every mail that this run wrote or sent, by key."""
    return {mail.key: mail for mail in (*result.warned.mails, *(each.mail for each in result.deliveries))}


def _mail_lines(house: House, result: NightResult) -> list[tuple[str, str, str]]:
    """Every mail that this run wrote or sent, and what became of it."""
    outcomes = {each.mail.key: each for each in result.deliveries}
    lines = []
    for key, mail in _mails(result).items():
        if result.rehearsal is not None:
            told = f"would be sent from {mail.not_before.isoformat()}; written to {result.rehearsal}"
        elif key in outcomes:
            told = f"{outcomes[key].outcome}: {outcomes[key].detail}"
        else:
            told = f"waits for {mail.not_before.isoformat()}, the next business day"
        department = house.catalog.department_on(mail.department, result.as_of)
        lines.append((mail.department if department is None else department.name, mail.subject, told))
    return lines


@dataclass(slots=True)
class Run:
    """A run as it is written down: how it ended, and its summary."""

    status: str = "failed"
    summary: dict[str, object] | None = None

    def ended(self, result: NightResult) -> NightResult:
        """`result`, noted as the end of this run."""
        self.status = f"exit {int(result.exit)}"
        self.summary = {
            "collected": {each.source: each.figures for each in result.collections},
            "faults": [fault.what for each in result.collections for fault in each.faults],
            "evaluations": result.stored,
            "mails": [mail.key for mail in result.warned.mails],
        }
        return result


@contextmanager
def run_of(house: House, kind: str, as_of: date | None, *, record: bool = True) -> Iterator[Run]:
    """Holds the warehouse for one run and writes the run's ledger. Raises AnotherRunInProgress."""
    run = Run()
    with house.warehouse.exclusive_run():
        run_id = house.warehouse.begin_run(kind, house.now, as_of or house.today) if record else None
        try:
            yield run
        except BaseException:
            # a database that is gone cannot note it, and why it is gone is what has to be told
            with suppress(DatabaseUnusable):
                _finish(house, run_id, run)
            raise
        _finish(house, run_id, run)


def _finish(house: House, run_id: int | None, run: Run) -> None:
    if run_id is not None:
        house.warehouse.finish_run(run_id, house.settings.clock(), run.status, run.summary or {})
