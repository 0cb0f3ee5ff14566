"""Watch: did the night run? Asks the run ledger, and needs neither a scheduler, nor the internet, nor a sound warehouse."""

import json
import os
import platform
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from nemuro_etl.catalog import load_catalog, load_schedules
from nemuro_etl.errors import ConfigurationWrong, DatabaseUnusable, Fault
from nemuro_etl.model.period import TOKYO, tokyo_day
from nemuro_etl.model.span import span_text
from nemuro_etl.pipeline.house import SQL_ROOT
from nemuro_etl.settings import Settings, command_of

if TYPE_CHECKING:
    from nemuro_etl.warehouse import Run


@dataclass(frozen=True, slots=True)
class Incident:
    """Something that is not well with the nights. `key` is the same as long as it is the same incident."""

    key: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class Watch:
    """What the watchdog found, and what became of the mail about it; without incidents, what is well."""

    incidents: tuple[Incident, ...]
    told: str


@dataclass(frozen=True, slots=True)
class Nights:
    """The newest night of the run ledger, and the newest that came to its end, whatever its exit code."""

    latest: "Run | None"
    ended: "Run | None"

    def say(self, now: datetime) -> str:
        """When a night last ended, and how: `2018-11-22T03:01:00+09:00 (exit 0), 6 h ago`."""
        if self.ended is None or self.ended.finished_at is None:
            return "none has ended yet"
        return f"{_moment(self.ended.finished_at)} ({self.ended.status}), {span_text(now - self.ended.finished_at)} ago"


def nights_of(runs: Sequence["Run"], now: datetime) -> Nights:
    """The nights among `runs` (newest first): of their own day, and not in the future of a rehearsal's clock."""
    nights = [
        run
        for run in runs
        if run.kind == "nightly"
        and run.as_of == tokyo_day(run.started_at)
        and (run.finished_at or run.started_at) <= now
    ]
    ended = (run for run in nights if run.finished_at is not None and run.status.startswith("exit "))
    return Nights(next(iter(nights), None), next(ended, None))


def find_stuck(nights: Nights, now: datetime, deadline: timedelta, command: str) -> Incident | None:
    """The newest night when it has not ended and its process is dead, or it runs for longer than `deadline`."""
    run = nights.latest
    if run is None or run.finished_at is not None:
        return None
    where = f"process {run.process_id} on {run.host}"
    began = f"The night that began at {_moment(run.started_at)} ({where})"
    if run.host == platform.node() and not _runs(run.process_id):
        return Incident(
            f"dead {run.id}",
            Fault(
                what=f"{began} is dead.",
                expected="Expected: a process that runs, or an end in the run ledger; found neither.",
                kept="What it committed is kept, and nothing is locked; the rest was not done.",
                remedy=f"Run: {command} nightly — it finishes what was begun.",
            ),
        )
    if now - run.started_at > deadline:
        return Incident(
            f"hung {run.id}",
            Fault(
                what=f"{began} has not ended after {span_text(now - run.started_at)}.",
                expected=f"Expected: an end within {span_text(deadline)} (schedules.yml, nightly.deadline).",
                kept="What it committed is kept; while it runs, no other run can begin.",
                remedy=f"Look at {where}; end it if it hangs; then run: {command} nightly",
            ),
        )
    return None


def find_late(nights: Nights, now: datetime, max_age: timedelta, command: str) -> Incident | None:
    """The lack of a night that ended within `max_age`."""
    ended = nights.ended
    if ended is not None and ended.finished_at is not None and now - ended.finished_at <= max_age:
        return None
    latest = nights.latest
    attempt = (
        "none was begun" if latest is None else f"the last one began at {_moment(latest.started_at)}: {latest.status}"
    )
    return Incident(
        f"late {'never' if ended is None else ended.id}",
        Fault(
            what=f"The nightly run is late: the last that ended was {nights.say(now)}."
            if ended
            else "The nightly run is late: in this warehouse none has ended yet.",
            expected=f"Expected: one that ended within {span_text(max_age)}; found: {attempt}.",
            kept="What is recorded is kept; nothing newer was collected, judged or told.",
            remedy=f"Run: {command} doctor — and when nothing is wrong: {command} nightly",
        ),
    )


def watch(settings: Settings, max_age: timedelta) -> Watch:
    """Every incident, each mailed to the operator at most once a day. Raises nothing that an incident can say."""
    nights, incidents = _look(settings, max_age)
    if incidents:
        return Watch(incidents, alarm(settings, incidents))
    return Watch((), f"The last night ended {nights.say(settings.clock())}.")


def _look(settings: Settings, max_age: timedelta) -> tuple[Nights, tuple[Incident, ...]]:
    now, command = settings.clock(), command_of(settings)
    incidents: list[Incident | None] = []
    nights, deadline = Nights(None, None), timedelta.max
    try:
        deadline = load_schedules(settings.config).deadline
        load_catalog(settings.config)
    except Fault as fault:
        incidents.append(Incident("config", fault))
    try:
        nights = nights_of(_read_runs(settings), now)
        incidents += [find_stuck(nights, now, deadline, command), find_late(nights, now, max_age, command)]
    except Fault as fault:
        incidents.append(Incident("warehouse", fault))
    return nights, tuple(each for each in incidents if each is not None)


def _read_runs(settings: Settings) -> Sequence["Run"]:
    from nemuro_etl.warehouse.engine import Database
    from nemuro_etl.warehouse.store import Warehouse

    try:
        # as it is: the watchdog migrates nothing, and makes no warehouse where there is none
        with closing(Warehouse(Database(settings.warehouse_url), SQL_ROOT)) as warehouse:
            return warehouse.runs()
    except Fault:
        raise
    except Exception as error:
        raise DatabaseUnusable(
            what=f"The run ledger cannot be read: {type(error).__name__}: {next(iter(str(error).splitlines()), 'no reason given')}.",
            expected="Expected: a warehouse of this program.",
            kept="Nothing was read or written.",
            remedy=f"Run: {command_of(settings)} doctor",
        ) from error


def _runs(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it is somebody else's
    return True


def _moment(moment: datetime) -> str:
    return moment.astimezone(TOKYO).isoformat()


# the mail to the operator


def alarm(settings: Settings, incidents: Sequence[Incident]) -> str:
    """Mail the operator, about the same incident at most once a day; what became of the mail.

    A mail that cannot leave is told here, and tried again when the incident is met again.
    """
    if settings.operator_address is None:
        return "No mail: NEMURO_OPERATOR_ADDRESS is not set."
    from nemuro_etl.mail import PerhapsSent

    day = tokyo_day(settings.clock()).isoformat()
    known = _mailed_on(settings, day)
    if known.issuperset(each.key for each in incidents):
        return f"No mail: {settings.operator_address} was told today."
    try:
        told = _send(settings, settings.operator_address, incidents)
    except PerhapsSent as fault:
        told = f"Perhaps mailed: {fault.what}"
    except Fault as fault:
        return f"No mail: {fault.what} The next watch tries again."
    _note_mailed(settings, day, known.union(each.key for each in incidents))
    return told


def _send(settings: Settings, to: str, incidents: Sequence[Incident]) -> str:
    from nemuro_etl.mail import EmlFolder, render_alarm
    from nemuro_etl.pipeline.delivering import halt_of, transport_of

    if (halted := halt_of(settings)) is not None:
        raise halted
    transport = transport_of(settings)
    message = render_alarm(
        {each.key: str(each.fault) for each in incidents},
        sender=settings.mail_from,
        to=to,
        place=f"{settings.home.absolute()} on {platform.node()}",
        now=settings.clock(),
        for_file=isinstance(transport, EmlFolder),
    )
    if not isinstance(transport, EmlFolder):
        require_leave(settings, to)
    transport.send(message)
    where = transport.path_of(message) if isinstance(transport, EmlFolder) else to
    return f"Mailed: {where}"


def require_leave(settings: Settings, to: str) -> None:
    """Refuse an operator whom the mail server may not be given, as any other recipient outside production."""
    from nemuro_etl.mail import may_receive

    if not may_receive(to, settings.mail_allow, settings.mail_live):
        raise ConfigurationWrong(
            what=f"The watchdog's mail to {to} is withheld: neither NEMURO_MAIL_ALLOW nor NEMURO_MAIL_LIVE=1 lets it leave.",
            expected="Expected: the operator's address in NEMURO_MAIL_ALLOW, or NEMURO_MAIL_LIVE=1 in production.",
            kept="Nothing was sent.",
            remedy="Set one of the two, then run: nemuro doctor",
        )


def _memory(settings: Settings) -> Path:
    return settings.home / "watchdog.json"


def _mailed_on(settings: Settings, day: str) -> set[str]:
    """The keys that were mailed on that day. A memory that cannot be read is none: rather two mails than no mail."""
    try:
        memory = json.loads(_memory(settings).read_text(encoding="utf-8"))
        return set(memory["keys"]) if memory["day"] == day else set()
    except (OSError, ValueError, LookupError, TypeError):
        return set()


def _note_mailed(settings: Settings, day: str, keys: set[str]) -> None:
    with suppress(OSError):  # a full disk: the next watch mails once more
        settings.home.mkdir(parents=True, exist_ok=True)
        _memory(settings).write_text(json.dumps({"day": day, "keys": sorted(keys)}), encoding="utf-8")
