"""What intake tells: requests, households, persons, workers and team areas."""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from wij.events import BuurtCode, Code, Codes, Event, Part, TeamCode

Channel = Literal["stip", "cjg", "zorgloket", "website", "wij_location", "partner", "signal"]
Urgency = Literal["low", "normal", "high", "acute"]
Safety = Literal["none", "concern", "acute"]


class HelpRequestReceived(Event, name="help_request.received", about="request_id"):
    """A question came in at a channel (S4-1). The receipt is due from this moment."""

    request_id: UUID
    channel: Channel
    buurt: BuurtCode | None
    received_at: AwareDatetime
    anonymous: bool


class HelpRequestClarified(Event, name="help_request.clarified", about="request_id"):
    """The question behind the question was found; only its categories are told."""

    request_id: UUID
    topics: Codes
    life_domains: Codes
    urgency: Urgency


class HelpRequestSafetyChecked(Event, name="help_request.safety_checked", about="request_id"):
    """Basic care and safety were checked (1G1P1R, phase 1); the content stays with intake."""

    request_id: UUID
    result: Safety


class HelpRequestAnswered(Event, name="help_request.answered", about="request_id"):
    """The question was answered without a case: information, a contact pointed out, or a general provision."""

    request_id: UUID
    answer_kind: Literal["info", "contact_pointed", "general_provision"]
    contact: Code | None


class HelpRequestWaitlisted(Event, name="help_request.waitlisted", about="request_id"):
    """The request will become a case when there is room; it waits by priority, then by age."""

    request_id: UUID
    household_id: UUID
    priority: int = Field(ge=0, le=100)
    due_at: AwareDatetime


class HelpRequestAccepted(Event, name="help_request.accepted", about="request_id"):
    """The team takes the request up for this household: `plan` opens the one case or joins it."""

    request_id: UUID
    household_id: UUID
    household_version: int
    buurt: BuurtCode
    urgency: Urgency
    topics: Codes
    legal_basis: Code
    accepted_by: UUID


class HelpRequestUndirected(Event, name="help_request.undirected", about="request_id"):
    """The request was accepted a minute ago and has no case yet, so its household has no director. Told once."""

    request_id: UUID
    household_id: UUID
    accepted_by: UUID
    accepted_at: AwareDatetime


class HelpRequestWithdrawn(Event, name="help_request.withdrawn", about="request_id"):
    """The requester took the question back, or it turned out not to be one."""

    request_id: UUID
    reason: Code


class HelpRequestErased(Event, name="help_request.erased", about="request_id"):
    """What the question said is erased: its term passed, or that of the case it became (P17). Erase your copies."""

    request_id: UUID
    household_id: UUID | None


class HouseholdRegistered(Event, name="household.registered", about="household_id"):
    """A household became known, for the purpose of support."""

    household_id: UUID
    household_version: int
    buurt: BuurtCode


class HouseholdMemberJoined(Event, name="household.member_joined", about="household_id"):
    """A person belongs to the household from this day."""

    household_id: UUID
    household_version: int
    person_id: UUID
    membership_kind: Literal["primary", "secondary"]
    since: date


class HouseholdMemberLeft(Event, name="household.member_left", about="household_id"):
    """A person no longer belongs to the household from this day."""

    household_id: UUID
    household_version: int
    person_id: UUID
    until: date


class HouseholdErased(Event, name="household.erased", about="household_id"):
    """The household, and its people who belong to no other, are erased: their term passed (P17). Erase your copies."""

    household_id: UUID


class PersonDeceased(Event, name="person.deceased", about="person_id"):
    """A person died; nobody writes to them again."""

    person_id: UUID
    household_id: UUID | None
    died_on: date


class PersonContactSuppressed(Event, name="person.contact_suppressed", about="person_id"):
    """A person does not want to be written to, from this moment."""

    person_id: UUID
    household_id: UUID | None
    since: AwareDatetime


class Place(Part):
    """The middle of a neighbourhood in Rijksdriehoek coordinates (metres): a place, not an address."""

    buurt: BuurtCode
    x: int
    y: int


class TeamAreaChanged(Event, name="team_area.changed", about="team_id"):
    """From this moment the team answers for these neighbourhoods, and only these (S4-8)."""

    team_id: UUID
    places: tuple[Place, ...]
    valid_from: AwareDatetime


class TeamActivated(Event, name="team.activated", about="team_id"):
    """The team receives requests from this moment; before it, its requests go to the fallback team (S4-13)."""

    team_id: UUID
    active_from: AwareDatetime
    fallback: TeamCode | None


class WorkerJoinedTeam(Event, name="worker.joined_team", about="worker_id"):
    """A worker belongs to this team and to no other from this moment; sent again when role or limit changes."""

    worker_id: UUID
    roles: Codes
    specialisms: Codes
    caseload_limit: int = Field(ge=0)
    valid_from: AwareDatetime


class WorkerLeftTeam(Event, name="worker.left_team", about="worker_id"):
    """A worker no longer works in the team."""

    worker_id: UUID
    valid_until: AwareDatetime
