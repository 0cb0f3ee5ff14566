"""Rehearsal: which mails a past period would have brought under today's rules, and that asking changes nothing."""

from pathlib import Path

import pytest

from tests.e2e.command import Letter, Nemuro, copy_config, require_four_parts

BANDS = """
2018-06-01:
  on_track: 1
  mostly_on_track: 0.1
  behind: 0.05
  far_behind: 0
  warn_below: 0.1
  clear_at: 0.1
"""


def rehearse(nemuro: Nemuro, first: str, last: str, folder: Path) -> list[dict[str, str]]:
    return nemuro.listed("rehearse", "--from", first, "--to", last, "--out", folder)


def digests(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    return [row for row in rows if row["kind"] == "digest"]


def text_of(row: dict[str, str]) -> str:
    return Letter(Path(row["file"]).name, Path(row["file"]).read_bytes()).text


@pytest.mark.parametrize(
    ("first", "last"),
    [("2016-05-30", "2016-08-08"), pytest.param("2016-04-01", "2017-03-31", marks=pytest.mark.long)],
)
def test_a_past_period_is_rehearsed_and_nothing_is_changed(
    first_night: Nemuro, tmp_path: Path, first: str, last: str
) -> None:
    nemuro = first_night.copy(tmp_path / "home")
    before, outbox = nemuro.hash(), nemuro.listed("outbox", "list")
    files = nemuro.files()
    answer = nemuro.ask("rehearse", "--from", first, "--to", last, "--format", "json")
    assert answer.exit == 0, answer.all

    nights = [row["night"] for row in answer.rows]
    assert nights == sorted(nights)
    assert {"digest", "call", "reminder", "late", "summary"} <= {row["kind"] for row in answer.rows}
    folder = nemuro.home / "rehearsal" / f"{first}_{last}"
    assert {row["file"] for row in answer.rows} == {str(path) for path in folder.iterdir()}
    assert f"{len(answer.rows)} mails (" in answer.err
    told = [(row["department"], row["subject"]) for row in digests(answer.rows)]
    assert len(set(told)) == len(told), "each change is told once"
    last_week = text_of([row for row in answer.rows if row["kind"] == "weekly"][-1])
    assert last_week.count("正常に終わりました") == 7
    assert "失敗しました" not in last_week

    assert nemuro.hash() == before
    assert nemuro.listed("outbox", "list") == outbox
    assert {name: data for name, data in nemuro.files().items() if not name.startswith("rehearsal/")} == files


def test_a_figure_that_was_recorded_late_counts_from_the_day_on_which_it_was_due(
    first_night: Nemuro, tmp_path: Path
) -> None:
    """Everything of this home was recorded on 2018-11-22; the sections' returns of FY2015 were due on 2016-07-31."""
    fishery = [
        row["night"]
        for row in digests(rehearse(first_night, "2016-07-29", "2016-08-02", tmp_path / "rehearsed"))
        if row["department"] == "水産経済部"
    ]
    assert fishery == ["2016-07-31"]


def test_the_rehearsal_of_a_night_that_really_was_brings_the_digests_that_really_went(
    first_night: Nemuro, tmp_path: Path
) -> None:
    rows = digests(rehearse(first_night, first_night.day, first_night.day, tmp_path / "rehearsed"))
    assert {Path(row["file"]).name for row in rows} == {letter.name for letter in first_night.digests()}
    assert rows


def test_a_past_night_is_rehearsed_under_the_bands_of_today(first_night: Nemuro, tmp_path: Path) -> None:
    config = copy_config(tmp_path)
    with (config / "bands.yml").open("a", encoding="utf-8") as file:
        file.write(BANDS)
    lenient = first_night.with_settings(NEMURO_CONFIG=str(config))
    told = "".join(map(text_of, digests(rehearse(first_night, "2016-07-31", "2016-07-31", tmp_path / "now"))))
    less = "".join(map(text_of, digests(rehearse(lenient, "2016-07-31", "2016-07-31", tmp_path / "lenient"))))
    assert "進捗率が0.8を下回るとお知らせし" in told
    assert "進捗率が0.1を下回るとお知らせし" in less
    assert 0 < less.count("新たな遅れ（") < told.count("新たな遅れ（")


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [("2017-03-31", "2016-04-01", "a first day"), ("2018-11-01", "2018-11-23", "2018-11-22"), ("H28", "2017", "a day")],
)
def test_a_period_that_is_not_past_is_refused(
    first_night: Nemuro, tmp_path: Path, first: str, last: str, expected: str
) -> None:
    answer = first_night.ask("rehearse", "--from", first, "--to", last, "--out", tmp_path / "mails")
    assert answer.exit == 2
    require_four_parts(answer.err)
    assert expected in answer.err
    assert not (tmp_path / "mails").exists()


def test_the_mails_of_two_rehearsals_are_never_mixed(first_night: Nemuro, tmp_path: Path) -> None:
    assert rehearse(first_night, "2016-07-31", "2016-07-31", tmp_path)
    answer = first_night.ask("rehearse", "--from", "2016-08-01", "--to", "2016-08-01", "--out", tmp_path)
    assert answer.exit == 2
    require_four_parts(answer.err)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("2016-08-01")]
