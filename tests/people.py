"""The people in the tests, each an `Actor`: who they are and where they work says who may do what."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from wij.cast import CAST
from wij.database import Database, Transaction
from wij.events import Event, read_event
from wij.identity import service_actor

SAMIRA = CAST["samira"].actor
"""Worker, Selwerd: the usual director."""
NADIA = CAST["nadia"].actor
"""Worker, Selwerd: the colleague."""
TOM = CAST["tom"].actor
"""Worker, Selwerd: the third, not involved unless a test says so."""
KARIN = CAST["karin"].actor
"""Coordinator, Selwerd."""
ROY = CAST["roy"].actor
"""Process lead, Selwerd."""
HANNEKE = CAST["hanneke"].actor
"""Volunteer coordinator, Selwerd."""
JOOST = CAST["joost"].actor
"""Worker, Paddepoel: somebody of another team."""
MIRJAM = CAST["mirjam"].actor
"""Coordinator, Paddepoel."""
ELS = CAST["els"].actor
"""Process lead, Paddepoel."""
WILLEM = CAST["willem"].actor
"""Volunteer coordinator, Paddepoel."""
SIP = CAST["sip"].actor
"""Front office, of no team."""
BEA = CAST["bea"].actor
"""Auditor."""
FERD = CAST["ferd"].actor
"""Functional administrator: settings, no case content."""


async def told(where: Database | Transaction, service: str = "") -> list[Event]:
    """The facts in this service's outbox, oldest first; `service` only says to the reader whose they are."""
    statement = "select body from outbox order by id"
    if isinstance(where, Transaction):
        rows = await where.rows(statement)
    else:
        async with where.transaction(service_actor(where.service)) as tx:
            rows = await tx.rows(statement)
    return [read_event(row["body"], 0).fact for row in rows]


async def warmed(database: Database, connections: int = 20) -> Database:
    """The database with this many open connections, so that as many calls really run at once."""
    async with AsyncExitStack() as stack:
        for _ in range(connections):
            await stack.enter_async_context(database.transaction(service_actor(database.service)))
    return database


@asynccontextmanager
async def attempt(tx: Transaction) -> AsyncIterator[None]:
    """Something in a transaction that may fail while the rest of it goes on."""
    await tx.run("savepoint attempt")
    try:
        yield
    finally:
        await tx.run("rollback to savepoint attempt")
