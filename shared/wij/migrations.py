"""A service's tables: made by its owner role, script by script, each once (P11: expand before, contract after).

`provision` makes the database, and per service a schema with two roles: `<service>_owner` changes tables, `<service>`
uses them under row level security and can reach no other schema (SEC-02). `migrate` runs `wij/schema/*.sql` and then
the service's own scripts in order of name. A script is written once: changing it after it ran is an error. Scripts
named `*.post.sql` take away what only old code needs, so they run when asked, after that code is gone.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import structlog

from wij.database import address, search_path
from wij.events import SERVICES
from wij.settings import Settings

log = structlog.get_logger()

COMMON = Path(__file__).with_name("schema")
EXTENSIONS = ("btree_gist", "pg_trgm")
"""Extensions the schemas may use; in a schema of their own, `extensions`, that every service can see."""


class MigrationError(RuntimeError):
    """The database is not as these scripts expect; the message says where."""


@dataclass(frozen=True, slots=True)
class Script:
    """One file of statements, as it stands in the repository."""

    name: str
    text: str

    @property
    def digest(self) -> str:
        """SHA-256 of the file, before the names are filled in."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def post(self) -> bool:
        """Whether it waits until the old code is gone."""
        return self.name.endswith(".post.sql")

    def for_service(self, service: str) -> str:
        """The statements with `{schema}` and `{role}` filled in."""
        return self.text.replace("{schema}", service).replace("{role}", service)


def scripts_of(service: str, folder: Path | None) -> Sequence[Script]:
    """Every script of a service, in the order they run: the common ones, then its own."""
    found = [(COMMON, "wij")] + ([(folder, service)] if folder is not None else [])
    return [
        Script(f"{prefix}/{path.name}", path.read_text("utf-8"))
        for place, prefix in found
        for path in sorted(place.glob("*.sql"))
    ]


async def migrate(settings: Settings, service: str, folder: Path | None, *, post: bool = False) -> Sequence[str]:
    """Bring a service's schema up to date and answer the names of the scripts that ran.

    Any number of processes may do this at once: one works, the others wait and find it done. Each script is one
    transaction. Raises `MigrationError` when a script was changed after it ran.
    """
    connection = await asyncpg.connect(
        **address(settings, f"{service}_owner"),
        timeout=10,
        server_settings={"search_path": search_path(service), "application_name": f"wij-migrate-{service}"},
    )
    try:
        await connection.execute("select pg_advisory_lock(hashtext($1))", f"wij.migrate.{service}")
        await connection.execute(
            "create table if not exists schema_migrations"
            " (name text primary key, digest text not null, applied_at timestamptz not null default clock_timestamp())"
        )
        done = {
            row["name"]: row["digest"] for row in await connection.fetch("select name, digest from schema_migrations")
        }
        ran = []
        for script in scripts_of(service, folder):
            if script.name in done:
                if done[script.name] != script.digest:
                    raise MigrationError(
                        f"{script.name} was changed after it ran on the {service} schema; write a new script instead."
                    )
            elif post or not script.post:
                await _apply(connection, service, script)
                ran.append(script.name)
        return ran
    finally:
        connection.terminate()


async def _apply(connection: "asyncpg.Connection[asyncpg.Record]", service: str, script: Script) -> None:
    async with connection.transaction():
        # A change of a table that is in use gives up rather than make everybody queue behind it.
        await connection.execute("set local lock_timeout = '10s'")
        try:
            await connection.execute(script.for_service(service))
        except asyncpg.PostgresError as error:
            raise MigrationError(f"{script.name} does not run on the {service} schema: {error}") from error
        await connection.execute(
            "insert into schema_migrations (name, digest) values ($1, $2)", script.name, script.digest
        )
    log.info("schema_migrated", service=service, script=script.name)


async def provision(
    admin_dsn: str,
    database: str = "wij",
    passwords: Mapping[str, str] | None = None,
    services: Sequence[str] = SERVICES,
) -> None:
    """Make the database, the roles and the empty schemas; what stands already is left alone, rights are set again.

    `admin_dsn` leads to any database of the cluster, as a role that may create databases and roles. Raises
    `MigrationError` when a role exists that row level security does not bind.
    """
    admin = await asyncpg.connect(admin_dsn, timeout=10)
    try:
        await admin.execute("select pg_advisory_lock(hashtext('wij.provision'))")
        for service in services:
            for role in (service, f"{service}_owner"):
                await _provide_role(admin, role, service, (passwords or {}).get(role))
        if not await admin.fetchval("select true from pg_database where datname = $1", database):
            await admin.execute(f'create database "{database}"')
        inside = await asyncpg.connect(admin_dsn, database=database, timeout=10)
        try:
            async with inside.transaction():
                await _provide_schemas(inside, database, services)
        finally:
            inside.terminate()
    finally:
        admin.terminate()


async def _provide_role(
    admin: "asyncpg.Connection[asyncpg.Record]", role: str, service: str, password: str | None
) -> None:
    known = await admin.fetchrow("select rolsuper, rolbypassrls from pg_roles where rolname = $1", role)
    if known is None:
        await admin.execute(f'create role "{role}" login nosuperuser nocreatedb nocreaterole noinherit nobypassrls')
    elif known["rolsuper"] or known["rolbypassrls"]:
        raise MigrationError(f"Role {role} may go around row level security; take that right away first.")
    await admin.execute(f'alter role "{role}" set search_path = {search_path(service)}')
    if password is not None:
        await admin.execute(
            await admin.fetchval("select format('alter role %I password %L', $1::text, $2::text)", role, password)
        )


async def _provide_schemas(
    inside: "asyncpg.Connection[asyncpg.Record]", database: str, services: Sequence[str]
) -> None:
    await inside.execute(f'revoke all on database "{database}" from public')
    await inside.execute("revoke all on schema public from public")
    await inside.execute("create schema if not exists extensions")
    for extension in EXTENSIONS:
        await inside.execute(f"create extension if not exists {extension} schema extensions")
    for service in services:
        owner = f"{service}_owner"
        await inside.execute(f'grant connect on database "{database}" to "{service}", "{owner}"')
        await inside.execute(f'grant usage on schema extensions to "{service}", "{owner}"')
        if not await inside.fetchval("select rolsuper from pg_roles where rolname = current_user"):
            await inside.execute(f'grant "{owner}" to current_user with set true')
        await inside.execute(f'create schema if not exists "{service}" authorization "{owner}"')
        await inside.execute(f'revoke all on schema "{service}" from public')
