"""Rebuild: a lost database is made again from the originals and the journal in the home."""

from pathlib import Path

from tests.e2e.command import Nemuro

HEADER = "indicator,fiscal_year,value,numerator,denominator,n,stage,evidence,remark"


def lose_database(nemuro: Nemuro) -> Nemuro:
    for file in nemuro.home.glob("warehouse.db*"):
        file.unlink()
    return nemuro


def test_two_years_of_nights_come_back_with_the_same_digest(second_year: Nemuro, tmp_path: Path) -> None:
    nemuro = second_year.copy(tmp_path / "home").on("2019-08-13")
    assert nemuro.run("nightly").exit == 0
    before, letters = nemuro.hash(), nemuro.letters()
    answer = lose_database(nemuro).run("rebuild")
    assert answer.exit == 0, answer.all
    assert answer.out.splitlines()[-1] == before == nemuro.hash()
    assert nemuro.run("trace", "--verify-all").exit == 0
    night = nemuro.run("nightly")
    assert "unchanged; done" in night.out
    assert nemuro.letters() == letters, "nothing is sent twice"


def test_a_mail_that_waited_waits_again_and_is_sent_once(second_year: Nemuro, tmp_path: Path) -> None:
    nemuro = second_year.copy(tmp_path / "home")
    lose_database(nemuro).ask("rebuild")
    assert len([name for name in nemuro.letters() if name.startswith("2019-08-10")]) == 0
    assert nemuro.on("2019-08-13").ask("nightly").exit == 0
    waited = [letter for letter in nemuro.letters().values() if letter.name.startswith("2019-08-10")]
    told = sorted(letter.department for letter in waited if not letter.is_follow_up)
    assert told == ["shimin-fukushi", "sogo-seisaku", "somu", "suisan-keizai"]
    # the reminders of August, and the page about July
    followed = sorted(letter.department for letter in waited if letter.is_follow_up)
    assert followed == ["headquarters", "shimin-fukushi", "shiritsu-byoin", "sogo-seisaku", "suisan-keizai"]


def test_what_a_person_decided_stays_decided(nemuro: Nemuro, tmp_path: Path) -> None:
    file = tmp_path / "houkoku.csv"
    for value, day in ((4, "2018-11-22"), (5, "2018-11-23")):
        file.write_text(f"{HEADER}\ng2-i1-1,2016,{value},,,,,,\n", encoding="utf-8")
        nemuro.on(day).ask("ingest", "returns", file)
    later = nemuro.on("2018-11-24")
    number = str(later.listed("revisions", "list")[0]["id"])
    assert later.ask("revisions", "accept", number, "--by", "事務局", "--reason", "集計誤り").exit == 0
    before = later.hash()
    assert lose_database(later).ask("rebuild").exit == 0
    assert later.hash() == before
    assert [row["value"] for row in later.listed("facts", "return.g2-i1-1", "--all-vintages")] == ["4", "5"]
    assert later.listed("revisions", "list", "--all")[0]["reason"] == "集計誤り"


def test_a_warehouse_that_is_not_empty_is_left_alone(second_year: Nemuro) -> None:
    before = second_year.hash()
    answer = second_year.ask("rebuild")
    assert answer.exit == 2
    assert "The warehouse is not empty." in answer.err
    assert second_year.hash() == before


def test_a_lost_original_is_told_and_the_rest_comes_back(second_year: Nemuro, tmp_path: Path) -> None:
    nemuro = second_year.copy(tmp_path / "home")
    original = next(
        path
        for path in (nemuro.home / "snapshots").glob("??/*")
        if not path.suffix and path.read_bytes()[:9] == b"indicator"
    )
    original.unlink()
    answer = lose_database(nemuro).ask("rebuild")
    assert answer.exit == 4
    assert original.name in answer.err
    assert len(nemuro.listed("facts", "registry.births", "--area", "01223")) == 6


def test_a_journal_line_cut_off_by_a_crash_is_no_deed_and_a_damaged_one_is_named(
    second_year: Nemuro, tmp_path: Path
) -> None:
    nemuro = second_year.copy(tmp_path / "home")
    before, journal = nemuro.hash(), nemuro.home / "journal.jsonl"
    with journal.open("ab") as file:
        file.write(b'{"at": "2019-08-1')
    assert lose_database(nemuro).ask("rebuild").exit == 0
    assert nemuro.hash() == before
    journal.write_bytes(b"{}\n" + journal.read_bytes())
    answer = lose_database(nemuro).ask("rebuild")
    assert answer.exit == 1
    assert "journal.jsonl, line 1, cannot be read" in answer.err


def test_a_rehearsal_leaves_no_line(second_year: Nemuro, tmp_path: Path) -> None:
    nemuro = second_year.copy(tmp_path / "home").on("2019-08-13")
    before = (nemuro.home / "journal.jsonl").read_bytes()
    assert nemuro.ask("nightly", "--dry-run").exit == 0
    assert (nemuro.home / "journal.jsonl").read_bytes() == before
