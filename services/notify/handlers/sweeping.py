"""Time passing: moments of terms that the database's clock has passed are told, each once."""

from services.notify.domain.deadlines import tell
from services.notify.store import deadlines
from wij import outbox
from wij.database import Transaction
from wij.events import Caused

MOST = 200
"""Moments per pass."""


async def sweep(tx: Transaction) -> int:
    """Tell what was reached; answers how many moments that were. Any number may sweep at once (I26)."""
    reached = await deadlines.reached(tx, MOST)
    facts = [(tell(moment, tx.now), moment.cause) for moment in reached]
    await outbox.append(tx, [Caused(fact, cause) for fact, cause in facts if fact is not None])
    return len(reached)
