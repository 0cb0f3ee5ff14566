"""What config/ says once it is read: departments, bands, calendar, sources; fast, and with every leaf as text."""

import subprocess
import sys
import time
from datetime import date
from decimal import Decimal

from nemuro_etl.catalog import load_catalog


def test_the_catalog_names_the_secretariat_and_its_mailbox(catalog):
    secretariat = catalog.department_on(catalog.alerting.secretariat, date(2018, 11, 22))

    assert secretariat.name == "総合政策部"
    assert secretariat.address == "sogo-seisaku@city.nemuro.example"


def test_every_address_is_of_the_reserved_domain(catalog):
    assert all(department.address.endswith(".example") for department in catalog.departments)


def test_a_department_exists_only_from_its_day_on(catalog):
    assert catalog.department_on("hoppo-ryodo", date(2020, 3, 31)) is None
    assert catalog.department_on("hoppo-ryodo", date(2020, 4, 1)).name == "北方領土対策部"


def test_the_default_bands_are_in_force_from_the_first_revision(catalog):
    bands = catalog.bands_on(date(2015, 10, 30))

    assert (bands.on_track, bands.mostly_on_track, bands.behind, bands.far_behind) == (
        Decimal(1),
        Decimal("0.8"),
        Decimal("0.5"),
        Decimal(0),
    )
    assert bands.warn_below == bands.clear_at == Decimal("0.8")


def test_a_new_table_of_bands_leaves_the_old_years_alone(config_copy):
    config_copy.append(
        "bands.yml",
        "2019-04-01: {on_track: 1, mostly_on_track: 0.9, behind: 0.5, far_behind: 0, warn_below: 0.9, clear_at: 0.95}\n",
    )
    loaded = config_copy.load()

    assert loaded.bands_on(date(2019, 3, 31)).mostly_on_track == Decimal("0.8")
    assert loaded.bands_on(date(2019, 4, 1)).clear_at == Decimal("0.95")


def test_every_family_has_one_publication_rule(catalog):
    assert [rule.family for rule in catalog.calendar.publications] == [
        "population",
        "vital",
        "tourism",
        "furusato",
        "trade",
        "department",
        "survey",
    ]


def test_the_fertility_rate_is_expected_once_in_five_years(catalog):
    vital = next(rule for rule in catalog.calendar.publications if rule.family == "vital")

    assert vital.only_fiscal_years == (2012, 2017, 2022)
    assert {year: publication.expected for year, publication in vital.exceptions} == {
        2017: date(2020, 7, 31),
        2022: date(2024, 4, 19),
    }


def test_nothing_is_mailed_around_new_year(catalog):
    assert catalog.calendar.quiet == ((12, 29, 1, 3),)


def test_codes_dates_and_yes_or_no_stay_text_in_a_source(config_copy):
    config_copy.replace(
        "sources/returns.yml",
        "reader: flat",
        "reader: flat, spec: {code: 01223, day: 2018-01-01, used: yes, rows: [1, 010]}",
    )

    assert config_copy.load().source("returns").file_kinds[0].spec == {
        "code": "01223",
        "day": "2018-01-01",
        "used": "yes",
        "rows": ["1", "010"],
    }


def test_a_recipe_follows_the_layouts_and_not_the_wording_around_them(config_copy, catalog):
    recipe = catalog.source("returns").recipe

    config_copy.replace("sources/returns.yml", "title: 所管課", "title: 各所管課  # 注釈")
    assert config_copy.load().source("returns").recipe == recipe
    config_copy.replace("sources/returns.yml", "reader: flat", "reader: flat, spec: {encoding: cp932}")
    assert config_copy.load().source("returns").recipe != recipe


def test_returns_are_a_source_that_is_never_fetched(catalog):
    returns = catalog.source("returns")

    assert returns.families == ("department", "survey")
    assert returns.endpoints == ()
    assert returns.config_file.endswith("config/sources/returns.yml")


def test_nothing_is_asked_of_the_internet_before_an_application_id_is_set(catalog):
    endpoints = [endpoint for source in catalog.sources for endpoint in source.endpoints]

    assert endpoints
    assert all(endpoint.needs_app_id for endpoint in endpoints)


def test_loading_the_catalog_is_quick(catalog):
    best = min(_seconds(lambda: load_catalog(catalog.root)) for _ in range(5))

    assert best < 0.15


def test_loading_the_catalog_needs_none_of_the_heavy_libraries():
    code = "import sys, nemuro_etl.catalog; print(sorted({'pandas', 'sqlalchemy', 'prefect', 'requests'} & set(sys.modules)))"

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def _seconds(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
