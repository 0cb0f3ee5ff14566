"""The use cases: the page that a newcomer reads first.

    nightly = collect → judge → warn → deliver

Everything else is one of these steps by itself, or looks at what they left. The clock is read once, in `open_house`,
and passed down. Every step commits its own transaction, so a run that is killed anywhere is finished by the next one.
"""

from nemuro_etl.pipeline.answering import acknowledge, answers, import_replies, silence
from nemuro_etl.pipeline.calling import calendar
from nemuro_etl.pipeline.care import check, decide_revisions, doctor, held_revisions, verify
from nemuro_etl.pipeline.collecting import (
    FETCHING,
    READING,
    Collection,
    collect,
    exit_of,
    fetch_source,
    ingest,
    load_source,
)
from nemuro_etl.pipeline.commenting import comments, import_remarks
from nemuro_etl.pipeline.delivering import deliver, halt_of, release, retry
from nemuro_etl.pipeline.house import House, open_house
from nemuro_etl.pipeline.judging import judge, rerun
from nemuro_etl.pipeline.looking import alerts, explain, facts, monthly, outbox, sources, status
from nemuro_etl.pipeline.night import NightResult, conclude, nightly, run_of
from nemuro_etl.pipeline.packing import ingest_pack, write_pack
from nemuro_etl.pipeline.patience import StepHangs
from nemuro_etl.pipeline.progress import Progress, Watcher, terminal, watched_by
from nemuro_etl.pipeline.publishing import write_frozen, write_report
from nemuro_etl.pipeline.rebuilding import rebuild
from nemuro_etl.pipeline.rehearsing import Rehearsed, rehearse
from nemuro_etl.pipeline.resolving import resolve
from nemuro_etl.pipeline.warning import warn
from nemuro_etl.pipeline.watching import watch
from nemuro_etl.pipeline.workbooks import export_workbooks, write_dictionary, write_overview

__all__ = [
    "FETCHING",
    "READING",
    "Collection",
    "House",
    "NightResult",
    "Progress",
    "Rehearsed",
    "StepHangs",
    "Watcher",
    "acknowledge",
    "alerts",
    "answers",
    "calendar",
    "check",
    "collect",
    "comments",
    "conclude",
    "decide_revisions",
    "deliver",
    "doctor",
    "exit_of",
    "explain",
    "export_workbooks",
    "facts",
    "fetch_source",
    "halt_of",
    "held_revisions",
    "import_remarks",
    "import_replies",
    "ingest",
    "ingest_pack",
    "judge",
    "load_source",
    "monthly",
    "nightly",
    "open_house",
    "outbox",
    "rebuild",
    "release",
    "rehearse",
    "rerun",
    "resolve",
    "retry",
    "run_of",
    "silence",
    "sources",
    "status",
    "terminal",
    "verify",
    "warn",
    "watch",
    "watched_by",
    "write_dictionary",
    "write_frozen",
    "write_overview",
    "write_pack",
    "write_report",
]
