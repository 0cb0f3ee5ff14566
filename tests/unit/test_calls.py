"""Figures that are owed: who is called when, each step once, and what the mails say."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from nemuro_etl.alerting.calls import decide_calls
from nemuro_etl.catalog.types import (
    ActualSpec,
    Calendar,
    CallDates,
    CallRule,
    Indicator,
    Ownership,
    PeriodBasis,
    Publication,
    PublicationRule,
    Shape,
)
from nemuro_etl.mail import render_call, render_late
from nemuro_etl.mail.digest import Night
from nemuro_etl.mail.wording import display_width
from nemuro_etl.model.alert import MailKind
from nemuro_etl.model.call import Call, Called, CallKind
from nemuro_etl.model.evaluation import Actual, DataState, Evaluation, Rating
from nemuro_etl.model.figure import Stage
from nemuro_etl.model.period import Period
from tests.unit.test_alerting import a_catalog, an_indicator, year

CALL, REMINDER, ESCALATION, OVERDUE = tuple(CallKind)
RETURNS = PublicationRule("department", 1, 7, 31, 14, (), None, CallRule(6, 1, 14, 7))
SURVEYS = PublicationRule("survey", 0, 11, 30, 31, (), None, CallRule(10, 1, 14, 7))
DONATIONS = PublicationRule("furusato", 1, 8, 5, 14, ((2018, Publication(date(2019, 9, 2), 14, "集計の遅れ")),), None)
CALENDAR = Calendar((DONATIONS, RETURNS, SURVEYS), (), ())
PUBLISHED = ActualSpec(None, "furusato.amount", Decimal(1), returns=True)

MOVERS = an_indicator("movers")
FISHERS = an_indicator("fishers", name="新規漁業就業者数", owners=(Ownership("fishery", date(2015, 4, 1), None),))
SATISFIED = an_indicator(
    "satisfied", name="満足している市民の割合", family="survey", basis=PeriodBasis.SURVEY, shape=Shape.LEVEL, unit="%"
)
GIFTS = an_indicator("gifts", name="寄附受納額", family="furusato", actual=PUBLISHED)
ROWS = (MOVERS, FISHERS, SATISFIED, GIFTS)


def state(row: Indicator, fiscal_year: int, data_state: DataState) -> Evaluation:
    return year(fiscal_year, Rating.NOT_RATED, indicator=row.id, data_state=data_state, name=row.name)


def owed(*rows: Indicator, fiscal_year: int = 2017, late: bool = False) -> list[Evaluation]:
    """Nothing of a year is recorded."""
    data_state = DataState.NOT_SUBMITTED if late else DataState.NOT_YET_PUBLISHED
    return [state(row, fiscal_year, data_state) for row in rows]


def tonight(
    day: str, evaluations: Iterable[Evaluation], called: Iterable[Called] = (), rows: tuple[Indicator, ...] = ROWS
) -> tuple[Call, ...]:
    catalog, edition = a_catalog(*rows)
    return decide_calls(
        tuple(called),
        tuple(evaluations),
        edition=edition,
        catalog=replace(catalog, calendar=CALENDAR),
        as_of=date.fromisoformat(day),
    )


def steps(calls: Iterable[Call]) -> list[tuple[CallKind, int, str, list[str]]]:
    return [
        (call.line.kind, call.line.fiscal_year, call.line.department, [each.indicator for each in call.missing])
        for call in calls
    ]


def test_a_deadline_that_is_postponed_takes_reminder_and_escalation_with_it() -> None:
    postponed = replace(RETURNS, exceptions=((2018, Publication(date(2019, 9, 30), 14, "台風")),))
    assert postponed.call_dates(2017) == CallDates(
        date(2018, 6, 1), date(2018, 7, 17), date(2018, 7, 31), date(2018, 8, 7)
    )
    assert postponed.call_dates(2018) == CallDates(
        date(2019, 6, 1), date(2019, 9, 16), date(2019, 9, 30), date(2019, 10, 7)
    )


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2018-05-31", None),
        ("2018-06-01", CALL),
        ("2018-07-16", CALL),
        ("2018-07-17", REMINDER),
        ("2018-08-06", REMINDER),
        ("2018-08-07", ESCALATION),
        ("2019-05-31", ESCALATION),
    ],
)
def test_only_the_step_that_is_due_now_is_taken_when_none_was_before(day: str, kind: CallKind | None) -> None:
    assert steps(tonight(day, owed(MOVERS))) == ([] if kind is None else [(kind, 2017, "policy", ["movers"])])


def test_every_section_is_asked_for_its_own() -> None:
    assert steps(tonight("2018-06-01", owed(MOVERS, FISHERS))) == [
        (CALL, 2017, "policy", ["movers"]),
        (CALL, 2017, "fishery", ["fishers"]),
    ]


def test_each_step_is_taken_once_and_none_after_a_later_one() -> None:
    log: list[Called] = []
    told = []
    for day in ("06-01", "06-02", "07-17", "07-18", "08-07", "08-08", "07-01", "12-31"):
        calls = tonight(f"2018-{day}", owed(MOVERS), log)
        log += [call.line for call in calls]
        told += [(day, call.line.kind) for call in calls]
    assert told == [("06-01", CALL), ("07-17", REMINDER), ("08-07", ESCALATION)]


def test_what_arrived_in_between_is_not_asked_for_again() -> None:
    rows = (MOVERS, replace(FISHERS, owners=MOVERS.owners))
    first = tonight("2018-06-01", owed(*rows), rows=rows)
    assert steps(first) == [(CALL, 2017, "policy", ["movers", "fishers"])]
    now = [state(MOVERS, 2017, DataState.AVAILABLE), *owed(FISHERS)]
    assert steps(tonight("2018-07-17", now, [call.line for call in first], rows)) == [
        (REMINDER, 2017, "policy", ["fishers"])
    ]


def test_a_figure_that_was_handed_in_silences_the_reminder() -> None:
    log = [call.line for call in tonight("2018-06-01", owed(MOVERS))]
    assert tonight("2018-07-17", [state(MOVERS, 2017, DataState.AVAILABLE)], log) == ()


def test_a_section_that_took_over_is_asked_for_what_it_now_owes() -> None:
    moved = replace(
        MOVERS,
        owners=(Ownership("policy", date(2015, 4, 1), date(2018, 6, 30)), Ownership("fishery", date(2018, 7, 1), None)),
    )
    log = [call.line for call in tonight("2018-06-01", owed(moved), rows=(moved,))]
    assert steps(tonight("2018-07-01", owed(moved), log, (moved,))) == [(CALL, 2017, "fishery", ["movers"])]


def test_a_survey_is_asked_for_in_the_autumn_of_its_year_and_apart_from_the_returns() -> None:
    log = [call.line for call in tonight("2018-06-01", owed(MOVERS))]
    assert steps(tonight("2018-10-01", owed(SATISFIED, fiscal_year=2018), log)) == [
        (CALL, 2018, "policy", ["satisfied"])
    ]
    assert steps(tonight("2019-06-01", owed(MOVERS, fiscal_year=2018), log)) == [(CALL, 2018, "policy", ["movers"])]


def test_an_older_year_is_not_chased_when_a_newer_one_is() -> None:
    both = [*owed(MOVERS, late=True), *owed(MOVERS, fiscal_year=2018)]
    assert steps(tonight("2019-05-31", both)) == [(ESCALATION, 2017, "policy", ["movers"])]
    assert steps(tonight("2019-06-01", both)) == [(CALL, 2018, "policy", ["movers"])]


@pytest.mark.parametrize(("day", "kinds"), [("2020-08-14", [ESCALATION]), ("2020-08-15", []), ("2026-11-24", [])])
def test_nothing_is_owed_after_the_last_year_of_a_plan_and_its_grace(day: str, kinds: list[CallKind]) -> None:
    calls = tonight(day, owed(MOVERS, fiscal_year=2019, late=True))
    assert [call.line.kind for call in calls] == kinds


def test_what_only_a_publisher_has_is_asked_of_no_section() -> None:
    row = an_indicator("counted", actual=replace(MOVERS.actual, returns=False))
    assert tonight("2018-06-01", owed(row), rows=(row,)) == ()


def test_a_publisher_that_is_late_is_told_to_the_secretariat_once() -> None:
    late = [state(GIFTS, 2017, DataState.OVERDUE)]
    owned = (replace(GIFTS, owners=FISHERS.owners),)
    first = tonight("2018-08-20", late, rows=owned)
    assert steps(first) == [(OVERDUE, 2017, "policy", ["gifts"])]
    log = [call.line for call in first]
    assert tonight("2018-08-21", late, log, owned) == ()
    # the next year is told anew
    again = [*late, state(GIFTS, 2018, DataState.OVERDUE)]
    assert steps(tonight("2019-09-17", again, log, owned)) == [(OVERDUE, 2018, "policy", ["gifts"])]


@pytest.mark.parametrize(
    "data_state", [DataState.AWAITED, DataState.FETCH_FAILED, DataState.UNREADABLE, DataState.HELD, DataState.AVAILABLE]
)
def test_a_publisher_that_is_not_late_is_nobody_s_business(data_state: DataState) -> None:
    assert tonight("2018-08-20", [state(GIFTS, 2017, data_state)]) == ()


# --- the mails ------------------------------------------------------------------------------------------------------


def a_night(day: str) -> Night:
    catalog, edition = a_catalog(*ROWS)
    at = date.fromisoformat(day)
    return Night(
        day=at,
        not_before=at,
        answer_by=at,
        catalog=replace(
            catalog,
            calendar=CALENDAR,
            alerting=replace(catalog.alerting, workbook_folder=r"\\server.nemuro.example\senryaku"),
        ),
        edition=edition,
        sender="kpi@nemuro.example",
        reply_to="seisaku@nemuro.example",
        originals={},
        margins={},
    )


BEFORE = {("fishers", 2016): Actual(Period.parse("FY2016"), Decimal(1234), Stage.FINAL, ())}
WORKBOOKS = {(2017, "fishery"): "FY2017_水産経済部_指標報告.xlsx"}


def fishery_s_mail(day: str) -> tuple[str, str, MailKind]:
    night = a_night(day)
    department = night.catalog.department_on("fishery", night.day)
    assert department is not None
    mail = render_call(department, tonight(day, owed(FISHERS)), night, WORKBOOKS, BEFORE)
    assert max(map(display_width, mail.text.splitlines())) <= 76
    assert mail.headers["References"] == "<thread.2015.fishery.returns.2017@nemuro.example>"
    return mail.subject, mail.text, mail.kind


def test_a_call_says_what_is_asked_for_until_when_and_where_to_write_it() -> None:
    subject, text, kind = fishery_s_mail("2018-06-01")
    assert kind is MailKind.CALL
    assert subject == "【根室市創生総合戦略】実績値の御報告のお願い（水産経済部 平成30年6月1日）"
    for line in (
        "1．平成29年度の実績値（所管課の報告）",
        "提出期限    平成30年7月31日",
        r"保存場所    \\server.nemuro.example\senryaku",
        "入力ブック  FY2017_水産経済部_指標報告.xlsx",
        "            単位：人（その年度の増加分。累計ではありません）",
        "            前年度（平成28年度）の値：1,234人",
    ):
        assert f"\n{line}\n" in text
    assert "まだ届いていません" not in text


def test_a_reminder_says_so_and_after_the_deadline_that_it_is_late() -> None:
    subject, text, kind = fishery_s_mail("2018-07-17")
    assert kind is MailKind.REMINDER
    assert "お願い（再度）（水産経済部" in subject
    assert "御報告がまだ届いていません。" in text.replace("\n", "")
    assert "過ぎています" not in text
    assert "提出期限    平成30年7月31日（過ぎています。至急御提出ください。）" in fishery_s_mail("2018-08-01")[1]


def test_the_secretariat_reads_in_one_mail_which_section_owes_what_and_which_publisher_is_late() -> None:
    night = a_night("2019-09-17")
    evaluations = [*owed(MOVERS, FISHERS, fiscal_year=2018, late=True), state(GIFTS, 2018, DataState.OVERDUE)]
    mail = render_late(tonight("2019-09-17", evaluations), night)
    assert mail.kind is MailKind.LATE
    assert mail.to == "seisaku@nemuro.example"
    assert mail.subject == "【根室市創生総合戦略】期限を過ぎた実績値3件（総合政策部 令和元年9月17日）"
    for line in (
        "公表予定日  令和元年9月2日（令和元年9月16日まで待ちました）",
        "予定日の注記",
        "            集計の遅れ",
        "指標        ・寄附受納額",
        "3．水産経済部（所管課の報告）",
        "平成30年度　未提出（1件）",
        "連絡先      suisan@nemuro.example",
        "指標        ・新規漁業就業者数",
    ):
        assert f"\n{line}\n" in mail.text
