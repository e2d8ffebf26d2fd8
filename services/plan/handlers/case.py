"""The case: who sees it, who works on it, and its end."""

from typing import Literal
from uuid import UUID

from services.plan.commands.case import CloseCase, Involve
from services.plan.domain import case as rules
from services.plan.domain.absence import effective_director
from services.plan.domain.case import Case
from services.plan.domain.closure import close_case as end_case
from services.plan.store import case as cases
from services.plan.store import consent, handover, involvement, plan, review, roster, support
from services.plan.views.case import CaseCard, CaseView, InvolvementView
from wij import audit, outbox, timeline
from wij.access import Action, may
from wij.call import Cursor, Page
from wij.database import Transaction
from wij.timeline import Timeline


async def list_cases(
    tx: Transaction, page: Cursor, *, mine: bool, state: Literal["open", "on_hold", "closed"] | None
) -> Page[CaseCard]:
    """Cards of the actor's team, or of the actor's own cases."""
    found = await cases.page(tx, mine=mine, state=state, after=page.key(UUID), limit=page.limit)
    await audit.looked(tx, Action.LIST_CASES, "case_list", None)
    following = Cursor.to([found[-1].case_id]) if len(found) == page.limit else None
    return Page(items=[_card(case) for case in found], next=following)


async def view_case(tx: Transaction, case_id: UUID) -> CaseView | CaseCard:
    """The whole file for who works on the case; for the rest of the team its card."""
    found = await cases.of_ids(tx, [case_id])
    whole = bool(found) and may(tx.actor, Action.VIEW_CASE, found[0].resource(tx.now))
    case = await cases.to_show(tx, case_id, Action.VIEW_CASE if whole else Action.VIEW_CASE_CARD)
    return await _file(tx, case) if whole else _card(case)


async def case_of_household(tx: Transaction, household_id: UUID) -> CaseCard:
    """That the household has a case, and who directs it."""
    case = await cases.of_household(tx, household_id)
    await cases.look_at(tx, case, Action.VIEW_CASE_CARD)
    return _card(case)


async def timeline_of_household(tx: Transaction, household_id: UUID) -> Timeline:
    """The household's facts, for who works on its case."""
    await cases.look_at(tx, await cases.of_household(tx, household_id), Action.VIEW_TIMELINE)
    return await timeline.of_household(tx, household_id)


async def involve(tx: Transaction, case_id: UUID, ask: Involve) -> InvolvementView:
    """Ask a colleague along; the director stays (S4-5)."""
    case = await cases.to_change(tx, case_id, Action.CHANGE_INVOLVEMENT)
    fact = rules.involve(case, ask, await roster.colleague(tx, ask.worker_id))
    await involvement.join(tx, case_id, ask.worker_id, ask.role)
    await outbox.append(tx, [fact])
    return await involvement.last_of(tx, case_id, ask.worker_id)


async def end_involvement(tx: Transaction, case_id: UUID, worker_id: UUID) -> InvolvementView:
    """A colleague leaves the case, and no longer sees it."""
    case = await cases.to_change(tx, case_id, Action.CHANGE_INVOLVEMENT)
    fact = rules.end_involvement(case, worker_id)
    await involvement.leave(tx, case_id, worker_id)
    await outbox.append(tx, [fact])
    return await involvement.last_of(tx, case_id, worker_id)


async def close_case(tx: Transaction, case_id: UUID, ask: CloseCase) -> CaseCard:
    """End the case with an outcome per goal, and all that hangs on it here, in this transaction (I8)."""
    case = await cases.to_change(tx, case_id, Action.CLOSE_CASE)
    plans = await plan.of_case(tx, case_id)
    ending = end_case(
        case,
        ask,
        plans=plans,
        reviews=[found for found in await review.of_case(tx, case_id) if found.state == "planned"],
        needs=[need for need in await support.of_case(tx, case_id) if not need.over],
        offered=await handover.offered(tx, case_id),
        now=tx.now,
    )
    for active in plans:
        if active.state == "active":
            await plan.set_outcomes(tx, active.plan_id, ask.goals)
    for ended in ending.plans:
        await plan.end(tx, ended, ending.at)
    for cancelled in ending.reviews:
        await review.end(tx, cancelled)
    await support.withdraw(tx, ending.needs)
    if ending.handover is not None:
        await handover.answer(tx, ending.handover)
    await cases.close(tx, case, ending.at, ask.reason, ask.note)
    await outbox.append(tx, ending.told)
    return _card(ending.case)


def _card(case: Case) -> CaseCard:
    return CaseCard(
        case_id=case.case_id,
        household_id=case.household_id,
        team=case.team,
        state=case.state,
        director_id=case.director_id,
    )


async def _file(tx: Transaction, case: Case) -> CaseView:
    row = await cases.whole(tx, case.case_id)
    offered = await handover.offered(tx, case.case_id)
    return CaseView(
        **dict(_card(case)),
        acting_director_id=effective_director(case.director_id, case.stand_in, tx.now),
        directed_since=case.directed_since,
        opened_at=row["opened_at"],
        closed_at=row["closed_at"],
        close_reason=row["close_reason"],
        close_note=row["close_note"],
        requests=row["requests"],
        involved=await involvement.of_case(tx, case.case_id),
        handover=handover.view(offered) if offered else None,
        plans=await plan.views(tx, case.case_id),
        consents=await consent.views(tx, case.case_id),
        support_needs=await support.views(tx, case.case_id),
    )
