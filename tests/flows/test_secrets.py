"""The application id of e-Stat and what Prefect writes down of a night: parameters, results, states, logs."""

from pathlib import Path

import pytest

from tests.e2e.command import Nemuro, copy_config
from tests.e2e.publisher import API, Estat, Publisher, publishing
from tests.flows.conftest import PrefectServer
from tests.flows.deployed import deploy
from tests.flows.test_flows import IMPATIENT, run_flow
from tests.samples.make_census import answer

APP_ID = "fedcba9876543210fedcba9876543210fedcba98"
REPLY_KEY = "76543210fedcba98"


def asking(publisher: Publisher, accepted: str, folder: Path) -> Nemuro:
    """A home that asks a table of e-Stat's API with its application id, and logs whatever can be logged."""
    Estat(publisher, accepted).tables["0003445078"] = answer()
    census = {"endpoints": [{"estat_table": "0003445078"}], "estat_api": publisher.address(API)}
    return Nemuro(folder / "home").with_settings(
        NEMURO_CONFIG=str(copy_config(folder, census=census, registry={"endpoints": []})),
        NEMURO_ESTAT_APP_ID=APP_ID,
        NEMURO_REPLY_KEY=REPLY_KEY,
        NEMURO_LOG_LEVEL="DEBUG",
        PREFECT_LOGGING_LEVEL="DEBUG",
    )


@pytest.mark.parametrize("accepted", [APP_ID, "another"], ids=["a good answer", "an id that is not accepted"])
def test_prefect_never_learns_the_application_id(tmp_path: Path, accepted: str) -> None:
    with publishing() as publisher:
        night = asking(publisher, accepted, tmp_path)
        ended = run_flow(night, IMPATIENT)
    assert ended.exit == (0 if accepted == APP_ID else 5), ended.all
    assert any(APP_ID in path for path, _ in publisher.asked)
    assert APP_ID not in ended.all
    files = [path for path in night.home.rglob("*") if path.is_file()]
    assert any(path.name == "prefect.db" for path in files)
    assert [path for path in files if APP_ID.encode() in path.read_bytes()] == []


@pytest.mark.long
def test_nor_do_a_server_and_its_workers(tmp_path: Path, prefect_server: PrefectServer) -> None:
    with publishing() as publisher:
        night = asking(publisher, APP_ID, tmp_path).receive_night("2018-11-22")
        with deploy(night, prefect_server.api) as deployed, deployed.worker():
            deployed.wait(deployed.ordered("nightly/nightly"), "Completed")
    assert any(APP_ID in path for path, _ in publisher.asked)
    written = [path for folder in (tmp_path, prefect_server.home) for path in folder.rglob("*") if path.is_file()]
    assert {"prefect.db", "server.log", "process.log", "warehouse.db"} <= {path.name for path in written}
    for secret in (APP_ID, REPLY_KEY):
        assert [path for path in written if secret.encode() in path.read_bytes()] == []
