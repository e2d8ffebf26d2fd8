"""What may be asked about a household and its people."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from services.intake.commands import Addition, Command, Day, Email, HouseNumber, Line, Phone, Postcode


class AddMember(Command):
    """Somebody belongs to the household: a new person by name, or by `person_id` one who is known already."""

    person_id: UUID | None = None
    given_name: Line | None = None
    family_name: Line | None = None
    birth_date: Day | None = None
    phone: Phone | None = None
    email: Email | None = None
    kind: Literal["primary", "secondary"] = "primary"
    since: Day | None = None
    """The first day; today when it is not given."""

    @model_validator(mode="after")
    def _new_or_known(self) -> Self:
        described = [self.given_name, self.family_name, self.birth_date, self.phone, self.email]
        if self.person_id is not None and any(part is not None for part in described):
            raise ValueError("give person_id alone for somebody who is known, or the name of a new person")
        if self.person_id is None and (self.given_name is None or self.family_name is None):
            raise ValueError("give given_name and family_name, or the person_id of somebody who is known")
        return self


class RegisterHousehold(Command):
    """A household becomes known, for the purpose of support."""

    postcode: Postcode
    house_number: HouseNumber
    addition: Addition | None = None
    members: Annotated[tuple[AddMember, ...], Field(min_length=1, max_length=20)]


class EndMembership(Command):
    """Somebody no longer belongs to the household, from the day `until` on."""

    until: Day


class SearchHouseholds(Command):
    """Is a household known at this address? Asked by POST, so that no address stands in a URL (API-03)."""

    postcode: Postcode
    house_number: HouseNumber


class RecordDeath(Command):
    """Somebody died; nobody writes to them again."""

    died_on: Day


class SuppressContact(Command):
    """Somebody does not want to be written to."""
