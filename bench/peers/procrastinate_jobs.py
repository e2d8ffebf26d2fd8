"""procrastinate and FastAPI as their documentation shows them: one job for each message and listener, in PostgreSQL.

Jobs are deferred in the transaction that makes them true, so none is lost. A job is marked done in a transaction of its
own: a process that dies in between leaves one that takes effect twice when it is tried again, or never when it is not.
Programs: `python -m bench.peers.procrastinate_jobs schema|web|<service> <port> <dsn>`
"""

import asyncio
import json
import sys
from collections.abc import Mapping
from contextlib import asynccontextmanager
from typing import Annotated, Any
from uuid import UUID

import procrastinate
import uvicorn
from fastapi import FastAPI, Header, HTTPException
from psycopg_pool import AsyncConnectionPool

from bench.peers.words import Asked
from bench.peers.work import CHOOSE_ONE, SOURCE, STEPS, TOKEN, Step, change, filler, message
from wij.ids import new_id

WHAT, PORT, DSN = sys.argv[1:4]
AT_ONCE = 8
"""Jobs of a worker that are under way together."""
LISTENERS = {name: [service for service, steps in STEPS.items() if name in steps] for name in SOURCE}
jobs = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=DSN, min_size=4, max_size=AT_ONCE + 2))
pool: AsyncConnectionPool[Any]


async def do(service: str, step: Step, case_id: UUID, buurt: int) -> None:
    """Write the rows, and a job for everybody who must hear of it, in one transaction."""
    async with pool.connection() as connection:
        for table, size in step.inserts:
            await connection.execute(
                f"insert into {service}.{table} (id, case_id, filler) values (%s, %s, %s)",
                (new_id(), case_id, filler(size)),
            )
        if step.chooses:
            await connection.execute(CHOOSE_ONE.replace("$1", "%s"), (buurt,))
        for table in step.updates:
            await connection.execute(change(service, table, "= %s"), (case_id,))
        for name, size in step.tells:
            body = message(name, size, case_id, buurt).decode()
            for listener in LISTENERS[name]:
                later = hear.configure(queue=listener, connection=connection)
                await later.defer_async(service=listener, body=body)


@jobs.task(name="hear")
async def hear(service: str, body: str) -> None:
    """One message for one service."""
    told = json.loads(body)
    await do(service, STEPS[service][told["type"]], UUID(told["request_id"]), told["buurt"])


@asynccontextmanager
async def opened() -> Any:
    """Connections for the jobs, and as many for the work in them."""
    global pool  # as in the tutorial
    async with AsyncConnectionPool(DSN, min_size=4, max_size=AT_ONCE) as pool, jobs.open_async():
        yield


@asynccontextmanager
async def lifespan(_: FastAPI) -> Any:
    """The pools live as long as the app."""
    async with opened():
        yield


http = FastAPI(lifespan=lifespan)


@http.post("/requests", status_code=202)
async def request(asked: Asked, authorization: Annotated[str, Header()] = "") -> Mapping[str, str]:
    """Take a request in."""
    if authorization != f"Bearer {TOKEN}":
        raise HTTPException(401)
    case_id = new_id()
    await do("intake", STEPS["intake"]["request"], case_id, asked.question.house_number % 60)
    return {"request_id": str(case_id)}


async def main() -> None:
    """Make the tables; or serve until ended."""
    if WHAT == "web":
        await uvicorn.Server(uvicorn.Config(http, port=int(PORT), log_level="warning")).serve()
        return
    async with opened():
        if WHAT == "schema":
            await jobs.schema_manager.apply_schema_async()
        else:
            await jobs.run_worker_async(queues=[WHAT], name=WHAT, concurrency=AT_ONCE, delete_jobs="successful")


if __name__ == "__main__":
    asyncio.run(main())
