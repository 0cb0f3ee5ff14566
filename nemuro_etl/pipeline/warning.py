"""Warn: decide what changed and what is owed, and write the mails down in the transaction of the decision."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from nemuro_etl.model.alert import Cause, Change, Mail, MailKind, Rhythm, Told
from nemuro_etl.model.evaluation import Evaluation, Rating, SourceCondition
from nemuro_etl.model.period import tokyo_day
from nemuro_etl.model.snapshot import Snapshot
from nemuro_etl.pipeline.answering import Heeded, heed, silences_over, tokens_for
from nemuro_etl.pipeline.calling import find_calls, render_calls
from nemuro_etl.pipeline.circumstances import coverage_of, moves_of
from nemuro_etl.pipeline.collecting import Collection
from nemuro_etl.pipeline.house import House
from nemuro_etl.pipeline.journal import Deed, write_entry
from nemuro_etl.pipeline.rhythm import FollowUp, follow_up

if TYPE_CHECKING:
    from nemuro_etl.mail import Collected, Night, NightSummary


_TO_DEPARTMENTS = (MailKind.DIGEST, MailKind.CALL, MailKind.REMINDER, MailKind.UNANSWERED)


@dataclass(frozen=True, slots=True)
class Warned:
    """What a night found worth telling, and the mails that this run wrote to the outbox."""

    changes: tuple[Change, ...] = ()
    mails: tuple[Mail, ...] = ()
    held: frozenset[str] = frozenset()
    """The keys of those that wait until a person releases them."""


def warn(
    house: House,
    evaluations: Sequence[Evaluation],
    collections: Sequence[Collection],
    as_of: date,
    *,
    fiscal_year: int | None = None,
    rehearsal: Path | None = None,
) -> Warned:
    """Tell every department what changed for it and what it owes, once, and the secretariat what is new in the night.

    `evaluations` are all years of all rows; `fiscal_year` limits what is told. With `rehearsal` the mails go to that
    folder and nothing is recorded.
    """
    from nemuro_etl.alerting import warning_state
    from nemuro_etl.mail import render_secretariat

    edition = house.edition
    if edition.revision_on(as_of) is None:
        return Warned()
    changes = _changes(house, evaluations, as_of, fiscal_year)
    heeded = heed(house, changes, as_of, fiscal_year)
    told_before = house.warehouse.told(edition.id)
    added = [change.line for change in changes]
    warnings = list(warning_state((*told_before, *added)).values())
    night = replace(night_of(house, changes, evaluations, as_of), tokens=tokens_for(house, warnings, as_of))
    digests = _digests(house, changes, heeded, night)
    called = render_calls(house, find_calls(house, evaluations, as_of, fiscal_year), night)
    # A rerun of one fiscal year tells its changes and calls; what follows a month or a week is the nights'.
    followed = FollowUp() if fiscal_year is not None else follow_up(house, warnings, evaluations, night)
    written = {one.mail.key: one.mail for one in house.warehouse.mails_of(edition.id, as_of)}
    letters = (*digests.values(), *(mail for mail, _ in called), *followed.mails)
    of_tonight = {mail.key: mail for mail in (*written.values(), *letters) if mail.night == as_of}
    to_departments = tuple(mail for mail in of_tonight.values() if _is_to_department(mail, house, as_of))
    before = house.warehouse.matters(edition.id, as_of)
    # On the first night of all nothing was known before that could have changed.
    storm = before is not None and _is_storm(house, told_before, added, as_of)
    held = frozenset(mail.key for mail in to_departments if storm)
    notes, ended = (*_breaks(house, as_of), *heeded.notes), silences_over(house, as_of)
    matters = _matters(house, before or frozenset(), evaluations, (*notes, *ended), as_of)
    remarks = (*notes, *(line for line in ended if line not in (before or ())))
    changed = any(line.as_of == as_of for line in (*told_before, *added))
    summary = _summary(house, evaluations, collections, to_departments, held, remarks)
    # Compared with the night before, so that a second run of the same night comes to the same.
    new = before is None or changed or to_departments or matters - before
    mails = (*letters, render_secretariat(summary, night)) if new else letters
    if rehearsal is not None:
        _rehearse(house, mails, rehearsal)
        return Warned(changes, mails, held)
    write_entry(house, Deed.WARNED, edition=house.edition.id, as_of=as_of.isoformat(), fiscal_year=fiscal_year)
    house.warehouse.record_night(
        [
            (change, None if change.indicator in heeded.silenced else digests[change.department].key)
            for change in changes
        ],
        mails,
        [(call.line, mail.key) for mail, of_one in called for call in of_one],
        heeded.dealt_with(digests),
        rhythm=Rhythm(edition.id, as_of, matters, followed.reminded, followed.periodicals),
        held=held,
    )
    return Warned(changes, tuple(mail for mail in mails if mail.key not in written), held)


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


def _digests(house: House, changes: Sequence[Change], heeded: Heeded, night: "Night") -> dict[str, Mail]:
    """By department the one mail about what changed for it, and what it hears of again after a silence."""
    from nemuro_etl.mail import render_digest

    by_department: dict[str, list[Change]] = {department_id: [] for department_id in heeded.resumed}
    for change in changes:
        if change.indicator not in heeded.silenced:
            by_department.setdefault(change.department, []).append(change)
    return {
        department_id: render_digest(
            house.department(department_id, night.day),
            told,
            night,
            resumed=heeded.resumed.get(department_id, ()),
            comments=heeded.comments.get(department_id, ()),
        )
        for department_id, told in by_department.items()
    }


def _is_storm(house: House, told: Sequence[Told], added: Sequence[Told], as_of: date) -> bool:
    from nemuro_etl.alerting import is_storm

    return is_storm(told, added, edition=house.edition, alerting=house.catalog.alerting, as_of=as_of)


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


def night_of(house: House, changes: Sequence[Change], evaluations: Sequence[Evaluation], as_of: date) -> "Night":
    """What the mails of a night go by: `changes` are what they tell of, `evaluations` all years of all rows."""
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
        moves=moves_of(house, changes, as_of),
        coverage=coverage_of(house, changes),
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


def _is_to_department(mail: Mail, house: House, as_of: date) -> bool:
    """Whether `mail` goes to a department of this edition, or to its head."""
    if not mail.headers["References"].startswith(f"<thread.{house.edition.id}."):
        return False
    to_head = mail.to != house.department(house.catalog.alerting.secretariat, as_of).address
    return mail.kind in _TO_DEPARTMENTS or (mail.kind is MailKind.ESCALATION and to_head)


def _matters(
    house: House, before: frozenset[str], evaluations: Sequence[Evaluation], remarks: Sequence[str], as_of: date
) -> frozenset[str]:
    from nemuro_etl.alerting import find_matters

    known = {source.id for source in house.catalog.sources}
    failing = {
        # An address that is silent says so in other words every night; a file that cannot be read says what is wrong.
        source: trouble.detail if trouble.condition is SourceCondition.UNREADABLE else str(trouble.condition)
        for source, trouble in house.warehouse.source_troubles(as_of).items()
        if source in known
    }
    return find_matters(before, evaluations, failing, remarks)


def _summary(
    house: House,
    evaluations: Sequence[Evaluation],
    collections: Sequence[Collection],
    mails: tuple[Mail, ...],
    held: frozenset[str],
    remarks: tuple[str, ...],
) -> "NightSummary":
    from nemuro_etl.mail import NightSummary

    return NightSummary(
        evaluations=tuple(evaluations),
        collected=tuple(_collected(house, collections)),
        mails=mails,
        held=held,
        remarks=remarks,
    )


def _collected(house: House, collections: Sequence[Collection]) -> Iterator["Collected"]:
    """What came from each source today, by this run or by one that was interrupted before it could tell."""
    from nemuro_etl.mail import Collected

    loads = house.warehouse.loads() if collections else ()
    today = [load for load in loads if tokyo_day(load.loaded_at) == house.today and load.new + load.revised]
    for collection in collections:
        figures = [load.new + load.revised for load in today if load.source == collection.source]
        yield Collected(collection.source, files=len(figures), figures=sum(figures), faults=collection.faults)


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
