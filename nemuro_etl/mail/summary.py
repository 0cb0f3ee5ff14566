"""The secretariat's summary of a night that brought something new: what came, what is missing and who is written to."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nemuro_etl.errors import Fault, FigureImplausible, FileUnreadable, LayoutChanged, ReturnRefused, SourceSilent
from nemuro_etl.mail.digest import Night, bands_words, seal, subject_of
from nemuro_etl.mail.letter import COLOURS, PLAIN, Letter, Section
from nemuro_etl.mail.message import digest_of, key_of
from nemuro_etl.model.alert import Mail, MailKind
from nemuro_etl.model.evaluation import DATA_STATE_LABELS, RATING_LABELS, DataState, Evaluation, Rating
from nemuro_etl.model.period import fiscal_year_label
from nemuro_etl.model.wording import day_text

REMEDIES: Mapping[DataState, str] = {
    DataState.HELD: "`nemuro revisions list` で改定の内容を確かめ、承認又は却下してください。",
    DataState.FETCH_FAILED: "公表元に接続できません。翌晩も続く場合は、`nemuro sources` で取得先を確かめてください。",
    DataState.UNREADABLE: "公表ファイルの様式が変わりました。`nemuro collect` の表示に従い、config/sources/ の該当ファイルに様式を追加してください。",
}
"""Data states that somebody must act on tonight, and what to do."""
_LATE = (DataState.NOT_SUBMITTED, DataState.OVERDUE)
"""Told once, in a mail of their own (calls.py); here they are only counted."""

_FAULTS: Mapping[type[Fault], str] = {
    LayoutChanged: "公表ファイルの様式が登録済みのものと異なるため、読み取りを中止しました。",
    FigureImplausible: "公表ファイルの値につじつまの合わないものがあるため、読み取りを中止しました。",
    FileUnreadable: "ファイルが壊れているか、表ではないため、読み取れませんでした。",
    ReturnRefused: "報告に誤りがあるため、一件も取り込んでいません。",
    SourceSilent: "取得先に接続できませんでした。",
}


@dataclass(frozen=True, slots=True)
class Collected:
    """What came from one source in the night."""

    source: str
    """Its id."""
    files: int
    figures: int
    faults: tuple[Fault, ...] = ()
    """Why it could not be fetched or read; none when it could."""


@dataclass(frozen=True, slots=True)
class NightSummary:
    """A night as the secretariat is told of it."""

    evaluations: tuple[Evaluation, ...]
    """Every year of every indicator, `same_as` rows too."""
    collected: tuple[Collected, ...]
    mails: tuple[Mail, ...]
    """The departments' mails of this night, whether written by this run or by an earlier one."""
    remarks: tuple[str, ...]
    """Breaks of continuity and other things to know, in Japanese."""
    held: frozenset[str] = frozenset()
    """The keys of those mails that wait until a person releases them, because too much changed at once."""


def render_secretariat(summary: NightSummary, night: Night) -> Mail:
    """The summary of `night` for the secretariat; whether the night is worth one, the caller decides.

    The key depends on the state that the night led to – ratings, what is missing, failing sources, digests, remarks –
    and not on how much was newly collected: a second run of the same night brings the same key.
    """
    department = night.catalog.department_on(night.catalog.alerting.secretariat, night.day)
    if department is None:
        raise ValueError(f"the catalog has no secretariat on {night.day}")
    ratings = count_ratings(summary.evaluations)
    missing = _missing(summary.evaluations, night, tuple(REMEDIES))
    late = _missing(summary.evaluations, night, _LATE)
    faults = [entry for entry in summary.collected if entry.faults]
    waiting = sum(len(names) for names in missing.values()) + len(faults)
    to_do = ("送信保留・" if summary.held else "") + (f"要確認{waiting}件・" if waiting else "")
    letter = Letter(
        subject=subject_of(night, f"夜間処理の結果（{to_do}通知{len(summary.mails)}通 {day_text(night.day)}）"),
        greeting=f"{department.name}　御担当者様",
        opening=(
            *_hold_words(summary),
            f"「{night.edition.title}」の指標について、{day_text(night.day)}の夜間処理の結果をお知らせします。",
            f"確認をお願いする事項：{waiting}件　所管部署への通知：{len(summary.mails)}通",
        ),
        sections=(
            Section(
                "1．指標の状況", "各指標の、判定できる最も新しい年度（重複掲載を除く）", PLAIN, _rating_rows(ratings)
            ),
            Section(
                "2．確認をお願いする事項",
                "",
                COLOURS[Rating.BEHIND] if waiting else PLAIN,
                _to_do_rows(missing, faults, night),
            ),
            Section("3．取得したデータ", "", PLAIN, _collected_rows(summary, night)),
            Section("4．所管部署への通知", "", PLAIN, _mail_rows(summary, night)),
            Section(
                "5．その他",
                "",
                PLAIN,
                (*_late_rows(late, night), *(("注記", remark) for remark in summary.remarks))
                or (("注記", "ありません。"),),
            ),
        ),
        closing=(
            bands_words(night),
            f"このメールは「{night.catalog.alerting.system_name}」が夜間処理の結果として自動で作成しました。",
        ),
    )
    reason = digest_of(
        [
            {str(rating): count for rating, count in ratings.items()},
            [[department_id, str(state), names] for (department_id, state), names in (missing | late).items()],
            sorted(entry.source for entry in faults),
            sorted(mail.key for mail in summary.mails),
            sorted(summary.held),
            list(summary.remarks),
        ]
    )
    key = key_of(department.id, night.day, reason)
    return seal(
        letter, MailKind.SUMMARY, key=key, department=department, night=night, thread=(night.edition.id, "night")
    )


def _hold_words(summary: NightSummary) -> tuple[str, ...]:
    if not summary.held:
        return ()
    return (
        f"【送信を保留しています】一晩で多くの指標に変化があったため、所管部署へのメール{len(summary.held)}通を送信せずに"
        "保留しています。ファイルの取り違えや設定の誤りがないか、下の一覧と `nemuro status` で確かめてください。"
        "問題がなければ `nemuro outbox release --by 氏名` で送信します。",
    )


def count_ratings(evaluations: Sequence[Evaluation]) -> dict[Rating, int]:
    """How many distinct indicators are on which rating in their newest rated year, every rating named."""
    newest: dict[str, Evaluation] = {}
    for evaluation in evaluations:
        if evaluation.same_as is None:
            best = newest.get(evaluation.indicator)
            if best is None or _rank(evaluation) > _rank(best):
                newest[evaluation.indicator] = evaluation
    counts = Counter(evaluation.rating for evaluation in newest.values())
    return {rating: counts[rating] for rating in Rating}


def _rank(evaluation: Evaluation) -> tuple[bool, int]:
    return evaluation.rating.rated, evaluation.fiscal_year


def _missing(
    evaluations: Sequence[Evaluation], night: Night, states: Sequence[DataState]
) -> dict[tuple[str, DataState], list[str]]:
    """By owner and each of `states`: the indicators with their fiscal years, in the order of the document."""
    years: dict[tuple[str, DataState], dict[str, list[int]]] = {}
    by_row: dict[str, list[Evaluation]] = {}
    for evaluation in evaluations:
        by_row.setdefault(evaluation.indicator, []).append(evaluation)
    for row in night.edition.indicators_on(night.day):
        if row.same_as is not None:
            continue
        owner = night.catalog.owner_on(row, night.day)
        department = night.catalog.alerting.secretariat if owner is None else owner.id
        for evaluation in sorted(by_row.get(row.id, []), key=lambda evaluation: evaluation.fiscal_year):
            if evaluation.data_state in states:
                found = years.setdefault((department, evaluation.data_state), {})
                found.setdefault(row.name, []).append(evaluation.fiscal_year)
    return {
        key: [f"{name}（{'・'.join(map(fiscal_year_label, found))}）" for name, found in rows.items()]
        for key, rows in years.items()
    }


def _rating_rows(ratings: Mapping[Rating, int]) -> tuple[tuple[str, str], ...]:
    rows = [(RATING_LABELS[rating], f"{count}件") for rating, count in ratings.items()]
    return (*rows, ("計", f"{sum(ratings.values())}件"))


def _to_do_rows(
    missing: Mapping[tuple[str, DataState], Sequence[str]], faults: Sequence[Collected], night: Night
) -> tuple[tuple[str, str], ...]:
    rows = [
        (
            _source_title(entry.source, night),
            "\n".join([*map(_fault_words, entry.faults), "前回までの値を保持しています。"]),
        )
        for entry in faults
    ]
    for (department_id, state), names in missing.items():
        department = night.catalog.department_on(department_id, night.day)
        label = f"{department_id if department is None else department.name}　{DATA_STATE_LABELS[state]}{len(names)}件"
        rows.append((label, "\n".join([*(f"・{name}" for name in names), f"→ {REMEDIES[state]}"])))
    return tuple(rows) or (("確認事項", "ありません。"),)


def _late_rows(late: Mapping[tuple[str, DataState], Sequence[str]], night: Night) -> tuple[tuple[str, str], ...]:
    counts = []
    for (department_id, state), names in late.items():
        department = night.catalog.department_on(department_id, night.day)
        name = department_id if department is None else department.name
        counts.append(f"{name}　{DATA_STATE_LABELS[state]}{len(names)}件")
    return (("期限超過", "\n".join([*counts, "→ 一覧：`nemuro calendar`"])),) if counts else ()


def _fault_words(fault: Fault) -> str:
    """What happened, for the secretariat; the operator's own words follow, for whoever mends it."""
    happened = next((words for kind, words in _FAULTS.items() if isinstance(fault, kind)), "取り込めませんでした。")
    told = fault.what if isinstance(fault, ReturnRefused) else f"詳細（保守担当者向け）：{fault.what}"
    return f"{happened}\n{told}"


def _collected_rows(summary: NightSummary, night: Night) -> tuple[tuple[str, str], ...]:
    rows = tuple(
        (
            _source_title(entry.source, night),
            f"新しいファイル{entry.files:,}件、新しい値{entry.figures:,}件"
            if entry.files
            else "新しいファイルはありません。",
        )
        for entry in summary.collected
    )
    return rows or (("取得元", "設定されていません。"),)


def _mail_rows(summary: NightSummary, night: Night) -> tuple[tuple[str, str], ...]:
    rows = []
    for mail in summary.mails:
        department = night.catalog.department_on(mail.department, night.day)
        name = mail.department if department is None else department.name
        when = "保留しています" if mail.key in summary.held else f"{day_text(mail.not_before)}以降に送信します"
        rows.append((name, f"{mail.subject}\n宛先 {mail.to}、{when}。"))
    return tuple(rows) or (("通知", "今回、所管部署への通知はありません。"),)


def _source_title(source_id: str, night: Night) -> str:
    source = night.catalog.source(source_id)
    return source_id if source is None else source.title
