"""A row as a line chart: SVG for a page, drawn by Vega-Lite, its colours left to the page's style sheet.

A chart is beside a table with the same numbers, so to a screen reader it is one image with a sentence. Nothing is
measured in a font (fixed sizes, no legend, no titles): the same row is the same bytes on every machine.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from nemuro_etl.catalog.types import Shape
from nemuro_etl.model.evaluation import Evaluation, Rating
from nemuro_etl.model.period import fiscal_year_label
from nemuro_etl.model.wording import unit_text
from nemuro_etl.report.content import Row
from nemuro_etl.report.numbers import number, short_year

ACTUAL, REGISTRY, EXPECTED, TARGET, DO_NOTHING, OUTLOOK = (
    "actual",
    "registry",
    "expected",
    "target",
    "do-nothing",
    "outlook",
)
LABELS: Mapping[str, str] = {
    ACTUAL: "実績",
    REGISTRY: "住民基本台帳の値",
    EXPECTED: "目安",
    TARGET: "目標",
    DO_NOTHING: "社人研推計（対策を行わない場合）",
    OUTLOOK: "見通し（80％の幅）",
}
"""The series of a chart, in the order in which its key names them."""
_BY_DATE_LABELS = {ACTUAL: "国勢調査、又は国勢調査換算の値", EXPECTED: "目標に向かう線"}

RATINGS_SENTENCE = "判定の内訳の図。数値は次の表にある。"
_MOST_TICKS = 12
_SIZE = {"width": 330, "height": 170}
_WIDE = {"width": 860, "height": 300}
_MARKS: Mapping[str, dict[str, Any]] = {
    # drawn from the back to the front
    DO_NOTHING: {"type": "line", "strokeWidth": 2, "strokeDash": [2, 3]},
    EXPECTED: {"type": "line", "strokeWidth": 2, "strokeDash": [7, 4]},
    REGISTRY: {"type": "line", "strokeWidth": 1, "point": {"shape": "triangle-up", "size": 55}},
    TARGET: {"type": "point", "shape": "diamond", "size": 110, "filled": True},
    OUTLOOK: {"type": "point", "shape": "circle", "size": 60, "filled": False, "strokeWidth": 2},
    ACTUAL: {"type": "line", "strokeWidth": 3, "point": {"shape": "circle", "size": 60}},
}
_CONFIG = {
    "aria": False,
    "background": None,
    "font": "sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelColor": "var(--soft)",
        "labelFontSize": 12,
        "gridColor": "var(--line)",
        "domainColor": "var(--soft)",
        "tickColor": "var(--soft)",
        "title": None,
    },
}
_FRAME = re.compile(r'<svg [^>]*?viewBox="([^"]+)">')
_ROLES = re.compile(r' (?:role="graphics-|aria-roledescription="|aria-hidden=")[^"]*"')
_DECIMALS = re.compile(r"(\d\.\d)\d+")


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart with the sentence that stands for it and the series that its key explains."""

    svg: str
    key: tuple[tuple[str, str], ...]
    """(series, label)."""
    sentence: str


def draw_row(row: Row, *, wide: bool = False) -> Chart | None:
    """The chart of a row: actual, expected, target and outlook over the years; None when there is no actual."""
    by_date = bool(row.indicator.lines)
    points = _points_by_date(row) if by_date else _points_by_year(row)
    if not points.get(ACTUAL) and not points.get(REGISTRY):
        return None
    series = {name: drawn for name in LABELS if (drawn := points.get(name))}
    labels = {**LABELS, **(_BY_DATE_LABELS if by_date else {})}
    sentence = _sentence(row)
    return Chart(_draw(row, series, sentence, wide=wide), tuple((name, labels[name]) for name in series), sentence)


def _points_by_year(row: Row) -> dict[str, list[tuple[float, Decimal]]]:
    indicator = row.indicator
    expected = [(float(year.fiscal_year), year.expected) for year in row.years if year.expected is not None]
    if indicator.shape is Shape.LEVEL and indicator.baseline is not None:
        expected.insert(0, (float(row.years[0].fiscal_year - 1), indicator.baseline))
    if expected and indicator.target is not None:
        expected.append((float(indicator.last_fiscal_year), indicator.target))
    return {
        ACTUAL: [(float(year.fiscal_year), year.actual) for year in row.years if year.actual is not None],
        EXPECTED: list(dict(expected).items()),
        **_aims(row, float(indicator.last_fiscal_year)),
    }


def _points_by_date(row: Row) -> dict[str, list[tuple[float, Decimal]]]:
    """Floors run by date, and the registry's figures are not on the same footing as their lines."""
    last = row.indicator.target_day
    lines = [(_year(point.day), point.t, point.c) for point in row.indicator.lines if last is None or point.day <= last]
    return {
        REGISTRY: list(_of_basis(row.years, registry=True)),
        ACTUAL: list(_of_basis(row.years, registry=False)),
        EXPECTED: [(x, t) for x, t, _ in lines],
        DO_NOTHING: [(x, c) for x, _, c in lines],
        **_aims(row, float(row.indicator.last_fiscal_year) if last is None else _year(last)),
    }


def _of_basis(years: Sequence[Evaluation], *, registry: bool) -> Iterator[tuple[float, Decimal]]:
    for year in years:
        for basis in year.bases:
            if (basis.basis == "registry") == registry and year.period is not None:
                yield _year(date.fromisoformat(year.period)), basis.actual


def _aims(row: Row, x: float) -> dict[str, list[tuple[float, Decimal]]]:
    target, outlook = row.indicator.target, row.outlook
    return {
        TARGET: [] if target is None else [(x, target)],
        OUTLOOK: [] if outlook is None else [(x, outlook.low), (x, outlook.value), (x, outlook.high)],
    }


def _year(day: date) -> float:
    """A day as a place on an axis of calendar years."""
    start = date(day.year, 1, 1)
    return round(day.year + (day - start).days / (date(day.year + 1, 1, 1) - start).days, 3)


def _draw(row: Row, series: Mapping[str, list[tuple[float, Decimal]]], sentence: str, *, wide: bool) -> str:
    xs = [x for points in series.values() for x, _ in points]
    layers = [_layer(name, series[name]) for name in _MARKS if name in series]
    if OUTLOOK in series:
        layers.insert(0, _interval(series[OUTLOOK]))
    layers[0]["encoding"]["x"] |= {"scale": {"domain": _domain(xs), "nice": False}, "axis": _years_axis(xs)}
    layers[0]["encoding"]["y"] |= {
        "scale": {"zero": row.indicator.shape in (Shape.CUMULATIVE, Shape.QUOTA, Shape.MAINTAIN, Shape.MILESTONE)},
        "axis": {"format": ",f", "tickCount": 5, "tickMinStep": 10**-row.digits},
    }
    spec = {
        **(_WIDE if wide else _SIZE),
        "autosize": "none",
        "padding": {"left": 78, "right": 14, "top": 10, "bottom": 26},
        "config": _CONFIG,
        "layer": layers,
    }
    return _framed(spec, sentence)


def _layer(name: str, points: Sequence[tuple[float, Decimal]]) -> dict[str, Any]:
    colour = f"var(--{name})"
    mark = {**_MARKS[name], "color": colour}
    if "point" in mark:
        mark["point"] = {**mark["point"], "color": colour, "filled": True}
    shown = points[1:2] if name == OUTLOOK else points
    return {
        "data": {"values": [{"x": x, "y": float(y)} for x, y in shown]},
        "mark": mark,
        "encoding": {"x": {"field": "x", "type": "quantitative"}, "y": {"field": "y", "type": "quantitative"}},
    }


def _interval(points: Sequence[tuple[float, Decimal]]) -> dict[str, Any]:
    (x, low), _, (_, high) = points
    return {
        "data": {"values": [{"x": x, "y": float(low), "y2": float(high)}]},
        "mark": {"type": "rule", "strokeWidth": 2, "color": f"var(--{OUTLOOK})"},
        "encoding": {
            "x": {"field": "x", "type": "quantitative"},
            "y": {"field": "y", "type": "quantitative"},
            "y2": {"field": "y2"},
        },
    }


def _domain(xs: Sequence[float]) -> list[float]:
    span = max(xs) - min(xs)
    return [min(xs) - span * 0.05, max(xs) + span * 0.05]


def _years_axis(xs: Sequence[float]) -> dict[str, Any]:
    first, last = int(min(xs)), int(max(xs))
    step = next(step for step in (1, 2, 5, 10, 20) if (last - first) / step <= _MOST_TICKS)
    years = [year for year in range(first, last + 1) if year % step == 0 and year >= min(xs)]
    names = ", ".join(f"'{year}': '{short_year(year)}'" for year in years)
    return {"values": years, "labelExpr": f"{{{names}}}[datum.value]", "grid": False}


def _sentence(row: Row) -> str:
    """The chart in words: where the row stands and where it is to go."""
    indicator, standing = row.indicator, row.standing
    unit = unit_text(indicator.unit)
    now = f"{fiscal_year_label(standing.fiscal_year)}の実績{number(standing.actual, row.digits)}{unit}"
    return f"{indicator.name}の推移の図。{now}、目標{number(indicator.target, row.digits)}{unit}。数値は表にある。"


def draw_ratings(parts: Sequence[tuple[str, Mapping[Rating, int]]]) -> str:
    """Bars of how many rows stand on which rating, one a part; the table beside it has the numbers."""
    spec = {
        "width": 760,
        "height": 34 * len(parts),
        "autosize": "none",
        "padding": {"left": 90, "right": 14, "top": 4, "bottom": 26},
        "config": _CONFIG,
        "data": {
            "values": [
                {"part": name, "rating": str(rating), "order": order, "count": count}
                for name, counts in parts
                for order, (rating, count) in enumerate(counts.items())
            ]
        },
        "mark": {"type": "bar", "stroke": "var(--paper)", "strokeWidth": 1.5},
        "encoding": {
            "y": {"field": "part", "type": "nominal", "sort": None, "axis": {"ticks": False, "domain": False}},
            "x": {"field": "count", "type": "quantitative", "axis": {"grid": False, "format": "d"}},
            "order": {"field": "order"},
            "color": {
                "field": "rating",
                "legend": None,
                "scale": {"domain": list(map(str, Rating)), "range": [f"var(--{rating})" for rating in Rating]},
            },
        },
    }
    return _framed(spec, RATINGS_SENTENCE)


@lru_cache(maxsize=256)
def _drawn(spec: str) -> str:
    """A spec as Vega-Lite draws it: one report is written in several forms, and each drawing is made once."""
    import vl_convert

    return vl_convert.vegalite_to_svg(spec, vl_version="6.4", allowed_base_urls=[])


def _framed(spec: Mapping[str, Any], sentence: str) -> str:
    """The spec drawn, as wide as its place on the page, with its sentence."""
    # Only a report pays for the chart library and the template engine.
    from markupsafe import escape

    svg = _drawn(json.dumps(spec))
    label = str(escape(sentence))
    framed = _FRAME.sub(
        rf'<svg class="chart" viewBox="\1" role="img" aria-label="{label}">', _ROLES.sub("", svg), count=1
    )
    return _DECIMALS.sub(r"\1", framed)
