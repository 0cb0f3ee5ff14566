"""The departments' entry workbooks, from export to the cell in which a figure ends."""

import shutil
import subprocess
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from shutil import which
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from tests.e2e.command import SAMPLES, Nemuro
from tests.samples.fill_workbook import enter, fill_files, rows_of

RETURNS = SAMPLES / "nights" / "2018-11-22" / "returns" / "houkoku-2018.csv"
BOOK = "FY2018_総合政策部_指標報告.xlsx"
FILLED_FIGURES = 45
"""Indicators that report for FY2018: all that take returns but TFR, of which no estimate comes."""


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Nemuro, Path]:
    """A home with the returns of earlier years, and the workbooks of July 2019. Not to be changed: copy them."""
    nemuro = Nemuro(tmp_path_factory.mktemp("summer") / "home", day="2019-07-01")
    assert nemuro.on("2018-11-22").ask("ingest", "returns", RETURNS).exit == 0
    return nemuro, export(nemuro, nemuro.home.with_name("out"))


@pytest.fixture
def summer(exported: tuple[Nemuro, Path], tmp_path: Path) -> Nemuro:
    """The command in July 2019, with the returns of earlier years recorded and the workbooks exported."""
    return exported[0].copy(tmp_path / "home")


@pytest.fixture
def out(exported: tuple[Nemuro, Path], tmp_path: Path) -> Path:
    """The exported workbooks, to be filled in."""
    return Path(shutil.copytree(exported[1], tmp_path / "out"))


def export(nemuro: Nemuro, folder: Path, *who: str) -> Path:
    answer = nemuro.ask("workbook", "export", "--fiscal-year", "2018", "--out", folder, *(who or ("--all",)))
    assert answer.exit == 0, answer.all
    return folder


def edit(path: Path, change: Callable[[Worksheet], None]) -> Path:
    """A workbook after somebody typed into its entry sheet."""
    workbook = load_workbook(path)
    change(workbook["入力"])
    workbook.save(path)
    return path


def typed(path: Path, indicator: str, **inputs: Any) -> Path:
    facts = {"evidence": "台帳", "entered_on": date(2019, 7, 1), "entered_by": "佐藤", **inputs}
    return edit(path, lambda sheet: enter(sheet, rows_of(sheet)[indicator], **facts))


def figures(nemuro: Nemuro) -> dict[str, str]:
    """By indicator, the returned figure that stands for FY2018 (or CY2018)."""
    return {
        name: figure["value"]
        for name, row in nemuro.judged(2018).items()
        for figure in row["figures"]
        if figure["source"] == "returns" and figure["period"] in ("FY2018", "2018")
    }


def test_workbooks_of_all_sections_go_out_and_come_back_with_identical_figures(
    summer: Nemuro, out: Path, tmp_path: Path
) -> None:
    files, meant = fill_files(out, tmp_path / "filled")
    assert len(files) == 5
    later = summer.on("2019-07-05")
    answer = later.ask("workbook", "import", *files, "--format", "json")
    assert answer.exit == 0, answer.all
    assert {row["status"] for row in answer.rows} == {"loaded"}
    assert sum(row["figures"] + row["confirmed"] for row in answer.rows) == FILLED_FIGURES
    loaded = figures(later)
    assert len(loaded) == FILLED_FIGURES
    assert {name: loaded[name] for name in meant} == meant
    assert set(loaded) - set(meant) == {"g3-n2", "g1-a3-2", "g1-i1-1"}, "recorded before"
    digest = later.hash()

    again = later.ask("workbook", "import", *files, "--format", "json")
    assert {row["status"] for row in again.rows} == {"unchanged"}
    fresh = export(later, tmp_path / "fresh")
    for path in fresh.glob("*.xlsx"):
        unchanged = later.on("2019-07-08").ask("workbook", "import", path, "--format", "json")
        assert (unchanged.exit, [row["status"] for row in unchanged.rows]) == (0, ["unchanged"]), unchanged.all
    assert later.hash() == digest
    assert later.ask("trace", "--verify-all").exit == 0


def test_who_entered_a_figure_and_why_is_told_down_to_the_cell(summer: Nemuro, out: Path) -> None:
    book = typed(out / BOOK, "g2-i1-1", value="４人", remark="単身者を含む")
    assert summer.ask("workbook", "import", book).exit == 0
    told = summer.ask("explain", "g2-i1-1", "--fiscal-year", "2018").out
    place = f"入力!I{rows_of(load_workbook(book)['入力'])['g2-i1-1']}"
    assert "← 記入者: 佐藤　記入日: 2019-07-01　根拠: 台帳　備考: 単身者を含む" in told
    assert f"← {BOOK} の {place}" in told
    (said,) = summer.listed("explain", "g2-i1-1", "--fiscal-year", "2018")
    mine = next(each for each in said["returns"] if each["period"] == "FY2018")
    assert (mine["entered_by"], mine["locator"]) == ("佐藤", place)


def test_the_watched_folder_takes_workbooks_and_flat_files_alike(nemuro: Nemuro, tmp_path: Path) -> None:
    book = typed(export(nemuro.on("2019-07-01"), tmp_path / "out") / BOOK, "g2-i1-1", value=4)
    there = nemuro.on("2019-07-05").receive(book, RETURNS, source="returns")
    answer = there.ask("collect", "returns", "--format", "json")
    assert answer.exit == 0, answer.all
    assert [(row["kind"], row["status"]) for row in answer.rows] == [("workbook", "loaded"), ("flat", "loaded")]


def test_a_refused_workbook_is_kept_and_comes_back_marked_and_nothing_of_it_is_recorded(
    summer: Nemuro, out: Path
) -> None:
    book = typed(typed(out / BOOK, "g2-i1-1", value="約50"), "g2-a2-1", value=8)
    sent, before = book.read_bytes(), summer.hash()
    answer = summer.ask("workbook", "import", book)
    assert answer.exit == 4
    assert "入力!I9: 「約50」は確かな数値ではありません" in answer.err
    marked = summer.home / "returned" / "FY2018_総合政策部_指標報告_要修正.xlsx"
    assert str(marked) in answer.err
    assert load_workbook(marked)["入力"]["I9"].comment is not None
    assert book.read_bytes() == sent
    assert sent in summer.originals()
    assert summer.hash() == before

    typed(marked, "g2-i1-1", value=50)
    mended = marked.read_bytes()
    assert summer.ask("workbook", "import", book).exit == 4
    assert marked.read_bytes() == mended, "what somebody is mending was written over"
    assert summer.ask("workbook", "import", book).exit == 4
    copies = sorted(path.name for path in marked.parent.iterdir())
    assert copies == [marked.name, "FY2018_総合政策部_指標報告_要修正2.xlsx"]
    assert summer.ask("workbook", "import", marked).exit == 0
    assert figures(summer)["g2-a2-1"] == "8"


def test_a_final_figure_that_is_corrected_is_held_and_accepted_with_who_and_why(
    summer: Nemuro, out: Path, tmp_path: Path
) -> None:
    assert summer.ask("workbook", "import", typed(out / BOOK, "g2-i1-1", value=4)).exit == 0
    august = summer.on("2019-08-01")
    book = export(august, tmp_path / "august") / BOOK
    typed(book, "g2-i1-1", value=5, correction="集計もれ", entered_by="鈴木", entered_on=date(2019, 8, 1))
    answer = august.ask("workbook", "import", book)
    assert answer.exit == 3, answer.all
    (held,) = august.listed("revisions", "list")
    assert (held["old"], held["new"], held["entered_by"], held["correction"]) == ("4", "5", "鈴木", "集計もれ")
    assert figures(august)["g2-i1-1"] == "4"
    assert august.ask("revisions", "accept", str(held["id"]), "--by", "事務局", "--reason", "台帳で確認").exit == 0
    assert figures(august)["g2-i1-1"] == "5"
    told = august.ask("explain", "g2-i1-1", "--fiscal-year", "2018").out
    assert "← 記入者: 鈴木　記入日: 2019-08-01　根拠: 台帳　訂正理由: 集計もれ" in told
    history = load_workbook(export(august, tmp_path / "then") / BOOK)["経過"]
    lines = [[cell.value for cell in row] for row in history.iter_rows(min_row=4)]
    assert [(line[3], line[9]) for line in lines if line[0] == "g2-i1-1" and line[2] == "平成30年度"] == [
        (4, "佐藤"),
        (5, "鈴木"),
    ]


def test_an_older_workbook_does_not_overwrite_what_came_after_it(summer: Nemuro, out: Path, tmp_path: Path) -> None:
    old = Path(shutil.copy(out / BOOK, tmp_path))
    newer = typed(out / BOOK, "g2-i1-1", value=5)
    assert summer.on("2019-07-05").ask("workbook", "import", newer).exit == 0
    answer = summer.on("2019-07-08").ask("workbook", "import", typed(old, "g2-a2-1", value=8))
    assert answer.exit == 4
    assert "入力!I9: 2019-07-05に佐藤さんが「5人」と登録しており、空欄です。値は消せません。" in answer.err


def test_the_warehouse_is_rebuilt_with_what_the_workbooks_said(summer: Nemuro, out: Path, tmp_path: Path) -> None:
    files, _ = fill_files(out, tmp_path / "filled")
    assert summer.on("2019-07-05").ask("workbook", "import", *files).exit == 0
    digest = summer.hash()
    for file in summer.home.glob("warehouse.db*"):
        file.unlink()
    assert summer.ask("rebuild").exit == 0
    assert summer.hash() == digest


def test_an_export_twice_is_unchanged_and_never_overwrites_what_was_filled_in(summer: Nemuro, tmp_path: Path) -> None:
    out = export(summer, tmp_path / "out")
    again = summer.listed("workbook", "export", "--fiscal-year", "2018", "--all", "--out", out)
    assert {row["status"] for row in again} == {"unchanged"}
    filled = typed(out / BOOK, "g2-i1-1", value=4).read_bytes()
    answer = summer.ask("workbook", "export", "--fiscal-year", "2018", "--all", "--out", out)
    assert answer.exit == 2
    assert BOOK in answer.err
    assert (out / BOOK).read_bytes() == filled


def test_one_section_is_named_by_id_or_name(summer: Nemuro, tmp_path: Path) -> None:
    for number, named in enumerate(("somu", "総務部")):
        out = export(summer, tmp_path / str(number), "--department", named)
        assert [path.name for path in out.iterdir()] == ["FY2018_総務部_指標報告.xlsx"]
    unknown = summer.ask("workbook", "export", "--fiscal-year", "2018", "--department", "x", "--out", tmp_path / "x")
    assert unknown.exit == 2
    assert "somu (総務部)" in unknown.err


def test_a_figure_that_was_published_is_not_asked_for(first_night: Nemuro, tmp_path: Path) -> None:
    there = first_night.copy(tmp_path / "home").on("2019-07-01")
    assert there.ask("ingest", "furusato", *(SAMPLES / "furusato").glob("*.xlsx")).exit == 0
    book = export(there, tmp_path / "out") / BOOK
    assert "g3-u1-1" not in rows_of(load_workbook(book)["入力"])
    assert "g3-u1-2" in rows_of(load_workbook(book)["入力"])


def test_the_overview_has_every_indicator_and_year_with_what_is_missing_first(
    summer: Nemuro, out: Path, tmp_path: Path
) -> None:
    assert summer.ask("workbook", "import", typed(out / BOOK, "g2-i1-1", value=4)).exit == 0
    late = summer.on("2019-08-20")
    assert late.ask("workbook", "overview", "--out", tmp_path / "overview.xlsx").exit == 0
    sheet = load_workbook(tmp_path / "overview.xlsx").active
    assert sheet is not None
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
    states = [str(row[0]) for row in rows]
    assert states == sorted(states, key=list(dict.fromkeys(states)).index), "the states are mixed"
    assert states[0] == "未提出"
    assert states[-1] == "取得済"
    mine = next(row for row in rows if row[2] == "g2-i1-1" and row[4] == "平成30年度")
    assert (mine[1], mine[5], mine[8], mine[9]) == ("総合政策部", 4, "佐藤", "2019-07-01")
    missing = {(row[2], row[4]) for row in rows if row[0] == "未提出"}
    judged = {(name, "平成30年度") for name, row in late.judged(2018).items() if row["data_state"] == "not_submitted"}
    assert judged
    assert judged <= missing
    assert sheet.auto_filter.ref
    assert sheet.freeze_panes == "E5"


def test_libreoffice_opens_every_workbook_and_what_it_saves_is_read_alike(
    summer: Nemuro, out: Path, tmp_path: Path
) -> None:
    if which("soffice") is None:
        pytest.skip("LibreOffice (soffice) is not here: whether it opens the workbooks was NOT checked")
    files, _ = fill_files(out, tmp_path / "filled")
    saved = tmp_path / "saved"
    profile = f"-env:UserInstallation=file://{tmp_path / 'profile'}"
    subprocess.run(
        ["soffice", profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", saved, *files],
        check=True,
        capture_output=True,
        timeout=180,
    )
    plain, other = summer.on("2019-07-05"), summer.copy(tmp_path / "other").on("2019-07-05")
    for there, these in ((plain, files), (other, sorted(saved.glob("*.xlsx")))):
        answer = there.ask("workbook", "import", *these)
        assert answer.exit == 0, answer.all
    assert figures(other) == figures(plain)
    for path in sorted(saved.glob("*.xlsx")):
        before, after = load_workbook(path.parent.parent / "filled" / path.name), load_workbook(path, data_only=True)
        sheet = after["入力"]
        assert sheet.protection.sheet
        assert len(sheet.data_validations.dataValidation) >= len(before["入力"].data_validations.dataValidation)
        told = [str(sheet[f"S{row}"].value) for row in rows_of(sheet).values()]
        # a number that is typed as text is understood, but Excel calls it no number
        assert {text.partition("（")[0] for text in told} <= {
            "OK",
            "登録済み",
            "未入力",
            "空欄可",
            "数値ではありません",
        }
        assert not [
            name for name in zipfile.ZipFile(path).namelist() if "vbaProject" in name or "externalLinks" in name
        ]
