"""The peers as variants: their tables, their processes, and how to know that they are ready."""

import asyncio
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import override

import asyncpg
import nats
from nats.js.api import StreamConfig

from bench.machine import Machine
from bench.peers import work
from bench.variant import Variant
from wij.embedded import free_port
from wij.events import SERVICES

type Start = Callable[[Machine, int], None]
"""Start the processes of a peer; requests come to this port."""


@dataclass
class Peer(Variant):
    """One of them."""

    name: str
    begin: Start
    more: str = ""
    """Tables of its own, as SQL."""
    over_nats: bool = True
    knows_keys: bool = False
    database: str = "peer"
    ends: str = work.ENDS
    port: int = 0

    @override
    def start(self, here: Machine) -> None:
        self.port = free_port()
        asyncio.run(self._prepare(here))
        self.begin(here, self.port)
        here.wait_until(lambda: _listens(self.port))

    @override
    def request(self) -> tuple[str, str]:
        return f"http://127.0.0.1:{self.port}/requests", work.TOKEN

    @override
    def body(self, number: int) -> Mapping[str, object]:
        return work.body(number)

    async def _prepare(self, here: Machine) -> None:
        admin = await asyncpg.connect(here.ground.postgres.dsn())
        await admin.execute(f"create database {self.database}")
        await admin.close()
        connection = await asyncpg.connect(here.ground.postgres.dsn(self.database))
        await connection.execute(work.schema() + self.more)
        await connection.execute("vacuum analyze")
        await connection.close()
        client = await nats.connect(here.ground.nats.url)
        for service in SERVICES:
            config = StreamConfig(name=service.upper(), subjects=[f"wij.{service}.>"], allow_atomic=True)
            await client.jetstream().add_stream(config)
        await client.close()


def four(module: str) -> Start:
    """A program that is started once for each service, told its name, port, database and broker."""

    def begin(here: Machine, port: int) -> None:
        for service in SERVICES:
            here.python(
                service, "-m", module, service, str(port), here.ground.postgres.dsn("peer"), here.ground.nats.url
            )

    return begin


def celery(*, tuned: bool) -> Start:
    """Redis, gunicorn and a worker for each service. Raises `TimeoutError` where there is no redis-server."""

    def begin(here: Machine, port: int) -> None:
        redis = shutil.which("redis-server")
        if redis is None:
            raise TimeoutError("there is no redis-server here (Debian: apt install redis-server)")
        at = free_port()
        here.start(
            "redis",
            [redis, "--port", str(at), "--dir", str(here.folder), "--appendonly", "yes", "--appendfsync", "always"],
            {},
        )
        here.wait_until(lambda: _listens(at))
        setting = {
            "PEER_DSN": here.ground.postgres.dsn("peer"),
            "PEER_REDIS": f"redis://127.0.0.1:{at}/0",
            "PEER_TUNED": "1" if tuned else "0",
        }
        app = "bench.peers.django_app"
        serve = [
            "-m",
            "gunicorn",
            "--bind",
            f"127.0.0.1:{port}",
            "--workers",
            "2",
            "--threads",
            "16",
            "--worker-class",
            "gthread",
        ]
        here.python("web", *serve, "--keep-alive", "75", "--log-level", "error", f"{app}:application", **setting)
        for service in SERVICES:
            work = [
                "-m",
                "celery",
                "--quiet",
                "--app",
                f"{app}:celery",
                "worker",
                "--queues",
                service,
                "--concurrency",
                "2",
            ]
            here.python(service, *work, "--hostname", f"{service}@here", "--loglevel", "ERROR", **setting)

    return begin


def procrastinate(here: Machine, port: int) -> None:
    """The queue's tables, FastAPI, and a worker for each service. Raises `TimeoutError` where it is not installed."""
    program = ["-m", "bench.peers.procrastinate_jobs"]
    to = [str(port), here.ground.postgres.dsn("peer")]
    made = subprocess.run([sys.executable, *program, "schema", *to], capture_output=True, check=False)
    if made.returncode:
        raise TimeoutError(made.stderr.decode()[-2000:])
    for name in ("web", *SERVICES):
        here.python(name, *program, name, *to)


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


ONE_BY_ONE = "".join(
    f"create table {name}.outbox (id bigint generated always as identity primary key, event_id uuid not null,"
    " subject text not null, body bytea not null, sent boolean not null default false);"
    f"create index on {name}.outbox (id) where not sent;"
    f"create table {name}.inbox (event_id uuid primary key, at timestamptz not null default now());"
    for name in SERVICES
)

QUEUE = (
    "create table queue (id bigint generated always as identity primary key, listener text not null,"
    " type text not null, case_id uuid not null, buurt int not null, body bytea not null);"
    " create index on queue (listener, id);"
)

PEERS: Mapping[str, Peer] = {
    peer.name: peer
    for peer in (
        Peer("floor", four("bench.peers.floor")),
        Peer("naive", four("bench.peers.naive")),
        Peer("one_by_one", four("bench.peers.one_by_one"), ONE_BY_ONE),
        Peer("pg_queue", four("bench.peers.pg_queue"), QUEUE, over_nats=False),
        Peer("procrastinate", procrastinate, over_nats=False),
        Peer("django", celery(tuned=False), over_nats=False),
        Peer("django_tuned", celery(tuned=True), over_nats=False),
    )
}
