"""A simulated year, night after night: states follow the calendar, and each call, reminder and escalation comes once."""

import sqlite3
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.e2e.command import SAMPLES, Letter, Nemuro, copy_config, finish

FIRST, LAST = date(2019, 4, 1), date(2020, 3, 31)
HEADER = "indicator,fiscal_year,value,numerator,denominator,n,stage,evidence,remark\n"
SECRETARIAT = "sogo-seisaku"
SECTIONS = ("shimin-fukushi", "shiritsu-byoin", "sogo-seisaku", "somu", "suisan-keizai")

# When each state begins, by config/calendar.yml; before the first it is not_yet_published.
STATES = {
    ("g2-i1-1", 2018): [("2019-08-01", "not_submitted")],
    ("g2-a1-1", 2018): [("2019-06-20", "available")],
    ("g3-i1-1", 2018): [("2019-07-25", "available")],
    ("g3-u1-1", 2018): [("2019-08-05", "awaited"), ("2019-08-20", "overdue")],
    ("p2020-total", 2018): [("2019-08-05", "awaited"), ("2019-08-20", "overdue")],
    ("g2-n3", 2018): [("2019-08-05", "awaited"), ("2019-08-20", "overdue")],
    ("g2-i2-1", 2018): [("2019-09-30", "awaited"), ("2019-10-31", "overdue")],
    ("g2-a5-4", 2018): [("2019-03-31", "awaited"), ("2019-05-01", "overdue")],
    ("g2-a5-4", 2019): [("2020-03-31", "awaited")],
    ("g3-n2", 2019): [("2019-12-01", "not_submitted")],
    ("g1-i1-1", 2019): [("2019-11-05", "available")],
    ("g1-n1", 2017): [],
    ("g2-i1-1", 2019): [],
}

HANDED_IN = {
    # 市民福祉部 everything, 水産経済部 all but two
    "2019-06-20": {
        *("g1-n3", "g1-a1-2", "g1-a2-1", "g1-a3-1", "g1-a4-1", "g1-a4-2", "g1-a4-3"),
        *("g2-a1-1", "g2-a1-2", "g2-a1-4", "g2-a2-2", "g2-a3-1", "g2-a3-2"),
        *("g2-a4-1", "g2-a4-2", "g2-a4-3", "g2-a5-1", "g2-a5-2"),
    },
    # 総務部, late, but before the secretariat is told
    "2019-07-25": {"g3-i1-1"},
}
SURVEY_HANDED_IN = ("2019-11-05", "g1-i1-1,2019,,110,500,500,,,\n")

# (night, kind) → to whom; every mail about figures that are owed, and no other.
MAILS = {
    # the first night of all: a survey is due in a week, and foreign guests were
    ("2018-11-22", "reminder"): ["shimin-fukushi"],
    ("2018-11-22", "late"): [SECRETARIAT],
    ("2019-04-01", "late"): [SECRETARIAT],  # a survey of FY2018 that was owed since December
    ("2019-05-01", "late"): [SECRETARIAT],  # trade
    ("2019-06-01", "call"): [*SECTIONS],
    ("2019-07-17", "reminder"): ["shiritsu-byoin", "sogo-seisaku", "somu", "suisan-keizai"],
    ("2019-08-07", "late"): [SECRETARIAT],  # returns
    ("2019-08-20", "late"): [SECRETARIAT],  # registry and donations
    ("2019-10-01", "call"): ["shimin-fukushi", "shiritsu-byoin", "sogo-seisaku"],
    ("2019-10-31", "late"): [SECRETARIAT],  # tourism
    ("2019-11-16", "reminder"): ["shimin-fukushi", "sogo-seisaku"],
    ("2019-12-07", "late"): [SECRETARIAT],  # surveys
}


def every_day() -> list[date]:
    return [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]


def days_around_changes() -> list[date]:
    """The days on which anything changes, each with the day before, and every 40th."""
    changes = {begin for begins in STATES.values() for begin, _ in begins} | {night for night, _ in MAILS}
    changes |= {*HANDED_IN, SURVEY_HANDED_IN[0]}
    near = {date.fromisoformat(day) + timedelta(days=n) for day in changes for n in (-1, 0)}
    return [day for n, day in enumerate(every_day()) if day in near or n % 40 == 0]


def hand_in(nemuro: Nemuro, day: str) -> None:
    """What the sections put into the folder on `day`: of FY2018 the rows of the second night's sample."""
    if day in HANDED_IN:
        sample = SAMPLES / "nights" / "2019-08-10" / "returns" / "houkoku-2019.csv"
        lines = [line for line in sample.read_text("utf-8-sig").splitlines() if line.split(",")[0] in HANDED_IN[day]]
        assert len(lines) == len(HANDED_IN[day])
        put(nemuro, day, "\n".join(lines) + "\n")
    elif day == SURVEY_HANDED_IN[0]:
        put(nemuro, day, SURVEY_HANDED_IN[1])


def put(nemuro: Nemuro, name: str, lines: str) -> None:
    folder = nemuro.home / "inbox" / "returns"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.csv").write_text(HEADER + lines, encoding="utf-8")


def expected_state(row: tuple[str, int], day: str) -> str:
    return next((state for begin, state in reversed(STATES[row]) if begin <= day), "not_yet_published")


def owed_mails(nemuro: Nemuro) -> dict[tuple[str, str], list[str]]:
    """Every mail of the outbox about figures that are owed: to whom, by night and kind."""
    found: dict[tuple[str, str], list[str]] = {}
    for row in nemuro.listed("outbox", "list"):
        if row["kind"] in ("call", "reminder", "late"):
            found.setdefault((row["night"], row["kind"]), []).append(row["to"].partition("@")[0])
    return {key: sorted(to) for key, to in found.items()}


def steps_of(nemuro: Nemuro) -> list[tuple[object, ...]]:
    with sqlite3.connect(nemuro.home / "warehouse.db") as database:
        return database.execute("select * from called order by 1, 2, 3, 4, 5").fetchall()


def mail_of(nemuro: Nemuro, night: str, department: str) -> Letter:
    (mail,) = [one for one in nemuro.calls() if one.name.startswith(night) and one.department == department]
    return mail


def run_nights(nemuro: Nemuro, days: Sequence[date]) -> Iterator[str]:
    """Each day's night; then the day."""
    for day in map(str, days):
        hand_in(nemuro, day)
        answer = nemuro.on(day).ask("nightly")
        assert answer.exit == 0, answer.all
        yield day


def require_year(nemuro: Nemuro, days: Sequence[date]) -> None:
    for day in run_nights(nemuro, days):
        rows = {(row["indicator"], row["fiscal_year"]): row for row in nemuro.on(day).listed("calendar")}
        for row in STATES:
            state = rows[row]["data_state"] if row in rows else "not_yet_published"
            assert state == expected_state(row, day), f"{row} on {day}"
    assert owed_mails(nemuro) == MAILS


@pytest.fixture(scope="module")
def year(first_night: Nemuro, tmp_path_factory: pytest.TempPathFactory) -> Nemuro:
    """The home after the nights around every change of a year, of which the states and mails were as they must."""
    nemuro = first_night.copy(tmp_path_factory.mktemp("year") / "home")
    require_year(nemuro, days_around_changes())
    return nemuro.on(str(LAST))


@pytest.fixture
def june(first_night: Nemuro, tmp_path: Path) -> Nemuro:
    """A home before the night of Saturday 2019-06-01, on which the returns of FY2018 are called for."""
    return first_night.copy(tmp_path / "home").on("2019-06-01")


def test_states_and_mails_follow_the_calendar(year: Nemuro) -> None:
    assert {row["status"] for row in year.listed("outbox", "list")} == {"sent"}


@pytest.mark.long
def test_states_and_mails_follow_the_calendar_on_every_single_day(first_night: Nemuro, tmp_path: Path) -> None:
    require_year(first_night.copy(tmp_path / "home"), every_day())


def test_a_reminder_names_only_what_is_still_missing(year: Nemuro) -> None:
    called, reminded = (mail_of(year, night, "suisan-keizai").text for night in ("2019-06-01", "2019-07-17"))
    missing = ("季節労働者数", "輸出の取組みに参画する意向がある市内企業数")
    for name in (*missing, "新規創業件数", "新規漁業就業者数"):
        assert name in called
        assert (name in reminded) == (name in missing), name
    assert "次の2件の実績値" in reminded


def test_the_secretariat_is_told_which_section_owes_what(year: Nemuro) -> None:
    told = mail_of(year, "2019-08-07", SECRETARIAT).text
    for words in (
        "総合政策部（所管課の報告）",
        "市立根室病院（所管課の報告）",
        "水産経済部（所管課の報告）",
        "季節労働者数",
    ):
        assert words in told
    # 市民福祉部 had handed in everything, 総務部 after the reminder
    for words in ("市民福祉部（所管課", "総務部（所管課", "新規創業件数"):
        assert words not in told


def test_a_publisher_that_is_late_is_told_to_no_section(year: Nemuro) -> None:
    told = [one for one in year.calls() if "ふるさと納税に関する現況調査" in one.text]
    assert [(one.department, one.name[:10]) for one in told] == [(SECRETARIAT, "2019-08-20")]


def test_a_year_is_rebuilt_with_the_same_digest_and_calls_nobody_again(year: Nemuro, tmp_path: Path) -> None:
    nemuro = year.copy(tmp_path / "home")
    digest, steps, letters = nemuro.hash(), steps_of(nemuro), nemuro.letters()
    for file in nemuro.home.glob("warehouse.db*"):
        file.unlink()
    answer = nemuro.ask("rebuild")
    assert answer.exit == 0, answer.all
    assert (nemuro.hash(), steps_of(nemuro)) == (digest, steps)
    assert "unchanged; done" in nemuro.ask("nightly").out
    assert nemuro.letters() == letters


def test_a_rehearsal_shows_the_calls_and_takes_no_step(june: Nemuro) -> None:
    before = steps_of(june)
    assert june.ask("nightly", "--dry-run").exit == 0
    shown = [Letter(path.name, path.read_bytes()) for path in (june.home / "rehearsal").rglob("*.eml")]
    asked = sorted(one.department for one in shown if one.is_call and "期限を過ぎた" not in str(one.message["Subject"]))
    assert asked == [*SECTIONS]
    assert steps_of(june) == before
    assert owed_mails(june).keys() == {("2018-11-22", "reminder"), ("2018-11-22", "late")}


def test_a_night_that_runs_again_calls_nobody_again_and_the_mails_wait_for_monday(june: Nemuro) -> None:
    first = june.ask("nightly")
    assert "call: 5" in first.out
    assert "waits for 2019-06-03, the next business day" in first.out
    steps = steps_of(june)
    assert "unchanged" in june.ask("nightly").out
    assert june.ask("rerun", "--fiscal-year", "2018", "--send").exit == 0
    sunday = june.on("2019-06-02")
    assert sunday.ask("nightly").exit == 0
    assert not [one for one in june.calls() if one.name.startswith("2019-06")]
    assert june.on("2019-06-03").ask("nightly").exit == 0
    asked = [one.department for one in june.calls() if one.name.startswith("2019-06-01") and "お願い" in one.text[:99]]
    assert sorted(asked) == [*SECTIONS]
    assert steps_of(june) == steps


@pytest.fixture(scope="module")
def whole_night(first_night: Nemuro, tmp_path_factory: pytest.TempPathFactory) -> tuple[Nemuro, float]:
    """The home after the night of 2019-06-03, and the seconds that it took."""
    whole = first_night.copy(tmp_path_factory.mktemp("whole") / "home").on("2019-06-03")
    start = time.monotonic()
    assert whole.run("nightly").exit == 0
    return whole, time.monotonic() - start


@pytest.mark.parametrize("part", [0.4, 0.6, 0.8])
def test_a_night_that_is_killed_calls_everybody_once(
    june: Nemuro, whole_night: tuple[Nemuro, float], part: float
) -> None:
    whole, seconds = whole_night
    killed = june.on("2019-06-03")
    process = killed.start("nightly")
    time.sleep(part * seconds)
    process.kill()
    finish(process)
    assert killed.run("nightly").exit == 0
    assert steps_of(killed) == steps_of(whole)
    assert killed.letters() == whole.letters()


def test_a_call_names_the_workbook_as_it_is_exported(june: Nemuro, tmp_path: Path) -> None:
    monday = june.on("2019-06-03")
    assert monday.ask("nightly").exit == 0
    exported = monday.listed("workbook", "export", "--fiscal-year", "2018", "--all", "--out", str(tmp_path / "books"))
    texts = [one.text for one in monday.calls() if one.name.startswith("2019-06-03")]
    for row in exported:
        assert sum(Path(str(row["file"])).name in text for text in texts) == 1, row
    assert len(exported) == len(SECTIONS)


def test_a_deadline_that_is_postponed_is_shown_with_its_reason_and_followed(june: Nemuro, tmp_path: Path) -> None:
    config = copy_config(tmp_path)
    file = config / "calendar.yml"
    text = file.read_text(encoding="utf-8")
    exception = "    exceptions: [{fiscal_year: 2018, expected: 2019-09-30, note: 台風による延期}]\n"
    before = "    calls: {call: 06-01"
    assert text.count(before) == 1
    file.write_text(text.replace(before, exception + before), encoding="utf-8")
    nemuro = june.with_settings(NEMURO_CONFIG=str(config)).on("2019-08-07")
    row = next(row for row in nemuro.listed("calendar", "--fiscal-year", "2018") if row["indicator"] == "g2-i1-1")
    assert {key: row[key] for key in ("call", "remind", "deadline", "escalate", "note", "data_state")} == {
        "call": "2019-06-01",
        "remind": "2019-09-16",
        "deadline": "2019-09-30",
        "escalate": "2019-10-07",
        "note": "台風による延期",
        "data_state": "not_yet_published",
    }
    assert nemuro.ask("nightly").exit == 0
    assert owed_mails(nemuro)["2019-08-07", "call"] == [*SECTIONS]
    assert "提出期限令和元年9月30日" in mail_of(nemuro, "2019-08-07", "somu").text


def test_the_calendar_lists_every_row_and_year_with_its_days(first_night: Nemuro) -> None:
    rows = {(row["indicator"], row["fiscal_year"]): row for row in first_night.listed("calendar")}
    assert {fiscal_year for _, fiscal_year in rows} == {2015, 2016, 2017, 2018}
    donations = rows["g3-u1-1", 2018]
    assert (donations["family"], donations["expected"], donations["grace_ends"]) == (
        "furusato",
        "2019-08-05",
        "2019-08-19",
    )
    assert [donations[key] for key in ("call", "remind", "deadline", "escalate", "note")] == [None] * 5
    estimate = rows["g1-n1", 2017]
    assert (estimate["expected"], estimate["note"]) == ("2020-07-31", "平成25年～平成29年の公表日")
    assert rows["g1-n1", 2018]["expected"] is None


def test_a_first_run_in_2026_asks_nobody_for_a_plan_that_is_over(nemuro: Nemuro) -> None:
    late = nemuro.on("2026-11-24")
    assert late.ask("nightly").exit == 0
    assert owed_mails(late) == {("2026-11-24", "late"): [SECRETARIAT]}
    # only the registry of the year that ended last, for the rows that were or are judged in it
    (told,) = late.calls()
    for words in ("住民基本台帳に基づく人口", "令和7年度", "（長期目標）"):
        assert words in told.text
    for words in ("短期目標", "ふるさと納税", "所管課の報告"):
        assert words not in told.text
