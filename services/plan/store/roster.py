"""The workers of the teams."""

from collections.abc import Collection, Sequence
from uuid import UUID

import asyncpg

from services.plan.domain.director import Colleague
from wij.database import Statements, Transaction
from wij.events.intake import WorkerJoinedTeam, WorkerLeftTeam

SQL = Statements.of(__file__, "roster.sql")


async def join(tx: Transaction, workers: Sequence[WorkerJoinedTeam]) -> None:
    """Each worker is as told last."""
    last = list({worker.worker_id: worker for worker in workers}.values())
    await tx.run(
        SQL.join,
        [worker.worker_id for worker in last],
        [worker.team for worker in last],
        [",".join(worker.roles) for worker in last],
        [",".join(worker.specialisms) for worker in last],
        [worker.caseload_limit for worker in last],
        [worker.valid_from for worker in last],
    )


async def leave(tx: Transaction, workers: Sequence[WorkerLeftTeam]) -> None:
    """These workers left."""
    await tx.run(
        SQL.leave,
        [worker.worker_id for worker in workers],
        [worker.team for worker in workers],
        [worker.valid_until for worker in workers],
    )


async def lock(tx: Transaction, workers: Collection[UUID]) -> None:
    """Hold these workers' rows until the transaction ends."""
    await tx.rows(SQL.lock_workers, list(workers))


async def colleagues(tx: Transaction, teams: Collection[str]) -> list[Colleague]:
    """Everybody who works in these teams now."""
    return [_colleague(row) for row in await tx.rows(SQL.colleagues_of_teams, list(teams), tx.now)]


async def colleague(tx: Transaction, worker_id: UUID) -> Colleague | None:
    """One worker, or None when they work in no team now."""
    row = await tx.row(SQL.colleague, worker_id, tx.now)
    return _colleague(row) if row else None


def _colleague(row: asyncpg.Record) -> Colleague:
    return Colleague(
        worker_id=row["worker_id"],
        team=row["team"],
        roles=frozenset(row["roles"]),
        specialisms=frozenset(row["specialisms"]),
        caseload_limit=row["caseload_limit"],
        caseload=row["caseload"],
        absent=row["absent"],
    )
