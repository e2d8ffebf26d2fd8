"""PostgreSQL: one pool per service, under the service's own role, in its own schema.

Every transaction runs on behalf of an actor. Row level security reads the actor from `wij.actor_id`, `wij.roles` and
`wij.team`, which hold for this transaction only; a connection without an actor sees no protected row.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
from asyncpg.pool import PoolConnectionProxy
from pydantic import TypeAdapter

from wij import clock
from wij.failpoints import passing
from wij.identity import Actor
from wij.settings import Settings

type Connection = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
"""One of the pool's, or one of its own."""


_CODES = re.compile(r"[a-z0-9_,-]*")


def _beginning(actor: Actor) -> str:
    """The statements that begin a transaction of this actor, in one round trip, so with its values in their text."""
    roles, team = ",".join(sorted(actor.roles)), actor.team or ""
    if not _CODES.fullmatch(roles + team):
        raise ValueError("a role and a team are codes")
    return (
        f"begin; set local wij.actor_id = '{actor.id}'; set local wij.roles = '{roles}'; set local wij.team = '{team}'"
    )


_FREES_ITS_LOCK = {
    "idle_session_timeout": "10000",
    "idle_in_transaction_session_timeout": "10000",
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "10000",
}
"""Milliseconds and seconds: how soon PostgreSQL gives up on a client that holds a session lock."""
_BY_INDEX = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
}
"""Relays and readers look up by key what a batch names, with the same statements for ever. By itself PostgreSQL plans
those anew for small lists, and while a table is small makes plans that read all of it, and keeps them as it grows."""


@dataclass(slots=True)
class Transaction:
    """One transaction and the actor it runs for. Stores speak to PostgreSQL through it."""

    connection: Connection
    actor: Actor
    now: datetime
    """The moment this transaction decides with."""
    source: str
    """The CloudEvents `source` of what is told here."""
    told: bool = False
    """Whether something was told, so the relay is nudged after commit."""

    async def rows(self, statement: str, *values: object) -> list[asyncpg.Record]:
        """All rows."""
        return await self.connection.fetch(statement, *values)

    async def row(self, statement: str, *values: object) -> asyncpg.Record | None:
        """The first row, or None."""
        return await self.connection.fetchrow(statement, *values)

    async def value(self, statement: str, *values: object) -> Any:
        """The first column of the first row, or None."""
        return await self.connection.fetchval(statement, *values)

    async def run(self, statement: str, *values: object) -> int:
        """Execute, and answer how many rows it touched."""
        tag = await self.connection.execute(statement, *values)
        count = tag.rpartition(" ")[2]
        return int(count) if count.isdigit() else 0


_JSON: TypeAdapter[Any] = TypeAdapter(Any)
"""JSON at half of what the standard library takes for it."""


_VERSION = b"\x01"
"""Of PostgreSQL's binary jsonb, which is this and the text; only what is binary can be a part of a row."""


def _to_jsonb(value: object) -> bytes:
    return _VERSION + _JSON.dump_json(value)


def _from_jsonb(sent: bytes) -> Any:
    return _JSON.validate_json(sent[len(_VERSION) :])


async def prepare(connection: Connection) -> None:
    """Make a new connection speak as our statements expect."""
    await connection.set_type_codec(
        "jsonb", encoder=_to_jsonb, decoder=_from_jsonb, schema="pg_catalog", format="binary"
    )


def address(settings: Settings, role: str) -> dict[str, Any]:
    """How to reach PostgreSQL as this role."""
    secret = settings.database_passwords.get(role)
    return {
        "dsn": settings.database_url.format(role=role),
        **({"password": secret.get_secret_value()} if secret else {}),
    }


def search_path(service: str) -> str:
    """Where a service's statements look for tables: its own schema, then the extensions that all share."""
    return f"{service}, extensions"


def source_of(settings: Settings, service: str) -> str:
    """The CloudEvents `source` of a service (EV-01)."""
    return f"urn:nld:oin:{settings.oin}:systeem:wij:{service}"


class Database:
    """A service's PostgreSQL: its pool, and connections of its own for those who must hold a lock."""

    def __init__(self, settings: Settings, service: str) -> None:
        self.settings = settings
        self.service = service
        self.nudge: Callable[[], Awaitable[None]] | None = None
        """Called after a commit that told something; set by whoever runs the relay's wake-up. May be lost."""
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def start(self) -> None:
        """Open the pool; raises when PostgreSQL is away."""
        self._pool = await asyncpg.create_pool(
            **address(self.settings, self.service),
            min_size=1,
            max_size=self.settings.database_pool,
            command_timeout=20,
            max_inactive_connection_lifetime=60,
            init=prepare,
            server_settings=self._server_settings(),
        )

    async def stop(self) -> None:
        """Close the pool, kindly for five seconds and then for real."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.terminate()

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection outside the pool, for a session advisory lock. The caller ends it with `terminate()`.

        PostgreSQL itself ends it, and so frees the lock, when nobody uses it for ten seconds or the host is gone: a
        process that was stopped longer than that finds its connection dead and can write nothing.
        """
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(
            **address(self.settings, self.service),
            timeout=5,
            command_timeout=20,
            server_settings=self._server_settings() | _FREES_ITS_LOCK | _BY_INDEX,
        )
        await prepare(connection)
        return connection

    @asynccontextmanager
    async def transaction(self, actor: Actor) -> AsyncIterator[Transaction]:
        """A transaction on behalf of `actor`, on a connection of the pool."""
        if self._pool is None:
            raise ConnectionError("the pool is not open")
        async with self._pool.acquire(timeout=5) as connection, self.transaction_on(connection, actor) as tx:
            yield tx

    @asynccontextmanager
    async def transaction_on(self, connection: Connection, actor: Actor) -> AsyncIterator[Transaction]:
        """A transaction on this very connection: readers write on the connection that holds their lock."""
        tx = Transaction(connection, actor, clock.now(), source_of(self.settings, self.service))
        await connection.execute(_beginning(actor))
        try:
            yield tx
            passing("transaction.done")
        except BaseException:
            with suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError):  # then the connection is lost anyway
                await connection.execute("rollback")
            raise
        if await connection.execute("commit") != "COMMIT":
            raise asyncpg.InFailedSQLTransactionError("a statement failed, so nothing was committed")
        passing("transaction.committed")
        if tx.told and self.nudge is not None:
            await self.nudge()

    def _server_settings(self) -> dict[str, str]:
        return {
            "search_path": search_path(self.service),
            "application_name": f"wij-{self.service}",
            "idle_in_transaction_session_timeout": "30000",
            "statement_timeout": "20000",
        }


_NAME = re.compile(r"^-- name: (?P<name>[a-z_0-9]+)\s*$", re.MULTILINE)


class Statements:
    """The named statements of a `queries.sql`: `Statements.of(__file__).open_case_of_household` is its text."""

    def __init__(self, statements: dict[str, str]) -> None:
        self._statements = statements

    @classmethod
    def of(cls, module: str, name: str = "queries.sql") -> "Statements":
        """Read the file that stands beside `module` (`__file__`)."""
        parts = _NAME.split(Path(module).with_name(name).read_text("utf-8"))
        return cls(dict(zip(parts[1::2], (text.strip() for text in parts[2::2]), strict=True)))

    def __getattr__(self, name: str) -> str:
        try:
            return self._statements[name]
        except KeyError:
            raise AttributeError(f"no statement named {name}") from None

    def names(self) -> frozenset[str]:
        """Every name in the file."""
        return frozenset(self._statements)
