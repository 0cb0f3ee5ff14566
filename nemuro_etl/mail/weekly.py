"""The sign of life: once a week the secretariat reads which nights ran, what came, and what waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from nemuro_etl.mail.digest import Night, seal, subject_of
from nemuro_etl.mail.letter import COLOURS, PLAIN, Letter, Section
from nemuro_etl.mail.message import digest_of, key_of
from nemuro_etl.model.alert import Answer, Mail, MailKind
from nemuro_etl.model.evaluation import Rating
from nemuro_etl.model.period import tokyo_day
from nemuro_etl.model.wording import day_text

_STATUSES = {
    "pending": "送信待ち",
    "sending": "送信中",
    "held": "保留中（`nemuro outbox release --by 氏名` で送信）",
    "refused": "宛先が拒否",
    "doubtful": "届いたか不明",
}


@dataclass(frozen=True, slots=True)
class Week:
    """The seven days before a week begins, as the warehouse knows them."""

    monday: date
    """The first day of the week that begins."""
    nights: Mapping[date, str | None]
    """Each of the days before tonight, oldest first: how its night ended; None where none is recorded."""
    came: Mapping[str, tuple[int, int]]
    """By source: files and new or revised figures."""
    sent: int
    """Mails that left in these days."""
    waiting: Mapping[str, int]
    """By status: mails that have not left."""
    open_warnings: int
    unanswered: int
    silences: Sequence[Answer]
    failing: Mapping[str, datetime]
    """By source: since when no attempt succeeded."""


def render_week(week: Week, night: Night) -> Mail:
    """The sign of life of `week`. Its key is that of the week: a week has one."""
    department = night.catalog.department_on(night.catalog.alerting.secretariat, night.day)
    if department is None:
        raise ValueError(f"the catalog has no secretariat on {night.day}")
    missing = sum(ended is None for ended in week.nights.values())
    told = f"夜間処理{len(week.nights) - missing}回" + (f"・記録のない夜{missing}回" if missing else "")
    letter = Letter(
        subject=subject_of(night, f"週次の稼働報告（{told} {day_text(night.day)}）"),
        greeting=f"{department.name}　御担当者様",
        opening=(f"「{night.edition.title}」の夜間処理の、この一週間の動きをお知らせします。",),
        sections=(
            Section("1．夜間処理", "", COLOURS[Rating.BEHIND] if missing else PLAIN, _night_rows(week)),
            Section("2．取得したデータとメール", "", PLAIN, (*_came_rows(week, night), *_mail_rows(week))),
            Section("3．続いていること", "", PLAIN, _standing_rows(week, night)),
        ),
        closing=(
            f"このメールは「{night.catalog.alerting.system_name}」が毎週最初の業務日に自動で作成しています。業務日のある週に"
            "届かないときは、夜間処理が止まっています。",
        ),
    )
    key = key_of(department.id, week.monday, digest_of([night.edition.id, str(MailKind.WEEKLY)]))
    thread = (night.edition.id, "weekly")
    return seal(letter, MailKind.WEEKLY, key=key, department=department, night=night, thread=thread)


def _night_rows(week: Week) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"{day.month}月{day.day}日", "記録がありません。" if ended is None else ended)
        for day, ended in week.nights.items()
    )


def _came_rows(week: Week, night: Night) -> list[tuple[str, str]]:
    lines = [
        f"{_source_title(source, night)}：ファイル{files:,}件、値{figures:,}件"
        for source, (files, figures) in week.came.items()
    ]
    return [("取得", "\n".join(lines) or "新しいファイルはありません。")]


def _mail_rows(week: Week) -> list[tuple[str, str]]:
    waiting = [f"{_STATUSES.get(status, status)}{count}通" for status, count in week.waiting.items()]
    return [("メール", "、".join([f"送信{week.sent}通", *waiting]))]


def _standing_rows(week: Week, night: Night) -> tuple[tuple[str, str], ...]:
    names = {row.id: row.name for row in night.edition.indicators_on(night.day)}
    silences = [
        f"{names.get(one.indicator, one.indicator)}（{day_text(one.until)}まで。理由：{one.text}）"
        for one in week.silences
    ]
    failing = [
        f"{_source_title(source, night)}（{day_text(tokyo_day(since))}から）" for source, since in week.failing.items()
    ]
    return (
        ("遅れ", f"{week.open_warnings}件（うち回答なし{week.unanswered}件）"),
        ("通知の停止", "\n".join(silences) or "ありません。"),
        ("取得の失敗", "\n".join(failing) or "ありません。"),
    )


def _source_title(source_id: str, night: Night) -> str:
    source = night.catalog.source(source_id)
    return source_id if source is None else source.title
