"""Mistakes on an event's way: told beside the transaction, given up before it arrived, applied beside the position."""

import asyncio
import os
import random
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
from nats.aio.client import Client

from chaos.seeded import Seeded, change, replace
from services.plan.store import opening
from wij import outbox, parking, reader, relay
from wij.database import Connection, Database, Transaction
from wij.events import Caused, Event
from wij.events.intake import HelpRequestAccepted
from wij.failpoints import passing
from wij.identity import Actor
from wij.parking import Read
from wij.reader import PositionMoved, Reader
from wij.relay import POLL, WINDOW, Relay


def _dual_write() -> None:
    """Tell in a transaction of its own, after the one that made it true."""
    whole, append = Database.transaction_on, outbox.append
    later: dict[int, list[Event | Caused[Any]]] = {}

    async def remember(tx: Transaction, told: Iterable[Event | Caused[Any]]) -> None:
        later.setdefault(id(tx), []).extend(told)

    @asynccontextmanager
    async def transaction_on(self: Database, connection: Connection, actor: Actor) -> AsyncIterator[Transaction]:
        async with whole(self, connection, actor) as tx:
            try:
                yield tx
            finally:
                told = later.pop(id(tx), [])
        if told:
            if any(_says_accepted(one) for one in told) and random.random() < 0.3:
                os._exit(9)  # here and nowhere else: between the two, where somebody was promised something
            async with whole(self, connection, actor) as tx:
                await append(tx, told)

    replace(outbox, "append", remember)
    replace(Database, "transaction_on", transaction_on)


def _says_accepted(told: Event | Caused[Any]) -> bool:
    return isinstance(told.fact if isinstance(told, Caused) else told, HelpRequestAccepted)


def _mark_before_publish() -> None:
    """Count what has its number as copied, and trust that it arrives: no confirmation, no expected sequence."""

    async def copy(self: Relay, connection: "asyncpg.Connection[Any]", client: Client) -> None:
        await vars(Relay)["_declare"](self, connection, client.jetstream(timeout=3))
        at = await connection.fetchval(relay.SQL.end_of_log)
        while True:
            self.health.alive("running", at)
            self.wake.clear()
            await connection.execute(relay.SQL.assign, WINDOW)
            passing("relay.assigned")
            rows = await connection.fetch(relay.SQL.told_between, at + 1, at + WINDOW)
            for row in rows:
                await client.publish(row["subject"], row["body"])
                at = row["position"]
            with suppress(TimeoutError):
                async with asyncio.timeout(POLL):
                    await self.wake.wait()

    replace(Relay, "_copy", copy)


async def _effects(self: Reader, connection: Connection, read: Sequence[Read]) -> None:
    async with self.database.transaction_on(connection, self.actor) as tx:
        events, _ = await parking.sort_out(tx, self.source, read, anything_parked=True)
        await vars(Reader)["_handle"](self, tx, events)


async def _position(self: Reader, connection: Connection, upto: int) -> None:
    async with self.database.transaction_on(connection, self.actor) as tx:
        partitions, positions = list(self.held), list(self.held.values())
        if await tx.run(reader.SQL.move, self.source, partitions, positions, upto) != len(partitions):
            raise PositionMoved(f"a position of {self.source} moved under us")
    self.held = {partition: max(position, upto) for partition, position in self.held.items()}


def _position_first() -> None:
    """Move the position in a transaction of its own, before the effects."""

    async def apply(self: Reader, connection: Connection, read: Sequence[Read], upto: int) -> None:
        await _position(self, connection, upto)
        if read and self.database.service == "plan":
            passing("reader.applied")
        await _effects(self, connection, read)

    replace(Reader, "_apply_together", apply)


def _position_last() -> None:
    """Move the position in a transaction of its own, after the effects; and trust that an event comes once."""

    async def apply(self: Reader, connection: Connection, read: Sequence[Read], upto: int) -> None:
        await _effects(self, connection, read)
        if read and self.database.service == "plan":
            passing("reader.applied")
        await _position(self, connection, upto)

    replace(Reader, "_apply_together", apply)
    replace(opening, "known_requests", _none_known)


def _no_lock() -> None:
    """Read whatever others read, and move the position from wherever it stands; and trust that an event comes once."""
    change(
        reader,
        holders="select 1 as replicas, '{}'::int[] as taken where $1 <> ''",
        take="select $1 <> '' and $2 >= 0",
        move=reader.SQL.move.replace("and positions.position = left_at.position", ""),
    )
    replace(opening, "known_requests", _none_known)


async def _none_known(tx: Transaction, requests: Iterable[object]) -> set[object]:
    """No request was answered before."""
    return set()


TWICE = ("alter table plan.case_requests drop constraint case_requests_pkey",)
"""Without this a request cannot be answered twice, whatever the readers do."""

SEEDED: Mapping[str, Seeded] = {
    "dual_write": Seeded(
        "An event is written after the commit of what it tells.",
        _dual_write,
        ("led to nothing", "took effect 0", "has 0 cases"),
    ),
    "mark_before_publish": Seeded(
        "The relay counts an event as copied when it has its number.",
        _mark_before_publish,
        ("stream ends", "differs", "led to nothing"),
        "relay.assigned=0.05",
    ),
    "position_first": Seeded(
        "A reader moves its position in a transaction of its own, before the effects.",
        _position_first,
        ("led to nothing", "took effect 0"),
        "reader.applied=0.2",
    ),
    "position_last": Seeded(
        "A reader moves its position in a transaction of its own, after the effects.",
        _position_last,
        ("took effect 2", "took effect 3"),
        "reader.applied=0.2",
        without=TWICE,
    ),
    "no_lock": Seeded(
        "Two readers read the same partition.", _no_lock, ("took effect 2", "took effect 3"), processes=2, without=TWICE
    ),
}
