"""What may be shared, and what is asked of the neighbourhood."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from services.plan.views import View


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
