"""The flows that are deployed: with no server (embedded) and with a real one, held against the command line."""

import fcntl
import json
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from tests.e2e.command import Answer, Nemuro, copy_config, finish, require_four_parts

IMPATIENT = (
    "import flows.collecting as collecting, flows.nightly as nights\n"
    "collecting.fetch = collecting.fetch.with_options(retry_delay_seconds=0)\n"
    "raise SystemExit(nights.main())\n"
)
"""The night as it is, but for the pauses between the attempts to fetch."""

WATCHED = (
    "import flows.collecting as collecting, flows.nightly as nights\n"
    "collecting._TELLING = 0.0\n"
    "raise SystemExit(nights.main())\n"
)
"""The night as it is, but that it tells of every file, however fast it is read."""


def run_flow(nemuro: Nemuro, program: str | None = None) -> Answer:
    """`python -m flows.nightly` (or a program) as a process whose user has a home of its own."""
    user = nemuro.home.parent / "user"
    user.mkdir(exist_ok=True)
    arguments = ["-m", "flows.nightly"] if program is None else ["-c", program]
    private = nemuro.with_settings(HOME=str(user))
    answer = finish(private.start_program([sys.executable, *arguments]), seconds=420)
    assert not (user / ".prefect").exists(), "Prefect's state was written outside of the project's home"
    return answer


BUSY = Retry(total=6, status_forcelist=[503], allowed_methods=None, backoff_factor=0.5)


@dataclass(frozen=True)
class Observed:
    """What a Prefect server knows of the flow runs of one home's night."""

    api: str

    def post(self, path: str, body: object) -> Any:
        """What the server answers; one whose SQLite is busy is asked again, as Prefect's own client does."""
        with requests.Session() as session:
            session.mount("http://", HTTPAdapter(max_retries=BUSY))
            response = session.post(f"{self.api}/{path}", json=body, timeout=60)
        response.raise_for_status()
        return response.json() if response.content else None

    def ask(self, what: str, **filters: Any) -> list[dict[str, Any]]:
        rows = self.post(f"{what}/filter", filters)
        assert isinstance(rows, list)
        return rows

    def flow_run(self, name: str) -> dict[str, Any]:
        runs = [run for run in self.ask("flow_runs", sort="START_TIME_DESC") if run["name"] == name]
        assert runs, f"no flow run {name!r} among {[run['name'] for run in self.ask('flow_runs')]}"
        return runs[0]

    def task_runs(self, flow_run: dict[str, Any]) -> dict[str, dict[str, Any]]:
        rows = self.ask("task_runs", flow_runs={"id": {"any_": [flow_run["id"]]}})
        assert len({row["name"] for row in rows}) == len(rows)
        return {row["name"]: row for row in rows}

    def table(self, flow_run: dict[str, Any], key: str) -> list[dict[str, Any]]:
        """The rows of a table artifact of a run."""
        rows = json.loads(self._artifact(flow_run, key, "table"))
        assert isinstance(rows, list)
        return rows

    def markdown(self, flow_run: dict[str, Any], key: str) -> str:
        """The text of a markdown artifact of a run."""
        return self._artifact(flow_run, key, "markdown")

    def _artifact(self, flow_run: dict[str, Any], key: str, kind: str) -> str:
        filters = {"flow_run_id": {"any_": [flow_run["id"]]}, "key": {"any_": [key]}}
        (artifact,) = self.ask("artifacts", artifacts=filters)
        assert artifact["type"] == kind
        return str(artifact["data"])


@pytest.fixture
def observed(prefect_api: str) -> Observed:
    return Observed(prefect_api)


@pytest.fixture
def night(tmp_path: Path, prefect_api: str) -> Nemuro:
    """A home in which the files of 2018-11-22 wait, with a Prefect server to report to."""
    return Nemuro(tmp_path / "home").receive_night("2018-11-22").with_settings(PREFECT_API_URL=prefect_api)


@pytest.fixture
def told(first_night: Nemuro, tmp_path: Path, prefect_api: str) -> Nemuro:
    """A copy of the home after the night of 2018-11-22, with a Prefect server to report to."""
    return first_night.copy(tmp_path / "home").with_settings(PREFECT_API_URL=prefect_api)


NIGHT = "night of 2018-11-22, all sources, every fiscal year"


def test_the_night_without_a_server_is_the_night_of_the_command_line(first_night: Nemuro, tmp_path: Path) -> None:
    embedded = Nemuro(tmp_path / "home").receive_night("2018-11-22")
    answer = run_flow(embedded)
    assert answer.exit == 0, answer.all
    assert embedded.hash() == first_night.hash()
    assert embedded.letters() == first_night.letters()
    assert (embedded.home / "prefect" / "prefect.db").is_file()
    # what a newcomer reads last is the night, and nothing of Prefect
    assert answer.out.startswith("Night of 2018-11-22")
    assert "explain" in answer.out.splitlines()[-2]
    assert "Traceback" not in answer.err


def test_the_night_with_a_server_is_the_night_of_the_command_line(
    night: Nemuro, first_night: Nemuro, observed: Observed
) -> None:
    answer = run_flow(night, WATCHED)
    assert answer.exit == 0, answer.all
    assert night.hash() == first_night.hash()
    assert night.letters() == first_night.letters()
    assert not (night.home / "prefect" / "prefect.db").exists(), "a second server was started"
    run = observed.flow_run(NIGHT)
    assert run["state"]["type"] == "COMPLETED"
    tasks = observed.task_runs(run)
    sources = [row["source"] for row in night.listed("sources")]
    assert {"registry", "returns", "tourism"} < set(sources)
    steps = {f"{source}: {step}" for source in sources for step in ("fetch", "load")}
    assert set(tasks) == steps | {"judge, warn, deliver as of 2018-11-22"}
    assert {task["state"]["type"] for task in tasks.values()} == {"COMPLETED"}
    log = {row["message"] for row in observed.ask("logs", logs={"flow_run_id": {"any_": [run["id"]]}})}
    assert "registry: 1803ssjin.xls loaded" in log
    (progress,) = observed.ask("artifacts", artifacts={"key": {"any_": ["registry-files"]}})
    assert (progress["type"], progress["data"]) == ("progress", 100.0)
    assert progress["description"] == "registry: every file was read"
    # the artifact is what the command line says of every indicator that is rated
    newest = {row["indicator"]: row for row in night.listed("judge") if row["rating"] != "not_rated"}
    expected = {name: row["fiscal_year"] for name, row in newest.items() if row["same_as"] is None}
    report = observed.markdown(run, "night-report")
    assert "Night of 2018-11-22" in report
    assert str(night.home / "snapshots") in report
    table = observed.table(run, "night")
    assert {row["indicator"]: row["fiscal_year"] for row in table} == expected
    assert len(table) == len(expected)
    assert next(row for row in table if row["indicator"] == "g2-a1-3")["rating"] == "遅れ"


def test_every_run_is_named_by_what_it_does_and_every_line_of_the_log_names_its_run(
    told: Nemuro, observed: Observed
) -> None:
    answer = run_flow(told.with_settings(NEMURO_LOG_FORMAT="json"))
    assert answer.exit == 0, answer.all
    assert "unchanged" in answer.out
    run = observed.flow_run(NIGHT)
    names = list(observed.task_runs(run))
    assert not [name for name in names if "None" in name], names
    lines = [json.loads(line) for line in answer.err.splitlines() if line.startswith("{")]
    assert {line["run"] for line in lines} == {run["id"]}


def test_one_silent_source_stops_no_other_and_is_asked_three_times(
    night: Nemuro, observed: Observed, tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}/1903ssjin.xls"
    config = copy_config(tmp_path, registry={"endpoints": [{"file": address}], "timeout_seconds": 1})
    silent = night.on("2018-11-26").with_settings(NEMURO_CONFIG=str(config))
    answer = run_flow(silent, IMPATIENT)
    assert answer.exit == 5, answer.all
    assert address in answer.all
    tasks = observed.task_runs(observed.flow_run(NIGHT.replace("22", "26")))
    assert (tasks["registry: fetch"]["state"]["type"], tasks["registry: fetch"]["run_count"]) == ("FAILED", 3)
    others = [task for name, task in tasks.items() if name != "registry: fetch"]
    assert {(task["state"]["type"], task["run_count"]) for task in others} == {("COMPLETED", 1)}
    now = silent.judged(2017)
    assert now["g2-a1-3"]["rating"] == "behind", "the returns were not loaded"
    assert now["p2020-total"]["actual"] == "26399", "what lay in the folder of the silent source was not loaded"


def test_a_broken_file_ends_the_flow_with_four_and_is_not_tried_again(told: Nemuro, observed: Observed) -> None:
    broken = told.on("2018-11-27")
    (broken.home / "inbox" / "registry" / "1903ssjin.xls").write_text("<!doctype html><html></html>", encoding="utf-8")
    answer = run_flow(broken)
    assert answer.exit == 4, answer.all
    assert "1903ssjin.xls" in answer.all
    tasks = observed.task_runs(observed.flow_run(NIGHT.replace("22", "27")))
    assert {task["run_count"] for task in tasks.values()} == {1}


def test_a_flow_beside_another_run_ends_with_75(told: Nemuro) -> None:
    with (told.home / "warehouse.db.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        digest = told.hash()
        answer = run_flow(told)
    assert answer.exit == 75, answer.all
    assert told.hash() == digest
    # whatever Prefect logs of it, the last that is read is the fault
    fault = answer.err[answer.err.rindex("another run holds the warehouse") :]
    require_four_parts(fault)
    assert len(fault.splitlines()) == 4


def test_a_rehearsal_in_a_flow_records_and_sends_nothing(told: Nemuro, observed: Observed) -> None:
    later = told.on("2019-08-13").receive_night("2019-08-10")
    assert later.ask("collect").exit == 0
    digest, letters = later.hash(), later.letters()
    answer = run_flow(later, "from flows.nightly import nightly\nraise SystemExit(nightly(dry_run=True))\n")
    assert answer.exit == 0, answer.all
    assert (later.hash(), later.letters()) == (digest, letters)
    assert list((later.home / "rehearsal" / "2019-08-13").glob("*.eml"))
    observed.flow_run("night of 2019-08-13, rehearsal, every fiscal year")


TWENTY_YEARS = range(2005, 2025)


def test_the_rerun_and_backfill_flows_evaluate_as_the_command_line_does(
    told: Nemuro, observed: Observed, tmp_path: Path
) -> None:
    program = (
        "import json, sys\n"
        "from datetime import date\n"
        "from flows.fiscal_year import backfill, rerun\n"
        "rows = rerun(2017, date(2018, 11, 22))\n"
        "counts = backfill(2005, 2024, date(2018, 11, 22))\n"
        "print(json.dumps([rows, counts]))\n"
    )
    by_command = told.copy(tmp_path / "by-command").on("2019-01-04")
    by_flow = told.on("2019-01-04")
    letters = by_flow.letters()
    answer = run_flow(by_flow, program)
    assert answer.exit == 0, answer.all
    rows, counts = json.loads(answer.out.splitlines()[-1])
    years = {
        year: by_command.listed("rerun", "--fiscal-year", str(year), "--as-of", "2018-11-22") for year in TWENTY_YEARS
    }
    assert rows == years[2017]
    assert {int(year): count for year, count in counts.items()} == {year: len(each) for year, each in years.items()}
    # as of then FY2018 was the newest that had begun
    assert [year for year, each in years.items() if len(each) == 67] == [2015, 2016, 2017, 2018]
    assert by_flow.hash() == by_command.hash()
    assert by_flow.letters() == letters
    run = observed.flow_run("rerun FY2017 as of 2018-11-22")
    assert list(observed.task_runs(run)) == ["FY2017 as of 2018-11-22"]
    assert {row["indicator"]: row["rating"] for row in observed.table(run, "fy2017")} == {
        row["indicator"]: row["rating"] for row in rows
    }
    backfilled = observed.task_runs(observed.flow_run("backfill FY2005-FY2024 as of 2018-11-22"))
    assert set(backfilled) == {f"FY{year} as of 2018-11-22" for year in TWENTY_YEARS}


def test_a_server_that_takes_no_progress_stops_no_loading(tmp_path: Path) -> None:
    program = (
        "import flows.collecting as collecting\n"
        "from nemuro_etl.pipeline import Progress\n"
        "def away(*_): raise OSError('the server is away')\n"
        "collecting._TELLING = 0.0\n"
        "collecting.create_progress_artifact = away\n"
        "with collecting._progress_artifact('registry') as tell:\n"
        "    for figures in (1, 2, 3):\n"
        "        tell(Progress('registry', '1803ssjin.xls', 1, 7, figures))\n"
    )
    nemuro = Nemuro(tmp_path / "home")
    nemuro.home.mkdir()
    answer = run_flow(nemuro, program)
    assert answer.exit == 0, answer.all
    assert answer.err.count("registry: its progress cannot be told: the server is away") == 1
