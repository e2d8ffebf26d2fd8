"""A conversation at the desk in one request: the question, the question behind it, the safety check, the acceptance.

The product asks four commands for it, since four people may do them; here one worker has heard everything. The rules,
the stores and the edge are the product's.
"""

from uuid import UUID

from fastapi import Response
from pydantic import BaseModel

from services.intake.commands.request import AcceptRequest, CheckSafety, ClarifyRequest, RegisterRequest
from services.intake.domain import area, triage
from services.intake.domain.request import AlreadyRegistered
from services.intake.store import area as areas
from services.intake.store import request as store
from services.intake.views.request import Receipt
from wij import audit, outbox
from wij.access import Action, Resource, permit
from wij.audit import Look
from wij.call import Calling, Routes
from wij.database import Transaction
from wij.errors import FieldError, Invalid
from wij.ids import new_id

DONE = (Action.REGISTER_REQUEST, Action.CLARIFY_REQUEST, Action.CHECK_SAFETY, Action.ACCEPT_REQUEST)


class Conversation(BaseModel):
    """All that was said."""

    question: RegisterRequest
    clarification: ClarifyRequest
    safety: CheckSafety
    acceptance: AcceptRequest


async def take_in(tx: Transaction, ask: Conversation) -> Receipt:
    """Register, clarify, check and accept, in one transaction."""
    question = ask.question
    permit(tx.actor, Action.REGISTER_REQUEST)
    if question.reference is not None and await store.reference_is_known(tx, question.channel, question.reference):
        raise AlreadyRegistered("This channel sent in this reference before.")
    where = await areas.locate(tx, question.postcode)
    terms = await store.terms(tx)
    household = await store.card(tx, ask.acceptance.household_id)
    if household is None:
        raise Invalid("This household is not known.", [FieldError("household_id", "register the household first")])
    by, now = tx.actor.id, tx.now
    request_id: UUID = new_id()
    new, told = triage.register(
        question,
        request_id=request_id,
        team=area.route(where, now),
        buurt=where.buurt,
        by=by,
        now=now,
        terms=terms,
    )
    for action in DONE[1:]:
        permit(tx.actor, action, Resource(team=new.team))
    clear, more = triage.clarify(new, ask.clarification, by=by, now=now, terms=terms)
    told = [*told, *more]
    safe, more = triage.check_safety(clear, ask.safety, household, by=by, now=now, terms=terms)
    told += more
    accepted, more = triage.accept(safe, ask.acceptance, household, by=by, now=now, terms=terms)
    told += more
    await store.add(tx, new, question)
    await store.save(tx, accepted)
    await audit.record(tx, [Look(action, "request", request_id) for action in DONE])
    await outbox.append(tx, told)
    return Receipt(
        request_id=request_id,
        state=accepted.state,
        team=accepted.team,
        receipt_due_at=accepted.receipt_due_at,
        version=accepted.version,
    )


routes = Routes()


@routes.post("/conversations", Action.ACCEPT_REQUEST, Receipt, status=201)
async def converse(call: Calling, ask: Conversation) -> Response:
    """Take in a question with all that was said about it."""
    return await call.run(take_in, ask)
