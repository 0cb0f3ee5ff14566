"""Judge: every indicator of every plan, by what was known on the as-of day, stored where something changed."""

from collections.abc import Mapping, Sequence
from datetime import date

from nemuro_etl.catalog.types import CensusFigure, Indicator
from nemuro_etl.model.area import AreaKind
from nemuro_etl.model.evaluation import CensusCount, Evaluation, SourceCondition
from nemuro_etl.model.figure import Figure, Stage
from nemuro_etl.model.period import Period, end_of_day
from nemuro_etl.pipeline.house import House
from nemuro_etl.pipeline.journal import Deed, write_entry

_CENSUS_AGES = {"total": "all", "youth": "0-14", "working": "15-64", "elderly": "65+"}


def judge(house: House, *, as_of: date | None = None, fiscal_year: int | None = None) -> list[Evaluation]:
    """Every row of the plans in force in every year (or in one), evaluated and stored."""
    with house.warehouse.exclusive_run():
        return judge_held(house, as_of or house.today, fiscal_year)


def judge_held(house: House, as_of: date, fiscal_year: int | None) -> list[Evaluation]:
    """The same for who holds the warehouse already."""
    evaluations = [each for each in evaluate(house, as_of) if _of_year(each, fiscal_year)]
    store(house, evaluations, as_of, fiscal_year)
    return evaluations


def store(house: House, evaluations: Sequence[Evaluation], as_of: date, fiscal_year: int | None) -> int:
    """Keep what says something new; how many. `fiscal_year`: the one that was judged, None for all."""
    write_entry(house, Deed.JUDGED, edition=house.edition.id, as_of=as_of.isoformat(), fiscal_year=fiscal_year)
    return house.warehouse.store_evaluations(house.edition.id, as_of, evaluations).new


def rerun(house: House, fiscal_year: int, *, as_of: date | None = None, send: bool = False) -> list[Evaluation]:
    """One fiscal year recomputed from what is recorded; with `send` its changes are told, as a night would."""
    evaluations = judge(house, as_of=as_of, fiscal_year=fiscal_year)
    if send:
        from nemuro_etl.pipeline.delivering import deliver
        from nemuro_etl.pipeline.warning import warn

        with house.warehouse.exclusive_run():
            warn(house, evaluate(house, as_of or house.today), (), as_of or house.today, fiscal_year=fiscal_year)
            deliver(house)
    return evaluations


def evaluate(house: House, as_of: date) -> list[Evaluation]:
    """Every year of every row as of the day, in the order of the document, by year; nothing is stored."""
    from nemuro_etl.judging import judge_years

    edition = house.edition
    revision = edition.revision_on(as_of)
    if revision is None:
        return []
    indicators = edition.indicators_on(as_of)
    actuals = house.warehouse.actuals(edition.area, indicators, as_of)
    census = known_census(house, as_of)
    conditions = house.warehouse.source_conditions(as_of)
    held = _held_years(house, indicators, as_of)
    return [
        evaluation
        for indicator in indicators
        for evaluation in judge_years(
            indicator,
            edition.plan(indicator.plan),
            as_of,
            revision=revision.id,
            bands=house.catalog.bands_on(as_of),
            actuals=actuals.get(indicator.id, ()),
            census=census,
            calendar=house.catalog.calendar,
            condition=_condition(house, indicator, conditions),
            held=held.get(indicator.id, ()),
        )
    ]


def known_census(house: House, as_of: date) -> list[CensusCount]:
    """The census as known at the end of `as_of`: what was read from files stands before what config carries."""
    edition = house.edition
    carried = [
        CensusCount(figure.day, figure.quantity, figure.value, (_as_figure(figure, edition.area),))
        for figure in edition.census
        if figure.known_from <= as_of
    ]
    read = house.warehouse.census(edition.area, as_of)
    return list({(count.day, count.quantity): count for count in (*carried, *read)}.values())


def _as_figure(figure: CensusFigure, area: str) -> Figure:
    """A census count of config as a figure with its place in config."""
    return Figure(
        series="census.population",
        area=area,
        kind=AreaKind.MUNICIPALITY,
        period=figure.day.isoformat(),
        dimensions={"age": _CENSUS_AGES[figure.quantity], "sex": "total"},
        value=figure.value,
        unit="人",
        stage=Stage.FINAL,
        source="census",
        snapshot=None,
        locators=(figure.locator,),
        recorded_at=None,
    )


def _of_year(evaluation: Evaluation, fiscal_year: int | None) -> bool:
    return fiscal_year is None or evaluation.fiscal_year == fiscal_year


def _condition(house: House, indicator: Indicator, conditions: Mapping[str, SourceCondition]) -> SourceCondition:
    """How the source is that brings the indicator's figures; a family without a source is not broken."""
    source = next((source for source in house.catalog.sources if indicator.family in source.families), None)
    return SourceCondition.WORKING if source is None else conditions.get(source.id, SourceCondition.WORKING)


def _held_years(house: House, indicators: Sequence[Indicator], as_of: date) -> dict[str, set[int]]:
    """By indicator: the fiscal years of which a revision was held at the end of `as_of`."""
    held: dict[str, set[int]] = {}
    end = end_of_day(as_of)
    for revision in house.warehouse.held(undecided_only=False):
        waiting = revision.found_at < end and (revision.decided_at is None or revision.decided_at >= end)
        if waiting and revision.area == house.edition.area:
            for indicator in affected(house, indicators, revision.series):
                held.setdefault(indicator.id, set()).add(Period.parse(revision.period).fiscal_year)
    return held


def affected(house: House, indicators: Sequence[Indicator], series: str) -> list[Indicator]:
    """The indicators whose actuals rest on `series`: a return's own, the population rows, or those of the source's families."""
    prefix, _, name = series.partition(".")
    if prefix in ("return", "survey"):
        return [indicator for indicator in indicators if indicator.id == name]
    if prefix == "census":
        return [indicator for indicator in indicators if indicator.quantity is not None]
    source = house.catalog.source(prefix)
    return [indicator for indicator in indicators if source is not None and indicator.family in source.families]
