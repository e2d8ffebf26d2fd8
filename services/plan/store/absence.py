"""Who is away, and who stands in."""

from collections.abc import Collection
from uuid import UUID

import asyncpg

from services.plan.domain.absence import Absence
from services.plan.views.case import AbsenceView
from wij.database import Statements, Transaction
from wij.errors import NotFound

SQL = Statements.of(__file__, "absence.sql")


async def one(tx: Transaction, absence_id: UUID) -> Absence:
    """One absence; raises `NotFound`."""
    row = await tx.row(SQL.absence, absence_id)
    if row is None:
        raise NotFound("There is no such absence.")
    return _absence(row)


async def around(tx: Transaction, workers: Collection[UUID]) -> list[Absence]:
    """The absences in which one of these workers is away or stands in."""
    return [_absence(row) for row in await tx.rows(SQL.around, list(workers))]


async def record(tx: Transaction, absence: Absence) -> None:
    """Save a new absence."""
    period = absence.starts_at, absence.ends_at
    await tx.run(SQL.record, absence.absence_id, absence.worker_id, absence.deputy_id, absence.team, *period)
    await tx.run(SQL.record_parts, absence.absence_id, absence.worker_id, absence.deputy_id, *period)


async def end(tx: Transaction, absence: Absence) -> None:
    """Save the end of an absence."""
    await tx.run(SQL.end_absence, absence.absence_id, absence.ends_at, absence.ended_at)
    await tx.run(SQL.end_parts, absence.absence_id, absence.ends_at)


def view(absence: Absence) -> AbsenceView:
    """An absence as the team sees it."""
    return AbsenceView(
        absence_id=absence.absence_id,
        worker_id=absence.worker_id,
        deputy_id=absence.deputy_id,
        starts_at=absence.starts_at,
        ends_at=absence.ends_at,
        ended_at=absence.ended_at,
    )


def _absence(row: asyncpg.Record) -> Absence:
    return Absence(**dict(row))
