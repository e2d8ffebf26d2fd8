"""How long it takes a service to catch up after one of its processes was killed: what its replica is there for."""

import asyncio
import time

import asyncpg

from chaos.aftermath import READING
from wij.partitions import PARTITIONS


async def catching_up(dsn: str, service: str) -> float:
    """Seconds until the service applied what was told before now, and numbered what it told before now."""
    start = time.monotonic()
    connection = await asyncpg.connect(dsn, timeout=5)
    try:
        sources = [subscription.source for subscription in READING[service]]
        ends = {
            source: await connection.fetchval(f"select coalesce(max(position), 0) from {source}.log")
            for source in sources
        }
        told = await connection.fetchval(f"select coalesce(max(id), 0) from {service}.outbox")
        while True:
            waiting = await connection.fetchval(f"select count(*) from {service}.pending where first <= $1", told)
            rows = await connection.fetch(
                f"select source, count(*) as partitions, min(position) as position from {service}.positions group by 1"
            )
            applied = {row["source"]: row["position"] for row in rows if row["partitions"] == PARTITIONS}
            if not waiting and all(applied.get(source, 0) >= end for source, end in ends.items()):
                return time.monotonic() - start
            await asyncio.sleep(0.1)
    finally:
        connection.terminate()
