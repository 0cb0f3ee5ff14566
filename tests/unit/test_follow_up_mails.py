"""The mails that follow a month or a week: reminders, what is handed on, the headquarters' page, the sign of life."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from nemuro_etl.catalog.types import Department, Head
from nemuro_etl.mail.monthly import Expected, Month, render_month
from nemuro_etl.mail.reminders import render_escalation, render_handed_on, render_reminder
from nemuro_etl.mail.summary import render_secretariat
from nemuro_etl.mail.weekly import Week, render_week
from nemuro_etl.model.alert import Answer, AnswerKind, ChangeKind, Mail, MailKind, Reminder, ReminderKind, Told
from nemuro_etl.model.evaluation import Rating
from nemuro_etl.model.wording import display_width
from tests.unit.test_mail import FISHERY, MOVERS, NIGHT, ROWS, a_night, evaluation, flat, night, stripped

BEHIND = evaluation(
    MOVERS, 2017, Rating.BEHIND, actual=Decimal(9), expected=Decimal(15), target=Decimal(25), as_of=NIGHT
)
TOKEN = "ABCDEFGHIJKLMNOP"
HEADED = replace(FISHERY, head=Head("水産経済部長", "bucho@city.nemuro.example"))


def a_reminder(kind: ReminderKind = ReminderKind.REMINDER, *asked: date) -> Reminder:
    told = Told(
        edition="2015",
        indicator=MOVERS.id,
        fiscal_year=2017,
        kind=ChangeKind.OPENED,
        rating=Rating.BEHIND,
        actual=Decimal(8),
        target=Decimal(25),
        period="FY2017",
        bands="2015-10-30",
        as_of=date(2018, 9, 3),
    )
    return Reminder(told, FISHERY.id, kind, asked, NIGHT)


def reminder(*asked: date, current: bool = True) -> Mail:
    context = night(tokens={(MOVERS.id, 2017): TOKEN})
    figures = {(MOVERS.id, 2017): BEHIND} if current else {}
    return render_reminder(FISHERY, [a_reminder(ReminderKind.REMINDER, *asked)], context, figures)


def escalations() -> tuple[Mail, Mail]:
    given_up = [a_reminder(ReminderKind.ESCALATION, date(2018, 10, 1), date(2018, 11, 1))]
    context = night()
    departments = tuple(HEADED if one.id == FISHERY.id else one for one in context.catalog.departments)
    headed = replace(context, catalog=replace(context.catalog, departments=departments))
    figures = {(MOVERS.id, 2017): BEHIND}
    return render_escalation(HEADED, given_up, headed, figures), render_handed_on(given_up, headed, figures)


def a_month(changes: int = 2) -> Month:
    line = a_reminder().warning
    kinds = (ChangeKind.OPENED, ChangeKind.WORSE, ChangeKind.BETTER, ChangeKind.RECOVERED)
    return Month(
        first=date(2018, 10, 1),
        ratings=dict.fromkeys(Rating, 10),
        ratings_before=dict.fromkeys(Rating, 10),
        changes=tuple(
            replace(line, indicator=ROWS[n % len(ROWS)].id, kind=kinds[n % len(kinds)]) for n in range(changes)
        ),
        open_warnings={FISHERY.id: (3, 1)},
        expected=(Expected("department", 2017, date(2018, 11, 30), 4),),
    )


def a_week(**changes: object) -> Week:
    week = Week(
        monday=date(2018, 11, 19),
        nights={NIGHT - timedelta(days=n): None if n == 2 else "正常に終わりました。" for n in range(7, 0, -1)},
        came={"registry": (2, 340)},
        sent=3,
        waiting={"held": 2, "refused": 1},
        open_warnings=5,
        unanswered=4,
        silences=(
            Answer(
                *("k", "2015", MOVERS.id, 2017, FISHERY.id, AnswerKind.SILENCED, date(2018, 12, 28), "事務局"),
                "集計の誤りを照会中",
                NIGHT,
            ),
        ),
        failing={"registry": datetime(2018, 11, 1, 18, 0, tzinfo=UTC)},
    )
    return replace(week, **changes)  # type: ignore[arg-type]


def test_a_reminder_reads_so() -> None:
    mail = reminder(date(2018, 10, 1))
    assert mail.kind is MailKind.UNANSWERED
    assert (
        mail.subject == "【根室市創生総合戦略】遅れの指標への御回答のお願い（再度）1件（水産経済部 平成30年11月22日）"
    )
    for line in (
        "1．根室市への移住者数",
        "【遅れ】平成29年度",
        "実績        9人",
        "目安        15人",
        "目標        25人",
        "回答欄      対応状況：",
        "            【回答番号：ABCD-EFGH-IJKL-MNOP】",
    ):
        assert f"\n{line}\n" in mail.text, line
    asked = "お知らせ平成30年9月3日にお知らせしました。その後、平成30年10月1日に再度お願いしました。今回が2回目の再度のお願いです。"
    assert asked in flat(mail.text)


def test_a_figure_that_is_not_rated_tonight_is_shown_as_it_was_told() -> None:
    text = reminder(current=False).text
    assert "\n実績        8人\n目標        25人\n" in text


def test_the_same_reminder_is_the_same_mail_and_the_next_one_another() -> None:
    assert reminder().key == reminder().key
    assert reminder().key != reminder(date(2018, 10, 1)).key


def test_the_head_and_the_secretariat_are_told_by_one_mail_each() -> None:
    head, secretariat = escalations()
    assert (head.to, secretariat.to) == ("bucho@city.nemuro.example", "seisaku@city.nemuro.example")
    assert head.key != secretariat.key
    assert head.text.startswith("水産経済部長　様\n")
    assert "水産経済部長（bucho@city.nemuro.example）にもお知らせしました。" in flat(secretariat.text)


def test_a_department_without_a_head_is_told_of_to_the_secretariat_alone() -> None:
    given_up = [a_reminder(ReminderKind.ESCALATION)]
    assert "設定に部長の宛先がないため" in flat(render_handed_on(given_up, night(), {}).text)


def test_a_heavy_month_is_one_page() -> None:
    departments = tuple(
        Department(f"section-{n}", name, "a@city.nemuro.example", date(2015, 4, 1), None)
        for n, name in enumerate(("総合政策部", "総務部", "市民福祉部", "水産経済部", "建設水道部", "教育委員会"))
    )
    context = night()
    context = replace(context, catalog=replace(context.catalog, departments=departments))
    expected = tuple(
        Expected(family, 2017, date(2018, 11, 30), 34) for family in ("department", "survey", "population")
    )
    busy = replace(a_month(60), open_warnings={one.id: (20, 3) for one in departments}, expected=expected)
    mail = render_month(busy, context)
    assert len(mail.text.splitlines()) <= 45
    assert max(map(display_width, mail.text.splitlines())) <= 76
    assert "　ほか" in mail.text


def test_the_page_of_a_month_counts_both_months_and_names_what_changed_and_what_comes() -> None:
    mail = render_month(a_month(), night())
    assert (mail.kind, mail.to) == (MailKind.MONTHLY, "honbu@city.nemuro.example")
    assert mail.subject == "【根室市創生総合戦略】進捗状況の概要（平成30年10月）"
    for line in (
        "件数        新たな遅れ1件、悪化1件",
        "内容        ・新たな遅れ：根室市への移住者数",
        "遅れ        ・水産経済部　3件（回答あり1件、回答なし2件）",
        "実績値      ・所管課の報告　平成29年度　4件（11月30日）",
    ):
        assert f"\n{line}\n" in mail.text, line


def test_a_month_in_which_nothing_is_open_changed_or_to_come_is_worth_no_page() -> None:
    assert a_month().is_worth_a_page
    over = replace(a_month(0), open_warnings={}, expected=())
    assert not over.is_worth_a_page


def test_the_sign_of_life_names_missing_nights_waiting_mails_silences_and_failing_sources() -> None:
    mail = render_week(a_week(), night())
    assert mail.kind is MailKind.WEEKLY
    assert "夜間処理6回・記録のない夜1回" in mail.subject
    for words in (
        "11月20日記録がありません。",
        "11月21日正常に終わりました。",
        "ファイル2件、値340件",
        "送信3通、保留中（`nemurooutboxrelease--by氏名`で送信）2通、宛先が拒否1通",
        "5件（うち回答なし4件）",
        "根室市への移住者数（平成30年12月28日まで。理由：集計の誤りを照会中）",
        "（平成30年11月2日から）",
    ):
        assert words in flat(mail.text), words


def test_a_week_and_a_month_have_one_mail_whatever_it_says() -> None:
    assert render_week(a_week(), night()).key == render_week(a_week(sent=4), night()).key
    assert render_month(a_month(), night()).key == render_month(a_month(1), night()).key


def test_a_summary_of_held_mails_says_so_first_and_how_to_release_them() -> None:
    letter = reminder()
    mail = render_secretariat(replace(a_night(letter), held=frozenset({letter.key})), night())
    assert mail.subject == "【根室市創生総合戦略】夜間処理の結果（送信保留・要確認2件・通知1通 平成30年11月22日）"
    opening = flat(mail.text)[:200]
    assert "【送信を保留しています】" in opening
    assert "`nemurooutboxrelease--by氏名`" in opening
    assert "保留しています。" in flat(mail.text[mail.text.index("4．") :])


@pytest.mark.parametrize(
    "mail", [reminder(), *escalations(), render_month(a_month(), night()), render_week(a_week(), night())]
)
def test_text_and_html_of_every_follow_up_say_the_same_words_in_76_columns(mail: Mail) -> None:
    assert max(map(display_width, mail.text.splitlines())) <= 76
    words = [line for line in map(flat, mail.text.splitlines()) if line and set(line) - set("─━")]
    shown = flat(stripped(mail.html))
    assert all(line in shown for line in words)


def test_the_long_title_of_a_strategy_is_cut_in_a_subject_and_stops_no_night() -> None:
    context = night()
    long = replace(
        context, edition=replace(context.edition, title="第2期根室市まち・ひと・しごと創生総合戦略及び人口ビジョン")
    )
    subject = render_reminder(FISHERY, [a_reminder()], long, {}).subject
    assert len(subject) < 60
    assert subject.startswith("【第2期根室市")
    assert "…】遅れの指標への御回答のお願い（再度）1件（" in subject
