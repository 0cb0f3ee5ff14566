"""The sheets of the goals and of the population: for each part its ratings, charts, years, projects and boxes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from nemuro_etl.catalog.types import LinePoint, Project
from nemuro_etl.model.comment import COMMENT_LABELS
from nemuro_etl.model.evaluation import BASIS_LABELS, RATING_LABELS, Evaluation
from nemuro_etl.model.period import fiscal_year_label, japanese_year
from nemuro_etl.model.wording import NONE, unit_text
from nemuro_etl.report.blocks import Block, Facts, Heading, Listing, Manuscript, Paragraph, Picture
from nemuro_etl.report.content import FiscalYearReport, GoalPart, Remark, Row
from nemuro_etl.report.dashboard import data_words
from nemuro_etl.report.edition import ReportEdition
from nemuro_etl.report.manuscript import CODE
from nemuro_etl.report.numbers import number
from nemuro_etl.report.workbook_charts import (
    ACTUAL,
    DO_NOTHING,
    EXPECTED,
    REGISTRY,
    TARGET,
    Columns,
    Gallery,
    chart_days,
    chart_years,
)
from nemuro_etl.report.workbook_data import column_of
from nemuro_etl.report.workbook_sheet import (
    Input,
    Scroll,
    Value,
    number_of,
    pace_of,
    percent_of,
)

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

WIDTHS = (9, 24, 36, 9, 8, 9, 9, 9, 9, 7, 8, 11.5, 6.5, 20)
BOX_TEXT, BOX_CODE = "今年度の記入", "記入欄の記号"
"""By these headings the boxes are found again."""
FIRST_HEADING = "記号"
"""Of every table but that of the boxes."""
_HEADINGS = (
    *(FIRST_HEADING, "指標", "説明", "年度", "単位", "基準値", "実績"),
    *("目安", "目標", "進捗率", "達成率", "判定", "段階", CODE),
)
_BESIDE = 4
"""The column in which a table begins that stands beside a chart."""
_CHARTS_A_ROW, _CHART_SIZE, _CHART_ROOM = 3, (12.1, 6.2), 186.0
_POPULATION_SIZE, _POPULATION_ROOM = (15.0, 10.5), 310.0
_DEFINITIONS = ("戦略の記述", "解釈")
"""Notes that are the same every year: the written forms have them, a row of numbers is easier to read without."""


@dataclass(frozen=True, slots=True)
class Part:
    """What stands together: the targets of a goal, or a measure with its KPIs, and the boxes to it."""

    title: str
    rows: tuple[Row, ...]
    projects: tuple[Project, ...]
    remarks: tuple[tuple[str, Remark], ...]
    """With whose they are."""


class PartWriter:
    """Writes parts of one report, whose words are those of the manuscript."""

    def __init__(
        self,
        report: FiscalYearReport,
        manuscript: Manuscript,
        data: "Worksheet",
        spans: Mapping[str, tuple[int, int]],
        gallery: Gallery,
    ) -> None:
        self._report, self._manuscript = report, manuscript
        self._data, self._spans, self._gallery = data, spans, gallery

    def write_goal(self, sheet: "Worksheet", part: GoalPart) -> None:
        scroll = self._begin(sheet, f"基本目標{part.goal.number}　{part.goal.title}")
        for each in _parts_of(part):
            self._write_part(scroll, each)
        scroll.finish(self._manuscript.title, freeze="C2")

    def write_population(self, sheet: "Worksheet") -> None:
        vision = self._report.vision
        scroll = self._begin(sheet, "人口の目標と将来展望")
        for block in section(self._manuscript, "population"):
            if isinstance(block, Paragraph):
                scroll.write_text(block.text)
        self._write_lines(scroll, self._report.population)
        remarks = tuple((row.indicator.id, remark) for row in vision for remark in row.remarks)
        self._write_part(scroll, Part("人口の目標と将来展望の指標", vision, (), remarks))
        scroll.finish(self._manuscript.title, freeze="C2")

    @property
    def _public(self) -> bool:
        return self._report.report_edition is ReportEdition.PUBLIC

    def _begin(self, sheet: "Worksheet", title: str) -> Scroll:
        scroll = Scroll(sheet, WIDTHS)
        scroll.write_title(title)
        scroll.write_lines(["　".join(self._manuscript.subtitle)])
        if not self._public:
            scroll.write_text(
                f"色の付いたセル（{BOX_TEXT}）に書き込むことができます。ほかのセルは書き換えないでください。"
            )
        return scroll

    def _write_part(self, scroll: Scroll, part: Part) -> None:
        # the public edition shows what was written, and no box that is empty
        remarks = [(whose, remark) for whose, remark in part.remarks if remark.text or not self._public]
        if not (part.rows or part.projects or remarks):
            return
        scroll.write_band(part.title)
        if part.rows:
            scroll.write_label("判定（判定できる最も新しい年度による）")
            scroll.write_table(_HEADINGS, (self._standing(row) for row in part.rows), code=13)
            self._hang_charts(scroll, [row for row in part.rows if _is_drawn(row)])
            scroll.write_label("年度別の値")
            scroll.write_table(_HEADINGS, (_year(row, year) for row in part.rows for year in row.years), code=13)
        if part.projects:
            scroll.write_label("具体的な事業")
            scroll.write_table(("区分", "事業", "内容"), map(_project, part.projects))
        if answers := list(_answers(part.rows)):
            scroll.write_label("対応状況（遅れのお知らせに対する所管課の回答）")
            scroll.write_table((FIRST_HEADING, "指標", "対応状況", "年度", "記入者", "記入日", "期限"), answers)
        if remarks:
            self._write_boxes(scroll, remarks)

    def _write_boxes(self, scroll: Scroll, remarks: Sequence[tuple[str, Remark]]) -> None:
        scroll.write_label("評価と方針")
        scroll.write_table(
            ("欄", "昨年度の記載", BOX_TEXT, "記入者", BOX_CODE),
            (
                (
                    f"{whose}\n{COMMENT_LABELS[remark.kind]}",
                    remark.last_year or NONE,
                    remark.text if self._public else Input(remark.text),
                    remark.by or NONE,
                    remark.code,
                )
                for whose, remark in remarks
            ),
            code=4,
        )

    def _standing(self, row: Row) -> tuple[Value, ...]:
        return _values(row, row.standing, "\n".join(self._explained(row)))

    def _explained(self, row: Row) -> Iterator[str]:
        for block in section(self._manuscript, row.indicator.id):
            match block:
                case Facts(pairs):
                    yield from (f"{name}：{fact.text}" for name, fact in pairs if name in ("必要ペース", "所管"))
                case Listing(items):
                    yield from (item for item in items if not item.startswith(_DEFINITIONS))

    def _hang_charts(self, scroll: Scroll, rows: Sequence[Row]) -> None:
        for first in range(0, len(rows), _CHARTS_A_ROW):
            place = scroll.leave_room(_CHART_ROOM)
            for index, row in enumerate(rows[first : first + _CHARTS_A_ROW]):
                chart = chart_years(_titled(row), list(self._series(row)), _axis_format(row))
                left = 0.2 + index * (_CHART_SIZE[0] + 0.2)
                sentence = self._sentence(row.indicator.id, row)
                self._gallery.hang(scroll.sheet, chart, sentence, row=place, left=left, size=_CHART_SIZE)

    def _series(self, row: Row) -> Iterator[Columns]:
        first, last = self._spans[row.indicator.id]
        for heading, line in (("実績", ACTUAL), ("目安", EXPECTED), ("目標", TARGET)):
            yield Columns(self._data, column_of("年度（和暦）"), column_of(heading), 1, first, last, line)

    def _sentence(self, anchor: str, row: Row) -> str:
        """What the manuscript says of the drawing there; where it has none, what there is to say of this one."""
        drawn = (block.sentence for block in section(self._manuscript, anchor) if isinstance(block, Picture))
        return next(drawn, f"{row.indicator.name}の図。数値は表にある。")

    def _write_lines(self, scroll: Scroll, row: Row) -> None:
        """Both lines of the whole population and its figures, beside their chart."""
        unit, top = unit_text(row.indicator.unit), scroll.row
        points = row.indicator.lines
        measured = [year for year in row.years if year.period is not None and year.bases]
        scroll.write_label(f"総人口の二つの線（単位：{unit}）", column=_BESIDE)
        lines = scroll.write_table(
            ("年月日", "年", "目標に向かう線", "社人研推計", "差"),
            (_line(row, point) for point in points),
            column=_BESIDE,
        )
        scroll.write_label(f"総人口の実績（単位：{unit}）", column=_BESIDE)
        figures = scroll.write_table(
            ("年月日", "年", "住民基本台帳", "国勢調査（換算）"),
            (_measured(row, year) for year in measured),
            column=_BESIDE,
        )
        series = [
            Columns(scroll.sheet, _BESIDE, column, header, header + 1, header + count, line)
            for header, count, column, line in (
                (lines, len(points), _BESIDE + 2, EXPECTED),
                (lines, len(points), _BESIDE + 3, DO_NOTHING),
                (figures, len(measured), _BESIDE + 2, REGISTRY),
                (figures, len(measured), _BESIDE + 3, ACTUAL),
            )
            if count
        ]
        chart = chart_days(_titled(row), series, _axis_format(row), points[0].day.year, points[-1].day.year + 1)
        sentence = self._sentence("population", row)
        self._gallery.hang(scroll.sheet, chart, sentence, row=top, left=0.2, size=_POPULATION_SIZE)
        scroll.leave_room(max(0.0, _POPULATION_ROOM - scroll.height_from(top)))


def section(manuscript: Manuscript, anchor: str) -> Iterator[Block]:
    """What stands in the manuscript between that heading and the next."""
    inside = False
    for block in manuscript.blocks:
        if isinstance(block, Heading):
            inside = block.anchor == anchor
        elif inside:
            yield block


def _parts_of(goal: GoalPart) -> Iterator[Part]:
    targets = tuple((row.indicator.id, remark) for row in goal.targets for remark in row.remarks)
    own = tuple(("基本目標", remark) for remark in goal.remarks)
    yield Part("数値目標", goal.targets, (), targets)
    for part in goal.measures:
        remarks = (
            *((row.indicator.id, remark) for row in part.rows for remark in row.remarks),
            *(("施策", remark) for remark in part.remarks),
        )
        yield Part(f"{part.measure.section}　{part.measure.title}", part.rows, part.projects, remarks)
    yield Part(f"基本目標{goal.goal.number}の評価", (), (), own)


def _values(row: Row, year: Evaluation, words: str) -> tuple[Value, ...]:
    indicator, digits = row.indicator, row.digits
    return (
        indicator.id,
        indicator.name + ("" if row.distinct else "（再掲）"),
        words,
        fiscal_year_label(year.fiscal_year),
        unit_text(year.unit) or NONE,
        *(number_of(value, digits) for value in (year.baseline, year.actual, year.expected, year.target)),
        pace_of(year.pace),
        percent_of(year.attainment),
        year.rating,
        NONE if year.stage is None else year.stage.value,
        str(row.reference(year)),
    )


def _year(row: Row, year: Evaluation) -> tuple[Value, ...]:
    return _values(row, year, "\n".join(_year_words(row, year)))


def _year_words(row: Row, year: Evaluation) -> Iterator[str]:
    unit = unit_text(row.indicator.unit)
    yield data_words(year, row)
    for basis in year.bases:
        yield f"{BASIS_LABELS[basis.basis]}：{number(basis.actual, row.digits)}{unit}（{RATING_LABELS[basis.rating]}）"
    if year.do_nothing is not None:
        yield f"社人研推計：{number(year.do_nothing, row.digits)}{unit}"
    if year.reason:
        yield year.reason


def _line(row: Row, point: LinePoint) -> tuple[Value, ...]:
    numbers = (number_of(value, row.digits) for value in (point.t, point.c, point.t - point.c))
    return point.day, f"{japanese_year(point.day.year, on=point.day)}年", *numbers


def _measured(row: Row, year: Evaluation) -> tuple[Value, ...]:
    day = date.fromisoformat(str(year.period))
    numbers = (number_of(_basis(year, registry=registry), row.digits) for registry in (True, False))
    return day, f"{japanese_year(day.year, on=day)}年", *numbers


def _basis(year: Evaluation, *, registry: bool) -> Decimal | None:
    return next((basis.actual for basis in year.bases if (basis.basis == "registry") == registry), None)


def _project(project: Project) -> tuple[Value, ...]:
    return "、".join(project.marks) or NONE, project.name, project.content or NONE


def _answers(rows: Iterable[Row]) -> Iterator[tuple[Value, ...]]:
    for row in rows:
        for answer in row.answers:
            yield (
                row.indicator.id,
                row.indicator.name,
                answer.text,
                fiscal_year_label(answer.fiscal_year),
                answer.by,
                answer.as_of,
                answer.until,
            )


def _is_drawn(row: Row) -> bool:
    """Whether there is a line to be seen that is not shown elsewhere."""
    return row.distinct and sum(year.actual is not None for year in row.years) > 1


def _titled(row: Row) -> str:
    unit = unit_text(row.indicator.unit)
    return row.indicator.name + (f"（{unit}）" if unit else "")


def _axis_format(row: Row) -> str:
    return "#,##0" + (f".{'0' * row.digits}" if row.digits else "")
