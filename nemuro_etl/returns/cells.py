"""What a person typed into a cell: understood where its meaning is beyond doubt, else refused in words with a remedy."""

import re
from datetime import date, datetime
from decimal import Decimal

from nemuro_etl.model.period import find_japanese_date
from nemuro_etl.returns.flat import LARGEST, SIGNIFICANT_DIGITS
from nemuro_etl.returns.form import PERCENT, folded

_NUMBER = re.compile(r"(\d+|\d{1,3}(,\d{3})+)(\.\d+)?", re.ASCII)
_NEGATIVE = re.compile(r"[-−‐ー―△▲▼].*\d.*", re.ASCII)
_NOTHING = re.compile(r"[-−‐ー―－—‒–]+|なし|無し|無|該当なし|未集計|不明|n/?a", re.IGNORECASE)
_ABOUT = re.compile(r"約|およそ|程度|くらい|ぐらい|前後|余り?|弱|強|以上|以下|未満|超")
_UNITS = ("人", "件", "円", "千円", "万円", "百万円", "億円", "世帯", "社", "日", "カ所", "施設", "名", "%", "事業者")
_WESTERN = re.compile(r"(\d{4})(?:[-/.]|年)(\d{1,2})(?:[-/.]|月)(\d{1,2})日?|(\d{4})(\d{2})(\d{2})", re.ASCII)
_ERA_INITIAL = re.compile(r"([RHS])(元|\d{1,2})[./-](\d{1,2})[./-](\d{1,2})", re.ASCII | re.IGNORECASE)
_ERA_DOTTED = re.compile(r"(令和|平成|昭和)(元|\d{1,2})[./-](\d{1,2})[./-](\d{1,2})", re.ASCII)
_ERAS = {"R": "令和", "H": "平成", "S": "昭和"}


class Unclear(ValueError):
    """What a cell says cannot be taken as it is; the text is reason and remedy, in Japanese."""


def text_of(value: object) -> str:
    """A cell as text, without what cannot be seen at its ends."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime):
        return value.date().isoformat()
    return str(value).replace("\u3000", " ").strip()


def number_of(value: object, unit: str, *, percent_format: bool = False) -> Decimal | None:
    """The number in a cell of a row counted in `unit`; None for a blank. `percent_format`: the cell shows it × 100."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        raise Unclear(f"「{value}」は数値ではありません。数字を入力してください。")
    if isinstance(value, int | float):
        number = Decimal(format(value, f".{SIGNIFICANT_DIGITS}g"))
        if percent_format and unit != PERCENT:
            raise Unclear(
                f"％の表示になっていますが、単位は{unit or '無し'}です。表示形式を標準に戻し、値を確かめてください。"
            )
        return _within(number.scaleb(2) if percent_format else number, text_of(value))
    if isinstance(value, date):
        raise Unclear("日付になっています。セルの表示形式を標準に戻し、数字を入力し直してください。")
    return _number_in(text_of(value), unit)


def _number_in(text: str, unit: str) -> Decimal | None:
    plain = folded(text)
    if not plain:
        return None
    if _NOTHING.fullmatch(plain):
        raise Unclear(f"「{text}」は数値ではありません。0であれば0を、まだ分からなければ空欄にしてください。")
    if _ABOUT.search(plain):
        raise Unclear(f"「{text}」は確かな数値ではありません。数えた値を入力し、概数であることは備考に書いてください。")
    if _NEGATIVE.fullmatch(plain):
        raise Unclear(f"「{text}」は負の数です。0以上の数を入力し、減少したことは備考に書いてください。")
    own = folded(unit)
    number = plain.removesuffix(own) if own else plain
    if _NUMBER.fullmatch(number):
        return _within(Decimal(number.replace(",", "")), text)
    other = next(
        (each for each in _UNITS if plain.endswith(each) and _NUMBER.fullmatch(plain.removesuffix(each))), None
    )
    if other is not None:
        raise Unclear(
            f"「{text}」の単位は{other}ですが、この指標の単位は{unit or '無し'}です。{unit or '単位無し'}に直した数字だけを入力してください。"
        )
    raise Unclear(f"「{text}」は数値ではありません。数字だけを入力してください。")


def _within(number: Decimal, text: str) -> Decimal:
    if number < 0:
        raise Unclear(f"「{text}」は負の数です。0以上の数を入力し、減少したことは備考に書いてください。")
    if number >= LARGEST or len(number.normalize().as_tuple().digits) > SIGNIFICANT_DIGITS:
        raise Unclear(f"「{text}」は桁数が多すぎます。有効数字は{SIGNIFICANT_DIGITS}桁までです。")
    return number


def whole_of(value: object, what: str, unit: str) -> int | None:
    """The whole number in a cell, 1 or more; None for a blank."""
    number = number_of(value, unit)
    if number is None:
        return None
    if number != int(number) or number < 1:
        raise Unclear(f"「{text_of(value)}」は{what}ではありません。1以上の整数を入力してください。")
    return int(number)


def day_of(value: object) -> date | None:
    """The day in a cell: a date cell, 2019/7/5, 令和元年7月5日, R1.7.5; None for a blank."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    text = text_of(value)
    if not text:
        return None
    plain = folded(text)
    try:
        found = _day_in(plain)
    except ValueError:
        found = None
    if found is None:
        raise Unclear(f"「{text}」は日付ではありません。2019/7/5、令和元年7月5日のように入力してください。")
    return found


def _day_in(plain: str) -> date | None:
    if match := _WESTERN.fullmatch(plain):
        year, month, day = (part for part in match.groups() if part is not None)
        return date(int(year), int(month), int(day))
    if match := _ERA_INITIAL.fullmatch(plain):
        plain = f"{_ERAS[match[1].upper()]}{match[2]}年{match[3]}月{match[4]}日"
    elif match := _ERA_DOTTED.fullmatch(plain):
        plain = f"{match[1]}{match[2]}年{match[3]}月{match[4]}日"
    if not re.fullmatch(r"(令和|平成|昭和)(元|\d{1,2})年\d{1,2}月\d{1,2}日", plain, re.ASCII):
        return None
    return find_japanese_date(plain)
