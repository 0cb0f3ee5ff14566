"""The strategy and everything else that varies, as checked data: `load_catalog` turns config/ into one Catalog."""

from nemuro_etl.catalog.loader import load_catalog, load_schedules

__all__ = ["load_catalog", "load_schedules"]
