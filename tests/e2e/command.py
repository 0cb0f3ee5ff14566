"""The product as its users have it: the command `nemuro` on a home and a clock of its own."""

import io
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).parents[2]
SAMPLES = CHECKOUT / "tests" / "samples"
SOURCES = CHECKOUT.parent / "shared" / "sources"
COMMAND = Path(sys.executable).with_name("nemuro")
SUMMARY = "夜間処理の結果"
FOLLOW_UPS = ("遅れの指標への御回答のお願い", "回答のない遅れの指標", "進捗状況の概要", "週次の稼働報告")
CALLS = ("実績値の御報告のお願い", "期限を過ぎた実績値")


@dataclass(frozen=True)
class Answer:
    """What a command said, and how it ended."""

    exit: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The JSON array that is everything on stdout."""
        rows = json.loads(self.out)
        assert isinstance(rows, list)
        return rows

    @property
    def all(self) -> str:
        return self.out + self.err


@dataclass(frozen=True)
class Letter:
    """One .eml file: its bytes, to whom it is about what, and its text without line ends."""

    name: str
    data: bytes

    @property
    def message(self) -> EmailMessage:
        return BytesParser(policy=policy.default).parsebytes(self.data)

    @property
    def department(self) -> str:
        return self.name.split("_")[1]

    @property
    def is_summary(self) -> bool:
        """Whether it is the secretariat's summary of a night, and not a department's digest."""
        return SUMMARY in str(self.message["Subject"])

    @property
    def is_call(self) -> bool:
        """Whether it asks a section for figures, or tells the secretariat which are late."""
        return any(words in str(self.message["Subject"]) for words in CALLS)

    @property
    def is_follow_up(self) -> bool:
        """Whether it reminds of what was told before, or sums up a month or a week."""
        return any(words in str(self.message["Subject"]) for words in FOLLOW_UPS)

    @property
    def text(self) -> str:
        """The text part with nothing folded, so that a name can be found in it."""
        part = self.message.get_body(("plain",))
        assert part is not None
        return "".join(part.get_content().split())


@dataclass(frozen=True)
class Nemuro:
    """The command on one home, at three in the morning of one day."""

    home: Path
    day: str = "2018-11-22"
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """This process's environment without its own settings, and with those of this home."""
        inherited = {
            name: value for name, value in os.environ.items() if not name.startswith(("NEMURO_", "PREFECT_", "PYTEST_"))
        }
        return {
            **inherited,
            "NEMURO_HOME": str(self.home),
            "NEMURO_CONFIG": str(CHECKOUT / "config"),
            "NEMURO_NOW": f"{self.day}T03:00:00+09:00",
            **self.settings,
        }

    def on(self, day: str) -> "Nemuro":
        """The same home on another day."""
        return replace(self, day=day)

    def with_settings(self, **settings: str) -> "Nemuro":
        return replace(self, settings={**self.settings, **settings})

    def copy(self, folder: Path) -> "Nemuro":
        """The same in a copy of the home at `folder`."""
        shutil.copytree(self.home, folder)
        return replace(self, home=folder)

    def receive(self, *files: Path, source: str = "registry") -> "Nemuro":
        """Files put into the watched folder of a source."""
        folder = self.home / "inbox" / source
        folder.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copyfile(file, folder / file.name)
        return self

    def receive_night(self, night: str) -> "Nemuro":
        """The bundled sample files that `make nightly` puts there for a night."""
        shutil.copytree(SAMPLES / "nights" / night, self.home / "inbox", dirs_exist_ok=True)
        return self

    def start(self, *arguments: str | Path) -> "subprocess.Popen[str]":
        """The command started as a process of its own."""
        return self.start_program([str(COMMAND), *map(str, arguments)])

    def start_program(self, program: list[str]) -> "subprocess.Popen[str]":
        self.home.mkdir(parents=True, exist_ok=True)
        return subprocess.Popen(
            program,
            env=self.environment,
            cwd=self.home,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def run(self, *arguments: str | Path) -> Answer:
        """What the command answers, as a process of its own."""
        return finish(self.start(*arguments))

    def ask(self, *arguments: str | Path) -> Answer:
        """The same in this process: for the many small questions for which a process each would take too long."""
        from nemuro_etl.cli import main

        out, err = io.StringIO(), io.StringIO()
        self.home.mkdir(parents=True, exist_ok=True)
        with _environment(self.environment), redirect_stdout(out), redirect_stderr(err):
            try:
                main([str(argument) for argument in arguments])
            except SystemExit as ended:
                code = ended.code
        assert isinstance(code, int)
        return Answer(code, out.getvalue(), err.getvalue())

    def listed(self, *arguments: str | Path) -> list[dict[str, Any]]:
        """The rows of a listing that must succeed."""
        answer = self.ask(*arguments, "--format", "json")
        assert answer.exit == 0, answer.all
        return answer.rows

    def hash(self) -> str:
        """The last line of `nemuro db hash`."""
        answer = self.ask("db", "hash")
        assert answer.exit == 0, answer.all
        return answer.out.splitlines()[-1]

    def judged(self, fiscal_year: int) -> dict[str, dict[str, Any]]:
        """By indicator, what `nemuro judge` says of a year on this day."""
        return {row["indicator"]: row for row in self.listed("judge", "--fiscal-year", str(fiscal_year))}

    def letters(self) -> dict[str, Letter]:
        """Every .eml file by name."""
        return {path.name: Letter(path.name, path.read_bytes()) for path in sorted((self.home / "mail").glob("*.eml"))}

    def digests(self) -> list[Letter]:
        """The departments' mails about what changed that have left."""
        return [
            letter
            for letter in self.letters().values()
            if not (letter.is_summary or letter.is_call or letter.is_follow_up)
        ]

    def calls(self) -> list[Letter]:
        """The mails about figures that are owed that have left."""
        return [letter for letter in self.letters().values() if letter.is_call]

    def summaries(self) -> list[Letter]:
        """The secretariat's summaries that have left."""
        return [letter for letter in self.letters().values() if letter.is_summary]

    def originals(self) -> list[bytes]:
        """The bytes of every kept original."""
        files = sorted((self.home / "snapshots").rglob("*"))
        return [path.read_bytes() for path in files if path.is_file() and path.suffix != ".jsonl"]

    def files(self) -> dict[str, bytes]:
        """Every file of the home but the database's own, with its bytes."""
        return {
            str(path.relative_to(self.home)): path.read_bytes()
            for path in sorted(self.home.rglob("*"))
            if path.is_file() and not path.name.startswith("warehouse.db")
        }


def finish(process: "subprocess.Popen[str]", seconds: float = 300) -> Answer:
    """What a started command answers when it has ended; one that does not end is killed and fails."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Answer(process.returncode, out, err)


def copy_config(folder: Path, **sources: Mapping[str, object]) -> Path:
    """A copy of config/ below `folder`, in which keys of sources are set: `copy_config(tmp, registry={"endpoints": …})`."""
    config = Path(shutil.copytree(CHECKOUT / "config", folder / "config"))
    for source, keys in sources.items():
        path = config / "sources" / f"{source}.yml"
        text = path.read_text(encoding="utf-8")
        for key, value in keys.items():
            before = f"\n{key}: "
            assert text.count(before) == 1, f"{key} is not set once in {path.name}"
            start = text.index(before)
            end = text.index("\n", start + 1)
            text = text[:start] + before + json.dumps(value) + text[end:]
        assert yaml.safe_load(text)
        path.write_text(text, encoding="utf-8")
    return config


def letters_of(column: int) -> str:
    """A, B, …, Z, AA, … of a column counted from 0."""
    return chr(65 + column) if column < 26 else chr(64 + column // 26) + chr(65 + column % 26)


def require_four_parts(fault: str) -> None:
    """A fault as every command tells it: what and where, then three further lines, none of them empty."""
    lines = fault.strip().splitlines()
    assert len(lines) >= 4, f"not four parts: {fault!r}"
    assert not lines[0].startswith("  "), fault
    assert all(line.startswith("  ") and line.strip() for line in lines[1:]), fault


@contextmanager
def _environment(environment: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.clear()
    os.environ.update(environment)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
