"""Actions of the plan (I26)."""

from uuid import UUID

from services.plan.commands.plan import AgreeAction
from services.plan.domain import action as rules
from services.plan.store import action as actions
from services.plan.store import case as cases
from services.plan.store import plan as plans
from services.plan.views.plan import ActionView
from wij import outbox
from wij.access import Action
from wij.database import Transaction
from wij.ids import new_id


async def agree_action(tx: Transaction, plan_id: UUID, ask: AgreeAction) -> ActionView:
    """Somebody will do something before a date."""
    case = await cases.to_change(tx, await plans.case_of(tx, plan_id), Action.WRITE_PLAN)
    plan = next(plan for plan in await plans.of_case(tx, case.case_id) if plan.plan_id == plan_id)
    agreed, fact = rules.agree_action(case, plan, ask, action_id=new_id(), now=tx.now)
    await actions.agree(tx, [agreed])
    await outbox.append(tx, [fact])
    return actions.view(agreed)


async def complete_action(tx: Transaction, action_id: UUID) -> ActionView:
    """The action was carried out."""
    case = await cases.to_change(tx, await actions.case_of(tx, action_id), Action.CARRY_OUT_ACTION)
    done, fact = rules.complete(case, await actions.one(tx, action_id), tx.now)
    await actions.complete(tx, done)
    await outbox.append(tx, [fact])
    return actions.view(done)
