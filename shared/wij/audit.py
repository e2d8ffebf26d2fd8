"""The access log: each look at a case or household is on record, in the transaction that looks. No log, no answer."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from wij.access import Action
from wij.database import Statements, Transaction

SQL = Statements.of(__file__, "audit.sql")


class Look(NamedTuple):
    """That somebody saw (or changed, or was refused) something, and why: a row of the access log (`look` there)."""

    action: Action
    kind: str
    object_id: UUID | None
    household_id: UUID | None = None
    relation: str | None = None
    purpose: str = "support"
    result: str = "shown"


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
    await record(tx, [Look(action, kind, object_id, household_id, relation, purpose, result)])


async def record(tx: Transaction, looks: Sequence[Look]) -> None:
    """Record several looks of the actor of this transaction, in one statement."""
    await tx.run(SQL.record_looks, tx.actor.id, ",".join(sorted(tx.actor.roles)), looks)
