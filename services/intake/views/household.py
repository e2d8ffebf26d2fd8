"""What may be seen of a household."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from pydantic import BaseModel


class MemberView(BaseModel):
    """Somebody in the household; `until` is the first day they no longer belong."""

    person_id: UUID
    given_name: str
    family_name: str
    birth_date: date | None
    phone: str | None
    email: str | None
    kind: str
    since: date
    until: date | None
    died_on: date | None
    suppressed: bool


class HouseholdView(BaseModel):
    """A household with its people, for those who work for it."""

    household_id: UUID
    version: int
    buurt: str
    team: str
    postcode: str
    house_number: int
    addition: str | None
    members: Sequence[MemberView]


class KnownHousehold(BaseModel):
    """That a household is known, and who directs: all that a colleague may know."""

    household_id: UUID
    case_open: bool
    director_id: UUID | None


class KnownHouseholds(BaseModel):
    """The households of the caller's team at an address."""

    items: Sequence[KnownHousehold]


class PersonView(BaseModel):
    """Whether somebody may be written to."""

    person_id: UUID
    died_on: date | None
    suppressed: bool
