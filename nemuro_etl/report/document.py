"""The 調書 as a Word document, and what people wrote into its boxes."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from docx import Document
from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.exceptions import PackageNotFoundError
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from lxml.etree import XMLSyntaxError

from nemuro_etl.model.comment import COMMENT_LABELS, Box
from nemuro_etl.model.period import fiscal_year_label
from nemuro_etl.report.blocks import (
    Block,
    Boxes,
    Cell,
    Column,
    Facts,
    Heading,
    Listing,
    Manuscript,
    Paragraph,
    Picture,
    Table,
    TableRow,
)
from nemuro_etl.report.comparison import Run
from nemuro_etl.report.content import FiscalYearReport, ReadRemark, Remark
from nemuro_etl.report.drawing import KEY_MARKS, colour, rasterised
from nemuro_etl.report.handed_back import check_size, refused
from nemuro_etl.report.manuscript import write_manuscript
from nemuro_etl.report.measure import column_widths

EMPTY = "（ここに記入してください）"
"""What stands in a box that nobody has written into."""
_MINCHO, _GOTHIC = "游明朝", "游ゴシック"
_WIDTH = 180
"""Millimetres between the margins of an upright A4."""
_PAIRS = 3
_TALLEST_WHOLE = 8
"""Rows: a table that has no more is not torn between two pages."""
_TWIPS = 56.7
"""A millimetre in the unit of Word's tables."""
_BOX_COLUMNS = 3
_UNREAD = {qn(name) for name in ("w:pPr", "w:rPr", "w:sdtPr", "w:del", "w:moveFrom")}
_BOX_HEIGHT = "560"
"""A centimetre, in the unit of Word's tables."""
_OLDEST = (1980, 1, 1, 0, 0, 0)
"""The first moment that a ZIP can name."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_document(report: FiscalYearReport) -> bytes:
    """The report as a .docx file; the same report is the same bytes."""
    manuscript = write_manuscript(report)
    document = _empty_document(manuscript, datetime(*report.as_of.timetuple()[:3], tzinfo=UTC))
    _add_title(document, manuscript)
    for number, block in enumerate(manuscript.blocks, start=1):
        _add(document, block, number)
    _append(document, _line(manuscript.footer, "Note"))
    return _packed(document)


def read_remarks(path: Path) -> list[ReadRemark]:
    """What stands in the boxes of a document that people had, in their order. Raises ReturnRefused for no document."""
    found = list(_boxes_of(_opened(path).element.body))
    if not found:
        raise refused(path, ".docx", "評価と意見の欄が一つも見当たらない。")
    return found


def _opened(path: Path) -> WordDocument:
    try:
        check_size(path, ".docx")
        return Document(str(path))
    except (zipfile.BadZipFile, PackageNotFoundError, XMLSyntaxError, KeyError, ValueError, OSError) as damage:
        raise refused(path, ".docx", f"読み取れない（{type(damage).__name__}）。") from damage


def _boxes_of(body: Any) -> Iterator[ReadRemark]:
    """By row of a table: LibreOffice 7.4 takes the tag off a control, and leaves what is printed beside it."""
    for row in body.iter(qn("w:tr")):
        cells = row.findall(qn("w:tc"))
        if len(cells) != _BOX_COLUMNS:
            continue
        label, *printed = "".join(_pieces(cells[0])).split("\n")
        tag = cells[1].find(f".//{qn('w:tag')}")
        code = next(filter(Box.parse, printed), "") if tag is None else str(tag.get(qn("w:val")))
        if code:
            yield ReadRemark(code, _written(cells[1]), f"「{label}」（{code}）の欄")


def _written(cell: Any) -> str:
    """The text of a box, its paragraphs and line breaks as lines; nothing while its invitation stands there."""
    return "".join(_pieces(cell)).replace(EMPTY, "").strip()


def _pieces(node: Any) -> Iterator[str]:
    """The text of a cell piece by piece, without what was deleted or moved away while changes were tracked."""
    first = True
    for child in node:
        if child.tag in _UNREAD:
            continue
        if child.tag == qn("w:p"):
            yield "" if first else "\n"
            first = False
        if child.tag == qn("w:t"):
            yield child.text or ""
        elif child.tag in (qn("w:br"), qn("w:cr")):
            yield "\n"
        elif child.tag == qn("w:tab"):
            yield "\t"
        elif child.tag != qn("w:sdt") or child.find(f"{qn('w:sdtPr')}/{qn('w:showingPlcHdr')}") is None:
            yield from _pieces(child)


def _empty_document(manuscript: Manuscript, moment: datetime) -> WordDocument:
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm((210 - _WIDTH) / 2)
    section.top_margin = section.bottom_margin = Mm(16)
    section.footer_distance = Mm(8)
    core = document.core_properties
    core.title, core.author, core.language = manuscript.title, "nemuro-etl", "ja-JP"
    core.subject, core.last_modified_by, core.comments = manuscript.subtitle[0], "nemuro-etl", ""
    core.created = core.modified = moment.replace(tzinfo=None)
    _set_styles(document)
    footer = section.footer.paragraphs[0]
    footer.style = document.styles["Note"]
    footer.add_run(f"{manuscript.title}　{manuscript.subtitle[0]}　")
    for field in ("PAGE", "NUMPAGES"):
        _add_field(footer._p, field)
        footer.add_run(" / " if field == "PAGE" else "")
    return document


def _set_styles(document: WordDocument) -> None:
    sizes = {"Normal": (10.5, _MINCHO), "Title": (20, _GOTHIC), "Subtitle": (12, _GOTHIC), "List Bullet": (9, _MINCHO)}
    sizes |= {f"Heading {level}": (size, _GOTHIC) for level, size in ((1, 15), (2, 12), (3, 10.5))}
    for name, (size, font) in sizes.items():
        _set_font(document.styles[name], size, font)
    for name, size, font in (
        ("Note", 8, _MINCHO),
        ("Table Caption", 8, _GOTHIC),
        ("Table Text", 7.5, _MINCHO),
        ("Table Head", 7.5, _GOTHIC),
        ("Table Code", 5.5, _GOTHIC),
        ("Contents 1", 10.5, _GOTHIC),
        ("Contents 2", 9, _MINCHO),
    ):
        style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        style.base_style = document.styles["Normal"]
        _set_font(style, size, font)
        style.paragraph_format.space_after = Pt(0)
    document.styles["Contents 2"].paragraph_format.left_indent = Mm(6)
    document.styles["Note"].paragraph_format.space_after = Pt(4)
    document.styles["Normal"].paragraph_format.space_after = Pt(4)
    document.styles["Heading 1"].paragraph_format.page_break_before = True
    document.styles["List Bullet"].paragraph_format.space_after = Pt(0)
    caption = document.styles["Table Caption"].paragraph_format
    caption.keep_with_next, caption.space_before = True, Pt(6)
    placeholder = document.styles.add_style("Placeholder Text", WD_STYLE_TYPE.CHARACTER)
    placeholder.font.color.rgb = RGBColor.from_string(colour("soft")[1:])
    language = document.styles.element.find(f".//{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:lang')}")
    for attribute in ("w:val", "w:eastAsia"):
        language.set(qn(attribute), "ja-JP")


def _set_font(style: ParagraphStyle, size: float, font: str) -> None:
    style.font.size, style.font.name, style.font.italic = Pt(size), font, False
    style.font.color.rgb = RGBColor.from_string(colour("ink")[1:])
    fonts = style.element.get_or_add_rPr().rFonts
    for theme in [name for name in fonts.attrib if name.endswith("Theme")]:
        del fonts.attrib[theme]
    for script in ("w:ascii", "w:hAnsi", "w:eastAsia", "w:cs"):
        fonts.set(qn(script), font)


def _add_title(document: WordDocument, manuscript: Manuscript) -> None:
    _append(document, _line(manuscript.title, "Title"))
    for text in manuscript.subtitle:
        _append(document, _line(text, "Subtitle"))
    _append(document, _line("目次", "Contents 1"))
    listed = [heading for heading in manuscript.headings if heading.level < 3]
    lines = [_line("", f"Contents {heading.level}") for heading in listed]
    for line, heading in zip(lines, listed, strict=True):
        _append(document, line)
        link = _element("w:hyperlink", w_anchor=_bookmark(heading), w_history="1")
        link.append(_run(heading.text))
        line.append(link)
    # a field around the list: Word puts page numbers into it when it is brought up to date (F9)
    for position, node in enumerate((_mark("begin"), _instruction(r'TOC \o "1-2" \h \z \u'), _mark("separate"))):
        lines[0].insert(1 + position, node)
    lines[-1].append(_mark("end"))


def _add(document: WordDocument, block: Block, number: int) -> None:
    match block:
        case Heading():
            paragraph = _line(block.text, f"Heading {block.level}")
            _append(document, paragraph)
            paragraph.insert(1, _element("w:bookmarkStart", w_id=str(number), w_name=_bookmark(block)))
            paragraph.append(_element("w:bookmarkEnd", w_id=str(number)))
        case Paragraph():
            _append(document, _line(block.text, "Note" if block.note else "Normal"))
        case Listing():
            for item in block.items:
                _append(document, _line(item, "List Bullet"))
        case Picture():
            _add_picture(document, block, number)
        case Table():
            _add_table(document, block)
        case Facts():
            _add_facts(document, block)
        case Boxes():
            _add_boxes(document, block, number)


def _add_picture(document: WordDocument, picture: Picture, number: int) -> None:
    paragraph = document.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    shape = paragraph.add_run().add_picture(
        io.BytesIO(rasterised(picture.svg)), width=Mm(_WIDTH if picture.wide else 84)
    )
    properties = shape._inline.docPr
    properties.set("id", str(number))
    properties.set("name", f"図{number}")
    properties.set("descr", picture.sentence)
    if picture.key:
        key = "　".join(f"{KEY_MARKS[series]} {label}" for series, label in picture.key)
        _append(document, _line(key, "Note"))


def _add_table(document: WordDocument, table: Table) -> None:
    _append(document, _line(table.caption, "Table Caption"))
    rows = [_header(table.columns), *(_table_row(table.columns, row) for row in table.rows)]
    _place(document, rows, column_widths(table, _WIDTH), table.caption)


def _add_facts(document: WordDocument, facts: Facts) -> None:
    """Three names with what they are on each line."""
    rows = []
    for start in range(0, len(facts.pairs), _PAIRS):
        pairs = facts.pairs[start : start + _PAIRS]
        rows.append(
            _row(
                [
                    node
                    for name, cell in pairs
                    for node in (_cell([Run(name, changed=False)], "Table Head"), _shown(cell))
                ]
            )
        )
    _place(document, rows, (27, 33) * _PAIRS, "現況")


def _add_boxes(document: WordDocument, boxes: Boxes, number: int) -> None:
    year = boxes.remarks[0].fiscal_year
    columns = (
        Column("区分"),
        Column(f"{fiscal_year_label(year)}（記入欄）"),
        Column(fiscal_year_label(year - 1)),
    )
    rows = [_header(columns)]
    for place, remark in enumerate(boxes.remarks):
        label = COMMENT_LABELS[remark.kind]
        written = _cell([], "Table Text")
        written.find(qn("w:p")).append(_box(remark, f"{boxes.subject} {label}", number * 10 + place))
        named = _cell([Run(label, changed=False)], "Table Head")
        if remark.by:
            named.append(_line(f"（記入：{remark.by}）", "Table Text"))
        named.append(_line(remark.code, "Table Code"))
        last_year = _cell([Run(remark.last_year or "―", changed=False)], "Table Text")
        row = _row([named, written, last_year])
        row.find(qn("w:trPr")).append(_element("w:trHeight", w_val=_BOX_HEIGHT, w_hRule="atLeast"))
        rows.append(row)
    _append(document, _line(f"評価と意見（{boxes.subject}）", "Table Caption"))
    _place(document, rows, (34, 86, 60), f"{boxes.subject}の評価と意見")


def _box(remark: Remark, alias: str, number: int) -> Any:
    """A content control that keeps its code wherever it is moved, and cannot be deleted by accident."""
    properties = _element("w:sdtPr")
    properties.append(_element("w:alias", w_val=alias))
    properties.append(_element("w:tag", w_val=remark.code))
    properties.append(_element("w:id", w_val=str(number)))
    properties.append(_element("w:lock", w_val="sdtLocked"))
    if not remark.text:
        properties.append(_element("w:showingPlcHdr"))
    content = _element("w:sdtContent")
    content.append(_run(remark.text or EMPTY, style="" if remark.text else "PlaceholderText"))
    box = _element("w:sdt")
    box.extend((properties, content))
    return box


def _place(document: WordDocument, rows: Sequence[Any], widths: Iterable[float], title: str) -> None:
    """A boxed table of these rows, as wide as the page, with a description for those who do not see it."""
    widths = tuple(widths)
    table = document.add_table(0, len(widths), style="Table Grid")
    table.autofit = False
    body = table._tbl
    for column, width in zip(body.tblGrid.gridCol_lst, widths, strict=True):
        column.set(qn("w:w"), str(round(width * _TWIPS)))
    margins = _element("w:tblCellMar")
    for side in ("w:left", "w:right"):
        margins.append(_element(side, w_w="50", w_type="dxa"))
    body.tblPr.find(qn("w:tblLook")).addprevious(margins)
    body.tblPr.append(_element("w:tblDescription", w_val=title))
    for row in rows:
        for cell, width in zip(row.iterchildren(qn("w:tc")), widths, strict=False):
            cell.find(qn("w:tcPr")).insert(0, _element("w:tcW", w_w=str(round(width * _TWIPS)), w_type="dxa"))
        body.append(row)
    if len(rows) <= _TALLEST_WHOLE:
        for row in rows[:-1]:
            for properties in row.iter(qn("w:pPr")):
                properties.insert(1, _element("w:keepNext"))


def _header(columns: Iterable[Column]) -> Any:
    cells = [_cell([Run(column.title, changed=False)], "Table Head", right=column.numeric) for column in columns]
    for cell in cells:
        cell.find(qn("w:tcPr")).append(_element("w:shd", w_val="clear", w_color="auto", w_fill=colour("tint")[1:]))
    row = _row(cells)
    row.find(qn("w:trPr")).append(_element("w:tblHeader"))
    return row


def _table_row(columns: Iterable[Column], row: TableRow) -> Any:
    return _row(
        [
            _shown(cell, "Table Code" if column.code else "Table Head" if row.total else "Table Text", column.numeric)
            for column, cell in zip(columns, row.cells, strict=True)
        ]
    )


def _shown(cell: Cell, style: str = "Table Text", right: bool = False) -> Any:
    shown = _cell(cell.runs, style, right=right)
    if cell.rating is not None:
        borders = _element("w:tcBorders")
        stripe = colour(cell.rating)[1:]
        borders.append(_element("w:left", w_val="single", w_sz="36", w_space="0", w_color=stripe))
        shown.find(qn("w:tcPr")).append(borders)
    return shown


def _row(cells: Iterable[Any]) -> Any:
    row, properties = _element("w:tr"), _element("w:trPr")
    properties.append(_element("w:cantSplit"))
    row.append(properties)
    row.extend(cells)
    return row


def _cell(runs: Iterable[Run], style: str, *, right: bool = False) -> Any:
    cell = _element("w:tc")
    cell.append(_element("w:tcPr"))
    cell.append(_paragraph(runs, style, right=right))
    return cell


def _paragraph(runs: Iterable[Run], style: str, *, right: bool = False) -> Any:
    paragraph, properties = _element("w:p"), _element("w:pPr")
    properties.append(_element("w:pStyle", w_val=style.replace(" ", "")))
    if right:
        properties.append(_element("w:jc", w_val="right"))
    paragraph.append(properties)
    paragraph.extend(_run(run.text, underlined=run.changed) for run in runs)
    return paragraph


def _line(text: str, style: str) -> Any:
    return _paragraph([Run(text, changed=False)] if text else [], style)


def _append(document: WordDocument, element: Any) -> None:
    """At the end of the text: python-docx looks every style up anew by its name, which takes seconds."""
    document.element.body.sectPr.addprevious(element)


def _run(text: str, *, underlined: bool = False, style: str = "") -> Any:
    run = _element("w:r")
    if underlined or style:
        properties = _element("w:rPr")
        if style:
            properties.append(_element("w:rStyle", w_val=style))
        if underlined:
            properties.append(_element("w:u", w_val="single"))
        run.append(properties)
    for position, line in enumerate(_legal(text).split("\n")):
        if position:
            run.append(_element("w:br"))
        piece = _element("w:t")
        piece.text = line
        piece.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
        run.append(piece)
    return run


def _add_field(paragraph: Any, instruction: str) -> None:
    paragraph.extend((_mark("begin"), _instruction(instruction), _mark("separate"), _run("1"), _mark("end")))


def _mark(kind: str) -> Any:
    run = _element("w:r")
    run.append(_element("w:fldChar", w_fldCharType=kind))
    return run


def _instruction(text: str) -> Any:
    run, instruction = _element("w:r"), _element("w:instrText")
    instruction.text = text
    run.append(instruction)
    return run


def _element(name: str, **attributes: str) -> Any:
    element = OxmlElement(name)
    for attribute, value in attributes.items():
        element.set(qn(attribute.replace("_", ":", 1)), value)
    return element


def _bookmark(heading: Heading) -> str:
    """A name as Word takes it."""
    return f"_{heading.anchor.replace('-', '_')}"


def _legal(text: str) -> str:
    """What XML can say of a text that came from outside."""
    return _NOT_XML.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _packed(document: WordDocument) -> bytes:
    """The document as a file in which no clock left a trace."""
    saved, packed = io.BytesIO(), io.BytesIO()
    document.save(saved)
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, _OLDEST), source.read(name), zipfile.ZIP_DEFLATED)
    return packed.getvalue()
