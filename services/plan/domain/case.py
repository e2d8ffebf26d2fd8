"""The household's one case: joined when it is there, opened when it is not; and who works on it beside the director."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from services.plan.commands.case import Involve
from services.plan.domain.absence import StandIn, effective_director
from services.plan.domain.director import Choice, Colleague
from wij.access import Resource
from wij.errors import Refusal
from wij.events.intake import HelpRequestAccepted
from wij.events.plan import (
    CaseOpened,
    HelpRequestAttachedToCase,
    InvolvementAdded,
    InvolvementEnded,
)

CaseState = Literal["open", "on_hold", "closed"]
INSTANT = timedelta(microseconds=1)
"""The shortest time somebody can direct a case: clocks of two machines may differ, the order of directors may not."""


class CaseIsClosed(Refusal):
    """What is closed stays as it was."""


class AlreadyInvolved(Refusal):
    """Somebody is asked along once."""


class NotAWorker(Refusal):
    """Who is asked along works in one of the teams."""


class NotInvolved(Refusal):
    """Only who is involved can leave."""


class DirectorIsOnTheCase(Refusal):
    """The director is not asked along: it is their case."""


@dataclass(frozen=True, slots=True)
class Case:
    """What every decision about a case needs: ids and codes, no content."""

    case_id: UUID
    household_id: UUID
    team: str
    buurt: str
    state: CaseState
    director_id: UUID
    epoch: int
    """Counts the directors of this case; a switch names the epoch it saw (P3)."""
    directed_since: datetime
    stand_in: StandIn | None = None
    """Of the director's present or last absence."""
    involved: frozenset[UUID] = frozenset()

    def directors(self, now: datetime) -> frozenset[UUID]:
        """Who may act as director now: the director, and the deputy while the director is away."""
        return frozenset({self.director_id, effective_director(self.director_id, self.stand_in, now)})

    def resource(self, now: datetime) -> Resource:
        """The case as the access policy sees it."""
        return Resource(team=self.team, directors=self.directors(now), involved=self.involved)

    def moment(self, now: datetime) -> datetime:
        """`now`, or the first instant after the present director began."""
        return max(now, self.directed_since + INSTANT)


def must_be_open(case: Case) -> None:
    """Raises `CaseIsClosed`."""
    if case.state == "closed":
        raise CaseIsClosed("This case is closed. A new question of the household opens a new one.")


def join(case: Case, request: HelpRequestAccepted) -> HelpRequestAttachedToCase:
    """A household has one open case; asking again joins it, it never splits it (I1)."""
    return HelpRequestAttachedToCase(
        team=case.team, case_id=case.case_id, request_id=request.request_id, household_id=case.household_id
    )


def open_case(
    request: HelpRequestAccepted, choice: Choice, *, case_id: UUID, free_from: datetime | None, now: datetime
) -> tuple[Case, CaseOpened]:
    """The household's one case begins, with its one director (S4-4).

    `free_from` is when the household's last case ended: a case begins no earlier.
    """
    case = Case(
        case_id=case_id,
        household_id=request.household_id,
        team=request.team,
        buurt=request.buurt,
        state="open",
        director_id=choice.director_id,
        epoch=1,
        directed_since=max(now, free_from) if free_from else now,
    )
    return case, CaseOpened(
        team=case.team,
        case_id=case_id,
        household_id=request.household_id,
        household_version=request.household_version,
        director_id=choice.director_id,
        opened_from=request.request_id,
        director_reason=choice.reason,
    )


def involve(case: Case, ask: Involve, colleague: Colleague | None) -> InvolvementAdded:
    """Another worker joins, of whatever team; the director stays the same (S4-5)."""
    must_be_open(case)
    if colleague is None or "worker" not in colleague.roles:
        raise NotAWorker("Choose somebody who works in one of the teams.")
    if ask.worker_id == case.director_id:
        raise DirectorIsOnTheCase("This worker directs the case already.")
    if ask.worker_id in case.involved:
        raise AlreadyInvolved("This worker is involved already.")
    return InvolvementAdded(
        team=case.team, case_id=case.case_id, household_id=case.household_id, worker_id=ask.worker_id, role=ask.role
    )


def end_involvement(case: Case, worker_id: UUID) -> InvolvementEnded:
    """A worker leaves the case, and no longer sees it."""
    must_be_open(case)
    if worker_id not in case.involved:
        raise NotInvolved("This worker is not involved in the case.")
    return InvolvementEnded(team=case.team, case_id=case.case_id, household_id=case.household_id, worker_id=worker_id)
