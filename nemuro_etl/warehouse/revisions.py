"""Settled figures that a publisher changed: held until a person accepts or rejects them with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from nemuro_etl.errors import UsageWrong
from nemuro_etl.model.figure import Stage, dimensions_of
from nemuro_etl.warehouse.engine import Database, Reading
from nemuro_etl.warehouse.moment import moment_of, moment_text
from nemuro_etl.warehouse.precision import restored

ACCEPTED = "accepted"
"""The kind of the load that records an accepted revision; also a decision."""
REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class HeldRevision:
    """A settled figure, what its publisher says now, where, and what was decided."""

    id: int
    series: str
    area: str
    period: str
    dimensions: Mapping[str, str]
    unit: str
    old_value: Decimal
    old_stage: Stage
    new_value: Decimal
    new_stage: Stage
    source: str
    snapshot: str
    locator: str
    entered_by: str
    """Who entered the new figure of a return; empty for a publisher's, as `correction`: why the old one was wrong."""
    correction: str
    found_at: datetime
    decision: str | None
    """accepted, rejected, or None while it waits."""
    decided_by: str | None
    reason: str | None
    decided_at: datetime | None

    @property
    def difference(self) -> Decimal:
        return self.new_value - self.old_value


_SELECT = """
select
    held_revision.id, series, held_revision.area, period, dimensions, unit, old_value, old_stage, new_value, new_stage,
    source, sha256, sheet, cell, coalesce(entered_by, ''), coalesce(correction, ''), found_at, decision, decided_by,
    reason, decided_at
from held_revision
inner join part on part.id = held_revision.part_id
inner join measure on measure.id = part.measure_id
inner join place on place.id = held_revision.place_id
inner join load on load.id = place.load_id
"""


def read_held(
    transaction: Reading, *, undecided_only: bool = False, load_id: int | None = None
) -> tuple[HeldRevision, ...]:
    """The held revisions in the order in which they were found."""
    where = " where (:undecided_only = 0 or decision is null) and (:load_id = 0 or load.id = :load_id)"
    return tuple(
        HeldRevision(
            id=row[0],
            series=row[1],
            area=row[2],
            period=row[3],
            dimensions=dimensions_of(row[4]),
            unit=row[5],
            old_value=restored(row[6]),
            old_stage=Stage.of_rank(row[7]),
            new_value=restored(row[8]),
            new_stage=Stage.of_rank(row[9]),
            source=row[10],
            snapshot=row[11],
            locator=locator_text(row[12], row[13]),
            entered_by=row[14],
            correction=row[15],
            found_at=moment_of(row[16]),
            decision=row[17],
            decided_by=row[18],
            reason=row[19],
            decided_at=None if row[20] is None else moment_of(row[20]),
        )
        for row in transaction.rows(
            f"{_SELECT}{where} order by held_revision.id", undecided_only=int(undecided_only), load_id=load_id or 0
        )
    )


def locator_text(sheet: str, cell: str) -> str:
    """`Sheet!F39`, or `line 12:総人口` in a text file."""
    return f"{sheet}!{cell}" if sheet else cell


def decide_revision(database: Database, revision_id: int, *, accept: bool, by: str, reason: str, at: datetime) -> None:
    """Accepts (the new value is recorded from `at` on) or rejects a held revision, once.

    Raises UsageWrong when there is no such revision, or it was decided already.
    """
    decided_at = moment_text(at)
    with database.writing() as writing:
        found = writing.rows(
            "select part_id, area, new_value, new_stage, numerator, denominator, sample_size, evidence, remark,"
            " coalesce(entered_by, ''), coalesce(entered_on, ''), coalesce(correction, ''), place_id, cell, decision,"
            " decided_by from held_revision where id = :id",
            id=revision_id,
        )
        if not found or found[0][-2] is not None:
            raise _undecidable(revision_id, None if not found else f"{found[0][-2]} by {found[0][-1]}")
        part_id, area, value, stage, *detail, place_id, cell, _, _ = found[0]
        writing.run(
            "update held_revision set decision = :decision, decided_by = :by, reason = :reason, decided_at = :at"
            " where id = :id",
            decision=ACCEPTED if accept else REJECTED,
            by=by,
            reason=reason,
            at=decided_at,
            id=revision_id,
        )
        if not accept:
            return
        ((load_id,),) = writing.rows("select max(id) + 1 from load")
        ((new_place_id,),) = writing.rows("select max(id) + 1 from place")
        ((version,),) = writing.rows(
            "select max(version) + 1 from figure where part_id = :part_id and area = :area", part_id=part_id, area=area
        )
        origin = {"place_id": place_id, "load_id": load_id}
        writing.run(
            "insert into load (id, source, sha256, recipe, kind, recorded_at, loaded_at, figures, new, revised,"
            " confirmed, held, about)"
            # what a person accepted stands, however old the publication is that says so
            " select :load_id, source, sha256, :recipe, :kind, :at, :at, 1, 0, 1, 0, 0,"
            " case about when '' then '' else '9999-12-31' end from load"
            " where id = (select load_id from place where id = :place_id)",
            recipe=f"held revision {revision_id}",
            kind=ACCEPTED,
            at=decided_at,
            **origin,
        )
        writing.run(
            "insert into load_area (load_id, area, kind, name) select :load_id, area, kind, name from load_area"
            " where area = :area and load_id = (select load_id from place where id = :place_id)",
            area=area,
            **origin,
        )
        writing.run(
            "insert into place (id, load_id, sheet) select :id, :load_id, sheet from place where id = :place_id",
            id=new_place_id,
            **origin,
        )
        writing.insert(
            "figure",
            ("part_id", "area", "version", "value", "stage", "place_id", "cell"),
            [(part_id, area, version, value, stage, new_place_id, cell)],
        )
        if detail[3] is not None:
            writing.insert(
                "return_detail",
                ("part_id", "area", "version", "numerator", "denominator", "sample_size", "evidence", "remark")
                + ("entered_by", "entered_on", "correction"),
                [(part_id, area, version, *detail)],
            )


def _undecidable(revision_id: int, decision: str | None) -> UsageWrong:
    return UsageWrong(
        what=f"revision {revision_id} is not waiting for a decision",
        expected="the number of an undecided revision; "
        + (f"this one was {decision}" if decision else "there is none with this number"),
        kept="nothing was changed",
        remedy="nemuro revisions list",
    )
