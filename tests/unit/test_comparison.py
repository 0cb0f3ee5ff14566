"""新旧対照表: what a revision changed, as the document underlines it and as config/ says it."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from nemuro_etl.catalog import load_catalog
from nemuro_etl.catalog.types import Edition, Indicator
from nemuro_etl.report.comparison import Amendment, Run, compare_revisions, underline_differences

CONFIG = Path(__file__).resolve().parents[2] / "config"
DRAFT = date(2018, 11, 22)


@pytest.fixture(scope="module")
def edition() -> Edition:
    return load_catalog(CONFIG).editions[0]


def revised(edition: Edition, **changes: object) -> Edition:
    """The edition whose draft words g2-n1 differently; with no change, without g2-n1 at all."""
    *before, (draft, rows) = edition.indicators_by_revision

    def changed(row: Indicator) -> Indicator | None:
        if row.id != "g2-n1":
            return row
        return replace(row, **changes) if changes else None  # type: ignore[arg-type]

    kept = tuple(new for row in rows if (new := changed(row)) is not None)
    return replace(edition, indicators_by_revision=(*before, (draft, kept)))


def text(runs: tuple[Run, ...]) -> str:
    return "".join(f"［{run.text}］" if run.changed else run.text for run in runs)


def test_the_first_revision_is_compared_with_nothing(edition: Edition) -> None:
    assert compare_revisions(edition, date(2017, 11, 21)) is None
    second = compare_revisions(edition, date(2018, 11, 21))
    assert second is not None
    assert (second.before.id, second.after.id, second.rows) == ("2015-10-30", "2017-11-22", ())


def test_every_word_that_the_document_underlines_is_underlined_and_no_other(edition: Edition) -> None:
    comparison = compare_revisions(edition, DRAFT)
    assert comparison is not None
    assert {row.amendment for row in comparison.rows} == {Amendment.ADDED, Amendment.CHANGED}
    document = (CONFIG / "strategy" / edition.id / "document.tsv").read_text(encoding="utf-8")
    underlined = ["".join(re.findall("<u>(.*?)</u>", line)) for line in document.splitlines() if "<u>" in line]
    shown = ["".join(run.text for run in row.after if run.changed) for row in comparison.rows]
    # the document prints （再掲） behind the name, config/ has it as a mark
    assert sorted(map(sorted, shown)) == sorted(sorted(re.sub("[（）]", "", line)) for line in underlined)
    assert len(shown) == 17


def test_what_is_wholly_new_is_said_to_be_new_and_unknown_old_words_are_not_made_up(edition: Edition) -> None:
    comparison = compare_revisions(edition, DRAFT)
    assert comparison is not None
    rows = {text(row.after): row for row in comparison.rows}
    new = rows["〔［H31新規］〕［(仮称) 幼児教育無償化事業］：［国の幼児教育無償化と連動した経済負担の軽減］"]
    assert (text(new.before), new.amendment, new.subject) == ("（新設）", Amendment.ADDED, "g1-a2")
    wider = rows["〔H28拡充〕〔拡充〕こども医療費給付事業：給付対象の拡大(中高生入院) ［給付対象の拡大(中高生入院外)］"]
    assert text(wider.before) == "こども医療費給付事業：給付対象の拡大(中高生入院) ［…］"
    assert "…" in wider.note


def test_a_target_that_changed_is_underlined_on_both_sides(edition: Edition) -> None:
    comparison = compare_revisions(revised(edition, target=Decimal(2400)), DRAFT)
    assert comparison is not None
    row = comparison.rows[0]
    quote = "20～39歳女性の人口：5年で32人減少を抑制し2,357人確保"
    assert (row.subject, row.location, row.amendment) == ("g2-n1", "基本目標2 数値目標①", Amendment.CHANGED)
    assert text(row.after) == f"{quote}\n目標：［2,400］人"
    assert text(row.before) == f"{quote}\n目標：［2,357］人"
    assert row.note == "改正の日から、改正後の目標により判定する。"


def test_an_indicator_that_is_gone_or_new_is_said_to_be(edition: Edition) -> None:
    gone = revised(edition)
    comparison = compare_revisions(gone, DRAFT)
    assert comparison is not None
    assert (comparison.rows[0].subject, text(comparison.rows[0].after)) == ("g2-n1", "（削る）")
    turned = tuple(
        (revision, rows)
        for (revision, _), (_, rows) in zip(
            gone.indicators_by_revision, reversed(gone.indicators_by_revision), strict=True
        )
    )
    comparison = compare_revisions(replace(gone, indicators_by_revision=turned), date(2017, 11, 22))
    assert comparison is not None
    assert [(row.subject, text(row.before)) for row in comparison.rows] == [("g2-n1", "（新設）")]


def test_differences_are_whole_numbers_and_words() -> None:
    after, before = underline_differences("5年で32人減少を抑制", "5年で30人減少を抑止し")
    assert text(after) == "5年で［32］人減少を［抑制］"
    assert text(before) == "5年で［30］人減少を［抑止し］"
    assert underline_differences("同じ", "同じ") == ((Run("同じ", False),), (Run("同じ", False),))
