"""A small teller and a small reader for the tests of the log: intake tells of households, plan counts what it hears."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import nats
from fastapi import FastAPI
from nats.js import JetStreamContext

from wij import outbox, relay
from wij.broker import Broker
from wij.database import Database, Transaction, address, search_path
from wij.events import Event, Recorded
from wij.events.intake import HouseholdMemberJoined, HouseholdRegistered
from wij.identity import service_actor
from wij.partitions import PARTITIONS, partition_of
from wij.reader import FetchEvents, Reader, Subscription
from wij.relay import Relay
from wij.runtime import Runtime
from wij.service import Service
from wij.settings import Settings
from wij.supervisor import forever

BUURT = "BU00140202"


def registered(household: UUID) -> HouseholdRegistered:
    return HouseholdRegistered(team="selwerd", household_id=household, household_version=1, buurt=BUURT)


def joined(household: UUID, version: int = 2) -> HouseholdMemberJoined:
    return HouseholdMemberJoined(
        team="selwerd",
        household_id=household,
        household_version=version,
        person_id=uuid4(),
        membership_kind="primary",
        since=date(2026, 1, 1),
    )


def household_in(partition: int) -> UUID:
    """A household whose events travel in this partition."""
    return next(key for key in iter(uuid4, None) if partition_of(key) == partition)


async def tell(database: Database, *events: Event) -> None:
    """Tell these in one transaction, holding what stands for the rows of their aggregates."""
    async with database.transaction(service_actor(database.service)) as tx:
        for key in sorted({str(event.aggregate_id) for event in events}):
            await tx.run("select pg_advisory_xact_lock(hashtext($1))", key)
        await outbox.append(tx, events)


async def tell_many(database: Database, households: Sequence[UUID], count: int) -> None:
    """Tell `count` events about these households, a few per transaction, from six sides at once."""

    async def some(number: int) -> None:
        for _ in range(number):
            await tell(database, joined(random.choice(households)))

    await asyncio.gather(*(some(count // 6 + (side < count % 6)) for side in range(6)))


async def as_owner(settings: Settings, service: str, statement: str, *values: object) -> list[asyncpg.Record]:
    """What only the owner of a schema may do."""
    there = {"search_path": search_path(service)}
    connection = await asyncpg.connect(**address(settings, f"{service}_owner"), server_settings=there)
    try:
        rows: list[asyncpg.Record] = await connection.fetch(statement, *values)
        return rows
    finally:
        await connection.close()


class Counts:
    """Plan's projection in these tests: per household how many events it heard, and whether their order was right."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.poison: set[UUID] = set()
        """Households whose events cannot be applied."""
        self.calls: list[tuple[type[Event], int]] = []

    async def prepare(self) -> None:
        await as_owner(
            self.database.settings,
            self.database.service,
            """
            create table if not exists heard (
                household_id uuid primary key,
                last         bigint not null,
                count        int not null,
                out_of_order int not null default 0
            )
            """,
        )
        await as_owner(self.database.settings, self.database.service, "grant all on heard to plan")

    async def when_told(self, tx: Transaction, events: Sequence[Recorded[Any]]) -> None:
        self.calls.append((type(events[0].fact), len(events)))
        for event in events:
            if event.fact.household_id in self.poison:
                raise ZeroDivisionError("a mistake of ours, with Jansen in its message")
            await tx.run(
                """
                insert into heard (household_id, last, count, out_of_order)
                values ($1, $2::bigint, 1, ($2::bigint <> 1)::int)
                on conflict (household_id) do update
                set last = excluded.last, count = heard.count + 1,
                    out_of_order = heard.out_of_order + (excluded.last <> heard.last + 1)::int
                """,
                event.fact.household_id,
                event.sequence,
            )

    def subscription(self) -> Subscription:
        return Subscription("intake", {HouseholdRegistered: self.when_told, HouseholdMemberJoined: self.when_told})

    async def heard(self) -> dict[UUID, tuple[int, int]]:
        """Per household how many events, and how many of them out of order."""
        async with self.database.transaction(service_actor("plan")) as tx:
            rows = await tx.rows("select household_id, count, out_of_order from heard")
        return {row["household_id"]: (row["count"], row["out_of_order"]) for row in rows}

    async def total(self) -> int:
        return sum(count for count, _ in (await self.heard()).values())


def log_over(settings: Settings) -> FetchEvents:
    """What the owner would answer, straight from its log."""

    async def fetch_events(source: str, after: int, limit: int) -> list[tuple[int, bytes]]:
        rows = await as_owner(settings, source, relay.SQL.told_after, after, limit)
        return [(row["position"], row["body"]) for row in rows]

    return fetch_events


@asynccontextmanager
async def running(*loops: Callable[[], Awaitable[None]]) -> AsyncIterator[list[asyncio.Task[None]]]:
    """Run these loops, each started again when it falls, while the block lasts."""
    tasks = [asyncio.create_task(forever(f"loop {n}", loop)) for n, loop in enumerate(loops)]
    try:
        yield tasks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@asynccontextmanager
async def relaying(settings: Settings, database: Database) -> AsyncIterator[Relay]:
    """A relay at work."""
    relay = Relay(database, settings, asyncio.Event())
    async with running(partial(relay.health.during, relay.run)):
        yield relay


@asynccontextmanager
async def reading(
    settings: Settings, database: Database, subscription: Subscription, fetch_events: FetchEvents | None = None
) -> AsyncIterator[Reader]:
    """A reader at work, as in a process of its own."""
    broker = Broker(settings, database.service)
    reader = Reader(database, broker, subscription, fetch_events or log_over(settings))
    async with running(broker.run, partial(reader.health.during, reader.run)):
        yield reader


def runtime_of(settings: Settings, database: Database, *subscriptions: Subscription) -> Runtime:
    """Everything a service runs by itself."""
    service = Service(database.service, database, FastAPI(), subscriptions, Path())
    return Runtime(service, settings, log_over(settings))


@asynccontextmanager
async def jetstream_of(settings: Settings) -> AsyncIterator[JetStreamContext]:
    """JetStream, as an operator has it."""
    client = await nats.connect(settings.nats_url)
    try:
        yield client.jetstream(timeout=3)
    finally:
        with suppress(Exception):
            await client.close()


async def until[T](ask: Callable[[], Awaitable[T]], wanted: Callable[[T], bool], seconds: float = 15) -> T:
    """Ask until the answer is wanted; fails with the last answer."""
    answer: T | str = "no answer"
    try:
        async with asyncio.timeout(seconds):
            while True:
                with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, nats.errors.Error):
                    answer = await ask()
                    if wanted(answer):
                        return answer
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"still {answer!r} after {seconds} s") from None


async def positions(database: Database, source: str = "intake") -> list[int]:
    """How far each partition has been applied."""
    async with database.transaction(service_actor(database.service)) as tx:
        rows = await tx.rows("select position from positions where source = $1 order by partition", source)
    found = [row["position"] for row in rows]
    return found + [0] * (PARTITIONS - len(found))


async def log_of(database: Database) -> list[tuple[int, str, bytes]]:
    """The log: position, subject, bytes."""
    async with database.transaction(service_actor(database.service)) as tx:
        rows = await tx.rows("select position, subject, body from told order by position")
    return [(row["position"], row["subject"], row["body"]) for row in rows]


async def stream_of(jetstream: JetStreamContext, service: str) -> list[tuple[int, str, bytes]]:
    """The stream: sequence, subject, bytes."""
    state = (await jetstream.stream_info(service.upper())).state
    found = []
    for sequence in range(max(1, state.first_seq), state.last_seq + 1):
        message = await jetstream.get_msg(service.upper(), seq=sequence)
        found.append((sequence, message.subject or "", message.data or b""))
    return found


async def end_connections(database: Database, lock: str) -> int:
    """End the connections that hold a lock of this name, as a failing server would; answers how many."""
    async with database.transaction(service_actor(database.service)) as tx:
        ended = await tx.value(
            """
            select count(pg_terminate_backend(pid))
            from (
                select distinct pid from pg_locks
                where locktype = 'advisory' and granted and classid = hashtext($1)::oid
                  and database = (select oid from pg_database where datname = current_database())
            ) as holders
            """,
            lock,
        )
    return int(ended)
