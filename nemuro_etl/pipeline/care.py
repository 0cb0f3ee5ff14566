"""Care: config checked, the house examined, every figure verified against its original, revisions decided."""

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http.client import HTTPException
from typing import TYPE_CHECKING
from urllib.request import ProxyHandler, build_opener

from nemuro_etl.catalog import load_catalog, load_schedules
from nemuro_etl.catalog.types import Catalog
from nemuro_etl.errors import ConfigurationWrong, Fault
from nemuro_etl.model.figure import decimal_text
from nemuro_etl.model.period import TOKYO
from nemuro_etl.pipeline.collecting import remarkable
from nemuro_etl.pipeline.house import SQL_ROOT, House, open_house
from nemuro_etl.pipeline.journal import Deed, write_entry
from nemuro_etl.pipeline.judging import affected
from nemuro_etl.pipeline.originals import reading_original
from nemuro_etl.pipeline.watching import find_stuck, nights_of, require_leave
from nemuro_etl.settings import Settings, command_of, describe_settings, prefect_api
from nemuro_etl.sources.recipe import READER_VERSIONS

if TYPE_CHECKING:
    from nemuro_etl.warehouse import Load

_ROOM_WANTED = 1_000_000_000
"""Bytes: a night keeps originals of some megabytes; less than this much room is told before it is used up."""


def check(settings: Settings) -> str:
    """Lint of config/: one line on what is there. Raises ConfigurationWrong with every fault of every file."""
    catalog = load_catalog(settings.config)
    _check_actuals(catalog)
    _check_layouts(catalog)
    rows = {row.id: row for edition in catalog.editions for _, rows in edition.indicators_by_revision for row in rows}
    distinct = sum(row.same_as is None for row in rows.values())
    return (
        f"config/ holds together: {len(catalog.editions)} edition(s), {len(rows)} rows ({distinct} distinct "
        f"indicators), {len(catalog.departments)} departments, {len(catalog.sources)} sources."
    )


def _check_actuals(catalog: Catalog) -> None:
    """Refuse an indicator whose actual is computed by a file that is not there: the catalog sees only config/."""
    missing = [
        f"{row.id}: actual.sql {row.actual.sql!r}"
        for edition in catalog.editions
        for row in edition.indicators_on(date.max)
        if row.actual.sql is not None and not (SQL_ROOT / "actuals" / f"{row.actual.sql}.sql").is_file()
    ]
    if missing:
        raise ConfigurationWrong(
            what=f"config/strategy/ names files that are not in sql/actuals/: {'; '.join(missing)}.",
            expected=f"Expected one of: {', '.join(sorted(path.stem for path in (SQL_ROOT / 'actuals').glob('*.sql')))}.",
            kept="Nothing was done.",
            remedy="Correct the name, or write the file, then run: nemuro check",
        )


def _check_layouts(catalog: Catalog) -> None:
    """Refuse a slip in config/sources/ that only the reader of the layouts can see."""
    from nemuro_etl.sources.spec import find_faults

    faults = [
        f"{source.config_file}: {kind.id}: {fault}"
        for source in catalog.sources
        for kind in source.file_kinds
        if kind.reader in READER_VERSIONS
        for fault in find_faults(kind)
    ]
    if faults:
        raise ConfigurationWrong(
            what="config/sources/ describes layouts that cannot be:\n  " + "\n  ".join(faults),
            expected="Expected: layouts as the reader understands them.",
            kept="Nothing was done.",
            remedy="Correct the file, then run: nemuro check",
        )


def doctor(settings: Settings, overrides: Mapping[str, object] | None = None) -> list[dict[str, object]]:
    """What is wrong with settings, config, database, disk, nights, scheduler, clock and mail: a finding a row."""
    findings: list[dict[str, object]] = [
        {
            "subject": row["setting"],
            "state": "wrong" if row["wrong"] else "ok",
            "finding": row["wrong"] or row["value"],
            "origin": row["origin"],
            "remedy": "Correct its name." if row["wrong"] else "",
        }
        for row in describe_settings(settings, overrides)
    ]

    def note(subject: str, finding: str, fault: Fault | None = None) -> None:
        findings.append(
            {
                "subject": subject,
                "state": "ok" if fault is None else "wrong",
                "finding": finding if fault is None else fault.what,
                "origin": "",
                "remedy": "" if fault is None else fault.remedy,
            }
        )

    try:
        note("config", check(settings))
        house = open_house(settings)
    except Fault as fault:
        note("config and database", "", fault)
        return findings
    note("database", f"schema version {house.warehouse.schema_version()}")
    last = next(iter(house.warehouse.runs()), None)
    note(
        "last run",
        "none yet" if last is None else f"{last.kind} {last.started_at.astimezone(TOKYO).isoformat()}: {last.status}",
    )
    broken = [f"{each.name} ({len(each.rows)})" for each in house.warehouse.checks("broken") if each.rows]
    note(
        "figures",
        "; ".join(["sql/checks/ hold", *remarkable(house)]),
        Fault(f"sql/checks/ found rows: {', '.join(broken)}.", "", "", "Run: nemuro trace --verify-all")
        if broken
        else None,
    )
    room = shutil.disk_usage(settings.home).free
    note(
        "disk",
        f"{room // 1_000_000:,} MB free in {settings.home}",
        None
        if room >= _ROOM_WANTED
        else Fault(f"Only {room // 1_000_000:,} MB free in {settings.home}.", "", "", "Make room on this disk."),
    )
    for subject, state in _STATES.items():
        try:
            note(subject, state(house))
        except Fault as fault:
            note(subject, "", fault)
    house.close()
    return findings


def _night_state(house: House) -> str:
    nights = nights_of(house.warehouse.runs(), house.now)
    deadline = load_schedules(house.settings.config).deadline
    stuck = find_stuck(nights, house.now, deadline, command_of(house.settings))
    if stuck is not None:
        raise stuck.fault
    return nights.say(house.now)


def _scheduler_state(_: House) -> str:
    """Whether the Prefect server of the environment answers; asked without Prefect, and past any proxy."""
    api = prefect_api()
    if api is None:
        return "no PREFECT_API_URL: flows run embedded, and cron or systemd starts the nights"
    try:
        with build_opener(ProxyHandler({})).open(f"{api.rstrip('/')}/health", timeout=10) as answer:
            answer.read()
    except (OSError, ValueError, HTTPException) as error:
        raise Fault(
            what=f"The Prefect server {api} does not answer: {error}.",
            expected="Expected: that its /health answers.",
            kept="The night can run without it.",
            remedy="Start it (docs/operation.md), correct PREFECT_API_URL, or let cron run: nemuro nightly",
        ) from error
    return f"{api} answers"


def _clock_state(house: House) -> str:
    settings = house.settings
    if settings.now is not None and settings.mail_live:
        raise Fault(
            what=f"NEMURO_NOW is set ({settings.now.isoformat()}) and NEMURO_MAIL_LIVE=1.",
            expected="Expected: the machine's own clock in production.",
            kept="Every night would run on that one day.",
            remedy="Remove NEMURO_NOW from the environment and .env.",
        )
    return f"{house.today} in Tokyo{'' if settings.now is None else ': a rehearsal, by NEMURO_NOW'}"


def _operator_state(house: House) -> str:
    from nemuro_etl.mail import address_of

    settings = house.settings
    if settings.operator_address is None:
        return "no NEMURO_OPERATOR_ADDRESS: the watchdog mails nobody"
    address_of(settings.operator_address)
    if settings.smtp_host is not None:
        require_leave(settings, settings.operator_address)
    return f"the watchdog mails {settings.operator_address}"


def _answers_state(house: House) -> str:
    if house.settings.reply_key is None:
        return "no NEMURO_REPLY_KEY: mails carry no answer numbers, answers are entered with: nemuro alerts ack"
    return "warnings carry answer numbers; replies are taken with: nemuro alerts import"


def _mail_state(house: House) -> str:
    from nemuro_etl.mail import Smtp
    from nemuro_etl.pipeline.delivering import halt_of, transport_of

    if (halted := halt_of(house.settings)) is not None:
        raise halted
    transport = transport_of(house.settings)
    if isinstance(transport, Smtp):
        transport.probe()
        return f"{transport.host}:{transport.port} answers"
    return f"no NEMURO_SMTP_HOST: mails are .eml files in {house.settings.home / 'mail'}"


_STATES = {
    "last night": _night_state,
    "scheduler": _scheduler_state,
    "clock": _clock_state,
    "mail": _mail_state,
    "replies": _answers_state,
    "operator": _operator_state,
}


@dataclass(frozen=True, slots=True)
class Verification:
    """What re-reading every original found."""

    loads: int
    cells: int
    differences: tuple[str, ...]

    @property
    def clean(self) -> bool:
        return not self.differences

    def report(self) -> str:
        """One line when everything agrees; else every difference with its place."""
        if self.clean:
            return f"{self.cells:,} recorded cells of {self.loads} loads equal their originals."
        return "\n".join(
            [
                f"{len(self.differences)} differences; {self.cells:,} recorded cells of {self.loads} loads compared:",
                *(f"  {difference}" for difference in self.differences),
                "  Nothing was changed. Restore the original from a backup, then run: nemuro trace --verify-all",
            ]
        )


def verify(house: House) -> Verification:
    """Re-read every recorded figure from its stored original, cell by cell."""
    cells, differences = 0, []
    loads = [load for load in house.warehouse.loads() if load.kind != "accepted"]
    for load in loads:
        try:
            compared, found = _verify_load(house, load)
            cells += compared
            differences += found
        except Fault as fault:
            differences.append(f"{load.name} ({load.source}, sha256:{load.sha256}): {fault.what} {fault.expected}")
    return Verification(len(loads), cells, tuple(differences))


def _verify_load(house: House, load: "Load") -> tuple[int, list[str]]:
    import pandas as pd

    columns = ["series", "dimensions", "period", "area", "stage", "sheet", "cell"]
    recorded = house.warehouse.recorded_of(load.id)
    source = house.source(load.source)
    with reading_original(house, source, house.snapshots.find(load.sha256)) as contents:
        read = pd.concat(
            [frame[[*columns, "value"]].astype(dict.fromkeys(columns, str)) for frame in contents.frames],
            ignore_index=True,
        )
    both = (
        recorded[[*columns, "value"]]
        .astype(dict.fromkeys(columns, str))
        .merge(
            read,
            on=columns,
            how="outer",
            suffixes=("_recorded", "_read"),
            indicator=True,
        )
    )
    same = (both["_merge"] == "both") & (both["value_recorded"] == both["value_read"])
    wrong = both[~same].head(20)
    return len(recorded), [
        f"{load.name} {row.sheet}!{row.cell}: {row.series} {row.area} {row.period} recorded {row.value_recorded}, "
        f"read {row.value_read}"
        for row in wrong.itertuples()
    ]


def held_revisions(house: House, *, undecided_only: bool = True) -> list[dict[str, object]]:
    """Held revisions with old, new, difference and the indicators affected."""
    rows = house.edition.indicators_on(house.today)
    return [
        {
            "id": revision.id,
            "series": revision.series,
            "area": revision.area,
            "period": revision.period,
            "dimensions": dict(revision.dimensions),
            "old": decimal_text(revision.old_value),
            "old_stage": revision.old_stage.value,
            "new": decimal_text(revision.new_value),
            "new_stage": revision.new_stage.value,
            "difference": decimal_text(revision.difference),
            "unit": revision.unit,
            "indicators": [row.id for row in affected(house, rows, revision.series)]
            if revision.area == house.edition.area
            else [],
            "snapshot": f"sha256:{revision.snapshot}",
            "locator": revision.locator,
            "entered_by": revision.entered_by,
            "correction": revision.correction,
            "found_at": revision.found_at.isoformat(),
            "decision": revision.decision,
            "decided_by": revision.decided_by,
            "reason": revision.reason,
        }
        for revision in house.warehouse.held(undecided_only=undecided_only)
    ]


def decide_revisions(house: House, numbers: Sequence[int], *, accept: bool, by: str, reason: str) -> None:
    """Accept (known from now on) or reject held revisions, each with who and why."""
    with house.warehouse.exclusive_run():
        for number in numbers:
            decide_held(house, number, accept=accept, by=by, reason=reason)


def decide_held(house: House, number: int, *, accept: bool, by: str, reason: str) -> None:
    """The same for one, for who holds the warehouse already."""
    write_entry(house, Deed.DECIDED, number=number, accept=accept, by=by, reason=reason)
    house.warehouse.decide_revision(number, accept=accept, by=by, reason=reason, at=house.now)
