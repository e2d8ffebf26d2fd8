"""Handover of the direction: offered, then accepted and switched in one transaction, or not at all (I4)."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from services.plan.commands.case import AcceptHandover, DeclineHandover, OfferHandover
from services.plan.domain import handover as rules
from services.plan.domain.case import Case
from services.plan.domain.handover import Handover
from services.plan.store import case as cases
from services.plan.store import handover as handovers
from services.plan.store import roster
from services.plan.views.case import HandoverView
from wij import audit, outbox
from wij.access import Action, Resource, permit
from wij.call import Cursor, Page
from wij.database import Transaction
from wij.errors import NotFound
from wij.events import Caused, Event, Recorded
from wij.events.notify import DeadlinePassed
from wij.ids import new_id


async def list_handovers(tx: Transaction, page: Cursor, side: Literal["to", "from"]) -> Page[HandoverView]:
    """Offers to the actor, or by the actor, newest first."""
    found = await handovers.mine(tx, side, page.key(UUID), page.limit)
    await audit.looked(tx, Action.ANSWER_HANDOVER, "handover_list", None)
    following = Cursor.to([found[-1].handover_id]) if len(found) == page.limit else None
    return Page(items=found, next=following)


async def offer_handover(tx: Transaction, case_id: UUID, ask: OfferHandover) -> HandoverView:
    """The director offers the case; until it is accepted nothing changes."""
    case = await cases.to_change(tx, case_id, Action.OFFER_HANDOVER)
    offered, fact = rules.offer(
        case,
        ask,
        await roster.colleague(tx, ask.to_id),
        await handovers.offered(tx, case_id),
        handover_id=new_id(),
        now=tx.now,
    )
    await handovers.offer(tx, offered)
    await outbox.append(tx, [fact])
    return handovers.view(offered)


async def accept_handover(tx: Transaction, handover_id: UUID, ask: AcceptHandover) -> HandoverView:
    """The receiver takes over: period, pointer, epoch and event in one transaction (I4)."""
    case, offered = await _to_answer(tx, handover_id)
    switch = rules.accept(case, offered, ask, await roster.colleague(tx, offered.to_id), now=tx.now)
    await cases.switch(tx, case, switch)
    await handovers.answer(tx, switch.handover)
    await outbox.append(tx, switch.told)
    return handovers.view(switch.handover)


async def decline_handover(tx: Transaction, handover_id: UUID, ask: DeclineHandover) -> HandoverView:
    """The receiver says no; nothing changes."""
    case, offered = await _to_answer(tx, handover_id)
    declined, fact = rules.decline(case, offered, ask, tx.now)
    await handovers.answer(tx, declined)
    await outbox.append(tx, [fact])
    return handovers.view(declined)


async def revoke_handover(tx: Transaction, handover_id: UUID) -> HandoverView:
    """The director takes the offer back; nothing changes."""
    case = await cases.to_change(tx, await handovers.case_of(tx, handover_id), Action.OFFER_HANDOVER)
    revoked, fact = rules.revoke(await handovers.one(tx, handover_id), case, tx.now)
    await handovers.answer(tx, revoked)
    await outbox.append(tx, [fact])
    return handovers.view(revoked)


async def when_deadlines_passed(tx: Transaction, events: Sequence[Recorded[DeadlinePassed]]) -> None:
    """An offer that nobody answered in time expires; other terms are for others."""
    passed = {event.fact.subject_id: event for event in events if event.fact.term == "handover"}
    case_ids = await handovers.cases_of(tx, passed.keys())
    await cases.lock(tx, case_ids)
    case_of = {case.case_id: case for case in await cases.of_ids(tx, case_ids)}
    told: list[Caused[Event]] = []
    for offered in await handovers.of_ids(tx, passed.keys()):
        if expiry := rules.expire(offered, case_of[offered.case_id], tx.now):
            expired, fact = expiry
            await handovers.answer(tx, expired)
            told.append(Caused(fact, by=passed[offered.handover_id]))
    await outbox.append(tx, told)


async def _to_answer(tx: Transaction, handover_id: UUID) -> tuple[Case, Handover]:
    """The offer and its case, both held, for the one it is addressed to."""
    case_id = await handovers.case_of(tx, handover_id)
    await cases.lock(tx, [case_id])
    offered = await handovers.one(tx, handover_id)
    permit(tx.actor, Action.ANSWER_HANDOVER, Resource(about=offered.to_id))
    found = await cases.of_ids(tx, [case_id])
    if not found:
        raise NotFound("There is no such handover.")
    await audit.looked(
        tx,
        Action.ANSWER_HANDOVER,
        "case",
        case_id,
        household_id=found[0].household_id,
        relation="self",
        result="changed",
    )
    return found[0], offered
