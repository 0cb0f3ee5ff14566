"""Recorded figures as known at the end of a day, and what each load recorded."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any, NamedTuple

from nemuro_etl.model.area import AreaKind
from nemuro_etl.model.figure import Figure, Stage, dimensions_of
from nemuro_etl.warehouse.engine import Database, Reading
from nemuro_etl.warehouse.moment import cutoff, moment_of
from nemuro_etl.warehouse.precision import restored
from nemuro_etl.warehouse.revisions import locator_text

if TYPE_CHECKING:
    import pandas as pd

_moment_of = lru_cache(maxsize=4096)(moment_of)


_VINTAGES = (
    "select dimensions, period, area, version, value, unit, stage, known_at, source, sha256, sheet, cell, kind"
    " from figure_locator where series = :series and known_at < :cutoff and seen_at < :cutoff"
)


@dataclass(frozen=True, slots=True)
class Load:
    """One file as one recipe read it, or (kind `accepted`) one accepted revision of a figure in it."""

    id: int
    source: str
    sha256: str
    name: str
    recipe: str
    kind: str
    recorded_at: datetime
    loaded_at: datetime
    figures: int
    new: int
    revised: int
    confirmed: int
    held: int


class Vintage(NamedTuple):
    """One version of a figure; the greatest of its versions is the one that stands."""

    stage: int
    known_at: str
    version: int
    figure: Figure


def read_figures(
    transaction: Reading,
    series: str,
    *,
    area: str | None = None,
    period: str | None = None,
    as_of: date | None = None,
    all_vintages: bool = False,
) -> Iterator[Figure]:
    """The figures of a series by dimensions, period, area: the newest known of each, or every vintage in order."""
    for vintages in read_vintages(transaction, series, area=area, period=period, as_of=as_of):
        if all_vintages:
            yield from (vintage.figure for vintage in vintages)
        else:
            yield max(vintages, key=lambda vintage: vintage[:3]).figure


def read_vintages(
    transaction: Reading, series: str, *, area: str | None = None, period: str | None = None, as_of: date | None = None
) -> Iterator[list[Vintage]]:
    """The versions of each figure of a series, known at the end of `as_of`, by dimensions, period and area.

    A locator in a file that came after `as_of` was not known then, and is left out. The first locator is the one that
    was recorded first, and names the figure's source and snapshot.
    """
    conditions = "".join(
        f" and {column} = :{column}" for column, value in (("area", area), ("period", period)) if value is not None
    )
    rows = transaction.stream(
        f"{_VINTAGES}{conditions} order by dimensions, period, area, version, rounded, seen_at, sha256, sheet, cell",
        series=series,
        cutoff=cutoff(as_of),
        **{name: value for name, value in (("area", area), ("period", period)) if value is not None},
    )
    for _, of_one_figure in groupby(rows, key=lambda row: row[:3]):
        yield [_vintage(series, list(standing)) for _, standing in groupby(of_one_figure, key=lambda row: row[3])]


def _vintage(series: str, standing: list[Any]) -> Vintage:
    dimensions, period, area, version, value, unit, stage, known_at, source, sha256, *_, kind = standing[0]
    # a file that was read by two recipes stands twice, with the same cells
    places = dict.fromkeys((row[9], locator_text(row[10], row[11])) for row in standing)
    return Vintage(
        stage,
        known_at,
        version,
        Figure(
            series=series,
            area=area,
            kind=AreaKind(kind),
            period=period,
            dimensions=dimensions_of(dimensions),
            value=restored(value),
            unit=unit,
            stage=Stage.of_rank(stage),
            source=source,
            snapshot=sha256,
            locators=tuple(locator for _, locator in places),
            recorded_at=_moment_of(known_at),
        ),
    )


def read_loads(database: Database) -> tuple[Load, ...]:
    """Every load in the order in which they were made."""
    with database.reading() as transaction:
        return tuple(
            Load(row[0], row[1], row[2], row[3], row[4], row[5], _moment_of(row[6]), _moment_of(row[7]), *row[8:])
            for row in transaction.rows(
                "select load.id, load.source, load.sha256, name, recipe, kind, recorded_at, loaded_at, figures, new,"
                " revised, confirmed, held from load inner join snapshot on snapshot.sha256 = load.sha256 order by load.id"
            )
        )


def read_load(database: Database, load_id: int) -> "pd.DataFrame":
    """Everything that one load says was in its file: figures, sightings and held values, one row a cell.

    Columns series, dimensions, period, area, value (int64, or Decimal objects), stage, sheet, cell.
    """
    import pandas as pd

    with database.reading() as transaction:
        parts = {
            part_id: key
            for part_id, *key in transaction.rows(
                "select part.id, series, dimensions, period from part inner join measure on measure.id = measure_id"
            )
        }
        sheets = dict(
            tuple(row)
            for row in transaction.rows("select id, sheet from place where load_id = :load_id", load_id=load_id)
        )
        rows = list(
            transaction.stream(
                "select part_id, area, value, stage, place_id, cell from figure"
                " where place_id between :first and :last"
                " union all"
                " select figure.part_id, figure.area, value, stage, sighting.place_id, sighting.cell from sighting"
                " inner join figure on figure.part_id = sighting.part_id and figure.area = sighting.area"
                " and figure.version = sighting.version where sighting.place_id between :first and :last"
                " union all"
                " select part_id, area, value, stage, place_id, cell from rounded_sighting"
                " where place_id between :first and :last"
                " union all"
                " select part_id, area, new_value, new_stage, place_id, cell from held_revision"
                " where place_id between :first and :last",
                first=min(sheets, default=0),
                last=max(sheets, default=-1),
            )
        )
    columns = list(zip(*rows, strict=True)) or [()] * 6
    keys = [parts[part_id] for part_id in columns[0]]
    whole = all(isinstance(value, int) for value in columns[2])
    return pd.DataFrame(
        {
            "series": pd.Categorical([key[0] for key in keys]),
            "dimensions": pd.Categorical([key[1] for key in keys]),
            "period": pd.Categorical([key[2] for key in keys]),
            "area": pd.Categorical(columns[1]),
            "value": pd.Series(
                columns[2] if whole else [restored(value) for value in columns[2]], dtype="int64" if whole else "object"
            ),
            "stage": pd.Categorical([Stage.of_rank(stage).value for stage in columns[3]]),
            "sheet": pd.Categorical([sheets[place_id] for place_id in columns[4]]),
            "cell": pd.Series(columns[5], dtype="object"),
        }
    )
