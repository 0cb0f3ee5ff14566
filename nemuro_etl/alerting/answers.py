"""What departments answered to warnings: which answers stand on a day, and the number by which a reply is recognised."""

import hashlib
import hmac
import json
from base64 import b32encode
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from nemuro_etl.model.alert import ACKNOWLEDGED_DAYS, LONGEST_DAYS, Answer, AnswerKind, Told

_TOKEN_BYTES = 10
_LONGEST = timedelta(days=LONGEST_DAYS)


def token_of(key: bytes, edition: str, indicator: str, fiscal_year: int, department: str) -> str:
    """The number by which `department` answers one warning: 80 bits that only who has `key` can make."""
    subject = json.dumps([edition, indicator, fiscal_year, department]).encode()
    mark = hmac.new(key, subject, hashlib.sha256).digest()[:_TOKEN_BYTES]
    return b32encode(mark).decode("ascii")


def find_warning(
    key: bytes, token: str, told: Iterable[Told], departments: Iterable[str]
) -> tuple[str, str, int, str] | None:
    """The (edition, indicator, fiscal year, department) for which `token` was made; None for a forged or unknown one.

    Every possible one is compared, each in constant time: how long it takes tells nothing.
    """
    warned = dict.fromkeys((line.edition, line.indicator, line.fiscal_year) for line in told if line.kind.keeps_open)
    candidates = [(*warning, department) for warning in warned for department in dict.fromkeys(departments)]
    found = [one for one in candidates if hmac.compare_digest(token_of(key, *one).encode(), token.encode())]
    return found[0] if found else None


def default_until(as_of: date) -> date:
    """Until when an answer of `as_of` that names no day is good."""
    return as_of + timedelta(days=ACKNOWLEDGED_DAYS)


def may_last_until(until: date, as_of: date) -> bool:
    """Whether an answer given on `as_of` may hold until then: not in the past, at most a year."""
    return as_of <= until <= as_of + _LONGEST


def silences_on(answers: Sequence[Answer], as_of: date) -> dict[str, Answer]:
    """By indicator the silence that is in force on `as_of`; `answers` in the order in which they came."""
    return {answer.indicator: answer for answer in answers if _holds(answer, AnswerKind.SILENCED, as_of)}


def acknowledgement(warning: Told, answers: Sequence[Answer], as_of: date) -> Answer | None:
    """The newest acknowledgement of an open warning that holds on `as_of`, if any.

    It answers what had been told when it came: a worsening, or a new year, that is told later is unanswered.
    """
    return next(
        (
            answer
            for answer in reversed(answers)
            if _holds(answer, AnswerKind.ACKNOWLEDGED, as_of)
            and (answer.edition, answer.indicator, answer.fiscal_year)
            == (warning.edition, warning.indicator, warning.fiscal_year)
            and answer.as_of >= warning.as_of
        ),
        None,
    )


def unanswered(warnings: Iterable[Told], answers: Sequence[Answer], as_of: date) -> tuple[Told, ...]:
    """The open warnings that nobody has acknowledged or silenced for `as_of`: those that may be reminded of."""
    silenced = silences_on(answers, as_of)
    return tuple(
        warning
        for warning in warnings
        if warning.indicator not in silenced and acknowledgement(warning, answers, as_of) is None
    )


def ended_silences(answers: Sequence[Answer], as_of: date) -> tuple[Answer, ...]:
    """The silences that are over on `as_of` and were not followed by one that still holds."""
    silenced = silences_on(answers, as_of)
    return tuple(
        answer
        for answer in answers
        if answer.kind is AnswerKind.SILENCED and answer.until < as_of and answer.indicator not in silenced
    )


def comments_of(answers: Sequence[Answer]) -> Mapping[tuple[str, int], tuple[Answer, ...]]:
    """By indicator and fiscal year what the departments wrote of how they deal with it (対応状況), oldest first."""
    comments: dict[tuple[str, int], tuple[Answer, ...]] = {}
    for answer in answers:
        if answer.kind is AnswerKind.ACKNOWLEDGED:
            about = (answer.indicator, answer.fiscal_year)
            comments[about] = (*comments.get(about, ()), answer)
    return comments


def _holds(answer: Answer, kind: AnswerKind, as_of: date) -> bool:
    return answer.kind is kind and answer.as_of <= as_of <= answer.until
