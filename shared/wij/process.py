"""One process, from start to stop: it answers at once, becomes ready when all it needs is there, and leaves in order.

Nothing has to be up before it. Each service is brought up beside the others, again and again until it works: its
tables, its pool, its relay and readers, its own loops. On SIGTERM requests under way are answered, then the loops stop,
then the pools close.
"""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import override

import structlog
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from wij import supervisor
from wij.identity import service_actor
from wij.migrations import migrate
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
        self._was_ready = False
        every: dict[str, ASGIApp] = {service.name: service.http for service in services}
        every |= apps or {}
        self.app = create_root(every, self.readiness, self._lifespan)

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT; returns when everything has stopped."""
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
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, _leave, server)
        await server.serve()

    async def readiness(self) -> Readiness:
        """Ready once everything is well; after that as long as the databases answer, since commands need no NATS."""
        looked = await asyncio.gather(*(one.look() for one in self._started.values()))
        wrong = {name: said for name, (_, said) in zip(self._started, looked, strict=True) if said}
        answers = all(database for database, _ in looked)
        self._was_ready = answers and (self._was_ready or not wrong)
        return Readiness(self._was_ready, wrong)

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


class _Started:
    """One service in this process."""

    def __init__(self, service: Service, settings: Settings) -> None:
        self._service = service
        self._settings = settings
        self._runtime = Runtime(
            service, settings, events_over_http(settings, ServiceTokens(settings, service.name).token)
        )
        self._open = False

    async def run(self) -> None:
        """Tables, pool, loops; raises what is in the way, and is then started again."""
        service = self._service
        if self._settings.migrate:
            await migrate(self._settings, service.name, service.schema)
        if not self._open:
            await service.database.start()
            self._open = True
        log.info("service_started", service=service.name)
        await supervisor.all_forever(self._runtime.loops())

    async def look(self) -> tuple[bool, Sequence[str]]:
        """Whether the database answers, and everything that is wrong."""
        if not self._open:
            return False, ["starting: the database has not answered yet"]
        try:
            async with asyncio.timeout(2), self._service.database.transaction(service_actor(self._service.name)) as tx:
                await tx.value("select 1")
            status = await self._runtime.status()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is what is wrong
            return False, [f"database: {reason_of(error)}"]
        return True, [f"{loop.name}: {loop.state}, {loop.trouble}" for loop in status.loops if not loop.healthy]

    async def stop(self) -> None:
        """Close the pool."""
        if self._open:
            await self._service.database.stop()


class _Server(uvicorn.Server):
    """uvicorn, with the signals left to us: its own way ends the process before our loops have stopped."""

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _leave(server: uvicorn.Server) -> None:
    """Take no new connections, and finish; a second signal does not wait for requests under way."""
    server.force_exit = server.should_exit
    server.should_exit = True
