"""新旧対照表: what one revision of the strategy says beside what the one before it said."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from enum import StrEnum

from nemuro_etl.catalog.types import Edition, Indicator, Project, Revision
from nemuro_etl.model.period import fiscal_year_label
from nemuro_etl.model.wording import NONE, day_text, readable, unit_text


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of text; one that the other side does not have is changed, and underlined."""

    text: str
    changed: bool


class Amendment(StrEnum):
    """What happened to a provision."""

    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


AMENDMENT_LABELS: Mapping[Amendment, str] = {
    Amendment.CHANGED: "改正",
    Amendment.ADDED: "新設",
    Amendment.REMOVED: "削る",
}


@dataclass(frozen=True, slots=True)
class ComparedRow:
    """One provision: 改正後 left, 改正前 right. Where there is none on a side, that side says （新設） or （削る）."""

    subject: str
    """The indicator's id; of a project its measure's."""
    location: str
    """Where it stands in the strategy: 基本目標1 数値目標①."""
    amendment: Amendment
    after: tuple[Run, ...]
    before: tuple[Run, ...]
    note: str
    """備考."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two revisions, and the provisions in which they differ."""

    before: Revision
    after: Revision
    rows: tuple[ComparedRow, ...]


_WORD = re.compile(r"[0-9][0-9,.]*|[A-Za-z]+|[ァ-ヶー]+|[一-鿿]+|[ぁ-ん]+|.", re.DOTALL)
"""What is underlined as a whole: a number, or characters of one script."""
_ADDED, _REMOVED = (Run("（新設）", False),), (Run("（削る）", False),)
_UNKNOWN = "…"
_JUDGED_ANEW = "改正の日から、改正後の目標により判定する。"
_UNDERLINED = "下線は、改訂案の本文による。"
_NOT_KNOWN = "改正前の字句は本文に残っておらず、「…」とした。"


def compare_revisions(edition: Edition, day: date) -> Comparison | None:
    """The revision in force on `day` beside the one before it; None while there is only one."""
    known = [revision for revision in edition.revisions if revision.since <= day]
    if len(known) < 2:
        return None
    before, after = known[-2:]
    rows = (*_compare_indicators(edition, before, after), *_compare_projects(edition, after))
    return Comparison(before, after, rows)


def _compare_indicators(edition: Edition, before: Revision, after: Revision) -> Iterator[ComparedRow]:
    versions = dict(edition.indicators_by_revision)
    old = {row.id: row for row in versions[before.id]}
    new = {row.id: row for row in versions[after.id]}
    for name in {**new, **old}:
        then, now = old.get(name), new.get(name)
        if now is None and then is not None:
            text = (Run(then.quote.text, True),)
            yield ComparedRow(name, then.location, Amendment.REMOVED, _REMOVED, text, "")
        elif then is None and now is not None:
            text = (Run(now.quote.text, True),)
            yield ComparedRow(name, now.location, Amendment.ADDED, text, _ADDED, "")
        elif then is not None and now is not None and (row := _compare_indicator(then, now)):
            yield row


def _compare_indicator(then: Indicator, now: Indicator) -> ComparedRow | None:
    """What its words, or what it is judged by, say differently; None when they do not."""
    old, new = _terms(then), _terms(now)
    changed = [label for label in new if old[label] != new[label]]
    if not changed and then.quote.text == now.quote.text:
        return None
    after, before = underline_differences(
        "\n".join([now.quote.text, *(f"{label}：{new[label]}" for label in changed)]),
        "\n".join([then.quote.text, *(f"{label}：{old[label]}" for label in changed)]),
    )
    return ComparedRow(now.id, now.location, Amendment.CHANGED, after, before, _JUDGED_ANEW if changed else "")


def _terms(row: Indicator) -> dict[str, str]:
    unit = unit_text(row.unit)
    numbers = {"基準値": row.baseline, "目標": row.target}
    return {
        "指標": row.name,
        **{label: NONE if value is None else f"{readable(value)}{unit}" for label, value in numbers.items()},
        "目標の時点": fiscal_year_label(row.last_fiscal_year) if row.target_day is None else day_text(row.target_day),
    }


def underline_differences(after: str, before: str) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    """Both texts as runs, in which what the other does not have is changed."""
    new, old = _WORD.findall(after), _WORD.findall(before)
    left: list[Run] = []
    right: list[Run] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        for side, words in ((left, new[c:d]), (right, old[a:b])):
            if words:
                side.append(Run("".join(words), kind != "equal"))
    return tuple(left), tuple(right)


def _compare_projects(edition: Edition, after: Revision) -> Iterator[ComparedRow]:
    for goal in edition.goals:
        for measure in goal.measures:
            location = f"基本目標{goal.number} {measure.section} {measure.title} 具体的な事業"
            for project in measure.projects:
                if added := dict(project.added).get(after.id):
                    yield _compare_project(project, added, measure.id, location)


def _compare_project(project: Project, added: Sequence[str], measure: str, location: str) -> ComparedRow:
    marks = [run for mark in project.marks for run in (Run("〔", False), Run(mark, mark in added), Run("〕", False))]
    name, content = _split(project.name, added), _split(project.content, added)
    after = (*marks, *name, Run("：", False), *content)
    if all(run.changed for run in (*name, *content)):
        return ComparedRow(measure, location, Amendment.ADDED, after, _ADDED, _UNDERLINED)
    before = tuple(Run(_UNKNOWN, True) if run.changed else run for run in (*name, Run("：", False), *content))
    return ComparedRow(measure, location, Amendment.CHANGED, after, before, _UNDERLINED + _NOT_KNOWN)


def _split(text: str, added: Sequence[str]) -> tuple[Run, ...]:
    pieces = re.split("(" + "|".join(re.escape(words) for words in sorted(added, key=len, reverse=True)) + ")", text)
    return tuple(Run(piece, piece in added) for piece in pieces if piece)
