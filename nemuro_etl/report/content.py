"""What a report of a fiscal year says, whatever form it is written in: every form shows this and computes nothing."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import chain

from nemuro_etl.catalog.types import Bands, Department, Edition, Goal, Indicator, Measure, Source
from nemuro_etl.model.alert import Cause
from nemuro_etl.model.evaluation import DataState, Evaluation, Rating
from nemuro_etl.model.wording import digits_for
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

    def reference(self, year: Evaluation) -> Reference:
        return Reference(self.indicator.id, year.fiscal_year, year.as_of)


@dataclass(frozen=True, slots=True)
class MeasurePart:
    """A measure with its KPIs."""

    measure: Measure
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class GoalPart:
    """A basic goal: its numerical targets, then its measures."""

    goal: Goal
    targets: tuple[Row, ...]
    measures: tuple[MeasurePart, ...]

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
