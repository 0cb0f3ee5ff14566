"""Moments as the warehouse writes them: UTC text of one fixed form, so that they compare as text on both databases."""

from datetime import UTC, date, datetime

from nemuro_etl.model.period import end_of_day, tokyo_day

_END_OF_TIME = "9999"


def moment_text(moment: datetime) -> str:
    """`2018-11-22T03:00:00+00:00`: whole seconds, UTC."""
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(UTC).replace(microsecond=0).isoformat()


def moment_of(text: str) -> datetime:
    """The aware moment that a recorded text names."""
    return datetime.fromisoformat(text)


def tokyo_day_of(text: str) -> str:
    """The Tokyo day of a recorded moment, `2018-11-22`."""
    return tokyo_day(moment_of(text)).isoformat()


def cutoff(as_of: date | None) -> str:
    """The text below which everything had been recorded by the end of `as_of`; None: everything."""
    return _END_OF_TIME if as_of is None else moment_text(end_of_day(as_of))
