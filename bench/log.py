"""The log by itself: how many events a second one relay copies, and how many one reader applies when it starts over."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import asyncpg
import uvloop

from bench import journey, meter
from bench.machine import Machine, machine
from bench.wij.variant import Wij

EVENTS = 30_000
"""That the relay finds waiting."""


def run() -> dict[str, str]:
    """Both rates, in words."""
    with machine() as here:
        variant = Wij()
        variant.start(here)
        return uvloop.run(_measure(variant, here))


async def _measure(variant: Wij, here: Machine) -> dict[str, str]:
    await journey.warm(variant, here)
    await journey.saturate(variant, here, seconds=6, first=4_000)
    connection = await asyncpg.connect(here.ground.postgres.dsn(variant.database))
    try:
        return {
            "rebuild of notify": await _timed(here, connection, "notify", _forget, _caught_up),
            "relay": await _timed(here, connection, "intake", _fill, _numbered),
        }
    finally:
        await connection.close()


type Connection = asyncpg.Connection[asyncpg.Record]


async def _timed(
    here: Machine,
    connection: "Connection",
    service: str,
    prepare: "Callable[[Connection], Awaitable[int]]",
    done: "Callable[[Connection], Awaitable[bool]]",
) -> str:
    """Prepare work for a stopped service, start it, and see how long it takes."""
    words = here.commands[service]
    here.processes.pop(service).kill()
    await asyncio.sleep(1)
    events = await prepare(connection)
    before, started = await meter.read(here.roots(), connection), time.monotonic()
    here.start(service, *words)
    await asyncio.sleep(0.5)
    while not await done(connection):
        await asyncio.sleep(0.1)
    took = time.monotonic() - started
    spent = (await meter.read(here.roots(), connection)).since(before)
    cpu = 1e6 * (spent.seconds[service] + spent.seconds["postgres"] + spent.seconds["nats"]) / events
    said = (
        f"{events:,} events in {took:.1f} s, start of the process included: {events / took:,.0f}/s, {cpu:.0f} µs each"
    )
    print(f"  {service}: {said}", flush=True)
    return said


async def _fill(connection: "Connection") -> int:
    """Events that were told and have no number yet, as real ones of the journey."""
    await connection.execute(
        f"""
        with told as (
            insert into intake.outbox (type, aggregate_id, sequence, household_id, subject, body)
            select type, uuidv7(), 1, null, 'wij.intake.past_told.selwerd.0', body
            from intake.outbox order by id limit {EVENTS}
            returning id
        )
        insert into intake.pending (first, ids) select min(id), array_agg(id order by id) from told group by id / 100
        """
    )
    count: int = await connection.fetchval("select sum(cardinality(ids)) from intake.pending")
    return count


async def _numbered(connection: "Connection") -> bool:
    return not await connection.fetchval("select count(*) from intake.pending")


async def _forget(connection: "Connection") -> int:
    """All that notify ever heard."""
    await connection.execute(
        "truncate notify.notifications, notify.moments, notify.deadlines, notify.cases, notify.needs, notify.matches,"
        " notify.involvements, notify.absences; update notify.positions set position = 0"
    )
    return sum(
        [await connection.fetchval(f"select max(position) from {name}.log") for name in ("intake", "plan", "matching")]
    )


async def _caught_up(connection: "Connection") -> bool:
    behind: bool = await connection.fetchval(
        """
        select bool_or(p.position < e.last)
        from notify.positions p
        join (select 'plan' as source, max(position) as last from plan.log
              union all select 'matching', max(position) from matching.log) e using (source)
        """
    )
    return not behind
