"""Offers of a case. PostgreSQL shows one to who works on the case and to the one it is addressed to."""

from collections.abc import Collection
from typing import Literal
from uuid import UUID

import asyncpg

from services.plan.domain.handover import Handover
from services.plan.views.case import HandoverView
from wij.database import Statements, Transaction
from wij.errors import NotFound

SQL = Statements.of(__file__, "handover.sql")


async def case_of(tx: Transaction, handover_id: UUID) -> UUID:
    """The case of an offer, to lock before reading on; raises `NotFound`."""
    case_id: UUID | None = await tx.value(SQL.case_of, handover_id)
    if case_id is None:
        raise NotFound("There is no such handover.")
    return case_id


async def cases_of(tx: Transaction, handovers: Collection[UUID]) -> list[UUID]:
    """The cases of these offers, to lock before reading on."""
    return [row["case_id"] for row in await tx.rows(SQL.cases_of, list(handovers))]


async def one(tx: Transaction, handover_id: UUID) -> Handover:
    """One offer as it stands; raises `NotFound`."""
    found = await of_ids(tx, [handover_id])
    if not found:
        raise NotFound("There is no such handover.")
    return found[0]


async def of_ids(tx: Transaction, handovers: Collection[UUID]) -> list[Handover]:
    """These offers, as they stand."""
    return [_handover(row) for row in await tx.rows(SQL.handovers, list(handovers))]


async def offered(tx: Transaction, case_id: UUID) -> Handover | None:
    """The case's offer that waits for an answer."""
    row = await tx.row(SQL.offered, case_id)
    return _handover(row) if row else None


async def offer(tx: Transaction, handover: Handover) -> None:
    """Save a new offer."""
    await tx.run(
        SQL.offer,
        handover.handover_id,
        handover.case_id,
        handover.from_id,
        handover.to_id,
        handover.epoch,
        handover.note,
        handover.offered_at,
        handover.due_at,
    )


async def answer(tx: Transaction, handover: Handover) -> None:
    """Save how an offer ended."""
    await tx.run(
        SQL.answer,
        handover.handover_id,
        handover.state,
        handover.answered_at,
        handover.reason,
        handover.over_limit_reason,
    )


async def mine(tx: Transaction, side: Literal["to", "from"], after: UUID | None, limit: int) -> list[HandoverView]:
    """The actor's own offers, of one side."""
    statement = SQL.addressed_to_me if side == "to" else SQL.offered_by_me
    return [view(_handover(row)) for row in await tx.rows(statement, after, limit)]


def view(handover: Handover) -> HandoverView:
    """An offer as its two sides see it; the note only while there is something to decide."""
    return HandoverView(
        handover_id=handover.handover_id,
        case_id=handover.case_id,
        from_id=handover.from_id,
        to_id=handover.to_id,
        state=handover.state,
        note=handover.note if handover.state == "offered" else None,
        offered_at=handover.offered_at,
        due_at=handover.due_at,
        answered_at=handover.answered_at,
        reason=handover.reason,
    )


def _handover(row: asyncpg.Record) -> Handover:
    return Handover(**dict(row))
