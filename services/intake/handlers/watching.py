"""A household without a director is seen: an accepted request whose case does not come is told (P4)."""

from services.intake.domain import triage
from services.intake.store import request as store
from wij import outbox
from wij.database import Transaction

MOST = 200
"""Requests per pass."""


async def watch(tx: Transaction) -> int:
    """Tell of each request that waits too long for its director, once; answers how many there were.

    Any number may watch at once.
    """
    late = await store.undirected(tx, triage.UNDIRECTED_AFTER, MOST)
    await outbox.append(tx, [triage.undirected(request, accepted_at) for request, accepted_at in late])
    return len(late)
