"""Publish: the 調書 of a fiscal year in all its forms, written anew, frozen, or given out again as it was frozen."""

import io
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nemuro_etl.errors import FiguresProvisional, UsageWrong
from nemuro_etl.pipeline.commenting import require_imported
from nemuro_etl.pipeline.house import House
from nemuro_etl.pipeline.journal import Deed, write_entry
from nemuro_etl.pipeline.reporting import compose_report
from nemuro_etl.report.changes import shown_numbers
from nemuro_etl.report.content import FiscalYearReport
from nemuro_etl.report.edition import EDITION_LABELS, ReportEdition

if TYPE_CHECKING:
    from nemuro_etl.warehouse import Frozen

_KEPT_AS = "report"
"""The name under which frozen files are kept among the originals."""


@dataclass(frozen=True, slots=True)
class Issued:
    """The files that were written, and what is to be said of them."""

    files: tuple[Path, ...]
    remarks: tuple[str, ...] = ()


def write_report(
    house: House,
    fiscal_year: int,
    out: Path,
    *,
    as_of: date | None = None,
    report_edition: ReportEdition = ReportEdition.INTERNAL,
    freeze: bool = False,
    allow_provisional: bool = False,
) -> Issued:
    """Writes 調書 and dashboard of a fiscal year into the folder `out`, anew every time; with `freeze` for good.

    Raises FiguresProvisional for a public edition that would show unsettled figures, and UsageWrong where a file of
    that year in `out`, of whichever edition, holds texts that nobody has imported, or where the edition is frozen already.
    """
    from nemuro_etl.report.dashboard import render_dashboard

    report = compose_report(house, fiscal_year, as_of=as_of, report_edition=report_edition)
    if not allow_provisional:
        _require_settled(report)
    for stem in (_stem(replace(report, report_edition=each)) for each in ReportEdition):
        for suffix in (".xlsx", ".docx"):
            require_imported(house, out / f"{stem}{suffix}")
    if freeze:
        with house.warehouse.exclusive_run():
            forms = _freeze(house, report)
    else:
        forms = render_forms(report)
        _note_shown(house, report)
    dashboard = {"dashboard.html": render_dashboard(report).encode()}
    return Issued(_write(out, {**forms, **dashboard}))


def render_forms(report: FiscalYearReport) -> dict[str, bytes]:
    """The 調書 by file name in all its forms; the same report is the same bytes."""
    from nemuro_etl.report.document import render_document
    from nemuro_etl.report.page import render_page
    from nemuro_etl.report.pdf import render_pdf
    from nemuro_etl.report.workbook import write_workbook

    stem = _stem(report)
    with tempfile.TemporaryDirectory() as folder:
        workbook = Path(folder) / "workbook.xlsx"
        write_workbook(report, workbook)
        content = workbook.read_bytes()
    return {
        f"{stem}.xlsx": content,
        f"{stem}.docx": render_document(report),
        f"{stem}.html": render_page(report).encode(),
        f"{stem}.pdf": render_pdf(report),
    }


def _stem(report: FiscalYearReport) -> str:
    """A frozen file has a name of its own: nothing that is composed later is written over it."""
    words = ["効果検証調書", f"FY{report.fiscal_year}", EDITION_LABELS[report.report_edition]]
    return "_".join([*words, "確定版", report.as_of.isoformat()] if report.frozen else words)


def _require_settled(report: FiscalYearReport) -> None:
    provisional = report.provisional
    if report.report_edition is not ReportEdition.PUBLIC or not provisional:
        return
    shown = [
        f"{row.indicator.id} {row.indicator.name} FY{year.fiscal_year}"
        f"（{'' if year.stage is None else year.stage.value}）"
        for row in provisional
        for year in row.provisional
    ]
    raise FiguresProvisional(
        what=f"{EDITION_LABELS[report.report_edition]} FY{report.fiscal_year} would show {len(shown)} figures that are "
        "not settled:\n  " + "\n  ".join(shown),
        expected="Expected: only figures of the stages 確報, 確々報 and 確定.",
        kept="Nothing was written.",
        remedy="Wait for the settled figures, or print them with their stage beside them: --allow-provisional",
    )


def _note_shown(house: House, report: FiscalYearReport) -> None:
    """Keep what the edition shows, where it is something new, so that the next one can say what changed."""
    from nemuro_etl.warehouse import Shown

    edition, shown = house.edition.id, Shown(report.as_of, shown_numbers(report.rows))
    earlier = house.warehouse.shown(edition, report.fiscal_year, report.report_edition, report.as_of)
    if earlier and earlier[-1].numbers == shown.numbers:
        return
    write_entry(
        house,
        Deed.REPORTED,
        edition=edition,
        fiscal_year=report.fiscal_year,
        report_edition=str(report.report_edition),
        as_of=report.as_of.isoformat(),
    )
    house.warehouse.record_shown(edition, report.fiscal_year, report.report_edition, shown)


def report_again(house: House, facts: Mapping[str, Any]) -> None:
    """Keep what a report edition showed, as the journal tells of it."""
    _note_shown(
        house,
        compose_report(
            house,
            facts["fiscal_year"],
            as_of=date.fromisoformat(facts["as_of"]),
            report_edition=ReportEdition(facts["report_edition"]),
        ),
    )


# frozen editions


def _freeze(house: House, report: FiscalYearReport) -> dict[str, bytes]:
    """The files of the edition as it is given out, kept among the originals and written down with their SHA-256."""
    from nemuro_etl.warehouse import Frozen

    already = _frozen(house, report.fiscal_year, report.report_edition, report.as_of)
    if already:
        raise UsageWrong(
            what=f"{EDITION_LABELS[report.report_edition]} FY{report.fiscal_year} as of {report.as_of} is frozen already, "
            f"since {already[-1].frozen_at.isoformat()}.",
            expected="Expected: an edition and a day that were not frozen before.",
            kept="The frozen files are kept as they are; nothing was written.",
            remedy="To have them again: the same command with --frozen in place of --freeze. A corrected edition is "
            "frozen as of a later day.",
        )
    _note_shown(house, report)
    last_comment, last_shown = house.warehouse.report_marks()
    frozen = Frozen(
        edition=house.edition.id,
        fiscal_year=report.fiscal_year,
        report_edition=str(report.report_edition),
        as_of=report.as_of,
        frozen_at=house.now,
        last_comment=last_comment,
        last_shown=last_shown,
        files={},
    )
    forms = _compose_frozen(house, frozen)
    for name, content in forms.items():
        house.snapshots.keep(
            io.BytesIO(content),
            source=_KEPT_AS,
            name=name,
            origin=f"{_KEPT_AS}:{name}",
            how="frozen",
            obtained_at=house.now,
        )
    frozen = replace(frozen, files={name: sha256(content).hexdigest() for name, content in forms.items()})
    dates = {"as_of": frozen.as_of.isoformat(), "frozen_at": frozen.frozen_at.isoformat()}
    write_entry(house, Deed.FROZEN, **{**asdict(frozen), **dates})
    house.warehouse.record_frozen(frozen)
    return forms


def _compose_frozen(house: House, frozen: "Frozen") -> dict[str, bytes]:
    """The files from what was known when the edition was frozen."""
    return render_forms(
        compose_report(
            house,
            frozen.fiscal_year,
            as_of=frozen.as_of,
            report_edition=ReportEdition(frozen.report_edition),
            frozen=frozen,
        )
    )


def write_frozen(
    house: House, fiscal_year: int, out: Path, *, as_of: date | None = None, report_edition: ReportEdition
) -> Issued:
    """Writes a frozen edition, the newest or that of a day, as it was given out, byte for byte, into the folder `out`.

    It is composed again beside that; where this does not come to the same bytes a remark says so. Raises UsageWrong
    when nothing is frozen, OriginalDamaged when the kept files are no longer what they were.
    """
    found = _frozen(house, fiscal_year, report_edition, as_of)
    if not found:
        known = [
            f"FY{one.fiscal_year} --edition {one.report_edition} --as-of {one.as_of}"
            for one in house.warehouse.frozen(house.edition.id)
        ]
        day = "" if as_of is None else f" as of {as_of}"
        raise UsageWrong(
            what=f"{EDITION_LABELS[report_edition]} FY{fiscal_year}{day} is not frozen.",
            expected=f"Expected one of: {'; '.join(known) or 'nothing is frozen yet'}.",
            kept="Nothing was written.",
            remedy="Freeze it with --freeze, or run again for an edition that is frozen.",
        )
    frozen = found[-1]
    kept = {}
    for name, digest in frozen.files.items():
        with house.snapshots.open(digest) as content:
            kept[name] = content.read()
    anew = _compose_frozen(house, frozen)
    remarks = tuple(
        f"{name}: composed again it is not the same, bytes differ: since {frozen.frozen_at.isoformat()} the program, "
        "config/ or a figure of that very day has changed. What was given out is what was written."
        for name, content in kept.items()
        if anew.get(name) != content
    )
    return Issued(_write(out, kept), remarks)


def _frozen(house: House, fiscal_year: int, report_edition: ReportEdition, as_of: date | None) -> "list[Frozen]":
    """What is frozen of a year and edition, of any day or of one, the newest last."""
    return [
        one
        for one in house.warehouse.frozen(house.edition.id)
        if (one.fiscal_year, one.report_edition) == (fiscal_year, report_edition) and as_of in (None, one.as_of)
    ]


def freeze_again(house: House, facts: Mapping[str, Any]) -> None:
    """Write down a frozen edition as the journal tells of it; its files are among the originals."""
    from nemuro_etl.warehouse import Frozen

    day, moment = date.fromisoformat(facts["as_of"]), datetime.fromisoformat(facts["frozen_at"])
    # a freezing that was killed after its line had nobody told, and was not in the way of the next
    house.warehouse.record_frozen(Frozen(**{**facts, "as_of": day, "frozen_at": moment}), replacing=True)


def _write(out: Path, files: Mapping[str, bytes]) -> tuple[Path, ...]:
    """Each file may be open in a shared folder: a reader sees the old one or the new one, never a half."""
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        unfinished = out / f"{name}.part"
        unfinished.write_bytes(content)
        unfinished.replace(out / name)
    return tuple(out / name for name in files)
