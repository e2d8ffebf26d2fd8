"""A volunteer: what they offer, when, how far, and for how many hours a week."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal
from uuid import UUID

from wij.errors import Refusal
from wij.events import Event
from wij.events.matching import ConductCertificateValidated, VolunteerActivated, VolunteerPaused

type VolunteerState = Literal["active", "paused"]


class ReferenceTaken(Refusal):
    """The organisation's own number names one volunteer of the team; a change goes through an edit (PUT)."""


class AlreadyActive(Refusal):
    """This volunteer can be asked already."""


class AlreadyPaused(Refusal):
    """This volunteer is not asked already."""


class HoursInUse(Refusal):
    """A volunteer's hours cannot drop below what is reserved or running (I10)."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a volunteer tells about themselves, and may change."""

    given_name: str
    family_name: str
    email: str | None
    phone: str | None
    buurt: str
    x: int | None
    y: int | None
    """Home in Rijksdriehoek metres; None stands for the middle of the neighbourhood."""
    max_distance_m: int
    kinds: tuple[str, ...]
    languages: tuple[str, ...]
    availability: int
    """56 bits, see `week`."""
    hours_week: int
    household_id: UUID | None
    """The household they belong to themselves, if it is known here (S3-5)."""


@dataclass(frozen=True, slots=True)
class Volunteer:
    """One volunteer of one team."""

    volunteer_id: UUID
    team: str
    profile: Profile
    certificate_valid_until: date | None = None
    reference: str | None = None
    state: VolunteerState = "active"
    reserved_hours: int = 0
    """Hours of proposals and running help; PostgreSQL keeps the sum."""
    version: int = 1


def register(volunteer: Volunteer) -> list[Event]:
    """A volunteer can be asked from now on; what was seen of the certificate is told too."""
    told = _can_be_asked(volunteer)
    if volunteer.certificate_valid_until is not None:
        told += _certificate_seen(volunteer, volunteer.certificate_valid_until)
    return told


def edit(volunteer: Volunteer, profile: Profile) -> Volunteer:
    """A new profile; raises `HoursInUse` when less is offered than is promised already."""
    if profile.hours_week < volunteer.reserved_hours:
        raise HoursInUse("More hours than that are reserved or running. End or withdraw a match first.")
    return replace(volunteer, profile=profile, version=volunteer.version + 1)


def pause(volunteer: Volunteer, reason: str) -> tuple[Volunteer, list[Event]]:
    """Not asked for a while; what runs goes on."""
    if volunteer.state == "paused":
        raise AlreadyPaused("This volunteer is paused already.")
    fact = VolunteerPaused(team=volunteer.team, volunteer_id=volunteer.volunteer_id, reason=reason)
    return replace(volunteer, state="paused", version=volunteer.version + 1), [fact]


def activate(volunteer: Volunteer) -> tuple[Volunteer, list[Event]]:
    """Asked again from now on."""
    if volunteer.state == "active":
        raise AlreadyActive("This volunteer is active already.")
    active = replace(volunteer, state="active", version=volunteer.version + 1)
    return active, _can_be_asked(active)


def certify(volunteer: Volunteer, valid_until: date) -> tuple[Volunteer, list[Event]]:
    """The certificate of conduct was seen."""
    seen = replace(volunteer, certificate_valid_until=valid_until, version=volunteer.version + 1)
    return seen, _certificate_seen(seen, valid_until)


def _can_be_asked(volunteer: Volunteer) -> list[Event]:
    profile = volunteer.profile
    return [
        VolunteerActivated(
            team=volunteer.team, volunteer_id=volunteer.volunteer_id, buurt=profile.buurt, kinds=profile.kinds
        )
    ]


def _certificate_seen(volunteer: Volunteer, valid_until: date) -> list[Event]:
    return [
        ConductCertificateValidated(team=volunteer.team, volunteer_id=volunteer.volunteer_id, valid_until=valid_until)
    ]
