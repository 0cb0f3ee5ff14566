"""The main job: collect → judge → warn → deliver, written down in the run ledger."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path

from nemuro_etl.catalog.types import Department, Edition
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
class Judged:
    """What a night came to for one strategy."""

    strategy: str
    newest: tuple[Evaluation, ...]
    """The newest rated year of each distinct indicator; with `fiscal_year` of that year only."""
    ratings: Mapping[Rating, int]
    stored: int
    """How many evaluations said something new."""
    warned: Warned


@dataclass(frozen=True, slots=True)
class NightResult:
    """What a night did."""

    as_of: date
    collections: tuple[Collection, ...]
    strategies: tuple[Judged, ...]
    deliveries: tuple[Delivery, ...]
    exit: Exit
    home: Path
    rehearsal: Path | None

    @property
    def changed(self) -> bool:
        """Whether the night brought anything new."""
        told = any(each.stored or each.warned.mails for each in self.strategies)
        return told or any(each.loaded for each in self.collections)

    @property
    def written(self) -> tuple[Mail, ...]:
        """The mails that this run wrote."""
        return tuple(mail for each in self.strategies for mail in each.warned.mails)

    @property
    def held(self) -> frozenset[str]:
        """The keys of those that wait until a person releases them."""
        return frozenset(key for each in self.strategies for key in each.warned.held)

    def table(self, house: House) -> list[dict[str, object]]:
        """One row an indicator in its newest rated year: what a scheduler shows of a night."""
        names = {
            (edition.id, row.id): row.name
            for edition in house.catalog.editions
            for row in edition.indicators_on(self.as_of)
        }
        return [
            {
                "strategy": judged.strategy,
                "indicator": each.indicator,
                "name": names[judged.strategy, each.indicator],
                "fiscal_year": each.fiscal_year,
                "rating": RATING_LABELS[each.rating],
                "actual": None if each.actual is None else decimal_text(each.actual),
                "expected": None if each.expected is None else decimal_text(each.expected),
                "target": None if each.target is None else decimal_text(each.target),
                "unit": each.unit,
            }
            for judged in self.strategies
            for each in judged.newest
        ]

    def report(self, house: House) -> str:
        """What happened, and where to look: the last lines that a person sees."""
        newest = [(judged.strategy, each) for judged in self.strategies for each in judged.newest]
        slipping = [(strategy, each.indicator) for strategy, each in newest if each.rating in SLIPPING]
        shown = slipping[0] if slipping else None
        command = command_of(house.settings)
        if shown is not None and shown[0] != house.edition.id:
            command += f" --strategy {shown[0]}"
        return NightReport(
            as_of=self.as_of,
            collected=[
                (file.source, file.file, file.status, file.figures + file.revised)
                for collection in self.collections
                for file in collection.files
            ],
            faults=[str(fault) for collection in self.collections for fault in collection.faults],
            remarks=[remark for collection in self.collections for remark in collection.remarks],
            strategies=len(self.strategies),
            ratings={rating: sum(each.ratings[rating] for each in self.strategies) for rating in Rating},
            rated_years=Counter(each.fiscal_year for _, each in newest),
            shown=None if shown is None else shown[1],
            mails=_mail_lines(house, self),
            mail_kinds=Counter(str(mail.kind) for mail in _mails(self).values()),
            changed=self.changed,
            exit=self.exit,
            home=self.home,
            rehearsal=self.rehearsal,
            command=command,
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
    strategies = tuple(_judge_and_warn(one, collections, day, fiscal_year, rehearsal) for one in house.each_edition())
    deliveries = [] if dry_run else deliver(house)
    undelivered = any(each.failed for each in deliveries)
    code = exit_of(collections)
    return NightResult(
        as_of=day,
        collections=tuple(collections),
        strategies=strategies,
        deliveries=tuple(deliveries),
        exit=Exit.SOURCE_FAILED if code is Exit.DONE and undelivered else code,
        home=house.settings.home,
        rehearsal=rehearsal,
    )


def _judge_and_warn(
    house: House, collections: Sequence[Collection], day: date, fiscal_year: int | None, rehearsal: Path | None
) -> Judged:
    """One strategy judged and its mails written; of its evaluations only what is shown of a night is kept in memory."""
    from nemuro_etl.mail import count_ratings

    every_year = evaluate(house, day)
    evaluations = [each for each in every_year if fiscal_year in (None, each.fiscal_year)]
    return Judged(
        strategy=house.edition.id,
        newest=tuple(_newest_rated(evaluations)),
        ratings=count_ratings(evaluations),
        stored=store(house, evaluations, day, fiscal_year) if rehearsal is None else 0,
        warned=warn(house, every_year, collections, day, fiscal_year=fiscal_year, rehearsal=rehearsal),
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
    return {mail.key: mail for mail in (*result.written, *(each.mail for each in result.deliveries))}


def _mail_lines(house: House, result: NightResult) -> list[tuple[str, str, str]]:
    """Every mail that this run wrote or sent, and what became of it."""
    outcomes = {each.mail.key: each for each in result.deliveries}
    held = result.held
    headquarters = {one.id: one for one in (_headquarters(edition, house) for edition in house.catalog.editions)}
    lines = []
    for key, mail in _mails(result).items():
        if result.rehearsal is not None:
            fate = "held" if key in held else f"sent from {mail.not_before.isoformat()}"
            told = f"would be {fate}; written to {result.rehearsal}"
        elif key in outcomes:
            told = f"{outcomes[key].outcome}: {outcomes[key].detail}"
        elif key in held:
            told = "held: too much changed in one night; look, then run: nemuro outbox release --by WHO"
        else:
            told = f"waits for {mail.not_before.isoformat()}, the next business day"
        department = headquarters.get(mail.department) or house.catalog.department_on(mail.department, result.as_of)
        name = mail.department if department is None else department.name
        # sections of several municipalities have the same names
        name = name if len(result.strategies) == 1 or name == mail.department else f"{name} ({mail.department})"
        lines.append((name, mail.subject, told))
    return lines


def _headquarters(edition: Edition, house: House) -> Department:
    return house.catalog.speaking_for(edition).alerting.headquarters


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
            "evaluations": sum(each.stored for each in result.strategies),
            "mails": [mail.key for mail in result.written],
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
