"""The departments' entry workbooks: written, handed in, handed back, and seen as a whole by the secretariat."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from nemuro_etl.catalog.types import Department, Indicator
from nemuro_etl.errors import ReturnRefused, UsageWrong
from nemuro_etl.model.alert import CHANGE_LABELS, Told
from nemuro_etl.model.evaluation import RATING_LABELS, Actual, Evaluation
from nemuro_etl.model.period import TOKYO, fiscal_year_bounds, fiscal_year_label
from nemuro_etl.model.returned import Returned
from nemuro_etl.model.snapshot import Snapshot
from nemuro_etl.model.wording import day_text, readable
from nemuro_etl.pipeline.answering import warnings_of
from nemuro_etl.pipeline.house import House
from nemuro_etl.pipeline.judging import evaluate

if TYPE_CHECKING:
    from nemuro_etl.model.evaluation import DataState
    from nemuro_etl.returns.answer_sheet import OpenWarning
    from nemuro_etl.returns.entry_book import EntryBook

_PAST_YEARS = 3
_MENDED = re.compile(r"_要修正\d*$")


@dataclass(frozen=True, slots=True)
class Written:
    """A workbook that was exported."""

    department: str
    indicators: int
    file: Path
    status: str
    """written, or unchanged: the same bytes were there."""

    def as_row(self) -> dict[str, object]:
        return {
            "department": self.department,
            "indicators": self.indicators,
            "file": str(self.file),
            "status": self.status,
        }


def workbook_name(fiscal_year: int, department: str) -> str:
    """The file name under which a section's workbook is exported, and looked for after a call."""
    return f"FY{fiscal_year}_{department}_指標報告.xlsx"


def export_workbooks(house: House, fiscal_year: int, folder: Path, department: str | None = None) -> list[Written]:
    """One entry workbook a section (or one section's, named by id or name) for the figures of `fiscal_year`.

    Raises UsageWrong when no such section reports anything of that year, or when a file with other content is there:
    somebody may have filled it in. Then nothing is written.
    """
    books = {
        folder / workbook_name(fiscal_year, owner.name): (owner, book)
        for owner in _departments(house, department)
        if (book := _book(house, owner, fiscal_year)).rows
    }
    if not books:
        raise UsageWrong(
            what=f"Nothing is reported for FY{fiscal_year}{f' by {department!r}' if department else ''}.",
            expected="Expected: a fiscal year of the plan, and a section that owns an indicator: "
            + "、".join(f"{each.id} ({each.name})" for each in _departments(house, None)),
            kept="Nothing was written.",
            remedy="Run again: nemuro workbook export --fiscal-year N --all --out DIR",
        )
    from nemuro_etl.returns.entry_book import write_entry_book

    files = {path: write_entry_book(book) for path, (_, book) in books.items()}
    _refuse_overwriting(files)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for path, (owner, book) in books.items():
        status = "unchanged" if path.exists() else "written"
        path.write_bytes(files[path])
        written.append(Written(owner.name, len(book.rows), path, status))
    return written


def _refuse_overwriting(files: Mapping[Path, bytes]) -> None:
    if taken := [str(path) for path, content in files.items() if path.exists() and path.read_bytes() != content]:
        raise UsageWrong(
            what=f"There already: {', '.join(taken)}.",
            expected="Expected: a folder without these files; a section may have filled them in.",
            kept="Nothing was written.",
            remedy="Take the files away, or name another folder: nemuro workbook export … --out DIR",
        )


def _departments(house: House, named: str | None) -> list[Department]:
    """The sections that exist today, in the order of config; those named, by id or name."""
    return [
        department
        for department in house.catalog.departments
        if house.catalog.department_on(department.id, house.today) is department
        and named in (None, department.id, department.name)
    ]


def _book(house: House, department: Department, fiscal_year: int) -> "EntryBook":
    from nemuro_etl.returns.comparison import standing_of
    from nemuro_etl.returns.dictionary import define
    from nemuro_etl.returns.entry_book import EntryBook, EntryRow
    from nemuro_etl.returns.form import VERSION, Identity, is_public, rows_asked

    edition, today = house.edition, house.today
    known = known_returns(house, house.now)
    asked = rows_asked(house.catalog, edition, department.id, fiscal_year, today)
    actuals = house.warehouse.actuals(edition.area, asked, today)
    by_year = {row.id: {actual.period.fiscal_year: actual for actual in actuals[row.id]} for row in asked}
    # a published figure stands whatever a section says
    rows = [row for row in asked if not (is_public(row) and _is_published(by_year[row.id].get(fiscal_year)))]
    expected = {each.indicator: each.expected for each in evaluate(house, today) if each.fiscal_year == fiscal_year}
    return EntryBook(
        identity=Identity(VERSION, edition.id, fiscal_year, department.id, house.now.astimezone(TOKYO)),
        title=edition.title,
        department=department.name,
        contact=house.catalog.alerting.contact,
        over=today > fiscal_year_bounds(fiscal_year)[1],
        rows=[
            EntryRow(
                indicator=row,
                expected=expected.get(row.id),
                past=[
                    (year, _rounded(actual.value, row))
                    for year, actual in sorted(by_year[row.id].items())
                    if fiscal_year - _PAST_YEARS <= year < fiscal_year
                ],
                recorded=standing_of(known, row.id, fiscal_year),
            )
            for row in rows
        ],
        history=[line for row in rows for line in _history(row, known, by_year[row.id])],
        definitions=define(house.catalog, rows, today),
        warnings=[_open_warning(house, warning) for warning in warnings_of(house, department.id)],
    )


def _open_warning(house: House, warning: Told) -> "OpenWarning":
    from nemuro_etl.alerting import comments_of
    from nemuro_etl.returns.answer_sheet import OpenWarning

    row = next(row for row in house.edition.indicators_on(house.today) if row.id == warning.indicator)
    given = comments_of(house.warehouse.answers(house.edition.id, house.today))
    last = given.get((warning.indicator, warning.fiscal_year), ())[-1:]
    actual, target = (
        "―" if value is None else readable(round(value, row.decimals + 1)) + row.unit
        for value in (warning.actual, warning.target)
    )
    return OpenWarning(
        indicator=row.id,
        name=row.name,
        fiscal_year=warning.fiscal_year,
        rating=RATING_LABELS[warning.rating],
        told=f"{day_text(warning.as_of)} {CHANGE_LABELS[warning.kind]}\n実績{actual}、目標{target}",
        before="".join(f"{each.text}\n（{day_text(each.as_of)}、{day_text(each.until)}まで）" for each in last),
    )


def _is_published(actual: Actual | None) -> bool:
    return actual is not None and any(figure.source != "returns" for figure in actual.figures)


def _rounded(value: Decimal, row: Indicator) -> Decimal:
    """A quotient as people read it: one decimal more than the document states."""
    return value if row.actual.scale <= 1 else round(value, row.decimals + 1)


def _history(
    row: Indicator, known: Mapping[tuple[str, int], Sequence[Returned]], published: Mapping[int, Actual]
) -> Iterator[list[object]]:
    """The recorded versions of one indicator, by year; a published figure with where it was published."""
    years = sorted({*published, *(year for indicator, year in known if indicator == row.id)})
    for year in years:
        actual = published.get(year)
        if actual is not None and _is_published(actual):
            figure = actual.figures[0]
            recorded = "" if figure.recorded_at is None else _day(figure.recorded_at)
            yield [
                row.id,
                row.name,
                fiscal_year_label(year),
                _rounded(actual.value, row),
                row.unit,
                None,
                None,
                None,
            ] + [actual.stage.value, "公表値", "", recorded, "", "", "", figure.source]
        for each in known.get((row.id, year), ()):
            yield (
                [row.id, row.name, fiscal_year_label(year), _rounded(each.value, row), row.unit, each.numerator]
                + [each.denominator, each.sample_size, each.stage.value, each.entered_by, each.entered_on]
                + [_day(each.recorded_at), each.evidence, each.remark, each.correction, f"{each.file} {each.locator}"]
            )


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(TOKYO):%Y-%m-%d}"


def known_returns(house: House, moment: datetime) -> dict[tuple[str, int], list[Returned]]:
    """The returns that were recorded at `moment`, by indicator and fiscal year, in the order of recording."""
    known: dict[tuple[str, int], list[Returned]] = {}
    for each in house.warehouse.returned(house.edition.area):
        if each.recorded_at <= moment:
            known.setdefault((each.indicator, each.fiscal_year), []).append(each)
    return known


def hand_back(house: House, snapshot: Snapshot, refused: ReturnRefused) -> ReturnRefused:
    """The refusal, naming the copy in HOME/returned/ on which the wrong cells are marked.

    Nothing that is there is written over: a person may be mending it. A flat file, and a workbook none of whose cells
    is at fault, have no copy.
    """
    from nemuro_etl.returns.marked import mark_cells
    from nemuro_etl.returns.workbook import WorkbookRefused

    if not isinstance(refused, WorkbookRefused) or not any(mark.cell for mark in refused.marks):
        return refused

    with house.snapshots.open(snapshot.sha256) as content:
        marked = mark_cells(content.read(), refused.marks, snapshot.obtained_at)
    path = _keep_copy(house.settings.home / "returned", _MENDED.sub("", Path(snapshot.name).stem), marked)
    return WorkbookRefused(
        what=refused.what,
        expected=refused.expected,
        kept=f"{refused.kept}\n  誤りのあるセルに色と説明を付けた写し: {path}",
        remedy=f"写しの色の付いたセルを直し、もう一度実行してください: nemuro workbook import {path}",
        marks=refused.marks,
    )


def _keep_copy(folder: Path, stem: str, content: bytes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    number = 1
    while True:
        path = folder / f"{stem}_要修正{number if number > 1 else ''}.xlsx"
        if not path.exists():
            path.write_bytes(content)
        if path.read_bytes() == content:
            return path
        number += 1


def write_overview(house: House, file: Path) -> int:
    """Writes the secretariat's overview: every indicator and year with value, state, who and when; how many rows.

    It is written anew every time: nobody enters anything into it.
    """
    from nemuro_etl.returns.comparison import standing_of
    from nemuro_etl.returns.overview import write_overview as write

    indicators = {row.id: row for row in house.edition.indicators_on(house.today) if row.same_as is None}
    known = known_returns(house, house.now)
    actuals = house.warehouse.actuals(house.edition.area, list(indicators.values()), house.today)
    by_year = {(name, actual.period.fiscal_year): actual for name in indicators for actual in actuals[name]}
    rows = [
        _overview_row(
            house,
            indicators[each.indicator],
            each,
            by_year.get((each.indicator, each.fiscal_year)),
            standing_of(known, each.indicator, each.fiscal_year),
        )
        for each in evaluate(house, house.today)
        if each.indicator in indicators
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(write(house.edition.title, house.now, rows))
    return len(rows)


def _overview_row(
    house: House, row: Indicator, evaluation: Evaluation, actual: Actual | None, returned: Returned | None
) -> "tuple[DataState, list[object]]":
    owner = house.catalog.owner_on(row, house.today)
    shown: list[object] = [
        "―" if owner is None else owner.name,
        row.id,
        row.name,
        fiscal_year_label(evaluation.fiscal_year),
    ]
    if actual is None:
        return evaluation.data_state, [*shown, None, row.unit, "", "", "", "", ""]
    shown += [_rounded(actual.value, row), row.unit, actual.stage.value]
    if returned is not None and not _is_published(actual):
        who = returned.entered_by or returned.file
        shown += [who, returned.entered_on, _day(returned.recorded_at), returned.remark]
    else:
        recorded = max((each.recorded_at for each in actual.figures if each.recorded_at), default=None)
        source = house.catalog.source(actual.figures[0].source)
        who = actual.figures[0].source if source is None else source.publisher
        shown += [who, "", "" if recorded is None else _day(recorded), actual.remark]
    return evaluation.data_state, shown


def write_dictionary(house: House, file: Path) -> None:
    """Writes the definitions of all indicators, as docs/ has them."""
    from nemuro_etl.returns.dictionary import write_markdown

    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(write_markdown(house.catalog, house.edition), encoding="utf-8")
