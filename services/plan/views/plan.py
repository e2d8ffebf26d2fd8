"""The versions of the plan, with goals, actions and reviews."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from services.plan.views import View
from wij.events.plan import ExecutorKind


class GoalView(View):
    """One goal, in the household's own words."""

    goal_id: UUID
    wish: str
    life_domain: str
    own_strength: str
    network: str
    executor_kind: ExecutorKind
    own_strength_considered: str | None
    informal_skipped_reason: str | None
    outcome: Literal["reached", "partly_reached", "dropped"] | None


class ActionView(View):
    """Who does what before when."""

    action_id: UUID
    plan_id: UUID
    goal_id: UUID
    what: str
    owner_kind: ExecutorKind
    owner_id: UUID | None
    due_at: datetime
    state: Literal["agreed", "done"]
    done_at: datetime | None


class ReviewView(View):
    """A look at the plan, to come or held."""

    review_id: UUID
    plan_id: UUID
    due_at: datetime
    state: Literal["planned", "held", "cancelled"]
    outcome: Literal["continue", "adjust", "close"] | None
    note: str | None
    ended_at: datetime | None


class PlanView(View):
    """One version of the plan; `version` counts its edits and is the ETag."""

    plan_id: UUID
    case_id: UUID
    plan_version: int
    state: Literal["draft", "agreed", "declined", "active", "superseded", "closed"]
    version: int
    goals: Sequence[GoalView]
    actions: Sequence[ActionView]
    reviews: Sequence[ReviewView]
    agreed_by: str | None
    agreed_by_role: str | None
    method: str | None
    agreed_on: date | None
    refused_reason: str | None
    refused_note: str | None
    drafted_at: datetime
    activated_at: datetime | None
    ended_at: datetime | None
