"""Mails about warnings that nobody answered: to the department each month, then once to its head and the secretariat."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from nemuro_etl.catalog.types import Department, Indicator
from nemuro_etl.mail.digest import Night, answer_form, bands_words, how_to_answer, reply_address, seal, subject_of
from nemuro_etl.mail.letter import COLOURS, PLAIN, Letter, Section
from nemuro_etl.mail.message import digest_of, key_of
from nemuro_etl.mail.wording import amount, digits_for
from nemuro_etl.model.alert import Mail, MailKind, Reminder, ReminderKind
from nemuro_etl.model.evaluation import RATING_LABELS, Evaluation
from nemuro_etl.model.period import fiscal_year_label
from nemuro_etl.model.wording import day_text

Current = Mapping[tuple[str, int], Evaluation]
"""Tonight's evaluations by indicator and fiscal year."""


def render_reminder(department: Department, reminders: Sequence[Reminder], night: Night, current: Current) -> Mail:
    """The one mail of the month that asks `department` again about `reminders`, all of them its own."""
    sections = tuple(
        _section(f"{n}．{_row(each, night).name}", each, night, current, request=True)
        for n, each in enumerate(reminders, start=1)
    )
    letter = Letter(
        subject=_subject(night, f"遅れの指標への御回答のお願い（再度）{len(reminders)}件", department.name),
        greeting=f"{department.name}　御担当者様",
        opening=(
            f"「{night.edition.title}」の指標のうち、{department.name}が所管する次の{len(reminders)}件について、"
            "以前にお知らせした遅れが続いており、御回答をまだいただいていません。",
            "行き違いで既に回答されている場合は、御容赦ください。",
        ),
        sections=sections,
        closing=(
            *([how_to_answer(night)] if any(section.reply for section in sections) else []),
            bands_words(night),
            f"お問合せ・御回答：{night.catalog.alerting.contact}（このメールにそのまま返信できます）",
            f"このメールは「{night.catalog.alerting.system_name}」が自動で作成しました。回答のない遅れについて、"
            f"月に一度、{night.catalog.alerting.reminders}回までお送りします。",
        ),
    )
    key = key_of(department.id, night.day, digest_of([_reason(each) for each in reminders]))
    thread = (night.edition.id, department.id)
    return seal(letter, MailKind.UNANSWERED, key=key, department=department, night=night, thread=thread)


def render_escalation(department: Department, reminders: Sequence[Reminder], night: Night, current: Current) -> Mail:
    """The one mail that tells the head of `department`, which has one, what stays unanswered in spite of reminders."""
    head = department.head
    if head is None:
        raise ValueError(f"{department.id} has no head on {night.day}")
    sections = tuple(
        _section(f"{n}．{_row(each, night).name}", each, night, current, request=True)
        for n, each in enumerate(reminders, start=1)
    )
    letter = Letter(
        subject=_subject(night, f"回答のない遅れの指標{len(reminders)}件", head.title),
        greeting=f"{head.title}　様",
        opening=(
            f"「{night.edition.title}」の指標のうち、{department.name}が所管する次の{len(reminders)}件について、遅れを"
            f"お知らせし、その後{night.catalog.alerting.reminders}回にわたり回答をお願いしましたが、{day_text(night.day)}"
            "現在、御回答をいただいていません。担当者への御指示をお願いします。",
        ),
        sections=sections,
        closing=(*([how_to_answer(night)] if any(section.reply for section in sections) else []), *_ending(night)),
    )
    key = key_of(department.id, night.day, digest_of(["head", *map(_reason, reminders)]))
    thread = (night.edition.id, department.id)
    addressed = replace(department, address=head.address)
    return seal(letter, MailKind.ESCALATION, key=key, department=addressed, night=night, thread=thread)


def render_handed_on(reminders: Sequence[Reminder], night: Night, current: Current) -> Mail:
    """The one mail that tells the secretariat whose warnings stay unanswered, and which head was told."""
    secretariat = night.catalog.department_on(night.catalog.alerting.secretariat, night.day)
    if secretariat is None:
        raise ValueError(f"the catalog has no secretariat on {night.day}")
    letter = Letter(
        subject=_subject(night, f"回答のない遅れの指標{len(reminders)}件", secretariat.name),
        greeting=f"{secretariat.name}　御担当者様",
        opening=(
            f"「{night.edition.title}」の指標のうち、次の{len(reminders)}件の遅れについて、所管部署に"
            f"{night.catalog.alerting.reminders}回にわたり回答をお願いしましたが、{day_text(night.day)}現在、"
            "回答がありません。",
            "この遅れについて、自動でのお願いはこれで終わりとします。状況が悪化したとき、又は新しい年度の値が出たときは、"
            "改めてお知らせします。",
        ),
        sections=tuple(
            _section(f"{n}．{_owner_name(each, night)}：{_row(each, night).name}", each, night, current, request=False)
            for n, each in enumerate(reminders, start=1)
        ),
        closing=("回答を代わりに登録するときは `nemuro alerts ack` を使ってください。", *_ending(night)),
    )
    key = key_of(secretariat.id, night.day, digest_of(["secretariat", *map(_reason, reminders)]))
    thread = (night.edition.id, "unanswered")
    return seal(letter, MailKind.ESCALATION, key=key, department=secretariat, night=night, thread=thread)


def _subject(night: Night, what: str, to: str) -> str:
    return subject_of(night, f"{what}（{to} {day_text(night.day)}）")


def _ending(night: Night) -> tuple[str, ...]:
    alerting = night.catalog.alerting
    return (
        bands_words(night),
        f"お問合せ・御回答：{alerting.contact}（このメールにそのまま返信できます）",
        f"このメールは「{alerting.system_name}」が自動で作成しました。同じ遅れについて、一度だけお送りします。",
    )


def _reason(reminder: Reminder) -> list[object]:
    line = reminder.line
    return [line.edition, line.indicator, line.fiscal_year, line.since.isoformat(), str(line.kind), len(reminder.asked)]


def _row(reminder: Reminder, night: Night) -> Indicator:
    return next(row for row in night.edition.indicators_on(night.day) if row.id == reminder.warning.indicator)


def _owner_name(reminder: Reminder, night: Night) -> str:
    department = night.catalog.department_on(reminder.department, night.day)
    return reminder.department if department is None else department.name


def _section(title: str, reminder: Reminder, night: Night, current: Current, *, request: bool) -> Section:
    told = reminder.warning
    token = night.tokens.get((told.indicator, told.fiscal_year))
    tokens = [] if token is None or not request else [token]
    return Section(
        title=title,
        subtitle=f"【{RATING_LABELS[told.rating]}】{fiscal_year_label(told.fiscal_year)}",
        colour=COLOURS.get(told.rating, PLAIN),
        rows=tuple(
            (label, value)
            for label, value in (
                *_standing(reminder, _row(reminder, night), current),
                ("お知らせ", _asked_words(reminder)),
                *(_request_rows(night, tokens) if request else _head_rows(reminder, night)),
            )
            if value
        ),
        reply=reply_address(tokens, night),
    )


def _standing(reminder: Reminder, row: Indicator, current: Current) -> list[tuple[str, str]]:
    """The figures as they are tonight; where nothing is rated tonight, as they were told."""
    told = reminder.warning
    now = current.get((told.indicator, told.fiscal_year))
    rated = now if now is not None and now.rating.rated else None
    actual, target = (told.actual, told.target) if rated is None else (rated.actual, rated.target)
    expected = None if rated is None else rated.expected
    digits = digits_for(row, [actual, expected, target])
    return [
        ("実績", amount(actual, row, digits)),
        ("目安", "" if expected is None else amount(expected, row, digits)),
        ("目標", amount(target, row, digits)),
    ]


def _asked_words(reminder: Reminder) -> str:
    asked = "、".join(map(day_text, reminder.asked))
    again = f"今回が{len(reminder.asked) + 1}回目の再度のお願いです。" if reminder.kind is ReminderKind.REMINDER else ""
    return (
        f"{day_text(reminder.warning.as_of)}にお知らせしました。"
        + (f"その後、{asked}に再度お願いしました。" if asked else "")
        + again
    )


def _request_rows(night: Night, tokens: Sequence[str]) -> list[tuple[str, str]]:
    return [
        (
            "お願い",
            "遅れている理由と今後の対応（何を、いつまでに行うか）を、"
            f"{day_text(night.answer_by)}までに、このメールへの返信で{night.catalog.alerting.contact}までお知らせください。",
        ),
        ("回答欄", "\n".join(answer_form(tokens, night))),
    ]


def _head_rows(reminder: Reminder, night: Night) -> list[tuple[str, str]]:
    department = night.catalog.department_on(reminder.department, night.day)
    if department is None or department.head is None:
        return [
            (
                "部長へ",
                "設定に部長の宛先がないため、事務局だけにお知らせしています（config/departments.yml の head）。",
            )
        ]
    return [("部長へ", f"{department.head.title}（{department.head.address}）にもお知らせしました。")]
