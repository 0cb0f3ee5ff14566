"""bands.yml: the rating tables, each in force from its day until the next."""

from datetime import date

from nemuro_etl.catalog.section import Section
from nemuro_etl.catalog.types import Bands

_BOUNDS = ("on_track", "mostly_on_track", "behind", "far_behind")


def read_bands(file: Section) -> tuple[Bands, ...]:
    """`day: table` entries, oldest first; the bounds descend and a warning never closes below where it opens."""
    tables: list[Bands] = []
    for since, table in file.dated_children():
        noted = len(file.faults)
        bands = Bands(
            since=since,
            on_track=table.decimal("on_track"),
            mostly_on_track=table.decimal("mostly_on_track"),
            behind=table.decimal("behind"),
            far_behind=table.decimal("far_behind"),
            warn_below=table.decimal("warn_below"),
            clear_at=table.decimal("clear_at"),
        )
        table.close()
        if len(file.faults) == noted:
            _check_bounds(table, bands)
        tables.append(bands)
    if not tables and not len(file.faults):
        file.refuse_whole("holds no rating table", "add `2015-10-30:` with the bounds below it")
    return tuple(tables)


def check_begin(file: Section, bands: tuple[Bands, ...], first_day: date) -> None:
    """Note a fault unless a table is in force on `first_day`, from which something is judged."""
    if bands and bands[0].since > first_day:
        file.refuse(
            str(bands[0].since),
            f"nothing says how to rate from {first_day} on",
            f"let the first table begin on {first_day} or before",
        )


def _check_bounds(table: Section, bands: Bands) -> None:
    for above, below in zip(_BOUNDS, _BOUNDS[1:], strict=False):
        if getattr(bands, above) <= getattr(bands, below):
            table.refuse(
                below,
                f"{getattr(bands, below)} is not below {above} {getattr(bands, above)}",
                "let the bounds descend: on_track, mostly_on_track, behind, far_behind",
            )
    if bands.clear_at < bands.warn_below:
        table.refuse(
            "clear_at",
            f"a warning would close at {bands.clear_at}, below {bands.warn_below} where it opens",
            "write clear_at at or above warn_below",
        )
