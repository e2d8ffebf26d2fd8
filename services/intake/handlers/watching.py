"""A household without a director is seen: an accepted request whose case does not come is told (P4)."""

from datetime import timedelta

from services.intake.store import request as store
from wij import outbox
from wij.database import Transaction
from wij.events.intake import HelpRequestUndirected

PATIENCE = timedelta(minutes=1)
"""How long a case may take to open; usually it is less than a second."""
MOST = 200
"""Requests per pass."""


async def watch(tx: Transaction) -> int:
    """Tell of each request that waits for its director longer than that, once; answers how many there were.

    Any number may watch at once.
    """
    late = await store.undirected(tx, PATIENCE, MOST)
    await outbox.append(
        tx,
        [
            HelpRequestUndirected(
                team=row["team"],
                request_id=row["request_id"],
                household_id=row["household_id"],
                accepted_by=row["owner_id"],
                accepted_at=row["accepted_at"],
            )
            for row in late
        ],
    )
    return len(late)
