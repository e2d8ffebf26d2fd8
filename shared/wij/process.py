"""One process, from start to stop: it answers at once, becomes ready when all it needs is there, and leaves in order.

Nothing has to be up before it. Each service is brought up beside the others, again and again until it works: its
tables, its pool, its relay and readers, its own loops. On SIGTERM it says that it is not ready and lingers, requests
under way are answered, then the loops stop, then the pools close. With a keeper (`keeper.py`) it serves at the keeper's
socket, and where it succeeds another process it answers when it is ready and not before.
"""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial

import structlog
from starlette.types import ASGIApp

from wij import answers, erasure, seals, supervisor
from wij.identity import service_actor
from wij.keeper import Kept, first_of
from wij.migrations import MigrationError, migrate
from wij.owner import events_over_http
from wij.runtime import Runtime
from wij.server import LOOK, Server
from wij.service import Loop, Service
from wij.settings import Settings
from wij.tokens import ServiceTokens
from wij.trouble import reason_of
from wij.web import Readiness, create_root

log = structlog.get_logger()

STOP = 13
"""Seconds that the loops get to stop, after the last request was answered."""


class Process:
    """Some services, and whatever else one process runs beside them."""

    def __init__(
        self,
        settings: Settings,
        services: Sequence[Service],
        apps: Mapping[str, ASGIApp] | None = None,
        loops: Mapping[str, Loop] | None = None,
    ) -> None:
        self._settings = settings
        self._started = {service.name: _Started(service, settings) for service in services}
        self._loops = loops or {}
        self._was_whole = False
        self._leaving = asyncio.Event()
        self._kept = False
        every: dict[str, ASGIApp] = {service.name: service.http for service in services}
        every |= apps or {}
        self.app = create_root(every, self._said_ready)

    async def run(self, kept: Kept | None = None) -> None:
        """Serve until SIGTERM or SIGINT, or until the keeper is gone; returns when everything has stopped."""
        _look_for_garbage_less_often()
        self._kept = kept is not None
        with self._asked_to_leave():
            if kept is not None:
                kept.leaves_with(self._leaving)
            async with self._working():
                if kept is not None and kept.succeeds:
                    await first_of(self._ready(), self._leaving.wait())
                if self._leaving.is_set():
                    return
                if kept is not None:
                    kept.say_ready()
                shared = kept.listening if kept is not None else None
                await Server(self.app, self._settings, self._leaving, shared).run_until_left()

    async def readiness(self) -> Readiness:
        """Whether calls can be served, and everything that is wrong.

        Ready for the first time when databases and relays are well, and from then on as long as the databases answer:
        commands are accepted without NATS, and a neighbour that is away must not take us with it.
        """
        looked = await asyncio.gather(*(one.look() for one in self._started.values()))
        wrong = {one.name: one.wrong for one in looked if one.wrong}
        whole = all(one.database and one.relay for one in looked)
        self._was_whole = self._was_whole or whole
        return Readiness(self._was_whole and all(one.database for one in looked), wrong)

    async def _said_ready(self) -> Readiness:
        """What we say of it: while we leave a load balancer is to send nobody; at a shared socket there is another."""
        now = await self.readiness()
        if self._leaving.is_set() and not self._kept:
            return Readiness(ready=False, wrong={**now.wrong, "process": ["leaves"]})
        return now

    async def _ready(self) -> None:
        """Wait until we are."""
        while not (await self.readiness()).ready:
            await asyncio.sleep(LOOK)

    @contextmanager
    def _asked_to_leave(self) -> Iterator[None]:
        """Asking twice changes nothing: cut short, our loops would not be stopped."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._leaving.set)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    @asynccontextmanager
    async def _working(self) -> AsyncIterator[None]:
        every = {**{name: one.run for name, one in self._started.items()}, **self._loops}
        working = asyncio.create_task(supervisor.all_forever(every))
        try:
            yield
        finally:
            working.cancel()
            await asyncio.wait([working], timeout=STOP)
            for one in self._started.values():
                await one.stop()


@dataclass(frozen=True, slots=True)
class _Look:
    """How one service is doing."""

    name: str
    wrong: Sequence[str]
    database: bool
    """Whether it answers."""
    relay: bool
    """Whether it copies what is told to the stream, or another replica does."""


class _Started:
    """One service in this process."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self._service = service
        self._settings = settings
        self._runtime = Runtime(
            service, settings, events_over_http(settings, ServiceTokens(settings, service.name).token)
        )
        self._erasing = supervisor.Health("erasure")
        self._open = False
        self._trouble = "database: not asked yet"

    async def run(self) -> None:
        """Tables, pool, loops; raises what is in the way, and is then started again."""
        service = self._service
        try:
            if self._settings.migrate:
                await migrate(self._settings, service.name, service.schema)
            if not self._open:
                await service.database.start()
                self._open = True
        except Exception as error:
            self._trouble = str(error) if isinstance(error, MigrationError) else f"database: {reason_of(error)}"
            raise
        log.info("service_started", service=service.name)
        tidy = {
            f"{service.name}.tidy": partial(answers.forget, service.database),
            f"{service.name}.seals": partial(seals.keep_sealing, service.database),
        }
        if service.erase is not None:
            erasing = partial(erasure.keep_erasing, service.database, service.erase, self._erasing)
            tidy[f"{service.name}.erasure"] = partial(self._erasing.during, erasing)
        await supervisor.all_forever({**self._runtime.loops(), **tidy})

    async def look(self) -> _Look:
        """How it is doing now."""
        name = self._service.name
        if not self._open:
            return _Look(name, [self._trouble], database=False, relay=False)
        try:
            async with asyncio.timeout(2), self._service.database.transaction(service_actor(self._service.name)) as tx:
                await tx.value("select 1")
            status = await self._runtime.status()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what is wrong
            return _Look(name, [f"database: {reason_of(error)}"], database=False, relay=False)
        ill = [loop for loop in status.loops if not loop.healthy]
        words = [f"{loop.name}: {loop.state}, {loop.trouble}" for loop in ill]
        words += [f"erasure: {self._erasing.trouble}"] if self._erasing.trouble else []
        return _Look(name, words, database=True, relay="relay" not in {loop.name for loop in ill})

    async def stop(self) -> None:
        """Close the pool."""
        if self._open:
            await self._service.database.stop()


def _look_for_garbage_less_often() -> None:
    """What was imported stays for ever, and a batch makes thousands of objects that none of them refers back to.

    Python would search all of it for cycles again and again: a tenth of the processor time of a busy service.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
