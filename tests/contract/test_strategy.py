"""The edition FY2015–FY2019 as config/ holds it, against the document and the table it was transcribed from."""

import csv
import re
import unicodedata
from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest

from nemuro_etl.catalog.lines import interpolate
from nemuro_etl.catalog.types import Direction, PeriodBasis, Shape

LATEST = date(2018, 11, 22)
POPULATION = re.compile(r"[pv]20\d\d-")


@pytest.fixture(scope="module")
def edition(catalog):
    (edition,) = catalog.editions
    return edition


@pytest.fixture(scope="module")
def rows(edition):
    return {row.id: row for row in edition.indicators_on(LATEST)}


@pytest.fixture(scope="module")
def transcript(strategy):
    with (strategy / "indicators.csv").open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


@pytest.fixture(scope="module")
def document(strategy):
    return (strategy / "strategy.txt").read_text(encoding="utf-8").split("\n")


def fold(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip()


def test_the_edition_has_67_rows_of_which_51_belong_to_the_goals(edition, rows):
    targets = [row for goal in edition.goals for row in goal.indicators]
    kpi = [row for goal in edition.goals for measure in goal.measures for row in measure.indicators]

    assert len(rows) == 67
    assert (len(targets), len(kpi)) == (10, 41)
    assert list(rows)[:51] == targets + kpi
    assert [len(goal.indicators) for goal in edition.goals] == [4, 3, 3]
    assert [len(goal.measures) for goal in edition.goals] == [5, 7, 5]


def test_two_rows_are_second_memberships_so_that_the_goals_have_50_distinct_indicators(rows):
    twins = {row.id: row.same_as for row in rows.values() if row.same_as}

    assert twins == {"g3-n3": "g2-n1", "v2060-working": "p2060-working"}
    assert len({row.same_as or row.id for row in list(rows.values())[:51]}) == 50


def test_a_second_membership_is_judged_as_the_first(rows):
    first, second = rows["g2-n1"], rows["g3-n3"]

    assert (second.name, second.target, second.lines, second.actual) == (
        first.name,
        first.target,
        first.lines,
        first.actual,
    )
    assert (second.location, second.quote.line) == ("基本目標3 数値目標③", 685)


def test_every_row_is_transcribed_from_the_table(catalog, rows, transcript):
    assert list(rows) == list(transcript)
    for row_id, written in transcript.items():
        row = rows[row_id]
        assert row.shape == written["shape"]
        assert row.unit == written["unit"]
        assert row.decimals == int(written["decimals"])
        assert row.whole == (written["whole"] == "yes")
        assert row.direction == (written["direction"] or Direction.NONE)
        assert row.baseline == (Decimal(written["baseline"]) if written["baseline"] else None)
        assert row.first_actual == (written["baseline_kind"] == "first actual")
        assert row.target == Decimal(written["target"])
        assert row.basis == written["period"]
        assert row.family == written["data_family"]
        assert catalog.owner_on(row, LATEST).name == written["owner_department"]
        assert bool(row.decision) == bool(written["decision"])
        if row.shape in (Shape.FLOOR, Shape.OUTLOOK):
            assert str(row.target_day) == written["target_when"]


def test_the_words_of_every_goal_row_are_those_of_the_table(rows, transcript):
    for row_id, written in transcript.items():
        if not POPULATION.match(row_id):
            assert fold(rows[row_id].quote.text).replace(": ", ":") == fold(written["text"]).replace(": ", ":")


def test_every_quote_stands_in_the_document_where_config_says(rows, document):
    for row in rows.values():
        begins = fold(document[row.quote.line - 1])
        goes_on = fold(" ".join(document[row.quote.line - 1 : row.quote.line + 3]))
        assert 0 <= goes_on.find(fold(row.quote.text)) < len(begins)


def test_every_line_of_the_excerpt_is_the_line_of_the_document(catalog, document):
    excerpt = (catalog.root / "strategy/fy2015-2019/document.tsv").read_text(encoding="utf-8").splitlines()

    assert len(excerpt) == len({line.partition("\t")[0] for line in excerpt})
    for line in excerpt:
        number, _, text = line.partition("\t")
        assert text == document[int(number) - 1].rstrip()


def test_every_project_of_the_document_stands_under_its_measure(edition, document):
    tables: list[list[int]] = []
    for number, line in enumerate(document, start=1):
        if line == "区分\t事業名\t内容":
            tables.append([])
            following = number + 1
        elif tables and number == following and line.strip():
            tables[-1].append(number)
            following += 1
    measures = [measure for goal in edition.goals for measure in goal.measures]

    assert [[project.line for project in measure.projects] for measure in measures] == tables
    assert [len(table) for table in tables] == [10, 15, 7, 8, 4, 3, 11, 9, 8, 14, 7, 10, 4, 1, 4, 1, 10]


def test_a_project_keeps_its_marks_and_loses_its_tags(edition):
    projects = {project.line: project for goal in edition.goals for m in goal.measures for project in m.projects}

    assert projects[364].marks == ("H27新規", "H28拡充")
    assert projects[384].marks == ("H28拡充", "拡充")
    assert projects[384].content == "給付対象の拡大(中高生入院) 給付対象の拡大(中高生入院外)"
    assert (projects[398].name, projects[398].marks) == ("新生児聴覚検査費助成事業", ("H31新規", "再掲"))
    assert (projects[445].name, projects[445].marks) == ("幼保連携型認定こども園整備補助事業", ("新規", "再掲"))
    assert projects[541].marks == ("民間等",)
    assert projects[365].marks == ()
    assert not any("<" in project.name + project.content for project in projects.values())


def test_plans_and_last_fiscal_years_are_as_the_document_gives_them(edition, rows):
    assert [(plan.id, plan.first_fiscal_year, plan.last_fiscal_year) for plan in edition.plans] == [
        ("strategy", 2015, 2019),
        ("sogo-keikaku", 2015, 2025),
        ("jinko-vision", 2015, 2060),
    ]
    of_goals = list(rows.values())[:51]
    assert sum(row.last_fiscal_year == 2019 for row in of_goals) == 47
    assert [row.id for row in of_goals if row.last_fiscal_year == 2020] == ["g1-n2", "g2-n1", "g2-n2", "g3-n3"]
    for row in list(rows.values())[51:]:
        year = int(row.id[1:5])
        assert (row.plan, row.last_fiscal_year) == (
            {2020: "strategy", 2025: "sogo-keikaku", 2060: "jinko-vision"}[year],
            year,
        )


def test_before_the_first_revision_there_are_no_rows(edition):
    assert edition.indicators_on(date(2015, 10, 29)) == ()
    assert [revision.id for revision in edition.revisions] == ["2015-10-30", "2017-11-22", "2018-11-22"]


def test_all_revisions_carry_the_same_rows(edition):
    (_, first), *others = edition.indicators_by_revision

    assert all(later == first for _, later in others)


def test_a_revision_changes_what_it_says_from_its_day_on_and_nothing_else(config_copy):
    config_copy.replace(
        "strategy/fy2015-2019/goal-2.yml",
        "            target: 473\n",
        "            target: 473\n            revised:\n              2017-11-22: {target: 450, baseline_note: 改訂時に見直し}\n"
        "              2018-11-22: {decimals: 1, whole: no}\n",
    )
    (edition,) = config_copy.load().editions
    seen = [
        next(row for row in edition.indicators_on(day) if row.id == "g2-a1-3")
        for day in (date(2017, 11, 21), date(2017, 11, 22), date(2018, 11, 22))
    ]

    assert [row.target for row in seen] == [Decimal(473), Decimal(450), Decimal(450)]
    assert [row.decimals for row in seen] == [0, 0, 1]
    assert [row.baseline for row in seen] == [Decimal(580)] * 3
    assert seen[2].baseline_note == "改訂時に見直し"
    assert len(edition.indicators_on(LATEST)) == 67


def test_an_owner_hands_over_on_a_day_without_gap_or_overlap(config_copy):
    config_copy.replace(
        "strategy/fy2015-2019/goal-2.yml",
        "owners: {2015-10-30: suisan-keizai}",
        "owners: {2015-10-30: suisan-keizai, 2018-04-01: sogo-seisaku}",
    )
    loaded = config_copy.load()
    row = next(row for row in loaded.editions[0].indicators_on(LATEST) if row.id == "g2-a1-1")

    assert loaded.owner_on(row, date(2018, 3, 31)).id == "suisan-keizai"
    assert loaded.owner_on(row, date(2018, 4, 1)).id == "sogo-seisaku"


def test_a_next_edition_of_the_same_city_may_follow(config_copy):
    strategy = config_copy.root / "strategy"
    (strategy / "fy2020-2024").mkdir()
    (strategy / "fy2020-2024" / "document.tsv").write_text(
        "1\t安心して暮らせるまち\n2\t・新規創業件数 5年で15件\n", encoding="utf-8"
    )
    (strategy / "fy2020-2024" / "edition.yml").write_text(
        "title: 第2期\narea: 01223\narea_name: 根室市\ndocument: 第2期\n"
        "plans: {next: {title: 第2期, first_fiscal_year: 2020, last_fiscal_year: 2024}}\n"
        "revisions: {2020-04-01: {title: 策定}}\n",
        encoding="utf-8",
    )
    (strategy / "fy2020-2024" / "goal-1.yml").write_text(
        "id: g1\nnumber: 1\ntitle: 安心して暮らせるまち\nline: 1\nindicators:\n"
        "  g1-n1: {name: 新規創業件数, quote: 新規創業件数 5年で15件, line: 2, plan: next, shape: cumulative, unit: 件,\n"
        "    decimals: 0, whole: yes, direction: up, baseline: 0, baseline_note: 記載なし, target: 15, basis: fiscal year,\n"
        "    family: department, owners: {2020-04-01: suisan-keizai}}\n",
        encoding="utf-8",
    )

    catalog = config_copy.load()
    assert [edition.id for edition in catalog.editions] == ["fy2015-2019", "fy2020-2024"]
    assert catalog.edition_on(date(2020, 3, 31)).id == "fy2015-2019"
    assert catalog.edition_on(date(2020, 4, 1)).id == "fy2020-2024"


def test_a_strategy_of_another_municipality_may_name_its_own_sender_and_secretariat(config_copy):
    config_copy.replace(
        "strategy/fy2015-2019/edition.yml",
        "title: 根室市創生総合戦略\n",
        "title: 根室市創生総合戦略\nalerting: {city: 別海町, secretariat: somu}\n",
    )
    catalog = config_copy.load()
    own = catalog.speaking_for(catalog.editions[0]).alerting
    assert (own.city, own.secretariat) == ("別海町", "somu")
    assert own.answer_within == catalog.alerting.answer_within
    assert catalog.alerting.secretariat == "sogo-seisaku"


def test_what_a_strategy_says_of_its_sender_is_checked_like_the_common_file(config_copy):
    config_copy.replace(
        "strategy/fy2015-2019/edition.yml",
        "title: 根室市創生総合戦略\n",
        "title: 根室市創生総合戦略\nalerting: {secretariat: nobody}\n",
    )
    told = config_copy.refusal()
    assert "edition.yml" in told
    assert "alerting.secretariat: unknown department 'nobody'" in told


@pytest.mark.parametrize(
    ("row_id", "day", "do_nothing", "target"),
    [
        ("p2020-total", date(2015, 10, 1), "27294.5", "27294.5"),
        ("p2020-total", date(2018, 1, 1), "26436.6", "26730.8"),
        ("p2020-total", date(2020, 10, 1), "25390", "26043"),
        ("p2025-total", date(2021, 1, 1), "25294.3", "25979.9"),
        ("g2-n1", date(2015, 10, 1), "2532", "2532"),
        ("g2-n1", date(2018, 1, 1), "2438.75", "2453.17"),
        ("g1-n2", date(2018, 1, 1), "10.590", "10.728"),
        ("v2060-women", date(2060, 10, 1), "883", "1203"),
        ("v2060-fertility-effect", date(2060, 10, 1), "14346", "15262"),
        ("v2060-fertility-effect", date(2025, 10, 1), "24416.8", "24790"),
    ],
)
def test_the_lines_are_those_of_the_worked_examples(rows, row_id, day, do_nothing, target):
    lines = rows[row_id].lines
    for written, value in (
        (do_nothing, interpolate({point.day: point.c for point in lines}, day)),
        (target, interpolate({point.day: point.t for point in lines}, day)),
    ):
        assert value.quantize(Decimal(written)) == Decimal(written)


def test_shares_run_through_exact_quotients_and_end_in_2020(rows):
    for row_id, c, t in (("g1-n2", (2533, 25390), (2678, 26043)), ("g2-n2", (14317, 25390), (14704, 26043))):
        start, end = rows[row_id].lines
        assert (start.day, end.day) == (date(2015, 10, 1), date(2020, 10, 1))
        assert abs(end.c - Decimal(c[0]) / c[1] * 100) < Decimal("1e-24")
        assert abs(end.t - Decimal(t[0]) / t[1] * 100) < Decimal("1e-24")


def test_a_shares_start_lies_between_the_exact_quotients_of_2010_and_2020(rows):
    start = rows["g1-n2"].lines[0]
    first, last = Decimal(3565) / 29198 * 100, Decimal(2533) / 25390 * 100

    assert abs(start.c - (first + (last - first) * 1826 / 3653)) < Decimal("1e-24")


def test_both_lines_of_every_floor_start_together_in_2015(rows):
    dated = [row for row in rows.values() if row.shape in (Shape.FLOOR, Shape.OUTLOOK)]

    assert len(dated) == 19
    for row in dated:
        assert row.lines[0].day == date(2015, 10, 1)
        assert row.lines[0].c == row.lines[0].t
        assert all(before.day < after.day for before, after in pairwise(row.lines))
        assert row.lines[-1].day >= row.target_day


def test_rows_of_one_quantity_share_their_lines(rows):
    for quantity in ("total", "youth", "working", "elderly"):
        assert rows[f"p2020-{quantity}"].lines == rows[f"p2025-{quantity}"].lines == rows[f"p2060-{quantity}"].lines
    assert rows["v2060-fertility-effect"].lines != rows["p2060-total"].lines
    assert rows["v2060-fertility-effect"].lines[0] == rows["p2060-total"].lines[0]


def test_census_figures_are_known_from_their_day_of_publication(edition):
    assert [(figure.day, figure.quantity, figure.value, figure.known_from) for figure in edition.census] == [
        (date(2015, 10, 1), "total", Decimal(26917), date(2016, 10, 26)),
        (date(2015, 10, 1), "youth", Decimal(3033), date(2016, 10, 26)),
        (date(2015, 10, 1), "working", Decimal(15573), date(2016, 10, 26)),
        (date(2015, 10, 1), "elderly", Decimal(8311), date(2016, 10, 26)),
        (date(2020, 10, 1), "total", Decimal(24636), date(2021, 11, 30)),
    ]
    assert edition.census[0].locator == "strategy/fy2015-2019/population.yml:census.2015-10-01.total"


def test_actuals_come_from_where_the_interface_says(rows):
    computed = {row.id: row.actual.sql for row in rows.values() if row.actual.sql}
    published = {row.id: (row.actual.series, row.actual.scale) for row in rows.values() if row.actual.series}

    assert {sql for row_id, sql in computed.items() if not row_id.startswith("g2-i") and row_id != "g2-a5-4"} == {
        "population_total",
        "population_youth",
        "population_working",
        "population_elderly",
        "women_20_39",
        "youth_share",
        "working_share",
        "population_decline_rate",
    }
    assert (computed["g2-i2-1"], computed["g2-i2-3"], computed["g2-a5-4"]) == (
        "winter_visitor_share",
        "overnight_share",
        "trade_total",
    )
    assert rows["g2-a5-4"].actual.scale == Decimal("0.001")
    assert published == {
        "g1-n1": ("vital.tfr", Decimal(1)),
        "v2025-tfr": ("vital.tfr", Decimal(1)),
        "g2-i2-2": ("tourism.foreign_overnight_visitors", Decimal(1)),
        "g3-u1-1": ("furusato.amount", Decimal("0.001")),
    }


def test_returns_are_taken_for_everything_but_population(rows):
    assert {row.id for row in rows.values() if not row.actual.returns} == {
        row.id for row in rows.values() if row.family == "population"
    }


def test_quotients_scale_to_the_unit(rows):
    scales = {"%": Decimal(100), "人/千人": Decimal(1000), "件/千人": Decimal(1000)}

    for row in rows.values():
        if row.id not in ("g3-u1-1", "g2-a5-4"):
            assert row.actual.scale == scales.get(row.unit, Decimal(1))


def test_names_are_short_plain_and_distinct(rows):
    names = [row.name for row in rows.values() if not row.same_as]

    assert len(set(names)) == len(names)
    assert all(len(name) <= 30 for name in names)
    assert not any("目標値" in name or "5年で" in name for name in names)


def test_places_are_named_as_a_person_would(rows):
    assert rows["g1-n1"].location == "基本目標1 数値目標①"
    assert rows["g2-a1-3"].location == (
        "基本目標2 （ア） 経済・雇用対策の推進 ①労働力不足解消のための雇用のミスマッチ解消など需給不均衡の改善"
    )
    assert rows["p2025-youth"].location == "第2章2 ②中期目標／2025年"


def test_surveys_belong_to_the_year_in_which_they_are_taken(rows):
    surveys = [row.id for row in rows.values() if row.basis is PeriodBasis.SURVEY]

    assert surveys == ["g3-n2", "g1-a2-2", "g1-a3-2", "g1-i1-1", "g2-a1-4", "g2-a5-3"]
