"""The policy of warnings, in sentences."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from nemuro_etl.alerting.business_days import business_day_after, next_business_day
from nemuro_etl.alerting.decision import decide, last_day_to_warn, warning_state
from nemuro_etl.catalog.types import (
    ActualSpec,
    Alerting,
    Bands,
    Calendar,
    Catalog,
    Department,
    Direction,
    Edition,
    Indicator,
    Ownership,
    PeriodBasis,
    Plan,
    Publication,
    PublicationRule,
    Quote,
    Revision,
    Shape,
)
from nemuro_etl.model.alert import Cause, Change, ChangeKind, Told
from nemuro_etl.model.evaluation import DataState, Evaluation, Rating
from nemuro_etl.model.figure import Stage

NIGHT = date(2018, 11, 22)
OPENED, WORSE, BETTER, RECOVERED, CLOSED, RESULT, REVISED = (
    ChangeKind.OPENED,
    ChangeKind.WORSE,
    ChangeKind.BETTER,
    ChangeKind.RECOVERED,
    ChangeKind.CLOSED,
    ChangeKind.RESULT,
    ChangeKind.REVISED,
)
ACHIEVED, ON_TRACK, MOSTLY, BEHIND, FAR, REGRESSED, IN_PROGRESS, NOT_RATED = tuple(Rating)
PACES = {ON_TRACK: "1.2", MOSTLY: "0.9", BEHIND: "0.6", FAR: "0.2", REGRESSED: "-0.3", ACHIEVED: "1.5"}


def an_indicator(indicator_id: str = "movers", **changes: object) -> Indicator:
    return replace(
        Indicator(
            id=indicator_id,
            name="根室市への移住者数",
            plan="strategy",
            last_fiscal_year=2019,
            shape=Shape.CUMULATIVE,
            unit="人",
            decimals=0,
            whole=True,
            direction=Direction.UP,
            baseline=Decimal(0),
            first_actual=False,
            baseline_note="",
            target=Decimal(25),
            target_day=None,
            basis=PeriodBasis.FISCAL_YEAR,
            family="department",
            owners=(Ownership("policy", date(2015, 4, 1), None),),
            quote=Quote("根室市への移住者数 5年で25人増加", 1),
            location="基本目標2（イ）①",
            decision="",
            same_as=None,
            actual=ActualSpec(None, None, Decimal(1), returns=True),
            lines=(),
            quantity=None,
        ),
        **changes,  # type: ignore[arg-type]
    )


def a_catalog(*indicators: Indicator, bands: Bands | None = None) -> tuple[Catalog, Edition]:
    edition = Edition(
        id="2015",
        title="根室市創生総合戦略",
        area="01223",
        area_name="根室市",
        document="strategy.txt",
        plans=(Plan("strategy", "創生総合戦略", 2015, 2019),),
        revisions=(Revision("2015-10-30", date(2015, 10, 30), "策定"),),
        goals=(),
        indicators_by_revision=(("2015-10-30", indicators),),
        census=(),
    )
    catalog = Catalog(
        root=Path("config"),
        editions=(edition,),
        departments=(
            Department("policy", "総合政策部", "seisaku@nemuro.example", date(2015, 4, 1), None),
            Department("fishery", "水産経済部", "suisan@nemuro.example", date(2015, 4, 1), None),
        ),
        bands=(bands or some_bands(),),
        calendar=Calendar(
            publications=(
                PublicationRule("department", 1, 7, 31, 30, (), None),
                PublicationRule("vital", 2, 7, 31, 60, (), (2012, 2017, 2022)),
                PublicationRule("population", 1, 8, 10, 45, ((2019, Publication(date(2020, 9, 1), 10)),), None),
            ),
            quiet=((12, 29, 1, 3),),
            holidays=(date(2018, 11, 26),),
        ),
        alerting=Alerting(
            city="根室市",
            system_name="総合戦略指標管理",
            secretariat="policy",
            list_id="kpi.nemuro.example",
            contact="総合政策部",
            answer_within=10,
            workbook_folder="/share",
            reminders=3,
            storm_share=Decimal("0.3"),
            storm_least=10,
            headquarters=Department("headquarters", "推進本部", "honbu@nemuro.example", date(2015, 4, 1), None),
        ),
        sources=(),
    )
    return catalog, edition


def some_bands(warn_below: str = "0.8", clear_at: str = "0.8") -> Bands:
    return Bands(
        since=date(2015, 4, 1),
        on_track=Decimal(1),
        mostly_on_track=Decimal("0.8"),
        behind=Decimal("0.5"),
        far_behind=Decimal(0),
        warn_below=Decimal(warn_below),
        clear_at=Decimal(clear_at),
    )


def year(fiscal_year: int, rating: Rating, *, indicator: str = "movers", **changes: object) -> Evaluation:
    rated = rating.rated
    return replace(
        Evaluation(
            indicator=indicator,
            name="根室市への移住者数",
            same_as=None,
            plan="strategy",
            fiscal_year=fiscal_year,
            as_of=NIGHT,
            revision="2015-10-30",
            rating=rating,
            data_state=DataState.AVAILABLE if rated else DataState.NOT_SUBMITTED,
            actual=Decimal(6) if rated else None,
            baseline=Decimal(0),
            target=Decimal(25),
            expected=Decimal(10),
            do_nothing=None,
            pace=Decimal(PACES[rating]) if rating in PACES else None,
            attainment=None,
            gap_closed=None,
            need_per_year=None,
            unit="人",
            basis=None,
            bases=(),
            stage=Stage.FINAL if rated else None,
            period=f"FY{fiscal_year}",
            figures=(),
            closing=fiscal_year == 2019,
        ),
        **changes,  # type: ignore[arg-type]
    )


def said(kind: ChangeKind, fiscal_year: int, rating: Rating, *, actual: int = 6, edition: str = "2015") -> Told:
    day = date(fiscal_year + 1, 8, 1)
    return Told(
        edition,
        "movers",
        fiscal_year,
        kind,
        rating,
        Decimal(actual),
        Decimal(25),
        f"FY{fiscal_year}",
        "2015-04-01",
        day,
    )


def at_pace(fiscal_year: int, pace: str, rating: Rating, **changes: object) -> Evaluation:
    return year(fiscal_year, rating, pace=Decimal(pace), **changes)


def tonight(
    told: list[Told],
    evaluations: list[Evaluation],
    *,
    as_of: date = NIGHT,
    bands: Bands | None = None,
    margin: dict[tuple[str, int], Rating] | None = None,
    indicators: tuple[Indicator, ...] = (),
    cause_of: Callable[[Told | None, Evaluation], Cause] = lambda before, now: Cause.NEW_FIGURE,
) -> tuple[Change, ...]:
    catalog, edition = a_catalog(*(indicators or (an_indicator(),)), bands=bands)
    return decide(
        told,
        evaluations,
        edition=edition,
        catalog=catalog,
        as_of=as_of,
        margin_rating=margin or {},
        cause_of=cause_of,
    )


PRELIMINARY = {"stage": Stage.PRELIMINARY}
APART = {"bands": some_bands(warn_below="0.7", clear_at="0.9")}
IN_2026: dict[str, Any] = {"as_of": date(2026, 11, 23)}

SENTENCES: list[tuple[str, list[Told], list[Evaluation], dict[str, object], list[tuple[ChangeKind, int]]]] = [
    ("nothing slips: nothing is told", [], [year(2017, ON_TRACK)], {}, []),
    ("a slip is told", [], [year(2017, BEHIND)], {}, [(OPENED, 2017)]),
    ("the same slip on the next night is not", [said(OPENED, 2017, BEHIND)], [year(2017, BEHIND)], {}, []),
    ("the first night of all opens what slips now", [], [year(2016, FAR), year(2017, FAR)], {}, [(OPENED, 2017)]),
    ("… and has no recoveries to tell", [], [year(2016, FAR), year(2017, ON_TRACK)], {}, []),
    ("from behind to far behind is worse", [said(OPENED, 2017, BEHIND)], [year(2017, FAR)], {}, [(WORSE, 2017)]),
    ("from regressed to behind is better", [said(OPENED, 2017, REGRESSED)], [year(2017, BEHIND)], {}, [(BETTER, 2017)]),
    ("both are critical: no move between them", [said(WORSE, 2017, FAR)], [year(2017, REGRESSED)], {}, []),
    ("a recovery is told", [said(OPENED, 2017, BEHIND)], [year(2017, MOSTLY)], {}, [(RECOVERED, 2017)]),
    (
        "… once",
        [said(OPENED, 2017, BEHIND), said(RECOVERED, 2017, MOSTLY)],
        [year(2017, MOSTLY)],
        {},
        [],
    ),
    (
        "what recovered can slip again",
        [said(OPENED, 2017, BEHIND), said(RECOVERED, 2017, MOSTLY)],
        [year(2017, BEHIND)],
        {},
        [(OPENED, 2017)],
    ),
    (
        "a target once met can be lost",
        [],
        [year(2016, ACHIEVED), year(2017, FAR)],
        {},
        [(OPENED, 2017)],
    ),
    (
        "the next year recovers what the last one opened",
        [said(OPENED, 2016, BEHIND)],
        [year(2016, BEHIND), year(2017, ON_TRACK)],
        {},
        [(RECOVERED, 2017)],
    ),
    (
        "a new year that still slips as before is told as that year's",
        [said(OPENED, 2016, BEHIND)],
        [year(2016, BEHIND), year(2017, BEHIND)],
        {},
        [(OPENED, 2017)],
    ),
    (
        "a new year that slips further is worse",
        [said(OPENED, 2016, BEHIND)],
        [year(2016, BEHIND), year(2017, REGRESSED)],
        {},
        [(WORSE, 2017)],
    ),
    ("a provisional figure opens nothing", [], [year(2017, FAR, **PRELIMINARY)], {}, []),
    (
        "a provisional figure closes nothing",
        [said(OPENED, 2017, BEHIND)],
        [year(2017, ON_TRACK, **PRELIMINARY)],
        {},
        [],
    ),
    (
        "a provisional newest year keeps an older one from opening",
        [],
        [year(2016, FAR), year(2017, ON_TRACK, **PRELIMINARY)],
        {},
        [],
    ),
    ("an import-confirmed figure opens", [], [year(2017, FAR, stage=Stage.CONFIRMED)], {}, [(OPENED, 2017)]),
    ("a year without a figure says nothing", [], [year(2017, NOT_RATED)], {}, []),
    ("a figure that vanished is no recovery", [said(OPENED, 2017, BEHIND)], [year(2017, NOT_RATED)], {}, []),
    (
        "… even when an older year was better",
        [said(OPENED, 2017, BEHIND)],
        [year(2016, ACHIEVED), year(2017, NOT_RATED)],
        {},
        [],
    ),
    (
        "… nor does it open the older year again",
        [said(OPENED, 2016, BEHIND), said(RECOVERED, 2017, ON_TRACK)],
        [year(2016, BEHIND), year(2017, NOT_RATED)],
        {},
        [],
    ),
    (
        "a held revision opens nothing",
        [],
        [year(2017, FAR, data_state=DataState.HELD)],
        {},
        [],
    ),
    (
        "a failed source closes nothing",
        [said(OPENED, 2016, BEHIND)],
        [year(2016, ON_TRACK), year(2017, NOT_RATED, data_state=DataState.FETCH_FAILED)],
        {},
        [],
    ),
    (
        "an unreadable file opens nothing",
        [],
        [year(2016, FAR), year(2017, NOT_RATED, data_state=DataState.UNREADABLE)],
        {},
        [],
    ),
    (
        "a figure that is merely not due yet mutes nothing",
        [],
        [year(2017, FAR), year(2018, NOT_RATED, data_state=DataState.NOT_YET_PUBLISHED)],
        {},
        [(OPENED, 2017)],
    ),
    (
        "two thresholds: between them nothing opens",
        [],
        [at_pace(2017, "0.75", BEHIND)],
        APART,
        [],
    ),
    (
        "two thresholds: between them nothing closes",
        [said(OPENED, 2017, BEHIND)],
        [at_pace(2017, "0.85", MOSTLY)],
        APART,
        [],
    ),
    ("two thresholds: below the lower one it opens", [], [at_pace(2017, "0.69", BEHIND)], APART, [(OPENED, 2017)]),
    (
        "two thresholds: at the upper one it closes",
        [said(OPENED, 2017, BEHIND)],
        [at_pace(2017, "0.9", MOSTLY)],
        APART,
        [(RECOVERED, 2017)],
    ),
    ("just below the threshold opens", [], [at_pace(2017, "0.7999", BEHIND)], {}, [(OPENED, 2017)]),
    ("zero that was to be kept and is broken opens", [], [year(2017, REGRESSED, pace=None)], {}, [(OPENED, 2017)]),
    (
        "… and recovers when it is held again",
        [said(OPENED, 2016, REGRESSED)],
        [year(2016, REGRESSED, pace=None), year(2017, ON_TRACK, pace=None)],
        {},
        [(RECOVERED, 2017)],
    ),
    ("a milestone on its way never alerts", [], [year(2017, IN_PROGRESS)], {}, []),
    (
        "a survey opens if it slips even with its margin",
        [],
        [year(2017, FAR)],
        {"margin": {("movers", 2017): BEHIND}},
        [(OPENED, 2017)],
    ),
    (
        "a survey that may be sampling error opens nothing",
        [],
        [year(2017, BEHIND)],
        {"margin": {("movers", 2017): MOSTLY}},
        [],
    ),
    (
        "a survey closes by its rating, without margin",
        [said(OPENED, 2017, BEHIND)],
        [year(2017, MOSTLY)],
        {"margin": {("movers", 2017): ON_TRACK}},
        [(RECOVERED, 2017)],
    ),
    ("the last year opens no warning; its result is told", [], [year(2019, FAR)], {}, [(RESULT, 2019)]),
    ("a good result is told too", [], [year(2019, ACHIEVED)], {}, [(RESULT, 2019)]),
    ("… once", [said(RESULT, 2019, ACHIEVED)], [year(2019, ACHIEVED)], {}, []),
    (
        "the result ends an open warning",
        [said(OPENED, 2018, BEHIND)],
        [year(2018, BEHIND), year(2019, FAR)],
        {},
        [(CLOSED, 2019), (RESULT, 2019)],
    ),
    ("a provisional result waits", [], [year(2019, FAR, **PRELIMINARY)], {}, []),
    (
        "a result that changes later is a revision",
        [said(RESULT, 2019, BEHIND)],
        [year(2019, FAR)],
        {},
        [(REVISED, 2019)],
    ),
    ("a plan long over cannot warn, whatever is newest", [], [year(2017, FAR)], IN_2026, []),
    ("… nor report its end to people who never heard of it", [], [year(2019, FAR)], IN_2026, []),
    (
        "a late result is told to those who were warned",
        [said(OPENED, 2018, FAR), said(CLOSED, 2018, FAR)],
        [year(2018, FAR), year(2019, BEHIND)],
        IN_2026,
        [(RESULT, 2019)],
    ),
    (
        "an open warning ends with the plan's grace though no result came",
        [said(OPENED, 2018, FAR)],
        [year(2018, FAR), year(2019, NOT_RATED)],
        {"as_of": date(2020, 8, 31)},
        [(CLOSED, 2018)],
    ),
    (
        "inside the grace it stays open",
        [said(OPENED, 2018, FAR)],
        [year(2018, FAR), year(2019, NOT_RATED)],
        {"as_of": date(2020, 8, 30)},
        [],
    ),
    (
        "an older year that was told and comes out differently is a revision",
        [said(OPENED, 2016, BEHIND), said(RECOVERED, 2017, ON_TRACK)],
        [year(2016, FAR), year(2017, ON_TRACK)],
        {},
        [(REVISED, 2016)],
    ),
    (
        "… also when only the figure moved",
        [said(OPENED, 2016, BEHIND), said(RECOVERED, 2017, ON_TRACK)],
        [year(2016, BEHIND, actual=Decimal(7)), year(2017, ON_TRACK)],
        {},
        [(REVISED, 2016)],
    ),
    (
        "… but not below the decimals that the document states",
        [said(OPENED, 2016, BEHIND), said(RECOVERED, 2017, ON_TRACK)],
        [year(2016, BEHIND, actual=Decimal("6.4")), year(2017, ON_TRACK)],
        {},
        [],
    ),
    (
        "an older year that nobody was told of changes silently",
        [said(OPENED, 2017, BEHIND)],
        [year(2016, FAR), year(2017, BEHIND)],
        {},
        [],
    ),
    (
        "a revision of an older year leaves the warning as it is",
        [said(OPENED, 2016, BEHIND), said(OPENED, 2017, BEHIND), said(REVISED, 2016, ACHIEVED)],
        [year(2016, ACHIEVED), year(2017, BEHIND)],
        {},
        [],
    ),
    (
        "what another edition was told counts for nothing here",
        [said(OPENED, 2017, BEHIND, edition="2020")],
        [year(2017, ON_TRACK)],
        {},
        [],
    ),
]


@pytest.mark.parametrize(
    ("told", "evaluations", "options", "expected"), [s[1:] for s in SENTENCES], ids=[s[0] for s in SENTENCES]
)
def test_what_is_told(
    told: list[Told],
    evaluations: list[Evaluation],
    options: dict[str, object],
    expected: list[tuple[ChangeKind, int]],
) -> None:
    changes = tonight(told, evaluations, **options)  # type: ignore[arg-type]
    assert [(change.kind, change.now.fiscal_year) for change in changes] == expected


@pytest.mark.parametrize(("told", "evaluations", "options"), [s[1:4] for s in SENTENCES], ids=[s[0] for s in SENTENCES])
def test_the_same_night_again_tells_nothing(
    told: list[Told], evaluations: list[Evaluation], options: dict[str, object]
) -> None:
    changes = tonight(told, evaluations, **options)  # type: ignore[arg-type]
    assert tonight([*told, *(change.line for change in changes)], evaluations, **options) == ()  # type: ignore[arg-type]


def test_flapping_over_thirty_nights_opens_once_and_recovers_once() -> None:
    told: list[Told] = []
    for night in range(30):
        pace, rating = ("0.69", BEHIND) if night == 3 else ("0.9", MOSTLY) if night == 28 else ("0.75", BEHIND)
        if night % 2 and night != 3:
            pace, rating = "0.85", MOSTLY
        told += [change.line for change in tonight(told, [at_pace(2017, pace, rating)], bands=some_bands("0.7", "0.9"))]
    assert [line.kind for line in told] == [OPENED, RECOVERED]


def test_a_dead_source_of_forty_nights_is_silent_and_its_return_unchanged_too() -> None:
    told = [said(OPENED, 2017, BEHIND)]
    gone = [year(2017, NOT_RATED, data_state=DataState.FETCH_FAILED)]
    for _ in range(40):
        assert tonight(told, gone) == ()
    assert tonight(told, [year(2017, BEHIND)]) == ()


def test_one_indicator_in_two_places_is_told_once() -> None:
    twice = (an_indicator("women"), an_indicator("women-again", same_as="women"))
    changes = tonight(
        [],
        [year(2017, FAR, indicator="women"), year(2017, FAR, indicator="women-again", same_as="women")],
        indicators=twice,
    )
    assert [change.indicator for change in changes] == ["women"]


def test_changes_come_in_the_order_of_the_document() -> None:
    indicators = (an_indicator("b"), an_indicator("a"))
    changes = tonight([], [year(2017, FAR, indicator="a"), year(2017, FAR, indicator="b")], indicators=indicators)
    assert [change.indicator for change in changes] == ["b", "a"]


def test_the_owner_of_the_night_is_told_and_the_secretariat_when_nobody_owns_it() -> None:
    handed_over = an_indicator(
        owners=(
            Ownership("policy", date(2015, 4, 1), date(2018, 3, 31)),
            Ownership("fishery", date(2018, 4, 1), date(2019, 3, 31)),
        )
    )
    (change,) = tonight([], [year(2017, FAR)], indicators=(handed_over,))
    assert change.department == "fishery"
    (change,) = tonight([], [year(2017, FAR)], indicators=(handed_over,), as_of=date(2019, 4, 1))
    assert change.department == "policy"


def test_a_cause_lies_between_what_was_told_and_tonight() -> None:
    asked: list[tuple[Told | None, int]] = []

    def cause_of(before: Told | None, now: Evaluation) -> Cause:
        asked.append((before, now.fiscal_year))
        return Cause.CHANGED_BANDS

    before = said(OPENED, 2017, BEHIND)
    (change,) = tonight([before], [year(2017, FAR)], cause_of=cause_of)
    assert (change.cause, change.before) == (Cause.CHANGED_BANDS, before)
    assert asked == [(before, 2017)]


def test_what_ends_with_the_plan_ends_by_time() -> None:
    (change,) = tonight([said(OPENED, 2018, FAR)], [year(2018, FAR)], as_of=date(2026, 11, 23))
    assert (change.kind, change.cause) == (CLOSED, Cause.PASSAGE_OF_TIME)


def test_a_late_result_is_told_wherever_the_plan_was_followed() -> None:
    rows = (an_indicator(), an_indicator("survey"), an_indicator("other-plan", plan="ninth"))
    late = [year(2019, ON_TRACK, indicator="survey"), year(2019, ON_TRACK, indicator="other-plan")]
    changes = tonight([said(OPENED, 2017, BEHIND), said(RECOVERED, 2018, ON_TRACK)], late, indicators=rows, **IN_2026)
    assert [(change.kind, change.indicator) for change in changes] == [(RESULT, "survey")]


def test_before_the_first_revision_nothing_is_told() -> None:
    assert tonight([], [year(2014, FAR)], as_of=date(2015, 10, 29)) == ()


def test_open_warnings_are_read_from_the_log() -> None:
    log = [said(OPENED, 2016, BEHIND), said(WORSE, 2017, FAR), said(REVISED, 2016, FAR)]
    assert warning_state(log) == {("2015", "movers"): log[1]}
    assert warning_state([*log, said(RECOVERED, 2018, ON_TRACK)]) == {}
    assert warning_state([*log, said(RESULT, 2019, ON_TRACK)]) == {}


@pytest.mark.parametrize(
    ("indicator", "expected"),
    [
        (an_indicator(), date(2020, 8, 30)),
        (an_indicator(family="tourism"), date(2020, 5, 30)),
        (an_indicator(family="vital"), date(2020, 3, 31)),
        (an_indicator(family="population"), date(2020, 9, 11)),
        (an_indicator(family="population", last_fiscal_year=2020), date(2021, 9, 24)),
    ],
    ids=[
        "the calendar's date and grace",
        "without an entry",
        "published once in five years",
        "an exception",
        "a floor",
    ],
)
def test_a_plan_can_warn_until_its_last_figure_is_overdue(indicator: Indicator, expected: date) -> None:
    catalog, _ = a_catalog(indicator)
    assert last_day_to_warn(indicator, catalog.calendar) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2019, 8, 10), date(2019, 8, 13)),  # Saturday, Sunday, 山の日 observed
        (date(2026, 11, 23), date(2026, 11, 24)),  # 勤労感謝の日
        (date(2018, 11, 22), date(2018, 11, 22)),  # a Thursday
        (date(2018, 11, 23), date(2018, 11, 27)),  # holiday, weekend, the city's own day off
        (date(2019, 12, 28), date(2020, 1, 6)),  # the year's end
        (date(2019, 4, 27), date(2019, 5, 7)),  # the ten days of the enthronement
    ],
)
def test_a_mail_waits_for_a_business_day(day: date, expected: date) -> None:
    calendar = a_catalog()[0].calendar
    assert next_business_day(day, calendar) == expected


def test_ten_business_days_skip_what_is_none() -> None:
    calendar = a_catalog()[0].calendar
    assert business_day_after(date(2018, 11, 22), 1, calendar) == date(2018, 11, 27)
    assert business_day_after(date(2018, 11, 22), 10, calendar) == date(2018, 12, 10)
