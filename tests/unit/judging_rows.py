"""Rows of the strategy as the judging tests need them: the numbers of indicators.csv and of EVALUATION's tables."""

from datetime import date
from decimal import Decimal

from nemuro_etl.catalog.types import (
    ActualSpec,
    Bands,
    Calendar,
    Direction,
    Indicator,
    LinePoint,
    PeriodBasis,
    Plan,
    Publication,
    PublicationRule,
    Quote,
    Shape,
)
from nemuro_etl.judging import judge
from nemuro_etl.model.area import AreaKind
from nemuro_etl.model.evaluation import Actual, CensusCount, DataState, Evaluation
from nemuro_etl.model.figure import Figure, Stage
from nemuro_etl.model.period import Period

STRATEGY = Plan("strategy", "根室市創生総合戦略", 2015, 2019)
COMPREHENSIVE = Plan("comprehensive", "第九期総合計画", 2015, 2025)
VISION = Plan("vision", "人口ビジョン", 2015, 2060)
PLANS = {plan.id: plan for plan in (STRATEGY, COMPREHENSIVE, VISION)}

BANDS = Bands(
    since=date(2015, 4, 1),
    on_track=Decimal(1),
    mostly_on_track=Decimal("0.8"),
    behind=Decimal("0.5"),
    far_behind=Decimal(0),
    warn_below=Decimal("0.8"),
    clear_at=Decimal("0.8"),
)

CENSUS_2015 = date(2015, 10, 1)
CENSUS_2020 = date(2020, 10, 1)
_KNOWN = {
    CENSUS_2015: (date(2016, 10, 26), {"total": 26917, "youth": 3033, "working": 15573, "elderly": 8311}),
    CENSUS_2020: (date(2021, 11, 30), {"total": 24636}),
}


def census_on(as_of: date) -> tuple[CensusCount, ...]:
    """What was known of the census on a day."""
    return tuple(
        census_count(day, quantity, value)
        for day, (known_from, counts) in _KNOWN.items()
        if known_from <= as_of
        for quantity, value in counts.items()
    )


def census_count(day: date, quantity: str, value: int) -> CensusCount:
    ages = {"total": "all", "youth": "0-14", "working": "15-64", "elderly": "65+"}
    figure = Figure(
        series="census.population",
        area="01223",
        kind=AreaKind.MUNICIPALITY,
        period=day.isoformat(),
        dimensions={"age": ages[quantity], "sex": "total"},
        value=Decimal(value),
        unit="人",
        stage=Stage.FINAL,
        source="census",
        snapshot=None,
        locators=(f"census.{day.year}.{quantity}",),
        recorded_at=None,
    )
    return CensusCount(day, quantity, Decimal(value), (figure,))


CALENDAR = Calendar(
    publications=(
        PublicationRule("population", 1, 7, 31, 30, ((2018, Publication(date(2019, 8, 9), 30)),), None),
        PublicationRule("furusato", 1, 8, 5, 30, (), None),
        PublicationRule("vital", 3, 7, 31, 90, (), (2012, 2017, 2022)),
        PublicationRule("department", 1, 6, 30, 0, (), None),
        PublicationRule("survey", 1, 1, 31, 0, (), None),
    ),
    quiet=(),
    holidays=(),
)


def row(
    id: str,
    shape: Shape,
    target: str | None,
    *,
    baseline: str | None = None,
    unit: str = "人",
    decimals: int = 0,
    whole: bool = False,
    direction: Direction = Direction.UP,
    basis: PeriodBasis = PeriodBasis.FISCAL_YEAR,
    family: str = "department",
    plan: Plan = STRATEGY,
    last: int | None = None,
    first_actual: bool = False,
    target_day: date | None = None,
    lines: tuple[LinePoint, ...] = (),
    quantity: str | None = None,
    scale: str = "1",
    same_as: str | None = None,
) -> Indicator:
    return Indicator(
        id=id,
        name=f"{id}の名称",
        plan=plan.id,
        last_fiscal_year=plan.last_fiscal_year if last is None else last,
        shape=shape,
        unit=unit,
        decimals=decimals,
        whole=whole,
        direction=direction,
        baseline=None if baseline is None else Decimal(baseline),
        first_actual=first_actual,
        baseline_note="",
        target=None if target is None else Decimal(target),
        target_day=target_day,
        basis=basis,
        family=family,
        owners=(),
        quote=Quote("", 1),
        location="",
        decision="",
        same_as=same_as,
        actual=ActualSpec(sql=None, series=None, scale=Decimal(scale), returns=True),
        lines=lines,
        quantity=quantity,
    )


def _between(start: Decimal, end: Decimal) -> Decimal:
    """The common start of 2015-10-01, on the straight line (by days) from 2010-10-01 to 2020-10-01."""
    gone = (CENSUS_2015 - date(2010, 10, 1)).days
    return start + (end - start) * gone / (CENSUS_2020 - date(2010, 10, 1)).days


def _lines(start: Decimal, *points: tuple[int, Decimal | int, Decimal | int]) -> tuple[LinePoint, ...]:
    return (
        LinePoint(CENSUS_2015, start, start),
        *(LinePoint(date(year, 10, 1), Decimal(c), Decimal(t)) for year, c, t in points),
    )


D = Decimal
TOTAL = _lines(_between(D(29198), D(25390)), (2020, 25390, 26043), (2025, 23491, 24790), (2060, 11554, 15262))
YOUTH = _lines(_between(D(3565), D(2533)), (2020, 2533, 2678), (2025, 2185, 2522), (2060, 913, 1430))
ELDERLY = _lines(_between(D(7732), D(8540)), (2020, 8540, 8661), (2025, 8308, 8564), (2060, 4800, 5862))
WOMEN = _lines(D(2532), (2020, 2325, 2357), (2060, 883, 1203))
YOUTH_SHARE = _lines(_between(D(356500) / 29198, D(253300) / 25390), (2020, D(253300) / 25390, D(267800) / 26043))


def floor(id: str, quantity: str, lines: tuple[LinePoint, ...], year: int, **changes: object) -> Indicator:
    """A floor to 1 October of `year`, by the lines of its quantity."""
    point = next(point for point in lines if point.day.year == year)
    plan, last = {2020: (STRATEGY, 2020), 2025: (COMPREHENSIVE, 2025), 2060: (VISION, 2060)}[year]
    settings: dict[str, object] = {
        "baseline": str(point.c),
        "basis": PeriodBasis.DATE,
        "family": "population",
        "plan": plan,
        "last": last,
        "target_day": point.day,
        "lines": lines,
        "quantity": quantity,
    } | changes
    return row(id, Shape.FLOOR, str(point.t), **settings)  # type: ignore[arg-type]


MOVERS = row("g2-i1-1", Shape.CUMULATIVE, "25", baseline="0", whole=True)
SEASONAL = row("g2-a1-3", Shape.LEVEL, "473", baseline="580", whole=True, direction=Direction.DOWN)
EMPLOYED = row("g2-a1-2", Shape.LEVEL, "25", baseline="22", unit="人/千人")
DONATIONS = row("g3-u1-1", Shape.CUMULATIVE, "10000000", baseline="0", unit="千円", family="furusato")
TRADE = row(
    "g2-a5-4", Shape.LEVEL, "5000", baseline="4760", unit="百万円", basis=PeriodBasis.CALENDAR_YEAR, family="trade"
)
STAYS = row("g2-i1-3", Shape.LEVEL, "2000", baseline="230", unit="日", whole=True)
WAITING = row("g1-a3-1", Shape.MAINTAIN, "0", baseline="0", whole=True, direction=Direction.HOLD)
SEASONAL_WAITING = row("g1-n3", Shape.LEVEL, "0", whole=True, direction=Direction.DOWN, first_actual=True)
MATERNITY_LEAVE = row("g2-a1-4", Shape.LEVEL, "100", unit="%", decimals=1, first_actual=True, basis=PeriodBasis.SURVEY)
DELIVERY = row("g1-n4", Shape.MILESTONE, "1", baseline="0", unit="カ所", whole=True)
CHILDREN = row("g1-a4-2", Shape.QUOTA, "46000", whole=True)
SCHOOLS = row("g3-i1-1", Shape.CUMULATIVE, "3", baseline="0", unit="施設", whole=True)
DECLINE = row(
    "g2-n3",
    Shape.LEVEL,
    "0.81",
    baseline="1.78",
    unit="%",
    decimals=2,
    direction=Direction.DOWN,
    basis=PeriodBasis.CALENDAR_YEAR,
    family="population",
)
WINTER = row("g2-i2-1", Shape.LEVEL, "20.0", baseline="16.9", unit="%", decimals=1, family="tourism")
OVERNIGHT = row("g2-i2-3", Shape.LEVEL, "18.0", baseline="16.5", unit="%", decimals=1, family="tourism")
CONTENT = row(
    "g1-a2-2",
    Shape.LEVEL,
    "30.0",
    baseline="7.7",
    unit="%",
    decimals=1,
    basis=PeriodBasis.SURVEY,
    family="survey",
)
FERTILITY = row(
    "g1-n1", Shape.LEVEL, "1.49", baseline="1.37", unit="", decimals=2, basis=PeriodBasis.MULTI_YEAR, family="vital"
)
YOUNG_WOMEN = floor("g2-n1", "women-20-39", WOMEN, 2020)
YOUNG_WOMEN_AGAIN = floor("g3-n3", "women-20-39", WOMEN, 2020, same_as="g2-n1")
YOUNG_SHARE = floor("g1-n2", "youth-share", YOUTH_SHARE, 2020, unit="%", decimals=1, scale="100")
TOTAL_2020 = floor("p2020-total", "total", TOTAL, 2020)
YOUTH_2020 = floor("p2020-youth", "youth", YOUTH, 2020)
TOTAL_2025 = floor("p2025-total", "total", TOTAL, 2025)
TOTAL_2060 = floor("p2060-total", "total", TOTAL, 2060)
ELDERLY_2020 = row(
    "p2020-elderly",
    Shape.OUTLOOK,
    "8661",
    baseline="8540",
    direction=Direction.NONE,
    basis=PeriodBasis.DATE,
    family="population",
    last=2020,
    target_day=CENSUS_2020,
    lines=ELDERLY,
    quantity="elderly",
)


def measured(period: str, value: str | Decimal, *, stage: Stage = Stage.FINAL, n: int | None = None) -> Actual:
    """A figure of a period, with the recorded figure that it comes from."""
    amount = Decimal(value)
    return Actual(Period.parse(period), amount, stage, (_recorded(period, amount),), sample_size=n)


def share(period: str, numerator: str, denominator: str, scale: str = "100") -> Actual:
    """A quotient of a period, with its two sides."""
    above, below = Decimal(numerator), Decimal(denominator)
    return Actual(
        Period.parse(period),
        above * Decimal(scale) / below,
        Stage.FINAL,
        (_recorded(period, above), _recorded(period, below)),
        numerator=above,
        denominator=below,
    )


def _recorded(period: str, value: Decimal) -> Figure:
    return Figure(
        series="return.test",
        area="01223",
        kind=AreaKind.MUNICIPALITY,
        period=period,
        dimensions={},
        value=value,
        unit="人",
        stage=Stage.FINAL,
        source="returns",
        snapshot="0" * 64,
        locators=("line 2:value",),
        recorded_at=None,
    )


REGISTRY = tuple(
    measured(day, value)
    for day, value in (
        ("2014-01-01", "28549"),
        ("2015-01-01", "28050"),
        ("2016-01-01", "27629"),
        ("2018-01-01", "26399"),
        ("2019-01-01", "25953"),
        ("2020-01-01", "25457"),
        ("2021-01-01", "24858"),
    )
)
"""Nemuro's registry population (sources/INDEX.md; 2019-01-01 as in EVALUATION)."""


def registry_until(day: str) -> tuple[Actual, ...]:
    return tuple(actual for actual in REGISTRY if actual.period.text <= day)


def judged(
    indicator: Indicator, fiscal_year: int, *actuals: Actual, as_of: date = date(2023, 6, 1), bands: Bands = BANDS
) -> Evaluation:
    """The evaluation of a row in a year by the figures given, and by every census known on the day."""
    return judge(
        indicator,
        PLANS[indicator.plan],
        fiscal_year,
        as_of,
        revision="2018-11-22",
        bands=bands,
        actuals=actuals,
        census=census_on(as_of),
        data_state=DataState.AVAILABLE,
    )
