"""What a publisher's figures may be, and its known errors put right, by the rules of config/sources/."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nemuro_etl.catalog.types import Band, Correction, Plausibility, Source
from nemuro_etl.errors import FigureImplausible
from nemuro_etl.model.figure import decimal_text
from nemuro_etl.model.period import Period, PeriodKind

Known = Mapping[tuple[str, str, str], Decimal]
"""The city's recorded figures by series, dimensions and period."""


def correct(source: Source, name: str, frames: Iterable[pd.DataFrame], remarks: list[str]) -> Iterator[pd.DataFrame]:
    """The frames with the publisher's known errors put right; `remarks` gets a line for each that was met.

    Raises FigureImplausible where a figure is neither what config expects to find nor what it should be.
    """
    for frame in frames:
        for correction in source.corrections:
            rows = np.flatnonzero(_rows_of(frame, correction))
            if len(rows):
                frame = _put_right(source, name, frame, correction, int(rows[0]), remarks)
        yield frame


def check(source: Source, name: str, frames: Iterable[pd.DataFrame], area: str, known: Known) -> Iterator[pd.DataFrame]:
    """The frames, each after it was found plausible; `area` is the city's.

    Raises FigureImplausible at the first figure outside its range, or too far from the year before.
    """
    for frame in frames:
        for rule in source.plausibility:
            chosen = _is(frame["series"], rule.series)
            if rule.dimensions is not None:
                chosen = chosen & _is(frame["dimensions"], rule.dimensions)
            if not chosen.any():
                continue
            if rule.between is not None:
                _check_range(source, name, frame[chosen], rule.between)
            if rule.year_on_year is not None:
                _check_change(source, name, frame[chosen & _is(frame["area"], area)], rule, rule.year_on_year, known)
        yield frame


def years_before(source: Source) -> Sequence[str]:
    """The series of which the figures of the year before are wanted."""
    return tuple(dict.fromkeys(rule.series for rule in source.plausibility if rule.year_on_year is not None))


def _is(column: "pd.Series[Any]", text: str) -> npt.NDArray[np.bool_]:
    return (column == text).to_numpy(dtype=bool)


def _rows_of(frame: pd.DataFrame, correction: Correction) -> npt.NDArray[np.bool_]:
    columns = zip(("series", "area", "period", "dimensions"), correction.key, strict=True)
    chosen = np.ones(len(frame), dtype=np.bool_)
    for column, text in columns:
        chosen &= _is(frame[column], text)
    return chosen


def _put_right(
    source: Source, name: str, frame: pd.DataFrame, correction: Correction, row: int, remarks: list[str]
) -> pd.DataFrame:
    value = Decimal(str(frame["value"].iloc[row]))
    where = f"{_place(frame, row)}: {' '.join(filter(None, correction.key))}"
    if value == correction.instead:
        remarks.append(
            f"{where} is {decimal_text(value)}: the publisher has put it right; older files still need the correction "
            f"in {source.config_file}"
        )
        return frame
    if value != correction.found:
        raise _implausible(
            source,
            f"{name}: {where} is {decimal_text(value)}",
            f"expected {decimal_text(correction.found)}, the publisher's known error, or {decimal_text(correction.instead)}",
            f"look at the file; correct or remove the correction in {source.config_file}",
        )
    remarks.append(
        f"{where} is {decimal_text(value)}, taken as {decimal_text(correction.instead)}: {correction.reason}"
    )
    values = frame["value"].to_numpy(dtype=object).copy()
    values[row] = correction.instead if frame["value"].dtype == object else int(correction.instead)
    return frame.assign(value=pd.Series(values, index=frame.index).astype(frame["value"].dtype))


def _check_range(source: Source, name: str, frame: pd.DataFrame, band: Band) -> None:
    values = frame["value"].to_numpy()
    whole = values.dtype == np.int64  # compared with decimals, a million whole numbers would each become an object
    least, most = (math.ceil(band.least), math.floor(band.most)) if whole else (band.least, band.most)
    outside = np.flatnonzero((values < least) | (values > most))
    if len(outside):
        row = int(outside[0])
        raise _implausible(
            source,
            f"{name}: {_place(frame, row)}: {_figure(frame, row)} is {decimal_text(Decimal(str(values[row])))}",
            f"expected {decimal_text(band.least)} to {decimal_text(band.most)}",
            f"if the figure is real, widen the range in {source.config_file}",
        )


def _check_change(source: Source, name: str, frame: pd.DataFrame, rule: Plausibility, band: Band, known: Known) -> None:
    keys = list(zip(frame["series"], frame["dimensions"], frame["period"], strict=True))
    values = [Decimal(str(value)) for value in frame["value"]]
    figures = {**known, **dict(zip(keys, values, strict=True))}
    excepted = {exception.period for exception in rule.exceptions}
    for row, ((series, dimensions, period), value) in enumerate(zip(keys, values, strict=True)):
        before = _year_before(period)
        old = None if before is None else figures.get((series, dimensions, before))
        if not old or period in excepted or value / old in band:
            continue
        raise _implausible(
            source,
            f"{name}: {_place(frame, row)}: {_figure(frame, row)} is {decimal_text(value)}, "
            f"{value / old:.3g} times the {decimal_text(old)} of {before}",
            f"expected {decimal_text(band.least)} to {decimal_text(band.most)} times",
            f"if the figure is real, add `- {{period: {period}, reason: …}}` under exceptions of {series} in "
            f"{source.config_file}",
        )


def _year_before(text: str) -> str | None:
    """The same period a year earlier: FY2014 of FY2015; None for a span, and for a month, which may be anything."""
    period = Period.parse(text)
    match period.kind:
        case PeriodKind.FISCAL_YEAR:
            return f"FY{period.first.year - 1}"
        case PeriodKind.MONTH | PeriodKind.SPAN:
            return None
        case _:
            return f"{int(text[:4]) - 1}{text[4:]}"


def _place(frame: pd.DataFrame, row: int) -> str:
    sheet, cell = frame["sheet"].iloc[row], frame["cell"].iloc[row]
    return f"{sheet}!{cell}" if sheet else str(cell)


def _figure(frame: pd.DataFrame, row: int) -> str:
    parts = (frame[column].iloc[row] for column in ("series", "area", "period", "dimensions"))
    return " ".join(str(part) for part in parts if part)


def _implausible(source: Source, what: str, expected: str, remedy: str) -> FigureImplausible:
    return FigureImplausible(
        what=what,
        expected=expected,
        kept="the original is kept; nothing of this file was loaded",
        remedy=f"{remedy}; then: nemuro collect {source.id}",
    )
