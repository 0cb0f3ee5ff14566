"""Every file of sql/actuals/ with values computed by hand, on both databases."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from nemuro_etl.catalog import load_catalog
from nemuro_etl.catalog.types import ActualSpec, Direction, Indicator, PeriodBasis, Quote, Shape, Source
from nemuro_etl.model.evaluation import Actual
from nemuro_etl.model.figure import Stage
from nemuro_etl.warehouse import Warehouse
from tests.samples.make_trade import OFFICE, make
from tests.samples.make_trade import row as trade_row
from tests.samples.public_source import ROOT, public_source
from tests.samples.read_bytes import read
from tests.warehouse.figures import NEMURO, SQL, SUMMER, Detail, load, row, snapshot

LATER = SUMMER + timedelta(days=30)
YOUNG = ["0-4", "5-9", "10-14"]
WORKING = [f"{age}-{age + 4}" for age in range(15, 65, 5)]
OLD = ["65-69", "70-74", "75-79"]
TO_80 = [*YOUNG, *WORKING, *OLD, "80+"]
TO_100 = [*YOUNG, *WORKING, *OLD, "80-84", "85-89", "90-94", "95-99", "100+"]


def indicator(
    id: str = "x",
    *,
    sql: str | None = None,
    series: str | None = None,
    scale: str = "1",
    basis: PeriodBasis = PeriodBasis.FISCAL_YEAR,
    family: str = "department",
    returns: bool = True,
) -> Indicator:
    return Indicator(
        id=id,
        name=id,
        plan="strategy",
        last_fiscal_year=2019,
        shape=Shape.LEVEL,
        unit="人",
        decimals=0,
        whole=True,
        direction=Direction.UP,
        baseline=None,
        first_actual=False,
        baseline_note="",
        target=None,
        target_day=None,
        basis=basis,
        family=family,
        owners=(),
        quote=Quote("", 1),
        location="",
        decision="",
        same_as=None,
        actual=ActualSpec(sql=sql, series=series, scale=Decimal(scale), returns=returns),
        lines=(),
        quantity=None,
    )


def actuals(warehouse: Warehouse, one: Indicator, as_of: date | None = None) -> tuple[Actual, ...]:
    return warehouse.actuals(NEMURO, [one], as_of)[one.id]


def by_period(warehouse: Warehouse, sql: str, scale: str = "1") -> dict[str, Decimal]:
    return {str(one.period): one.value for one in actuals(warehouse, indicator(sql=sql, scale=scale, returns=False))}


def ages(classes: list[str], period: str, nationality: str = "total", sex: str = "total", start: int = 1) -> list[Any]:
    """The classes with the values start, start + 1, …"""
    return [
        row(
            start + n,
            dimensions=f"age={age};nationality={nationality};sex={sex}",
            period=period,
            cell=f"F{n}{sex}{period}",
        )
        for n, age in enumerate(classes)
    ]


def total(value: int, period: str, nationality: str = "total") -> Any:
    return row(value, dimensions=f"age=all;nationality={nationality};sex=total", period=period, cell=f"F{period}")


def test_population_total_is_everybody_on_the_registry(warehouse: Warehouse) -> None:
    load(warehouse, "a", total(26399, "2018-01-01"), total(9, "2017-01-01", "japanese"), row(5, area="01224", cell="X"))
    (actual,) = actuals(warehouse, indicator(sql="population_total", basis=PeriodBasis.DATE, returns=False))
    assert (str(actual.period), actual.value, actual.stage) == ("2018-01-01", 26399, Stage.FINAL)
    assert [figure.locators for figure in actual.figures] == [("Sheet1!F2018-01-01",)]
    assert (actual.numerator, actual.denominator) == (None, None)


def test_women_of_20_to_39_are_the_four_classes(warehouse: Warehouse) -> None:
    classes = ["20-24", "25-29", "30-34", "35-39"]
    load(
        warehouse,
        "nen",
        *ages(classes, "2018-01-01", sex="female", start=500),
        *ages(classes, "2018-01-01", sex="male", start=1),
        *ages(classes[:3], "2017-01-01", sex="female"),
        *ages(classes, "2016-01-01", nationality="japanese", sex="female"),
    )
    (actual,) = actuals(warehouse, indicator(sql="women_20_39", returns=False))
    assert (str(actual.period), actual.value) == ("2018-01-01", 500 + 501 + 502 + 503)
    assert len(actual.figures) == 4


def test_young_and_working_people_are_counted_only_from_all_their_classes(warehouse: Warehouse) -> None:
    load(
        warehouse,
        "nen",
        *ages(TO_100, "2018-01-01"),
        *ages([*YOUNG[:2], *WORKING[1:]], "2017-01-01"),
    )
    assert by_period(warehouse, "population_youth") == {"2018-01-01": 1 + 2 + 3}
    assert by_period(warehouse, "population_working") == {"2018-01-01": sum(range(4, 14))}


def test_old_people_are_counted_in_tables_to_80_and_in_tables_to_100(warehouse: Warehouse) -> None:
    load(warehouse, "2014", *ages(TO_80, "2014-01-01"))
    load(warehouse, "2018", *ages(TO_100, "2018-01-01"))
    load(warehouse, "2019", *ages([*OLD, "80-84", "85-89", "90-94", "95-99"], "2019-01-01"))
    load(warehouse, "2020", *ages([*TO_100, "80+"], "2020-01-01"))
    assert by_period(warehouse, "population_elderly") == {
        "2014-01-01": 14 + 15 + 16 + 17,
        "2018-01-01": sum(range(14, 22)),
        "2020-01-01": sum(range(14, 22)),
    }


def test_shares_are_of_everybody_and_only_of_whole_tables(warehouse: Warehouse) -> None:
    load(
        warehouse,
        "nen",
        *ages(TO_80, "2014-01-01"),
        total(160, "2014-01-01"),  # 153 of known age and 7 of unknown age
        row(7, dimensions="age=unknown;nationality=total;sex=total", period="2014-01-01", cell="Z1"),
        *ages(TO_100[:-1], "2018-01-01"),
        total(300, "2018-01-01"),
        *ages(TO_100, "2019-01-01"),
        *ages(TO_100, "2020-01-01", nationality="japanese"),
        total(300, "2020-01-01"),
    )
    (youth,) = actuals(warehouse, indicator(sql="youth_share", scale="100", returns=False))
    assert (str(youth.period), youth.numerator, youth.denominator) == ("2014-01-01", 6, 160)
    assert youth.value == Decimal(6) / Decimal(160) * 100
    assert len(youth.figures) == 4
    assert by_period(warehouse, "working_share", "100") == {"2014-01-01": Decimal(85) / 160 * 100}


def test_the_decline_rate_divides_by_the_population_at_the_end_of_the_year(warehouse: Warehouse) -> None:
    load(
        warehouse,
        "jin",
        total(25953, "2019-01-01"),
        total(26399, "2018-01-01"),
        row(-446, series="registry.change", dimensions="nationality=total", period="2018", cell="T39"),
        row(-400, series="registry.change", dimensions="nationality=japanese", period="2018", cell="T40"),
        row(-108, series="registry.change", dimensions="nationality=total", period="FY2012", cell="T41"),
        row(-300, series="registry.change", dimensions="nationality=total", period="2019", cell="T42"),
    )
    (actual,) = actuals(warehouse, indicator(sql="population_decline_rate", scale="100", returns=False))
    assert (str(actual.period), actual.numerator, actual.denominator) == ("2018", 446, 25953)
    assert actual.value.quantize(Decimal("0.0001")) == Decimal("1.7185")


def visitors(value: str, period: str, origin: str = "total") -> Any:
    return row(
        Decimal(value),
        series="tourism.visitors",
        dimensions=f"origin={origin}",
        period=period,
        stage=Stage.CONFIRMED,
        cell=period,
    )


def test_winter_is_november_to_march_of_a_fiscal_year(warehouse: Warehouse) -> None:
    winter = ["2017-11", "2017-12", "2018-01", "2018-02", "2018-03"]
    load(
        warehouse,
        "tourism",
        *(
            visitors(value, month)
            for value, month in zip(["14.1", "12.2", "13.3", "15.4", "16.2"], winter, strict=True)
        ),
        visitors("99.9", "2018-04"),
        visitors("99.9", "2017-10"),
        visitors("397.1", "FY2017"),
        visitors("300", "FY2018"),
        visitors("20", "2018-11"),
        visitors("1", "2017-11", "outside"),
    )
    (actual,) = actuals(warehouse, indicator(sql="winter_visitor_share", scale="100", returns=False))
    assert (str(actual.period), actual.numerator, actual.denominator) == ("FY2017", Decimal("71.2"), Decimal("397.1"))
    assert actual.value.quantize(Decimal("0.01")) == Decimal("17.93")
    assert actual.stage is Stage.CONFIRMED


def test_the_overnight_share_is_of_all_visitors(warehouse: Warehouse) -> None:
    nights = {"series": "tourism.overnight_visitors", "dimensions": "", "stage": Stage.CONFIRMED}
    load(
        warehouse,
        "tourism",
        visitors("397.1", "FY2017"),
        visitors("10", "2017-11"),
        row(Decimal("73.0"), period="FY2017", cell="A1", **nights),
        row(Decimal("2.0"), period="2017-11", cell="A2", **nights),
        row(Decimal("2.0"), period="FY2016", cell="A3", **nights),
    )
    (actual,) = actuals(warehouse, indicator(sql="overnight_share", scale="100", returns=False))
    assert (str(actual.period), actual.value.quantize(Decimal("0.01"))) == ("FY2017", Decimal("18.38"))


def trade_source(offices: dict[str, Any]) -> Source:
    """The declared source with these offices mapped."""
    declared = public_source("trade")
    customs = declared.file_kinds[0]
    mapped = replace(customs, spec={**customs.spec, "offices": offices})
    return replace(declared, file_kinds=(mapped, *declared.file_kinds[1:]))


OURS = {OFFICE: {"area": NEMURO, "name": "根室市"}}
SECTIONS = [f"section-2018-{direction}-{part}.csv" for direction in ("export", "import") for part in ("00-24", "25-97")]


def load_trade(
    warehouse: Warehouse, name: str, offices: dict[str, Any] = OURS, at: datetime = SUMMER, data: bytes | None = None
) -> None:
    reading = read(trade_source(offices), make(name) if data is None else data, name, at.date())
    recipe = f"offices: {', '.join(offices)}"
    original = snapshot(name if data is None else f"{name} {len(data)} {at:%Y-%m-%d}"[-32:], at, "trade")
    warehouse.load(original, recipe, reading.kind, reading.frames, details=(), loaded_at=at)


def trade_actuals(warehouse: Warehouse, as_of: date | None = None) -> tuple[Actual, ...]:
    return actuals(warehouse, indicator(sql="trade_total", scale="0.001", returns=False), as_of)


def test_trade_is_exports_and_imports_of_the_office_once_every_chapter_of_both_was_read(warehouse: Warehouse) -> None:
    at = datetime(2019, 3, 1, 3, 0, tzinfo=UTC)
    for name in SECTIONS[:-1]:
        load_trade(warehouse, name, at=at)
        assert trade_actuals(warehouse) == ()
    load_trade(warehouse, SECTIONS[-1], at=at)
    (actual,) = trade_actuals(warehouse)
    assert (str(actual.period), actual.value, actual.stage) == ("2018", 5818, Stage.CONFIRMED)
    indicators = load_catalog(ROOT / "config").editions[0].indicators_on(at.date())
    declared = next(one for one in indicators if one.id == "g2-a5-4")
    assert declared.target is not None
    assert actual.value / declared.target == Decimal("1.1636")
    entering = [(figure.series, figure.dimensions["commodity"], figure.value) for figure in actual.figures]
    assert entering == [
        ("trade.exports", "03", 150_000),
        ("trade.exports", "84", 25_000),
        ("trade.imports", "03", 5_641_000),
        ("trade.imports", "44", 2_000),
    ]


def test_trade_of_whole_files_and_of_answers_comes_the_same_way(warehouse: Warehouse) -> None:
    for name in (
        "customs-2017-export.csv",
        "customs-2017-import.csv",
        "estat-2023-export.json",
        "estat-2023-import.json",
        "customs-2018-import.csv",
        "section-2018-export-00-24.csv",
        "section-2018-export-25-97.csv",
    ):
        load_trade(warehouse, name, at=datetime(2024, 12, 1, 3, 0, tzinfo=UTC))
    found = {str(actual.period): actual.value for actual in trade_actuals(warehouse)}
    assert found == {"2017": Decimal("72.132"), "2023": 5818}, "of 2018 only nine months of imports are published"


def test_a_year_of_trade_is_settled_as_its_least_settled_part(warehouse: Warehouse) -> None:
    load_trade(warehouse, "customs-2017-export.csv", at=datetime(2018, 12, 1, tzinfo=UTC))
    load_trade(warehouse, "customs-2017-import.csv", at=datetime(2018, 1, 31, tzinfo=UTC))
    (actual,) = trade_actuals(warehouse)
    assert actual.stage is Stage.PRELIMINARY
    more = make("customs-2017-import.csv")
    more += trade_row(2, 2017, (OFFICE, "'440711000'", "224"), [0] * 11 + [1000]).encode() + b"\r\n"
    load_trade(warehouse, "customs-2017-import.csv", at=datetime(2018, 12, 1, tzinfo=UTC), data=more)
    before, after = trade_actuals(warehouse, date(2018, 11, 30)), trade_actuals(warehouse)
    assert [one.value for one in (*before, *after)] == [Decimal("73.132")]
    assert after[0].stage is Stage.FINAL


def test_an_office_that_is_mapped_later_counts_once(warehouse: Warehouse) -> None:
    for name in SECTIONS:
        load_trade(warehouse, name, {})
    assert trade_actuals(warehouse) == ()
    for name in SECTIONS:
        load_trade(warehouse, name)
    assert [actual.value for actual in trade_actuals(warehouse)] == [5818]
    both = warehouse.figures("trade.imports", period="2018")
    assert {figure.area for figure in both if figure.dimensions == {"commodity": "03", "office": OFFICE}} == {
        "00",
        NEMURO,
    }


def test_every_file_of_actuals_has_a_test_here() -> None:
    written = {path.stem for path in (SQL / "actuals").glob("*.sql")}
    here = (SQL.parent / "tests" / "warehouse" / "test_actuals.py").read_text(encoding="utf-8")
    assert {name for name in written if f'"{name}"' not in here} == set()


@pytest.mark.parametrize("name", sorted(path.stem for path in (SQL / "actuals").glob("*.sql")))
def test_an_actual_of_nothing_is_nothing(warehouse: Warehouse, name: str) -> None:
    assert by_period(warehouse, name) == {}


def test_an_actual_is_as_known_on_the_day(warehouse: Warehouse) -> None:
    load(warehouse, "a", row(100, stage=Stage.PRELIMINARY))
    load(warehouse, "b", row(103), at=LATER)
    asked = indicator(sql="population_total", returns=False)
    assert [one.value for one in actuals(warehouse, asked, SUMMER.date())] == [100]
    assert [one.value for one in actuals(warehouse, asked, LATER.date())] == [103]
    assert [one.value for one in actuals(warehouse, asked)] == [103]
    assert actuals(warehouse, asked, SUMMER.date() - timedelta(days=1)) == ()


def test_the_current_figure_is_the_same_for_sql_and_for_facts(warehouse: Warehouse) -> None:
    load(warehouse, "a", row(100, stage=Stage.CONFIRMED))
    load(warehouse, "b", row(90, stage=Stage.PRELIMINARY), at=LATER)
    load(warehouse, "c", row(101, stage=Stage.CONFIRMED), at=LATER)
    load(warehouse, "d", row(102, stage=Stage.CONFIRMED), at=LATER)
    (figure,) = warehouse.figures("registry.population")
    (actual,) = actuals(warehouse, indicator(sql="population_total", returns=False))
    assert figure.value == actual.value == 102
    assert actual.figures == (figure,)


def test_a_published_series_is_its_totals_in_the_periods_of_the_indicator(warehouse: Warehouse) -> None:
    foreign = {"series": "tourism.foreign_overnight_visitors", "stage": Stage.CONFIRMED}
    load(
        warehouse,
        "tourism",
        row(2500, dimensions="country=total", period="FY2017", cell="A1", **foreign),
        row(300, dimensions="country=中国", period="FY2017", cell="A2", **foreign),
        row(200, dimensions="country=total", period="2017-12", cell="A3", **foreign),
    )
    load(warehouse, "furusato", row(1_290_102_170, series="furusato.amount", dimensions="", period="FY2015", unit="円"))
    load(warehouse, "tfr", row(Decimal("1.37"), series="vital.tfr", dimensions="", period="2008/2012", unit=""))
    asked = [
        indicator("a", series="tourism.foreign_overnight_visitors"),
        indicator("b", series="furusato.amount", scale="0.001"),
        indicator("c", series="vital.tfr", basis=PeriodBasis.MULTI_YEAR),
    ]
    found = warehouse.actuals(NEMURO, asked, None)
    assert {key: [(str(one.period), one.value) for one in value] for key, value in found.items()} == {
        "a": [("FY2017", 2500)],
        "b": [("FY2015", Decimal("1290102.17"))],
        "c": [("2008/2012", Decimal("1.37"))],
    }


def report(value: str, year: int, id: str = "g1-a4-1", kind: str = "return") -> Any:
    return row(
        Decimal(value),
        series=f"{kind}.{id}",
        dimensions="",
        period=f"FY{year}",
        unit="%",
        sheet="",
        cell=f"line {year}",
    )


def test_a_return_is_its_exact_quotient(warehouse: Warehouse) -> None:
    detail = Detail("return.g1-a4-1", "FY2016", Decimal(5), Decimal(7), remark="7施設中5施設")
    load(warehouse, "r", report("71.4", 2016), report("80", 2015), details=[detail], source="returns")
    before, after = actuals(warehouse, indicator("g1-a4-1", scale="100"))
    assert (str(before.period), before.value, before.numerator) == ("FY2015", 80, None)
    assert after.value == Decimal("71.42857142857142857142857142857143")
    assert (after.numerator, after.denominator, after.remark) == (5, 7, "7施設中5施設")


def test_a_survey_brings_its_sample(warehouse: Warehouse) -> None:
    detail = Detail("survey.g3-n2", "FY2017", sample_size=500)
    load(warehouse, "s", report("80.1", 2017, "g3-n2", "survey"), details=[detail], source="returns")
    (actual,) = actuals(warehouse, indicator("g3-n2", scale="100", family="survey", basis=PeriodBasis.SURVEY))
    assert (actual.value, actual.sample_size) == (Decimal("80.1"), 500)


def test_a_return_loses_to_the_public_figure_of_its_year(warehouse: Warehouse) -> None:
    load(warehouse, "r", report("3", 2015, "g3-u1-1"), report("4", 2016, "g3-u1-1"), source="returns")
    load(warehouse, "f", row(5000, series="furusato.amount", dimensions="", period="FY2016", unit="円"))
    found = actuals(warehouse, indicator("g3-u1-1", series="furusato.amount", scale="0.001", family="furusato"))
    assert [(str(one.period), one.value) for one in found] == [("FY2015", 3), ("FY2016", 5)]


def test_returns_are_taken_only_where_they_are_asked_for(warehouse: Warehouse) -> None:
    load(warehouse, "r", report("3", 2015, "g2-n3"), source="returns")
    assert actuals(warehouse, indicator("g2-n3", sql="population_decline_rate", returns=False)) == ()
