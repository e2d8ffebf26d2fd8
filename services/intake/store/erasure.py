"""Erasing what is due; what that is, PostgreSQL decides."""

from collections.abc import Mapping, Sequence

from wij.database import Statements, Transaction
from wij.events import Event
from wij.events.intake import HelpRequestErased, HouseholdErased

SQL = Statements.of(__file__, "erasure.sql")
_FACTS: Mapping[str, type[Event]] = {"help_request": HelpRequestErased, "household": HouseholdErased}


async def erase_due(tx: Transaction, most: int) -> Sequence[Event]:
    """Erase requests, households and their people, at most so many of each; the fact of each."""
    return [
        _FACTS[row["kind"]](team=row["team"], **{_FACTS[row["kind"]].about: row["id"]})
        for row in await tx.rows(SQL.erase_due, most)
    ]
