"""FastStream and FastAPI as their tutorials show them: a subscriber per message, a row per statement, commit, publish.

Not safe: what is committed and not published when the process dies is never told, and a message handled twice takes
effect twice. `python -m bench.peers.naive <service> <port> <dsn> <nats url>`
"""

import asyncio
import sys
from collections.abc import Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

import asyncpg
import uvicorn
from fastapi import FastAPI, Header, HTTPException
from faststream import FastStream
from faststream.nats import JStream, NatsBroker

from bench.peers.words import Asked, Told
from bench.peers.work import CHOOSE_ONE, SOURCE, STEPS, TOKEN, Step, change, filler, message, subject
from wij.ids import new_id

NAME, PORT, DSN, NATS = sys.argv[1:5]
broker = NatsBroker(NATS, logger=None)
pool: "asyncpg.Pool[asyncpg.Record]"


async def do(step: Step, case_id: UUID, buurt: int) -> None:
    """Write the rows, commit, publish."""
    async with pool.acquire() as connection, connection.transaction():
        for table, size in step.inserts:
            await connection.execute(
                f"insert into {NAME}.{table} (id, case_id, filler) values ($1, $2, $3)", new_id(), case_id, filler(size)
            )
        if step.chooses:
            await connection.execute(CHOOSE_ONE, buurt)
        for table in step.updates:
            await connection.execute(change(NAME, table, "= $1"), case_id)
    for name, size in step.tells:
        await broker.publish(message(name, size, case_id, buurt), subject(name), stream=SOURCE[name].upper())


def listen(name: str, step: Step) -> None:
    """A subscriber of its own for each message."""
    stream = JStream(SOURCE[name].upper(), declare=False)

    @broker.subscriber(subject(name), stream=stream, durable=f"{NAME}-{name.replace('_', '-')}")
    async def heard(told: Told) -> None:
        await do(step, told.request_id, told.buurt)


for _name, _step in STEPS[NAME].items():
    if _name in SOURCE:
        listen(_name, _step)


async def open_pool() -> None:
    """Connect to PostgreSQL."""
    global pool  # as in the tutorial
    pool = await asyncpg.create_pool(DSN, min_size=4, max_size=8)


@asynccontextmanager
async def lifespan(_: FastAPI) -> Any:
    """The broker lives as long as the app."""
    await open_pool()
    await broker.start()
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
        await FastStream(broker, on_startup=[open_pool], logger=None).run()


if __name__ == "__main__":
    asyncio.run(main())
