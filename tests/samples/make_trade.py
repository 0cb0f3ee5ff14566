"""Writes the samples of the trade statistics. `python -m tests.samples.make_trade`

The layouts are the publisher's. Real: the row 000000011 of 2023 in `national-2023-import.csv`; all else is invented
(README.md). Deterministic.
"""

from collections.abc import Iterable, Sequence

from tests.samples.make_registry import FOLDER

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CHAPTERS = [f"{chapter:02}" for chapter in range(1, 98) if chapter != 77]
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
    """All chapters at one office, something more at two others; months after `published` are 0."""

    def values(start: int) -> list[int]:
        return [start + month if month < published else 0 for month in range(12)]

    lines = [header("Custom", "HS", "Country")]
    lines += [row(direction, year, ("100", f"'{chapter}0000000'", "304"), values(int(chapter))) for chapter in CHAPTERS]
    lines.append(row(direction, year, ("104", "'030633000'", "224"), [5 if month == 0 else 0 for month in range(12)]))
    lines.append(row(direction, year, ("300", "'030633000'", "224"), values(1000)))
    lines.append(row(direction, year, ("300", "'030722000'", "105"), values(2000)))
    return lines


FILES = {
    "customs-2017-export.csv": lambda: customs(1, 2017, 12),
    "customs-2017-import.csv": lambda: customs(2, 2017, 12),
    "customs-2018-import.csv": lambda: customs(2, 2018, 9),
    "national-2023-import.csv": lambda: [header("HS"), REAL],
    "national-2008-export.csv": lambda: [
        header("HS", "Country", april="Apl"),
        row(1, 2008, ("'051199000'", "312"), [432, 0, 0, 0, 0, 900, 0, 0, 0, 0, 0, 3731]),
    ],
}


def make(name: str) -> bytes:
    return _text(FILES[name]())


def main() -> None:
    folder = FOLDER / "trade"
    folder.mkdir(exist_ok=True)
    for name in FILES:
        (folder / name).write_bytes(make(name))


if __name__ == "__main__":
    main()
