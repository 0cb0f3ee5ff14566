"""Faults that a person can meet. Each is a fact about the world, told in four parts.

What and where · expected and found · what is kept and what was not done · the next command.
"""

from dataclasses import dataclass
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the command line: the public interface. Where several apply: 4 before 3 before 5."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    HELD = 3
    UNREADABLE = 4
    SOURCE_FAILED = 5
    BUSY = 75


@dataclass
class Fault(Exception):
    """A fact that stops a piece of work, in the four parts that every error of this product has."""

    what: str
    """What is wrong, and where: file, sheet, cell, line, key."""
    expected: str
    """What was expected, and what was found."""
    kept: str
    """What is kept, and what was not done."""
    remedy: str
    """The next command, or the file to edit."""

    exit = Exit.UNEXPECTED

    def __str__(self) -> str:
        return f"{self.what}\n  {self.expected}\n  {self.kept}\n  {self.remedy}"


class ConfigurationWrong(Fault):
    """config/ or the settings contradict themselves; every fault of every file is in `what`."""

    exit = Exit.USAGE


class UsageWrong(Fault):
    """A command was given something that it cannot take."""

    exit = Exit.USAGE


class LayoutChanged(Fault):
    """A publisher's file is not laid out as any layout declared in config/sources/."""

    exit = Exit.UNREADABLE


class FileUnreadable(Fault):
    """The bytes are not a file of the kind that they should be."""

    exit = Exit.UNREADABLE


class FigureImplausible(Fault):
    """A mark, unit, era, code or identity (計A − 計B = 増減数, …) in a file does not hold."""

    exit = Exit.UNREADABLE


class ReturnRefused(Fault):
    """所管課の報告に誤りがある。取り込みは一件も行わない。"""

    exit = Exit.UNREADABLE


class FiguresProvisional(Fault):
    """公表版に、まだ確定していない値が載ろうとしている。公表するかどうかは人が決める。"""

    exit = Exit.HELD


class SourceSilent(Fault):
    """A publisher's address could not be fetched."""

    exit = Exit.SOURCE_FAILED


class OriginalDamaged(Fault):
    """A kept original no longer has the bytes that it had when it was obtained."""

    exit = Exit.UNEXPECTED


class AnotherRunInProgress(Fault):
    """Somebody else is writing to this warehouse."""

    exit = Exit.BUSY


class DatabaseUnusable(Fault):
    """The warehouse cannot be reached, or its schema is newer than this program."""

    exit = Exit.USAGE


class MailUndelivered(Fault):
    """The mail server refused, or did not answer. The mails stay in the outbox."""

    exit = Exit.SOURCE_FAILED
