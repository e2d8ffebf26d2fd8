"""All of WIJ as processes on this machine, in one of its layouts, to be killed and stopped, and started again."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import BaseModel, SecretStr

from chaos.installation import Installation
from chaos.proxy import Proxy
from wij.embedded import Ground, Nats, Postgres, free_port
from wij.events import SERVICES
from wij.settings import Settings

type Layout = Mapping[str, int]
"""How many replicas of which target."""

ONE_PROCESS: Layout = {"all": 1}
FOUR_TIMES_TWO: Layout = {**dict.fromkeys(SERVICES, 2), "issuer": 1}
type Server = Postgres | Nats

START_WITHIN = 180
"""Seconds; two cores start up to nine processes."""


@dataclass(slots=True)
class Replica:
    """One process of ours."""

    target: str
    port: int
    process: subprocess.Popen[bytes] | None = None


class Fleet:
    """PostgreSQL, nats-server and our processes; each may be killed, and is then started again."""

    def __init__(
        self,
        folder: Path,
        layout: Layout,
        smtp_port: int,
        *,
        ways: Mapping[str, Proxy] | None = None,
        program: Sequence[str] = ("services",),
        ground: Ground | None = None,
        more: Mapping[str, object] | None = None,
        words: Sequence[str] = (),
        installed: Installation | None = None,
    ) -> None:
        self.folder = folder
        self.ways = ways or {}
        """The proxies between our processes and `postgres`, `nats` and `smtp`; each listens already."""
        self.program = program
        """What our processes run; another one than ours when a fault was seeded in it."""
        self.fail_points: Callable[[str], str] = lambda target: ""
        """`WIJ_FAILPOINTS` of a process that starts, by its target."""
        # No fsync: a killed process loses nothing the kernel has. A commit must reach the kernel, so that is on.
        self.ground = ground or Ground(folder, durable=False, postgres_settings={"synchronous_commit": "on"})
        self.more = more or {}
        """Settings that this fleet has beside those that lead to its ground."""
        self.words = words
        """What `wijd` is told beside its target."""
        self.installed = installed
        """Where the code of our processes is; this repository when nowhere else."""
        self.replicas = [Replica(target, free_port()) for target, count in layout.items() for _ in range(count)]
        self.smtp_port = smtp_port
        self.kills: Counter[str] = Counter()
        self.settings = Settings()

    def addresses(self, service: str) -> Sequence[str]:
        """The base URLs of a service's replicas."""
        at = [replica.port for replica in self.replicas if replica.target in {"all", service}]
        return [f"http://127.0.0.1:{port}/{service}" for port in at]

    @contextmanager
    def running(self) -> Iterator["Fleet"]:
        """Everything up; everything down afterwards, whatever happened."""
        self.ground.start()
        try:
            straight = self.ground.settings(
                admin_url=SecretStr(self.ground.postgres.dsn()),
                client_secret=SecretStr("a-secret-of-the-tests"),
                issuer=self.addresses("issuer")[0],
                jwks_url=f"{self.addresses('issuer')[0]}/jwks",
                token_url=f"{self.addresses('issuer')[0]}/token",
                **{f"{service}_url": self.addresses(service)[0] for service in SERVICES},
                smtp_port=self.smtp_port,
                log_level="info",
                **self.more,
            )
            provision = [sys.executable, "-m", "services", "--provision"]
            subprocess.run(provision, env={**os.environ, **environment(straight)}, check=True)
            self.settings = self._by_the_ways(straight)
            for replica in self.replicas:
                self.start(replica)
            yield self
        finally:
            for replica in self.replicas:
                if replica.process is not None:
                    replica.process.kill()
                    replica.process.wait()
            for server in (self.ground.postgres, self.ground.nats):
                if server.pid is not None:
                    os.kill(server.pid, signal.SIGCONT)
            self.ground.stop()

    def start(self, replica: Replica) -> None:
        """Start a process of ours."""
        with (self.folder / f"{replica.target}-{replica.port}.log").open("ab") as output:
            replica.process = subprocess.Popen(
                self._command(f"--target={replica.target}"),
                env=self._environment(replica),
                stdout=output,
                stderr=output,
            )

    async def ready(self, *only: Replica) -> None:
        """Wait until every process, or these only, says it is ready."""
        end = time.monotonic() + START_WITHIN
        async with httpx.AsyncClient(timeout=5) as http:
            for replica in only or self.replicas:
                while not await _says_ready(http, replica.port):
                    if time.monotonic() > end:
                        said = (self.folder / f"{replica.target}-{replica.port}.log").read_text()[-3000:]
                        raise TimeoutError(f"{replica.target} is not ready after {START_WITHIN} s\n{said}")
                    await asyncio.sleep(0.2)

    async def keep_alive(self) -> None:
        """Start again whatever of ours died by itself, which a fail point makes it do, until cancelled."""
        while True:
            for replica in self.replicas:
                if replica.process is not None and replica.process.poll() is not None:
                    self.kills[f"{replica.target} at a fail point"] += 1
                    self.start(replica)
            await asyncio.sleep(0.05)

    def kill(self, replica: Replica) -> None:
        """Kill -9 a process of ours, and start it again."""
        assert replica.process is not None
        replica.process.kill()
        replica.process.wait()
        self.kills[replica.target] += 1
        self.start(replica)

    async def kill_server(self, server: Server, away: float) -> None:
        """Kill -9 PostgreSQL or nats-server, and start it again after so many seconds."""
        server.kill()
        self.kills[server.name] += 1
        try:
            await asyncio.sleep(away)
        finally:  # also when there is nothing more to suffer
            await self.revive(server)

    async def revive(self, server: Server) -> None:
        """Start a killed server, and try again while the remains of the killed one are still there."""
        end = time.monotonic() + START_WITHIN
        while not server.answers():
            if server.died():
                server.spawn()
            if time.monotonic() > end:
                raise TimeoutError(f"{server.name} does not come back:\n{server.said()}")
            await asyncio.sleep(0.1)

    def _by_the_ways(self, straight: Settings) -> Settings:
        """The same settings, leading through the proxies that there are."""
        if not self.ways:
            return straight
        ports = {"postgres": self.ground.postgres.port, "nats": self.ground.nats.port, "smtp": self.smtp_port}
        for name, way in self.ways.items():
            way.target = ports[name]
            ports[name] = way.port
        host = "127.0.0.1"
        return straight.model_copy(
            update={
                "database_url": f"postgresql://{{role}}@{host}:{ports['postgres']}/wij",
                "nats_url": f"nats://{host}:{ports['nats']}",
                "smtp_port": ports["smtp"],
            }
        )

    def _command(self, *words: str) -> Sequence[str]:
        return [sys.executable, "-m", *self.program, *words, *self.words]

    def _environment(self, replica: Replica) -> Mapping[str, str]:
        mine = {"WIJ_PORT": str(replica.port), "WIJ_FAILPOINTS": self.fail_points(replica.target)}
        code = self.installed.environment if self.installed is not None else {}
        return {**os.environ, "PYTHONUNBUFFERED": "1", **code, **environment(self.settings), **mine}


def environment(settings: Settings) -> Mapping[str, str]:
    """These settings as environment variables."""
    return {f"WIJ_{name.upper()}": _plain(value) for name, value in settings}


def _plain(value: object) -> str:
    match value:
        case SecretStr():
            return value.get_secret_value()
        case dict():
            return json.dumps({key: _plain(word) for key, word in value.items()})
        case BaseModel():
            return value.model_dump_json()
    return str(value)


async def _says_ready(http: httpx.AsyncClient, port: int) -> bool:
    try:
        return (await http.get(f"http://127.0.0.1:{port}/ready")).status_code == 200
    except httpx.TransportError:
        return False
