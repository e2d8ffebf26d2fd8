"""How many requests a service takes in at once: as many as it can keep, and beyond that a 429 that says when (P15).

There is a place for each connection of the pool, but for a few that readiness and our own loops use. Who finds no place
stands in line; the line is short, in number and in time, so an answer comes soon or not at all. Who is refused was
refused before any transaction began: nothing was written, and the same Idempotency-Key may be used again.

The body is read before a place is taken, and the place is free again when the answer starts, so neither a slow sender
nor a slow reader holds one. Whoever waits to share somebody else's transaction needs no connection, so gives its place
back early (`scope["leave"]`), and that transaction takes one (`scope["places"]`, see `together.py`). `/health` and
`/ready` stand outside: the process answers them, not a service.
"""

import asyncio
import math
import random
from collections import deque
from time import monotonic

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from wij.errors import Busy
from wij.problems import problem

OUR_OWN = 2
"""Connections of the pool that no request takes."""
LINE = 16
"""How many may stand in line for each place."""
PATIENCE = 2.0
"""Seconds that somebody stands in line at most; who would stand there longer is refused at once."""
LATEST = 15
"""Seconds after which everybody may ask again, however long the line would take."""
SILENT_FOR = 10.0
"""Seconds between two lines in the log that say we are full: who has no time has none to write thousands of lines."""

log = structlog.get_logger()


class Admission:
    """The door of one service."""

    def __init__(self, app: ASGIApp, service: str, pool: int) -> None:
        self.app = app
        self._service = service
        self._count = max(1, pool - OUR_OWN)
        self._places = asyncio.Semaphore(self._count)
        self._in_line = 0
        self._usual = 0.0
        """Seconds that a request held its place lately."""
        self._said_at = -SILENT_FOR

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, now or soon; or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = await _whole(receive)
        if body is None:
            return  # they left before they had said what they wanted
        if not await self._enter():
            await self._refuse(scope, receive, send)
            return
        since = monotonic()
        inside = True

        def leave() -> None:
            nonlocal inside
            if inside:
                inside = False
                self._usual += (monotonic() - since - self._usual) / 8
                self._places.release()

        async def send_after_leaving(message: Message) -> None:
            leave()  # an answer exists when its transaction is over
            await send(message)

        async def again() -> Message:
            return body.popleft() if body else await receive()

        scope["leave"], scope["places"] = leave, self._places
        try:
            await self.app(scope, again, send_after_leaving)
        finally:
            leave()

    async def _enter(self) -> bool:
        """Take a place, after standing in line for it if need be; False when that would take too long, or did."""
        if not self._places.locked():
            return await self._places.acquire()
        if self._in_line >= LINE * self._count or self._wait() > PATIENCE:
            return False
        self._in_line += 1
        try:
            async with asyncio.timeout(PATIENCE):
                await self._places.acquire()
        except TimeoutError:
            return False
        finally:
            self._in_line -= 1
        return True

    def _wait(self) -> float:
        """Seconds that the next one in line would stand there."""
        return (self._in_line + 1) * self._usual / self._count

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if monotonic() - self._said_at > SILENT_FOR:
            self._said_at = monotonic()
            log.warning("service_full", service=self._service, in_line=self._in_line, places=self._count)
        seconds = min(math.ceil(self._wait()) + random.randint(0, 3), LATEST)  # not all of them at the same moment
        busy = Busy()
        answer = problem(busy.status, busy.code(), busy.detail)
        answer.headers["Retry-After"] = str(max(1, seconds))
        await answer(scope, receive, send)


async def _whole(receive: Receive) -> deque[Message] | None:
    """Everything the caller sends, or None when they go away meanwhile."""
    messages: deque[Message] = deque()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        messages.append(message)
        more = message.get("more_body", False)
    return messages
