"""The 調書 as one accessible HTML file: no script, no network, light and dark, printable."""

from jinja2 import Environment
from markupsafe import Markup, escape

from nemuro_etl.model.comment import COMMENT_LABELS
from nemuro_etl.model.figure import decimal_text
from nemuro_etl.model.period import fiscal_year_label
from nemuro_etl.model.wording import NONE
from nemuro_etl.report.blocks import Boxes, Facts, Heading, Listing, Paragraph, Picture
from nemuro_etl.report.content import FiscalYearReport
from nemuro_etl.report.dashboard import policy_hash, read_template, template_environment
from nemuro_etl.report.manuscript import write_manuscript
from nemuro_etl.report.measure import foldable_columns


def render_page(report: FiscalYearReport) -> str:
    """The page of a report; the same report is the same text."""
    style = read_template("dashboard.css") + read_template("page.css")
    return (
        _environment()
        .get_template("page.html.j2")
        .render(report=report, manuscript=write_manuscript(report), style=Markup(style), style_hash=policy_hash(style))
    )


def _environment() -> Environment:
    environment = template_environment()
    environment.filters.update(
        exact=decimal_text, year=fiscal_year_label, box=COMMENT_LABELS.__getitem__, lines=_lines, svg=Markup
    )
    environment.tests.update(
        {
            kind.__name__.lower(): lambda block, kind=kind: isinstance(block, kind)
            for kind in (Heading, Paragraph, Listing, Facts, Picture, Boxes)
        }
    )
    environment.globals.update(NONE=NONE, folds=foldable_columns)
    return environment


def _lines(text: str) -> Markup:
    """Text with its line ends kept, and nothing of it read as markup."""
    return Markup("<br>").join(escape(line) for line in text.splitlines())
