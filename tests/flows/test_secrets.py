"""The application id of e-Stat and what Prefect writes down of a night: parameters, results, states, logs."""

from pathlib import Path

import pytest

from tests.e2e.command import Nemuro, copy_config
from tests.e2e.publisher import API, Estat, publishing
from tests.flows.test_flows import IMPATIENT, run_flow
from tests.samples.make_census import answer

APP_ID = "fedcba9876543210fedcba9876543210fedcba98"


@pytest.mark.parametrize("accepted", [APP_ID, "another"], ids=["a good answer", "an id that is not accepted"])
def test_prefect_never_learns_the_application_id(tmp_path: Path, accepted: str) -> None:
    with publishing() as publisher:
        Estat(publisher, accepted).tables["0003445078"] = answer()
        census = {"endpoints": [{"estat_table": "0003445078"}], "estat_api": publisher.address(API)}
        registry = {"endpoints": []}
        night = Nemuro(tmp_path / "home").with_settings(
            NEMURO_CONFIG=str(copy_config(tmp_path, census=census, registry=registry)),
            NEMURO_ESTAT_APP_ID=APP_ID,
            NEMURO_LOG_LEVEL="DEBUG",
            PREFECT_LOGGING_LEVEL="DEBUG",
        )
        ended = run_flow(night, IMPATIENT)
    assert ended.exit == (0 if accepted == APP_ID else 5), ended.all
    assert any(APP_ID in path for path, _ in publisher.asked)
    assert APP_ID not in ended.all
    files = [path for path in night.home.rglob("*") if path.is_file()]
    assert any(path.name == "prefect.db" for path in files)
    assert [path for path in files if APP_ID.encode() in path.read_bytes()] == []
