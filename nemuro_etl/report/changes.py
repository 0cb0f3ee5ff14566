"""What a report shows, as a list that can be kept, and what of it came out differently since."""

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from nemuro_etl.model.evaluation import RATING_LABELS, Evaluation, Rating
from nemuro_etl.model.figure import decimal_text
from nemuro_etl.model.wording import NONE, unit_text
from nemuro_etl.report.content import ChangedNumber, Row, ShownNumber
from nemuro_etl.report.numbers import number


def shown_numbers(rows: Iterable[Row]) -> dict[str, str]:
    """By `g2-n1@FY2017:actual` the exact number, or the rating; "" for none."""
    return {_key(row, year, what): _kept(year, what) for row, year, what in _each(rows)}


def list_changes(rows: Iterable[Row], before: Mapping[str, str]) -> tuple[ChangedNumber, ...]:
    """What the rows show differently from `shown_numbers` of `before`; what differs only unseen is left out."""
    found = []
    for row, year, what in _each(rows):
        then = _words(row, what, before.get(_key(row, year, what), ""))
        now = _words(row, what, _kept(year, what))
        if then != now:
            found.append(ChangedNumber(row, year.fiscal_year, what, then, now))
    return tuple(found)


def _each(rows: Iterable[Row]) -> Iterator[tuple[Row, Evaluation, ShownNumber]]:
    return ((row, year, what) for row in rows if row.distinct for year in row.years for what in ShownNumber)


def _key(row: Row, year: Evaluation, what: ShownNumber) -> str:
    return f"{row.indicator.id}@FY{year.fiscal_year}:{what}"


def _kept(year: Evaluation, what: ShownNumber) -> str:
    if what is ShownNumber.RATING:
        return str(year.rating)
    value = {
        ShownNumber.ACTUAL: year.actual,
        ShownNumber.EXPECTED: year.expected,
        ShownNumber.TARGET: year.target,
    }[what]
    return "" if value is None else decimal_text(value)


def _words(row: Row, what: ShownNumber, kept: str) -> str:
    if not kept:
        return NONE
    if what is ShownNumber.RATING:
        return RATING_LABELS[Rating(kept)]
    return f"{number(Decimal(kept), row.digits)}{unit_text(row.indicator.unit)}"
