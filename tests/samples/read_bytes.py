"""Bytes at hand, read as an original is."""

import io
from datetime import date

from nemuro_etl.catalog.types import Source
from nemuro_etl.sources import reading
from nemuro_etl.sources.container import File

OBTAINED = date(2026, 11, 24)


def read(source: Source, data: bytes, name: str, obtained: date = OBTAINED) -> reading.Reading:
    """What `data` says as a file of `source`."""
    return reading.read(source, File(io.BytesIO(data), name, obtained))
