"""The declared source `registry`, and the project's samples read without writing them first."""

from functools import cache
from pathlib import Path

from nemuro_etl.catalog import load_catalog
from nemuro_etl.catalog.types import FileKind, Source
from nemuro_etl.sources import registry_sheet
from nemuro_etl.sources.container import Sheet
from nemuro_etl.sources.frame import Reading
from tests.samples.make_registry import Grid

ROOT = Path(__file__).parents[2]


@cache
def registry() -> Source:
    """config/sources/registry.yml as the catalog hands it over."""
    source = load_catalog(ROOT / "config").source("registry")
    assert source is not None
    return source


def kind_of(grid: Grid) -> FileKind:
    wanted = "population-by-age" if grid.sheet.startswith("年齢別") else "population-and-dynamics"
    return next(kind for kind in registry().file_kinds if kind.id == wanted)


def read_grid(grid: Grid, name: str = "file.xls") -> Reading:
    """The sheet as if it had been read from a workbook."""
    width = max(map(len, grid.rows))
    rows = [[*map(_as_read, row), *[""] * (width - len(row))] for row in grid.rows]
    return registry_sheet.read(registry(), kind_of(grid), [Sheet(grid.sheet, rows)], name)


def _as_read(value: object) -> object:
    return float(value) if isinstance(value, int) else value
