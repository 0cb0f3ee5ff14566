"""The mail to the operator when the nights are not well: English, text only, and built from nothing but settings."""

from collections.abc import Mapping
from datetime import datetime
from email import policy
from email.message import EmailMessage

from nemuro_etl.mail.message import address_of, digest_of, key_of, message_id_of
from nemuro_etl.model.period import TOKYO, tokyo_day

_OPERATOR = "operator"


def render_alarm(
    incidents: Mapping[str, str], *, sender: str, to: str, place: str, now: datetime, for_file: bool
) -> EmailMessage:
    """The one mail about `incidents` (key → text) of the warehouse at `place`; the same ones on one day have one id.

    `for_file` as in `to_message`. Raises ConfigurationWrong when an address cannot be used.
    """
    day = tokyo_day(now)
    message = EmailMessage(policy=policy.SMTP)
    message["Date"] = now.astimezone(TOKYO)
    message["From"] = address_of(sender)
    message["To"] = address_of(to)
    message["Subject"] = f"[nemuro-etl] {' and '.join(key.split()[0] for key in incidents)} ({day})"
    message["Message-ID"] = message_id_of(key_of(_OPERATOR, day, digest_of(list(incidents))), _OPERATOR, day, sender)
    message["Auto-Submitted"] = "auto-generated"
    text = "\n\n".join(
        (*incidents.values(), f"Found by: nemuro watchdog, for {place}. Told once a day while it lasts.")
    )
    message.set_content(f"{text}\n", charset="utf-8", cte="8bit" if for_file else "base64")
    return message
