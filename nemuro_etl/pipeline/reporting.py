"""Report: a fiscal year as it was known at the end of a day, written for people outside this program."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

from nemuro_etl.catalog.types import Indicator
from nemuro_etl.errors import UsageWrong
from nemuro_etl.model.alert import Answer, Cause, ChangeKind, Told
from nemuro_etl.model.comment import Box, Comment, CommentKind
from nemuro_etl.model.evaluation import Evaluation
from nemuro_etl.pipeline.house import House
from nemuro_etl.pipeline.judging import evaluate
from nemuro_etl.report.changes import list_changes, shown_numbers
from nemuro_etl.report.comparison import compare_revisions
from nemuro_etl.report.content import (
    FiscalYearReport,
    GoalPart,
    MeasurePart,
    Movement,
    Outlook,
    Remark,
    Row,
    standing_of,
)
from nemuro_etl.report.edition import ReportEdition

if TYPE_CHECKING:
    from nemuro_etl.warehouse import Frozen

_Years = Mapping[str, Sequence[Evaluation]]


def compose_report(
    house: House,
    fiscal_year: int,
    *,
    as_of: date | None = None,
    report_edition: ReportEdition = ReportEdition.INTERNAL,
    frozen: "Frozen | None" = None,
) -> FiscalYearReport:
    """What there is to say about a fiscal year as of a day. Raises UsageWrong for a year that is not judged then.

    What people wrote is that of now, whatever the day. `frozen`: composed of the comments, and beside the earlier
    writing, that were there when it was frozen.
    """
    day = as_of or house.today
    years = _years(house, day, fiscal_year)
    edition, catalog = house.edition, house.catalog
    moved_on, movements = _movements(house, fiscal_year, day, years)
    writer = _Writer(house, fiscal_year, day, report_edition, None if frozen is None else frozen.last_comment)
    rows = {
        row.id: _row(house, row, years[row.id], day, movements.get(row.id), writer)
        for row in edition.indicators_on(day)
    }
    goals = tuple(
        GoalPart(
            goal=goal,
            targets=tuple(rows.pop(name) for name in goal.indicators),
            measures=tuple(
                MeasurePart(measure, tuple(rows.pop(name) for name in measure.indicators), writer.remarks(measure.id))
                for measure in goal.measures
            ),
            remarks=writer.remarks(goal.id),
        )
        for goal in edition.goals
    )
    vision = tuple(rows.values())
    report = FiscalYearReport(
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
        report_edition=report_edition,
        frozen=frozen is not None,
        comparison=compare_revisions(edition, day),
        changed=(),
        changed_since=None,
    )
    return _beside_earlier(house, report, None if frozen is None else frozen.last_shown)


def _beside_earlier(house: House, report: FiscalYearReport, last: int | None) -> FiscalYearReport:
    """The report with what it shows differently from the writing before: written twice, it says the same twice."""
    now = shown_numbers(report.rows)
    earlier = house.warehouse.shown(
        house.edition.id, report.fiscal_year, report.report_edition, report.as_of, last=last
    )
    before = next((shown for shown in reversed(earlier) if shown.numbers != now), None)
    if before is None:
        return report
    return replace(report, changed=list_changes(report.rows, before.numbers), changed_since=before.as_of)


class _Writer:
    """What people wrote, laid out as the boxes of one report edition."""

    def __init__(
        self, house: House, fiscal_year: int, day: date, report_edition: ReportEdition, last: int | None
    ) -> None:
        from nemuro_etl.alerting import comments_of

        self._fiscal_year = fiscal_year
        self._edition = report_edition
        self._written: dict[Box, list[Comment]] = {}
        for comment in house.warehouse.comments(house.edition.id, last=last):
            self._written.setdefault(comment.box, []).append(comment)
        public = report_edition is ReportEdition.PUBLIC
        self._answers = {} if public else comments_of(house.warehouse.answers(house.edition.id, day))

    def remarks(self, subject: str, kinds: Iterable[CommentKind] = CommentKind) -> tuple[Remark, ...]:
        return tuple(self._remark(Box(subject, kind, self._fiscal_year)) for kind in kinds)

    def _remark(self, box: Box) -> Remark:
        written = self._written.get(box, ())
        last_year = self._written.get(replace(box, fiscal_year=box.fiscal_year - 1), ())
        named = self._edition is ReportEdition.INTERNAL
        return Remark(
            subject=box.subject,
            kind=box.kind,
            fiscal_year=box.fiscal_year,
            version=len(written),
            text=written[-1].text if written else "",
            by=written[-1].by if written and named else "",
            last_year=last_year[-1].text if last_year else "",
        )

    def answers(self, indicator: str, fiscal_years: Iterable[int]) -> tuple[Answer, ...]:
        found = [one for year in fiscal_years for one in self._answers.get((indicator, year), ())]
        named = self._edition is ReportEdition.INTERNAL
        return tuple(one if named else replace(one, by="") for one in found)


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


def _row(
    house: House,
    indicator: Indicator,
    years: Sequence[Evaluation],
    day: date,
    movement: Movement | None,
    writer: _Writer,
) -> Row:
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
        answers=writer.answers(indicator.id, sorted({standing_of(years).fiscal_year, years[-1].fiscal_year})),
        remarks=() if indicator.same_as else writer.remarks(indicator.id, (CommentKind.INTERNAL, CommentKind.COURSE)),
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
