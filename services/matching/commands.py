"""What may be asked of matching."""

from datetime import date
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from wij.events import BuurtCode, Code, Codes, TeamCode
from wij.events.matching import Side
from wij.events.plan import HelpKind

Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Email = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)]
Phone = Annotated[str, StringConstraints(strip_whitespace=True, pattern=r"^\+?[0-9][0-9 ()-]{5,18}$")]
Metres = Annotated[int, Field(ge=-10_000, le=700_000, description="Rijksdriehoek coordinate, in metres")]


class Command(BaseModel):
    """Something a person asks; a field we do not know is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Slot(Command):
    """A part of a week day (0 is Monday), from hour to hour; only whole blocks of three hours count (0-3, 3-6, …)."""

    day: int = Field(ge=0, le=6)
    start: int = Field(ge=0, le=24, alias="from")
    end: int = Field(ge=0, le=24, alias="to")

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.start >= self.end:
            raise ValueError("`to` must be later than `from`; a night is two parts, one on each day")
        return self


class EditVolunteer(Command):
    """Everything a volunteer tells about themselves, as it is from now on."""

    given_name: Line
    family_name: Line
    email: Email | None = None
    phone: Phone | None = None
    buurt: BuurtCode
    x: Metres | None = None
    y: Metres | None = None
    """Where they live; without it, the middle of the neighbourhood."""
    max_distance_m: int = Field(ge=100, le=15_000)
    kinds: Annotated[tuple[HelpKind, ...], Field(min_length=1, max_length=7)]
    languages: Annotated[Codes, Field(max_length=20)] = ()
    availability: tuple[Slot, ...] = Field(min_length=1, max_length=56)
    hours_week: int = Field(ge=1, le=40)
    household_id: UUID | None = None
    """Their own household, if it is known to the team: nobody is matched with their own (S3-5)."""

    @model_validator(mode="after")
    def _whole_point(self) -> Self:
        if (self.x is None) != (self.y is None):
            raise ValueError("give both x and y, or neither")
        return self


class RegisterVolunteer(EditVolunteer):
    """Somebody of the neighbourhood offers help."""

    team: TeamCode
    certificate_valid_until: date | None = None
    reference: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{0,39}$")] | None = None
    """The organisation's own number: registering it again with the same content changes nothing."""


class PauseVolunteer(Command):
    """Do not ask this volunteer for a while."""

    reason: Code


class RecordCertificate(Command):
    """A certificate of conduct was seen."""

    valid_until: date


class Exclude(Command):
    """These two must not meet."""

    volunteer_id: UUID
    household_id: UUID


class Propose(Command):
    """Ask this volunteer."""

    volunteer_id: UUID


class AnswerProposal(Command):
    """What one side says to a proposal; a no may give a reason."""

    answer: Literal["accept", "decline"]
    reason: Code | None = None


class RecordIntroduction(Command):
    """Volunteer and household met."""

    introduced_on: date


class ActivateAssignment(Command):
    """The help runs from this day."""

    starts_on: date


class EndAssignment(Command):
    """The help stops."""

    reason: Code
    fulfilled: bool
    """True when the household no longer needs it; otherwise the search starts again."""


class WithdrawMatch(Command):
    """Somebody steps back."""

    by: Side
    reason: Code


class ResolveContacts(Command):
    """Whom a message goes to, asked by notify at the moment it sends; each link is made at that moment."""

    volunteers: tuple[UUID, ...] = Field((), max_length=500)
    answer_links: tuple[UUID, ...] = Field((), max_length=500, description="matches")
