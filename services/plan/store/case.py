"""The case: held and read for a command, shown to who may see it, saved."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import asyncpg

from services.plan.domain.absence import StandIn
from services.plan.domain.case import Case
from services.plan.domain.handover import DirectorChanged, Switch
from services.plan.store import involvement
from wij import audit
from wij.access import Action, Relation, permit, standing
from wij.database import Statements, Transaction
from wij.errors import NotFound

SQL = Statements.of(__file__, "case.sql")


async def to_change(tx: Transaction, case_id: UUID, action: Action) -> Case:
    """The case, held until the transaction ends, for somebody who may do this now.

    The lock comes first: who waited for it decides on what stands there afterwards, and a director whose case
    was handed over meanwhile is refused (P3). Raises `NotFound`, `NotAllowed`.
    """
    await lock(tx, [case_id])
    return await to_show(tx, case_id, action, result="changed")


async def to_show(tx: Transaction, case_id: UUID, action: Action, *, result: str = "shown") -> Case:
    """The case for somebody who may do this, with the look on record. Raises `NotFound`, `NotAllowed`."""
    found = await of_ids(tx, [case_id])
    if not found:
        raise NotFound("There is no such case.")
    await look_at(tx, found[0], action, result=result)
    return found[0]


async def look_at(tx: Transaction, case: Case, action: Action, *, result: str = "shown") -> None:
    """Put on record that the actor sees or changes this case, or raise `NotAllowed`."""
    resource = case.resource(tx.now)
    permit(tx.actor, action, resource)
    relations = standing(tx.actor, resource)
    await audit.looked(
        tx,
        action,
        "case",
        case.case_id,
        household_id=case.household_id,
        relation=next((str(relation) for relation in Relation if relation in relations), None),
        result=result,
    )


async def lock(tx: Transaction, cases: Collection[UUID]) -> None:
    """Hold these cases, in a fixed order."""
    await tx.run(SQL.lock_cases, list(cases))


async def of_ids(tx: Transaction, cases: Collection[UUID]) -> list[Case]:
    """The cases that the actor may know of."""
    return [_case(row) for row in await tx.rows(SQL.cards, list(cases))]


async def of_household(tx: Transaction, household_id: UUID) -> Case:
    """The household's open case, or else its last one; raises `NotFound`."""
    row = await tx.row(SQL.card_of_household, household_id)
    if row is None:
        raise NotFound("This household has no case here.")
    return _case(row)


async def page(tx: Transaction, *, mine: bool, state: str | None, after: UUID | None, limit: int) -> list[Case]:
    """Cases of the actor's team, or the actor's own."""
    return [_case(row) for row in await tx.rows(SQL.cards_in_reach, mine, state, after, limit)]


async def switch(tx: Transaction, seen: Case, to: Switch) -> None:
    """Save the new director; raises `DirectorChanged` when the case left the epoch that was seen."""
    if await tx.run(SQL.switch_director, seen.case_id, seen.epoch, to.case.director_id) != 1:
        raise DirectorChanged("Somebody else became director of this case at the same moment.")
    at = to.case.directed_since
    await tx.run(SQL.end_period, seen.case_id, seen.epoch, at)
    await tx.run(
        SQL.begin_period,
        seen.case_id,
        to.case.epoch,
        seen.household_id,
        to.case.director_id,
        at,
        to.handover.handover_id,
    )
    for worker_id in seen.involved - to.case.involved:
        await involvement.leave(tx, seen.case_id, worker_id)


async def close(tx: Transaction, case: Case, at: datetime, reason: str, note: str | None) -> None:
    """Save the end of a case, of its director's period and of who was involved."""
    await involvement.leave_all(tx, case.case_id, at)
    await tx.run(SQL.end_period, case.case_id, case.epoch, at)
    await tx.run(SQL.close_case, case.case_id, at, reason, note)


async def whole(tx: Transaction, case_id: UUID) -> asyncpg.Record:
    """The columns of the case that only who works on it may see."""
    row = await tx.row(SQL.whole_case, case_id)
    if row is None:
        raise NotFound("There is no such case.")
    return row


def _case(row: asyncpg.Record) -> Case:
    deputy = row["deputy_id"]
    return Case(
        case_id=row["case_id"],
        household_id=row["household_id"],
        team=row["team"],
        buurt=row["buurt"],
        state=row["state"],
        director_id=row["director_id"],
        epoch=row["epoch"],
        directed_since=row["directed_since"],
        stand_in=StandIn(deputy, row["absent_from"], row["absent_until"]) if deputy else None,
        involved=frozenset(row["involved"]),
    )
