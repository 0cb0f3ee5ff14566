"""What a report of a fiscal year says, whatever form it is written in: every form shows this and computes nothing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from itertools import chain

from nemuro_etl.catalog.types import Bands, Department, Edition, Goal, Indicator, Measure, Project, Source
from nemuro_etl.model.alert import Answer, Cause
from nemuro_etl.model.comment import Box, CommentKind
from nemuro_etl.model.evaluation import DataState, Evaluation, Rating
from nemuro_etl.model.wording import digits_for
from nemuro_etl.report.comparison import Comparison
from nemuro_etl.report.edition import ReportEdition
from nemuro_etl.report.reference import Reference


@dataclass(frozen=True, slots=True)
class Outlook:
    """Where a row would stand in its target year if its rated years went on in a straight line."""

    fiscal_year: int
    value: Decimal
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Movement:
    """How a row stood before the day on which evaluations last came out differently, and why that changed."""

    before: Evaluation | None
    """None: it had not been rated before."""
    cause: Cause | None


@dataclass(frozen=True, slots=True)
class Remark:
    """One box that people write in, with what stands in it and what stood in the same box a year ago."""

    subject: str
    """A goal, a measure or an indicator, by its id in config/."""
    kind: CommentKind
    fiscal_year: int
    version: int
    """How many versions of the text are recorded; 0: nobody has written it yet."""
    text: str
    """"" when nobody has written it yet. As it came from outside: to be escaped wherever it is shown."""
    by: str
    """Who wrote it; "" where there is no text, and in editions that leave the house."""
    last_year: str
    """"" when there was none."""

    @property
    def code(self) -> str:
        """`g1-a1:course@FY2017#1`: what the file carries beside the box, so that it is found again."""
        return Box(self.subject, self.kind, self.fiscal_year).code(self.version)


@dataclass(frozen=True, slots=True)
class ReadRemark:
    """The text of one box as it was found in a file that people had."""

    code: str
    text: str
    where: str
    """Where in the file: シート!セル, or what a Word file says of the place."""


class ShownNumber(StrEnum):
    """A number, or word, of one row and year that may come out differently the next time."""

    ACTUAL = "actual"
    EXPECTED = "expected"
    TARGET = "target"
    RATING = "rating"


SHOWN_LABELS: Mapping[ShownNumber, str] = {
    ShownNumber.ACTUAL: "実績",
    ShownNumber.EXPECTED: "目安",
    ShownNumber.TARGET: "目標",
    ShownNumber.RATING: "判定",
}


@dataclass(frozen=True, slots=True)
class ChangedNumber:
    """What this edition says differently from when it was last written."""

    row: "Row"
    fiscal_year: int
    what: ShownNumber
    before: str
    """As it was shown, with its unit: 26,399人; ― for none."""
    now: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the strategy with all its years up to that of the report."""

    indicator: Indicator
    owner: Department | None
    years: tuple[Evaluation, ...]
    """Ascending; the last is the year of the report."""
    outlook: Outlook | None
    outlook_words: str
    """The outlook in words, or why there is none."""
    sources: tuple[Source, ...]
    """Of the figures of the standing year, whose publishers ask to be credited."""
    movement: Movement | None
    answers: tuple[Answer, ...]
    """What its section wrote of how it deals with the warnings of the year of the report and of the standing one.

    Oldest first (対応状況); none in the public edition.
    """
    remarks: tuple[Remark, ...]
    """Its boxes: 内部評価, 今後の方針; none of a row that repeats another (再掲)."""

    @property
    def standing(self) -> Evaluation:
        """The newest rated year; when none is, the newest with a figure, or else the year of the report."""
        return standing_of(self.years)

    @property
    def rating(self) -> Rating:
        return self.standing.rating

    @property
    def rated_differently(self) -> bool:
        """Whether its movement is one of the rating, and not of the actual alone."""
        before = None if self.movement is None else self.movement.before
        return before is None or before.rating is not self.rating

    @property
    def digits(self) -> int:
        """The decimals with which every number of this row is shown."""
        compared = (
            (year.actual, year.expected, year.do_nothing, year.target, *(basis.actual for basis in year.bases))
            for year in self.years
        )
        return digits_for(self.indicator.decimals, [*compared, (self.indicator.baseline,)])

    @property
    def distinct(self) -> bool:
        """Whether it is counted: a row that repeats another (再掲) is shown and not counted."""
        return self.indicator.same_as is None

    @property
    def provisional(self) -> tuple[Evaluation, ...]:
        """The years with a figure that is not settled yet (見込み, 速報)."""
        return tuple(year for year in self.years if year.stage is not None and not year.stage.confirmed)

    def reference(self, year: Evaluation) -> Reference:
        return Reference(self.indicator.id, year.fiscal_year, year.as_of)


@dataclass(frozen=True, slots=True)
class MeasurePart:
    """A measure with its KPIs."""

    measure: Measure
    rows: tuple[Row, ...]
    remarks: tuple[Remark, ...]
    """Its three boxes."""

    @property
    def projects(self) -> tuple[Project, ...]:
        """具体的な事業 with their marks, in the order of the strategy."""
        return self.measure.projects


@dataclass(frozen=True, slots=True)
class GoalPart:
    """A basic goal: its numerical targets, then its measures."""

    goal: Goal
    targets: tuple[Row, ...]
    measures: tuple[MeasurePart, ...]
    remarks: tuple[Remark, ...]
    """Its three boxes."""

    @property
    def rows(self) -> tuple[Row, ...]:
        return (*self.targets, *(row for part in self.measures for row in part.rows))


@dataclass(frozen=True, slots=True)
class FiscalYearReport:
    """A fiscal year of the strategy as it was known at the end of a day."""

    edition: Edition
    revision: str
    fiscal_year: int
    as_of: date
    goals: tuple[GoalPart, ...]
    vision: tuple[Row, ...]
    """The population targets and the vision, which belong to no goal."""
    bands: Bands
    city: str
    system_name: str
    contact: str
    moved_on: date | None
    """The day on which evaluations last came out differently; None when there is nothing to compare with."""
    report_edition: ReportEdition
    frozen: bool
    comparison: Comparison | None
    """The two newest revisions that were there on that day; None while there is only one."""
    changed: tuple[ChangedNumber, ...]
    """What this edition said differently when it was last written; nothing the first time."""
    changed_since: date | None
    """As of which day that was; None the first time."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every row once: goal by goal, then the population targets."""
        return (*(row for goal in self.goals for row in goal.rows), *self.vision)

    @property
    def distinct(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if row.distinct)

    @property
    def population(self) -> Row:
        """The whole population, by the row whose lines run furthest."""
        total = [row for row in self.vision if row.indicator.quantity == "total"]
        return max(total, key=lambda row: row.indicator.target_day or date.min)

    @property
    def owners(self) -> tuple[Department, ...]:
        """Those who own a row, in the order in which they first do."""
        return tuple({row.owner.id: row.owner for row in self.rows if row.owner is not None}.values())

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple({source.id: source for row in self.rows for source in row.sources}.values())

    @property
    def moved(self) -> tuple[Row, ...]:
        return tuple(row for row in self.distinct if row.movement is not None)

    @property
    def provisional(self) -> tuple[Row, ...]:
        """The rows that show a figure that is not settled yet."""
        return tuple(row for row in self.rows if row.provisional)

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """Every box in the order of the report."""
        rows = {row.indicator.id: row.remarks for row in self.rows}
        found: list[Remark] = []
        for goal in self.goals:
            found += goal.remarks
            found += chain.from_iterable(rows.pop(row.indicator.id) for row in goal.targets)
            for part in goal.measures:
                found += part.remarks
                found += chain.from_iterable(rows.pop(row.indicator.id) for row in part.rows)
        return (*found, *chain.from_iterable(rows.values()))

    @property
    def missing(self) -> tuple[tuple[DataState, tuple[tuple[Row, tuple[Evaluation, ...]], ...]], ...]:
        """What is not there: by state the rows, each with its years."""
        return tuple((state, found) for state in DataState if (found := tuple(self._in_state(state))))

    def _in_state(self, state: DataState) -> Iterator[tuple[Row, tuple[Evaluation, ...]]]:
        if state is DataState.AVAILABLE:
            return
        for row in self.distinct:
            years = tuple(year for year in row.years if year.data_state is state)
            if years:
                yield row, years


def standing_of(years: Sequence[Evaluation]) -> Evaluation:
    """By which of its years, ascending, a row is shown: see `Row.standing`."""
    newest_first = years[::-1]
    rated = (year for year in newest_first if year.rating.rated)
    known = (year for year in newest_first if year.actual is not None)
    return next(chain(rated, known), years[-1])


def count_ratings(rows: Iterable[Row]) -> dict[Rating, int]:
    """How many distinct rows stand on which rating, every rating named."""
    counts = Counter(row.rating for row in rows if row.distinct)
    return {rating: counts[rating] for rating in Rating}
