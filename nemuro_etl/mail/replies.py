"""Replies to warnings as they lie in files: who wrote what above which answer number.

A reply comes from outside. Its text is data, cut to a length and freed of control characters; nothing in it is executed,
and whoever shows it has to escape it.
"""

import email
import hashlib
import mailbox
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from email import policy
from email.headerregistry import Address, UniqueAddressHeader
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path

from nemuro_etl.model.period import find_japanese_date

TOO_LONG = "（以下省略）"
_LONGEST_TEXT = 1000
_LONGEST_SENDER = 200
_LONGEST_BODY = 200_000
_LARGEST_MAIL = 20_000_000
_MOST_PARTS = 200

# One character for one, so that a place in the folded text is the same place in the text.
_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}
_QUOTES = {0xFF1E: ord(">"), 0xFF5C: ord("|")}
_GAP = r"[\s>|\-‐‑–—−]{0,40}"
"""What mail programs put into a line that they break or quote."""
_TOKEN = re.compile(
    rf"【?{_GAP.join('回答番号')}{_GAP}:?{_GAP}((?:[A-Z2-7]{_GAP}){{15}}[A-Z2-7])(?![A-Z2-7])(?:{_GAP}】)?",
    re.IGNORECASE,
)
_NOT_INSIDE_A_WORD = "(?<![一-龠ぁ-んァ-ヶ])"
_COMMENT = re.compile(rf"{_NOT_INSIDE_A_WORD}{_GAP.join('対応状況')}{_GAP}:")
_UNTIL = re.compile(rf"{_NOT_INSIDE_A_WORD}期限[ \t]*:[ \t]*([^\n]*)")
_DAY = re.compile(
    r"(?:(?P<era>令和|平成|[RH])\s*)?(?P<year>元|\d{1,4})\s*[年./-]\s*(?P<month>\d{1,2})\s*[月./-]\s*(?P<day>\d{1,2})(?!\d)\s*日?(?:まで|迄)?",
    re.ASCII | re.IGNORECASE,
)
_ERAS = {"R": "令和", "H": "平成"}
_QUOTED = re.compile(r"[ \t]*[>|]")
_QUOTE_MARKS = re.compile(r"(?:[ \t]*[>|])+[ \t]?")
_BEGINS_QUOTE = re.compile(
    r"[ \t]*(?:-{3,}.*(?:Original Message|元のメッセージ|Forwarded|転送)|_{10,}|[━─]{5,}|(?:From|差出人)[ \t]*:|\S+ 御担当者様)",
    re.IGNORECASE,
)
"""Where the mail that is answered begins, after mail programs that set no quote marks."""
_ATTRIBUTION = re.compile(
    r"On\b.*wrote:|.*(?:さんは書きました|のメール)[ \t]*:|.*\d{4}.*@.*:|[^\n<]*[^\n< ][^\n<]*<[^<>\s]+@[^<>]*>[ \t]*:",
    re.DOTALL,
)
_LONGEST_ATTRIBUTION = 300
_SIGNATURE = "--"

_AUTOMATIC_SUBJECT = re.compile(
    r"不在通知|不在連絡|不在のお知らせ|自動応答|自動返信|out of (?:the )?office|auto(?:matic)?[ -]?reply|autoreply",
    re.IGNORECASE,
)
_BOUNCE_SENDERS = ("mailer-daemon", "postmaster")


@dataclass(frozen=True, slots=True)
class Said:
    """What stands above one answer number."""

    token: str
    """Sixteen characters, whether they were ever given out or not."""
    text: str
    """The comment; empty when nothing stands there."""
    until: date | None
    until_unclear: str
    """What stands as 期限 and is no day."""


@dataclass(frozen=True, slots=True)
class Reply:
    """One mail as far as it may answer warnings."""

    place: str
    """The file, and in an mbox the number of the mail."""
    message_id: str
    sender: str
    ignored: str
    """Why nothing of it is taken; empty when it says something."""
    said: tuple[Said, ...]


def read_replies(path: Path) -> Iterator[Reply]:
    """Every mail of an .eml file, an mbox, or a folder of them, by name; one that cannot be read is one that is ignored."""
    for file in sorted(each for each in path.rglob("*") if each.is_file()) if path.is_dir() else [path]:
        if file.name.startswith("."):
            continue
        for place, data in _mails_of(file):
            yield _read_reply(place, data)


def _mails_of(file: Path) -> Iterator[tuple[str, bytes]]:
    with file.open("rb") as opened:
        is_mbox = opened.read(5) == b"From "
    if not is_mbox:
        yield str(file), file.read_bytes()
        return
    box = mailbox.mbox(file, create=False)
    try:
        for number, key in enumerate(box.keys(), start=1):
            yield f"{file}, mail {number}", box.get_bytes(key)
    finally:
        box.close()


def _read_reply(place: str, data: bytes) -> Reply:
    # without a Message-ID the bytes themselves say which mail it is
    message_id, sender = f"sha256:{hashlib.sha256(data).hexdigest()}", ""
    if len(data) > _LARGEST_MAIL:
        return Reply(place, message_id, sender, f"larger than {_LARGEST_MAIL:,} bytes", ())
    if data.lower().count(b"multipart/") > _MOST_PARTS:
        # the parser takes a millisecond for each level
        return Reply(place, message_id, sender, f"more than {_MOST_PARTS} parts in one another", ())
    try:
        message = email.message_from_bytes(data, policy=policy.default)
        message_id = _clean(str(message.get("Message-ID", ""))) or message_id
        sender = _sender(message)
        why = _automatic(message) or ("no mail: it has no From" if not sender else "")
        said = [] if why else _find_said(_text_of(message)[:_LONGEST_BODY])
    except (ValueError, LookupError, AttributeError, TypeError, RecursionError) as error:
        # what the standard library raises on headers and encodings that are no such: one such mail stops no other
        return Reply(place, message_id, sender, f"cannot be read: {error}", ())
    return Reply(place, message_id, sender, why or _nothing_said(said), tuple(each for each in said if each.text))


def _nothing_said(said: Sequence[Said]) -> str:
    if not said:
        return "no answer number (回答番号) in it"
    if any(each.text for each in said):
        return ""
    return "nothing is written above an answer number, or above several and it cannot be told which is meant"


def _sender(message: EmailMessage) -> str:
    """Who wrote it, on one line: the name and the address of its From."""
    return " ".join(_clean(str(address)) for address in _addresses(message)[:1]).replace("\n", " ")[:_LONGEST_SENDER]


def _addresses(message: EmailMessage) -> Sequence[Address]:
    header = message.get("From")
    return header.addresses if isinstance(header, UniqueAddressHeader) else ()


def _automatic(message: EmailMessage) -> str:
    """Why a mail was written by a machine: a bounce or an automatic reply; empty when a person wrote it."""
    senders = [address.username.lower() for address in _addresses(message)]
    if (
        message.get_content_type() == "multipart/report"
        or any(sender in _BOUNCE_SENDERS for sender in senders)
        or str(message.get("Return-Path", "")).strip() == "<>"
    ):
        return "a bounce: the mail system wrote it"
    if str(message.get("Auto-Submitted", "no")).strip().lower().partition(";")[0] != "no":
        return "an automatic reply (Auto-Submitted)"
    for header in ("X-Autoreply", "X-Autorespond"):
        if str(message.get(header, "no")).strip().lower() != "no":
            return f"an automatic reply ({header})"
    if str(message.get("Precedence", "")).strip().lower() in ("bulk", "junk", "auto_reply"):
        return "an automatic reply (Precedence)"
    return "an automatic reply (subject)" if _AUTOMATIC_SUBJECT.search(str(message.get("Subject", ""))) else ""


# the text of a mail


def _text_of(message: EmailMessage) -> str:
    """The plain text, else that of the HTML; quoted lines begin with >."""
    parts = [
        part for part in message.walk() if not part.is_multipart() and part.get_content_disposition() != "attachment"
    ]
    for kind in ("text/plain", "text/html"):
        for part in parts:
            if part.get_content_type() != kind:
                continue
            text = _decoded(part).replace("\r\n", "\n").replace("\r", "\n")
            if kind == "text/html":
                return _text_of_html(text)
            flowed = str(part.get_param("format", "")).lower() == "flowed"
            return _unflowed(text, str(part.get_param("delsp", "")).lower() == "yes") if flowed else text
    return ""


def _decoded(part: EmailMessage) -> str:
    payload = part.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    declared = (part.get_content_charset() or "").lower()
    # what Windows calls by these names has more characters than the standards
    charset = {"shift_jis": "cp932", "sjis": "cp932", "x-sjis": "cp932", "iso-2022-jp": "iso2022_jp_ext"}.get(
        declared, declared
    )
    for candidate in (charset, "iso2022_jp_ext" if b"\x1b$" in data else "utf-8", "cp932"):
        try:
            return data.decode(candidate)
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("iso2022_jp_ext" if b"\x1b$" in data else "utf-8", "replace")


def _unflowed(text: str, delete_space: bool) -> str:
    """format=flowed (RFC 3676): a line that ends with a space goes on in the next one of the same depth."""
    lines: list[str] = []
    open_depth: int | None = None
    for line in text.split("\n"):
        marks = len(line) - len(line.lstrip(">"))
        content = line[marks:].removeprefix(" ")
        if open_depth == marks:
            lines[-1] += content
        else:
            lines.append(f"{'>' * marks}{' ' if marks else ''}{content}")
        flows = content.endswith(" ") and content != f"{_SIGNATURE} "
        open_depth = marks if flows else None
        if flows and delete_space:
            lines[-1] = lines[-1][:-1]
    return "\n".join(lines)


class _Words(HTMLParser):
    """The words of an HTML mail in lines; what stands in a blockquote is marked as quoted."""

    _LINES = frozenset({"br", "p", "div", "tr", "li", "table", "blockquote", "hr", "h1", "h2", "h3", "td", "th", "pre"})
    _SILENT = frozenset({"script", "style", "head", "title"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines = [""]
        self._quotes = 0
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self._end_line(tag)
        self._quotes += tag == "blockquote"
        self._silent += tag in self._SILENT

    def handle_endtag(self, tag: str) -> None:
        self._end_line(tag)
        self._quotes -= tag == "blockquote" and self._quotes > 0
        self._silent -= tag in self._SILENT and self._silent > 0

    def handle_data(self, data: str) -> None:
        if self._silent:
            return
        words = re.sub(r"[ \t\r\n]+", " ", data)
        if not self.lines[-1]:
            words = "> " * self._quotes + words.lstrip() if words.strip() else ""
        self.lines[-1] += words

    def _end_line(self, tag: str) -> None:
        if tag in self._LINES and (self.lines[-1] or tag == "br"):
            self.lines.append("")


def _text_of_html(html: str) -> str:
    words = _Words()
    words.feed(html)
    words.close()
    return "\n".join(words.lines)


# what a text says


def _find_said(text: str) -> list[Said]:
    """What is written above each answer number, one entry a number; of one that is quoted again, the first that says something."""
    folded = text.translate(_HALF_WIDTH)
    said: dict[str, Said] = {}
    forms: list[tuple[int, int, list[str]]] = []
    end = 0
    for match in _TOKEN.finditer(folded):
        token = re.sub(r"[^A-Z2-7]", "", match[1].upper())
        if forms and not re.sub(rf"{_GAP}", "", folded[end : match.start()]):
            forms[-1][2].append(token)  # numbers side by side share the text above them
        else:
            forms.append((end, match.start(), [token]))
        end = match.end()
    distinct = {token for _, _, tokens in forms for token in tokens[:1]}
    for start, stop, tokens in forms:
        words, until = _words_above(text, folded, start, stop, alone=len(distinct) == 1)
        day = _day_of(until)
        for token in tokens:
            if token not in said or not said[token].text:
                said[token] = Said(token, words, day, "" if day is not None else until)
    return list(said.values())


def _words_above(text: str, folded: str, start: int, stop: int, *, alone: bool) -> tuple[str, str]:
    """The comment and the 期限 between two places: out of the form, else what the writer put right above the number.

    With `alone` what the writer put on top of the whole mail is about the only number in it.
    """
    form = list(_COMMENT.finditer(folded, start, stop))
    begin = form[-1].end() if form else start
    stretch, until = _take_until(text[begin:stop])
    words = _clean(_unquoted(stretch) if form else _own_words(stretch))
    if words or not alone:
        return words, until
    top, own_until = _take_until(_top_of(text[:stop]))
    words = _clean(
        "\n".join(
            _COMMENT.sub("", line.translate(_HALF_WIDTH), count=1) if _is_form(line) else line
            for line in top.split("\n")
        )
    )
    return words, own_until or until


def _take_until(stretch: str) -> tuple[str, str]:
    """A stretch without its 期限, and what stood there: the last one, but one of the writer's own before a quoted one."""
    found = list(_UNTIL.finditer(stretch.translate(_HALF_WIDTH)))
    if not found:
        return stretch, ""
    own = [match for match in found if not _is_quoted(stretch[stretch.rfind("\n", 0, match.start()) + 1 : match.end()])]
    chosen = (own or found)[-1]
    # from behind, so that the places before it stay
    for match in dict.fromkeys((found[-1], chosen)):
        # what a person wrote behind the day is still theirs
        day = _DAY.match(match[1])
        after = match.end() if day is None else match.start(1) + day.end()
        stretch = stretch[: match.start()] + stretch[after:]
    return stretch, chosen[1].strip(" >|")


def _unquoted(stretch: str) -> str:
    """The lines of the form, the quoted ones without their marks."""
    lines = (
        line if not _is_quoted(line) else _QUOTE_MARKS.sub("", line.translate(_QUOTES), count=1)
        for line in stretch.split("\n")
    )
    return "\n".join(lines)


def _own_words(stretch: str) -> str:
    """What was written after the last quoted line; nothing where a mail begins that is quoted without marks."""
    lines = stretch.split("\n")
    if _is_quoted(lines[-1]):
        lines.pop()  # the marks before the number itself
    quoted = [number for number, line in enumerate(lines) if _is_quoted(line)]
    own = lines[quoted[-1] + 1 :] if quoted else lines
    return "" if any(_BEGINS_QUOTE.match(line.translate(_HALF_WIDTH)) for line in own) else _top_of("\n".join(own))


def _top_of(text: str) -> str:
    """What the writer put above the mail that is answered: no quoted line, no signature, no line that announces the quote."""
    lines: list[str] = []
    for line in text.split("\n"):
        if _is_quoted(line) or _BEGINS_QUOTE.match(line.translate(_HALF_WIDTH)) or line.rstrip() == _SIGNATURE:
            break
        lines.append(line)
    while lines and not lines[-1].strip():
        lines.pop()
    for count in (1, 2, 3):
        ending = "\n".join(lines[-count:]).translate(_HALF_WIDTH).strip()
        if len(ending) <= _LONGEST_ATTRIBUTION and _ATTRIBUTION.fullmatch(ending):
            return "\n".join(lines[:-count])
    return "\n".join(lines)


def _is_form(line: str) -> bool:
    return _COMMENT.match(line.translate(_HALF_WIDTH).lstrip()) is not None


def _is_quoted(line: str) -> bool:
    return _QUOTED.match(line.translate(_HALF_WIDTH)) is not None


def _day_of(text: str) -> date | None:
    """The day in `平成30年12月22日`, `H30.12.22`, `2018-12-22`, `2018/12/22`; None when there is none."""
    match = _DAY.search(text)
    if match is None:
        return None
    if match["era"] is not None:
        era = _ERAS.get(match["era"].upper(), match["era"])
        return find_japanese_date(f"{era}{match['year']}年{match['month']}月{match['day']}日")
    try:
        return date(int(match["year"]), int(match["month"]), int(match["day"])) if len(match["year"]) == 4 else None
    except ValueError:
        return None


def _clean(text: str) -> str:
    """Printable text in lines, at most so long; what is cut is said."""
    lines = ("".join(map(_printable, line)).strip() for line in text.split("\n"))
    cleaned = "\n".join(line for line in lines if line)
    return cleaned if len(cleaned) <= _LONGEST_TEXT else cleaned[:_LONGEST_TEXT] + TOO_LONG


def _printable(character: str) -> str:
    """The character; a blank for every other kind of blank; nothing for what controls, hides or turns text around."""
    if character == "\t" or unicodedata.category(character)[0] == "Z":
        return "\u3000" if character == "\u3000" else " "
    return "" if unicodedata.category(character)[0] == "C" else character
