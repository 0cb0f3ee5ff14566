"""What is wrong with the specs of furusato, tourism, fertility and projections: words that mean nothing, codes, numbers."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain

from nemuro_etl.catalog.types import FileKind
from nemuro_etl.model.area import AreaKind, five_digits
from nemuro_etl.model.figure import Stage
from nemuro_etl.sources.areas import PREFECTURES, area_kind
from nemuro_etl.sources.labels import fold, fold_path, layout_labels, layouts_of, mapping_of, sequence

Spec = Mapping[str, object]

_UNITS = {
    "furusato.amount": "円",
    "furusato.count": "件",
    "projection.population": "人",
    "vital.tfr": "",
    "tourism.visitors": "人",
    "tourism.day_visitors": "人",
    "tourism.overnight_visitors": "人",
    "tourism.guest_nights": "人",
    "tourism.foreign_overnight_visitors": "人",
    "tourism.foreign_guest_nights": "人",
}
"""The series of these sources, each with its unit: the public interface."""
_TOURISM_COLUMNS = frozenset(["圏域", "振興局", "市町村", "区分", "計", "上期計", "下期計", "前年度", "対前年比"])
_MONTH = re.compile(r"(1[0-2]|[1-9])月")
_PLACES = (AreaKind.MUNICIPALITY, AreaKind.DESIGNATED_CITY)


def find_public_faults(kind: FileKind) -> Iterator[str]:
    """Every fault of a spec that has all its keys: key, what is wrong and what to write."""
    find = _BY_READER.get(kind.reader)
    if find is None:
        return
    try:
        yield from find(kind.spec)
    except TypeError as fault:
        yield str(fault)


# --- by reader ------------------------------------------------------------------------------------------------------


def _furusato_detail(spec: Spec) -> Iterator[str]:
    yield from _meanings("keys", mapping_of(spec, "keys"), ("code", "prefecture", "municipality"), all_needed=True)
    yield from _bounds(spec, "believable_average")
    yield from _six_digit_codes(spec)
    series = mapping_of(spec, "series")
    if set(series) != {"furusato.count", "furusato.amount"}:
        yield f"series: {', '.join(series)}; write furusato.count and furusato.amount"
    for name in series:
        yield from _series_unit(f"series: {name}", name, mapping_of(series, name).get("unit"))
    yield from _layout_ids(spec, "id")
    for layout in layouts_of(spec):
        labels = list(layout_labels(layout.get("columns", [])))
        where = f"layout {layout.get('id', '?')}"
        for label in mapping_of(spec, "keys"):
            if labels.count(fold(label)) != 1:
                yield f"{where}: the key {label!r} stands {labels.count(fold(label))} times among columns, not once"
        for name in series:
            wanted = [fold_path(label) for label in sequence(mapping_of(series, name), "labels")]
            there = [label for label in labels if any(label == text or label.endswith(f"/{text}") for text in wanted)]
            if len(there) != 1:
                yield f"{where}: {len(there)} columns are {name}, not one; compare columns with the labels of series"


def _furusato_history(spec: Spec) -> Iterator[str]:
    yield from _numbers("spec", spec, ["first_year"])
    yield from _bounds(spec, "believable_average")
    yield from _six_digit_codes(spec)
    if not sequence(spec, "unit_notes"):
        yield "unit_notes: none; write how the file says that it is in 千円, like （単位：千円、件）"
    yield from _meanings(
        "totals", mapping_of(spec, "totals"), ("municipalities", "prefecture", "country"), all_needed=True
    )
    measures = mapping_of(spec, "series")
    yield from _twice("series", measures)
    for label in measures:
        measure = mapping_of(measures, label)
        yield from _series_unit(f"series: {label}", measure.get("series", ""), measure.get("unit"))
        yield from _numbers(f"series: {label}", measure, ["factor"])


def _tourism_areas(spec: Spec) -> Iterator[str]:
    """What the report and the table of foreign guests share."""
    names = {**mapping_of(spec, "former_areas"), **mapping_of(spec, "areas")}
    earlier = mapping_of(spec, "earlier_codes")
    for key, codes in (
        ("areas", mapping_of(spec, "areas")),
        ("former_areas", mapping_of(spec, "former_areas")),
        ("earlier_codes", {name: str(mapping_of(earlier, name).get("code")) for name in earlier}),
    ):
        yield from _twice(key, codes)
        seen: dict[str, str] = {}
        for name, code in codes.items():
            if not re.fullmatch(r"\d{5}", code) or area_kind(code, name) not in _PLACES:
                yield f"{key}: {name} has {code!r}; write its code of five digits as text"
            if seen.setdefault(code, name) != name:
                yield f"{key}: {name} has the code {code} of {seen[code]}"
    for name in earlier:
        yield from _numbers(f"earlier_codes: {name}", mapping_of(earlier, name), ["through"])
    for name in [*mapping_of(spec, "misspellings").values(), *earlier]:
        if name not in names:
            yield f"misspellings, earlier_codes: {name} is neither under areas nor under former_areas"
    yield from _meanings("subtotals", mapping_of(spec, "subtotals"), ("bureau", "region", "all"))


def _tourism_report(spec: Spec) -> Iterator[str]:
    yield from _tourism_areas(spec)
    columns = mapping_of(spec, "columns")
    yield from _twice("columns", columns)
    yield from _meanings("columns", columns, tuple(_TOURISM_COLUMNS))
    measures, series = mapping_of(spec, "measures"), mapping_of(spec, "series")
    yield from _twice("measures", measures)
    if set(measures.values()) != set(series):
        yield f"series: {', '.join(series)}; write those that measures name: {', '.join(measures.values())}"
    for name in series:
        yield from _series_unit(f"series: {name}", mapping_of(series, name).get("series", ""), "人")
    for identity in sequence(spec, "identities"):
        words = identity.split()
        if identity.count(" = ") != 1 or any(word not in series for word in words if word not in ("+", "=")):
            yield f"identities: {identity!r} is not like “a + b = c” with names under series"
    yield from _numbers("tolerances", mapping_of(spec, "tolerances"), ["parts", "months"])
    yield from _numbers("spec", spec, ["largest_year"])
    years = chain(sequence(spec, "fraction_years"), *mapping_of(spec, "unrounded").values())
    yield from (f"fraction_years, unrounded: {year!r} is no year" for year in years if not _year(year))
    yield from _layout_ids(spec, "id")
    known = {*map(fold_path, columns), *_TOURISM_COLUMNS}
    for layout in layouts_of(spec):
        where = f"layout {layout.get('id', '?')}"
        if layout.get("stage") not in {stage.value for stage in Stage}:
            yield f"{where}: stage {layout.get('stage')!r}; write one of: {', '.join(stage.value for stage in Stage)}"
        labels = sequence(layout, "columns")
        for label in labels:
            if fold_path(label) not in known and not _MONTH.fullmatch(fold(label)):
                yield f"{where}: the column {label!r} has no meaning; add it under columns"
        for label in sequence(layout, "optional"):
            if label not in labels:
                yield f"{where}: optional {label!r} is not among columns"


def _tourism_foreign(spec: Spec) -> Iterator[str]:
    yield from _tourism_areas(spec)
    yield from _meanings("keys", mapping_of(spec, "keys"), ("month", "measure"), all_needed=True)
    yield from _meanings("rows", mapping_of(spec, "rows"), ("total", "previous", "ratio"), all_needed=True)
    labels = [*mapping_of(spec, "keys"), *sequence(spec, "total_column"), *mapping_of(spec, "countries")]
    yield from _twice("keys, total_column, countries", labels)
    named: dict[str, str] = {}
    for label, name in mapping_of(spec, "countries").items():
        if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name):
            yield f"countries: {label} is {name!r}; write small letters, like hong-kong"
        if named.setdefault(name, label) != label:
            yield f"countries: {label} and {named[name]} are both {name!r}"
    for label, name in mapping_of(spec, "measures").items():
        yield from _series_unit(f"measures: {label}", name, "人")


def _fertility(spec: Spec) -> Iterator[str]:
    yield from _numbers("spec", spec, ["years", "decimals"])
    yield from _bounds(spec, "believable_areas")
    yield from _bounds(spec, "believable_rate")
    yield from _series_unit("series", spec["series"], "")
    yield from _layout_ids(spec, "id")
    for layout in layouts_of(spec):
        where = f"layout {layout.get('id', '?')}"
        numbers = list(_numbers(where, layout, ["header_rows", "rate_row"]))
        yield from numbers
        if not numbers and not 1 <= int(str(layout["rate_row"])) <= int(str(layout["header_rows"])):
            yield f"{where}: rate_row {layout['rate_row']} is none of its {layout['header_rows']} header_rows"
        labels = sequence(layout, "columns")
        yield from _twice(f"{where}: columns", labels)
        for key in ("area", "rate"):
            if layout.get(key) not in labels:
                yield f"{where}: {key} {layout.get(key)!r} is not among columns"


def _projection(spec: Spec) -> Iterator[str]:
    keys = ("code", "kind", "prefecture", "municipality")
    yield from _meanings("keys", mapping_of(spec, "keys"), keys, all_needed=True)
    yield from _series_unit("series", spec["series"], spec["unit"])
    yield from _bounds(spec, "believable_areas")
    kinds = mapping_of(spec, "kinds")
    for mark in kinds:
        for word in sequence(kinds, mark):
            if word not in set(AreaKind):
                yield f"kinds: {mark} may be {word!r}; write one of: {', '.join(AreaKind)}"
    tables = mapping_of(spec, "tables")
    yield from _twice("tables", list(chain.from_iterable(sequence(tables, age) for age in tables)))
    yield from _layout_ids(spec, "vintage")
    yield from _numbers("spec", spec, ["years_step"])
    for layout in layouts_of(spec):
        where = f"layout {layout.get('vintage', '?')}"
        years = {"vintage": layout.get("vintage"), "first": layout.get("first"), "last": layout.get("last")}
        years |= mapping_of(layout, "unused") if "unused" in layout else {}
        wrong = [f"{where}: {key} {year!r} is no year" for key, year in years.items() if not _year(year)]
        yield from wrong
        step = str(spec["years_step"])
        if not wrong and step.isdigit() and (int(str(layout["last"])) - int(str(layout["first"]))) % int(step):
            yield f"{where}: from {layout['first']} to {layout['last']} it is no whole number of steps of {step} years"


_BY_READER: Mapping[str, Callable[[Spec], Iterator[str]]] = {
    "furusato_detail": _furusato_detail,
    "furusato_history": _furusato_history,
    "tourism_report": _tourism_report,
    "tourism_foreign": _tourism_foreign,
    "fertility_table": _fertility,
    "projection_table": _projection,
}


# --- what they share ------------------------------------------------------------------------------------------------


def _year(text: object) -> bool:
    return re.fullmatch(r"(19|20)\d\d", str(text)) is not None


def _numbers(where: str, mapping: Mapping[str, object], keys: Sequence[str]) -> Iterator[str]:
    for key in keys:
        if not re.fullmatch(r"\d+", str(mapping.get(key))):
            yield f"{where}: {key} {mapping.get(key)!r} is no whole number"


def _bounds(spec: Spec, key: str) -> Iterator[str]:
    bounds = mapping_of(spec, key)
    texts = [str(bounds.get(end)) for end in ("min", "max")]
    if not all(re.fullmatch(r"\d+(\.\d+)?", text) for text in texts) or float(texts[0]) > float(texts[1]):
        yield f"{key}: {bounds}; write min and max, the smaller number first"


def _meanings(
    where: str, mapping: Mapping[str, str], known: Sequence[str], *, all_needed: bool = False
) -> Iterator[str]:
    for label, meaning in mapping.items():
        if meaning not in known:
            yield f"{where}: {label} means {meaning!r}; write one of: {', '.join(sorted(known))}"
    for meaning in known if all_needed else ():
        if meaning not in mapping.values():
            yield f"{where}: nothing means {meaning!r}"


def _series_unit(where: str, series: object, unit: object) -> Iterator[str]:
    if series not in _UNITS:
        yield f"{where}: {series!r} is no series; write one of: {', '.join(_UNITS)}"
    elif unit != _UNITS[str(series)]:
        yield f"{where}: {series} is in {unit!r}; its unit is {_UNITS[str(series)]!r}"


def _twice(where: str, labels: Collection[str]) -> Iterator[str]:
    """Labels that are the same once they are folded: the later one would silently take the other's place."""
    seen: dict[str, str] = {}
    for label in labels:
        if fold_path(label) in seen:
            yield f"{where}: {label!r} and {seen[fold_path(label)]!r} read the same"
        seen[fold_path(label)] = label


def _layout_ids(spec: Spec, key: str) -> Iterator[str]:
    seen = set()
    for number, layout in enumerate(layouts_of(spec), 1):
        if not layout.get(key):
            yield f"layouts: the {number}. has no {key}"
        elif layout[key] in seen:
            yield f"layouts: {key} {layout[key]!r} twice"
        seen.add(layout.get(key))


def _six_digit_codes(spec: Spec) -> Iterator[str]:
    """By prefecture: a text of codes and names in turn, the prefecture's own first."""
    for prefecture, text in mapping_of(spec, "codes").items():
        words = text.split()
        if len(words) % 2 or not words or words[1] != prefecture:
            yield f"codes: {prefecture}: write a code and a name in turn, the prefecture itself first"
            continue
        names = words[1::2]
        yield from _twice(f"codes: {prefecture}", names)
        for code, name in zip(words[::2], names, strict=True):
            try:
                five = five_digits(code)
            except ValueError as fault:
                yield f"codes: {prefecture}: {name}: {fault}"
                continue
            if five[:2] not in PREFECTURES or five[:2] != words[0][:2] or area_kind(five, name) is None:
                yield f"codes: {prefecture}: {code} and {name} do not belong together"
