"""One system whose ground is to fail in several ways, one after the other, each of which is a case with a verdict."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from chaos import aftermath
from chaos.aftermath import Connection
from chaos.client import AGAIN
from chaos.door import EVERY, Door
from chaos.fleet import ONE_PROCESS, Fleet, Layout
from chaos.history import History
from chaos.load import Load, at_work
from chaos.proxy import Proxy
from chaos.run import SETTLED_WITHIN, afterwards
from chaos.verdict import Verdict
from wij.cast import CAST
from wij.embedded import Ground
from wij.issuer import Issuer
from wij.mailsink import MailSink

AT_ONCE = 3
"""Households on their way together, unless a trial says otherwise: what is looked at is a fault, not speed."""
BEFORE, AFTER = 2.0, 3.0
"""Seconds of load before and after a fault."""

type Fault = Callable[[], Awaitable[Mapping[str, object]]]
"""Something that goes wrong and is made good again; answers what was measured."""
type Question = Callable[[Connection], Awaitable[Sequence[str]]]


@dataclass(slots=True)
class Trial:
    """The system and those who work with it."""

    fleet: Fleet
    load: Load
    sink: MailSink
    dice: random.Random
    knocks_every: float = EVERY
    """Seconds between two who come to the door."""
    at_once: int = AT_ONCE
    """Households on their way together."""

    async def case(
        self, name: str, promises: Sequence[str], fault: Fault, *, door_stays_open: bool, also: Question | None = None
    ) -> Verdict:
        """Let it go wrong under load, and ask everything when all is quiet again.

        A door that need not stay open may say: not now. It may never say: we made a mistake.
        """
        token = Issuer(self.fleet.settings).mint(CAST["sip"].actor)
        door = Door(self.fleet.addresses, token, self.load.history, self.knocks_every)
        journeys, unknown, stopped = len(self.load.seen), self.load.unknown, len(self.load.failed)
        found: list[str] = []
        measured: Mapping[str, object] = {}
        enough = asyncio.Event()
        watching = asyncio.create_task(door.watch())
        loading = asyncio.create_task(self._work_until(enough))
        try:
            await asyncio.sleep(BEFORE)
            measured = await fault()
            await asyncio.sleep(AFTER)
        except (TimeoutError, AssertionError) as error:
            found.append(f"the fault was not over: {error}")
        enough.set()
        watching.cancel()
        await asyncio.wait([watching])
        await loading
        found += [f"could not go on: {reason}" for reason in self.load.failed[stopped:]]
        if wrong := sorted(door.told.keys() - ({"201"} if door_stays_open else {"201", *map(str, AGAIN)})):
            found.append(f"the door answered {', '.join(wrong)}")
        found += await self._ask(door, also)
        figures = {
            **measured,
            "answers at the door": dict(door.told),
            "longest wait there": f"{door.longest:.1f} s",
            "households": len(self.load.seen) - journeys,
            "calls not answered, asked again": self.load.unknown - unknown,
        }
        verdict = Verdict(name, promises, found, figures)
        verdict.say()
        return verdict

    async def history(self, name: str) -> Verdict:
        """What clients were told in all cases, against what is true at the end."""
        found = await afterwards(self.fleet, self.load, self.sink, SETTLED_WITHIN)
        verdict = Verdict(name, ("P1", "P2", "P3", "P5", "P8"), found, {"calls answered": self.load.people.answers()})
        verdict.say()
        return verdict

    async def _work_until(self, enough: asyncio.Event) -> None:
        while not enough.is_set():
            await self.load.bear(1, random.Random(self.dice.random()), self.at_once)

    async def _ask(self, door: Door, also: Question | None) -> list[str]:
        found: list[str] = []
        dsn = self.fleet.ground.postgres.dsn("wij")
        try:
            await aftermath.settled(dsn, SETTLED_WITHIN)
        except AssertionError as error:
            found.append(str(error))
        connection: Connection = await asyncpg.connect(dsn)
        try:
            url = self.fleet.ground.nats.url
            found += await aftermath.violations(connection, url, self.load.seen, self.sink.messages())
            found += await door.lost(connection)
            found += await also(connection) if also is not None else []
        finally:
            connection.terminate()
        return found


@asynccontextmanager
async def on_trial(
    folder: Path,
    ground: Ground,
    seed: int,
    layout: Layout = ONE_PROCESS,
    *,
    ways: Mapping[str, Proxy] | None = None,
    made: Callable[..., Fleet] = Fleet,
    **more: object,
) -> AsyncIterator[Trial]:
    """All of WIJ on this ground, by these ways to it, with everybody at work; `made` makes a fleet of another kind."""
    (folder / "wij").mkdir(parents=True, exist_ok=True)
    sink = MailSink(folder / "mail")
    history = History(folder / "history.jsonl")
    async with sink.listening() as port:
        fleet = made(folder / "wij", layout, port, ways=ways, ground=ground, more=more)
        with fleet.running():
            await fleet.ready()
            async with at_work(fleet, history) as load:
                await load.prepare()
                yield Trial(fleet, load, sink, random.Random(seed))
    history.close()
