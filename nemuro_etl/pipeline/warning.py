"""Warn: decide what changed and what is owed, and write the mails down in the transaction of the decision."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from nemuro_etl.model.alert import Cause, Change, Mail, MailKind, Told
from nemuro_etl.model.evaluation import Evaluation, Rating
from nemuro_etl.model.period import tokyo_day
from nemuro_etl.model.snapshot import Snapshot
from nemuro_etl.pipeline.answering import heed, tokens_for
from nemuro_etl.pipeline.calling import find_calls, render_calls
from nemuro_etl.pipeline.collecting import Collection
from nemuro_etl.pipeline.house import House
from nemuro_etl.pipeline.journal import Deed, write_entry

if TYPE_CHECKING:
    from nemuro_etl.mail import Collected, Night, NightSummary


_TO_DEPARTMENTS = (MailKind.DIGEST, MailKind.CALL, MailKind.REMINDER)


@dataclass(frozen=True, slots=True)
class Warned:
    """What a night found worth telling, and the mails that this run wrote to the outbox."""

    changes: tuple[Change, ...]
    mails: tuple[Mail, ...]


def warn(
    house: House,
    evaluations: Sequence[Evaluation],
    collections: Sequence[Collection],
    as_of: date,
    *,
    fiscal_year: int | None = None,
    rehearsal: Path | None = None,
) -> Warned:
    """Tell every department what changed for it and what it owes, once, and the secretariat how the night was.

    `evaluations` are all years of all rows; `fiscal_year` limits what is told. With `rehearsal` the mails go to that
    folder and nothing is recorded.
    """
    from nemuro_etl.mail import render_digest, render_secretariat

    edition = house.edition
    if edition.revision_on(as_of) is None:
        return Warned((), ())
    changes = _changes(house, evaluations, as_of, fiscal_year)
    heeded = heed(house, changes, as_of, fiscal_year)
    open_lines = [*(change.line for change in changes), *chain.from_iterable(heeded.resumed.values())]
    night = replace(_night(house, changes, evaluations, as_of), tokens=tokens_for(house, open_lines, as_of))
    by_department: dict[str, list[Change]] = {department_id: [] for department_id in heeded.resumed}
    for change in changes:
        if change.indicator not in heeded.silenced:
            by_department.setdefault(change.department, []).append(change)
    digests = {
        department_id: render_digest(
            house.department(department_id, as_of),
            told,
            night,
            resumed=heeded.resumed.get(department_id, ()),
            comments=heeded.comments.get(department_id, ()),
        )
        for department_id, told in by_department.items()
    }
    called = render_calls(house, find_calls(house, evaluations, as_of, fiscal_year), night)
    written = {one.mail.key: one.mail for one in house.warehouse.mails()}
    letters = (*digests.values(), *(mail for mail, _ in called))
    of_tonight = {mail.key: mail for mail in (*written.values(), *letters) if mail.night == as_of}
    to_departments = tuple(mail for mail in of_tonight.values() if mail.kind in _TO_DEPARTMENTS)
    summary = render_secretariat(
        _summary(house, evaluations, collections, to_departments, (*_breaks(house, as_of), *heeded.notes)), night
    )
    mails = (*letters, summary)
    if rehearsal is not None:
        _rehearse(house, mails, rehearsal)
        return Warned(changes, mails)
    write_entry(house, Deed.WARNED, as_of=as_of.isoformat(), fiscal_year=fiscal_year)
    house.warehouse.record_night(
        [
            (change, None if change.indicator in heeded.silenced else digests[change.department].key)
            for change in changes
        ],
        mails,
        [(call.line, mail.key) for mail, of_one in called for call in of_one],
        heeded.dealt_with(digests),
    )
    return Warned(changes, tuple(mail for mail in mails if mail.key not in written))


def _changes(
    house: House, evaluations: Sequence[Evaluation], as_of: date, fiscal_year: int | None
) -> tuple[Change, ...]:
    from nemuro_etl.alerting import decide

    changes = decide(
        house.warehouse.told(house.edition.id),
        evaluations,
        edition=house.edition,
        catalog=house.catalog,
        as_of=as_of,
        margin_rating=_margin_ratings(house, evaluations, as_of),
        cause_of=_cause_of(house, as_of),
    )
    return tuple(change for change in changes if fiscal_year in (None, change.now.fiscal_year))


def _margin_ratings(house: House, evaluations: Sequence[Evaluation], as_of: date) -> Mapping[tuple[str, int], Rating]:
    from nemuro_etl.judging import rating_with_margin

    rows = {indicator.id: indicator for indicator in house.edition.indicators_on(as_of)}
    bands = house.catalog.bands_on(as_of)
    return {
        (each.indicator, each.fiscal_year): rating_with_margin(each, rows[each.indicator], bands)
        for each in evaluations
        if each.sample_size is not None
    }


def _cause_of(house: House, as_of: date) -> Callable[[Told | None, Evaluation], Cause]:
    from nemuro_etl.judging import cause_of

    since = house.catalog.bands_on(as_of).since
    return lambda before, now: Cause.NEW_FIGURE if before is None else cause_of(before, now, since)


def _night(house: House, changes: Sequence[Change], evaluations: Sequence[Evaluation], as_of: date) -> "Night":
    from nemuro_etl.alerting import business_day_after, next_business_day
    from nemuro_etl.mail import Night

    calendar = house.catalog.calendar
    not_before = next_business_day(as_of, calendar)
    secretariat = house.department(house.catalog.alerting.secretariat, as_of)
    return Night(
        day=as_of,
        not_before=not_before,
        answer_by=business_day_after(not_before, house.catalog.alerting.answer_within, calendar),
        catalog=house.catalog,
        edition=house.edition,
        sender=house.settings.mail_from,
        reply_to=house.settings.mail_reply_to or secretariat.address,
        originals=_originals(house, changes),
        margins=_margins(house, evaluations, as_of),
    )


def _originals(house: House, changes: Sequence[Change]) -> Mapping[str, Snapshot]:
    named = {figure.snapshot for change in changes for figure in change.now.figures if figure.snapshot is not None}
    return {sha256: house.snapshots.find(sha256) for sha256 in sorted(named)}


def _margins(house: House, evaluations: Sequence[Evaluation], as_of: date) -> Mapping[tuple[str, int], Decimal]:
    """The 95 % margin, in points, of each survey's share whose n is known."""
    from nemuro_etl.judging import margin_of_error

    rows = {indicator.id: indicator for indicator in house.edition.indicators_on(as_of)}
    return {
        (each.indicator, each.fiscal_year): margin_of_error(each.actual, each.sample_size)
        for each in evaluations
        if each.actual is not None and each.sample_size is not None and rows[each.indicator].unit == "%"
    }


def _summary(
    house: House,
    evaluations: Sequence[Evaluation],
    collections: Sequence[Collection],
    mails: tuple[Mail, ...],
    remarks: tuple[str, ...],
) -> "NightSummary":
    from nemuro_etl.mail import NightSummary

    return NightSummary(
        evaluations=tuple(evaluations),
        collected=tuple(_collected(house, collection) for collection in collections),
        mails=mails,
        remarks=remarks,
    )


def _collected(house: House, collection: Collection) -> "Collected":
    """What came from a source today, by this run or by one that was interrupted before it could tell."""
    from nemuro_etl.mail import Collected

    today = [
        load
        for load in house.warehouse.loads()
        if load.source == collection.source and tokyo_day(load.loaded_at) == house.today and load.new + load.revised
    ]
    figures = sum(load.new + load.revised for load in today)
    return Collected(collection.source, files=len(today), figures=figures, faults=collection.faults)


def _breaks(house: House, as_of: date) -> tuple[str, ...]:
    """Where the city's population does not follow from that of the year before: mergers are real, so it is told."""
    area = house.edition.area
    known = {
        series: {
            figure.period: figure.value
            for figure in house.warehouse.figures(series, area=area, as_of=as_of)
            if all(value in ("total", "all") for value in figure.dimensions.values())
        }
        for series in ("registry.population", "registry.change")
    }
    population, change = known["registry.population"], known["registry.change"]
    lines = []
    for year, moved in sorted((period, value) for period, value in change.items() if len(period) == 4):
        before, after = population.get(f"{year}-01-01"), population.get(f"{int(year) + 1}-01-01")
        if before is not None and after is not None and before + moved != after:
            lines.append(
                f"{house.edition.area_name}の{year}年: 1月1日の人口{before:,}人に1年間の増減{moved:+,}人を加えても、"
                f"翌年1月1日の{after:,}人になりません（差{after - before - moved:+,}人）。"
            )
    return tuple(lines)


def _rehearse(house: House, mails: Sequence[Mail], folder: Path) -> None:
    from nemuro_etl.mail import EmlFolder, to_message

    for mail in mails:
        EmlFolder(folder).send(to_message(mail, date=house.now, for_file=True))
