"""What the household asks of its neighbours, and how it fares."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg

from services.plan.domain.support import NeedState, SupportNeed
from services.plan.views.support import SupportNeedView
from wij.database import Statements, Transaction
from wij.errors import NotFound
from wij.events.plan import SupportNeedRequested

SQL = Statements.of(__file__, "support.sql")


async def case_of(tx: Transaction, need_id: UUID) -> UUID:
    """The case of a need, to lock before reading on; raises `NotFound`."""
    case_id: UUID | None = await tx.value(SQL.case_of, need_id)
    if case_id is None:
        raise NotFound("There is no such request for help.")
    return case_id


async def of_case(tx: Transaction, case_id: UUID) -> list[SupportNeed]:
    """All needs of a case."""
    return [_need(row) for row in await tx.rows(SQL.needs_of_case, case_id)]


async def request(tx: Transaction, facts: Sequence[SupportNeedRequested]) -> None:
    """Save new needs, as they are told."""
    rows = [
        (
            fact.need_id,
            fact.case_id,
            fact.action_id,
            fact.consent_id,
            fact.kind,
            fact.availability,
            fact.hours_week,
            fact.language,
            fact.certificate_required,
            fact.starts_on,
        )
        for fact in facts
    ]
    await tx.run(SQL.request, rows, tx.now)


async def withdraw(tx: Transaction, needs: Sequence[SupportNeed]) -> None:
    """Save that these needs were withdrawn."""
    await tx.run(SQL.withdraw, [need.need_id for need in needs])


async def follow(tx: Transaction, states: Mapping[UUID, NeedState]) -> None:
    """Save how these needs fare."""
    await tx.run(SQL.follow, list(states), list(states.values()))


async def view(tx: Transaction, need_id: UUID) -> SupportNeedView:
    """One need; raises `NotFound`."""
    row = await tx.row(SQL.need, need_id)
    if row is None:
        raise NotFound("There is no such request for help.")
    return SupportNeedView(**dict(row))


async def views(tx: Transaction, case_id: UUID) -> list[SupportNeedView]:
    """All needs of a case, oldest first."""
    return [SupportNeedView(**dict(row)) for row in await tx.rows(SQL.needs_of_case, case_id)]


def _need(row: asyncpg.Record) -> SupportNeed:
    return SupportNeed(row["need_id"], row["case_id"], row["action_id"], row["consent_id"], row["state"])
