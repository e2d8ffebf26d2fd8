"""After PostgreSQL was restored to the past: what a stream holds beyond its log is set aside, and numbering goes on.

Those events were told, and perhaps acted on, but our state no longer knows them. They go to `salvage`, for a person.
In the log and the stream a notice takes their place, so nobody reads them as facts again and no number is used twice.
"""

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

import structlog
from pydantic import BaseModel

from wij import clock
from wij.database import Database, source_of
from wij.events import written
from wij.ids import new_id
from wij.relay import SQL as RELAY
from wij.relay import connect, end_of, lock_of, message_at, verify
from wij.settings import Settings

if TYPE_CHECKING:
    from nats.aio.client import Client

log = structlog.get_logger()


class NothingMore(BaseModel):
    """The `data` of a notice: an event was told at its position, and is told no more."""


async def adopt_stream(database: Database, settings: Settings) -> int:
    """Set aside what the stream holds beyond the log, and have the relay fill a new stream with the notices.

    May be run at any time and again after any interruption; does nothing to a stream that is not ahead. Answers how
    many events were set aside. Raises `StreamDiffers` when the log's own end does not stand in the stream, and
    `TimeoutError` when a relay keeps the lock.
    """
    stream = database.service.upper()
    connection = await database.connect()
    client: Client | None = None
    try:
        async with asyncio.timeout(30):
            while not await connection.fetchval(RELAY.lead, lock_of(database.service)):
                await asyncio.sleep(0.05)
        client = await connect(settings, database.service)
        jetstream = client.jetstream(timeout=3)
        last = await end_of(jetstream, database.service)
        own: int = await connection.fetchval(RELAY.last_of_log)
        await verify(connection, jetstream, stream, min(own, last))
        if last <= own:
            return 0
        count = 0
        for position in range(own + 1, last + 1):
            subject, body = await message_at(jetstream, stream, position) or ("", b"")
            tag = await connection.execute(RELAY.salvage, position, subject, body, notice(database))
            count += int(tag.rpartition(" ")[2])
        await jetstream.delete_stream(stream)  # only now: until here it is the only evidence
        log.warning("stream_adopted", stream=stream, first=own + 1, last=last)
        return count
    finally:
        connection.terminate()
        if client is not None:
            with suppress(Exception):
                async with asyncio.timeout(2):
                    await client.close()


def notice(database: Database) -> bytes:
    """What is told in the place of an event that was set aside: a CloudEvent about nothing but this."""
    about = new_id()
    return written(
        NothingMore(),
        id=new_id(),
        source=source_of(database.settings, database.service),
        type=f"nl.wij.{database.service}.position.withdrawn.v1",
        subject=about,
        time=clock.now(),
        sequence=1,
        partitionkey=about,
        correlationid=str(about),
    )
