"""Floors: a quantity that falls whatever one does, judged by date between the do-nothing line and the target line.

The lines are in census terms and the nightly figure is the registry's, so a registry figure is rated on two bases:
as it stands, and moved to census terms by the last census (EVALUATION, Two bases).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from nemuro_etl.catalog.types import LinePoint, Shape
from nemuro_etl.judging.arithmetic import interpolate, neighbours
from nemuro_etl.judging.bands import favour, meets_target, rate_pace
from nemuro_etl.judging.case import Case, in_target_year
from nemuro_etl.judging.outcome import Outcome
from nemuro_etl.judging.shapes import say_why_there_is_no_figure
from nemuro_etl.model.evaluation import BASIS_LABELS, RATING_LABELS, Actual, BasisResult, CensusCount, Rating
from nemuro_etl.model.period import fiscal_year_of
from nemuro_etl.model.wording import readable

REGISTRY = "registry"
CENSUS_EQUIVALENT = "census_equivalent"
CENSUS = "census"

UNPARTED = timedelta(days=180)
"""So long after their common start the lines are too close together to rate anything."""

_SHARES = {"youth-share": ("youth", "total"), "working-share": ("working", "total")}


@dataclass(frozen=True, slots=True)
class _Point:
    """The quantity on one day: a count, or a share with its two counts, and the figures that it is made of."""

    value: Decimal
    numerator: Decimal | None
    denominator: Decimal | None
    used: tuple[Actual, ...] = ()
    census: tuple[CensusCount, ...] = ()
    steps: str = ""


@dataclass(frozen=True, slots=True)
class _Rated:
    result: BasisResult
    point: _Point


def judge_by_date(case: Case, fiscal_year: int) -> Outcome:
    """What one year of a floor (or of an outlook, which is only shown) comes to."""
    baseline = case.indicator.baseline
    day = _judged_day(case, fiscal_year)
    if day is None:
        return Outcome(Rating.NOT_RATED, baseline, reason=say_why_there_is_no_figure(case, fiscal_year))
    points, note = _measure(case, day)
    if not points:
        return Outcome(Rating.NOT_RATED, baseline, reason=note)
    lines = _lines_on(case.indicator.lines, day)
    why_not = _say_why_not_rated(case, day, lines)
    rated = [_Rated(_rate(case, day, basis, point, lines, rate=not why_not), point) for basis, point in points]
    # max() keeps the first of equals, and the registry stands first.
    deciding = max(rated, key=lambda one: (favour(one.result.rating), one.result.pace or Decimal(0)))
    do_nothing, target = lines or (None, None)
    return Outcome(
        deciding.result.rating,
        baseline,
        actual=deciding.point.value,
        expected=target,
        do_nothing=do_nothing,
        pace=deciding.result.pace,
        basis=deciding.result.basis,
        bases=tuple(one.result for one in rated),
        period=day.isoformat(),
        numerator=deciding.point.numerator,
        denominator=deciding.point.denominator,
        used=tuple(actual for one in rated for actual in one.point.used),
        census=tuple(count for one in rated for count in one.point.census),
        reason=why_not or note,
        formula="" if why_not else _say_formula(day, lines, rated),
    )


def has_dated_figure(case: Case, fiscal_year: int) -> bool:
    """Whether the date at which FY `fiscal_year` is judged has a figure on one basis at least."""
    day = _judged_day(case, fiscal_year)
    return day is not None and bool(_measure(case, day)[0])


def _judged_day(case: Case, fiscal_year: int) -> date | None:
    """The target date in its own FY once it is past; else the newest date in the FY with a recorded figure."""
    indicator = case.indicator
    if indicator.target_day is not None and in_target_year(indicator, fiscal_year):
        return indicator.target_day if case.as_of > indicator.target_day else None
    counted = {count.day for count in case.census}
    days = [day for day in case.days if fiscal_year_of(day) == fiscal_year]
    days += [day for day in counted if fiscal_year_of(day) == fiscal_year and _census_on(case, day) is not None]
    return max(days, default=None)


def _measure(case: Case, day: date) -> tuple[list[tuple[str, _Point]], str]:
    """The quantity on `day` on each basis on which it is known, and why one is missing."""
    counted = _census_on(case, day)
    if counted is not None:
        return [(CENSUS, counted)], ""
    registry = _registry_on(case, day)
    if registry is None:
        return [], f"{day.isoformat()}の国勢調査の値が未公表で、前後の住民基本台帳の値もそろわない"
    equivalent, note = _census_equivalent(case, day, registry)
    if equivalent is None:
        return [(REGISTRY, registry)], note
    return [(REGISTRY, registry), (CENSUS_EQUIVALENT, equivalent)], ""


def _parts(case: Case) -> tuple[str, ...]:
    quantity = case.indicator.quantity or ""
    return _SHARES.get(quantity, (quantity,))


def _counts(case: Case, actual: Actual) -> tuple[Decimal, ...]:
    """The counts behind a figure: the number itself, or numerator and denominator of a share."""
    if len(_parts(case)) == 1:
        return (actual.value,)
    if actual.numerator is None or actual.denominator is None:
        raise ValueError(f"{case.indicator.id} on {actual.period}: a share needs its numerator and denominator")
    return actual.numerator, actual.denominator


def _point(case: Case, counts: tuple[Decimal, ...]) -> _Point | None:
    """The quantity that `counts` make; None for a share of nobody."""
    if len(counts) == 1:
        return _Point(counts[0], None, None)
    numerator, denominator = counts
    if denominator <= 0:
        return None
    return _Point(numerator * case.indicator.actual.scale / denominator, numerator, denominator)


def _census_on(case: Case, day: date) -> _Point | None:
    counts = _census_counts(case, day)
    if counts is None:
        return None
    point = _point(case, tuple(count.value for count in counts))
    return None if point is None else _Point(point.value, point.numerator, point.denominator, census=counts)


def _census_counts(case: Case, day: date) -> tuple[CensusCount, ...] | None:
    """The census counts of every part of the quantity on `day`, or None when one is not known."""
    known = {count.quantity: count for count in case.census if count.day == day}
    parts = _parts(case)
    return tuple(known[part] for part in parts) if all(part in known for part in parts) else None


def _registry_counts(case: Case, day: date) -> tuple[tuple[Decimal, ...], tuple[Actual, ...]] | None:
    """The registry's counts on `day`, interpolated by days where it has no figure of that day."""
    found = neighbours(case.days, day)
    if found is None:
        return None
    before, after = case.dated[found[0]], case.dated[found[1]]
    if before is after:
        return _counts(case, before), (before,)
    start, days = before.period.last, (day - before.period.last).days
    span = (after.period.last - start).days
    counts = tuple(
        interpolate(left, right, days, span)
        for left, right in zip(_counts(case, before), _counts(case, after), strict=True)
    )
    return counts, (before, after)


def _registry_on(case: Case, day: date) -> _Point | None:
    found = _registry_counts(case, day)
    if found is None:
        return None
    counts, used = found
    point = _point(case, counts)
    if point is None:
        return None
    steps = ""
    if len(used) == 2:
        steps = f"A = {readable(point.value)}（{used[0].period}と{used[1].period}の間を日数で補間）"
    value = used[0].value if len(used) == 1 else point.value
    return _Point(value, point.numerator, point.denominator, used, steps=steps)


def _census_equivalent(case: Case, day: date, registry: _Point) -> tuple[_Point | None, str]:
    """The last census before `day`, moved on by the change of the registry since; or None, and why there is none."""
    earlier = {count.day for count in case.census if count.day < day}
    census_day = max((known for known in earlier if _census_counts(case, known) is not None), default=None)
    census = None if census_day is None else _census_counts(case, census_day)
    if census_day is None or census is None:
        return None, "国勢調査の値が未登録のため、住民基本台帳のみで判定する"
    then, now = _registry_counts(case, census_day), _registry_counts(case, day)
    if then is None or now is None:
        return (
            None,
            f"国勢調査日（{census_day.isoformat()}）の前後の住民基本台帳の値がそろわないため、住民基本台帳のみで判定する",
        )
    counts = tuple(count.value + (current - past) for count, current, past in zip(census, now[0], then[0], strict=True))
    point = _point(case, counts)
    if point is None:
        return None, "国勢調査換算の人口が0以下になるため、住民基本台帳のみで判定する"
    moved = [
        f"{readable(count.value)} + ({readable(current)} - {readable(past)})"
        for count, current, past in zip(census, now[0], then[0], strict=True)
    ]
    if len(moved) == 2:
        moved = [f"[{moved[0]}] ÷ [{moved[1]}] × {readable(case.indicator.actual.scale)}"]
    steps = f"A = {moved[0]} = {readable(point.value)}（国勢調査日 {census_day.isoformat()}）"
    return _Point(point.value, point.numerator, point.denominator, (*registry.used, *then[1]), census, steps), ""


def _lines_on(lines: tuple[LinePoint, ...], day: date) -> tuple[Decimal, Decimal] | None:
    """C(d) and T(d); None outside the lines."""
    found = neighbours([point.day for point in lines], day)
    if found is None:
        return None
    before, after = lines[found[0]], lines[found[1]]
    if before is after:
        return before.c, before.t
    days, span = (day - before.day).days, (after.day - before.day).days
    return interpolate(before.c, after.c, days, span), interpolate(before.t, after.t, days, span)


def _say_why_not_rated(case: Case, day: date, lines: tuple[Decimal, Decimal] | None) -> str:
    """Why nothing is rated on `day`, or "" when it is."""
    if case.indicator.shape is Shape.OUTLOOK:
        return "多いほどよいとはいえない数であり、参考として示すだけで判定しない"
    start = case.indicator.lines[0].day
    if day <= start + UNPARTED:
        return f"目標線と推計線が分かれて間もないため判定しない（{(start + UNPARTED).isoformat()}まで）"
    if lines is None or lines[0] == lines[1]:
        return "この日には目標線と推計線の差がないため判定しない"
    return ""


def _rate(
    case: Case, day: date, basis: str, point: _Point, lines: tuple[Decimal, Decimal] | None, *, rate: bool
) -> BasisResult:
    if not rate or lines is None:
        return BasisResult(basis, point.value, None, Rating.NOT_RATED)
    do_nothing, target = lines
    pace = (point.value - do_nothing) / (target - do_nothing)
    achieved = day == case.indicator.target_day and meets_target(point.value, case.indicator, rising=True)
    return BasisResult(basis, point.value, pace, Rating.ACHIEVED if achieved else rate_pace(pace, case.bands))


def _say_formula(day: date, lines: tuple[Decimal, Decimal] | None, rated: list[_Rated]) -> str:
    if lines is None:
        return ""
    do_nothing, target = readable(lines[0]), readable(lines[1])
    said = [f"{day.isoformat()}の目標線 T = {target}、推計線（社人研） C = {do_nothing}"]
    for one in rated:
        if one.point.steps:
            said.append(f"{BASIS_LABELS[one.result.basis]}: {one.point.steps}")
        said.append(
            f"{BASIS_LABELS[one.result.basis]}: p = ({readable(one.point.value)} - {do_nothing}) ÷ ({target} - {do_nothing})"
            f" = {readable(one.result.pace or Decimal(0))} → {RATING_LABELS[one.result.rating]}"
        )
    if len(rated) > 1:
        said.append("二つのうち有利な方をこの年度の判定とする")
    return "\n".join(said)
