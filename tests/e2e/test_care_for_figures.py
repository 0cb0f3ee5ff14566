"""A publisher's known error put right, a figure that cannot be, and reports that come all at once."""

from pathlib import Path

from tests.e2e.command import SAMPLES, Nemuro, copy_config, require_four_parts

H28 = SAMPLES / "furusato" / "H28_gain.xlsx"
CENSUS = SAMPLES / "census" / "census-2020.json"


def with_lines(nemuro: Nemuro, folder: Path, source: str, lines: str) -> Nemuro:
    """The same with a copy of config/ in which `lines` are added to a source."""
    config = copy_config(folder)
    path = config / "sources" / f"{source}.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("\nfile_kinds:\n", f"\n{lines}\nfile_kinds:\n"), encoding="utf-8")
    return nemuro.with_settings(NEMURO_CONFIG=str(config))


CORRECTION = (
    "corrections:\n  - {series: furusato.amount, area: '01223', period: FY2016, found: 3307433737, "
    "instead: 3307433000, reason: 正誤表（試験のための架空のもの）}"
)


def test_a_declared_correction_is_applied_told_explained_and_verified(nemuro: Nemuro, tmp_path: Path) -> None:
    corrected = with_lines(nemuro, tmp_path, "furusato", CORRECTION)
    answer = corrected.ask("ingest", "furusato", H28)
    assert answer.exit == 0, answer.err
    assert "furusato.amount 01223 FY2016 is 3307433737, taken as 3307433000: 正誤表" in answer.all
    (fact,) = corrected.listed("facts", "furusato.amount", "--area", "01223", "--period", "FY2016")
    assert fact["value"] == "3307433000"
    explained = corrected.ask("explain", "g3-u1-1", "--fiscal-year", "2016").out
    assert "公表値は3307433737円。訂正した理由: 正誤表" in explained.replace(",", "")
    assert "■ 出典\n  「ふるさと納税に関する現況調査」（総務省）を加工して作成" in explained
    assert corrected.ask("trace", "--verify-all").exit == 0


def test_a_correction_added_later_changes_a_recorded_figure_as_its_own_vintage(nemuro: Nemuro, tmp_path: Path) -> None:
    nemuro.receive(H28, source="furusato").ask("collect", "furusato")
    corrected = with_lines(nemuro.on("2018-11-23"), tmp_path, "furusato", CORRECTION)
    assert corrected.ask("collect", "furusato").exit == 0
    values = corrected.listed("facts", "furusato.amount", "--area", "01223", "--period", "FY2016", "--all-vintages")
    assert [fact["value"] for fact in values] == ["3307433737", "3307433000"]


def test_a_correction_that_finds_something_else_refuses_the_file(nemuro: Nemuro, tmp_path: Path) -> None:
    other = with_lines(nemuro, tmp_path, "furusato", CORRECTION.replace("found: 3307433737", "found: 1"))
    answer = other.ask("ingest", "furusato", H28)
    assert answer.exit == 4
    require_four_parts(answer.err[answer.err.index("H28_gain.xlsx: ") :])
    assert "expected 1, the publisher's known error, or 3307433000" in answer.err
    assert other.listed("facts", "furusato.amount") == []


def test_an_implausible_figure_keeps_the_file_out_until_its_reason_is_declared(nemuro: Nemuro, tmp_path: Path) -> None:
    config = copy_config(tmp_path)
    path = config / "sources" / "furusato.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("- {period: FY2015, reason", "- {period: FY2014, reason"), encoding="utf-8")
    gated = nemuro.with_settings(NEMURO_CONFIG=str(config)).receive(
        SAMPLES / "furusato" / "total_gain.xlsx", source="furusato"
    )
    answer = gated.ask("collect", "furusato")
    assert answer.exit == 4
    assert "furusato.amount 01223 FY2015 is 1290101985, 396 times the 3260000 of FY2014" in answer.err
    assert "add `- {period: FY2015, reason: …}` under exceptions of furusato.amount" in answer.err
    assert gated.listed("facts", "furusato.amount") == []
    assert len(gated.originals()) == 1
    path.write_text(text, encoding="utf-8")
    assert gated.ask("collect", "furusato").exit == 0
    assert len(gated.listed("facts", "furusato.amount", "--area", "01223")) == 13


def test_reports_that_come_all_at_once_are_loaded_in_the_order_of_their_years(nemuro: Nemuro, tmp_path: Path) -> None:
    folder = tmp_path / "reports"
    folder.mkdir()
    for name, year in (("a.xlsx", "2015_irikomi.xlsx"), ("b.xlsx", "2014_irikomi.xlsx")):
        (folder / name).write_bytes((SAMPLES / "tourism" / year).read_bytes())
    answer = nemuro.ask("ingest", "tourism", folder / "a.xlsx", folder / "b.xlsx")
    assert answer.exit == 0, answer.all
    outside = nemuro.listed("facts", "tourism.visitors", "--area", "01223", "--period", "FY2014", "--all-vintages")
    outside = [fact["value"] for fact in outside if fact["dimensions"] == {"origin": "outside"}]
    assert outside == ["172500", "149400"]


def test_an_older_report_that_comes_later_asks_before_it_replaces_a_restatement(nemuro: Nemuro) -> None:
    assert nemuro.ask("ingest", "tourism", SAMPLES / "tourism" / "2015_irikomi.xlsx").exit == 0
    later = nemuro.on("2018-11-23")
    answer = later.ask("ingest", "tourism", SAMPLES / "tourism" / "2014_irikomi.xlsx")
    assert answer.exit == 3
    assert "was 149400 (確報), now 172500 (確報)" in answer.all


def test_a_census_file_is_judged_and_explained_to_its_cell(nemuro: Nemuro) -> None:
    night = nemuro.on("2021-12-01")
    before = night.judged(2020)["p2020-total"]
    assert before["basis"] == "census"  # as config carries it
    assert before["figures"][0]["snapshot"] is None
    assert night.ask("ingest", "census", CENSUS).exit == 0
    (figure,) = night.judged(2020)["p2020-total"]["figures"]
    assert (figure["value"], figure["source"]) == ("24636", "census")
    assert figure["snapshot"].startswith("sha256:")
    explained = night.ask("explain", "p2020-total", "--fiscal-year", "2020").out
    assert f"← census-2020.json の {figure['locator']}" in explained
    assert "このサービスは、政府統計総合窓口(e-Stat)のAPI機能を使用していますが" in explained
