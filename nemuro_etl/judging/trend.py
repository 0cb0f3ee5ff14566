"""What the straight line through the rated years leads to by the target, with its interval."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from nemuro_etl.catalog.types import Indicator, Shape
from nemuro_etl.judging.arithmetic import exactly, round_half_up
from nemuro_etl.judging.evaluation import newest_rated
from nemuro_etl.judging.floor import REGISTRY
from nemuro_etl.model.evaluation import Evaluation
from nemuro_etl.model.period import fiscal_year_label
from nemuro_etl.model.wording import readable

CONFIDENCE = Decimal("0.8")
FEWEST_POINTS = 4

_STUDENT_T = (
    (2, Decimal("1.886")),
    (3, Decimal("1.638")),
    (4, Decimal("1.533")),
    (5, Decimal("1.476")),
    (6, Decimal("1.440")),
    (7, Decimal("1.415")),
    (8, Decimal("1.397")),
    (9, Decimal("1.383")),
    (10, Decimal("1.372")),
    (12, Decimal("1.356")),
    (14, Decimal("1.345")),
    (16, Decimal("1.337")),
    (18, Decimal("1.330")),
    (20, Decimal("1.325")),
    (25, Decimal("1.316")),
    (30, Decimal("1.310")),
    (40, Decimal("1.303")),
)
"""Degrees of freedom and the 0.90 quantile of Student's t, so that 80 % lie between -t and t.

NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2. Between two rows the smaller degree holds: wider, never
narrower.
"""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where a row would stand in its target year if its rated years went on in a straight line."""

    indicator: str
    fiscal_year: int
    value: Decimal
    low: Decimal
    high: Decimal
    confidence: Decimal
    """How much of the interval from `low` to `high` is to be believed: 0.8, of a single year's figure."""
    points: int
    """How many rated years the line was drawn through."""
    basis: str | None
    """For a floor, the terms in which it was drawn: `registry`, or the newest basis in census terms."""


def forecast(evaluations: Sequence[Evaluation], indicator: Indicator) -> Forecast | None:
    """The forecast for the target year; None with fewer than four rated years, or once the target year is rated.

    Floors are drawn by date, and in the terms of the basis that decided the newest year: registry and census figures
    differ by more than the target. Things to be kept, and things that are there or not, have no line.
    """
    if _say_why_there_is_none(evaluations, indicator):
        return None
    basis, points = _points(evaluations)
    aim = indicator.target_day
    x = Decimal(indicator.last_fiscal_year if basis is None or aim is None else aim.toordinal())
    with exactly():
        value, half = _extend(points, x)
        return Forecast(
            indicator=indicator.id,
            fiscal_year=indicator.last_fiscal_year,
            value=value,
            low=value - half,
            high=value + half,
            confidence=CONFIDENCE,
            points=len(points),
            basis=basis,
        )


def forecast_words(evaluations: Sequence[Evaluation], indicator: Indicator) -> str:
    """The forecast as a person reads it, with its interval and what it rests on; or why there is none."""
    told = forecast(evaluations, indicator)
    if told is None:
        return _say_why_there_is_none(evaluations, indicator)
    low, value, high = (
        readable(round_half_up(number, indicator.decimals)) for number in (told.low, told.value, told.high)
    )
    return (
        f"{fiscal_year_label(told.fiscal_year)}に {value}{indicator.unit}"
        f"（{readable(told.confidence * 100)}%の確からしさで {low} から {high} の間。判定した{told.points}か年を直線で延ばした場合）"
    )


def _say_why_there_is_none(evaluations: Sequence[Evaluation], indicator: Indicator) -> str:
    """Why no forecast is made, or "" when one is."""
    if indicator.shape not in (Shape.LEVEL, Shape.CUMULATIVE, Shape.QUOTA, Shape.FLOOR):
        return "予測しない（直線で見通す指標ではない）"
    newest = newest_rated(evaluations)
    if newest is not None and newest.fiscal_year >= indicator.last_fiscal_year:
        return "予測しない（最終年度の実績が出ている）"
    count = len(_points(evaluations)[1])
    return "" if count >= FEWEST_POINTS else f"予測しない（判定した年度が{count}か年で、{FEWEST_POINTS}か年に満たない）"


def _points(evaluations: Sequence[Evaluation]) -> tuple[str | None, list[tuple[Decimal, Decimal]]]:
    """The basis that decided the newest rated year, and the rated years as points in its terms."""
    newest = newest_rated(evaluations)
    basis = None if newest is None else newest.basis
    return basis, [point for one in evaluations if (point := _point(one, basis)) is not None]


def _point(evaluation: Evaluation, basis: str | None) -> tuple[Decimal, Decimal] | None:
    """Where a rated year stands on the line: its year, or its day for a floor, and its actual in the same terms."""
    if not evaluation.rating.rated or evaluation.actual is None:
        return None
    if basis is None:
        return Decimal(evaluation.fiscal_year), evaluation.actual
    same_terms = [one for one in evaluation.bases if (one.basis == REGISTRY) == (basis == REGISTRY)]
    if not same_terms or evaluation.period is None:
        return None
    return Decimal(date.fromisoformat(evaluation.period).toordinal()), same_terms[0].actual


def _extend(points: Sequence[tuple[Decimal, Decimal]], x: Decimal) -> tuple[Decimal, Decimal]:
    """The value at `x` of the least-squares line, and half the width of the interval of a new figure there."""
    count = Decimal(len(points))
    mean_x = sum((px for px, _ in points), Decimal(0)) / count
    mean_y = sum((py for _, py in points), Decimal(0)) / count
    spread = sum(((px - mean_x) ** 2 for px, _ in points), Decimal(0))
    slope = sum(((px - mean_x) * (py - mean_y) for px, py in points), Decimal(0)) / spread
    residual = sum(((py - mean_y - slope * (px - mean_x)) ** 2 for px, py in points), Decimal(0))
    freedom = len(points) - 2
    deviation = (residual / freedom * (1 + 1 / count + (x - mean_x) ** 2 / spread)).sqrt()
    return mean_y + slope * (x - mean_x), _quantile(freedom) * deviation


def _quantile(freedom: int) -> Decimal:
    place = bisect_right(_STUDENT_T, freedom, key=lambda row: row[0])
    return _STUDENT_T[place - 1][1]
