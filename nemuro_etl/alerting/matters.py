"""What a person must act on or know tonight, each matter as one line that is the same as long as the matter is."""

from collections.abc import Collection, Iterable, Mapping

from nemuro_etl.model.evaluation import DataState, Evaluation

_OF_ONE_FIGURE = frozenset({DataState.HELD, DataState.NOT_SUBMITTED, DataState.OVERDUE})
_BEHIND_A_SOURCE = frozenset({DataState.FETCH_FAILED, DataState.UNREADABLE})


def find_matters(
    before: Collection[str], evaluations: Iterable[Evaluation], failing: Mapping[str, str], remarks: Iterable[str]
) -> frozenset[str]:
    """The matters of a night; `before`: those of the night before it; `failing`: by source how it fails.

    A matter that was not there the night before is told to the secretariat; one that is gone is not. What a failing
    source hides is no matter beside the source; what was overdue before it failed still is, so that its return is none.
    """
    figures = [
        line
        for each in evaluations
        if each.same_as is None
        for line in [_line(each, DataState.OVERDUE if each.data_state in _BEHIND_A_SOURCE else each.data_state)]
        if each.data_state in _OF_ONE_FIGURE or (each.data_state in _BEHIND_A_SOURCE and line in before)
    ]
    return frozenset((*(f"source {source}: {how}" for source, how in failing.items()), *figures, *remarks))


def _line(evaluation: Evaluation, state: DataState) -> str:
    return f"{evaluation.indicator} FY{evaluation.fiscal_year}: {state}"
