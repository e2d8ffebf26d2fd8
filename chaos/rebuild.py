"""P12: each projection equals a rebuild. What a service remembers of others is made again and compared.

    differences = await rebuild.projections_that_differ(superuser_dsn)

Each service is done in one transaction that is rolled back, so a running system keeps what it has; it must be quiet, as
after `aftermath.settled`. The real handlers do the work, under the service's own role and row level security.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import batched

import asyncpg

from services.intake.subscriptions import SUBSCRIPTIONS as INTAKE
from services.matching.subscriptions import SUBSCRIPTIONS as MATCHING
from services.notify.store.projection import REMEMBERED
from services.notify.subscriptions import SUBSCRIPTIONS as NOTIFY
from services.plan.subscriptions import SUBSCRIPTIONS as PLAN
from wij import clock, parking
from wij.database import Transaction, prepare, search_path, source_of
from wij.events import Event, Wanted
from wij.events.intake import TeamAreaChanged, WorkerJoinedTeam, WorkerLeftTeam
from wij.events.plan import (
    CaseClosed,
    CaseOpened,
    DirectorAbsenceEnded,
    DirectorAbsenceRecorded,
    DirectorHandedOver,
    InvolvementAdded,
    InvolvementEnded,
)
from wij.identity import service_actor
from wij.reader import BATCH, Subscription
from wij.settings import Settings

type Connection = asyncpg.Connection[asyncpg.Record]

WHO_WORKS_ON_A_CASE: frozenset[type[Event]] = frozenset(
    {
        CaseOpened,
        DirectorHandedOver,
        CaseClosed,
        InvolvementAdded,
        InvolvementEnded,
        DirectorAbsenceRecorded,
        DirectorAbsenceEnded,
    }
)


@dataclass(frozen=True, slots=True)
class Projection:
    """What one service remembers of others: the tables, and the events they are made from."""

    subscriptions: Sequence[Subscription]
    made_from: Collection[type[Event]]
    tables: Mapping[str, str]
    """Each with the rows that come from events; tables that are referred to come last."""


PROJECTIONS: Mapping[str, Projection] = {
    "intake": Projection(INTAKE, WHO_WORKS_ON_A_CASE, dict.fromkeys(("involvements", "absences", "cases"), "true")),
    "plan": Projection(PLAN, {WorkerJoinedTeam, WorkerLeftTeam}, {"workers": "true"}),
    "matching": Projection(
        MATCHING,
        WHO_WORKS_ON_A_CASE | {TeamAreaChanged},
        # A neighbourhood where a volunteer lives stands there before intake tells where it is.
        {**dict.fromkeys(("involvements", "absences", "cases"), "true"), "places": "x is not null"},
    ),
    "notify": Projection(
        NOTIFY, REMEMBERED, dict.fromkeys(("involvements", "absences", "cases", "matches", "needs"), "true")
    ),
}


async def projections_that_differ(superuser_dsn: str) -> list[str]:
    """Every table of which the rebuild is another than what was kept up to date, with how many rows differ."""
    found: list[str] = []
    for service in PROJECTIONS:
        connection: Connection = await asyncpg.connect(
            superuser_dsn, server_settings={"search_path": search_path(service)}
        )
        try:
            await prepare(connection)
            found += await _differences(connection, service)
        finally:
            connection.terminate()  # and so nothing of this was ever committed
    return found


async def _differences(connection: Connection, service: str) -> list[str]:
    projection, actor = PROJECTIONS[service], service_actor(service)
    await connection.execute("begin")
    for table, rows in projection.tables.items():
        await connection.execute(f"create temp table kept_{table} as select * from {table} where {rows}")
        await connection.execute(f"delete from {table} where {rows}")
    await connection.execute(
        "select set_config('wij.actor_id', $1, true), set_config('wij.roles', $2, true)",
        str(actor.id),
        ",".join(sorted(actor.roles)),
    )
    tx = Transaction(connection, actor, clock.now(), source_of(Settings(), service))
    for subscription in projection.subscriptions:
        told = await _told(connection, subscription, projection.made_from)
        await connection.execute(f"set local role {service}")
        await _replay(tx, subscription, told)
        await connection.execute("reset role")
    return [
        f"{service}.{table}: {count} rows differ from their rebuild"
        for table, rows in projection.tables.items()
        if (
            count := await connection.fetchval(
                f"""
                with made as (select * from {table} where {rows})
                select count(*) from ((table kept_{table} except table made)
                                      union all (table made except table kept_{table})) as either
                """
            )
        )
    ]


async def _told(
    connection: Connection, subscription: Subscription, made_from: Collection[type[Event]]
) -> Sequence[asyncpg.Record]:
    """The source's log, as the superuser reads it; without what is parked here, or was dropped."""
    return await connection.fetch(
        f"""
        select position, body from {subscription.source}.told
        where split_part(subject, '.', 3) = any ($1)
          and position not in (select position from parked where source = $2 and resolution is distinct from 'applied')
        order by position
        """,
        [event.subject_token() for event in subscription.handlers if event in made_from],
        subscription.source,
    )


async def _replay(tx: Transaction, subscription: Subscription, told: Sequence[asyncpg.Record]) -> None:
    """Hand events to the handlers as the reader does: in batches, in order of each household."""
    wanted = Wanted(subscription.handlers)
    for batch in batched(told, BATCH):
        read = [parking.understand(row["position"], row["body"], wanted) for row in batch]
        if wrong := [item.problem for item in read if item.problem]:
            raise ValueError(f"an event of {subscription.source} that was applied cannot be understood now: {wrong[0]}")
        events = [item.event for item in read if item.event]
        for handle, group in parking.in_groups(events, lambda event: subscription.handlers[type(event.fact)]):
            await handle(tx, group)
