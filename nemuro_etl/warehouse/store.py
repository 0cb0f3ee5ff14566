"""The warehouse as the pipeline sees it: one object, each method one transaction."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nemuro_etl.catalog.types import Indicator
from nemuro_etl.model.alert import Answer, Change, Mail, MailKind, Reminded, Rhythm, Told
from nemuro_etl.model.call import Called
from nemuro_etl.model.comment import Comment
from nemuro_etl.model.evaluation import Actual, CensusCount, Evaluation, SourceCondition
from nemuro_etl.model.figure import Figure
from nemuro_etl.model.returned import Returned
from nemuro_etl.model.snapshot import Snapshot
from nemuro_etl.warehouse import (
    actuals,
    answers,
    called,
    checks,
    comments,
    digest,
    evaluations,
    ledger,
    loading,
    lock,
    migration,
    outbox,
    reading,
    reports,
    returned,
    revisions,
    rhythm,
)
from nemuro_etl.warehouse.engine import Database

if TYPE_CHECKING:
    import pandas as pd


def open_warehouse(url: str, sql_root: Path) -> "Warehouse":
    """The warehouse at `url` (sqlite:///FILE or postgresql://…), its schema brought up to date.

    Raises DatabaseUnusable when it does not answer, or its schema is newer than this program.
    """
    warehouse = Warehouse(Database(url), sql_root)
    warehouse.migrate()
    return warehouse


class Warehouse:
    """Figures, evaluations, warnings, mails and ledgers. Figures, evaluations and warnings are only ever added."""

    def __init__(self, database: Database, sql_root: Path) -> None:
        self._database = database
        self._sql_root = sql_root

    def close(self) -> None:
        """Closes the connections that are open."""
        self._database.close()

    def migrate(self) -> tuple[str, ...]:
        """The names of the steps that brought the schema up to date; none when it was."""
        return migration.migrate(self._database, self._sql_root)

    def schema_version(self) -> int:
        """The number of the newest migration that the schema has."""
        return migration.version_of(self._database)

    def exclusive_run(self, source: str | None = None) -> AbstractContextManager[None]:
        """Holds the warehouse for one run, or a source for one collection of it within a run.

        Raises AnotherRunInProgress when somebody else holds it.
        """
        return lock.exclusive_run(self._database, source)

    def is_held(self, source: str | None = None) -> bool:
        """Whether somebody holds the warehouse, or collects that source, now: a process that died holds nothing."""
        return lock.is_held(self._database, source)

    # figures

    def load(
        self,
        snapshot: Snapshot,
        recipe: str,
        kind: str,
        frames: Iterable["pd.DataFrame"],
        *,
        details: Sequence[loading.Detailed] = (),
        loaded_at: datetime,
    ) -> loading.LoadResult:
        """Records every figure of `frames` (READING_COLUMNS) as read from `snapshot` by `recipe`, or nothing.

        Raises FigureImplausible when the file contradicts itself, or a number cannot be recorded exactly.
        """
        return loading.record_load(self._database, snapshot, recipe, kind, frames, details, loaded_at)

    def loaded_kind(self, source: str, sha256: str, recipe: str) -> str | None:
        """The kind of file that an original was when it was loaded by `recipe`; None when it was not."""
        return loading.read_loaded_kind(self._database, source, sha256, recipe)

    def figures(
        self,
        series: str,
        *,
        area: str | None = None,
        period: str | None = None,
        as_of: date | None = None,
        all_vintages: bool = False,
    ) -> Iterator[Figure]:
        """The figures of a series by dimensions, period, area: the newest known of each, or every vintage in order."""
        with self._database.reading() as transaction:
            yield from reading.read_figures(
                transaction, series, area=area, period=period, as_of=as_of, all_vintages=all_vintages
            )

    def census(self, area: str, as_of: date | None) -> tuple[CensusCount, ...]:
        """What the census counted in an area, read from files, as known at the end of `as_of`."""
        return actuals.read_census(self._database, self._sql_root, area, as_of)

    def actuals(self, area: str, indicators: Sequence[Indicator], as_of: date | None) -> dict[str, tuple[Actual, ...]]:
        """What was measured for each indicator, as known at the end of `as_of`, by period."""
        return actuals.read_actuals(self._database, self._sql_root, area, indicators, as_of)

    def returned(self, area: str) -> tuple[Returned, ...]:
        """Every recorded version of every return of `area`, with who entered it, when and why."""
        with self._database.reading() as transaction:
            return returned.read_returned(transaction, area)

    def loads(self) -> tuple[reading.Load, ...]:
        """Every load in the order in which they were made."""
        return reading.read_loads(self._database)

    def recorded_of(self, load_id: int) -> "pd.DataFrame":
        """Everything that one load says was in its file, one row a cell: figures, sightings and held values."""
        return reading.read_load(self._database, load_id)

    def held(self, *, undecided_only: bool = True) -> tuple[revisions.HeldRevision, ...]:
        """Settled figures that a publisher changed, in the order in which they were found."""
        with self._database.reading() as transaction:
            return revisions.read_held(transaction, undecided_only=undecided_only)

    def decide_revision(self, revision_id: int, *, accept: bool, by: str, reason: str, at: datetime) -> None:
        """Accepts (the new value is recorded from `at` on) or rejects a held revision, once."""
        revisions.decide_revision(self._database, revision_id, accept=accept, by=by, reason=reason, at=at)

    def digest(self) -> str:
        """One hash of figures, evaluations, warnings and what people wrote, the same on SQLite and PostgreSQL."""
        return digest.digest(self._database)

    def checks(self, severity: str | None = None) -> tuple[checks.CheckResult, ...]:
        """Every file of sql/checks/ (of one severity) with the rows that it found."""
        return checks.run_checks(self._database, self._sql_root, severity)

    # evaluations and warnings

    def store_evaluations(
        self, edition: str, as_of: date, results: Sequence[Evaluation]
    ) -> evaluations.StoredEvaluations:
        """Adds the evaluations that say something else than the latest stored on or before `as_of`."""
        return evaluations.store_evaluations(self._database, edition, as_of, results)

    def evaluations(self, edition: str, as_of: date) -> tuple[evaluations.StoredEvaluation, ...]:
        """The latest stored evaluation of every row and fiscal year on or before `as_of`."""
        return evaluations.read_evaluations(self._database, edition, as_of)

    def told(self, edition: str, *, unmailed_only: bool = False) -> tuple[Told, ...]:
        """The whole warning log, oldest first; or what of it was mailed to no department."""
        return outbox.read_told(self._database, edition, unmailed_only=unmailed_only)

    def called(self, edition: str) -> tuple[Called, ...]:
        """Every step that was taken for figures that are owed, oldest first."""
        return called.read_called(self._database, edition)

    def record_night(
        self,
        changes: Iterable[tuple[Change, str | None]],
        mails: Sequence[Mail],
        calls: Iterable[tuple[Called, str]] = (),
        dealt_with: Iterable[tuple[Answer, str | None]] = (),
        *,
        rhythm: Rhythm | None = None,
        held: frozenset[str] = frozenset(),
    ) -> int:
        """Writes down changes, calls and answers dealt with (each with its mail's key), and mails, all or nothing.

        `rhythm` is what the night adds for the nights after it. Mails whose key is in `held` wait until a person releases them. Returns how many mails are new.
        """
        return outbox.record_night(self._database, changes, mails, calls, dealt_with, rhythm=rhythm, held=held)

    def matters(self, edition: str, before: date) -> frozenset[str] | None:
        """What the secretariat knew of at the end of the last night before `before`; None when there was none."""
        return rhythm.read_matters(self._database, edition, before)

    def reminded(self, edition: str) -> tuple[Reminded, ...]:
        """Every reminder and escalation of unanswered warnings, oldest first."""
        return rhythm.read_reminded(self._database, edition)

    def periodicals(self, edition: str) -> frozenset[tuple[MailKind, date]]:
        """Which months had their page and which weeks their sign of life, by their first day."""
        return rhythm.read_periodicals(self._database, edition)

    # answers

    def record_answers(self, given: Sequence[Answer]) -> int:
        """Adds the answers that are not there yet; how many were new."""
        return answers.record_answers(self._database, given)

    def answers(self, edition: str, as_of: date) -> tuple[Answer, ...]:
        """Every answer that had come by the end of `as_of`, in the order in which they came."""
        return tuple(one for one in answers.read_answers(self._database, edition) if one.as_of <= as_of)

    def dealt_with(self) -> frozenset[str]:
        """The keys of the answers whose comment was shown, or whose end was told."""
        return answers.read_dealt_with(self._database)

    # yearly reports

    def comments(self, edition: str, *, last: int | None = None) -> tuple[Comment, ...]:
        """Every version of what people wrote, in the order of recording; up to the `last` when it is named."""
        return comments.read_comments(self._database, edition, last)

    def record_comments(self, written: Sequence[Comment]) -> None:
        """Adds versions in their order; each stands until a later one of the same box."""
        comments.record_comments(self._database, written)

    def shown(
        self, edition: str, fiscal_year: int, report_edition: str, as_of: date, *, last: int | None = None
    ) -> tuple[reports.Shown, ...]:
        """What a report edition showed on or before `as_of`, oldest first; up to the `last` writing when it is named."""
        return reports.read_shown(self._database, edition, fiscal_year, report_edition, as_of, last)

    def record_shown(self, edition: str, fiscal_year: int, report_edition: str, shown: reports.Shown) -> None:
        """Adds one writing of a report edition."""
        reports.record_shown(self._database, edition, fiscal_year, report_edition, shown)

    def report_marks(self) -> tuple[int, int]:
        """The numbers of the last comment and of the last writing that are recorded: what is frozen goes up to them."""
        return reports.read_marks(self._database)

    def frozen(self, edition: str) -> tuple[reports.Frozen, ...]:
        """What was frozen of the yearly reports, by fiscal year and day."""
        return reports.read_frozen(self._database, edition)

    def record_frozen(self, frozen: reports.Frozen, *, replacing: bool = False) -> None:
        """Adds what was frozen, once; with `replacing` instead of what is recorded of the same edition, year and day."""
        reports.record_frozen(self._database, frozen, replacing=replacing)

    # mails

    def mails(self, status: str | None = None) -> tuple[outbox.OutboxMail, ...]:
        """The mails of the outbox (of one status), by night and key."""
        return outbox.read_mails(self._database, status)

    def mails_of(self, edition: str, night: date) -> tuple[outbox.OutboxMail, ...]:
        """The mails of one night about one strategy, by key."""
        return outbox.read_mails_of(self._database, edition, night)

    def fates(self, edition: str) -> tuple[tuple[str, datetime | None], ...]:
        """The status of every mail about one strategy, and when it was sent."""
        return outbox.read_fates(self._database, edition)

    def mail(self, key: str) -> outbox.OutboxMail | None:
        """The mail of that key; None when there is none."""
        return outbox.read_mail(self._database, key)

    def due_mails(self, day: date) -> Iterator[Mail]:
        """The pending mails that may leave on `day`, each read when its turn comes."""
        return outbox.read_due_mails(self._database, day)

    def claim(self, key: str) -> bool:
        """Takes a pending mail for sending; False when another worker was first."""
        return outbox.claim(self._database, key)

    def mark_sent(self, key: str, at: datetime) -> None:
        """The server took it."""
        outbox.settle(self._database, key, outbox.SENT, sent_at=at)

    def mark_pending(self, key: str, error: str) -> None:
        """It certainly did not leave: it will be tried again."""
        outbox.settle(self._database, key, outbox.PENDING, error)

    def doubt(self, key: str, error: str) -> bool:
        """It may or may not have left: whether it is sent once more. After the second time a person decides."""
        return outbox.doubt(self._database, key, error)

    def refuse(self, key: str, said: str, notice: Mail | None) -> bool:
        """The server does not want it, ever: written down with the mail that tells of it; whether that mail is new."""
        return outbox.refuse(self._database, key, said, notice)

    def release(self, key: str, by: str) -> None:
        """Lets a held mail go, with who decided it."""
        outbox.release(self._database, key, by)

    def send_again(self, key: str, to: str) -> None:
        """A person wants a refused or doubtful mail sent again, to the address that it has now."""
        outbox.send_again(self._database, key, to)

    # ledgers

    def note_source(self, source: str, at: datetime, condition: SourceCondition, detail: str = "") -> bool:
        """Writes down how an attempt at a source ended; whether that is news."""
        return ledger.note_source(self._database, source, at, condition, detail)

    def source_conditions(self, as_of: date | None) -> dict[str, SourceCondition]:
        """How the last attempt at each source ended, as known at the end of `as_of`."""
        return ledger.source_conditions(self._database, as_of)

    def source_troubles(self, as_of: date) -> dict[str, ledger.Trouble]:
        """The sources whose last attempt failed, as known at the end of `as_of`: since when, and why."""
        return ledger.source_troubles(self._database, as_of)

    def begin_run(self, kind: str, started_at: datetime, as_of: date) -> int:
        """Writes down that this process runs `kind`; the run's id."""
        return ledger.begin_run(self._database, kind, started_at, as_of)

    def finish_run(self, run_id: int, finished_at: datetime, status: str, summary: Mapping[str, object]) -> None:
        """Writes down how a run ended."""
        ledger.finish_run(self._database, run_id, finished_at, status, summary)

    def runs(self) -> tuple[ledger.Run, ...]:
        """Every run, the newest first; a killed one has no end."""
        return ledger.runs(self._database)
