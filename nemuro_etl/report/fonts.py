"""The locked Japanese fonts, and what can be printed in them."""

from functools import cache
from importlib.util import find_spec
from pathlib import Path

FAMILY = "Noto Sans CJK JP"
_WHEELS = ("noto_cjk_sans_jp_regular", "noto_cjk_sans_jp_bold")
GETA = "〓"
"""What printers set for a character that the font does not have."""


def _folder(wheel: str) -> Path:
    found = find_spec(wheel)
    assert found is not None, f"{wheel} is locked and not installed"
    assert found.origin is not None
    return Path(found.origin).parent


FOLDERS = tuple(_folder(wheel) for wheel in _WHEELS)


def printable(text: str) -> str:
    """`text` with 〓 for every character that the font does not have, such as a pictograph; a tab is a space."""
    known = _known()
    lines = text.replace("\r\n", "\n").replace("\t", " ")
    return "".join(character if character in known else GETA for character in lines)


@cache
def _known() -> frozenset[str]:
    from fontTools.ttLib import TTFont

    with TTFont(next(FOLDERS[0].glob("*.otf")), lazy=True) as font:
        return frozenset({"\n", *map(chr, font.getBestCmap())})
