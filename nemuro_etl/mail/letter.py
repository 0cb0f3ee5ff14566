"""A letter: a greeting, sections of labelled rows, a closing; rendered as text and as HTML from the same words."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from nemuro_etl.mail.wording import WIDTH, fold
from nemuro_etl.model.evaluation import Rating
from nemuro_etl.model.wording import display_width

if TYPE_CHECKING:
    from jinja2 import Environment

_LABEL_COLUMNS = 12

COLOURS = {
    Rating.ACHIEVED: "#2e7d32",
    Rating.ON_TRACK: "#2e7d32",
    Rating.MOSTLY_ON_TRACK: "#558b2f",
    Rating.BEHIND: "#c77700",
    Rating.FAR_BEHIND: "#d84315",
    Rating.REGRESSED: "#d32f2f",
}
"""A bar beside the words, never instead of them: all have 3:1 against white and against near-black."""
PLAIN = "#757575"


@dataclass(frozen=True, slots=True)
class Section:
    """One part of a letter: its heading, and rows of (label, value); a value may have several lines."""

    title: str
    subtitle: str
    colour: str
    rows: tuple[tuple[str, str], ...]
    reply: str = ""
    """A mailto: address that begins an answer, for the HTML; the text part says the same in words."""


@dataclass(frozen=True, slots=True)
class Letter:
    """Everything that a mail says. Paragraphs and values are plain text."""

    subject: str
    greeting: str
    opening: tuple[str, ...]
    sections: tuple[Section, ...]
    closing: tuple[str, ...]


def render_text(letter: Letter) -> str:
    """The text part: at most 76 columns a line, every fact of the letter."""
    return _environment().get_template("letter.txt.j2").render(letter=letter)


def render_html(letter: Letter) -> str:
    """The same letter as HTML: inline styles, no images, and nothing to click but what begins a mail."""
    return _environment().get_template("letter.html.j2").render(letter=letter)


def _row(row: tuple[str, str]) -> str:
    label, value = row
    indent = " " * _LABEL_COLUMNS
    if display_width(label) < _LABEL_COLUMNS:
        return fold(value, first=label + " " * (_LABEL_COLUMNS - display_width(label)), rest=indent)
    return fold(label) + "\n" + fold(value, first=indent, rest=indent)


@cache
def _environment() -> "Environment":
    # Only a night that mails pays for the template engine.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["fold"] = fold
    environment.filters["row"] = _row
    environment.globals["rule"] = "─" * (WIDTH // 2)
    environment.globals["double_rule"] = "━" * (WIDTH // 2)
    return environment
