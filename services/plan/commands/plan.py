"""The plan: its goals, the agreement on it, actions and reviews."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.plan.commands import Command, Line, Moment, Words
from wij.events import Code
from wij.events.plan import ExecutorKind

ReviewOutcome = Literal["continue", "adjust", "close"]


class GoalLine(Command):
    """One goal: the wish in the household's own words, and what household and network do first (S4-7)."""

    goal_id: UUID | None = None
    """Of a goal that goes on from an earlier version; left out for a new one."""
    wish: Words
    life_domain: Code = "other"
    own_strength: Words
    network: Words
    executor_kind: ExecutorKind
    own_strength_considered: Words | None = None
    informal_skipped_reason: Words | None = None


class WriteGoals(Command):
    """The goals of a draft, all of them, in order."""

    goals: tuple[GoalLine, ...] = Field(max_length=50)


class AgreePlan(Command):
    """The household agrees: who, in which role, how and when."""

    agreed_by: Line
    agreed_by_role: Code
    method: Code
    agreed_on: date


class RefusePlan(Command):
    """The household does not want this plan; that is put on record."""

    reason: Code
    note: Words | None = None


class ActivatePlan(Command):
    """Make this version the household's one plan."""

    next_review_at: Moment


class AgreeAction(Command):
    """Somebody does something before a date (I26)."""

    goal_id: UUID
    what: Words
    owner_kind: ExecutorKind
    owner_id: UUID | None = None
    due_at: Moment


class PlanReview(Command):
    """Look at the plan together on this date."""

    due_at: Moment


class HoldReview(Command):
    """The plan was looked at together."""

    outcome: ReviewOutcome
    note: Words | None = None
    next_review_at: Moment | None = None
