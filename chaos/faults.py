"""What is done to the system while it works: everything dies, sleeps and loses the others, as the seed decides.

Each round of the deck holds every kind of fault. The seed decides which, to whom, for how long and in what order; when
exactly it strikes depends on the machine, since a blow falls after so many answers and not after so many seconds.
"""

import asyncio
import os
import random
import signal
import subprocess
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import asyncpg
import nats
import nats.errors
import nats.js.errors

from chaos.fleet import Fleet, Replica, Server
from chaos.proxy import Proxy, Toxic
from chaos.takeover import catching_up
from wij.broker import quietly
from wij.events import SERVICES
from wij.failpoints import POINTS

ANSWERS_BETWEEN = (15, 50)
"""How many answers our processes give between two blows."""
SECONDS_BETWEEN = 3.0
"""After so many seconds the next blow falls anyway: it may be that nobody answers because of the last one."""
NAP = (0.5, 3.0)
"""Seconds; shorter than every time-out."""
ZOMBIE = (11.0, 13.0)
"""Seconds; longer than PostgreSQL waits for the holder of a lock (10 s)."""
SILENCE = 12.0
"""Seconds of a black hole, now and then: longer than NATS and PostgreSQL take to notice."""
AWAY = (
    asyncpg.PostgresError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    nats.errors.Error,
    nats.js.errors.Error,
)
"""What the harness itself hears from a server that is down."""
TOXICS: Sequence[Toxic] = ("slow", "black hole", "reset", "cut")
HOT = ("transaction.", "answer.", "outbox.")
"""Fail points that every call passes; the odds are lower there."""


@dataclass(frozen=True, slots=True)
class Blow:
    """One fault, decided."""

    name: str
    strike: Callable[[], Awaitable[None]]


class Suffering:
    """All faults of one run."""

    def __init__(self, fleet: Fleet, seed: int) -> None:
        self.fleet = fleet
        self.struck: list[str] = []
        """What happened, in order."""
        self.takeovers: list[float] = []
        """Seconds that a replica needed to catch up with what was told before its neighbour was killed."""
        self._dice = random.Random(seed)
        self._seed = seed
        self._starts = 0
        self._under_way: set[asyncio.Task[None]] = set()

    async def go_on(self, answers: Callable[[], int]) -> None:
        """Blow after blow, several at once, until cancelled."""
        while True:
            deck = list(self.deck())
            self._dice.shuffle(deck)
            for blow in deck:
                await _grown(answers, self._dice.randint(*ANSWERS_BETWEEN))
                self.struck.append(blow.name)
                task = asyncio.create_task(self._strike(blow))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)

    async def heal(self) -> None:
        """Let everything live again."""
        self.fleet.fail_points = lambda target: ""
        for task in list(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)
        for way in self.fleet.ways.values():
            way.heal()
        for server in (self.fleet.ground.postgres, self.fleet.ground.nats):
            await self.fleet.revive(server)

    def fail_points(self, target: str) -> str:
        """Every second process that starts dies at one of the fail points, sooner or later."""
        self._starts += 1
        dice = random.Random(f"{self._seed} {self._starts}")
        if target == "issuer" or dice.random() < 0.5:
            return ""
        point = dice.choice(sorted(POINTS))
        return f"{point}={0.003 if point.startswith(HOT) else 0.03}"

    def deck(self) -> Iterator[Blow]:
        """One of everything; who, how and how long is drawn here."""
        dice, fleet = self._dice, self.fleet
        ours = [replica for replica in fleet.replicas if replica.target != "issuer"]
        servers: tuple[Server, ...] = (fleet.ground.postgres, fleet.ground.nats)
        for n, replica in enumerate(ours * max(2, 4 // len(ours))):
            name = f"{replica.target}.{n % len(ours)}"
            yield Blow(f"kill {name}", lambda it=replica: self._kill(it))  # type: ignore[misc]  # mypy cannot infer it
        for replica in (dice.choice(ours), dice.choice(ours)):
            yield self._sleep(f"nap {replica.target}", dice.uniform(*NAP), lambda it=replica: _pid(it))  # type: ignore[misc]  # likewise
        if len(ours) > 1:  # alone there is nobody who would take its locks
            zombie = dice.choice(ours)
            yield self._sleep(f"zombie {zombie.target}", dice.uniform(*ZOMBIE), lambda: _pid(zombie))
        for server in servers:
            away = dice.uniform(0, 1.5)
            yield Blow(f"kill {server.name}", lambda it=server, s=away: self.fleet.kill_server(it, s))  # type: ignore[misc]  # likewise
            yield self._sleep(f"nap {server.name}", dice.uniform(*NAP), lambda it=server: it.pid)  # type: ignore[misc]  # likewise
        lot = dice.random()
        yield Blow("kill backend", lambda: self._kill_backend(lot))
        yield Blow("end backend", lambda: self._end_backend(lot))
        yield self._sleep("nap backend", dice.uniform(*NAP), lambda: self._backend(lot))
        for way in fleet.ways.values():
            for toxic in dice.sample(TOXICS, 2):
                seconds = dice.choice((dice.uniform(*NAP), SILENCE)) if toxic == "black hole" else dice.uniform(*NAP)
                yield self._poison(way, toxic, seconds)
        stream = dice.choice(SERVICES).upper()
        yield Blow(f"delete stream {stream}", lambda: self._delete_stream(stream))

    async def _strike(self, blow: Blow) -> None:
        # What was to be hit may be down already.
        with suppress(OSError, *AWAY):
            await blow.strike()

    async def _kill(self, replica: Replica) -> None:
        self.fleet.kill(replica)
        if sum(one.target == replica.target for one in self.fleet.replicas) > 1:
            self.takeovers.append(await catching_up(self.fleet.ground.postgres.dsn("wij"), replica.target))

    def _sleep(self, name: str, seconds: float, pid: Callable[[], int | None]) -> Blow:
        async def strike() -> None:
            who = pid()
            if who is None:
                return
            os.kill(who, signal.SIGSTOP)
            try:
                await asyncio.sleep(seconds)
            finally:
                with suppress(ProcessLookupError):
                    os.kill(who, signal.SIGCONT)

        return Blow(f"{name} {seconds:.1f} s", strike)

    def _poison(self, way: Proxy, toxic: Toxic, seconds: float) -> Blow:
        async def strike() -> None:
            way.poison(toxic)
            try:
                await asyncio.sleep(seconds)
            finally:
                way.heal()

        return Blow(f"{toxic} {way.name} {seconds:.1f} s", strike)

    async def _kill_backend(self, lot: float) -> None:
        """Kill -9 one server process of PostgreSQL: the postmaster then starts all others over."""
        if (pid := self._backend(lot)) is not None:
            os.kill(pid, signal.SIGKILL)

    async def _end_backend(self, lot: float) -> None:
        """End one connection of ours as an administrator would."""
        if (pid := self._backend(lot)) is not None:
            os.kill(pid, signal.SIGTERM)

    def _backend(self, lot: float) -> int | None:
        """One server process of PostgreSQL that serves one of ours."""
        words = ["ps", "--ppid", str(self.fleet.ground.postgres.pid), "-o", "pid=,args="]
        listed = subprocess.run(words, capture_output=True, text=True, check=False).stdout.splitlines()
        ours = [int(line.split()[0]) for line in listed if " wij " in line]
        return ours[int(lot * len(ours))] if ours else None

    async def _delete_stream(self, stream: str) -> None:
        client = await nats.connect(
            self.fleet.ground.nats.url, allow_reconnect=False, connect_timeout=1, error_cb=quietly
        )
        try:
            await client.jetstream(timeout=2).delete_stream(stream)
        finally:
            await client.close()


async def _grown(answers: Callable[[], int], by: int) -> None:
    """Wait until our processes have given so many answers, or until it takes too long."""
    goal, end = answers() + by, time.monotonic() + SECONDS_BETWEEN
    while answers() < goal and time.monotonic() < end:
        await asyncio.sleep(0.02)


def _pid(replica: Replica) -> int | None:
    return None if replica.process is None else replica.process.pid
