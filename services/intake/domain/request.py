"""What a help request is: where it stands, how urgent it is, and why a step may be refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Literal, NamedTuple
from uuid import UUID

from wij.errors import Refusal
from wij.events import Event
from wij.events.intake import Channel, Safety, Urgency

State = Literal["received", "clarifying", "answered", "accepted", "waiting", "case_opened", "attached", "withdrawn"]

TERMINAL: frozenset[State] = frozenset({"answered", "withdrawn", "case_opened", "attached"})

MAY: Mapping[str, frozenset[State]] = MappingProxyType(
    {
        "clarified": frozenset({"received", "clarifying"}),
        "checked for safety": frozenset({"received", "clarifying", "waiting"}),
        "answered": frozenset({"received", "clarifying"}),
        "accepted": frozenset({"clarifying"}),
        "taken up": frozenset({"waiting"}),
        "withdrawn": frozenset({"received", "clarifying", "waiting"}),
    }
)
"""Which verb fits which state; the rest of the way (`case_opened`, `attached`) is told by plan."""

WEIGHT: Mapping[Urgency, int] = MappingProxyType({"low": 10, "normal": 30, "high": 60, "acute": 1000})
"""How many days of waiting an urgency is worth: a request gains one point a day, so none waits for ever."""


class OutOfTurn(Refusal):
    """This step does not fit where the request stands."""


class NotClarified(Refusal):
    """A request is accepted only when it is clear what is asked."""


class SafetyNotChecked(Refusal):
    """Nobody is accepted or waits before basic care and safety were checked (I18)."""


class AcuteNeverWaits(Refusal):
    """What is acute is taken up now (I18)."""


class AlreadyRegistered(Refusal):
    """The channel sent in this reference before."""


class NoSuchContact(Refusal):
    """The contact is not known, or no longer active (S4-2)."""

    status = 400


class Request(NamedTuple):
    """A request without its words."""

    request_id: UUID
    channel: Channel
    state: State
    team: str
    buurt: str | None
    reference: str | None
    submitted_by: UUID
    anonymous: bool
    received_at: datetime
    receipt_due_at: datetime
    due_at: datetime | None
    owner_id: UUID | None = None
    urgency: Urgency | None = None
    weight: int = 0
    topics: tuple[str, ...] = ()
    life_domains: tuple[str, ...] = ()
    safety: Safety | None = None
    household_id: UUID | None = None
    legal_basis: str | None = None
    answer_kind: str | None = None
    contact: str | None = None
    reason: str | None = None
    case_id: UUID | None = None
    version: int = 1

    @property
    def acute(self) -> bool:
        """Whether somebody must act now."""
        return "acute" in {self.urgency, self.safety}


@dataclass(frozen=True, slots=True)
class HouseholdCard:
    """What a request must know of the household it is accepted for: nothing about the people in it."""

    household_id: UUID
    version: int
    buurt: str
    team: str


type Decision = tuple[Request, Sequence[Event]]


def priority(weight: int, received_at: datetime, now: datetime) -> int:
    """0 to 100: the weight of the urgency, and a point for each day since the question came in."""
    return max(0, min(100, weight + (now - received_at).days))


def in_turn(request: Request, verb: str) -> None:
    """Go on, or raise `OutOfTurn`."""
    if request.state not in MAY[verb]:
        raise OutOfTurn(f"A request that is {request.state.replace('_', ' ')} cannot be {verb}.")
