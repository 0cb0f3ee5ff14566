"""Returns as one flat CSV file: `indicator,fiscal_year,value,numerator,denominator,n,stage,evidence,remark`.

One bad row and nothing of the file is taken. Every fault names line and column, in Japanese: a section reads it.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import TYPE_CHECKING

from nemuro_etl.catalog.types import Edition, Indicator, PeriodBasis, Shape
from nemuro_etl.errors import ReturnRefused
from nemuro_etl.model.figure import Stage, dimensions_text
from nemuro_etl.model.period import fiscal_year_of

if TYPE_CHECKING:
    import pandas as pd

_Fault = Callable[[str, str], None]
"""Takes the column and what is wrong in it."""

HEADER = ("indicator", "fiscal_year", "value", "numerator", "denominator", "n", "stage", "evidence", "remark")
READER_VERSION = "returns-flat-1"
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
LARGEST = Decimal(10) ** 15
SIGNIFICANT_DIGITS = 15
"""SQLite keeps decimals as binary floats: 15 digits are the most that come back as they were written."""


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """One checked row: the figure's value in the indicator's unit, and what it was computed from."""

    line: int
    """The line of a text file, the row of a workbook."""
    indicator: Indicator
    fiscal_year: int
    period: str
    value: Decimal
    numerator: Decimal | None
    denominator: Decimal | None
    sample_size: int | None
    stage: Stage
    evidence: str
    remark: str
    entered_by: str = ""
    entered_on: str = ""
    """A day, 2019-07-05; like who entered it and why, only a workbook says it."""
    correction: str = ""
    sheet: str = ""
    column: str = ""
    """The letters of the figure's column in a workbook."""

    @property
    def series(self) -> str:
        return series_of(self.indicator)

    @property
    def cell(self) -> str:
        """The cell in a workbook, or line and column of a text file: that of the numerator where there is one."""
        if self.sheet:
            return f"{self.column}{self.line}"
        return f"line {self.line}:{'value' if self.numerator is None else 'numerator'}"


def series_of(indicator: Indicator) -> str:
    """The series under which a return for `indicator` is recorded."""
    return f"{'survey' if indicator.family == 'survey' else 'return'}.{indicator.id}"


def period_of(indicator: Indicator, fiscal_year: int) -> str:
    """The canonical period of a return: calendar year Y is handed in as FY Y, a five-year estimate as its last year."""
    if indicator.basis is PeriodBasis.CALENDAR_YEAR:
        return str(fiscal_year)
    if indicator.basis is PeriodBasis.MULTI_YEAR:
        return f"{fiscal_year - 4}/{fiscal_year}"
    return f"FY{fiscal_year}"


def read_returns(data: bytes, name: str, edition: Edition, as_of: date) -> tuple[ReturnRow, ...]:
    """The checked rows of a returns file, in the order of the file.

    Raises ReturnRefused with every fault of the file (line and column) when one row is wrong.
    """
    faults: list[str] = []
    rows = _records(data, name)
    indicators = {indicator.id: indicator for indicator in edition.indicators_on(as_of)}
    seen: dict[tuple[str, int], int] = {}
    checked: list[ReturnRow] = []
    for line, record in rows:
        row = _read_row(line, record, indicators, edition, as_of, faults)
        if row is None:
            continue
        key = (row.indicator.id, row.fiscal_year)
        if key in seen:
            faults.append(
                f"{line}行目 indicator・fiscal_year: {key[0]}の{key[1]}年度は{seen[key]}行目にもあります。"
                "どちらか一方を削ってください。"
            )
        seen.setdefault(key, line)
        checked.append(row)
    if not rows:
        faults.append("2行目: 報告が一件もありません。見出しの次の行から入力してください。")
    if faults:
        raise _refused(name, faults)
    return tuple(checked)


def _refused(name: str, faults: Sequence[str]) -> ReturnRefused:
    return ReturnRefused(
        what=f"{name}: 次の{len(faults)}か所に誤りがあります。\n  - " + "\n  - ".join(faults),
        expected=f"必要な列: {','.join(HEADER)}（UTF-8のCSV）。",
        kept="ファイルは原本として保管しましたが、報告は一件も取り込んでいません。登録済みの値はそのままです。",
        remedy=f"誤りを直し、もう一度実行してください: nemuro ingest returns {name}",
    )


def _records(data: bytes, name: str) -> list[tuple[int, Mapping[str, str]]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _refused(
            name,
            [f"{line}行目: UTF-8ではない文字があります。「CSV UTF-8（コンマ区切り）」で保存し直してください。"],
        ) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    records: list[tuple[int, Mapping[str, str]]] = []
    faults: list[str] = []
    try:
        header = tuple(label.strip() for label in next(reader, []))
        if header != HEADER:
            missing = [label for label in HEADER if label not in header]
            extra = [label for label in header if label not in HEADER]
            detail = "".join(
                [
                    f"足りない列: {'、'.join(missing)}。" if missing else "",
                    f"余分な列: {'、'.join(extra)}。" if extra else "",
                    "" if missing or extra else "列の順序が違うか、同じ列が重なっています。",
                ]
            )
            raise _refused(name, [f"1行目 見出し: {detail}"])
        previous = reader.line_num
        for cells in reader:
            line, previous = previous + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(HEADER):
                faults.append(
                    f"{line}行目: {len(HEADER)}列のところ{len(cells)}列あります。コンマの数を確かめてください。"
                )
                continue
            records.append((line, dict(zip(HEADER, (cell.strip() for cell in cells), strict=True))))
    except csv.Error as error:
        faults.append(f"{reader.line_num}行目: CSVとして読めません（{error}）。引用符の閉じ忘れを確かめてください。")
    if faults:
        raise _refused(name, faults)
    return records


def _read_row(
    line: int,
    record: Mapping[str, str],
    indicators: Mapping[str, Indicator],
    edition: Edition,
    as_of: date,
    faults: list[str],
) -> ReturnRow | None:
    before = len(faults)

    def fault(column: str, text: str) -> None:
        faults.append(f"{line}行目 {column}: {text}")

    indicator = indicators.get(record["indicator"])
    if indicator is None:
        fault(
            "indicator",
            f"「{record['indicator']}」という指標は、この戦略の{as_of.isoformat()}時点の版にありません。"
            "指標の記号（例: g2-i1-1）を確かめてください。",
        )
    elif not indicator.actual.returns:
        fault(
            "indicator",
            f"{indicator.id}（{indicator.name}）は公表統計から計算するため、報告では受け付けません。行を削ってください。",
        )
    elif indicator.same_as:
        fault(
            "indicator", f"{indicator.id}は{indicator.same_as}と同じ指標です。{indicator.same_as}で報告してください。"
        )
    fiscal_year = _fiscal_year(record["fiscal_year"], indicator, edition, as_of, fault)
    value, numerator, denominator = (
        _number(record[column], column, fault) for column in ("value", "numerator", "denominator")
    )
    sample_size = _number(record["n"], "n", fault)
    if sample_size is not None and (sample_size != int(sample_size) or sample_size <= 0):
        fault("n", f"「{record['n']}」は回答数ではありません。1以上の整数を入力してください。")
    stage = next((stage for stage in Stage if stage.value == (record["stage"] or Stage.FINAL.value)), None)
    if stage is None:
        fault(
            "stage",
            f"「{record['stage']}」は使えません。見込み・速報・確報・確々報・確定のいずれか、または空欄（確定）です。",
        )
    if len(faults) > before or indicator is None or fiscal_year is None or stage is None:
        return None
    amount = amount_of(indicator, value, numerator, denominator, fault)
    if amount is None:
        return None
    return ReturnRow(
        line=line,
        indicator=indicator,
        fiscal_year=fiscal_year,
        period=period_of(indicator, fiscal_year),
        value=amount,
        numerator=numerator,
        denominator=denominator,
        sample_size=None if sample_size is None else int(sample_size),
        stage=stage,
        evidence=record["evidence"],
        remark=record["remark"],
    )


def _fiscal_year(text: str, indicator: Indicator | None, edition: Edition, as_of: date, fault: _Fault) -> int | None:
    if not (len(text) == 4 and text.isascii() and text.isdigit()):
        fault("fiscal_year", f"「{text}」は年度ではありません。西暦4桁（例: 2016）で入力してください。")
        return None
    fiscal_year = int(text)
    if fiscal_year > fiscal_year_of(as_of):
        fault("fiscal_year", f"{fiscal_year}年度はまだ始まっていません。")
        return None
    if indicator is not None:
        first, last = edition.plan(indicator.plan).first_fiscal_year, indicator.last_fiscal_year
        if not first <= fiscal_year <= last:
            fault("fiscal_year", f"{fiscal_year}年度は{indicator.id}の対象期間（{first}年度〜{last}年度）の外です。")
            return None
    return fiscal_year


def _number(text: str, column: str, fault: _Fault) -> Decimal | None:
    if text == "":
        return None
    number = Decimal(text) if _NUMBER.fullmatch(text) else None
    if number is None:
        folded = unicodedata.normalize("NFKC", text).replace(",", "").strip()
        hint = f"「{folded}」のように" if folded != text else ""
        fault(
            column, f"「{text}」は数値ではありません。{hint}半角数字だけで、桁区切りや単位を付けずに入力してください。"
        )
        return None
    if len(text.lstrip("-").replace(".", "").strip("0")) > SIGNIFICANT_DIGITS or abs(number) >= LARGEST:
        fault(column, f"「{text}」は桁数が多すぎます。有効数字は{SIGNIFICANT_DIGITS}桁までです。")
        return None
    return number


def amount_of(
    indicator: Indicator, value: Decimal | None, numerator: Decimal | None, denominator: Decimal | None, fault: _Fault
) -> Decimal | None:
    """What a row amounts to in the indicator's unit; None when it is at fault, which is told under the column's name."""
    if (numerator is None) != (denominator is None):
        missing = "denominator" if denominator is None else "numerator"
        fault(missing, "分子と分母は両方を入力してください。")
        return None
    if numerator is not None and denominator is not None:
        if denominator <= 0:
            fault("denominator", f"分母が{denominator}です。0より大きい数を入力してください。")
            return None
        with localcontext(prec=SIGNIFICANT_DIGITS, rounding=ROUND_HALF_UP):
            quotient = numerator * indicator.actual.scale / denominator
        step = Decimal(1).scaleb(-indicator.decimals)
        if value is not None and value.quantize(step, ROUND_HALF_UP) != quotient.quantize(step, ROUND_HALF_UP):
            fault(
                "value",
                f"値{value}と、分子・分母から計算した{quotient.quantize(step, ROUND_HALF_UP)}{indicator.unit}"
                f"（{numerator} ÷ {denominator}）が合いません。どれかが誤っています。",
            )
            return None
        value = quotient
    if value is None:
        fault("value", "値も分子・分母もありません。値、または分子と分母を入力してください。")
        return None
    if indicator.shape is Shape.CUMULATIVE and value < 0:
        fault("value", f"{value}は負の数です。{indicator.name}は、その年度に増えた分（0以上）を入力してください。")
        return None
    return value


def returns_frame(rows: Sequence[ReturnRow], area: str, area_name: str) -> "pd.DataFrame":
    """The rows as the tidy frame that every loader takes (model.figure.READING_COLUMNS)."""
    import pandas as pd

    return pd.DataFrame(
        {
            "series": [row.series for row in rows],
            "area": area,
            "area_name": area_name,
            "kind": "municipality",
            "period": [row.period for row in rows],
            "dimensions": dimensions_text({}),
            "value": pd.Series([row.value for row in rows], dtype=object),
            "unit": [row.indicator.unit for row in rows],
            "stage": [row.stage.value for row in rows],
            "step": 1,
            "sheet": [row.sheet for row in rows],
            "cell": [row.cell for row in rows],
        }
    )
