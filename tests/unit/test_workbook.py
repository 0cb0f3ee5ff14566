"""Entry workbooks: what is exported comes back, and what is wrong is refused whole, cell by cell."""

import io
import zipfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlwt
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from nemuro_etl.catalog import load_catalog
from nemuro_etl.errors import Exit
from nemuro_etl.model.figure import Stage, decimal_text
from nemuro_etl.model.returned import Returned
from nemuro_etl.returns.dictionary import define, write_markdown
from nemuro_etl.returns.entry_book import EntryBook, EntryRow, write_entry_book
from nemuro_etl.returns.form import ENTRY_SHEET, LETTERS, VERSION, Identity, rows_asked
from nemuro_etl.returns.marked import mark_cells
from nemuro_etl.returns.workbook import HandedIn, WorkbookRefused, read_workbook
from tests.samples.fill_workbook import bytes_of, enter, fill, rows_of

ROOT = Path(__file__).resolve().parents[2]
CATALOG = load_catalog(ROOT / "config")
EDITION = CATALOG.editions[0]
EXPORTED = datetime(2019, 7, 1, tzinfo=UTC)
HANDED_IN = date(2019, 7, 10)
GOOD = {"evidence": "台帳", "entered_on": date(2019, 7, 3), "entered_by": "佐藤"}
Known = Mapping[tuple[str, int], Sequence[Returned]]


def returned(indicator: str, value: str, year: int = 2018, **others: Any) -> Returned:
    """A recorded figure, entered by 田中 before the export."""
    facts: dict[str, Any] = {
        "period": f"FY{year}",
        "version": 1,
        "unit": "人",
        "stage": Stage.FINAL,
        "recorded_at": datetime(2019, 6, 20, tzinfo=UTC),
        "file": "houkoku.csv",
        "locator": "line 2:value",
        "numerator": None,
        "denominator": None,
        "sample_size": None,
        "evidence": "台帳",
        "remark": "",
        "entered_by": "田中",
        "entered_on": "2019-06-20",
        "correction": "",
    }
    return Returned(indicator=indicator, value=Decimal(value), **{**facts, **others})


def known(*figures: Returned) -> Known:
    return {(each.indicator, each.fiscal_year): [each] for each in figures}


def export(department: str = "sogo-seisaku", year: int = 2018, recorded: Known | None = None, **identity: Any) -> bytes:
    """The workbook of a section as it is exported, with what was recorded then."""
    facts = {"version": VERSION, "edition": EDITION.id, "exported_at": EXPORTED}
    who = Identity(**{"fiscal_year": year, "department": department, **facts, **identity})
    asked = rows_asked(CATALOG, EDITION, department, year, date(2019, 7, 1))
    rows = [
        EntryRow(row, Decimal(10), [(year - 1, Decimal(6))], next(iter((recorded or {}).get((row.id, year), ())), None))
        for row in asked
    ]
    book = EntryBook(
        identity=who,
        title=EDITION.title,
        department="総合政策部",
        contact="総合政策室",
        over=True,
        rows=rows,
        history=[["g2-i1-1", "根室市への移住者数", "平成29年度", Decimal(6), "人", *[""] * 11]],
        definitions=define(CATALOG, asked, date(2019, 7, 1)),
    )
    return write_entry_book(book)


def read(data: bytes, recorded: Known | None = None, obtained: date = HANDED_IN) -> HandedIn:
    return read_workbook(data, "報告.xlsx", CATALOG, EDITION, obtained, recorded or {})


def change(data: bytes, edit: Callable[[Workbook, Worksheet], None]) -> bytes:
    """The workbook after somebody has worked in it."""
    workbook = load_workbook(io.BytesIO(data))
    edit(workbook, workbook[ENTRY_SHEET])
    return bytes_of(workbook)


def typed(data: bytes, indicator: str, **inputs: Any) -> bytes:
    """The workbook with a row filled in, complete but for what `inputs` say otherwise."""
    return change(data, lambda _, sheet: enter(sheet, rows_of(sheet)[indicator], **{**GOOD, **inputs}))


def cell(data: bytes, indicator: str, key: str) -> str:
    """Where an input of an indicator stands, as a refusal names it."""
    sheet = load_workbook(io.BytesIO(data))[ENTRY_SHEET]
    return f"{ENTRY_SHEET}!{LETTERS[key]}{rows_of(sheet)[indicator]}: "


def refuse(data: bytes, recorded: Known | None = None, obtained: date = HANDED_IN) -> WorkbookRefused:
    """The refusal of a workbook, in four parts."""
    with pytest.raises(WorkbookRefused) as refused:
        read(data, recorded, obtained)
    fault = refused.value
    assert fault.exit is Exit.UNREADABLE
    assert fault.what.startswith(f"報告.xlsx: 次の{len(fault.marks)}か所に誤りがあります。")
    assert "報告は一件も取り込んでいません" in fault.kept
    assert "nemuro workbook import 報告.xlsx" in fault.remedy
    return fault


DEPARTMENTS = ("sogo-seisaku", "somu", "shimin-fukushi", "suisan-keizai", "shiritsu-byoin")


# the form


@pytest.mark.parametrize("department", DEPARTMENTS)
def test_the_same_book_is_the_same_bytes(department: str) -> None:
    assert export(department) == export(department)


@pytest.mark.parametrize("department", DEPARTMENTS)
def test_a_workbook_filled_in_as_people_do_gives_a_row_for_every_indicator(department: str) -> None:
    filled, meant = fill(export(department))
    handed_in = read(filled)
    asked = rows_asked(CATALOG, EDITION, department, 2018, date(2019, 7, 1))
    assert [row.indicator.id for row in handed_in.rows] == [row.id for row in asked]
    assert {row.indicator.id: decimal_text(row.value) for row in handed_in.rows} == meant
    assert handed_in.remarks == ()
    assert {row.entered_on for row in handed_in.rows} == {"2019-07-03"}
    assert {row.entered_by for row in handed_in.rows} <= {"佐藤", "鈴木 花子", "高橋", "田中"}


def test_every_indicator_that_takes_returns_is_asked_of_exactly_one_section() -> None:
    asked = [row.id for each in DEPARTMENTS for row in rows_asked(CATALOG, EDITION, each, 2018, date(2019, 7, 1))]
    takes = {row.id for row in EDITION.indicators_on(HANDED_IN) if row.actual.returns and row.same_as is None}
    assert sorted(asked) == sorted(takes - {"g1-n1", "v2025-tfr"})


def test_an_estimate_of_every_fifth_year_is_asked_for_only_then() -> None:
    years = [
        year
        for year in range(2015, 2020)
        if "g1-n1" in {row.id for row in rows_asked(CATALOG, EDITION, "sogo-seisaku", year, date(2019, 7, 1))}
    ]
    assert years == [2017]


def test_protection_validations_and_print_set_up_are_there_after_it_was_saved_again() -> None:
    workbook = load_workbook(io.BytesIO(fill(export())[0]))
    assert workbook.sheetnames == ["説明", "入力", "経過", "指標の定義", "様式"]
    assert workbook["様式"].sheet_state == "veryHidden"
    sheet = workbook[ENTRY_SHEET]
    row = rows_of(sheet)["g3-n2"]
    assert all(each.protection.sheet for each in workbook.worksheets)
    unlocked = {key for key, letter in LETTERS.items() if not sheet[f"{letter}{row}"].protection.locked}
    inputs = {"value", "numerator", "denominator", "n", "stage", "evidence", "entered_on", "entered_by", "remark"}
    assert unlocked == {*inputs, "correction"}
    ruled = {
        key: rule
        for key, letter in LETTERS.items()
        for rule in sheet.data_validations.dataValidation
        if f"{letter}{row}" in rule.sqref
    }
    assert set(ruled) == unlocked - {"remark"}
    assert ruled["stage"].formula1 == '"見込み,確定"'
    assert (ruled["value"].formula1, ruled["value"].formula2) == ("0", "100")
    assert all(rule.showErrorMessage for rule in ruled.values())
    assert all("ください" in rule.error for rule in ruled.values())
    for page in workbook.worksheets[:4]:
        assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
        assert page.print_title_rows
        assert not page.merged_cells.ranges
    assert sheet.freeze_panes == "C5"


def test_there_are_no_macros_and_no_links_to_other_files() -> None:
    names = zipfile.ZipFile(io.BytesIO(export())).namelist()
    assert not [name for name in names if "vbaProject" in name or "externalLinks" in name]


def test_a_cumulative_row_asks_for_the_years_addition() -> None:
    sheet = load_workbook(io.BytesIO(export()))[ENTRY_SHEET]
    assert sheet[f"{LETTERS['asked']}{rows_of(sheet)['g2-i1-1']}"].value == "この年度の増加分\n（累計ではない）"


def test_the_definitions_in_docs_are_those_of_config() -> None:
    written = (ROOT / "docs" / "indicators.md").read_text(encoding="utf-8")
    assert written == write_markdown(CATALOG, EDITION), "run: nemuro workbook dictionary --out docs/indicators.md"


# what is understood


def test_what_was_recorded_is_filled_in_and_comes_back_as_it_is() -> None:
    recorded = known(
        returned("g2-i1-1", "4"),
        returned("g3-n1", "23.1800766283525", numerator=Decimal(121), denominator=Decimal(522), entered_by=""),
        returned("g3-n2", "80.1", sample_size=574, evidence="", entered_by="", entered_on="", remark="速報による"),
    )
    rows = {row.indicator.id: row for row in read(export(recorded=recorded), recorded).rows}
    assert set(rows) == {"g2-i1-1", "g3-n1", "g3-n2"}
    for (name, _), (figure,) in recorded.items():
        row = rows[name]
        assert (row.value, row.numerator, row.denominator) == (figure.value, figure.numerator, figure.denominator)
        assert (row.stage, row.sample_size, row.evidence) == (figure.stage, figure.sample_size, figure.evidence)
        assert (row.remark, row.entered_by, row.entered_on) == (figure.remark, figure.entered_by, figure.entered_on)


def test_a_figure_ends_in_the_cell_of_its_value_or_numerator() -> None:
    data = typed(typed(export(), "g2-i1-1", value=4), "g3-n1", numerator=121, denominator=522)
    located = {row.indicator.id: f"{row.sheet}!{row.cell}: " for row in read(data).rows}
    assert located == {"g2-i1-1": cell(data, "g2-i1-1", "value"), "g3-n1": cell(data, "g3-n1", "numerator")}


def test_a_renamed_sheet_is_found() -> None:
    def rename(_: Workbook, sheet: Worksheet) -> None:
        sheet.title = "入力（佐藤修正）"

    (row,) = read(change(typed(export(), "g2-i1-1", value=4), rename)).rows
    assert row.sheet == "入力（佐藤修正）"


def test_a_sheet_copied_alone_into_a_new_workbook_is_read_by_the_line_on_it() -> None:
    def leave_alone(workbook: Workbook, sheet: Worksheet) -> None:
        for other in workbook.worksheets:
            if other is not sheet:
                workbook.remove(other)

    assert len(read(change(typed(export(), "g2-i1-1", value=4), leave_alone)).rows) == 1


def test_a_line_that_was_deleted_is_known_from_the_hidden_sheet() -> None:
    def delete(_: Workbook, sheet: Worksheet) -> None:
        sheet["A2"].value = None

    assert read(change(typed(export(), "g2-i1-1", value=4), delete)).identity.department == "sogo-seisaku"


def test_columns_and_rows_in_another_order_are_found_by_what_they_say() -> None:
    def insert(_: Workbook, sheet: Worksheet) -> None:
        sheet.insert_cols(9)
        sheet.insert_rows(4)

    (row,) = read(change(typed(export(), "g2-i1-1", value=4), insert)).rows
    assert row.column == "J"


def test_a_sheet_that_is_not_of_the_form_is_left_alone_and_told() -> None:
    def add(workbook: Workbook, _: Worksheet) -> None:
        workbook.create_sheet("メモ")["A1"] = "約50人？"

    assert read(change(typed(export(), "g2-i1-1", value=4), add)).remarks == ("シート「メモ」は読みません。",)


def test_a_row_that_is_gone_counts_as_not_handed_in_and_is_told() -> None:
    def delete(_: Workbook, sheet: Worksheet) -> None:
        sheet.delete_rows(rows_of(sheet)["g2-a2-1"])

    handed_in = read(change(typed(export(), "g2-i1-1", value=4), delete))
    assert handed_in.remarks == ("g2-a2-1の行がありません。この指標の報告は無かったものとします。",)


def test_a_remark_without_a_value_is_told_and_not_recorded() -> None:
    data = change(
        typed(export(), "g2-i1-1", value=4), lambda _, sheet: enter(sheet, rows_of(sheet)["g2-a2-1"], remark="集計中")
    )
    assert len(read(data).rows) == 1
    assert read(data).remarks == (f"{cell(data, 'g2-a2-1', 'remark')}値が無いため、備考「集計中」は登録しません。",)


def test_protection_that_was_taken_away_does_no_harm() -> None:
    def unprotect(workbook: Workbook, _: Worksheet) -> None:
        for sheet in workbook.worksheets:
            sheet.protection.sheet = False

    assert len(read(change(typed(export(), "g2-i1-1", value=4), unprotect)).rows) == 1


def test_the_result_of_a_formula_is_taken() -> None:
    data = change(typed(export(), "g2-i1-1", value=4), lambda _, __: None)
    data = with_formula(data, "g2-i1-1", "<f>1+3</f><v>4</v>")
    (row,) = read(data).rows
    assert row.value == 4


def with_formula(data: bytes, indicator: str, content: str, kind: str = "n") -> bytes:
    """The workbook in which the value of an indicator is a formula with a result, as Excel saves one."""
    place = cell(data, indicator, "value").partition("!")[2].removesuffix(": ")
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(packed, "w") as target:
        for name in source.namelist():
            text = source.read(name)
            if name == "xl/worksheets/sheet2.xml":
                start = text.index(f'<c r="{place}"'.encode())
                end = text.index(b"</c>", start) + 4
                text = text[:start] + f'<c r="{place}" t="{kind}">{content}</c>'.encode() + text[end:]
            target.writestr(name, text)
    return packed.getvalue()


def test_a_thousandfold_figure_is_taken_when_it_is_said_to_be_meant() -> None:
    data = typed(export(), "g3-u1-2", value=1_250_000_000, remark="大口寄附あり。単位確認済")
    assert read(data).rows[0].value == 1_250_000_000


def test_a_correction_with_who_when_and_why_is_taken() -> None:
    recorded = known(returned("g2-i1-1", "4"))
    data = typed(export(recorded=recorded), "g2-i1-1", value=5, correction="集計もれ")
    (row,) = read(data, recorded).rows
    assert (row.value, row.correction, row.entered_by, row.entered_on) == (5, "集計もれ", "佐藤", "2019-07-03")


def test_an_estimate_is_replaced_without_a_reason() -> None:
    recorded = known(returned("g2-i1-1", "4", stage=Stage.ESTIMATE))
    assert read(typed(export(recorded=recorded), "g2-i1-1", value=5, stage="確定"), recorded).rows[0].value == 5


def test_what_was_recorded_after_the_export_is_corrected_by_a_later_day_and_a_reason() -> None:
    newer = known(returned("g2-i1-1", "5", recorded_at=datetime(2019, 7, 5, tzinfo=UTC)))
    data = typed(export(), "g2-i1-1", value=6, correction="もう一人いた", entered_on=date(2019, 7, 6))
    assert read(data, newer).rows[0].value == 6


# what is refused, whole


@pytest.mark.parametrize(
    ("indicator", "inputs", "at", "told"),
    [
        ("g2-i1-1", {"value": "約50"}, "value", "「約50」は確かな数値ではありません。数えた値を入力し、概数であることは備考に書いてください。"),
        ("g2-i1-1", {"value": "-"}, "value", "「-」は数値ではありません。0であれば0を、まだ分からなければ空欄にしてください。"),
        ("g2-i1-1", {"value": -2}, "value", "「-2」は負の数です。0以上の数を入力し、減少したことは備考に書いてください。"),
        ("g2-i1-1", {"value": 4.5}, "value", "4.5は整数ではありません。人の数を整数で入力してください。"),
        ("g2-i1-1", {"value": "佐藤"}, "value", "「佐藤」は数値ではありません。数字だけを入力してください。"),
        ("g2-i1-1", {"value": datetime.fromisoformat("2019-07-03")}, "value", "日付になっています。セルの表示形式を標準に戻し、数字を入力し直してください。"),
        ("g3-u1-2", {"value": "1250000000円"}, "value", "「1250000000円」の単位は円ですが、この指標の単位は千円です。千円に直した数字だけを入力してください。"),
        ("g3-u1-2", {"value": 1_250_000_000}, "value", "目標値の1年分の1,200,000千円に対して1,250,000,000千円です。円と千円などの単位を取り違えていないか確かめ、千円の値に直してください。"),
        ("g3-u1-2", {"value": 1_250}, "value", "目標値の1年分の1,200,000千円に対して1,250千円です。円と千円などの単位を取り違えていないか"),
        ("g3-n2", {"value": 0.819}, "value", "基準値の79.4%に対して0.819%です。％の値（81.9％なら81.9）に直してください。"),
        ("g3-n2", {"value": 119}, "value", "119％は100％を超えています。値を確かめてください。"),
        ("g3-n1", {"numerator": 522, "denominator": 121}, "numerator", "分子522が分母121より大きくなっています。"),
        ("g3-n1", {"numerator": 121}, "denominator", "分子と分母は両方を入力してください。"),
        ("g3-n1", {"numerator": 121, "denominator": 0}, "denominator", "分母が0です。0より大きい数を入力してください。"),
        ("g3-n1", {"value": 30, "numerator": 121, "denominator": 522}, "value", "値30と、分子・分母から計算した23.2%（121 ÷ 522）が合いません。どれかが誤っています。"),
        ("g3-n2", {"value": 80, "n": 574.5}, "n", "「574.5」は回答数ではありません。1以上の整数を入力してください。"),
        ("g2-i1-1", {"value": 4, "n": 574}, "n", "この指標に回答数はありません。入力を消し、正しいセルに入力してください。"),
        ("g2-i1-1", {"value": 4, "numerator": 4}, "numerator", "この指標に分子はありません。入力を消し、正しいセルに入力してください。"),
        ("g2-i1-1", {"value": 4, "evidence": None}, "evidence", "根拠がありません。値を入力した行には必ず書いてください。"),
        ("g2-i1-1", {"value": 4, "entered_by": " "}, "entered_by", "記入者がありません。値を入力した行には必ず書いてください。"),
        ("g2-i1-1", {"value": 4, "entered_on": None}, "entered_on", "記入日がありません。値を入力した行には必ず書いてください。"),
        ("g2-i1-1", {"value": 4, "entered_on": "先週"}, "entered_on", "「先週」は日付ではありません。2019/7/5、令和元年7月5日のように入力してください。"),
        ("g2-i1-1", {"value": 4, "entered_on": "令和11年7月3日"}, "entered_on", "2029-07-03は未来の日付です。記入した日を入力してください。"),
        ("g2-i1-1", {"value": 4, "entered_on": "H18.7.3"}, "entered_on", "2006-07-03は対象の年度が始まる前です。記入した日を入力してください。"),
        ("g2-i1-1", {"value": 4, "stage": "最終"}, "stage", "「見込み」か「確定」を選んでください。"),
        ("g2-i1-1", {"value": 4, "stage": None}, "stage", "「見込み」か「確定」を選んでください。"),
        ("g2-i1-1", {"value": None}, "value", "根拠はありますが、値がありません。値を入力してください。"),
        ("g2-i1-1", {"value": None, "evidence": "4"}, "value", "根拠はありますが、値がありません。値を入力してください。"),
    ],
)  # fmt: skip
def test_a_wrong_cell_is_named_with_reason_and_remedy(
    indicator: str, inputs: dict[str, Any], at: str, told: str
) -> None:
    data = typed(export(), indicator, **inputs)
    (mark,) = refuse(data).marks
    assert str(mark).startswith(cell(data, indicator, at) + told)


@pytest.mark.parametrize(
    ("indicator", "inputs", "at", "told"),
    [
        (
            "g2-a5-4",
            {"value": 5_818_000},
            "value",
            "基準値の4,760百万円に対して5,818,000百万円です。円と千円などの単位を",
        ),
        ("g2-a5-4", {"value": 5_818_000_000}, "value", "基準値の4,760百万円に対して5,818,000,000百万円です。円と千円"),
        (
            "g2-a1-2",
            {"numerator": 25_953, "denominator": 650},
            "numerator",
            "基準値の22人/千人に対して39,927.6923人/千人です。分子と分母を取り違えていないか",
        ),
    ],
)
def test_a_slip_of_units_or_of_numerator_and_denominator_is_noticed(
    indicator: str, inputs: dict[str, Any], at: str, told: str
) -> None:
    data = typed(export("suisan-keizai"), indicator, **inputs)
    (mark,) = refuse(data).marks
    assert str(mark).startswith(cell(data, indicator, at) + told)


def test_every_fault_of_the_workbook_is_told_at_once_and_nothing_is_taken() -> None:
    data = typed(typed(typed(export(), "g2-i1-1", value=4), "g2-a2-1", value="約8"), "g3-n1", numerator=1, evidence="")
    marks = refuse(data).marks
    assert [mark.cell[0] for mark in marks] == [LETTERS["denominator"], LETTERS["value"]]


def test_a_row_pasted_one_row_off_is_refused() -> None:
    def paste(_: Workbook, sheet: Worksheet) -> None:
        row = rows_of(sheet)["g2-i1-1"]
        for letter in list(LETTERS.values())[1:-1]:
            sheet[f"{letter}{row}"].value = sheet[f"{letter}{row + 1}"].value

    data = typed(export(), "g2-i1-1", value=4)
    (mark,) = refuse(change(data, paste)).marks
    assert str(mark) == (
        f"{cell(data, 'g2-i1-1', 'name')}指標が「移住相談ワンストップ窓口への相談件数」ですが、この行の記号g2-i1-1では"
        "「根室市への移住者数」です。行がずれたか、書き換えられています。もとのブックから入力し直してください。"
    )


def test_cells_shifted_within_the_table_are_noticed_at_its_far_end() -> None:
    first = list(LETTERS).index("value")

    def shift(_: Workbook, sheet: Worksheet) -> None:
        row = rows_of(sheet)["g2-i1-1"]
        for letter in list(LETTERS.values())[first:]:
            sheet[f"{letter}{row}"].value = sheet[f"{letter}{row + 1}"].value

    data = typed(export(), "g2-i1-1", value=4)
    (mark,) = refuse(change(data, shift)).marks
    assert str(mark).startswith(f"{cell(data, 'g2-i1-1', 'again')}照合が「g2-i1-2」ですが、この行の記号g2-i1-1では")


def test_a_row_that_stands_twice_is_refused() -> None:
    def repeat(_: Workbook, sheet: Worksheet) -> None:
        row, free = rows_of(sheet)["g2-i1-1"], sheet.max_row + 1
        for letter in LETTERS.values():
            sheet[f"{letter}{free}"].value = sheet[f"{letter}{row}"].value

    data = typed(export(), "g2-i1-1", value=4)
    (mark,) = refuse(change(data, repeat)).marks
    assert mark.text.startswith("g2-i1-1は9行目にもあります。どちらか一方を消してください。")


def test_input_below_the_table_is_refused() -> None:
    data = change(typed(export(), "g2-i1-1", value=4), lambda _, sheet: enter(sheet, sheet.max_row + 2, value=7))
    (mark,) = refuse(data).marks
    assert mark.text == "指標の無い行に入力があります。その指標の行に入力してください。"


def test_something_far_below_the_table_is_refused_where_it_stands() -> None:
    data = change(typed(export(), "g2-i1-1", value=4), lambda _, sheet: enter(sheet, 1_048_576, value=7))
    (mark,) = refuse(data).marks
    assert str(mark).startswith("入力!A1048576: 表のずっと下のセルに")


def test_an_indicator_that_does_not_exist_is_refused() -> None:
    def rename(_: Workbook, sheet: Worksheet) -> None:
        sheet[f"A{rows_of(sheet)['g2-i1-1']}"].value = "g9-x"

    (mark,) = refuse(change(typed(export(), "g2-i1-1", value=4), rename)).marks
    assert mark.text.startswith("「g9-x」という指標はありません。")


def test_a_row_of_another_section_is_refused_with_whose_it_is() -> None:
    def paste(_: Workbook, sheet: Worksheet) -> None:
        other = load_workbook(io.BytesIO(export("suisan-keizai")))[ENTRY_SHEET]
        source, free = rows_of(other)["g2-a2-2"], sheet.max_row + 1
        for letter in LETTERS.values():
            sheet[f"{letter}{free}"].value = other[f"{letter}{source}"].value

    (mark,) = refuse(change(typed(export(), "g2-i1-1", value=4), paste)).marks
    assert mark.text == "g2-a2-2（新規創業件数）は水産経済部の指標です。この行を消してください。"


@pytest.mark.parametrize(
    ("identity", "told"),
    [
        ({"department": "suisan-keizai"}, "g1-n3"),
        ({"department": "kikaku"}, "「kikaku」という部署はありません"),
        ({"edition": "fy2020-2024"}, "別の戦略（fy2020-2024）のブックです。fy2015-2019のブックに入力してください。"),
        ({"fiscal_year": 2014}, "2014年度にこの部署が報告する指標はありません。年度を確かめてください。"),
        ({"fiscal_year": 2020}, "2020年度はまだ始まっていません。年度を確かめてください。"),
        ({"version": 2}, "様式2のブックです。今の様式は1です。新しいブックに入力してください。"),
        ({"exported_at": datetime(2019, 8, 1, tzinfo=UTC)}, "出力の日（2019-08-01）が未来です。"),
    ],
)
def test_a_workbook_of_something_else_is_refused(identity: dict[str, Any], told: str) -> None:
    data = export("shimin-fukushi")
    line = Identity(
        **{
            "version": VERSION,
            "edition": EDITION.id,
            "fiscal_year": 2018,
            "department": "shimin-fukushi",
            "exported_at": EXPORTED,
            **identity,
        }
    ).text

    def rewrite(workbook: Workbook, sheet: Worksheet) -> None:
        sheet["A2"].value = workbook["様式"]["A1"].value = line

    mark = refuse(change(typed(data, "g1-a1-2", value=4), rewrite)).marks[0]
    assert told in mark.text


def test_an_identity_that_was_typed_over_is_refused() -> None:
    def retype(_: Workbook, sheet: Worksheet) -> None:
        sheet["A2"].value = sheet["A2"].value.replace("年度 2018", "年度 2017")

    (mark,) = refuse(change(typed(export(), "g2-i1-1", value=4), retype)).marks
    assert mark.text.startswith("様式の行が書き換えられています（")


def test_a_heading_that_was_changed_is_refused_where_it_should_stand() -> None:
    def rename(_: Workbook, sheet: Worksheet) -> None:
        sheet["I4"].value = "実績"

    (mark,) = refuse(change(typed(export(), "g2-i1-1", value=4), rename)).marks
    assert str(mark) == "入力!I4: 見出し「値」がありません。見出しは書き換えず、もとのブックから入力し直してください。"


def test_a_heading_that_stands_twice_is_refused() -> None:
    def double(_: Workbook, sheet: Worksheet) -> None:
        sheet["U4"].value = "値"

    (mark,) = refuse(change(typed(export(), "g2-i1-1", value=4), double)).marks
    assert mark.text == "見出し「値」が二つあります。"


def test_two_entry_sheets_are_refused() -> None:
    def copy(workbook: Workbook, sheet: Worksheet) -> None:
        workbook.copy_worksheet(sheet)

    assert "入力のシートが2枚あります（入力、入力 Copy）" in refuse(change(export(), copy)).what


def test_a_formula_that_is_an_error_is_refused() -> None:
    data = with_formula(typed(export(), "g2-i1-1", value=4), "g2-i1-1", "<f>1/0</f><v>#DIV/0!</v>", kind="e")
    (mark,) = refuse(data).marks
    assert mark.text == "数式がエラー（#DIV/0!）になっています。数字を直接入力してください。"


def test_a_formula_without_a_result_is_refused() -> None:
    (mark,) = refuse(typed(export(), "g2-i1-1", value="=1+3")).marks
    assert mark.text.startswith("数式の結果が保存されていません。")


def test_a_workbook_in_which_nothing_was_entered_is_refused() -> None:
    assert "値が一件も入力されていません" in refuse(export()).what


def test_a_workbook_that_is_no_form_is_refused() -> None:
    workbook = Workbook()
    assert "指標報告のブックではありません" in refuse(bytes_of(workbook)).what


def old_workbook() -> bytes:
    """An .xls file: a compound file with the stream `Workbook`."""
    workbook, saved = xlwt.Workbook(), io.BytesIO()
    workbook.add_sheet("入力").write(0, 0, "値")
    workbook.save(saved)
    return saved.getvalue()


def test_an_old_xls_is_refused_with_how_to_save_it() -> None:
    (mark,) = refuse(old_workbook()).marks
    assert mark.text == "古い形式（.xls）のブックです。「Excelブック（.xlsx）」の形式で保存し直してください。"


def test_a_workbook_under_a_password_is_refused() -> None:
    # Excel keeps a workbook under a password as the stream `EncryptedPackage` of a compound file
    name, locked = "Workbook".encode("utf-16-le"), "EncryptedPackage".encode("utf-16-le")
    data = bytearray(old_workbook())
    entry = data.index(name)
    data[entry : entry + len(locked)] = locked
    data[entry + 64] = len(locked) + 2
    (mark,) = refuse(bytes(data)).marks
    assert mark.text == "パスワードで開けないようになっています。パスワードを外して保存し直してください。"


def test_a_damaged_workbook_is_refused() -> None:
    data = export()
    assert "Excelのブックとして読めません" in refuse(data[: len(data) // 2]).what


# beside what is recorded


def test_a_newer_value_is_not_overwritten_by_an_older_workbook() -> None:
    newer = known(returned("g2-i1-1", "5", recorded_at=datetime(2019, 7, 5, tzinfo=UTC)))
    data = typed(export(), "g2-i1-1", value=4)
    (mark,) = refuse(data, newer).marks
    assert str(mark) == (
        f"{cell(data, 'g2-i1-1', 'value')}2019-07-05に田中さんが「5人」と登録しており、このブックの値は異なります。"
        "新しく出力したブックを使うか、その値に戻してください。直すときは、訂正理由と、2019-07-05以後の記入日を書いてください。"
    )


def test_a_blank_never_overwrites_a_recorded_value() -> None:
    newer = known(returned("g2-i1-1", "5", recorded_at=datetime(2019, 7, 5, tzinfo=UTC), entered_by=""))
    (mark,) = refuse(typed(export(), "g2-a2-1", value=4), newer).marks
    assert mark.text.startswith("2019-07-05にhoukoku.csvにより「5人」と登録しており、空欄です。値は消せません。")


def test_a_final_figure_is_not_changed_without_a_reason() -> None:
    recorded = known(returned("g2-i1-1", "4"))
    data = typed(export(recorded=recorded), "g2-i1-1", value=5)
    (mark,) = refuse(data, recorded).marks
    assert str(mark).startswith(
        f"{cell(data, 'g2-i1-1', 'correction')}2019-06-20に田中さんが「4人」と登録しており、確定"
    )


def test_yen_for_thousands_of_yen_is_noticed_beside_last_year() -> None:
    last = known(returned("g3-u1-2", "880000", year=2017, unit="千円"))
    data = typed(export(), "g3-u1-2", value=1_240_000_000)
    (mark,) = refuse(data, last).marks
    assert mark.text.startswith("前年度の880,000千円に対して1,240,000,000千円です。")


# the marked copy


def test_the_marked_copy_shows_the_wrong_cells_and_is_taken_once_they_are_right() -> None:
    data = typed(typed(export(), "g2-i1-1", value="約50"), "g2-a2-1", value=8)
    fault = refuse(data)
    copy = mark_cells(data, fault.marks, EXPORTED)
    assert copy == mark_cells(data, fault.marks, EXPORTED)
    sheet = load_workbook(io.BytesIO(copy))[ENTRY_SHEET]
    commented = {each.coordinate: each for row in sheet.iter_rows() for each in row if each.comment is not None}
    (wrong,) = commented.values()
    assert wrong.coordinate == fault.marks[0].cell
    assert wrong.comment.text == fault.marks[0].text
    assert wrong.fill.start_color.rgb == "00FFC7CE"
    mended = typed(copy, "g2-i1-1", value=50)
    assert {row.indicator.id: row.value for row in read(mended).rows} == {"g2-i1-1": 50, "g2-a2-1": 8}


def test_marks_of_an_earlier_copy_are_gone_from_the_next() -> None:
    data = typed(typed(export(), "g2-i1-1", value="約50"), "g2-a2-1", value="約8")
    once = typed(mark_cells(data, refuse(data).marks, EXPORTED), "g2-i1-1", value=50)
    twice = mark_cells(once, refuse(once).marks, EXPORTED)
    sheet = load_workbook(io.BytesIO(twice))[ENTRY_SHEET]
    mended, wrong = (sheet[f"{LETTERS['value']}{rows_of(sheet)[name]}"] for name in ("g2-i1-1", "g2-a2-1"))
    assert mended.comment is None
    assert mended.fill.start_color.rgb == "00FFF6D5"
    assert wrong.comment is not None
