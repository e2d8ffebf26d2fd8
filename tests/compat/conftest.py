"""Every release that was recorded, and its database as it was left behind."""

import gzip
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from tests.compat.record import RELEASES
from tests.grounds import Ground
from wij.events import SERVICES
from wij.migrations import provision
from wij.settings import Settings

type Connection = asyncpg.Connection[asyncpg.Record]


@dataclass(frozen=True, slots=True)
class Release:
    """What a release left behind."""

    folder: Path

    def events(self) -> list[bytes]:
        """The first event of every type it told, in its very bytes."""
        return (self.folder / "events.jsonl").read_bytes().splitlines()

    def schemas(self) -> dict[str, dict[str, Any]]:
        """What it published about each type."""
        read = map(json.loads, (self.folder / "schemas.jsonl").read_text().splitlines())
        return {schema["$id"].rpartition(":")[2]: schema for schema in read}

    def migrations(self) -> dict[str, dict[str, str]]:
        """The digest of each service's scripts."""
        digests: dict[str, dict[str, str]] = json.loads((self.folder / "migrations.json").read_text())
        return digests

    def database(self) -> str:
        """The statements that make its database again."""
        return gzip.decompress((self.folder / "database.sql.gz").read_bytes()).decode()


@pytest.fixture(params=sorted(RELEASES.iterdir()), ids=lambda folder: str(folder.name))
def release(request: pytest.FixtureRequest) -> Release:
    """Each release in turn."""
    return Release(request.param)


@pytest.fixture
async def restored(
    release: Release, test_ground: Ground, base_settings: Settings, address_of: Callable[[str], str]
) -> AsyncIterator[Settings]:
    """Settings on the release's database, as its last process left it."""
    name = f"release_{uuid4().hex}"
    passwords = {role: secret.get_secret_value() for role, secret in base_settings.database_passwords.items()}
    await provision(test_ground.admin_dsn, name, passwords)
    admin = await asyncpg.connect(test_ground.admin_dsn)
    inside = await asyncpg.connect(test_ground.admin_dsn, database=name)
    try:
        for service in SERVICES:
            await inside.execute(f'drop schema "{service}"')
        await inside.execute(release.database())
        yield base_settings.model_copy(update={"database_url": address_of(name)})
    finally:
        inside.terminate()
        await admin.execute(f"drop database {name} with (force)")
        await admin.close()


@pytest.fixture
def superuser_of(test_ground: Ground) -> Callable[[Settings], str]:
    """The superuser's address of the database that settings lead to."""
    return lambda settings: test_ground.admin_dsn.rpartition("/")[0] + "/" + settings.database_url.rpartition("/")[2]
