"""Absence with a deputy: who acts changes, who answers for the case does not."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.plan.commands.case import RecordAbsence
from services.plan.domain.director import Colleague, worker_of_team
from wij.errors import Refusal
from wij.events.plan import DirectorAbsenceEnded, DirectorAbsenceRecorded


class NotADeputyToYourself(Refusal):
    """Somebody else stands in."""


class AbsenceEndsBeforeItStarts(Refusal):
    """An absence lasts, and is not over when it is recorded."""


class AlreadyAbsent(Refusal):
    """One absence at a time."""


class DeputyIsAbsent(Refusal):
    """Who stands in is there all the time (I6)."""


class StandsInForSomebody(Refusal):
    """A deputy who goes away leaves cases without anybody; first another deputy, then the absence (I6)."""


class AbsenceIsOver(Refusal):
    """What ended cannot end again."""


@dataclass(frozen=True, slots=True)
class Absence:
    """A period in which a worker is away. `ends_at` None: nobody knows yet."""

    absence_id: UUID
    worker_id: UUID
    deputy_id: UUID
    team: str
    starts_at: datetime
    ends_at: datetime | None
    ended_at: datetime | None = None

    def overlaps(self, starts_at: datetime, ends_at: datetime | None) -> bool:
        """Whether the two periods share a moment."""
        if self.ends_at is not None and self.ends_at <= self.starts_at:
            return False
        return (ends_at is None or self.starts_at < ends_at) and (self.ends_at is None or starts_at < self.ends_at)


@dataclass(frozen=True, slots=True)
class StandIn:
    """Who acts for somebody who is away, and when."""

    deputy_id: UUID
    starts_at: datetime
    ends_at: datetime | None


def effective_director(director_id: UUID, stand_in: StandIn | None, at: datetime) -> UUID:
    """Who acts as director at this moment: the deputy while the director is away, else the director."""
    if stand_in is None or at < stand_in.starts_at or (stand_in.ends_at is not None and stand_in.ends_at <= at):
        return director_id
    return stand_in.deputy_id


def record_absence(
    ask: RecordAbsence,
    worker: Colleague,
    deputy: Colleague | None,
    around: Collection[Absence],
    *,
    absence_id: UUID,
    now: datetime,
) -> tuple[Absence, DirectorAbsenceRecorded]:
    """A worker is away and a colleague of the same team stands in for every case (I6).

    `around` holds the absences in which worker or deputy has a part.
    """
    starts_at = ask.starts_at or now
    if ask.worker_id == ask.deputy_id:
        raise NotADeputyToYourself("Choose a colleague to stand in.")
    if ask.ends_at is not None and ask.ends_at <= max(starts_at, now):
        raise AbsenceEndsBeforeItStarts("Choose an end after the start, and in the future.")
    worker_of_team(deputy, worker.team)
    for other in around:
        if not other.overlaps(starts_at, ask.ends_at):
            continue
        if other.worker_id == ask.worker_id:
            raise AlreadyAbsent("This worker is away in that time already.")
        if other.worker_id == ask.deputy_id:
            raise DeputyIsAbsent("The deputy is away in that time. Choose somebody who is there.")
        if other.deputy_id == ask.worker_id:
            raise StandsInForSomebody("This worker stands in for a colleague in that time. First find another deputy.")
    absence = Absence(absence_id, ask.worker_id, ask.deputy_id, worker.team, starts_at, ask.ends_at)
    return absence, DirectorAbsenceRecorded(
        team=worker.team,
        absence_id=absence_id,
        worker_id=ask.worker_id,
        deputy_id=ask.deputy_id,
        starts_at=starts_at,
        ends_at=ask.ends_at,
        case_count=worker.caseload,
    )


def end_absence(absence: Absence, now: datetime) -> tuple[Absence, DirectorAbsenceEnded]:
    """The worker is back, or does not go; the deputy no longer acts."""
    if absence.ended_at is not None or (absence.ends_at is not None and absence.ends_at <= now):
        raise AbsenceIsOver("This absence is over already.")
    ended = replace(absence, ends_at=max(absence.starts_at, now), ended_at=now)
    return ended, DirectorAbsenceEnded(
        team=absence.team,
        absence_id=absence.absence_id,
        worker_id=absence.worker_id,
        deputy_id=absence.deputy_id,
        ended_at=now,
    )
