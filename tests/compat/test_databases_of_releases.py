"""P11: an update breaks no running case. The database of every release is migrated, and its cases go on."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import asyncpg

from chaos import aftermath, rebuild
from chaos.client import Client
from chaos.fleet import environment
from tests.compat.structure import parts_of
from tests.conftest import schema_of
from wij.cast import CAST
from wij.embedded import free_port
from wij.events import SERVICES
from wij.issuer import Issuer
from wij.migrations import migrate
from wij.settings import Settings

type Connection = asyncpg.Connection[asyncpg.Record]
type SuperuserOf = Callable[[Settings], str]

MOVES = {"schema_migrations", "log"}
"""What an update itself writes, and of which one row may hold many events: those are compared one by one."""


async def update(settings: Settings) -> None:
    """What the first process of new code does, and afterwards what takes away what only old code needed."""
    for service in SERVICES:
        await migrate(settings, service, schema_of(service))
        await migrate(settings, service, schema_of(service), post=True)


async def counts(connection: Connection) -> dict[str, int]:
    """How many rows every table has."""
    tables = await connection.fetch(
        "select schemaname || '.' || tablename from pg_tables where schemaname = any ($1) and tablename <> all ($2)",
        list(SERVICES),
        list(MOVES),
    )
    return {row[0]: await connection.fetchval(f"select count(*) from {row[0]}") for row in tables}


async def logs(connection: Connection) -> dict[str, list[asyncpg.Record]]:
    """Every event of every service, at its position."""
    select = "select position, subject, body from {}.told order by position"
    return {service: await connection.fetch(select.format(service)) for service in SERVICES}


async def around_the_update[Seen](
    restored: Settings, superuser_of: SuperuserOf, look: Callable[[Connection], Awaitable[Seen]]
) -> tuple[Seen, Seen]:
    """What stands there before and after an update."""
    connection = await asyncpg.connect(superuser_of(restored))
    try:
        before = await look(connection)
        await update(restored)
        return before, await look(connection)
    finally:
        connection.terminate()


async def test_a_migrated_schema_is_the_one_that_is_made_afresh(
    restored: Settings, settings: Settings, superuser_of: SuperuserOf
) -> None:
    """Column by column, with constraints, indexes, policies, functions and rights."""
    await update(restored)
    old, fresh = [await asyncpg.connect(superuser_of(one)) for one in (restored, settings)]
    try:
        for service in SERVICES:
            assert await parts_of(old, service) == await parts_of(fresh, service)
    finally:
        old.terminate()
        fresh.terminate()


async def test_no_row_goes_missing_in_a_migration(restored: Settings, superuser_of: SuperuserOf) -> None:
    before, after = await around_the_update(restored, superuser_of, counts)
    assert before["plan.cases"] > 0
    assert {table: after.get(table) for table in before} == before


async def test_every_event_keeps_its_position_in_a_migration(restored: Settings, superuser_of: SuperuserOf) -> None:
    before, after = await around_the_update(restored, superuser_of, logs)
    assert all(before.values())
    assert after == before


async def test_the_old_log_gives_the_projections_that_the_release_had(
    restored: Settings, superuser_of: SuperuserOf
) -> None:
    """P12 over releases: today's handlers, on every event that the release told."""
    await update(restored)
    assert await rebuild.projections_that_differ(superuser_of(restored)) == []


async def test_this_code_starts_on_it_and_finishes_the_case_under_way(
    restored: Settings, superuser_of: SuperuserOf, nats_url: str, tmp_path: Path
) -> None:
    """The last household of the recording: its director closes the case, and every service follows."""
    fleet = settings_on(restored, nats_url, tmp_path)
    connection = await asyncpg.connect(superuser_of(restored))
    try:
        with served(fleet):
            row = await connection.fetchrow(
                "select c.case_id, c.household_id, p.plan_id, d.director_id from plan.cases c"
                " join plan.plans p on p.case_id = c.case_id and p.state = 'active'"
                " join plan.director_periods d on d.case_id = c.case_id and upper_inf(d.period)"
                " where c.state = 'open' order by c.case_id desc limit 1"
            )
            assert row is not None
            director = next(person for person in CAST.values() if person.id == row["director_id"])
            client = Client(
                lambda service: [f"http://127.0.0.1:{fleet.port}/{service}"], Issuer(fleet).mint(director.actor)
            )
            shown = await client.until("plan", f"/plans/{row['plan_id']}", lambda plan: plan)
            goals = [{"goal_id": goal["goal_id"], "outcome": "reached"} for goal in shown["goals"]]
            closure = {"reason": "goals_reached", "goals": goals}
            await client.post("plan", f"/cases/{row['case_id']}/closure", closure)
            await client.close()
            await followed(connection, row["case_id"])
            assert await aftermath.nothing_parked(connection) == []
            assert await aftermath.left_over_on_closed_cases(connection) == []
            assert await aftermath.gaps_in_sequences(connection) == []
    finally:
        connection.terminate()


async def followed(connection: Connection, case_id: UUID) -> None:
    """Wait until every service knows that the case is closed."""
    knows = (
        "select (select not open from intake.cases where case_id = $1)"
        " and (select closed from matching.cases where case_id = $1)"
        " and (select closed_at is not null from notify.cases where case_id = $1)"
        " and not exists (select from plan.positions p where p.source = 'matching'"
        "                 and p.position < (select max(position) from matching.log))"
    )
    async with asyncio.timeout(60):
        while not await connection.fetchval(knows, case_id):
            await asyncio.sleep(0.1)


def settings_on(restored: Settings, nats_url: str, data: Path) -> Settings:
    """Settings of one process with everything in it, on this database and this nats-server."""
    port = free_port()
    here = f"http://127.0.0.1:{port}"
    issuer = {"issuer": f"{here}/issuer", "jwks_url": f"{here}/issuer/jwks", "token_url": f"{here}/issuer/token"}
    services = {f"{service}_url": f"{here}/{service}" for service in SERVICES}
    return restored.model_copy(
        update={"port": port, "host": "127.0.0.1", "nats_url": nats_url, "data": data, **issuer, **services}
    )


@contextmanager
def served(settings: Settings) -> Iterator[None]:
    """A process of this code, until the block ends; it migrates by itself, as at a municipality."""
    with (settings.data / "wijd.log").open("wb") as output:
        child = subprocess.Popen(
            [sys.executable, "-m", "services", "--target=all"],
            env={**os.environ, **environment(settings)},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield
    finally:
        child.terminate()
        child.wait(60)
