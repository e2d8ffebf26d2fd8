"""Who can help, and how people are reached at the moment a message is sent."""

from collections.abc import Sequence

from services.intake.commands.area import PutContact, ResolveContacts
from services.intake.views.area import ContactView, Reachable
from wij import audit
from wij.access import Action
from wij.calendar import day_of
from wij.database import Statements, Transaction

SQL = Statements.of(__file__, "contact.sql")


async def put(tx: Transaction, ask: PutContact) -> None:
    """A contact as it is now."""
    await tx.run(SQL.put, *(list(value) if isinstance(value, tuple) else value for _, value in ask))


async def helping_with(tx: Transaction, topic: str, team: str) -> Sequence[ContactView]:
    """Who can help, nearest first; the team itself at the end."""
    return [ContactView(**row) for row in await tx.rows(SQL.helping_with, topic, team)]


async def is_active(tx: Transaction, code: str) -> bool:
    """Whether this contact can be pointed out."""
    return bool(await tx.value(SQL.is_active, code))


async def reach(tx: Transaction, ask: ResolveContacts) -> Sequence[Reachable]:
    """How to reach them now (I27); each look at a resident is on record."""
    persons = await tx.rows(SQL.reach_persons, list(ask.persons))
    households = await tx.rows(SQL.reach_households, list(ask.households), day_of(tx.now))
    requesters = await tx.rows(SQL.reach_requesters, list(ask.requests))
    found = [
        *(Reachable(kind="person", **row) for row in persons),
        *(Reachable(kind="household", **row) for row in households),
        *(Reachable(kind="request", **row) for row in requesters),
    ]
    for one in found:
        home = one.id if one.kind == "household" else None
        await audit.looked(tx, Action.RESOLVE_CONTACT, one.kind, one.id, household_id=home, purpose="notification")
    workers = await tx.rows(SQL.reach_workers, list(ask.workers))
    return [*found, *(Reachable(kind="worker", **row) for row in workers)]
