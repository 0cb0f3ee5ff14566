"""What is left of a digest when a gateway has taken the HTML, the links and the attachments: still every fact."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser

import pytest

from nemuro_etl.catalog.types import Indicator, Shape
from nemuro_etl.judging import newest_rated
from nemuro_etl.mail import Night, render_digest, to_message
from nemuro_etl.model.alert import CAUSE_LABELS, Cause, Change, ChangeKind, Told
from nemuro_etl.model.evaluation import RATING_LABELS, Evaluation, Rating
from nemuro_etl.model.period import fiscal_year_label
from nemuro_etl.model.wording import day_text
from nemuro_etl.pipeline.circumstances import coverage_of, moves_of
from nemuro_etl.pipeline.house import House, open_house
from nemuro_etl.pipeline.judging import evaluate
from nemuro_etl.settings import read_settings
from tests.e2e.command import CHECKOUT, SAMPLES, Nemuro

RULE = "─" * 10
INDENT = " " * 12
TOKEN = "ABCDEFGHIJKLMNOP"
COMPANIES = "g2-a3-1"
ANSWER_BY = date(2018, 12, 7)
NUMBER = re.compile(r"(マイナス)?([\d,]+(?:\.\d+)?)")
LATER_FILES = (
    ("vital", SAMPLES / "vital" / "h25-29.xlsx"),
    ("tourism", SAMPLES / "tourism" / "2015_gaikokujin.xlsx"),
)
"""With these beside the sample night's, every row has been rated at least once, but those that never are."""


@dataclass(frozen=True)
class Stripped:
    """The text of a mail about one indicator after the gateway, and its labelled facts without white space."""

    text: str

    @property
    def words(self) -> str:
        return "".join(self.text.split())

    @property
    def facts(self) -> dict[str, str]:
        facts: dict[str, str] = {}
        label = ""
        for line in self.text.partition(RULE)[2].splitlines()[1:]:
            if line.startswith("━"):
                break
            if line.startswith(INDENT):
                facts[label] += "".join(line.split())
            elif line:
                label, _, value = line.partition("  ")
                facts[label.strip()] = "".join(value.split())
                label = label.strip()
        return facts


def strip(wire: bytes) -> Stripped:
    """As a gateway does it: of the parts only the plain text, and nothing in it that could be opened."""
    message = BytesParser(policy=policy.default).parsebytes(wire)
    parts = [part for part in message.walk() if part.get_content_type() == "text/plain" and not part.is_attachment()]
    text = "".join(str(part.get_content()) for part in parts)
    return Stripped(re.sub(r"(https?|mailto|file)\S+", "", text))


@pytest.fixture(scope="module")
def house(first_night: Nemuro, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = first_night.copy(tmp_path_factory.mktemp("facts") / "home")
    for source, file in LATER_FILES:
        answer = home.ask("ingest", source, file)
        assert answer.exit == 0, answer.all
    opened = open_house(
        read_settings({"home": home.home, "config": CHECKOUT / "config", "now": f"{home.day}T03:00:00+09:00"})
    )
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def rated(house: House) -> dict[str, Evaluation]:
    """By indicator the newest year in which it was rated."""
    years: dict[str, list[Evaluation]] = {}
    for each in evaluate(house, house.today):
        years.setdefault(each.indicator, []).append(each)
    newest = {indicator: newest_rated(of_one) for indicator, of_one in years.items()}
    return {indicator: each for indicator, each in newest.items() if each is not None}


def slip_of(house: House, now: Evaluation) -> Change:
    """A change that a department is told of this row, whether it slips or not."""
    row = row_of(house, now.indicator)
    before = Told(
        house.edition.id,
        now.indicator,
        now.fiscal_year - 1,
        ChangeKind.OPENED,
        Rating.BEHIND,
        now.actual,
        now.target,
        None,
        "2015-10-30",
        date(2017, 8, 1),
    )
    owner = house.catalog.owner_on(row, house.today)
    assert owner is not None, row.id
    cause = Cause.NEW_FIGURE
    return Change(ChangeKind.WORSE, cause, house.edition.id, now.indicator, owner.id, now, before, "2015-10-30")


def row_of(house: House, indicator: str) -> Indicator:
    return next(row for row in house.edition.indicators_on(house.today) if row.id == indicator)


def mail_of(house: House, change: Change) -> Stripped:
    """The digest about one change, through the wire and the gateway."""
    now = change.now
    originals = {figure.snapshot for figure in now.figures if figure.snapshot is not None}
    night = Night(
        day=house.today,
        not_before=house.today,
        answer_by=ANSWER_BY,
        catalog=house.catalog,
        edition=house.edition,
        sender="kpi@city.nemuro.example",
        reply_to="seisaku@city.nemuro.example",
        originals={sha256: house.snapshots.find(sha256) for sha256 in originals},
        margins={(now.indicator, now.fiscal_year): Decimal("3.4")} if now.sample_size else {},
        tokens={(now.indicator, now.fiscal_year): TOKEN},
        moves=moves_of(house, [change], house.today),
        coverage=coverage_of(house, [change]),
    )
    mail = render_digest(house.department(change.department, house.today), [change], night)
    return strip(to_message(mail, date=house.now).as_bytes())


def require_number(fact: str, value: Decimal, unit: str) -> None:
    """The first number of a fact is `value`, rounded to the decimals in which it is printed, with its unit."""
    match = NUMBER.search(fact)
    assert match is not None, fact
    printed = Decimal(match[2].replace(",", "")) * (-1 if match[1] else 1)
    decimals = len(match[2].partition(".")[2])
    assert abs(printed - value) <= Decimal(1).scaleb(-decimals) / 2, f"{fact}: {value}"
    assert fact[match.end() :].startswith(unit.replace("%", "％").replace("/", "／")), fact


def test_every_row_that_is_ever_judged_is_rated_in_the_samples(house: House, rated: dict[str, Evaluation]) -> None:
    rows = house.edition.indicators_on(house.today)
    assert len(rows) == 67
    assert {row.id for row in rows if row.shape is not Shape.OUTLOOK and row.same_as is None} <= set(rated)


def test_a_mail_stripped_of_html_links_and_attachments_tells_every_fact_of_every_indicator(
    house: House, rated: dict[str, Evaluation]
) -> None:
    for now in rated.values():
        row, change = row_of(house, now.indicator), slip_of(house, now)
        mail = mail_of(house, change)
        require_every_fact(house, row, change, mail)


def require_every_fact(house: House, row: Indicator, change: Change, mail: Stripped) -> None:
    now, facts, words = change.now, mail.facts, mail.words
    assert now.actual is not None
    assert now.target is not None
    # what, whose, which year, how
    department = house.department(change.department, house.today).name
    assert words.startswith(f"{department}御担当者様")
    assert "".join(row.name.split()) in words
    assert f"【{RATING_LABELS[now.rating]}】悪化（{fiscal_year_label(now.fiscal_year)}）" in words
    assert facts["判定"] == RATING_LABELS[now.rating]
    # the figures
    require_number(facts["実績"], now.actual, row.unit)
    require_number(facts["目標"], now.target, row.unit)
    if now.expected is not None:
        require_number(facts["目安"], now.expected, row.unit)
    if now.pace is not None:
        assert facts["進捗率"].startswith("マイナス") is (now.pace < 0), facts["進捗率"]
    if row.shape is Shape.FLOOR:
        assert now.do_nothing is not None
        require_number(facts["社人研推計"], now.do_nothing, row.unit)
    elif now.baseline is not None:
        require_number(facts["基準値"], now.baseline, row.unit)
    if now.need_per_year:
        require_number(facts["必要ペース"], abs(now.need_per_year), "ポイント" if row.unit == "%" else row.unit)
    else:
        assert facts["必要ペース"][:2] in ("なし", "―", "―（"), facts["必要ペース"]
    if now.numerator is not None and now.denominator is not None:
        numerator, denominator = facts["内訳"].split("、")
        require_number(numerator.removeprefix("分子"), now.numerator, "")
        require_number(denominator.removeprefix("分母"), now.denominator, "")
    # where it is from
    assert now.period is not None
    assert now.stage is not None
    assert now.period[:4].removeprefix("FY") in facts["対象期間"] or now.period[2:6] in facts["対象期間"]
    assert facts["段階"] == now.stage.value
    for figure in now.figures:
        require_source(house, figure.source, figure.snapshot, figure.locators[0], facts["出典"])
    assert f"「{''.join(row.quote.text.split())}」" in facts["戦略の記述"]
    assert "".join(row.location.split()) in facts["戦略の記述"]
    # why it is told, and what is asked
    assert CAUSE_LABELS[change.cause] in facts["前回から"]
    contact = "".join(house.catalog.alerting.contact.split())
    assert day_text(ANSWER_BY) in facts["お願い"]
    assert "このメールへの返信で" in facts["お願い"]
    assert contact in facts["お願い"]
    assert "回答番号：ABCD-EFGH-IJKL-MNOP" in facts["回答欄"]
    assert facts["問合せ先"] == contact
    assert "回答方法：このメールに返信し、" in words
    if "survey" in row.family:
        assert "標本誤差" in facts


def require_source(house: House, source: str, snapshot: str | None, locator: str, told: str) -> None:
    """Publisher, file and cell (or line) of one figure; of one that config carries its key there."""
    if snapshot is None:
        assert "".join(locator.split()) in told
        return
    known = house.catalog.source(source)
    assert known is not None
    assert "".join(f"{known.title}（{known.publisher}）".split()) in told
    assert "".join(house.snapshots.find(snapshot).name.split()) in told
    if line := re.fullmatch(r"line (\d+):.*", locator):
        assert f"{line[1]}行目" in told
    else:
        sheet, _, cell = locator.rpartition("!")
        assert "".join(sheet.split()) in told
        assert re.search(rf"(?<![A-Z]){cell}(?![0-9])", told), f"{cell} in {told}"


def test_a_ratio_says_how_far_its_denominator_moved_it(house: House, rated: dict[str, Evaluation]) -> None:
    """人口1,000人当たりの法人数: 722 of 27,018 became 724 of 26,399; 0.64 of the 0.71 are people who left."""
    mail = mail_of(house, slip_of(house, rated[COMPANIES]))
    assert "分母（人口）（27,018→26,399）によるもの0.64件／千人の増" in mail.facts["増減の内訳"]
    assert mail.facts["増減の内訳"].endswith("数値が良くなったのは、主に分母（人口）が減ったためです。")


def test_a_ratio_that_got_worse_is_not_excused_by_its_denominator(house: House, rated: dict[str, Evaluation]) -> None:
    decline = mail_of(house, slip_of(house, rated["g2-n3"])).facts["増減の内訳"]
    assert "分子（611→619）" in decline
    assert "良くなった" not in decline


def test_foreign_guests_come_with_how_many_hotels_answered(house: House, rated: dict[str, Evaluation]) -> None:
    mail = mail_of(house, slip_of(house, rated["g2-i2-2"]))
    assert mail.facts["調査の範囲"].startswith("対象34軒中、回答28軒。")


def test_a_survey_inside_its_margin_says_so(house: House, rated: dict[str, Evaluation]) -> None:
    now = rated["g3-n2"]
    assert now.sample_size is not None
    assert now.actual is not None
    change = slip_of(house, now)
    assert change.before is not None
    near = replace(change, before=replace(change.before, actual=now.actual - 1))
    assert "標本誤差の範囲内です" in mail_of(house, near).facts["前回から"]
    assert f"回答{now.sample_size:,}人" in mail_of(house, near).facts["標本誤差"]


def test_the_gateway_leaves_nothing_but_the_text() -> None:
    """Of a mail with a link and an attachment: so that what is found above is found in the text part alone."""
    message = EmailMessage(policy=policy.SMTP)
    message.set_content("本文 https://city.example/kpi 末尾\n")
    message.add_alternative("<p>HTMLだけの語</p>", subtype="html")
    message.add_attachment("添付だけの語", filename="kpi.txt")
    left = strip(message.as_bytes()).words
    assert left == "本文末尾"
