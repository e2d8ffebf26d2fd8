"""A conversation at the desk in one request: the question, the question behind it, the safety check, the acceptance.

The product asks four commands for it, since four people may do them; here one worker has heard everything. The rules,
the stores and the edge are the product's.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel

from services.intake.commands.request import AcceptRequest, CheckSafety, ClarifyRequest, RegisterRequest
from services.intake.domain import Terms, area, triage
from services.intake.domain.area import Location
from services.intake.domain.request import HouseholdCard, Request
from services.intake.store import area as areas
from services.intake.store import request as store
from services.intake.views.request import Receipt
from wij import audit, outbox
from wij.access import Action, Resource, permit
from wij.audit import Look
from wij.call import Calling, Routes
from wij.database import Transaction
from wij.errors import FieldError, Invalid
from wij.events import Caused, Event
from wij.ids import new_id
from wij.together import Asked, Together

DONE = (Action.REGISTER_REQUEST, Action.CLARIFY_REQUEST, Action.CHECK_SAFETY, Action.ACCEPT_REQUEST)


class Conversation(BaseModel):
    """All that was said."""

    question: RegisterRequest
    clarification: ClarifyRequest
    safety: CheckSafety
    acceptance: AcceptRequest


async def take_in(tx: Transaction, asked: Sequence[Asked[Conversation]]) -> Sequence[Receipt]:
    """Register, clarify, check and accept each, in one transaction."""
    permit(tx.actor, Action.REGISTER_REQUEST)
    await store.refuse_known_references(tx, [one.ask.question for one in asked])
    where = await areas.locate(tx, [one.ask.question.postcode for one in asked])
    terms = await store.terms(tx)
    households = await store.cards(tx, [one.ask.acceptance.household_id for one in asked])
    taken = [_decide(tx, one, where[one.ask.question.postcode], terms, households) for one in asked]
    await store.add(tx, [(new, one.ask.question) for one, (new, _, _) in zip(asked, taken, strict=True)])
    await store.save_all(tx, [accepted for _, accepted, _ in taken])
    await audit.record(tx, [Look(action, "request", new.request_id) for new, _, _ in taken for action in DONE])
    await outbox.append(tx, [fact for _, _, told in taken for fact in told])
    return [
        Receipt(
            request_id=accepted.request_id,
            state=accepted.state,
            team=accepted.team,
            receipt_due_at=accepted.receipt_due_at,
            version=accepted.version,
        )
        for _, accepted, _ in taken
    ]


def _decide(
    tx: Transaction,
    asked: Asked[Conversation],
    where: Location,
    terms: Terms,
    households: Mapping[UUID, HouseholdCard],
) -> tuple[Request, Request, Sequence[Caused[Event]]]:
    """The request as it came in and as it was accepted, and what is told of it."""
    ask, by, now = asked.ask, tx.actor.id, tx.now
    household = households.get(ask.acceptance.household_id)
    if household is None:
        raise Invalid("This household is not known.", [FieldError("household_id", "register the household first")])
    team, buurt = area.route(where, now), where.buurt
    for action in DONE[1:]:
        permit(tx.actor, action, Resource(team=team))
    new, came = triage.register(ask.question, request_id=new_id(), team=team, buurt=buurt, by=by, now=now, terms=terms)
    clear, clarified = triage.clarify(new, ask.clarification, by=by, now=now, terms=terms)
    safe, checked = triage.check_safety(clear, ask.safety, household, by=by, now=now, terms=terms)
    accepted, told = triage.accept(safe, ask.acceptance, household, by=by, now=now, terms=terms)
    return new, accepted, Caused.each((*came, *clarified, *checked, *told), asked)


routes = Routes()
_conversing = Together(take_in)


@routes.post("/conversations", Action.ACCEPT_REQUEST, Receipt, status=201)
async def converse(call: Calling, ask: Conversation) -> Response:
    """Take in a question with all that was said about it."""
    return await _conversing.run(call, ask)
