"""Deliver: what the outbox holds and may leave today, each claimed before it is sent."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nemuro_etl.catalog.types import Department
from nemuro_etl.errors import Fault, MailUndelivered, UsageWrong
from nemuro_etl.model.alert import Mail, MailKind
from nemuro_etl.pipeline.house import House
from nemuro_etl.pipeline.journal import Deed, Entry, read_entries, write_entry
from nemuro_etl.pipeline.watching import Incident, alarm
from nemuro_etl.settings import Settings

if TYPE_CHECKING:
    from nemuro_etl.mail import Session, Transport

log = logging.getLogger(__name__)

_FAILED = ("pending", "uncertain", "doubtful", "refused")
_OF_SENDING = frozenset({Deed.SENDING, Deed.SENT, Deed.NOT_SENT, Deed.DOUBTED, Deed.REFUSED})
_FIRST_WAIT = 1.0
_KEY_LENGTH = 8
"""How much of a key a person has to give: what `nemuro outbox list` shows."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one mail, and where it is or why.

    sent · pending: it certainly did not leave and is tried again · uncertain: it may have left, and the next run sends
    it once more · doubtful: the same for the second time, a person decides · refused: the server does not want it ·
    withheld: it may not leave · taken: another process was first.
    """

    mail: Mail
    outcome: str
    detail: str

    @property
    def failed(self) -> bool:
        """Whether it should have left and, as far as is known, did not."""
        return self.outcome in _FAILED


def deliver(house: House) -> list[Delivery]:
    """Send every mail that is due, and tell the secretariat of each that a server refused, in the same run.

    A mail that certainly did not leave stays for the next run. One whose fate is unknown is sent once more by the next
    run, with the same Message-ID; then a person decides.
    """
    return list(deliveries(house))


def deliveries(house: House, *, pause: Callable[[float], None] = time.sleep) -> Iterator[Delivery]:
    """The same one by one: each mail is sent when the one before it has been taken from the iterator."""
    transport = transport_of(house.settings)
    _settle_interrupted(house, transport)
    with transport.session() as session:
        this_run = _Round(house, transport, session, pause)
        for mail in house.warehouse.due_mails(house.today):
            yield from this_run.deliver(mail)


def retry(house: House, keys: Sequence[str]) -> list[Delivery]:
    """Send what is due now; refused and doubtful mails only by (the beginning of) their keys: a person has decided.

    They go to the address that config/ has by now. Raises UsageWrong for a key that names none of them.
    """
    with house.warehouse.exclusive_run():
        for mail in _named(house, keys, "refused", "doubtful"):
            to = _address_now(house, mail)
            write_entry(house, Deed.SENT_AGAIN, key=mail.key, to=to)
            house.warehouse.send_again(mail.key, to)
        return deliver(house)


def release(house: House, keys: Sequence[str], *, by: str) -> list[Delivery]:
    """Let held mails go, all of them or those named by (the beginning of) their keys, and send what is due now.

    Raises UsageWrong for a key that names no held mail.
    """
    with house.warehouse.exclusive_run():
        for mail in _named(house, keys, "held") if keys else [one.mail for one in house.warehouse.mails("held")]:
            write_entry(house, Deed.RELEASED, key=mail.key, by=by)
            house.warehouse.release(mail.key, by)
        return deliver(house)


def refuse(house: House, mail: Mail, said: str) -> Mail | None:
    """Write down what a server said to `mail`, with the mail to the secretariat about it, which is given back.

    None when it is the secretariat that cannot be reached, or when it was told today already.
    """
    from nemuro_etl.mail import Night, render_refused

    house = _speaking_for(house, mail)
    secretariat = house.department(house.catalog.alerting.secretariat, house.today)
    notice: Mail | None = None
    if mail.to != secretariat.address:
        addressee = _addressee(house, mail)
        night = Night(
            day=house.today,
            not_before=house.today,
            answer_by=house.today,
            catalog=house.catalog,
            edition=house.edition,
            sender=house.settings.mail_from,
            reply_to=house.settings.mail_reply_to or secretariat.address,
            originals={},
            margins={},
        )
        name = mail.department if addressee is None else addressee.name
        notice = render_refused(mail, said, name, secretariat, night)
    write_entry(house, Deed.REFUSED, key=mail.key, said=said)
    return notice if house.warehouse.refuse(mail.key, said, notice) else None


def transport_of(settings: Settings) -> "Transport":
    """The mail server of the settings; without one, a folder of .eml files."""
    from nemuro_etl.mail import EmlFolder, Smtp

    if settings.smtp_host is None:
        return EmlFolder(settings.home / "mail")
    password = settings.smtp_password
    return Smtp(
        host=settings.smtp_host,
        port=settings.smtp_port,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=None if password is None else password.get_secret_value(),
        ca_file=settings.smtp_ca_file,
    )


def halt_of(settings: Settings) -> MailUndelivered | None:
    """Why no mail may leave at all: a person put the file STOP into the home. None when there is none."""
    stop = settings.home / "STOP"
    if not stop.exists():
        return None
    return MailUndelivered(
        what=f"STOP: no mail leaves while there is a file {stop}.",
        expected="Expected: no such file; whoever put it there knows why.",
        kept="Mails are written and stay in the outbox; everything else goes on.",
        remedy=f"Remove {stop}, then run: nemuro outbox retry",
    )


class _Round:
    """The deliveries of one run: one session, and one patience with the server for all of its mails."""

    def __init__(
        self, house: House, transport: "Transport", session: "Session", pause: Callable[[float], None]
    ) -> None:
        self._house = house
        self._transport = transport
        self._session = session
        self._pause = pause
        self._patience = float(house.settings.smtp_patience)
        self._wait = _FIRST_WAIT
        self._given_up: str | None = None

    def deliver(self, mail: Mail) -> Iterator[Delivery]:
        """What became of `mail`; when it was refused, also of the mail to the secretariat about that."""
        from nemuro_etl.mail import Refused, ServerAway, ServerUnready

        house = self._house
        while True:
            why = self._withheld(mail)
            if why is not None:
                yield Delivery(mail, "withheld", why)
                return
            if self._given_up is not None:
                house.warehouse.mark_pending(mail.key, self._given_up)
                yield Delivery(mail, "pending", self._given_up)
                return
            try:
                delivery = self._attempt(mail)
            except ServerAway as fault:
                if not self._waited():
                    self._give_up(fault)
            except ServerUnready as fault:
                self._give_up(fault)
            except Refused as fault:
                log.warning("%s", fault)
                notice = refuse(house, mail, fault.said)
                yield Delivery(mail, "refused", fault.what)
                if notice is not None:
                    yield from self.deliver(notice)
                elif _is_to_secretariat(house, mail):
                    self._alarm(mail, fault)
                return
            else:
                yield delivery
                return

    def _attempt(self, mail: Mail) -> Delivery:
        from nemuro_etl.mail import CertainlyNotSent, EmlFolder, PerhapsSent, Refused, ServerUnready, to_message

        house, transport = self._house, self._transport
        message = to_message(mail, date=house.now, for_file=isinstance(transport, EmlFolder))
        write_entry(house, Deed.SENDING, key=mail.key)
        if not house.warehouse.claim(mail.key):
            return Delivery(mail, "taken", "another process was first")
        try:
            self._session.send(message)
        except Refused:
            raise
        except CertainlyNotSent as fault:
            _stay(house, mail, fault.what)
            if isinstance(fault, ServerUnready):
                raise
            log.warning("%s", fault)
            return Delivery(mail, "pending", fault.what)
        except PerhapsSent as fault:
            log.warning("%s", fault)
            once_more = _doubt(house, mail, fault.what)
            return Delivery(mail, "uncertain" if once_more else "doubtful", fault.what)
        write_entry(house, Deed.SENT, key=mail.key)
        house.warehouse.mark_sent(mail.key, house.now)
        self._wait = _FIRST_WAIT
        return Delivery(mail, "sent", str(transport.path_of(message)) if isinstance(transport, EmlFolder) else mail.to)

    def _withheld(self, mail: Mail) -> str | None:
        from nemuro_etl.mail import EmlFolder, may_receive, withheld_because

        settings = self._house.settings
        halted = halt_of(settings)
        if halted is not None:
            return halted.what
        free = isinstance(self._transport, EmlFolder) or may_receive(mail.to, settings.mail_allow, settings.mail_live)
        return None if free else withheld_because(mail.to)

    def _waited(self) -> bool:
        """Whether the server was given another moment, twice as long as the one before; no, when patience is at its end."""
        if self._wait > self._patience:
            return False
        self._pause(self._wait)
        self._patience -= self._wait
        self._wait *= 2
        return True

    def _give_up(self, fault: Fault) -> None:
        log.warning("%s", fault)
        self._given_up = fault.what

    def _alarm(self, mail: Mail, fault: Fault) -> None:
        """Tell the operator that not even the secretariat can be told; what becomes of that is logged, and no more."""
        told = alarm(self._house.settings, [Incident(f"refused {mail.key}", fault)])
        log.error("The secretariat's own address was refused. %s", told)


def _stay(house: House, mail: Mail, reason: str) -> None:
    write_entry(house, Deed.NOT_SENT, key=mail.key, reason=reason)
    house.warehouse.mark_pending(mail.key, reason)


def _doubt(house: House, mail: Mail, reason: str) -> bool:
    write_entry(house, Deed.DOUBTED, key=mail.key, reason=reason)
    return house.warehouse.doubt(mail.key, reason)


def _settle_interrupted(house: House, transport: "Transport") -> None:
    """Mark what a killed run had claimed, by its last word on it in the journal.

    When that is only that it was sending: a file is simply written again, a mail server may have the mail already.
    """
    from nemuro_etl.mail import EmlFolder

    interrupted = [one.mail for one in house.warehouse.mails("sending")]
    if not interrupted:
        return
    last_words = {entry.facts["key"]: entry for entry in read_entries(house) if entry.deed in _OF_SENDING}
    for mail in interrupted:
        entry = last_words.get(mail.key)
        if entry is not None and entry.deed is not Deed.SENDING:
            _finish(house, mail, entry)
        elif isinstance(transport, EmlFolder):
            _stay(house, mail, "the run that was writing it was interrupted")
        else:
            _doubt(house, mail, "the process that was sending it ended before it wrote down whether it had left")


def _finish(house: House, mail: Mail, entry: Entry) -> None:
    if entry.deed is Deed.SENT:
        house.warehouse.mark_sent(mail.key, entry.at)
    elif entry.deed is Deed.NOT_SENT:
        house.warehouse.mark_pending(mail.key, entry.facts["reason"])
    elif entry.deed is Deed.DOUBTED:
        house.warehouse.doubt(mail.key, entry.facts["reason"])
    else:
        refuse(house, mail, entry.facts["said"])


def _named(house: House, keys: Sequence[str], *statuses: str) -> list[Mail]:
    """The mails of these statuses that the keys name, each key at least one."""
    there = [one.mail for status in statuses for one in house.warehouse.mails(status)]
    for key in keys:
        if len(key) < _KEY_LENGTH or not any(mail.key.startswith(key) for mail in there):
            raise UsageWrong(
                what=f"{key!r} names no mail that is {' or '.join(statuses)}.",
                expected=f"Expected: the first {_KEY_LENGTH} characters, or more, of the key of one.",
                kept="Nothing was changed or sent.",
                remedy="Look it up, then run the command again: nemuro outbox list",
            )
    return [mail for mail in there if any(mail.key.startswith(key) for key in keys)]


def _speaking_for(house: House, mail: Mail) -> House:
    """The house of the strategy whose secretariat the mail names for answers; where none does, the house as it is."""
    for one in house.each_edition():
        secretariat = one.department(one.catalog.alerting.secretariat, house.today)
        if secretariat.address == mail.reply_to:
            return one
    return house


def _is_to_secretariat(house: House, mail: Mail) -> bool:
    speaking = _speaking_for(house, mail)
    return mail.to == speaking.department(speaking.catalog.alerting.secretariat, house.today).address


def _address_now(house: House, mail: Mail) -> str:
    """Where config/ sends such a mail today: to the headquarters, a section, or its head; else where it went before."""
    addressee = _addressee(_speaking_for(house, mail), mail)
    if addressee is None:
        return mail.to
    head = addressee.head
    if head is None or mail.kind is not MailKind.ESCALATION or mail.to == addressee.address:
        return addressee.address
    return head.address


def _addressee(house: House, mail: Mail) -> Department | None:
    headquarters = house.catalog.alerting.headquarters
    if mail.department == headquarters.id:
        return headquarters
    return house.catalog.department_on(mail.department, house.today)
