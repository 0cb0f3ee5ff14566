"""Evaluations, warnings, mails and ledgers: each said once, and never lost."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from threading import Barrier, Thread

from nemuro_etl.model.alert import Cause, Change, ChangeKind, Mail, MailKind, Told
from nemuro_etl.model.area import AreaKind
from nemuro_etl.model.evaluation import DataState, Evaluation, Rating, SourceCondition
from nemuro_etl.model.figure import Figure, Stage
from nemuro_etl.warehouse import Warehouse, open_warehouse
from nemuro_etl.warehouse.engine import Database
from tests.warehouse.figures import SQL, SUMMER

NIGHT = date(2018, 11, 22)
EDITION = "2015-2019"


def evaluation(**keywords: object) -> Evaluation:
    figure = Figure(
        series="return.g2-i1-1",
        area="01223",
        kind=AreaKind.MUNICIPALITY,
        period="FY2016",
        dimensions={},
        value=Decimal(4),
        unit="人",
        stage=Stage.FINAL,
        source="returns",
        snapshot="a" * 64,
        locators=("line 2:value",),
        recorded_at=SUMMER,
    )
    one = Evaluation(
        indicator="g2-i1-1",
        name="移住者数",
        same_as=None,
        plan="strategy",
        fiscal_year=2016,
        as_of=NIGHT,
        revision="2017-11-22",
        rating=Rating.BEHIND,
        data_state=DataState.AVAILABLE,
        actual=Decimal(6),
        baseline=Decimal(0),
        target=Decimal(25),
        expected=Decimal(10),
        do_nothing=None,
        pace=Decimal("0.6"),
        attainment=Decimal("0.24"),
        gap_closed=Decimal("0.24"),
        need_per_year=Decimal(7),
        unit="人",
        basis=None,
        bases=(),
        stage=Stage.FINAL,
        period="FY2016",
        figures=(figure,),
        reason="",
        formula="6 / 10",
    )
    return replace(one, **keywords)  # type: ignore[arg-type]


def mail(key: str = "k1", not_before: date = NIGHT) -> Mail:
    return Mail(
        key=key,
        kind=MailKind.DIGEST,
        department="sougou",
        night=NIGHT,
        not_before=not_before,
        sender="a@example.invalid",
        reply_to="b@example.invalid",
        to="c@example.invalid",
        subject="件名",
        text="本文\n",
        html="<p>本文</p>",
        message_id=f"<{key}@example.invalid>",
        headers={"List-Id": "x", "Auto-Submitted": "auto-generated"},
    )


def change(kind: ChangeKind = ChangeKind.OPENED) -> Change:
    return Change(
        kind=kind,
        cause=Cause.NEW_FIGURE,
        edition=EDITION,
        indicator="g2-i1-1",
        department="sougou",
        now=evaluation(),
        before=None,
        bands="2015-04-01",
    )


def test_an_evaluation_that_says_the_same_is_not_stored_again(warehouse: Warehouse) -> None:
    first = warehouse.store_evaluations(EDITION, NIGHT, [evaluation()])
    next_night = NIGHT + timedelta(days=1)
    again = warehouse.store_evaluations(EDITION, next_night, [evaluation(as_of=next_night)])
    assert (first.new, first.unchanged) == (1, 0)
    assert (again.new, again.unchanged) == (0, 1)
    (stored,) = warehouse.evaluations(EDITION, next_night)
    assert (stored.as_of, stored.indicator, stored.fiscal_year) == (NIGHT, "g2-i1-1", 2016)
    assert (stored.content["rating"], stored.content["formula"], stored.content["closing"]) == (
        "behind",
        "6 / 10",
        False,
    )
    assert stored.content["figures"][0]["locator"] == "line 2:value"


def test_the_latest_evaluation_on_or_before_a_day_counts(warehouse: Warehouse) -> None:
    later = NIGHT + timedelta(days=5)
    warehouse.store_evaluations(EDITION, later, [evaluation(pace=Decimal("0.7"))])
    assert warehouse.store_evaluations(EDITION, NIGHT, [evaluation()]).new == 1, "a rerun of an earlier night"
    assert warehouse.store_evaluations(EDITION, NIGHT, [evaluation(pace=Decimal("0.5"))]).new == 1
    assert warehouse.store_evaluations(EDITION, NIGHT, [evaluation(pace=Decimal("0.5"))]).new == 0
    paces = [stored.content["pace"] for day in (NIGHT, later) for stored in warehouse.evaluations(EDITION, day)]
    assert paces == ["0.5", "0.7"]
    assert warehouse.evaluations(EDITION, NIGHT - timedelta(days=1)) == ()


def test_the_time_of_day_of_a_figure_makes_no_other_evaluation(warehouse: Warehouse) -> None:
    warehouse.store_evaluations(EDITION, NIGHT, [evaluation()])
    (figure,) = evaluation().figures
    same_day = replace(figure, recorded_at=SUMMER + timedelta(hours=2))
    next_day = replace(figure, recorded_at=SUMMER + timedelta(days=1))
    assert warehouse.store_evaluations(EDITION, NIGHT, [evaluation(figures=(same_day,))]).new == 0
    assert warehouse.store_evaluations(EDITION, NIGHT, [evaluation(figures=(next_day,))]).new == 1


def test_a_night_writes_down_what_was_told_and_the_mails_that_tell_it(warehouse: Warehouse) -> None:
    assert warehouse.record_night([(change(), "k1"), (change(ChangeKind.WORSE), None)], [mail()]) == 1
    assert warehouse.told(EDITION) == (
        Told(
            EDITION,
            "g2-i1-1",
            2016,
            ChangeKind.OPENED,
            Rating.BEHIND,
            Decimal(6),
            Decimal(25),
            "FY2016",
            "2015-04-01",
            NIGHT,
        ),
        Told(
            EDITION,
            "g2-i1-1",
            2016,
            ChangeKind.WORSE,
            Rating.BEHIND,
            Decimal(6),
            Decimal(25),
            "FY2016",
            "2015-04-01",
            NIGHT,
        ),
    )
    assert warehouse.told("another edition") == ()
    (one,) = warehouse.mails()
    assert (one.mail, one.status, one.attempts) == (mail(), "pending", 0)


def test_a_mail_with_a_key_that_is_there_is_the_same_mail(warehouse: Warehouse) -> None:
    warehouse.record_night([], [mail()])
    assert warehouse.record_night([], [replace(mail(), subject="別の件名"), mail("k2"), mail("k2")]) == 1
    assert [one.mail.subject for one in warehouse.mails()] == ["件名", "件名"]


def test_a_mail_waits_for_its_day(warehouse: Warehouse) -> None:
    tuesday = date(2019, 8, 13)
    warehouse.record_night([], [mail("k1", tuesday), mail("k2", NIGHT)])
    assert [one.key for one in warehouse.due_mails(tuesday - timedelta(days=1))] == ["k2"]
    assert [one.key for one in warehouse.due_mails(tuesday)] == ["k1", "k2"]


def test_a_claimed_mail_ends_sent_pending_in_doubt_or_refused(warehouse: Warehouse) -> None:
    warehouse.record_night([], [mail("k1"), mail("k2"), mail("k3"), mail("k4")])
    assert all(warehouse.claim(key) for key in ("k1", "k2", "k3", "k4"))
    assert list(warehouse.due_mails(NIGHT)) == []
    warehouse.mark_sent("k1", SUMMER)
    warehouse.mark_pending("k2", "connection refused")
    assert warehouse.doubt("k3", "connection lost after DATA") is True
    assert warehouse.refuse("k4", "550 no such mailbox", mail("notice")) is True
    found = {one.mail.key: (one.status, one.sent_at, one.attempts, one.doubts) for one in warehouse.mails()}
    assert found == {
        "k1": ("sent", SUMMER, 1, 0),
        "k2": ("pending", None, 1, 0),
        "k3": ("pending", None, 1, 1),
        "k4": ("refused", None, 1, 0),
        "notice": ("pending", None, 0, 0),
    }
    assert [one.mail.key for one in warehouse.mails("sent")] == ["k1"]
    assert warehouse.claim("k1") is False
    assert warehouse.claim("k2") is True
    assert warehouse.claim("k4") is False


def test_a_mail_whose_fate_is_unknown_is_sent_once_more_and_then_waits_for_a_person(warehouse: Warehouse) -> None:
    warehouse.record_night([], [mail("k1")])
    fates = []
    for _ in range(2):
        assert warehouse.claim("k1")
        fates.append(warehouse.doubt("k1", "lost"))
        # said twice of one attempt, it is one doubt
        warehouse.doubt("k1", "lost")
    assert fates == [True, False]
    assert warehouse.claim("k1") is False
    warehouse.send_again("k1", "new@example.invalid")
    assert warehouse.claim("k1") is True
    assert warehouse.doubt("k1", "lost") is False, "a person's decision is about one attempt"
    (one,) = warehouse.mails()
    assert (one.status, one.doubts, one.attempts, one.mail.to) == ("doubtful", 3, 3, "new@example.invalid")


def test_a_held_mail_leaves_only_when_somebody_releases_it(warehouse: Warehouse) -> None:
    assert warehouse.record_night([], [mail("k1"), mail("k2")], held=frozenset({"k1"})) == 2
    assert [one.key for one in warehouse.due_mails(NIGHT)] == ["k2"]
    assert warehouse.claim("k1") is False
    assert warehouse.claim("k2") is True
    warehouse.mark_sent("k2", SUMMER)
    for key in ("k1", "k2"):
        warehouse.release(key, "企画課 佐藤")
    found = {one.mail.key: (one.status, one.released_by) for one in warehouse.mails()}
    assert found == {"k1": ("pending", "企画課 佐藤"), "k2": ("sent", None)}


def test_a_mail_that_was_recorded_as_pending_is_not_held_by_a_rerun(warehouse: Warehouse) -> None:
    warehouse.record_night([], [mail("k1")])
    assert warehouse.record_night([], [mail("k1")], held=frozenset({"k1"})) == 0
    assert [one.status for one in warehouse.mails()] == ["pending"]


def test_the_outbox_of_an_older_schema_is_kept(make_url: Callable[[str], str], tmp_path: Path) -> None:
    older = Path(shutil.copytree(SQL, tmp_path / "sql"))
    for path in (older / "migrations").glob("*.sql"):
        if int(path.name[:4]) >= 9:
            path.unlink()
    columns = (
        "mail_key, kind, department, night, not_before, sender, reply_to, recipient, subject, body_text, body_html"
    )
    values = f"'digest', 'd', '{NIGHT}', '{NIGHT}', 'a', 'b', 'c', 's', 't', 'h', '<i>', '{{}}'"
    for dialect in ("sqlite", "postgresql"):
        url = make_url(dialect)
        open_warehouse(url, older).close()
        database = Database(url)
        with database.writing() as writing:
            for status in ("pending", "sending", "sent", "doubtful"):
                writing.run(
                    f"insert into outbox ({columns}, message_id, headers, status, attempts)"
                    f" values ('{status}', {values}, '{status}', 1)"
                )
        database.close()
        warehouse = open_warehouse(url, SQL)
        found = {one.mail.key: (one.status, one.attempts, one.doubts) for one in warehouse.mails()}
        warehouse.close()
        assert found == {
            "pending": ("pending", 1, 0),
            "sending": ("sending", 1, 0),
            "sent": ("sent", 1, 0),
            "doubtful": ("doubtful", 1, 1),
        }


def test_two_workers_never_claim_the_same_mail(url: str) -> None:
    keys = [f"k{n:02d}" for n in range(20)]
    warehouses = [open_warehouse(url, SQL) for _ in range(2)]
    warehouses[0].record_night([], [mail(key) for key in keys])
    claimed: list[list[str]] = [[], []]
    start = Barrier(2)

    def work(n: int) -> None:
        start.wait()
        claimed[n] = [key for key in keys if warehouses[n].claim(key)]

    workers = [Thread(target=work, args=(n,)) for n in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(claimed[0] + claimed[1]) == keys
    for one in warehouses:
        one.close()


def test_the_digest_covers_evaluations_and_warnings_and_no_mails(make_url: Callable[[str], str]) -> None:
    digests = {"sqlite": [], "postgresql": []}  # type: dict[str, list[str]]
    for dialect, found in digests.items():
        warehouse = open_warehouse(make_url(dialect), SQL)
        found.append(warehouse.digest())
        warehouse.store_evaluations(EDITION, NIGHT, [evaluation()])
        found.append(warehouse.digest())
        warehouse.record_night([(change(), "k1")], [])
        found.append(warehouse.digest())
        warehouse.record_night([], [mail()])
        warehouse.begin_run("nightly", SUMMER, NIGHT)
        assert warehouse.digest() == found[-1]
        warehouse.close()
    assert digests["sqlite"] == digests["postgresql"]
    assert len(set(digests["sqlite"])) == 3


def test_a_source_is_noted_when_its_condition_changes(warehouse: Warehouse) -> None:
    hour = timedelta(hours=1)
    assert warehouse.note_source("registry", SUMMER, SourceCondition.WORKING) is True
    assert warehouse.note_source("registry", SUMMER + hour, SourceCondition.WORKING) is False
    assert warehouse.note_source("registry", SUMMER + 24 * hour, SourceCondition.UNREADABLE, "F39") is True
    assert warehouse.note_source("trade", SUMMER, SourceCondition.FETCH_FAILED, "HTTP 503") is True
    assert warehouse.source_conditions(SUMMER.date()) == {
        "registry": SourceCondition.WORKING,
        "trade": SourceCondition.FETCH_FAILED,
    }
    assert warehouse.source_conditions(None)["registry"] is SourceCondition.UNREADABLE


def test_a_run_is_written_down_when_it_begins_and_when_it_ends(warehouse: Warehouse) -> None:
    run = warehouse.begin_run("nightly", SUMMER, NIGHT)
    assert [one.status for one in warehouse.runs()] == ["running"]
    warehouse.finish_run(run, SUMMER + timedelta(seconds=9), "done", {"新規": 3})
    (one,) = warehouse.runs()
    assert (one.kind, one.started_at, one.as_of, one.status) == ("nightly", SUMMER, NIGHT, "done")
    assert (one.finished_at, one.summary) == (SUMMER + timedelta(seconds=9), {"新規": 3})
    assert one.process_id > 0
