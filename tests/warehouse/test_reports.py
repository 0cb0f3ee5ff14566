"""Yearly reports: what people wrote is only ever added to, and a frozen edition knows what it was composed of."""

import sqlite3
from dataclasses import replace
from datetime import UTC, date, datetime

import psycopg
import pytest

from nemuro_etl.model.comment import Comment, CommentKind
from nemuro_etl.warehouse import Frozen, Shown, Warehouse

EDITION, DAY = "fy2015-2019", date(2018, 11, 22)
COMMENT = Comment(EDITION, 2017, "g1", CommentKind.COUNCIL, "意見\n'); drop table answer; --\t\\", "有識者会議", DAY)
LATER = replace(COMMENT, text="改めた意見", as_of=date(2018, 11, 23))
FROZEN = Frozen(
    edition=EDITION,
    fiscal_year=2017,
    report_edition="public",
    as_of=DAY,
    frozen_at=datetime(2018, 11, 22, 3, tzinfo=UTC),
    last_comment=1,
    last_shown=0,
    files={"調書.xlsx": "ab" * 32},
)


def test_every_version_of_a_text_stays_in_the_order_in_which_they_came(warehouse: Warehouse) -> None:
    warehouse.record_comments([COMMENT])
    warehouse.record_comments([LATER, COMMENT])
    assert warehouse.comments(EDITION) == (COMMENT, LATER, COMMENT)
    assert warehouse.comments("another edition") == ()


def test_a_frozen_edition_sees_the_texts_and_writings_that_were_there(warehouse: Warehouse) -> None:
    assert warehouse.report_marks() == (0, 0)
    warehouse.record_comments([COMMENT])
    warehouse.record_shown(EDITION, 2017, "public", Shown(DAY, {"g1-n1@FY2017:actual": "1.49"}))
    comment, shown = warehouse.report_marks()
    warehouse.record_comments([LATER])
    warehouse.record_shown(EDITION, 2017, "public", Shown(DAY, {"g1-n1@FY2017:actual": "1.50"}))
    assert warehouse.comments(EDITION, last=comment) == (COMMENT,)
    then = warehouse.shown(EDITION, 2017, "public", date.max, last=shown)
    assert [one.numbers for one in then] == [{"g1-n1@FY2017:actual": "1.49"}]


def test_what_was_shown_is_kept_by_year_and_edition_and_read_as_of_a_day(warehouse: Warehouse) -> None:
    early, late = Shown(DAY, {"a": "1"}), Shown(LATER.as_of, {"a": "2"})
    for shown in (early, late):
        warehouse.record_shown(EDITION, 2017, "internal", shown)
    warehouse.record_shown(EDITION, 2016, "internal", late)
    warehouse.record_shown(EDITION, 2017, "public", late)
    assert warehouse.shown(EDITION, 2017, "internal", date.max) == (early, late)
    assert warehouse.shown(EDITION, 2017, "internal", DAY) == (early,)


def test_an_edition_is_frozen_once(warehouse: Warehouse) -> None:
    warehouse.record_frozen(FROZEN)
    later = replace(FROZEN, as_of=LATER.as_of)
    warehouse.record_frozen(later)
    assert warehouse.frozen(EDITION) == (FROZEN, later)
    assert warehouse.frozen("another edition") == ()
    with pytest.raises((sqlite3.IntegrityError, psycopg.errors.UniqueViolation)):
        warehouse.record_frozen(replace(FROZEN, files={}))


def test_of_freezings_that_are_told_again_the_last_one_counts(warehouse: Warehouse) -> None:
    of_another_day, given_out = replace(FROZEN, as_of=LATER.as_of), replace(FROZEN, files={"調書.xlsx": "cd" * 32})
    for frozen in (FROZEN, of_another_day, given_out):
        warehouse.record_frozen(frozen, replacing=True)
    assert warehouse.frozen(EDITION) == (given_out, of_another_day)


def test_every_text_changes_the_digest_and_what_was_shown_or_frozen_does_not(warehouse: Warehouse) -> None:
    digests = [warehouse.digest()]
    for comment in (COMMENT, LATER, replace(COMMENT, by="別の人")):
        warehouse.record_comments([comment])
        digests.append(warehouse.digest())
    assert len(set(digests)) == 4
    warehouse.record_shown(EDITION, 2017, "public", Shown(DAY, {}))
    warehouse.record_frozen(FROZEN)
    assert warehouse.digest() == digests[-1]
