"""What later nights go by: written with the night, read as it stood before."""

from datetime import date

from nemuro_etl.model.alert import MailKind, Reminded, ReminderKind, Rhythm
from nemuro_etl.warehouse import Warehouse

EDITION = "2015"
FIRST, SECOND, THIRD = date(2018, 11, 22), date(2018, 11, 23), date(2018, 11, 26)


def told(warehouse: Warehouse, day: date, *matters: str) -> None:
    warehouse.record_night([], [], rhythm=Rhythm(EDITION, day, frozenset(matters)))


def test_matters_are_those_of_the_newest_night_before(warehouse: Warehouse) -> None:
    assert warehouse.matters(EDITION, FIRST) is None
    told(warehouse, FIRST, "a")
    told(warehouse, SECOND)
    assert warehouse.matters(EDITION, FIRST) is None
    assert warehouse.matters(EDITION, SECOND) == {"a"}
    assert warehouse.matters(EDITION, THIRD) == frozenset()
    assert warehouse.matters("another", THIRD) is None


def test_a_night_that_runs_again_replaces_its_own_matters_and_no_others(warehouse: Warehouse) -> None:
    told(warehouse, FIRST, "a")
    told(warehouse, SECOND, "a", "b")
    told(warehouse, SECOND, "a", "c")
    assert warehouse.matters(EDITION, THIRD) == {"a", "c"}
    told(warehouse, SECOND, "a")
    assert warehouse.matters(EDITION, THIRD) == {"a"}
    assert warehouse.matters(EDITION, SECOND) == {"a"}


def test_reminders_and_periodicals_are_read_as_they_were_written(warehouse: Warehouse) -> None:
    second = Reminded(EDITION, "g2-i1-1", 2017, FIRST, ReminderKind.ESCALATION, THIRD)
    first = Reminded(EDITION, "g2-i1-1", 2017, FIRST, ReminderKind.REMINDER, SECOND)
    warehouse.record_night([], [], rhythm=Rhythm(EDITION, THIRD, frozenset(), ((second, "k2"),)))
    periodicals = ((MailKind.MONTHLY, date(2018, 10, 1), "k3"), (MailKind.WEEKLY, date(2018, 11, 19), "k4"))
    warehouse.record_night([], [], rhythm=Rhythm(EDITION, SECOND, frozenset(), ((first, "k1"),), periodicals))
    assert warehouse.reminded(EDITION) == (first, second)
    assert warehouse.periodicals(EDITION) == {(kind, day) for kind, day, _ in periodicals}
    assert warehouse.reminded("another") == ()
    assert warehouse.periodicals("another") == frozenset()
