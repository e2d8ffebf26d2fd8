"""The record of who looked, sealed: whoever changes it afterwards, with whatever rights, is found out (P10).

Each seal covers the looks after the one before it, and that one's digest. Its own digest goes into the log of the
process as well, and so to wherever that is kept: who changed looks and made every later seal anew does not match what
stands there.
"""

import asyncio
from collections.abc import Mapping
from typing import NamedTuple

import structlog

from wij.database import Connection, Database, Statements
from wij.identity import service_actor
from wij.trouble import Trouble

SQL = Statements.of(__file__, "seals.sql")
EVERY = 60.0
"""Seconds between two times of sealing: what is changed within them is not seen."""
MOST = 1000
"""Looks under one seal: how closely it is known where something was changed."""
PAUSE = 0.1
"""Seconds between two looks whether somebody is still writing."""

log = structlog.get_logger()


class LooksChanged(Trouble):
    """The record of who looked is not as it was sealed; it says where."""


class Sealed(NamedTuple):
    """What stands as it was sealed."""

    seals: int
    looks: int
    unsealed: int
    """Looks that wait for their seal."""


async def keep_sealing(database: Database) -> None:
    """Seal what came, once a minute, until cancelled."""
    while True:
        await seal(database)
        await asyncio.sleep(EVERY)


async def seal(database: Database) -> int:
    """Seal every look that is on record now; answers how many seals that took. Any number may seal at once."""
    us = service_actor(database.service)
    async with database.transaction(us) as tx:
        written = await tx.row(SQL.written)
    assert written is not None, "it is one row, always"
    writers = written["writers"]
    while writers:  # a look gets its number before it is committed, so a lower one may come yet
        await asyncio.sleep(PAUSE)
        async with database.transaction(us) as tx:
            writers = await tx.value(SQL.still_writing, writers)
    made = 0
    while await _next(database, written["upto"] or 0):
        made += 1
    return made


async def _next(database: Database, end: int) -> bool:
    """Make the next seal up to there; False when there is nothing to seal, or somebody else was first."""
    async with database.transaction(service_actor(database.service)) as tx:
        last = await tx.row(SQL.last)
        number, after, previous = last or (0, 0, _beginning(database.service))
        found = await tx.row(SQL.digest, previous, after, end, MOST)
        assert found is not None, "it is one row, always"
        if not found["looks"]:
            return False
        seal = (number + 1, found["upto"], found["looks"], found["digest"])
        ours = await tx.value(SQL.seal, *seal)
    if ours:
        log.info("access_log_sealed", service=database.service, number=number + 1, digest=found["digest"].hex())
    return bool(ours)


async def verify(connection: Connection, service: str, heads: Mapping[int, str]) -> Sealed:
    """Look whether every sealed look of a service is as it was, and its seals as they were written down elsewhere.

    `heads` are digests by the number of their seal, from the log of the process. Raises `LooksChanged`.
    """
    wrong: list[str] = []
    number, after, previous, looks = 0, 0, _beginning(service), 0
    digests: dict[int, str] = {}
    for seal in await connection.fetch(SQL.seals):
        found = await connection.fetchrow(SQL.digest, previous, after, seal["upto"], MOST + 1)
        assert found is not None, "it is one row, always"
        if seal["number"] != number + 1:
            wrong.append(f"after seal {number}, {seal['number'] - number - 1} are gone")
        elif found["digest"] != seal["digest"]:
            wrong.append(f"looks {after + 1} to {seal['upto']} are not what seal {seal['number']} was put on")
        number, after, previous = seal["number"], seal["upto"], seal["digest"]
        digests[number] = previous.hex()
        looks += seal["looks"]
    wrong += [f"seal {one} is gone" for one in sorted(heads.keys() - digests.keys())]
    wrong += [
        f"seal {one} is not the one that was written down"
        for one, digest in sorted(heads.items())
        if digests.get(one, digest) != digest
    ]
    if wrong:
        raise LooksChanged(f"{service}: {'; '.join(wrong)}")
    return Sealed(len(digests), looks, await connection.fetchval(SQL.unsealed, after))


def _beginning(service: str) -> bytes:
    """What the first seal stands on: no service's chain can take another's place."""
    return service.encode()
