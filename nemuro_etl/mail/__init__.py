"""Mails: their wording, their form on the wire, and the two ways on which they leave."""

from nemuro_etl.mail.digest import Night, render_digest
from nemuro_etl.mail.message import to_message
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
    "Smtp",
    "Transport",
    "count_ratings",
    "may_receive",
    "render_digest",
    "render_secretariat",
    "to_message",
    "withheld_because",
]
