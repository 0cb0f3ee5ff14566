"""What is known and what was said: figures as of any day, evaluations, warnings, mails, on SQLite and PostgreSQL."""

from nemuro_etl.warehouse.evaluations import StoredEvaluation, StoredEvaluations
from nemuro_etl.warehouse.ledger import Run
from nemuro_etl.warehouse.loading import Detailed, LoadResult
from nemuro_etl.warehouse.outbox import OutboxMail
from nemuro_etl.warehouse.reading import Load
from nemuro_etl.warehouse.reports import Frozen, Shown
from nemuro_etl.warehouse.revisions import HeldRevision
from nemuro_etl.warehouse.store import Warehouse, open_warehouse

__all__ = [
    "Detailed",
    "Frozen",
    "HeldRevision",
    "Load",
    "LoadResult",
    "OutboxMail",
    "Run",
    "Shown",
    "StoredEvaluation",
    "StoredEvaluations",
    "Warehouse",
    "open_warehouse",
]
