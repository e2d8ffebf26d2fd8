"""Everything is killed, stopped and cut off while households go their way, in both layouts; then the truth is asked.

`make chaos` does the same for longer and with more seeds; docs/chaos.md tells what happens here.
"""

from pathlib import Path

import pytest

from chaos.run import suffer

SEED = 20261107
SECONDS = 20


@pytest.mark.parametrize(
    "layout", [pytest.param("one", id="one process"), pytest.param("replicas", id="four services twice")]
)
async def test_nothing_is_lost_doubled_or_turned_round_whatever_happens(tmp_path: Path, layout: str) -> None:
    """P1, P2, P3, P5, P6, P8, I8, I17, I22."""
    outcome = await suffer(SEED, SECONDS, layout, tmp_path, hurry=True)
    print(f"{layout}: {dict(outcome.kills)}, {outcome.journeys} households, {outcome.mails} mails, {outcome.struck}")  # noqa: T201  # for who reads a failure
    assert outcome.violations == []
    assert len(outcome.struck) >= 6, "nothing happened to them"
    assert outcome.kills, "nobody died"
    assert outcome.journeys >= 10, "nobody was on the way"
