"""One hash of what the warehouse knows and has said: the same on both databases, whatever the order of loading.

It covers what was known of every figure at the end of each Tokyo day, the evaluations, the warning log, the answers
to warnings and what people wrote into reports; not row ids, locators, times of day, and the ledgers of runs, sources,
mails and reports.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from hashlib import sha256
from itertools import groupby
from operator import itemgetter
from typing import Any

from nemuro_etl.model.figure import decimal_text
from nemuro_etl.warehouse.engine import Database, Reading
from nemuro_etl.warehouse.moment import tokyo_day_of
from nemuro_etl.warehouse.precision import restored


def digest(database: Database) -> str:
    """The hash, 64 hexadecimal digits."""
    total = sha256()
    with database.reading() as transaction:
        for section in (
            _figures(transaction),
            _evaluations(transaction),
            _warnings(transaction),
            _answers(transaction),
            _comments(transaction),
        ):
            for line in sorted(section):
                total.update(line.encode())
                total.update(b"\n")
            total.update(b"\n")
    return total.hexdigest()


def _figures(transaction: Reading) -> Iterator[str]:
    """One line for each (measure, period): its key, and the hash of its figures in the order of their areas."""
    keys = {
        part_id: "\t".join(key)
        for part_id, *key in transaction.rows(
            "select part.id, series, dimensions, unit, period from part inner join measure on measure.id = measure_id"
        )
    }
    recorded = {
        place_id: (recorded_at, tokyo_day_of(recorded_at))
        for place_id, recorded_at in transaction.rows(
            "select place.id, recorded_at from place inner join load on load.id = load_id"
        )
    }
    details = {
        (part_id, area, version): "\t".join("" if item is None else str(item) for item in detail)
        for part_id, area, version, *detail in transaction.rows(
            "select part_id, area, version, numerator, denominator, sample_size, evidence, remark, entered_by, entered_on,"
            " correction from return_detail"
        )
    }
    detailed = {part_id for part_id, _, _ in details}
    figures = transaction.stream(
        "select part_id, area, version, value, stage, place_id from figure order by part_id, area, version"
    )
    for part_id, group in groupby(figures, key=itemgetter(0)):
        rows = list(group)
        if part_id in detailed or any(row[2] != 1 for row in rows):
            lines = _changes(rows, recorded, details)
        else:
            lines = (
                f"{area}\t{recorded[place_id][1]}\t{value if type(value) is int else _text(value)}\t{stage}\t"
                for _, area, _, value, stage, place_id in rows
            )
        yield keys[part_id] + "\t" + sha256("\n".join(lines).encode()).hexdigest()


def _changes(
    rows: Iterable[Sequence[Any]],
    recorded: dict[int, tuple[str, str]],
    details: dict[tuple[int, str, int], str],
) -> Iterator[str]:
    """The days on which the figure that stands became another, and what it became."""
    for area, versions in groupby(rows, key=itemgetter(1)):
        standing: tuple[Any, ...] = ()
        said = None
        by_day = sorted(
            (recorded[place_id][1], stage, recorded[place_id][0], version, _text(value), part_id)
            for part_id, _, version, value, stage, place_id in versions
        )
        for day, on_that_day in groupby(by_day, key=itemgetter(0)):
            standing = max([standing, *(row[1:] for row in on_that_day)])
            stage, _, version, value, part_id = standing
            now = f"{value}\t{stage}\t{details.get((part_id, area, version), '')}"
            if now != said:
                yield f"{area}\t{day}\t{now}"
                said = now


def _text(value: int | float | Decimal) -> str:
    return decimal_text(restored(value))


def _evaluations(transaction: Reading) -> Iterator[str]:
    for row in transaction.stream("select edition, indicator, fiscal_year, as_of, digest from evaluation"):
        yield "\t".join(map(str, row))


def _warnings(transaction: Reading) -> Iterator[str]:
    for row in transaction.stream(
        "select edition, indicator, fiscal_year, kind, rating, actual, target, period, bands, cause, as_of"
        " from warning_log"
    ):
        yield "\t".join("" if item is None else str(item) for item in row)


def _answers(transaction: Reading) -> Iterator[str]:
    for row in transaction.stream(
        "select answer_key, edition, indicator, fiscal_year, department, kind, until, answered_by, words, as_of from answer"
    ):
        yield json.dumps(list(row), ensure_ascii=False)


def _comments(transaction: Reading) -> Iterator[str]:
    for row in transaction.stream(
        "select edition, fiscal_year, subject, kind, words, written_by, as_of from report_comment"
    ):
        yield json.dumps(list(row), ensure_ascii=False)
