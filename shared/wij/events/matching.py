"""What matching tells: volunteers, proposals, and the help that runs.

A match (the proposal) and the assignment that grows out of it have one id: first `match_id`, then `assignment_id`.
"""

from datetime import date
from typing import Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from wij.events import BuurtCode, Code, Codes, Event, Part

Side = Literal["volunteer", "household", "coordinator"]


class VolunteerActivated(Event, name="volunteer.activated", about="volunteer_id"):
    """A volunteer can be asked from now on."""

    volunteer_id: UUID
    buurt: BuurtCode
    kinds: Codes


class VolunteerPaused(Event, name="volunteer.paused", about="volunteer_id"):
    """A volunteer cannot be asked for a while; what runs goes on."""

    volunteer_id: UUID
    reason: Code


class VolunteerErased(Event, name="volunteer.erased", about="volunteer_id"):
    """The volunteer is erased: paused, and helping nobody, for longer than the term (P17). Erase your copies."""

    volunteer_id: UUID


class ConductCertificateValidated(Event, name="conduct_certificate.validated", about="volunteer_id"):
    """The certificate of conduct was seen; it is valid until this day."""

    volunteer_id: UUID
    valid_until: date


class ScoreExplained(Part):
    """One component of a proposal's score, in points."""

    component: Code
    points: int


class MatchProposed(Event, name="match.proposed", about="match_id"):
    """A volunteer is asked for a need; the hours are reserved."""

    match_id: UUID
    need_id: UUID
    case_id: UUID
    household_id: UUID
    volunteer_id: UUID
    due_at: AwareDatetime
    score: tuple[ScoreExplained, ...]
    weights_version: int


class MatchAcceptedByVolunteer(Event, name="match.accepted_by_volunteer", about="match_id"):
    """The volunteer said yes."""

    match_id: UUID
    need_id: UUID
    case_id: UUID
    household_id: UUID
    volunteer_id: UUID


class MatchAcceptedByHousehold(Event, name="match.accepted_by_household", about="match_id"):
    """The household said yes."""

    match_id: UUID
    need_id: UUID
    case_id: UUID
    household_id: UUID
    volunteer_id: UUID


class MatchDeclined(Event, name="match.declined", about="match_id"):
    """One side said no, without harm; the need is open again."""

    match_id: UUID
    need_id: UUID
    case_id: UUID
    household_id: UUID
    volunteer_id: UUID
    by: Side
    reason: Code


class MatchExpired(Event, name="match.expired", about="match_id"):
    """Not both sides answered in time; the need is open again."""

    match_id: UUID
    need_id: UUID
    case_id: UUID
    household_id: UUID
    volunteer_id: UUID


class SupportNeedMatched(Event, name="support_need.matched", about="need_id"):
    """Both sides said yes."""

    need_id: UUID
    case_id: UUID
    household_id: UUID
    match_id: UUID
    waited_days: int = Field(ge=0)


class SupportNeedReopened(Event, name="support_need.reopened", about="need_id"):
    """The need looks for a volunteer again, and the coordinator hears it."""

    need_id: UUID
    case_id: UUID
    household_id: UUID
    match_id: UUID
    reason: Code


class SupportNeedFulfilled(Event, name="support_need.fulfilled", about="need_id"):
    """The help was given and is no longer needed."""

    need_id: UUID
    case_id: UUID
    household_id: UUID


class SupportNeedEnded(Event, name="support_need.ended", about="need_id"):
    """The need ended without help: withdrawn, or its case closed."""

    need_id: UUID
    case_id: UUID
    household_id: UUID
    reason: Code


class AssignmentIntroduced(Event, name="assignment.introduced", about="assignment_id"):
    """Volunteer and household met."""

    assignment_id: UUID
    need_id: UUID
    case_id: UUID
    household_id: UUID
    volunteer_id: UUID
    introduced_on: date


class AssignmentActivated(Event, name="assignment.activated", about="assignment_id"):
    """The help runs."""

    assignment_id: UUID
    need_id: UUID
    case_id: UUID
    household_id: UUID
    volunteer_id: UUID
    starts_on: date


class AssignmentEnded(Event, name="assignment.ended", about="assignment_id"):
    """The help stopped; the hours are free again."""

    assignment_id: UUID
    need_id: UUID
    case_id: UUID
    household_id: UUID
    volunteer_id: UUID
    reason: Code


class AssignmentWithdrawn(Event, name="assignment.withdrawn", about="assignment_id"):
    """One side stepped back before the help was done; the need is open again unless its case closed."""

    assignment_id: UUID
    need_id: UUID
    case_id: UUID
    household_id: UUID
    volunteer_id: UUID
    by: Side
    reason: Code
