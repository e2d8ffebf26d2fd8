"""The case: its card, its file, and who works on it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.plan.views import View
from services.plan.views.plan import PlanView
from services.plan.views.support import ConsentView, SupportNeedView


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
