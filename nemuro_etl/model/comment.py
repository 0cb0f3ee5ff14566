"""What people write into the report of a fiscal year: evaluations, the council's opinions, the course from here."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class CommentKind(StrEnum):
    """Which box of a goal, a measure or an indicator."""

    INTERNAL = "internal"
    COUNCIL = "council"
    COURSE = "course"


COMMENT_LABELS: Mapping[CommentKind, str] = {
    CommentKind.INTERNAL: "内部評価",
    CommentKind.COUNCIL: "有識者会議の意見",
    CommentKind.COURSE: "今後の方針",
}

_CODE = re.compile(
    r"(?P<subject>[a-z][a-z0-9-]*):(?P<kind>[a-z]+)@FY(?P<fiscal_year>\d{4})#(?P<version>\d{1,6})", re.ASCII
)


_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")

LONGEST = 8000
"""Characters of one text: beyond that a cell of a workbook cannot show it."""


@dataclass(frozen=True, slots=True)
class Box:
    """A place that people write in: one subject's, of one kind, in one fiscal year."""

    subject: str
    """A goal, a measure or an indicator, by its id in config/."""
    kind: CommentKind
    fiscal_year: int

    def code(self, version: int) -> str:
        """`g1-a1-1:internal@FY2017#2`: by which a file that people had names the box, and how many versions it knew."""
        return f"{self.subject}:{self.kind}@FY{self.fiscal_year}#{version}"

    @staticmethod
    def parse(code: str) -> "tuple[Box, int] | None":
        """The box and the version that a code names, or None when it is no code."""
        match = _CODE.fullmatch(code)
        if match is None or match["kind"] not in set(CommentKind):
            return None
        return Box(match["subject"], CommentKind(match["kind"]), int(match["fiscal_year"])), int(match["version"])


@dataclass(frozen=True, slots=True)
class Comment:
    """One version of what stands in a box; a later one stands in its place and erases nothing."""

    edition: str
    fiscal_year: int
    subject: str
    kind: CommentKind
    text: str
    """As it came from outside: to be escaped wherever it is shown."""
    by: str
    as_of: date
    """The Tokyo day on which it was recorded."""

    @property
    def box(self) -> Box:
        return Box(self.subject, self.kind, self.fiscal_year)


def as_recorded(text: str) -> str:
    """A text without what programs add to it on its way: line ends of their own, blanks at ends, control characters."""
    lines = _UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()
