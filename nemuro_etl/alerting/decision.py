"""What to tell tonight, to whom and why: one pure function over the warning log and tonight's evaluations."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from typing import NamedTuple

from nemuro_etl.catalog.types import Bands, Calendar, Catalog, Edition, Indicator
from nemuro_etl.model.alert import Cause, Change, ChangeKind, Told
from nemuro_etl.model.evaluation import DataState, Evaluation, Rating
from nemuro_etl.model.period import fiscal_year_bounds

_CRITICAL = frozenset({Rating.FAR_BEHIND, Rating.REGRESSED})
_SLIPPING = _CRITICAL | {Rating.BEHIND}
_BROKEN = frozenset({DataState.FETCH_FAILED, DataState.UNREADABLE, DataState.HELD})
_GRACE_WITHOUT_RULE = timedelta(days=60)


class _Side(Enum):
    """On which side of the two thresholds an evaluation lies."""

    SLIP = "below warn_below"
    BETWEEN = "between the thresholds, or not a thing to warn of"
    CLEAR = "at or above clear_at"


class _News(NamedTuple):
    """One thing to tell about one indicator; `cause` only where it does not lie in the figures."""

    kind: ChangeKind
    now: Evaluation
    before: Told | None
    cause: Cause | None = None


def warning_state(told: Sequence[Told]) -> dict[tuple[str, str], Told]:
    """The open warnings by (edition, indicator): the line that last opened or moved each. Derived, never stored.

    `told` is in the order of telling.
    """
    open_warnings: dict[tuple[str, str], Told] = {}
    for line in told:
        key = (line.edition, line.indicator)
        if line.kind.keeps_open:
            open_warnings[key] = line
        elif line.kind is not ChangeKind.REVISED:
            open_warnings.pop(key, None)
    return open_warnings


def last_day_to_warn(indicator: Indicator, calendar: Calendar) -> date:
    """The last day of the row's plan plus its grace: after it nothing can open a warning.

    The grace ends when the figure of the row's last fiscal year is overdue: the calendar's date for its family plus
    the days of grace (a family that is published only for some years: the last of those), and never before that
    fiscal year is over. A family without a calendar entry has 60 days, as for its data state.
    """
    end = fiscal_year_bounds(indicator.last_fiscal_year)[1]
    rule = calendar.rule(indicator.family)
    if rule is None:
        return end + _GRACE_WITHOUT_RULE
    years = rule.only_fiscal_years or (indicator.last_fiscal_year,)
    fiscal_year = max((year for year in years if year <= indicator.last_fiscal_year), default=None)
    if fiscal_year is None:
        return end + timedelta(days=rule.grace_days)
    due = rule.publication(fiscal_year)
    return end if due is None else max(end, due.grace_ends)


def decide(
    told: Sequence[Told],
    evaluations: Sequence[Evaluation],
    *,
    edition: Edition,
    catalog: Catalog,
    as_of: date,
    margin_rating: Mapping[tuple[str, int], Rating],
    cause_of: Callable[[Told | None, Evaluation], Cause],
) -> tuple[Change, ...]:
    """Everything that changed tonight and has not been told, in the order of the document.

    `told` is the whole log in the order of telling; `evaluations` every year of every indicator tonight.
    `margin_rating` gives, by (indicator, fiscal year), the rating of a survey with its margin in the favourable
    direction; surveys without n are not in it. `cause_of` compares what was last told with tonight.
    """
    bands = catalog.bands_on(as_of)
    lines: dict[str, list[Told]] = defaultdict(list)
    for line in told:
        if line.edition == edition.id:
            lines[line.indicator].append(line)
    years: dict[str, list[Evaluation]] = defaultdict(list)
    for evaluation in evaluations:
        years[evaluation.indicator].append(evaluation)

    rows = edition.indicators_on(as_of)
    followed_plans = {row.plan for row in rows if row.id in lines}

    changes: list[Change] = []
    for indicator in rows:
        if indicator.same_as is not None:
            continue
        owner = catalog.owner_on(indicator, as_of)
        over = as_of > last_day_to_warn(indicator, catalog.calendar)
        followed = indicator.plan in followed_plans
        known, log = years[indicator.id], lines.get(indicator.id, [])
        for news in (*_news(known, log, over, followed, bands, margin_rating), *_revisions(indicator, known, log)):
            changes.append(
                Change(
                    kind=news.kind,
                    cause=news.cause or cause_of(news.before, news.now),
                    edition=edition.id,
                    indicator=indicator.id,
                    # An indicator that nobody owns today is the secretariat's.
                    department=catalog.alerting.secretariat if owner is None else owner.id,
                    now=news.now,
                    before=news.before,
                    bands=bands.since.isoformat(),
                )
            )
    return tuple(changes)


def _news(
    years: list[Evaluation],
    told: list[Told],
    over: bool,
    followed: bool,
    bands: Bands,
    margin_rating: Mapping[tuple[str, int], Rating],
) -> Iterator[_News]:
    """What the newest rated year of one indicator opens, moves or closes."""
    newest = _newest_rated(years)
    last = _last_state(told)
    open_warning = last if last is not None and last.kind.keeps_open else None

    if over and open_warning is not None:
        warned = [evaluation for evaluation in years if evaluation.fiscal_year == open_warning.fiscal_year]
        if ending := newest or next(iter(warned), None):
            yield _News(ChangeKind.CLOSED, ending, open_warning, Cause.PASSAGE_OF_TIME)
        open_warning = None

    if newest is None or not _may_move(newest, years):
        return
    if newest.closing:
        # A result that comes late is told all the same where the plan was followed; nobody is bothered with the end
        # of a plan that was over before this system first ran.
        if not any(line.kind is ChangeKind.RESULT for line in told) and (followed or not over):
            if open_warning is not None:
                yield _News(ChangeKind.CLOSED, newest, open_warning)
            yield _News(ChangeKind.RESULT, newest, last)
        return
    # A year older than the one last told is the newest only because a figure is gone.
    if over or (last is not None and newest.fiscal_year < last.fiscal_year):
        return

    side = _side(newest, bands)
    if side is _Side.CLEAR and open_warning is not None:
        yield _News(ChangeKind.RECOVERED, newest, open_warning)
    elif side is _Side.SLIP:
        new_year = open_warning is None or newest.fiscal_year > open_warning.fiscal_year
        if new_year and margin_rating.get((newest.indicator, newest.fiscal_year), newest.rating) not in _SLIPPING:
            return
        moved = 0 if open_warning is None else (newest.rating in _CRITICAL) - (open_warning.rating in _CRITICAL)
        if moved:
            yield _News(ChangeKind.WORSE if moved > 0 else ChangeKind.BETTER, newest, open_warning)
        elif new_year:
            yield _News(ChangeKind.OPENED, newest, last)


def _revisions(indicator: Indicator, years: list[Evaluation], told: list[Told]) -> Iterator[_News]:
    """Older years, and results of last years, that were told and come out differently tonight."""
    newest, last = _newest_rated(years), _last_state(told)
    if newest is None or last is None:
        return
    newest_year = max(newest.fiscal_year, last.fiscal_year)
    for evaluation in years:
        about = [line for line in told if line.fiscal_year == evaluation.fiscal_year]
        settled = evaluation.fiscal_year < newest_year or any(line.kind is ChangeKind.RESULT for line in about)
        if about and settled and _may_move(evaluation, [evaluation]):
            before = about[-1]
            if before.rating is not evaluation.rating or _stated(indicator, before.actual) != _stated(
                indicator, evaluation.actual
            ):
                yield _News(ChangeKind.REVISED, evaluation, before)


def _newest_rated(years: list[Evaluation]) -> Evaluation | None:
    return max((year for year in years if year.rating.rated), key=lambda year: year.fiscal_year, default=None)


def _last_state(told: list[Told]) -> Told | None:
    return next((line for line in reversed(told) if line.kind is not ChangeKind.REVISED), None)


def _may_move(evaluation: Evaluation, years: list[Evaluation]) -> bool:
    """Whether `evaluation` may change anything: rated, confirmed, and nothing about it or a later year is broken."""
    return (
        evaluation.rating.rated
        and evaluation.stage is not None
        and evaluation.stage.confirmed
        and not any(year.data_state in _BROKEN for year in years if year.fiscal_year >= evaluation.fiscal_year)
    )


def _side(evaluation: Evaluation, bands: Bands) -> _Side:
    if evaluation.rating in (Rating.NOT_RATED, Rating.IN_PROGRESS):
        return _Side.BETWEEN
    if evaluation.pace is None or evaluation.rating is Rating.ACHIEVED:
        return _Side.SLIP if evaluation.rating in _SLIPPING else _Side.CLEAR
    if evaluation.pace < bands.warn_below:
        return _Side.SLIP
    return _Side.CLEAR if evaluation.pace >= bands.clear_at else _Side.BETWEEN


def _stated(indicator: Indicator, actual: Decimal | None) -> Decimal | None:
    """`actual` in the decimals that the document states: what people compare."""
    return None if actual is None else actual.quantize(Decimal(1).scaleb(-indicator.decimals), ROUND_HALF_UP)
