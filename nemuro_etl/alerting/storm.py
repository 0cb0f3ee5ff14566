"""Whether so much changes in one night that a person should look before the departments are told."""

from collections.abc import Iterable, Sequence
from datetime import date

from nemuro_etl.catalog.types import Alerting, Edition
from nemuro_etl.model.alert import Told


def is_storm(
    told: Sequence[Told], tonight: Iterable[Told], *, edition: Edition, alerting: Alerting, as_of: date
) -> bool:
    """Whether more than the configured share of the edition's distinct indicators change on `as_of`.

    `told` is the whole log, in which a first run of the same night may stand already; `tonight` what this run adds.
    """
    changed = {line.indicator for line in (*told, *tonight) if line.as_of == as_of}
    rows = [row for row in edition.indicators_on(as_of) if row.same_as is None]
    return len(changed) >= alerting.storm_least and len(changed) > alerting.storm_share * len(rows)
