"""What notify knows of cases, deputies, matches and needs while it hears events, one after the other. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from wij.events import Event, matching, plan


@dataclass(frozen=True, slots=True)
class KnownCase:
    """A case as notify remembers it."""

    case_id: UUID
    household_id: UUID
    director_id: UUID
    involved: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Absence:
    """A period in which somebody acts for a worker."""

    absence_id: UUID
    worker_id: UUID
    deputy_id: UUID
    starts_at: datetime
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class Known:
    """What is known while a batch of events is heard; `hear` moves it on, event by event."""

    cases: dict[UUID, KnownCase] = field(default_factory=dict)
    open_case_of: dict[UUID, UUID] = field(default_factory=dict)
    """Household to its open case."""
    absences: dict[UUID, list[Absence]] = field(default_factory=dict)
    """Worker to absences."""
    facts: dict[UUID, Mapping[str, Any]] = field(default_factory=dict)
    """What a match or a need adds to an event about it: which volunteer, what kind of help, how many hours."""

    def hear(self, fact: Event) -> None:  # noqa: C901  # one case for each kind of event, and nothing else
        """Know what this event says from here on, as the tables do (`projection.sql`); said again, nothing changes."""
        match fact:
            case plan.CaseOpened():
                opened = KnownCase(fact.case_id, fact.household_id, fact.director_id)
                if self.cases.setdefault(fact.case_id, opened) is opened:
                    self.open_case_of[fact.household_id] = fact.case_id
            case plan.DirectorHandedOver():
                self._change(fact.case_id, lambda case: replace(case, director_id=fact.to_id))
            case plan.CaseClosed():
                if self.open_case_of.get(fact.household_id) == fact.case_id:
                    del self.open_case_of[fact.household_id]
            case plan.InvolvementAdded():
                self._change(fact.case_id, lambda case: replace(case, involved=case.involved | {fact.worker_id}))
            case plan.InvolvementEnded():
                self._change(fact.case_id, lambda case: replace(case, involved=case.involved - {fact.worker_id}))
            case plan.DirectorAbsenceRecorded():
                away = Absence(fact.absence_id, fact.worker_id, fact.deputy_id, fact.starts_at, fact.ends_at)
                theirs = self.absences.setdefault(fact.worker_id, [])
                if all(one.absence_id != away.absence_id for one in theirs):
                    theirs.append(away)
                    theirs.sort(key=lambda one: one.starts_at, reverse=True)
            case plan.DirectorAbsenceEnded():
                self.absences[fact.worker_id] = [
                    replace(one, ends_at=fact.ended_at) if one.absence_id == fact.absence_id else one
                    for one in self.absences.get(fact.worker_id, ())
                ]
            case plan.SupportNeedRequested():
                self.facts.setdefault(fact.need_id, {"kind": fact.kind, "hours_week": fact.hours_week})
            case matching.MatchProposed():
                self.facts.setdefault(fact.match_id, {"volunteer_id": fact.volunteer_id})

    def _change(self, case_id: UUID, change: Callable[[KnownCase], KnownCase]) -> None:
        if case_id in self.cases:
            self.cases[case_id] = change(self.cases[case_id])

    def case_of(self, event: Event) -> KnownCase | None:
        """The case the event is about, or the open case of its household."""
        household: UUID | None = event.get("household_id")
        case_id: UUID | None = event.get("case_id")
        if case_id is None and household is not None:
            case_id = self.open_case_of.get(household)
        return self.cases.get(case_id) if case_id else None

    def acting_for(self, worker: UUID, at: datetime) -> UUID:
        """Who acts as this director at that moment."""
        for absence in self.absences.get(worker, ()):
            if absence.starts_at <= at and (absence.ends_at is None or at < absence.ends_at):
                return absence.deputy_id
        return worker
