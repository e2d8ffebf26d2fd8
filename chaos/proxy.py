"""A way between our services and a server that can be made bad: slow, silent, reset or cut.

It listens on a port of its own and passes bytes on, in this process. What it does to them holds for every connection,
those that are open as well, until it is healed.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Literal

from wij.embedded import free_port

type Toxic = Literal["slow", "black hole", "reset", "cut"]
"""`slow` passes everything on later; `black hole` takes everything and passes on nothing; `reset` ends every connection
the hard way, once; `cut` does so and takes no new ones."""

NO_GOODBYE = struct.pack("ii", 1, 0)
"""SO_LINGER: closing sends a reset."""
MOST = 65536
"""Bytes at once."""


class Proxy:
    """One way to one server on this machine."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.port = free_port()
        self.target = 0
        """The server's own port; it may move."""
        self.toxic: Toxic | None = None
        self.delay = 0.0
        """Seconds that `slow` takes, in each direction."""
        self._healed = asyncio.Event()
        self._healed.set()
        self._open: set[asyncio.StreamWriter] = set()
        self._passing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Proxy"]:
        """Pass on until the end."""
        server = await asyncio.start_server(self._accept, "127.0.0.1", self.port)
        try:
            yield self
        finally:
            server.close()
            self.heal()
            self._reset()
            for task in self._passing:
                task.cancel()
            await asyncio.gather(*self._passing, return_exceptions=True)

    def poison(self, toxic: Toxic, delay: float = 0.2) -> None:
        """Make the way bad."""
        if toxic in {"reset", "cut"}:
            self._reset()
        if toxic == "reset":
            return
        self.toxic, self.delay = toxic, delay
        if toxic == "black hole":
            self._healed.clear()

    def heal(self) -> None:
        """Make it good again. What fell into the black hole arrives now, as it would after a network's long silence."""
        self.toxic = None
        self._healed.set()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._connect(reader, writer))
        self._passing.add(task)
        task.add_done_callback(self._passing.discard)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        there: asyncio.StreamWriter | None = None
        try:
            if self.toxic == "cut":
                return
            back, there = await asyncio.open_connection("127.0.0.1", self.target)
            self._open.add(there)
            await asyncio.gather(self._pass(reader, there), self._pass(back, writer))
        except OSError:
            pass  # the other side is away, and so are we
        finally:
            for end in (writer, there):
                if end is not None:
                    self._open.discard(end)
                    _end_hard(end)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while some := await reader.read(MOST):
            if self.toxic == "slow":
                await asyncio.sleep(self.delay)
            await self._healed.wait()
            writer.write(some)
            await writer.drain()
        with suppress(OSError):
            writer.write_eof()

    def _reset(self) -> None:
        for writer in self._open:
            _end_hard(writer)


def _end_hard(writer: asyncio.StreamWriter) -> None:
    """Send a reset: the one at the other end learns that it is over, and not that all arrived."""
    with suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_GOODBYE)
    writer.transport.abort()
