"""A mail on the wire: its key, its headers, and the bytes that are the same whenever it is built."""

import hashlib
import json
import re
from collections.abc import Sequence
from datetime import date, datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage

from nemuro_etl.errors import ConfigurationWrong
from nemuro_etl.model.alert import Mail
from nemuro_etl.model.period import TOKYO

SUBJECT_LIMIT = 60
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_NAMED_ADDRESS = re.compile(r"(?:(?P<name>[^<>]*[^<> ]) +)?<(?P<address>[^<>]*)>|(?P<bare>[^<>]*)", re.DOTALL)
_TOKEN = re.compile(r"[A-Za-z0-9_.-]+")


def digest_of(reasons: Sequence[object]) -> str:
    """SHA-256 (hex) over what a mail tells: JSON values in a canonical text."""
    text = json.dumps(reasons, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def key_of(department: str, night: date, reason_digest: str) -> str:
    """The key that makes a mail unique: department, night and reason digest as one SHA-256 (hex)."""
    return digest_of([department, night.isoformat(), reason_digest])


def address_of(text: str) -> Address:
    """The address in `a@b.example` or `名前 <a@b.example>`. Raises ConfigurationWrong when there is none."""
    match = _NAMED_ADDRESS.fullmatch(text.strip())
    address = match and (match["address"] if match["address"] is not None else match["bare"])
    if match is None or address is None or not _ADDRESS.fullmatch(address):
        raise _wrong("Mail address", text, "a mailbox such as seisaku@city.example, or 名前 <seisaku@city.example>")
    name = (match["name"] or "").strip('"')
    require_jis(name, "Name before a mail address")
    return Address(display_name=name, addr_spec=address)


def require_jis(text: str, what: str) -> None:
    """Refuse what garbles in old mail programs, or ends a header: characters outside JIS X 0208, control characters."""
    for character in text:
        if not character.isprintable():
            raise _wrong(what, text, f"printable characters only; found {character!r}")
        try:
            character.encode("iso-2022-jp")
        except UnicodeEncodeError:
            raise _wrong(what, text, f"characters of JIS X 0208 only; found {character!r}") from None


def message_id_of(mail_key: str, department: str, night: date, sender: str) -> str:
    """The Message-ID that a mail has however often it is built: `<2018-11-22.fishery.KEY@domain of the sender>`."""
    require_token(department, "Id of a department")
    return f"<{night.isoformat()}.{department}.{mail_key}@{address_of(sender).domain}>"


def thread_of(parts: Sequence[str], sender: str) -> str:
    """The id that mails about one thing refer to, so that mail programs show them as one thread."""
    name = ".".join(("thread", *parts))
    require_token(name, "Name of a thread")
    return f"<{name}@{address_of(sender).domain}>"


def require_token(text: str, what: str) -> None:
    """Refuse what cannot stand unquoted in an id of a header."""
    if not _TOKEN.fullmatch(text):
        raise _wrong(what, text, "letters a-z, digits, dot, hyphen and underscore only")


def check_headers(mail: Mail) -> None:
    """Raise ConfigurationWrong when a header of `mail` would be unsafe or unreadable: before it is written down."""
    require_jis(mail.subject, "Subject of a mail")
    if len(mail.subject) >= SUBJECT_LIMIT:
        raise _wrong("Subject of a mail", mail.subject, f"fewer than {SUBJECT_LIMIT} characters")
    for address in (mail.sender, mail.to, mail.reply_to):
        address_of(address)
    for name, value in mail.headers.items():
        require_token(name, "Name of a header")
        require_jis(value, f"Header {name}")


def to_message(mail: Mail, *, date: datetime, for_file: bool = False) -> EmailMessage:
    """`mail` as it leaves at `date` (aware): multipart/alternative, the text part first, complete in itself.

    `for_file`: the parts as they are (8bit), so that a person can read the file without a mail program; mail servers
    are given base64, which no gateway changes.
    The same mail and date give the same bytes. Raises ConfigurationWrong when a header would be unsafe.
    """
    check_headers(mail)
    message = EmailMessage(policy=policy.SMTP)
    message["Date"] = date.astimezone(TOKYO)
    message["From"] = address_of(mail.sender)
    message["To"] = address_of(mail.to)
    message["Reply-To"] = address_of(mail.reply_to)
    message["Subject"] = mail.subject
    message["Message-ID"] = mail.message_id
    for name in sorted(mail.headers):
        message[name] = mail.headers[name]
    encoding = "8bit" if for_file else "base64"
    message.set_content(mail.text, charset="utf-8", cte=encoding)
    message.add_alternative(mail.html, subtype="html", charset="utf-8", cte=encoding)
    message.set_boundary(f"=_{mail.key[:40]}")
    return message


def _wrong(what: str, found: str, expected: str) -> ConfigurationWrong:
    return ConfigurationWrong(
        what=f"{what} cannot be used: {found!r}.",
        expected=f"Expected: {expected}.",
        kept="The mail was not written; what it would have told counts as not told.",
        remedy="Correct config/departments.yml, config/alerting.yml, config/strategy/ or NEMURO_MAIL_FROM, "
        "then run: nemuro check",
    )
