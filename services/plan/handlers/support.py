"""Asking the neighbourhood for help, and following how that fares."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.plan.commands.support import RequestSupport, WithdrawNeed
from services.plan.domain import support as rules
from services.plan.domain.support import NeedState
from services.plan.store import action as actions
from services.plan.store import case as cases
from services.plan.store import consent as consents
from services.plan.store import support
from services.plan.views.support import SupportNeedView
from wij import outbox
from wij.access import Action
from wij.database import Transaction
from wij.errors import NotFound
from wij.events import Event, Recorded
from wij.events.matching import (
    AssignmentActivated,
    SupportNeedEnded,
    SupportNeedFulfilled,
    SupportNeedMatched,
    SupportNeedReopened,
)
from wij.ids import new_id

type FactOfNeed = (
    AssignmentActivated | SupportNeedEnded | SupportNeedFulfilled | SupportNeedMatched | SupportNeedReopened
)

STATE_AFTER: Mapping[type[Event], NeedState] = {
    SupportNeedMatched: "matched",
    SupportNeedReopened: "open",
    AssignmentActivated: "running",
    SupportNeedFulfilled: "fulfilled",
    SupportNeedEnded: "ended",
}
"""What a need is after matching told this."""


async def request_support(tx: Transaction, action_id: UUID, ask: RequestSupport) -> SupportNeedView:
    """An action asks for informal help, with a consent that covers it."""
    case = await cases.to_change(tx, await actions.case_of(tx, action_id), Action.REQUEST_SUPPORT)
    consent = await consents.one(tx, ask.consent_id)
    if consent.case_id != case.case_id:
        raise NotFound("There is no such consent in this case.")
    asked = [need for need in await support.of_case(tx, case.case_id) if need.action_id == action_id]
    need, fact = rules.request(
        case, await actions.one(tx, action_id), consent, asked, ask, need_id=new_id(), now=tx.now
    )
    await support.request(tx, [fact])
    await outbox.append(tx, [fact])
    return await support.view(tx, need.need_id)


async def withdraw_need(tx: Transaction, need_id: UUID, ask: WithdrawNeed) -> SupportNeedView:
    """The household no longer asks for this help."""
    case = await cases.to_change(tx, await support.case_of(tx, need_id), Action.REQUEST_SUPPORT)
    need = next(need for need in await support.of_case(tx, case.case_id) if need.need_id == need_id)
    withdrawn, fact = rules.withdraw(need, case, ask.reason)
    await support.withdraw(tx, [withdrawn])
    await outbox.append(tx, [fact])
    return await support.view(tx, need_id)


async def when_needs_moved(tx: Transaction, events: Sequence[Recorded[FactOfNeed]]) -> None:
    """Follow how needs fare; what was withdrawn or ended here stays so."""
    await cases.lock(tx, {event.fact.case_id for event in events})
    states: dict[UUID, NeedState] = {}
    for event in events:
        if states.get(event.fact.need_id) not in rules.OVER:
            states[event.fact.need_id] = STATE_AFTER[type(event.fact)]
    await support.follow(tx, states)
