"""Areas: five-digit municipality codes as text, prefectures two digits, Japan `00`."""

import re
from enum import StrEnum
from functools import lru_cache


class AreaKind(StrEnum):
    """What an area is. Sums use leaf areas only: municipalities and wards."""

    COUNTRY = "country"
    PREFECTURE = "prefecture"
    COUNTY = "county"
    DESIGNATED_CITY = "designated_city"
    WARD = "ward"
    MUNICIPALITY = "municipality"

    @property
    def leaf(self) -> bool:
        return self in (AreaKind.MUNICIPALITY, AreaKind.WARD)


JAPAN = "00"
_WEIGHTS = (6, 5, 4, 3, 2)


def check_digit(code: str) -> str:
    """The sixth digit of a five-digit code (modulus 11 of the weighted digits, 総務省 全国地方公共団体コード)."""
    total = sum(int(digit) * weight for digit, weight in zip(code, _WEIGHTS, strict=True))
    return str((11 - total % 11) % 10)


@lru_cache(maxsize=8192)
def five_digits(code: str) -> str:
    """The five-digit code of a six-digit one, its check digit proved. A lost leading zero is restored.

    Raises ValueError when the code is no code, or its check digit is wrong.
    """
    text = code.strip()
    if not re.fullmatch(r"\d{5,6}", text):
        raise ValueError(f"not a municipality code: {code!r}")
    text = text.zfill(6)
    if check_digit(text[:5]) != text[5]:
        raise ValueError(f"the check digit of {code!r} should be {check_digit(text[:5])}")
    return text[:5]
