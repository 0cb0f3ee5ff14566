"""What is wrong with the layouts that config/sources/ declares, before any file meets them."""

import re
from collections.abc import Iterator, Mapping

from nemuro_etl.catalog.types import FileKind
from nemuro_etl.model.figure import Stage
from nemuro_etl.sources.areas import area_kind
from nemuro_etl.sources.labels import fold_path, layouts_of, mapping_of, sequence
from nemuro_etl.sources.public_spec import find_public_faults

_SHEET_KEYS = frozenset(
    [
        "title_says",
        "nationalities",
        "keys",
        "sexes",
        "total_row",
        "blank_marks",
        "note_mark",
        "name_mark",
        "county_like",
        "believable_areas",
        "columns",
        "measures",
        "rate_base",
        "identities",
        "remainder",
        "layouts",
    ]
)
_SHEET_OPTIONAL = frozenset(["sexes", "rate_base", "identities", "remainder"])
_LAYOUT_KEYS = frozenset(
    [
        "id",
        "sheets",
        "nationality",
        "unsaid_nationality",
        "reference_day",
        "dynamics",
        "header_rows",
        "unit_notes",
        "unit_row",
        "rates",
        "rate_marks",
        "withheld_marks",
        "subtotals_without_code",
        "columns",
    ]
)
_TEXT_KEYS = frozenset(
    [
        "encodings",
        "first_label",
        "believable_rows",
        "keys",
        "columns",
        "households",
        "population",
        "nationality",
        "layouts",
    ]
)
# By reader: its keys, all needed.
_PUBLIC_KEYS = {
    "tourism_report": "areas former_areas earlier_codes misspellings regions bureaus bureau_endings subtotals unit_notes "
    "marks provisional_words tolerances largest_year fraction_years unrounded measures series identities columns layouts",
    "tourism_foreign": "title_says areas former_areas earlier_codes misspellings subtotals marks provisional_words keys "
    "total_column countries measures rows",
    "furusato_detail": "title_says keys code_sheet preface_year unit_notes believable_average series codes layouts",
    "furusato_history": "title_says keys first_year unit_notes series totals believable_average codes",
    "fertility_table": "title_says rate_labels unit_notes years series decimals missing_marks country_labels "
    "health_centres note_marks believable_areas believable_rate layouts",
    "projection_table": "title_says code_labels unit_notes note_marks series unit sex keys kinds tables years_step "
    "believable_areas layouts",
    "estat_values": "tables",
    "customs_csv": "columns months directions unit stages stage_by_name offices detail_offices whole_chapters "
    "year_tolerance unit_pattern country_name layouts",
    "estat_trade": "like tables measures",
}
_LIKE = {"months_after": "1", "next_year": "11-30", "since": "2020"}
_CHOICES = {
    "dynamics": ("fiscal year", "calendar year"),
    "rates": ("checked", "blank", "unchecked"),
    "unit_row": ("yes",),
}


def find_faults(kind: FileKind) -> Iterator[str]:
    """Every fault of one kind of file: key, what is wrong and what to write; none for a kind that can be read."""
    match kind.reader:
        case "registry_sheet":
            allowed, optional = _SHEET_KEYS, _SHEET_OPTIONAL
        case "open_data_csv":
            allowed, optional = _TEXT_KEYS, frozenset()
        case reader if reader in _PUBLIC_KEYS:
            needed = frozenset(_PUBLIC_KEYS[reader].split())
            faults = list(_key_faults("spec", kind.spec, needed, needed))
            if reader == "customs_csv" and not faults:
                faults += [*_stage_faults(kind.spec), *_office_faults(kind.spec)]
            if reader == "estat_trade" and not faults:
                faults += _table_faults(kind.spec)
            yield from faults or find_public_faults(kind)
            return
        case _:
            yield f"reader: {kind.reader!r} is no reader; write registry_sheet or open_data_csv"
            return
    keys = list(_key_faults("spec", kind.spec, allowed, allowed - optional))
    yield from keys
    if keys:
        return
    labels = {fold_path(label) for key in ("columns", "keys") for label in mapping_of(kind.spec, key)}
    for layout in layouts_of(kind.spec):
        where = f"layout {layout.get('id', '?')}"
        if kind.reader == "registry_sheet":
            yield from _layout_faults(where, layout, kind.spec)
        for label in sequence(layout, "columns"):
            if fold_path(label) not in labels:
                yield f"{where}: the column {label!r} has no meaning; add it under columns or keys"
    if kind.reader == "registry_sheet":
        yield from _measure_faults(kind.spec)


def _key_faults(
    where: str, mapping: Mapping[str, object], allowed: frozenset[str], needed: frozenset[str]
) -> Iterator[str]:
    for key in sorted(mapping.keys() - allowed):
        yield f"{where}: unknown key {key!r}; write one of: {', '.join(sorted(allowed))}"
    for key in sorted(needed - mapping.keys()):
        yield f"{where}: {key!r} is missing"


def _layout_faults(where: str, layout: Mapping[str, object], spec: Mapping[str, object]) -> Iterator[str]:
    needed = frozenset({"id", "sheets", "reference_day", "header_rows", "columns"})
    yield from _key_faults(
        where, layout, _LAYOUT_KEYS, needed | ({"dynamics", "rates"} if "rate_base" in spec else set())
    )
    for key, choices in _CHOICES.items():
        if key in layout and layout[key] not in choices:
            yield f"{where}: {key} {layout[key]!r}; write {' or '.join(choices)}"
    if not str(layout.get("header_rows", "1")).isdigit():
        yield f"{where}: header_rows {layout['header_rows']!r} is no number"
    nationalities = mapping_of(spec, "nationalities")
    if ("nationality" in layout) == ("unsaid_nationality" in layout):
        yield f"{where}: give either nationality or unsaid_nationality"
    elif layout.get("nationality", next(iter(nationalities))) not in nationalities:
        yield f"{where}: nationality {layout['nationality']!r}; write one of: {', '.join(nationalities)}"
    elif layout.get("unsaid_nationality", "total") not in nationalities.values():
        yield f"{where}: unsaid_nationality {layout['unsaid_nationality']!r}; write one of: {', '.join(nationalities.values())}"


def _measure_faults(spec: Mapping[str, object]) -> Iterator[str]:
    measures = spec["measures"]
    assert isinstance(measures, dict)
    for label, name in mapping_of(spec, "columns").items():
        if name not in measures:
            yield f"columns: {label} means {name!r}, which is not under measures"
    for name, measure in measures.items():
        if not isinstance(measure, dict) or "unit" not in measure or measure.get("at") not in ("date", "period"):
            yield f"measures: {name} needs a unit, and at: date or period"
    for identity in sequence(spec, "identities"):
        words = identity.split()
        if identity.count(" = ") != 1 or any(word not in measures for word in words if word not in ("+", "-", "=")):
            yield f"identities: {identity!r} is not like “a + b - c = d” with names under measures"


def _stage_faults(spec: Mapping[str, object]) -> Iterator[str]:
    rules = spec["stages"]
    assert isinstance(rules, list)
    labels = [stage.value for stage in Stage]
    named = mapping_of(spec, "stage_by_name").values()
    for label in [*(rule.get("stage", "") for rule in rules), *named]:
        if label not in labels:
            yield f"stages: {label!r} is no stage; write one of: {', '.join(labels)}"
    for rule in rules:
        if ("months_after" in rule) == ("next_year" in rule):
            yield f"stages: {rule}: give either months_after or next_year"
        for key, form in (
            ("months_after", r"[1-9]"),
            ("next_year", r"(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8]|30)"),
            ("since", r"\d{4}"),
        ):
            if key in rule and not re.fullmatch(form, rule[key]):
                yield f"stages: {key} {rule[key]!r}; write one like {_LIKE[key]}"
    for direction in mapping_of(spec, "directions"):
        of = [rule for rule in rules if direction in sequence(rule, "of")]
        if not of or "months_after" not in of[0] or "since" in of[0]:
            yield f"stages: the first one of {direction} must say months_after, for all years"


def _office_faults(spec: Mapping[str, object]) -> Iterator[str]:
    offices = mapping_of(spec, "offices")
    for code in offices:
        declared = mapping_of(offices, code)
        if not re.fullmatch(r"\d{3}", code):
            yield f"offices: {code!r} is no code of an office; write its three digits"
        if declared.keys() != {"area", "name"} or area_kind(declared["area"], declared["name"]) is None:
            yield f"offices: {code} is {declared}; write the code of a municipality and its name"


def _table_faults(spec: Mapping[str, object]) -> Iterator[str]:
    tables = mapping_of(spec, "tables")
    for number in tables:
        table = mapping_of(tables, number)
        if table.get("direction") not in ("1", "2") or not re.fullmatch(r"\d{4}-(\d{4})?", table.get("years", "")):
            yield f"tables: {number} is {table}; write the direction, 1 or 2, and the years, like 2021-2022 or 2023-"
