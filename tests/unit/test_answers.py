"""Answers to warnings, in sentences: numbers that cannot be forged, which answers stand, and replies as they come."""

import mailbox
from base64 import b64encode
from dataclasses import replace
from datetime import date
from decimal import Decimal
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest

from nemuro_etl.alerting import (
    acknowledgement,
    comments_of,
    default_until,
    ended_silences,
    find_warning,
    may_last_until,
    silences_on,
    token_of,
    unanswered,
)
from nemuro_etl.mail.replies import TOO_LONG, Reply, read_replies
from nemuro_etl.model.alert import Answer, AnswerKind, ChangeKind, Told
from nemuro_etl.model.evaluation import Rating

KEY = b"0123456789abcdef0123456789abcdef"
EDITION = "fy2015-2019"
NIGHT, REPLIED = date(2018, 11, 22), date(2018, 11, 26)
WARNED = Told(EDITION, "g2-n1", 2017, ChangeKind.OPENED, Rating.BEHIND, Decimal(1), Decimal(2), "FY2017", "x", NIGHT)
OTHER = replace(WARNED, indicator="g2-i1-1")
ACK = Answer(
    "k1",
    EDITION,
    "g2-n1",
    2017,
    "suisan-keizai",
    AnswerKind.ACKNOWLEDGED,
    date(2019, 1, 31),
    "佐藤",
    "協議中",
    REPLIED,
)
SILENCE = replace(ACK, key="k2", kind=AnswerKind.SILENCED, until=date(2018, 12, 28), text="統計の誤りを照会中")

TOKEN = token_of(KEY, EDITION, "g2-n1", 2017, "suisan-keizai")
SECOND = token_of(KEY, EDITION, "g2-i1-1", 2017, "suisan-keizai")
UNTIL = date(2019, 1, 31)


def number_of(token: str) -> str:
    return f"【回答番号：{'-'.join(token[at : at + 4] for at in range(0, 16, 4))}】"


NUMBER, NUMBER_2 = number_of(TOKEN), number_of(SECOND)
DIGEST = f"""総合政策部　御担当者様

━━━━━━━━━━━━━━━━━━━━
１．移住者数
お願い      実績値に誤りがないか御確認ください。
回答欄      対応状況：
            期限：平成30年12月22日
            {NUMBER}
問合せ先    総合政策部 総合政策室
"""


def quoted(text: str, mark: str = "> ") -> str:
    return "".join(f"{mark}{line}\n" for line in text.splitlines())


def a_mail(text: str, *, charset: str = "utf-8", cte: str = "base64", **headers: str) -> EmailMessage:
    message = EmailMessage(policy=policy.SMTP)
    message["From"] = "佐藤 花子 <suisan@city.nemuro.example>"
    message["To"] = "seisaku@city.nemuro.example"
    message["Subject"] = headers.pop("Subject", "Re: 【根室市創生総合戦略】新たな遅れ1件")
    message["Message-ID"] = "<a1@city.nemuro.example>"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text, charset=charset, cte=cte)
    return message


def read_bytes(data: bytes, folder: Path) -> Reply:
    file = folder / "reply.eml"
    file.write_bytes(data)
    (reply,) = read_replies(file)
    return reply


def read(message: EmailMessage, folder: Path) -> Reply:
    return read_bytes(message.as_bytes(), folder)


def said(text: str, folder: Path) -> list[tuple[str, str, date | None]]:
    return [(one.token, one.text, one.until) for one in read(a_mail(text), folder).said]


# --- numbers --------------------------------------------------------------------------------------------------------


def test_a_number_finds_its_warning_and_department() -> None:
    found = find_warning(KEY, TOKEN, [OTHER, WARNED], ["somu", "suisan-keizai"])
    assert found == (EDITION, "g2-n1", 2017, "suisan-keizai")


@pytest.mark.parametrize(
    "token",
    [
        token_of(b"another key of somebody", EDITION, "g2-n1", 2017, "suisan-keizai"),
        token_of(KEY, EDITION, "g2-n1", 2016, "suisan-keizai"),
        token_of(KEY, EDITION, "g2-n1", 2017, "elsewhere"),
        token_of(KEY, "another edition", "g2-n1", 2017, "suisan-keizai"),
        TOKEN[:-1] + ("A" if TOKEN[-1] != "A" else "B"),
        "A" * 16,
    ],
)
def test_a_forged_or_unknown_number_finds_nothing(token: str) -> None:
    assert find_warning(KEY, token, [OTHER, WARNED], ["somu", "suisan-keizai"]) is None


def test_a_number_has_80_bits_and_is_the_same_every_night() -> None:
    assert len(TOKEN) == 16
    assert set(TOKEN) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    assert token_of(KEY, EDITION, "g2-n1", 2017, "suisan-keizai") == TOKEN != SECOND


def test_a_recovery_is_no_warning_that_could_be_answered() -> None:
    assert find_warning(KEY, TOKEN, [replace(WARNED, kind=ChangeKind.RECOVERED)], ["suisan-keizai"]) is None


# --- which answers stand --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "open_"),
    [(date(2018, 11, 25), True), (REPLIED, False), (UNTIL, False), (date(2019, 2, 1), True)],
)
def test_an_acknowledged_warning_is_unanswered_before_the_answer_and_after_its_last_day(day: date, open_: bool) -> None:
    assert (WARNED in unanswered([WARNED], [ACK], day)) is open_


def test_a_worsening_and_a_new_year_after_the_answer_are_unanswered() -> None:
    worse = replace(WARNED, kind=ChangeKind.WORSE, as_of=date(2018, 12, 3))
    new_year = replace(WARNED, fiscal_year=2018, as_of=date(2018, 12, 3))
    day = date(2018, 12, 4)
    assert unanswered([worse], [ACK], day) == (worse,)
    assert unanswered([new_year], [ACK], day) == (new_year,)
    assert acknowledgement(worse, [ACK, replace(ACK, key="k3", as_of=day)], day) is not None


def test_another_indicator_stays_unanswered() -> None:
    assert unanswered([WARNED, OTHER], [ACK], REPLIED) == (OTHER,)


def test_a_silenced_warning_is_not_reminded_of_whatever_its_year() -> None:
    day = date(2018, 12, 28)
    assert unanswered([replace(WARNED, fiscal_year=2018, as_of=day)], [SILENCE], day) == ()
    assert silences_on([ACK, SILENCE], day) == {"g2-n1": SILENCE}
    assert silences_on([ACK, SILENCE], date(2018, 12, 29)) == {}


def test_a_silence_has_ended_the_day_after_its_last_unless_another_follows() -> None:
    longer = replace(SILENCE, key="k3", until=date(2019, 3, 31))
    assert ended_silences([SILENCE], date(2018, 12, 28)) == ()
    assert ended_silences([SILENCE, ACK], date(2018, 12, 29)) == (SILENCE,)
    assert ended_silences([SILENCE, longer], date(2018, 12, 29)) == ()
    assert ended_silences([SILENCE, longer], date(2019, 4, 1)) == (SILENCE, longer)


def test_comments_are_kept_by_indicator_and_year_and_a_silence_is_none() -> None:
    later = replace(ACK, key="k4", text="募集を開始")
    assert comments_of([ACK, SILENCE, later]) == {("g2-n1", 2017): (ACK, later)}


def test_an_answer_lasts_from_today_to_one_year() -> None:
    assert may_last_until(REPLIED, REPLIED)
    assert may_last_until(date(2019, 11, 26), REPLIED)
    assert not may_last_until(NIGHT, REPLIED)
    assert not may_last_until(date(2019, 12, 1), REPLIED)
    assert may_last_until(default_until(REPLIED), REPLIED)


# --- where people write ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"対応状況：募集を強化します。\n期限：2019-01-31\n{NUMBER}\n", id="the form of the mailto"),
        pytest.param(
            "募集を強化します。\n期限：H31.1.31\n\n2018年11月22日(木) 9:00 進捗管理 <nemuro@city.example>:\n"
            + quoted(DIGEST),
            id="on top of the quote",
        ),
        pytest.param(
            "募集を強化します。\n期限 : 平成31年1月31日まで\n\nOn Thu, Nov 22, 2018 at 9:00 AM 進捗管理\n<nemuro@city.example>\nwrote:\n"
            + quoted(DIGEST),
            id="on top, the line before the quote folded",
        ),
        pytest.param(
            "対応状況：募集を強化します。\n期限：平成31年1月31日\n\n-----Original Message-----\nFrom: 進捗管理\nSent: Thu\n\n"
            + DIGEST,
            id="on top, Outlook",
        ),
        pytest.param(
            "募集を強化します。\n期限：2019/1/31\n\n________________________________\n差出人: 進捗管理\n送信日時: 木曜\n\n"
            + DIGEST,
            id="on top, Outlook in Japanese",
        ),
        pytest.param(
            "募集を強化します。\n期限：令和1年1月31日\n".replace("令和1", "平成31") + DIGEST,
            id="on top, no marks at all",
        ),
        pytest.param(
            quoted(DIGEST)
            .replace("対応状況：\n", "対応状況：\n募集を強化します。\n")
            .replace("平成30年12月22日", "平成３１年１月３１日"),
            id="inside the quoted form",
        ),
        pytest.param(
            quoted(DIGEST, "＞　")
            .replace("対応状況：\n", "対応状況：募集を強化します。\n")
            .replace("平成30年12月22日", "2019.1.31"),
            id="on the quoted line itself, full-width marks",
        ),
        pytest.param(
            "-----元のメッセージ-----\n差出人: 進捗管理\n"
            + DIGEST.replace("対応状況：\n", "対応状況：\n募集を強化します。\n").replace(
                "平成30年12月22日", "平成31年1月31日"
            ),
            id="inside the form, Outlook",
        ),
        pytest.param(f"募集を強化します。\n期限：平成31年1月31日\n{NUMBER}\n", id="everything else cut away"),
        pytest.param(
            "募集を強化します。\n期限：平成31年1月31日\n\n2018年11月22日(木) 9:00 進捗管理\n<nemuro@city.example>:\n\n"
            + quoted(DIGEST),
            id="on top, Gmail",
        ),
        pytest.param(
            quoted(DIGEST).replace("対応状況：\n", "対応状況：\n募集を強化します。\n期限：2019-01-31\n"),
            id="a deadline of one's own inside the quoted form",
        ),
        pytest.param(
            "募集を強化します。\n期限：2019-01-31\n-- \n水産経済部 佐藤\n電話 0153-00-0000\n\n" + quoted(DIGEST),
            id="with a signature",
        ),
        pytest.param(
            f"> 対応状況：\n募集を強化します。\n> 期限：平成31年1月31日\n> 【回答番号：{TOKEN[:4]}-{TOKEN[4:8]}-\n> {TOKEN[8:12]}-{TOKEN[12:]}】\n",
            id="the number folded between quote marks",
        ),
        pytest.param(
            "対応状況：募集を強化します。\n期限：平成31年1月31日\n"
            + number_of(TOKEN).translate({code: code + 0xFEE0 for code in range(0x21, 0x7F)}),
            id="the number full-width",
        ),
        pytest.param(
            f"対応状況：募集を強化します。 期限：2019-01-31 【回答番号：{TOKEN.lower()}",
            id="one line, small letters, no bracket",
        ),
    ],
)
def test_what_is_written_above_the_number_is_the_comment(text: str, tmp_path: Path) -> None:
    assert said(text, tmp_path) == [(TOKEN, "募集を強化します。", UNTIL)]


TWO = DIGEST + DIGEST[DIGEST.index("━") :].replace(NUMBER, NUMBER_2).replace("１．移住者数", "２．就農者数")


def test_a_mail_with_two_numbers_answers_each_with_the_text_above_it(tmp_path: Path) -> None:
    first, second = TWO.split("２．就農者数")
    text = quoted(first.replace("対応状況：\n", "対応状況：一件目\n")) + quoted(
        "２．就農者数"
        + second.replace("対応状況：\n", "対応状況：二件目\n").replace("平成30年12月22日", "平成31年1月31日")
    )
    assert said("お世話になっております。\n\n" + text, tmp_path) == [
        (TOKEN, "一件目", date(2018, 12, 22)),
        (SECOND, "二件目", UNTIL),
    ]


def test_two_numbers_of_which_one_is_answered_answer_that_one(tmp_path: Path) -> None:
    text = quoted(TWO.replace("対応状況：\n", "対応状況：一件目\n", 1))
    assert said(text, tmp_path) == [(TOKEN, "一件目", date(2018, 12, 22))]


def test_text_on_top_of_two_numbers_is_about_neither(tmp_path: Path) -> None:
    reply = read(a_mail("対応します。\n\n" + quoted(TWO)), tmp_path)
    assert reply.said == ()
    assert "which is meant" in reply.ignored


def test_numbers_side_by_side_share_the_text_above_them(tmp_path: Path) -> None:
    text = f"対応状況：一体で進めます。\n期限：2019-01-31\n{NUMBER}\n> {NUMBER_2}\n"
    assert said(text, tmp_path) == [(TOKEN, "一体で進めます。", UNTIL), (SECOND, "一体で進めます。", UNTIL)]


def test_a_number_quoted_twice_is_answered_once(tmp_path: Path) -> None:
    text = quoted(DIGEST.replace("対応状況：\n", "対応状況：募集します。\n")) + quoted(DIGEST, "> > ")
    assert said(text, tmp_path) == [(TOKEN, "募集します。", date(2018, 12, 22))]


@pytest.mark.parametrize("text", [quoted(DIGEST), DIGEST, "\n\n" + quoted(DIGEST)])
def test_a_mail_that_only_quotes_says_nothing(text: str, tmp_path: Path) -> None:
    reply = read(a_mail(text), tmp_path)
    assert reply.said == ()
    assert "nothing is written" in reply.ignored


def test_a_mail_without_a_number_is_ignored(tmp_path: Path) -> None:
    assert "no answer number" in read(a_mail("了解しました。"), tmp_path).ignored


@pytest.mark.parametrize("text", ["来春", "12月22日", "平成31年2月30日", "2019-13-01"])
def test_a_deadline_that_is_no_day_is_handed_on_as_it_stands(text: str, tmp_path: Path) -> None:
    (one,) = read(a_mail(f"対応状況：募集\n期限：{text}\n{NUMBER}"), tmp_path).said
    assert (one.text, one.until, one.until_unclear) == ("募集", None, text)


def test_a_comment_that_names_the_form_s_words_stays_whole(tmp_path: Path) -> None:
    text = f"対応状況：前回の対応状況：協議中、\n今回：募集。\n期限：2019-01-31\n{NUMBER}"
    assert said(text, tmp_path) == [(TOKEN, "前回の対応状況：協議中、\n今回：募集。", UNTIL)]


def test_a_deadline_inside_the_comment_is_not_the_deadline(tmp_path: Path) -> None:
    text = f"対応状況：補助金の申請期限：2018-12-10に間に合わせます。\n期限：2019-01-31\n{NUMBER}"
    assert said(text, tmp_path) == [(TOKEN, "補助金の申請期限：2018-12-10に間に合わせます。", UNTIL)]


# --- as mails come --------------------------------------------------------------------------------------------------

FORM = f"対応状況：①募集を強化します～髙橋\n期限：2019-01-31\n{NUMBER}\n"


@pytest.mark.parametrize(("charset", "declared"), [("utf-8", "utf-8"), ("cp932", "shift_jis"), ("cp932", "us-ascii")])
@pytest.mark.parametrize("cte", ["8bit", "base64"])
def test_every_encoding_of_japanese_mail_programs_is_read(
    charset: str, declared: str, cte: str, tmp_path: Path
) -> None:
    body = FORM.encode(charset)
    data = (
        f"From: a@b.example\r\nMessage-ID: <1@b>\r\nContent-Type: text/plain; charset={declared}\r\n"
        f"Content-Transfer-Encoding: {cte}\r\n\r\n"
    ).encode() + (b64encode(body) if cte == "base64" else body)
    assert read_bytes(data, tmp_path).said[0].text == "①募集を強化します～髙橋"


def test_iso_2022_jp_is_read_also_with_characters_of_windows(tmp_path: Path) -> None:
    text = f"対応状況：募集を強化します。\n期限：2019-01-31\n{NUMBER}\n"
    assert read(a_mail(text, charset="iso-2022-jp", cte="7bit"), tmp_path).said[0].text == "募集を強化します。"


def test_quoted_printable_is_read(tmp_path: Path) -> None:
    assert read(a_mail(FORM, cte="quoted-printable"), tmp_path).said[0].text == "①募集を強化します～髙橋"


def test_format_flowed_lines_are_joined_again(tmp_path: Path) -> None:
    half = f"{TOKEN[:4]}-{TOKEN[4:8]}-"
    text = f"> 対応状況：\n募集を \n強化します。\n> 期限：2019-01-31\n> 【回答番号：{half} \n> {TOKEN[8:12]}-{TOKEN[12:]}】\n"
    message = a_mail(text)
    message.set_param("format", "flowed")
    message.set_param("delsp", "yes")
    assert [(one.token, one.text) for one in read(message, tmp_path).said] == [(TOKEN, "募集を強化します。")]


@pytest.mark.parametrize(
    "html",
    [
        f"<p>募集を強化します。</p><p>期限：2019-01-31</p><blockquote><p>対応状況：<br>期限：平成30年12月22日<br>{NUMBER}</p></blockquote>",
        "<style>p {color: red}</style><div>募集を<b>強化</b>します。<br>期限：2019-01-31</div><div><b>差出人:</b> 進捗管理<br></div>"
        f"<table><tr><th>回答欄</th><td>対応状況：\n期限：平成30年12月22日\n{NUMBER}</td></tr></table>",
        f"<table><tr><th>回答欄</th><td>対応状況：募集を強化します。\n期限：2019-01-31\n{NUMBER}</td></tr></table><script>alert(1)</script>",
    ],
)
def test_a_mail_that_is_only_html_is_read(html: str, tmp_path: Path) -> None:
    message = a_mail("x")
    message.set_content(
        f"<html><head><title>t</title></head><body>{html}</body></html>", subtype="html", charset="utf-8"
    )
    assert [(one.token, one.text, one.until) for one in read(message, tmp_path).said] == [
        (TOKEN, "募集を強化します。", UNTIL)
    ]


def test_attachments_are_not_read(tmp_path: Path) -> None:
    message = a_mail("了解しました。")
    message.add_attachment(FORM, filename="回答.txt")
    assert read(message, tmp_path).said == ()


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated"},
        {"X_Autoreply": "yes"},
        {"X_Autorespond": "yes"},
        {"Precedence": "auto_reply"},
        {"Precedence": "bulk"},
        {"Subject": "不在通知: Re: 新たな遅れ1件"},
        {"Subject": "自動応答: 新たな遅れ1件"},
        {"Subject": "Automatic reply: 新たな遅れ1件"},
        {"Return_Path": "<>"},
    ],
)
def test_what_a_machine_wrote_is_ignored_with_the_reason(headers: dict[str, str], tmp_path: Path) -> None:
    reply = read(a_mail(FORM, **headers), tmp_path)
    assert reply.said == ()
    assert reply.ignored.startswith(("an automatic reply", "a bounce"))
    assert read(a_mail(FORM, Auto_Submitted="no"), tmp_path).said


def test_a_bounce_is_ignored(tmp_path: Path) -> None:
    data = a_mail(FORM).as_bytes().replace(b"suisan@city", b"MAILER-DAEMON@city")
    assert read_bytes(data, tmp_path).ignored == "a bounce: the mail system wrote it"
    report = BytesParser(policy=policy.default).parsebytes(
        b"From: a@b.example\nContent-Type: multipart/report; boundary=x\n\n--x\nContent-Type: text/plain; charset=utf-8\n\n"
        + FORM.encode()
        + b"\n--x--\n"
    )
    assert read_bytes(report.as_bytes(), tmp_path).ignored == "a bounce: the mail system wrote it"


def test_control_characters_are_dropped_and_a_long_text_is_cut_with_a_note(tmp_path: Path) -> None:
    bell, turned = (
        read(a_mail(f"対応状況：募\x07集\u202e\x1b[31m\n期限：2019-01-31\n{NUMBER}"), tmp_path).said[0].text,
        "あ" * 3000,
    )
    assert bell == "募集[31m"
    text = read(a_mail(f"対応状況：{turned}\n期限：2019-01-31\n{NUMBER}"), tmp_path).said[0].text
    assert text == "あ" * 1000 + TOO_LONG


def test_a_sender_cannot_bring_a_line_of_its_own(tmp_path: Path) -> None:
    data = a_mail(FORM).as_bytes()
    start, end = data.index(b"From: "), data.index(b"To: ")
    forged = (
        data[:start]
        + b"From: =?utf-8?b?"
        + b64encode("佐藤\r\nBcc: x@y\x07".encode())
        + b"?= <a@b.example>\r\n"
        + data[end:]
    )
    assert (read_bytes(forged, tmp_path).sender, read_bytes(forged, tmp_path).said) == ("", ())
    name = b64encode("佐\u202e藤\x07".encode())
    named = data[:start] + b"From: =?utf-8?b?" + name + b"?= <a@b.example>\r\n" + data[end:]
    assert read_bytes(named, tmp_path).sender == "佐藤 <a@b.example>"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x00\xff\xfe",
        b"just words\n",
        b"From: a@b.example\nContent-Type: text/plain; charset=\xff\xff\n\n\xff\xfe",
        b"From: a@b.example\nContent-Type: multipart/mixed; boundary=\n\n--\n",
        b"From: a@b.example\n" + b"Content-Type: multipart/mixed; boundary=x\n\n--x\n" * 3000,
        b"From: =?utf-8?b?////?= <\xe3\x81>\nMessage-ID: <\xff>\n\nx",
    ],
)
def test_what_is_no_mail_is_ignored_and_stops_nothing(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(data)
    (tmp_path / "b.eml").write_bytes(a_mail(FORM).as_bytes())
    broken, sound = read_replies(tmp_path)
    assert broken.ignored
    assert sound.said


def test_a_folder_and_an_mbox_in_it_are_read_by_name_and_number(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(a_mail(FORM).as_bytes())
    box = mailbox.mbox(tmp_path / "b.mbox")
    box.add(mailbox.mboxMessage(a_mail("了解")))
    box.add(mailbox.mboxMessage(a_mail(FORM)))
    box.close()
    before = (tmp_path / "b.mbox").read_bytes()
    found = [(reply.place, bool(reply.said)) for reply in read_replies(tmp_path)]
    assert found == [
        (f"{tmp_path / 'a.eml'}", True),
        (f"{tmp_path / 'b.mbox'}, mail 1", False),
        (f"{tmp_path / 'b.mbox'}, mail 2", True),
    ]
    assert (tmp_path / "b.mbox").read_bytes() == before


def test_a_mail_without_an_id_is_known_by_its_bytes(tmp_path: Path) -> None:
    data = b"".join(line for line in a_mail(FORM).as_bytes().splitlines(True) if not line.startswith(b"Message-ID"))
    first, second = read_bytes(data, tmp_path), read_bytes(data, tmp_path)
    assert first.message_id == second.message_id
    assert first.message_id.startswith("sha256:")


@pytest.mark.parametrize(
    "filler", ["回答番号" + " " * 200_000, "期限：" * 60_000, "対応状況：\n" * 40_000, "> " * 100_000, "@" * 200_000]
)
def test_a_hostile_mail_is_read_in_a_moment(filler: str, tmp_path: Path) -> None:
    import time

    started = time.process_time()
    read(a_mail(f"{filler}\n{FORM}"), tmp_path)
    assert time.process_time() - started < 5
