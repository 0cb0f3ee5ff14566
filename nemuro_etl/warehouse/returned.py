"""Every recorded version of the departments' and surveys' returns, with what was said beside the value."""

from decimal import Decimal

from nemuro_etl.model.figure import Stage
from nemuro_etl.model.returned import Returned
from nemuro_etl.warehouse.engine import Reading
from nemuro_etl.warehouse.moment import moment_of
from nemuro_etl.warehouse.precision import restored
from nemuro_etl.warehouse.revisions import locator_text

_SELECT = """
select
    series, period, figure.version, value, unit, stage, load.recorded_at, snapshot.name, sheet, cell,
    numerator, denominator, sample_size, evidence, remark, entered_by, entered_on, correction
from measure
inner join part on part.measure_id = measure.id
inner join figure on figure.part_id = part.id
inner join place on place.id = figure.place_id
inner join load on load.id = place.load_id
inner join snapshot on snapshot.sha256 = load.sha256
left join return_detail
    on return_detail.part_id = figure.part_id
    and return_detail.area = figure.area
    and return_detail.version = figure.version
where (series like 'return.%' or series like 'survey.%') and figure.area = :area
"""


def read_returned(transaction: Reading, area: str) -> tuple[Returned, ...]:
    """Every version of every return of `area`, by indicator and period in the order in which they were recorded."""
    rows = [
        Returned(
            indicator=row[0].partition(".")[2],
            period=row[1],
            version=row[2],
            value=restored(row[3]),
            unit=row[4],
            stage=Stage.of_rank(row[5]),
            recorded_at=moment_of(row[6]),
            file=row[7],
            locator=locator_text(row[8], row[9]),
            numerator=None if row[10] is None else Decimal(row[10]),
            denominator=None if row[11] is None else Decimal(row[11]),
            sample_size=row[12],
            evidence=row[13] or "",
            remark=row[14] or "",
            entered_by=row[15] or "",
            entered_on=row[16] or "",
            correction=row[17] or "",
        )
        for row in transaction.rows(_SELECT, area=area)
    ]
    return tuple(sorted(rows, key=lambda each: (each.indicator, each.period, each.recorded_at, each.version)))
