"""The mails of a night through a real mail server, Postfix as the distribution ships it, into a Maildir."""

import base64
import hashlib
import os
import pwd
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import trustme

from nemuro_etl.mail import ServerUnready, Smtp, to_message
from nemuro_etl.model.alert import Mail
from nemuro_etl.pipeline.house import open_house
from nemuro_etl.settings import Settings
from tests.e2e.command import CHECKOUT, Nemuro

POSTFIX = Path("/usr/sbin/postfix")
DOMAIN = "city.nemuro.example"
OWNER = "nobody"
SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
tlsmgr    unix  - - n 1000? 1 tlsmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
error     unix  - - n - - error
proxymap  unix  - - n - - proxymap
virtual   unix  - n n - - virtual
anvil     unix  - - n - 1 anvil
postlog   unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True)
class Postfix:
    """A running instance: where it listens, the certificate authority to trust, and where mails arrive."""

    port: int
    ca_file: Path
    maildir: Path
    log: Path

    def arrived(self, count: int) -> list[bytes]:
        """The files of `count` mails, waited for."""
        deadline = time.monotonic() + 30
        while len(files := sorted((self.maildir / "new").glob("*"))) < count:
            assert time.monotonic() < deadline, self.log.read_text(encoding="utf-8")
            time.sleep(0.1)
        return [path.read_bytes() for path in files]


def require_postfix() -> None:
    if not POSTFIX.exists():
        pytest.skip("Postfix is not here: whether mails pass a real mail server unchanged was NOT checked")
    if os.geteuid() != 0:
        pytest.skip("Postfix starts as root only: whether mails pass a real mail server unchanged was NOT checked")


@pytest.fixture(scope="module")
def postfix() -> Iterator[Postfix]:
    require_postfix()
    # not below pytest's own folder, through which the mailbox's owner may not pass
    with TemporaryDirectory(prefix="nemuro-postfix-") as name:
        root = Path(name)
        root.chmod(0o755)
        running = configure(root)
        control("start", root)
        try:
            wait_for(running)
            yield running
        finally:
            control("stop", root)


def configure(root: Path) -> Postfix:
    config, queue, data, mailbox, certificate = (root / name for name in ("etc", "queue", "data", "mailbox", "tls"))
    for folder in (config, queue, data, mailbox, certificate):
        folder.mkdir()
    shutil.chown(data, "postfix")
    owner = pwd.getpwnam(OWNER)
    os.chown(mailbox, owner.pw_uid, owner.pw_gid)
    authority = trustme.CA()
    authority.cert_pem.write_to_path(certificate / "ca.pem")
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(certificate / "server.pem")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "compatibility_level": "3.6",
        "queue_directory": queue,
        "data_directory": data,
        "maillog_file": root / "log",
        "maillog_file_prefixes": root,
        "myhostname": f"mail.{DOMAIN}",
        "mydestination": "",
        "alias_maps": "",
        "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4",
        "smtpd_tls_chain_files": certificate / "server.pem",
        "smtpd_tls_security_level": "encrypt",
        "smtpd_recipient_restrictions": "reject_unauth_destination",
        "virtual_mailbox_domains": DOMAIN,
        "virtual_mailbox_base": mailbox,
        "virtual_mailbox_maps": "static:all/",
        "virtual_uid_maps": f"static:{owner.pw_uid}",
        "virtual_gid_maps": f"static:{owner.pw_gid}",
    }
    (config / "main.cf").write_text("".join(f"{key} = {value}\n" for key, value in settings.items()), encoding="utf-8")
    (config / "master.cf").write_text(SERVICES.format(port=port), encoding="utf-8")
    return Postfix(port, certificate / "ca.pem", mailbox / "all", root / "log")


def control(verb: str, root: Path) -> None:
    answer = subprocess.run([POSTFIX, "-c", root / "etc", verb], capture_output=True, text=True, timeout=60)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def wait_for(postfix: Postfix) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            with socket.create_connection(("127.0.0.1", postfix.port), timeout=5) as connection:
                assert connection.recv(100).startswith(b"220 ")
                return
        except OSError:
            assert time.monotonic() < deadline, "Postfix does not listen"
            time.sleep(0.1)


@dataclass(frozen=True)
class Passed:
    """A mail of the night: as it was given to the server, and as it arrived below the server's own lines."""

    mail: Mail
    sent: bytes
    arrived: bytes


@pytest.fixture(scope="module")
def night(postfix: Postfix, tmp_path_factory: pytest.TempPathFactory) -> list[Passed]:
    """Every mail that the bundled night of 2018-11-22 sends."""
    nemuro = Nemuro(tmp_path_factory.mktemp("night") / "home").receive_night("2018-11-22")
    nemuro = nemuro.with_settings(
        NEMURO_SMTP_HOST="localhost",
        NEMURO_SMTP_PORT=str(postfix.port),
        NEMURO_SMTP_CA_FILE=str(postfix.ca_file),
        NEMURO_SMTP_PATIENCE="0",
        NEMURO_MAIL_LIVE="1",
        NEMURO_MAIL_FROM=f"nemuro-etl@{DOMAIN}",
    )
    answer = nemuro.run("nightly")
    assert answer.exit == 0, answer.all
    house = open_house(Settings(home=nemuro.home, config=CHECKOUT / "config"))
    mails = [one.mail for one in house.warehouse.mails("sent")]
    clock = {one.sent_at for one in house.warehouse.mails("sent")}
    house.close()
    (moment,) = clock
    assert moment is not None
    arrived = {message_id(data): data for data in postfix.arrived(len(mails))}
    assert len(mails) >= 4
    assert set(arrived) == {mail.message_id for mail in mails}
    return [
        Passed(mail, to_message(mail, date=moment).as_bytes(policy=policy.SMTP), below_trace(arrived[mail.message_id]))
        for mail in mails
    ]


def message_id(data: bytes) -> str:
    return str(BytesParser(policy=policy.default).parsebytes(data, headersonly=True)["Message-ID"])


def below_trace(data: bytes) -> bytes:
    """What follows the lines that servers put on top, with the line ends of the wire: a Maildir has the system's own."""
    trace = re.match(rb"(?:(?:Return-Path|X-Original-To|Delivered-To|Received):[^\n]*\n(?:[ \t][^\n]*\n)*)+", data)
    assert trace is not None
    return data[trace.end() :].replace(b"\n", b"\r\n")


def test_every_mail_of_a_night_arrives_as_it_was_sent(night: list[Passed]) -> None:
    for mail in night:
        assert mail.arrived == mail.sent


def test_its_japanese_headers_and_texts_are_read_as_they_were_written(night: list[Passed]) -> None:
    for mail in night:
        message = BytesParser(policy=policy.default).parsebytes(mail.arrived)
        assert message["Subject"] == mail.mail.subject
        assert message["From"].addresses[0].display_name == "根室市創生総合戦略 進捗管理"
        assert message["To"].addresses[0].addr_spec == mail.mail.to
        for kind, text in (("plain", mail.mail.text), ("html", mail.mail.html)):
            part = message.get_body((kind,))
            assert part is not None
            assert part.get_content().replace("\r\n", "\n") == text


def test_what_goes_over_the_wire_is_seven_bits_in_lines_of_at_most_998_octets(night: list[Passed]) -> None:
    for mail in night:
        assert mail.sent.isascii()
        assert not re.search(rb"(?<!\r)\n|\r(?!\n)", mail.sent)
        assert max(len(line) for line in mail.sent.split(b"\r\n")) <= 998
        parts = list(BytesParser(policy=policy.default).parsebytes(mail.sent).iter_parts())
        assert [part["Content-Transfer-Encoding"] for part in parts] == ["base64", "base64"]


def test_a_signature_of_its_headers_and_body_would_hold(night: list[Passed]) -> None:
    signed = ("from", "to", "reply-to", "subject", "date", "message-id", "auto-submitted", "list-id", "content-type")
    for mail in night:
        before, after = dkim_hashes(mail.sent, signed), dkim_hashes(mail.arrived, signed)
        assert before == after
        changed = mail.arrived.replace(b"Auto-Submitted: auto-generated", b"Auto-Submitted: auto-replied")
        assert dkim_hashes(changed, signed) != before


def dkim_hashes(data: bytes, signed: tuple[str, ...]) -> tuple[str, str]:
    """The header and body hashes of RFC 6376 with relaxed/relaxed canonicalization (3.4.2, 3.4.4)."""
    head, _, body = data.partition(b"\r\n\r\n")
    fields = {}
    for line in re.split(rb"\r\n(?![ \t])", head):
        name, _, value = line.partition(b":")
        unfolded = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" ")
        fields[name.strip().lower().decode()] = name.strip().lower() + b":" + unfolded + b"\r\n"
    lines = [re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    relaxed = b"".join(line + b"\r\n" for line in lines)
    return _hash(b"".join(fields[name] for name in signed)), _hash(relaxed)


def _hash(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def test_an_address_that_the_server_does_not_know_is_refused_the_same_night(postfix: Postfix, tmp_path: Path) -> None:
    config = Path(shutil.copytree(CHECKOUT / "config", tmp_path / "config"))
    departments = config / "departments.yml"
    wrong = departments.read_text(encoding="utf-8").replace(f"suisan-keizai@{DOMAIN}", "suisan-keizai@city.example")
    departments.write_text(wrong, encoding="utf-8")
    nemuro = Nemuro(tmp_path / "home").receive_night("2018-11-22")
    nemuro = nemuro.with_settings(
        NEMURO_CONFIG=str(config),
        NEMURO_SMTP_HOST="localhost",
        NEMURO_SMTP_PORT=str(postfix.port),
        NEMURO_SMTP_CA_FILE=str(postfix.ca_file),
        NEMURO_SMTP_PATIENCE="0",
        NEMURO_MAIL_LIVE="1",
    )
    assert nemuro.run("nightly").exit == 5
    rows = nemuro.listed("outbox", "list")
    (refused,) = [row for row in rows if row["status"] == "refused"]
    assert refused["to"] == "suisan-keizai@city.example"
    assert "554 5.7.1" in refused["last_error"]
    assert "Relay access denied" in refused["last_error"]
    assert [row["status"] for row in rows if row["kind"] == "refused"] == ["sent"]


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(postfix: Postfix) -> None:
    with pytest.raises(ServerUnready, match="certificate verify failed"):
        Smtp("localhost", postfix.port, "starttls", timeout=10).probe()
    Smtp("localhost", postfix.port, "starttls", ca_file=postfix.ca_file, timeout=10).probe()
