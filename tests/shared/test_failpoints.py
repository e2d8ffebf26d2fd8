"""The list of places to die is the truth about the code, and a word that names none is refused."""

import re
from collections import Counter
from pathlib import Path

import pytest

from wij.failpoints import POINTS, odds_in

ROOT = Path(__file__).parents[2]


def test_every_fail_point_of_the_code_is_listed_and_stands_in_one_place() -> None:
    found = Counter(
        name
        for room in ("services", "shared")
        for path in (ROOT / room).rglob("*.py")
        for name in re.findall(r'\bpassing\("([^"]+)"\)', path.read_text())
    )
    assert found == Counter(POINTS.keys())


def test_odds_are_per_point_and_a_misspelt_point_is_refused() -> None:
    assert odds_in("relay.assigned=0.5,all=0.01") == {"relay.assigned": 0.5, "all": 0.01}
    assert odds_in("") == {}
    with pytest.raises(ValueError, match=r"relay\.sent"):
        odds_in("relay.sent=0.5")
