"""What the system has to do meanwhile: households on their way, and a few that many want to direct."""

import asyncio
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from chaos.client import Client, Distrust, Refused
from chaos.directing import Household, Player
from chaos.fleet import Fleet
from chaos.history import History
from chaos.journey import TEAM, People, Seen, live, prepare
from wij.cast import CAST
from wij.issuer import Issuer

TEAM_WORKERS = ("samira", "nadia", "tom")
ROSTER = (*TEAM_WORKERS, "roy", "karin", "hanneke")
AT_ONCE = 10
"""Households on their way together."""
REGISTERS = 2
"""Households that many want to direct."""
WINDOWS = 2
"""How many windows each worker has open at each of these."""


@dataclass(slots=True)
class Load:
    """The people at work during one run, and what they saw."""

    people: People
    clients: dict[str, Client]
    history: History
    seen: list[Seen] = field(default_factory=list)
    """Every journey, also one that could not go on."""
    failed: list[str] = field(default_factory=list)
    """Why journeys could not go on."""
    numbers: int = 0

    @property
    def unknown(self) -> int:
        """How often a call was not answered."""
        return sum(client.unknown for client in self.clients.values())

    async def prepare(self) -> None:
        """The team, its area and its workers, and the households that are directed by whoever takes them."""
        await prepare(self.people, {str(CAST[name].id): _as_worker(name) for name in ROSTER}, volunteers=10)

    async def bear(self, seconds: float, dice: random.Random, at_once: int = AT_ONCE) -> None:
        """Begin no more journeys after so many seconds, and bring those that are on their way to their end."""
        end = time.monotonic() + seconds
        async with asyncio.TaskGroup() as group:
            for _ in range(REGISTERS):
                group.create_task(self._direct(random.Random(dice.random()), end))
            for _ in range(at_once):
                group.create_task(self._journeys(end))

    def begin(self) -> tuple[int, Seen]:
        """The next household: its number, and what it will see."""
        number, self.numbers = self.numbers, self.numbers + 1
        self.seen.append(Seen())
        return number, self.seen[-1]

    async def _journeys(self, end: float) -> None:
        while time.monotonic() < end:
            await self._journey()

    async def _journey(self) -> None:
        number, seen = self.begin()
        further = number % 4 == 0
        try:
            await live(self.people, number, plan=further, need=further, close=number % 8 == 0, seen=seen)
        except (Refused, TimeoutError) as error:
            self.failed.append(f"journey {number}: {type(error).__name__} {error}")

    async def _direct(self, dice: random.Random, end: float) -> None:
        """Open a household's case, and let everybody want it."""
        number, seen = self.begin()
        try:
            await live(self.people, number, plan=False, need=False, close=False, seen=seen)
            card = await self.people.worker.get("plan", f"/households/{seen.household_id}/case")
        except (Refused, TimeoutError) as error:
            self.failed.append(f"register {number}: {type(error).__name__} {error}")
            return
        now = time.monotonic()
        household = Household(seen.household_id, seen.case_id)
        begin = {"do": "begin", "household": household.household_id, "director": card["director_id"]}
        self.history.write("harness", begin, now, "begun")
        workers = self.people.workers
        async with asyncio.TaskGroup() as group:
            for worker_id, client in workers.items():
                others = sorted(workers.keys() - {worker_id})
                for _ in range(WINDOWS):
                    player = Player(worker_id, client, household, others, self.history)
                    group.create_task(player.play(random.Random(dice.random()), lambda: time.monotonic() < end))


@asynccontextmanager
async def at_work(fleet: Fleet, history: History, patience: float = 120) -> AsyncIterator[Load]:
    """The cast, signed in; they distrust what they are told."""
    issuer = Issuer(fleet.settings)
    clients = {
        login: Client(fleet.addresses, issuer.mint(CAST[login].actor), patience, Distrust(login, history))
        for login in (*TEAM_WORKERS, "ferd", "sip", "hanneke")
    }
    people = People(
        admin=clients["ferd"],
        desk=clients["sip"],
        workers={str(CAST[login].id): clients[login] for login in TEAM_WORKERS},
        volunteer_coordinator=clients["hanneke"],
    )
    try:
        yield Load(people, clients, history)
    finally:
        for client in clients.values():
            await client.close()


def _as_worker(login: str) -> dict[str, object]:
    person = CAST[login]
    return {
        "team": TEAM,
        "roles": [str(person.role)],
        "specialisms": [],
        "caseload_limit": 1000,
        "name": person.name,
        "email": person.email,
    }
