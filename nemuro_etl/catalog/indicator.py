"""One row of the strategy: read from its entry, and held against the rules of its shape."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import zip_longest

from nemuro_etl.catalog.characters import check_characters
from nemuro_etl.catalog.departments import check_existence
from nemuro_etl.catalog.excerpt import Excerpt
from nemuro_etl.catalog.section import Section, suggest
from nemuro_etl.catalog.sources import FAMILIES, SOURCES
from nemuro_etl.catalog.types import (
    ActualSpec,
    Department,
    Direction,
    Indicator,
    LinePoint,
    Ownership,
    PeriodBasis,
    Plan,
    Quote,
    Revision,
    Shape,
)
from nemuro_etl.model.period import fiscal_year_bounds, fiscal_year_of

QUANTITIES = (
    "total",
    "youth",
    "working",
    "elderly",
    "women-20-39",
    "youth-share",
    "working-share",
    "decline-rate",
)
"""What population rows are about: judging finds registry and census figures by these names."""

FIRST_ACTUAL = "first actual"

_RETURNED_FAMILIES = ("department", "survey")
_RATIO_SCALES = {"%": Decimal(100), "人/千人": Decimal(1000), "件/千人": Decimal(1000)}
_MONEY = re.compile(r"円$")
_DATED_SHAPES = (Shape.FLOOR, Shape.OUTLOOK)
_SERIES = re.compile(r"[a-z]+\.[a-z_]+")


@dataclass(frozen=True, slots=True)
class Setting:
    """What the rows of one edition are read against."""

    plans: tuple[Plan, ...]
    revisions: tuple[Revision, ...]
    departments: tuple[Department, ...]
    lines: Mapping[str, tuple[LinePoint, ...]]
    excerpt: Excerpt


def read_versions(
    row: Section, defaults: Section, setting: Setting, location: str | None
) -> dict[str, Indicator] | None:
    """The row as each revision (by id) words it; None where it has faults. `location`: None: the entry says it."""
    row_id = row.entry.path.rpartition(".")[2]
    plain = defaults.overlaid_by(row.without("revised"))
    noted = len(row.faults)
    current = _read_row(row_id, plain, setting, location)
    changes = dict(row.section_or_empty("revised").dated_children())
    for day, change in changes.items():
        if day not in [revision.since for revision in setting.revisions]:
            change.refuse_whole(
                f"there is no revision of {day}", f"write one of: {', '.join(r.id for r in setting.revisions)}"
            )
    versions: dict[str, Indicator] = {}
    for revision in setting.revisions:
        if (words := changes.get(revision.since)) is not None:
            plain = plain.overlaid_by(words)
            current = _read_row(row_id, plain, setting, location)
        versions[revision.id] = current
    return versions if len(row.faults) == noted else None


def read_twin(
    row: Section,
    first: Mapping[str, dict[str, Indicator] | None],
    setting: Setting,
    location: str | None,
) -> dict[str, Indicator] | None:
    """The row as a second membership of one of the `first` (None: it has faults): own words and place, the rest its."""
    noted = len(row.faults)
    other = row.text("same_as")
    quote = _read_quote(row, setting.excerpt)
    place = row.text("location") if location is None else location
    decision = row.text_or("decision", "")
    for key in row.keys:
        if key not in ("same_as", "quote", "line", "location", "decision"):
            row.refuse(key, f"a row with same_as takes this from {other}", "remove it here, or remove same_as")
    if other and other not in first:
        row.refuse(
            "same_as",
            f"there is no indicator {other!r} with a target of its own",
            suggest(other, first, "name the row that carries baseline and target"),
        )
    versions = first.get(other)
    if len(row.faults) != noted or versions is None:
        return None
    own_id = row.entry.path.rpartition(".")[2]
    return {
        revision: replace(twin, id=own_id, same_as=other, quote=quote, location=place, decision=decision)
        for revision, twin in versions.items()
    }


def _read_row(row_id: str, row: Section, setting: Setting, location: str | None) -> Indicator:
    noted = len(row.faults)
    shape = row.choice("shape", Shape)
    family = row.one_of("family", FAMILIES, "family")
    keys_known = len(row.faults) == noted
    unit = row.text_or("unit", "")
    dated = shape in _DATED_SHAPES
    first_actual = row.text_or("baseline", "") == FIRST_ACTUAL
    target_day = row.day("target_day") if dated else None
    plan = _read_plan(row, setting.plans)
    last = fiscal_year_of(target_day) if target_day not in (None, date.min) else plan.last_fiscal_year
    indicator = Indicator(
        id=row_id,
        name=row.text("name"),
        plan=plan.id,
        last_fiscal_year=last,
        shape=shape,
        unit=unit,
        decimals=row.integer("decimals"),
        whole=row.yes_no("whole"),
        direction=row.choice("direction", Direction),
        baseline=row.decimal("baseline") if "baseline" in row and not first_actual else None,
        first_actual=first_actual,
        baseline_note=row.text("baseline_note"),
        target=row.decimal("target"),
        target_day=target_day,
        basis=row.choice("basis", PeriodBasis),
        family=family,
        owners=_read_owners(row.section("owners"), setting, last),
        quote=_read_quote(row, setting.excerpt),
        location=row.text("location") if location is None else location,
        decision=row.text_or("decision", ""),
        same_as=None,
        actual=_read_actual(row.section_or_empty("actual"), unit),
        lines=_read_path(row, setting.lines) if dated else (),
        quantity=row.one_of("quantity", QUANTITIES, "quantity") if family == "population" else None,
    )
    if keys_known:  # which keys a row has hangs on its shape and family
        row.close()
    if len(row.faults) == noted:
        _check_wording(row, indicator)
        _check_shape(row, indicator)
        _check_period(row, indicator, plan)
        _check_actual(row, indicator)
    return indicator


def _read_plan(row: Section, plans: tuple[Plan, ...]) -> Plan:
    known = {plan.id: plan for plan in plans}
    return known.get(row.one_of("plan", known, "plan")) or Plan("", "", date.min.year, date.max.year - 1)


def _read_quote(row: Section, excerpt: Excerpt) -> Quote:
    quote = Quote(text=row.text("quote"), line=row.integer("line"))
    if quote.text and quote.line:
        excerpt.check_quote(row, "quote", quote.text, quote.line)
    return quote


def _read_owners(section: Section, setting: Setting, last_fiscal_year: int) -> tuple[Ownership, ...]:
    """`day: department` lines; each owns until the day before the next, so that nothing overlaps or gapes between."""
    begun = section.dated_keys()
    ends = [day - timedelta(days=1) for day, _ in begun[1:]]
    owners = tuple(
        Ownership(department=section.text(key), since=day, until=until)
        for (day, key), until in zip_longest(begun, ends)
    )
    first_day = setting.revisions[0].since if setting.revisions else date.max
    last_day = fiscal_year_bounds(last_fiscal_year)[1]
    if not owners:
        section.refuse_whole("nobody owns this row", f"add `{first_day}: department` below owners")
    elif owners[0].since > first_day:
        section.refuse(
            str(owners[0].since),
            f"nobody owns this row from {first_day} to {owners[0].since - timedelta(days=1)}",
            f"let the first owner begin on {first_day}",
        )
    for ownership in owners:
        if ownership.since > last_day:
            section.refuse(
                str(ownership.since),
                f"begins outside the row's period, which ends on {last_day} (FY{last_fiscal_year})",
                "remove it: a plan that is over has no new owners",
            )
        else:
            until = last_day if ownership.until is None else ownership.until
            check_existence(
                section, str(ownership.since), ownership.department, ownership.since, until, setting.departments
            )
    return owners


def _read_actual(section: Section, unit: str) -> ActualSpec:
    actual = ActualSpec(
        sql=section.text("sql") if "sql" in section else None,
        series=section.text("series") if "series" in section else None,
        scale=section.decimal("scale") if "scale" in section else _RATIO_SCALES.get(unit, Decimal(1)),
        returns=section.yes_no("returns", default=True),
    )
    section.close()
    if actual.sql is not None and actual.series is not None:
        section.refuse("series", "an actual comes from sql or from a series, not from both", "remove one of the two")
    if actual.series is not None:
        source = actual.series.partition(".")[0]
        if not _SERIES.fullmatch(actual.series) or source not in SOURCES:
            section.refuse("series", f"{actual.series!r} is no series", suggest(source, SOURCES, "see `nemuro facts`"))
    if actual.scale <= 0:
        section.refuse("scale", f"{actual.scale} is not above 0", "write 100 for %, 0.001 for 円 → 千円")
    return actual


def _read_path(row: Section, lines: Mapping[str, tuple[LinePoint, ...]]) -> tuple[LinePoint, ...]:
    key = "lines" if "lines" in row else "quantity"
    return lines.get(row.one_of(key, lines, "line"), ())


def _check_wording(row: Section, indicator: Indicator) -> None:
    check_characters(row, "name", indicator.name)
    if indicator.decimals < 0:
        row.refuse("decimals", f"{indicator.decimals} is below 0", "write how many decimals the document states")
    if indicator.whole and indicator.decimals:
        row.refuse("whole", f"whole things have no {indicator.decimals} decimals", "write decimals: 0, or whole: no")
    if indicator.whole and (indicator.unit in _RATIO_SCALES or _MONEY.search(indicator.unit)):
        row.refuse("whole", f"{indicator.unit} does not count whole things", "write whole: no for ratios and money")


def _check_shape(row: Section, indicator: Indicator) -> None:
    baseline, target, direction = indicator.baseline, indicator.target, indicator.direction
    assert target is not None
    held = {Shape.MAINTAIN: Direction.HOLD, Shape.OUTLOOK: Direction.NONE}.get(indicator.shape)
    if held is not None and direction is not held:
        row.refuse("direction", f"{indicator.shape} is neither {direction}", f"write direction: {held}")
    if held is None and direction not in (Direction.UP, Direction.DOWN):
        row.refuse("direction", f"{indicator.shape} goes up or down, not {direction}", "write direction: up or down")
    if indicator.first_actual and indicator.shape is not Shape.LEVEL:
        row.refuse("baseline", f"only a level starts from its {FIRST_ACTUAL}", "remove baseline, or write its figure")
    match indicator.shape:
        case Shape.LEVEL:
            _check_way(row, indicator)
        case Shape.CUMULATIVE:
            if baseline != 0:
                row.refuse("baseline", "a sum of yearly additions starts at 0", "write baseline: 0, or shape: level")
            if target <= 0:
                row.refuse("target", f"a sum cannot arrive at {target}", "write a target above 0, or shape: maintain")
        case Shape.QUOTA:
            if baseline is not None:
                row.refuse("baseline", "a yearly amount has no baseline", "remove it, or write shape: level")
            if target <= 0:
                row.refuse("target", f"a yearly amount of {target} asks nothing", "write a target above 0")
        case Shape.MAINTAIN:
            if baseline != target:
                row.refuse("baseline", f"{baseline} is not the {target} to be kept", "write the same, or shape: level")
        case Shape.MILESTONE:
            if baseline is None or target <= baseline:
                row.refuse("target", f"{target} is not above the baseline {baseline}", "write what is to be there")
        case Shape.FLOOR | Shape.OUTLOOK:
            _check_floor(row, indicator)


def _check_way(row: Section, indicator: Indicator) -> None:
    baseline, target = indicator.baseline, indicator.target
    assert target is not None
    if baseline is None:
        if not indicator.first_actual:
            row.refuse(
                "baseline",
                "is missing: without it nothing says how far there is to go, or which way",
                f"write the document's figure, or baseline: {FIRST_ACTUAL}",
            )
    elif baseline == target:
        row.refuse("target", f"equals the baseline {baseline}", "correct one of the two, or write shape: maintain")
    elif indicator.direction is (Direction.DOWN if target > baseline else Direction.UP):
        row.refuse(
            "direction",
            f"{indicator.direction} contradicts {baseline} → {target}",
            f"write direction: {'up' if target > baseline else 'down'}, or correct the figures",
        )


def _check_floor(row: Section, indicator: Indicator) -> None:
    if indicator.basis is not PeriodBasis.DATE:
        row.refuse("basis", f"{indicator.shape} runs by date", f"write basis: {PeriodBasis.DATE}")
    if not indicator.lines:
        return  # a fault of the lines themselves, told where they stand
    point = next((point for point in indicator.lines if point.day == indicator.target_day), None)
    if point is None:
        row.refuse(
            "target_day",
            f"the lines have no point on {indicator.target_day}",
            f"write one of: {', '.join(str(point.day) for point in indicator.lines[1:])}",
        )
        return
    for key, written, on_line in (("target", indicator.target, point.t), ("baseline", indicator.baseline, point.c)):
        if written is None or round(on_line, _places(written)) != written:
            row.refuse(
                key,
                f"{written} is not on the line, which has {on_line:.6g} on {point.day}",
                "correct the figure here or in the table of the lines",
            )


def _places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _check_period(row: Section, indicator: Indicator, plan: Plan) -> None:
    # A strategy's census year is the one after its last fiscal year: five years from October 2015 end in October 2020.
    if not plan.first_fiscal_year <= indicator.last_fiscal_year <= plan.last_fiscal_year + 1:
        row.refuse(
            "target_day",
            f"FY{indicator.last_fiscal_year} is outside the plan {plan.id} "
            f"(FY{plan.first_fiscal_year}–FY{plan.last_fiscal_year}, and the year after)",
            "correct the day, or name the plan that the target belongs to",
        )


def _check_actual(row: Section, indicator: Indicator) -> None:
    actual = indicator.actual
    computed = actual.sql is not None or actual.series is not None
    if indicator.family in _RETURNED_FAMILIES:
        if computed or not actual.returns:
            row.refuse(
                "actual", f"a {indicator.family} figure comes by return only", "remove it, or correct the family"
            )
    elif not computed:
        row.refuse("actual", f"a {indicator.family} figure is published", "write actual: {sql: …} or {series: …}")
    if indicator.family == "population" and actual.returns:
        row.refuse("actual", "a population figure is never taken from a return", "write returns: no")
