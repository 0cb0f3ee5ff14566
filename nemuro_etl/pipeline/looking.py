"""Look: recorded figures, where every indicator stands now, and the chain from a rating to its cell."""

from collections.abc import Iterator, Sequence
from datetime import date
from difflib import get_close_matches

from nemuro_etl.catalog.types import Indicator
from nemuro_etl.errors import UsageWrong
from nemuro_etl.model.evaluation import DATA_STATE_LABELS, RATING_LABELS, Evaluation, Rating
from nemuro_etl.model.figure import Figure, decimal_text
from nemuro_etl.model.period import TOKYO
from nemuro_etl.model.returned import Returned
from nemuro_etl.pipeline.answering import answer_states
from nemuro_etl.pipeline.circumstances import move_to
from nemuro_etl.pipeline.delivering import halt_of
from nemuro_etl.pipeline.house import House
from nemuro_etl.pipeline.judging import evaluate
from nemuro_etl.pipeline.rhythm import month_before, month_of
from nemuro_etl.pipeline.warning import night_of
from nemuro_etl.report.explanation import Explanation
from nemuro_etl.sources.masking import mask_secrets

_UNASKED = "e-Stat is not asked: NEMURO_ESTAT_APP_ID is not set"


def facts(
    house: House,
    series: str,
    *,
    area: str | None = None,
    period: str | None = None,
    as_of: date | None = None,
    all_vintages: bool = False,
) -> Iterator[Figure]:
    """Recorded figures of a series, by dimensions, period and area."""
    return house.warehouse.figures(
        series, area=area, period=period, as_of=as_of or house.today, all_vintages=all_vintages
    )


def sources(house: House) -> Iterator[dict[str, object]]:
    """Every source: how it is, where its files come from, and the original it last brought."""
    conditions = house.warehouse.source_conditions(house.today)
    newest = {snapshot.source: snapshot for snapshot in house.snapshots.all()}
    for source in house.catalog.sources:
        last = newest.get(source.id)
        unasked = house.settings.estat_app_id is None and any(one.needs_app_id for one in source.endpoints)
        yield {
            "source": source.id,
            "title": source.title,
            "condition": str(conditions.get(source.id, "never collected")),
            "folder": str(house.settings.home / "inbox" / source.folder),
            "endpoints": [mask_secrets(endpoint.text) for endpoint in source.endpoints],
            "remark": _UNASKED if unasked else "",
            "cadence": source.cadence,
            "last_original": None if last is None else last.name,
            "obtained_at": None if last is None else last.obtained_at.astimezone(TOKYO).isoformat(),
            "credit": source.credit,
        }


def alerts(house: House) -> Iterator[dict[str, object]]:
    """Every open warning: in which year and how it stands, whose it is, and whether it is answered or silenced."""
    from nemuro_etl.alerting import warning_state

    rows = {row.id: row for row in house.edition.indicators_on(house.today)}
    warnings = warning_state(house.warehouse.told(house.edition.id))
    states = answer_states(house, warnings.values())
    for (edition, indicator), line in warnings.items():
        row = rows.get(indicator)
        owner = None if row is None else house.catalog.owner_on(row, house.today)
        yield {
            "edition": edition,
            "indicator": indicator,
            "name": None if row is None else row.name,
            "department": None if owner is None else owner.name,
            "fiscal_year": line.fiscal_year,
            "rating": str(line.rating),
            "rating_label": RATING_LABELS[line.rating],
            "actual": None if line.actual is None else decimal_text(line.actual),
            "target": None if line.target is None else decimal_text(line.target),
            "told": line.as_of.isoformat(),
            **states[indicator],
        }


def outbox(house: House) -> Iterator[dict[str, object]]:
    """Every mail that was written, and what became of it."""
    for one in house.warehouse.mails():
        yield {
            "key": one.mail.key,
            "night": one.mail.night.isoformat(),
            "kind": str(one.mail.kind),
            "to": one.mail.to,
            "subject": one.mail.subject,
            "status": one.status,
            "not_before": one.mail.not_before.isoformat(),
            "sent_at": None if one.sent_at is None else one.sent_at.astimezone(TOKYO).isoformat(),
            "attempts": one.attempts,
            "released_by": one.released_by,
            "remark": _remark(one.status, one.doubts, halted=halt_of(house.settings) is not None),
            "last_error": one.last_error,
        }


def _remark(status: str, doubts: int, *, halted: bool) -> str:
    """What the status of a mail does not say: whether it left twice, and what it waits for."""
    if status == "held":
        return "waits for: nemuro outbox release --by WHO"
    if status in ("refused", "doubtful"):
        return "waits for a decision: nemuro outbox retry KEY"
    if status == "sent":
        return "perhaps sent twice, with the same Message-ID" if doubts else ""
    said = "perhaps sent; is sent once more with the same Message-ID" if doubts else ""
    return "; ".join(filter(None, (said, "withheld: STOP" if halted and status == "pending" else "")))


def status(house: House) -> Iterator[dict[str, object]]:
    """Every indicator now: its newest rated year with rating and trend, and the state of its newest ended year."""
    evaluations: dict[str, list[Evaluation]] = {}
    for evaluation in evaluate(house, house.today):
        evaluations.setdefault(evaluation.indicator, []).append(evaluation)
    for indicator in house.edition.indicators_on(house.today):
        yield _status_of(house, indicator, evaluations.get(indicator.id, []))


def _status_of(house: House, indicator: Indicator, years: Sequence[Evaluation]) -> dict[str, object]:
    from nemuro_etl.judging import newest_ended

    rated = [each for each in years if each.rating.rated]
    newest, ended = (rated[-1] if rated else None), newest_ended(indicator, years, house.today)
    rating = Rating.NOT_RATED if newest is None else newest.rating
    owner = house.catalog.owner_on(indicator, house.today)
    return {
        "indicator": indicator.id,
        "name": indicator.name,
        "same_as": indicator.same_as,
        "department": None if owner is None else owner.name,
        "fiscal_year": None if newest is None else newest.fiscal_year,
        "rating": str(rating),
        "rating_label": RATING_LABELS[rating],
        "actual": None if newest is None or newest.actual is None else decimal_text(newest.actual),
        "target": None if newest is None or newest.target is None else decimal_text(newest.target),
        "unit": indicator.unit,
        "trend": _trend(rated),
        "newest_ended_year": None if ended is None else ended.fiscal_year,
        "data_state": None if ended is None else str(ended.data_state),
        "data_state_label": None if ended is None else DATA_STATE_LABELS[ended.data_state],
    }


_GOOD = (
    Rating.REGRESSED,
    Rating.FAR_BEHIND,
    Rating.BEHIND,
    Rating.IN_PROGRESS,
    Rating.MOSTLY_ON_TRACK,
    Rating.ON_TRACK,
    Rating.ACHIEVED,
)


def _trend(rated: Sequence[Evaluation]) -> str | None:
    """Better, worse or unchanged against the rated year before: by rating, then by pace; None with one year."""
    if len(rated) < 2:
        return None
    before, now = ((_GOOD.index(each.rating), each.pace or 0) for each in rated[-2:])
    return "unchanged" if now == before else "better" if now > before else "worse"


def monthly(house: House, first: date | None = None) -> str:
    """The text of the headquarters' page about the month that begins on `first` (None: the last that is over).

    As it was recorded then, and as it was mailed on the first business day of the next. Raises UsageWrong for a month that
    is not over, or of which nothing was recorded.
    """
    from nemuro_etl.mail import render_month

    last = month_before(house.today)
    first = last if first is None else first.replace(day=1)
    month = month_of(house, first)
    if first > last or not month.ratings:
        raise UsageWrong(
            what=f"There is no page about {first:%Y-%m}: {'it is not over' if first > last else 'nothing was recorded'}.",
            expected=f"Expected: a month not later than {last:%Y-%m}, with a night in it or before it.",
            kept="Nothing was done.",
            remedy="Name another month: nemuro outbox list shows the nights of which something was mailed.",
        )
    return render_month(month, night_of(house, (), (), first)).text


def explain(
    house: House, indicator_id: str, *, fiscal_year: int | None = None, as_of: date | None = None
) -> Explanation:
    """The chain from the rating of one indicator (in its newest rated year) to the cells it rests on."""
    from nemuro_etl.judging import forecast_words, newest_rated

    day = as_of or house.today
    rows = {row.id: row for row in house.edition.indicators_on(day)}
    years = [each for each in evaluate(house, day) if each.indicator == indicator_id]
    chosen = newest_rated(years) or (years[-1] if years else None)
    if fiscal_year is not None:
        chosen = next((each for each in years if each.fiscal_year == fiscal_year), None)
    if chosen is None:
        raise _nothing_to_explain(indicator_id, fiscal_year, day, list(rows), years)
    row = rows[indicator_id]
    move = move_to(house.warehouse.actuals(house.edition.area, [row], day)[row.id], chosen)
    named = dict.fromkeys(figure.snapshot for figure in chosen.figures if figure.snapshot is not None)
    return Explanation(
        evaluation=chosen,
        indicator=row,
        document=house.edition.document,
        owner=house.catalog.owner_on(row, day),
        snapshots={sha256: house.snapshots.find(sha256) for sha256 in named},
        sources={
            source.id: source
            for source in house.catalog.sources
            if source.credit and source.id in {figure.source for figure in chosen.figures}
        },
        forecast=forecast_words([each for each in years if each.fiscal_year <= chosen.fiscal_year], row),
        effects=None if move is None else (move.by_numerator, move.by_denominator),
        returns=_returns(house, chosen),
    )


def _returns(house: House, chosen: Evaluation) -> list[Returned]:
    """What was said beside the returns among an evaluation's figures."""
    used = {
        (figure.series.partition(".")[2], figure.period, figure.recorded_at, figure.locators[0])
        for figure in chosen.figures
        if figure.source == "returns"
    }
    if not used:
        return []
    return [
        each
        for each in house.warehouse.returned(house.edition.area)
        if (each.indicator, each.period, each.recorded_at, each.locator) in used
    ]


def _nothing_to_explain(
    indicator_id: str, fiscal_year: int | None, day: date, known: list[str], years: Sequence[Evaluation]
) -> UsageWrong:
    if indicator_id in known:
        what = f"{indicator_id} is not judged in FY{fiscal_year} as of {day}."
        found = f"Expected one of: {', '.join(f'FY{each.fiscal_year}' for each in years) or 'no year yet'}."
    elif known:
        what = f"There is no indicator {indicator_id!r} as of {day}."
        found = f"Did you mean: {', '.join(get_close_matches(indicator_id, known, cutoff=0.3)) or known[0]}?"
    else:
        what = f"There is no indicator as of {day}."
        found = "Expected a day on which a revision of the strategy was in force."
    return UsageWrong(what=what, expected=found, kept="Nothing was done.", remedy="List what there is: nemuro status")
