"""What a service does by itself in one process: its relay, its readers, its own loops, and how they are doing.

runtime = Runtime(service, settings, fetch_events)
await supervisor.all_forever(runtime.loops())        # until cancelled
status = await runtime.status()                      # for /ready and `wij doctor`
"""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial

import structlog
from pydantic import BaseModel

from wij import parking, reader, relay
from wij.broker import Broker
from wij.identity import service_actor
from wij.reader import FetchEvents, Reader
from wij.relay import Relay
from wij.service import Loop, Service
from wij.settings import Settings
from wij.supervisor import Health, Stillness

WATCH = 5.0
"""Seconds between two looks of the watch."""

log = structlog.get_logger()


class LoopStatus(BaseModel):
    """How one relay or reader is doing."""

    name: str
    """`relay`, or `reader.<source>`."""
    healthy: bool
    """False when something is wrong, or when there was no sign of life for half a minute."""
    state: str
    """starting · standby (another replica does the work) · running · in trouble."""
    position: int
    """The last position copied (relay) or applied in every partition held here (reader)."""
    trouble: str | None = None
    """Why it is not healthy; never personal data."""


class LogStatus(BaseModel):
    """How the log of one service is doing, in this process."""

    service: str
    healthy: bool
    """Every loop here is healthy. Parked events do not make a service unready: all others go on."""
    loops: Sequence[LoopStatus]
    parked: int
    """Events that wait for a person, of all sources."""


class Runtime:
    """The work of one service in one process."""

    def __init__(self, service: Service, settings: Settings, fetch_events: FetchEvents) -> None:
        self.service = service
        self.database = service.database
        self.broker = Broker(settings, service.name)
        self.relay = Relay(service.database, settings, self.broker.wake)
        self.readers = [
            Reader(service.database, self.broker, subscription, fetch_events) for subscription in service.subscriptions
        ]
        self.database.nudge = self._nudge

    def loops(self) -> Mapping[str, Loop]:
        """Everything to run with `supervisor.all_forever`, by name."""
        name = self.service.name
        loops: dict[str, Loop] = {f"{name}.broker": self.broker.run, f"{name}.watch": self._watch}
        loops[f"{name}.relay"] = partial(self.relay.health.during, self.relay.run)
        for one in self.readers:
            loops[f"{name}.{one.health.name}"] = partial(one.health.during, one.run)
        for number, loop in enumerate(self.service.loops, start=1):
            loops[f"{name}.loop.{number}"] = loop
        return loops

    async def status(self) -> LogStatus:
        """How it goes; raises what the pool raises when PostgreSQL is away."""
        async with self.database.transaction(service_actor(self.service.name)) as tx:
            parked = await tx.value(parking.SQL.open_count)
        loops = [_status(health) for health in (self.relay.health, *(one.health for one in self.readers))]
        return LogStatus(
            service=self.service.name, healthy=all(loop.healthy for loop in loops), loops=loops, parked=parked
        )

    async def _nudge(self) -> None:
        """Wake the relay: ours, or wherever it is."""
        if self.relay.leads:
            self.broker.wake.set()
        else:
            await self.broker.nudge()

    async def _watch(self) -> None:
        """Raise the alarm when a position stands still while what it follows moves on, whoever should move it."""
        still = Stillness()
        name = self.service.name
        while True:
            await asyncio.sleep(WATCH)
            jetstream = self.broker.jetstream()
            async with asyncio.timeout(10), self.database.transaction(service_actor(name)) as tx:
                positions = await tx.rows(reader.SQL.all_positions)
                told = await tx.row(relay.SQL.end_of_log)
            ends = {source: await relay.end_of(jetstream, source) for source in {name} | self._sources()}
            if told and still.stuck(name, ends[name], told["position"] + told["waiting"]):
                log.error("relay_stands_still", service=name, position=ends[name], told=told["position"])
            for row in positions:
                source, partition, position = row
                if still.stuck((source, partition), position, ends.get(source, 0)):
                    log.error(
                        "reader_stands_still",
                        service=name,
                        source=source,
                        partition=partition,
                        position=position,
                        end=ends[source],
                    )

    def _sources(self) -> set[str]:
        return {one.source for one in self.readers}


def _status(health: Health) -> LoopStatus:
    return LoopStatus(
        name=health.name,
        healthy=health.healthy,
        state=health.state,
        position=health.position,
        trouble=health.trouble if health.healthy or health.trouble else "no sign of life",
    )
