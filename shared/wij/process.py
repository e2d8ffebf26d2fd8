"""One process, from start to stop: it answers at once, becomes ready when all it needs is there, and leaves in order.

Nothing has to be up before it. Each service is brought up beside the others, again and again until it works: its
tables, its pool, its relay and readers, its own loops. On SIGTERM requests under way are answered, then the loops stop,
then the pools close.
"""

import asyncio
import gc
import signal
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import override

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from wij import answers, supervisor
from wij.identity import service_actor
from wij.migrations import MigrationError, migrate
from wij.owner import events_over_http
from wij.runtime import Runtime
from wij.service import Loop, Service
from wij.settings import Settings
from wij.tokens import ServiceTokens
from wij.trouble import reason_of
from wij.web import Readiness, create_root

log = structlog.get_logger()

FINISH = 15
"""Seconds that requests under way get to finish, and after that the loops to stop."""


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
        every: dict[str, ASGIApp] = {service.name: service.http for service in services}
        every |= apps or {}
        self.app = create_root(every, self.readiness, self._lifespan)

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT; returns when everything has stopped."""
        _look_for_garbage_less_often()
        config = uvicorn.Config(
            self.app,
            self._settings.host,
            self._settings.port,
            ws="none",
            lifespan="on",
            access_log=False,  # addresses hold ids only, and still nobody needs a list of who called what
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=FINISH,
        )
        server = _Server(config)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, _leave, server)
        try:
            await server.serve()
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

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

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        every = {**{name: one.run for name, one in self._started.items()}, **self._loops}
        working = asyncio.create_task(supervisor.all_forever(every))
        try:
            yield
        finally:
            working.cancel()
            await asyncio.wait([working], timeout=FINISH)
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
        tidy = {f"{service.name}.tidy": partial(answers.forget, service.database)}
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


class _Server(uvicorn.Server):
    """uvicorn, with the signals left to us: its own way ends the process before our loops have stopped."""

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _leave(server: uvicorn.Server) -> None:
    """Take no new connections, and finish. Asking twice changes nothing: cut short, our loops would not be stopped."""
    server.should_exit = True
