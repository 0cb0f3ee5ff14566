"""Whom to tell, what, and when: pure rules over what was told before and how tonight came out."""

from nemuro_etl.alerting.business_days import ANSWER_WITHIN, business_day_after, next_business_day
from nemuro_etl.alerting.decision import decide, last_day_to_warn, warning_state

__all__ = [
    "ANSWER_WITHIN",
    "business_day_after",
    "decide",
    "last_day_to_warn",
    "next_business_day",
    "warning_state",
]
