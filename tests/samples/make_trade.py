"""Writes the samples of the trade statistics. `python -m tests.samples.make_trade`

The layouts are the publisher's. Real: the row 000000011 of 2023 in `national-2023-import.csv`; all else is invented
(README.md). Deterministic.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tests.samples.make_registry import FOLDER

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CHAPTERS = [f"{chapter:02}" for chapter in range(98) if chapter != 77]
OFFICE = "899"
"""An office that there is not, in place of 根室税関支署, whose code is not known."""
# The publisher's row, as it is quoted in a public README.
REAL = (
    "2,2023,'000000011',  ,KG,0,1917608,831854,0,87030,39506,0,72114,34952,0,135866,41532,0,212472,73405,0,174017,94372,"
    "0,115162,61624,0,136110,67990,0,191268,83100,0,194132,81240,0,207532,64179,0,180077,93200,0,211828,96754"
)


def header(*keys: str, april: str = "Apr") -> str:
    months = [april if month == "Apr" else month for month in MONTHS]
    measures = [f"{part}-{when}" for when in ("Year", *months) for part in ("Quantity1", "Quantity2", "Value")]
    return ",".join(["Exp or Imp", "Year", *keys, "Unit1", "Unit2", *measures])


def row(direction: int, year: int, keys: Sequence[str], values: Sequence[int]) -> str:
    """`values`: twelve months in 千円; the quantities are ten times as many KG."""
    numbers = [number for value in (sum(values), *values) for number in (0, 10 * value, value)]
    return ",".join([str(direction), str(year), *keys, "  ", "KG", *map(str, numbers)])


def _text(rows: Iterable[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in rows).encode("ascii")


def customs(direction: int, year: int, published: int) -> list[str]:
    """All chapters at one office, something more at three others; months after `published` are 0."""

    def values(start: int) -> list[int]:
        return [start + month if month < published else 0 for month in range(12)]

    lines = [header("Custom", "HS", "Country")]
    lines += [row(direction, year, ("100", f"'{chapter}0000000'", "304"), values(int(chapter))) for chapter in CHAPTERS]
    lines.append(row(direction, year, ("104", "'030633000'", "224"), [5 if month == 0 else 0 for month in range(12)]))
    lines.append(row(direction, year, ("300", "'030633000'", "224"), values(1000)))
    lines.append(row(direction, year, ("300", "'030722000'", "105"), values(2000)))
    lines.append(row(direction, year, (OFFICE, "'030633000'", "224"), values(3000)))
    return lines


def section(direction: int, chapters: Sequence[str]) -> list[str]:
    """One of the files in which the publisher gives a year: some chapters of 2018, of all offices.

    The office that there is not imports for 5,643 million yen and exports for 175.
    """
    lines = [header("Custom", "HS", "Country")]
    lines += [
        row(direction, 2018, ("100", f"'{chapter}0000000'", "304"), [int(chapter) + 1] * 12) for chapter in chapters
    ]
    for commodity, country, values in TRADED[direction]:
        if commodity[:2] in chapters:
            lines.append(row(direction, 2018, (OFFICE, f"'{commodity}'", country), values))
    return lines


# By direction: commodity, country, and 千円 by month.
TRADED = {
    1: [
        ("030722000", "103", [0, 0, 0, 0, 0, 40_000, 50_000, 60_000, 0, 0, 0, 0]),
        ("842720000", "224", [0, 25_000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ],
    2: [
        ("030633000", "224", [300_000] * 12),
        ("030821000", "224", [170_000] * 11 + [171_000]),
        ("440711000", "224", [0] * 9 + [2_000, 0, 0]),
    ],
}


def answer(direction: int, table: str, year: int, updated: str) -> dict[str, Any]:
    """e-Stat's answer for the trade of the office that there is not, a fresh one for tests to break."""
    measures = {
        str(100 + 10 * number): name
        for number, name in enumerate(
            ["Unit1", "Unit2"]
            + [f"{part}-{when}" for when in ("Year", *MONTHS) for part in ("Quantity1", "Quantity2", "Value")]
        )
    }
    traded = TRADED[direction]
    values = []
    for commodity in sorted({commodity for commodity, _, _ in traded}):
        for code, name in measures.items():
            for _, country, months in [one for one in traded if one[0] == commodity]:
                part, _, when = name.partition("-")
                value = sum(months) if when == "Year" else months[MONTHS.index(when)] if when else 0
                text = {"Unit1": "", "Unit2": "ＫＧ", "Quantity1": "0", "Quantity2": f"{10 * value}"}.get(
                    part, f"{value}"
                )
                if text:
                    classes = {"@cat01": commodity, "@cat02": code, "@cat03": f"50{OFFICE}", "@area": f"50{country}"}
                    values.append({**classes, "@time": f"{year}000000", "$": text})

    def several(name: str, codes: Iterable[tuple[str, str]]) -> dict[str, Any]:
        entries = [{"@code": code, "@name": text, "@level": "1"} for code, text in codes]
        return {"@id": name, "@name": name, "CLASS": entries[0] if len(entries) == 1 else entries}

    return {
        "GET_STATS_DATA": {
            "RESULT": {"STATUS": 0, "ERROR_MSG": "正常に終了しました。", "DATE": "2024-12-01T09:00:00.000+09:00"},
            "PARAMETER": {
                "LANG": "J",
                "STATS_DATA_ID": table,
                "NARROWING_COND": {"CODE_CAT03_SELECT": f"50{OFFICE}", "CODE_TIME_SELECT": f"{year}000000"},
                "DATA_FORMAT": "J",
                "METAGET_FLG": "Y",
            },
            "STATISTICAL_DATA": {
                "RESULT_INF": {"TOTAL_NUMBER": len(values), "FROM_NUMBER": 1, "TO_NUMBER": len(values)},
                "TABLE_INF": {
                    "@id": table,
                    "STAT_NAME": {"@code": "00350300", "$": "貿易統計"},
                    "UPDATED_DATE": updated,
                },
                "CLASS_INF": {
                    "CLASS_OBJ": [
                        several("cat01", ((code, code) for code in sorted({one[0] for one in traded}))),
                        several("cat02", measures.items()),
                        several("cat03", [(f"50{OFFICE}", f"50{OFFICE}_架空")]),
                        several("area", sorted({(f"50{one[1]}", f"50{one[1]}_国") for one in traded})),
                        several("time", [(f"{year}000000", f"{year}年")]),
                    ]
                },
                "DATA_INF": {"VALUE": values},
            },
        }
    }


FILES: dict[str, Callable[[], list[str]]] = {
    "customs-2017-export.csv": lambda: customs(1, 2017, 12),
    "customs-2017-import.csv": lambda: customs(2, 2017, 12),
    "customs-2018-import.csv": lambda: customs(2, 2018, 9),
    "section-2018-export-00-24.csv": lambda: section(1, CHAPTERS[:25]),
    "section-2018-export-25-97.csv": lambda: section(1, CHAPTERS[25:]),
    "section-2018-import-00-24.csv": lambda: section(2, CHAPTERS[:25]),
    "section-2018-import-25-97.csv": lambda: section(2, CHAPTERS[25:]),
    "national-2023-import.csv": lambda: [header("HS"), REAL],
    "national-2008-export.csv": lambda: [
        header("HS", "Country", april="Apl"),
        row(1, 2008, ("'051199000'", "312"), [432, 0, 0, 0, 0, 900, 0, 0, 0, 0, 0, 3731]),
    ],
}
ANSWERS = {
    "estat-2023-export.json": lambda: answer(1, "0004002162", 2023, "2024-11-29"),
    "estat-2023-import.json": lambda: answer(2, "0004002161", 2023, "2024-11-29"),
}


def make(name: str) -> bytes:
    return as_bytes(ANSWERS[name]()) if name in ANSWERS else _text(FILES[name]())


def as_bytes(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def main() -> None:
    folder = FOLDER / "trade"
    folder.mkdir(exist_ok=True)
    for name in (*FILES, *ANSWERS):
        (folder / name).write_bytes(make(name))


if __name__ == "__main__":
    main()
