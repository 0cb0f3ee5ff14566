"""Rebuild: an empty warehouse made again from the originals and the journal of what was done with them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date

from nemuro_etl.errors import Fault, UsageWrong
from nemuro_etl.model.alert import MailKind
from nemuro_etl.model.evaluation import SourceCondition
from nemuro_etl.pipeline.answering import answer_again
from nemuro_etl.pipeline.care import decide_held
from nemuro_etl.pipeline.collecting import load_originals
from nemuro_etl.pipeline.commenting import comment_again
from nemuro_etl.pipeline.delivering import refuse
from nemuro_etl.pipeline.house import House
from nemuro_etl.pipeline.journal import Deed, Entry, read_entries
from nemuro_etl.pipeline.judging import evaluate, judge_held
from nemuro_etl.pipeline.publishing import freeze_again, report_again
from nemuro_etl.pipeline.warning import warn


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """What a rebuild did: deeds replayed, originals loaded, and what could not be done again."""

    deeds: int
    originals: int
    faults: tuple[Fault, ...]
    digest: str

    def report(self) -> str:
        """What was done, and the digest of the warehouse as it is now."""
        return (
            f"Replayed {self.deeds} deeds of the journal, loaded {self.originals} originals, sent nothing.\n"
            f"What may still be sent: nemuro outbox list\n{self.digest}"
        )


def rebuild(house: House) -> Rebuilt:
    """The warehouse again, in the order of the journal, each deed under its own clock; nothing is sent.

    Raises UsageWrong when the warehouse is not empty. Mails that had left count as sent, and what was refused, doubted
    or released is so again; one that was leaving when the process died is settled by the next run; one that waited
    waits again.
    """
    if house.warehouse.loads() or house.warehouse.mails():
        raise UsageWrong(
            what="The warehouse is not empty.",
            expected="Expected: an empty one, to be filled from the originals and the journal in the home.",
            kept="Nothing was done.",
            remedy="Move the database away (keep it until the rebuild is done), or name an empty one with "
            "--database-url, then run again: nemuro rebuild",
        )
    faults: list[Fault] = []
    deeds = 0
    with house.warehouse.exclusive_run():
        for entry in read_entries(house):
            try:
                _REPLAY[entry.deed](replace(house, now=entry.at, replaying=True), entry)
            except Fault as fault:
                faults.append(fault)
            deeds += 1
        for one in house.warehouse.mails("pending"):
            if one.mail.kind in (MailKind.SUMMARY, MailKind.WEEKLY):
                # written for nights that are over; the journal keeps neither which ran nor what a source answered
                house.warehouse.mark_sent(one.mail.key, house.now)
    loaded = {(load.source, load.sha256) for load in house.warehouse.loads()}
    return Rebuilt(deeds, len(loaded), tuple(faults), house.warehouse.digest())


def _load(house: House, entry: Entry) -> None:
    collection = load_originals(house, house.source(entry.facts["source"]), [entry.facts["sha256"]])
    if collection.faults:
        raise collection.faults[0]


def _note_source(house: House, entry: Entry) -> None:
    condition = SourceCondition(entry.facts["condition"])
    house.warehouse.note_source(entry.facts["source"], house.now, condition, entry.facts["detail"])


def _judge(house: House, entry: Entry) -> None:
    judge_held(_edition(house, entry), _day(entry), entry.facts["fiscal_year"])


def _warn(house: House, entry: Entry) -> None:
    of_one = _edition(house, entry)
    warn(of_one, evaluate(of_one, _day(entry)), (), _day(entry), fiscal_year=entry.facts["fiscal_year"])


def _decide(house: House, entry: Entry) -> None:
    facts = entry.facts
    decide_held(house, facts["number"], accept=facts["accept"], by=facts["by"], reason=facts["reason"])


def _answer(house: House, entry: Entry) -> None:
    answer_again(house, entry.facts)


def _comment(house: House, entry: Entry) -> None:
    comment_again(_edition(house, entry), entry.facts)


def _report(house: House, entry: Entry) -> None:
    report_again(_edition(house, entry), entry.facts)


def _freeze(house: House, entry: Entry) -> None:
    freeze_again(_edition(house, entry), entry.facts)


def _sending(house: House, entry: Entry) -> None:
    house.warehouse.claim(entry.facts["key"])


def _sent(house: House, entry: Entry) -> None:
    house.warehouse.mark_sent(entry.facts["key"], house.now)


def _not_sent(house: House, entry: Entry) -> None:
    house.warehouse.mark_pending(entry.facts["key"], entry.facts["reason"])


def _doubted(house: House, entry: Entry) -> None:
    house.warehouse.doubt(entry.facts["key"], entry.facts["reason"])


def _refused(house: House, entry: Entry) -> None:
    one = house.warehouse.mail(entry.facts["key"])
    if one is not None:
        refuse(house, one.mail, entry.facts["said"])


def _released(house: House, entry: Entry) -> None:
    house.warehouse.release(entry.facts["key"], entry.facts["by"])


def _sent_again(house: House, entry: Entry) -> None:
    house.warehouse.send_again(entry.facts["key"], entry.facts["to"])


def _edition(house: House, entry: Entry) -> House:
    """The house for the strategy that was judged; a journal older than the second strategy names none."""
    return house.of(entry.facts.get("edition", house.catalog.editions[0].id))


def _day(entry: Entry) -> date:
    return date.fromisoformat(entry.facts["as_of"])


_REPLAY: dict[Deed, Callable[[House, Entry], None]] = {
    Deed.LOADED: _load,
    Deed.SOURCE_NOTED: _note_source,
    Deed.JUDGED: _judge,
    Deed.WARNED: _warn,
    Deed.DECIDED: _decide,
    Deed.ANSWERED: _answer,
    Deed.SENDING: _sending,
    Deed.SENT: _sent,
    Deed.NOT_SENT: _not_sent,
    Deed.COMMENTED: _comment,
    Deed.REPORTED: _report,
    Deed.FROZEN: _freeze,
    Deed.DOUBTED: _doubted,
    Deed.REFUSED: _refused,
    Deed.RELEASED: _released,
    Deed.SENT_AGAIN: _sent_again,
}
