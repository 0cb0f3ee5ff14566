"""Spans of time as people write them: 90m, 26h, 2d."""

import re
from datetime import timedelta

_FORM = re.compile(r"([1-9]\d{0,3})([mhd])", re.ASCII)
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}


def span_of(text: str) -> timedelta:
    """The span that `text` names. Raises ValueError when it is in none of the three forms."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise ValueError(f"{text!r} is no span of time such as 90m, 26h or 2d")
    return int(form[1]) * _UNITS[form[2]]


def span_text(span: timedelta) -> str:
    """`26 h`, `1 h 30 min`, `3 d 2 h`: whole minutes, and no minutes beside days."""
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    days, rest = divmod(hours, 24)
    parts = [(days, "d"), (rest, "h")] if hours >= 48 else [(hours, "h"), (minutes, "min")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 min"
