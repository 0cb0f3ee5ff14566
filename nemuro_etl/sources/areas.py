"""What kind of area a row of a national table is: by its code and its name."""

from collections.abc import Collection

from nemuro_etl.model.area import AreaKind

PREFECTURES = frozenset(f"{number:02}" for number in range(1, 48))
_TOKYO = "13"


def area_kind(code: str, name: str, county_like: Collection[str] = ()) -> AreaKind | None:
    """The kind of the area with the five-digit `code`; None for a code and name that no kind has.

    全国地方公共団体コード: 000 is the prefecture, 1xx designated cities and their wards (and Tokyo's special wards, which
    are municipalities), 2xx cities, 3xx and above towns and villages, among them the counties' subtotals.
    `county_like`: names of subtotals that do not end in 郡.
    """
    prefecture, rest = code[:2], code[2:]
    if prefecture not in PREFECTURES:
        return None
    if rest == "000":
        return AreaKind.PREFECTURE
    if rest < "200":
        if prefecture == _TOKYO:
            # 13100 are all special wards together: no area of the national list.
            return AreaKind.MUNICIPALITY if rest > "100" and name.endswith("区") else None
        if name.endswith("市"):
            return AreaKind.DESIGNATED_CITY
        return AreaKind.WARD if name.endswith("区") else None
    if name in county_like or (rest >= "300" and name.endswith("郡")):
        return AreaKind.COUNTY
    return AreaKind.MUNICIPALITY if name.endswith(("市", "町", "村")) else None
