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


_MAILS_SHOWN = 40


@dataclass(frozen=True, slots=True)
class NightReport:
    """A night in words. `collected`: (source, file, status, figures); `mails`: (department, subject, what became)."""

    as_of: date
    collected: Sequence[tuple[str, str, str, int]]
    faults: Sequence[str]
    remarks: Sequence[str]
    strategies: int
    """How many were judged."""
    ratings: Mapping[Rating, int]
    """Distinct indicators by the rating of their newest rated year."""
    rated_years: Mapping[int, int]
    """Distinct indicators by their newest rated fiscal year."""
    shown: str | None
    """An indicator that is behind or worse, to be looked at; None when none is."""
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
        of = "" if self.strategies == 1 else f" of {self.strategies} strategies"
        lines += ["", f"Indicators{of} by rating, each in its newest rated year ({years or 'none is rated yet'})"]
        lines += [f"  {count:3d}  {RATING_LABELS[rating]} {rating}" for rating, count in self.ratings.items()]
        lines.append(f"  {sum(self.ratings.values()):3d}  in all")
        kinds = ", ".join(f"{kind}: {count}" for kind, count in self.mail_kinds.items())
        lines += [
            "",
            f"Mails{f' ({kinds})' if kinds else ''}",
            *(f"  {name}: {subject}\n    {outcome}" for name, subject, outcome in self.mails[:_MAILS_SHOWN]),
        ]
        if len(self.mails) > _MAILS_SHOWN:
            lines.append(f"  and {len(self.mails) - _MAILS_SHOWN:,} more: {self.command} outbox list")
        if not self.mails:
            lines.append("  none: nothing is new, so nobody is told")
        lines += ["", f"{'unchanged' if not self.changed else 'changed'}; {_EXITS.get(self.exit, str(self.exit))}"]
        lines += ["", "Next", *self._next()]
        return "\n".join(lines)

    @staticmethod
    def _collected_line(source: str, file: str, status: str, figures: int) -> str:
        return f"  {source}: {file or '(address)'} {status}{f', {figures:,} new figures' if figures else ''}"

    def _next(self) -> list[str]:
        folder = self.rehearsal or self.home / "mail"
        return [
            f"  less {folder}/*.eml",
            "      what the departments read",
            f"  {self.command} status",
            "      every indicator as it stands",
            f"  {self.command} explain {self.shown or 'g2-n1'}",
            "      from the rating to the cell it came from",
        ]
