"""Answers to warnings: each recorded once, in order, and settled in the transaction of the night that heeds it."""

import sqlite3
from dataclasses import replace
from datetime import date

import psycopg
import pytest

from nemuro_etl.model.alert import Answer, AnswerKind, ChangeKind
from nemuro_etl.warehouse import Warehouse
from tests.warehouse.test_told import EDITION, NIGHT, change, mail

ANSWER = Answer(
    "k1",
    EDITION,
    "g2-n1",
    2017,
    "suisan-keizai",
    AnswerKind.ACKNOWLEDGED,
    date(2019, 1, 31),
    "佐藤 <a@b.example>",
    "募集を強化します。\n'); drop table answer; --\t\\",
    NIGHT,
)
SILENCE = replace(ANSWER, key="k0", kind=AnswerKind.SILENCED, as_of=date(2018, 11, 23))


def test_answers_are_read_back_in_the_order_in_which_they_came(warehouse: Warehouse) -> None:
    assert warehouse.record_answers([ANSWER]) == 1
    assert warehouse.record_answers([SILENCE]) == 1
    assert warehouse.answers(EDITION, date.max) == (ANSWER, SILENCE)
    assert warehouse.answers(EDITION, NIGHT) == (ANSWER,), "as known on that day"
    assert warehouse.answers("another edition", date.max) == ()


def test_an_answer_that_comes_again_is_not_recorded_again(warehouse: Warehouse) -> None:
    assert warehouse.record_answers([ANSWER, ANSWER]) == 1
    digest = warehouse.digest()
    assert warehouse.record_answers([replace(ANSWER, text="something else")]) == 0
    assert warehouse.answers(EDITION, date.max) == (ANSWER,)
    assert warehouse.digest() == digest


def test_every_answer_changes_the_digest(warehouse: Warehouse) -> None:
    digests = {warehouse.digest()}
    for answer in (ANSWER, SILENCE, replace(ANSWER, key="k3", text="another")):
        warehouse.record_answers([answer])
        digests.add(warehouse.digest())
    assert len(digests) == 4


def test_an_answer_is_settled_once_with_the_mail_that_says_so_or_without_one(warehouse: Warehouse) -> None:
    warehouse.record_answers([ANSWER, SILENCE])
    digest = warehouse.digest()
    warehouse.record_night([], [mail("m1")], dealt_with=[(ANSWER, "m1"), (SILENCE, None)])
    assert warehouse.dealt_with() == {"k1", "k0"}
    assert warehouse.digest() == digest, "which mail said it is no state of a warning"
    with pytest.raises((sqlite3.IntegrityError, psycopg.errors.UniqueViolation)):
        warehouse.record_night([], [mail("m2")], dealt_with=[(ANSWER, "m2")])
    assert [one.mail.key for one in warehouse.mails()] == ["m1"], "a night is written down whole or not at all"


def test_what_no_mail_told_is_listed_apart(warehouse: Warehouse) -> None:
    warehouse.record_night([(change(), "m1"), (change(ChangeKind.WORSE), None)], [mail("m1")])
    assert [line.kind for line in warehouse.told(EDITION)] == [ChangeKind.OPENED, ChangeKind.WORSE]
    assert [line.kind for line in warehouse.told(EDITION, unmailed_only=True)] == [ChangeKind.WORSE]
