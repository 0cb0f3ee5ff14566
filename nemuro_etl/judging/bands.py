"""From a pace, or from what is held, to a rating."""

from decimal import Decimal

from nemuro_etl.catalog.types import Bands, Direction, Indicator, Shape
from nemuro_etl.judging.arithmetic import round_half_up
from nemuro_etl.model.evaluation import Rating

_FROM_WORST = (
    Rating.NOT_RATED,
    Rating.REGRESSED,
    Rating.FAR_BEHIND,
    Rating.BEHIND,
    Rating.IN_PROGRESS,
    Rating.MOSTLY_ON_TRACK,
    Rating.ON_TRACK,
    Rating.ACHIEVED,
)
_FAVOUR = {rating: place for place, rating in enumerate(_FROM_WORST)}


def favour(rating: Rating) -> int:
    """How favourable a rating is: more is better; not rated is below all."""
    return _FAVOUR[rating]


def rate_pace(pace: Decimal, bands: Bands) -> Rating:
    """The rating of a pace by the table in force; never `achieved`, which is not a matter of pace."""
    if pace >= bands.on_track:
        return Rating.ON_TRACK
    if pace >= bands.mostly_on_track:
        return Rating.MOSTLY_ON_TRACK
    if pace >= bands.behind:
        return Rating.BEHIND
    if pace >= bands.far_behind:
        return Rating.FAR_BEHIND
    return Rating.REGRESSED


def rises(indicator: Indicator, baseline: Decimal | None) -> bool:
    """Whether more is better. In a level with a stated baseline the sign of T - B says so."""
    if indicator.shape is Shape.LEVEL and not indicator.first_actual and baseline is not None:
        return target_of(indicator) >= baseline
    return indicator.direction is Direction.UP


def meets_target(actual: Decimal, indicator: Indicator, *, rising: bool) -> bool:
    """Whether the target is met: both rounded half-up to the decimals in which the document states the target."""
    stated = round_half_up(target_of(indicator), indicator.decimals)
    rounded = round_half_up(actual, indicator.decimals)
    return rounded >= stated if rising else rounded <= stated


def rate_progress(
    actual: Decimal, baseline: Decimal, expected: Decimal, *, met: bool, rising: bool, bands: Bands
) -> tuple[Decimal | None, Rating]:
    """Pace and rating of an actual between its baseline and what it should be by now.

    Where E = B (a whole thing of which none is due yet) there is no pace: it must only not have moved away from T.
    """
    pace = None if expected == baseline else (actual - baseline) / (expected - baseline)
    if met:
        return pace, Rating.ACHIEVED
    if pace is not None:
        return pace, rate_pace(pace, bands)
    kept = actual >= baseline if rising else actual <= baseline
    return None, Rating.ON_TRACK if kept else Rating.REGRESSED


def rate_held(*, held: bool, last_year: bool) -> Rating:
    """The rating of something to be kept: held or broken, never a ratio."""
    if not held:
        return Rating.REGRESSED
    return Rating.ACHIEVED if last_year else Rating.ON_TRACK


def target_of(indicator: Indicator) -> Decimal:
    """The target value. Raises ValueError for a row without one, which the catalog refuses."""
    if indicator.target is None:
        raise ValueError(f"{indicator.id} has no target")
    return indicator.target
