"""The schema, who may write to it, and what has to hold in it."""

import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from nemuro_etl.errors import AnotherRunInProgress, DatabaseUnusable
from nemuro_etl.warehouse import Warehouse, open_warehouse
from nemuro_etl.warehouse.engine import Database
from tests.warehouse.figures import SQL, SUMMER, TOTAL, Detail, load, row

KEPT = ("snapshot", "load", "figure", "sighting", "return_detail", "evaluation", "warning_log")


@pytest.fixture
def sql_root(tmp_path: Path) -> Path:
    """A copy of sql/ that a test may change."""
    return Path(shutil.copytree(SQL, tmp_path / "sql"))


def test_a_schema_that_is_up_to_date_is_left_alone(warehouse: Warehouse) -> None:
    assert warehouse.migrate() == ()
    assert warehouse.schema_version() == max(int(path.name[:4]) for path in (SQL / "migrations").glob("*.sql"))


def test_a_migration_keeps_the_figures(url: str, sql_root: Path) -> None:
    warehouse = open_warehouse(url, sql_root)
    load(warehouse, "a", row(26399))
    before = warehouse.digest()
    (sql_root / "migrations" / "0098_note.sql").write_text("alter table part add column note text;\n", encoding="utf-8")
    assert warehouse.migrate() == ("0098_note.sql",)
    assert (warehouse.schema_version(), warehouse.digest()) == (98, before)
    assert load(warehouse, "b", row(25953, period="2019-01-01")).new == 1
    warehouse.close()


def test_a_migration_that_fails_leaves_the_schema_as_it_was(url: str, sql_root: Path) -> None:
    warehouse = open_warehouse(url, sql_root)
    version = warehouse.schema_version()
    script = "create table half_done (id integer);\ncreate table part (id integer);\n"
    (sql_root / "migrations" / "0098_broken.sql").write_text(script, encoding="utf-8")
    with pytest.raises(Exception, match="part"):
        warehouse.migrate()
    assert warehouse.schema_version() == version
    (sql_root / "migrations" / "0098_broken.sql").write_text("create table half_done (id integer);\n", encoding="utf-8")
    assert warehouse.migrate() == ("0098_broken.sql",)
    warehouse.close()


def test_a_changed_view_is_made_again(url: str, sql_root: Path) -> None:
    warehouse = open_warehouse(url, sql_root)
    view = sql_root / "views" / "00_age_class.sql"
    view.write_text(view.read_text(encoding="utf-8").replace("'youth'", "'young'"), encoding="utf-8")
    assert warehouse.migrate() == ("views",)
    assert warehouse.migrate() == ()
    warehouse.close()


def test_a_schema_newer_than_the_program_is_refused(url: str, sql_root: Path) -> None:
    (sql_root / "migrations" / "0099_future.sql").write_text("create table future (id integer);\n", encoding="utf-8")
    open_warehouse(url, sql_root).close()
    with pytest.raises(DatabaseUnusable, match="schema version 99"):
        open_warehouse(url, SQL)


@pytest.mark.parametrize("table", KEPT)
@pytest.mark.parametrize("statement", ["delete from {table}", "update {table} set {column} = {column}"])
def test_what_was_recorded_is_never_changed(warehouse: Warehouse, table: str, statement: str) -> None:
    from tests.warehouse.test_told import EDITION, NIGHT, change, evaluation

    load(warehouse, "a", row(1), row(1, cell="G39"), details=[Detail("registry.population", "2018-01-01")])
    warehouse.store_evaluations(EDITION, NIGHT, [evaluation()])
    warehouse.record_night([(change(), None)], [])
    column = {"snapshot": "sha256", "load": "kind", "evaluation": "digest", "warning_log": "kind"}.get(table, "version")
    database: Database = warehouse._database
    with pytest.raises(Exception, match="only ever added"), database.writing() as writing:
        writing.run(statement.format(table=table, column=column))


@pytest.mark.parametrize("url", ["mysql://host/name", "sqlite://", "warehouse.db"])
def test_an_address_of_another_kind_is_refused(url: str) -> None:
    with pytest.raises(DatabaseUnusable, match="no kind"):
        open_warehouse(url, SQL)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "warehouse.db").write_text("this is not a database " * 100, encoding="utf-8")
    with pytest.raises(DatabaseUnusable, match="not a database"):
        open_warehouse(f"sqlite:///{tmp_path / 'warehouse.db'}", SQL)


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(DatabaseUnusable) as refused:
        open_warehouse("postgresql://nemuro:secret@127.0.0.1:1/warehouse", SQL)
    assert "nemuro:***@127.0.0.1:1" in str(refused.value)
    assert "secret" not in str(refused.value)


# one run at a time


def test_a_second_run_is_told_who_holds_the_warehouse(url: str) -> None:
    first, second = open_warehouse(url, SQL), open_warehouse(url, SQL)
    with first.exclusive_run():
        first.begin_run("nightly", SUMMER, SUMMER.date())
        with pytest.raises(AnotherRunInProgress, match="nightly, process"), second.exclusive_run():
            pass
    with second.exclusive_run():
        pass
    first.close()
    second.close()


HOLDER = """
    import signal, sys
    from pathlib import Path
    from nemuro_etl.warehouse import open_warehouse

    with open_warehouse(sys.argv[1], Path(sys.argv[2])).exclusive_run():
        print("held", flush=True)
        signal.pause()
"""


def test_a_killed_run_lets_go_of_the_warehouse(url: str) -> None:
    warehouse = open_warehouse(url, SQL)
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(HOLDER), url, str(SQL)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(AnotherRunInProgress), warehouse.exclusive_run():
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        for _ in range(50):
            try:
                with warehouse.exclusive_run():
                    break
            except AnotherRunInProgress:  # the server takes a moment to see that its client is gone
                signal.sigtimedwait([], 0.1)
        else:
            pytest.fail("the lock was not let go")
    warehouse.close()


def test_reading_does_not_wait_for_a_load(url: str) -> None:
    warehouse = open_warehouse(url, SQL)
    load(warehouse, "a", row(26399))
    database: Database = warehouse._database
    with database.writing() as writing:
        writing.insert("place", ("id", "load_id", "sheet"), [(99, 1, "half written")])
        assert [figure.value for figure in warehouse.figures("registry.population")] == [26399]
        assert {load.figures for load in warehouse.loads()} == {1}
    warehouse.close()


def test_looking_needs_neither_pandas_nor_sqlalchemy(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'warehouse.db'}"
    open_warehouse(url, SQL).close()
    script = """
        import sys
        from datetime import date
        from pathlib import Path
        from nemuro_etl.warehouse import open_warehouse

        warehouse = open_warehouse(sys.argv[1], Path(sys.argv[2]))
        list(warehouse.figures("registry.population"))
        warehouse.evaluations("2015-2019", date(2018, 11, 22))
        warehouse.digest()
        print({"pandas", "numpy", "sqlalchemy"} & set(sys.modules))
    """
    found = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), url, str(SQL)], capture_output=True, check=True, text=True
    )
    assert found.stdout == "set()\n"


# checks


def found(warehouse: Warehouse) -> dict[str, int]:
    return {check.name: len(check.rows) for check in warehouse.checks() if check.rows}


def test_a_sound_warehouse_passes_every_check(warehouse: Warehouse) -> None:
    changes = {"dimensions": "nationality=total", "period": "2018"}
    load(
        warehouse,
        "a",
        row(26399),
        row(25953, period="2019-01-01"),
        row(12600, dimensions=TOTAL.replace("sex=total", "sex=male")),
        row(13799, dimensions=TOTAL.replace("sex=total", "sex=female")),
        row(-446, series="registry.change", **changes),
        row(-200, series="registry.natural_change", **changes),
        row(-246, series="registry.social_change", **changes),
    )
    assert found(warehouse) == {}


def test_sums_that_do_not_hold_are_found(warehouse: Warehouse) -> None:
    changes = {"dimensions": "nationality=total", "period": "2018"}
    load(
        warehouse,
        "a",
        row(26399),
        row(25954, period="2019-01-01"),
        row(12600, dimensions=TOTAL.replace("sex=total", "sex=male")),
        row(13800, dimensions=TOTAL.replace("sex=total", "sex=female")),
        row(-446, series="registry.change", **changes),
        row(-201, series="registry.natural_change", **changes),
        row(-246, series="registry.social_change", **changes),
    )
    assert found(warehouse) == {"population_by_sex": 1, "change_by_cause": 1, "population_continuity": 1}
    severities = {check.name: check.severity for check in warehouse.checks()}
    assert severities["population_continuity"] == "remarkable"
    assert severities["population_by_sex"] == "broken"


def test_only_the_figure_that_stands_is_checked(warehouse: Warehouse) -> None:
    from nemuro_etl.model.figure import Stage

    load(warehouse, "a", row(100, stage=Stage.PRELIMINARY))
    load(
        warehouse,
        "b",
        row(101),
        row(50, dimensions=TOTAL.replace("sex=total", "sex=male")),
        row(51, dimensions=TOTAL.replace("sex=total", "sex=female")),
    )
    assert found(warehouse) == {}


def test_a_figure_of_no_file_is_found(warehouse: Warehouse) -> None:
    database: Database = warehouse._database
    with database.writing() as writing:
        columns = ("part_id", "area", "version", "value", "stage", "place_id", "cell")
        writing.insert("figure", columns, [(7, "01223", 1, 1, 4, 9, "A1")])
    assert found(warehouse) == {"figures_without_origin": 1}
