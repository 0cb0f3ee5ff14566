"""What a registry table is made of: measures, times, the rows of areas, and numbers as areas × measures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from nemuro_etl.model.area import AreaKind
from nemuro_etl.sources.labels import mapping_of

Numbers = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]
Layout = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Measure:
    """A number that every area has: where it stands, and what it is."""

    name: str
    label: str
    column: int
    row_offset: int
    spec: Mapping[str, object]
    sex: str | None

    @property
    def stored(self) -> bool:
        return "series" in self.spec

    @property
    def unused(self) -> bool:
        return self.spec.get("unused") == "yes"

    @property
    def rate_of(self) -> str | None:
        rate_of = self.spec.get("rate_of")
        return None if rate_of is None else str(rate_of)


@dataclass(frozen=True, slots=True)
class Times:
    """The reference date, and the period of the dynamics where the table has them."""

    reference: date
    period: str | None
    period_year: int | None

    def text(self, at: object) -> str:
        if at == "date":
            return self.reference.isoformat()
        assert self.period is not None, "a layout with measures of a period says which dynamics it has"
        return self.period


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of areas: where each begins in the sheet, and which area it is."""

    first: npt.NDArray[np.intp]
    """Zero-based row in the sheet."""
    codes: list[str]
    """Five digits; "" for a subtotal without a code."""
    names: list[str]
    kinds: list[AreaKind]
    marked: int
    """How many names carry the publisher's mark of withheld figures."""


def is_number(value: object) -> bool:
    """Whether a cell holds a number (a truth value is none)."""
    return type(value) is float or type(value) is int


def remainder_of(spec: Mapping[str, object], measures: Sequence[Measure], sex: str | None) -> Measure:
    """The whole of which the classes of `sex` leave a remainder."""
    name = mapping_of(spec, "remainder")["of"]
    return next(measure for measure in measures if measure.name == name and measure.sex == sex)


def remainders(spec: Mapping[str, object], measures: Sequence[Measure], values: Numbers) -> dict[str | None, Numbers]:
    """By sex, what the classes leave of the whole; a withheld class leaves all that it is."""
    result = {}
    for sex in dict.fromkeys(measure.sex for measure in measures):
        whole = measures.index(remainder_of(spec, measures, sex))
        classes = [index for index, measure in enumerate(measures) if measure.sex == sex and index != whole]
        result[sex] = values[:, whole] - np.nansum(values[:, classes], axis=1)
    return result
