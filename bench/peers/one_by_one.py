"""FastStream done right, one message at a time: outbox, inbox, a relay, and an acknowledgement after each commit.

The guarantees of WIJ without its batches. `python -m bench.peers.one_by_one <service> <port> <dsn> <nats url>`
"""

import asyncio
import sys
from collections.abc import Mapping
from contextlib import asynccontextmanager, suppress
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import uvicorn
from fastapi import FastAPI, Header, HTTPException
from faststream import AckPolicy, FastStream
from faststream.nats import ConsumerConfig, JStream, NatsBroker, PullSub

from bench.peers.words import Asked, Told
from bench.peers.work import CHOOSE_ONE, SOURCE, STEPS, TOKEN, Step, change, filler, message, subject
from wij.ids import new_id

NAME, PORT, DSN, NATS = sys.argv[1:5]
broker = NatsBroker(NATS, logger=None)
told = asyncio.Event()
pool: "asyncpg.Pool[asyncpg.Record]"


async def do(step: Step, case_id: UUID, buurt: int, event_id: UUID | None = None) -> None:
    """Write the rows and the messages in one transaction, unless this message was heard before."""
    async with pool.acquire() as connection, connection.transaction():
        if event_id is not None:
            first = f"insert into {NAME}.inbox (event_id) values ($1) on conflict do nothing returning true"
            if not await connection.fetchval(first, event_id):
                return
        for table, size in step.inserts:
            await connection.execute(
                f"insert into {NAME}.{table} (id, case_id, filler) values ($1, $2, $3)", new_id(), case_id, filler(size)
            )
        if step.chooses:
            await connection.execute(CHOOSE_ONE, buurt)
        for table in step.updates:
            await connection.execute(change(NAME, table, "= $1"), case_id)
        for name, size in step.tells:
            await connection.execute(
                f"insert into {NAME}.outbox (event_id, subject, body) values ($1, $2, $3)",
                new_id(),
                subject(name),
                message(name, size, case_id, buurt),
            )
    if step.tells:
        told.set()


async def relay() -> None:
    """Publish what was told, as long as this process lives; while NATS or PostgreSQL is away, try again."""
    while True:
        with suppress(Exception):  # what is not marked is published again, and the stream knows it by its id
            await copy()
        await asyncio.sleep(0.25)


async def copy() -> None:
    """Publish in order, and mark as sent what the stream has."""
    while True:
        rows = await pool.fetch(
            f"select id, event_id, subject, body from {NAME}.outbox where not sent order by id limit 100"
        )
        for row in rows:
            headers = {"Nats-Msg-Id": str(row["event_id"])}
            await broker.publish(row["body"], row["subject"], stream=NAME.upper(), headers=headers, timeout=5)
            await pool.execute(f"update {NAME}.outbox set sent = true where id = $1", row["id"])
        if not rows:
            told.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(told.wait(), 0.25)


def listen(name: str, step: Step) -> None:
    """A subscriber for each message: one at a time, acknowledged after its commit."""

    @broker.subscriber(
        subject(name),
        stream=JStream(SOURCE[name].upper(), declare=False),
        durable=f"{NAME}-{name.replace('_', '-')}",
        pull_sub=PullSub(batch_size=1, timeout=1),
        config=ConsumerConfig(max_ack_pending=1000, filter_subject=subject(name)),
        ack_policy=AckPolicy.NACK_ON_ERROR,
        no_reply=True,
    )
    async def heard(event: Told) -> None:
        await do(step, event.request_id, event.buurt, event.id)


for _name, _step in STEPS[NAME].items():
    if _name in SOURCE:
        listen(_name, _step)


async def begin() -> None:
    """Connect to PostgreSQL, and relay."""
    global pool  # as in the tutorial
    pool = await asyncpg.create_pool(DSN, min_size=4, max_size=8)
    begin.task = asyncio.create_task(relay())  # type: ignore[attr-defined]  # kept for as long as we live


@asynccontextmanager
async def lifespan(_: FastAPI) -> Any:
    """The broker lives as long as the app."""
    await broker.start()
    await begin()
    yield
    await broker.stop()


http = FastAPI(lifespan=lifespan)


@http.post("/requests", status_code=202)
async def request(asked: Asked, authorization: Annotated[str, Header()] = "") -> Mapping[str, str]:
    """Take a request in."""
    if authorization != f"Bearer {TOKEN}":
        raise HTTPException(401)
    case_id = new_id()
    await do(STEPS["intake"]["request"], case_id, asked.question.house_number % 60)
    return {"request_id": str(case_id)}


async def main() -> None:
    """Serve until ended."""
    if NAME == "intake":
        await uvicorn.Server(uvicorn.Config(http, port=int(PORT), log_level="warning")).serve()
    else:
        await FastStream(broker, after_startup=[begin], logger=None).run()


if __name__ == "__main__":
    asyncio.run(main())
