"""The journey: one request by HTTP, accepted durably, to the notification that a volunteer was asked.

Saturation: 32 clients as fast as they are answered, and then until the last case is through; each variant works for
some ten seconds, so that autovacuum, which passes every ten, is in everybody's figure and in nobody's twice. Open loop:
requests at random moments, so many a second; whoever is told to come back does, with the same key, and the time runs
from when they first asked. Every variant does the same rows, messages and decisions under the same durability; a run in
which a request was lost or ended twice is void.
"""

import asyncio
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg

from bench import load, meter
from bench.load import Answered
from bench.machine import Machine
from bench.meter import Reading
from bench.variant import Variant

CLIENTS = 32
WARM = 3.0
SHORTEST = 2.0
"""Seconds that clients ask at least, also of who then works on it for long."""
DRAIN_WITHIN = 300
"""Seconds that the slowest peer may need for what it accepted."""
KEEPS_UP_WITHIN = 10
"""Seconds after the last request in which who can take that rate has done all that was accepted."""


class Void(AssertionError):
    """Requests were lost or ended twice, so the figures mean nothing."""


@dataclass(frozen=True, slots=True)
class Saturation:
    """How one variant does under as much as it takes."""

    cases: int
    seconds: float
    spent: Reading

    @property
    def rate(self) -> float:
        """Cases a second, from the first request to the last notification."""
        return self.cases / self.seconds

    @property
    def cpu(self) -> float:
        """Processor microseconds a case, of everything but the clients."""
        return 1e6 * sum(self.spent.seconds.values()) / self.cases

    @property
    def cpu_of(self) -> Mapping[str, float]:
        """The same by process."""
        return {name: 1e6 * spent / self.cases for name, spent in self.spent.seconds.items()}

    @property
    def per_case(self) -> Mapping[str, float]:
        """PostgreSQL's counters."""
        return {name: count / self.cases for name, count in self.spent.counters.items()}


async def saturate(variant: Variant, here: Machine, *, seconds: float, first: int) -> Saturation:
    """Load it with all it takes for so long, and wait for the last case."""
    connection = await _connect(variant, here)
    try:
        url, token = variant.request()
        before = await meter.read(here.roots(), connection)
        started = time.time()
        seen = await load.closed(
            url, token, variant.body, clients=CLIENTS, seconds=seconds, first=first, again=variant.knows_keys
        )
        ends = await _through(connection, variant, seen)
        took = max(ends[one] for one in seen.sent_at) - started
        await asyncio.sleep(1.2)  # idle backends report their counters within a second
        return Saturation(len(seen.sent_at), took, (await meter.read(here.roots(), connection)).since(before))
    finally:
        await connection.close()


def altogether(parts: Sequence[Saturation]) -> Saturation:
    """Several times under load, as one."""
    spent = Reading.sum(part.spent for part in parts)
    return Saturation(sum(part.cases for part in parts), sum(part.seconds for part in parts), spent)


async def full_load(variant: Variant, here: Machine, *, seconds: float) -> Saturation:
    """Warm it up, and then load it for as long as makes about so many seconds of work, as it showed while warming."""
    warmed = await warm(variant, here)
    return await saturate(variant, here, seconds=asking_for(seconds, warmed), first=4_000)


def asking_for(seconds: float, warmed: Saturation) -> float:
    """For how many seconds clients must ask to make about so many seconds of work."""
    return max(SHORTEST, seconds * WARM / warmed.seconds)


@dataclass(frozen=True, slots=True)
class Flow:
    """How long journeys took while requests came at their own moments."""

    rate: float
    """Requests a second."""
    seconds: Sequence[float]
    """From each request being asked first to its last notification, sorted; for those under way still, until now."""
    backlog: float
    """Seconds from the last request to the last notification of all, or until now."""
    again: int
    """How many times somebody was told to come back."""
    unfinished: int = 0
    """Accepted requests that were under way still when the time to keep up was over: it did not keep up, and its
    percentiles are at least these."""

    @property
    def p50(self) -> float:
        """Seconds."""
        return _percentile(self.seconds, 0.5)

    @property
    def p99(self) -> float:
        """Seconds."""
        return _percentile(self.seconds, 0.99)


async def follow(
    variant: Variant, here: Machine, *, rate: float, seconds: float, first: int, seed: int, bounded: bool = False
) -> Flow:
    """Let requests come at this rate, and see each to its end; when bounded, as long as who keeps up would need."""
    connection = await _connect(variant, here)
    try:
        url, token = variant.request()
        seen = await load.opened(
            url, token, variant.body, rate=rate, seconds=seconds, first=first, seed=seed, again=variant.knows_keys
        )
        ends = await _through(connection, variant, seen, KEEPS_UP_WITHIN if bounded else None)
        now = time.time()
        took = sorted(ends.get(one, now) - sent for one, sent in seen.sent_at.items())
        last = max(ends.get(one, now) for one in seen.sent_at) - max(seen.sent_at.values())
        return Flow(rate, took, last, seen.again, len(seen.sent_at.keys() - ends.keys()))
    finally:
        await connection.close()


async def warm(variant: Variant, here: Machine) -> Saturation:
    """Work for a while, so that everything is cached and PostgreSQL knows how its tables look."""
    found = await saturate(variant, here, seconds=WARM, first=0)
    connection = await _connect(variant, here)
    await connection.execute("analyze")
    await connection.close()
    return found


def _percentile(values: Sequence[float], part: float) -> float:
    """The value that this part of them does not exceed."""
    return statistics.quantiles(values, n=100, method="inclusive")[round(part * 100) - 1]


async def _connect(variant: Variant, here: Machine) -> "asyncpg.Connection[asyncpg.Record]":
    return await asyncpg.connect(here.ground.postgres.dsn(variant.database))


async def _through(
    connection: "asyncpg.Connection[asyncpg.Record]", variant: Variant, seen: Answered, within: float | None = None
) -> Mapping[str, float]:
    """Wait until every accepted request has its end; raises `Void` when one has none, or two.

    With `within`, who needs longer is slow and not wrong: the ends are those there were by then.
    """
    end = time.monotonic() + (within or DRAIN_WITHIN)
    since = datetime.fromtimestamp(min(seen.sent_at.values(), default=0.0), UTC)
    while True:
        rows = await connection.fetch(variant.ends, since)
        ends = {row["request_id"]: row["at"].timestamp() for row in rows}
        if seen.sent_at.keys() <= ends.keys():
            break
        if time.monotonic() > end:
            if within:
                break
            raise Void(f"{variant.name}: {len(seen.sent_at.keys() - ends.keys())} of {len(seen.sent_at)} lost")
        await asyncio.sleep(0.2)
    if seen.refused:
        raise Void(f"{variant.name} refused: {seen.refused}")
    if len(rows) != len(ends):
        raise Void(f"{variant.name}: {len(rows) - len(ends)} ended twice")
    return ends
