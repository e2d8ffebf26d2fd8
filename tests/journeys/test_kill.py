"""The crash test: 200 requests go their way while everything is killed -9 at random, in both layouts."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from chaos import aftermath
from chaos.client import Client
from chaos.fleet import FOUR_TIMES_TWO, ONE_PROCESS, Fleet, Layout
from chaos.journey import TEAM, People, Seen, live, prepare
from wij.cast import CAST
from wij.issuer import Issuer
from wij.mailsink import MailSink

HOUSEHOLDS = 100
"""Each asks twice."""
AT_ONCE = 12
SEED = 20261107
TEAM_WORKERS = ("samira", "nadia", "tom")
SETTLED_WITHIN = 90


@pytest.mark.parametrize(
    "layout",
    [pytest.param(ONE_PROCESS, id="one process"), pytest.param(FOUR_TIMES_TWO, id="four services twice")],
)
async def test_every_accepted_request_reaches_its_end_whatever_is_killed(tmp_path: Path, layout: Layout) -> None:
    """P1, P5, P8, I8, I17, I22: nothing lost, nothing twice, everything in order, and readers at the log's end."""
    sink = MailSink(tmp_path / "mail")
    async with sink.listening() as port:
        fleet = Fleet(tmp_path / "wij", layout, port)
        with fleet.running():
            await fleet.ready()
            async with at_work(fleet) as people:
                seen = await _live_through(fleet, people)
            dsn = fleet.ground.postgres.dsn("wij")
            await fleet.ready()
            await aftermath.settled(dsn, SETTLED_WITHIN)
            connection = await asyncpg.connect(dsn)
            try:
                await aftermath.check(connection, fleet.ground.nats.url, seen, sink.messages())
            finally:
                connection.terminate()
            print(f"seed {SEED}, kills {dict(fleet.kills)}, {len(seen)} households, {len(sink.messages())} mails")  # noqa: T201  # for the note
            assert sum(fleet.kills.values()) >= 8, "the journeys were over before anything could happen to them"


async def _live_through(fleet: Fleet, people: People) -> list[Seen]:
    workers = {str(CAST[name].id): _as_worker(name) for name in (*TEAM_WORKERS, "roy", "karin", "hanneke")}
    await prepare(people, workers, volunteers=10)
    places = asyncio.Semaphore(AT_ONCE)

    async def one(number: int) -> Seen:
        async with places:
            further = number % 4 == 0
            return await live(people, number, plan=further, need=further, close=number % 8 == 0)

    suffering = asyncio.create_task(fleet.suffer(random.Random(SEED), people.answers))
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(number)) for number in range(HOUSEHOLDS)]
    finally:
        suffering.cancel()
        await asyncio.wait([suffering])
    return [task.result() for task in tasks]


def _as_worker(login: str) -> dict[str, object]:
    person = CAST[login]
    return {
        "team": TEAM,
        "roles": [str(person.role)],
        "specialisms": [],
        "caseload_limit": 500,
        "name": person.name,
        "email": person.email,
    }


@asynccontextmanager
async def at_work(fleet: Fleet) -> AsyncIterator[People]:
    """The cast, signed in."""
    issuer = Issuer(fleet.settings)
    clients = {
        login: Client(fleet.addresses, issuer.mint(CAST[login].actor))
        for login in (*TEAM_WORKERS, "ferd", "sip", "hanneke")
    }
    try:
        yield People(
            admin=clients["ferd"],
            desk=clients["sip"],
            workers={str(CAST[login].id): clients[login] for login in TEAM_WORKERS},
            volunteer_coordinator=clients["hanneke"],
        )
    finally:
        for client in clients.values():
            await client.close()
