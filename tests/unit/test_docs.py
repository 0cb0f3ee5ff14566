"""What the documents tell people to type exists, and the units that they hand out are sound."""

import getpass
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from nemuro_etl.cli import app

CHECKOUT = Path(__file__).parents[2]
DOCUMENTS = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").glob("*.md"))]
UNITS = CHECKOUT / "docs" / "systemd"
_CODE = re.compile(r"```.*?\n(.*?)```|`([^`\n]+)`", re.DOTALL)
_COMMAND = re.compile(r"(?<!--pool)(?:^|[\s/])nemuro((?: +(?!#)[^\s|;&]+)+)", re.MULTILINE)
_LINK = re.compile(r"\]\((?!https?:|mailto:|#)([^)#]+)")


def commands_of(document: Path) -> Iterator[list[str]]:
    """The words after `nemuro` of every command in the code of a document."""
    for block, span in _CODE.findall(document.read_text(encoding="utf-8")):
        for words in _COMMAND.findall(block or span):
            yield words.split()


def require_command(words: list[str]) -> None:
    """Every verb and every option is one that the command line knows."""
    command = typer.main.get_command(app)
    rest = list(words)
    while hasattr(command, "commands") and rest:
        if rest[0].startswith("--"):  # an option of the group, with its value if it takes one
            options = {option: parameter for parameter in command.params for option in parameter.opts}
            assert rest[0] in options, f"nemuro {' '.join(words)}: no option {rest[0]}"
            rest = rest[1:] if options[rest[0]].is_flag else rest[2:]
            continue
        assert rest[0] in command.commands, f"nemuro {' '.join(words)}: no command {rest[0]}"
        command = command.commands[rest.pop(0)]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    for word in rest:
        if word.startswith("--"):
            assert word in known, f"nemuro {' '.join(words)}: no option {word}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_in_the_documents_exists(document: Path) -> None:
    for words in commands_of(document):
        require_command(words)


def test_the_documents_name_commands_at_all() -> None:
    assert sum(1 for document in DOCUMENTS for _ in commands_of(document)) > 50


def test_a_command_that_does_not_exist_is_noticed() -> None:
    with pytest.raises(AssertionError, match="no command fly"):
        require_command(["fly"])
    with pytest.raises(AssertionError, match="no option --moon"):
        require_command(["nightly", "--moon"])


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_link_between_the_documents_leads_somewhere(document: Path) -> None:
    for target in _LINK.findall(document.read_text(encoding="utf-8")):
        assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_every_command_is_explained_to_its_users() -> None:
    readme = (CHECKOUT / "README.md").read_text(encoding="utf-8")
    command = typer.main.get_command(app)
    assert [name for name in command.commands if name not in readme] == []


def test_the_systemd_units_are_sound(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed: the units in docs/systemd/ were not verified")
    for unit in UNITS.iterdir():
        text = unit.read_text(encoding="utf-8").replace("/opt/nemuro-etl", str(CHECKOUT))
        (tmp_path / unit.name).write_text(text.replace("User=nemuro", f"User={getpass.getuser()}"), encoding="utf-8")
    verified = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(tmp_path.iterdir())],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [line for line in verified.stderr.splitlines() if "nemuro" in line]
    assert (verified.returncode, said) == (0, []), verified.stderr
