"""What may be shared, and what is asked of the neighbourhood."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.plan.commands import Command, Line
from wij.events import Code
from wij.events.plan import HelpKind

LegalBasis = Literal["consent", "legal_duty", "public_task", "vital_interest"]


class GiveConsent(Command):
    """What may be shared: to whom, which fields, on which basis, until when (PRIV-09)."""

    person_id: UUID | None = None
    legal_basis: LegalBasis
    purpose: Code
    recipient_kind: Code
    scope: tuple[Code, ...] = Field(min_length=1, max_length=20)
    until: date
    how: Line


class Slot(Command):
    """A part of a week day (0 is Monday), from hour to hour."""

    day: int = Field(ge=0, le=6)
    start: int = Field(ge=0, le=24, alias="from")
    end: int = Field(ge=0, le=24, alias="to")


class RequestSupport(Command):
    """Ask the neighbourhood: what kind of help, when, from which day."""

    consent_id: UUID
    kind: HelpKind
    availability: tuple[Slot, ...] = Field(min_length=1, max_length=56)
    hours_week: int = Field(ge=1, le=40)
    language: Code | None = None
    certificate_required: bool
    starts_on: date


class WithdrawNeed(Command):
    """The household no longer asks for this help."""

    reason: Code
