"""Stored evaluations: one is added only when it says something that the last one did not."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from hashlib import sha256
from typing import Any

from nemuro_etl.model.evaluation import Evaluation
from nemuro_etl.model.figure import decimal_text
from nemuro_etl.warehouse.engine import Database, Reading
from nemuro_etl.warehouse.moment import tokyo_day_of

_COLUMNS = ("edition", "indicator", "fiscal_year", "as_of", "seq", "digest", "content")


@dataclass(frozen=True, slots=True)
class StoredEvaluations:
    """How many evaluations were added, and how many said what the last one said."""

    new: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class StoredEvaluation:
    """An evaluation as it was stored: `content` is its public JSON, then what only people and mails are shown."""

    indicator: str
    fiscal_year: int
    as_of: date
    """The day on which it first came out so."""
    content: Mapping[str, Any]


def store_evaluations(
    database: Database, edition: str, as_of: date, evaluations: Sequence[Evaluation]
) -> StoredEvaluations:
    """Adds the evaluations of `as_of` that differ from the latest stored of the same row and year, on or before it."""
    day = as_of.isoformat()
    with database.writing() as writing:
        latest = {row[:2]: row[2:] for row in _latest(writing, edition, as_of, "digest")}
        rows = []
        for evaluation in evaluations:
            content = _content(evaluation)
            digest = _digest(content)
            stored_on, seq, stored_digest = latest.get((evaluation.indicator, evaluation.fiscal_year), ("", 0, ""))
            if digest != stored_digest:
                number = seq + 1 if stored_on == day else 1
                rows.append(
                    (edition, evaluation.indicator, evaluation.fiscal_year, day, number, digest, _json(content))
                )
        writing.insert("evaluation", _COLUMNS, rows)
    return StoredEvaluations(new=len(rows), unchanged=len(evaluations) - len(rows))


def read_evaluations(database: Database, edition: str, as_of: date) -> tuple[StoredEvaluation, ...]:
    """The latest stored evaluation of every row and fiscal year on or before `as_of`, by indicator and year."""
    with database.reading() as transaction:
        return tuple(
            StoredEvaluation(indicator, fiscal_year, date.fromisoformat(day), json.loads(content))
            for indicator, fiscal_year, day, _, content in _latest(transaction, edition, as_of, "content")
        )


def _latest(transaction: Reading, edition: str, as_of: date, wanted: str) -> list[tuple[str, int, str, int, str]]:
    """(indicator, fiscal year, as-of day, seq, `wanted` column) of the latest on or before `as_of`."""
    return [
        (row[0], row[1], row[2], row[3], row[4])
        for row in transaction.rows(
            f"select indicator, fiscal_year, as_of, seq, {wanted} from ("  # noqa: S608 - a column of ours
            " select evaluation.*, row_number() over ("
            "  partition by indicator, fiscal_year order by as_of desc, seq desc) as age"
            " from evaluation where edition = :edition and as_of <= :as_of"
            ") as ranked where age = 1 order by indicator, fiscal_year",
            edition=edition,
            as_of=as_of.isoformat(),
        )
    ]


def _content(evaluation: Evaluation) -> dict[str, Any]:
    content: dict[str, Any] = evaluation.as_json()
    del content["as_of"]
    return content | {
        "reason": evaluation.reason,
        "formula": evaluation.formula,
        "sample_size": evaluation.sample_size,
        "numerator": _text(evaluation.numerator),
        "denominator": _text(evaluation.denominator),
        "closing": evaluation.closing,
    }


def _digest(content: Mapping[str, Any]) -> str:
    """What it says, whatever the time of day at which its figures were recorded."""
    figures = [
        figure | {"recorded_at": figure["recorded_at"] and tokyo_day_of(figure["recorded_at"])}
        for figure in content["figures"]
    ]
    return sha256(_json({**content, "figures": figures}).encode()).hexdigest()


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)
