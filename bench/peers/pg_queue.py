"""No broker: the floor's set-based steps, with a queue table in the one database that all services share.

A message is a row for each listener, written in the transaction that makes it true and deleted in the one that applies
it, so nothing is lost and nothing takes effect twice. `python -m bench.peers.pg_queue <service> <port> <dsn> <unused>`
"""

import asyncio
import sys
from collections import defaultdict
from collections.abc import Sequence
from typing import override
from uuid import UUID

import asyncpg
import uvloop

from bench.peers.floor import BATCH, Case, Http, Service, Work
from bench.peers.work import SOURCE, STEPS, message

LISTENERS = {name: [service for service, steps in STEPS.items() if name in steps] for name in SOURCE}
PAUSE = 0.01
"""Seconds between two looks at an empty queue."""
TAKE = """
delete from queue
where id = any (array(
    select id from queue where listener = $1 order by id limit $2 for update skip locked))
returning type, case_id, buurt
"""


class Queued(Service):
    """A service whose messages are rows."""

    @override
    async def apply(self, work: Sequence[Work]) -> None:
        async with self.connection.transaction():
            await self.put(await self.write(work))

    async def put(self, told: Sequence[tuple[str, int, Case]]) -> None:
        """Write a row for each message and listener; every message is written, heard or not."""
        rows = [
            (listener, name, *case, message(name, size, *case))
            for name, size, case in told
            for listener in (LISTENERS[name] or ("nobody",))
        ]
        if rows:
            await self.connection.execute(
                "insert into queue (listener, type, case_id, buurt, body)"
                " select * from unnest($1::text[], $2::text[], $3::uuid[], $4::int[], $5::bytea[])",
                *map(list, zip(*rows, strict=True)),
            )

    async def take(self) -> None:
        """Apply what waits for this service, in batches."""
        while True:
            async with self.connection.transaction():
                taken = await self.connection.fetch(TAKE, self.name, BATCH)
                cases: dict[str, list[tuple[UUID, int]]] = defaultdict(list)
                for row in taken:
                    cases[row["type"]].append((row["case_id"], row["buurt"]))
                steps = STEPS[self.name]
                await self.put(await self.write([(steps[name], cases[name]) for name in steps if name in cases]))
            if not taken:
                await asyncio.sleep(PAUSE)


async def main(name: str, port: str, dsn: str, _: str) -> None:
    """Serve until ended."""
    tasks = [Queued(name, await asyncpg.connect(dsn), None).take()]
    if name == "intake":
        requests = Queued(name, await asyncpg.connect(dsn), None)
        tasks.append(requests.take_requests())
        await asyncio.get_running_loop().create_server(lambda: Http(requests), "127.0.0.1", int(port))
    await asyncio.gather(*tasks)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
