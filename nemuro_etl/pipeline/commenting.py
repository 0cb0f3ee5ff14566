"""Comment: what people wrote into the yearly report is read back from their files, and never overwritten."""

import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

from nemuro_etl.errors import FileUnreadable, ReturnRefused, UsageWrong
from nemuro_etl.model.comment import COMMENT_LABELS, LONGEST, Box, Comment, CommentKind, as_recorded
from nemuro_etl.model.period import fiscal_year_label
from nemuro_etl.pipeline.house import House
from nemuro_etl.pipeline.journal import Deed, write_entry
from nemuro_etl.pipeline.judging import evaluate
from nemuro_etl.report.content import ReadRemark


@dataclass(frozen=True, slots=True)
class Found:
    """The text of one box in one file, and how many versions were recorded when the file was written."""

    file: str
    where: str
    box: Box
    version: int
    text: str


_Versions = dict[Box, list[Comment]]


def import_remarks(house: House, files: Sequence[Path], by: str | None = None) -> list[dict[str, object]]:
    """Take what was written into the boxes of 調書 files, of all files or of none: a row for each text that is new.

    `by`: who wrote it; the secretariat when nobody is named. A box that was emptied keeps its text, and is listed.
    """
    author = by or house.department(house.catalog.alerting.secretariat, house.today).name
    rows = []
    with house.warehouse.exclusive_run():
        found = [one for file in files for one in read_boxes(house, file)]
        known = _versions(house)
        for one in found:
            outcome = _outcome(one, known.get(one.box, ()))
            if outcome is None:
                continue
            rows.append(_row(house, one, known.get(one.box, ()), outcome))
            if one.text:
                comment = Comment(
                    edition=house.edition.id,
                    fiscal_year=one.box.fiscal_year,
                    subject=one.box.subject,
                    kind=one.box.kind,
                    text=one.text,
                    by=author,
                    as_of=house.today,
                )
                write_entry(house, Deed.COMMENTED, **{**asdict(comment), "as_of": comment.as_of.isoformat()})
                house.warehouse.record_comments([comment])
                known.setdefault(one.box, []).append(comment)
    return rows


def comment_again(house: House, facts: Mapping[str, Any]) -> None:
    """Record a version as the journal tells of it; one whose recording was cut short stands there twice."""
    comment = Comment(**{**facts, "kind": CommentKind(facts["kind"]), "as_of": date.fromisoformat(facts["as_of"])})
    versions = [one for one in house.warehouse.comments(comment.edition) if one.box == comment.box]
    if not versions or versions[-1].text != comment.text:
        house.warehouse.record_comments([comment])


def comments(house: House, fiscal_year: int | None = None) -> list[dict[str, object]]:
    """Every version of every box, in the order in which they were recorded."""
    names = _subjects(house)
    return [
        {
            "fiscal_year": one.fiscal_year,
            "subject": one.subject,
            "name": names.get(one.subject, ""),
            "kind": COMMENT_LABELS[one.kind],
            "by": one.by,
            "recorded": one.as_of.isoformat(),
            "text": one.text,
        }
        for one in house.warehouse.comments(house.edition.id)
        if fiscal_year in (None, one.fiscal_year)
    ]


def require_imported(house: House, file: Path) -> None:
    """Raises UsageWrong when a file holds texts that nobody has imported: what is composed now would be without them."""
    if not file.exists():
        return
    known = _versions(house)
    lost = [one for one in read_boxes(house, file) if one.text and _outcome(one, known.get(one.box, ()))]
    if lost:
        raise UsageWrong(
            what=f"{file} holds {len(lost)} texts that are not recorded, the first at {lost[0].where}.",
            expected="Expected: a file whose texts were imported, for what is composed now would be without them.",
            kept="The file is as it was; nothing was written.",
            remedy=f"Run: nemuro report import {file} — then the same command again",
        )


def read_boxes(house: House, file: Path) -> list[Found]:
    """The boxes of a 調書 file in their order. Raises ReturnRefused naming every box that is not one of this strategy."""
    names = _subjects(house)
    rows = {row.id for _, rows in house.edition.indicators_by_revision for row in rows}
    years = {each.fiscal_year for each in evaluate(house, house.today)}
    found: list[Found] = []
    faults: list[str] = []
    texts: dict[Box, str] = {}
    for remark in _remarks_in(file):
        parsed = Box.parse(remark.code)
        if parsed is None:
            found_code = (
                f"記入欄の記号「{remark.code}」が読み取れない。"
                if remark.code
                else "記入欄の記号のない所に記入がある。"
            )
            faults.append(f"{remark.where}: {found_code}")
            continue
        box, version = parsed
        text = as_recorded(remark.text)
        if box.subject not in names or (box.subject in rows and box.kind is CommentKind.COUNCIL):
            faults.append(f"{remark.where}: 記入欄の記号「{remark.code}」に当たる欄は、この戦略にない。")
        elif box.fiscal_year not in years:
            faults.append(f"{remark.where}: {fiscal_year_label(box.fiscal_year)}は、まだ判定されていない年度である。")
        elif len(text) > LONGEST:
            faults.append(f"{remark.where}: {len(text):,}字ある。一つの欄は{LONGEST:,}字までである。")
        elif texts.setdefault(box, text) != text:
            faults.append(f"{remark.where}: 同じ欄「{remark.code}」が二つあり、文章が異なる。")
        else:
            found.append(Found(file.name, remark.where, box, version, text))
    if faults:
        raise ReturnRefused(
            what=f"{file}: 取り込めない記入欄がある。\n  " + "\n  ".join(faults),
            expected="この仕組みが書き出した調書の欄が、そのままの記号で、一つずつあること。",
            kept="どのファイルからも、何も取り込んでいません。",
            remedy="その欄を直すか、書き出したままの調書に書き写し、もう一度実行してください: nemuro report import FILE",
        )
    return found


def _remarks_in(file: Path) -> Sequence[ReadRemark]:
    """What the boxes of a workbook or a document hold: told apart by content, never by name."""
    if not file.is_file():
        raise UsageWrong(
            what=f"There is no file {file}.",
            expected="Expected: a 調書 as .xlsx or .docx.",
            kept="Nothing was read or recorded.",
            remedy="Run again with a file that is there: nemuro report import FILE…",
        )
    parts = set(_parts_of(file))
    if "word/document.xml" in parts:
        from nemuro_etl.report import document

        return document.read_remarks(file)
    if "xl/workbook.xml" in parts:
        from nemuro_etl.report import workbook

        return workbook.read_remarks(file)
    raise FileUnreadable(
        what=f"{file} is neither a workbook nor a Word document.",
        expected="Expected: a 調書 as .xlsx or .docx, as `nemuro report` writes them.",
        kept="Nothing was recorded of any file.",
        remedy="Save it as .xlsx or .docx and run again: nemuro report import FILE…",
    )


def _parts_of(file: Path) -> Iterator[str]:
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as container:
            yield from container.namelist()


def _versions(house: House) -> _Versions:
    versions: _Versions = {}
    for comment in house.warehouse.comments(house.edition.id):
        versions.setdefault(comment.box, []).append(comment)
    return versions


def _outcome(found: Found, versions: Sequence[Comment]) -> str | None:
    """What the text of a box comes to beside its recorded versions; None when it says nothing new.

    A file that was written before the newest version and was not edited there holds an old text, not a new one.
    """
    newest = versions[-1].text if versions else ""
    when_written = versions[found.version - 1].text if 0 < found.version <= len(versions) else ""
    if found.text in (newest, when_written):
        return None
    if not found.text:
        return "emptied: the recorded text stands"
    if found.version < len(versions):
        last = versions[-1]
        return f"taken; meanwhile {last.by} had written another, of {last.as_of.isoformat()}: it is kept in the history"
    return "taken"


def _row(house: House, found: Found, versions: Sequence[Comment], outcome: str) -> dict[str, object]:
    return {
        "file": found.file,
        "where": found.where,
        "fiscal_year": found.box.fiscal_year,
        "subject": found.box.subject,
        "name": _subjects(house)[found.box.subject],
        "kind": COMMENT_LABELS[found.box.kind],
        "before": versions[-1].text if versions else "",
        "now": found.text,
        "outcome": outcome,
    }


def _subjects(house: House) -> dict[str, str]:
    """Whatever has boxes, by id, with its name: goals, measures, indicators that stand for themselves."""
    edition = house.edition
    names = {goal.id: goal.title for goal in edition.goals}
    names |= {measure.id: measure.title for goal in edition.goals for measure in goal.measures}
    names |= {row.id: row.name for _, rows in edition.indicators_by_revision for row in rows if row.same_as is None}
    return names
