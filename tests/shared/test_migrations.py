"""Schemas and roles: made once whoever starts first, and a service's role reaches no further than its own schema."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from tests.conftest import PASSWORDS, schema_of
from tests.grounds import Ground
from wij.database import Database, address
from wij.events import SERVICES
from wij.identity import service_actor
from wij.migrations import MigrationError, migrate, provision
from wij.settings import Settings


@pytest.fixture
async def empty(
    test_ground: Ground, base_settings: Settings, address_of: Callable[[str], str]
) -> AsyncIterator[Settings]:
    """Settings on a provisioned database without any table."""
    name = f"empty_{uuid4().hex}"
    await provision(test_ground.admin_dsn, name, PASSWORDS)
    yield base_settings.model_copy(update={"database_url": address_of(name)})
    admin = await asyncpg.connect(test_ground.admin_dsn)
    await admin.execute(f"drop database {name} with (force)")
    await admin.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A schema folder of one table."""
    (tmp_path / "0001_words.sql").write_text("create table words (word text); grant select on words to {role};")
    return tmp_path


async def _as(settings: Settings, role: str, statement: str) -> object:
    connection = await asyncpg.connect(**address(settings, role))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_of_twenty_processes_at_once_one_migrates(empty: Settings, folder: Path) -> None:
    ran = await asyncio.gather(*(migrate(empty, "plan", folder) for _ in range(20)))
    assert [names for names in ran if names] == [["wij/0001_log.sql", "wij/0002_withdrawn.sql", "plan/0001_words.sql"]]
    assert await _as(empty, "plan", "select count(*) from words") == 0


async def test_a_script_that_was_changed_after_it_ran_is_refused(empty: Settings, folder: Path) -> None:
    await migrate(empty, "plan", folder)
    (folder / "0001_words.sql").write_text("create table words (word text, more text);")
    with pytest.raises(MigrationError, match=r"plan/0001_words\.sql was changed"):
        await migrate(empty, "plan", folder)


async def test_a_script_that_fails_leaves_nothing_and_can_be_mended(empty: Settings, folder: Path) -> None:
    (folder / "0002_half.sql").write_text("create table half (word text); select nonsense;")
    with pytest.raises(MigrationError, match=r"plan/0002_half\.sql"):
        await migrate(empty, "plan", folder)
    assert await _as(empty, "plan_owner", "select to_regclass('half')") is None
    (folder / "0002_half.sql").write_text("create table half (word text);")
    assert await migrate(empty, "plan", folder) == ["plan/0002_half.sql"]


async def test_what_old_code_needs_goes_only_when_asked(empty: Settings, folder: Path) -> None:
    (folder / "0002_tidy.post.sql").write_text("drop table words;")
    (folder / "0003_next.sql").write_text("create table next (word text);")
    await migrate(empty, "plan", folder)
    assert await _as(empty, "plan_owner", "select to_regclass('words')") == "words"
    assert await migrate(empty, "plan", folder, post=True) == ["plan/0002_tidy.post.sql"]
    assert await _as(empty, "plan_owner", "select to_regclass('words')") is None


async def test_provisioning_twice_changes_nothing(empty: Settings, test_ground: Ground, folder: Path) -> None:
    await migrate(empty, "plan", folder)
    name = empty.database_url.rpartition("/")[2]
    await asyncio.gather(*(provision(test_ground.admin_dsn, name, PASSWORDS) for _ in range(3)))
    assert await _as(empty, "plan", "select count(*) from words") == 0


async def test_a_role_that_may_go_around_row_level_security_is_refused(empty: Settings, test_ground: Ground) -> None:
    admin = await asyncpg.connect(test_ground.admin_dsn)
    try:
        await admin.execute("alter role notify bypassrls")
        with pytest.raises(MigrationError, match="go around row level security"):
            await provision(test_ground.admin_dsn, empty.database_url.rpartition("/")[2])
    finally:
        await admin.execute("alter role notify nobypassrls")
        await admin.close()


@pytest.mark.parametrize("service", SERVICES)
async def test_the_scripts_of_every_service_run_from_nothing(empty: Settings, service: str) -> None:
    await migrate(empty, service, schema_of(service), post=True)
    assert await migrate(empty, service, schema_of(service), post=True) == []


@pytest.mark.parametrize("role", [*SERVICES, *(f"{service}_owner" for service in SERVICES)])
async def test_a_service_reaches_no_other_schema(settings: Settings, role: str) -> None:
    """SEC-02"""
    for other in SERVICES:
        if other == role.removesuffix("_owner"):
            continue
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _as(settings, role, f"select count(*) from {other}.outbox")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _as(settings, role, f"set role {other}")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await _as(settings, role, "create table public.mine (word text)")


@pytest.mark.parametrize("table", ["outbox", "log", "access_log"])
@pytest.mark.parametrize("act", ["update {} set id = id", "delete from {}", "truncate {}", "drop table {}"])
async def test_a_service_cannot_change_what_is_on_record(plan: Database, table: str, act: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with plan.transaction(service_actor("plan")) as tx:
            await tx.run(act.format(table).replace("id = id", "position = 1" if table == "log" else "id = default"))


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_owns_nothing_and_is_bound_by_row_level_security(settings: Settings, service: str) -> None:
    """PRIV-02"""
    owned = f"select count(*) from pg_class where relowner = '{service}'::regrole"
    assert await _as(settings, service, owned) == 0
    rights = (
        f"select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb from pg_roles where rolname = '{service}'"
    )
    assert await _as(settings, service, rights) is False
    assert (
        await _as(settings, service, "select count(*) from pg_auth_members where member = current_user::regrole") == 0
    )
