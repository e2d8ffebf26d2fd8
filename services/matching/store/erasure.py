"""Erasing who is due; who that is, PostgreSQL decides."""

from collections.abc import Sequence

from wij.database import Statements, Transaction
from wij.events.matching import VolunteerErased

SQL = Statements.of(__file__, "erasure.sql")


async def erase_due(tx: Transaction, most: int) -> Sequence[VolunteerErased]:
    """Erase at most so many volunteers; the fact of each."""
    return [VolunteerErased(**row) for row in await tx.rows(SQL.erase_due, most)]
