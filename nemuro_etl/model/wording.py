"""Numbers and texts as people are shown them."""

import unicodedata
from decimal import ROUND_HALF_UP, Decimal


def readable(value: Decimal) -> str:
    """A number for people: thousands separated, rounded half-up to at most four decimals."""
    step = Decimal("0.0001")
    rounded = value if value == value.to_integral_value() else value.quantize(step, ROUND_HALF_UP)
    text = f"{rounded:,f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def columns(character: str) -> int:
    """Columns that a character takes: wide, full-width and ambiguous ones take two, as on a Japanese terminal."""
    return 2 if unicodedata.east_asian_width(character) in "WFA" else 1


def display_width(text: str) -> int:
    """Columns that `text` takes."""
    return sum(columns(character) for character in text)
