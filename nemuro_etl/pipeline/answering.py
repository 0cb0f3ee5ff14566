"""Answer: what departments write back to warnings is taken, listed, and heeded by the nights that follow."""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nemuro_etl.errors import ConfigurationWrong, UsageWrong
from nemuro_etl.model.alert import CHANGE_LABELS, Answer, AnswerKind, Change, Mail, Told
from nemuro_etl.model.evaluation import RATING_LABELS
from nemuro_etl.model.period import fiscal_year_label
from nemuro_etl.model.wording import day_text
from nemuro_etl.pipeline.house import House
from nemuro_etl.pipeline.journal import Deed, write_entry

if TYPE_CHECKING:
    from nemuro_etl.mail import Reply, Said
    from nemuro_etl.returns.workbook import HandedIn

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Heeded:
    """What the answers that had come bring to one night."""

    silenced: Collection[str]
    """Indicators whose changes are mailed to no department."""
    resumed: Mapping[str, Sequence[Told]]
    """By department the open warnings that it hears of again after a silence."""
    comments: Mapping[str, Sequence[Answer]]
    """By department what it answered since its last digest."""
    ended: Sequence[Answer]
    """The silences that are over, whether there is something to hear of again or not."""
    notes: tuple[str, ...]
    """For the secretariat: the silences in force, and what they kept from being mailed."""

    def dealt_with(self, digests: Mapping[str, Mail]) -> list[tuple[Answer, str | None]]:
        """What tonight's digests (by department) and the night itself settle, each with the mail that says so."""
        shown = [(one, mail.key) for owner, mail in digests.items() for one in self.comments.get(owner, ())]
        told = {line.indicator: digests[owner].key for owner, lines in self.resumed.items() for line in lines}
        return [*shown, *((over, told.get(over.indicator)) for over in self.ended)]


def acknowledge(house: House, indicator: str, *, fiscal_year: int | None, until: date, by: str, comment: str) -> Answer:
    """Take down that the department deals with an open warning: it is not reminded of until then."""
    command = "nemuro alerts ack"
    return _answer(house, indicator, fiscal_year, AnswerKind.ACKNOWLEDGED, until, by, comment, command)


def silence(house: House, indicator: str, *, until: date, by: str, reason: str) -> Answer:
    """Mail no change of an indicator that is warned of to its department until then; the secretariat sees it all."""
    return _answer(house, indicator, None, AnswerKind.SILENCED, until, by, reason, "nemuro alerts silence")


def _answer(
    house: House,
    indicator: str,
    fiscal_year: int | None,
    kind: AnswerKind,
    until: date,
    by: str,
    text: str,
    command: str,
) -> Answer:
    from nemuro_etl.alerting import may_last_until

    if not by.strip() or not text.strip():
        raise UsageWrong(
            what=f"{command} {indicator}: who answers, or what, is empty.",
            expected="Expected: words behind --by, and behind --comment or --reason.",
            kept="Nothing was recorded.",
            remedy=f"Run again: {command} {indicator} --by WHO …",
        )
    if not may_last_until(until, house.today):
        raise UsageWrong(
            what=f"{command} {indicator}: --until {until.isoformat()} is {'past' if until < house.today else 'too far'}.",
            expected=f"Expected: a day from today ({house.today.isoformat()}) to one year from it.",
            kept="Nothing was recorded.",
            remedy=f"Run again with a nearer day: {command} {indicator} --until DAY …",
        )
    with house.warehouse.exclusive_run():
        warning = _open_warnings(house).get(indicator)
        if warning is None or fiscal_year not in (None, warning.fiscal_year):
            found = "there is none" if warning is None else f"the open one is about FY{warning.fiscal_year}"
            raise UsageWrong(
                what=f"{command} {indicator}: no warning is open{'' if fiscal_year is None else f' for FY{fiscal_year}'}.",
                expected=f"Expected: an indicator, and year, with an open warning; {found}.",
                kept="Nothing was recorded.",
                remedy="Look which are open: nemuro alerts list",
            )
        facts = [str(kind), indicator, warning.fiscal_year, until.isoformat(), by, text, house.today.isoformat()]
        answer = Answer(
            key=_key_of(facts),
            edition=house.edition.id,
            indicator=indicator,
            fiscal_year=warning.fiscal_year,
            department=_owner_of(house, indicator, house.today),
            kind=kind,
            until=until,
            by=by.strip(),
            text=text.strip(),
            as_of=house.today,
        )
        _record(house, answer)
    return answer


def answer_again(house: House, facts: Mapping[str, Any]) -> None:
    """Record an answer as the journal tells of it."""
    dates = {name: date.fromisoformat(facts[name]) for name in ("until", "as_of")}
    house.warehouse.record_answers([Answer(**{**facts, **dates, "kind": AnswerKind(facts["kind"])})])


def _record(house: House, answer: Answer) -> None:
    if answer.key in {one.key for one in house.warehouse.answers(house.edition.id, date.max)}:
        return
    write_entry(
        house,
        Deed.ANSWERED,
        key=answer.key,
        edition=answer.edition,
        indicator=answer.indicator,
        fiscal_year=answer.fiscal_year,
        department=answer.department,
        kind=str(answer.kind),
        until=answer.until.isoformat(),
        by=answer.by,
        text=answer.text,
        as_of=answer.as_of.isoformat(),
    )
    house.warehouse.record_answers([answer])


def _key_of(facts: Sequence[object]) -> str:
    from nemuro_etl.mail.message import digest_of

    return digest_of(facts)


# replies by mail


def import_replies(house: House, paths: Sequence[Path]) -> list[dict[str, object]]:
    """Take the replies in .eml files, mboxes and folders of them: a row for each answer taken, and for what was ignored.

    Raises ConfigurationWrong without NEMURO_REPLY_KEY, UsageWrong for a path that is not there.
    """
    from nemuro_etl.mail import read_replies

    key = reply_key(house)
    if key is None:
        raise ConfigurationWrong(
            what="Replies are recognised by their answer numbers, and NEMURO_REPLY_KEY is not set.",
            expected="Expected: the secret under which the mails' answer numbers were made.",
            kept="Nothing was read or recorded.",
            remedy="Set NEMURO_REPLY_KEY (for example from: openssl rand -hex 32) and run again, or enter the answer "
            "with: nemuro alerts ack",
        )
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise UsageWrong(
            what=f"There is no file or folder {', '.join(missing)}.",
            expected="Expected: .eml files, mbox files, or folders of them.",
            kept="Nothing was read or recorded.",
            remedy="Run again with a path that is there: nemuro alerts import PATH…",
        )
    rows = []
    with house.warehouse.exclusive_run():
        for path in paths:
            for reply in read_replies(path):
                rows += [_row(reply, "", "ignored", reply.ignored)] if reply.ignored else _take(house, key, reply)
    return rows


def take_handed_in(house: House, handed_in: "HandedIn") -> list[str]:
    """Record what a workbook answers to warnings of its section, each once: a line for each that was written into it.

    For who holds the warehouse. A warning that is no longer open is not answered, which is told and refuses nothing.
    """
    from nemuro_etl.alerting import default_until

    identity, lines = handed_in.identity, []
    owned = {warning.indicator for warning in warnings_of(house, identity.department)}
    department = house.catalog.department_on(identity.department, house.today)
    name = identity.department if department is None else department.name
    for row in handed_in.answers:
        stated = "" if row.until is None else row.until.isoformat()
        answer = Answer(
            # a book that is mended or saved again is the same book; the same words in a later one are a new answer
            key=_key_of([identity.text, row.indicator, row.fiscal_year, row.text, stated]),
            edition=identity.edition,
            indicator=row.indicator,
            fiscal_year=row.fiscal_year,
            department=identity.department,
            kind=AnswerKind.ACKNOWLEDGED,
            until=row.until or default_until(house.today),
            by=f"{name}（入力ブック）",
            text=row.text,
            as_of=house.today,
        )
        why = _refusal(house, answer) if row.indicator in owned else "expired: the section has no open warning of it"
        if not why:
            _record(house, answer)
        told = f"acknowledged until {answer.until.isoformat()}" if not why else f"ignored: {why}"
        lines.append(f"{row.indicator} FY{row.fiscal_year}: {told}")
    return lines


def _take(house: House, key: bytes, reply: "Reply") -> list[dict[str, object]]:
    """Record every answer of one mail that is genuine, new and about an open warning."""
    from nemuro_etl.alerting import find_warning

    told = [line for one in house.each_edition() for line in one.warehouse.told(one.edition.id)]
    departments = [department.id for department in house.catalog.departments]
    rows = []
    for said in reply.said:
        warning = find_warning(key, said.token, told, departments)
        if warning is None:
            rows.append(_row(reply, "", "ignored", "the answer number was never given out: mistyped, or forged"))
            continue
        edition, indicator, fiscal_year, department = warning
        until, note = _until_of(house, said)
        answer = Answer(
            key=_key_of([reply.message_id, *warning]),
            edition=edition,
            indicator=indicator,
            fiscal_year=fiscal_year,
            department=department,
            kind=AnswerKind.ACKNOWLEDGED,
            until=until,
            by=reply.sender,
            text=said.text,
            as_of=house.today,
        )
        asked = house.of(edition)
        why = _refusal(asked, answer)
        if not why:
            _record(asked, answer)
        rows.append(_row(reply, f"{indicator} FY{fiscal_year}", "ignored" if why else "taken", why or note))
    return rows


def _refusal(house: House, answer: Answer) -> str:
    """Why a genuine answer is not taken; empty when it is."""
    open_warning = _open_warnings(house).get(answer.indicator)
    for before in house.warehouse.answers(house.edition.id, date.max):
        # the same words once more, under another Message-ID, are the same answer
        if before == replace(answer, key=before.key, as_of=before.as_of) or before.key == answer.key:
            return f"a duplicate: taken on {before.as_of.isoformat()}"
    if open_warning is None or open_warning.fiscal_year != answer.fiscal_year:
        return "expired: the warning is closed"
    return ""


def _until_of(house: House, said: "Said") -> tuple[date, str]:
    """Until when a reply holds, and what is to be said of that."""
    from nemuro_etl.alerting import default_until, may_last_until

    if said.until is not None and may_last_until(said.until, house.today):
        return said.until, f"acknowledged until {said.until.isoformat()}"
    until = default_until(house.today)
    stated = said.until_unclear if said.until is None else said.until.isoformat()
    note = f"; 期限 {stated!r} is no day from today to one year from it" if stated else "; no 期限 is stated"
    return until, f"acknowledged until {until.isoformat()}{note}"


def _row(reply: "Reply", warning: str, outcome: str, detail: str) -> dict[str, object]:
    log.info("%s: %s %s: %s", reply.place, warning or reply.message_id, outcome, detail)
    return {
        "mail": reply.place,
        "from": reply.sender,
        "warning": warning,
        "outcome": outcome,
        "detail": detail,
        "message_id": reply.message_id,
    }


# what the nights and listings make of answers


def reply_key(house: House) -> bytes | None:
    """The secret of the answer numbers; None when mails are not answered by mail."""
    key = house.settings.reply_key
    return None if key is None else key.get_secret_value().encode()


def tokens_for(house: House, lines: Iterable[Told], as_of: date) -> dict[tuple[str, int], str]:
    """By indicator and fiscal year the answer numbers of open warnings, for those who own them on `as_of`."""
    from nemuro_etl.alerting import token_of

    key = reply_key(house)
    if key is None:
        return {}
    return {
        (line.indicator, line.fiscal_year): token_of(
            key, line.edition, line.indicator, line.fiscal_year, _owner_of(house, line.indicator, as_of)
        )
        for line in lines
        if line.kind.keeps_open
    }


def heed(house: House, changes: Sequence[Change], as_of: date, fiscal_year: int | None) -> Heeded:
    """What the answers that had come by `as_of` bring to the night on which `changes` are told."""
    from nemuro_etl.alerting import ended_silences, silences_on, warning_state

    edition = house.edition.id
    given = house.warehouse.answers(edition, as_of)
    dealt_with = house.warehouse.dealt_with()
    new = [one for one in given if one.key not in dealt_with and fiscal_year in (None, one.fiscal_year)]
    silenced = silences_on(given, as_of)
    state = warning_state((*house.warehouse.told(edition), *(change.line for change in changes)))
    ended = [over for over in ended_silences(given, as_of) if over in new]
    resumed: dict[str, list[Told]] = {}
    for indicator in dict.fromkeys(over.indicator for over in ended):
        if (edition, indicator) in state:
            resumed.setdefault(_owner_of(house, indicator, as_of), []).append(state[edition, indicator])
    comments: dict[str, list[Answer]] = {}
    for one in new:
        if one.kind is AnswerKind.ACKNOWLEDGED:
            comments.setdefault(_owner_of(house, one.indicator, as_of), []).append(one)
    unmailed = (
        *house.warehouse.told(edition, unmailed_only=True),
        *(change.line for change in changes if change.indicator in silenced),
    )
    return Heeded(
        silenced=silenced.keys(),
        resumed=resumed,
        comments=comments,
        ended=ended,
        notes=tuple(_silence_words(house, one, unmailed, as_of) for one in silenced.values()),
    )


def _silence_words(house: House, given: Answer, unmailed: Sequence[Told], as_of: date) -> str:

    names = {row.id: row.name for row in house.edition.indicators_on(as_of)}
    owner = house.department(_owner_of(house, given.indicator, as_of), as_of)
    kept = [
        f"{day_text(line.as_of)} {CHANGE_LABELS[line.kind]}（{fiscal_year_label(line.fiscal_year)}、{RATING_LABELS[line.rating]}）"
        for line in dict.fromkeys(unmailed)
        if line.indicator == given.indicator and line.as_of >= given.as_of
    ]
    return (
        f"お知らせの停止中：{names.get(given.indicator, given.indicator)}（{owner.name}）、{day_text(given.until)}まで。"
        f"理由：{given.text}（{given.by}、{day_text(given.as_of)}）。停止中に部署へ送らなかった変化："
        f"{'、'.join(kept) or 'ありません'}。"
    )


def silences_over(house: House, as_of: date) -> tuple[str, ...]:
    """A line for each silence that is over on `as_of`, for the secretariat: it hears of it on the first such night."""
    from nemuro_etl.alerting import ended_silences

    names = {row.id: row.name for row in house.edition.indicators_on(as_of)}
    return tuple(
        f"お知らせの停止が終わりました：{names.get(over.indicator, over.indicator)}（{day_text(over.until)}まで）。"
        for over in ended_silences(house.warehouse.answers(house.edition.id, as_of), as_of)
    )


def answers(house: House) -> Iterator[dict[str, object]]:
    """Every answer that came, newest first, and whether it still holds today."""
    for answer in reversed(house.warehouse.answers(house.edition.id, house.today)):
        department = house.catalog.department_on(answer.department, answer.as_of)
        yield {
            "indicator": answer.indicator,
            "fiscal_year": answer.fiscal_year,
            "kind": str(answer.kind),
            "until": answer.until.isoformat(),
            "holds": answer.until >= house.today,
            "department": answer.department if department is None else department.name,
            "by": answer.by,
            "text": answer.text,
            "answered": answer.as_of.isoformat(),
        }


def answer_states(house: House, warnings: Iterable[Told]) -> dict[str, dict[str, object]]:
    """By indicator of open warnings: open, acknowledged or silenced, until when, by whom and why."""
    from nemuro_etl.alerting import acknowledgement, silences_on

    given = house.warehouse.answers(house.edition.id, house.today)
    silenced = silences_on(given, house.today)
    states: dict[str, dict[str, object]] = {}
    for line in warnings:
        answer = silenced.get(line.indicator) or acknowledgement(line, given, house.today)
        states[line.indicator] = {
            "state": "open" if answer is None else str(answer.kind),
            "until": None if answer is None else answer.until.isoformat(),
            "by": None if answer is None else answer.by,
            "text": None if answer is None else answer.text,
        }
    return states


def warnings_of(house: House, department: str) -> list[Told]:
    """The open warnings of the indicators that a department owns today, in the order of the document."""
    open_now = _open_warnings(house)
    rows = house.edition.indicators_on(house.today)
    return [
        open_now[row.id] for row in rows if row.id in open_now and _owner_of(house, row.id, house.today) == department
    ]


def _open_warnings(house: House) -> dict[str, Told]:
    from nemuro_etl.alerting import warning_state

    state = warning_state(house.warehouse.told(house.edition.id))
    return {indicator: line for (_, indicator), line in state.items()}


def _owner_of(house: House, indicator: str, day: date) -> str:
    """The id of the department that owns an indicator on a day; what nobody owns is the secretariat's."""
    row = next((row for row in house.edition.indicators_on(day) if row.id == indicator), None)
    owner = None if row is None else house.catalog.owner_on(row, day)
    return house.catalog.alerting.secretariat if owner is None else owner.id
