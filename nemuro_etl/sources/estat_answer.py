"""e-Stat's API: an answer to getStatsData as JSON, taken apart, or refused in the publisher's own words.

What is one is an object and what are several is a list (CLASS, CLASS_OBJ, VALUE, NOTE); STATUS is a number or a text.
"""

import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from io import BufferedIOBase
from typing import Any

from nemuro_etl.errors import FileUnreadable
from nemuro_etl.sources.faults import Place


@dataclass(frozen=True, slots=True)
class Answer:
    """One table, or a page of it: its classes, and its values as the publisher gives them."""

    place: Place
    table: str
    updated: str
    """The day of the table's last change, as the publisher writes it; "" where it is not said."""
    narrowing: Mapping[str, Any] | None
    """By what the request was narrowed (CODE_CAT03_SELECT, …); None where that is not said."""
    classes: Mapping[str, list[Mapping[str, Any]]]
    """Codes and names by class object."""
    codes: Mapping[str, frozenset[str]]
    """The codes alone."""
    values: list[Mapping[str, Any]]
    remarks: tuple[str, ...]
    """That it is one page of several, if it is."""

    def code(self, where: str, value: Mapping[str, Any], name: str) -> str:
        """The code of a value in a class, which must be one of the class's."""
        code = str(value.get(f"@{name}"))
        if code not in self.codes[name]:
            raise self.place.implausible(f"{where}: @{name} {code}", f"expected a code of CLASS_INF/{name}")
        return code


def is_json(start: bytes) -> bool:
    """Whether a text that begins so is JSON."""
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def open_answer(place: Place, content: BufferedIOBase, tables: Collection[str]) -> Answer:
    """The answer in `content`, which must hold one of `tables`."""
    try:
        answer = json.loads(content.read().decode("utf-8-sig"))
    except ValueError as fault:
        raise _unreadable(place, f"JSON that is cut short or damaged: {fault}") from None
    envelope = next(iter(answer.values())) if len(answer) == 1 else None
    if not isinstance(envelope, dict) or not isinstance(envelope.get("RESULT"), dict):
        raise place.layout_changed(
            f"no envelope of e-Stat's API: {', '.join(list(answer)[:5])}",
            "expected one key GET_STATS_DATA with RESULT and STATISTICAL_DATA",
        )
    status = str(envelope["RESULT"].get("STATUS"))
    if status != "0":
        raise _unreadable(place, f"STATUS {status}: {envelope['RESULT'].get('ERROR_MSG')}")
    data = envelope.get("STATISTICAL_DATA")
    if "GET_STATS_DATA" not in answer or not isinstance(data, dict):
        raise place.layout_changed(
            f"{next(iter(answer))} holds no figures", "expected an answer of getStatsData with STATISTICAL_DATA"
        )
    table = _part(place, data, "TABLE_INF")
    if str(table.get("@id")) not in tables:
        raise place.layout_changed(
            f"TABLE_INF/@id: the table {table.get('@id')}", f"expected one of the declared tables {', '.join(tables)}"
        )
    objects = _entries(place, "CLASS_INF/CLASS_OBJ", _part(place, data, "CLASS_INF").get("CLASS_OBJ"), "@id", "CLASS")
    classes = {
        str(entry["@id"]): _entries(place, f"CLASS_INF/{entry['@id']}", entry["CLASS"], "@code", "@name")
        for entry in objects
    }
    values = _entries(place, "DATA_INF/VALUE", _part(place, data, "DATA_INF").get("VALUE"))
    parameter = envelope.get("PARAMETER")
    return Answer(
        place=place,
        table=str(table["@id"]),
        updated=str(table.get("UPDATED_DATE", "")),
        narrowing=_narrowing(parameter) if isinstance(parameter, dict) else None,
        classes=classes,
        codes={name: frozenset(str(one["@code"]) for one in many) for name, many in classes.items()},
        values=values,
        remarks=_page(place, data.get("RESULT_INF"), len(values)),
    )


def _narrowing(parameter: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """None where a data set that somebody registered (DATASET_ID) narrows it: the answer does not say to what."""
    narrowing = parameter.get("NARROWING_COND") or {}
    return narrowing if isinstance(narrowing, dict) and "DATASET_ID" not in parameter else None


def _page(place: Place, result: Any, values: int) -> tuple[str, ...]:
    """Refuse an answer with fewer values than it says; a remark where it says that it is one page of several."""
    says = result if isinstance(result, dict) else {}

    def number(key: str, otherwise: int) -> int:
        text = str(says.get(key, otherwise))
        if not re.fullmatch(r"\d{1,12}", text):
            raise place.implausible(f"RESULT_INF/{key}: “{text}”", "expected a whole number")
        return int(text)

    first, total = number("FROM_NUMBER", 1), number("TOTAL_NUMBER", values)
    last = first + values - 1
    goes_on = "NEXT_KEY" in says
    if (
        not values
        or number("TO_NUMBER", last) != last
        or (number("NEXT_KEY", 0) != last + 1 or last >= total if goes_on else last != total)
    ):
        raise place.implausible(
            f"RESULT_INF: {values} values from {first} of {total}",
            f"expected as many values as it says: to {says.get('TO_NUMBER', total)}, then "
            + (f"a page from {says['NEXT_KEY']}" if goes_on else "none"),
        )
    if values == total:
        return ()
    return (f"values {first}–{last} of {total}: one page of a table in several answers",)


def _part(place: Place, data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = data.get(name)
    if not isinstance(part, dict):
        raise place.layout_changed(
            f"STATISTICAL_DATA without {name}", "expected TABLE_INF, CLASS_INF (metaGetFlg=Y) and DATA_INF"
        )
    return part


def _entries(place: Place, where: str, value: Any, *keys: str) -> list[Mapping[str, Any]]:
    """One object or several, as a list; each has `keys`."""
    entries = value if isinstance(value, list) else [] if value is None else [value]
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict) or any(key not in entry for key in keys):
            raise place.layout_changed(
                f"{where} {number}: {str(entry)[:60]}",
                f"expected an object with {', '.join(keys) or 'its classes'}",
            )
    return entries


def _unreadable(place: Place, found: str) -> FileUnreadable:
    return FileUnreadable(
        what=f"{place.file} is no table of e-Stat",
        expected=f"expected an answer of getStatsData with STATUS 0; found: {found}",
        kept="the original is kept; nothing of this file was loaded",
        remedy=f"STATUS 100 asks for another NEMURO_ESTAT_APP_ID, others for another request; "
        f"then: nemuro ingest {place.source.id} {place.file}",
    )
