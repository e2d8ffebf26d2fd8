"""The relay: it numbers what its service told, and copies it to the stream under the same numbers.

One per service leads: the process whose connection holds the session advisory lock. Each publish carries
`Nats-Expected-Last-Sequence`, so a second relay, or one that slept, is refused by the server. After any doubt it starts
over from the stream's own last sequence: a publish that timed out may have arrived, and then it is simply there.
PostgreSQL is the record; a stream that was rolled back or deleted is filled again with the same numbers.
"""

import asyncio
import json
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import batched
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StreamConfig, StreamInfo
from nats.js.errors import NotFoundError

from wij.batch_client import BatchClient, Message
from wij.broker import quietly
from wij.database import Database, Statements
from wij.failpoints import passing
from wij.ids import new_id
from wij.settings import Settings
from wij.supervisor import Health, rest
from wij.trouble import Trouble

if TYPE_CHECKING:
    import asyncpg

SQL = Statements.of(__file__, "relay.sql")
WINDOW = 512
"""Events that are under way to the stream together."""
TOGETHER = 64
"""Events from which an atomic batch is cheaper than one confirmation each; a thousand is the most it may hold."""
POLL = 0.25
"""Seconds between two looks for events when nobody woke us."""
LOOK_ROUND = 1.0
"""Seconds between two looks at the stream itself when there is nothing to copy."""

_KIND = "Content-Type: application/cloudevents+json"
"""What a message is. What it tells, to whom and in which order stands in its subject."""

log = structlog.get_logger()


class StreamAhead(Trouble):
    """The stream holds events that the log does not: PostgreSQL was restored from the past. A person adopts them."""


class StreamDiffers(Trouble):
    """The stream holds other bytes than the log at the same position: somebody else wrote to it."""


class Refused(Trouble):
    """The stream did not take an event at its position: somebody else was first, or it changed under us."""


def lock_of(service: str) -> str:
    """The name of the lock that the leading relay holds."""
    return f"{service} relays"


class Relay:
    """One service's relay, in one process."""

    def __init__(self, database: Database, settings: Settings, wake: asyncio.Event) -> None:
        self.database = database
        self.settings = settings
        self.wake = wake
        self.service = database.service
        self.stream = self.service.upper()
        self.health = Health("relay")

    @property
    def leads(self) -> bool:
        """Whether this process copies what its service tells."""
        return self.health.state == "running"

    async def run(self) -> None:
        """Lead when nobody else does, and copy until something is wrong; whoever runs this starts it again."""
        connection = await self.database.connect()
        client: BatchClient | None = None
        try:
            while not await connection.fetchval(SQL.lead, lock_of(self.service)):
                self.health.alive("standby")
                await asyncio.sleep(random.uniform(0.2, 0.4))
            passing("relay.leads")
            await connection.execute("set enable_memoize = off")  # each event is looked up once, and never again
            client = await connect(self.settings, self.service)
            await self._copy(connection, client)
        finally:
            connection.terminate()  # first the lock, then the manners
            if client is not None:
                with suppress(Exception):
                    async with asyncio.timeout(2):
                        await client.close()

    async def _copy(self, connection: "asyncpg.Connection[Any]", client: BatchClient) -> None:
        jetstream = client.jetstream(timeout=3)
        at = await self._declare(connection, jetstream)
        await verify(connection, jetstream, self.stream, at)
        line = await Pipeline.open(client)
        while rows := await connection.fetch(SQL.told_between, at + 1, at + WINDOW):
            await line.publish(rows)
            at = rows[-1]["position"]
            self.health.alive("running", at)
        looked = monotonic()
        while True:
            self.health.alive("running", at)
            self.wake.clear()
            if monotonic() - looked > LOOK_ROUND:
                if await self._declare(connection, jetstream) != at:
                    raise Refused("the stream is not where we left it")
                looked = monotonic()
            started = monotonic()
            rows = await connection.fetch(SQL.assign, WINDOW)
            passing("relay.assigned")
            for some in batched(rows, WINDOW):  # the last thing that was told may be large
                await line.publish(some)
                at = some[-1]["position"]
            if rows:
                await rest(monotonic() - started)
            if len(rows) < WINDOW:
                with suppress(TimeoutError):
                    async with asyncio.timeout(POLL):
                        await self.wake.wait()

    async def _declare(self, connection: "asyncpg.Connection[Any]", jetstream: JetStreamContext) -> int:
        """Make the stream what it must be; answers its last sequence."""
        wanted = wanted_config(self.settings, self.service)
        try:
            info = await jetstream.stream_info(self.stream)
        except NotFoundError:
            first = await self._first_to_keep(connection)
            config = StreamConfig(name=self.stream, first_seq=first if first > 1 else None, **wanted)
            info = await jetstream.add_stream(config)
            log.info("stream_created", stream=self.stream, first=first)
        if any(getattr(info.config, name) != value for name, value in wanted.items()):
            info = await jetstream.update_stream(info.config.evolve(**wanted))
            log.info("stream_reconfigured", stream=self.stream)
        return last_sequence(info)

    async def _first_to_keep(self, connection: "asyncpg.Connection[Any]") -> int:
        """Where a new stream begins: older events than it may keep are not copied again."""
        end = await connection.fetchval(SQL.end_of_log)
        kept = await connection.fetchval(SQL.first_told_since, timedelta(days=self.settings.stream_max_age_days))
        return int(kept or end + 1)


class Pipeline:
    """Many publishes under way at once, each confirmed; `publish_async` of nats-py never hears an error reply."""

    def __init__(self, client: BatchClient, inbox: str) -> None:
        self._client = client
        self._inbox = inbox
        self._answers: asyncio.Queue[Msg] = asyncio.Queue()

    @classmethod
    async def open(cls, client: BatchClient) -> "Pipeline":
        """A pipeline with its own inbox on this connection."""
        line = cls(client, client.new_inbox())
        await client.subscribe(line._inbox, cb=line._answers.put)
        return line

    async def publish(self, rows: "Sequence[asyncpg.Record]") -> None:
        """Publish rows of `told`, each at its own position; raises `Refused` or a time-out, which means: unknown."""
        async with asyncio.timeout(8):
            waiting = await (self._send_together(rows) if len(rows) >= TOGETHER else self._send_each(rows))
            passing("relay.published")
            while waiting:
                answer = await self._answers.get()
                said = json.loads(answer.data) if answer.data else {"error": {"description": "there is no stream"}}
                if "error" in said:
                    raise Refused(said["error"].get("description", "refused"))
                if said["seq"] not in waiting:
                    raise Refused(f"stored at {said['seq']}, which is not ours")
                waiting.discard(said["seq"])
            passing("relay.confirmed")

    async def _send_each(self, rows: "Sequence[asyncpg.Record]") -> set[int]:
        """One after the other, each confirmed by itself; answers what will be confirmed."""
        expected = f"{_KIND}\r\nNats-Expected-Last-Sequence: "
        await self._client.publish_all(
            Message(row["subject"], self._inbox, f"{expected}{row['position'] - 1}", row["body"]) for row in rows
        )
        return {row["position"] for row in rows}

    async def _send_together(self, rows: "Sequence[asyncpg.Record]") -> set[int]:
        """As an atomic batch: the stream takes all of them, in one write with one confirmation, or none."""
        batch = f"{_KIND}\r\nNats-Batch-Id: {new_id().hex}\r\nNats-Batch-Sequence: "
        first, last = f"\r\nNats-Expected-Last-Sequence: {rows[0]['position'] - 1}", "\r\nNats-Batch-Commit: 1"
        await self._client.publish_all(
            Message(
                row["subject"],
                self._inbox if number == len(rows) else "",
                f"{batch}{number}{first if number == 1 else ''}{last if number == len(rows) else ''}",
                row["body"],
            )
            for number, row in enumerate(rows, start=1)
        )
        return {rows[-1]["position"]}


async def connect(settings: Settings, service: str) -> BatchClient:
    """A connection of the relay's own: one that reconnects by itself would send what it buffered out of order."""
    client = BatchClient()
    await client.connect(
        settings.nats_servers,
        name=f"wij-{service}-relay",
        allow_reconnect=False,
        error_cb=quietly,
        connect_timeout=3,
        ping_interval=5,
        max_outstanding_pings=2,
    )
    return client


def wanted_config(settings: Settings, service: str) -> dict[str, Any]:
    """What the owner of a stream insists on (`deny_delete` and `deny_purge` can never be taken back)."""
    return {
        "subjects": [f"wij.{service}.>"],
        "retention": RetentionPolicy.LIMITS,
        "storage": StorageType.FILE,
        "discard": DiscardPolicy.OLD,
        "max_age": float(timedelta(days=settings.stream_max_age_days).total_seconds()),
        "num_replicas": settings.stream_replicas,
        "deny_delete": True,
        "deny_purge": True,
        "allow_atomic": True,
    }


def last_sequence(info: StreamInfo) -> int:
    """The stream's last sequence; also of an empty stream that begins later than 1."""
    return int(info.state.last_seq)


async def end_of(jetstream: JetStreamContext, service: str) -> int:
    """Where a service's stream ends; 0 while there is none."""
    try:
        async with asyncio.timeout(5):
            return last_sequence(await jetstream.stream_info(service.upper()))
    except NotFoundError:
        return 0


async def verify(connection: "asyncpg.Connection[Any]", jetstream: JetStreamContext, stream: str, at: int) -> None:
    """Make sure that the stream's tail is ours; raises `StreamAhead` or `StreamDiffers`, for a person to decide."""
    end = await connection.fetchval(SQL.end_of_log)
    if at > end:
        log.error("stream_ahead", stream=stream, stream_ends=at, log_ends=end)
        raise StreamAhead(f"{stream} ends at {at}, the log at {end}")
    stored = await message_at(jetstream, stream, at)
    row = await connection.fetchrow(SQL.told_between, at, at)
    if stored is not None and (row is None or row["body"] != stored[1]):
        log.error("stream_differs", stream=stream, position=at)
        raise StreamDiffers(f"{stream} holds another event at {at} than the log")


async def message_at(jetstream: JetStreamContext, stream: str, position: int) -> tuple[str, bytes] | None:
    """Subject and bytes that the stream holds at a position; None when there is nothing (any more)."""
    if position < 1:
        return None
    try:
        message = await jetstream.get_msg(stream, seq=position)
    except NotFoundError:
        return None
    return message.subject or "", message.data or b""
