"""Mails: what they say, that nothing is lost on the way, and that nobody can slip anything in."""

import html
import re
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
    Quote,
    Revision,
    Shape,
    Source,
)
from nemuro_etl.errors import ConfigurationWrong, SourceSilent
from nemuro_etl.mail.digest import Night, render_digest
from nemuro_etl.mail.letter import COLOURS, PLAIN
from nemuro_etl.mail.message import to_message
from nemuro_etl.mail.summary import Collected, NightSummary, count_ratings, render_secretariat
from nemuro_etl.mail.transport import EmlFolder, may_receive
from nemuro_etl.mail.wording import digits_for, display_width, fold, number, pace_text, period_label
from nemuro_etl.model.alert import Cause, Change, ChangeKind, Mail, Told
from nemuro_etl.model.area import AreaKind
from nemuro_etl.model.evaluation import BasisResult, DataState, Evaluation, Rating
from nemuro_etl.model.figure import Figure, Stage
from nemuro_etl.model.snapshot import Snapshot

NIGHT = date(2018, 11, 22)
AT = datetime(2018, 11, 22, 21, 0, tzinfo=UTC)
REGISTRY, RETURNS = "a" * 64, "b" * 64
FISHERY = Department("fishery", "水産経済部", "suisan@city.nemuro.example", date(2015, 4, 1), None)
POLICY = Department("policy", "総合政策部", "seisaku@city.nemuro.example", date(2015, 4, 1), None)


def indicator(indicator_id: str, name: str, **changes: object) -> Indicator:
    return replace(
        Indicator(
            id=indicator_id,
            name=name,
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
            owners=(Ownership("fishery", date(2015, 4, 1), None),),
            quote=Quote(f"{name} 5年で25人増加", 1),
            location="基本目標2（イ）①",
            decision="",
            same_as=None,
            actual=ActualSpec(None, None, Decimal(1), returns=True),
            lines=(),
            quantity=None,
        ),
        **changes,  # type: ignore[arg-type]
    )


MOVERS = indicator("g2-i1-1", "根室市への移住者数")
SEASONAL = indicator(
    "g2-a1-3",
    "季節労働者数",
    shape=Shape.LEVEL,
    direction=Direction.DOWN,
    baseline=Decimal(580),
    target=Decimal(473),
    quote=Quote("季節労働者数 5年で473人とし107人減少", 2),
)
SURVEY = indicator(
    "g3-n2",
    "まちづくりへ参加したいと思う市民の割合",
    shape=Shape.LEVEL,
    unit="%",
    decimals=1,
    whole=False,
    target=Decimal(85),
    baseline=Decimal("79.4"),
    basis=PeriodBasis.SURVEY,
)
RATIO = indicator(
    "g2-a1-2", "人口1,000人当たりの就職者数", shape=Shape.LEVEL, unit="人/千人", whole=False, baseline=Decimal(22)
)


def floor(indicator_id: str, name: str, day: date, target: int, quantity: str = "total") -> Indicator:
    return indicator(
        indicator_id,
        name,
        shape=Shape.FLOOR,
        target=Decimal(target),
        target_day=day,
        basis=PeriodBasis.DATE,
        quantity=quantity,
        quote=Quote(f"総人口 根室市推計{target:,}", 3),
        location=f"第2章2 {day.year}年",
        last_fiscal_year=day.year,
    )


TOTALS = (
    floor("p2020-total", "総人口（2020年）", date(2020, 10, 1), 26043),
    floor("p2025-total", "総人口（2025年）", date(2025, 10, 1), 24790),
    floor("p2060-total", "総人口（2060年）", date(2060, 10, 1), 15262),
)
FERTILITY = floor("v2060-fertility-effect", "出生率向上による総人口", date(2060, 10, 1), 15262)
AGAIN = indicator("g3-n3", "根室市への移住者数", same_as="g2-i1-1")
ROWS = (MOVERS, SEASONAL, SURVEY, RATIO, *TOTALS, FERTILITY, AGAIN)


def night(**changes: object) -> Night:
    edition = Edition(
        id="2015",
        title="根室市創生総合戦略",
        area="01223",
        area_name="根室市",
        document="strategy.txt",
        plans=(Plan("strategy", "創生総合戦略", 2015, 2019),),
        revisions=(Revision("2015-10-30", date(2015, 10, 30), "策定"),),
        goals=(),
        indicators_by_revision=(("2015-10-30", ROWS),),
        census=(),
    )
    source = Source(
        id="registry",
        title="住民基本台帳人口",
        publisher="総務省",
        licence="",
        credit="",
        families=("population",),
        folder="registry",
        endpoints=(),
        estat_api="",
        office_codes=None,
        cadence="",
        max_bytes=1,
        timeout_seconds=1,
        file_kinds=(),
        restates=False,
        plausibility=(),
        corrections=(),
        config_file="config/sources/registry.yml",
        recipe="",
    )
    catalog = Catalog(
        root=Path("config"),
        editions=(edition,),
        departments=(POLICY, FISHERY),
        bands=(
            Bands(
                since=date(2015, 4, 1),
                on_track=Decimal(1),
                mostly_on_track=Decimal("0.8"),
                behind=Decimal("0.5"),
                far_behind=Decimal(0),
                warn_below=Decimal("0.8"),
                clear_at=Decimal("0.8"),
            ),
        ),
        calendar=Calendar((), (), ()),
        alerting=Alerting(
            city="根室市",
            system_name="総合戦略指標管理システム",
            secretariat="policy",
            list_id="kpi.city.nemuro.example",
            contact="総合政策部 総合政策室",
            answer_within=10,
            workbook_folder=r"\\server\share",
            reminders=3,
            storm_share=Decimal("0.3"),
            storm_least=10,
            headquarters=Department(
                "headquarters", "人口問題・少子化対策推進本部", "honbu@city.nemuro.example", date(2015, 4, 1), None
            ),
        ),
        sources=(source, replace(source, id="returns", title="所管課からの報告", publisher="根室市")),
    )
    return replace(
        Night(
            day=NIGHT,
            not_before=NIGHT,
            answer_by=date(2018, 12, 7),
            catalog=catalog,
            edition=edition,
            sender="kpi@city.nemuro.example",
            reply_to=POLICY.address,
            originals={
                REGISTRY: Snapshot(REGISTRY, 1, "registry", "1803ssjin.xls", "", "folder", AT),
                RETURNS: Snapshot(RETURNS, 1, "returns", "houkoku.csv", "", "command", AT),
            },
            margins={},
        ),
        **changes,  # type: ignore[arg-type]
    )


def figure(source: str, snapshot: str | None, value: str, *locators: str) -> Figure:
    return Figure(
        "s",
        "01223",
        AreaKind.MUNICIPALITY,
        "FY2016",
        {},
        Decimal(value),
        "人",
        Stage.FINAL,
        source,
        snapshot,
        locators,
        AT,
    )


def evaluation(row: Indicator, fiscal_year: int, rating: Rating, **changes: object) -> Evaluation:
    return replace(
        Evaluation(
            indicator=row.id,
            name=row.name,
            same_as=row.same_as,
            plan=row.plan,
            fiscal_year=fiscal_year,
            as_of=NIGHT,
            revision="2015-10-30",
            rating=rating,
            data_state=DataState.AVAILABLE,
            actual=Decimal(6),
            baseline=row.baseline,
            target=row.target,
            expected=Decimal(10),
            do_nothing=None,
            pace=Decimal("0.6"),
            attainment=None,
            gap_closed=None,
            need_per_year=Decimal(7),
            unit=row.unit,
            basis=None,
            bases=(),
            stage=Stage.FINAL,
            period=f"FY{fiscal_year}",
            figures=(figure("returns", RETURNS, "2", "line 2:value"), figure("returns", RETURNS, "4", "line 9:value")),
        ),
        **changes,  # type: ignore[arg-type]
    )


def change(kind: ChangeKind, now: Evaluation, before: Told | None = None, cause: Cause = Cause.NEW_FIGURE) -> Change:
    return Change(kind, cause, "2015", now.indicator, "fishery", now, before, "2015-04-01")


def told(row: Indicator, fiscal_year: int, kind: ChangeKind, rating: Rating, actual: str) -> Told:
    return Told(
        "2015", row.id, fiscal_year, kind, rating, Decimal(actual), row.target, None, "2015-04-01", date(2017, 8, 1)
    )


def a_slip() -> Change:
    return change(ChangeKind.OPENED, evaluation(MOVERS, 2016, Rating.BEHIND))


def a_falling_target() -> Change:
    now = evaluation(
        SEASONAL,
        2017,
        Rating.BEHIND,
        actual=Decimal(530),
        expected=Decimal(516),
        pace=Decimal("0.78125"),
        need_per_year=Decimal(-29),
        figures=(figure("returns", RETURNS, "530", "line 4:value"),),
    )
    return change(ChangeKind.BETTER, now, told(SEASONAL, 2016, ChangeKind.OPENED, Rating.REGRESSED, "590"))


def a_floor(row: Indicator) -> Change:
    now = evaluation(
        row,
        2017,
        Rating.REGRESSED,
        actual=Decimal(26399),
        expected=Decimal("26730.8"),
        do_nothing=Decimal("26436.6"),
        pace=Decimal("-0.128"),
        need_per_year=None,
        basis="registry",
        bases=(
            BasisResult("registry", Decimal(26399), Decimal("-0.128"), Rating.REGRESSED),
            BasisResult("census_equivalent", Decimal("25580.9"), Decimal("-2.91"), Rating.REGRESSED),
        ),
        period="2018-01-01",
        figures=(
            figure("registry", REGISTRY, "26399", "総計!F39"),
            figure("registry", REGISTRY, "1", "総計!G39"),
            figure("census", None, "26917", "strategy/2015.yml:census.2015"),
        ),
    )
    return change(ChangeKind.OPENED, now)


def a_result() -> list[Change]:
    row = evaluation(
        SURVEY,
        2019,
        Rating.FAR_BEHIND,
        actual=Decimal("81.2"),
        expected=Decimal(85),
        pace=Decimal("0.3214"),
        need_per_year=None,
        sample_size=500,
        closing=True,
        figures=(figure("returns", RETURNS, "81.2", "line 5:value"),),
    )
    before = told(SURVEY, 2018, ChangeKind.OPENED, Rating.BEHIND, "82.0")
    return [change(ChangeKind.CLOSED, row, before), change(ChangeKind.RESULT, row, before)]


def body(mail: Mail, kind: str) -> str:
    part = parsed(mail).get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def parsed(mail: Mail) -> EmailMessage:
    message = message_from_bytes(to_message(mail, date=AT).as_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_slip_reads_so() -> None:
    mail = render_digest(FISHERY, [a_slip()], night())
    assert mail.subject == "【根室市創生総合戦略】新たな遅れ1件（水産経済部 平成30年11月22日）"
    assert (
        mail.text
        == """\
水産経済部　御担当者様

「根室市創生総合戦略」の指標のうち、水産経済部が所管するものについて、平成30
年11月22日現在の状況に変化がありましたのでお知らせします。

今回のお知らせ：新たな遅れ1件

━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
1．根室市への移住者数
【遅れ】新たな遅れ（平成28年度）
──────────────────────────────────────
判定        遅れ
実績        6人（計画の初年度からの累計）
目安        10人（計画どおりなら平成28年度に達している値）
目標        25人（平成31年度まで）
基準値      0人
差          目安より4人少ない、目標まであと19人
進捗率      0.60（1.00で目安どおり。実績÷目安）
必要ペース  あと7人／年（残り3年、毎年7人で目標に届きます）
対象期間    平成28年度（2016年4月から2017年3月まで）
段階        確定
前回から    この指標について初めてのお知らせです（きっかけ：新しい実績値）。
出典        所管課からの報告（根室市）　houkoku.csv（平成30年11月23日取得）
            　2行目（value列）、9行目（value列）
戦略の記述  「根室市への移住者数 5年で25人増加」（根室市創生総合戦略 基本目
            標2（イ）①）
お願い      実績値に誤りがないか御確認のうえ、遅れている理由と今後の対応（何
            を、いつまでに行うか）を、平成30年12月7日までに、このメールへの
            返信で総合政策部 総合政策室までお知らせください。
問合せ先    総合政策部 総合政策室

━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━
判定の見方：「目安」は、計画どおりに進んだ場合に現時点で達しているべき値で
す。判定は目安に対する進捗率により、達成（目標に到達）、順調（1以上）、概ね
順調（0.8以上）、遅れ（0.5以上0.8未満）、大幅な遅れ（0以上0.5未満）、後退（0
未満、又は維持すべき値を保てなかったもの）に区分しています。進捗率が0.8を下
回るとお知らせし、0.8以上に戻ると回復とします。この区分は本システムの運用上
のもので、根室市が定めたものではありません。

お問合せ・御回答：総合政策部 総合政策室（このメールにそのまま返信できます）

このメールは「総合戦略指標管理システム」が自動で作成しました。状況の変化は、
あった場合にのみ、一つの部署に一晩一通にまとめてお知らせします。
"""
    )


def entry_of(mail: Mail) -> str:
    """The one entry of a mail, between its heading and the closing words."""
    return mail.text.split("━" * 38 + "\n")[1].rstrip("\n")


def test_rows_on_the_same_lines_are_one_entry_with_both_bases() -> None:
    mail = render_digest(FISHERY, [a_floor(row) for row in TOTALS], night())
    assert (
        entry_of(mail)
        == """\
1．総人口（2020年）、総人口（2025年）、総人口（2060年）
【後退】新たな遅れ（平成29年度）
──────────────────────────────────────
判定        後退
実績        26,399人
目安        26,731人（目標に向かう線の、その日の値）
目標        26,043人（2020年10月1日時点）
            24,790人（2025年10月1日時点）
            15,262人（2060年10月1日時点）
差          目安より332人少ない、社人研推計より38人少ない
進捗率      マイナス0.13（1.00で目安どおり。（実績－社人研推計）÷（目安－社
            人研推計）。マイナスは社人研推計をも下回ることを示します）
必要ペース  ―（人口の指標には設けていません）
対象期間    平成30年1月1日（2018年）現在
段階        確定
参考（住基）
            26,399人、進捗率マイナス0.13、後退（判定に採用）
参考（国勢調査換算）
            25,581人、進捗率マイナス2.91、後退
社人研推計  26,437人（対策を講じない場合の、その日の推計値）
前回から    この指標について初めてのお知らせです（きっかけ：新しい実績値）。
出典        ・住民基本台帳人口（総務省）　1803ssjin.xls（平成30年11月23日取
            得）　総計!F39、G39
            ・census（設定に記載の値）　strategy/2015.yml:census.2015
戦略の記述  「総人口 根室市推計26,043」（根室市創生総合戦略 第2章2 2020年）
            「総人口 根室市推計24,790」（根室市創生総合戦略 第2章2 2025年）
            「総人口 根室市推計15,262」（根室市創生総合戦略 第2章2 2060年）
お願い      実績値に誤りがないか御確認のうえ、遅れている理由と今後の対応（何
            を、いつまでに行うか）を、平成30年12月7日までに、このメールへの
            返信で総合政策部 総合政策室までお知らせください。
問合せ先    総合政策部 総合政策室"""
    )


def test_a_falling_target_that_got_better_says_since_when_and_why() -> None:
    text = entry_of(render_digest(FISHERY, [a_falling_target()], night()))
    assert "【遅れ】改善（遅れは継続）（平成29年度）" in text
    assert "差          目安より14人多い、目標まであと57人の減\n" in text
    assert "進捗率      0.78（" in text
    assert "必要ペース  あと29人／年の減（残り2年、毎年29人ずつの減で目標に届きます）\n" in text
    assert (
        "前回から    前回（平成29年8月1日）は平成28年度の実績590人で「後退」、今回は\n"
        "            平成29年度の実績530人で「遅れ」です（理由：新しい実績値）。\n"
    ) in text


def test_a_result_ends_its_warning_in_one_entry_and_states_the_margin() -> None:
    mail = render_digest(FISHERY, a_result(), night(margins={("g3-n2", 2019): Decimal("3.42")}))
    text = entry_of(mail)
    assert mail.text.count("終了報告1件") == 1
    assert text.startswith("1．まちづくりへ参加したいと思う市民の割合\n【大幅な遅れ】終了報告（平成31年度）\n")
    assert "差          目安より3.8ポイント低い、目標まであと3.8ポイント\n" in text
    assert "標本誤差    ±3.4ポイント（回答500人）。" in text
    assert "前回の値との差は、標本誤差の範囲内です。" in text
    assert "お願い      これまでお知らせしていた遅れは、計画期間の終了により終了としま\n" in text


def test_a_survey_without_n_says_so() -> None:
    text = entry_of(render_digest(FISHERY, a_result(), night()))
    assert "標本誤差    回答数が報告されていないため、考慮していません。\n" in text


def test_a_ratio_shows_what_it_is_made_of() -> None:
    now = evaluation(
        RATIO,
        2016,
        Rating.BEHIND,
        actual=Decimal("23.04"),
        expected=Decimal("23.2"),
        numerator=Decimal(637),
        denominator=Decimal("27.629"),
        need_per_year=Decimal("0.66"),
    )
    text = entry_of(render_digest(FISHERY, [change(ChangeKind.OPENED, now)], night()))
    assert "内訳        分子637、分母27.629\n" in text
    assert "実績        23.0人／千人\n" in text
    assert "差          目安より0.2人／千人低い、目標まであと2.0人／千人\n" in text
    assert "必要ペース  あと0.66人／千人／年の増（残り3年、" in text


@pytest.mark.parametrize(
    ("kind", "before", "headline", "request_begins"),
    [
        (ChangeKind.OPENED, told(MOVERS, 2015, ChangeKind.OPENED, Rating.BEHIND, "2"), "引き続き遅れ", "実績値に誤り"),
        (ChangeKind.WORSE, told(MOVERS, 2016, ChangeKind.OPENED, Rating.BEHIND, "7"), "悪化", "実績値に誤り"),
        (
            ChangeKind.RECOVERED,
            told(MOVERS, 2016, ChangeKind.OPENED, Rating.BEHIND, "5"),
            "回復",
            "遅れは解消しました。",
        ),
        (
            ChangeKind.CLOSED,
            told(MOVERS, 2016, ChangeKind.OPENED, Rating.BEHIND, "6"),
            "警告の終了",
            "これまでお知らせ",
        ),
        (
            ChangeKind.REVISED,
            told(MOVERS, 2016, ChangeKind.OPENED, Rating.BEHIND, "5"),
            "過年度の値の改定",
            "前回お知らせした値を",
        ),
    ],
)
def test_each_kind_says_what_to_do(kind: ChangeKind, before: Told, headline: str, request_begins: str) -> None:
    now = evaluation(MOVERS, 2016, Rating.BEHIND)
    text = entry_of(render_digest(FISHERY, [change(kind, now, before, Cause.REVISED_FIGURE)], night()))
    assert f"【遅れ】{headline}（平成28年度）\n" in text
    assert f"お願い      {request_begins}" in text
    assert "（理由：実績値の改定）" in text.replace("\n            ", "")


def everything() -> list[Change]:
    return [a_slip(), a_falling_target(), *map(a_floor, TOTALS), *a_result()]


def letters() -> list[Mail]:
    context = night(margins={("g3-n2", 2019): Decimal("3.42")})
    digest = render_digest(FISHERY, everything(), context)
    return [digest, render_secretariat(a_night(digest), context)]


def a_night(*mails: Mail, files: int = 2, fault: str = "接続できませんでした。") -> NightSummary:
    late = {"rating": Rating.NOT_RATED, "data_state": DataState.NOT_SUBMITTED}
    held = {"rating": Rating.NOT_RATED, "data_state": DataState.HELD}
    return NightSummary(
        evaluations=(
            evaluation(MOVERS, 2016, Rating.BEHIND),
            evaluation(MOVERS, 2017, **late),  # type: ignore[arg-type]
            evaluation(SEASONAL, 2015, Rating.ON_TRACK),
            evaluation(SEASONAL, 2016, **held),  # type: ignore[arg-type]
            evaluation(SEASONAL, 2017, **held),  # type: ignore[arg-type]
            evaluation(SURVEY, 2017, Rating.NOT_RATED, data_state=DataState.NOT_YET_PUBLISHED),
            evaluation(AGAIN, 2016, Rating.BEHIND),
        ),
        collected=(
            Collected("registry", files, 25123 * files),
            Collected("returns", 0, 0, (SourceSilent(fault, "", "", ""),)),
        ),
        mails=mails,
        remarks=("根室市の2014年から2015年：人口の増減が合いません。",),
    )


def test_the_secretariat_reads_what_came_what_is_missing_and_who_is_written_to() -> None:
    mail = letters()[1]
    assert mail.subject == "【根室市創生総合戦略】夜間処理の結果（要確認2件・通知1通 平成30年11月22日）"
    for line in (
        "遅れ        1件",
        "順調        1件",
        "判定対象外  1件",
        "計          3件",
        "            取得先に接続できませんでした。",
        "            詳細（保守担当者向け）：接続できませんでした。",
        "水産経済部　改定を保留中1件",
        "            ・季節労働者数（平成28年度・平成29年度）",
        "            → `nemuro revisions list` で改定の内容を確かめ、承認又は却下し",
        "            新しいファイル2件、新しい値50,246件",
        "            宛先 suisan@city.nemuro.example、平成30年11月22日以降に送信しま",
        "期限超過    水産経済部　未提出1件",
        "注記        根室市の2014年から2015年：人口の増減が合いません。",
    ):
        assert f"\n{line}\n" in mail.text


def test_one_indicator_in_two_places_counts_once() -> None:
    counts = count_ratings(a_night().evaluations)
    assert sum(counts.values()) == 3
    assert counts[Rating.BEHIND] == 1


def test_the_summary_of_a_second_run_has_the_same_key() -> None:
    digest = letters()[0]
    first, again = a_night(digest), a_night(digest, files=0, fault="名前を解決できませんでした。")
    assert render_secretariat(first, night()).key == render_secretariat(again, night()).key
    assert render_secretariat(first, night()).key != render_secretariat(a_night(), night()).key


def test_the_summary_of_a_quiet_night_says_that_nothing_waits() -> None:
    mail = render_secretariat(NightSummary((evaluation(MOVERS, 2016, Rating.ON_TRACK),), (), (), ()), night())
    assert mail.subject == "【根室市創生総合戦略】夜間処理の結果（通知0通 平成30年11月22日）"
    assert "確認事項    ありません。" in mail.text


def flat(text: str) -> str:
    return re.sub(r"\s+", "", text)


def stripped(markup: str) -> str:
    """What a gateway leaves of an HTML part: its words."""
    return html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"(?s)<head>.*?</head>", "", markup)))


def test_text_and_html_say_the_same_words() -> None:
    for mail in letters():
        assert flat(re.sub("[━─]", "", mail.text)) == flat(stripped(mail.html))


def test_every_fact_survives_the_loss_of_the_html() -> None:
    mail = letters()[0]
    words = flat(body(mail, "plain"))
    facts = (
        "根室市への移住者数|遅れ|実績6人|目安10人|目標25人|あと19人|あと7人／年|平成28年度|段階確定|houkoku.csv|2行目|"
        "26,399人|26,731人|26,043人|社人研推計26,437人|総計!F39、G39|1803ssjin.xls|25,581人|総合政策部総合政策室|"
        "平成30年12月7日|新しい実績値|季節労働者数5年で473人とし107人減少|±3.4ポイント"
    )
    for fact in facts.split("|"):
        assert flat(fact) in words


def test_no_line_of_the_text_is_wider_than_a_window_of_76_columns() -> None:
    for mail in letters():
        assert max(display_width(line) for line in mail.text.split("\n")) <= 76


def test_the_html_asks_for_nothing_from_outside_and_changes_nothing() -> None:
    for mail in letters():
        for tag in ("<a ", "<img", "<form", "<script", "<link", "http:", "https:", "url("):
            assert tag not in mail.html
        assert '<html lang="ja">' in mail.html
        assert "background" not in mail.html, "the window's own background, light or dark, shows through"
        assert not re.search(r"[^-]color: ", mail.html.replace("border-left: 6px solid", "")), (
            "text keeps the window's colour"
        )
        assert mail.html.count("<th ") == mail.html.count('<th scope="row"')


def test_markup_in_a_name_stays_words() -> None:
    slip = a_slip()
    row = replace(MOVERS, name='<img src="x">&移住者', quote=Quote("<b>5年</b>", 1))
    context = night()
    edition = replace(context.edition, indicators_by_revision=(("2015-10-30", (row,)),))
    mail = render_digest(FISHERY, [slip], replace(context, edition=edition))
    assert "<img" not in mail.html
    assert "<b>" not in mail.html
    assert '<img src="x">&移住者' in mail.text


def test_a_mail_on_the_wire_is_marked_threaded_and_text_first() -> None:
    mail = render_digest(FISHERY, [a_slip()], night())
    message = parsed(mail)
    assert message.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert body(mail, "plain") == mail.text
    assert body(mail, "html") == mail.html
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "<kpi.city.nemuro.example>"
    assert message["References"] == "<thread.2015.g2-i1-1.2016@city.nemuro.example>"
    assert message["Message-ID"] == f"<2018-11-22.fishery.{mail.key}@city.nemuro.example>"
    assert message["Subject"] == mail.subject
    assert message["From"] == "総合戦略指標管理システム <kpi@city.nemuro.example>"
    assert message["To"] == FISHERY.address
    assert message["Reply-To"] == POLICY.address
    assert message["Date"] == "Fri, 23 Nov 2018 06:00:00 +0900"
    assert message["List-Unsubscribe-Post"] is None


def test_mails_about_several_things_thread_by_department() -> None:
    assert letters()[0].headers["References"] == "<thread.2015.fishery@city.nemuro.example>"
    assert letters()[1].headers["References"] == "<thread.2015.night@city.nemuro.example>"


def test_the_same_mail_is_the_same_bytes_with_short_lines_and_no_bare_line_feed() -> None:
    for mail, again in zip(letters(), letters(), strict=True):
        wire = to_message(mail, date=AT).as_bytes()
        assert wire == to_message(again, date=AT).as_bytes()
        assert wire.isascii()
        assert max(len(line) for line in wire.split(b"\r\n")) <= 998
        assert b"\n" not in wire.replace(b"\r\n", b"")
        assert b"\r" not in wire.replace(b"\r\n", b"")


def test_the_key_follows_what_is_told() -> None:
    mail = render_digest(FISHERY, [a_slip()], night())
    assert re.fullmatch(r"[0-9a-f]{64}", mail.key)
    assert mail.key == render_digest(FISHERY, [a_slip()], night()).key
    other = change(ChangeKind.OPENED, evaluation(MOVERS, 2016, Rating.BEHIND, actual=Decimal(7)))
    assert mail.key != render_digest(FISHERY, [other], night()).key
    assert mail.key != render_digest(POLICY, [a_slip()], night()).key
    assert mail.key != render_digest(FISHERY, [a_slip()], night(day=date(2018, 11, 23))).key


def test_a_mail_with_many_kinds_keeps_its_subject_short() -> None:
    kinds = (ChangeKind.OPENED, ChangeKind.WORSE, ChangeKind.BETTER, ChangeKind.RECOVERED, ChangeKind.REVISED)
    changes = [change(kind, evaluation(MOVERS, 2012 + n, Rating.BEHIND)) for n, kind in enumerate(kinds)]
    subject = render_digest(FISHERY, changes, night()).subject
    assert subject == "【根室市創生総合戦略】指標の変化5件（水産経済部 平成30年11月22日）"


JIS = (
    "".join(chr(code) for code in (*range(0x20, 0x7F), *range(0x3041, 0x3094), *range(0x30A1, 0x30F7)))
    + "根室市創生総合戦略【】（）・、"
)


@given(st.text(JIS, min_size=1, max_size=59).filter(lambda text: text == " ".join(text.split())))
def test_a_subject_is_read_as_it_was_written(subject: str) -> None:
    mail = replace(render_digest(FISHERY, [a_slip()], night()), subject=subject)
    assert parsed(mail)["Subject"] == subject


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "移住者①"},
        {"subject": "移住者㈱"},
        {"subject": "長" * 60},
        {"subject": "遅れ\r\nBcc: evil@example.org"},
        {"subject": "遅れ\nBcc: evil@example.org"},
        {"to": "suisan@city.nemuro.example\r\nBcc: evil@example.org"},
        {"to": "suisan@city.nemuro.example, evil@example.org"},
        {"to": "水産@city.nemuro.example"},
        {"to": ""},
        {"sender": "管理\r\nBcc: evil@example.org <kpi@city.nemuro.example>"},
        {"sender": "髙橋 <kpi@city.nemuro.example>"},
        {"sender": "a <b@c.example> <kpi@city.nemuro.example>"},
        {"reply_to": "seisaku@city.nemuro.example\nX: y"},
        {"headers": {"References": "<a@b>\r\nBcc: evil@example.org"}},
        {"headers": {"Bcc: evil@example.org\r\nX": "y"}},
    ],
)
def test_nothing_can_be_slipped_into_a_header(changes: dict[str, object]) -> None:
    mail = replace(render_digest(FISHERY, [a_slip()], night()), **changes)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationWrong) as fault:
        to_message(mail, date=AT)
    assert fault.value.what
    assert fault.value.remedy


def test_a_name_that_cannot_be_a_subject_is_refused_before_the_mail_is_written_down() -> None:
    for name in ("水産㈱部", "水産\n経済部", "長い名前の部" * 10):
        with pytest.raises(ConfigurationWrong, match="Subject of a mail"):
            render_digest(replace(FISHERY, name=name), [a_slip()], night())
    with pytest.raises(ConfigurationWrong, match="Mail address"):
        render_digest(replace(FISHERY, address="suisan"), [a_slip()], night())


def contrast(colour: str, ground: str) -> float:
    """The contrast of two colours (WCAG 2.2, relative luminance)."""

    def luminance(code: str) -> float:
        parts = [int(code[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    lighter, darker = sorted((luminance(colour), luminance(ground)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("ground", ["#ffffff", "#1b1b1b"])
def test_the_coloured_bars_are_seen_in_light_and_dark(ground: str) -> None:
    assert min(contrast(colour, ground) for colour in (*COLOURS.values(), PLAIN)) >= 3


def test_a_department_whose_id_cannot_stand_in_a_message_id_is_refused() -> None:
    with pytest.raises(ConfigurationWrong, match="Id of a department"):
        render_digest(replace(FISHERY, id="水産>"), [a_slip()], night())


@pytest.mark.parametrize(
    ("address", "allow", "live", "expected"),
    [
        ("suisan@city.nemuro.example", (), True, True),
        ("suisan@city.nemuro.example", (), False, False),
        ("suisan@city.nemuro.example", ("suisan@city.nemuro.example",), False, True),
        ("Suisan@City.Nemuro.example", ("city.nemuro.example",), False, True),
        ("suisan@city.nemuro.example", ("@CITY.nemuro.example",), False, True),
        ("suisan@evil-city.nemuro.example", ("city.nemuro.example",), False, False),
        ("suisan@city.nemuro.example.evil.org", ("city.nemuro.example",), False, False),
        ("suisan@sub.city.nemuro.example", ("city.nemuro.example",), False, False),
    ],
)
def test_outside_production_only_the_allowed_receive(
    address: str, allow: tuple[str, ...], live: bool, expected: bool
) -> None:
    assert may_receive(address, allow, live) is expected


def test_an_eml_file_is_written_once_under_its_own_name(tmp_path: Path) -> None:
    mail = render_digest(FISHERY, [a_slip()], night())
    folder = EmlFolder(tmp_path / "mail")
    for _ in range(2):
        folder.send(to_message(mail, date=AT))
    (file,) = (tmp_path / "mail").iterdir()
    assert file.name == f"2018-11-22_fishery_{mail.key[:8]}.eml"
    assert file.read_bytes() == to_message(mail, date=AT).as_bytes()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (("10.6", "10.7"), 1),
        (("10.580", "10.590"), 2),
        (("10.5801", "10.5802"), 3),
        (("10.6", "10.6"), 1),
        ((None,), 1),
    ],
)
def test_values_that_differ_look_different(values: tuple[str | None, ...], expected: int) -> None:
    assert digits_for(SURVEY, [None if value is None else Decimal(value) for value in values]) == expected


def test_numbers_are_written_for_people() -> None:
    assert number(Decimal("8570882.17"), 0) == "8,570,882"
    assert number(Decimal("-331.8"), 0) == "マイナス332"
    assert number(Decimal("2.5"), 0) == "3"
    assert number(Decimal("-0.2"), 0) == "0"
    assert pace_text(Decimal("0.7996")) == "0.79"
    assert pace_text(None) == "―"


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("FY2017", "平成29年度（2017年4月から2018年3月まで）"),
        ("2018", "平成30年（2018年1月から12月まで）"),
        ("2019-05", "令和元年5月（2019年）"),
        ("2018-01-01", "平成30年1月1日（2018年）現在"),
        ("2013/2017", "平成25年から平成29年まで（2013年から2017年）"),
    ],
)
def test_periods_are_named_in_both_calendars(period: str, expected: str) -> None:
    assert period_label(period) == expected


@given(st.text(JIS + "\n、。」「abc 123,456", max_size=200), st.integers(min_value=20, max_value=80))
def test_folding_loses_no_word_and_keeps_the_width(text: str, width: int) -> None:
    folded = fold(text, first="実績  ", rest="      ", width=width)
    assert max(display_width(line) for line in folded.split("\n")) <= width
    assert flat(folded) == flat("実績" + text)


def test_a_full_stop_never_begins_a_line_and_a_bracket_never_ends_one() -> None:
    folded = fold("平成三十年度の実績は「遅れ」でした。次の年度も「遅れ」です。" * 4, width=22)
    assert not any(line[0] in "、。」" or line[-1] == "「" for line in folded.split("\n"))


def test_a_number_is_never_broken_by_the_bracket_behind_it() -> None:
    folded = fold("うち分子（17,168→15,015）によるもの、分母（28,549→26,399）によるもの。" * 3, width=25)
    assert not re.search(r"[0-9,]\n[0-9,）]", folded)
    assert "\n）" not in folded


def test_a_long_subject_is_sent_in_encoded_words_that_are_base64_of_utf8() -> None:
    wire = to_message(letters()[0], date=AT).as_bytes()
    (header,) = re.findall(rb"(?ms)^Subject: (.*?)\r\n(?! )", wire)
    words = re.findall(rb"=\?utf-8\?b\?([^?]*)\?=", header)
    assert "".join(b64decode(word).decode() for word in words) == letters()[0].subject
