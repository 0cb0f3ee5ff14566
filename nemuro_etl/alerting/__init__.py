"""Whom to tell, what, and when: pure rules over what was told before and how tonight came out."""

from nemuro_etl.alerting.answers import (
    acknowledgement,
    comments_of,
    default_until,
    ended_silences,
    find_warning,
    may_last_until,
    silences_on,
    token_of,
    unanswered,
)
from nemuro_etl.alerting.business_days import (
    business_day_after,
    first_of_month,
    first_of_week,
    monday_of,
    next_business_day,
)
from nemuro_etl.alerting.calls import decide_calls
from nemuro_etl.alerting.decision import decide, last_day_to_warn, warning_state
from nemuro_etl.alerting.matters import find_matters
from nemuro_etl.alerting.reminders import decide_reminders
from nemuro_etl.alerting.storm import is_storm

__all__ = [
    "acknowledgement",
    "business_day_after",
    "comments_of",
    "decide",
    "decide_calls",
    "decide_reminders",
    "default_until",
    "ended_silences",
    "find_matters",
    "find_warning",
    "first_of_month",
    "first_of_week",
    "is_storm",
    "last_day_to_warn",
    "may_last_until",
    "monday_of",
    "next_business_day",
    "silences_on",
    "token_of",
    "unanswered",
    "warning_state",
]
