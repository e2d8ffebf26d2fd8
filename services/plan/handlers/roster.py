"""Who works where, as intake tells."""

from collections.abc import Sequence

from services.plan.store import roster
from wij.database import Transaction
from wij.events import Recorded
from wij.events.intake import WorkerJoinedTeam, WorkerLeftTeam


async def when_workers_joined(tx: Transaction, events: Sequence[Recorded[WorkerJoinedTeam]]) -> None:
    """These workers can be chosen as director, colleague or deputy."""
    await roster.join(tx, [event.fact for event in events])


async def when_workers_left(tx: Transaction, events: Sequence[Recorded[WorkerLeftTeam]]) -> None:
    """These workers are chosen no more; a case they direct stays theirs until it is handed over (I2)."""
    await roster.leave(tx, [event.fact for event in events])
