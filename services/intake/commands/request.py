"""What may be asked about a help request."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from services.intake.commands import Addition, Command, Day, Email, HouseNumber, Line, Phone, Postcode, Words
from wij.events import Code
from wij.events.intake import Channel, Safety, Urgency

Several = Annotated[tuple[Code, ...], Field(max_length=20)]


class Requester(Command):
    """Who asks. `anonymous` stands alone: then nothing else is given, and nothing is kept."""

    anonymous: bool = False
    given_name: Line | None = None
    family_name: Line | None = None
    relation: Literal["self", "family", "neighbour", "professional", "other"] | None = None
    phone: Phone | None = None
    email: Email | None = None
    birth_date: Day | None = None

    @model_validator(mode="after")
    def _known_or_unknown(self) -> Self:
        given = [name for name in Requester.model_fields if name != "anonymous" and getattr(self, name) is not None]
        if self.anonymous and given:
            raise ValueError(f"an anonymous requester gives no {', '.join(given)}")
        missing = [name for name in ("given_name", "family_name", "relation") if getattr(self, name) is None]
        if not self.anonymous and missing:
            raise ValueError(f"give {', '.join(missing)}, or say that the requester is anonymous")
        return self


class RegisterRequest(Command):
    """A question comes in at a channel (S4-1), in the asker's own words and before any category (S2-8)."""

    channel: Channel
    requester: Requester
    postcode: Postcode
    house_number: HouseNumber
    addition: Addition | None = None
    question: Words
    reference: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,60}$")] | None = None
    """The channel's own number for it; a channel uses each number once."""


class ClarifyRequest(Command):
    """The question behind the question, as categories."""

    topics: Annotated[Several, Field(min_length=1)]
    life_domains: Several = ()
    urgency: Urgency
    note: Words | None = None


class CheckSafety(Command):
    """Basic care and safety were looked at (1G1P1R, phase 1)."""

    result: Safety
    note: Words | None = None


class AnswerRequest(Command):
    """The question is answered without a case (S4-2)."""

    answer_kind: Literal["info", "contact_pointed", "general_provision"]
    contact: Code | None = None
    text: Words

    @model_validator(mode="after")
    def _points_at_somebody(self) -> Self:
        if self.answer_kind == "contact_pointed" and self.contact is None:
            raise ValueError("name the contact that was pointed out")
        return self


class AcceptRequest(Command):
    """The team takes it up for this household, now or (`wait`) when there is room."""

    household_id: UUID
    legal_basis: Code
    wait: bool = False


class TakeUpRequest(Command):
    """There is room: the household leaves the waiting list."""


class WithdrawRequest(Command):
    """The question is taken back, or was not one."""

    reason: Code
