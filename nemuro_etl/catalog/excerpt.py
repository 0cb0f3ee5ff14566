"""The lines of the strategy document that config/ refers to, and whether quoted words stand there."""

import re
import unicodedata
from functools import lru_cache
from pathlib import Path

from nemuro_etl.catalog.section import Faults, Section

_TAG = re.compile(r"</?[a-z]+>")
_SPACE = re.compile(r"\s+")
_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?")
_LONGEST_QUOTE = 6
"""Lines of the document that one quote may run over."""


@lru_cache(maxsize=4096)
def fold(text: str) -> str:
    """`text` as quotes are compared: NFKC, tags away, every run of white space one space."""
    return _SPACE.sub(" ", unicodedata.normalize("NFKC", _TAG.sub("", text))).strip()


class Excerpt:
    """document.tsv: `line number<TAB>text of that line`, verbatim."""

    def __init__(self, faults: Faults, path: Path, shown: str) -> None:
        self.shown = shown
        self.lines: dict[int, str] = {}
        self._quoted: set[int] = set()
        self._faults = faults
        try:
            text = path.read_text(encoding="utf-8")
        except FileNotFoundError:
            faults.note(shown, "the file is missing", "add the document's lines that are quoted, as `line<TAB>text`")
            return
        for row, written in enumerate(text.splitlines(), start=1):
            number, tab, words = written.partition("\t")
            if not (number.isascii() and number.isdigit() and tab):
                faults.note(
                    f"{shown}:{row}", "is not `line<TAB>text`", "write the document's line number, a tab, its text"
                )
            elif int(number) in self.lines:
                faults.note(f"{shown}:{row}", f"line {number} stands twice", "remove one of the two")
            else:
                self.lines[int(number)] = words

    def check_quote(self, section: Section, key: str, quote: str, line: int) -> None:
        """Note a fault at `key` unless `quote` begins on `line` of the document and goes on to the next ones."""
        if line not in self.lines:
            section.refuse(
                key,
                f"line {line} of the document is not in {self.shown}",
                f"correct the line number, or add the line to {self.shown}",
            )
            return
        self._quoted.add(line)
        wanted = fold(quote)
        first = fold(self.lines[line])
        joined = first
        for following in range(line + 1, line + _LONGEST_QUOTE):
            if wanted in joined or following not in self.lines:
                break
            self._quoted.add(following)
            joined = f"{joined} {fold(self.lines[following])}"
        if not 0 <= joined.find(wanted) < len(first):
            section.refuse(
                key,
                f"{quote!r} is not in the document at line {line}, which reads {first!r}",
                "copy the words of the document, or correct the line number",
            )

    def check_figure(self, section: Section, key: str, figure: str, line: int) -> None:
        """Note a fault at `key` unless `figure` (1,203) is printed on `line` of the document."""
        self._quoted.add(line)
        if figure not in _FIGURE.findall(fold(self.lines.get(line, ""))):
            section.refuse(
                key,
                f"the figure {figure} is not printed on line {line} of the document ({self.shown})",
                "correct the value or the line number",
            )

    def check_quoted(self) -> None:
        """Note a fault for every line that nothing refers to: this is an excerpt, not the document."""
        for line in self.lines.keys() - self._quoted:
            self._faults.note(self.shown, f"nothing refers to line {line}", "remove the line from the excerpt")
