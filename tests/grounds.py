"""Where the tests run: PostgreSQL and NATS as child processes, or in containers with `WIJ_TEST_GROUND=containers`."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from wij.embedded import Nats, Postgres

ASKED = os.environ.get("WIJ_TEST_GROUND", "embedded")


@dataclass(frozen=True, slots=True)
class Ground:
    """What the fixtures need: a superuser's address, and a way to a fresh NATS server."""

    name: str
    admin_dsn: str
    """A superuser on any database of the cluster."""
    fresh_nats: Callable[[], AbstractContextManager[str]]
    """A context manager that answers the url of a server that nobody else uses."""


def without_engine() -> str | None:
    """Why containers cannot be used here, or None when they can."""
    try:
        import docker  # noqa: PLC0415

        docker.from_env(timeout=5).ping()
    except Exception as error:  # noqa: BLE001  # whatever is wrong with the engine, there is none for us
        return f"{type(error).__name__}"
    return None


def chosen() -> tuple[str, str]:
    """Which ground the tests stand on, and the sentence that says so."""
    if ASKED != "containers":
        return "embedded", "ground: embedded PostgreSQL and nats-server"
    why = without_engine()
    if why is None:
        return "containers", "ground: PostgreSQL and NATS in containers"
    return "embedded", f"ground: FELL BACK to embedded servers, since no container engine answers ({why})"


@contextmanager
def ground() -> Iterator[Ground]:
    """The ground for one run of the tests."""
    with containers() if chosen()[0] == "containers" else embedded() as here:
        yield here


@contextmanager
def embedded() -> Iterator[Ground]:
    """Child processes; PostgreSQL without fsync, since no test of this run needs to survive a power cut."""
    folder = Path(tempfile.mkdtemp(prefix="wij-test-"))
    folder.chmod(0o755)
    postgres = Postgres(folder, trust=True, durable=False, settings={"max_connections": "400"})

    @contextmanager
    def fresh_nats() -> Iterator[str]:
        store = Path(tempfile.mkdtemp(prefix="nats-", dir=folder))
        server = Nats(store, sync="2m").start()
        try:
            yield server.url
        finally:
            server.kill()
            shutil.rmtree(store, ignore_errors=True)

    try:
        yield Ground("embedded", postgres.start().dsn(), fresh_nats)
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def containers() -> Iterator[Ground]:
    """Containers: one PostgreSQL for the run, one NATS per test that asks."""
    from testcontainers.community.postgres import PostgresContainer  # noqa: PLC0415
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415
    from testcontainers.core.wait_strategies import HttpWaitStrategy  # noqa: PLC0415

    @contextmanager
    def fresh_nats() -> Iterator[str]:
        server = DockerContainer("nats:2.15-alpine").with_exposed_ports(4222, 8222).with_command("-js -m 8222")
        with server.waiting_for(HttpWaitStrategy(8222, "/healthz").for_status_code(200)) as running:
            yield f"nats://{running.get_container_host_ip()}:{running.get_exposed_port(4222)}"

    postgres = PostgresContainer("postgres:18-alpine", username="postgres", password="postgres", dbname="postgres")
    with postgres.with_command("postgres -c fsync=off -c max_connections=400") as running:
        host, port = running.get_container_host_ip(), running.get_exposed_port(5432)
        yield Ground("containers", f"postgresql://postgres:postgres@{host}:{port}/postgres", fresh_nats)
