"""The entry workbook of one section and fiscal year, as bytes: instructions, entry, history, definitions."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, Protection
from openpyxl.worksheet.datavalidation import DataValidation

from nemuro_etl.catalog.types import Indicator
from nemuro_etl.model.figure import Stage
from nemuro_etl.model.period import fiscal_year_bounds, fiscal_year_label
from nemuro_etl.model.returned import Returned
from nemuro_etl.model.wording import readable
from nemuro_etl.paper import (
    HEADER,
    INPUT,
    UNUSED,
    bytes_of,
    exact,
    height_of,
    new_workbook,
    set_up_page,
    write_cell,
    write_number,
    write_table,
)
from nemuro_etl.returns.answer_sheet import OpenWarning, write_answers
from nemuro_etl.returns.dictionary import HEADINGS
from nemuro_etl.returns.form import (
    ANSWER_SHEET,
    CHECKED_UNIT,
    COLUMNS,
    DICTIONARY_SHEET,
    ENTRY_SHEET,
    GUIDE_SHEET,
    HEADER_ROW,
    HINT_ROW,
    HISTORY_SHEET,
    IDENTITY_ROW,
    IDENTITY_SHEET,
    LETTERS,
    PERCENT,
    STAGES,
    TITLE_ROW,
    Identity,
    asked_of,
    is_public,
    is_ratio,
    is_survey,
    takes,
    texts_of,
    year_label,
)

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

DICTIONARY_WIDTHS = (9, 18, 22, 36, 8, 18, 10, 22, 16, 22, 13, 40)
_HISTORY = (
    ("記号", 9),
    ("指標", 26),
    ("年度", 12),
    ("値", 12),
    ("単位", 8),
    ("分子", 9),
    ("分母", 9),
    ("回答数", 8),
    ("段階", 8),
    ("記入者", 12),
    ("記入日", 12),
    ("登録日", 12),
    ("根拠", 20),
    ("備考", 20),
    ("訂正理由", 16),
    ("原本", 26),
)
_BAD, _GOOD, _GREY = "C00000", "00642D", "7F7F7F"


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One indicator as the entry sheet shows it, with what is recorded of the year already."""

    indicator: Indicator
    expected: Decimal | None
    past: Sequence[tuple[int, Decimal]]
    """Fiscal years before this one with their values, the newest last."""
    recorded: Returned | None


@dataclass(frozen=True, slots=True)
class EntryBook:
    """Everything that an entry workbook says."""

    identity: Identity
    title: str
    department: str
    contact: str
    over: bool
    """Whether the fiscal year is over, so that a figure is offered as final."""
    rows: Sequence[EntryRow]
    history: Sequence[Sequence[object]]
    """One row a recorded figure, in the columns of the history sheet."""
    definitions: Sequence[Sequence[str]]
    warnings: Sequence[OpenWarning] = ()
    """The section's open warnings, whichever year they are about."""


def write_entry_book(book: EntryBook) -> bytes:
    """The workbook as an .xlsx file; the same book is the same bytes."""
    title = f"{book.title} 指標報告　{year_label(book.identity.fiscal_year)}　{book.department}"
    workbook = new_workbook(title, book.identity.exported_at)
    footer = f"{fiscal_year_label(book.identity.fiscal_year)} {book.department} 指標報告"
    _write_guide(workbook.create_sheet(GUIDE_SHEET), book, title, footer)
    _write_entry(workbook.create_sheet(ENTRY_SHEET), book, title, footer)
    if book.warnings:
        write_answers(workbook.create_sheet(ANSWER_SHEET), book.warnings, book.department, footer)
    history = workbook.create_sheet(HISTORY_SHEET)
    write_cell(
        history["A1"],
        "これまでに登録された値（この区分の指標、新しい登録が下）",
        size=12,
        bold=True,
        boxed=False,
        wrap=False,
    )
    labels, widths = zip(*_HISTORY, strict=True)
    last = write_table(history, 3, labels, widths, book.history)
    _finish_table(history, 3, last, len(labels), footer, "C4")
    definitions = workbook.create_sheet(DICTIONARY_SHEET)
    write_cell(definitions["A1"], "指標の定義", size=12, bold=True, boxed=False, wrap=False)
    last = write_table(definitions, 3, HEADINGS, DICTIONARY_WIDTHS, book.definitions)
    _finish_table(definitions, 3, last, len(HEADINGS), footer, "C4")
    hidden = workbook.create_sheet(IDENTITY_SHEET)
    hidden.sheet_state = "veryHidden"
    hidden["A1"] = book.identity.text
    for sheet in workbook.worksheets:
        sheet.protection.sheet = True
        sheet.protection.formatColumns = sheet.protection.formatRows = False
    return bytes_of(workbook)


def _finish_table(sheet: "Worksheet", header: int, last: int, columns: int, footer: str, freeze: str) -> None:
    sheet.freeze_panes = freeze
    set_up_page(sheet, header, last, columns, footer)


# instructions


def _write_guide(sheet: "Worksheet", book: EntryBook, title: str, footer: str) -> None:
    sheet.column_dimensions["A"].width = 126
    write_cell(sheet["A1"], title, size=14, bold=True, boxed=False, wrap=False)
    row = 2
    for heading, lines in _guide(book):
        row += 1
        write_cell(sheet.cell(row, 1), heading, size=12, bold=True, boxed=False)
        sheet.row_dimensions[row].height = 24
        for line in lines:
            row += 1
            write_cell(sheet.cell(row, 1), line, size=11, boxed=False)
            sheet.row_dimensions[row].height = height_of([(line, 126)]) + 2
    sheet.sheet_view.showGridLines = False
    set_up_page(sheet, 1, row, 1, footer)
    sheet.page_setup.fitToHeight = 1


def _guide(book: EntryBook) -> Iterator[tuple[str, list[str]]]:
    year = fiscal_year_label(book.identity.fiscal_year)
    yield (
        "このブックについて",
        [
            f"{book.department}が所管する指標（{len(book.rows)}件）の、{year}の値を報告していただくためのブックです。",
            f"「{ENTRY_SHEET}」シートの色の付いたセルに入力し、上書き保存して提出してください。ほかのセルは変えられないようにしてあります。",
            *(
                [
                    f"遅れをお知らせしている指標が{len(book.warnings)}件あります。「{ANSWER_SHEET}」シートで回答できます。"
                ]
                if book.warnings
                else []
            ),
        ],
    )
    yield (
        "入力のしかた",
        [
            "1. 「値」に数字だけを入力します。単位は左の「単位」のとおりです（千円の指標に円で入力しないでください）。",
            "2. 割合の指標は、分かる場合は「分子」と「分母」を入力してください。「値」は空欄でかまいません。両方を入力するときは、合っている必要があります。",
            "3. 「入力するもの」に「この年度の増加分」とある指標は、その年度に増えた数だけを入力します。前の年度までの累計は足さないでください。",
            "4. 調査の指標は「回答数」も入力してください。誤差の範囲かどうかの判断に使います。",
            "5. 「見込み・確定」を選びます。確定した値をあとで直すときは、事務局の確認を経ます。",
            "6. 「根拠」（台帳、調査名など）、「記入日」、「記入者」は、値を入力した行に必ず書いてください。",
            "7. 右端の「確認」が「OK」になれば入力できています。まだ値がない指標は空欄のままでかまいません。",
        ],
    )
    yield (
        "値の書き方",
        [
            "数えた結果が0のときは、0を入力してください。「－」「なし」や空欄は0とみなしません。",
            "「約50」のような概数は受け付けません。数えた値を入力し、事情は「備考」に書いてください。",
            f"前年度と桁が大きく違う値は、単位の取り違えとして差し戻します。その値で正しいときは「備考」に「{CHECKED_UNIT}」と書いてください。",
            "すでに登録された値は、あらかじめ入れてあります。直さなければ、そのままで登録済みの値と同じに扱います。",
        ],
    )
    yield (
        "登録済みの値を直すとき",
        [
            "値を書き換え、「訂正理由」と「記入日」、「記入者」を書いてください。だれが、いつ、なぜ直したかが記録に残ります。",
            "このブックを出力したあとにほかの人が登録した値は、このブックでは消せません。新しく出力したブックを使ってください。",
        ],
    )
    yield (
        "提出と差戻し",
        [
            "シートの名前は変わってもかまいませんが、見出しと記号、指標の名前は書き換えないでください。行をずらして貼り付けると受け付けません。",
            "誤りが一つでもあると、ブック全体を取り込まずに差し戻します。誤りのあるセルに色と説明を付けた写しをお返しします。",
            "期限と提出先は、依頼のメールをご覧ください。",
            f"問合せ先: {book.contact}",
        ],
    )


# entry


def _write_entry(sheet: "Worksheet", book: EntryBook, title: str, footer: str) -> None:
    write_cell(sheet.cell(TITLE_ROW, 1), title, size=14, bold=True, boxed=False, wrap=False)
    write_cell(sheet.cell(IDENTITY_ROW, 1), book.identity.text, size=8, color=_GREY, boxed=False, wrap=False)
    write_cell(
        sheet.cell(HINT_ROW, 1),
        "色の付いたセルだけに入力してください。書き方は「説明」シート、詳しい定義は「指標の定義」シートにあります。",
        boxed=False,
        wrap=False,
    )
    for index, column in enumerate(COLUMNS, start=1):
        cell = sheet.cell(HEADER_ROW, index)
        write_cell(cell, column.label, bold=True, horizontal="center")
        cell.fill = INPUT if column.input else HEADER
        sheet.column_dimensions[LETTERS[column.key]].width = column.width
    for row, height in ((TITLE_ROW, 24), (IDENTITY_ROW, 14), (HINT_ROW, 18), (HEADER_ROW, 22)):
        sheet.row_dimensions[row].height = height
    for number, entry in enumerate(book.rows, start=HEADER_ROW + 1):
        _write_row(sheet, number, entry, book)
    last = HEADER_ROW + len(book.rows)
    _add_validations(sheet, book)
    _color_checks(sheet, HEADER_ROW + 1, last)
    sheet.freeze_panes = f"{LETTERS['text']}{HEADER_ROW + 1}"
    sheet.sheet_view.zoomScale = 90
    set_up_page(sheet, HEADER_ROW, last, len(COLUMNS), footer)


def _write_row(sheet: "Worksheet", number: int, row: EntryRow, book: EntryBook) -> None:
    indicator = row.indicator
    text = "\n".join(texts_of(indicator))
    past = "\n".join(f"{fiscal_year_label(year)} {readable(value)}" for year, value in row.past)
    shown = {
        "id": indicator.id,
        "name": indicator.name,
        "text": text,
        "unit": indicator.unit,
        "past": past or "―",
        "asked": asked_of(indicator),
        "again": indicator.id,
    }
    for key, value in shown.items():
        small = key in ("text", "again")
        write_cell(
            sheet[f"{LETTERS[key]}{number}"],
            value,
            size=9 if small else 10,
            color=_GREY if key == "again" else "000000",
        )
    write_number(sheet[f"{LETTERS['target']}{number}"], indicator.target)
    write_number(sheet[f"{LETTERS['expected']}{number}"], row.expected)
    for key, content in _entered(row, over=book.over).items():
        cell = sheet[f"{LETTERS[key]}{number}"]
        write_cell(cell, content)
        cell.fill = INPUT if takes(indicator, key) else UNUSED
        cell.protection = Protection(locked=not takes(indicator, key))
        cell.number_format = _format(indicator, key)
    check = sheet[f"{LETTERS['check']}{number}"]
    write_cell(check, None)
    check.value = f"={_check(row, number)}"
    widths = {column.key: column.width for column in COLUMNS}
    said = {**shown, **{key: value for key, value in _entered(row, over=book.over).items() if isinstance(value, str)}}
    sheet.row_dimensions[number].height = max(
        height_of((value, widths[key]) for key, value in said.items()), height_of([("\n\n", 10)])
    )


def _entered(row: EntryRow, *, over: bool) -> dict[str, object]:
    """What stands in the input cells when the workbook is exported: what is recorded of the year."""
    recorded = row.recorded
    stage = STAGES[1] if over or is_survey(row.indicator) else STAGES[0]
    if recorded is None:
        return {column.key: stage if column.key == "stage" else None for column in COLUMNS if column.input}
    quotient = recorded.numerator is not None and recorded.denominator is not None and is_ratio(row.indicator)
    return {
        "value": None if quotient else exact(recorded.value),
        "numerator": exact(recorded.numerator) if quotient and recorded.numerator is not None else None,
        "denominator": exact(recorded.denominator) if quotient and recorded.denominator is not None else None,
        "n": recorded.sample_size if is_survey(row.indicator) else None,
        "stage": recorded.stage.value,
        "evidence": recorded.evidence or None,
        "entered_on": date.fromisoformat(recorded.entered_on) if recorded.entered_on else None,
        "entered_by": recorded.entered_by or None,
        "remark": recorded.remark or None,
        "correction": recorded.correction or None,
    }


def _format(indicator: Indicator, key: str) -> str:
    match key:
        case "value":
            return "#,##0" if indicator.whole or indicator.decimals == 0 and not is_ratio(indicator) else "General"
        case "numerator" | "denominator" | "n":
            return "#,##0"
        case "entered_on":
            return "yyyy/m/d"
        case _:
            return "General"


def _check(row: EntryRow, number: int) -> str:
    """The formula of the live check: in words what is still missing or wrong, the first thing first."""
    indicator = row.indicator
    at = {key: f"{letter}{number}" for key, letter in LETTERS.items()}
    value, numerator, denominator = at["value"], at["numerator"], at["denominator"]
    figures = f"{value}:{denominator}"
    blank = "空欄可（公表値があれば使います）" if is_public(indicator) else "未入力"
    steps = [
        (f"COUNTA({figures})=0", f'IF(COUNTA({at["evidence"]},{at["correction"]})>0,"値がありません","{blank}")'),
        (f"COUNT({figures})<COUNTA({figures})", '"数値ではありません"'),
        (f"MIN({figures})<0", '"負の数です"'),
    ]
    if is_ratio(indicator):
        quotient = f"{numerator}/{denominator}*{indicator.actual.scale}"
        steps += [
            (f'AND({numerator}<>"",{denominator}="")', '"分母がありません"'),
            (f'AND({numerator}="",{denominator}<>"")', '"分子がありません"'),
            (f'AND({denominator}<>"",{denominator}=0)', '"分母が0です"'),
            (
                f"IF(COUNT({figures})=3,ROUND({value},{indicator.decimals})<>ROUND({quotient},{indicator.decimals}),FALSE)",
                '"値と、分子÷分母が合いません"',
            ),
        ]
    if indicator.unit == PERCENT:
        steps += [(f'OR({value}>100,AND({numerator}<>"",{numerator}>{denominator}))', '"100％を超えています"')]
    if indicator.whole:
        steps += [(f"{value}<>INT({value})", '"整数ではありません"')]
    if row.recorded is not None:
        steps += [(_unchanged(row, at), '"登録済み"')]
        if row.recorded.stage is Stage.FINAL:
            steps += [(f'{at["correction"]}=""', '"訂正理由がありません"')]
    for key, told in (
        ("stage", "見込み・確定を選んでください"),
        ("evidence", "根拠がありません"),
        ("entered_on", "記入日がありません"),
        ("entered_by", "記入者がありません"),
    ):
        steps += [(f'{at[key]}=""', f'"{told}"')]
    result = '"OK"'
    if indicator.unit == PERCENT:
        result = f'IF({numerator}<>"","OK（"&TEXT({numerator}/{denominator}*100,"0.0")&"％）","OK")'
    for condition, told in reversed(steps):
        result = f"IF({condition},{told},{result})"
    return result


def _unchanged(row: EntryRow, at: dict[str, str]) -> str:
    """Whether the three cells of the figure still say what was recorded."""
    entered = _entered(row, over=True)
    same = (
        f'{at[key]}=""' if entered[key] is None else f"{at[key]}={entered[key]}"
        for key in ("value", "numerator", "denominator")
    )
    return f"AND({','.join(same)})"


def _color_checks(sheet: "Worksheet", first: int, last: int) -> None:
    letter = LETTERS["check"]
    area = f"{letter}{first}:{letter}{last}"
    for condition, color in (
        (f'OR(LEFT({letter}{first},2)="OK",{letter}{first}="登録済み")', _GOOD),
        (f'OR({letter}{first}="未入力",LEFT({letter}{first},3)="空欄可")', _GREY),
        (f'{letter}{first}<>""', _BAD),
    ):
        rule = FormulaRule(formula=[condition], font=Font(color=color, bold=color == _BAD), stopIfTrue=True)
        sheet.conditional_formatting.add(area, rule)


def _add_validations(sheet: "Worksheet", book: EntryBook) -> None:
    """What Excel lets a person type, and what it says when a cell is chosen or a wrong thing was typed."""
    rules: dict[str, DataValidation] = {}
    for number, row in enumerate(book.rows, start=HEADER_ROW + 1):
        for key in (column.key for column in COLUMNS if column.input and takes(row.indicator, column.key)):
            name, rule = _rule(row.indicator, key, book.identity.fiscal_year)
            if rule is not None:
                rules.setdefault(name, rule).add(f"{LETTERS[key]}{number}")
    for rule in rules.values():
        sheet.add_data_validation(rule)


def _rule(indicator: Indicator, key: str, fiscal_year: int) -> tuple[str, DataValidation | None]:
    """The validation of one input, and a name under which rows that share it find it again."""
    first, _ = fiscal_year_bounds(fiscal_year)
    match key:
        case "value" if indicator.unit == PERCENT:
            told = "％の数字を0から100までで入力してください（81.9％なら81.9）。"
            return "percent", _validation("decimal", "between", "0", "100", prompt=told, error=told)
        case "value":
            what = "".join(asked_of(indicator).split())
            asked = f"{what}を、{indicator.unit or '数'}の単位の数字だけで入力してください。"
            kind, error = ("whole", "0以上の整数") if indicator.whole else ("decimal", "0以上の数")
            return (
                f"{kind} {asked}",
                _validation(kind, "greaterThanOrEqual", "0", prompt=asked, error=f"{error}を入力してください。"),
            )
        case "numerator" | "denominator":
            operator = "greaterThanOrEqual" if key == "numerator" else "greaterThan"
            prompt = "分子と分母が分かる場合は、両方を入力してください。"
            return key, _validation(
                "decimal", operator, "0", prompt=prompt, error="数字を入力してください。分母は0より大きい数です。"
            )
        case "n":
            told = "調査の有効回答数を、1以上の整数で入力してください。"
            return key, _validation("whole", "greaterThanOrEqual", "1", prompt=told, error=told)
        case "stage":
            listed = f'"{",".join(STAGES)}"'
            return key, _validation(
                "list", None, listed, prompt="見込みか確定かを選んでください。", error="一覧から選んでください。"
            )
        case "entered_on":
            limit = f"DATE({first.year},{first.month},{first.day})"
            told = "記入した日を、2019/7/5のように入力してください。"
            return key, _validation("date", "greaterThanOrEqual", limit, prompt=told, error=told)
        case "entered_by":
            told = "問い合わせることができるように、記入した人の氏名を入力してください。"
            return key, _validation(
                "textLength", "lessThanOrEqual", "40", prompt=told, error="40字までで入力してください。"
            )
        case "evidence":
            told = "値の根拠（台帳、調査の名前など）を入力してください。"
            return key, _validation(
                "textLength", "lessThanOrEqual", "200", prompt=told, error="200字までで入力してください。"
            )
        case "correction":
            told = "登録済みの値を直すときだけ、直す理由を入力してください。"
            return key, _validation(
                "textLength", "lessThanOrEqual", "200", prompt=told, error="200字までで入力してください。"
            )
        case _:
            return key, None


def _validation(
    kind: str, operator: str | None, first: str, second: str | None = None, *, prompt: str, error: str
) -> DataValidation:
    return DataValidation(
        type=kind,
        operator=operator,
        formula1=first,
        formula2=second,
        allow_blank=True,
        showInputMessage=True,
        showErrorMessage=True,
        promptTitle="入力のしかた",
        prompt=prompt,
        errorTitle="入力できません",
        error=error,
    )
