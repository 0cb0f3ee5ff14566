"""e-Stat's API and portals from the command line: what is kept, what a quiet night costs, and where no secret appears."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.command import SAMPLES, Nemuro, copy_config, require_four_parts
from tests.e2e.publisher import API, Estat, Publisher, as_json, file, publishing, status
from tests.samples.make_census import answer

APP_ID = "fedcba9876543210fedcba9876543210fedcba98"
CENSUS, TRADE = "0003445078", "0004002162"
PAGE = "<!DOCTYPE html><html><title>混み合っています</title></html>".encode()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing() as publisher:
        yield publisher


@pytest.fixture
def estat(publisher: Publisher) -> Estat:
    """e-Stat with the census, and the fertility file in its catalogue; a portal with foreign guests beside it."""
    estat = Estat(publisher, APP_ID)
    estat.tables[CENSUS] = answer()
    resource = {
        "TITLE": {"NAME": "合計特殊出生率"},
        "URL": publisher.address("/stat-search/file-download?statInfId=000031976396&fileKind=0"),
        "FORMAT": "XLS",
        "LAST_MODIFIED_DATE": "2018-04-17",
    }
    estat.datasets = [{"DATASET": {"TITLE": {"NAME": "保健所・市区町村別統計"}}, "RESOURCES": {"RESOURCE": resource}}]
    publisher.answers["/stat-search/file-download"] = file((SAMPLES / "vital" / "h25-29.xlsx").read_bytes())
    guests = {
        "url": publisher.address("/opendata/941/2015_gaikokujin.xlsx"),
        "name": "平成27年度",
        "format": "XLSX",
        "last_modified": "2018-09-01T09:00:00",
    }
    publisher.answers["/opendata/api/package_show"] = as_json({"success": True, "result": {"resources": guests}})
    publisher.answers["/opendata/941/2015_gaikokujin.xlsx"] = file(
        (SAMPLES / "tourism" / "2015_gaikokujin.xlsx").read_bytes()
    )
    for year in ("17", "18"):
        publisher.answers[f"/20{year}/ssjin.xls"] = file((SAMPLES / "registry" / f"{year}03ssjin.xls").read_bytes())
    publisher.answers["/1603ssjin.xls"] = file((SAMPLES / "registry" / "1603ssjin.xls").read_bytes())
    return estat


@pytest.fixture
def asking(nemuro: Nemuro, publisher: Publisher, estat: Estat, tmp_path: Path) -> Nemuro:
    """The command with an application id and an endpoint of every kind."""
    api = publisher.address(API)
    census = {"endpoints": [{"estat_table": CENSUS}], "estat_api": api}
    vital = {"endpoints": [{"estat_files": {"statsCode": "00450022"}, "title_says": ["合計特殊出生率"]}]}
    tourism = {"endpoints": [{"ckan": publisher.address("/opendata/api"), "dataset": "41", "resources": ["XLSX"]}]}
    registry = {
        "endpoints": [
            {"file": publisher.address("/1603ssjin.xls")},
            {"file": publisher.address("/{year}/ssjin.xls"), "years": {"from": "2017"}},
        ]
    }
    config = copy_config(
        tmp_path, registry=registry, census=census, vital=vital, tourism=tourism, trade={"estat_api": api}
    )
    with (config / "sources" / "vital.yml").open("a", encoding="utf-8") as text:
        text.write(f"\nestat_api: {api}\n")
    return nemuro.with_settings(NEMURO_CONFIG=str(config), NEMURO_ESTAT_APP_ID=APP_ID)


EVERYTHING = ("collect", "registry", "census", "vital", "tourism")


def test_endpoints_of_every_kind_load_and_then_cost_one_request_each_and_no_parsing(
    asking: Nemuro, publisher: Publisher, estat: Estat
) -> None:
    estat.page_values = 12
    first = asking.run(*EVERYTHING, "--format", "json")
    assert first.exit == 0, first.all
    assert sorted((row["file"], row["status"]) for row in first.rows) == [
        (f"{CENSUS}-1.json", "loaded"),
        (f"{CENSUS}-13.json", "loaded"),
        ("1603ssjin.xls", "loaded"),
        ("2015_gaikokujin.xlsx", "loaded"),
        ("file-download", "loaded"),
        ("ssjin.xls", "loaded"),
        ("ssjin.xls", "loaded"),
    ]
    figures = asking.listed("facts", "census.population", "--area", "01223")
    assert {row["dimensions"]["sex"]: row["value"] for row in figures} == {
        "total": "24636",
        "male": "11800",
        "female": "12836",
    }
    publisher.asked.clear()
    quiet = asking.on("2018-11-23").with_settings(PYTHONPROFILEIMPORTTIME="1").run(*EVERYTHING, "--format", "json")
    assert quiet.exit == 0, quiet.all
    assert {row["status"] for row in quiet.rows} == {"unchanged"}
    assert sorted(publisher.paths()) == [
        "/1603ssjin.xls",
        "/2017/ssjin.xls",
        "/2018/ssjin.xls",
        "/opendata/api/package_show",
        f"{API}/getDataCatalog",
        f"{API}/getMetaInfo",
    ]
    assert all(tag for path, tag in publisher.asked if path.endswith(".xls")), "asked without a condition"
    imported = {line.rpartition("|")[2].strip() for line in quiet.err.splitlines() if line.startswith("import time:")}
    assert "requests" in imported, "imports were not listed: nothing is proved"
    assert not {"pandas", "numpy", "python_calamine", "prefect"} & imported


def test_without_an_application_id_e_stat_is_not_asked_and_that_is_said(asking: Nemuro, publisher: Publisher) -> None:
    without = asking.with_settings(NEMURO_ESTAT_APP_ID="")
    assert without.ask("collect", "census", "vital").exit == 0
    assert publisher.asked == []
    rows = {row["source"]: row for row in without.listed("sources")}
    assert rows["census"]["remark"] == "e-Stat is not asked: NEMURO_ESTAT_APP_ID is not set"
    assert rows["census"]["endpoints"] == [f"e-Stat table {CENSUS}"]
    assert rows["registry"]["remark"] == ""
    assert {row["remark"] for row in asking.listed("sources")} == {""}


def test_the_application_id_is_in_no_file_and_no_message_after_good_and_bad_answers(
    asking: Nemuro, publisher: Publisher, estat: Estat
) -> None:
    api = f"{API}/getMetaInfo"
    loud = asking.with_settings(NEMURO_LOG_LEVEL="DEBUG")
    said = [loud.run(*EVERYTHING), loud.run("nightly"), loud.run("doctor"), loud.run("sources")]
    assert said[0].exit == 0, said[0].all
    meant = publisher.answers[api]
    said_by_server = f"認証に失敗しました。{APP_ID}"
    for bad in (
        as_json({"GET_META_INFO": {"RESULT": {"STATUS": 100, "ERROR_MSG": said_by_server}}}, 403),
        status(403, PAGE + APP_ID.encode()),
        status(200, PAGE + APP_ID.encode()),
        status(302, Location=f"http://127.0.0.1:9/?appId={APP_ID}"),
        status(302, Location=f"{API}/getMetaInfo?appId={APP_ID}"),
    ):
        publisher.answers[api] = bad
        said.append(loud.run("collect", "census"))
        assert said[-1].exit == 5
    publisher.answers[api] = meant
    estat.echo = True
    estat.updated[CENSUS] = "2018-11-20"
    said.append(loud.run("collect", "census"))
    assert said[-1].exit == 5
    assert "repeats the application id" in said[-1].err
    assert any(APP_ID in path for path, _ in publisher.asked), "it did not reach the server: nothing is proved"
    assert not [answer.all for answer in said if APP_ID in answer.all]
    written = [path for path in loud.home.rglob("*") if path.is_file()]
    assert not [path for path in written if APP_ID.encode() in path.read_bytes()]


def test_a_wrong_application_id_ends_with_five_and_names_the_setting(asking: Nemuro) -> None:
    answer = asking.with_settings(NEMURO_ESTAT_APP_ID="wrong-id").ask("collect", "census")
    assert answer.exit == 5
    require_four_parts(answer.err)
    assert "the application id was not accepted: STATUS 100 “認証に失敗しました。" in answer.err
    assert "set NEMURO_ESTAT_APP_ID" in answer.err
    assert "wrong-id" not in answer.all
    assert asking.originals() == []


# --- the code of the customs office ---------------------------------------------------------------------------------


def office(estat: Estat, *names: tuple[str, str]) -> None:
    """The table of trade by customs office with these offices."""
    classes = [{"@code": code, "@name": name, "@level": "1"} for code, name in names]
    data = {
        "TABLE_INF": {"@id": TRADE},
        "CLASS_INF": {"CLASS_OBJ": [{"@id": "cat01", "CLASS": []}, {"@id": "cat03", "CLASS": classes}]},
    }
    estat.tables[TRADE] = {"GET_STATS_DATA": {"STATISTICAL_DATA": data}}


@pytest.mark.parametrize("name", ["根室", "50899_根室", "　根室 "])
def test_the_office_is_found_by_its_name_and_written_into_config(asking: Nemuro, estat: Estat, name: str) -> None:
    # an invented code: what e-Stat really answers is not known here
    office(estat, ("50800", "函館"), ("50899", name), ("50890", "根室花咲"))
    path = Path(asking.settings["NEMURO_CONFIG"]) / "sources" / "trade.yml"
    before = path.read_text(encoding="utf-8")
    for _ in range(2):
        answer = asking.ask("resolve", "trade")
        assert answer.exit == 0, answer.all
        assert answer.out.strip() == f'{path}: offices: {{"899": {{area: "01223", name: 根室市}}}}'
        after = path.read_text(encoding="utf-8")
        assert after == before.replace("offices: {}", 'offices: {"899": {area: "01223", name: 根室市}}')
    assert asking.ask("check").exit == 0
    # another code later is not written over it
    office(estat, ("50898", "根室"))
    answer = asking.ask("resolve", "trade")
    assert answer.exit == 2
    assert 'found: {"899": {area: "01223", name: 根室市}}' in answer.err
    assert path.read_text(encoding="utf-8") == after


@pytest.mark.parametrize(
    ("offices", "found"),
    [
        ([("50800", "函館")], "among 1; found: none"),
        ([("50898", "根室"), ("50899", "根室")], "among 2; found: 50898, 50899"),
        ([("899", "根室")], "among 1; found: 899"),
    ],
)
def test_an_office_that_is_not_one_is_not_written(
    asking: Nemuro, estat: Estat, offices: list[tuple[str, str]], found: str
) -> None:
    office(estat, *offices)
    path = Path(asking.settings["NEMURO_CONFIG"]) / "sources" / "trade.yml"
    before = path.read_bytes()
    answer = asking.ask("resolve", "trade")
    assert answer.exit == 2
    require_four_parts(answer.err)
    assert f"Expected: one code 50nnn {found}." in answer.err
    assert path.read_bytes() == before


@pytest.mark.parametrize("line", ["", "      offices: {}\n      offices: {}", "      offices:\n        {}"])
def test_a_file_without_that_one_line_is_not_written(asking: Nemuro, estat: Estat, line: str) -> None:
    office(estat, ("50899", "根室"))
    path = Path(asking.settings["NEMURO_CONFIG"]) / "sources" / "trade.yml"
    text = path.read_text(encoding="utf-8")
    assert text.count("      offices: {}\n") == 1
    path.write_text(text.replace("      offices: {}\n", f"{line}\n" if line else ""), encoding="utf-8")
    before = path.read_bytes()
    assert asking.ask("resolve", "trade").exit == 2
    assert path.read_bytes() == before


def test_what_is_missing_to_look_the_office_up_is_named(asking: Nemuro) -> None:
    answer = asking.with_settings(NEMURO_ESTAT_APP_ID="").ask("resolve", "trade")
    assert (answer.exit, "Set NEMURO_ESTAT_APP_ID" in answer.err) == (2, True)
    answer = asking.ask("resolve", "registry")
    assert (answer.exit, "registry.yml names no office" in answer.err) == (2, True)
