"""The floor: the same rows and messages, by hand. No framework, no outbox, no rules, no access, no audit check.

Requests that come while a transaction is under way share the next one; messages are taken, applied and told in batches;
every table gets one statement a batch. What it does not do is survive a crash between its commit and its publish.
`python -m bench.peers.floor <service> <port> <dsn> <nats url>`
"""

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import Sequence
from itertools import batched
from typing import Any, override
from uuid import UUID

import asyncpg
import httptools
import nats
import uvloop
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from bench.peers.work import SOURCE, STEPS, TOKEN, Step, change, filler, message, subject
from wij.ids import new_id

type Case = tuple[UUID, int]
"""A request and its neighbourhood."""
type Work = tuple[Step, Sequence[Case]]
"""A step, and the cases it is done for."""
BATCH = 400


class Service:
    """One of the four."""

    def __init__(self, name: str, connection: Any, client: Any) -> None:
        self.name, self.connection, self.client = name, connection, client
        self.waiting: list[tuple[Case, asyncio.Future[None]]] = []
        self.came = asyncio.Event()

    async def apply(self, work: Sequence[Work]) -> None:
        """Do all steps in one transaction, and then tell."""
        async with self.connection.transaction():
            told = await self.write(work)
        for some in batched(told, BATCH):
            await self.tell([(subject(name), message(name, size, *case)) for name, size, case in some])

    async def write(self, work: Sequence[Work]) -> Sequence[tuple[str, int, Case]]:
        """A statement for each table; answers what is to be told."""
        rows: dict[str, tuple[list[UUID], list[UUID], list[str]]] = defaultdict(lambda: ([], [], []))
        updates: dict[str, list[UUID]] = defaultdict(list)
        told = []
        for step, cases in work:
            ids = [case_id for case_id, _ in cases]
            for table, size in step.inserts:
                keys, owners, texts = rows[table]
                keys += [new_id() for _ in ids]
                owners += ids
                texts += [filler(size)] * len(ids)
            for table in dict.fromkeys(step.updates):
                updates[table] += ids
            if step.chooses:
                await self.connection.execute(CHOOSE, [buurt for _, buurt in cases])
            told += [(name, size, case) for case in cases for name, size in step.tells]
        for table, columns in rows.items():
            await self.connection.execute(
                f"insert into {self.name}.{table} (id, case_id, filler)"
                " select * from unnest($1::uuid[], $2::uuid[], $3::text[])",
                *columns,
            )
        for table, ids in updates.items():
            await self.connection.execute(change(self.name, table, "= any ($1::uuid[])"), ids)
        return told

    async def tell(self, messages: Sequence[tuple[str, bytes]]) -> None:
        """Publish, as one atomic batch."""
        batch = new_id().hex
        for number, (place, body) in enumerate(messages[:-1], start=1):
            headers = {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(number)}
            await self.client.publish(place, body, headers=headers)
        headers = {"Nats-Batch-Id": batch, "Nats-Batch-Sequence": str(len(messages)), "Nats-Batch-Commit": "1"}
        answer = await self.client.request(messages[-1][0], messages[-1][1], timeout=10, headers=headers)
        assert b"error" not in answer.data, answer.data

    async def take_requests(self) -> None:
        """Serve whoever waits, all together."""
        while True:
            await self.came.wait()
            self.came.clear()
            batch, self.waiting = self.waiting[:BATCH], self.waiting[BATCH:]
            if batch:
                await self.apply([(STEPS["intake"]["request"], [case for case, _ in batch])])
                for _, answered in batch:
                    answered.set_result(None)
            if self.waiting:
                self.came.set()

    async def read(self, source: str) -> None:
        """Apply what another service tells, from the beginning."""
        steps = {name: step for name, step in STEPS[self.name].items() if SOURCE.get(name) == source}
        config = ConsumerConfig(
            deliver_policy=DeliverPolicy.ALL,
            ack_policy=AckPolicy.NONE,
            filter_subjects=[subject(name) for name in steps],
        )
        pull = await self.client.jetstream().pull_subscribe("", stream=source.upper(), config=config)
        while True:
            try:
                messages = await pull.fetch(BATCH, timeout=5)
            except TimeoutError:
                continue
            cases: dict[str, list[Case]] = defaultdict(list)
            for one in messages:
                event = json.loads(one.data)
                cases[event["type"]].append((UUID(event["request_id"]), event["buurt"]))
            async with LOCK:
                await self.apply([(step, cases[name]) for name, step in steps.items() if name in cases])


LOCK = asyncio.Lock()
"""One connection serves the readers in turn."""
CHOOSE = """
with chosen as (
    select distinct on (wanted.n) v.volunteer_id
    from unnest($1::int[]) with ordinality as wanted (buurt, n) join matching.volunteers v on v.buurt = wanted.buurt
    where v.reserved < v.hours
    order by wanted.n, v.x, v.reserved
)
update matching.volunteers v set reserved = reserved + c.hours
from (select volunteer_id, count(*) as hours from chosen group by 1) c where v.volunteer_id = c.volunteer_id
"""


class Http(asyncio.Protocol):
    """HTTP by hand: one route, keep-alive."""

    def __init__(self, service: Service) -> None:
        self.service = service

    @override
    def connection_made(self, transport: Any) -> None:
        self.transport, self.parser = transport, httptools.HttpRequestParser(self)
        self.content, self.allowed = b"", False

    @override
    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Look for the token."""
        self.allowed = self.allowed or (name == b"Authorization" and value == b"Bearer " + TOKEN.encode())

    def on_body(self, body: bytes) -> None:
        """Collect."""
        self.content += body

    def on_message_complete(self) -> None:
        """Accept, and answer when it is committed."""
        asked = json.loads(self.content)
        self.content = b""
        if not self.allowed or not asked["question"]["question"] or not asked["acceptance"]["household_id"]:
            self.answer(b"400 Bad Request", b"{}")
            return
        case = (new_id(), asked["question"]["house_number"] % 60)
        answered = asyncio.get_running_loop().create_future()
        said = json.dumps({"request_id": str(case[0])}).encode()
        answered.add_done_callback(lambda _: self.answer(b"202 Accepted", said))
        self.service.waiting.append((case, answered))
        self.service.came.set()

    def answer(self, status: bytes, body: bytes) -> None:
        """Write it."""
        self.transport.write(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body))


async def main(name: str, port: str, dsn: str, nats_url: str) -> None:
    """Serve until ended."""
    service = Service(name, await asyncpg.connect(dsn), await nats.connect(nats_url))
    tasks = [service.read(source) for source in sorted({SOURCE[step] for step in STEPS[name] if step in SOURCE})]
    if name == "intake":
        requests = Service(name, await asyncpg.connect(dsn), service.client)
        tasks.append(requests.take_requests())
        await asyncio.get_running_loop().create_server(lambda: Http(requests), "127.0.0.1", int(port))
    await asyncio.gather(*tasks)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
