"""The dashboard: one HTML file that holds everything, asks no network for anything, and says when it is too old."""

from base64 import b64encode
from hashlib import sha256
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from nemuro_etl.catalog.types import Indicator, Shape
from nemuro_etl.model.alert import CAUSE_LABELS
from nemuro_etl.model.evaluation import DATA_STATE_LABELS, RATING_LABELS, DataState, Evaluation, Rating
from nemuro_etl.model.figure import decimal_text
from nemuro_etl.model.period import fiscal_year_label
from nemuro_etl.model.wording import NONE, day_text, unit_text
from nemuro_etl.report.charts import draw_ratings, draw_row
from nemuro_etl.report.content import FiscalYearReport, Row, count_ratings
from nemuro_etl.report.numbers import number, pace, percent

STALE_AFTER = 2
"""Days: it is written every night, so one that is older has been left behind."""

MARKS = {
    Rating.ACHIEVED: "◎",
    Rating.ON_TRACK: "○",
    Rating.MOSTLY_ON_TRACK: "◇",
    Rating.BEHIND: "△",
    Rating.FAR_BEHIND: "▽",
    Rating.REGRESSED: "×",
    Rating.IN_PROGRESS: "…",
    Rating.NOT_RATED: "－",
}
"""Beside the word, so that ratings differ by shape also where colours cannot be told apart."""

TEMPLATES = Path(__file__).parent / "templates"


def render_dashboard(report: FiscalYearReport) -> str:
    """The dashboard of a report; the same report is the same text."""
    style, script = (read_template(f"dashboard.{kind}") for kind in ("css", "js"))
    counts = [(f"基本目標{part.goal.number}", count_ratings(part.rows)) for part in report.goals]
    counts.append(("人口", count_ratings(report.vision)))
    return (
        _environment()
        .get_template("dashboard.html.j2")
        .render(
            report=report,
            style=Markup(style),
            script=Markup(script),
            style_hash=policy_hash(style),
            script_hash=policy_hash(script),
            stale_after=STALE_AFTER,
            counts=counts,
            total=count_ratings(report.rows),
            ratings_chart=Markup(draw_ratings(counts)),
        )
    )


def _environment() -> Environment:
    environment = template_environment()
    environment.filters.update(
        exact=decimal_text,
        number=number,
        pace=pace,
        percent=percent,
        unit=unit_text,
        day=day_text,
        year=fiscal_year_label,
        word=RATING_LABELS.__getitem__,
        mark=MARKS.__getitem__,
        cause=CAUSE_LABELS.__getitem__,
        state=DATA_STATE_LABELS.__getitem__,
        data=data_words,
        aim=aim_words,
        svg=Markup,
    )
    environment.globals.update(Rating=Rating, draw=draw_row, NONE=NONE, cumulative=Shape.CUMULATIVE)
    return environment


def template_environment() -> Environment:
    """The templates of reports, escaped; a name that is not given is a fault."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def read_template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def policy_hash(text: str) -> str:
    """What a Content-Security-Policy calls a text by."""
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def data_words(year: Evaluation, row: Row) -> str:
    """How the figure of a year is: its state, its stage, and the day or period where that is not the fiscal year."""
    label = DATA_STATE_LABELS[year.data_state]
    said = [] if year.stage is None else [year.stage.value]
    if row.indicator.lines and year.period is not None:
        said.append(f"{year.period}現在")
    return f"{label}（{'、'.join(said)}）" if said and year.data_state is DataState.AVAILABLE else label


def aim_words(indicator: Indicator) -> str:
    """By when the target is to be met."""
    if indicator.target_day is not None:
        return f"{day_text(indicator.target_day)}時点"
    if indicator.shape in (Shape.QUOTA, Shape.MAINTAIN):
        return "毎年度"
    return f"{fiscal_year_label(indicator.last_fiscal_year)}まで"
