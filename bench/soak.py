"""A soak: as much as WIJ takes, for minutes on end: whether it slows down, and whether it grows."""

import time

import asyncpg
import psutil
import uvloop

from bench import journey, load, meter
from bench.goals import GOALS, Figure
from bench.machine import Machine, machine
from bench.wij.variant import Wij
from wij.events import SERVICES

EARLY, LATE = 10_000, 100_000
"""Cases after which memory is compared."""
MB = 1_000_000
MESSAGES = 13
"""That a case leaves in the streams."""


def run(minutes: float) -> list[Figure]:
    """Soak for so long; the figures of G4 to G6, as far as it got."""
    with machine() as here:
        variant = Wij(buurten=600, households=300_000, volunteers=7_500)
        variant.start(here)
        return uvloop.run(_soak(variant, here, minutes))


async def _soak(variant: Wij, here: Machine, minutes: float) -> list[Figure]:
    await journey.warm(variant, here)
    connection = await asyncpg.connect(here.ground.postgres.dsn(variant.database))
    url, token = variant.request()
    rates: list[float] = []
    memory: dict[int, float] = {}
    broker: list[float] = []
    first, end = 5_000, time.monotonic() + 60 * minutes
    while time.monotonic() < end:
        before, started = await _cases(connection), time.monotonic()
        seconds = min(60.0, end - time.monotonic())
        seen = await load.closed(url, token, variant.body, clients=journey.CLIENTS, seconds=seconds, first=first)
        assert seen.refused.keys() <= {429}, seen.refused  # to be told to come back is an answer
        first += len(seen.sent_at) + 1_000
        cases = await _cases(connection)
        rates.append((cases - before) / (time.monotonic() - started))
        largest = max(meter.memory(here.processes[name].pid) for name in SERVICES if name != "matching") / MB
        for mark in (EARLY, LATE):
            if cases >= mark:
                memory.setdefault(mark, largest)
        if MESSAGES * cases >= 1_000_000:
            broker.append(psutil.Process(here.roots()["nats"]).memory_info().rss / MB)
        print(f"  {cases:>8,} cases, {rates[-1]:.0f}/s, largest service {largest:.0f} MB", flush=True)
    await connection.close()
    print(f"  NATS, minute by minute from 1 M messages on: {', '.join(f'{mb:.0f}' for mb in broker)} MB", flush=True)
    return [
        Figure(GOALS["G4a"], [memory[LATE]] if LATE in memory else []),
        Figure(GOALS["G4b"], [memory[LATE] / memory[EARLY]] if LATE in memory else []),
        Figure(GOALS["G5"], broker[:1]),
        Figure(GOALS["G6"], [rates[-1] / rates[0]] if len(rates) > 1 else []),
    ]


async def _cases(connection: "asyncpg.Connection[asyncpg.Record]") -> int:
    count: int = await connection.fetchval("select count(*) from notify.matches")
    return count
