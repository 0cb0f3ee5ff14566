"""Small files as readers hand them over, for the tests of this folder."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd

from nemuro_etl.model.figure import READING_COLUMNS, Stage
from nemuro_etl.model.snapshot import Snapshot
from nemuro_etl.warehouse import LoadResult, Warehouse

SQL = Path(__file__).parents[2] / "sql"
TOTAL = "age=all;nationality=total;sex=total"
NEMURO = "01223"
SUMMER = datetime(2018, 7, 10, 3, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Detail:
    """What a return says beside its value."""

    series: str
    period: str
    numerator: Decimal | None = None
    denominator: Decimal | None = None
    sample_size: int | None = None
    evidence: str = ""
    remark: str = ""
    entered_by: str = ""
    entered_on: str = ""
    correction: str = ""


def snapshot(name: str, obtained_at: datetime = SUMMER, source: str = "registry") -> Snapshot:
    return Snapshot(
        name.encode().hex().rjust(64, "0"), 100, source, f"{name}.xls", f"inbox/{name}", "folder", obtained_at
    )


def row(
    value: Any,
    *,
    series: str = "registry.population",
    dimensions: str = TOTAL,
    period: str = "2018-01-01",
    area: str = NEMURO,
    stage: Stage = Stage.FINAL,
    cell: str = "F39",
    unit: str = "人",
    sheet: str = "Sheet1",
    step: int = 1,
) -> tuple[Any, ...]:
    return series, area, f"area {area}", "municipality", period, dimensions, value, unit, stage.value, step, sheet, cell


def frame(rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    return pd.DataFrame(list(rows), columns=list(READING_COLUMNS))


def load(
    warehouse: Warehouse,
    name: str,
    *rows: Sequence[Any],
    at: datetime = SUMMER,
    recipe: str = "recipe 1",
    source: str = "registry",
    details: Sequence[Detail] = (),
) -> LoadResult:
    return warehouse.load(
        snapshot(name, at, source), recipe, "population", [frame(rows)], details=details, loaded_at=at
    )
