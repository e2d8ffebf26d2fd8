"""What is done with a help request."""

from collections.abc import Sequence
from uuid import UUID

from services.intake.commands.request import (
    AcceptRequest,
    AnswerRequest,
    CheckSafety,
    ClarifyRequest,
    RegisterRequest,
    TakeUpRequest,
    WithdrawRequest,
)
from services.intake.domain import area, triage
from services.intake.store import area as areas
from services.intake.store import contact, worklist
from services.intake.store import request as store
from services.intake.views.request import Receipt, RequestRow, RequestView, Suggestions
from wij import audit, outbox
from wij.access import Action, Relation, Resource, permit, standing
from wij.audit import Look
from wij.call import Cursor, Page
from wij.database import Transaction
from wij.errors import FieldError, Invalid
from wij.events import Caused
from wij.identity import Role
from wij.ids import new_id
from wij.together import Asked


async def register_requests(tx: Transaction, asked: Sequence[Asked[RegisterRequest]]) -> Sequence[Receipt]:
    """Take questions in and answer with a receipt for each; raises `AlreadyRegistered` for a known reference."""
    permit(tx.actor, Action.REGISTER_REQUEST)
    await store.refuse_known_references(tx, [one.ask for one in asked])
    where = await areas.locate(tx, [one.ask.postcode for one in asked])
    terms = await store.terms(tx)
    registered, told = [], []
    for one in asked:
        place = where[one.ask.postcode]
        new, facts = triage.register(
            one.ask,
            request_id=new_id(),
            team=area.route(place, tx.now),
            buurt=place.buurt,
            by=tx.actor.id,
            now=tx.now,
            terms=terms,
        )
        registered.append((new, one.ask))
        told += Caused.each(facts, one)
    await store.add(tx, registered)
    await audit.record(
        tx, [Look(Action.REGISTER_REQUEST, "request", new.request_id, result="registered") for new, _ in registered]
    )
    await outbox.append(tx, told)
    return [
        Receipt(
            request_id=new.request_id,
            state=new.state,
            team=new.team,
            receipt_due_at=new.receipt_due_at,
            version=new.version,
        )
        for new, _ in registered
    ]


async def clarify_request(tx: Transaction, request_id: UUID, ask: ClarifyRequest) -> RequestRow:
    """Keep the categories; the one who clarifies owns the request."""
    now, _ = await store.load(tx, Action.CLARIFY_REQUEST, request_id)
    decided, told = triage.clarify(now, ask, by=tx.actor.id, now=tx.now, terms=await store.terms(tx))
    await store.add_note(tx, request_id, "clarification", ask.note)
    saved = await store.save(tx, decided)
    await outbox.append(tx, told)
    return worklist.row_view(saved, tx)


async def check_safety(tx: Transaction, request_id: UUID, ask: CheckSafety) -> RequestRow:
    """Keep the outcome of the check; its words stay here."""
    now, _ = await store.load(tx, Action.CHECK_SAFETY, request_id)
    household = await store.card(tx, now.household_id)
    terms = await store.terms(tx)
    decided, told = triage.check_safety(now, ask, household, by=tx.actor.id, now=tx.now, terms=terms)
    await store.add_note(tx, request_id, "safety_check", ask.note)
    saved = await store.save(tx, decided)
    await outbox.append(tx, told)
    return worklist.row_view(saved, tx)


async def answer_request(tx: Transaction, request_id: UUID, ask: AnswerRequest) -> RequestRow:
    """End the request with an answer."""
    now, _ = await store.load(tx, Action.ANSWER_REQUEST, request_id)
    known = ask.contact is not None and await contact.is_active(tx, ask.contact)
    decided, told = triage.answer(now, ask, contact_is_known=known)
    await store.add_note(tx, request_id, "answer", ask.text)
    saved = await store.save(tx, decided)
    await outbox.append(tx, told)
    return worklist.row_view(saved, tx)


async def accept_request(tx: Transaction, request_id: UUID, ask: AcceptRequest) -> RequestRow:
    """Take the request up for a household, or put it on the waiting list."""
    now, _ = await store.load(tx, Action.ACCEPT_REQUEST, request_id)
    household = await store.card(tx, ask.household_id)
    if household is None:
        raise Invalid("This household is not known.", [FieldError("household_id", "register the household first")])
    decided, told = triage.accept(now, ask, household, by=tx.actor.id, now=tx.now, terms=await store.terms(tx))
    saved = await store.save(tx, decided)
    await outbox.append(tx, told)
    return worklist.row_view(saved, tx)


async def take_up_request(tx: Transaction, request_id: UUID, _: TakeUpRequest) -> RequestRow:
    """Take a household from the waiting list."""
    now, _resource = await store.load(tx, Action.TAKE_UP_REQUEST, request_id)
    household = await store.card(tx, now.household_id)
    decided, told = triage.take_up(now, household, by=tx.actor.id, now=tx.now, terms=await store.terms(tx))
    saved = await store.save(tx, decided)
    await outbox.append(tx, told)
    return worklist.row_view(saved, tx)


async def withdraw_request(tx: Transaction, request_id: UUID, ask: WithdrawRequest) -> RequestRow:
    """End the request because the asker takes it back."""
    now, _ = await store.load(tx, Action.WITHDRAW_REQUEST, request_id)
    decided, told = triage.withdraw(now, ask)
    saved = await store.save(tx, decided)
    await outbox.append(tx, told)
    return worklist.row_view(saved, tx)


async def suggest_households(tx: Transaction, request_id: UUID) -> Suggestions:
    """Households this may be about; never what is known of them (FL-12)."""
    await store.load(tx, Action.SUGGEST_HOUSEHOLDS, request_id, lock=False)
    found = await worklist.suggestions(tx, request_id)
    for one in found:
        await audit.looked(
            tx, Action.SUGGEST_HOUSEHOLDS, "household_suggestion", one.household_id, household_id=one.household_id
        )
    return Suggestions(items=found)


async def view_request(tx: Transaction, request_id: UUID) -> RequestRow | RequestView:
    """The request; with its words for the workers who handle it, and without them for everybody else."""
    found, resource = await store.load(tx, Action.VIEW_REQUEST, request_id, lock=False)
    here = standing(tx.actor, resource)
    readers: set[Role | Relation] = {Relation.INVOLVED, Relation.DIRECTOR}
    if found.state not in {"case_opened", "attached"}:
        readers.add(Relation.TEAM_MEMBER)
    return worklist.row_view(found, tx) if readers.isdisjoint(here) else await worklist.full_view(tx, found)


async def list_requests(tx: Transaction, team: str | None, state: str | None, cursor: Cursor) -> Page[RequestRow]:
    """A team's worklist; the caller's own team when none is named."""
    wanted = team or tx.actor.team
    if wanted is None:
        raise Invalid("Which team?", [FieldError("team", "name a team")])
    permit(tx.actor, Action.LIST_REQUESTS, Resource(team=wanted))
    await audit.looked(tx, Action.LIST_REQUESTS, "worklist", None, purpose="worklist")
    return await worklist.page(tx, wanted, state, cursor)
