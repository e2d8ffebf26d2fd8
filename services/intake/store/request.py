"""Help requests: each load asks the access table, and writes that somebody looked."""

from dataclasses import fields
from typing import Any
from uuid import UUID

import asyncpg

from services.intake.commands.request import RegisterRequest
from services.intake.domain import Terms
from services.intake.domain.request import HouseholdCard, Request
from services.intake.store import household as households
from wij import audit
from wij.access import Action, Relation, Resource, permit, standing
from wij.calendar import Unit
from wij.database import Statements, Transaction
from wij.errors import NotFound
from wij.ids import new_id

SQL = Statements.of(__file__, "request.sql")


async def terms(tx: Transaction) -> Terms:
    """The policy on terms."""
    return Terms({row["code"]: (row["amount"], Unit(row["unit"])) for row in await tx.rows(SQL.terms)})


async def add(tx: Transaction, request: Request, ask: RegisterRequest) -> None:
    """Keep the words first, then the request that refers to them (S2-8)."""
    await tx.run(SQL.add_question, request.request_id, ask.question, ask.postcode, ask.house_number, ask.addition)
    await tx.run(
        SQL.add_request,
        request.request_id,
        request.channel,
        request.state,
        request.team,
        request.buurt,
        request.reference,
        request.submitted_by,
        request.anonymous,
        request.received_at,
        request.receipt_due_at,
        request.due_at,
    )
    who = ask.requester
    if not who.anonymous:
        await tx.run(
            SQL.add_requester,
            request.request_id,
            who.given_name,
            who.family_name,
            who.relation,
            who.phone,
            who.email,
            who.birth_date,
        )


async def reference_is_known(tx: Transaction, channel: str, reference: str) -> bool:
    """Whether the channel sent in this reference before."""
    return bool(await tx.value(SQL.reference_is_known, channel, reference))


async def load(tx: Transaction, action: Action, request_id: UUID, *, lock: bool = True) -> tuple[Request, Resource]:
    """A request that this actor may do this with.

    Raises `NotFound` for a request of which the actor may not know, `NotAllowed` for one they may only look at.
    """
    row = await tx.row(SQL.request_for_update if lock else SQL.request, request_id)
    if row is None:
        raise NotFound("There is no such request, or it is another team's.")
    request = request_of(row)
    resource = await _resource(tx, request)
    permit(tx.actor, action, resource)
    relations = [str(one) for one in standing(tx.actor, resource) if isinstance(one, Relation)]
    await audit.looked(
        tx,
        action,
        "request",
        request_id,
        household_id=request.household_id,
        relation=",".join(sorted(relations)) or None,
    )
    return request, resource


async def save(tx: Transaction, request: Request) -> Request:
    """Keep a request after a decision; its version goes up by one."""
    await tx.run(
        SQL.save,
        request.request_id,
        request.state,
        request.due_at,
        request.owner_id,
        request.urgency,
        request.weight,
        list(request.topics),
        list(request.life_domains),
        request.safety,
        request.household_id,
        request.legal_basis,
        request.answer_kind,
        request.contact,
        request.reason,
    )
    row = await tx.row(SQL.request, request.request_id)
    assert row is not None, "who may change it, may see it"
    return request_of(row)


async def add_note(tx: Transaction, request_id: UUID, step: str, words: str | None) -> None:
    """Keep what the worker wrote, when they wrote something."""
    if words is not None:
        await tx.run(SQL.add_note, new_id(), request_id, step, words, tx.actor.id, tx.now)


async def card(tx: Transaction, household_id: UUID | None) -> HouseholdCard | None:
    """What a request must carry of its household; nothing about the people in it."""
    row = await tx.row(SQL.household_card, household_id) if household_id is not None else None
    return HouseholdCard(**row) if row is not None else None


async def _resource(tx: Transaction, request: Request) -> Resource:
    directors: frozenset[UUID] = frozenset()
    involved = frozenset({request.owner_id} if request.owner_id is not None else ())
    if request.state in {"case_opened", "attached"} and request.household_id is not None:
        directors, involved = await households.workers_of(tx, request.household_id)
    return Resource(request.team, directors, involved, request.submitted_by)


_FIELDS = frozenset(field.name for field in fields(Request))


def request_of(row: asyncpg.Record) -> Request:
    """A row as the domain knows it."""
    known: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row.items() if name in _FIELDS
    }
    return Request(**known)
