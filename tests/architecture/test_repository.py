"""What must hold for the repository as a whole: what it names, what it pins, what its pages say."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOREIGN = re.compile(
    r"pypi[.]org|pythonhoste[d]|npmjs[.]|deb[.]debian|(?<![\w.])/(?:work|root|home)/\w|BEGIN [A-Z ]*PRIVATE KEY"
)
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")])


def tracked() -> list[Path]:
    """The files of the repository; everything but what git ignores."""
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    return [path for name in names if (path := ROOT / name).is_file()]


def test_no_file_names_a_package_index_a_place_on_somebodys_machine_or_a_private_key() -> None:
    found = []
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {match[0]}" for match in FOREIGN.finditer(text)]
    assert found == []


@pytest.mark.parametrize("lock", ["requirements.lock", "deploy/requirements.lock"])
def test_every_dependency_is_pinned_with_its_hash(lock: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {re.split(r"[\[<>=;~ ]", line)[0] for line in project["dependencies"]}
    text = (ROOT / lock).read_text()
    pinned = re.findall(r"^([\w.-]+)==\S+(?: ;.*)? \\\n    --hash=sha256:", text, re.MULTILINE)
    assert wanted - set(pinned) == set()
    assert len(pinned) == len(re.findall(r"^\S", text, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_page_names_only_what_is_there(page: Path) -> None:
    """Links, paths in backticks and `make` words; a page that names a file by a pattern says so with `<` or `*`."""
    text = page.read_text()
    words = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    rooms = "|".join(sorted(path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")))
    missing = [
        f"make {word}"
        for pair in re.findall(r"`make ([a-z-]+)|^make ([a-z-]+)", text, re.MULTILINE)
        for word in pair
        if word and word not in words
    ]
    missing += [link for link in re.findall(r"\]\(([^)#: ]+)(?:#[\w-]*)?\)", text) if not (page.parent / link).exists()]
    missing += [path for path in re.findall(rf"`((?:{rooms})/[\w./-]+)`", text) if not (ROOT / path).exists()]
    assert missing == []


def test_every_decision_has_its_own_number_and_stands_in_the_index() -> None:
    decisions = sorted((ROOT / "docs/decisions").glob("[0-9]*.md"))
    numbers = [path.name[:4] for path in decisions]
    assert len(set(numbers)) == len(numbers)
    index = (ROOT / "docs/decisions/README.md").read_text()
    for path in decisions:
        title = path.read_text().splitlines()[0].removeprefix("# ")
        assert f"[{title}]({path.name})" in index


def test_everything_that_containers_ask_for_stands_in_the_example_of_their_settings() -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    named = set(re.findall(r"^(?:# )?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert asked == named


def test_no_password_stands_in_the_example_of_the_settings() -> None:
    """SEC-05."""
    given = re.findall(r"^(\w*(?:PASSWORD|SECRET))=(\S+)", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert given == []
