"""Deliver: what the outbox holds and may leave today, each claimed before it is sent."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nemuro_etl.model.alert import Mail
from nemuro_etl.pipeline.house import House
from nemuro_etl.pipeline.journal import Deed, write_entry
from nemuro_etl.settings import Settings

if TYPE_CHECKING:
    from nemuro_etl.mail import Transport

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one mail: sent, pending (it will be tried again), doubtful, or withheld; and where, or why."""

    mail: Mail
    outcome: str
    detail: str


def deliver(house: House) -> list[Delivery]:
    """Send every mail that is due. A mail that certainly did not leave stays; one whose fate is unknown is doubtful."""
    transport = transport_of(house.settings)
    _settle_interrupted(house, transport)
    return [_send(house, transport, mail) for mail in house.warehouse.due_mails(house.today)]


def retry(house: House, keys: Sequence[str]) -> list[Delivery]:
    """Send what is due now; the doubtful mails named by (the beginning of) their keys, too: a person has decided."""
    with house.warehouse.exclusive_run():
        for one in house.warehouse.mails("doubtful"):
            if any(one.mail.key.startswith(key) for key in keys):
                house.warehouse.mark_pending(one.mail.key, "sent again by decision of a person")
        return deliver(house)


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


def _settle_interrupted(house: House, transport: "Transport") -> None:
    """What a killed run left half sent: a file is simply written again, a mail server may have it already."""
    from nemuro_etl.mail import EmlFolder

    if isinstance(transport, EmlFolder):
        for interrupted in house.warehouse.mails("sending"):
            house.warehouse.mark_pending(interrupted.mail.key, "the run that was writing it was interrupted")
    else:
        house.warehouse.doubt_interrupted()


def _send(house: House, transport: "Transport", mail: Mail) -> Delivery:
    from nemuro_etl.mail import CertainlyNotSent, EmlFolder, PerhapsSent, may_receive, to_message, withheld_because

    settings = house.settings
    by_file = isinstance(transport, EmlFolder)
    if not by_file and not may_receive(mail.to, settings.mail_allow, settings.mail_live):
        return Delivery(mail, "withheld", withheld_because(mail.to))
    message = to_message(mail, date=house.now, for_file=by_file)
    if not house.warehouse.claim(mail.key):
        return Delivery(mail, "taken", "another process was first")
    write_entry(house, Deed.SENDING, key=mail.key)
    try:
        transport.send(message)
    except CertainlyNotSent as fault:
        write_entry(house, Deed.NOT_SENT, key=mail.key, reason=fault.what)
        house.warehouse.mark_pending(mail.key, fault.what)
        log.warning("%s", fault)
        return Delivery(mail, "pending", fault.what)
    except PerhapsSent as fault:
        house.warehouse.mark_doubtful(mail.key, fault.what)
        log.warning("%s", fault)
        return Delivery(mail, "doubtful", fault.what)
    write_entry(house, Deed.SENT, key=mail.key)
    house.warehouse.mark_sent(mail.key, house.now)
    return Delivery(mail, "sent", str(transport.path_of(message)) if isinstance(transport, EmlFolder) else mail.to)
