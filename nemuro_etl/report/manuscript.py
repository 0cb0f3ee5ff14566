"""The 調書 in words: every written form sets this in type, and adds no number and no word of its own."""

from collections.abc import Iterable, Iterator
from decimal import Decimal

from nemuro_etl.catalog.types import Indicator, Project, Shape
from nemuro_etl.model.alert import CAUSE_LABELS
from nemuro_etl.model.evaluation import DATA_STATE_LABELS, RATING_LABELS, Evaluation, Rating
from nemuro_etl.model.figure import decimal_text
from nemuro_etl.model.period import fiscal_year_label
from nemuro_etl.model.wording import NONE, day_text, unit_text
from nemuro_etl.report.blocks import (
    Block,
    Boxes,
    Cell,
    Column,
    Facts,
    Heading,
    Listing,
    Manuscript,
    Paragraph,
    Picture,
    Table,
    TableRow,
    cell,
)
from nemuro_etl.report.charts import RATINGS_SENTENCE, draw_ratings, draw_row
from nemuro_etl.report.content import (
    SHOWN_LABELS,
    FiscalYearReport,
    GoalPart,
    MeasurePart,
    Remark,
    Row,
    count_ratings,
)
from nemuro_etl.report.dashboard import MARKS, aim_words, data_words
from nemuro_etl.report.edition import EDITION_LABELS, ReportEdition
from nemuro_etl.report.numbers import number, pace, percent
from nemuro_etl.report.reference import Reference

CODE = "参照コード"


def write_manuscript(report: FiscalYearReport) -> Manuscript:
    """The report as it is read from the first line to the last."""
    parts = (
        _overview(report),
        _changes(report),
        _list(report),
        *(_goal(report, part) for part in report.goals),
        _population(report),
        _comparison(report),
        _states(report),
        _reading(report),
    )
    state = "（確定した版）" if report.frozen else ""
    return Manuscript(
        title=f"{report.edition.title} 効果検証調書",
        subtitle=(
            f"{fiscal_year_label(report.fiscal_year)}　{EDITION_LABELS[report.report_edition]}{state}",
            f"{day_text(report.as_of)}（{report.as_of.isoformat()}）現在",
        ),
        blocks=tuple(block for part in parts for block in part),
        footer=f"{report.system_name}が作成しました。戦略は{report.revision}の改訂によります。お問合せ：{report.contact}",
    )


def _overview(report: FiscalYearReport) -> Iterator[Block]:
    total = count_ratings(report.rows)
    counts = [(f"基本目標{part.goal.number}", count_ratings(part.rows)) for part in report.goals]
    counts.append(("人口", count_ratings(report.vision)))
    good, slipping, open_ = (
        sum(total[rating] for rating in ratings)
        for ratings in (
            (Rating.ACHIEVED, Rating.ON_TRACK, Rating.MOSTLY_ON_TRACK),
            (Rating.BEHIND, Rating.FAR_BEHIND, Rating.REGRESSED),
            (Rating.IN_PROGRESS, Rating.NOT_RATED),
        )
    )
    yield Heading(1, "概況", "overview")
    yield Paragraph(
        f"{len(report.distinct)}の指標のうち、達成・順調・概ね順調が{good}、遅れ・大幅な遅れ・後退が{slipping}、"
        f"取組中・判定対象外が{open_}です。"
    )
    yield Paragraph(
        f"判定の区分はこの仕組みの運用上のもので、{report.city}が定めたものではありません。区分は「判定の見方と出典」にあります。",
        note=True,
    )
    yield Picture(draw_ratings(counts), RATINGS_SENTENCE, (), wide=True)
    yield Table(
        "判定の内訳（単位：件。判定できる最も新しい年度による。再掲は含まない）",
        (
            Column("区分"),
            *(Column(_rating_text(one), numeric=True, rating=one) for one in Rating),
            Column("計", numeric=True),
        ),
        (*(_counted(name, row) for name, row in counts), _counted("計", total, total=True)),
    )


def _counted(name: str, counts: dict[Rating, int], *, total: bool = False) -> TableRow:
    numbers = [*counts.values(), sum(counts.values())]
    return TableRow((cell(name), *(cell(str(count), Decimal(count)) for count in numbers)), total=total)


def _changes(report: FiscalYearReport) -> Iterator[Block]:
    if not report.changed or report.changed_since is None:
        return
    yield Heading(1, "前回の作成から変わった数値", "changed")
    yield Table(
        f"{day_text(report.changed_since)}現在の{EDITION_LABELS[report.report_edition]}と異なるもの",
        (
            Column("指標"),
            Column("年度"),
            Column("項目"),
            Column("前回", numeric=True),
            Column("今回", numeric=True),
            Column(CODE, code=True),
        ),
        tuple(
            TableRow(
                (
                    cell(_name(one.row)),
                    cell(fiscal_year_label(one.fiscal_year)),
                    cell(SHOWN_LABELS[one.what]),
                    cell(one.before),
                    cell(one.now),
                    cell(code := str(Reference(one.row.indicator.id, one.fiscal_year, report.as_of))),
                ),
                code,
            )
            for one in report.changed
        ),
    )


def _list(report: FiscalYearReport) -> Iterator[Block]:
    yield Heading(1, "指標の一覧", "list")
    yield Paragraph(
        "判定できる最も新しい年度の実績と判定です（判定しない指標は最も新しい実績）。"
        f"「{CODE}」を nemuro explain に渡すと、その値の元になったファイルのセルまでたどれます。",
        note=True,
    )
    for part in report.goals:
        yield _listed(f"基本目標{part.goal.number}　{part.goal.title}", part.rows)
    yield _listed("人口の目標と将来展望", report.vision)


def _listed(caption: str, rows: Iterable[Row]) -> Table:
    columns = (
        Column("指標"),
        Column("判定"),
        Column("実績", numeric=True),
        Column("年度"),
        Column("目標", numeric=True),
        Column("進捗率", numeric=True),
        Column("所管"),
        Column(CODE, code=True),
    )
    return Table(caption, columns, tuple(_list_row(row) for row in rows))


def _list_row(row: Row) -> TableRow:
    now, code = row.standing, str(row.reference(row.standing))
    return TableRow(
        (
            cell(_name(row)),
            _rating(now.rating),
            _amount(now.actual, row),
            cell(NONE if now.actual is None else fiscal_year_label(now.fiscal_year)),
            _amount(row.indicator.target, row),
            cell(pace(now.pace), now.pace),
            cell(_owner(row)),
            cell(code),
        ),
        code,
    )


def _goal(report: FiscalYearReport, part: GoalPart) -> Iterator[Block]:
    goal = part.goal
    yield Heading(1, f"基本目標{goal.number}　{goal.title}", goal.id)
    yield Heading(2, "数値目標", f"{goal.id}-targets")
    for row in part.targets:
        yield from _row(report, row)
    for measure in part.measures:
        yield from _measure(report, measure)
    yield Heading(2, f"基本目標{goal.number}の評価", f"{goal.id}-remarks")
    yield from _boxes(report, f"基本目標{goal.number}　{goal.title}", part.remarks)


def _measure(report: FiscalYearReport, part: MeasurePart) -> Iterator[Block]:
    measure = part.measure
    title = f"{measure.section}　{measure.title}"
    yield Heading(2, title, measure.id)
    for row in part.rows:
        yield from _row(report, row)
    if part.projects:
        yield _projects(part.projects)
    yield from _boxes(report, title, part.remarks)


def _projects(projects: Iterable[Project]) -> Table:
    return Table(
        "具体的な事業",
        (Column("事業"), Column("区分"), Column("内容")),
        tuple(
            TableRow((cell(project.name), cell("、".join(project.marks) or NONE), cell(project.content or NONE)))
            for project in projects
        ),
    )


def _row(report: FiscalYearReport, row: Row) -> Iterator[Block]:
    indicator = row.indicator
    yield Heading(3, _name(row), indicator.id)
    if not row.distinct:
        yield Paragraph(f"{indicator.same_as} の再掲です。件数には含めていません。", note=True)
    yield _facts(row)
    yield Listing(tuple(_notes(report, row)))
    if chart := draw_row(row):
        yield Picture(chart.svg, chart.sentence, chart.key)
    yield _years(row)
    if row.answers:
        yield _answers(row)
    yield from _boxes(report, indicator.name, row.remarks)


def _boxes(report: FiscalYearReport, subject: str, remarks: Iterable[Remark]) -> Iterator[Boxes]:
    """What is to be written, or in the public edition what was."""
    public = report.report_edition is ReportEdition.PUBLIC
    if shown := tuple(remark for remark in remarks if remark.text or not public):
        yield Boxes(subject, shown)


def _facts(row: Row) -> Facts:
    indicator, now = row.indicator, row.standing
    until = "までの累計" if indicator.shape is Shape.CUMULATIVE else ""
    year = "" if now.actual is None else f"（{fiscal_year_label(now.fiscal_year)}{until}）"
    return Facts(
        (
            ("判定", _rating(now.rating)),
            (f"実績{year}", _amount(now.actual, row)),
            (f"目標（{aim_words(indicator)}）", _amount(indicator.target, row)),
            ("基準値", _amount(now.baseline, row)),
            ("目安", _amount(now.expected, row)),
            ("進捗率（目安比）", cell(pace(now.pace), now.pace)),
            ("達成率", cell(percent(now.attainment), now.attainment)),
            ("必要ペース", _need(now, row)),
            ("値の段階", cell(NONE if now.stage is None else now.stage.value)),
        )
    )


def _notes(report: FiscalYearReport, row: Row) -> Iterator[str]:
    indicator, now = row.indicator, row.standing
    yield f"所管：{_owner(row)}"
    if indicator.baseline_note:
        yield f"基準値：{indicator.baseline_note}"
    yield f"見通し：{row.outlook_words}"
    if now.reason:
        yield f"備考：{now.reason}"
    if row.movement and row.movement.before and row.movement.cause and report.moved_on:
        before = row.movement.before
        yield (
            f"変わった理由：{CAUSE_LABELS[row.movement.cause]}（{day_text(report.moved_on)}。前は"
            f"{fiscal_year_label(before.fiscal_year)}の実績{_amount(before.actual, row).text}で"
            f"「{RATING_LABELS[before.rating]}」）"
        )
    yield f"戦略の記述：「{indicator.quote.text}」（{indicator.location}）"
    if indicator.decision:
        yield f"解釈：{indicator.decision}"
    yield f"出典：{'、'.join(source.title for source in row.sources) or NONE}"


def _years(row: Row) -> Table:
    """The years of a row, in the columns that say something about it."""
    indicator, digits = row.indicator, row.digits
    floor = bool(indicator.lines)
    columns, of_year = zip(
        *(
            (Column(title, numeric=numeric, code=title == CODE), make)
            for title, numeric, shown, make in (
                ("年度", False, True, lambda year: cell(fiscal_year_label(year.fiscal_year))),
                (_actual_title(indicator), True, True, lambda year: _number(year.actual, digits)),
                ("住基", True, floor, lambda year: _number(_basis(year, registry=True), digits)),
                ("国勢調査（換算）", True, floor, lambda year: _number(_basis(year, registry=False), digits)),
                ("目安", True, True, lambda year: _number(year.expected, digits)),
                ("社人研推計", True, floor, lambda year: _number(year.do_nothing, digits)),
                ("目標", True, True, lambda year: _number(year.target, digits)),
                ("進捗率", True, True, lambda year: cell(pace(year.pace), year.pace)),
                ("達成率", True, not floor, lambda year: cell(percent(year.attainment), year.attainment)),
                ("判定", False, True, lambda year: _rating(year.rating)),
                ("データ", False, True, lambda year: cell(data_words(year, row))),
                (CODE, False, True, lambda year: cell(str(row.reference(year)))),
            )
            if shown
        ),
        strict=True,
    )
    unit = f"（単位：{unit_text(indicator.unit)}）" if indicator.unit else ""
    return Table(
        f"年度別の値{unit}",
        columns,
        tuple(TableRow(tuple(make(year) for make in of_year), str(row.reference(year))) for year in row.years),
    )


def _answers(row: Row) -> Table:
    return Table(
        "対応状況",
        (Column("年度"), Column("対応状況"), Column("期限"), Column("記入"), Column("記入日")),
        tuple(
            TableRow(
                (
                    cell(fiscal_year_label(answer.fiscal_year)),
                    cell(answer.text),
                    cell(day_text(answer.until)),
                    cell(answer.by),
                    cell(day_text(answer.as_of)),
                )
            )
            for answer in row.answers
        ),
    )


def _population(report: FiscalYearReport) -> Iterator[Block]:
    total = report.population
    lines = tuple(
        TableRow(
            (
                cell(f"{day_text(point.day)}（{point.day.year}年）"),
                *(_number(value, total.digits) for value in (point.t, point.c, point.t - point.c)),
            )
        )
        for point in total.indicator.lines
    )
    yield Heading(1, "人口の目標と将来展望", "population")
    yield Paragraph(
        "目標に向かう線と、対策を行わない場合の線（国立社会保障・人口問題研究所の推計）は国勢調査の人口によるものです。"
        "毎年の住民基本台帳の人口とは数え方が異なるため、国勢調査に換算した値とともに示します。"
    )
    if chart := draw_row(total, wide=True):
        yield Picture(chart.svg, chart.sentence, chart.key, wide=True)
    yield Table(
        "総人口の二つの線（単位：人）",
        (Column("年月日"), *(Column(title, numeric=True) for title in ("目標に向かう線", "社人研推計", "差"))),
        lines,
    )
    yield Heading(2, "人口の指標", "vision")
    for row in report.vision:
        yield from _row(report, row)


def _comparison(report: FiscalYearReport) -> Iterator[Block]:
    compared = report.comparison
    if compared is None:
        return
    yield Heading(1, "新旧対照表", "comparison")
    if not compared.rows:
        yield Paragraph(f"{compared.after.title}では、指標の定めは変わっていません。")
        return
    yield Table(
        f"{compared.after.title}（左）と{compared.before.title}（右）。変わったところに下線",
        (Column("箇所"), Column("改正後"), Column("改正前"), Column("備考")),
        tuple(
            TableRow((cell(row.location), Cell(row.after), Cell(row.before), cell(row.note))) for row in compared.rows
        ),
    )


def _states(report: FiscalYearReport) -> Iterator[Block]:
    yield Heading(1, "データの状態", "missing")
    yield Paragraph("実績のない指標と年度です（再掲を除く）。" if report.missing else "実績のない指標はありません。")
    for state, found in report.missing:
        yield Heading(2, f"{DATA_STATE_LABELS[state]}　{len(found)}指標", f"missing-{state}")
        yield Listing(
            tuple(
                f"{row.indicator.name}（{'、'.join(fiscal_year_label(year.fiscal_year) for year in years)}）　{_owner(row)}"
                for row, years in found
            )
        )
    if report.provisional:
        yield Heading(2, f"確定していない値　{len(report.provisional)}指標", "provisional")
        yield Listing(tuple(f"{_name(row)}（{'、'.join(map(_stage, row.provisional))}）" for row in report.provisional))


def _reading(report: FiscalYearReport) -> Iterator[Block]:
    bands = report.bands
    on_track, mostly, behind, far = map(
        decimal_text, (bands.on_track, bands.mostly_on_track, bands.behind, bands.far_behind)
    )
    meanings = {
        Rating.ACHIEVED: "目標に到達",
        Rating.ON_TRACK: f"進捗率{on_track}以上",
        Rating.MOSTLY_ON_TRACK: f"進捗率{mostly}以上{on_track}未満",
        Rating.BEHIND: f"進捗率{behind}以上{mostly}未満",
        Rating.FAR_BEHIND: f"進捗率{far}以上{behind}未満",
        Rating.REGRESSED: f"進捗率{far}未満、又は維持すべき値を保てなかったもの",
        Rating.IN_PROGRESS: "実現したかどうかの指標で、最終年度の前のもの",
        Rating.NOT_RATED: "実績値がない、対象の期間が終わっていないなど",
    }
    yield Heading(1, "判定の見方と出典", "reading")
    yield Paragraph(
        "「目安」は、計画どおりに進んだ場合にその時点で達しているべき値です。判定は、基準値から目安までの動きに対する"
        "実績の動きの比（進捗率）によります。区分は次のとおりで、この仕組みの運用上のものです。"
        f"{report.city}が定めたものではありません。"
    )
    yield Table(
        f"判定の区分（{day_text(bands.since)}から）",
        (Column("判定"), Column("意味")),
        tuple(TableRow((_rating(rating), cell(meaning))) for rating, meaning in meanings.items()),
    )
    yield Paragraph(
        "図の縦軸は0から始まるとは限りません。横軸のHは平成、Rは令和です。「出典」のある値は、次の資料によります。"
    )
    yield Listing(tuple(source.credit or source.title for source in report.sources))


def _name(row: Row) -> str:
    return row.indicator.name + ("" if row.distinct else "（再掲）")


def _owner(row: Row) -> str:
    return NONE if row.owner is None else row.owner.name


def _actual_title(indicator: Indicator) -> str:
    return "実績（累計）" if indicator.shape is Shape.CUMULATIVE else "実績"


def _stage(year: Evaluation) -> str:
    known = "" if year.stage is None else year.stage.value
    return f"{fiscal_year_label(year.fiscal_year)} {known}".rstrip()


def _rating_text(rating: Rating) -> str:
    return f"{MARKS[rating]} {RATING_LABELS[rating]}"


def _rating(rating: Rating) -> Cell:
    return cell(_rating_text(rating), rating=rating)


def _number(value: Decimal | None, digits: int) -> Cell:
    return cell(number(value, digits), value)


def _amount(value: Decimal | None, row: Row) -> Cell:
    unit = "" if value is None else unit_text(row.indicator.unit)
    return cell(f"{number(value, row.digits)}{unit}", value)


def _basis(year: Evaluation, *, registry: bool) -> Decimal | None:
    found = (basis.actual for basis in year.bases if (basis.basis == "registry") == registry)
    return next(found, None)


def _need(year: Evaluation, row: Row) -> Cell:
    need = year.need_per_year
    if need is None:
        return cell(NONE)
    if not need:
        return cell("なし（目標に到達）", need)
    way = "" if row.indicator.shape is Shape.CUMULATIVE else "の増" if need > 0 else "の減"
    return cell(f"{number(abs(need), row.digits)}{unit_text(row.indicator.unit)}／年{way}", need)
