"""Circumstances: what a mail says beside a figure – what moved a ratio, and how many hotels answered a survey."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from nemuro_etl.model.alert import Change
from nemuro_etl.model.evaluation import Actual, Evaluation
from nemuro_etl.pipeline.house import House
from nemuro_etl.pipeline.originals import reading_original

if TYPE_CHECKING:
    from nemuro_etl.mail import Move

_OF_HOTELS = "tourism.foreign"
_ANSWERED = re.compile(r"(?P<area>.+): 回答 (?P<answered>\d+)/(?P<asked>\d+) 軒")
"""As the reader of foreign guests remarks it of each municipality's sheet."""


def moves_of(house: House, changes: Sequence[Change], as_of: date) -> "Mapping[tuple[str, int], Move]":
    """By indicator and fiscal year of `changes`, what moved a ratio since the figure before it, where that is known."""
    ratios = {change.indicator for change in changes if change.now.numerator is not None}
    rows = [row for row in house.edition.indicators_on(as_of) if row.id in ratios]
    known = house.warehouse.actuals(house.edition.area, rows, as_of) if rows else {}
    moves = {}
    for change in changes:
        if move := move_to(known.get(change.indicator, ()), change.now):
            moves[change.indicator, change.now.fiscal_year] = move
    return moves


def move_to(known: Sequence[Actual], now: Evaluation) -> "Move | None":
    """What moved a ratio to the figure that `now` is rated by, from the one before it of those that are `known`.

    None where there is none before it, its parts are not known, or what is rated is no recorded figure itself.
    """
    from nemuro_etl.judging import ratio_effects
    from nemuro_etl.mail import Move

    rated = next((each for each in known if (str(each.period), each.value) == (now.period, now.actual)), None)
    before = [each for each in known if rated is not None and each.period < rated.period]
    if rated is None or not before or (effects := ratio_effects(before[-1], rated)) is None:
        return None
    return Move(before[-1], rated, *effects)


def coverage_of(house: House, changes: Sequence[Change]) -> Mapping[tuple[str, int], tuple[int, int]]:
    """By indicator and fiscal year of `changes`, how many hotels were asked and how many answered, read anew."""
    coverage = {}
    for change in changes:
        for figure in change.now.figures:
            if figure.snapshot is None or not figure.series.startswith(_OF_HOTELS):
                continue
            original = house.snapshots.find(figure.snapshot)
            with reading_original(house, house.source(figure.source), original) as contents:
                found = [match for remark in contents.remarks if (match := _ANSWERED.fullmatch(remark))]
            for match in found:
                if match["area"] == house.edition.area_name:
                    about = (change.indicator, change.now.fiscal_year)
                    coverage[about] = (int(match["asked"]), int(match["answered"]))
    return coverage
