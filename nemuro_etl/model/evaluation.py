"""What was measured (`Actual`), and what was made of it (`Evaluation`)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from nemuro_etl.model.figure import Figure, Stage, decimal_text
from nemuro_etl.model.period import Period


class Rating(StrEnum):
    """The project's bands (EVALUATION: they are the project's, not the city's)."""

    ACHIEVED = "achieved"
    ON_TRACK = "on_track"
    MOSTLY_ON_TRACK = "mostly_on_track"
    BEHIND = "behind"
    FAR_BEHIND = "far_behind"
    REGRESSED = "regressed"
    IN_PROGRESS = "in_progress"
    NOT_RATED = "not_rated"

    @property
    def rated(self) -> bool:
        return self is not Rating.NOT_RATED


class DataState(StrEnum):
    """Whether a figure is there at all: a separate axis that never changes a rating."""

    AVAILABLE = "available"
    NOT_YET_PUBLISHED = "not_yet_published"
    AWAITED = "awaited"
    OVERDUE = "overdue"
    FETCH_FAILED = "fetch_failed"
    UNREADABLE = "unreadable"
    HELD = "held"
    NOT_SUBMITTED = "not_submitted"


class SourceCondition(StrEnum):
    """How the last attempt at a source ended, as known on the as-of day."""

    WORKING = "working"
    FETCH_FAILED = "fetch_failed"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Actual:
    """What was measured for one period of an indicator, as known on the as-of day.

    `value` is unrounded and in the indicator's unit: the figure itself, or numerator / denominator × scale.
    """

    period: Period
    value: Decimal
    stage: Stage
    figures: tuple[Figure, ...]
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    sample_size: int | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class CensusCount:
    """What the census counted of one quantity, as known on the as-of day, with the figures that it is the sum of."""

    day: date
    quantity: str
    """total, youth, working, elderly, women-20-39."""
    value: Decimal
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class BasisResult:
    """A floor rated on one basis: `registry`, `census_equivalent` or `census`."""

    basis: str
    actual: Decimal
    pace: Decimal | None
    rating: Rating

    def as_json(self) -> dict[str, object]:
        return {
            "basis": self.basis,
            "actual": decimal_text(self.actual),
            "pace": _text(self.pace),
            "rating": str(self.rating),
        }


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One indicator in one fiscal year as of one day. All numbers unrounded decimals; None where they do not apply."""

    indicator: str
    name: str
    same_as: str | None
    plan: str
    fiscal_year: int
    as_of: date
    revision: str
    rating: Rating
    data_state: DataState
    actual: Decimal | None
    baseline: Decimal | None
    target: Decimal | None
    expected: Decimal | None
    do_nothing: Decimal | None
    pace: Decimal | None
    attainment: Decimal | None
    gap_closed: Decimal | None
    need_per_year: Decimal | None
    unit: str
    basis: str | None
    bases: tuple[BasisResult, ...]
    stage: Stage | None
    period: str | None
    figures: tuple[Figure, ...]
    reason: str = ""
    """Why it is not rated, or why a basis stands alone; Japanese, for people. Not part of the JSON."""
    formula: str = ""
    """The rule with its numbers, for `explain`. Not part of the JSON."""
    sample_size: int | None = None
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    closing: bool = False
    """Whether this is the last fiscal year of the row: it opens no warning (終了報告)."""

    def as_json(self) -> dict[str, object]:
        """The evaluation as the public interface gives it: keys never disappear, numbers are decimal strings."""
        return {
            "indicator": self.indicator,
            "name": self.name,
            "same_as": self.same_as,
            "plan": self.plan,
            "fiscal_year": self.fiscal_year,
            "as_of": self.as_of.isoformat(),
            "revision": self.revision,
            "rating": str(self.rating),
            "data_state": str(self.data_state),
            "actual": _text(self.actual),
            "baseline": _text(self.baseline),
            "target": _text(self.target),
            "expected": _text(self.expected),
            "do_nothing": _text(self.do_nothing),
            "pace": _text(self.pace),
            "attainment": _text(self.attainment),
            "gap_closed": _text(self.gap_closed),
            "need_per_year": _text(self.need_per_year),
            "unit": self.unit,
            "basis": self.basis,
            "bases": [basis.as_json() for basis in self.bases],
            "stage": None if self.stage is None else self.stage.value,
            "period": self.period,
            "figures": [figure.as_json() for figure in self.figures],
        }


def _text(value: Decimal | None) -> str | None:
    return None if value is None else decimal_text(value)


RATING_LABELS: Mapping[Rating, str] = {
    Rating.ACHIEVED: "達成",
    Rating.ON_TRACK: "順調",
    Rating.MOSTLY_ON_TRACK: "概ね順調",
    Rating.BEHIND: "遅れ",
    Rating.FAR_BEHIND: "大幅な遅れ",
    Rating.REGRESSED: "後退",
    Rating.IN_PROGRESS: "取組中",
    Rating.NOT_RATED: "判定対象外",
}

DATA_STATE_LABELS: Mapping[DataState, str] = {
    DataState.AVAILABLE: "取得済",
    DataState.NOT_YET_PUBLISHED: "未公表",
    DataState.AWAITED: "公表待ち",
    DataState.OVERDUE: "期限超過",
    DataState.FETCH_FAILED: "取得失敗",
    DataState.UNREADABLE: "形式変更・読取不能",
    DataState.HELD: "改定を保留中",
    DataState.NOT_SUBMITTED: "未提出",
}

BASIS_LABELS: Mapping[str, str] = {
    "registry": "参考（住基）",
    "census_equivalent": "参考（国勢調査換算）",
    "census": "国勢調査",
}
"""What a floor's actual rests on, as officials are shown it."""
