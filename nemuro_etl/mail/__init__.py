"""Mails: their wording, their form on the wire, the two ways on which they leave, and the replies that come back."""

from nemuro_etl.mail.alarm import render_alarm
from nemuro_etl.mail.calls import render_call, render_late
from nemuro_etl.mail.digest import Move, Night, render_digest
from nemuro_etl.mail.message import address_of, to_message
from nemuro_etl.mail.monthly import Expected, Month, render_month
from nemuro_etl.mail.refused import render_refused
from nemuro_etl.mail.reminders import render_escalation, render_handed_on, render_reminder
from nemuro_etl.mail.replies import Reply, Said, read_replies
from nemuro_etl.mail.summary import Collected, NightSummary, count_ratings, render_secretariat
from nemuro_etl.mail.transport import (
    CertainlyNotSent,
    EmlFolder,
    PerhapsSent,
    Refused,
    ServerAway,
    ServerUnready,
    Session,
    Smtp,
    Transport,
    may_receive,
    withheld_because,
)
from nemuro_etl.mail.weekly import Week, render_week

__all__ = [
    "CertainlyNotSent",
    "Collected",
    "EmlFolder",
    "Expected",
    "Month",
    "Move",
    "Night",
    "NightSummary",
    "PerhapsSent",
    "Refused",
    "Reply",
    "Said",
    "ServerAway",
    "ServerUnready",
    "Session",
    "Smtp",
    "Transport",
    "Week",
    "address_of",
    "count_ratings",
    "may_receive",
    "read_replies",
    "render_alarm",
    "render_call",
    "render_digest",
    "render_escalation",
    "render_handed_on",
    "render_late",
    "render_month",
    "render_refused",
    "render_reminder",
    "render_secretariat",
    "render_week",
    "to_message",
    "withheld_because",
]
