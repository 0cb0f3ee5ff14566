"""What has to hold in the warehouse: every file of sql/checks/ returns no row."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nemuro_etl.warehouse.engine import Database

_SEVERITY = re.compile(r"^-- severity: (broken|remarkable)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check with the rows that it found. `broken` rows must not be; `remarkable` ones are real, and told."""

    name: str
    severity: str
    rows: tuple[Sequence[Any], ...]


def run_checks(database: Database, sql_root: Path, severity: str | None = None) -> tuple[CheckResult, ...]:
    """Every check (of one severity) by name, with what it found now."""
    results = []
    with database.reading() as transaction:
        for path in sorted((sql_root / "checks").glob("*.sql")):
            query = path.read_text(encoding="utf-8")
            said = _SEVERITY.search(query)
            if said is None:
                raise ValueError(f"{path.name} does not say its severity: `-- severity: broken` or `remarkable`")
            if severity not in (None, said[1]):
                continue
            results.append(CheckResult(path.stem, said[1], tuple(sorted(map(tuple, transaction.rows(query))))))
    return tuple(results)
