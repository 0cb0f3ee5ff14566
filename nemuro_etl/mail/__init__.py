"""Mails: their wording, their form on the wire, the two ways on which they leave, and the replies that come back."""

from nemuro_etl.mail.alarm import render_alarm
from nemuro_etl.mail.calls import render_call, render_late
from nemuro_etl.mail.digest import Night, render_digest
from nemuro_etl.mail.message import address_of, to_message
from nemuro_etl.mail.replies import Reply, Said, read_replies
from nemuro_etl.mail.summary import Collected, NightSummary, count_ratings, render_secretariat
from nemuro_etl.mail.transport import (
    CertainlyNotSent,
    EmlFolder,
    PerhapsSent,
    Smtp,
    Transport,
    may_receive,
    withheld_because,
)

__all__ = [
    "CertainlyNotSent",
    "Collected",
    "EmlFolder",
    "Night",
    "NightSummary",
    "PerhapsSent",
    "Reply",
    "Said",
    "Smtp",
    "Transport",
    "address_of",
    "count_ratings",
    "may_receive",
    "read_replies",
    "render_alarm",
    "render_call",
    "render_digest",
    "render_late",
    "render_secretariat",
    "to_message",
    "withheld_because",
]
