"""Handover: offered, then accepted and switched at once, or not at all (I4). Until then the director stays."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.plan.commands.case import AcceptHandover, DeclineHandover, OfferHandover
from services.plan.domain.case import Case, end_involvement, must_be_open
from services.plan.domain.director import Colleague, worker_of_team
from wij.calendar import Unit, term_end
from wij.errors import Refusal
from wij.events import Event
from wij.events.plan import (
    DirectorHandedOver,
    HandoverDeclined,
    HandoverExpired,
    HandoverOffered,
    HandoverRevoked,
)

ANSWER_WITHIN = 3
"""Working days that an offer stands; after it the case simply stays where it is."""

HandoverState = Literal["offered", "accepted", "declined", "revoked", "expired"]


class AlreadyOffered(Refusal):
    """A case is offered to one colleague at a time."""


class DirectsAlready(Refusal):
    """A case is handed over to somebody else."""


class HandoverIsAnswered(Refusal):
    """An offer is answered once."""


class DirectorChanged(Refusal):
    """Who offered the case no longer directs it (P3)."""


class OverCaseloadLimit(Refusal):
    """Over the caseload limit only with a reason (I5)."""


@dataclass(frozen=True, slots=True)
class Handover:
    """One offer of a case from its director to a colleague."""

    handover_id: UUID
    case_id: UUID
    from_id: UUID
    to_id: UUID
    epoch: int
    """The director's period in which it was offered."""
    state: HandoverState
    due_at: datetime
    note: str | None = None
    offered_at: datetime | None = None
    answered_at: datetime | None = None
    reason: str | None = None
    over_limit_reason: str | None = None


def offer(
    case: Case,
    ask: OfferHandover,
    receiver: Colleague | None,
    pending: Handover | None,
    *,
    handover_id: UUID,
    now: datetime,
) -> tuple[Handover, HandoverOffered]:
    """Offer the case to a worker of the team.

    Raises `AlreadyOffered`, `DirectsAlready`, `NotAWorkerOfTheTeam`.
    """
    must_be_open(case)
    if pending is not None:
        raise AlreadyOffered("This case is offered to somebody already. Take that offer back first.")
    if ask.to_id == case.director_id:
        raise DirectsAlready("This worker directs the case already.")
    worker_of_team(receiver, case.team)
    handover = Handover(
        handover_id=handover_id,
        case_id=case.case_id,
        from_id=case.director_id,
        to_id=ask.to_id,
        epoch=case.epoch,
        state="offered",
        due_at=term_end(now, ANSWER_WITHIN, Unit.WORKING_DAYS),
        note=ask.note,
        offered_at=now,
    )
    return handover, HandoverOffered(
        team=case.team,
        case_id=case.case_id,
        household_id=case.household_id,
        handover_id=handover_id,
        from_id=case.director_id,
        to_id=ask.to_id,
        due_at=handover.due_at,
    )


@dataclass(frozen=True, slots=True)
class Switch:
    """The case under its new director; everything here is saved together or not at all (I4)."""

    handover: Handover
    case: Case
    told: Sequence[Event]


def accept(case: Case, handover: Handover, ask: AcceptHandover, receiver: Colleague | None, *, now: datetime) -> Switch:
    """The receiver takes over, from this moment and whole; being involved ends by becoming the director.

    Raises `HandoverIsAnswered`, `DirectorChanged`, `NotAWorkerOfTheTeam`, `OverCaseloadLimit` (I5).
    """
    must_be_open(case)
    _must_be_offered(handover)
    if handover.epoch != case.epoch or handover.from_id != case.director_id:
        raise DirectorChanged("Who offered you this case no longer directs it.")
    if worker_of_team(receiver, case.team).at_limit and ask.over_limit_reason is None:
        raise OverCaseloadLimit(
            "You are at your caseload limit. Say in `over_limit_reason` why you take this case too."
        )
    at = case.moment(now)
    told: list[Event] = [end_involvement(case, handover.to_id)] if handover.to_id in case.involved else []
    told.append(
        DirectorHandedOver(
            team=case.team,
            case_id=case.case_id,
            household_id=case.household_id,
            handover_id=handover.handover_id,
            from_id=handover.from_id,
            to_id=handover.to_id,
            at=at,
        )
    )
    return Switch(
        handover=replace(handover, state="accepted", answered_at=now, over_limit_reason=ask.over_limit_reason),
        case=replace(
            case,
            director_id=handover.to_id,
            epoch=case.epoch + 1,
            directed_since=at,
            stand_in=None,
            involved=case.involved - {handover.to_id},
        ),
        told=told,
    )


def decline(case: Case, handover: Handover, ask: DeclineHandover, now: datetime) -> tuple[Handover, HandoverDeclined]:
    """The colleague says no; nothing changes."""
    _must_be_offered(handover)
    declined = replace(handover, state="declined", answered_at=now, reason=ask.reason)
    return declined, HandoverDeclined(
        team=case.team,
        case_id=case.case_id,
        household_id=case.household_id,
        handover_id=handover.handover_id,
        from_id=handover.from_id,
        to_id=handover.to_id,
        reason=ask.reason,
    )


def revoke(handover: Handover, case: Case, now: datetime) -> tuple[Handover, HandoverRevoked]:
    """The offer is taken back, or its case closes."""
    _must_be_offered(handover)
    return replace(handover, state="revoked", answered_at=now), HandoverRevoked(
        team=case.team,
        case_id=case.case_id,
        household_id=case.household_id,
        handover_id=handover.handover_id,
        from_id=handover.from_id,
        to_id=handover.to_id,
    )


def expire(handover: Handover, case: Case, now: datetime) -> tuple[Handover, HandoverExpired] | None:
    """Nobody answered in time; an offer that was answered meanwhile is left as it is."""
    if handover.state != "offered":
        return None
    return replace(handover, state="expired", answered_at=now), HandoverExpired(
        team=case.team,
        case_id=case.case_id,
        household_id=case.household_id,
        handover_id=handover.handover_id,
        from_id=handover.from_id,
        to_id=handover.to_id,
    )


def _must_be_offered(handover: Handover) -> None:
    if handover.state != "offered":
        raise HandoverIsAnswered(f"This handover was {handover.state} already.")
