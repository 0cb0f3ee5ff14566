"""departments.yml and alerting.yml: whom mails go to, and what they say about their sender."""

import re
from datetime import date, timedelta

from nemuro_etl.catalog.characters import check_characters
from nemuro_etl.catalog.section import Section, suggest
from nemuro_etl.catalog.types import Alerting, Department, Head

HEADQUARTERS = "headquarters"
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_HOST = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)+"
_ADDRESS = re.compile(rf"[A-Za-z0-9._+-]+@{_HOST}")
_LIST_ID = re.compile(_HOST)
_SHARED_FOLDER = re.compile(r"\\\\[^\\]|[A-Z]:\\|/")


def read_departments(file: Section) -> tuple[Department, ...]:
    """The sections of the city hall; one that was renamed stands once per name, with validity dates."""
    departments: list[Department] = []
    for entry in file.items("departments"):
        noted = len(file.faults)
        department = Department(
            id=entry.text("id"),
            name=entry.text("name"),
            address=entry.text("address"),
            since=entry.day("since"),
            until=entry.day("until") if "until" in entry else None,
            head=_read_head(entry.section("head")) if "head" in entry else None,
        )
        entry.close()
        if len(file.faults) == noted:
            _check_department(entry, department, departments)
            departments.append(department)
    file.close()
    if not departments and not len(file.faults):
        file.refuse("departments", "names no department", "add the section that answers for an indicator")
    return tuple(departments)


def read_alerting(file: Section) -> Alerting:
    """What a mail says about its sender. The secretariat must be a department."""
    alerting = Alerting(
        city=file.text("city"),
        system_name=file.text("system_name"),
        secretariat=file.text("secretariat"),
        list_id=file.text("list_id"),
        contact=file.text("contact"),
        answer_within=file.integer("answer_within"),
        workbook_folder=file.text("workbook_folder"),
        reminders=file.integer("reminders"),
        storm_share=file.decimal("storm_share"),
        storm_least=file.integer("storm_least"),
        headquarters=_read_headquarters(file.section("headquarters")),
    )
    for key in ("city", "system_name"):
        check_characters(file, key, getattr(alerting, key))
    if alerting.list_id and not _LIST_ID.fullmatch(alerting.list_id):
        file.refuse("list_id", f"{alerting.list_id!r} is no List-Id", "write it like a host name: kpi.city.example")
    if "answer_within" in file and alerting.answer_within < 1:
        file.refuse(
            "answer_within", f"{alerting.answer_within} is below 1", "write the business days for an answer: 10"
        )
    for key in ("reminders", "storm_least"):
        if key in file and getattr(alerting, key) < 1:
            file.refuse(key, f"{getattr(alerting, key)} is below 1", "write a number of at least 1")
    if "storm_share" in file and not 0 < alerting.storm_share <= 1:
        file.refuse("storm_share", f"{alerting.storm_share} is no share", "write a part of one: 0.3 is 30 percent")
    if alerting.workbook_folder and not _SHARED_FOLDER.match(alerting.workbook_folder):
        file.refuse(
            "workbook_folder",
            f"{alerting.workbook_folder!r} is no folder that another computer finds",
            r"write it as the sections open it: \\server\share\folder, S:\folder or /share/folder",
        )
    file.close()
    return alerting


def _read_head(entry: Section) -> Head:
    head = Head(title=entry.text("title"), address=entry.text("address"))
    check_characters(entry, "title", head.title)
    _check_address(entry, head.address)
    entry.close()
    return head


def _read_headquarters(entry: Section) -> Department:
    name, address = entry.text("name"), entry.text("address")
    check_characters(entry, "name", name)
    _check_address(entry, address)
    entry.close()
    return Department(HEADQUARTERS, name, address, date.min, None)


def check_existence(
    section: Section, key: str, department_id: str, first: date, last: date, departments: tuple[Department, ...]
) -> None:
    """Note a fault at `key` unless the department exists on every day from `first` to `last`."""
    known = {department.id for department in departments}
    if department_id not in known:
        if department_id:
            section.refuse(
                key,
                f"unknown department {department_id!r}",
                suggest(
                    department_id, known, f"add it to departments.yml, or write one of: {', '.join(sorted(known))}"
                ),
            )
        return
    periods = [(d.since, d.until or date.max) for d in departments if d.id == department_id]
    day = first
    while day <= last:
        ends = [until for since, until in periods if since <= day <= until]
        if not ends:
            told = ", ".join(f"{since} – {'' if until == date.max else until}" for since, until in periods)
            section.refuse(
                key,
                f"the department {department_id!r} does not exist on {day} (it exists {told})",
                "name the department that existed then, or correct since/until in departments.yml",
            )
            return
        if ends[0] >= last:
            return
        day = ends[0] + timedelta(days=1)


def _check_address(entry: Section, address: str) -> None:
    # A missing one is noted already.
    if "address" in entry and not _ADDRESS.fullmatch(address):
        entry.refuse(
            "address",
            f"{address!r} is no mail address",
            "write the section's mailbox as name@host: one address, without a display name",
        )


def _check_department(entry: Section, department: Department, earlier: list[Department]) -> None:
    if not _ID.fullmatch(department.id):
        entry.refuse("id", f"{department.id!r} is no id", "write small letters, digits and hyphens: sogo-seisaku")
    check_characters(entry, "name", department.name)
    if department.id == HEADQUARTERS:
        entry.refuse("id", f"{HEADQUARTERS!r} is what the headquarters of alerting.yml are called", "choose another id")
    _check_address(entry, department.address)
    if department.until is not None and department.until < department.since:
        entry.refuse("until", f"{department.until} is before since {department.since}", "correct one of the two")
    for other in earlier:
        if other.id == department.id and not (
            (other.until or date.max) < department.since or (department.until or date.max) < other.since
        ):
            entry.refuse(
                "id",
                f"{department.id!r} stands twice for one and the same day",
                "end the earlier entry with until: the day before the later one begins",
            )
