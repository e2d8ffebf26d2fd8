"""What may be seen of matching, and by whom. A field that is not here is not shown."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from wij.events.matching import ScoreExplained, Side

NeedStateName = Literal["open", "proposed", "matched", "running", "fulfilled", "ended"]
MatchStateName = Literal["proposed", "matched", "introduced", "active", "ended", "declined", "expired", "withdrawn"]


class View(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, serialize_by_alias=True)


class SlotView(View):
    """A part of a week day; day 0 is Monday."""

    day: int
    start: int = Field(alias="from")
    end: int = Field(alias="to")


class VolunteerView(View):
    """A volunteer, for the coordinators of their own team."""

    volunteer_id: UUID
    version: int
    team: str
    state: Literal["active", "paused"]
    given_name: str
    family_name: str
    email: str | None
    phone: str | None
    buurt: str
    x: int | None
    y: int | None
    max_distance_m: int
    kinds: Sequence[str]
    languages: Sequence[str]
    availability: Sequence[SlotView]
    hours_week: int
    reserved_hours: int
    certificate_valid_until: date | None
    household_id: UUID | None
    reference: str | None


class ExclusionView(View):
    """Two who must not meet."""

    volunteer_id: UUID
    household_id: UUID


class NeedView(View):
    """What is asked; `case_id` only for those who work on the case."""

    need_id: UUID
    version: int
    household_id: UUID
    case_id: UUID | None
    team: str
    state: NeedStateName
    reason: str | None
    kind: str
    buurt: str
    availability: Sequence[SlotView]
    hours_week: int
    language: str | None
    certificate_required: bool
    starts_on: date
    requested_at: datetime
    match_id: UUID | None
    """The live match, if there is one."""


class CandidateView(View):
    """A volunteer who can help: a first name, points, and why, in words; the team says whose coordinator knows them."""

    volunteer_id: UUID
    given_name: str
    team: str
    points: int
    reasons: Sequence[str]
    score: Sequence[ScoreExplained]


class RefusedCount(View):
    """How many volunteers miss a hard condition; each counts once, at the first they miss."""

    condition: str
    words: str
    count: int


class CandidatesView(View):
    """The best candidates, and why nobody else."""

    need_id: UUID
    weights_version: int
    items: Sequence[CandidateView]
    refused_counts: Sequence[RefusedCount]


class MatchView(View):
    """A proposal, or the help that grew out of it. Those on the case see the first name after both sides said yes."""

    match_id: UUID
    version: int
    need_id: UUID
    household_id: UUID
    team: str
    volunteer_id: UUID
    given_name: str | None
    state: MatchStateName
    proposed_at: datetime
    due_at: datetime
    volunteer_accepted: bool
    household_accepted: bool
    introduced_on: date | None
    starts_on: date | None
    ended_at: datetime | None
    ended_by: Side | None
    reason: str | None
    points: int
    score: Sequence[ScoreExplained]
    weights_version: int


class AskedOfVolunteer(View):
    """All a volunteer may know before both sides said yes (I12): what, when, roughly where, since when. Never who."""

    kind: str
    kind_words: str
    hours_week: int
    starts_on: date
    times: Sequence[SlotView]
    times_words: Sequence[str]
    buurt: str
    neighbourhood: str
    distance_words: str | None
    answer_before: datetime


class AnswerNoted(View):
    """What the volunteer said, as we wrote it down."""

    answer: Literal["accept", "decline"]


class ContactItem(View):
    """How to reach a volunteer now, or the link by which they answer one proposal."""

    kind: Literal["volunteer", "answer_link"]
    id: UUID
    given_name: str | None = None
    email: str | None = None
    phone: str | None = None
    link: str | None = None


class ContactsView(View):
    """What was found; what is not there is left out."""

    items: Sequence[ContactItem]
