"""Help requests: each load asks the access table, and writes that somebody looked."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from services.intake.commands.request import RegisterRequest
from services.intake.domain import Terms
from services.intake.domain.request import AlreadyRegistered, HouseholdCard, Request
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


async def add(tx: Transaction, registered: Sequence[tuple[Request, RegisterRequest]]) -> None:
    """Keep the words first, then the requests that refer to them (S2-8)."""
    await tx.run(
        SQL.add_questions,
        [
            (request.request_id, ask.question, ask.postcode, ask.house_number, ask.addition)
            for request, ask in registered
        ],
    )
    await tx.run(
        SQL.add_requests,
        [
            (
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
            for request, _ in registered
        ],
    )
    requesters = [
        (
            request.request_id,
            ask.requester.given_name,
            ask.requester.family_name,
            ask.requester.relation,
            ask.requester.phone,
            ask.requester.email,
            ask.requester.birth_date,
        )
        for request, ask in registered
        if not request.anonymous
    ]
    if requesters:
        await tx.run(SQL.add_requesters, requesters)


async def refuse_known_references(tx: Transaction, asks: Sequence[RegisterRequest]) -> None:
    """Raises `AlreadyRegistered` when a channel sent in one of these before, or twice among them."""
    named = [(str(ask.channel), ask.reference) for ask in asks if ask.reference is not None]
    channels, references = [channel for channel, _ in named], [reference for _, reference in named]
    if len(set(named)) < len(named) or (named and await tx.rows(SQL.known_references, channels, references)):
        raise AlreadyRegistered("This channel sent in this reference before.")


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


async def save_all(tx: Transaction, requests: Sequence[Request]) -> None:
    """Keep requests after decisions; the version of each goes up by one."""
    rows = [
        (
            request.request_id,
            request.state,
            request.due_at,
            request.owner_id,
            request.urgency,
            request.weight,
            request.topics,
            request.life_domains,
            request.safety,
            request.household_id,
            request.legal_basis,
            request.answer_kind,
            request.contact,
            request.reason,
        )
        for request in requests
    ]
    await tx.run(SQL.save, rows)


async def save(tx: Transaction, request: Request) -> Request:
    """Keep a request after a decision, and answer it as it stands now."""
    await save_all(tx, [request])
    row = await tx.row(SQL.request, request.request_id)
    assert row is not None, "who may change it, may see it"
    return request_of(row)


async def undirected(tx: Transaction, longer_than: timedelta, most: int) -> Sequence[tuple[Request, datetime]]:
    """Take accepted requests that have had no case for this long, each once, with when they were accepted."""
    return [(request_of(row), row["since"]) for row in await tx.rows(SQL.undirected, longer_than, most)]


async def add_note(tx: Transaction, request_id: UUID, step: str, words: str | None) -> None:
    """Keep what the worker wrote, when they wrote something."""
    if words is not None:
        await tx.run(SQL.add_note, new_id(), request_id, step, words, tx.actor.id, tx.now)


async def cards(tx: Transaction, households: Iterable[UUID]) -> Mapping[UUID, HouseholdCard]:
    """What requests must carry of their households, of those that are known; nothing about the people in them."""
    return {row["household_id"]: HouseholdCard(**row) for row in await tx.rows(SQL.household_cards, list(households))}


async def card(tx: Transaction, household_id: UUID | None) -> HouseholdCard | None:
    """The same of one household."""
    return (await cards(tx, [household_id])).get(household_id) if household_id is not None else None


async def _resource(tx: Transaction, request: Request) -> Resource:
    directors: frozenset[UUID] = frozenset()
    involved = frozenset({request.owner_id} if request.owner_id is not None else ())
    if request.state in {"case_opened", "attached"} and request.household_id is not None:
        directors, involved = await households.workers_of(tx, request.household_id)
    return Resource(request.team, directors, involved, request.submitted_by)


_FIELDS = frozenset(Request._fields)


def request_of(row: asyncpg.Record) -> Request:
    """A row as the domain knows it."""
    known: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row.items() if name in _FIELDS
    }
    return Request(**known)
