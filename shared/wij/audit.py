"""The access log: each look at a case or household is on record, in the transaction that looks. No log, no answer."""

from uuid import UUID

from wij.access import Action
from wij.database import Statements, Transaction

SQL = Statements.of(__file__, "audit.sql")


async def looked(
    tx: Transaction,
    action: Action,
    kind: str,
    object_id: UUID | None,
    *,
    household_id: UUID | None = None,
    relation: str | None = None,
    purpose: str = "support",
    result: str = "shown",
) -> None:
    """Record that the actor of this transaction saw (or changed, or was refused) something, and why."""
    roles = ",".join(sorted(tx.actor.roles))
    await tx.run(
        SQL.record_look, tx.actor.id, roles, str(action), kind, object_id, household_id, relation, purpose, result
    )
