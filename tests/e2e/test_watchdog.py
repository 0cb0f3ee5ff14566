"""The watchdog as its operator has it: exit code, words, and one mail a day, whatever is broken."""

import shutil
import signal
import sqlite3
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest

from tests.e2e.command import Answer, Nemuro, copy_config, finish, require_four_parts
from tests.e2e.test_crash import unfinished_runs
from tests.e2e.test_smtp import Mailbox, mail_server

OPERATOR = "operator@city.nemuro.example"


@pytest.fixture
def watched(first_night: Nemuro, tmp_path: Path) -> Nemuro:
    """A copy of the home after the night of 2018-11-22, with an operator."""
    return first_night.copy(tmp_path / "home").with_settings(NEMURO_OPERATOR_ADDRESS=OPERATOR)


def alarms(nemuro: Nemuro) -> list[EmailMessage]:
    """The mails to the operator, oldest first."""
    files = sorted((nemuro.home / "mail").glob("*_operator_*.eml"), key=lambda path: path.stat().st_mtime_ns)
    return [BytesParser(policy=policy.default).parsebytes(file.read_bytes()) for file in files]


def require_alarm(answer: Answer, *words: str) -> None:
    """Exit 1, with a fault in four parts that has these words."""
    assert answer.exit == 1, answer.all
    require_four_parts(answer.err.split("\n\n")[0])
    assert answer.out == ""
    for word in words:
        assert word in answer.err


def test_after_a_good_night_it_says_so_and_mails_nobody(watched: Nemuro) -> None:
    answer = watched.on("2018-11-23").run("watchdog", "--max-age", "26h")
    assert answer.exit == 0, answer.all
    assert answer.out == "The last night ended 2018-11-22T03:00:00+09:00 (exit 0), 24 h ago.\n"
    assert not alarms(watched)
    assert watched.on("2018-11-23").ask("watchdog", "--max-age", "2d").exit == 0
    assert watched.on("2018-11-23").ask("watchdog", "--max-age", "90m").exit == 1


def test_a_night_that_is_missing_is_mailed_once_a_day(watched: Nemuro) -> None:
    late = watched.on("2018-11-24")
    require_alarm(late.ask("watchdog"), "The nightly run is late", "2 d ago", "exit 0", "nightly")
    (mail,) = alarms(late)
    assert (mail["To"], mail["Subject"]) == (OPERATOR, "[nemuro-etl] late (2018-11-24)")
    body = mail.get_content()
    assert "The nightly run is late" in body
    assert str(late.home) in body
    require_alarm(late.ask("watchdog"), "was told today")
    assert len(alarms(late)) == 1
    require_alarm(watched.on("2018-11-25").ask("watchdog"), "Mailed")
    assert len(alarms(late)) == 2
    # another night, and all is well
    assert watched.on("2018-11-25").ask("nightly").exit == 0
    assert watched.on("2018-11-25").ask("watchdog").exit == 0
    assert len(alarms(late)) == 2


def test_without_an_operator_it_only_says_so(first_night: Nemuro, tmp_path: Path) -> None:
    nobody = first_night.copy(tmp_path / "home").on("2018-11-24")
    require_alarm(nobody.ask("watchdog"), "late", "NEMURO_OPERATOR_ADDRESS is not set")
    assert not alarms(nobody)


def test_a_night_that_stands_still_is_hung_and_one_that_was_killed_is_dead(watched: Nemuro) -> None:
    watched = watched.receive_night("2019-08-10").on("2018-11-23")
    process = watched.start("nightly")
    try:
        while not unfinished_runs(watched):
            assert process.poll() is None, finish(process).all
        process.send_signal(signal.SIGSTOP)
        hours_later = watched.with_settings(NEMURO_NOW="2018-11-23T06:00:01+09:00")
        assert watched.ask("watchdog").exit == 0
        require_alarm(
            hours_later.ask("watchdog"), "has not ended after 3 h", f"process {process.pid} on ", "within 3 h"
        )
    finally:
        process.kill()
        finish(process)
    answer = watched.ask("watchdog")
    require_alarm(answer, f"(process {process.pid} on ", "is dead")
    # each is an incident of its own, and told
    assert [mail["Subject"].split()[1] for mail in alarms(watched)] == ["hung", "dead"]
    (finding,) = [row for row in watched.ask("doctor", "--format", "json").rows if row["subject"] == "last night"]
    assert finding["state"] == "wrong"
    assert watched.run("nightly").exit == 0
    assert watched.ask("watchdog").exit == 0
    assert watched.ask("doctor").exit == 0


def empty(nemuro: Nemuro) -> None:
    (nemuro.home / "warehouse.db").unlink()


def tear(nemuro: Nemuro) -> None:
    (nemuro.home / "warehouse.db").write_bytes(b"this is no database" * 1000)


def drop_the_ledger(nemuro: Nemuro) -> None:
    with sqlite3.connect(nemuro.home / "warehouse.db") as database:
        database.execute("drop table run")


@pytest.mark.parametrize("destroy", [empty, tear, drop_the_ledger])
def test_a_warehouse_that_cannot_be_read_is_told_and_left_as_it_is(
    watched: Nemuro, destroy: Callable[[Nemuro], None]
) -> None:
    for leftover in ("warehouse.db-wal", "warehouse.db-shm"):
        (watched.home / leftover).unlink(missing_ok=True)
    destroy(watched)
    before = (watched.home / "warehouse.db").exists()
    require_alarm(watched.ask("watchdog"), "Mailed")
    assert [mail["Subject"] for mail in alarms(watched)] == ["[nemuro-etl] warehouse (2018-11-22)"]
    assert (watched.home / "warehouse.db").exists() == before


def test_a_database_that_does_not_answer_is_told_without_its_password(watched: Nemuro) -> None:
    away = watched.with_settings(NEMURO_DATABASE_URL="postgresql://nemuro:geheim@127.0.0.1:1/nemuro")
    answer = away.ask("watchdog")
    require_alarm(answer, "127.0.0.1:1", "Mailed")
    assert "geheim" not in answer.all + str(alarms(watched)[0].get_content())


def test_a_broken_config_is_told_before_the_night_stumbles_over_it(watched: Nemuro, tmp_path: Path) -> None:
    config = copy_config(tmp_path)
    (config / "bands.yml").write_text("no: bands\n", encoding="utf-8")
    require_alarm(watched.with_settings(NEMURO_CONFIG=str(config)).ask("watchdog"), "bands.yml", "Mailed")
    assert [mail["Subject"] for mail in alarms(watched)] == ["[nemuro-etl] config (2018-11-22)"]


def test_it_mails_by_the_mail_server_and_tries_again_when_that_was_away(watched: Nemuro) -> None:
    mailbox = Mailbox()
    with mail_server(mailbox) as port:
        late = watched.on("2018-11-24").with_settings(
            NEMURO_SMTP_HOST="127.0.0.1", NEMURO_SMTP_PORT=str(port), NEMURO_SMTP_SECURITY="none"
        )
        require_alarm(late.ask("watchdog"), "late", "is withheld", "NEMURO_MAIL_ALLOW")
        assert not mailbox.messages
        late = late.with_settings(NEMURO_MAIL_ALLOW=OPERATOR)
        mailbox.refuse_message = "451 come back"
        require_alarm(late.ask("watchdog"), "451 come back", "tries again")
        mailbox.refuse_message = ""
        require_alarm(late.ask("watchdog"), f"Mailed: {OPERATOR}")
        require_alarm(late.ask("watchdog"), "was told today")
    assert mailbox.recipients == [[OPERATOR]]
    require_alarm(late.on("2018-11-25").ask("watchdog"), "No mail: The mail server 127.0.0.1")


def test_a_damaged_memory_costs_a_second_mail_and_never_the_first(watched: Nemuro) -> None:
    late = watched.on("2018-11-24")
    for memory in ("{", '{"day": "2018-11-24"}', "[]"):
        (late.home / "watchdog.json").write_text(memory, encoding="utf-8")
        shutil.rmtree(late.home / "mail")
        require_alarm(late.ask("watchdog"), "Mailed")
        assert len(alarms(late)) == 1


@pytest.mark.parametrize("age", ["26", "soon", "1.5h"])
def test_an_age_in_no_known_form_is_wrong_usage(watched: Nemuro, age: str) -> None:
    answer = watched.ask("watchdog", "--max-age", age)
    assert answer.exit == 2
    require_four_parts(answer.err)
    assert "26h" in answer.err


# --- doctor ---------------------------------------------------------------------------------------------------------


def finding(nemuro: Nemuro, subject: str) -> dict[str, str]:
    (row,) = [row for row in nemuro.ask("doctor", "--format", "json").rows if row["subject"] == subject]
    return row


def test_doctor_says_how_the_scheduler_is(watched: Nemuro) -> None:
    assert "cron" in finding(watched, "scheduler")["finding"]
    away = finding(watched.with_settings(PREFECT_API_URL="http://127.0.0.1:1/api"), "scheduler")
    assert away["state"] == "wrong"
    assert "http://127.0.0.1:1/api does not answer" in away["finding"]


def test_doctor_refuses_a_rehearsals_clock_in_production(watched: Nemuro) -> None:
    assert finding(watched, "clock")["finding"] == "2018-11-22 in Tokyo: a rehearsal, by NEMURO_NOW"
    wrong = finding(watched.with_settings(NEMURO_MAIL_LIVE="1"), "clock")
    assert wrong["state"] == "wrong"
    assert "NEMURO_NOW" in wrong["remedy"]


def test_doctor_says_whether_the_operator_can_be_told(watched: Nemuro) -> None:
    assert finding(watched, "operator")["finding"] == f"the watchdog mails {OPERATOR}"
    assert finding(watched.with_settings(NEMURO_OPERATOR_ADDRESS="nobody"), "operator")["state"] == "wrong"
