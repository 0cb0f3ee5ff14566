"""The 調書 as its readers and writers have it: one set of numbers in every form, texts that survive, frozen editions."""

import hashlib
import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from docx import Document
from docx.oxml.ns import qn

from nemuro_etl.catalog import load_catalog
from nemuro_etl.model.evaluation import RATING_LABELS
from nemuro_etl.report.comparison import compare_revisions
from nemuro_etl.report.document import render_document
from nemuro_etl.report.page import render_page
from tests.e2e.command import Nemuro, copy_config, require_four_parts
from tests.e2e.composed import composed

YEAR = 2017
STEM = f"効果検証調書_FY{YEAR}_"
CODE = "参照コード"
MONEY = re.compile(r"[−-]?[0-9,]+(?:\.[0-9]+)?")
Told = dict[str, str]
"""The cells of one table row by the heading of their column."""
Judged = dict[tuple[str, int], dict[str, Any]]


def write(nemuro: Nemuro, folder: Path, *more: str) -> dict[str, Path]:
    """The files by kind of a report that is written."""
    answer = nemuro.ask("report", "--fiscal-year", str(YEAR), "--out", folder, *more)
    assert answer.exit == 0, answer.all
    files = [Path(line) for line in answer.out.splitlines()]
    assert all(file.is_file() for file in files)
    return {file.suffix if file.name != "dashboard.html" else "dashboard": file for file in files}


def write_document(nemuro: Nemuro, file: Path, *, year: int = YEAR) -> Path:
    """The Word form alone of a report."""
    file.write_bytes(render_document(composed(nemuro, year)))
    return file


def digests(files: dict[str, Path]) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files.values()}


# re-reading


def rows_of_workbook(file: Path) -> Iterator[Told]:
    """Every row of the sheets that people read: a table is recognised by a heading 参照コード."""
    workbook = openpyxl.load_workbook(file, data_only=True)
    for sheet in workbook.worksheets:
        headings: list[str] = []
        for row in sheet.iter_rows(values_only=True):
            cells = ["" if value is None else str(value) for value in row]
            if CODE in cells:
                headings = cells
            elif headings and cells[headings.index(CODE)]:
                yield {"sheet": sheet.title, **dict(zip(headings, cells, strict=True))}


def rows_of_document(file: Path) -> Iterator[Told]:
    for table in Document(str(file)).tables:
        headings, *rows = [[cell.text for cell in row.cells] for row in table.rows]
        if CODE in headings:
            yield from (dict(zip(headings, row, strict=True)) for row in rows)


class _Tables(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("td", "th"):
            self.tables[-1][-1].append("")

    def handle_data(self, data: str) -> None:
        if self.tables and self.tables[-1] and self.tables[-1][-1]:
            self.tables[-1][-1][-1] += data.strip()


def rows_of_page(file: Path) -> Iterator[Told]:
    for headings, *rows in (table for table in _Tables(file.read_text(encoding="utf-8")).tables if table):
        if CODE in headings:
            yield from (dict(zip(headings, row, strict=True)) for row in rows)


READERS: dict[str, Callable[[Path], Iterator[Told]]] = {
    ".xlsx": rows_of_workbook,
    ".docx": rows_of_document,
    ".html": rows_of_page,
}
NUMBERS = {"基準値": "baseline", "実績": "actual", "実績（累計）": "actual", "目安": "expected", "目標": "target"}
RATIOS = {"進捗率": ("pace", Decimal(1), Decimal("0.01")), "達成率": ("attainment", Decimal(100), Decimal("0.1"))}


def require_number(shown: str, judged: str | None, place: object) -> None:
    """A number as it is shown is the recorded one, rounded half-up to the decimals that are shown."""
    if judged is None:
        assert shown == "―", place
        return
    match = MONEY.match(shown)
    assert match, (place, shown)
    figure = Decimal(match[0].replace(",", "").replace("−", "-"))
    assert figure == Decimal(judged).quantize(Decimal(1).scaleb(figure.as_tuple().exponent), ROUND_HALF_UP), place


def require_row(told: Told, judged: dict[str, Any]) -> int:
    """Every number and rating of a row is that of its evaluation; how many there were."""
    place = (told[CODE], told)
    shown = {heading: told[heading] for heading in told if heading in NUMBERS}
    for heading, text in shown.items():
        require_number(text, judged[NUMBERS[heading]], place)
    ratios = {heading: told[heading] for heading in told if heading in RATIOS}
    for heading, text in ratios.items():
        key, factor, step = RATIOS[heading]
        if judged[key] is None:
            assert text == "―", place
        else:
            figure = Decimal(text.removesuffix("％").replace(",", "").replace("−", "-"))
            assert figure == (Decimal(judged[key]) * factor).quantize(step, ROUND_FLOOR), place
    assert told["判定"].endswith(RATING_LABELS[judged["rating"]]), place
    return len(shown) + len(ratios)


# one set of numbers


@pytest.fixture(scope="module")
def home(first_night: Nemuro, tmp_path_factory: pytest.TempPathFactory) -> Nemuro:
    return first_night.copy(tmp_path_factory.mktemp("report") / "home")


@pytest.fixture(scope="module")
def files(home: Nemuro, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    begun, worked = time.perf_counter(), time.process_time()
    written = write(home, tmp_path_factory.mktemp("shared-folder"))
    worked = time.process_time() - worked
    print(f"all forms of one year: {time.perf_counter() - begun:.1f} s, {worked:.1f} s of work")
    assert worked < 20, "work, for what else runs on the machine is not of the program"
    return written


@pytest.fixture(scope="module")
def judged(home: Nemuro) -> Judged:
    return {(name, year): row for year in range(2015, YEAR + 1) for name, row in home.judged(year).items()}


def test_every_form_is_written_beside_the_dashboard(files: dict[str, Path]) -> None:
    names = {file.name for file in files.values()}
    assert names == {*(f"{STEM}内部評価案{kind}" for kind in (".xlsx", ".docx", ".html", ".pdf")), "dashboard.html"}


@pytest.mark.parametrize("kind", READERS)
def test_every_number_is_that_of_the_warehouse_in_every_form(files: dict[str, Path], judged: Judged, kind: str) -> None:
    seen: Counter[tuple[str, int]] = Counter()
    numbers = 0
    for told in READERS[kind](files[kind]):
        if "判定" not in told or told.get("sheet") == "データ":
            continue
        indicator, year, _ = told[CODE].split("@")
        key = (indicator, int(year.removeprefix("FY")))
        numbers += require_row(told, judged[key])
        seen[key] += 1
    assert set(seen) == set(judged), "every row and year"
    assert numbers > 4 * len(judged)


def test_the_data_sheet_has_every_row_and_year_once_with_unrounded_numbers(
    files: dict[str, Path], judged: Judged
) -> None:
    rows = [told for told in rows_of_workbook(files[".xlsx"]) if told["sheet"] == "データ"]
    keys = [(told["記号"], int(told["年度（西暦）"])) for told in rows]
    assert sorted(keys) == sorted(judged)
    for key, told in zip(keys, rows, strict=True):
        assert told["判定"] == RATING_LABELS[judged[key]["rating"]]
        for heading, name in {**NUMBERS, "進捗率": "pace", "達成率": "attainment"}.items():
            if heading in told:
                expected = judged[key][name]
                if expected is None:
                    assert told[heading] == "", key
                else:  # a cell of a workbook holds fifteen digits
                    assert float(told[heading]) == pytest.approx(float(expected), rel=1e-13, abs=0), key


@pytest.mark.parametrize("kind", [".docx", ".html"])
def test_each_of_the_51_rows_is_listed_once(files: dict[str, Path], judged: Judged, kind: str) -> None:
    listed = [told[CODE].partition("@")[0] for told in READERS[kind](files[kind]) if "所管" in told]
    assert sorted(listed) == sorted({name for name, _ in judged})
    assert len([name for name in listed if name.startswith("g")]) == 51


def test_the_reference_code_of_a_number_leads_to_its_cell(home: Nemuro, files: dict[str, Path]) -> None:
    told = next(told for told in rows_of_document(files[".docx"]) if told[CODE].startswith("g2-n1@") and "年度" in told)
    answer = home.ask("explain", told[CODE])
    assert answer.exit == 0, answer.all
    assert "sheet" in answer.out.lower() or "!" in answer.out


def test_a_year_is_judged_by_the_target_in_force_and_the_revision_is_compared(home: Nemuro, tmp_path: Path) -> None:
    config = copy_config(tmp_path)
    goal = config / "strategy" / "fy2015-2019" / "goal-2.yml"
    text = goal.read_text(encoding="utf-8")
    before = "            target: 473\n"
    assert text.count(before) == 1
    goal.write_text(
        text.replace(before, f"{before}            revised: {{2018-11-22: {{target: 450}}}}\n"), encoding="utf-8"
    )
    # on a copy: what is judged is stored, and other tests go on from the home under its own config
    nemuro = home.copy(tmp_path / "home").with_settings(NEMURO_CONFIG=str(config))
    targets = {
        day: next(
            row["target"]
            for row in nemuro.listed("judge", "--fiscal-year", str(YEAR), "--as-of", day)
            if row["indicator"] == "g2-a1-3"
        )
        for day in ("2018-11-21", "2018-11-22")
    }
    assert targets == {"2018-11-21": "473", "2018-11-22": "450"}
    compared = compare_revisions(load_catalog(config).editions[0], date(2018, 11, 22))
    assert compared is not None
    (row,) = (row for row in compared.rows if row.subject == "g2-a1-3")
    assert [[run.text for run in side if run.changed] for side in (row.after, row.before)] == [["450"], ["473"]]


# texts


@pytest.fixture
def nemuro(home: Nemuro, files: dict[str, Path], tmp_path: Path) -> Nemuro:
    """The home in which the report has been written, to be changed."""
    return home.copy(tmp_path / "home")


def returned(folder: Path, indicator: str, value: int, stage: str = "") -> Path:
    """A figure of the year of the report as a flat file."""
    file = folder / "houkoku.csv"
    columns = "indicator,fiscal_year,value,numerator,denominator,n,stage,evidence,remark"
    file.write_text(f"{columns}\n{indicator},{YEAR},{value},,,,{stage},所管課集計,見本（架空の値）\n", encoding="utf-8")
    return file


def lend(files: dict[str, Path], folder: Path) -> dict[str, Path]:
    """The written files in a folder of their own, to be filled in."""
    folder.mkdir()
    return {kind: Path(shutil.copy(file, folder)) for kind, file in files.items()}


def fill_document(file: Path, texts: dict[str, str]) -> None:
    """Types into the content controls of a Word document, as its user does."""
    document = Document(str(file))
    for box in document.element.body.iter(qn("w:sdt")):
        properties = box.find(qn("w:sdtPr"))
        code = properties.find(qn("w:tag")).get(qn("w:val")).partition("#")[0]
        if code in texts:
            placeholder = properties.find(qn("w:showingPlcHdr"))
            if placeholder is not None:
                properties.remove(placeholder)
            first, *others = box.iter(qn("w:t"))
            first.text = texts.pop(code)
            for other in others:
                other.text = ""
    assert not texts, "no such box"
    document.save(str(file))


def fill_workbook(file: Path, texts: dict[str, str]) -> None:
    """Types into the boxes of a workbook."""
    workbook = openpyxl.load_workbook(file, rich_text=True)
    for sheet in workbook.worksheets:
        column = 0
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value == "今年度の記入":
                    column = cell.column
                code = str(cell.value).partition("#")[0]
                if column and code in texts:
                    sheet.cell(cell.row, column).value = texts.pop(code)
    assert not texts, "no such box"
    workbook.save(file)


def texts(nemuro: Nemuro) -> list[tuple[str, str, str, str]]:
    rows = nemuro.listed("report", "comments")
    return [(row["subject"], row["kind"], row["text"], row["by"]) for row in rows]


def boxes(file: Path) -> dict[str, str]:
    """The texts that stand in the boxes of a document."""
    from nemuro_etl.report.document import read_remarks

    return {box.code.partition("#")[0]: box.text for box in read_remarks(file) if box.text}


INTERNAL, COUNCIL, COURSE = (
    f"g1:internal@FY{YEAR}",
    f"g2-a1:council@FY{YEAR}",
    f"g2-n1:course@FY{YEAR}",
)


def test_texts_written_in_word_and_excel_survive_new_data_and_changed_numbers_are_listed(
    nemuro: Nemuro, files: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "shared"
    files = lend(files, folder)
    fill_document(files[".docx"], {INTERNAL: "おおむね順調に進んだ。", COUNCIL: "周知を強めること。\n=SUM(A1)"})
    fill_workbook(files[".xlsx"], {COURSE: '=HYPERLINK("x")のような文字も、そのまま残す。'})

    refused = nemuro.ask("report", "--fiscal-year", str(YEAR), "--out", folder)
    assert refused.exit == 2
    require_four_parts(refused.err)
    assert "1 texts that are not recorded, the first at 基本目標2!" in refused.err

    taken = nemuro.listed("report", "import", files[".docx"], files[".xlsx"], "--by", "総合政策室 佐藤")
    assert sorted((row["subject"], row["before"], row["outcome"]) for row in taken) == [
        ("g1", "", "taken"),
        ("g2-a1", "", "taken"),
        ("g2-n1", "", "taken"),
    ]
    written = texts(nemuro)
    assert {by for *_, by in written} == {"総合政策室 佐藤"}
    assert nemuro.listed("report", "import", files[".docx"], files[".xlsx"]) == [], "twice is once"

    later = nemuro.on("2019-08-10")
    assert later.ask("ingest", "returns", returned(tmp_path, "g2-i2-2", 100)).exit == 0
    anew = write(later, folder)
    assert texts(later) == written
    assert boxes(anew[".docx"]) == {
        INTERNAL: "おおむね順調に進んだ。",
        COUNCIL: "周知を強めること。\n=SUM(A1)",
        COURSE: '=HYPERLINK("x")のような文字も、そのまま残す。',
    }
    assert "総合政策室 佐藤" in "".join(words(anew[".docx"]))
    changed = [told for told in rows_of_document(anew[".docx"]) if {"前回", "今回"} <= set(told)]
    assert changed
    assert all(told["前回"] != told["今回"] for told in changed)
    before, now = nemuro.judged(YEAR), later.judged(YEAR)
    actuals = {told[CODE].partition("@")[0] for told in changed if told["項目"] == "実績" and f"FY{YEAR}" in told[CODE]}
    assert "g2-i2-2" in actuals
    assert actuals == {
        name for name in now if now[name]["same_as"] is None and now[name]["actual"] != before[name]["actual"]
    }
    again = composed(later, YEAR)
    assert (render_document(again), render_page(again).encode()) == (
        anew[".docx"].read_bytes(),
        anew[".html"].read_bytes(),
    ), "written twice it lists the same changes"

    next_year = write_document(later, tmp_path / "next.docx", year=YEAR + 1)
    assert boxes(next_year) == {}
    assert "おおむね順調に進んだ。" in "".join(
        cell.text for table in Document(str(next_year)).tables for row in table.rows for cell in row.cells
    ), "last year's text stands beside the empty box"


def test_two_people_who_write_into_one_box_are_both_kept_and_it_is_said(
    nemuro: Nemuro, files: dict[str, Path], tmp_path: Path
) -> None:
    mine, theirs = (lend(files, tmp_path / who) for who in ("mine", "theirs"))
    fill_document(mine[".docx"], {INTERNAL: "佐藤の評価"})
    fill_document(theirs[".docx"], {INTERNAL: "鈴木の評価"})
    assert [row["outcome"] for row in nemuro.listed("report", "import", mine[".docx"], "--by", "佐藤")] == ["taken"]
    (conflict,) = nemuro.listed("report", "import", theirs[".docx"], "--by", "鈴木")
    assert (conflict["before"], conflict["now"]) == ("佐藤の評価", "鈴木の評価")
    assert conflict["outcome"].startswith("taken; meanwhile 佐藤 had written another")
    assert [(text, by) for *_, text, by in texts(nemuro)] == [("佐藤の評価", "佐藤"), ("鈴木の評価", "鈴木")]

    # nothing comes back from files that are older than the newest text, or that were emptied
    assert nemuro.listed("report", "import", files[".docx"]) == []
    current = write_document(nemuro, tmp_path / "current.docx")
    assert boxes(current) == {INTERNAL: "鈴木の評価"}
    fill_document(current, {INTERNAL: ""})
    (emptied,) = nemuro.listed("report", "import", current)
    assert emptied["outcome"] == "emptied: the recorded text stands"
    assert len(texts(nemuro)) == 2


def test_a_box_that_is_not_of_this_strategy_is_refused_with_its_place_and_nothing_is_taken(
    nemuro: Nemuro, files: dict[str, Path], tmp_path: Path
) -> None:
    files = lend(files, tmp_path / "shared")
    fill_document(files[".docx"], {INTERNAL: "書いた。"})
    document = Document(str(files[".docx"]))
    tags = list(document.element.body.iter(qn("w:tag")))
    tags[0].set(qn("w:val"), "g9:internal@FY2017#0")
    tags[1].set(qn("w:val"), "g1-n1:course@FY2030#0")
    document.save(str(files[".docx"]))
    answer = nemuro.ask("report", "import", files[".docx"])
    assert answer.exit == 4
    require_four_parts(answer.err)
    assert "「g9:internal@FY2017#0」に当たる欄は、この戦略にない" in answer.err
    assert "令和12年度は、まだ判定されていない年度である" in answer.err
    assert texts(nemuro) == []
    letter = tmp_path / "letter.txt"
    letter.write_text("調書ではない")
    for path, code in ((letter, 4), (tmp_path / "none.docx", 2)):
        answer = nemuro.ask("report", "import", path)
        assert answer.exit == code
        require_four_parts(answer.err)


# editions


def test_a_frozen_edition_is_the_same_bytes_after_new_data_new_texts_and_a_rebuild_and_stays_explainable(
    nemuro: Nemuro, files: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "shared"
    before, after = lend(files, folder), lend(files, tmp_path / "same day")
    fill_document(before[".docx"], {INTERNAL: "凍結の前に書いた。"})
    edition = ("report", "--fiscal-year", str(YEAR), "--edition", "council", "--out", folder)
    unread = nemuro.ask(*edition, "--freeze")
    assert unread.exit == 2, "a text that was written into the draft of this year is not left out unnoticed"
    assert f"{before['.docx']} holds 1 texts that are not recorded" in unread.err
    nemuro.listed("report", "import", before[".docx"])

    frozen = write(nemuro, folder, "--edition", "council", "--freeze")
    frozen.pop("dashboard")
    given_out = digests(frozen)
    assert set(given_out) == {
        f"{STEM}有識者会議資料_確定版_2018-11-22{kind}" for kind in (".xlsx", ".docx", ".html", ".pdf")
    }
    assert boxes(frozen[".docx"]) == {INTERNAL: "凍結の前に書いた。"}
    again = nemuro.ask(*edition, "--freeze")
    assert again.exit == 2
    require_four_parts(again.err)
    assert "--frozen" in again.err

    fill_document(after[".docx"], {INTERNAL: "凍結の後、同じ日に書き直した。"})
    nemuro.listed("report", "import", after[".docx"])
    later = nemuro.on("2019-08-10").receive_night("2019-08-10")
    assert later.ask("nightly").exit == 0
    digest = later.hash()
    for file in later.home.glob("warehouse.db*"):
        file.unlink()
    rebuilt = later.ask("rebuild")
    assert rebuilt.exit == 0, rebuilt.all
    assert later.hash() == digest
    assert [text for _, _, text, _ in texts(later)] == ["凍結の前に書いた。", "凍結の後、同じ日に書き直した。"]

    written = later.ask(*edition, "--frozen")
    assert (written.exit, written.err) == (0, ""), "composed again from what was known then, it is the same"
    assert digests({line: Path(line) for line in written.out.splitlines()}) == given_out
    told = next(told for told in rows_of_document(frozen[".docx"]) if told[CODE].startswith("g2-n1@"))
    explained = later.ask("explain", told[CODE])
    assert explained.exit == 0, explained.all
    missing = later.ask("report", "--fiscal-year", str(YEAR), "--edition", "public", "--frozen", "--out", folder)
    assert missing.exit == 2
    require_four_parts(missing.err)
    assert "FY2017 --edition council --as-of 2018-11-22" in missing.err


def test_the_public_edition_waits_for_settled_figures_and_names_nobody(
    nemuro: Nemuro, files: dict[str, Path], tmp_path: Path
) -> None:
    files = lend(files, tmp_path / "internal")
    fill_document(files[".docx"], {INTERNAL: "公表する評価。"})
    nemuro.listed("report", "import", files[".docx"], "--by", "総合政策室 佐藤")
    public = write(nemuro, tmp_path / "public", "--edition", "public")
    assert public[".docx"].name == f"{STEM}公表版.docx"
    assert boxes(public[".docx"]) == {INTERNAL: "公表する評価。"}
    for kind in (".docx", ".html", ".xlsx"):
        assert "佐藤" not in "".join(words(public[kind])), kind

    assert nemuro.ask("ingest", "returns", returned(tmp_path, "g2-i2-2", 100, "見込み")).exit == 0
    folder = tmp_path / "refused"
    refused = nemuro.ask("report", "--fiscal-year", str(YEAR), "--edition", "public", "--out", folder)
    assert refused.exit == 3
    require_four_parts(refused.err)
    assert re.search(rf"g2-i2-2 .+ FY{YEAR}（見込み）", refused.err)
    assert not folder.exists()
    marked = write(nemuro, folder, "--edition", "public", "--allow-provisional")
    shown = [told for told in rows_of_workbook(marked[".xlsx"]) if told[CODE].startswith(f"g2-i2-2@FY{YEAR}")]
    assert {told["段階"] for told in shown if "段階" in told} == {"見込み"}


def words(file: Path) -> Iterator[str]:
    """Every text of a file."""
    if file.suffix == ".html":
        yield file.read_text(encoding="utf-8")
    elif file.suffix == ".docx":
        yield from (node.text or "" for node in Document(str(file)).element.body.iter(qn("w:t")))
    else:
        for sheet in openpyxl.load_workbook(file).worksheets:
            yield from (str(value) for row in sheet.iter_rows(values_only=True) for value in row if value is not None)
