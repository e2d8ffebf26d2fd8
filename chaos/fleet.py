"""All of WIJ as processes on this machine, in one of its layouts, to be killed at random and started again."""

import asyncio
import json
import os
import random
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
ANSWERS_BETWEEN = (60, 180)
"""How many answers our processes give between two deaths."""


@dataclass(slots=True)
class Replica:
    """One process of ours."""

    target: str
    port: int
    process: subprocess.Popen[bytes] | None = None


class Fleet:
    """PostgreSQL, nats-server and our processes; each may be killed, and is then started again."""

    def __init__(self, folder: Path, layout: Layout, smtp_port: int) -> None:
        self.folder = folder
        # No fsync: a killed process loses nothing the kernel has. A commit must reach the kernel, so that is on.
        self.ground = Ground(folder, durable=False, postgres_settings={"synchronous_commit": "on"})
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
            self.settings = self.ground.settings(
                admin_url=SecretStr(self.ground.postgres.dsn()),
                client_secret=SecretStr("a-secret-of-the-tests"),
                issuer=self.addresses("issuer")[0],
                jwks_url=f"{self.addresses('issuer')[0]}/jwks",
                token_url=f"{self.addresses('issuer')[0]}/token",
                **{f"{service}_url": self.addresses(service)[0] for service in SERVICES},
                smtp_port=self.smtp_port,
                log_level="info",
            )
            subprocess.run(self._command("--provision"), env=self._environment(), check=True)
            for replica in self.replicas:
                self.start(replica)
            yield self
        finally:
            for replica in self.replicas:
                if replica.process is not None:
                    replica.process.kill()
                    replica.process.wait()
            self.ground.stop()

    def start(self, replica: Replica) -> None:
        """Start a process of ours."""
        with (self.folder / f"{replica.target}-{replica.port}.log").open("ab") as output:
            replica.process = subprocess.Popen(
                self._command(f"--target={replica.target}"),
                env={**self._environment(), "WIJ_PORT": str(replica.port)},
                stdout=output,
                stderr=output,
            )

    async def ready(self) -> None:
        """Wait until every process says it is ready."""
        end = time.monotonic() + START_WITHIN
        async with httpx.AsyncClient(timeout=5) as http:
            for replica in self.replicas:
                while not await _says_ready(http, replica.port):
                    if time.monotonic() > end:
                        said = (self.folder / f"{replica.target}-{replica.port}.log").read_text()[-3000:]
                        raise TimeoutError(f"{replica.target} is not ready after {START_WITHIN} s\n{said}")
                    await asyncio.sleep(0.2)

    async def suffer(self, dice: random.Random, answers: Callable[[], int]) -> None:
        """Kill -9 something, again and again, until cancelled; what was killed is started again.

        Each round of the deck kills everything of every kind. A blow falls after so many answers and not after so many
        seconds, so a slow machine and a fast one see the same number of deaths in the same amount of work.
        """
        while True:
            ours = [one for one in self.replicas if one.target != "issuer"]
            deck: list[Replica | Server] = [*ours, *ours, self.ground.postgres, self.ground.nats]
            dice.shuffle(deck)
            for victim in deck:
                goal = answers() + dice.randint(*ANSWERS_BETWEEN)
                while answers() < goal:
                    await asyncio.sleep(0.02)
                if isinstance(victim, Replica):
                    self._kill_replica(victim)
                else:
                    await self._kill_server(victim, dice)

    def _kill_replica(self, replica: Replica) -> None:
        assert replica.process is not None
        replica.process.kill()
        replica.process.wait()
        self.kills[replica.target] += 1
        self.start(replica)

    async def _kill_server(self, server: Server, dice: random.Random) -> None:
        server.kill()
        self.kills[server.name] += 1
        try:
            await asyncio.sleep(dice.uniform(0, 1))
        finally:  # also when there is nothing more to suffer
            server.start()

    def _command(self, *words: str) -> Sequence[str]:
        return [sys.executable, "-m", "services", *words]

    def _environment(self) -> Mapping[str, str]:
        return {**os.environ, "PYTHONUNBUFFERED": "1", **environment(self.settings)}


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
