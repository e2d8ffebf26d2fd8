"""The load: HTTP clients that are not counted, closed loop (as fast as answered) or open loop (as fast as people come).

A bare protocol: a client library would take more of the two cores than some of the servers it measures.
"""

import asyncio
import json
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast, override
from urllib.parse import urlsplit
from uuid import uuid4

IDLE = 3.0
"""Seconds after which a silent connection is not used again: servers hang up after five or more."""

type Body = Callable[[int], Mapping[str, object]]
"""The n-th request's body."""
PATIENCE = 30
"""Seconds that a client waits for an answer."""
LOSE_HEART = 120
"""Seconds after which who asks again does so no more."""
COME_BACK = frozenset({0, 429, 503})
"""No answer, or one that says when to come back."""


@dataclass(slots=True)
class Answered:
    """What the clients saw."""

    sent_at: dict[str, float] = field(default_factory=dict)
    """When each accepted request was sent, by its id: seconds since the epoch."""
    seconds: list[float] = field(default_factory=list)
    """How long each accepted request took to be answered."""
    refused: dict[int, int] = field(default_factory=dict)
    """How many requests ended with each other status; 0 is no answer."""
    again: int = 0
    """How many times a client that was not served asked again."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, which may be a page of any kind."""

    status: int
    head: bytes
    """As it came, in small letters."""
    content: bytes

    @property
    def pause(self) -> float:
        """Seconds after which to come back."""
        return float(self.header(b"retry-after") or 0.2)

    def header(self, name: bytes) -> bytes:
        """One header's value, or nothing where there is none; looked up when asked for, since clients need but two."""
        return self.head.partition(b"\r\n" + name + b": ")[2].partition(b"\r\n")[0]


class _Connection(asyncio.Protocol):
    """A connection, on which one request at a time is under way."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._came = b""
        self._reply: asyncio.Future[Reply] | None = None

    @property
    def open(self) -> bool:
        """Whether the server has not hung up."""
        return self._transport is not None

    async def ask(self, request: bytes) -> Reply:
        """Send it, and wait for the answer; raises `OSError` when the server hangs up."""
        if self._transport is None:
            raise ConnectionResetError
        self._came, self._reply = b"", asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._reply

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by name

    @override
    def data_received(self, data: bytes) -> None:
        self._came += data
        head, ended, content = self._came.partition(b"\r\n\r\n")
        if ended and self._reply is not None and not self._reply.done():
            reply = Reply(int(head.split(maxsplit=2)[1]), head.lower(), content)
            if len(content) >= int(reply.header(b"content-length") or 0):
                self._reply.set_result(reply)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(exc or ConnectionResetError())


class Client:
    """Somebody who asks one thing after the other, on a connection that is kept."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "127.0.0.1", parts.port or 80
        self._head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
        self._head += f"Authorization: Bearer {token}\r\n" if token else ""
        self._connection: _Connection | None = None
        self._answered_at = time.monotonic()

    async def post(self, body: Mapping[str, object], key: str = "") -> Reply:
        """Send one request, with a key of its own unless it has one."""
        content = json.dumps(body).encode()
        head = f"{self._head}Idempotency-Key: {key or uuid4()}\r\nContent-Length: {len(content)}\r\n\r\n"
        if time.monotonic() - self._answered_at > IDLE:
            self.close()
        if self._connection is None or not self._connection.open:
            loop = asyncio.get_running_loop()
            _, self._connection = await loop.create_connection(_Connection, self._host, self._port)
        reply = await self._connection.ask(head.encode() + content)
        self._answered_at = time.monotonic()
        if reply.header(b"connection") == b"close":
            self.close()
        return reply

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


async def closed(
    url: str, token: str, body: Body, *, clients: int, seconds: float, first: int, again: bool = False
) -> Answered:
    """So many clients, each asking for the next thing as soon as it is answered; `again` as in `opened`."""
    seen = Answered()
    numbers = iter(range(first, 1 << 62))
    end = time.monotonic() + seconds

    async def one() -> None:
        client = Client(url, token)
        while time.monotonic() < end:
            await _ask(client, body(next(numbers)), seen, again=again)
        client.close()

    await asyncio.gather(*(one() for _ in range(clients)))
    return seen


async def opened(
    url: str, token: str, body: Body, *, rate: float, seconds: float, first: int, seed: int, again: bool = False
) -> Answered:
    """Requests at random moments (Poisson), however long the answers take: waiting in line counts as time.

    With `again`, who gets no answer or is told to come back asks again with the same key, as a client of ours does.
    """
    seen = Answered()
    dice = random.Random(seed)
    idle: list[Client] = []
    numbers = iter(range(first, 1 << 62))

    async def one() -> None:
        client = idle.pop() if idle else Client(url, token)
        await _ask(client, body(next(numbers)), seen, again=again)
        idle.append(client)

    start, at = time.monotonic(), 0.0
    async with asyncio.TaskGroup() as group:
        while (at := at + dice.expovariate(rate)) < seconds:
            await asyncio.sleep(max(0.0, start + at - time.monotonic()))
            group.create_task(one())
    for client in idle:
        client.close()
    return seen


async def _ask(client: Client, body: Mapping[str, object], seen: Answered, *, again: bool = False) -> None:
    sent, started, key = time.time(), time.perf_counter(), str(uuid4())
    while True:
        reply = await _once(client, body, key)
        if not again or reply.status not in COME_BACK or time.time() > sent + LOSE_HEART:
            break
        seen.again += 1
        await asyncio.sleep(reply.pause)
    if reply.status in {201, 202}:
        seen.sent_at[str(json.loads(reply.content)["request_id"])] = sent
        seen.seconds.append(time.perf_counter() - started)
    else:
        seen.refused[reply.status] = seen.refused.get(reply.status, 0) + 1


async def _once(client: Client, body: Mapping[str, object], key: str) -> Reply:
    try:
        async with asyncio.timeout(PATIENCE):
            return await client.post(body, key)
    except (OSError, ValueError):  # the latter: who calls a port of nobody may reach themself
        client.close()
        return Reply(0, b"", b"")
