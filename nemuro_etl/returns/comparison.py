"""A handed-in row beside what is recorded: what must not be overwritten, and what must be said for a new figure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from nemuro_etl.catalog.types import Indicator, Shape
from nemuro_etl.model.figure import Stage
from nemuro_etl.model.period import TOKYO, tokyo_day
from nemuro_etl.model.returned import Returned
from nemuro_etl.model.wording import readable
from nemuro_etl.returns.flat import ReturnRow
from nemuro_etl.returns.form import CHECKED_UNIT, LABELS, PERCENT, Identity, is_money, is_ratio

Known = Mapping[tuple[str, int], Sequence[Returned]]
"""By indicator and fiscal year: the recorded versions."""
Fault = tuple[str, str]
"""The cell, and what is wrong with it."""

_MANY, _MANY_OF_MONEY = 50, 200
"""How many times the usual figure, or what part of it, is taken for a slip: of units, or of numerator and denominator."""
_REQUIRED = ("evidence", "entered_on", "entered_by")


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the entry sheet: its input cells by key, and what it says; None: no value was entered."""

    indicator: Indicator
    fiscal_year: int
    cells: Mapping[str, str]
    row: ReturnRow | None


def compare(entry: Entry, identity: Identity, known: Known) -> Iterator[Fault]:
    """What is wrong with a row beside what is recorded; nothing for one that says what stands already."""
    standing = standing_of(known, entry.indicator.id, entry.fiscal_year)
    if entry.row is None:
        if standing is not None:
            yield entry.cells["value"], f"{_say(standing)}、空欄です。値は消せません。{_afresh(standing)}"
        return
    if standing is not None and _says_the_same(entry.row, standing):
        return
    if standing is not None and not _same_figure(entry.row, standing):
        yield from _check_correction(entry, entry.row, standing, identity)
    for key in _REQUIRED:
        if not getattr(entry.row, key):
            yield entry.cells[key], f"{LABELS[key]}がありません。値を入力した行には必ず書いてください。"
    if CHECKED_UNIT not in entry.row.remark and not (standing is not None and _same_figure(entry.row, standing)):
        slip = _find_slip(entry.indicator, entry.row.value, known, entry.fiscal_year)
        if slip is not None:
            yield entry.cells["value" if entry.row.numerator is None else "numerator"], slip


def standing_of(known: Known, indicator: str, fiscal_year: int) -> Returned | None:
    """The recorded version that stands."""
    return max(known.get((indicator, fiscal_year), ()), key=lambda version: version.rank, default=None)


def _check_correction(entry: Entry, row: ReturnRow, standing: Returned, identity: Identity) -> Iterator[Fault]:
    """A figure that was recorded after the export, or is final, is changed only by who says so and why."""
    cell = entry.cells["value" if row.numerator is None else "numerator"]
    recorded_on = tokyo_day(standing.recorded_at)
    if standing.recorded_at > identity.exported_at and not (
        row.correction and row.entered_on >= recorded_on.isoformat()
    ):
        yield cell, f"{_say(standing)}、このブックの値は異なります。{_afresh(standing)}"
    elif standing.stage is Stage.FINAL and not row.correction:
        yield (
            entry.cells["correction"],
            f"{_say(standing)}、確定しています。値を直すときは訂正理由を書いてください。直さないときは元の値に戻してください。",
        )


def _say(standing: Returned) -> str:
    """`2019-07-10に佐藤さんが「4人」と登録しており`."""
    who = f"{standing.entered_by}さんが" if standing.entered_by else f"{standing.file}により"
    moment = f"{standing.recorded_at.astimezone(TOKYO):%Y-%m-%d}"
    return f"{moment}に{who}「{readable(standing.value)}{standing.unit}」と登録しており"


def _afresh(standing: Returned) -> str:
    return (
        "新しく出力したブックを使うか、その値に戻してください。"
        f"直すときは、訂正理由と、{tokyo_day(standing.recorded_at).isoformat()}以後の記入日を書いてください。"
    )


def _same_figure(row: ReturnRow, standing: Returned) -> bool:
    said = (row.value, row.numerator, row.denominator)
    return said == (standing.value, standing.numerator, standing.denominator)


def _says_the_same(row: ReturnRow, standing: Returned) -> bool:
    """Whether nothing at all was changed since it was recorded."""
    return _same_figure(row, standing) and (
        row.stage,
        row.sample_size,
        row.evidence,
        row.remark,
        row.entered_by,
        row.entered_on,
        row.correction,
    ) == (
        standing.stage,
        standing.sample_size,
        standing.evidence,
        standing.remark,
        standing.entered_by,
        standing.entered_on,
        standing.correction,
    )


def _find_slip(indicator: Indicator, value: Decimal, known: Known, fiscal_year: int) -> str | None:
    """Why a figure looks like a slip: yen for thousands of yen, 0.819 for 81.9 %, a quotient upside down."""
    named = _usual(indicator, known, fiscal_year)
    if named is None or not value:
        return None
    name, usual = named
    times = max(value / usual, usual / value)
    beside = f"{name}の{readable(usual)}{indicator.unit}に対して{readable(value)}{indicator.unit}です。"
    meant = f"この値で正しいときは、備考に「{CHECKED_UNIT}」と書いてください。"
    if is_money(indicator) and times >= _MANY_OF_MONEY:
        return f"{beside}円と千円などの単位を取り違えていないか確かめ、{indicator.unit}の値に直してください。{meant}"
    if indicator.unit == PERCENT and value <= 1 and times >= _MANY:
        return f"{beside}％の値（81.9％なら81.9）に直してください。{meant}"
    if indicator.unit != PERCENT and is_ratio(indicator) and times >= _MANY:
        return f"{beside}分子と分母を取り違えていないか確かめてください。{meant}"
    return None


def _usual(indicator: Indicator, known: Known, fiscal_year: int) -> tuple[str, Decimal] | None:
    """What a figure is set against: last year's, else the baseline, else what the target asks of a year."""
    last = standing_of(known, indicator.id, fiscal_year - 1)
    if last is not None and last.value:
        return "前年度", last.value
    if indicator.baseline and indicator.shape is not Shape.CUMULATIVE:
        return "基準値", indicator.baseline
    if not indicator.target:
        return None
    # a sum of about five years: one of them brings something of the size of a fifth
    return (
        ("目標値の1年分", indicator.target / 5) if indicator.shape is Shape.CUMULATIVE else ("目標値", indicator.target)
    )
