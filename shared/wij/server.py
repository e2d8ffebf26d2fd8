"""uvicorn, leaving so that nobody notices.

By itself it closes every idle connection the moment it is asked to leave, in the face of whoever just wrote on one: he
gets no answer and cannot know whether he was heard. So we linger: each answer says `Connection: close`, which sends its
client elsewhere, and an idle connection ends by its own clock.
"""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import override

import uvicorn
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wij.settings import Settings

FINISH = 10
"""Seconds that requests under way still get after we lingered."""
LOOK = 0.1
"""Seconds between two looks whether anybody is still connected."""


class Server(uvicorn.Server):
    """Serves until `leaving` is set, at a socket of our own or at one that others listen at too."""

    def __init__(
        self, app: ASGIApp, settings: Settings, leaving: asyncio.Event, shared: socket.socket | None = None
    ) -> None:
        super().__init__(
            uvicorn.Config(
                _with_farewell(app, leaving),
                settings.host,
                settings.port,
                ws="none",
                lifespan="off",
                access_log=False,  # addresses hold ids only, and still nobody needs a list of who called what
                log_config=None,
                server_header=False,
                timeout_graceful_shutdown=FINISH,
            )
        )
        self._leaving = leaving
        self._linger = settings.linger
        self._shared = shared

    async def run_until_left(self) -> None:
        """Serve, and return when everybody was answered."""
        await self.serve([self._shared] if self._shared is not None else None)

    @override
    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._leaving.is_set()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Linger first: at a shared socket for who is connected, at our own also for who is still sent to us."""
        if self._shared is not None:
            for server in self.servers:
                server.close()
        end = monotonic() + self._linger
        while monotonic() < end:
            await asyncio.sleep(LOOK)  # at first also for connections that were taken and have no protocol yet
            if self._shared is not None and not self.server_state.connections:
                break
        await super().shutdown(sockets)

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are the process's: uvicorn's own way ends it before our loops have stopped."""
        yield


def _with_farewell(app: ASGIApp, leaving: asyncio.Event) -> ASGIApp:
    """The same app, whose answers end their connections once we leave."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def send_farewell(message: Message) -> None:
            if message["type"] == "http.response.start" and leaving.is_set():
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        await app(scope, receive, send_farewell)

    return answer
