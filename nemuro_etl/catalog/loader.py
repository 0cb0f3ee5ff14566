"""config/ → one checked, frozen Catalog, or every fault of every file at once."""

from dataclasses import replace
from pathlib import Path

from nemuro_etl.catalog.bands import check_begin, read_bands
from nemuro_etl.catalog.calendar import read_calendar, read_schedules
from nemuro_etl.catalog.departments import check_existence, read_alerting, read_departments
from nemuro_etl.catalog.edition import read_edition
from nemuro_etl.catalog.section import Faults, Section, read_section, suggest
from nemuro_etl.catalog.sources import SOURCES, read_source
from nemuro_etl.catalog.types import Alerting, Bands, Catalog, Department, Edition, Schedules, Source
from nemuro_etl.errors import ConfigurationWrong
from nemuro_etl.model.period import fiscal_year_bounds

_FILES = ("alerting.yml", "bands.yml", "calendar.yml", "departments.yml", "schedules.yml", "sources", "strategy")
_SOURCE_FILES = tuple(f"{source}.yml" for source in SOURCES)
_EDITION_FILES = ("edition.yml", "population.yml", "document.tsv")


def load_catalog(root: Path) -> Catalog:
    """The whole of config/ below `root`, checked against itself and against the document's words.

    Raises ConfigurationWrong with every fault of every file: file, line, key, what is wrong, and what to do.
    """
    faults = Faults()

    def read(name: str) -> Section:
        return read_section(faults, root / name, (root / name).as_posix())

    if not root.is_dir():
        faults.note(root.as_posix(), "there is no such folder", "name the folder with --config or NEMURO_CONFIG")
        raise _wrong(root, faults)
    _check_names(faults, root, _FILES)
    departments_file, alerting_file, bands_file = read("departments.yml"), read("alerting.yml"), read("bands.yml")
    departments = read_departments(departments_file)
    alerting = read_alerting(alerting_file)
    bands = read_bands(bands_file)
    editions = _read_editions(faults, root, departments, alerting_file)
    calendar = read_calendar(read("calendar.yml"))
    read_schedules(read("schedules.yml"))
    sources = _read_sources(faults, root)
    _check_together(editions, departments, alerting, bands, alerting_file, bands_file)
    if len(faults):
        raise _wrong(root, faults)
    return Catalog(
        root=root,
        editions=editions,
        departments=departments,
        bands=bands,
        calendar=calendar,
        alerting=alerting,
        sources=sources,
    )


def load_schedules(root: Path) -> Schedules:
    """schedules.yml alone, whatever is wrong elsewhere in config/: when the night runs, and how long it may take.

    Raises ConfigurationWrong with every fault of the file.
    """
    faults = Faults()
    path = root / "schedules.yml"
    schedules = read_schedules(read_section(faults, path, path.as_posix()))
    if schedules is None or len(faults):
        raise _wrong(root, faults)
    return schedules


def _read_editions(
    faults: Faults, root: Path, departments: tuple[Department, ...], alerting_file: Section
) -> tuple[Edition, ...]:
    editions: list[Edition] = []
    for folder in _visible(root / "strategy"):
        if not folder.is_dir():
            faults.note(folder.as_posix(), "is not an edition's folder", "move it into strategy/<edition>/")
            continue
        _check_names(faults, folder, _EDITION_FILES, pattern="goal-*.yml")
        edition, file = read_edition(faults, folder, root, departments)
        _check_apart(file, edition, editions)
        if "alerting" in file:
            own = alerting_file.overlaid_by(file.section("alerting"))
            edition = replace(edition, own_alerting=read_alerting(own))
            _check_secretariat(own, edition.own_alerting, (edition,), departments)
        editions.append(edition)
    if not editions:
        faults.note((root / "strategy").as_posix(), "holds no edition", "add a folder with edition.yml and goal-1.yml")
    return tuple(editions)


def _check_apart(file: Section, edition: Edition, others: list[Edition]) -> None:
    """Refuse a second edition that judges the same area in the same years: successors begin after their predecessor."""
    for other in others:
        if edition.area == other.area and edition.plans and other.plans:
            mine, its = edition.plans[0], other.plans[0]
            first = max(mine.first_fiscal_year, its.first_fiscal_year)
            if first <= min(mine.last_fiscal_year, its.last_fiscal_year):
                file.refuse(
                    "area",
                    f"the editions {other.id} and {edition.id} both hold for area {edition.area} in FY{first}",
                    "correct the area, or the years of the first plan",
                )


def _read_sources(faults: Faults, root: Path) -> tuple[Source, ...]:
    folder = root / "sources"
    _check_names(faults, folder, _SOURCE_FILES)
    paths = [folder / name for name in _SOURCE_FILES if (folder / name).exists()]
    return tuple(read_source(read_section(faults, path, path.as_posix()), path.stem, path.as_posix()) for path in paths)


def _check_together(
    editions: tuple[Edition, ...],
    departments: tuple[Department, ...],
    alerting: Alerting,
    bands: tuple[Bands, ...],
    alerting_file: Section,
    bands_file: Section,
) -> None:
    """What holds between files: from the first revision on there are bands and a secretariat."""
    begins = [edition.revisions[0].since for edition in editions if edition.revisions]
    if begins:
        check_begin(bands_file, bands, min(begins))
    _check_secretariat(alerting_file, alerting, editions, departments)


def _check_secretariat(
    file: Section, alerting: Alerting | None, editions: tuple[Edition, ...], departments: tuple[Department, ...]
) -> None:
    """The secretariat is there from the first revision of `editions` to the end of their last plan."""
    begins = [edition.revisions[0].since for edition in editions if edition.revisions]
    ends = [fiscal_year_bounds(plan.last_fiscal_year)[1] for edition in editions for plan in edition.plans]
    if alerting is not None and begins and ends:
        check_existence(file, "secretariat", alerting.secretariat, min(begins), max(ends), departments)


def _check_names(faults: Faults, folder: Path, known: tuple[str, ...], pattern: str | None = None) -> None:
    for path in _visible(folder):
        if path.name not in known and not (pattern and path.match(pattern)):
            faults.note(
                path.as_posix(),
                "nothing reads this file",
                suggest(path.name, known, f"remove it, or name it one of: {', '.join(known)}"),
            )


def _visible(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if not path.name.startswith("."))


def _wrong(root: Path, faults: Faults) -> ConfigurationWrong:
    count = f"{len(faults)} fault{'' if len(faults) == 1 else 's'}"
    return ConfigurationWrong(
        what="\n  ".join((f"{root.as_posix()} has {count}:", *faults.texts)),
        expected="Every file was expected to agree with itself, with the others and with the document.",
        kept="Nothing was collected, judged or sent; what is recorded stays as it is.",
        remedy=f"Edit the places named above, then run: nemuro --config {root.as_posix()} check",
    )
