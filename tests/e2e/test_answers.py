"""Answers to warnings without a server: by reply, by command, and what the following nights make of them."""

import json
import sqlite3
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from nemuro_etl.model.wording import display_width
from tests.e2e.command import Letter, Nemuro, require_four_parts

HEADER = "indicator,fiscal_year,value,numerator,denominator,n,stage,evidence,remark"
KEY = {"NEMURO_REPLY_KEY": "0123456789abcdef0123456789abcdef"}
ROW, NAME, OWNER = "g2-a1-3", "季節労働者数", "suisan-keizai"
ACK = ("--by", "水産経済部 佐藤", "--comment", "募集を強化します。")
SILENCE = ("--by", "事務局", "--reason", "集計の誤りを照会中")


def report(nemuro: Nemuro, value: int, *, year: int = 2017) -> None:
    """The section reports a figure; where it changes a final one, the secretariat accepts it."""
    file = nemuro.home / "houkoku.csv"
    nemuro.home.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{HEADER}\n{ROW},{year},{value},,,,,,\n", encoding="utf-8")
    nemuro.ask("ingest", "returns", file)
    for held in nemuro.listed("revisions", "list"):
        answer = nemuro.ask("revisions", "accept", str(held["id"]), "--by", "事務局", "--reason", "訂正")
        assert answer.exit == 0, answer.all


def night(nemuro: Nemuro) -> list[Letter]:
    """The digests that a night wrote."""
    before = set(nemuro.letters())
    answer = nemuro.ask("nightly")
    assert answer.exit == 0, answer.all
    return [letter for letter in nemuro.digests() if letter.name not in before]


def summary_of(nemuro: Nemuro) -> str:
    return "".join(letter.text for letter in nemuro.summaries() if letter.name.startswith(nemuro.day))


def plain(letter: Letter) -> str:
    part = letter.message.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def reply_to(letter: Letter, text: str, *, message_id: str = "<r1@city.nemuro.example>", **headers: str) -> bytes:
    """The digest answered on top, quoted below, as most mail programs do it."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = "佐藤 花子 <suisan-keizai@city.nemuro.example>"
    message["Subject"] = f"Re: {letter.message['Subject']}"
    message["Message-ID"] = message_id
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    quoted = "".join(f"> {line}\n" for line in plain(letter).splitlines())
    message.set_content(f"{text}\n\n2018年11月22日 進捗管理 <nemuro@city.nemuro.example>:\n{quoted}")
    return message.as_bytes()


def import_(nemuro: Nemuro, *mails: bytes) -> list[dict[str, Any]]:
    folder = nemuro.home.parent / f"replies-{nemuro.day}"
    folder.mkdir(exist_ok=True)
    for number, data in enumerate(mails):
        (folder / f"{number}.eml").write_bytes(data)
    return nemuro.listed("alerts", "import", folder)


def told(nemuro: Nemuro) -> list[tuple[str, bool]]:
    """Every line of the warning log with whether a mail told it."""
    with sqlite3.connect(nemuro.home / "warehouse.db") as database:
        return database.execute("select kind, mail_key is not null from warning_log order by id").fetchall()


def state(nemuro: Nemuro) -> tuple[str, str | None]:
    (row,) = nemuro.listed("alerts", "list")
    return row["state"], row["until"]


@pytest.fixture
def warned(nemuro: Nemuro) -> Nemuro:
    """The home after a night that opened one warning, with answer numbers."""
    home = nemuro.with_settings(**KEY)
    report(home, 530)
    (digest,) = night(home)
    assert digest.department == OWNER
    return home


def test_a_warning_answered_worsened_silenced_and_resumed_tells_each_thing_once(warned: Nemuro) -> None:
    (digest,) = warned.digests()
    assert state(warned) == ("open", None)

    answered = warned.on("2018-11-26")
    (row,) = import_(answered, reply_to(digest, "<b>募集</b>を強化します。\n期限：平成31年1月31日"))
    assert (row["warning"], row["outcome"]) == (f"{ROW} FY2017", "taken"), row
    assert state(answered) == ("acknowledged", "2019-01-31")
    assert night(answered) == [], "nothing changed, so nothing is told again"

    worse = warned.on("2018-12-03")
    report(worse, 575)
    (second,) = night(worse)
    assert "悪化1件" in str(second.message["Subject"])
    assert "対応状況（いただいた御回答）" in second.text
    assert "<b>募集</b>を強化します。" in second.text
    assert "佐藤花子<suisan-keizai@city.nemuro.example>" in second.text
    html = second.message.get_body(("html",))
    assert html is not None
    assert "&lt;b&gt;募集&lt;/b&gt;" in html.get_content()
    assert "<b>募集" not in html.get_content()
    assert state(worse) == ("open", None), "the worsening is not answered yet"

    silenced = warned.on("2018-12-04")
    answer = silenced.ask("alerts", "silence", ROW, "--until", "2018-12-20", *SILENCE)
    assert answer.exit == 0, answer.all
    assert state(silenced) == ("silenced", "2018-12-20")
    assert night(silenced) == []
    assert "停止中に部署へ送らなかった変化：ありません" in summary_of(silenced)

    better = warned.on("2018-12-10")
    report(better, 531)
    assert night(better) == [], "a silenced change is mailed to no department"
    assert told(better) == [("opened", True), ("worse", True), ("better", False)]
    listed = summary_of(better)
    for fact in (
        "お知らせの停止中",
        NAME,
        "平成30年12月20日まで",
        "集計の誤りを照会中",
        "平成30年12月10日改善（遅れは継続）",
    ):
        assert fact in listed, fact
    assert night(better) == []
    assert len([one for one in better.summaries() if one.name.startswith("2018-12-10")]) == 1

    assert night(warned.on("2018-12-20")) == [], "the last day of the silence"
    ended = warned.on("2018-12-21")
    (third,) = night(ended)
    assert third.department == OWNER
    assert f"お知らせの再開：{NAME}" in third.text
    assert "いただいた御回答" not in third.text, "a comment is shown once"
    assert "お知らせの停止中" not in summary_of(ended)
    assert night(ended) == []
    assert night(warned.on("2018-12-25")) == [], "the end of a silence is told once"


def test_a_rebuild_gives_the_same_digest_and_sends_nothing_twice(warned: Nemuro) -> None:
    (digest,) = warned.digests()
    import_(warned.on("2018-11-26"), reply_to(digest, "募集を強化します。"))
    report(warned.on("2018-12-03"), 575)
    night(warned.on("2018-12-03"))
    warned.on("2018-12-04").ask("alerts", "silence", ROW, "--until", "2018-12-07", *SILENCE)
    report(warned.on("2018-12-05"), 531)
    night(warned.on("2018-12-05"))
    last = warned.on("2018-12-10")
    assert len(night(last)) == 1
    before, letters, answers = last.hash(), last.letters(), last.listed("alerts", "answers")
    for file in last.home.glob("warehouse.db*"):
        file.unlink()
    rebuilt = last.ask("rebuild")
    assert rebuilt.exit == 0, rebuilt.all
    assert last.hash() == before
    assert last.listed("alerts", "answers") == answers
    assert "unchanged; done" in last.ask("nightly").out
    assert last.letters() == letters


def test_an_answer_is_part_of_the_digest_of_the_warehouse(warned: Nemuro) -> None:
    before = warned.hash()
    assert warned.ask("alerts", "ack", ROW, "--until", "2018-12-20", *ACK).exit == 0
    after = warned.hash()
    assert after != before
    assert warned.ask("alerts", "ack", ROW, "--until", "2018-12-20", *ACK).exit == 0
    assert warned.hash() == after, "the same answer twice is one"
    assert len(warned.listed("alerts", "answers")) == 1


def test_forged_expired_doubled_and_automatic_replies_are_listed_with_the_reason(warned: Nemuro) -> None:
    (digest,) = warned.digests()
    genuine = reply_to(digest, "募集を強化します。\n期限：2019-01-31")
    text = plain(digest)
    start = text.index("回答番号：") + len("回答番号：")
    token = text[start : start + 19]
    forged = reply_to(digest, "x", message_id="<r2@x>")
    elsewhere = EmailMessage(policy=policy.SMTP)
    elsewhere["From"], elsewhere["Message-ID"] = "a@b.example", "<r3@x>"
    elsewhere.set_content("勝手な回答\n【回答番号：AAAA-BBBB-CCCC-DDDD】\n")
    rows = import_(
        warned.on("2018-11-26"),
        genuine,
        genuine,
        genuine.replace(b"<r1@", b"<r9@"),
        elsewhere.as_bytes(),
        reply_to(digest, "不在です。", message_id="<r4@x>", Auto_Submitted="auto-replied"),
        b"no mail",
    )
    assert token.count("-") == 3
    assert [row["outcome"] for row in rows] == ["taken", *["ignored"] * 5]
    reasons = ["a duplicate", "a duplicate", "never given out", "Auto-Submitted", "no From"]
    for row, reason in zip(rows[1:], reasons, strict=True):
        assert reason in row["detail"], row
    assert len(warned.listed("alerts", "answers")) == 0, "as of the day before"
    assert len(warned.on("2018-11-26").listed("alerts", "answers")) == 1

    later = warned.on("2018-12-03")
    report(later, 480)
    (recovered,) = night(later)
    assert "回復" in str(recovered.message["Subject"])
    (row,) = import_(later, forged)
    assert (row["outcome"], row["detail"]) == ("ignored", "expired: the warning is closed")


def test_a_reply_without_a_usable_deadline_holds_for_a_while_and_says_so(warned: Nemuro) -> None:
    (digest,) = warned.digests()
    (row,) = import_(warned.on("2018-11-26"), reply_to(digest, "募集を強化します。\n期限：来春"))
    assert row["outcome"] == "taken"
    assert "'来春'" in row["detail"]
    assert state(warned.on("2018-11-26")) == ("acknowledged", "2018-12-26")


def test_the_mailto_of_the_html_begins_a_reply_that_is_taken(warned: Nemuro) -> None:
    from html import unescape
    from urllib.parse import parse_qs, urlsplit

    (digest,) = warned.digests()
    html = digest.message.get_body(("html",))
    assert html is not None
    content = html.get_content()
    start = content.index('href="') + len('href="')
    address = urlsplit(unescape(content[start : content.index('"', start)]))
    assert (address.scheme, address.path) == ("mailto", "sogo-seisaku@city.nemuro.example")
    assert content.count("href=") == 1
    assert max(map(display_width, plain(digest).splitlines())) <= 76
    assert max(len(line) for line in digest.data.split(b"\r\n")) <= 998
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["Message-ID"] = "suisan-keizai@city.nemuro.example", "<r5@x>"
    message.set_content(parse_qs(address.query)["body"][0].replace("対応状況：", "対応状況：募集します。"))
    (row,) = import_(warned.on("2018-11-26"), message.as_bytes())
    assert row["outcome"] == "taken", row


def test_without_a_key_no_number_is_printed_and_no_reply_is_taken(nemuro: Nemuro, tmp_path: Path) -> None:
    report(nemuro, 530)
    (digest,) = night(nemuro)
    assert "回答番号" not in digest.text
    assert b"mailto:" not in digest.data
    answer = nemuro.ask("alerts", "import", tmp_path)
    assert answer.exit == 2
    assert "NEMURO_REPLY_KEY" in answer.err
    require_four_parts(answer.err)
    (finding,) = [row for row in nemuro.listed("doctor") if row["subject"] == "replies"]
    assert "no NEMURO_REPLY_KEY" in str(finding["finding"])


def test_the_key_is_told_nowhere(warned: Nemuro) -> None:
    (digest,) = warned.digests()
    import_(warned.on("2018-11-26"), reply_to(digest, "募集を強化します。"))
    key = KEY["NEMURO_REPLY_KEY"]
    assert key not in json.dumps(warned.ask("doctor", "--format", "json").out)
    assert not [name for name, data in warned.files().items() if key.encode() in data]


@pytest.mark.parametrize(
    ("arguments", "told_of"),
    [
        (("ack", "g2-n1", "--until", "2018-12-20", *ACK), "no warning is open"),
        (("ack", "nonsense", "--until", "2018-12-20", *ACK), "no warning is open"),
        (("ack", ROW, "--fiscal-year", "2016", "--until", "2018-12-20", *ACK), "the open one is about FY2017"),
        (("ack", ROW, "--until", "2018-11-21", *ACK), "is past"),
        (("silence", ROW, "--until", "2020-01-01", *SILENCE), "is too far"),
        (("silence", ROW, "--until", "tomorrow", *SILENCE), "not a day"),
        (("silence", ROW, "--until", "2018-12-20", "--by", "事務局", "--reason", " "), "is empty"),
        (("import", "nowhere.eml"), "no file or folder nowhere.eml"),
    ],
)
def test_what_cannot_be_answered_is_told_in_four_parts(
    warned: Nemuro, arguments: tuple[str, ...], told_of: str
) -> None:
    before = warned.hash()
    answer = warned.ask("alerts", *arguments)
    assert answer.exit == 2
    assert told_of in answer.err
    require_four_parts(answer.err)
    assert warned.hash() == before


def test_a_rehearsal_heeds_answers_and_settles_none(warned: Nemuro) -> None:
    (digest,) = warned.digests()
    import_(warned.on("2018-11-26"), reply_to(digest, "募集を強化します。"))
    worse = warned.on("2018-12-03")
    report(worse, 575)
    assert worse.ask("nightly", "--dry-run").exit == 0
    rehearsed = "".join(file.read_text() for file in (worse.home / "rehearsal").rglob(f"*{OWNER}*.eml"))
    assert "募集を強化します。" in rehearsed
    (second,) = night(worse)
    assert "募集を強化します。" in second.text


def test_an_import_that_died_before_it_was_recorded_is_done_by_the_next(
    warned: Nemuro, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nemuro_etl.warehouse import Warehouse

    (digest,) = warned.digests()
    after = warned.on("2018-11-26")
    data = reply_to(digest, "募集を強化します。")
    with monkeypatch.context() as dying:
        dying.setattr(Warehouse, "record_answers", lambda *_: exit(9))
        import_folder = warned.home.parent / "dying"
        import_folder.mkdir()
        (import_folder / "a.eml").write_bytes(data)
        assert after.ask("alerts", "import", import_folder).exit == 9
    assert after.listed("alerts", "answers") == []
    (row,) = import_(after, data)
    assert row["outcome"] == "taken"
    before = after.hash()
    for file in after.home.glob("warehouse.db*"):
        file.unlink()
    assert after.ask("rebuild").exit == 0
    assert after.hash() == before
    assert len(after.listed("alerts", "answers")) == 1
