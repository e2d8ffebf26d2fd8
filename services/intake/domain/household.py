"""A household and the people in it, each from a day until a day."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from services.intake.commands.household import AddMember
from wij.calendar import day_of
from wij.errors import FieldError, Invalid, Refusal
from wij.events.intake import (
    HouseholdMemberJoined,
    HouseholdMemberLeft,
    HouseholdRegistered,
    PersonContactSuppressed,
    PersonDeceased,
)


class AlreadyPrimaryElsewhere(Refusal):
    """A person has at most one primary household at any instant (I14)."""


class AlreadyMember(Refusal):
    """The person belongs to this household already."""


class NotAMember(Refusal):
    """The person does not belong to this household now."""


class DiedOnAnotherDay(Refusal):
    """A death is on record with another date."""


@dataclass(frozen=True, slots=True)
class Household:
    """A household without its address."""

    household_id: UUID
    version: int
    buurt: str
    team: str


@dataclass(frozen=True, slots=True)
class Person:
    """What the rules need to know of a person."""

    person_id: UUID
    died_on: date | None
    suppressed_since: datetime | None


@dataclass(frozen=True, slots=True)
class Membership:
    """Somebody in a household, from a day on."""

    household_id: UUID
    person_id: UUID
    kind: str
    since: date
    until: date | None = None


def register(household_id: UUID, *, buurt: str, team: str) -> tuple[Household, HouseholdRegistered]:
    """A household becomes known to the team of its neighbourhood."""
    told = HouseholdRegistered(team=team, household_id=household_id, household_version=1, buurt=buurt)
    return Household(household_id, 1, buurt, team), told


def join(
    household: Household, ask: AddMember, *, person_id: UUID, has_primary: bool, is_member: bool, now: datetime
) -> tuple[Membership, HouseholdMemberJoined]:
    """Somebody joins; the fact carries the version that the household has afterwards.

    `has_primary` and `is_member` hold for any moment from the first day on.
    """
    since = ask.since or day_of(now)
    if is_member:
        raise AlreadyMember("This person belongs to the household already.")
    if ask.kind == "primary" and has_primary:
        raise AlreadyPrimaryElsewhere(
            "This person has a primary household already; add them as secondary, or end the other membership first."
        )
    if ask.birth_date is not None and ask.birth_date > day_of(now):
        raise Invalid("A date is not right.", [FieldError("birth_date", "lies in the future")])
    told = HouseholdMemberJoined(
        team=household.team,
        household_id=household.household_id,
        household_version=household.version,
        person_id=person_id,
        membership_kind=ask.kind,
        since=since,
    )
    return Membership(household.household_id, person_id, ask.kind, since), told


def leave(household: Household, membership: Membership | None, until: date) -> tuple[Membership, HouseholdMemberLeft]:
    """Somebody leaves; `until` is the first day they no longer belong."""
    if membership is None:
        raise NotAMember("This person is not a member of the household now.")
    if until <= membership.since:
        raise Invalid("A date is not right.", [FieldError("until", "lies on or before the first day")])
    told = HouseholdMemberLeft(
        team=household.team,
        household_id=household.household_id,
        household_version=household.version,
        person_id=membership.person_id,
        until=until,
    )
    ended = Membership(membership.household_id, membership.person_id, membership.kind, membership.since, until)
    return ended, told


def record_death(person: Person, household: Household, died_on: date, now: datetime) -> PersonDeceased | None:
    """Somebody died (I27); saying it again tells nothing new."""
    if died_on > day_of(now):
        raise Invalid("A date is not right.", [FieldError("died_on", "lies in the future")])
    if person.died_on is not None:
        if person.died_on != died_on:
            raise DiedOnAnotherDay("A death is on record with another date.")
        return None
    return PersonDeceased(
        team=household.team, person_id=person.person_id, household_id=household.household_id, died_on=died_on
    )


def suppress_contact(person: Person, household: Household, now: datetime) -> PersonContactSuppressed | None:
    """Somebody does not want to be written to (I27); saying it again tells nothing new."""
    if person.suppressed_since is not None:
        return None
    return PersonContactSuppressed(
        team=household.team, person_id=person.person_id, household_id=household.household_id, since=now
    )
