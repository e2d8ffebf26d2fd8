"""Absence with a deputy."""

from uuid import UUID

from services.plan.commands.case import RecordAbsence
from services.plan.domain import absence as rules
from services.plan.store import absence as absences
from services.plan.store import roster
from services.plan.views.case import AbsenceView
from wij import audit, outbox
from wij.access import Action, Resource, permit
from wij.database import Transaction
from wij.errors import NotFound
from wij.ids import new_id


async def record_absence(tx: Transaction, ask: RecordAbsence) -> AbsenceView:
    """A worker is away; the deputy acts in every case the worker directs, who still answers for them (I6)."""
    involved = [ask.worker_id, ask.deputy_id]
    await roster.lock(tx, involved)
    worker = await roster.colleague(tx, ask.worker_id)
    if worker is None:
        raise NotFound("There is no such worker.")
    await _permit(tx, worker.team, ask.worker_id)
    recorded, fact = rules.record_absence(
        ask,
        worker,
        await roster.colleague(tx, ask.deputy_id),
        await absences.around(tx, involved),
        absence_id=new_id(),
        now=tx.now,
    )
    await absences.record(tx, recorded)
    await outbox.append(tx, [fact])
    return absences.view(recorded)


async def end_absence(tx: Transaction, absence_id: UUID) -> AbsenceView:
    """The worker is back; the deputy acts no more."""
    found = await absences.one(tx, absence_id)
    await roster.lock(tx, [found.worker_id, found.deputy_id])
    await _permit(tx, found.team, found.worker_id)
    ended, fact = rules.end_absence(await absences.one(tx, absence_id), tx.now)
    await absences.end(tx, ended)
    await outbox.append(tx, [fact])
    return absences.view(ended)


async def _permit(tx: Transaction, team: str, worker_id: UUID) -> None:
    permit(tx.actor, Action.RECORD_ABSENCE, Resource(team=team, about=worker_id))
    await audit.looked(tx, Action.RECORD_ABSENCE, "worker", worker_id, purpose="planning", result="changed")
