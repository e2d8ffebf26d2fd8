"""What may not get worse unseen: counts, and ratios of processor time in one run, with margins noise cannot eat.

The figures themselves, with their goals, are for `make bench`.
"""

import asyncio

import asyncpg
import pytest

from bench import journey
from bench.journey import Saturation
from bench.machine import machine
from bench.peers.variant import PEERS
from bench.peers.work import INDEXES, TABLES
from bench.variant import Variant
from bench.wij.variant import Wij
from wij.database import address
from wij.settings import Settings

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


@pytest.fixture(scope="module")
def floor() -> Saturation:
    """The journey by hand."""
    return _worked(PEERS["floor"])


def test_a_case_costs_few_flushes_and_few_transactions(wij: Saturation) -> None:
    """P7: 0.3 flushes and 0.5 commits a case on a quiet machine; a transaction per request or event means tens."""
    assert wij.per_case["wal_flushes"] < 1.5
    assert wij.per_case["commits"] < 3


def test_a_case_writes_the_rows_it_must(wij: Saturation) -> None:
    """Fewer than measured is good news, and then this number goes down; more is somebody's mistake."""
    assert 55 < wij.per_case["inserted"] < 80


def test_the_price_of_a_case_stays_within_sight_of_the_floor(wij: Saturation, floor: Saturation) -> None:
    """P6: some 2 times; a statement per row or a message at a time would be above 10."""
    assert wij.cpu / floor.cpu < 6


def test_peers_write_no_more_than_wij(wij: Saturation, floor: Saturation) -> None:
    """What a case is worth of work is written down for all of them in one place, which may not flatter us."""
    assert floor.per_case["inserted"] < wij.per_case["inserted"]
    assert floor.per_case["updated"] < wij.per_case["updated"]


async def test_peers_keep_as_many_indexes_as_wij(settings: Settings) -> None:
    connection = await asyncpg.connect(**address(settings, "intake"))
    rows = await connection.fetch(
        "select format('%s.%s', n.nspname, t.relname) as name, count(*) filter (where not i.indisprimary) as indexes"
        " from pg_index i join pg_class t on t.oid = i.indrelid join pg_namespace n on n.oid = t.relnamespace"
        " group by 1"
    )
    await connection.close()
    ours = {row["name"]: row["indexes"] for row in rows}
    tables = {f"{service}.{table}" for service, tables in TABLES.items() for table in tables} - {"notify.ends"}
    assert {table: INDEXES.get(table, 0) for table in tables} == {table: ours[table] for table in tables}


def test_the_price_of_an_event_does_not_grow_with_the_years(wij: Saturation) -> None:
    """G1: about 1; a statement that reads the whole past would be far above 2.5."""
    assert _worked(Wij(history=PAST)).cpu / wij.cpu < 2.5
