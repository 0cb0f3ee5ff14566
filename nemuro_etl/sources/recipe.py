"""The recipe by which a source's files are read: a load is (source, snapshot, recipe).

Apart from the readers, so that a night on which nothing is new imports no table library.
"""

import hashlib

from nemuro_etl.catalog.types import Source

READER_VERSIONS = {
    "tourism_foreign": "1",
    "tourism_report": "1",
    "furusato_detail": "1",
    "furusato_history": "1",
    "registry_sheet": "1",
    "open_data_csv": "1",
    "fertility_table": "1",
    "projection_table": "1",
    "estat_values": "1",
    "estat_trade": "2",
    "customs_csv": "3",
}
"""By reader. One that would read the same bytes differently gets a new version, so that they are loaded once more."""


def recipe(source: Source) -> str:
    """SHA-256 of how the files of `source` are read now: its layouts and the versions of its readers."""
    versions = "\n".join(f"{kind.id} {READER_VERSIONS[kind.reader]}" for kind in source.file_kinds)
    return hashlib.sha256(f"{source.recipe}\n{versions}".encode()).hexdigest()
