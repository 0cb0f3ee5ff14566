"""The schema: forward migrations, each in one transaction, and the views, made again when their files changed."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from nemuro_etl.errors import DatabaseUnusable
from nemuro_etl.warehouse.engine import Database, Reading, Writing, masked

_VIEWS = 0
"""The views' row in schema_version."""
_LEDGER = """
create table if not exists schema_version (
    version integer primary key,
    name text not null,
    sha256 text not null
);
"""
_VIEW_NAME = re.compile(r"^create view (\w+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema: `0002_warehouse.sql`, or `0003_figures.sqlite.sql` for one kind of database."""

    version: int
    name: str
    script: str


def migrate(database: Database, sql_root: Path) -> tuple[str, ...]:
    """Brings the schema to this program's version; the names of the steps taken, none when it was there already.

    Raises DatabaseUnusable when the schema is newer than this program.
    """
    steps = _steps(sql_root, database.dialect)
    views = [path.read_text(encoding="utf-8") for path in sorted((sql_root / "views").glob("*.sql"))]
    views_digest = sha256("\n".join(views).encode()).hexdigest()
    if database.file is None or database.file.exists():
        with database.reading() as transaction:
            applied = _applied(transaction, database.dialect)
        _refuse_newer(database, max(applied), _newest(sql_root))
        if all(step.version in applied for step in steps) and applied.get(_VIEWS) == views_digest:
            return ()
    taken = []
    for step in steps:
        with database.writing() as writing:
            writing.run_script(_LEDGER)
            if step.version in _applied(writing, database.dialect):
                continue
            writing.run_script(step.script)
            digest = sha256(step.script.encode()).hexdigest()
            writing.insert("schema_version", ("version", "name", "sha256"), [(step.version, step.name, digest)])
            taken.append(step.name)
    with database.writing() as writing:
        if _applied(writing, database.dialect).get(_VIEWS) != views_digest:
            _make_views(writing, views, views_digest)
            taken.append("views")
    return tuple(taken)


def version_of(database: Database) -> int:
    """The number of the newest migration that the schema has; 0 before the first."""
    with database.reading() as transaction:
        return max(_applied(transaction, database.dialect))


def _steps(sql_root: Path, dialect: str) -> list[Migration]:
    steps = []
    for path in sorted((sql_root / "migrations").glob("*.sql")):
        if path.suffixes[:-1] in ([], [f".{dialect}"]):
            steps.append(Migration(int(path.name[:4]), path.name, path.read_text(encoding="utf-8")))
    return steps


def _newest(sql_root: Path) -> int:
    return max(int(path.name[:4]) for path in (sql_root / "migrations").glob("*.sql"))


def _applied(transaction: Reading, dialect: str) -> dict[int, str]:
    """Version → SHA-256 of what was applied; the views count as version 0, always present."""
    catalogue = "sqlite_master" if dialect == "sqlite" else "pg_tables"
    column = "name" if dialect == "sqlite" else "tablename"
    known = transaction.rows(f"select 1 from {catalogue} where {column} = 'schema_version'")  # noqa: S608 - constants
    if not known:
        return {_VIEWS: ""}
    return {_VIEWS: "", **{row[0]: row[1] for row in transaction.rows("select version, sha256 from schema_version")}}


def _refuse_newer(database: Database, found: int, newest: int) -> None:
    if found > newest:
        raise DatabaseUnusable(
            what=f"the warehouse {masked(database.url)} has schema version {found}",
            expected=f"at most version {newest}, the newest that this program knows",
            kept="nothing was read or written",
            remedy="run the program that wrote this warehouse, or a newer one",
        )


def _make_views(writing: Writing, views: Sequence[str], digest: str) -> None:
    names = [name for view in views for name in _VIEW_NAME.findall(view)]
    for name in reversed(names):
        writing.run_script(f"drop view if exists {name};")
    for view in views:
        writing.run_script(view)
    writing.run("delete from schema_version where version = :views", views=_VIEWS)
    writing.insert("schema_version", ("version", "name", "sha256"), [(_VIEWS, "views", digest)])
