"""Answers to warnings from the entry workbook: exported with it, handed in with it, recorded once."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from nemuro_etl.returns.answer_sheet import HEADER_ROW, LETTERS
from tests.e2e.command import Nemuro
from tests.samples.fill_workbook import enter, rows_of

HEADER = "indicator,fiscal_year,value,numerator,denominator,n,stage,evidence,remark"
ROW, OWNER = "g2-a1-3", "水産経済部"
SHEET = "遅れへの回答"
FIRST = HEADER_ROW + 1


@pytest.fixture(scope="module")
def one_warning(tmp_path_factory: pytest.TempPathFactory) -> Nemuro:
    """The home after a night that opened one warning of the fishery's section. Not to be changed: copy it."""
    nemuro = Nemuro(tmp_path_factory.mktemp("one-warning") / "home")
    nemuro.home.mkdir()
    file = nemuro.home / "houkoku.csv"
    file.write_text(f"{HEADER}\n{ROW},2017,530,,,,,,\n", encoding="utf-8")
    assert nemuro.ask("ingest", "returns", file).exit == 0
    assert nemuro.ask("nightly").exit == 0
    return nemuro


@pytest.fixture
def warned(one_warning: Nemuro, tmp_path: Path) -> Nemuro:
    """Two working days later."""
    return one_warning.copy(tmp_path / "home").on("2018-11-26")


def export(nemuro: Nemuro, folder: Path, department: str = OWNER) -> Path:
    command = ("workbook", "export", "--fiscal-year", "2018", "--out", folder, "--department", department)
    answer = nemuro.ask(*command)
    assert answer.exit == 0, answer.all
    return folder / f"FY2018_{department}_指標報告.xlsx"


def edit(path: Path, change: Callable[[Worksheet], None], sheet: str = SHEET) -> Path:
    workbook = load_workbook(path)
    change(workbook[sheet])
    workbook.save(path)
    return path


def look_closer(sheet: Worksheet) -> None:
    """What a spreadsheet program saves, too, when nothing was typed: another file with the same words."""
    sheet.sheet_view.zoomScale = 90


def answer(path: Path, **inputs: object) -> Path:
    """A workbook after somebody answered the first warning on the sheet."""

    def type_in(sheet: Worksheet) -> None:
        for key, value in inputs.items():
            sheet[f"{LETTERS[key]}{FIRST}"].value = value

    return edit(path, type_in)


def state(nemuro: Nemuro) -> tuple[str, str | None, str | None]:
    (row,) = nemuro.listed("alerts", "list")
    return row["state"], row["until"], row["text"]


def test_a_row_of_the_workbook_answers_a_warning_once(warned: Nemuro, tmp_path: Path) -> None:
    book = export(warned, tmp_path)
    row = [str(cell.value) for cell in load_workbook(book)[SHEET][FIRST]]
    assert row[:4] == [ROW, "季節労働者数", "平成29年度（2017年度）", "遅れ"]
    assert row[4].startswith("平成30年11月22日 新たな遅れ\n実績530人")
    answer(book, text="募集を強化します。", until="平成31年1月31日")

    later = warned.on("2018-11-28")
    taken = later.ask("workbook", "import", book)
    assert taken.exit == 0, taken.all
    assert f"{ROW} FY2017: acknowledged until 2019-01-31" in taken.err
    assert state(later) == ("acknowledged", "2019-01-31", "募集を強化します。")
    (recorded,) = later.listed("alerts", "answers")
    assert (recorded["by"], recorded["answered"]) == ("水産経済部（入力ブック）", "2018-11-28")

    assert later.ask("workbook", "import", book).exit == 0
    again = later.on("2018-12-03").ask("workbook", "import", edit(book, look_closer))
    assert again.exit == 0, again.all
    assert "a duplicate: taken on 2018-11-28" in again.err
    assert len(later.listed("alerts", "answers")) == 1

    night = warned.on("2018-12-03")
    assert night.ask("nightly").exit == 0
    fresh = load_workbook(export(night, tmp_path / "fresh"))[SHEET]
    assert str(fresh[f"{LETTERS['before']}{FIRST}"].value).startswith("募集を強化します。\n（平成30年11月28日")
    assert fresh[f"{LETTERS['text']}{FIRST}"].value is None


def test_figures_and_answers_of_one_workbook_are_taken_together_or_not_at_all(warned: Nemuro, tmp_path: Path) -> None:
    facts = {"evidence": "台帳", "entered_on": date(2018, 11, 26), "entered_by": "佐藤"}
    book = export(warned, tmp_path)
    edit(book, lambda sheet: enter(sheet, rows_of(sheet)[ROW], value="約520", **facts), "入力")
    answer(book, text="募集を強化します。")
    refused = warned.ask("workbook", "import", book)
    assert refused.exit == 4, refused.all
    assert state(warned)[0] == "open"
    edit(book, lambda sheet: enter(sheet, rows_of(sheet)[ROW], value=520), "入力")
    taken = warned.ask("workbook", "import", book, "--format", "json")
    assert taken.exit == 0, taken.all
    assert [(row["status"], row["figures"]) for row in taken.rows] == [("loaded", 1)]
    assert state(warned) == ("acknowledged", "2018-12-26", "募集を強化します。")


def test_a_sheet_that_is_left_empty_is_no_answer(warned: Nemuro, tmp_path: Path) -> None:
    refused = warned.ask("workbook", "import", export(warned, tmp_path))
    assert refused.exit == 4
    assert "値が一件も入力されていません" in refused.err
    assert state(warned) == ("open", None, None)


@pytest.mark.parametrize(
    ("typed", "cell", "reason"),
    [
        ({"text": "対応します。", "until": "来月"}, "H5", "「来月」は日付ではありません"),
        ({"text": "対応します。", "until": date(2018, 11, 25)}, "H5", "2018-11-25は過ぎています"),
        ({"text": "対応します。", "until": date(2020, 1, 1)}, "H5", "2020-01-01は一年より先です"),
        ({"until": date(2019, 1, 31)}, "G5", "対応状況がありません"),
        ({"text": "対応します。", "id": "g9-x"}, "A5", "「g9-x」という指標はありません"),
        ({"text": "対応します。", "name": "法人数"}, "B5", "の指標は「季節労働者数」です"),
        ({"text": "対応します。", "year": "昨年度"}, "C5", "年度が「昨年度」で"),
    ],
)
def test_a_wrong_cell_is_told_marked_and_mended(
    warned: Nemuro, tmp_path: Path, typed: dict[str, object], cell: str, reason: str
) -> None:
    refused = warned.ask("workbook", "import", answer(export(warned, tmp_path), **typed))
    assert refused.exit == 4
    assert f"{SHEET}!{cell}: " in refused.err
    assert reason in refused.err
    marked = warned.home / "returned" / f"FY2018_{OWNER}_指標報告_要修正.xlsx"
    assert load_workbook(marked)[SHEET][cell].comment is not None
    assert state(warned)[0] == "open"
    mended = answer(marked, id=ROW, name="季節労働者数", year="平成29年度（2017年度）", text="対応します。", until=None)
    assert warned.ask("workbook", "import", mended).exit == 0
    assert state(warned)[0] == "acknowledged"


def test_a_warning_that_is_no_longer_open_is_not_answered_and_that_is_told(warned: Nemuro, tmp_path: Path) -> None:
    book = answer(export(warned, tmp_path), text="募集を強化します。")
    file = warned.home / "houkoku.csv"
    file.write_text(f"{HEADER}\n{ROW},2017,480,,,,,,\n", encoding="utf-8")
    assert warned.ask("ingest", "returns", file).exit == 3
    (held,) = warned.listed("revisions", "list")
    assert warned.ask("revisions", "accept", str(held["id"]), "--by", "事務局", "--reason", "訂正").exit == 0
    assert warned.ask("nightly").exit == 0
    late = warned.ask("workbook", "import", book)
    assert late.exit == 0, late.all
    assert f"{ROW} FY2017: ignored: expired" in late.err
    assert warned.listed("alerts", "answers") == []


def test_a_section_without_open_warnings_has_no_sheet_for_them(warned: Nemuro, tmp_path: Path) -> None:
    assert SHEET not in load_workbook(export(warned, tmp_path, "総合政策部")).sheetnames


def test_a_rebuilt_warehouse_has_the_answers_of_the_workbooks(warned: Nemuro, tmp_path: Path) -> None:
    book = answer(export(warned, tmp_path), text="募集を強化します。")
    assert warned.ask("workbook", "import", book).exit == 0
    digest, answers = warned.hash(), warned.listed("alerts", "answers")
    for file in warned.home.glob("warehouse.db*"):
        file.unlink()
    rebuilt = warned.ask("rebuild")
    assert rebuilt.exit == 0, rebuilt.all
    assert warned.hash() == digest
    assert warned.listed("alerts", "answers") == answers


def test_what_no_workbook_can_hold_is_left_out_of_an_answer_and_breaks_no_workbook(
    warned: Nemuro, tmp_path: Path
) -> None:
    said = ("--until", "2019-01-31", "--by", "佐藤", "--comment", "=対応\x0bします。")
    assert warned.ask("alerts", "ack", ROW, *said).exit == 0
    cell = load_workbook(export(warned, tmp_path))[SHEET][f"{LETTERS['before']}{FIRST}"]
    assert str(cell.value).startswith("=対応します。")
    assert cell.data_type == "s"
