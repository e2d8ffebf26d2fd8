"""What may not get worse unseen: counts, and ratios of processor time in one run, with margins noise cannot eat.

The figures themselves, with their goals, are for `make bench`.
"""

import asyncio

import pytest

from bench import journey
from bench.journey import Saturation
from bench.machine import machine
from bench.peers.variant import PEERS
from bench.variant import Variant
from bench.wij.variant import Wij

SECONDS = 2
PAST = 20_000
"""Closed cases, with ten events each."""


def _worked(variant: Variant) -> Saturation:
    with machine() as here:
        variant.start(here)

        async def work() -> Saturation:
            await journey.warm(variant, here)
            return await journey.saturate(variant, here, seconds=SECONDS, first=4_000)

        return asyncio.run(work())


@pytest.fixture(scope="module")
def wij() -> Saturation:
    """The journey by WIJ."""
    return _worked(Wij())


def test_a_case_costs_few_flushes_and_few_transactions(wij: Saturation) -> None:
    """P7: 0.3 flushes and 0.5 commits a case on a quiet machine; a transaction per request or event means tens."""
    assert wij.per_case["wal_flushes"] < 1.5
    assert wij.per_case["commits"] < 3


def test_a_case_writes_the_rows_it_must(wij: Saturation) -> None:
    """Fewer than measured is good news, and then this number goes down; more is somebody's mistake."""
    assert 55 < wij.per_case["inserted"] < 80


def test_the_price_of_a_case_stays_within_sight_of_the_floor(wij: Saturation) -> None:
    """P6: some 3.2 times; a statement per row or a message at a time would be above 10."""
    assert wij.cpu / _worked(PEERS["floor"]).cpu < 6


def test_the_price_of_an_event_does_not_grow_with_the_years(wij: Saturation) -> None:
    """G1: about 1; a statement that reads the whole past would be far above 2.5."""
    assert _worked(Wij(history=PAST)).cpu / wij.cpu < 2.5
