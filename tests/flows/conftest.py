"""Homes for the flows, and one real Prefect server for all of them: it takes twenty seconds to start."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.e2e.command import Nemuro
from tests.e2e.conftest import postgresql as postgresql
from tests.flows.deployed import QUIET, Deployed, deploy


@pytest.fixture(scope="session")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Nemuro:
    """The home after `nemuro nightly` on 2018-11-22, without Prefect. Not to be changed: copy it."""
    first = Nemuro(tmp_path_factory.mktemp("first-night") / "home").receive_night("2018-11-22")
    answer = first.run("nightly")
    assert answer.exit == 0, answer.all
    return first


class PrefectServer:
    """A Prefect server on a port of loopback, with its database below `home`: it can be stopped and started again."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port = home, port
        self.api = f"http://127.0.0.1:{port}/api"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("NEMURO_", "PREFECT_"))}
        with (self.home / "server.log").open("a") as log:
            self._process = subprocess.Popen(
                [Path(sys.executable).with_name("prefect"), "server", "start", "--no-ui", "--host", "127.0.0.1"]
                + ["--port", str(self.port)],
                env={**inherited, **QUIET, "PREFECT_HOME": str(self.home), "HOME": str(self.home)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        deadline = time.monotonic() + 240
        while not self._is_healthy():
            assert self._process.poll() is None, (self.home / "server.log").read_text()
            assert time.monotonic() < deadline, "the Prefect server did not start in four minutes"
            time.sleep(0.5)

    def stop(self, with_signal: int = signal.SIGTERM) -> None:
        if self._process is None:
            return
        os.killpg(self._process.pid, with_signal)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def _is_healthy(self) -> bool:
        try:
            return requests.get(f"{self.api}/health", timeout=5).ok
        except requests.RequestException:
            return False


@pytest.fixture(scope="session")
def prefect_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    """A Prefect server, started once for all tests of a process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = PrefectServer(tmp_path_factory.mktemp("prefect-server"), port)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def prefect_api(prefect_server: PrefectServer) -> str:
    """The address of the API of a Prefect server on a free port of loopback."""
    return prefect_server.api


@pytest.fixture
def deployed(tmp_path: Path, prefect_api: str) -> Iterator[Deployed]:
    """A home in which the files of 2018-11-22 wait for their night."""
    nemuro = Nemuro(tmp_path / "home").receive_night("2018-11-22")
    with deploy(nemuro, prefect_api) as waiting:
        yield waiting
