"""What a night did, and where to look: the last lines that an operator sees."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from nemuro_etl.errors import Exit
from nemuro_etl.model.evaluation import RATING_LABELS, Rating
from nemuro_etl.model.period import fiscal_year_label

_EXITS = {
    Exit.DONE: "done",
    Exit.HELD: "something is held for a decision: nemuro revisions list",
    Exit.UNREADABLE: "a file could not be read; nothing of it was loaded",
    Exit.SOURCE_FAILED: "done, but a source or the mail server failed",
}


@dataclass(frozen=True, slots=True)
class NightReport:
    """A night in words. `collected`: (source, file, status, figures); `mails`: (department, subject, what became)."""

    as_of: date
    collected: Sequence[tuple[str, str, str, int]]
    faults: Sequence[str]
    remarks: Sequence[str]
    ratings: Mapping[Rating, int]
    """Distinct indicators by the rating of their newest rated year."""
    rated_years: Mapping[int, int]
    """Distinct indicators by their newest rated fiscal year."""
    slipping: Sequence[str]
    """Ids of indicators that are behind or worse."""
    mails: Sequence[tuple[str, str, str]]
    mail_kinds: Mapping[str, int]
    """How many of `mails` are digests, calls, reminders, …"""
    changed: bool
    exit: Exit
    home: Path
    rehearsal: Path | None
    command: str
    """How this product is called here, with the options that this run had."""

    def text(self) -> str:
        """The report, about thirty lines."""
        lines = [
            f"Night of {self.as_of.isoformat()}{' (rehearsal: nothing recorded or sent)' if self.rehearsal else ''}"
        ]
        lines += ["", "Collected", *(self._collected_line(*entry) for entry in self.collected)]
        if not self.collected:
            lines.append("  no file in any watched folder, no address configured")
        for fault in self.faults:
            lines += ["", *(f"  {line}" for line in fault.splitlines())]
        lines += [f"  note: {remark}" for remark in self.remarks]
        years = ", ".join(
            f"{fiscal_year_label(year)} (FY{year}): {count}" for year, count in sorted(self.rated_years.items())
        )
        lines += ["", f"Indicators by rating, each in its newest rated year ({years or 'none is rated yet'})"]
        lines += [f"  {count:3d}  {RATING_LABELS[rating]} {rating}" for rating, count in self.ratings.items()]
        lines.append(f"  {sum(self.ratings.values()):3d}  in all")
        kinds = ", ".join(f"{kind}: {count}" for kind, count in self.mail_kinds.items())
        lines += [
            "",
            f"Mails{f' ({kinds})' if kinds else ''}",
            *(f"  {name}: {subject}\n    {outcome}" for name, subject, outcome in self.mails),
        ]
        if not self.mails:
            lines.append("  none: nothing changed that has not been told")
        lines += ["", f"{'unchanged' if not self.changed else 'changed'}; {_EXITS.get(self.exit, str(self.exit))}"]
        lines += ["", "Next", *self._next()]
        return "\n".join(lines)

    @staticmethod
    def _collected_line(source: str, file: str, status: str, figures: int) -> str:
        return f"  {source}: {file or '(address)'} {status}{f', {figures:,} new figures' if figures else ''}"

    def _next(self) -> list[str]:
        shown = self.slipping[0] if self.slipping else "g2-n1"
        folder = self.rehearsal or self.home / "mail"
        return [
            f"  less {folder}/*.eml",
            "      what the departments read",
            f"  {self.command} status",
            "      every indicator as it stands",
            f"  {self.command} explain {shown}",
            "      from the rating to the cell it came from",
        ]
