"""Three nats-servers that keep every stream three times, each of which may go its own way."""

import asyncio
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Self, override

import asyncpg
import nats
from nats.aio.client import Client
from nats.errors import Error
from nats.js import JetStreamContext
from nats.js.errors import Error as JetStreamError

from chaos.aftermath import Connection
from chaos.wires import Wires, address
from wij.embedded import Nats, asked, free_port
from wij.events import SERVICES

NUMBERS = (1, 2, 3)
WITHIN = 60
"""Seconds in which the nodes find each other again."""
AT_ONCE = 200
"""Events that are read from a node together."""


class Node(Nats):
    """One of them; without wires all are on the loopback address."""

    def __init__(self, data: Path, number: int, wires: Wires | None, binary: Path) -> None:
        super().__init__(data / f"n{number}")
        self.number = number
        self.wires = wires
        self.binary = binary
        """The nats-server it runs from its next start."""
        self.host = address(number) if wires else "127.0.0.1"
        self.port, self.route_port, self.monitor_port = (
            (4222, 6222, 8222) if wires else (free_port(), free_port(), free_port())
        )
        self.routes: Sequence[str] = ()

    @property
    @override
    def url(self) -> str:
        return f"nats://{self.host}:{self.port}"

    @override
    def prepare(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        (self.data / "nats.conf").write_text(
            f"""server_name: n{self.number}
host: {self.host}
port: {self.port}
http: "{self.host}:{self.monitor_port}"
jetstream {{
  store_dir: {json.dumps(str(self.data / "store"))}
  sync_interval: always
}}
cluster {{
  name: wij
  host: {self.host}
  port: {self.route_port}
  no_advertise: true
  routes: {json.dumps(list(self.routes))}
}}
"""
        )

    @override
    def command(self) -> Sequence[str]:
        before = self.wires.inside(self.number) if self.wires else ()
        return [*before, str(self.binary), "-c", str(self.data / "nats.conf")]

    @override
    def answers(self) -> bool:
        return not self.died() and self._says("/healthz?js-server-only=true")

    def well(self) -> bool:
        """Whether it also has all its streams, as new as the others'."""
        return not self.died() and self._says("/healthz")

    def _says(self, path: str) -> bool:
        return asked(self.monitor_port, path, self.host)[0] == 200


class Cluster(Nats):
    """The three as if they were one server: started, stopped and named together."""

    def __init__(self, data: Path, wires: Wires | None, binary: Path | None = None) -> None:
        super().__init__(data)
        self.binary = Path(sys.executable).parent / "nats-server"
        """The nats-server of this version of WIJ."""
        self.nodes = [Node(data, number, wires, binary or self.binary) for number in NUMBERS]
        for node in self.nodes:
            node.routes = [f"nats://{other.host}:{other.route_port}" for other in self.nodes if other is not node]

    @property
    @override
    def url(self) -> str:
        return ",".join(node.url for node in self.nodes)

    @override
    def start(self) -> Self:
        for node in self.nodes:
            node.start()
        return self

    @override
    def stop(self) -> None:
        for node in self.nodes:
            send(node, signal.SIGCONT)
            node.stop()

    async def well(self) -> float:
        """Wait until every node says that it is well; answers after how many seconds."""
        start = time.monotonic()
        while not all([await asyncio.to_thread(node.well) for node in self.nodes]):
            if time.monotonic() > start + WITHIN:
                ill = [f"n{node.number}" for node in self.nodes if not node.well()]
                raise TimeoutError(f"{', '.join(ill)} not well within {WITHIN} s")
            await asyncio.sleep(0.2)
        return time.monotonic() - start

    async def leader(self, service: str) -> Node:
        """The node that leads a service's stream."""
        client = await self.connect()
        try:
            return await self._leader(client.jetstream(timeout=5), service.upper())
        finally:
            await client.close()

    async def restart(self, node: Node, binary: Path | None = None) -> float:
        """Stop a node as an operator does, and start it again; answers after how many seconds all were well."""
        send(node, signal.SIGTERM)
        while node.pid is not None:
            await asyncio.sleep(0.05)
        node.binary = binary or node.binary
        node.spawn()
        return await self.well()

    async def differences(self, connection: Connection) -> list[str]:
        """Where a node's own copy of a stream is not, byte for byte, its service's log."""
        found: list[str] = []
        client = await self.connect()
        try:
            for service in SERVICES:
                rows = await connection.fetch(f"select position, body from {service}.told order by position")
                for node in self.nodes:
                    await self._let_lead(client, node, service.upper())
                    found += await _differences(client.jetstream(timeout=5), service, node, rows)
        finally:
            await client.close()
        return found

    async def connect(self) -> Client:
        """A client of the cluster."""
        return await nats.connect(self.url.split(","), error_cb=_quietly, connect_timeout=2)

    async def _let_lead(self, client: Client, node: Node, stream: str) -> None:
        """Make a node the leader of a stream, since only the leader's copy can be read."""
        wanted = json.dumps({"placement": {"preferred": f"n{node.number}"}}).encode()
        end = time.monotonic() + WITHIN
        while await self._leader(client.jetstream(timeout=5), stream) is not node:
            if time.monotonic() > end:
                raise TimeoutError(f"n{node.number} does not come to lead {stream} within {WITHIN} s")
            await client.request(f"$JS.API.STREAM.LEADER.STEPDOWN.{stream}", wanted, timeout=5)
            await asyncio.sleep(0.5)

    async def _leader(self, jetstream: JetStreamContext, stream: str) -> Node:
        end = time.monotonic() + WITHIN
        while True:
            try:
                told = (await jetstream.stream_info(stream)).cluster
            except (Error, JetStreamError):
                told = None
            for node in self.nodes:
                if told is not None and told.leader == f"n{node.number}":
                    return node
            if time.monotonic() > end:
                raise TimeoutError(f"{stream} has no leader within {WITHIN} s")
            await asyncio.sleep(0.2)


async def _differences(
    jetstream: JetStreamContext, service: str, node: Node, rows: "list[asyncpg.Record]"
) -> list[str]:
    state = (await jetstream.stream_info(service.upper())).state
    if state.last_seq != len(rows):
        return [f"n{node.number}: {service} ends at {state.last_seq}, its log at {len(rows)}"]
    found = []
    for start in range(0, len(rows), AT_ONCE):
        some = rows[start : start + AT_ONCE]
        stored = await asyncio.gather(*(jetstream.get_msg(service.upper(), seq=row["position"]) for row in some))
        found += [
            f"n{node.number}: {service} differs at {row['position']}"
            for row, message in zip(some, stored, strict=True)
            if message.data != row["body"]
        ]
    return found


def send(node: Node, number: signal.Signals) -> None:
    """Send a running node a signal."""
    if node.pid is not None:
        os.kill(node.pid, number)


async def _quietly(_: Exception) -> None:
    """What the client says while a node is away."""
