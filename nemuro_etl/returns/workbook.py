"""A filled entry workbook as checked rows, or everything that is wrong with it, cell by cell; all or nothing.

The sheet and its columns are found by what they say, never by name or position.
"""

import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import olefile

from nemuro_etl.catalog.types import Catalog, Edition, Indicator
from nemuro_etl.errors import ReturnRefused
from nemuro_etl.model.figure import Stage
from nemuro_etl.model.period import fiscal_year_bounds, fiscal_year_of, tokyo_day
from nemuro_etl.model.returned import Returned
from nemuro_etl.returns.answer_sheet import AnswerRow, find_answers, read_answers
from nemuro_etl.returns.cells import Unclear, day_of, number_of, text_of, whole_of
from nemuro_etl.returns.comparison import Entry, compare
from nemuro_etl.returns.flat import ReturnRow, amount_of, period_of
from nemuro_etl.returns.form import (
    COLUMNS,
    COMPOUND,
    ENTRY_SHEET,
    HEADER_ROW,
    INPUTS,
    LABELS,
    LETTERS,
    OWN_SHEETS,
    PERCENT,
    VERSION,
    Identity,
    find_identity,
    folded,
    is_public,
    rows_asked,
    takes,
)

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

_LARGEST_UNPACKED = 200_000_000
_SEARCHED_ROWS = 20
_MOST_ROWS = 2000
_DAMAGES = (
    *(zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, IndexError, AttributeError, EOFError, OSError),
    *(SyntaxError, RuntimeError),
)
"""What openpyxl raises for parts that are missing, cut short or no XML."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing that is wrong: where (no cell: the workbook as a whole), and reason and remedy in Japanese."""

    sheet: str
    cell: str
    text: str

    def __str__(self) -> str:
        return f"{self.sheet}!{self.cell}: {self.text}" if self.cell else self.text


@dataclass
class WorkbookRefused(ReturnRefused):
    """各課の報告ブックに誤りがある。`marks`は、誤りのあるセル。"""

    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True)
class HandedIn:
    """What a workbook says: its checked rows, and what a person should be told although nothing is wrong."""

    identity: Identity
    rows: tuple[ReturnRow, ...]
    answers: tuple[AnswerRow, ...]
    """To warnings, as far as the workbook has the sheet for them."""
    remarks: tuple[str, ...]


def read_workbook(
    data: bytes,
    name: str,
    catalog: Catalog,
    edition: Edition,
    obtained: date,
    known: Mapping[tuple[str, int], Sequence[Returned]] | None,
) -> HandedIn:
    """The rows of a filled workbook, in the order of the sheet.

    `known` are the returns that were recorded when it was handed in, by indicator and fiscal year; None when a workbook
    that was loaded before is only read again. Raises WorkbookRefused with every fault of the workbook.
    """
    pages = _open(data, name)
    identity = _identify(pages, name)
    _check_identity(identity, catalog, edition, obtained, name, _place_of(pages, identity))
    sheet = _find_sheet(pages, name)
    reading = _Reading(sheet, identity, catalog, edition, obtained)
    entries = list(reading.entries())
    if known is not None:
        for entry in entries:
            reading.marks += [Mark(sheet.title, cell, text) for cell, text in compare(entry, identity, known)]
    rows = tuple(entry.row for entry in entries if entry.row is not None)
    answered, answers = _read_answers(pages, edition, obtained, reading.marks)
    if not rows and not answers and not reading.marks:
        reading.marks.append(Mark("", "", "値が一件も入力されていません。色の付いたセルに入力してください。"))
    if reading.marks:
        raise _refused(name, reading.marks)
    extra = [page.title for page in pages if page.title not in (*OWN_SHEETS, sheet.title, answered)]
    remarks = (*reading.remarks, *(f"シート「{title}」は読みません。" for title in extra))
    return HandedIn(identity, rows, answers, remarks)


def _refused(name: str, marks: Sequence[Mark]) -> WorkbookRefused:
    return WorkbookRefused(
        what=f"{name}: 次の{len(marks)}か所に誤りがあります。\n  - " + "\n  - ".join(map(str, marks)),
        expected=f"nemuro workbook exportで作った様式{VERSION}のブック（.xlsx）の、色の付いたセルだけに入力したもの。",
        kept="ファイルは原本として保管しましたが、報告は一件も取り込んでいません。登録済みの値はそのままです。",
        remedy=f"誤りを直し、もう一度実行してください: nemuro workbook import {name}",
        marks=tuple(marks),
    )


def _whole(name: str, text: str) -> WorkbookRefused:
    return _refused(name, [Mark("", "", text)])


# opening


@dataclass(frozen=True, slots=True)
class _Page:
    """One sheet, twice: with what its formulas came to, and with the formulas."""

    values: "Worksheet"
    formulas: "Worksheet"

    @property
    def title(self) -> str:
        return str(self.values.title)


def _open(data: bytes, name: str) -> list[_Page]:
    if data.startswith(COMPOUND):
        raise _whole(name, _say_why_old(data))
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(part.file_size for part in archive.infolist()) > _LARGEST_UNPACKED:
                raise _whole(name, "ブックが大きすぎます。もとのブックから入力し直してください。")
            if damaged := archive.testzip():
                raise _whole(name, f"ブックが壊れています（{damaged}）。Excelで開いて保存し直してください。")
        values, formulas = _load(data, values=True), _load(data, values=False)
    except _DAMAGES:
        raise _whole(name, "Excelのブックとして読めません。Excelで開き、.xlsx形式で保存し直してください。") from None
    return [_Page(values[sheet.title], sheet) for sheet in formulas.worksheets]


def _load(data: bytes, *, values: bool) -> "Workbook":
    from openpyxl import load_workbook

    with warnings.catch_warnings():
        # parts that openpyxl leaves out (drawings, extensions) carry no figures
        warnings.simplefilter("ignore")
        return load_workbook(io.BytesIO(data), data_only=values)


def _say_why_old(data: bytes) -> str:
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as compound:
            locked = compound.exists("EncryptedPackage")
    except (OSError, ValueError, IndexError, TypeError):
        locked = False
    if locked:
        return "パスワードで開けないようになっています。パスワードを外して保存し直してください。"
    return "古い形式（.xls）のブックです。「Excelブック（.xlsx）」の形式で保存し直してください。"


# identity


def _identities(pages: Sequence[_Page]) -> Iterator[tuple[str, str, Identity]]:
    """(sheet, cell, identity) wherever one stands near the top of a sheet."""
    for page in pages:
        for row in page.values.iter_rows(min_row=1, max_row=_SEARCHED_ROWS, max_col=3):
            for cell in row:
                if isinstance(cell.value, str) and (identity := find_identity(cell.value)) is not None:
                    yield page.title, cell.coordinate, identity


def _identify(pages: Sequence[_Page], name: str) -> Identity:
    found = list(_identities(pages))
    if not found:
        raise _whole(
            name,
            "指標報告のブックではありません（「様式」で始まる行がありません）。もとのブックから入力し直してください。",
        )
    first = found[0][2]
    for sheet, cell, other in found:
        if other != first:
            text = f"様式の行が書き換えられています（「{first.text}」と「{other.text}」）。もとのブックから入力し直してください。"
            raise _refused(name, [Mark(sheet, cell, text)])
    return first


def _place_of(pages: Sequence[_Page], identity: Identity) -> tuple[str, str]:
    return next((sheet, cell) for sheet, cell, found in _identities(pages) if found == identity)


def _check_identity(
    identity: Identity, catalog: Catalog, edition: Edition, obtained: date, name: str, place: tuple[str, str]
) -> None:
    """Refuse a workbook of another form, strategy, section or year, or of a year that has not begun."""
    marks = []
    day = tokyo_day(identity.exported_at)
    if identity.version != VERSION:
        marks.append(f"様式{identity.version}のブックです。今の様式は{VERSION}です。新しいブックに入力してください。")
    if identity.edition != edition.id:
        marks.append(f"別の戦略（{identity.edition}）のブックです。{edition.id}のブックに入力してください。")
    if day > obtained:
        marks.append(f"出力の日（{day.isoformat()}）が未来です。もとのブックから入力し直してください。")
    if identity.fiscal_year > fiscal_year_of(obtained):
        marks.append(f"{identity.fiscal_year}年度はまだ始まっていません。年度を確かめてください。")
    elif not marks and catalog.department_on(identity.department, day) is None:
        marks.append(f"「{identity.department}」という部署はありません。もとのブックから入力し直してください。")
    elif not marks and not rows_asked(catalog, edition, identity.department, identity.fiscal_year, day):
        marks.append(f"{identity.fiscal_year}年度にこの部署が報告する指標はありません。年度を確かめてください。")
    if marks:
        raise _refused(name, [Mark(*place, text) for text in marks])


# the entry sheet


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The entry sheet, where its header is, and in which column each label stands."""

    page: _Page
    header: int
    letters: Mapping[str, str]

    @property
    def title(self) -> str:
        return self.page.title


def _find_sheet(pages: Sequence[_Page], name: str) -> _Sheet:
    """The sheet whose header has the labels of the form, whatever its name is."""
    best = max((_match(page) for page in pages), key=lambda match: len(match.letters))
    labels = {folded(label) for label in LABELS.values()}
    if len(best.letters) < len(labels):
        missing = [column for column in COLUMNS if column.key not in best.letters]
        sheet, row = (best.title, best.header) if len(best.letters) > len(labels) // 2 else (ENTRY_SHEET, HEADER_ROW)
        raise _refused(
            name,
            [
                Mark(
                    sheet,
                    f"{LETTERS[column.key]}{row}",
                    f"見出し「{column.label}」がありません。見出しは書き換えず、もとのブックから入力し直してください。",
                )
                for column in missing
            ],
        )
    whole = [match for match in map(_match, pages) if len(match.letters) == len(labels)]
    if len(whole) > 1:
        raise _whole(
            name,
            f"入力のシートが{len(whole)}枚あります（{'、'.join(each.title for each in whole)}）。1枚だけ残してください。",
        )
    doubled = [key for key in LABELS if _labels(best.page, best.header).count(folded(LABELS[key])) > 1]
    if doubled:
        raise _refused(
            name,
            [
                Mark(best.title, f"{best.letters[key]}{best.header}", f"見出し「{LABELS[key]}」が二つあります。")
                for key in doubled
            ],
        )
    return best


def _labels(page: _Page, row: int) -> list[str]:
    return [folded(cell.value) for cell in page.values[row]]


def _match(page: _Page) -> _Sheet:
    """The row of the sheet that has the most labels of the form."""
    best = _Sheet(page, HEADER_ROW, {})
    for row in page.values.iter_rows(min_row=1, max_row=_SEARCHED_ROWS):
        at = {folded(cell.value): cell.column_letter for cell in reversed(row) if cell.value is not None}
        letters = {column.key: at[folded(column.label)] for column in COLUMNS if folded(column.label) in at}
        if len(letters) > len(best.letters):
            best = _Sheet(page, row[0].row, letters)
    return best


class _Reading:
    """The rows of an entry sheet being read; what is wrong is gathered in `marks`."""

    def __init__(self, sheet: _Sheet, identity: Identity, catalog: Catalog, edition: Edition, obtained: date) -> None:
        self.marks: list[Mark] = []
        self.remarks: list[str] = []
        self._sheet = sheet
        self._identity = identity
        self._catalog = catalog
        self._obtained = obtained
        self._day = tokyo_day(identity.exported_at)
        self._indicators = {indicator.id: indicator for indicator in edition.indicators_on(self._day)}
        self._asked = {
            indicator.id: indicator
            for indicator in rows_asked(catalog, edition, identity.department, identity.fiscal_year, self._day)
        }
        self._seen: dict[str, int] = {}

    def entries(self) -> Iterator[Entry]:
        """Every row that stands for an indicator, also one without a value."""
        last = self._sheet.page.values.max_row
        if last > _MOST_ROWS:
            text = "表のずっと下のセルに入力か書式があります。表より下の行を削除してください。"
            self.marks.append(Mark(self._sheet.title, f"A{last}", text))
            return
        for number in range(self._sheet.header + 1, last + 1):
            indicator = self._indicator(number)
            if indicator is not None:
                entry = self._entry(number, indicator)
                if entry is not None:
                    yield entry
        missing = [i for i, row in self._asked.items() if i not in self._seen and not is_public(row)]
        if missing:
            self.remarks.append(f"{'、'.join(missing)}の行がありません。この指標の報告は無かったものとします。")

    def _cell(self, number: int, key: str) -> str:
        return f"{self._sheet.letters[key]}{number}"

    def _value(self, number: int, key: str) -> Any:
        return self._sheet.page.values[self._cell(number, key)].value

    def _fault(self, number: int, key: str, text: str) -> None:
        self.marks.append(Mark(self._sheet.title, self._cell(number, key), text))

    def _indicator(self, number: int) -> Indicator | None:
        """The indicator of a row; None for an empty row and for one whose identity does not agree."""
        said = {key: text_of(self._value(number, key)) for key in ("id", "name", "again")}
        if not any(said.values()):
            filled = next((key for key in INPUTS if text_of(self._value(number, key))), None)
            if filled is not None:
                self._fault(number, filled, "指標の無い行に入力があります。その指標の行に入力してください。")
            return None
        indicator = self._indicators.get(said["id"])
        if indicator is None:
            self._fault(
                number,
                "id",
                f"「{said['id']}」という指標はありません。記号の列は書き換えず、もとのブックから入力し直してください。",
            )
            return None
        if not self._agrees(number, indicator, said):
            return None
        if indicator.id not in self._asked:
            owner = self._catalog.owner_on(indicator, self._day)
            whose = "所管課がありません" if owner is None else f"{owner.name}の指標です"
            if owner is not None and owner.id == self._identity.department:
                whose = f"{self._identity.fiscal_year}年度には報告しません"
            self._fault(number, "id", f"{indicator.id}（{indicator.name}）は{whose}。この行を消してください。")
            return None
        if indicator.id in self._seen:
            self._fault(
                number,
                "id",
                f"{indicator.id}は{self._seen[indicator.id]}行目にもあります。どちらか一方を消してください。",
            )
            return None
        self._seen[indicator.id] = number
        return indicator

    def _agrees(self, number: int, indicator: Indicator, said: Mapping[str, str]) -> bool:
        """Whether the locked cells of the row are all about one indicator."""
        expected = (("name", indicator.name), ("unit", indicator.unit), ("again", indicator.id))
        for key, text in expected:
            found = text_of(self._value(number, key))
            if folded(found) != folded(text):
                self._fault(
                    number,
                    key,
                    f"{LABELS[key]}が「{found}」ですが、この行の記号{indicator.id}では「{text}」です。"
                    "行がずれたか、書き換えられています。もとのブックから入力し直してください。",
                )
                return False
        return True

    def _entry(self, number: int, indicator: Indicator) -> Entry | None:
        before = len(self.marks)
        read = {key: self._read(number, key, indicator) for key in INPUTS}
        if len(self.marks) > before:
            return None
        cells = {key: self._cell(number, key) for key in INPUTS}
        if read["value"] is None and read["numerator"] is None and read["denominator"] is None:
            lost = next((key for key in ("n", "evidence", "correction") if read[key]), None)
            if lost is not None:
                self._fault(number, "value", f"{LABELS[lost]}はありますが、値がありません。値を入力してください。")
                return None
            if read["remark"]:
                self.remarks.append(
                    f"{self._sheet.title}!{cells['remark']}: 値が無いため、備考「{read['remark']}」は登録しません。"
                )
            return Entry(indicator, self._identity.fiscal_year, cells, None)
        row = self._row(number, indicator, read)
        return None if row is None else Entry(indicator, self._identity.fiscal_year, cells, row)

    def _read(self, number: int, key: str, indicator: Indicator) -> Any:
        """What an input cell says, typed; None for a blank and for one at fault."""
        try:
            cell = self._result(number, key)
            value = cell.value
            if not takes(indicator, key) and text_of(value):
                raise Unclear(f"この指標に{LABELS[key]}はありません。入力を消し、正しいセルに入力してください。")
            match key:
                case "value":
                    return number_of(value, indicator.unit, percent_format="%" in cell.number_format)
                case "numerator" | "denominator":
                    return number_of(value, "")
                case "n":
                    return whole_of(value, "回答数", "人")
                case "entered_on":
                    return self._entered_on(day_of(value))
                case _:
                    return text_of(value)
        except Unclear as reason:
            self._fault(number, key, str(reason))
            return None

    def _result(self, number: int, key: str) -> "Cell":
        """The cell with what its formula came to, if it has one."""
        place = self._cell(number, key)
        cell, formula = self._sheet.page.values[place], self._sheet.page.formulas[place]
        if cell.data_type == "e":
            raise Unclear(f"数式がエラー（{cell.value}）になっています。数字を直接入力してください。")
        if formula.data_type == "f" and cell.value is None:
            raise Unclear("数式の結果が保存されていません。Excelで開いて保存し直すか、数字を直接入力してください。")
        return cell

    def _entered_on(self, day: date | None) -> date | None:
        first, _ = fiscal_year_bounds(self._identity.fiscal_year)
        if day is not None and day > self._obtained:
            raise Unclear(f"{day.isoformat()}は未来の日付です。記入した日を入力してください。")
        if day is not None and day < first:
            raise Unclear(f"{day.isoformat()}は対象の年度が始まる前です。記入した日を入力してください。")
        return day

    def _row(self, number: int, indicator: Indicator, read: Mapping[str, Any]) -> ReturnRow | None:
        before = len(self.marks)
        numerator, denominator = read["numerator"], read["denominator"]
        amount = amount_of(
            indicator, read["value"], numerator, denominator, lambda key, text: self._fault(number, key, text)
        )
        if amount is not None:
            self._check_amount(number, indicator, amount, numerator, denominator)
        stage = next((stage for stage in Stage if stage.value == folded(read["stage"])), None)
        if stage is None:
            self._fault(number, "stage", "「見込み」か「確定」を選んでください。")
        if len(self.marks) > before or amount is None or stage is None:
            return None
        return ReturnRow(
            line=number,
            indicator=indicator,
            fiscal_year=self._identity.fiscal_year,
            period=period_of(indicator, self._identity.fiscal_year),
            value=amount,
            numerator=numerator,
            denominator=denominator,
            sample_size=read["n"],
            stage=stage,
            evidence=read["evidence"],
            remark=read["remark"],
            entered_by=read["entered_by"],
            entered_on="" if read["entered_on"] is None else read["entered_on"].isoformat(),
            correction=read["correction"],
            sheet=self._sheet.title,
            column=self._sheet.letters["value" if numerator is None else "numerator"],
        )

    def _check_amount(
        self,
        number: int,
        indicator: Indicator,
        amount: Decimal,
        numerator: Decimal | None,
        denominator: Decimal | None,
    ) -> None:
        if indicator.unit == PERCENT and numerator is not None and denominator is not None and numerator > denominator:
            self._fault(number, "numerator", f"分子{numerator}が分母{denominator}より大きくなっています。")
        elif indicator.unit == PERCENT and amount > 100:
            self._fault(number, "value", f"{amount}％は100％を超えています。値を確かめてください。")
        if indicator.whole and amount != int(amount):
            self._fault(
                number, "value", f"{amount}は整数ではありません。{indicator.unit}の数を整数で入力してください。"
            )


# the answers to warnings


def _read_answers(
    pages: Sequence[_Page], edition: Edition, obtained: date, marks: list[Mark]
) -> tuple[str, tuple[AnswerRow, ...]]:
    """The title of the sheet for answers, and those on it; what is wrong there is added to `marks`."""
    found = find_answers([page.values for page in pages])
    if found is None:
        return "", ()
    sheet, header, letters = found
    names = {row.id: row.name for row in edition.indicators_on(obtained)}
    answers = []
    for row in read_answers(sheet, header, letters, names, obtained):
        if isinstance(row, AnswerRow):
            answers.append(row)
        else:
            marks.append(Mark(sheet.title, *row))
    return sheet.title, tuple(answers)
