"""What must not be written down: the e-Stat appId and its like in an address."""

import re
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

_SECRET = re.compile(r"(?i)(appid|api[-_]?key|^key$|token|secret|password|signature)")


def mask_secrets(address: str) -> str:
    """`address` without what must not be written down: the e-Stat appId and its like, and a user's password."""
    parts = urlsplit(address)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    query = parts.query
    if any(_SECRET.search(key) for key, _ in pairs):
        query = urlencode([(key, "***" if _SECRET.search(key) else value) for key, value in pairs], safe="*")
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, query, ""))
