"""The 調書 as Word, HTML and PDF: boxes found again in files that people had, and how it is set."""

from decimal import Decimal
from pathlib import Path

import pytest
from docx import Document
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from nemuro_etl.errors import ReturnRefused
from nemuro_etl.model.evaluation import Rating
from nemuro_etl.report.blocks import Column, Table, TableRow, cell
from nemuro_etl.report.charts import LABELS, draw_ratings
from nemuro_etl.report.document import EMPTY, read_remarks
from nemuro_etl.report.drawing import KEY_MARKS, colour, coloured, rasterised
from nemuro_etl.report.fonts import printable
from nemuro_etl.report.measure import column_widths, foldable_columns

CODE = "g1:internal@FY2017#1"
TAG = f'<w:sdtPr><w:tag w:val="{CODE}"/></w:sdtPr>'


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def save(path: Path, *rows: tuple[str, str]) -> Path:
    """A document with a table whose rows have this XML in their first two cells, and a last year's text."""
    document = Document()
    cells = "".join(
        f"<w:tr><w:tc>{label}</w:tc><w:tc>{box}</w:tc><w:tc>{paragraph('去年')}</w:tc></w:tr>" for label, box in rows
    )
    table = f"<w:tbl {nsdecls('w')}><w:tblPr/><w:tblGrid/>{cells}</w:tbl>"
    document.element.body.sectPr.addprevious(parse_xml(table))
    document.save(str(path))
    return path


def read(path: Path) -> list[tuple[str, str]]:
    return [(remark.code, remark.text) for remark in read_remarks(path)]


def test_a_box_is_found_by_its_tag_and_without_one_by_the_code_printed_beside_it(tmp_path: Path) -> None:
    tagged = f"<w:p><w:sdt>{TAG}<w:sdtContent><w:r><w:t>甲</w:t></w:r></w:sdtContent></w:sdt></w:p>"
    printed = paragraph("今後の方針") + paragraph("g1:course@FY2017#0")
    file = save(tmp_path / "a.docx", (paragraph("消された"), tagged), (printed, paragraph("乙")))
    assert read(file) == [(CODE, "甲"), ("g1:course@FY2017#0", "乙")]
    assert [remark.where for remark in read_remarks(file)] == [
        f"「消された」（{CODE}）の欄",
        "「今後の方針」（g1:course@FY2017#0）の欄",
    ]


@pytest.mark.parametrize(
    ("box", "text"),
    [
        (f"<w:sdt>{TAG}<w:sdtContent>{paragraph('一')}{paragraph('二')}</w:sdtContent></w:sdt>", "一\n二"),
        ("<w:p><w:r><w:t>一</w:t><w:br/><w:t>二</w:t><w:tab/><w:t>三</w:t></w:r></w:p>", "一\n二\t三"),
        ("<w:p><w:ins><w:r><w:t>残</w:t></w:r></w:ins><w:del><w:r><w:delText>消</w:delText></w:r></w:del></w:p>", "残"),
        ("<w:p><w:moveFrom><w:r><w:t>元</w:t></w:r></w:moveFrom><w:r><w:t>先</w:t></w:r></w:p>", "先"),
        (paragraph(EMPTY), ""),
        (paragraph(f"{EMPTY}良い"), "良い"),
        (
            "<w:p><w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:r><w:t>クリックして入力</w:t></w:r>"
            "</w:sdtContent></w:sdt></w:p>",
            "",
        ),
    ],
)
def test_a_box_says_what_people_see_in_it(tmp_path: Path, box: str, text: str) -> None:
    label = paragraph("内部評価") + paragraph(CODE)
    assert read(save(tmp_path / "a.docx", (label, box))) == [(CODE, text)]


def test_other_tables_are_no_boxes_and_a_document_without_one_is_refused(tmp_path: Path) -> None:
    label = paragraph("内部評価") + paragraph(CODE)
    file = save(tmp_path / "a.docx", (paragraph("区分"), paragraph("平成29年度")), (label, paragraph("良い")))
    assert read(file) == [(CODE, "良い")]
    with pytest.raises(ReturnRefused, match=r"b\.docx: .*欄が一つも見当たらない"):
        read_remarks(save(tmp_path / "b.docx", (paragraph("区分"), paragraph("平成29年度"))))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"not a document", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_document_is_refused_with_its_name_and_what_to_do(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "c.docx").write_bytes(data)
    with pytest.raises(ReturnRefused, match=r"c\.docx") as refused:
        read_remarks(tmp_path / "c.docx")
    assert "nemuro report import" in refused.value.remedy


def test_a_document_cut_short_anywhere_is_refused_and_never_half_read(tmp_path: Path) -> None:
    whole = save(tmp_path / "a.docx", (paragraph("内部評価") + paragraph(CODE), paragraph("良い"))).read_bytes()
    for length in range(0, len(whole), len(whole) // 20):
        (tmp_path / "cut.docx").write_bytes(whole[:length])
        with pytest.raises(ReturnRefused):
            read_remarks(tmp_path / "cut.docx")


def test_a_character_that_the_font_does_not_have_is_printed_as_a_geta() -> None:
    assert printable("良い😀\u0007終") == "良い〓〓終"
    assert printable("一\r\n二\t三") == "一\n二 三"
    assert printable("一行目\n𠮟る ①㈱ ～−▲△▽◎") == "一行目\n𠮟る ①㈱ ～−▲△▽◎"


def test_columns_fill_the_page_and_long_texts_give_way_to_numbers() -> None:
    table = Table(
        "表",
        (Column("事業"), Column("値", numeric=True), Column("区分"), Column("参照コード", code=True)),
        (TableRow((cell("長い名前の事業" * 20), cell("1,234", Decimal(1234)), cell("継続"), cell("g1@FY2017"))),),
    )
    assert foldable_columns(table) == [True, False, False, False]
    widths = column_widths(table, 180)
    assert sum(widths) == pytest.approx(180)
    assert widths[0] > 100
    assert min(widths) > 8


def test_a_table_with_more_numbers_than_a_page_is_wide_is_squeezed_as_a_whole() -> None:
    columns = (Column("名称"), *(Column(f"値{place}", numeric=True) for place in range(12)))
    row = TableRow((cell("長い名前の事業です" * 3), *(cell("1,234,567,890") for _ in range(12))))
    widths = column_widths(Table("表", columns, (row,)), 180)
    assert sum(widths) == pytest.approx(180)
    assert min(widths) > 10


def test_a_table_of_short_texts_fills_the_page_as_well() -> None:
    table = Table("表", (Column("判定"), Column("意味")), (TableRow((cell("順調"), cell("進捗率1以上"))),))
    assert sum(column_widths(table, 180)) == pytest.approx(180)


def test_a_drawing_on_paper_has_the_light_colours_and_the_locked_font() -> None:
    svg = draw_ratings([("基本目標1", dict.fromkeys(Rating, 2))])
    drawn = coloured(svg)
    assert "var(" not in drawn
    assert "sans-serif" not in drawn
    assert f'fill="{colour("regressed")}"' in drawn
    assert colour("paper") == "#ffffff"
    assert rasterised(svg) == rasterised(svg)
    assert rasterised(svg).startswith(b"\x89PNG")


def test_every_series_has_a_mark_of_its_own_where_a_key_is_plain_text() -> None:
    assert KEY_MARKS.keys() == LABELS.keys()
    assert len(set(KEY_MARKS.values())) == len(KEY_MARKS)
