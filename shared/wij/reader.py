"""Reading: each event of another service takes effect here once, in order per household, whatever dies.

The position a service has applied moves in the transaction of the effects, so there is no inbox and no acknowledgement.
A partition has one reader at a time: the replica whose writing connection holds the partition's session advisory lock.
Without that connection there is no lock and no way to write, so a replica that was away too long can do no harm.
"""

import asyncio
import math
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog

from wij import parking, telemetry
from wij.broker import Broker
from wij.database import Database, Statements, Transaction
from wij.events import Event, Recorded, Wanted
from wij.failpoints import passing
from wij.feed import Feed, Gap
from wij.identity import service_actor
from wij.parking import Read
from wij.partitions import PARTITIONS
from wij.relay import end_of, message_at
from wij.supervisor import Health, rest
from wij.telemetry import Trace
from wij.trouble import Trouble, is_away

if TYPE_CHECKING:
    import asyncpg

SQL = Statements.of(__file__, "reader.sql")
BATCH = 400
"""Events that are applied in one transaction, at most."""
LOOK_ROUND = 0.5
"""Seconds between two looks at who else reads, what was parked, and whether the stream has moved on without us."""

log = structlog.get_logger()

type FetchEvents = Callable[[str, int, int], Awaitable[Sequence[tuple[int, bytes]]]]
"""`fetch_events(source, after, limit)`: positions and bytes from the owner's `GET /v1/events`, oldest first."""

type Handler = Callable[[Transaction, Sequence[Recorded[Any]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a service reads from another: the source's stream, and who handles which event."""

    source: str
    handlers: Mapping[type[Event], Handler]


class PositionMoved(Trouble):
    """Somebody else moved a position that only we may move: start over from what stands there now."""


class NotInTheLog(Trouble):
    """The stream holds what its owner does not know. Applying that would make a lost past true again, in part."""


class Reader:
    """One service reading one source, in one process."""

    def __init__(
        self, database: Database, broker: Broker, subscription: Subscription, fetch_events: FetchEvents
    ) -> None:
        self.database = database
        self.broker = broker
        self.source = subscription.source
        self.handlers = subscription.handlers
        self.wanted = Wanted(subscription.handlers)
        self.fetch_events = fetch_events
        self.health = Health(f"reader.{self.source}")
        self.actor = service_actor(database.service)
        self.lock = f"{database.service} reads {self.source}"
        self.held: dict[int, int] = {}
        """The partitions this process holds, and how far each has been applied."""
        self.anything_parked = True

    async def run(self) -> None:
        """Read until something is wrong; whoever runs this starts it again."""
        await self.broker.connected()  # without NATS there is nothing to hold a partition for
        connection = await self.database.connect()
        feed: Feed | None = None
        try:
            await connection.execute(SQL.join, self.lock)
            while True:
                if await self._share_out(connection):
                    if feed is not None:
                        await feed.close()
                    feed = await self._open(connection) if self.held else None
                await self._try_parked(connection)
                if feed is None:
                    self.health.alive("standby")
                    await asyncio.sleep(LOOK_ROUND * random.uniform(0.6, 1))
                else:
                    await self._read_on(connection, feed)
        finally:
            connection.terminate()  # first the locks, then the manners
            self.held = {}
            if feed is not None:
                await feed.close()

    async def _share_out(self, connection: "asyncpg.Connection[Any]") -> bool:
        """Hold a fair share of the partitions: take free ones at once, give back what another replica now should have.

        True when what is held has changed. Between us, all partitions are always held: the shares are rounded up.
        """
        row = await connection.fetchrow(SQL.holders, self.lock)
        assert row is not None, "an aggregate always has a row"
        share = math.ceil(PARTITIONS / max(1, row["replicas"]))
        before = set(self.held)
        now = set(before)
        for partition in sorted(before)[share:]:
            await connection.execute(SQL.give_back, self.lock, partition)
            now.discard(partition)
        free = [partition for partition in range(PARTITIONS) if partition not in row["taken"]]
        for partition in random.sample(free, len(free))[: max(0, share - len(now))]:
            if await connection.fetchval(SQL.take, self.lock, partition):
                now.add(partition)
        if now == before:
            return False
        await connection.execute(SQL.begin, self.source, sorted(now))
        rows = await connection.fetch(SQL.positions, self.source, sorted(now))
        self.held = {row["partition"]: row["position"] for row in rows}
        self.anything_parked = await connection.fetchval(parking.SQL.anything, self.source)
        log.info("partitions_held", service=self.database.service, source=self.source, partitions=sorted(now))
        return True

    async def _open(self, connection: "asyncpg.Connection[Any]") -> Feed:
        every = len(self.held) == PARTITIONS
        partitions = ["*"] if every else [str(partition) for partition in sorted(self.held)]
        subjects = [f"{event.subject_stem}.*.{partition}" for event in self.handlers for partition in partitions]
        await self._ask_owner()
        while True:
            try:
                return await Feed.open(self.broker.client(), self.source.upper(), subjects, min(self.held.values()))
            except Gap as gap:
                await self._read_from_owner(connection, gap.first)

    async def _ask_owner(self) -> None:
        """Read on only when the stream's end stands in its owner's log, too; raises `NotInTheLog`.

        After PostgreSQL was restored to the past, a stream holds events of a past that is gone, until somebody adopts.
        """
        jetstream, stream = self.broker.jetstream(), self.source.upper()
        end = await end_of(jetstream, self.source)
        if end <= min(self.held.values()) or (stored := await message_at(jetstream, stream, end)) is None:
            return  # nothing new is to be read, or it is so old that it left the stream
        async with asyncio.timeout(8):
            found = await self.fetch_events(self.source, end - 1, 1)
        if list(found) != [(end, stored[1])]:
            raise NotInTheLog(f"{stream} ends at {end} with an event that {self.source} does not have there")

    async def _read_from_owner(self, connection: "asyncpg.Connection[Any]", first: int) -> None:
        """The stream begins later than our position: the owner still has everything."""
        log.warning("gap_read_from_owner", service=self.database.service, source=self.source, until=first)
        while (after := min(self.held.values())) < first - 1:
            async with asyncio.timeout(8):
                found = [item for item in await self.fetch_events(self.source, after, BATCH) if item[0] < first]
            if not found:
                raise Trouble(f"{self.source} does not have the events after {after} either")
            read = [parking.understand(position, body, self.wanted) for position, body in found]
            ours = [item for item in read if item.type in self.wanted or item.key is None]
            await self._apply(connection, ours, found[-1][0])

    async def _read_on(self, connection: "asyncpg.Connection[Any]", feed: Feed) -> None:
        """Apply what comes, until it is time to look round again."""
        until = monotonic() + LOOK_ROUND * random.uniform(0.8, 1.2)
        while (left := until - monotonic()) > 0:
            if came := await feed.next(BATCH, max(left, 0.05)):
                read = [parking.understand(one.position, one.body, self.wanted, one.partition) for one in came]
                started = monotonic()
                await self._apply(connection, read, read[-1].position)
                await rest(monotonic() - started)
            elif (end := await feed.end()) is not None and end > min(self.held.values()):
                await self._apply(connection, [], end)
            self.health.alive("running", min(self.held.values()))

    async def _apply(self, connection: "asyncpg.Connection[Any]", read: Sequence[Read], upto: int) -> None:
        """Apply what is new of a batch, and stand at `upto` in every partition held here."""
        passing("reader.read")
        new = [item for item in read if item.partition in self.held and item.position > self.held[item.partition]]
        await self._apply_or_split(connection, new, upto)

    async def _apply_or_split(self, connection: "asyncpg.Connection[Any]", read: Sequence[Read], upto: int) -> None:
        """Apply a batch in one transaction; halve it while an event in it cannot be applied, and set that one aside."""
        try:
            await self._apply_together(connection, read, upto)
        except Exception as error:
            if not read or isinstance(error, PositionMoved) or is_away(error) or connection.is_closed():
                raise
            if len(read) == 1:
                await self._apply_together(connection, [read[0].failed(error)], upto)
            else:
                half = len(read) // 2
                await self._apply_or_split(connection, read[:half], read[half - 1].position)
                await self._apply_or_split(connection, read[half:], upto)

    async def _apply_together(self, connection: "asyncpg.Connection[Any]", read: Sequence[Read], upto: int) -> None:
        """Effects, what is set aside, and the positions: one commit, on the connection that holds the locks."""
        parked: list[Read] = []
        async with self.database.transaction_on(connection, self.actor) as tx:
            if read:
                events, parked = await parking.sort_out(tx, self.source, read, anything_parked=self.anything_parked)
                await self._handle(tx, events)
            passing("reader.applied")
            partitions, positions = list(self.held), list(self.held.values())
            if await tx.run(SQL.move, self.source, partitions, positions, upto) != len(partitions):
                raise PositionMoved(f"a position of {self.source} moved under us")
            passing("reader.moved")
        passing("reader.committed")
        self.held = {partition: max(position, upto) for partition, position in self.held.items()}
        for item in parked:
            self.anything_parked = True
            self._tell_parked(item)

    async def _handle(self, tx: Transaction, events: Sequence[Recorded[Event]]) -> None:
        for handler, group in parking.in_groups(events, lambda event: self.handlers[type(event.fact)]):
            first = group[0]
            with telemetry.following(Trace(first.correlation_id, str(first.id), first.traceparent)):
                await handler(tx, group)

    async def _try_parked(self, connection: "asyncpg.Connection[Any]") -> None:
        """Apply parked events that wait for nobody any more, in order of each household."""
        if not self.anything_parked:
            return
        while ready := await connection.fetch(parking.SQL.next_to_try, self.source, list(self.held)):
            for row in ready:
                item = parking.understand(row["position"], row["body"], self.wanted, row["partition"])
                await self._try_one(connection, item)

    async def _try_one(self, connection: "asyncpg.Connection[Any]", item: Read) -> None:
        try:
            async with self.database.transaction_on(connection, self.actor) as tx:
                if item.event is None:
                    await tx.run(parking.SQL.failed_again, self.source, item.position, item.problem)
                elif await tx.value(parking.SQL.applied, self.source, item.position):
                    await self._handle(tx, [item.event])
                passing("parked.applied")
            passing("parked.committed")
        except Exception as error:
            if is_away(error) or connection.is_closed():
                raise
            item = item.failed(error)
            async with self.database.transaction_on(connection, self.actor) as tx:
                await tx.run(parking.SQL.failed_again, self.source, item.position, item.problem)
        if item.problem:
            self._tell_parked(item)

    def _tell_parked(self, item: Read) -> None:
        log.error(
            "event_parked",
            service=self.database.service,
            source=self.source,
            position=item.position,
            type=item.type,
            reason=item.problem,
        )
