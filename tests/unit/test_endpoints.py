"""What endpoints newly offer: years, tables of e-Stat, its catalogue, CKAN; each asked once when nothing is new."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest

from nemuro_etl.catalog.types import CkanDataset, Endpoint, EstatFiles, EstatTable, FileAddress
from nemuro_etl.errors import SourceSilent
from nemuro_etl.sources import fetch as fetching
from nemuro_etl.sources.endpoints import Terms, fetch_endpoint
from nemuro_etl.sources.fetch import Fetched
from tests.e2e.publisher import API, Estat, Publisher, as_json, file, publishing, status
from tests.samples.make_census import answer

APP_ID = "0123456789abcdef0123456789abcdef01234567"
TABLE = "0003445078"
PAGE = "<!DOCTYPE html><html><title>ただいまメンテナンス中です</title></html>".encode()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    with publishing() as publisher:
        yield publisher


@pytest.fixture
def estat(publisher: Publisher) -> Estat:
    estat = Estat(publisher, APP_ID)
    estat.tables[TABLE] = answer()
    return estat


class Asking:
    """Endpoints asked day after day, with what was remembered of the days before."""

    def __init__(self, publisher: Publisher, app_id: str = APP_ID) -> None:
        self.publisher = publisher
        self.app_id = app_id
        self.remembered: dict[str, Any] = {}
        self.kept: list[tuple[str, bytes]] = []

    def ask(self, endpoint: Endpoint, day: str = "2018-11-22") -> list[SourceSilent]:
        """What could not be fetched; the names of what came new are in `kept`, of this day only."""
        self.kept.clear()
        self.publisher.asked.clear()
        terms = Terms(2, 1_000_000, date.fromisoformat(day), self.remembered, self.publisher.base + API, self.app_id)
        return fetch_endpoint(endpoint, terms, self.keep)

    def keep(self, fetched: Fetched) -> None:
        self.kept.append((fetched.name, fetched.content.read()))
        self.remembered = {**self.remembered, fetched.origin: fetched.validators}

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.kept]


@pytest.fixture
def asking(publisher: Publisher) -> Asking:
    return Asking(publisher)


def only(faults: list[SourceSilent]) -> str:
    (fault,) = faults
    assert APP_ID not in repr(fault) + str(fault)
    return str(fault)


def test_a_year_that_is_not_there_yet_is_no_fault_and_one_that_was_left_out_is(
    publisher: Publisher, asking: Asking
) -> None:
    endpoint = FileAddress(publisher.address("/{year}/a.csv"), 2015)
    for year in (2015, 2017):
        publisher.answers[f"/{year}/a.csv"] = file(str(year).encode())
    assert "/2016/a.csv could not be fetched" in only(asking.ask(endpoint))
    assert [data for _, data in asking.kept] == [b"2015", b"2017"]
    assert publisher.paths() == [f"/{year}/a.csv" for year in (2015, 2016, 2017, 2018)]
    publisher.answers["/2016/a.csv"] = file(b"2016")
    assert asking.ask(endpoint) == []
    assert [data for _, data in asking.kept] == [b"2016"], "what had not changed came again"
    # what has once been there and is gone is a fault, however new
    del publisher.answers["/2017/a.csv"]
    assert "/2017/a.csv" in only(asking.ask(endpoint))


def test_a_pattern_under_which_nothing_was_ever_found_is_a_fault_for_each_year(
    publisher: Publisher, asking: Asking
) -> None:
    assert len(asking.ask(FileAddress(publisher.address("/{year}/a.csv"), 2016, 2017))) == 2


def test_a_table_comes_page_by_page_and_then_costs_one_request(
    publisher: Publisher, estat: Estat, asking: Asking
) -> None:
    estat.page_values = 10
    endpoint = EstatTable(TABLE, (("cdArea", "01223"),))
    assert asking.ask(endpoint) == []
    assert asking.names == [f"{TABLE}-{start}.json" for start in (21, 11, 1)], "the first page is not kept last"
    assert publisher.paths() == [f"{API}/getMetaInfo", *[f"{API}/getStatsData"] * 3]
    assert all("cdArea=01223" in path and "metaGetFlg=Y" in path for path, _ in publisher.asked[1:])
    assert not [origin for origin in asking.remembered if APP_ID in origin]
    assert asking.ask(endpoint, "2018-11-23") == []
    assert (asking.kept, publisher.paths()) == ([], [f"{API}/getMetaInfo"])
    estat.updated[TABLE] = "2018-11-30"
    assert asking.ask(endpoint, "2018-12-01") == []
    assert len(asking.kept) == 3


def test_a_table_that_changed_on_the_day_is_asked_again_on_the_next(estat: Estat, asking: Asking) -> None:
    estat.updated[TABLE] = "2018-11-22"
    for day, pages in (("2018-11-22", 1), ("2018-11-23", 1), ("2018-11-24", 0)):
        assert asking.ask(EstatTable(TABLE, ()), day) == []
        assert len(asking.kept) == pages, day


def test_a_table_that_changes_between_two_pages_is_not_kept(estat: Estat, asking: Asking) -> None:
    estat.page_values = 15
    days = iter(["2015-11-30", "2015-11-30", "2015-12-01"])
    estat._table = lambda asked, before=estat._table: (  # type: ignore[method-assign,misc]
        estat.updated.update({TABLE: next(days)}),
        before(asked),
    )[1]
    assert "changed while it was read: 2015-11-30, 2015-12-01" in only(asking.ask(EstatTable(TABLE, ())))
    assert asking.kept == []


def dataset(number: int, kind: str, title: str, changed: str, form: str = "XLS", base: str = "") -> dict[str, Any]:
    resource = {
        "@id": str(number),
        "TITLE": {"NAME": title, "TABLE_NAME": title},
        "URL": f"{base}/stat-search/file-download/{number}",
        "FORMAT": form,
        "LAST_MODIFIED_DATE": changed,
    }
    title_of_all = {"NAME": "住民基本台帳", "TABULATION_SUB_CATEGORY1": kind}
    return {"@id": str(number), "DATASET": {"TITLE": title_of_all}, "RESOURCES": {"RESOURCE": resource}}


def test_the_catalogue_s_files_come_under_their_own_names_and_then_cost_its_pages(
    publisher: Publisher, estat: Estat, asking: Asking
) -> None:
    estat.datasets = [
        dataset(number, "調査の結果", f"市区町村別 {number}", "2018-07-11", base=publisher.base)
        for number in range(101)
    ]
    estat.datasets += [
        dataset(200, "利用上の注意", "市区町村別", "2018-07-11", base=publisher.base),
        dataset(201, "調査の結果", "都道府県別", "2018-07-11", base=publisher.base),
        dataset(202, "調査の結果", "市区町村別", "2018-07-11", "PDF", base=publisher.base),
    ]
    for number in range(101):
        name = "attachment; filename*=UTF-8''%E3%80%90%E7%B7%8F%E8%A8%88%E3%80%91" + f"{number}.xls"
        publisher.answers[f"/stat-search/file-download/{number}"] = file(str(number).encode(), Content_Disposition=name)
    endpoint = EstatFiles((("statsCode", "00200241"),), ("調査の結果", "市区町村別"))
    assert asking.ask(endpoint) == []
    assert asking.names == [f"【総計】{number}.xls" for number in range(101)]
    assert asking.ask(endpoint) == []
    assert publisher.paths() == [f"{API}/getDataCatalog"] * 2, "100 data sets a page"
    # one is changed: it alone is asked for
    estat.datasets[7]["RESOURCES"]["RESOURCE"]["LAST_MODIFIED_DATE"] = "2018-11-20"
    publisher.answers["/stat-search/file-download/7"] = file(b"corrected")
    assert asking.ask(endpoint) == []
    assert [data for _, data in asking.kept] == [b"corrected"]


def test_a_catalogue_that_lists_no_such_file_is_a_fault(estat: Estat, asking: Asking) -> None:
    told = only(asking.ask(EstatFiles((("statsCode", "00200241"),), ("市区町村別",))))
    assert "e-Stat files statsCode=00200241 市区町村別: the catalogue lists no such file" in told


def test_a_portal_s_resources_are_named_by_patterns_and_cost_one_request_afterwards(
    publisher: Publisher, asking: Asking
) -> None:
    resources = [
        {
            "url": "/opendata/1/2018_gaikokujin.xls",
            "name": "平成30年度",
            "format": "XLS",
            "last_modified": "2018-09-01T0:0",
        },
        {"url": "/opendata/2/readme.pdf", "name": "説明", "format": "PDF", "last_modified": None},
    ]
    publisher.answers["/opendata/api/package_show"] = as_json({"success": True, "result": {"resources": resources}})
    publisher.answers["/opendata/1/2018_gaikokujin.xls"] = file(b"guests")
    for patterns in (("XLS",), ("*.xls",), ("平成??年度",)):
        asking.remembered = {}
        endpoint = CkanDataset(publisher.address("/opendata/api"), "41", patterns)
        assert asking.ask(endpoint) == []
        assert asking.names == ["2018_gaikokujin.xls"], patterns
        assert publisher.asked[0][0] == "/opendata/api/package_show?id=41"
        assert asking.ask(endpoint) == []
        assert publisher.paths() == ["/opendata/api/package_show"]
    assert "lists no such file" in only(asking.ask(CkanDataset(publisher.address("/opendata/api"), "41", ("*.csv",))))


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (PAGE, "a web page (HTML) where JSON belongs"),
        (b'{"success": tr', "JSON that is damaged"),
        (b'{"success": false, "error": {}}', "an answer without success and result"),
    ],
)
def test_a_portal_that_answers_otherwise_is_told(publisher: Publisher, asking: Asking, body: bytes, found: str) -> None:
    publisher.answers["/api/package_show"] = status(200, body)
    assert f"found: {found}" in only(asking.ask(CkanDataset(publisher.address("/api"), "41", ("*",))))


def refusal(code: object, message: str = "だめです", http: int = 400, **more: object) -> Any:
    return as_json({"GET_META_INFO": {"RESULT": {"STATUS": code, "ERROR_MSG": message}, **more}}, http)


@pytest.mark.parametrize(
    ("response", "found", "remedy"),
    [
        (refusal(100, http=403), "the application id was not accepted: STATUS 100", "set NEMURO_ESTAT_APP_ID"),
        (refusal("1", http=200), "no data for this request: STATUS 1", "correct the endpoint in config/sources/"),
        (refusal("102"), "the request was not accepted: STATUS 102 “だめです”", "correct the endpoint"),
        (refusal(300, http=200), "found: STATUS 300 “だめです”", "try again later"),
        (status(403, PAGE), "a firewall, not e-Stat's API, refused this machine", "try again later"),
        (status(200, PAGE), "a web page (HTML) with HTTP 200 where JSON belongs", "try again later"),
        (status(200, b'{"GET_META_INFO": {"RES'), "JSON that is cut short or damaged", "try again later"),
        (status(200, b"[" * 100_000), "JSON that is cut short or damaged", "try again later"),
        (as_json({"GET_STATS_LIST": {}}), "another form (expected GET_META_INFO with RESULT and STATUS)", "try again"),
        (refusal(0, http=200), "another form (expected METADATA_INF with TABLE_INF)", "try again later"),
    ],
)
def test_every_refusal_of_the_api_is_told_apart(
    publisher: Publisher, asking: Asking, response: Any, found: str, remedy: str
) -> None:
    publisher.answers[f"{API}/getMetaInfo"] = response
    told = only(asking.ask(EstatTable(TABLE, ())))
    assert found in told
    assert remedy in told.splitlines()[-1]
    assert "nothing was kept of this answer" in told


def test_an_application_id_that_the_server_repeats_is_masked_and_not_kept(
    publisher: Publisher, estat: Estat, asking: Asking
) -> None:
    estat.echo = True
    assert "which may not be kept" in only(asking.ask(EstatTable(TABLE, ())))
    assert asking.kept == []
    publisher.answers[f"{API}/getMetaInfo"] = refusal(100, f"{APP_ID} は登録されていません", 403)
    assert "“*** は登録されていません”" in only(asking.ask(EstatTable(TABLE, ())))


def test_a_phrase_behind_the_status_and_a_broken_header_repeat_nothing(
    publisher: Publisher, asking: Asking, caplog: pytest.LogCaptureFixture
) -> None:
    def echo(handler: Any) -> None:
        handler.send_response(418, f"no key {APP_ID}")
        handler._headers_buffer.append(f"no header at all {APP_ID}\r\n".encode())
        handler.end_headers()

    publisher.answers[f"{API}/getMetaInfo"] = echo
    with caplog.at_level("DEBUG", logger="nemuro_etl"):
        assert "HTTP 418" in only(asking.ask(EstatTable(TABLE, ())))
    assert APP_ID not in caplog.text


def test_a_next_page_before_this_one_ends_the_asking(publisher: Publisher, estat: Estat, asking: Asking) -> None:
    whole = estat._getStatsData({"statsDataId": TABLE, "startPosition": "1"})
    whole["STATISTICAL_DATA"]["RESULT_INF"]["NEXT_KEY"] = 1
    publisher.answers[f"{API}/getStatsData"] = as_json({"GET_STATS_DATA": {"RESULT": {"STATUS": 0}, **whole}})
    assert "a NEXT_KEY after 1, not 1" in only(asking.ask(EstatTable(TABLE, ())))
    assert asking.kept == []


def test_a_host_is_asked_three_times_at_once_and_no_more(publisher: Publisher) -> None:
    counting, here, most = threading.Lock(), 0, 0

    def slow(handler: Any) -> None:
        nonlocal here, most
        with counting:
            here += 1
            most = max(most, here)
        time.sleep(0.4)
        with counting:  # before the answer: whoever has it may be asking again
            here -= 1
        file(b"x")(handler)

    publisher.answers["/a"] = slow
    with ThreadPoolExecutor(9) as threads:
        got = list(
            threads.map(lambda _: fetching.fetch(publisher.address("/a"), timeout_seconds=1.1, max_bytes=10), range(9))
        )
    assert all(got), "waiting for the others counted as the server's time"
    assert most == fetching.AT_ONCE == 3
