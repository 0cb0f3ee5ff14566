"""One mapping of a YAML file, read key by key: every leaf is text until a reader asks for more.

Nothing raises here. A fault is noted with file, line, key and remedy, a placeholder is handed back, and reading goes on,
so that a person sees every fault of every file at once. Whoever builds on what was read compares `len(faults)` first.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import yaml
from yaml.cyaml import CBaseLoader

Choice = TypeVar("Choice", bound=StrEnum)
Default = TypeVar("Default", str, bool)

_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_WHOLE = re.compile(r"-?\d+", re.ASCII)


class Faults:
    """Every fault found so far, each once, in the order of finding."""

    def __init__(self) -> None:
        self._texts: dict[str, None] = {}

    def note(self, place: str, wrong: str, remedy: str) -> None:
        """Keep one fault: where, what is wrong there, and what to do about it."""
        self._texts[f"{place}: {wrong}\n    → {remedy}"] = None

    def __len__(self) -> int:
        return len(self._texts)

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(self._texts)


class Entry:
    """A value with its key path and the file and line on which it stands."""

    __slots__ = ("file", "line", "node", "path")

    def __init__(self, file: str, path: str, node: yaml.Node, line: int) -> None:
        self.file = file
        self.path = path
        self.node = node
        self.line = line

    def at(self, path: str) -> str:
        """File, line and key `path`, as a fault names them."""
        return f"{self.file}:{self.line}: {path}" if path else f"{self.file}:{self.line}"


class Section:
    """A mapping whose keys are asked for by name; `close` refuses those that nobody asked for."""

    def __init__(self, faults: Faults, entry: Entry, entries: Mapping[str, Entry] | None = None) -> None:
        self.faults = faults
        self.entry = entry
        self._entries: dict[str, Entry] = dict(_members(entry) if entries is None else entries)
        self._asked: set[str] = set()

    @property
    def place(self) -> str:
        """File, line and key of the section itself."""
        return self.entry.at(self.entry.path)

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self._entries)

    def __contains__(self, key: str) -> bool:
        return key in self._entries

    def overlaid_by(self, other: "Section") -> "Section":
        """The same section with the keys of `other` before its own."""
        return Section(self.faults, other.entry, {**self._entries, **other._entries})

    def without(self, *keys: str) -> "Section":
        """The same section without `keys`."""
        return Section(self.faults, self.entry, {key: e for key, e in self._entries.items() if key not in keys})

    def refuse(self, key: str, wrong: str, remedy: str) -> None:
        """Note a fault at `key`; where the key is missing, on the line of the section that lacks it."""
        found = self._entries.get(key)
        place = self.entry.at(self._path(key)) if found is None else found.at(found.path)
        self.faults.note(place, wrong, remedy)

    def refuse_whole(self, wrong: str, remedy: str) -> None:
        """Note a fault of the section itself."""
        self.faults.note(self.place, wrong, remedy)

    def close(self, *known: str) -> None:
        """Refuse every key that was neither asked for nor is among `known`."""
        asked = self._asked.union(known)
        for key in self._entries:
            if key not in asked:
                self.refuse(key, "unknown key", suggest(key, asked, "remove it, or correct the spelling"))

    def text(self, key: str) -> str:
        """The non-empty text at `key`, which must be there."""
        text = self._leaf(key)
        if text is not None and not text.strip():
            self.refuse(key, "is empty", "write the text")
        return text or ""

    def text_or(self, key: str, default: str) -> str:
        """The text at `key`, possibly empty; `default` where the key is missing."""
        return (self._leaf(key) or "") if key in self else self._skip(key, default)

    def integer(self, key: str) -> int:
        text = self._leaf(key)
        if text is None:
            return 0
        if not _WHOLE.fullmatch(text):
            self.refuse(key, f"{text!r} is not a whole number", "write plain digits, like 1400: no comma, no unit")
            return 0
        return int(text)

    def decimal(self, key: str) -> Decimal:
        text = self._leaf(key)
        if text is None:
            return Decimal(0)
        if not _NUMBER.fullmatch(text):
            self.refuse(key, f"{text!r} is not a number", "write plain digits, like 1400 or 16.9: no comma, no unit")
            return Decimal(0)
        return Decimal(text)

    def day(self, key: str) -> date:
        text = self._leaf(key)
        return date.min if text is None else self._day(key, text)

    def yes_no(self, key: str, default: bool | None = None) -> bool:
        if default is not None and key not in self:
            return self._skip(key, default)
        text = self._leaf(key)
        if text is not None and text not in ("yes", "no"):
            self.refuse(key, f"{text!r} is neither yes nor no", "write yes or no")
        return text == "yes"

    def choice(self, key: str, kind: type[Choice]) -> Choice:
        """The member of `kind` that the text at `key` names."""
        text = self.one_of(key, [str(member) for member in kind])
        return kind(text) if text else next(iter(kind))

    def one_of(self, key: str, allowed: Iterable[str], what: str = "value") -> str:
        """The text at `key`, which must be one of `allowed`; "" where it is not."""
        text = self._leaf(key)
        if text is None:
            return ""
        known = list(allowed)
        if text not in known:
            self.refuse(key, f"unknown {what} {text!r}", suggest(text, known, f"write one of: {', '.join(known)}"))
            return ""
        return text

    def texts(self, key: str) -> tuple[str, ...]:
        """The list of texts at `key`; empty where it is missing."""
        found = self._find(key)
        if found is None:
            return ()
        if not isinstance(found.node, yaml.SequenceNode) or not all(
            isinstance(item, yaml.ScalarNode) for item in found.node.value
        ):
            self.refuse(key, "is not a list of texts", f"write {key}: [first, second]")
            return ()
        return tuple(str(item.value) for item in found.node.value)

    def section(self, key: str) -> "Section":
        """The mapping at `key`, which must be there."""
        found = self._find(key)
        if found is None:
            self._missing(key)
            return self._empty(key)
        return self._mapping(found)

    def section_or_empty(self, key: str) -> "Section":
        """The mapping at `key`; an empty one where it is missing."""
        if key in self:
            return self.section(key)
        self._asked.add(key)
        return self._empty(key)

    def children(self) -> list[tuple[str, "Section"]]:
        """Every key of this section with its mapping: a section whose keys are ids."""
        return [(key, self.section(key)) for key in self._entries]

    def dated_children(self) -> list[tuple[date, "Section"]]:
        """Every key of this section as a day with its mapping, in the order written, which must be that of time."""
        return [(day, self.section(key)) for day, key in self.dated_keys()]

    def dated_keys(self) -> list[tuple[date, str]]:
        """Every key of this section as a day, in the order written, which must be that of time."""
        days = [(self._day(key, key), key) for key in self._entries]
        self._asked.update(self._entries)
        for (earlier, _), (later, key) in zip(days, days[1:], strict=False):
            if later <= earlier and date.min not in (earlier, later):
                self.refuse(key, f"{later} stands after {earlier}", "put the dates in order, oldest first, each once")
        return [(day, key) for day, key in days if day != date.min]

    def items(self, key: str) -> list["Section"]:
        """The list of mappings at `key`; empty where it is missing."""
        found = self._find(key)
        if found is None:
            return []
        if not isinstance(found.node, yaml.SequenceNode):
            self.refuse(key, "is not a list", "write one `- …` per entry")
            return []
        return [
            self._mapping(Entry(found.file, f"{found.path}[{index}]", node, node.start_mark.line + 1))
            for index, node in enumerate(found.node.value)
        ]

    def plain(self) -> dict[str, object]:
        """The whole section as dicts, lists and texts."""
        return {key: _plain(entry.node) for key, entry in self._entries.items()}

    def _skip(self, key: str, default: Default) -> Default:
        self._asked.add(key)
        return default

    def _find(self, key: str) -> Entry | None:
        self._asked.add(key)
        return self._entries.get(key)

    def _leaf(self, key: str) -> str | None:
        found = self._find(key)
        if found is None:
            self._missing(key)
            return None
        if not isinstance(found.node, yaml.ScalarNode):
            self.refuse(key, "is a list or a mapping", "write one text")
            return None
        return str(found.node.value)

    def _empty(self, key: str) -> "Section":
        return Section(self.faults, Entry(self.entry.file, self._path(key), self.entry.node, self.entry.line), {})

    def _mapping(self, entry: Entry) -> "Section":
        if not isinstance(entry.node, yaml.MappingNode):
            self.faults.note(entry.at(entry.path), "is not a mapping", "write `key: value` lines below it")
            return Section(self.faults, entry, {})
        return Section(self.faults, entry)

    def _missing(self, key: str) -> None:
        self.refuse(key, "is missing", f"add {key}: …")

    def _day(self, key: str, text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError:
            self.refuse(key, f"{text!r} is not a day", "write the day as 2015-10-30")
            return date.min

    def _path(self, key: str) -> str:
        return f"{self.entry.path}.{key}" if self.entry.path else key


def read_section(faults: Faults, path: Path, shown: str) -> Section:
    """The mapping that a YAML file holds; duplicate keys at any depth are noted. `shown` names the file in faults."""
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=CBaseLoader)
    except FileNotFoundError:
        faults.note(shown, "the file is missing", "create it; another edition's folder or the documentation is a model")
        return _nothing(faults, shown)
    except UnicodeDecodeError as error:
        faults.note(shown, f"is not UTF-8 (byte {error.start})", "save the file again as UTF-8")
        return _nothing(faults, shown)
    except yaml.MarkedYAMLError as error:
        line = 1 if error.problem_mark is None else error.problem_mark.line + 1
        faults.note(f"{shown}:{line}", f"is not YAML: {error.problem}", "correct the syntax at or just above this line")
        return _nothing(faults, shown)
    except yaml.YAMLError as error:
        faults.note(shown, f"is not YAML: {error}", "remove the character")
        return _nothing(faults, shown)
    if not isinstance(root, yaml.MappingNode):
        faults.note(shown, "does not hold `key: value` lines", "write the file as its neighbours are written")
        return _nothing(faults, shown)
    whole = Entry(shown, "", root, 1)
    _note_duplicates(faults, whole)
    return Section(faults, whole)


def suggest(text: str, known: Iterable[str], otherwise: str) -> str:
    """`did you mean 'x'?` where something known is near, else `otherwise`."""
    near = get_close_matches(text, list(known), n=1)
    return f"did you mean {near[0]!r}?" if near else otherwise


def _nothing(faults: Faults, shown: str) -> Section:
    start = yaml.Mark(shown, 0, 0, 0, None, 0)
    return Section(faults, Entry(shown, "", yaml.MappingNode("", [], start, start), 1), {})


def _members(entry: Entry) -> Iterable[tuple[str, Entry]]:
    prefix = f"{entry.path}." if entry.path else ""
    for key, value in entry.node.value:
        yield str(key.value), Entry(entry.file, f"{prefix}{key.value}", value, key.start_mark.line + 1)


def _note_duplicates(faults: Faults, entry: Entry) -> None:
    if isinstance(entry.node, yaml.MappingNode):
        seen: dict[str, Entry] = {}
        for key, member in _members(entry):
            if key in seen:
                faults.note(
                    member.at(member.path),
                    f"the key stands twice (first in line {seen[key].line})",
                    "remove one of the two",
                )
            seen[key] = member
            if not isinstance(member.node, yaml.ScalarNode):
                _note_duplicates(faults, member)
    elif isinstance(entry.node, yaml.SequenceNode):
        for index, node in enumerate(entry.node.value):
            if not isinstance(node, yaml.ScalarNode):
                _note_duplicates(faults, Entry(entry.file, f"{entry.path}[{index}]", node, node.start_mark.line + 1))


def _plain(node: yaml.Node) -> object:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _plain(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item) for item in node.value]
    return str(node.value)
