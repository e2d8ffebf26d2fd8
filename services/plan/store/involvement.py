"""Who works on a case beside the director."""

from datetime import datetime
from uuid import UUID

from services.plan.views.case import InvolvementView
from wij.database import Statements, Transaction

SQL = Statements.of(__file__, "involvement.sql")


async def join(tx: Transaction, case_id: UUID, worker_id: UUID, role: str) -> None:
    """Save that a colleague joined."""
    await tx.run(SQL.add_involvement, case_id, worker_id, role, tx.now)


async def leave(tx: Transaction, case_id: UUID, worker_id: UUID) -> None:
    """Save that a colleague left."""
    await tx.run(SQL.end_involvement, case_id, worker_id, tx.now)


async def of_case(tx: Transaction, case_id: UUID) -> list[InvolvementView]:
    """Who is and was involved."""
    return [InvolvementView(**dict(row)) for row in await tx.rows(SQL.involvements, case_id)]


async def last_of(tx: Transaction, case_id: UUID, worker_id: UUID) -> InvolvementView:
    """One colleague's last involvement."""
    row = await tx.row(SQL.involvement, case_id, worker_id)
    assert row is not None, "it was saved in this transaction"
    return InvolvementView(**dict(row))


async def leave_all(tx: Transaction, case_id: UUID, at: datetime) -> None:
    """Save that everybody left: the case is closed."""
    await tx.run(SQL.end_involvements, case_id, at)
