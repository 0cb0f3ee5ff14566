"""The 調書 as Word document, page and PDF: what its readers find in them, and that all say the same."""

import io
import re
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from docx import Document
from docx.oxml.ns import qn
from pypdf import PdfReader
from pypdf.generic import ContentStream, IndirectObject

from nemuro_etl.model.evaluation import RATING_LABELS
from nemuro_etl.report.comparison import Amendment, ComparedRow, Comparison, Run
from nemuro_etl.report.content import ChangedNumber, FiscalYearReport, ShownNumber, count_ratings
from nemuro_etl.report.document import read_remarks, render_document
from nemuro_etl.report.edition import ReportEdition
from nemuro_etl.report.manuscript import write_manuscript
from nemuro_etl.report.page import render_page
from nemuro_etl.report.pdf import render_pdf
from tests.e2e.command import Nemuro
from tests.e2e.composed import composed_with_a_text

YEAR = 2018
WRITTEN = '一行目 #eval("1") *強調* <b>&amp;\n二行目\tタブ'
LAST_YEAR = "昨年度の評価 <script>alert(1)</script>"


@pytest.fixture(scope="module")
def report(second_year: Nemuro, tmp_path_factory: pytest.TempPathFactory) -> FiscalYearReport:
    """The report after the second night, with a box filled in, a changed number and an amended provision."""
    composed = composed_with_a_text(second_year, tmp_path_factory.mktemp("report"), YEAR, WRITTEN, LAST_YEAR)
    revision = composed.edition.revisions[-1]
    amended = ComparedRow(
        *("g1-n1", "基本目標1 数値目標①", Amendment.CHANGED),
        *(
            (Run("5年で", changed=False), Run("1.49", changed=True)),
            (Run("5年で", changed=False), Run("1.45", changed=True)),
        ),
        "備考の文",
    )
    return replace(
        composed,
        comparison=Comparison(revision, revision, (amended,)),
        changed=(ChangedNumber(composed.goals[0].targets[1], YEAR, ShownNumber.ACTUAL, "10.50％", "10.71％"),),
        changed_since=composed.as_of,
    )


@pytest.fixture(scope="module")
def document(report: FiscalYearReport) -> bytes:
    return render_document(report)


@pytest.fixture(scope="module")
def page(report: FiscalYearReport) -> str:
    return render_page(report)


@pytest.fixture(scope="module")
def pdf(report: FiscalYearReport) -> bytes:
    return render_pdf(report)


class Tables(HTMLParser):
    """The tables of a page as texts, line by line, and its headings."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: list[list[list[str]]] = []
        self.captions: list[str] = []
        self.codes: list[str] = []
        self.headings: list[tuple[int, str]] = []
        self._into: list[str] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        match tag:
            case "table":
                self.tables.append([])
            case "tr":
                self.tables[-1].append([])
                self.codes += [value for name, value in attrs if name == "data-code" and value]
            case "td" | "th":
                self._into = self.tables[-1][-1]
                self._into.append("")
            case "caption":
                self._into = self.captions
                self._into.append("")
            case "h1" | "h2" | "h3" | "h4":
                self.headings.append((int(tag[1]), ""))
                self._into = None
            case "br" if self._into:
                self._into[-1] += "\n"

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "caption"):
            self._into = None

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into[-1] += data
        elif self.headings and not self.headings[-1][1]:
            self.headings[-1] = (self.headings[-1][0], data)


def text_of(node: Any) -> str:
    return "".join(text.text or "" for text in node.iter(qn("w:t")))


def tables_of(document: bytes) -> list[list[list[str]]]:
    """The tables of a document as texts."""
    body = Document(io.BytesIO(document)).element.body
    return [
        [[text_of(cell) for cell in row.iterchildren(qn("w:tc"))] for row in table.iterchildren(qn("w:tr"))]
        for table in body.iterchildren(qn("w:tbl"))
    ]


def coded(tables: list[list[list[str]]]) -> list[list[str]]:
    """The lines that end with the reference code of their numbers."""
    return [line for table in tables for line in table if re.fullmatch(r"\S+@FY\d{4}@[-\d]+", line[-1])]


def test_the_document_and_the_page_have_the_same_numbers_with_the_same_codes(
    report: FiscalYearReport, document: bytes, page: str
) -> None:
    written, shown = coded(tables_of(document)), coded(Tables(page).tables)
    assert written == shown
    codes = Counter(line[-1] for line in written)
    wanted = {str(row.reference(year)) for row in report.rows for year in row.years}
    assert codes.keys() == wanted
    yearly = [line for line in written if line[0].endswith("年度")]
    assert len(yearly) == len(wanted), "each year of each row stands once in the table of its row"
    assert set(Tables(page).codes) == wanted | {remark.code for remark in report.remarks}


def test_each_of_the_51_rows_is_listed_once_and_the_counts_of_the_goals_add_up(
    report: FiscalYearReport, document: bytes
) -> None:
    tables = tables_of(document)
    lists = [table[1:] for table in tables if table[0][0] == "指標" and table[0][1] == "判定"]
    assert [len(table) for table in lists] == [len(goal.rows) for goal in report.goals] + [len(report.vision)]
    goals = [line[-1].split("@")[0] for table in lists[:-1] for line in table]
    assert goals == [row.indicator.id for goal in report.goals for row in goal.rows]
    assert len(set(goals)) == 51
    ((heading, *parts, total),) = (table for table in tables if table[0][0] == "区分" and table[0][-1] == "計")
    assert [column.split()[-1] for column in heading[1:-1]] == list(RATING_LABELS.values())
    numbers = [[int(number) for number in line[1:]] for line in (*parts, total)]
    assert [sum(column) for column in zip(*numbers[:-1], strict=True)] == numbers[-1]
    assert numbers[-1] == [*count_ratings(report.rows).values(), len(report.distinct)]


def test_headings_lead_from_level_to_level_and_every_row_has_its_own(
    report: FiscalYearReport, document: bytes, page: str, pdf: bytes
) -> None:
    body = Document(io.BytesIO(document))
    found = [
        (int(paragraph.style.name[-1]), paragraph.text)
        for paragraph in body.paragraphs
        if paragraph.style is not None and str(paragraph.style.name).startswith("Heading")
    ]
    assert all(below <= above + 1 for (above, _), (below, _) in zip(found, found[1:], strict=False))
    names = Counter(text for level, text in found if level == 3)
    assert sum(names.values()) == len(report.rows)
    assert [(level - 1, text) for level, text in Tables(page).headings if level > 1] == found
    assert list(outline(PdfReader(io.BytesIO(pdf)).outline, 1)) == found


def outline(nodes: Any, level: int) -> Iterator[tuple[int, str]]:
    for node in nodes:
        if isinstance(node, list):
            yield from outline(node, level + 1)
        else:
            yield level, node.title


def test_the_document_can_be_read_by_those_who_do_not_see_it(report: FiscalYearReport, document: bytes) -> None:
    body = Document(io.BytesIO(document)).element.body
    pictures = [picture.get("descr") for picture in body.iter(qn("wp:docPr"))]
    known = [row for row in report.rows if any(year.actual is not None for year in row.years)]
    assert len(pictures) == len(known) + 2, "one of the ratings, one of the population"
    assert all(sentence and sentence.endswith("数値は表にある。") or "次の表" in sentence for sentence in pictures)
    assert len({picture.get("id") for picture in body.iter(qn("wp:docPr"))}) == len(pictures)
    for table in body.iterchildren(qn("w:tbl")):
        assert table.find(f"{qn('w:tblPr')}/{qn('w:tblDescription')}") is not None
        assert all(row.find(f".//{qn('w:cantSplit')}") is not None for row in table.iter(qn("w:tr")))
    headed = [table for table in body.iterchildren(qn("w:tbl")) if table.find(f".//{qn('w:tblHeader')}") is not None]
    assert len(headed) == len(list(body.iterchildren(qn("w:tbl")))) - len(report.rows), "all but the facts of each row"
    parts = zipfile.ZipFile(io.BytesIO(document))
    styles = parts.read("word/styles.xml").decode()
    assert 'w:eastAsia="游明朝"' in styles
    assert re.search(r'<w:lang [^>]*w:eastAsia="ja-JP"', styles)


def test_every_box_is_read_back_as_it_was_written(report: FiscalYearReport, document: bytes, tmp_path: Path) -> None:
    path = tmp_path / "調書.docx"
    path.write_bytes(document)
    read = [(one.code, one.text) for one in read_remarks(path)]
    assert sorted(read) == sorted((one.code, one.text) for one in report.remarks)
    assert [one.text for one in report.remarks if one.text] == [WRITTEN]


def test_a_box_that_was_edited_in_the_document_is_read_as_edited(document: bytes, tmp_path: Path) -> None:
    path = tmp_path / "調書.docx"
    path.write_bytes(document)
    before = {one.code: one.text for one in read_remarks(path)}
    edited = Document(io.BytesIO(document))
    invitation = next(edited.element.body.iter(qn("w:showingPlcHdr")))
    box = invitation.getparent().getparent()
    invitation.getparent().remove(invitation)
    next(box.iter(qn("w:t"))).text = "新しい評価"
    edited.save(str(path))
    code = next(box.iter(qn("w:tag"))).get(qn("w:val"))
    assert {one.code: one.text for one in read_remarks(path)} == {**before, code: "新しい評価"}


def test_a_round_trip_through_libreoffice_loses_no_box_and_no_heading(document: bytes, tmp_path: Path) -> None:
    source = tmp_path / "調書.docx"
    source.write_bytes(document)
    trip(source, "docx:MS Word 2007 XML", tmp_path / "trip")
    assert [(one.code, one.text) for one in read_remarks(tmp_path / "trip" / "調書.docx")] == [
        (one.code, one.text) for one in read_remarks(source)
    ]
    assert coded(tables_of((tmp_path / "trip" / "調書.docx").read_bytes())) == coded(tables_of(document))


def trip(source: Path, kind: str, out: Path) -> None:
    """The file as LibreOffice Writer saves it."""
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("LibreOffice is not here: what it makes of the Word document was NOT checked")
    done = subprocess.run(
        [program, f"-env:UserInstallation={(out / 'profile').as_uri()}", "--headless", "--convert-to", kind]
        + ["--outdir", str(out), str(source)],
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    if "source file could not be loaded" in done.stderr:
        pytest.skip("LibreOffice is here without Writer: what it makes of the Word document was NOT checked")
    assert (out / source.name).is_file(), done.stderr


def test_what_people_wrote_is_text_in_every_form(page: str, pdf: bytes) -> None:
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script" not in page
    assert "一行目 #eval(&#34;1&#34;) *強調* &lt;b&gt;&amp;amp;<br>二行目\tタブ" in page
    printed = ("".join(each.extract_text().split()) for each in PdfReader(io.BytesIO(pdf)).pages)
    assert any('#eval("1")*強調*<b>&amp;' in text and "<script>alert(1)</script>" in text for text in printed)


def test_the_page_is_one_file_without_a_script_that_asks_for_nothing(page: str) -> None:
    assert '<html lang="ja"' in page
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|srcset)=|@import|url\(|<link|<iframe", page)
    assert {link for link in re.findall(r'href="([^"]*)"', page) if not link.startswith("#")} == set()
    anchors = re.findall(r'\bid="([^"]+)"', page)
    assert len(set(anchors)) == len(anchors)
    assert {link[1:] for link in re.findall(r'href="([^"]*)"', page)} <= set(anchors)
    assert page.count("<caption>") == page.count("<table")
    assert page.count('role="img" aria-label="') == page.count("<svg")
    assert "<th>" not in page, "every heading of a table says of what"


def test_amendments_are_underlined_and_changed_numbers_are_listed(document: bytes, page: str) -> None:
    assert "5年で<ins>1.49</ins></td><td" in page
    body = Document(io.BytesIO(document)).element.body
    underlined = [text_of(run) for run in body.iter(qn("w:r")) if run.find(f".//{qn('w:u')}") is not None]
    assert underlined == ["1.49", "1.45"]
    assert ["年少人口割合", "平成30年度", "実績", "10.50％", "10.71％"] in [
        line[:5] for line in coded(tables_of(document))
    ]


def test_the_pdf_is_tagged_in_japanese_with_all_its_fonts_and_no_missing_glyph(pdf: bytes) -> None:
    reader = PdfReader(io.BytesIO(pdf))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] in ("ja-JP", "ja")
    assert "pdfuaid:part>1<" in root["/Metadata"].get_data().decode()
    assert 30 < len(reader.pages) < 120
    fonts, glyphs = set(), Counter[str]()
    for content, resources in contents(reader):
        for name, font in (resources.get("/Font") or {}).items():
            descendant = font.get_object()["/DescendantFonts"][0].get_object()
            assert "/FontFile3" in descendant["/FontDescriptor"], name
            fonts.add(str(font.get_object()["/BaseFont"]).split("+")[-1])
        for operands, operator in content.operations:
            if operator in (b"Tj", b"TJ"):
                for piece in operands[0] if operator == b"TJ" else operands:
                    if isinstance(piece, str | bytes):
                        code = piece if isinstance(piece, bytes) else piece.original_bytes
                        glyphs.update(code[at : at + 2].hex() for at in range(0, len(code), 2))
    assert fonts == {"NotoSansCJKjp-Regular-Identity-H", "NotoSansCJKjp-Bold-Identity-H"}
    assert len(glyphs) > 300
    assert glyphs["0000"] == 0


def contents(reader: PdfReader) -> Iterator[tuple[ContentStream, Any]]:
    """What draws: pages, and the forms that they use, each once."""
    seen: set[int] = set()

    def forms(resources: Any) -> Iterator[tuple[ContentStream, Any]]:
        for reference in (resources.get("/XObject") or {}).get_object().values() if "/XObject" in resources else ():
            assert isinstance(reference, IndirectObject)
            form = reference.get_object()
            if reference.idnum not in seen and form.get("/Subtype") == "/Form":
                seen.add(reference.idnum)
                inner = form["/Resources"].get_object()
                yield ContentStream(form, reader), inner
                yield from forms(inner)

    for page in reader.pages:
        content, resources = page.get_contents(), page["/Resources"].get_object()
        assert content is not None
        yield content, resources
        yield from forms(resources)


def test_the_same_report_is_the_same_bytes(report: FiscalYearReport, document: bytes, page: str, pdf: bytes) -> None:
    assert (render_document(report), render_page(report), render_pdf(report)) == (document, page, pdf)


def test_a_character_that_no_font_has_stops_nothing(report: FiscalYearReport) -> None:
    goal = report.goals[0]
    odd = replace(goal.remarks[0], text="顔😀と\x07鈴")
    short = replace(report, goals=(replace(goal, targets=(), measures=(), remarks=(odd,)),))
    printed = "".join(each.extract_text() for each in PdfReader(io.BytesIO(render_pdf(short))).pages)
    assert "顔〓と〓鈴" in printed
    assert "顔😀と鈴" in [cell for table in tables_of(render_document(short)) for line in table for cell in line]


def test_the_public_edition_has_no_empty_box_and_names_what_is_not_settled(report: FiscalYearReport) -> None:
    public = write_manuscript(replace(report, report_edition=ReportEdition.PUBLIC))
    internal = write_manuscript(report)
    count = {
        name: sum(type(block).__name__ == "Boxes" for block in each.blocks)
        for name, each in (("public", public), ("internal", internal))
    }
    assert count["public"] == 1
    assert count["internal"] > 60
    assert public.subtitle[0] == "平成30年度　公表版"
    settled = not report.provisional
    assert settled == (not any("確定していない値" in heading.text for heading in public.headings))
