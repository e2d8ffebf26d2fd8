"""Erasing what is due; what that is, PostgreSQL decides."""

from collections.abc import Sequence

from wij.database import Statements, Transaction
from wij.events import Event
from wij.events.intake import HelpRequestErased, HouseholdErased

SQL = Statements.of(__file__, "erasure.sql")


async def erase_due(tx: Transaction, most: int) -> Sequence[Event]:
    """Erase requests, households and their people, at most so many of each; the fact of each."""
    return [
        HelpRequestErased(team=team, request_id=about, household_id=household_id)
        if kind == "help_request"
        else HouseholdErased(team=team, household_id=about)
        for kind, about, household_id, team in await tx.rows(SQL.erase_due, most)
    ]
