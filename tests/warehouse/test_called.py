"""The log of calls: each step once, written down with the mail that takes it."""

import sqlite3
from dataclasses import replace
from datetime import date

import psycopg
import pytest

from nemuro_etl.model.call import Called, CallKind
from nemuro_etl.warehouse import Warehouse
from tests.warehouse.test_told import EDITION, NIGHT, mail

ASKED = Called(EDITION, 2017, "department", "suisan-keizai", CallKind.CALL, date(2018, 6, 1))


def test_steps_are_read_back_by_day(warehouse: Warehouse) -> None:
    reminded = replace(ASKED, kind=CallKind.REMINDER, as_of=date(2018, 7, 17))
    late = Called(EDITION, 2017, "furusato", "sogo-seisaku", CallKind.OVERDUE, NIGHT)
    warehouse.record_night([], [mail("k1")], [(late, "k1"), (reminded, "k1")])
    warehouse.record_night([], [mail("k2")], [(ASKED, "k2")])
    assert warehouse.called(EDITION) == (ASKED, reminded, late)
    assert warehouse.called("another edition") == ()


def test_the_same_step_is_asked_of_another_section_family_and_year(warehouse: Warehouse) -> None:
    others = [replace(ASKED, fiscal_year=2018), replace(ASKED, family="survey"), replace(ASKED, department="somu")]
    warehouse.record_night([], [mail("k1")], [(line, "k1") for line in (ASKED, *others)])
    assert set(warehouse.called(EDITION)) == {ASKED, *others}


def test_a_step_that_was_taken_cannot_be_taken_again_and_its_mail_is_not_written(warehouse: Warehouse) -> None:
    warehouse.record_night([], [mail("k1")], [(ASKED, "k1")])
    with pytest.raises((sqlite3.IntegrityError, psycopg.errors.UniqueViolation)):
        warehouse.record_night([], [mail("k2")], [(replace(ASKED, as_of=NIGHT), "k2")])
    assert [one.mail.key for one in warehouse.mails()] == ["k1"]
    assert warehouse.called(EDITION) == (ASKED,)
