"""What may be seen: the card of a case for its team, the whole file for who works on it."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from wij.events.plan import ExecutorKind


class View(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True)


class CaseCard(View):
    """That the household is known, and who directs: all that a team member who is not involved may know."""

    case_id: UUID
    household_id: UUID
    team: str
    state: Literal["open", "on_hold", "closed"]
    director_id: UUID


class InvolvementView(View):
    """A colleague on the case."""

    case_id: UUID
    worker_id: UUID
    role: str
    since: datetime
    until: datetime | None


class HandoverView(View):
    """An offer of a case; the note is there to decide on, so only while it is open."""

    handover_id: UUID
    case_id: UUID
    from_id: UUID
    to_id: UUID
    state: Literal["offered", "accepted", "declined", "revoked", "expired"]
    note: str | None
    offered_at: datetime
    due_at: datetime
    answered_at: datetime | None
    reason: str | None


class AbsenceView(View):
    """Who is away, and who stands in."""

    absence_id: UUID
    worker_id: UUID
    deputy_id: UUID
    starts_at: datetime
    ends_at: datetime | None
    ended_at: datetime | None


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


class ConsentView(View):
    """A basis for sharing."""

    consent_id: UUID
    case_id: UUID
    person_id: UUID | None
    legal_basis: Literal["consent", "legal_duty", "public_task", "vital_interest"]
    purpose: str
    recipient_kind: str
    scope: Sequence[str]
    until: date
    how: str
    given_at: datetime
    withdrawn_at: datetime | None


class SupportNeedView(View):
    """A question to the neighbourhood, and how it fares."""

    need_id: UUID
    case_id: UUID
    action_id: UUID
    consent_id: UUID
    kind: str
    availability: int
    hours_week: int
    language: str | None
    certificate_required: bool
    starts_on: date
    state: Literal["open", "matched", "running", "fulfilled", "withdrawn", "ended"]
    requested_at: datetime


class CaseView(CaseCard):
    """The whole file, for the director, who stands in, and those involved."""

    acting_director_id: UUID
    """The deputy while the director is away."""
    directed_since: datetime
    opened_at: datetime
    closed_at: datetime | None
    close_reason: str | None
    close_note: str | None
    requests: Sequence[UUID]
    involved: Sequence[InvolvementView]
    handover: HandoverView | None
    """The offer that waits for an answer."""
    plans: Sequence[PlanView]
    consents: Sequence[ConsentView]
    support_needs: Sequence[SupportNeedView]
