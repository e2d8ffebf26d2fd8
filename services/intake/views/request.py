"""What may be seen of a help request."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field


class Receipt(BaseModel):
    """We have the question; by `receipt_due_at` the requester has heard that too."""

    request_id: UUID
    state: str
    team: str
    receipt_due_at: datetime
    version: int


class RequestRow(BaseModel):
    """A request on a worklist: codes and dates, none of its words."""

    request_id: UUID
    state: str
    channel: str
    team: str
    buurt: str | None
    urgency: str | None
    topics: Sequence[str]
    safety: str | None
    priority: int = Field(ge=0, le=100, description="the weight of the urgency and a point for each day")
    owner_id: UUID | None = Field(description="null: the coordinators of the team")
    household_id: UUID | None
    due_at: datetime | None = Field(description="null: it has ended")
    received_at: datetime
    version: int


class RequesterView(BaseModel):
    """Who asked."""

    given_name: str
    family_name: str
    relation: str
    phone: str | None
    email: str | None
    birth_date: date | None


class Note(BaseModel):
    """What a worker wrote at a step."""

    step: str
    words: str
    written_by: UUID
    written_at: datetime


class RequestView(RequestRow):
    """The whole request, for those who handle it."""

    question: str
    postcode: str
    house_number: int
    addition: str | None
    anonymous: bool
    requester: RequesterView | None
    life_domains: Sequence[str]
    legal_basis: str | None
    answer_kind: str | None
    contact: str | None
    reason: str | None
    case_id: UUID | None
    submitted_by: UUID
    receipt_due_at: datetime
    notes: Sequence[Note]


class Suggestion(BaseModel):
    """A household that this may be about, and why; never what is known of it (FL-12)."""

    household_id: UUID
    reasons: Sequence[Literal["same_address", "same_birth_date", "same_name"]]


class Suggestions(BaseModel):
    """Likely the same household; the worker decides."""

    items: Sequence[Suggestion]
