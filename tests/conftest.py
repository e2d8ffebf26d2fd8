"""What every test may ask for. PostgreSQL and NATS are real, the tokens are signed, nothing of ours is replaced.

- `settings`: settings on a fresh database with every service's schema; made from a template, some 25 ms
- `intake`, `plan`, `matching`, `notify`: the started `Database` of that service on it
- `nats_url`: a nats-server of this test alone, with JetStream
- `client`: `client("plan", SAMIRA)` is an HTTP client of the service's real app, at its real addresses
  (`/plan/v1/cases`), signed in as Samira; `client("plan")` is nobody
- `issuer`, `tokens`: who signs those tokens, and who verifies them
"""

import asyncio
import hashlib
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit
from uuid import uuid4

import asyncpg
import httpx
import pytest
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from tests.grounds import Ground, chosen, ground
from wij import logs
from wij.database import Database
from wij.events import SERVICES
from wij.identity import Actor
from wij.issuer import Issuer
from wij.migrations import MigrationError, migrate, provision, scripts_of
from wij.service import Service
from wij.settings import Settings
from wij.tokens import BearerTokens

ROOT = Path(__file__).parents[1]
PASSWORDS = {role: f"test-{role}" for service in SERVICES for role in (service, f"{service}_owner")}
SECRET = "a-secret-of-the-tests"


class ClientFor(Protocol):
    """How a test gets an HTTP client."""

    def __call__(self, service: str, person: Actor | None = None) -> httpx.AsyncClient: ...


def pytest_report_header() -> str:
    """Say on which servers the tests run."""
    return chosen()[1]


def schema_of(service: str) -> Path | None:
    """The service's own migrations, when it has any."""
    folder = ROOT / "services" / service / "schema"
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def test_ground() -> Iterator[Ground]:
    """PostgreSQL for this run, and NATS servers on request."""
    with ground() as here:
        yield here


@pytest.fixture(scope="session")
def address_of(test_ground: Ground) -> Callable[[str], str]:
    """The `database_url` of a database in this run's PostgreSQL."""
    host = urlsplit(test_ground.admin_dsn).netloc.rpartition("@")[2]
    return lambda database: f"postgresql://{{role}}@{host}/{database}"


@pytest.fixture(scope="session")
def base_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The settings that are the same in every test."""
    return Settings(
        data=tmp_path_factory.mktemp("wij"),
        database_passwords={role: SecretStr(word) for role, word in PASSWORDS.items()},
        database_pool=20,
        client_secret=SecretStr(SECRET),
        issuer="http://wij.test/issuer",
        jwks_url="http://wij.test/issuer/jwks",
        token_url="http://wij.test/issuer/token",
        log_level="warning",
        linger=0,
    )


@pytest.fixture(scope="session", autouse=True)
def safe_logs(base_settings: Settings) -> None:
    """Log as in production; to the stream below what pytest captures, which it never closes."""
    assert sys.__stderr__ is not None
    logs.configure(base_settings, sys.__stderr__)


class Template:
    """The migrated database that every test's database is copied from; made by the first test that needs one."""

    def __init__(self) -> None:
        self.name: str | None = None
        self.broken: dict[str, MigrationError] = {}
        """Services whose own scripts do not run: their tests fail, those of the others go on."""

    async def made(self, dsn: str, settings: Settings, address_of: Callable[[str], str]) -> str:
        """Its name, with the digest of the scripts it was made from."""
        if self.name is None:
            scripts = "".join(
                script.digest for service in SERVICES for script in scripts_of(service, schema_of(service))
            )
            name = f"wij_{hashlib.sha256(scripts.encode()).hexdigest()[:12]}"
            await provision(dsn, name, PASSWORDS)
            there = settings.model_copy(update={"database_url": address_of(name)})
            for service in SERVICES:
                try:
                    await migrate(there, service, schema_of(service), post=True)
                except MigrationError as error:
                    self.broken[service] = error
            self.name = name
        return self.name

    def check(self, service: str) -> None:
        """Raise what is wrong with this service's scripts, if anything."""
        if service in self.broken:
            raise self.broken[service]


@pytest.fixture(scope="session")
def template() -> Template:
    """The template of this run."""
    return Template()


@pytest.fixture
async def settings(
    test_ground: Ground, base_settings: Settings, template: Template, address_of: Callable[[str], str]
) -> AsyncIterator[Settings]:
    """Settings on a database of this test alone."""
    original = await template.made(test_ground.admin_dsn, base_settings, address_of)
    database = f"test_{uuid4().hex}"
    admin = await asyncpg.connect(test_ground.admin_dsn)
    try:
        await admin.execute(f"create database {database} template {original} strategy file_copy")
        yield base_settings.model_copy(update={"database_url": address_of(database)})
        await admin.execute(f"drop database {database} with (force)")
    finally:
        await admin.close()


async def _started(settings: Settings, template: Template, service: str) -> AsyncIterator[Database]:
    template.check(service)
    database = Database(settings, service)
    await database.start()
    yield database
    await database.stop()


@pytest.fixture
async def intake(settings: Settings, template: Template) -> AsyncIterator[Database]:
    """Intake's database."""
    async for database in _started(settings, template, "intake"):
        yield database


@pytest.fixture
async def plan(settings: Settings, template: Template) -> AsyncIterator[Database]:
    """Plan's database."""
    async for database in _started(settings, template, "plan"):
        yield database


@pytest.fixture
async def matching(settings: Settings, template: Template) -> AsyncIterator[Database]:
    """Matching's database."""
    async for database in _started(settings, template, "matching"):
        yield database


@pytest.fixture
async def notify(settings: Settings, template: Template) -> AsyncIterator[Database]:
    """Notify's database."""
    async for database in _started(settings, template, "notify"):
        yield database


@pytest.fixture
def nats_url(test_ground: Ground) -> Iterator[str]:
    """The url of a nats-server of this test alone."""
    with test_ground.fresh_nats() as url:
        yield url


@pytest.fixture(scope="session")
def issuer(base_settings: Settings) -> Issuer:
    """Who signs the tokens."""
    return Issuer(base_settings)


@pytest.fixture
async def tokens(base_settings: Settings, issuer: Issuer) -> AsyncIterator[BearerTokens]:
    """Who verifies them, by the keys the issuer publishes over HTTP."""
    app = Starlette(routes=[Mount("/issuer", issuer.app)])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as http:
        yield BearerTokens(base_settings, http)


class _OnFirstRequest:
    """The service's app at its address in every layout; its pool opens with the first request."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._app = Starlette(routes=[Mount(f"/{service.name}", service.http)])
        self._opening = asyncio.Lock()
        self.opened = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._opening:
            if not self.opened:
                await self._service.database.start()
                self.opened = True
        await self._app(scope, receive, send)

    async def close(self) -> None:
        if self.opened:
            await self._service.database.stop()


@pytest.fixture
async def client(
    settings: Settings, template: Template, issuer: Issuer, tokens: BearerTokens
) -> AsyncIterator[ClientFor]:
    """`client(service, person)`: an HTTP client of that service's app, with a signed token for that person."""
    apps: dict[str, _OnFirstRequest] = {}

    def signed_in(service: str, person: Actor | None = None) -> httpx.AsyncClient:
        if service not in apps:
            template.check(service)
            apps[service] = _OnFirstRequest(import_module(f"services.{service}.service").build(settings, tokens))
        headers = {"Authorization": f"Bearer {issuer.mint(person)}"} if person is not None else {}
        transport = httpx.ASGITransport(apps[service])
        return httpx.AsyncClient(transport=transport, base_url="http://wij.test", headers=headers)

    yield signed_in
    for app in apps.values():
        await app.close()
