"""The lines of the floors: do-nothing C and target T by date, from the document's table of population figures."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, localcontext

from nemuro_etl.catalog.excerpt import Excerpt
from nemuro_etl.catalog.section import Section, suggest
from nemuro_etl.catalog.types import LinePoint

PRECISION = 40
"""Digits carried; results travel with 28."""

_ROUNDING_OF_PARTS = 2
"""注：年齢3区分人口と総人口は端数の関係で一致しない場合がある."""

Points = dict[date, Decimal]


def interpolate(points: Mapping[date, Decimal], day: date) -> Decimal | None:
    """The value at `day`, straight by days between the nearest points on both sides; None outside them."""
    if day in points:
        return points[day]
    before = max((known for known in points if known < day), default=None)
    after = min((known for known in points if known > day), default=None)
    if before is None or after is None:
        return None
    with localcontext(prec=PRECISION):
        share = Decimal((day - before).days) / Decimal((after - before).days)
        return points[before] + (points[after] - points[before]) * share


def read_lines(section: Section, start: date, excerpt: Excerpt) -> dict[str, tuple[LinePoint, ...]]:
    """Every named pair of lines, whole, from the common `start`. A share is a quotient of two others; `as` borrows
    the start and the target line of another. A pair with faults is empty."""
    tables: dict[str, tuple[Points, Points]] = {}
    lines: dict[str, tuple[LinePoint, ...]] = {}
    parts: list[tuple[str, Section, tuple[str, ...]]] = []
    for name, pair in section.children():
        noted = len(section.faults)
        if "numerator" in pair:
            tables[name] = _quotients(pair, tables, start)
        else:
            tables[name] = (
                _read_points(pair.section("do_nothing"), excerpt),
                _read_points(pair.section_or_empty("target"), excerpt),
            )
            if "as" in pair and (like := pair.one_of("as", lines, "line")):
                if lines[like]:
                    tables[name][0][start] = lines[like][0].c
                tables[name][1].update(tables[like][1])
            if "parts" in pair:
                parts.append((name, pair, pair.texts("parts")))
        pair.close()
        sound = len(section.faults) == noted and all(lines[other] for other in _rests_on(pair))
        lines[name] = _join(pair, *tables[name], start) if sound else ()
    for name, pair, names in parts:
        _check_parts(pair, name, names, tables)
    return lines


def check_sum(section: Section, key: str, total: Decimal, parts: list[Decimal]) -> None:
    """Note a fault at `key` unless the parts add up to the total, but for the document's rounding."""
    if abs(total - sum(parts)) > _ROUNDING_OF_PARTS:
        section.refuse(
            key,
            f"the parts add up to {sum(parts)}, the total is {total}: more than ±{_ROUNDING_OF_PARTS} apart",
            "correct the figure that was copied wrongly",
        )


def _rests_on(pair: Section) -> list[str]:
    """The names of the pairs of lines that this one is made of."""
    return [pair.text(key) for key in ("numerator", "denominator", "as") if key in pair]


def _read_points(section: Section, excerpt: Excerpt) -> Points:
    points: Points = {}
    for day, point in section.dated_children():
        noted = len(section.faults)
        value = point.integer("value")
        excerpt.check_figure(point, "value", f"{value:,}", point.integer("line"))
        point.close()
        if len(section.faults) == noted:  # so that nothing divides by a placeholder
            points[day] = Decimal(value)
    return points


def _quotients(pair: Section, tables: Mapping[str, tuple[Points, Points]], start: date) -> tuple[Points, Points]:
    """Exact quotients in percent at the days that both tables have, up to `until`; never at the start itself."""
    numerator = pair.one_of("numerator", tables, "line")
    denominator = pair.one_of("denominator", tables, "line")
    until = pair.day("until")
    if not numerator or not denominator:
        return {}, {}
    shares: list[Points] = []
    with localcontext(prec=PRECISION):
        for above, below in zip(tables[numerator], tables[denominator], strict=True):
            days = [day for day in above if below.get(day) and day <= until and day != start]
            shares.append({day: above[day] / below[day] * 100 for day in days})
    return shares[0], shares[1]


def _join(pair: Section, do_nothing: Points, target: Points, start: date) -> tuple[LinePoint, ...]:
    """Both lines at every day on which either has a point, from the common start."""
    common = interpolate(do_nothing, start)
    if common is None:
        pair.refuse(
            "do_nothing",
            f"no value at the common start {start}, and no points on both sides of it",
            f"add the projection's own value at {start}, or a point before it",
        )
        return ()
    c_points, t_points = {**do_nothing, start: common}, {**target, start: common}
    joined: list[LinePoint] = []
    for day in sorted({*c_points, *t_points}):
        c, t = interpolate(c_points, day), interpolate(t_points, day)
        if day >= start and c is not None and t is not None:
            joined.append(LinePoint(day=day, c=c, t=t))
    return tuple(joined)


def _check_parts(pair: Section, name: str, names: tuple[str, ...], tables: Mapping[str, tuple[Points, Points]]) -> None:
    for part in names:
        if part not in tables:
            pair.refuse("parts", f"unknown line {part!r}", suggest(part, tables, f"write some of: {', '.join(tables)}"))
            return
    for index, key in enumerate(("do_nothing", "target")):
        for day, total in tables[name][index].items():
            values = [tables[part][index][day] for part in names if day in tables[part][index]]
            if len(values) == len(names):
                check_sum(pair.section(key), str(day), total, values)
