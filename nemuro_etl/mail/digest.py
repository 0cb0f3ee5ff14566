"""The digest: one mail for one department and night, with everything that changed for it."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import quote

from nemuro_etl.catalog.types import Catalog, Department, Direction, Edition, Indicator, PeriodBasis, Shape
from nemuro_etl.mail.letter import COLOURS, PLAIN, Letter, Section, render_html, render_text
from nemuro_etl.mail.message import (
    SUBJECT_LIMIT,
    address_of,
    check_headers,
    digest_of,
    key_of,
    message_id_of,
    require_token,
    thread_of,
)
from nemuro_etl.mail.wording import (
    amount,
    digits_for,
    number,
    pace_text,
    period_label,
)
from nemuro_etl.model.alert import (
    ACKNOWLEDGED_DAYS,
    CAUSE_LABELS,
    CHANGE_LABELS,
    Answer,
    Change,
    ChangeKind,
    Mail,
    MailKind,
    Told,
)
from nemuro_etl.model.evaluation import BASIS_LABELS, RATING_LABELS, Actual, Evaluation
from nemuro_etl.model.figure import Figure, decimal_text
from nemuro_etl.model.period import fiscal_year_label, tokyo_day
from nemuro_etl.model.snapshot import Snapshot
from nemuro_etl.model.wording import NONE, day_text, rounded, unit_text

_LINE = re.compile(r"line (\d+)(?::(.+))?")
_ORDER = tuple(ChangeKind)
_RESUMED = "お知らせの再開"
_MOST_RECORDED = 3


@dataclass(frozen=True, slots=True)
class Night:
    """What every mail of one night has in common."""

    day: date
    """The as-of day."""
    not_before: date
    """The business day on which the mails may leave."""
    answer_by: date
    """Until when a section is asked to answer."""
    catalog: Catalog
    edition: Edition
    sender: str
    """`a@b.example`, or `名前 <a@b.example>`."""
    reply_to: str
    originals: Mapping[str, Snapshot]
    """By SHA-256: the files that the figures came from, for their names."""
    margins: Mapping[tuple[str, int], Decimal]
    """Surveys with n: the 95 % margin in points, by (indicator, fiscal year)."""
    tokens: Mapping[tuple[str, int], str] = field(default_factory=dict)
    """By (indicator, fiscal year) the number under which the warning is answered by mail; none: it cannot be."""
    moves: Mapping[tuple[str, int], "Move"] = field(default_factory=dict)
    """Ratios whose parts are known: by (indicator, fiscal year) what moved them since the figure before."""
    coverage: Mapping[tuple[str, int], tuple[int, int]] = field(default_factory=dict)
    """Statistics of hotels: by (indicator, fiscal year) how many were asked, and how many of them answered."""


@dataclass(frozen=True, slots=True)
class Move:
    """How far a ratio's numerator and its denominator moved it, in its unit; together all that it moved."""

    before: Actual
    now: Actual
    by_numerator: Decimal
    by_denominator: Decimal


@dataclass(frozen=True, slots=True)
class _Entry:
    """What is told once: one change, or the same change of rows that share quantity and lines."""

    kind: ChangeKind
    changes: tuple[Change, ...]
    indicators: tuple[Indicator, ...]
    ends_warning: bool


def render_digest(
    department: Department,
    changes: Sequence[Change],
    night: Night,
    *,
    resumed: Sequence[Told] = (),
    comments: Sequence[Answer] = (),
) -> Mail:
    """The one mail that tells `department` about `changes` and warnings `resumed` after a silence, all of them its own.

    There is at least one of either; `comments` that it gave are shown beside. Same changes, same mail: the key is
    department, night and a digest of what is told.
    """
    entries = _entries(changes, night)
    counts = Counter(_headline(entry) for entry in entries)
    if resumed:
        counts[_RESUMED] = len(resumed)
    counted = "・".join(f"{headline}{count}件" for headline, count in counts.items())
    sections = (
        *(_section(n, entry, night) for n, entry in enumerate(entries, start=1)),
        *(_resumed_section(line, night) for line in resumed),
        *_comment_sections(comments, night),
    )
    letter = Letter(
        subject=_subject(night, department, counted, len(entries)),
        greeting=f"{department.name}　御担当者様",
        opening=(
            f"「{night.edition.title}」の指標のうち、{department.name}が所管するものについて、"
            f"{day_text(night.day)}現在の状況に変化がありましたのでお知らせします。",
            f"今回のお知らせ：{counted}",
        ),
        sections=sections,
        closing=(
            *([how_to_answer(night)] if any(section.reply for section in sections) else []),
            bands_words(night),
            f"お問合せ・御回答：{night.catalog.alerting.contact}（このメールにそのまま返信できます）",
            f"このメールは「{night.catalog.alerting.system_name}」が自動で作成しました。"
            "状況の変化は、あった場合にのみ、一つの部署に一晩一通にまとめてお知らせします。",
        ),
    )
    reasons = [*map(_reason, changes), *([line.indicator, line.fiscal_year, _RESUMED] for line in resumed)]
    key = key_of(department.id, night.day, digest_of(reasons))
    return seal(
        letter, MailKind.DIGEST, key=key, department=department, night=night, thread=_thread(entries, department, night)
    )


def seal(
    letter: Letter, kind: MailKind, *, key: str, department: Department, night: Night, thread: Sequence[str]
) -> Mail:
    """`letter` as the mail that is written down before it is sent. Raises ConfigurationWrong when it could not be."""
    alerting = night.catalog.alerting
    list_id = alerting.list_id.strip("<>")
    require_token(list_id, "List-Id")
    sender = night.sender if "<" in night.sender else f"{alerting.system_name} <{night.sender}>"
    mail = Mail(
        key=key,
        kind=kind,
        department=department.id,
        night=night.day,
        not_before=night.not_before,
        sender=sender,
        reply_to=night.reply_to,
        to=department.address,
        subject=letter.subject,
        text=render_text(letter),
        html=render_html(letter),
        message_id=message_id_of(key, department.id, night.day, sender),
        headers={
            "Auto-Submitted": "auto-generated",
            "List-Id": f"<{list_id}>",
            "References": thread_of(thread, sender),
        },
    )
    check_headers(mail)
    return mail


def subject_of(night: Night, what: str) -> str:
    """`【strategy】what`; a title with which that would be too long for a subject is cut, and ends in ….

    A strategy with a long title would otherwise stop a whole night over one subject.
    """
    title = night.edition.title
    room = SUBJECT_LIMIT - 1 - len(f"【】{what}")
    return f"【{title if len(title) <= room else title[: max(room - 1, 0)] + '…'}】{what}"


def bands_words(night: Night) -> str:
    """How to read a rating: the bands in force, and that they are the project's and not the city's."""
    bands = night.catalog.bands_on(night.day)
    on_track, mostly, behind, far = (
        decimal_text(bound) for bound in (bands.on_track, bands.mostly_on_track, bands.behind, bands.far_behind)
    )
    return (
        "判定の見方：「目安」は、計画どおりに進んだ場合に現時点で達しているべき値です。判定は目安に対する進捗率により、"
        f"達成（目標に到達）、順調（{on_track}以上）、概ね順調（{mostly}以上）、遅れ（{behind}以上{mostly}未満）、"
        f"大幅な遅れ（{far}以上{behind}未満）、後退（{far}未満、又は維持すべき値を保てなかったもの）に区分しています。"
        f"進捗率が{decimal_text(bands.warn_below)}を下回るとお知らせし、{decimal_text(bands.clear_at)}以上に戻ると回復とします。"
        f"この区分は本システムの運用上のもので、{night.catalog.alerting.city}が定めたものではありません。"
    )


def _entries(changes: Sequence[Change], night: Night) -> list[_Entry]:
    """The changes as they are told: a warning that ends with its result, and rows on the same lines, are one."""
    rows = {indicator.id: indicator for indicator in night.edition.indicators_on(night.day)}
    with_result = {change.indicator for change in changes if change.kind is ChangeKind.RESULT}
    ended = {change.indicator for change in changes if change.kind is ChangeKind.CLOSED}
    grouped: dict[tuple[object, ...], list[Change]] = {}
    for change in changes:
        if change.kind is ChangeKind.CLOSED and change.indicator in with_result:
            continue
        now, quantity = change.now, rows[change.indicator].quantity
        same: tuple[object, ...] = (change.indicator,)
        if quantity is not None and now.do_nothing is not None:
            same = (quantity, now.actual, now.expected, now.do_nothing)
        grouped.setdefault((change.kind, now.fiscal_year, now.rating, *same), []).append(change)
    entries = [
        _Entry(
            kind=group[0].kind,
            changes=tuple(group),
            indicators=tuple(rows[change.indicator] for change in group),
            ends_warning=group[0].kind is ChangeKind.RESULT and any(change.indicator in ended for change in group),
        )
        for group in grouped.values()
    ]
    return sorted(entries, key=lambda entry: (_ORDER.index(entry.kind), _headline(entry)))


def _headline(entry: _Entry) -> str:
    before = entry.changes[0].before
    if entry.kind is ChangeKind.OPENED and before is not None and before.kind.keeps_open:
        return "引き続き遅れ"
    return CHANGE_LABELS[entry.kind]


def _subject(night: Night, department: Department, counted: str, total: int) -> str:
    end = f"（{department.name} {day_text(night.day)}）"
    subject = f"【{night.edition.title}】{counted}{end}"
    return subject if len(subject) < SUBJECT_LIMIT else subject_of(night, f"指標の変化{total}件{end}")


def _thread(entries: Sequence[_Entry], department: Department, night: Night) -> tuple[str, ...]:
    if len(entries) == 1:
        change = entries[0].changes[0]
        return (night.edition.id, change.indicator, str(change.now.fiscal_year))
    return (night.edition.id, department.id)


def _reason(change: Change) -> list[object]:
    now = change.now
    return [
        change.edition,
        change.indicator,
        now.fiscal_year,
        str(change.kind),
        str(change.cause),
        str(now.rating),
        None if now.actual is None else decimal_text(now.actual),
        None if now.target is None else decimal_text(now.target),
        now.period,
        None if now.stage is None else now.stage.value,
    ]


def _section(position: int, entry: _Entry, night: Night) -> Section:
    change, indicator = entry.changes[0], entry.indicators[0]
    now = change.now
    return Section(
        title=f"{position}．{'、'.join(row.name for row in entry.indicators)}",
        subtitle=f"【{RATING_LABELS[now.rating]}】{_headline(entry)}（{fiscal_year_label(now.fiscal_year)}）",
        colour=COLOURS.get(now.rating, PLAIN),
        rows=tuple(
            (label, value)
            for label, value in (
                *_measured(entry, indicator, now),
                *_floor_rows(indicator, now),
                *_ratio_rows(indicator, now, night),
                *_coverage_rows(now, night),
                *_survey_rows(indicator, now, night),
                ("備考", now.reason),
                ("前回から", _since_last_mail(change, indicator, night)),
                ("出典", _sources(now.figures, night)),
                ("戦略の記述", "\n".join(_quotes(entry, night))),
                ("お願い", _request(entry, night)),
                ("回答欄", "\n".join(answer_form(_tokens(entry, night), night))),
                ("問合せ先", night.catalog.alerting.contact),
            )
            if value
        ),
        reply=reply_address(_tokens(entry, night), night),
    )


def _tokens(entry: _Entry, night: Night) -> list[str]:
    """The answer numbers of an entry's open warnings; none where mails are not answered."""
    if not entry.kind.keeps_open:
        return []
    numbers = (night.tokens.get((change.indicator, change.now.fiscal_year)) for change in entry.changes)
    return [number for number in numbers if number is not None]


def how_to_answer(night: Night) -> str:
    until = _good_until(night)
    return (
        "回答方法：このメールに返信し、各指標の回答欄の「対応状況」に、遅れている理由と今後の対応を御記入ください。「期限」には、"
        f"対応を終える予定の日を、「{day_text(until)}」又は「{until.isoformat()}」のように御記入ください（一年以内）。期限までは、"
        "悪化した場合を除き、同じ遅れについて重ねてお尋ねしません。回答番号の行は、変えずに残してください。"
    )


def _good_until(night: Night) -> date:
    return night.day + timedelta(days=ACKNOWLEDGED_DAYS)


def answer_form(tokens: Sequence[str], night: Night) -> list[str]:
    """What is filled in above the answer numbers: replies.py looks for these words."""
    if not tokens:
        return []
    numbers = ("-".join(token[at : at + 4] for at in range(0, len(token), 4)) for token in tokens)
    return ["対応状況：", f"期限：{day_text(_good_until(night))}", *(f"【回答番号：{number}】" for number in numbers)]


def reply_address(tokens: Sequence[str], night: Night) -> str:
    """An address that begins a mail with the form in it: opened, it changes nothing; sent, it is a reply."""
    if not tokens:
        return ""
    body = quote("\r\n".join(answer_form(tokens, night)))
    return f"mailto:{address_of(night.reply_to).addr_spec}?subject={quote('対応状況の回答')}&body={body}"


def _resumed_section(line: Told, night: Night) -> Section:
    row = next(row for row in night.edition.indicators_on(night.day) if row.id == line.indicator)
    token = night.tokens.get((line.indicator, line.fiscal_year))
    tokens = [] if token is None else [token]
    told = f"お知らせの停止の期間が終わりました。現在は「{RATING_LABELS[line.rating]}」（{fiscal_year_label(line.fiscal_year)}）です。"
    form = "\n".join(answer_form(tokens, night))
    return Section(
        title=f"{_RESUMED}：{row.name}",
        subtitle="",
        colour=COLOURS.get(line.rating, PLAIN),
        rows=(("現在の状況", told), *((("回答欄", form),) if form else ())),
        reply=reply_address(tokens, night),
    )


def _comment_sections(comments: Sequence[Answer], night: Night) -> list[Section]:
    """What the department answered since its last digest, shown once."""
    names = {row.id: row.name for row in night.edition.indicators_on(night.day)}
    rows = tuple(
        (
            f"{names.get(answer.indicator, answer.indicator)}（{fiscal_year_label(answer.fiscal_year)}）",
            f"{answer.text}\n（{day_text(answer.as_of)}回答、{day_text(answer.until)}まで：{answer.by}）",
        )
        for answer in comments
    )
    return [Section("対応状況（いただいた御回答）", "", PLAIN, rows)] if rows else []


def _measured(entry: _Entry, indicator: Indicator, now: Evaluation) -> list[tuple[str, str]]:
    digits = _digits(indicator, now)
    sums = "（計画の初年度からの累計）" if indicator.shape is Shape.CUMULATIVE else ""
    return [
        ("判定", RATING_LABELS[now.rating]),
        ("実績", amount(now.actual, indicator, digits) + sums),
        ("目安", amount(now.expected, indicator, digits) + _expected_note(indicator, now)),
        ("目標", "\n".join(_target(row, change.now, digits) for row, change in _pairs(entry))),
        ("基準値", _baseline(indicator, now)),
        ("差", _gap(indicator, now, digits)),
        ("進捗率", pace_text(now.pace) + _pace_note(indicator, now)),
        ("必要ペース", _need(indicator, now)),
        ("対象期間", NONE if now.period is None else period_label(now.period)),
        ("段階", NONE if now.stage is None else now.stage.value),
    ]


def _pairs(entry: _Entry) -> Iterable[tuple[Indicator, Change]]:
    return zip(entry.indicators, entry.changes, strict=True)


def _digits(indicator: Indicator, now: Evaluation) -> int:
    compared = [now.actual, now.expected, now.target, now.do_nothing]
    return digits_for(indicator, [*compared, *(basis.actual for basis in now.bases)])


def _expected_note(indicator: Indicator, now: Evaluation) -> str:
    match indicator.shape:
        case Shape.QUOTA | Shape.MAINTAIN:
            return "（毎年度の目標と同じです）"
        case Shape.MILESTONE:
            return "（目標と同じです）"
        case Shape.FLOOR:
            return "（目標に向かう線の、その日の値）"
    return f"（計画どおりなら{fiscal_year_label(now.fiscal_year)}に達している値）"


def _target(indicator: Indicator, now: Evaluation, digits: int) -> str:
    if indicator.target_day is not None:
        when = f"{indicator.target_day.year}年{indicator.target_day.month}月{indicator.target_day.day}日時点"
    elif indicator.shape in (Shape.QUOTA, Shape.MAINTAIN):
        when = "毎年度"
    else:
        when = f"{fiscal_year_label(indicator.last_fiscal_year)}まで"
    return f"{amount(now.target, indicator, digits)}（{when}）"


def _baseline(indicator: Indicator, now: Evaluation) -> str:
    """Where the way to the target begins; a floor has no such value but the line of the projection."""
    if now.baseline is None or indicator.shape is Shape.FLOOR:
        return ""
    value = amount(now.baseline, indicator, digits_for(indicator, [now.baseline]))
    stated = indicator.baseline_note and indicator.shape is not Shape.CUMULATIVE
    return value + (f"（{indicator.baseline_note}）" if stated else "")


def _difference(value: Decimal, indicator: Indicator) -> str:
    """A difference of two printed numbers, without sign: points for a share."""
    unit = "ポイント" if indicator.unit == "%" else unit_text(indicator.unit)
    return f"{abs(value):,}{unit}"


def _gap(indicator: Indicator, now: Evaluation, digits: int) -> str:
    """The differences as a reader would compute them from the numbers printed beside."""
    if now.actual is None:
        return NONE
    actual = rounded(now.actual, digits)
    rates = indicator.unit in ("", "%") or "/" in indicator.unit
    more, less = ("高い", "低い") if rates else ("多い", "少ない")

    def against(name: str, value: Decimal | None) -> list[str]:
        if value is None:
            return []
        gap = actual - rounded(value, digits)
        word = "と同じ" if not gap else f"より{_difference(gap, indicator)}{more if gap > 0 else less}"
        return [name + word]

    if indicator.shape is Shape.FLOOR:
        return "、".join([*against("目安", now.expected), *against("社人研推計", now.do_nothing)])
    parts = against("目安", now.expected) if indicator.shape in (Shape.LEVEL, Shape.CUMULATIVE) else []
    if now.target is not None:
        gap = rounded(now.target, digits) - actual
        if gap > 0 and indicator.direction is Direction.UP:
            parts.append(f"目標まであと{_difference(gap, indicator)}")
        elif gap < 0 and indicator.direction is Direction.DOWN:
            parts.append(f"目標まであと{_difference(gap, indicator)}の減")
        elif gap < 0 and indicator.direction is Direction.HOLD:
            parts.append(f"目標を{_difference(gap, indicator)}超過")
        else:
            parts.append("目標に到達")
    return "、".join(parts)


def _pace_note(indicator: Indicator, now: Evaluation) -> str:
    if now.pace is None:
        return "（この年度は進捗率によらず、到達・維持の状況により判定しています）"
    match indicator.shape:
        case Shape.FLOOR:
            rule = "（実績－社人研推計）÷（目安－社人研推計）。マイナスは社人研推計をも下回ることを示します"
        case Shape.LEVEL:
            rule = "基準値からの実績の動き÷基準値からの目安の動き"
        case Shape.QUOTA:
            rule = "実績÷目標"
        case _:
            rule = "実績÷目安"
    return f"（1.00で目安どおり。{rule}）"


def _need(indicator: Indicator, now: Evaluation) -> str:
    match indicator.shape:
        case Shape.QUOTA | Shape.MAINTAIN:
            return "―（毎年度の目標のため、ありません）"
        case Shape.MILESTONE:
            return "―（実現したかどうかの指標のため、ありません）"
        case Shape.FLOOR:
            return "―（人口の指標には設けていません）"
    if now.closing:
        return "―（最終年度のため、ありません）"
    if now.need_per_year is None:
        return NONE
    if not now.need_per_year:
        return "なし（目標に到達しています）"
    need = decimal_text(abs(now.need_per_year))
    each = _difference(Decimal(need), indicator)
    years = indicator.last_fiscal_year - now.fiscal_year
    if indicator.shape is Shape.CUMULATIVE:
        return f"あと{each}／年（残り{years}年、毎年{each}で目標に届きます）"
    way = "増" if now.need_per_year > 0 else "減"
    return f"あと{each}／年の{way}（残り{years}年、毎年{each}ずつの{way}で目標に届きます）"


def _floor_rows(indicator: Indicator, now: Evaluation) -> list[tuple[str, str]]:
    if indicator.shape is not Shape.FLOOR:
        return []
    digits = _digits(indicator, now)
    results = {basis.basis: basis for basis in now.bases}
    shown = ("census",) if "census" in results else ("registry", "census_equivalent")
    rows = []
    for basis in shown:
        if basis not in results:
            rows.append((BASIS_LABELS[basis], "算出できません"))
            continue
        result = results[basis]
        used = "（判定に採用）" if basis == now.basis else ""
        value = f"{amount(result.actual, indicator, digits)}、進捗率{pace_text(result.pace)}、"
        rows.append((BASIS_LABELS[basis], f"{value}{RATING_LABELS[result.rating]}{used}"))
    rows.append(("社人研推計", f"{amount(now.do_nothing, indicator, digits)}（対策を講じない場合の、その日の推計値）"))
    return rows


def _ratio_rows(indicator: Indicator, now: Evaluation, night: Night) -> list[tuple[str, str]]:
    if now.numerator is None or now.denominator is None:
        return []
    move = night.moves.get((now.indicator, now.fiscal_year))
    return [
        ("内訳", f"分子{_part(now.numerator)}、分母{_part(now.denominator)}"),
        ("増減の内訳", "" if move is None else _moved(indicator, move)),
    ]


def _part(value: Decimal | None) -> str:
    """A side of a quotient as it was recorded; one that was carried over to another day's census has no end."""
    if value is None:
        return NONE
    recorded = len(decimal_text(value).partition(".")[2])
    return number(value, recorded if recorded <= _MOST_RECORDED else 1)


def _moved(indicator: Indicator, move: Move) -> str:
    """Where the change came from, in numbers that add up as printed; and whether fewer people made it look better."""
    before, now = move.before, move.now
    # one decimal more than elsewhere: the two parts are smaller than the change
    digits = digits_for(indicator, [before.value, now.value]) + 1
    whole = rounded(now.value, digits) - rounded(before.value, digits)
    by_numerator = rounded(move.by_numerator, digits)
    below = "分母（人口）" if indicator.family == "population" or "千人" in indicator.unit else "分母"
    words = (
        f"{fiscal_year_label(before.period.fiscal_year)}の{amount(before.value, indicator, digits)}から"
        f"{_rise(whole, indicator)}。うち分子（{_part(before.numerator)}→{_part(now.numerator)}）によるもの"
        f"{_rise(by_numerator, indicator)}、{below}（{_part(before.denominator)}→{_part(now.denominator)}）によるもの"
        f"{_rise(whole - by_numerator, indicator)}。"
    )
    good = {Direction.UP: 1, Direction.DOWN: -1}.get(indicator.direction, 0)
    if good * move.by_denominator > max(good * move.by_numerator, Decimal(0)) and good * whole > 0:
        mainly = "主に" if good * move.by_numerator > 0 else ""
        went = "減った" if (now.denominator or 0) < (before.denominator or 0) else "増えた"
        words += f"数値が良くなったのは、{mainly}{below}が{went}ためです。"
    return words


def _rise(value: Decimal, indicator: Indicator) -> str:
    return f"{_difference(value, indicator)}の{'増' if value > 0 else '減'}" if value else "増減なし"


def _coverage_rows(now: Evaluation, night: Night) -> list[tuple[str, str]]:
    coverage = night.coverage.get((now.indicator, now.fiscal_year))
    if coverage is None:
        return []
    asked, answered = coverage
    return [("調査の範囲", f"対象{asked:,}軒中、回答{answered:,}軒。増減には、回答した施設の数の違いも含まれます。")]


def _survey_rows(indicator: Indicator, now: Evaluation, night: Night) -> list[tuple[str, str]]:
    if indicator.basis is not PeriodBasis.SURVEY:
        return []
    margin = night.margins.get((now.indicator, now.fiscal_year))
    if margin is None:
        return [("標本誤差", "回答数が報告されていないため、考慮していません。")]
    size = "" if now.sample_size is None else f"（回答{now.sample_size:,}人）"
    return [("標本誤差", f"±{number(margin, 1)}ポイント{size}。誤差を有利に見ても遅れとなる場合にのみ警告しています。")]


def _since_last_mail(change: Change, indicator: Indicator, night: Night) -> str:
    before, now, cause = change.before, change.now, CAUSE_LABELS[change.cause]
    if before is None:
        return f"この指標について初めてのお知らせです（きっかけ：{cause}）。"
    digits = digits_for(indicator, [before.actual, now.actual])
    words = (
        f"前回（{day_text(before.as_of)}）は{fiscal_year_label(before.fiscal_year)}の"
        f"実績{amount(before.actual, indicator, digits)}で「{RATING_LABELS[before.rating]}」、"
        f"今回は{fiscal_year_label(now.fiscal_year)}の"
        f"実績{amount(now.actual, indicator, digits)}で「{RATING_LABELS[now.rating]}」です（理由：{cause}）。"
    )
    if before.target != now.target:
        target_digits = digits_for(indicator, [before.target, now.target])
        words += (
            f"目標は{amount(before.target, indicator, target_digits)}から"
            f"{amount(now.target, indicator, target_digits)}に変わっています。"
        )
    margin = night.margins.get((now.indicator, now.fiscal_year))
    if margin is None or before.actual is None or now.actual is None or before.fiscal_year == now.fiscal_year:
        return words
    return words + ("前回の値との差は、標本誤差の範囲内です。" if abs(now.actual - before.actual) <= margin else "")


def _sources(figures: Sequence[Figure], night: Night) -> str:
    """Where every figure stands: source, file and day it was obtained, then all its cells. One line a file."""
    cells: dict[str, list[str]] = {}
    for figure in figures:
        place = _file(figure, night)
        cells.setdefault(place, [])
        for locator in figure.locators[:1]:
            if locator not in cells[place]:
                cells[place].append(locator)
    dot = "・" if len(cells) > 1 else ""
    return "\n".join(f"{dot}{place}　{_cells(locators)}".rstrip("　") for place, locators in cells.items())


def _file(figure: Figure, night: Night) -> str:
    source = night.catalog.source(figure.source)
    title = figure.source if source is None else f"{source.title}（{source.publisher}）"
    if figure.snapshot is None:
        entered = (census.source for census in night.edition.census if census.locator in figure.locators)
        return f"{next(entered, title)}（設定に記載の値）"
    original = night.originals[figure.snapshot]
    return f"{title}　{original.name}（{day_text(tokyo_day(original.obtained_at))}取得）"


def _cells(locators: Sequence[str]) -> str:
    """`Sheet1!F39、G39`: a sheet is named once for the cells that follow; lines of a text file by their number."""
    shown, sheet = [], ""
    for locator in locators:
        if match := _LINE.fullmatch(locator):
            shown.append(f"{match[1]}行目" + (f"（{match[2]}列）" if match[2] else ""))
            continue
        here, mark, cell = locator.rpartition("!")
        shown.append(cell if mark and here == sheet else locator)
        sheet = here
    return "、".join(shown)


def _quotes(entry: _Entry, night: Night) -> list[str]:
    return [f"「{row.quote.text}」（{night.edition.title} {row.location}）" for row in entry.indicators]


def _request(entry: _Entry, night: Night) -> str:
    contact, by = night.catalog.alerting.contact, day_text(night.answer_by)
    if entry.kind.keeps_open:
        return (
            f"実績値に誤りがないか御確認のうえ、遅れている理由と今後の対応（何を、いつまでに行うか）を、{by}までに、"
            f"このメールへの返信で{contact}までお知らせください。"
        )
    ends = "これまでお知らせしていた遅れは、計画期間の終了により終了とします。"
    match entry.kind:
        case ChangeKind.RECOVERED:
            return "遅れは解消しました。お手続は必要ありません。実績値に誤りがある場合にのみお知らせください。"
        case ChangeKind.CLOSED:
            return f"{ends}お手続は必要ありません。"
        case ChangeKind.REVISED:
            return (
                "前回お知らせした値を資料等に使用されている場合は、今回の値に差し替えてください。"
                f"御不明な点は{by}までにこのメールへの返信でお知らせください。"
            )
    return (
        (ends if entry.ends_warning else "")
        + f"計画の最終年度の結果です。効果検証に用いますので、実績値に誤りがある場合は、{by}までに、"
        f"このメールへの返信で{contact}までお知らせください。"
    )
