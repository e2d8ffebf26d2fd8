"""Looking at the plan together."""

from uuid import UUID

from services.plan.commands.plan import HoldReview, PlanReview
from services.plan.domain import review as rules
from services.plan.domain.plan import must_be_active
from services.plan.store import case as cases
from services.plan.store import plan as plans
from services.plan.store import review as reviews
from services.plan.views.plan import ReviewView
from wij import outbox
from wij.access import Action
from wij.database import Transaction
from wij.ids import new_id


async def plan_review(tx: Transaction, plan_id: UUID, ask: PlanReview) -> ReviewView:
    """Look at the active plan together on this date too."""
    case = await cases.to_change(tx, await plans.case_of(tx, plan_id), Action.WRITE_PLAN)
    must_be_active(next(plan for plan in await plans.of_case(tx, case.case_id) if plan.plan_id == plan_id))
    review, fact = rules.plan_review(case, plan_id, ask.due_at, review_id=new_id(), now=tx.now)
    await reviews.plan(tx, [review])
    await outbox.append(tx, [fact])
    return reviews.view(review)


async def hold_review(tx: Transaction, review_id: UUID, ask: HoldReview) -> ReviewView:
    """The plan was looked at together; the next date is set at once."""
    case = await cases.to_change(tx, await reviews.case_of(tx, review_id), Action.WRITE_PLAN)
    known = await reviews.of_case(tx, case.case_id)
    review = next(found for found in known if found.review_id == review_id)
    others = [found for found in known if found.state == "planned" and found.review_id != review_id]
    (held, *following), told = rules.hold(case, review, others, ask, next_id=new_id(), now=tx.now)
    await reviews.end(tx, held)
    await reviews.plan(tx, following)
    await outbox.append(tx, told)
    return reviews.view(held)
