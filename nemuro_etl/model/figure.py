"""A figure: one number about one area and period, with its stage and the cell that it came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum

from nemuro_etl.model.area import AreaKind

READING_COLUMNS = (
    "series",
    "area",
    "area_name",
    "kind",
    "period",
    "dimensions",
    "value",
    "unit",
    "stage",
    "step",
    "sheet",
    "cell",
)
"""Columns of the tidy frame that every reader hands over and every loader takes: one row a figure.

All are text except `value`, which is a whole number (int64 column) or a Decimal (object column), and `step` (int64), the
rounding step of `value` in its unit: 1 for exact, 1000 for yen published in whole thousands. `dimensions` is the
canonical text of `dimensions_text`. `sheet` is the sheet's name, or "" for a text file; `cell` is `F39`, or
`line 12:総人口` in a text file. `stage` is a `Stage` label. Constant columns may be categoricals.
"""


class Stage(Enum):
    """How final a figure is, in the order in which one replaces another (label, rank)."""

    ESTIMATE = "見込み"
    PRELIMINARY = "速報"
    CONFIRMED = "確報"
    RECONFIRMED = "確々報"
    FINAL = "確定"

    @property
    def rank(self) -> int:
        return _RANK[self]

    @property
    def confirmed(self) -> bool:
        """Whether a figure of this stage may open or close a warning (見込み and 速報 may not)."""
        return self.rank >= _RANK[Stage.CONFIRMED]

    @staticmethod
    def of_rank(rank: int) -> "Stage":
        return tuple(Stage)[rank]


_RANK = {stage: rank for rank, stage in enumerate(Stage)}


def dimensions_text(dimensions: Mapping[str, str]) -> str:
    """The one canonical text of a set of dimensions: `age=0-4;sex=female`, keys sorted; "" for none."""
    return ";".join(f"{key}={dimensions[key]}" for key in sorted(dimensions))


def dimensions_of(text: str) -> dict[str, str]:
    """The dimensions that a canonical text names."""
    return dict(part.split("=", 1) for part in text.split(";")) if text else {}


@dataclass(frozen=True, slots=True)
class Figure:
    """A recorded figure. `locators` has more than one entry when it stands in several files."""

    series: str
    area: str
    kind: AreaKind
    period: str
    dimensions: Mapping[str, str]
    value: Decimal
    unit: str
    stage: Stage
    source: str
    snapshot: str | None
    """`sha256…` of the original; None for a figure entered in config."""
    locators: tuple[str, ...]
    recorded_at: datetime | None

    def as_json(self) -> dict[str, object]:
        """The figure as the public interface gives it."""
        return {
            "series": self.series,
            "area": self.area,
            "kind": str(self.kind),
            "period": self.period,
            "dimensions": dict(self.dimensions),
            "value": decimal_text(self.value),
            "unit": self.unit,
            "stage": self.stage.value,
            "source": self.source,
            "snapshot": None if self.snapshot is None else f"sha256:{self.snapshot}",
            "locator": self.locators[0] if self.locators else None,
            "locators": list(self.locators),
            "recorded_at": None if self.recorded_at is None else self.recorded_at.isoformat(),
        }


def decimal_text(value: Decimal) -> str:
    """A decimal as it travels: plain notation, at most 28 significant digits, no trailing zeros, never `-0`."""
    rounded = +value
    if not rounded:
        return "0"
    text = format(rounded, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
