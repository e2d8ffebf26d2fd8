"""Who directs a new case: specialism first, then room, then who knows the household already."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from wij.errors import Refusal

Reason = Literal["specialism", "lowest_caseload", "no_worker_available", "over_caseload_limit"]


class NobodyInTeam(Refusal):
    """A case needs a director, and the team has nobody who could be one."""


class NotAWorkerOfTheTeam(Refusal):
    """A director, or who stands in for one, is an active worker of the case's team (I5)."""


@dataclass(frozen=True, slots=True)
class Colleague:
    """A member of a team, as the choice of a director sees them."""

    worker_id: UUID
    team: str
    roles: frozenset[str]
    specialisms: frozenset[str] = frozenset()
    caseload_limit: int = 0
    caseload: int = 0
    absent: bool = False

    @property
    def at_limit(self) -> bool:
        """Whether one more case would be over the limit."""
        return self.caseload >= self.caseload_limit


@dataclass(frozen=True, slots=True)
class Choice:
    """A director, and why this one; the reason is a code and goes into the event."""

    director_id: UUID
    reason: Reason


def choose_director(team: Collection[Colleague], topics: Collection[str], accepted_by: UUID) -> Choice:
    """Exactly one director for a new case; the same facts give the same answer.

    A present worker under the caseload limit (I5), best with a specialism the question asks for, then the lowest load,
    then who accepted the request, then the lowest id. Nobody free: a process lead, present if possible. No process
    lead: the worker with the lowest load, over the limit, with that as the reason. Nobody at all: `NobodyInTeam`.
    """
    workers = [colleague for colleague in team if "worker" in colleague.roles and not colleague.absent]
    if free := [colleague for colleague in workers if not colleague.at_limit]:
        specialists = [colleague for colleague in free if not colleague.specialisms.isdisjoint(topics)]
        best = min(
            specialists or free,
            key=lambda c: (c.caseload / c.caseload_limit, c.worker_id != accepted_by, c.worker_id),
        )
        return Choice(best.worker_id, "specialism" if specialists else "lowest_caseload")
    if leads := [colleague for colleague in team if "process_lead" in colleague.roles]:
        lead = min(leads, key=lambda c: (c.absent, c.caseload, c.worker_id))
        return Choice(lead.worker_id, "no_worker_available")
    if workers:
        least = min(workers, key=lambda c: (c.caseload, c.worker_id != accepted_by, c.worker_id))
        return Choice(least.worker_id, "over_caseload_limit")
    raise NobodyInTeam("The team has no worker who is there and no process lead, so this case would have no director.")


def worker_of_team(colleague: Colleague | None, team: str) -> Colleague:
    """The colleague, if they are an active worker of this team; otherwise `NotAWorkerOfTheTeam`."""
    if colleague is None or colleague.team != team or "worker" not in colleague.roles:
        raise NotAWorkerOfTheTeam("Choose somebody who works in the team of this case.")
    return colleague
