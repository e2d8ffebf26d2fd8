"""The case: its director, who stands in, who is involved, and its end."""

from typing import Literal
from uuid import UUID

from services.plan.commands import Command, Moment, Words
from wij.events import Code

CloseReason = Literal["goals_reached", "self_reliant", "moved_away", "declined_help", "transferred", "deceased"]
GoalOutcome = Literal["reached", "partly_reached", "dropped"]


class OfferHandover(Command):
    """Offer the case to a colleague; the note is for them to decide on."""

    to_id: UUID
    note: Words | None = None


class AcceptHandover(Command):
    """Take the case over; who is at the caseload limit says why it can be done all the same (I5)."""

    over_limit_reason: Words | None = None


class DeclineHandover(Command):
    """Say no to a case that was offered."""

    reason: Code


class RecordAbsence(Command):
    """A worker is away from `starts_at` (now) to `ends_at` (unknown); the deputy acts."""

    worker_id: UUID
    deputy_id: UUID
    starts_at: Moment | None = None
    ends_at: Moment | None = None


class Involve(Command):
    """Ask a colleague along; the direction stays where it is."""

    worker_id: UUID
    role: Code


class GoalResult(Command):
    """How one goal ended."""

    goal_id: UUID
    outcome: GoalOutcome


class CloseCase(Command):
    """End the case: why, and what became of every goal of its plan."""

    reason: CloseReason
    goals: tuple[GoalResult, ...] = ()
    note: Words | None = None
