"""What is shown while files are read: on a terminal the file and a count, and nowhere else."""

import os
import pty
import subprocess
from contextlib import suppress

from tests.e2e.command import COMMAND, Nemuro

ERASED = "\r\x1b[K"


def read_terminal(nemuro: Nemuro) -> str:
    """Everything that a collection writes on a terminal."""
    shown, terminal = pty.openpty()
    nemuro.home.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [COMMAND, "collect"], env=nemuro.environment, cwd=nemuro.home, stdout=subprocess.DEVNULL, stderr=terminal
    )
    os.close(terminal)
    written = b""
    with suppress(OSError):  # a terminal that nobody writes to any more has no end, it fails
        while part := os.read(shown, 65536):
            written += part
    os.close(shown)
    assert process.wait() == 0, written
    return written.decode()


def test_a_terminal_shows_the_file_that_is_read_and_counts_its_figures(nemuro: Nemuro) -> None:
    written = read_terminal(nemuro.receive_night("2018-11-22"))
    file = f"{ERASED}registry: 1803ssjin.xls (6 of 7)"
    read = f"{file}{file}: 340 figures{ERASED}"
    assert f"{read}registry: 1803ssjin.xls loaded\r\n" in written
    # nothing is read again, and nothing of it stays
    assert ERASED not in read_terminal(nemuro)


def test_a_log_that_is_no_terminal_shows_whole_lines_alone(nemuro: Nemuro) -> None:
    answer = nemuro.receive_night("2018-11-22").run("collect")
    assert "registry: 1803ssjin.xls loaded" in answer.err
    assert "\r" not in answer.all
    assert "340 figures" not in answer.err
