"""One NATS connection per service and process, held by FastStream: the wake-up call comes in, readers pull through it.

It declares nothing (streams and consumers belong to relay and readers) and never gives up reconnecting: with exhausted
attempts the client would block the event loop for ever.
"""

import asyncio
from contextlib import suppress
from typing import Any, override

import structlog
from faststream.nats import NatsBroker
from nats.aio.client import Client
from nats.js import JetStreamContext

from wij.batch_client import BatchClient
from wij.settings import Settings

log = structlog.get_logger()


async def quietly(error: Exception) -> None:
    """What the client says about each failed attempt: the loops that need it say so once."""


class _Broker(NatsBroker):
    """FastStream's, on our client."""

    @override
    async def _connect(self) -> Client:
        client = BatchClient()
        await client.connect(**self._connection_kwargs)
        self.config.connect(client)
        return client


class Broker:
    """The service's connection to NATS, and the call that wakes its relay."""

    def __init__(self, settings: Settings, service: str) -> None:
        self.settings = settings
        self.service = service
        self.wake = asyncio.Event()
        """Set when somebody in this service, in any replica, told something."""
        self._client: Client | None = None
        self._up = asyncio.Event()

    async def run(self) -> None:
        """Connect, and stay until the client is closed for good (a rotated credential) or this is cancelled."""
        broker = _Broker(
            self.settings.nats_servers,
            name=f"wij-{self.service}",
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.25,  # type: ignore[arg-type]  # seconds; nats-py takes parts of one
            connect_timeout=3,
            ping_interval=5,
            max_outstanding_pings=2,
            error_cb=quietly,
            graceful_timeout=2,
            logger=None,
        )

        @broker.subscriber(f"wake.{self.service}", no_reply=True, decoder=_nothing)
        async def woken(_: Any) -> None:
            self.wake.set()

        try:
            async with asyncio.timeout(10):
                client = await broker.connect()
                await broker.start()
            self._client = client
            self._up.set()
            while not client.is_closed:
                await asyncio.sleep(0.5)
            raise ConnectionError("the NATS client was closed for good")
        finally:
            self._client = None
            self._up.clear()
            with suppress(Exception):
                async with asyncio.timeout(3):
                    await broker.stop()

    async def connected(self) -> None:
        """Wait a moment for a connection that is being made; raises `ConnectionError` when NATS stays away."""
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await self._up.wait()
        self.jetstream()

    def client(self) -> Client:
        """The connection itself; raises `ConnectionError` while NATS is away."""
        if self._client is None or not self._client.is_connected:
            raise ConnectionError("NATS is away")
        return self._client

    def jetstream(self) -> JetStreamContext:
        """JetStream on this connection; raises `ConnectionError` while NATS is away."""
        return self.client().jetstream(timeout=3)

    async def nudge(self) -> None:
        """Wake the relay, wherever it runs. May be lost: the relay looks by itself four times a second."""
        if self._client is not None and self._client.is_connected:
            with suppress(Exception):
                await self._client.publish(f"wake.{self.service}", b"")


async def _nothing(_: Any) -> None:
    """A wake-up has no content."""
