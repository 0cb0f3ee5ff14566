"""Any number of municipalities, each with a strategy, departments and figures of its own: invented but for the first.

The first is Nemuro as it is; the others have its strategy under another code and name, and a population that stands still.
"""

import re
import shutil
from pathlib import Path
from unittest import mock

from tests.samples import make_registry
from tests.samples.make_registry import AREAS, NIGHTS, Area

_FIRST_CODE = 1301
_CENSUS = re.compile(r"^census:\n(?:[ #].*\n|\n)+", re.MULTILINE)
"""Nemuro's own counts in population.yml."""
_ID = re.compile(r"(?<=\{id: )([a-z-]+)")
_ID_OR_MAILBOX = re.compile(r"(?:(?<=\{id: )|(?<=address: ))([a-z-]+)")


def municipalities(count: int) -> list[Area]:
    """`count` municipalities of Hokkaido besides Nemuro."""
    return [Area(f"{_FIRST_CODE + n:05d}", "北海道", f"見本郡第{n + 1}町", 1 + n % 40) for n in range(count)]


def strategy_of(area: Area) -> str:
    return f"m{area.code}"


def write_config(config: Path, root: Path, count: int) -> None:
    """config/ at `root`, copied from `config`, with `count` further municipalities."""
    shutil.copytree(config, root)
    departments = (config / "departments.yml").read_text(encoding="utf-8")
    owned = departments.partition("departments:\n")[2]
    ids = _ID.findall(owned)
    for area in municipalities(count):
        strategy = strategy_of(area)
        folder = root / "strategy" / strategy
        shutil.copytree(config / "strategy" / "fy2015-2019", folder)
        own = re.compile(rf"(?<=: )({'|'.join(ids)})(?=[,}}\s])")
        for file in folder.glob("*.yml"):
            text = _CENSUS.sub("", file.read_text(encoding="utf-8"))
            file.write_text(own.sub(rf"{strategy}-\1", text), encoding="utf-8")
        edition = folder / "edition.yml"
        text = edition.read_text(encoding="utf-8").replace("area: 01223\narea_name: 根室市", _area(area))
        assert area.code in text
        edition.write_text(
            f"{text}\nalerting: {{city: {area.name}, secretariat: {strategy}-{ids[0]}, contact: {area.name}企画課}}\n",
            encoding="utf-8",
        )
        departments += _ID_OR_MAILBOX.sub(rf"{strategy}-\1", owned)
    (root / "departments.yml").write_text(departments, encoding="utf-8")


def _area(area: Area) -> str:
    return f"area: {area.code}\narea_name: {area.name}"


def write_registry(folder: Path, count: int, night: str = "2018-11-22") -> None:
    """The registry files of a bundled night, with a row for each of the municipalities."""
    folder.mkdir(parents=True)
    place = next(number for number, area in enumerate(AREAS) if area.code == "01691")
    with mock.patch.object(make_registry, "AREAS", (*AREAS[:place], *municipalities(count), *AREAS[place:])):
        for name in NIGHTS[night]:
            (folder / name).write_bytes(make_registry.make(name))
