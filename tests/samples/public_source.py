"""A declared source, by its name, for the tests of the publishers' families."""

from functools import cache
from pathlib import Path

from nemuro_etl.catalog import load_catalog
from nemuro_etl.catalog.types import Source

ROOT = Path(__file__).parents[2]


@cache
def public_source(name: str) -> Source:
    """config/sources/<name>.yml as the catalog hands it over."""
    source = load_catalog(ROOT / "config").source(name)
    assert source is not None
    return source
