"""A match: first a proposal both sides may refuse without harm, then the help that runs.

The need and its live match change together, in one transaction that holds the need's row; whoever leaves, the need
looks for somebody again in that same transaction (I25). `proposal` and `assignment` hold the steps; each answers what
is true afterwards and what is told.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal, TypedDict
from uuid import UUID

from services.matching.domain.need import Need, NeedState
from wij.errors import Refusal
from wij.events import Event
from wij.events.matching import ScoreExplained, Side, SupportNeedReopened

type MatchState = Literal["proposed", "matched", "introduced", "active", "ended", "declined", "expired", "withdrawn"]
type Answer = Literal["accept", "decline"]
type AnsweringSide = Literal["volunteer", "household"]

LIVE_MATCH: frozenset[MatchState] = frozenset({"proposed", "matched", "introduced", "active"})
"""These hold the need, and the volunteer's hours."""


class UnknownMatch(Refusal):
    """An event speaks of a match this service never made."""


class NotProposed(Refusal):
    """Only a proposal can be answered: this one was answered by both, ended or expired."""


class AlreadyAnswered(Refusal):
    """Each side answers once."""


class AlreadyRecorded(Refusal):
    """This step was taken before."""


class NotBothAccepted(Refusal):
    """Nobody is introduced, and no help starts, before both sides said yes (I9)."""


class NotIntroduced(Refusal):
    """Volunteer and household meet before the help starts."""


class NotRunning(Refusal):
    """Only help that runs can be ended; what does not run yet is withdrawn."""


class MatchOver(Refusal):
    """This match is over; its history stays as it is."""


class NotYet(Refusal):
    """A meeting is recorded after it took place."""


class Ids(TypedDict):
    """What every fact about a proposal carries."""

    team: str
    match_id: UUID
    need_id: UUID
    case_id: UUID
    household_id: UUID
    volunteer_id: UUID


class RunningIds(TypedDict):
    """The same, for the help that grows out of it: the id stays, its name changes."""

    team: str
    assignment_id: UUID
    need_id: UUID
    case_id: UUID
    household_id: UUID
    volunteer_id: UUID


@dataclass(frozen=True, slots=True)
class Match:
    """One volunteer and one need."""

    match_id: UUID
    need_id: UUID
    case_id: UUID
    household_id: UUID
    team: str
    volunteer_id: UUID
    hours_week: int
    state: MatchState
    proposed_at: datetime
    due_at: datetime
    score: Sequence[ScoreExplained]
    weights_version: int
    volunteer_accepted_at: datetime | None = None
    household_accepted_at: datetime | None = None
    introduced_on: date | None = None
    starts_on: date | None = None
    ended_at: datetime | None = None
    ended_by: Side | None = None
    reason: str | None = None
    version: int = 1

    @property
    def accepted_by_both(self) -> bool:
        """Whether each may know the other: first name and contact go out from this moment, never before (I12)."""
        return self.volunteer_accepted_at is not None and self.household_accepted_at is not None

    def ids(self) -> Ids:
        """What every fact about a proposal carries."""
        return Ids(
            team=self.team,
            match_id=self.match_id,
            need_id=self.need_id,
            case_id=self.case_id,
            household_id=self.household_id,
            volunteer_id=self.volunteer_id,
        )

    def running_ids(self) -> RunningIds:
        """The same for the help that grows out of it: the id stays, its name changes."""
        return RunningIds(
            team=self.team,
            assignment_id=self.match_id,
            need_id=self.need_id,
            case_id=self.case_id,
            household_id=self.household_id,
            volunteer_id=self.volunteer_id,
        )


@dataclass(frozen=True, slots=True)
class Step:
    """What is true afterwards, and what is told."""

    need: Need
    match: Match
    told: Sequence[Event]


def check_live(match: Match) -> None:
    """Go on, or raise `MatchOver`."""
    if match.state not in LIVE_MATCH:
        raise MatchOver("This match is over.")


def step(need: Need, state: NeedState, reason: str | None = None) -> Need:
    """The need in its next state."""
    return replace(need, state=state, reason=reason, version=need.version + 1)


def over(match: Match, state: MatchState, by: Side | None, reason: str, now: datetime) -> Match:
    """The match at its end; its history stays."""
    return replace(match, state=state, ended_by=by, reason=reason, ended_at=now, version=match.version + 1)


def reopened(need: Need, over: Match, fact: Event, reason: str) -> Step:
    """The need looks for somebody again, in the same step as the end of its match."""
    again = SupportNeedReopened(
        team=need.team,
        need_id=need.need_id,
        case_id=need.case_id,
        household_id=need.household_id,
        match_id=over.match_id,
        reason=reason,
    )
    return Step(step(need, "open"), over, [fact, again])
