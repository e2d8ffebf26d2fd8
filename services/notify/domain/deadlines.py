"""Terms: which event starts one, which ends it, and when people must hear of it (PRIV-14, I26, I28). Pure.

A term is met or not, whatever order events from different services arrive in: an end that comes first leaves it ended.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple
from uuid import UUID

from wij import calendar
from wij.calendar import Unit
from wij.events import Cause, Event, Recorded, intake, matching, notify, plan

type Threshold = tuple[str, Literal["approaching", "passed"], datetime]


@dataclass(frozen=True, slots=True)
class Starts:
    """A term that an event starts: `due` names the event's own date, without it policy counts from `since`."""

    term: str
    subject: str
    due: str = ""
    since: str = ""


@dataclass(frozen=True, slots=True)
class Ends:
    """A term that an event ends: of one subject, or (`case_id`) of a whole case; no term means all of them."""

    term: str
    by: str


STARTS: Mapping[type[Event], tuple[Starts, ...]] = {
    intake.HelpRequestReceived: (
        Starts("receipt", "request_id", since="received_at"),
        Starts("investigation", "request_id", since="received_at"),
    ),
    intake.HelpRequestWaitlisted: (Starts("waiting", "request_id", due="due_at"),),
    plan.HandoverOffered: (Starts("handover", "handover_id", due="due_at"),),
    plan.ReviewPlanned: (Starts("review", "review_id", due="due_at"),),
    plan.ActionAgreed: (Starts("action", "action_id", due="due_at"),),
    matching.MatchProposed: (Starts("match", "match_id", due="due_at"),),
}

_SOMEBODY_TOOK_IT_UP = (Ends("receipt", "request_id"),)
_REQUEST_IS_OVER = tuple(Ends(term, "request_id") for term in ("receipt", "investigation", "waiting"))

ENDS: Mapping[type[Event], tuple[Ends, ...]] = {
    intake.HelpRequestClarified: _SOMEBODY_TOOK_IT_UP,
    intake.HelpRequestWaitlisted: _SOMEBODY_TOOK_IT_UP,
    intake.HelpRequestAccepted: (*_SOMEBODY_TOOK_IT_UP, Ends("waiting", "request_id")),
    intake.HelpRequestAnswered: _REQUEST_IS_OVER,
    intake.HelpRequestWithdrawn: _REQUEST_IS_OVER,
    plan.HandoverDeclined: (Ends("handover", "handover_id"),),
    plan.HandoverRevoked: (Ends("handover", "handover_id"),),
    plan.HandoverExpired: (Ends("handover", "handover_id"),),
    plan.DirectorHandedOver: (Ends("handover", "handover_id"),),
    plan.PlanActivated: (Ends("investigation", "case_id"),),
    plan.ReviewHeld: (Ends("review", "review_id"), Ends("investigation", "case_id")),
    plan.ReviewCancelled: (Ends("review", "review_id"),),
    plan.ActionDone: (Ends("action", "action_id"),),
    plan.CaseClosed: (Ends("", "case_id"),),
    matching.SupportNeedMatched: (Ends("match", "match_id"),),
    matching.MatchDeclined: (Ends("match", "match_id"),),
    matching.MatchExpired: (Ends("match", "match_id"),),
    matching.AssignmentWithdrawn: (Ends("match", "assignment_id"),),
}

BELONGS: Mapping[type[Event], str] = {
    plan.CaseOpened: "opened_from",
    plan.HelpRequestAttachedToCase: "request_id",
}
"""Events that say which case a request became part of: its investigation goes on there."""

MET_BY_SENDING: Mapping[str, str] = {"receipt": "receipt"}
"""The term that is met when a mail is sent, by its template: the receipt is the confirmation the Wmo asks for."""


@dataclass(frozen=True, slots=True)
class Policy:
    """How long a term lasts, and when it is told; a municipality's data, not ours."""

    term: str
    amount: int | None
    """None: the event brings its own date."""
    unit: Unit
    thresholds: Sequence[tuple[str, Literal["approaching", "passed"], int, Unit]]
    """Code, kind, and how long after (negative: before) the due date."""

    def due(self, since: datetime) -> datetime:
        """When a term that starts then is over."""
        assert self.amount is not None, f"the policy for {self.term} has no length"
        return calendar.term_end(since, self.amount, self.unit)

    def moments(self, due_at: datetime) -> Sequence[Threshold]:
        """When people must hear of it."""
        return [(code, kind, calendar.moved(due_at, amount, unit)) for code, kind, amount, unit in self.thresholds]


class Started(NamedTuple):
    """A term that runs; without `due_at` we only know yet to which case it belongs."""

    term: str
    subject_id: UUID
    household_id: UUID | None
    case_id: UUID | None
    team: str
    due_at: datetime | None
    moments: Sequence[Threshold]
    cause: Cause


class Ended(NamedTuple):
    """A term, or (empty) every term, of a subject or of a whole case that is over."""

    term: str
    subject_id: UUID | None
    case_id: UUID | None
    at: datetime
    by: str
    team: str
    cause: Cause

    @property
    def whole_case(self) -> bool:
        """Whether it ends every term of a case."""
        return not self.term


def starts_something(event: Recorded[Any]) -> bool:
    """Whether a term begins with this event, so that its policy must be known."""
    return type(event.fact) in STARTS


def started(event: Recorded[Any], policies: Mapping[str, Policy]) -> list[Started]:
    """The terms this event starts, or gives a case."""
    fact = event.fact
    made = []
    for start in STARTS.get(type(fact), ()):
        policy = policies[start.term]
        due: datetime = getattr(fact, start.due) if start.due else policy.due(getattr(fact, start.since))
        made.append(_started(event, start.term, getattr(fact, start.subject), due, policy.moments(due)))
    if type(fact) in BELONGS:
        made.append(_started(event, "investigation", getattr(fact, BELONGS[type(fact)]), None, ()))
    return made


def put_together(terms: Iterable[Started]) -> list[Started]:
    """One of each term and subject: what several events say of it, where the first to know something is believed."""
    whole: dict[tuple[str, UUID], Started] = {}
    for one in terms:
        first = whole.setdefault((one.term, one.subject_id), one)
        if first is not one:
            whole[one.term, one.subject_id] = first._replace(
                household_id=first.household_id or one.household_id,
                case_id=first.case_id or one.case_id,
                due_at=first.due_at or one.due_at,
                moments=first.moments or one.moments,
            )
    return list(whole.values())


def _started(
    event: Recorded[Any], term: str, subject: UUID, due: datetime | None, moments: Sequence[Threshold]
) -> Started:
    household, case = event.fact.get("household_id"), event.fact.get("case_id")
    return Started(term, subject, household, case, event.fact.team, due, moments, event)


def ended(event: Recorded[Any]) -> list[Ended]:
    """The terms this event ends."""
    fact = event.fact
    made = []
    for end in ENDS.get(type(fact), ()):
        id_: UUID = getattr(fact, end.by)
        subject, case = (None, id_) if end.by == "case_id" else (id_, None)
        made.append(Ended(end.term, subject, case, event.recorded_at, fact.name, fact.team, event))
    return made


@dataclass(frozen=True, slots=True)
class Reached:
    """A moment of a term that the database's clock has passed."""

    deadline_id: UUID
    term: str
    subject_id: UUID
    household_id: UUID | None
    team: str
    due_at: datetime
    threshold: str
    kind: Literal["approaching", "passed"]
    at: datetime
    cause: Cause


def tell(reached: Reached, now: datetime) -> Event | None:
    """The event for a moment that was reached; nothing when it says `approaching` and the term is over already."""
    if reached.kind == "approaching" and reached.due_at <= now:
        return None
    event = notify.DeadlinePassed if reached.kind == "passed" else notify.DeadlineApproaching
    return event(
        deadline_id=reached.deadline_id,
        subject_id=reached.subject_id,
        household_id=reached.household_id,
        team=reached.team,
        term=reached.term,
        threshold=reached.threshold,
        due_at=reached.due_at,
    )
