"""What is kept about people is erased when its term has passed (P17).

By date, and by each service itself: whoever restores an old backup or fills a stream anew has it erased again without
knowing what was erased before. Events hold nothing about people, so there is nothing to erase in logs and streams.
What is due, and how long a term is, stands in the database (`retention`, `holds`); there the deciding is done too, by
its clock. Each thing that is erased is told, so the log proves it and whoever has a copy can erase theirs.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import date
from uuid import UUID

import structlog

from wij import outbox
from wij.database import Database, Statements, Transaction
from wij.events import Event
from wij.identity import service_actor
from wij.supervisor import Health

SQL = Statements.of(__file__, "erasure.sql")
EVERY = 3600.0
"""Seconds between two times of erasing."""
MOST = 200
"""Of each kind in one transaction."""

type Erase = Callable[[Transaction, int], Awaitable[Sequence[Event]]]
"""Erases at most so many of each kind that are due, and answers the fact of each, to be told."""

log = structlog.get_logger()


async def keep_erasing(database: Database, erase: Erase, health: Health) -> None:
    """Erase what is due, once an hour and first of all now, until cancelled."""
    while True:
        while await erase_some(database, erase):
            health.alive("running")
        health.alive("running")
        await asyncio.sleep(EVERY)


async def erase_some(database: Database, erase: Erase) -> int:
    """Erase what is due, at most `MOST` of each kind; answers how many there were.

    Any number may do so at once: each is erased once.
    """
    async with database.transaction(service_actor(database.service)) as tx:
        await tx.run(SQL.let_go)
        erased = await erase(tx, MOST)
        await outbox.append(tx, erased)
    if erased:
        log.info("erased", service=database.service, count=len(erased))
    return len(erased)


async def due(database: Database, erase: Erase) -> Sequence[Event]:
    """What would be erased and told next, at most `MOST` of each kind, while nothing is."""
    erased: Sequence[Event] = ()
    with suppress(_OnlyAsked):
        async with database.transaction(service_actor(database.service)) as tx:
            erased = await erase(tx, MOST)
            raise _OnlyAsked  # takes back what was done in this transaction
    return erased


async def knows(database: Database, about: UUID) -> bool:
    """Whether this service has such a request, household, case or volunteer."""
    async with database.transaction(service_actor(database.service)) as tx:
        known: bool = await tx.value(SQL.knows, about)
    return known


async def hold(database: Database, about: UUID, until: date, because: str) -> None:
    """Erase nothing of this request, household, case or volunteer up to and on a day; said again, the last counts."""
    async with database.transaction(service_actor(database.service)) as tx:
        await tx.run(SQL.hold, about, until, because)


class _OnlyAsked(Exception):
    """Nothing was meant to happen."""
