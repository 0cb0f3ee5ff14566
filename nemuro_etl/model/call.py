"""Calls for figures that are owed: what has been asked of whom, and what is asked tonight."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from nemuro_etl.model.evaluation import Evaluation


class CallKind(StrEnum):
    """The steps in which a figure is chased, each told once; in the order in which they follow."""

    CALL = "call"
    """依頼: a section is asked for its returns."""
    REMINDER = "reminder"
    """再度の依頼: for what is still missing, before the deadline."""
    ESCALATION = "escalation"
    """The secretariat is told which section owes what."""
    OVERDUE = "overdue"
    """The secretariat is told that a publisher is late."""


@dataclass(frozen=True, slots=True)
class Called:
    """One line of the log of calls."""

    edition: str
    fiscal_year: int
    family: str
    department: str
    """Who owes the figures; of a publisher's, the secretariat."""
    kind: CallKind
    as_of: date


@dataclass(frozen=True, slots=True)
class Call:
    """What is told tonight about the missing figures of one family, fiscal year and department."""

    line: Called
    due: date
    """The deadline, or the day on which the publication was expected."""
    missing: tuple[Evaluation, ...]
    """In the order of the document."""
