"""Drawings for paper: the colours of the page's style sheet and the locked font put into them."""

import re
from functools import cache
from html import escape
from pathlib import Path

from nemuro_etl.report.fonts import FAMILY, FOLDERS

KEY_MARKS = {"actual": "●", "registry": "▲", "expected": "╌", "target": "◆", "do-nothing": "┈", "outlook": "○"}
"""What stands for a series where a key is plain text."""
_VARIABLE = re.compile(r"var\(--([a-z_-]+)\)")
_DEFINED = re.compile(r"--([a-z_-]+): (#[0-9a-f]{6});")
_SCALE = 2
"""Pixels for each unit of a drawing: some 250 to the inch as printed."""


def coloured(svg: str) -> str:
    """The drawing as it stands by itself, on white paper."""
    drawn = _VARIABLE.sub(lambda name: colour(name[1]), svg)
    named = drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1) if "xmlns=" not in drawn else drawn
    return named.replace("sans-serif", escape(FAMILY))


def rasterised(svg: str) -> bytes:
    """The drawing as a PNG; the same drawing is the same bytes on every machine."""
    import vl_convert

    _register_fonts()
    return vl_convert.svg_to_png(coloured(svg), scale=_SCALE)


def colour(name: str) -> str:
    """The light colour of a series or rating, #00508f."""
    return _colours()[name]


@cache
def _colours() -> dict[str, str]:
    style = (Path(__file__).parent / "templates" / "dashboard.css").read_text(encoding="utf-8")
    return dict(_DEFINED.findall(style.partition("@media")[0]))


@cache
def _register_fonts() -> None:
    import vl_convert

    for folder in FOLDERS:
        vl_convert.register_font_directory(str(folder))
