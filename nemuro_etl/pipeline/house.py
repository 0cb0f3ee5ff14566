"""Everything that a use case works with, opened once for one run."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from nemuro_etl.catalog import load_catalog
from nemuro_etl.catalog.types import Catalog, Department, Edition, Source
from nemuro_etl.errors import UsageWrong
from nemuro_etl.model.period import tokyo_day
from nemuro_etl.settings import Settings
from nemuro_etl.snapshots import SnapshotStore

if TYPE_CHECKING:
    from nemuro_etl.warehouse import Warehouse

SQL_ROOT = Path(__file__).resolve().parents[2] / "sql"


@dataclass(frozen=True, slots=True)
class House:
    """Settings, the checked catalog, the warehouse, the originals, and the one reading of the clock."""

    settings: Settings
    catalog: Catalog
    warehouse: "Warehouse"
    snapshots: SnapshotStore
    now: datetime
    edition: Edition
    """The strategy that is judged, listed and reported here: one at a time; a night goes through all."""
    replaying: bool = False
    """Whether the warehouse is being rebuilt from the journal, to which nothing is then added."""

    @property
    def today(self) -> date:
        """The Tokyo day of now: what --as-of defaults to."""
        return tokyo_day(self.now)

    def each_edition(self) -> "Iterator[House]":
        """The same house for every strategy, or for the one of the settings: each with its own secretariat and log."""
        if self.settings.strategy is not None:
            return iter((self,))
        return (self.of(edition.id) for edition in self.catalog.editions)

    def of(self, edition_id: str) -> "House":
        """The same house for the strategy of that name. Raises UsageWrong when there is none."""
        edition = next((edition for edition in self.catalog.editions if edition.id == edition_id), None)
        if edition is None:
            raise UsageWrong(
                what=f"There is no strategy {edition_id!r}.",
                expected=f"Expected one of: {', '.join(edition.id for edition in self.catalog.editions)}.",
                kept="Nothing was done.",
                remedy="Run the command again with one of them.",
            )
        return replace(self, edition=edition, catalog=self.catalog.speaking_for(edition))

    def source(self, source_id: str) -> Source:
        """The source of that name. Raises UsageWrong when there is none."""
        source = self.catalog.source(source_id)
        if source is None:
            known = ", ".join(source.id for source in self.catalog.sources)
            raise UsageWrong(
                what=f"There is no source {source_id!r}.",
                expected=f"Expected one of: {known}.",
                kept="Nothing was done.",
                remedy="Run the command again with one of them.",
            )
        return source

    def department(self, department_id: str, day: date) -> Department:
        """The department as it exists on `day`; the catalog's check has proved that it does."""
        department = self.catalog.department_on(department_id, day)
        if department is None:
            raise ValueError(f"no department {department_id} on {day}")
        return department

    def close(self) -> None:
        self.warehouse.close()


def open_house(settings: Settings, catalog: Catalog | None = None) -> House:
    """The catalog checked (unless one is at hand), the warehouse migrated, the clock read."""
    from nemuro_etl.warehouse import open_warehouse

    catalog = catalog or load_catalog(settings.config)
    settings.home.mkdir(parents=True, exist_ok=True)
    warehouse = open_warehouse(settings.warehouse_url, SQL_ROOT)
    now = settings.clock()
    edition = catalog.edition_on(tokyo_day(now))
    house = House(settings, catalog, warehouse, SnapshotStore(settings.home / "snapshots"), now, edition)
    return house.of(settings.strategy or edition.id)
