"""Originals by their SHA-256, with where, when and how they were obtained; append only. Standard library only."""

from nemuro_etl.snapshots.store import SnapshotStore

__all__ = ["SnapshotStore"]
