"""`plausibility:` and `corrections:` of config/sources/*.yml: what a publisher's figures may be, and where one erred."""

from collections.abc import Sequence
from decimal import Decimal

from nemuro_etl.catalog.section import Section
from nemuro_etl.catalog.types import Band, Correction, Plausibility, PlausibleException
from nemuro_etl.model.period import Period


def read_plausibility(file: Section) -> tuple[Plausibility, ...]:
    """The rules in the order written; none is not a fault."""
    return tuple(_read_rule(entry) for entry in (file.items("plausibility") if "plausibility" in file else ()))


def read_corrections(file: Section) -> tuple[Correction, ...]:
    """The publisher's errors that are known; none is not a fault, one figure twice is."""
    corrections: list[Correction] = []
    for entry in file.items("corrections") if "corrections" in file else ():
        correction = Correction(
            series=entry.text("series"),
            area=entry.text("area"),
            period=_read_period(entry),
            dimensions=entry.text_or("dimensions", ""),
            found=entry.decimal("found"),
            instead=entry.decimal("instead"),
            reason=entry.text("reason"),
        )
        entry.close()
        if correction.found == correction.instead:
            entry.refuse("instead", "is what was found", "write what the figure should be, or remove the correction")
        if any(correction.key == other.key for other in corrections):
            entry.refuse_whole("corrects a figure that is corrected above", "leave one of the two")
        corrections.append(correction)
    return tuple(corrections)


def _read_rule(entry: Section) -> Plausibility:
    rule = Plausibility(
        series=entry.text("series"),
        dimensions=entry.text_or("dimensions", "") if "dimensions" in entry else None,
        between=_read_band(entry, "range"),
        year_on_year=_read_band(entry, "year_on_year"),
        exceptions=tuple(_read_exception(one) for one in entry.items("exceptions")) if "exceptions" in entry else (),
    )
    entry.close()
    if rule.between is None and rule.year_on_year is None:
        entry.refuse_whole("says nothing", "write range: {min: …, max: …}, year_on_year: {min: …, max: …}, or both")
    if rule.exceptions and rule.year_on_year is None:
        entry.refuse("exceptions", "there is no year_on_year to be excepted from", "write year_on_year, or remove them")
    return rule


def _read_band(entry: Section, key: str) -> Band | None:
    if key not in entry:
        return None
    section = entry.section(key)
    noted = len(section.faults)
    band = Band(section.decimal("min"), section.decimal("max"))
    section.close()
    if len(section.faults) == noted and band.least > band.most:
        section.refuse("min", f"{band.least} is above max {band.most}", "write the smaller number as min")
    return band


def _read_exception(entry: Section) -> PlausibleException:
    exception = PlausibleException(_read_period(entry), entry.text("reason"))
    entry.close()
    return exception


def _read_period(entry: Section) -> str:
    text = entry.text("period")
    if text:
        try:
            Period.parse(text)
        except ValueError as fault:
            entry.refuse("period", str(fault), "write the period as `nemuro facts` prints it")
    return text


def settled_text(corrections: Sequence[Correction]) -> str:
    """The corrections in canonical form: what is read from the same bytes depends on them."""
    return "\n".join(
        "\t".join((*one.key, _text(one.found), _text(one.instead)))
        for one in sorted(corrections, key=lambda one: one.key)
    )


def _text(value: Decimal) -> str:
    return str(value.normalize())
