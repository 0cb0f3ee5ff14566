"""The dashboard as its readers have it: the file itself, and a browser that opens it from a folder."""

import json
import re
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from html.parser import HTMLParser
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from nemuro_etl.model.evaluation import RATING_LABELS
from nemuro_etl.report.dashboard import render_dashboard
from nemuro_etl.report.reference import Reference
from tests.e2e.command import Nemuro, require_four_parts
from tests.e2e.composed import composed

YEAR, NIGHT = 2018, "2019-08-10"
Attributes = dict[str, str | None]


@dataclass
class TableRow:
    """A row of a table: its texts by cell, and the exact values of the numbers that it shows."""

    attributes: Attributes
    cells: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    numbers: list[tuple[Decimal, str]] = field(default_factory=list)
    code: str = ""


class Page(HTMLParser):
    """What a program sees of the page: elements that carry a rating, and every row of every table by its section."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.articles: list[Attributes] = []
        self.form: Attributes = {}
        self.texts: dict[str, str] = {}
        self.rows: dict[str, list[TableRow]] = {}
        """By what they stand in: the section's or the article's id."""
        self.lists: dict[str, list[str]] = {}
        self._place, self._open = "", [""]
        self._row: TableRow | None = None
        self._value: Decimal | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self._open.append(attributes.get("class") or tag)
        match tag:
            case "section":
                self._place = attributes.get("aria-labelledby") or ""
            case "article":
                self.articles.append(attributes)
                self._place = attributes["id"] or ""
            case "form":
                self.form = attributes
            case "tr":
                self._row = TableRow(attributes)
                self.rows.setdefault(self._place, []).append(self._row)
            case "td" | "th" if self._row is not None:
                self._row.cells.append("")
            case "a" if self._row is not None:
                self._row.links.append((attributes["href"] or "").removeprefix("#"))
            case "li":
                self.lists.setdefault(self._place, []).append("")
            case "data":
                self._value = Decimal(attributes["value"] or "")
            case "p" | "div" if "id" in attributes:
                self.texts[attributes["id"] or ""] = "hidden" if "hidden" in attributes else ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "tr":
            self._row = None

    def handle_data(self, data: str) -> None:
        inside, text = self._open[-1], data.strip()
        if self._row is not None and self._row.cells:
            if inside == "code" and "@" in text:
                self._row.code = text
            elif self._value is not None:
                self._row.numbers.append((self._value, text))
            self._row.cells[-1] += text
        elif self._place in self.lists:
            self.lists[self._place][-1] += text
        self._value = None


@pytest.fixture(scope="module")
def home(reported: tuple[Nemuro, Path], tmp_path_factory: pytest.TempPathFactory) -> Nemuro:
    """The home after the second night, where something can be compared with the first, and its report."""
    return reported[0].copy(tmp_path_factory.mktemp("dashboard") / "home")


def write(nemuro: Nemuro, folder: Path, *more: str) -> Path:
    answer = nemuro.ask("report", "--fiscal-year", str(YEAR), "--out", folder, *more)
    assert answer.exit == 0, answer.all
    assert answer.out.splitlines()[-1] == str(folder / "dashboard.html")
    return folder / "dashboard.html"


def draw(nemuro: Nemuro, file: Path) -> Path:
    """The dashboard alone, without the forms of the 調書 that the command writes beside it."""
    file.write_text(render_dashboard(composed(nemuro, YEAR)), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def file(reported: tuple[Nemuro, Path]) -> Path:
    return reported[1] / "dashboard.html"


@pytest.fixture(scope="module")
def page(file: Path) -> Page:
    return Page(file.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def judged(home: Nemuro) -> dict[tuple[str, int], dict[str, Any]]:
    """By indicator and year, what the product says of it as data."""
    return {(name, year): row for year in range(2015, YEAR + 1) for name, row in home.judged(year).items()}


def newest(judged: dict[tuple[str, int], dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """By indicator, its newest rated year, or the last one when none is."""
    found: dict[str, dict[str, Any]] = {}
    for (name, _), row in sorted(judged.items(), key=lambda item: item[0][1]):
        if row["rating"] != "not_rated" or found.get(name, row)["rating"] == "not_rated":
            found[name] = row
    return found


def test_every_row_of_the_strategy_is_listed_once_and_shown_once(
    page: Page, judged: dict[tuple[str, int], dict[str, Any]]
) -> None:
    names = {name for name, _ in judged}
    shown = [str(article["id"]) for article in page.articles]
    listed = [row.links[0] for row in page.rows["list"] if "data-rating" in row.attributes]
    assert sorted(shown) == sorted(listed) == sorted(names)
    assert shown == listed, "in one order"
    assert len([name for name in shown if name.startswith("g")]) == 51
    distinct = {name for (name, _), row in judged.items() if row["same_as"] is None}
    assert len(distinct) == 65
    assert {article["id"]: article["data-rating"] for article in page.articles} == {
        name: row["rating"] for name, row in newest(judged).items()
    }


def test_the_counts_of_the_goals_add_up_to_all_distinct_indicators(
    page: Page, judged: dict[tuple[str, int], dict[str, Any]]
) -> None:
    *parts, total = ([int(cell) for cell in row.cells[1:]] for row in page.rows["overview"][1:])
    assert len(parts) == 4
    assert [sum(column) for column in zip(*parts, strict=True)] == total
    assert all(sum(row[:-1]) == row[-1] for row in [*parts, total])
    counts = Counter(row["rating"] for row in newest(judged).values() if row["same_as"] is None)
    assert total == [*(counts[rating] for rating in RATING_LABELS), 65]


def test_every_number_of_every_year_is_that_of_its_evaluation(
    page: Page, judged: dict[tuple[str, int], dict[str, Any]]
) -> None:
    seen = set()
    for article in page.articles:
        for row in page.rows[str(article["id"])][1:]:
            reference = Reference.parse(row.code)
            assert reference is not None, row
            assert (reference.indicator, reference.as_of) == (article["id"], date.fromisoformat(NIGHT))
            key = (reference.indicator, reference.fiscal_year)
            seen.add(key)
            assert [value for value, _ in row.numbers] == [Decimal(text) for text in told(judged[key])], key
            assert any(RATING_LABELS[judged[key]["rating"]] in cell for cell in row.cells), key
            for value, text in row.numbers:
                require_same(value, text)
    assert seen == set(judged)


def told(row: dict[str, Any]) -> list[str]:
    """The numbers of an evaluation in the order of the table."""
    floor = row["do_nothing"] is not None or bool(row["bases"])
    bases = sorted(row["bases"], key=lambda basis: str(basis["basis"]) != "registry")
    ratios = [row["pace"]] if floor else [row["pace"], row["attainment"]]
    numbers = [row["actual"], *(basis["actual"] for basis in bases), row["expected"], row["do_nothing"], *ratios]
    return [number for number in numbers if number is not None]


def require_same(value: Decimal, text: str) -> None:
    """That `text` is `value` as it is shown: rounded half-up, or a ratio rounded down."""
    plain = Decimal(text.replace("−", "-").replace(",", "").removesuffix("％"))
    step = Decimal(1).scaleb(int(plain.as_tuple().exponent))
    exact = value * 100 if text.endswith("％") else value
    assert plain in {exact.quantize(step, ROUND_HALF_UP), exact.quantize(step, ROUND_FLOOR)}, (value, text)


def test_every_row_with_a_figure_has_its_chart_with_a_sentence(
    file: Path, judged: dict[tuple[str, int], dict[str, Any]]
) -> None:
    drawn = re.findall(r'<svg class="chart" [^>]*role="img" aria-label="([^"]+)"', file.read_text(encoding="utf-8"))
    known = {name for (name, _), row in judged.items() if row["actual"] is not None}
    assert len(drawn) == len(known) + 2, "and one of the ratings, and one of the population"
    assert "根室市への移住者数の推移の図。平成30年度の実績17人、目標25人。数値は表にある。" in drawn


def test_what_is_shown_and_never_judged_stands_at_its_newest_figure(page: Page) -> None:
    row = next(row for row in page.rows["list"] if row.links == ["p2020-elderly"])
    assert row.cells[1:4] == ["－判定対象外", "8,591人", "平成29年度"]


def test_a_code_beside_a_number_leads_to_its_cell(home: Nemuro, page: Page) -> None:
    code = next(row.code for row in page.rows["g2-i1-1"] if "FY2017" in row.code)
    answer = home.on("2020-01-01").ask("explain", code)
    assert answer.exit == 0, answer.all
    assert "平成29年度（2019-08-10時点で登録済みの値による）" in answer.out
    assert "houkoku-2018.csv の line" in answer.out
    both = home.ask("explain", code, "--fiscal-year", "2016")
    assert both.exit == 2
    assert "give neither --fiscal-year nor --as-of" in both.err


def test_what_is_missing_is_named_by_state_with_its_years(
    page: Page, judged: dict[tuple[str, int], dict[str, Any]]
) -> None:
    missing = Counter(
        row["name"] for row in judged.values() if row["data_state"] != "available" and row["same_as"] is None
    )
    named: Counter[str] = Counter()
    for line in page.lists["missing"]:
        name, years = re.fullmatch(r"(.+)（((?:平成\d+年度、?)+)）.*", line).groups()  # type: ignore[union-attr]
        named[name] += len(years.split("、"))
    assert missing
    assert named == missing


def test_what_changed_since_the_night_before_is_told_with_its_cause(
    page: Page, judged: dict[tuple[str, int], dict[str, Any]], first_night: Nemuro, tmp_path: Path
) -> None:
    earlier = first_night.copy(tmp_path / "home")
    before = newest({(name, year): row for year in range(2015, 2019) for name, row in earlier.judged(year).items()})
    now = newest(judged)
    moved = {
        name
        for name, row in now.items()
        if row["same_as"] is None
        and row["rating"] != "not_rated"
        and (row["fiscal_year"], row["actual"]) != (before[name]["fiscal_year"], before[name]["actual"])
    }
    rows = [row for row in page.rows["moved"] if row.links]
    assert {row.links[0] for row in rows} == moved
    assert len(rows) == len(moved) > 40
    for row in rows:
        old, new = before[row.links[0]], now[row.links[0]]
        assert RATING_LABELS[old["rating"]] in row.cells[1]
        assert RATING_LABELS[new["rating"]] in row.cells[4]
        assert row.cells[-1] == "新しい実績値"


def test_a_first_night_has_nothing_to_compare_with(first_night: Nemuro, tmp_path: Path) -> None:
    html = draw(first_night.copy(tmp_path / "home"), tmp_path / "first.html").read_text(encoding="utf-8")
    assert "比べられる前回の評価はありません。" in html


def test_the_same_report_is_the_same_file_small_and_alone(home: Nemuro, file: Path, tmp_path: Path) -> None:
    content = file.read_bytes()
    assert write(home.on("2019-08-12"), tmp_path, "--as-of", NIGHT).read_bytes() == content
    others = {each.name for each in file.parent.iterdir() if not each.name.startswith("効果検証調書_")}
    assert others == {file.name}, "something is left beside it"
    assert len(content) < 3_000_000
    html = content.decode()
    assert not re.search(r"\s(?:src|href|action|srcset|data)=[\"'](?!#)", html), "it refers to something outside"
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest|WebSocket", html)
    assert "default-src 'none'" in html


def test_a_year_that_is_not_judged_is_refused_and_nothing_is_written(home: Nemuro, tmp_path: Path) -> None:
    answer = home.ask("report", "--fiscal-year", "2030", "--out", tmp_path / "out")
    assert answer.exit == 2
    require_four_parts(answer.err)
    assert "FY2030" in answer.err
    assert "FY2015, FY2016, FY2017, FY2018, FY2019" in answer.err
    assert not (tmp_path / "out").exists()


def test_without_scripts_nothing_is_hidden_but_the_filter_that_would_not_work(page: Page) -> None:
    assert "hidden" in page.form
    rated = [row.attributes for row in page.rows["list"] if "data-rating" in row.attributes]
    assert not [each for each in (*page.articles, *rated) if "hidden" in each]


@dataclass(frozen=True)
class Browser:
    """A real browser that opens files, with every name on the network unresolvable."""

    folder: Path

    def open(self, file: Path, fragment: str = "") -> tuple[Page, str]:
        """The page after its script ran, and what the browser said meanwhile."""
        done = subprocess.run(
            [
                "chromium",
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-component-update",
                "--no-first-run",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                "--virtual-time-budget=2000",
                "--enable-logging=stderr",
                f"--user-data-dir={self.folder / 'profile'}",
                f"--log-net-log={self.net_log}",
                "--dump-dom",
                f"{file.as_uri()}{fragment}",
            ],
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=90,
            check=True,
        )
        return Page(done.stdout), done.stderr

    @property
    def net_log(self) -> Path:
        return self.folder / "net.json"

    def asked(self) -> set[str]:
        """The addresses that a page asked for during the last `open`; what the browser itself asks has no origin."""
        events = json.loads(self.net_log.read_text(encoding="utf-8"))["events"]
        started = (event.get("params", {}) for event in events)
        return {each["url"] for each in started if each.get("initiator", "not an origin") != "not an origin"}


@pytest.fixture
def browser(tmp_path: Path) -> Browser:
    if which("chromium") is None:
        pytest.skip("Chromium is not here: whether a browser opens the dashboard was NOT checked")
    return Browser(tmp_path)


def shown(page: Page) -> list[Attributes]:
    rated = [row.attributes for row in page.rows["list"] if "data-rating" in row.attributes]
    return [each for each in (*page.articles, *rated) if "hidden" not in each]


def test_a_browser_opens_it_from_a_folder_without_an_error_and_asks_for_nothing(browser: Browser, file: Path) -> None:
    page, said = browser.open(file)
    assert "CONSOLE" not in said, said
    assert not browser.asked()
    assert "hidden" not in page.form
    assert len(shown(page)) == 2 * 67


def test_the_filter_leaves_the_rows_of_one_rating_and_one_section(browser: Browser, file: Path) -> None:
    page, said = browser.open(file, "#department=sogo-seisaku&rating=behind")
    assert "CONSOLE" not in said, said
    kept = shown(page)
    assert {(each["data-department"], each["data-rating"]) for each in kept} == {("sogo-seisaku", "behind")}
    assert 0 < len(kept) < 2 * 67
    assert len(kept) % 2 == 0, "the list and the details are not filtered alike"
    html = file.read_text(encoding="utf-8")
    wanted = html.count('<tr data-rating="behind" data-department="sogo-seisaku">')
    assert len(kept) == 2 * wanted


def test_a_script_that_is_not_its_own_is_refused_and_every_row_is_shown(
    browser: Browser, file: Path, tmp_path: Path
) -> None:
    html = file.read_text(encoding="utf-8")
    altered = tmp_path / "altered.html"
    altered.write_text(html.replace('"use strict";', '"use strict"; '), encoding="utf-8")
    page, said = browser.open(altered, "#rating=behind")
    assert "Content Security Policy" in said
    assert len(shown(page)) == 2 * 67
    assert "hidden" in page.form


@pytest.mark.parametrize(("age", "stale"), [(0, False), (2, False), (3, True)])
def test_it_turns_stale_by_itself_after_two_days(
    browser: Browser, home: Nemuro, tmp_path: Path, age: int, stale: bool
) -> None:
    day = datetime.now(UTC).astimezone().date() - timedelta(days=age)
    page, _ = browser.open(draw(home.on(day.isoformat()), tmp_path / "later.html"))
    assert (page.texts["stale"] != "hidden") is stale
