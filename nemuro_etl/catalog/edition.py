"""An edition's folder → one checked Edition: edition.yml, goal-*.yml, population.yml, and the lines of the document."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path

from nemuro_etl.catalog.excerpt import Excerpt
from nemuro_etl.catalog.indicator import Setting, read_twin, read_versions
from nemuro_etl.catalog.lines import check_sum, read_lines
from nemuro_etl.catalog.section import Faults, Section, read_section
from nemuro_etl.catalog.types import (
    CensusFigure,
    Department,
    Edition,
    Goal,
    Indicator,
    LinePoint,
    Measure,
    Plan,
    Project,
    Revision,
)
from nemuro_etl.model.period import fiscal_year_bounds

_CENSUS_QUANTITIES = ("total", "youth", "working", "elderly")
_AREA = re.compile(r"\d{5}", re.ASCII)


Place = Callable[[int], str] | None
"""Where the n-th row of a list stands in the strategy; None: the row says it itself."""


@dataclass(slots=True)
class _Ledger:
    """The ids taken so far, the rows read (by revision; None: with faults), and the second memberships, read last."""

    ids: dict[str, Section] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)
    rows: dict[str, dict[str, Indicator] | None] = field(default_factory=dict)
    twins: list[tuple[str, Section, str | None]] = field(default_factory=list)

    def claim(self, name: str, section: Section) -> bool:
        """Whether `name` was still free; if not, a fault is noted."""
        if first := self.ids.get(name):
            section.refuse_whole(
                f"the id {name!r} stands twice (first: {first.place})", "give one of the two another id"
            )
            return False
        self.ids[name] = section
        return True


def read_edition(
    faults: Faults, folder: Path, root: Path, departments: tuple[Department, ...]
) -> tuple[Edition, Section]:
    """The edition in `folder`, and its edition.yml, in which further faults are placed."""

    def read(name: str) -> Section:
        return read_section(faults, folder / name, (folder / name).as_posix())

    noted = len(faults)
    file = read("edition.yml")
    plans = _read_plans(file.section("plans"))
    revisions = _read_revisions(file.section("revisions"), plans)
    excerpt = Excerpt(faults, folder / "document.tsv", (folder / "document.tsv").as_posix())
    population = read("population.yml") if (folder / "population.yml").exists() else None
    lines: dict[str, tuple[LinePoint, ...]] = {}
    census: tuple[CensusFigure, ...] = ()
    if population is not None:
        lines = read_lines(population.section("lines"), population.day("start"), excerpt)
        locator = (folder / "population.yml").relative_to(root).as_posix()
        census = _read_census(population.section_or_empty("census"), locator, plans)
    setting = Setting(plans=plans, revisions=revisions, departments=departments, lines=lines, excerpt=excerpt)

    ledger = _Ledger()
    # goal-10 after goal-9
    names = sorted((path.name for path in folder.glob("goal-*.yml")), key=lambda name: (len(name), name))
    goals = tuple(_read_goal(read(name), ledger, setting) for name in names)
    if not goals:
        file.refuse_whole("the edition has no goal", "add goal-1.yml beside edition.yml")
    if population is not None:
        _read_rows(population.section_or_empty("indicators"), population, ledger, setting, None)
        population.close()
    twins = {row_id: read_twin(row, ledger.rows, setting, place) for row_id, row, place in ledger.twins}
    rows = [versions for row_id in _in_order(goals, ledger) if (versions := {**ledger.rows, **twins}[row_id])]
    edition = Edition(
        id=folder.name,
        title=file.text("title"),
        area=file.text("area"),
        area_name=file.text("area_name"),
        document=file.text("document"),
        plans=plans,
        revisions=revisions,
        goals=goals,
        indicators_by_revision=tuple(
            (revision.id, tuple(versions[revision.id] for versions in rows)) for revision in revisions
        ),
        census=census,
    )
    if edition.area and not _AREA.fullmatch(edition.area):
        file.refuse("area", f"{edition.area!r} is no area code", "write the municipality's five digits, like 01223")
    file.close("alerting")
    if len(faults) == noted:
        excerpt.check_quoted()
    return edition, file


def _in_order(goals: tuple[Goal, ...], ledger: _Ledger) -> list[str]:
    """数値目標 of all goals, then the KPI of all measures, then the population rows."""
    targets = [row_id for goal in goals for row_id in goal.indicators]
    kpi = [row_id for goal in goals for measure in goal.measures for row_id in measure.indicators]
    placed = {*targets, *kpi}
    return [*targets, *kpi, *(row_id for row_id in ledger.order if row_id not in placed)]


def _read_plans(section: Section) -> tuple[Plan, ...]:
    plans: list[Plan] = []
    for plan_id, entry in section.children():
        plan = Plan(
            id=plan_id,
            title=entry.text("title"),
            first_fiscal_year=entry.integer("first_fiscal_year"),
            last_fiscal_year=entry.integer("last_fiscal_year"),
        )
        entry.close()
        if 1900 < plan.first_fiscal_year <= plan.last_fiscal_year < 2200:
            plans.append(plan)
        else:
            entry.refuse(
                "last_fiscal_year",
                f"FY{plan.first_fiscal_year}–FY{plan.last_fiscal_year} is no period",
                "write the first and the last fiscal year, like 2015 and 2019",
            )
    return tuple(plans)


def _read_revisions(section: Section, plans: tuple[Plan, ...]) -> tuple[Revision, ...]:
    revisions: list[Revision] = []
    for day, entry in section.dated_children():
        revision = Revision(id=str(day), since=day, title=entry.text("title"))
        entry.close()
        if _within(day, plans):
            revisions.append(revision)
        elif plans:
            entry.refuse_whole(
                f"{day} is outside the years of every plan", "correct the day, or the years of the plans"
            )
    if not section.keys:
        section.refuse_whole("names no revision: nothing would ever be judged", "add `2015-10-30: {title: 策定}`")
    return tuple(revisions)


def _within(day: date, plans: tuple[Plan, ...]) -> bool:
    return any(
        fiscal_year_bounds(plan.first_fiscal_year)[0] <= day <= fiscal_year_bounds(plan.last_fiscal_year)[1]
        for plan in plans
    )


def _read_census(section: Section, locator: str, plans: tuple[Plan, ...]) -> tuple[CensusFigure, ...]:
    figures: list[CensusFigure] = []
    for day, entry in section.dated_children():
        known_from, source = entry.day("known_from"), entry.text("source")
        values = {key: Decimal(entry.integer(key)) for key in _CENSUS_QUANTITIES if key in entry}
        entry.close()
        if plans and not _within(day, plans):
            section.refuse(str(day), f"{day} is outside the years of every plan", "correct the day of the census")
        if known_from < day:
            entry.refuse("known_from", f"{known_from} is before the census of {day}", "write the day of publication")
        if len(values) == len(_CENSUS_QUANTITIES):
            check_sum(entry, "total", values["total"], [values[part] for part in _CENSUS_QUANTITIES[1:]])
        figures += [
            CensusFigure(
                day=day,
                quantity=quantity,
                value=value,
                known_from=known_from,
                source=source,
                locator=f"{locator}:census.{day}.{quantity}",
            )
            for quantity, value in values.items()
        ]
    return tuple(figures)


def _read_goal(file: Section, ledger: _Ledger, setting: Setting) -> Goal:
    goal_id, number = file.text("id"), file.integer("number")
    ledger.claim(goal_id, file)
    place = f"基本目標{number}"
    title = _read_heading(file, "title", setting)
    indicators = _read_rows(
        file.section("indicators"), file, ledger, setting, lambda index: f"{place} 数値目標{chr(ord('①') + index)}"
    )
    measures: list[Measure] = []
    for section in file.items("sections"):
        heading = _read_heading(section, "heading", setting)
        for measure_id, entry in section.section("measures").children():
            measures.append(_read_measure(measure_id, entry, file, f"{place} {heading}", heading, ledger, setting))
        section.close()
    file.close()
    return Goal(id=goal_id, number=number, title=title, indicators=indicators, measures=tuple(measures))


def _read_measure(
    measure_id: str, entry: Section, file: Section, place: str, heading: str, ledger: _Ledger, setting: Setting
) -> Measure:
    ledger.claim(measure_id, entry)
    title = _read_heading(entry, "title", setting)
    measure = Measure(
        id=measure_id,
        section=heading,
        title=title,
        indicators=_read_rows(entry.section("indicators"), file, ledger, setting, lambda _: f"{place} {title}"),
        projects=tuple(_read_project(project, setting) for project in entry.items("projects")),
    )
    entry.close()
    return measure


def _read_heading(section: Section, key: str, setting: Setting) -> str:
    text, line = section.text(key), section.integer("line")
    if text and line:
        setting.excerpt.check_quote(section, key, text, line)
    return text


def _read_project(entry: Section, setting: Setting) -> Project:
    revised = entry.section_or_empty("revised")
    project = Project(
        name=entry.text("name"),
        marks=entry.texts("marks"),
        content=entry.text("content"),
        line=entry.integer("line"),
        added=tuple((str(day), revised.texts(key)) for day, key in revised.dated_keys()),
    )
    _check_added(revised, project, setting.revisions)
    entry.close()
    for key, words in (("name", project.name), ("content", project.content), *(("marks", m) for m in project.marks)):
        if words and project.line:
            setting.excerpt.check_quote(entry, key, words, project.line)
    return project


def _check_added(revised: Section, project: Project, revisions: tuple[Revision, ...]) -> None:
    for day, added in project.added:
        if day not in {revision.id for revision in revisions}:
            revised.refuse(
                day, f"there is no revision of {day}", f"write one of: {', '.join(each.id for each in revisions)}"
            )
        for words in added:
            if words not in project.marks and words not in project.name and words not in project.content:
                revised.refuse(
                    day, f"{words!r} is in neither name, marks nor content", "copy the words that are underlined there"
                )


def _read_rows(
    indicators: Section, container: Section, ledger: _Ledger, setting: Setting, place: Place
) -> tuple[str, ...]:
    """The ids of the rows in their order; the rows themselves go to the ledger. `container` carries `defaults`."""
    defaults = container.section_or_empty("defaults")
    ids: list[str] = []
    for index, (row_id, row) in enumerate(indicators.children()):
        if not ledger.claim(row_id, row):
            continue
        ids.append(row_id)
        ledger.order.append(row_id)
        location = None if place is None else place(index)
        if "same_as" in row:
            ledger.twins.append((row_id, row, location))
        else:
            ledger.rows[row_id] = read_versions(row, defaults, setting, location)
    return tuple(ids)
