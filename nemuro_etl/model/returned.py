"""A return as it was recorded: what a department or survey reported, who entered it, where and when."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from nemuro_etl.model.figure import Stage
from nemuro_etl.model.period import Period


@dataclass(frozen=True, slots=True)
class Returned:
    """One recorded version of one indicator's return."""

    indicator: str
    period: str
    version: int
    value: Decimal
    unit: str
    stage: Stage
    recorded_at: datetime
    file: str
    """The name of the original."""
    locator: str
    numerator: Decimal | None
    denominator: Decimal | None
    sample_size: int | None
    evidence: str
    remark: str
    entered_by: str
    entered_on: str
    """The day as it was written (2019-07-05); empty, as `entered_by`, for a flat file."""
    correction: str
    """Why an earlier value was corrected."""

    @property
    def fiscal_year(self) -> int:
        return Period.parse(self.period).fiscal_year

    @property
    def rank(self) -> tuple[int, datetime, int]:
        """The greatest of a figure's versions is the one that stands."""
        return self.stage.rank, self.recorded_at, self.version
