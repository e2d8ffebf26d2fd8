"""Commands of a page: the restore drill runs what operations.md shows."""

import re
from pathlib import Path

import pytest

from chaos.backup import PAGE
from chaos.page import commands_on


def test_a_command_of_a_page_has_the_name_beside_its_backticks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```sh one\necho 1\necho one\n```\n\n```sh\nnot named\n```\n```sh two\necho 2\n```\n")
    assert commands_on(page) == {"one": "echo 1\necho one\n", "two": "echo 2\n"}


def test_two_commands_of_one_name_are_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("```sh one\necho 1\n```\n```sh one\necho 2\n```\n")
    with pytest.raises(ValueError, match="two commands named one"):
        commands_on(page)


def test_the_drills_run_every_command_of_their_page() -> None:
    chaos = Path(PAGE).parents[1] / "chaos"
    text = "".join((chaos / name).read_text() for name in ("backup.py", "restore.py", "erasing.py"))
    ran = set(re.findall(r'(?:_shell|\.run)\("([a-z-]+)"', text))
    assert ran == set(commands_on(PAGE))
