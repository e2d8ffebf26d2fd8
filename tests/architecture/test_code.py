"""What the import contracts cannot see: rules about the text of the code."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PURE = ("domain", "commands", "views", "scoring")
IMPURE = re.compile(
    r"\bnow\(|\btoday\(|\buuid[1-7]\(|\bnew_id\(|\benviron\b|\bopen\(|^import (os|time|random)\b", re.MULTILINE
)
NAMED = re.compile(r"^-- name: (?P<name>\w+)[ \t]*\n(?P<comment>-- \S.*\n)?", re.MULTILINE)


def pure_files() -> list[Path]:
    return [
        path
        for name in PURE
        for found in (ROOT / "services").glob(f"*/{name}*")
        for path in (found.rglob("*.py") if found.is_dir() else [found])
    ]


def statement_files() -> list[Path]:
    return [
        path for room in ("services", "shared") for path in (ROOT / room).rglob("*.sql") if path.parent.name != "schema"
    ]


def test_rules_and_words_ask_no_clock_no_chance_and_no_environment() -> None:
    files = pure_files()
    assert len(files) > len(PURE)
    found = [f"{path.relative_to(ROOT)}: {match[0]}" for path in files for match in IMPURE.finditer(path.read_text())]
    assert found == []


@pytest.mark.parametrize("path", statement_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_statement_has_a_name_of_its_own_and_an_english_line(path: Path) -> None:
    found = list(NAMED.finditer(path.read_text()))
    assert found, "statements begin with `-- name: …`"
    assert [name for name, times in Counter(match["name"] for match in found).items() if times > 1] == []
    assert [match["name"] for match in found if not match["comment"]] == []


@pytest.mark.parametrize("path", statement_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_statement_is_used_and_every_used_statement_exists(path: Path) -> None:
    names = {match["name"] for match in NAMED.finditer(path.read_text())}
    loads = re.compile(rf'^(?P<variable>[A-Z_]+)\b.*= Statements\.of\(__file__, "{path.name}"\)', re.MULTILINE)
    used: set[str] = set()
    for code in path.parent.glob("*.py"):
        for loaded in loads.finditer(code.read_text()):
            variable = loaded["variable"]
            used |= set(re.findall(rf"(?<![\w.]){variable}\.(\w+)", code.read_text()))
            for other in path.parents[1].rglob("*.py"):
                text = other.read_text()
                used |= set(re.findall(rf"(?<![\w.]){code.stem}\.{variable}\.(\w+)", text))
                for alias in re.findall(rf"\.{code.stem} import {variable} as (\w+)", text):
                    used |= set(re.findall(rf"(?<![\w.]){alias}\.(\w+)", text))
    assert used == names


def test_only_the_composition_root_knows_how_it_is_deployed() -> None:
    knowing = [
        str(path.relative_to(ROOT))
        for path in (ROOT / "services").glob("*/**/*.py")
        if re.search(r"--target|embedded", path.read_text())
    ]
    assert knowing == []
