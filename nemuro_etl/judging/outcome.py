"""What a shape makes of one year, before it is written down as an evaluation."""

from dataclasses import dataclass
from decimal import Decimal

from nemuro_etl.model.evaluation import Actual, BasisResult, CensusCount, Rating


@dataclass(frozen=True, slots=True)
class Outcome:
    """A rating with its numbers, the figures that entered, and the words for people."""

    rating: Rating
    baseline: Decimal | None
    actual: Decimal | None = None
    expected: Decimal | None = None
    do_nothing: Decimal | None = None
    pace: Decimal | None = None
    rising: bool = True
    compares: bool = True
    """Whether attainment and gap closed mean anything: not for something to be kept."""
    approaches: bool = False
    """Whether a need per year means anything: levels and sums on their way to a target."""
    basis: str | None = None
    bases: tuple[BasisResult, ...] = ()
    period: str | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    sample_size: int | None = None
    used: tuple[Actual, ...] = ()
    census: tuple[CensusCount, ...] = ()
    reason: str = ""
    formula: str = ""
