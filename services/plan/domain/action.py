"""Actions of the plan: each has an owner and a date (I26)."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.plan.commands.plan import AgreeAction
from services.plan.domain.case import Case, must_be_open
from services.plan.domain.goal import UnknownGoal
from services.plan.domain.plan import Plan, must_be_active
from wij.errors import Refusal
from wij.events.plan import ActionAgreed, ActionDone, ExecutorKind


class DueInThePast(Refusal):
    """What is agreed now is due later."""

    status = 400


class ActionIsDone(Refusal):
    """What is done is done once."""


@dataclass(frozen=True, slots=True)
class PlannedAction:
    """Something somebody does before a date."""

    action_id: UUID
    plan_id: UUID
    case_id: UUID
    goal_id: UUID
    what: str
    owner_kind: ExecutorKind
    owner_id: UUID | None
    due_at: datetime
    state: Literal["agreed", "done"]
    done_at: datetime | None = None


def agree_action(
    case: Case, plan: Plan, ask: AgreeAction, *, action_id: UUID, now: datetime
) -> tuple[PlannedAction, ActionAgreed]:
    """Somebody will do something for a goal of the active plan.

    A professional who is not named is the director: an action never belongs to nobody (I26).
    """
    must_be_open(case)
    must_be_active(plan)
    if ask.goal_id not in {goal.goal_id for goal in plan.goals}:
        raise UnknownGoal("Choose a goal of this plan.")
    if ask.due_at <= now:
        raise DueInThePast("Choose a date in the future.")
    owner_id = ask.owner_id or (case.director_id if ask.owner_kind == "professional" else None)
    action = PlannedAction(
        action_id=action_id,
        plan_id=plan.plan_id,
        case_id=case.case_id,
        goal_id=ask.goal_id,
        what=ask.what,
        owner_kind=ask.owner_kind,
        owner_id=owner_id,
        due_at=ask.due_at,
        state="agreed",
    )
    return action, ActionAgreed(
        team=case.team,
        action_id=action_id,
        plan_id=plan.plan_id,
        case_id=case.case_id,
        household_id=case.household_id,
        owner_kind=ask.owner_kind,
        owner_id=owner_id,
        due_at=ask.due_at,
    )


def complete(case: Case, action: PlannedAction, now: datetime) -> tuple[PlannedAction, ActionDone]:
    """The action was carried out."""
    must_be_open(case)
    if action.state == "done":
        raise ActionIsDone("This action was done already.")
    return replace(action, state="done", done_at=now), ActionDone(
        team=case.team,
        action_id=action.action_id,
        plan_id=action.plan_id,
        case_id=case.case_id,
        household_id=case.household_id,
    )
