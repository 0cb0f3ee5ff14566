"""The code beside a reported number, by which `nemuro explain` finds the evaluation that it was taken from."""

import re
from dataclasses import dataclass
from datetime import date

_CODE = re.compile(r"(?P<indicator>[a-z][a-z0-9-]*)@FY(?P<fiscal_year>\d{4})@(?P<as_of>\d{4}-\d{2}-\d{2})")


@dataclass(frozen=True, slots=True)
class Reference:
    """One indicator in one fiscal year as of one day: `g2-i1-1@FY2017@2018-11-22`."""

    indicator: str
    fiscal_year: int
    as_of: date

    def __str__(self) -> str:
        return f"{self.indicator}@FY{self.fiscal_year}@{self.as_of.isoformat()}"

    @staticmethod
    def parse(text: str) -> "Reference | None":
        """The reference that `text` is, or None when it is none."""
        match = _CODE.fullmatch(text)
        if match is None:
            return None
        try:
            as_of = date.fromisoformat(match["as_of"])
        except ValueError:
            return None
        return Reference(match["indicator"], int(match["fiscal_year"]), as_of)
