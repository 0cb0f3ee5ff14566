"""Report: a fiscal year as it was known at the end of a day, written for people outside this program."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from nemuro_etl.catalog.types import Indicator
from nemuro_etl.errors import UsageWrong
from nemuro_etl.model.alert import Cause, ChangeKind, Told
from nemuro_etl.model.evaluation import Evaluation
from nemuro_etl.pipeline.house import House
from nemuro_etl.pipeline.judging import evaluate
from nemuro_etl.report.content import (
    FiscalYearReport,
    GoalPart,
    MeasurePart,
    Movement,
    Outlook,
    Row,
    standing_of,
)

_Years = Mapping[str, Sequence[Evaluation]]


def write_report(house: House, fiscal_year: int, out: Path, *, as_of: date | None = None) -> tuple[Path, ...]:
    """Writes the report of a fiscal year into the folder `out`, anew every time; the files."""
    from nemuro_etl.report.dashboard import render_dashboard

    html = render_dashboard(compose_report(house, fiscal_year, as_of=as_of))
    out.mkdir(parents=True, exist_ok=True)
    file, unfinished = out / "dashboard.html", out / "dashboard.html.part"
    # it may be open in a shared folder: a reader sees the old one or the new one, never a half
    unfinished.write_text(html, encoding="utf-8", newline="\n")
    unfinished.replace(file)
    return (file,)


def compose_report(house: House, fiscal_year: int, *, as_of: date | None = None) -> FiscalYearReport:
    """What there is to say about a fiscal year as of a day. Raises UsageWrong for a year that is not judged then."""
    day = as_of or house.today
    years = _years(house, day, fiscal_year)
    edition, catalog = house.edition, house.catalog
    moved_on, movements = _movements(house, fiscal_year, day, years)
    rows = {row.id: _row(house, row, years[row.id], day, movements.get(row.id)) for row in edition.indicators_on(day)}
    goals = tuple(
        GoalPart(
            goal=goal,
            targets=tuple(rows.pop(name) for name in goal.indicators),
            measures=tuple(
                MeasurePart(measure, tuple(rows.pop(name) for name in measure.indicators)) for measure in goal.measures
            ),
        )
        for goal in edition.goals
    )
    vision = tuple(rows.values())
    return FiscalYearReport(
        edition=edition,
        revision=vision[0].standing.revision,
        fiscal_year=fiscal_year,
        as_of=day,
        goals=goals,
        vision=vision,
        bands=catalog.bands_on(day),
        city=catalog.alerting.city,
        system_name=catalog.alerting.system_name,
        contact=catalog.alerting.contact,
        moved_on=moved_on,
    )


def _years(house: House, day: date, fiscal_year: int) -> _Years:
    """By row, its evaluations as of `day` up to `fiscal_year`."""
    evaluations = evaluate(house, day)
    judged = sorted({each.fiscal_year for each in evaluations})
    if fiscal_year not in judged:
        raise UsageWrong(
            what=f"There is no report of FY{fiscal_year} as of {day}: that year is not judged then.",
            expected=f"Expected one of: {', '.join(f'FY{year}' for year in judged) or 'no year yet'}.",
            kept="Nothing was written.",
            remedy="Run the command again with one of these years, or with another --as-of.",
        )
    return _by_row(evaluations, fiscal_year)


def _by_row(evaluations: Sequence[Evaluation], fiscal_year: int) -> dict[str, list[Evaluation]]:
    rows: dict[str, list[Evaluation]] = {}
    for each in evaluations:
        if each.fiscal_year <= fiscal_year:
            rows.setdefault(each.indicator, []).append(each)
    return rows


def _row(house: House, indicator: Indicator, years: Sequence[Evaluation], day: date, movement: Movement | None) -> Row:
    from nemuro_etl.judging import forecast, forecast_words

    told = forecast(years, indicator)
    used = {figure.source for figure in standing_of(years).figures}
    return Row(
        indicator=indicator,
        owner=house.catalog.owner_on(indicator, day),
        years=tuple(years),
        outlook=None if told is None else Outlook(told.fiscal_year, told.value, told.low, told.high),
        outlook_words=forecast_words(years, indicator),
        sources=tuple(source for source in house.catalog.sources if source.id in used),
        movement=movement,
    )


def _movements(house: House, fiscal_year: int, day: date, now: _Years) -> tuple[date | None, dict[str, Movement]]:
    """The last day on which ratings or actuals came out differently, and the rows for which they did.

    A day on which only something else changed, such as the state of the data, is passed over.
    """
    stored = house.warehouse.evaluations(house.edition.id, day)
    for changed in sorted({each.as_of for each in stored}, reverse=True):
        before = _by_row(evaluate(house, changed - timedelta(days=1)), fiscal_year)
        found = {name: moved for name in now if (moved := _movement(house, before.get(name, ()), now[name]))}
        if not any(moved.before for moved in found.values()):
            # nothing had been rated before that day: there is nothing to compare with
            continue
        return changed, found
    return None, {}


def _movement(house: House, earlier: Sequence[Evaluation], years: Sequence[Evaluation]) -> Movement | None:
    from nemuro_etl.judging import cause_of, newest_rated

    before, now = newest_rated(earlier), newest_rated(years)
    if now is None:
        return None
    if before is None:
        return Movement(None, None)
    cause = cause_of(_as_told(house, before), now, house.catalog.bands_on(now.as_of).since)
    return None if cause is Cause.PASSAGE_OF_TIME else Movement(before, cause)


def _as_told(house: House, before: Evaluation) -> Told:
    """An evaluation as a line of the warning log, in whose terms causes are found."""
    return Told(
        edition=house.edition.id,
        indicator=before.indicator,
        fiscal_year=before.fiscal_year,
        kind=ChangeKind.REVISED,
        rating=before.rating,
        actual=before.actual,
        target=before.target,
        period=before.period,
        bands=house.catalog.bands_on(before.as_of).since.isoformat(),
        as_of=before.as_of,
    )
