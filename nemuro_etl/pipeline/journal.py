"""The journal: what was done with the originals and when, one line a deed, beside them in the home.

Originals and journal together are the whole truth: the warehouse can be made again from them (rebuilding.py). A line is
written before its deed is committed, for doing a deed twice comes to the same, and a deed without its line is lost.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from nemuro_etl.errors import OriginalDamaged
from nemuro_etl.pipeline.house import House


class Deed(StrEnum):
    """What a line tells of."""

    LOADED = "loaded"
    SOURCE_NOTED = "source_noted"
    JUDGED = "judged"
    WARNED = "warned"
    DECIDED = "decided"
    ANSWERED = "answered"
    SENDING = "sending"
    SENT = "sent"
    NOT_SENT = "not_sent"
    COMMENTED = "commented"
    REPORTED = "reported"
    FROZEN = "frozen"
    DOUBTED = "doubted"
    REFUSED = "refused"
    RELEASED = "released"
    SENT_AGAIN = "sent_again"


@dataclass(frozen=True, slots=True)
class Entry:
    """One deed, when it was done (by the clock that was given), and its facts."""

    at: datetime
    deed: Deed
    facts: dict[str, Any]


def write_entry(house: House, deed: Deed, **facts: object) -> None:
    """Add one line, on disk before this returns. Nothing is written while the warehouse is being rebuilt."""
    if house.replaying:
        return
    line = json.dumps({"at": house.now.isoformat(), "deed": deed, **facts}, ensure_ascii=False)
    with _file(house).open("ab") as journal:
        journal.write(line.encode() + b"\n")
        journal.flush()
        os.fsync(journal.fileno())


def read_entries(house: House) -> Iterator[Entry]:
    """Every deed in the order in which they were done; a last line that was cut off by a crash is left out.

    Raises OriginalDamaged naming the line that cannot be read.
    """
    file = _file(house)
    lines = file.read_bytes().split(b"\n")[:-1] if file.exists() else []
    for number, line in enumerate(lines, start=1):
        try:
            facts = json.loads(line)
            yield Entry(datetime.fromisoformat(facts.pop("at")), Deed(facts.pop("deed")), facts)
        except (ValueError, KeyError) as fault:
            raise OriginalDamaged(
                what=f"{file}, line {number}, cannot be read: {fault}.",
                expected="Expected: one deed as JSON.",
                kept="Nothing was rebuilt from this line on.",
                remedy="Restore the journal from a backup, then run on an empty warehouse: nemuro rebuild",
            ) from None


def _file(house: House) -> Path:
    return house.settings.home / "journal.jsonl"
