"""The one description of the departments' entry workbook: what is written is what is read.

One workbook is one section's figures of one fiscal year. Who it is for and when it was exported stands in one line
(`Identity`) on the entry sheet, where everybody sees it, and once more on a sheet that Excel does not offer to show: so a
copied or renamed sheet is recognised, and so is one whose line was typed over.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from nemuro_etl.catalog.types import Catalog, Edition, Indicator, PeriodBasis, Shape
from nemuro_etl.model.figure import Stage
from nemuro_etl.model.period import TOKYO, fiscal_year_label

VERSION = 1
"""Of the form. A workbook of another version is refused, never guessed at."""
READER_VERSION = "returns-workbook-1"

GUIDE_SHEET, ENTRY_SHEET, ANSWER_SHEET, HISTORY_SHEET, DICTIONARY_SHEET, IDENTITY_SHEET = (
    "説明",
    "入力",
    "遅れへの回答",
    "経過",
    "指標の定義",
    "様式",
)
OWN_SHEETS = (GUIDE_SHEET, ENTRY_SHEET, ANSWER_SHEET, HISTORY_SHEET, DICTIONARY_SHEET, IDENTITY_SHEET)
TITLE_ROW, IDENTITY_ROW, HINT_ROW, HEADER_ROW = 1, 2, 3, 4
STAGES = (Stage.ESTIMATE.value, Stage.FINAL.value)
"""What the drop-down offers."""
CHECKED_UNIT = "単位確認済"
"""Written into the remark, it says that a figure a thousand times the usual one is meant."""
PERCENT = "%"
COMPOUND = bytes.fromhex("D0CF11E0A1B11AE1")
"""How .xls files and workbooks under a password begin."""
_ZIP = b"PK\x03\x04"
_MONEY = re.compile(r"円$")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the entry sheet. `width` in characters of Excel."""

    key: str
    label: str
    width: float
    input: bool = False


COLUMNS = (
    Column("id", "記号", 8),
    Column("name", "指標", 16),
    Column("text", "戦略の本文と定義", 33),
    Column("unit", "単位", 7),
    Column("target", "目標値", 10),
    Column("expected", "目安値", 10),
    Column("past", "これまでの値", 18),
    Column("asked", "入力するもの", 15),
    Column("value", "値", 12, input=True),
    Column("numerator", "分子", 9, input=True),
    Column("denominator", "分母", 9, input=True),
    Column("n", "回答数", 8, input=True),
    Column("stage", "見込み・確定", 11, input=True),
    Column("evidence", "根拠", 16, input=True),
    Column("entered_on", "記入日", 12, input=True),
    Column("entered_by", "記入者", 11, input=True),
    Column("remark", "備考", 15, input=True),
    Column("correction", "訂正理由", 12, input=True),
    Column("check", "確認", 17),
    Column("again", "照合", 8),
)
"""`again` repeats the id at the far end, so that cells shifted within a row are noticed."""
INPUTS = tuple(column.key for column in COLUMNS if column.input)
LABELS = {column.key: column.label for column in COLUMNS}
LETTERS = {column.key: chr(ord("A") + index) for index, column in enumerate(COLUMNS)}
"""Where the form has each column; in a workbook that comes back columns are found by their labels."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a workbook is for, and until when it knows what was recorded."""

    version: int
    edition: str
    fiscal_year: int
    department: str
    exported_at: datetime

    @property
    def text(self) -> str:
        """The line that travels in the workbook."""
        moment = self.exported_at.astimezone(TOKYO).isoformat()
        return (
            f"様式 {self.version}｜戦略 {self.edition}｜年度 {self.fiscal_year}｜所管 {self.department}｜出力 {moment}"
        )


_IDENTITY = re.compile(r"様式 (\d{1,4})\|戦略 (\S+)\|年度 (\d{4})\|所管 (\S+)\|出力 (\S+)", re.ASCII)


def find_identity(text: str) -> Identity | None:
    """The identity that a cell's text says; None when it says none."""
    match = _IDENTITY.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        return None
    try:
        exported_at = datetime.fromisoformat(match[5])
    except ValueError:
        return None
    if exported_at.tzinfo is None:
        return None
    return Identity(int(match[1]), match[2], int(match[3]), match[4], exported_at)


def is_workbook(start: bytes) -> bool:
    """Whether a file that begins so is a workbook (or an old or locked one), and no text."""
    return start.startswith((COMPOUND, _ZIP))


def is_ratio(indicator: Indicator) -> bool:
    """Whether its value is a quotient, so that numerator and denominator are asked for too."""
    return indicator.actual.scale > 1


def is_survey(indicator: Indicator) -> bool:
    """Whether the number of answers is asked for."""
    return indicator.basis is PeriodBasis.SURVEY


def is_money(indicator: Indicator) -> bool:
    return _MONEY.search(indicator.unit) is not None


def takes(indicator: Indicator, key: str) -> bool:
    """Whether a row of `indicator` has the input `key`."""
    if key in ("numerator", "denominator"):
        return is_ratio(indicator)
    return is_survey(indicator) if key == "n" else True


def asked_of(indicator: Indicator) -> str:
    """What exactly the value is, in the few words beside the input cell."""
    if indicator.shape is Shape.CUMULATIVE:
        return "この年度の増加分\n（累計ではない）"
    match indicator.basis:
        case PeriodBasis.SURVEY:
            return "調査の結果"
        case PeriodBasis.CALENDAR_YEAR:
            return "暦年（1月から12月まで）の値"
        case PeriodBasis.MULTI_YEAR:
            return "公表された推計値"
        case _:
            return "この年度の年間の合計" if indicator.shape is Shape.QUOTA else "この年度の値"


def rows_asked(catalog: Catalog, edition: Edition, department: str, fiscal_year: int, day: date) -> list[Indicator]:
    """The indicators of which `department`, as the owner on `day`, may report the figure of `fiscal_year`.

    An estimate that comes once in five years is asked for in the years that get one.
    """
    return [
        indicator
        for indicator in edition.indicators_on(day)
        if indicator.actual.returns
        and indicator.same_as is None
        and edition.plan(indicator.plan).first_fiscal_year <= fiscal_year <= indicator.last_fiscal_year
        and _is_due(catalog, indicator, fiscal_year)
        and (owner := catalog.owner_on(indicator, day)) is not None
        and owner.id == department
    ]


def is_public(indicator: Indicator) -> bool:
    """Whether a publisher gives the figure too: then a return is taken only for a year without it."""
    return indicator.actual.sql is not None or indicator.actual.series is not None


def _is_due(catalog: Catalog, indicator: Indicator, fiscal_year: int) -> bool:
    rule = next((rule for rule in catalog.calendar.publications if rule.family == indicator.family), None)
    return rule is None or rule.only_fiscal_years is None or fiscal_year in rule.only_fiscal_years


def year_label(fiscal_year: int) -> str:
    """`平成30年度（2018年度）`."""
    return f"{fiscal_year_label(fiscal_year)}（{fiscal_year}年度）"


def folded(value: object) -> str:
    """A label or name as it is compared: NFKC, no white space."""
    return "" if value is None else "".join(unicodedata.normalize("NFKC", str(value)).split())


def texts_of(indicator: Indicator) -> Sequence[str]:
    """Quote, and the decision where the text leaves something open: what stands beside the name."""
    lines = [f"本文「{indicator.quote.text}」"]
    if indicator.shape is Shape.CUMULATIVE:
        lines.append("目標値・目安値は、初年度からの累計")
    if indicator.decision:
        lines.append(f"解釈: {indicator.decision}")
    return lines
