"""Actuals of indicators: sql/actuals/<name>.sql, a published series, or what a department or survey reported."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal, localcontext
from itertools import groupby
from pathlib import Path
from typing import Any

from nemuro_etl.catalog.types import Indicator, PeriodBasis
from nemuro_etl.model.evaluation import Actual, CensusCount
from nemuro_etl.model.figure import Figure, dimensions_text
from nemuro_etl.model.period import Period, PeriodKind
from nemuro_etl.warehouse.engine import Database, Reading
from nemuro_etl.warehouse.moment import cutoff
from nemuro_etl.warehouse.reading import Vintage, read_vintages

_PERIODS = {
    PeriodBasis.FISCAL_YEAR: PeriodKind.FISCAL_YEAR,
    PeriodBasis.CALENDAR_YEAR: PeriodKind.CALENDAR_YEAR,
    PeriodBasis.DATE: PeriodKind.DATE,
    PeriodBasis.SURVEY: PeriodKind.FISCAL_YEAR,
    PeriodBasis.MULTI_YEAR: PeriodKind.SPAN,
}
_DIGITS = 34
"""More than the 28 in which numbers travel, so that what judging computes from a quotient is exact there."""
_TOTALS = ("total", "all")


def read_actuals(
    database: Database, sql_root: Path, area: str, indicators: Sequence[Indicator], as_of: date | None
) -> dict[str, tuple[Actual, ...]]:
    """What was measured for each indicator, as known at the end of `as_of`, by period: empty where nothing is known.

    A public figure comes before a return of the same fiscal year.
    """
    with database.reading() as transaction:
        asked = _Question(transaction, sql_root, area, as_of)
        return {indicator.id: asked.actuals(indicator) for indicator in indicators}


def read_census(database: Database, sql_root: Path, area: str, as_of: date | None) -> tuple[CensusCount, ...]:
    """What the census counted in an area, as known at the end of `as_of`, by day and quantity."""
    with database.reading() as transaction:
        return _Question(transaction, sql_root, area, as_of).census()


class _Question:
    """Everything that is asked of one area as of one day; each series and each file of SQL is read once."""

    def __init__(self, transaction: Reading, sql_root: Path, area: str, as_of: date | None) -> None:
        self._transaction = transaction
        self._sql_root = sql_root
        self._area = area
        self._as_of = as_of
        self._vintages: dict[str, list[list[Vintage]]] = {}
        self._found: dict[str, dict[tuple[str, str, int], Figure]] = {}
        self._computed: dict[tuple[str, Decimal], tuple[Actual, ...]] = {}

    def actuals(self, indicator: Indicator) -> tuple[Actual, ...]:
        spec = indicator.actual
        public: tuple[Actual, ...] = ()
        if spec.sql is not None:
            public = self._computed_by(spec.sql, spec.scale)
        elif spec.series is not None:
            public = self._published(spec.series, spec.scale, _PERIODS[indicator.basis])
        years = {actual.period.fiscal_year for actual in public}
        reported = [actual for actual in self._reported(indicator) if actual.period.fiscal_year not in years]
        return tuple(sorted((*public, *reported), key=lambda actual: actual.period))

    def census(self) -> tuple[CensusCount, ...]:
        counts = []
        rows = sorted(self._known(self._sql_root / "census.sql"))
        for (day, quantity), counted in groupby(rows, key=lambda row: row[:2]):
            figures = tuple(
                self._find("census.population", dimensions, day, version) for *_, dimensions, version in counted
            )
            value = sum((figure.value for figure in figures), Decimal(0))
            counts.append(CensusCount(date.fromisoformat(day), quantity, value, figures))
        return tuple(counts)

    def _known(self, path: Path) -> list[tuple[Any, ...]]:
        """The rows of a query over figure_known: the figures of the area as known at the cut."""
        rows = self._transaction.rows(
            f"with figure_known as (\n{_query(self._sql_root / 'known.sql')}\n)\n"
            f"select * from (\n{_query(path)}\n) as entering",
            area=self._area,
            cutoff=cutoff(self._as_of),
        )
        return [tuple(row) for row in rows]

    def _computed_by(self, name: str, scale: Decimal) -> tuple[Actual, ...]:
        if (name, scale) not in self._computed:
            rows = self._known(self._sql_root / "actuals" / f"{name}.sql")
            # by period; numerators first; the databases need not agree on an order
            in_order = sorted(rows, key=lambda row: (row[0], row[1] == "denominator", *row[3:6]))
            sums = (
                self._sum(period, list(of_period), scale)
                for period, of_period in groupby(in_order, key=lambda row: row[0])
            )
            self._computed[name, scale] = tuple(actual for actual in sums if actual is not None)
        return self._computed[name, scale]

    def _sum(self, period: str, entering: Sequence[Sequence[Any]], scale: Decimal) -> Actual | None:
        sums: dict[str, Decimal] = {}
        figures = []
        for _, role, sign, series, dimensions, figure_period, version in entering:
            figure = self._find(series, dimensions, figure_period, version)
            sums[role] = sums.get(role, Decimal(0)) + sign * figure.value
            figures.append(figure)
        numerator, denominator = sums.get("numerator"), sums.get("denominator")
        value = sums["value"] * scale if "value" in sums else _quotient(numerator, denominator, scale)
        if value is None:
            return None
        return Actual(
            period=Period.parse(period),
            value=value,
            stage=min((figure.stage for figure in figures), key=lambda stage: stage.rank),
            figures=tuple(figures),
            numerator=numerator,
            denominator=denominator,
        )

    def _published(self, series: str, scale: Decimal, kind: PeriodKind) -> tuple[Actual, ...]:
        """The series' own totals: figures with no dimension that parts them."""
        return tuple(
            Actual(
                period=Period.parse(figure.period), value=figure.value * scale, stage=figure.stage, figures=(figure,)
            )
            for figure, _ in self._standing(series)
            if Period.parse(figure.period).kind is kind
            and all(value in _TOTALS for value in figure.dimensions.values())
        )

    def _reported(self, indicator: Indicator) -> list[Actual]:
        if not indicator.actual.returns:
            return []
        series = f"{'survey' if indicator.family == 'survey' else 'return'}.{indicator.id}"
        standing = self._standing(series)
        if not standing:
            return []
        details = {
            (period, version): detail
            for period, version, *detail in self._transaction.rows(
                "select period, return_detail.version, numerator, denominator, sample_size, remark from measure"
                " inner join part on part.measure_id = measure.id"
                " inner join return_detail on return_detail.part_id = part.id"
                " where series = :series and area = :area",
                series=series,
                area=self._area,
            )
        }
        reported = []
        for figure, version in standing:
            numerator, denominator, sample_size, remark = details.get((figure.period, version), (None, None, None, ""))
            numerator, denominator = _decimal(numerator), _decimal(denominator)
            quotient = _quotient(numerator, denominator, indicator.actual.scale)
            reported.append(
                Actual(
                    period=Period.parse(figure.period),
                    value=figure.value if quotient is None else quotient,
                    stage=figure.stage,
                    figures=(figure,),
                    numerator=numerator,
                    denominator=denominator,
                    sample_size=sample_size,
                    remark=remark,
                )
            )
        return reported

    def _standing(self, series: str) -> list[tuple[Figure, int]]:
        """The newest known figures of a series with their versions."""
        newest = [max(vintages, key=lambda vintage: vintage[:3]) for vintages in self._read(series)]
        return [(vintage.figure, vintage.version) for vintage in newest]

    def _read(self, series: str) -> list[list[Vintage]]:
        if series not in self._vintages:
            self._vintages[series] = list(read_vintages(self._transaction, series, area=self._area, as_of=self._as_of))
        return self._vintages[series]

    def _find(self, series: str, dimensions: str, period: str, version: int) -> Figure:
        if series not in self._found:
            self._found[series] = {
                (dimensions_text(vintage.figure.dimensions), vintage.figure.period, vintage.version): vintage.figure
                for vintages in self._read(series)
                for vintage in vintages
            }
        return self._found[series][dimensions, period, version]


def _query(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip().removesuffix(";")


def _quotient(numerator: Decimal | None, denominator: Decimal | None, scale: Decimal) -> Decimal | None:
    if numerator is None or not denominator:
        return None
    with localcontext(prec=_DIGITS):
        return numerator / denominator * scale


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
