"""An original: bytes by their SHA-256, with where, when and how they were obtained."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One original as it was first obtained. `obtained_at` is when every figure in it counts as recorded."""

    sha256: str
    size: int
    source: str
    name: str
    """The file's name as it was handed over or sent."""
    origin: str
    """The address (secrets masked) or the folder and file name it came from."""
    how: str
    """folder, command or http."""
    obtained_at: datetime
