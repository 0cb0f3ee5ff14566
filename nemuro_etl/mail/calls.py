"""Mails about figures that are owed: to the sections that owe them, and to the secretariat about those that are late."""

from collections.abc import Mapping, Sequence
from datetime import date

from nemuro_etl.catalog.types import Department, Indicator, Shape
from nemuro_etl.mail.digest import Night, seal, subject_of
from nemuro_etl.mail.letter import COLOURS, PLAIN, Letter, Section
from nemuro_etl.mail.message import digest_of, key_of
from nemuro_etl.mail.wording import amount, digits_for
from nemuro_etl.model.alert import Mail, MailKind
from nemuro_etl.model.call import Call, CallKind
from nemuro_etl.model.evaluation import Actual, Rating
from nemuro_etl.model.period import fiscal_year_label
from nemuro_etl.model.wording import day_text, unit_text

FAMILY_WORDS = {"department": "所管課の報告", "survey": "市民意識調査の結果"}
_MAILS = {CallKind.CALL: MailKind.CALL, CallKind.REMINDER: MailKind.REMINDER}


Workbooks = Mapping[tuple[int, str], str]
"""The file name of an entry workbook, by fiscal year and department."""
Before = Mapping[tuple[str, int], Actual]
"""What is recorded, by indicator and fiscal year: last year's value stands beside what is asked for."""


def render_call(
    department: Department, calls: Sequence[Call], night: Night, workbooks: Workbooks, before: Before
) -> Mail:
    """The one mail that asks `department` for what it owes: `calls` are all of one kind, and at least one."""
    kind = calls[0].line.kind
    again = kind is CallKind.REMINDER
    count = sum(len(_rows(call, night)) for call in calls)
    letter = Letter(
        subject=_subject(night, f"実績値の御報告のお願い{'（再度）' if again else ''}", department.name),
        greeting=f"{department.name}　御担当者様",
        opening=(
            f"「{night.edition.title}」の指標のうち、{department.name}が所管する次の{count}件の実績値について、"
            + ("御報告がまだ届いていません。" if again else "御報告をお願いします。"),
            *(
                ["行き違いで既に提出されている場合は、御容赦ください。提出済みの指標は、このお願いに含まれていません。"]
                if again
                else []
            ),
        ),
        sections=tuple(_asked(n, call, night, workbooks, before) for n, call in enumerate(calls, start=1)),
        closing=(
            "入力ブックの該当する行に記入し、同じ場所に上書き保存したうえで、その旨をこのメールへの返信でお知らせください。"
            "期限までに確定しない場合は、見込みの値を記入し、「見込み」を選んでください。",
            *_ending(night),
        ),
    )
    key = key_of(department.id, night.day, digest_of([_reason(call) for call in calls]))
    thread = (night.edition.id, department.id, "returns", str(calls[0].line.fiscal_year))
    return seal(letter, _MAILS[kind], key=key, department=department, night=night, thread=thread)


def render_late(calls: Sequence[Call], night: Night) -> Mail:
    """The one mail that tells the secretariat who is late with what: sections with their returns, and publishers."""
    secretariat = night.catalog.department_on(night.catalog.alerting.secretariat, night.day)
    if secretariat is None:
        raise ValueError(f"the catalog has no secretariat on {night.day}")
    count = sum(len(_rows(call, night)) for call in calls)
    letter = Letter(
        subject=_subject(night, f"期限を過ぎた実績値{count}件", secretariat.name),
        greeting=f"{secretariat.name}　御担当者様",
        opening=(
            f"「{night.edition.title}」の指標のうち、次の{count}件の実績値が、{day_text(night.day)}現在、期限を過ぎても"
            "届いていません。",
        ),
        sections=tuple(
            (_overdue if call.line.kind is CallKind.OVERDUE else _owed)(n, call, night)
            for n, call in enumerate(calls, start=1)
        ),
        closing=(
            "同じ年度の同じ事項について、このお知らせは一度だけお送りします。現在の状況は `nemuro calendar` で確かめられます。",
            *_ending(night),
        ),
    )
    key = key_of(secretariat.id, night.day, digest_of([_reason(call) for call in calls]))
    return seal(letter, MailKind.LATE, key=key, department=secretariat, night=night, thread=(night.edition.id, "late"))


def _subject(night: Night, what: str, department: str) -> str:
    return subject_of(night, f"{what}（{department} {day_text(night.day)}）")


def _ending(night: Night) -> tuple[str, ...]:
    alerting = night.catalog.alerting
    return (
        f"お問合せ・御回答：{alerting.contact}（このメールにそのまま返信できます）",
        f"このメールは「{alerting.system_name}」が自動で作成しました。",
    )


def _reason(call: Call) -> list[object]:
    line = call.line
    owed = [each.indicator for each in call.missing]
    return [line.edition, line.fiscal_year, line.family, line.department, str(line.kind), owed]


def _rows(call: Call, night: Night) -> list[Indicator]:
    """What is asked for, each name once: one quantity may be the row of several plans."""
    rows = {row.id: row for row in night.edition.indicators_on(night.day)}
    return list({rows[each.indicator].name: rows[each.indicator] for each in call.missing}.values())


def _asked(position: int, call: Call, night: Night, workbooks: Workbooks, before: Before) -> Section:
    line, rows, over = call.line, _rows(call, night), night.day > call.due
    deadline = day_text(call.due) + ("（過ぎています。至急御提出ください。）" if over else "")
    return Section(
        title=f"{position}．{fiscal_year_label(line.fiscal_year)}の実績値（{FAMILY_WORDS[line.family]}）",
        subtitle=f"{len(rows)}件、提出期限 {day_text(call.due)}",
        colour=COLOURS[Rating.BEHIND] if line.kind is CallKind.REMINDER else PLAIN,
        rows=(
            ("提出期限", deadline),
            # On lines of their own, so that they can be copied from a mail that is all text.
            ("保存場所", night.catalog.alerting.workbook_folder),
            ("入力ブック", workbooks[line.fiscal_year, line.department]),
            *((row.name, _asked_words(row, line.fiscal_year - 1, before)) for row in rows),
        ),
    )


def _asked_words(row: Indicator, last_year: int, before: Before) -> str:
    unit = f"単位：{unit_text(row.unit)}" if row.unit else "単位なし"
    own = "（その年度の増加分。累計ではありません）" if row.shape is Shape.CUMULATIVE else ""
    actual = before.get((row.id, last_year))
    value = "記録がありません" if actual is None else amount(actual.value, row, digits_for(row, [actual.value]))
    return f"{unit}{own}\n前年度（{fiscal_year_label(last_year)}）の値：{value}"


def _owed(position: int, call: Call, night: Night) -> Section:
    department = night.catalog.department_on(call.line.department, night.day)
    if department is None:
        raise ValueError(f"no department {call.line.department} on {night.day}")
    return _late_section(
        f"{position}．{department.name}（{FAMILY_WORDS[call.line.family]}）",
        "未提出",
        call,
        night,
        (("提出期限", day_text(call.due)), ("連絡先", department.address)),
        f"{department.name}に提出の見込みを確かめてください。期限を延ばす場合は、config/calendar.yml の exceptions に"
        "新しい期限と理由を書き足してください。",
    )


def _overdue(position: int, call: Call, night: Night) -> Section:
    family, fiscal_year = call.line.family, call.line.fiscal_year
    source = next((source for source in night.catalog.sources if family in source.families), None)
    rule = night.catalog.calendar.rule(family)
    due = None if rule is None else rule.publication(fiscal_year)
    return _late_section(
        f"{position}．{family if source is None else f'{source.title}（{source.publisher}）'}",
        "公表されたものが届いていません",
        call,
        night,
        (
            ("公表予定日", day_text(call.due) + _grace_words(None if due is None else due.grace_ends)),
            ("予定日の注記", "" if due is None else due.note),
        ),
        "公表元の予定を確かめ、公表済みであれば `nemuro sources` で取得先を確かめてください。延期であれば、"
        "config/calendar.yml の exceptions に新しい予定日と理由を書き足してください。所管部署には知らせていません。",
    )


def _grace_words(grace_ends: date | None) -> str:
    return "" if grace_ends is None else f"（{day_text(grace_ends)}まで待ちました）"


def _late_section(
    title: str, state: str, call: Call, night: Night, facts: tuple[tuple[str, str], ...], request: str
) -> Section:
    rows = _rows(call, night)
    return Section(
        title=title,
        subtitle=f"{fiscal_year_label(call.line.fiscal_year)}　{state}（{len(rows)}件）",
        colour=COLOURS[Rating.BEHIND],
        rows=(
            *((label, value) for label, value in facts if value),
            ("指標", "\n".join(f"・{row.name}" for row in rows)),
            ("お願い", request),
        ),
    )
