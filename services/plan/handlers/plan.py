"""The household's one plan: written, agreed or refused, made active in the place of the one before."""

from uuid import UUID

from services.plan.commands.plan import ActivatePlan, AgreePlan, RefusePlan, WriteGoals
from services.plan.domain import plan as rules
from services.plan.domain.case import Case
from services.plan.domain.goal import Goal, write_goals
from services.plan.domain.plan import Plan
from services.plan.store import case as cases
from services.plan.store import plan as plans
from services.plan.store import review as reviews
from services.plan.views.plan import PlanView
from wij import outbox
from wij.access import Action
from wij.database import Transaction
from wij.ids import new_id


async def view_plan(tx: Transaction, plan_id: UUID) -> PlanView:
    """One version, with its actions and reviews, for who works on the case."""
    case = await cases.to_show(tx, await plans.case_of(tx, plan_id), Action.VIEW_CASE)
    return await _view(tx, case, plan_id)


async def draft_plan(tx: Transaction, case_id: UUID, ask: WriteGoals) -> PlanView:
    """Begin the next version of the plan."""
    case = await cases.to_change(tx, case_id, Action.WRITE_PLAN)
    versions = await plans.of_case(tx, case_id)
    drafted, fact = rules.draft(case, versions, _goals(ask, versions), plan_id=new_id())
    await plans.draft(tx, [drafted])
    await outbox.append(tx, [fact])
    return await _view(tx, case, drafted.plan_id)


async def rewrite_plan(tx: Transaction, plan_id: UUID, expected_version: int, ask: WriteGoals) -> PlanView:
    """Write a draft anew. Nothing is told: a draft is nobody else's business; its facts come when it is active."""
    case, versions, plan = await _to_change(tx, plan_id)
    await plans.rewrite(tx, rules.rewrite(case, plan, _goals(ask, versions), expected_version))
    return await _view(tx, case, plan_id)


async def agree_plan(tx: Transaction, plan_id: UUID, ask: AgreePlan) -> PlanView:
    """Put the household's agreement on record: who, when, how."""
    case, _, plan = await _to_change(tx, plan_id)
    agreed, fact = rules.agree(case, plan, ask, tx.now)
    await plans.agree(tx, [(agreed, ask)])
    await outbox.append(tx, [fact])
    return await _view(tx, case, plan_id)


async def refuse_plan(tx: Transaction, plan_id: UUID, ask: RefusePlan) -> PlanView:
    """Put the household's refusal on record; the case and its director stay."""
    case, _, plan = await _to_change(tx, plan_id)
    refused, fact = rules.refuse(case, plan, ask)
    await plans.refuse(tx, refused, ask)
    await outbox.append(tx, [fact])
    return await _view(tx, case, plan_id)


async def activate_plan(tx: Transaction, plan_id: UUID, ask: ActivatePlan) -> PlanView:
    """Make this version the one plan; the one before is superseded in the same transaction (I3)."""
    case, versions, plan = await _to_change(tx, plan_id)
    current = next((version for version in versions if version.state == "active"), None)
    planned = [review for review in await reviews.of_case(tx, case.case_id) if review.state == "planned"]
    activation = rules.activate(case, plan, current, planned, ask, review_id=new_id(), now=tx.now)
    await plans.activate(tx, [activation])
    for cancelled in activation.cancelled:
        await reviews.end(tx, cancelled)
    await reviews.plan(tx, [activation.review])
    await outbox.append(tx, activation.told)
    return await _view(tx, case, plan_id)


async def _to_change(tx: Transaction, plan_id: UUID) -> tuple[Case, list[Plan], Plan]:
    """The case, held; all versions of its plan; and this one."""
    case = await cases.to_change(tx, await plans.case_of(tx, plan_id), Action.WRITE_PLAN)
    versions = await plans.of_case(tx, case.case_id)
    return case, versions, next(plan for plan in versions if plan.plan_id == plan_id)


def _goals(ask: WriteGoals, versions: list[Plan]) -> tuple[Goal, ...]:
    known = {goal.goal_id for plan in versions for goal in plan.goals}
    return write_goals(ask, known, [new_id() for _ in ask.goals])


async def _view(tx: Transaction, case: Case, plan_id: UUID) -> PlanView:
    (view,) = await plans.views(tx, case.case_id, plan_id)
    return view
