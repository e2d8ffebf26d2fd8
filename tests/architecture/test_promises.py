"""The table of promises: every owner exists, and what it prints is what the runs found."""

import ast

from chaos.promises import PROMISES, ROOT, table

RUN = {
    "name": "chaos",
    "promises": ["P1"],
    "violations": [],
    "figures": {"seeds": 4, "kills": 812},
    "passed": True,
    "run": {"at": "2026-11-27T10:00:00+00:00", "commit": "abc1234"},
}


def test_every_test_that_owns_a_promise_exists() -> None:
    missing = []
    for promise in PROMISES:
        for path, _, name in (test.partition("::") for test in promise.tests):
            names = {node.name for node in ast.walk(ast.parse((ROOT / path).read_text())) if hasattr(node, "name")}
            if name not in names:
                missing.append(f"{promise.id}: {path}::{name}")
    assert missing == []


def test_every_promise_is_owned() -> None:
    assert [promise.id for promise in PROMISES] == [f"P{number}" for number in range(1, 18)]
    assert [promise.id for promise in PROMISES if not promise.tests] == []


def test_a_kept_run_stands_with_the_promises_it_is_about_and_with_nothing_else() -> None:
    [said] = [row for row in table([RUN]).splitlines() if "seeds" in row]
    assert said.startswith("| P1 |")
    assert "✓ [chaos](docs/proof/chaos.json) 2026-11-27, `abc1234`: seeds 4, kills 812" in said


def test_the_figures_of_a_run_stand_at_its_first_promise_and_its_outcome_at_the_others() -> None:
    rows = {row.split()[1]: row for row in table([RUN | {"promises": ["P2", "P1"]}]).splitlines()}
    assert "kills 812" in rows["P2"]
    assert rows["P1"].endswith("| ✓ [chaos](docs/proof/chaos.json) |")


def test_a_run_that_found_something_says_so() -> None:
    found = RUN | {"passed": False, "violations": ["request 1 is gone"]}
    assert "✗ 1 violations, [chaos]" in table([found])
