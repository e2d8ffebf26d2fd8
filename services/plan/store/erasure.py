"""Erasing what is due; what that is, PostgreSQL decides."""

from collections.abc import Sequence

from wij.database import Statements, Transaction
from wij.events.plan import CaseErased

SQL = Statements.of(__file__, "erasure.sql")


async def erase_due(tx: Transaction, most: int) -> Sequence[CaseErased]:
    """Erase what at most so many closed cases said; the fact of each."""
    return [CaseErased(**row) for row in await tx.rows(SQL.erase_due, most)]
