"""What is wrong with the layouts that config/sources/ declares, before any file meets them."""

from collections.abc import Iterator, Mapping

from nemuro_etl.catalog.types import FileKind
from nemuro_etl.sources.labels import fold_path, layouts_of, mapping_of, sequence

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
    "customs_csv": "columns months directions unit stage stage_by_name offices whole_chapters year_tolerance "
    "unit_pattern country_name layouts",
}
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
            yield from _key_faults("spec", kind.spec, needed, needed)
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
