"""What plan tells: the case and its director, the one plan, consent, and what the household needs from neighbours."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from wij.events import BuurtCode, Code, Codes, Event, Part

ExecutorKind = Literal["self", "network", "volunteer", "general_facility", "professional"]
HelpKind = Literal["conversation", "errands", "inform", "accompany", "practical", "respite", "admin"]


class CaseOpened(Event, name="case.opened", about="case_id"):
    """The household's one case began, with its one director (S4-4)."""

    case_id: UUID
    household_id: UUID
    household_version: int
    director_id: UUID
    opened_from: UUID
    director_reason: Code


class HelpRequestAttachedToCase(Event, name="help_request.attached_to_case", about="case_id"):
    """The household already had an open case: the request joined it."""

    case_id: UUID
    request_id: UUID
    household_id: UUID


class InvolvementAdded(Event, name="case.involvement_added", about="case_id"):
    """Another worker joined the case; the director stays the same (S4-5)."""

    case_id: UUID
    household_id: UUID
    worker_id: UUID
    role: Code


class InvolvementEnded(Event, name="case.involvement_ended", about="case_id"):
    """Another worker left the case, and no longer sees it."""

    case_id: UUID
    household_id: UUID
    worker_id: UUID


class HandoverOffered(Event, name="handover.offered", about="case_id"):
    """The director offers the case to a colleague and stays fully responsible until it is accepted."""

    case_id: UUID
    household_id: UUID
    handover_id: UUID
    from_id: UUID
    to_id: UUID
    due_at: AwareDatetime


class HandoverDeclined(Event, name="handover.declined", about="case_id"):
    """The colleague said no; nothing changed."""

    case_id: UUID
    household_id: UUID
    handover_id: UUID
    from_id: UUID
    to_id: UUID
    reason: Code


class HandoverRevoked(Event, name="handover.revoked", about="case_id"):
    """The director took the offer back, or the case was closed; nothing changed."""

    case_id: UUID
    household_id: UUID
    handover_id: UUID
    from_id: UUID
    to_id: UUID


class HandoverExpired(Event, name="handover.expired", about="case_id"):
    """Nobody answered in time; nothing changed, and the process lead hears it."""

    case_id: UUID
    household_id: UUID
    handover_id: UUID
    from_id: UUID
    to_id: UUID


class DirectorHandedOver(Event, name="director.handed_over", about="case_id"):
    """The direction went from one worker to another at this moment, whole."""

    case_id: UUID
    household_id: UUID
    handover_id: UUID
    from_id: UUID
    to_id: UUID
    at: AwareDatetime


class DirectorAbsenceRecorded(Event, name="director.absence_recorded", about="absence_id"):
    """A worker is away; the deputy acts for every case this worker directs. Responsibility stays."""

    absence_id: UUID
    worker_id: UUID
    deputy_id: UUID
    starts_at: AwareDatetime
    ends_at: AwareDatetime | None
    case_count: int = Field(ge=0)


class DirectorAbsenceEnded(Event, name="director.absence_ended", about="absence_id"):
    """The worker is back; the deputy no longer acts."""

    absence_id: UUID
    worker_id: UUID
    deputy_id: UUID
    ended_at: AwareDatetime


class CaseClosed(Event, name="case.closed", about="case_id"):
    """The case ended. Needs, assignments, offers and reminders that hang on it end with it (I8)."""

    case_id: UUID
    household_id: UUID
    director_id: UUID
    reason: Literal["goals_reached", "self_reliant", "moved_away", "declined_help", "transferred", "deceased"]
    goals_reached: int = Field(ge=0)
    goals_partly_reached: int = Field(ge=0)
    goals_dropped: int = Field(ge=0)


class CaseErased(Event, name="case.erased", about="case_id"):
    """What the case said is erased: its term passed (P17). Erase your copies, and the questions it answered."""

    case_id: UUID
    household_id: UUID


class GoalSummary(Part):
    """A goal without its words: which life domain, and who carries it."""

    goal_id: UUID
    life_domain: Code
    executor_kind: ExecutorKind


class PlanDrafted(Event, name="plan.drafted", about="plan_id"):
    """A new version of the household's plan is being written."""

    plan_id: UUID
    case_id: UUID
    household_id: UUID
    plan_version: int = Field(ge=1)


class PlanAgreed(Event, name="plan.agreed", about="plan_id"):
    """The household agreed: who, when and how stand in the plan; here only role and method."""

    plan_id: UUID
    case_id: UUID
    household_id: UUID
    plan_version: int
    agreed_by_role: Code
    method: Code


class PlanDeclined(Event, name="plan.declined", about="plan_id"):
    """The household refused this version, and the refusal is on record."""

    plan_id: UUID
    case_id: UUID
    household_id: UUID
    plan_version: int
    reason: Code


class PlanActivated(Event, name="plan.activated", about="plan_id"):
    """This version is now the household's one plan."""

    plan_id: UUID
    case_id: UUID
    household_id: UUID
    plan_version: int
    previous_plan_id: UUID | None
    goals: tuple[GoalSummary, ...]
    next_review_at: AwareDatetime


class PlanSuperseded(Event, name="plan.superseded", about="plan_id"):
    """A newer version took over in the same moment."""

    plan_id: UUID
    case_id: UUID
    household_id: UUID
    plan_version: int
    superseded_by: UUID


class PlanClosed(Event, name="plan.closed", about="plan_id"):
    """The plan ended with its case."""

    plan_id: UUID
    case_id: UUID
    household_id: UUID
    plan_version: int


class ActionAgreed(Event, name="action.agreed", about="action_id"):
    """Somebody will do something before a date."""

    action_id: UUID
    plan_id: UUID
    case_id: UUID
    household_id: UUID
    owner_kind: ExecutorKind
    owner_id: UUID | None
    due_at: AwareDatetime


class ActionDone(Event, name="action.done", about="action_id"):
    """The action was carried out."""

    action_id: UUID
    plan_id: UUID
    case_id: UUID
    household_id: UUID


class ReviewPlanned(Event, name="review.planned", about="review_id"):
    """The plan will be looked at together on this date."""

    review_id: UUID
    plan_id: UUID
    case_id: UUID
    household_id: UUID
    due_at: AwareDatetime


class ReviewHeld(Event, name="review.held", about="review_id"):
    """The plan was looked at together."""

    review_id: UUID
    plan_id: UUID
    case_id: UUID
    household_id: UUID
    outcome: Literal["continue", "adjust", "close"]


class ReviewCancelled(Event, name="review.cancelled", about="review_id"):
    """The review is no longer needed: a newer plan or the end of the case took its place."""

    review_id: UUID
    plan_id: UUID
    case_id: UUID
    household_id: UUID


class ConsentGiven(Event, name="consent.given", about="consent_id"):
    """Something may be shared: on which basis, with which kind of recipient, which fields, until when (PRIV-09)."""

    consent_id: UUID
    case_id: UUID
    household_id: UUID
    person_id: UUID | None
    legal_basis: Literal["consent", "legal_duty", "public_task", "vital_interest"]
    purpose: Code
    recipient_kind: Code
    scope: Codes
    until: date


class ConsentWithdrawn(Event, name="consent.withdrawn", about="consent_id"):
    """It may no longer be shared, from this moment."""

    consent_id: UUID
    case_id: UUID
    household_id: UUID


class SupportNeedRequested(Event, name="support_need.requested", about="need_id"):
    """An action asks for informal help: what kind, when and where, never why."""

    need_id: UUID
    case_id: UUID
    household_id: UUID
    action_id: UUID
    consent_id: UUID
    kind: HelpKind
    buurt: BuurtCode
    availability: int = Field(ge=1, lt=1 << 56, description="bit 8·day + block; day 0 is Monday, blocks of 3 hours")
    hours_week: int = Field(ge=1, le=40)
    language: Code | None
    certificate_required: bool
    starts_on: date
    consent_until: date


class SupportNeedWithdrawn(Event, name="support_need.withdrawn", about="need_id"):
    """The household no longer asks for this help."""

    need_id: UUID
    case_id: UUID
    household_id: UUID
    reason: Code
