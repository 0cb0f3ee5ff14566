"""The catalog: config/ as frozen, checked values. Everything that varies is here, and nothing that happens.

All collections are tuples in the order of the document; codes, dates and yes/no were text in YAML and are typed here.
"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import ClassVar

RETURN_FAMILIES = ("department", "survey")
"""The families whose figures a section of the city hall owes; those of the others are published."""


class Shape(StrEnum):
    """How an indicator is judged (EVALUATION, Shapes)."""

    LEVEL = "level"
    CUMULATIVE = "cumulative"
    QUOTA = "quota"
    MAINTAIN = "maintain"
    MILESTONE = "milestone"
    FLOOR = "floor"
    OUTLOOK = "outlook"


class Direction(StrEnum):
    """Which way is better. HOLD: to be kept (maintain). NONE: neither (outlook)."""

    UP = "up"
    DOWN = "down"
    HOLD = "hold"
    NONE = "none"


class PeriodBasis(StrEnum):
    """What the indicator's own figure is about, and so when a year can be judged."""

    FISCAL_YEAR = "fiscal year"
    CALENDAR_YEAR = "calendar year"
    DATE = "as of a date"
    SURVEY = "survey"
    MULTI_YEAR = "multi-year estimate"


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of the strategy document: verbatim, with the line of strategy.txt on which they begin."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Revision:
    """A dated text of the edition. A figure is judged by the revision in force on the as-of day."""

    id: str
    """Its date, 2018-11-22: also how it is named in JSON."""
    since: date
    title: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan with its first and last fiscal year: the strategy, 第九期総合計画, 人口ビジョン."""

    id: str
    title: str
    first_fiscal_year: int
    last_fiscal_year: int


@dataclass(frozen=True, slots=True)
class Project:
    """具体的な事業 of a measure, with its marks (H27新規, 拡充, 再掲, 民間等, …) as printed."""

    name: str
    marks: tuple[str, ...]
    content: str
    line: int
    added: tuple[tuple[str, tuple[str, ...]], ...]
    """(revision id, the words that it added), oldest first: what the document underlines."""


@dataclass(frozen=True, slots=True)
class Measure:
    """具体的な施策: `section` is its heading (ア…), `title` the measure (①…)."""

    id: str
    section: str
    title: str
    indicators: tuple[str, ...]
    projects: tuple[Project, ...]


@dataclass(frozen=True, slots=True)
class Goal:
    """基本目標: its 数値目標 are `indicators`, its KPI stand under the measures."""

    id: str
    number: int
    title: str
    indicators: tuple[str, ...]
    measures: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class Ownership:
    """Which department owns an indicator from `since` to `until` (inclusive; None: open)."""

    department: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class ActualSpec:
    """Where an indicator's actual comes from.

    `sql`: the name of a file in sql/actuals/ that computes it; `series`: one published series; both None: only the
    department's return or the survey. `scale` multiplies a quotient (100 for %) or a published value (0.001: 円 → 千円).
    """

    sql: str | None
    series: str | None
    scale: Decimal
    returns: bool
    """Whether a return (`return.ID`, `survey.ID`) is taken for years without a public figure."""


@dataclass(frozen=True, slots=True)
class LinePoint:
    """One point of a floor's lines: do-nothing `c` and target `t` (exact quotients for shares, in the unit)."""

    day: date
    c: Decimal
    t: Decimal


@dataclass(frozen=True, slots=True)
class Indicator:
    """One row of the strategy, as one revision words it."""

    id: str
    name: str
    plan: str
    last_fiscal_year: int
    """The last fiscal year in which the row is judged (FY2020 for floors of 2020-10-01)."""
    shape: Shape
    unit: str
    decimals: int
    whole: bool
    direction: Direction
    baseline: Decimal | None
    """None: the first actual (shape level), or none (quota)."""
    first_actual: bool
    """Whether the earliest recorded year of the edition is the base."""
    baseline_note: str
    target: Decimal | None
    target_day: date | None
    """The target date of a floor or outlook."""
    basis: PeriodBasis
    family: str
    """population, vital, tourism, furusato, trade, department, survey."""
    owners: tuple[Ownership, ...]
    quote: Quote
    location: str
    """Where it stands in the strategy, as a person would say it: 基本目標1 数値目標①."""
    decision: str
    same_as: str | None
    actual: ActualSpec
    lines: tuple[LinePoint, ...]
    """Floors: points of both lines from the common 2015 start, by day."""
    quantity: str | None
    """Population rows: total, youth, working, elderly, women-20-39, youth-share, working-share (census figures
    and lines of one quantity are one entry in a mail)."""


@dataclass(frozen=True, slots=True)
class CensusFigure:
    """A census count entered in config until files are read: known from a day, with its source."""

    day: date
    quantity: str
    """total, youth, working, elderly."""
    value: Decimal
    known_from: date
    source: str
    locator: str
    """Where in config/ it stands: strategy/….yml:census.…"""


@dataclass(frozen=True, slots=True)
class Head:
    """Who answers for a department: a title and the mailbox of the post, never a name."""

    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Department:
    """A section that owns indicators, or the secretariat. A mailbox of a section, never of a person."""

    id: str
    name: str
    address: str
    since: date
    until: date | None
    head: Head | None = None
    """Who is told of what the section leaves unanswered; None: the secretariat alone."""


@dataclass(frozen=True, slots=True)
class Bands:
    """The rating table in force from `since`: p at or above each bound."""

    since: date
    on_track: Decimal
    mostly_on_track: Decimal
    behind: Decimal
    far_behind: Decimal
    warn_below: Decimal
    """A warning opens at p below this …"""
    clear_at: Decimal
    """… and closes at p at or above this."""


@dataclass(frozen=True, slots=True)
class Publication:
    """When the figure for one period of a family is expected: the calendar's date, then days of grace."""

    expected: date
    grace_days: int
    note: str = ""
    """Why it is another day than usual."""

    @property
    def grace_ends(self) -> date:
        """The last day on which the figure is not yet late."""
        return self.expected + timedelta(days=self.grace_days)


@dataclass(frozen=True, slots=True)
class CallRule:
    """When those who owe a return are called, reminded, and named to the secretariat."""

    month: int
    day: int
    """Of the call, in the year of the deadline."""
    remind_days: int
    """Before the deadline."""
    escalate_days: int
    """After the deadline."""


@dataclass(frozen=True, slots=True)
class CallDates:
    """The days of one fiscal year's returns, ascending."""

    call: date
    remind: date
    deadline: date
    escalate: date


@dataclass(frozen=True, slots=True)
class PublicationRule:
    """The usual date of a family's yearly figure: `month`-`day` of FY + `years_after`, unless `exceptions` say else."""

    family: str
    years_after: int
    month: int
    day: int
    grace_days: int
    exceptions: tuple[tuple[int, Publication], ...]
    """By fiscal year of the figure."""
    only_fiscal_years: tuple[int, ...] | None
    """Estimates that come once in five years: the FYs that get one; None: every year."""
    calls: CallRule | None = None
    """Of the returns' families; None: a publisher's."""

    def publication(self, fiscal_year: int) -> Publication | None:
        """When the figure of FY `fiscal_year` is expected; None when that year gets none."""
        if self.only_fiscal_years is not None and fiscal_year not in self.only_fiscal_years:
            return None
        usual = date(fiscal_year + self.years_after, self.month, self.day)
        return dict(self.exceptions).get(fiscal_year) or Publication(usual, self.grace_days)

    def call_dates(self, fiscal_year: int) -> CallDates | None:
        """When the returns of FY `fiscal_year` are called for; None when nobody is called.

        With a deadline that is postponed the reminder and the escalation move, the call does not.
        """
        due = self.publication(fiscal_year)
        if self.calls is None or due is None:
            return None
        return CallDates(
            call=date(fiscal_year + self.years_after, self.calls.month, self.calls.day),
            remind=due.expected - timedelta(days=self.calls.remind_days),
            deadline=due.expected,
            escalate=due.expected + timedelta(days=self.calls.escalate_days),
        )


@dataclass(frozen=True, slots=True)
class Calendar:
    """Publication dates, return deadlines, and the days on which nothing is mailed."""

    publications: tuple[PublicationRule, ...]
    """One per family; of `department` and `survey`, the returns, the date is the deadline."""
    quiet: tuple[tuple[int, int, int, int], ...]
    """Quiet periods as (month, day, month, day), e.g. 29 December – 3 January."""
    holidays: tuple[date, ...]
    """The city's own days off beyond weekends and national holidays."""

    def rule(self, family: str) -> PublicationRule | None:
        """The rule of `family`; None when the calendar says nothing about it."""
        return next((rule for rule in self.publications if rule.family == family), None)


@dataclass(frozen=True, slots=True)
class Schedules:
    """When a scheduler starts what: cron lines in Tokyo's time."""

    nightly: str
    deadline: timedelta
    """A night that takes longer is taken to hang."""
    watchdog: str
    tending: str
    """When a night whose worker died is taken up, and old runs are forgotten."""
    keep_days: int
    """How long the scheduler's own database remembers a run."""


@dataclass(frozen=True, slots=True)
class FileKind:
    """One kind of file of a source, recognised by its content; its layouts are the reader's business.

    `spec` is the raw, checked mapping from config/sources/ (text leaves) that the reader understands.
    """

    id: str
    reader: str
    spec: dict[str, object] = field(hash=False)


@dataclass(frozen=True, slots=True)
class FileAddress:
    """One file at an address, or with `{year}` in it one file a year."""

    address: str
    first_year: int | None
    """None: no pattern."""
    last_year: int | None = None
    """None: the year of now."""
    needs_app_id: ClassVar[bool] = False

    @property
    def text(self) -> str:
        years = "" if self.first_year is None else f" ({self.first_year}–{self.last_year or ''})"
        return self.address + years


@dataclass(frozen=True, slots=True)
class EstatTable:
    """A table of e-Stat's database (statsDataId), narrowed to some of its codes."""

    table: str
    narrow: tuple[tuple[str, str], ...]
    needs_app_id: ClassVar[bool] = True

    @property
    def text(self) -> str:
        return " ".join((f"e-Stat table {self.table}", *(f"{key}={code}" for key, code in self.narrow)))


@dataclass(frozen=True, slots=True)
class EstatFiles:
    """The Excel and CSV files that e-Stat's catalogue lists under a search, as far as their titles say all of `title_says`."""

    search: tuple[tuple[str, str], ...]
    title_says: tuple[str, ...]
    needs_app_id: ClassVar[bool] = True

    @property
    def text(self) -> str:
        return " ".join(("e-Stat files", *(f"{key}={value}" for key, value in self.search), *self.title_says))


@dataclass(frozen=True, slots=True)
class CkanDataset:
    """The resources of a dataset of a portal that answers as CKAN does, by patterns of their names and formats."""

    api: str
    """The address below which `package_show` stands."""
    dataset: str
    resources: tuple[str, ...]
    needs_app_id: ClassVar[bool] = False

    @property
    def text(self) -> str:
        return f"{self.api} dataset {self.dataset}: {', '.join(self.resources)}"


Endpoint = FileAddress | EstatTable | EstatFiles | CkanDataset


@dataclass(frozen=True, slots=True)
class OfficeCodes:
    """Where the code of the city's customs office is looked up: in the class of a table of e-Stat, by its name."""

    table: str
    class_id: str
    name: str
    prefix: str
    """What the table puts in front of the three digits of the customs files."""


@dataclass(frozen=True, slots=True)
class Band:
    """From `least` to `most`, both included."""

    least: Decimal
    most: Decimal

    def __contains__(self, value: Decimal) -> bool:
        return self.least <= value <= self.most


@dataclass(frozen=True, slots=True)
class PlausibleException:
    """A period in which the city's figure really left the band against the year before, and why."""

    period: str
    reason: str


@dataclass(frozen=True, slots=True)
class Plausibility:
    """What the figures of a series may be; a file that says otherwise is refused."""

    series: str
    dimensions: str | None
    """Canonical text; None: whatever they are."""
    between: Band | None
    """In the series' unit, for every area."""
    year_on_year: Band | None
    """The city's figure of a year or day by the one of the year before; months are not compared."""
    exceptions: tuple[PlausibleException, ...]


@dataclass(frozen=True, slots=True)
class Correction:
    """A known error of the publisher: the figure that its files give, the one that it should be, and why."""

    series: str
    area: str
    period: str
    dimensions: str
    found: Decimal
    instead: Decimal
    reason: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """The figure: series, area, period, dimensions."""
        return self.series, self.area, self.period, self.dimensions


@dataclass(frozen=True, slots=True)
class Source:
    """A publisher's series of files: where they come from, under what licence, how they are read."""

    id: str
    title: str
    publisher: str
    licence: str
    credit: str
    families: tuple[str, ...]
    folder: str
    """The watched folder below HOME/inbox/."""
    endpoints: tuple[Endpoint, ...]
    """Where its files can be asked for; none is not a failure."""
    estat_api: str
    """The base of e-Stat's API for those endpoints that need it."""
    office_codes: OfficeCodes | None
    cadence: str
    max_bytes: int
    timeout_seconds: int
    file_kinds: tuple[FileKind, ...]
    restates: bool
    """Whether a file also gives figures of earlier years anew: several at once are loaded in the order of their years."""
    plausibility: tuple[Plausibility, ...]
    corrections: tuple[Correction, ...]
    config_file: str
    """config/sources/registry.yml: named in errors."""
    recipe: str
    """SHA-256 of the layouts and corrections: a load is (source, snapshot, recipe + reader version)."""


@dataclass(frozen=True, slots=True)
class Alerting:
    """What mails say and to whom beyond the owners."""

    city: str
    system_name: str
    secretariat: str
    """The department id of the secretariat."""
    list_id: str
    contact: str
    """Whom to ask, as printed in a mail: 総合政策部 総合政策室 (内線 …)."""
    answer_within: int
    """Business days that a section has for its answer, counted from the day on which the mail may leave."""
    workbook_folder: str
    """Where the sections find their entry workbooks, as their computers name it."""
    reminders: int
    """How often an unanswered warning is reminded of before it is handed on."""
    storm_share: Decimal
    """More than this share of the indicators changing in one night holds back the mails to departments …"""
    storm_least: int
    """… when at least so many change."""
    headquarters: Department
    """推進本部, whom the monthly page goes to."""


@dataclass(frozen=True, slots=True)
class Edition:
    """The strategy as one document: plans, revisions, goals, rows and the population figures behind its lines."""

    id: str
    title: str
    area: str
    area_name: str
    document: str
    plans: tuple[Plan, ...]
    revisions: tuple[Revision, ...]
    goals: tuple[Goal, ...]
    indicators_by_revision: tuple[tuple[str, tuple[Indicator, ...]], ...]
    """(revision id, its 67 rows in document order), oldest revision first."""
    census: tuple[CensusFigure, ...]
    own_alerting: Alerting | None = None
    """What its mails say about their sender and to whom they go, where that differs from alerting.yml."""

    def revision_on(self, day: date) -> Revision | None:
        """The revision in force on `day`; None before the first."""
        in_force = [revision for revision in self.revisions if revision.since <= day]
        return in_force[-1] if in_force else None

    def indicators_on(self, day: date) -> tuple[Indicator, ...]:
        """The rows as the revision in force on `day` words them; none before the first revision."""
        revision = self.revision_on(day)
        return () if revision is None else dict(self.indicators_by_revision)[revision.id]

    def plan(self, plan_id: str) -> Plan:
        return next(plan for plan in self.plans if plan.id == plan_id)


@dataclass(frozen=True, slots=True)
class Catalog:
    """The whole of config/, checked."""

    root: Path
    editions: tuple[Edition, ...]
    departments: tuple[Department, ...]
    bands: tuple[Bands, ...]
    calendar: Calendar
    alerting: Alerting
    sources: tuple[Source, ...]

    def edition_on(self, day: date) -> Edition:
        """What is meant where no edition is named: of the first one's area, the newest whose first revision has come."""
        area = self.editions[0].area
        begun = [each for each in self.editions if each.area == area and each.revision_on(day) is not None]
        return max(begun, key=lambda each: each.revisions[0].since, default=self.editions[0])

    def speaking_for(self, edition: Edition) -> "Catalog":
        """The same catalog with the sender and the secretariat of `edition`'s own municipality."""
        return self if edition.own_alerting is None else replace(self, alerting=edition.own_alerting)

    def bands_on(self, day: date) -> Bands:
        """The rating table in force on `day`."""
        return [bands for bands in self.bands if bands.since <= day][-1]

    def source(self, source_id: str) -> Source | None:
        return next((source for source in self.sources if source.id == source_id), None)

    def department_on(self, department_id: str, day: date) -> Department | None:
        """The department as it exists on `day`."""
        return next(
            (
                department
                for department in self.departments
                if department.id == department_id
                and department.since <= day
                and (department.until is None or day <= department.until)
            ),
            None,
        )

    def owner_on(self, indicator: Indicator, day: date) -> Department | None:
        """The department that owns `indicator` on `day`; None when nobody does."""
        for ownership in indicator.owners:
            if ownership.since <= day and (ownership.until is None or day <= ownership.until):
                return self.department_on(ownership.department, day)
        return None
