"""Ten thousand digests rendered, written down and delivered, against rendering them and sending them with smtplib.

    python tests/benchmarks/mailing.py [COUNT]

The digests are those of the bundled night of 2018-11-22, in turn, each for a department that is made up. Both
contestants render and build the same mails, each in a fresh process, over one connection to the same aiosmtpd server on
loopback, which is a process of its own. smtplib keeps nothing: what was sent when it is killed, nobody knows.
"""

import shutil
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from unittest.mock import patch

from measuring import ROOT, Measured, run_once

from nemuro_etl import mail, pipeline
from nemuro_etl.model.alert import Mail
from nemuro_etl.pipeline.delivering import deliveries
from nemuro_etl.pipeline.house import House
from nemuro_etl.settings import read_settings

COUNT = 10_000
PAIRS = 1
_NIGHT = "2018-11-22"
_AT_ONCE = 100
"""Mails that are written down together: a night has fewer."""


def main() -> None:
    count = sys.argv[1] if len(sys.argv) > 1 else str(COUNT)
    with (
        tempfile.TemporaryDirectory() as folder,
        subprocess.Popen([sys.executable, __file__, "server"], stdout=subprocess.PIPE, text=True) as server,
    ):
        assert server.stdout is not None
        port = server.stdout.readline().strip()
        measured: dict[str, list[Measured]] = {"nemuro-etl": [], "smtplib": []}
        try:
            for pair in range(PAIRS):
                for name, results in measured.items():
                    home = Path(folder) / f"{name}-{pair}"
                    shutil.copytree(ROOT / "tests/samples/nights" / _NIGHT, home / "inbox")
                    results.append(run_once([__file__, name, str(home), port, count]))
        finally:
            server.terminate()
    for name, results in measured.items():
        for one in results:
            rate = one.rows / one.work
            print(f"{name:12} {one.rows} mails in {one.work:.1f} s: {rate:.0f} a second, peak {one.megabytes:.0f} MB")
    for ours, theirs in zip(*measured.values(), strict=True):
        print(f"ratio: time {ours.work / theirs.work:.2f}, memory {ours.megabytes / theirs.megabytes:.2f}")


def compete(name: str, home: str, port: str, count: int) -> None:
    """One contestant's work: prints how many mails were sent, and the seconds of it."""
    overrides = {
        "home": home,
        "config": str(ROOT / "config"),
        "now": f"{_NIGHT}T03:00:00+09:00",
        "smtp_host": "127.0.0.1",
        "smtp_port": port,
        "smtp_security": "none",
        "mail_live": True,
        "log_level": "ERROR",
    }
    house = pipeline.open_house(read_settings(overrides))
    mails = islice(_render(house), count)
    started = time.perf_counter()
    sent = _deliver(house, mails) if name == "nemuro-etl" else _send(house, mails, int(port))
    seconds = time.perf_counter() - started
    house.close()
    print(f"{sent} mails\n{seconds}")


def _render(house: House) -> Iterator[Mail]:
    """The night's digests again and again, each for another department. The night itself is set up before the first."""
    asked = []
    render = mail.render_digest
    with patch.object(mail, "render_digest", side_effect=lambda *a, **k: (asked.append((a, k)), render(*a, **k))[1]):
        pipeline.collect(house)
        pipeline.conclude(house, (), dry_run=True)

    def endless() -> Iterator[Mail]:
        number = 0
        while True:
            for (department, *rest), named in asked:
                number += 1
                one = replace(department, id=f"{department.id}-{number}", address=f"n{number}@city.nemuro.example")
                yield render(one, *rest, **named)

    return endless()


def _deliver(house: House, mails: Iterator[Mail]) -> int:
    while some := list(islice(mails, _AT_ONCE)):
        house.warehouse.record_night([], some)
    return sum(each.outcome == "sent" for each in deliveries(house))


def _send(house: House, mails: Iterator[Mail], port: int) -> int:
    sent = 0
    with smtplib.SMTP("127.0.0.1", port) as connection:
        for one in mails:
            connection.send_message(mail.to_message(one, date=house.now))
            sent += 1
    return sent


def serve() -> None:
    """A mail server that takes every mail and keeps none, on a port that it prints."""
    import socket

    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, Envelope, Session

    class Sink:
        async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
            return "250 OK"

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    Controller(Sink(), hostname="127.0.0.1", port=port).start()
    print(port, flush=True)
    while True:
        time.sleep(60)


if __name__ == "__main__":
    if len(sys.argv) > 4:
        compete(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
    elif sys.argv[1:] == ["server"]:
        serve()
    else:
        main()
