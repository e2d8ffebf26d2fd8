"""A support need while it looks for somebody: what is asked, never why."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from wij.errors import Refusal

type NeedState = Literal["open", "proposed", "matched", "running", "fulfilled", "ended"]

LIVE_NEED: frozenset[NeedState] = frozenset({"open", "proposed", "matched", "running"})


class UnknownNeed(Refusal):
    """An event speaks of a need this service never heard of: it waits for a person (parked), nothing is guessed."""


class NeedNotOpen(Refusal):
    """Only an open need can be proposed to a volunteer; one live match at a time."""


class ConsentNotValid(Refusal):
    """A need may be shared only while the household's consent, or another legal basis, is valid (I9, PRIV-09)."""


@dataclass(frozen=True, slots=True)
class Need:
    """What a household asks for, as plan told it, and how far the search is."""

    need_id: UUID
    case_id: UUID
    household_id: UUID
    team: str
    consent_id: UUID
    kind: str
    buurt: str
    availability: int
    """56 bits, see `week`."""
    hours_week: int
    language: str | None
    certificate_required: bool
    starts_on: date
    consent_until: date
    requested_at: datetime
    state: NeedState = "open"
    reason: str | None = None
    version: int = 1

    def first_day(self, today: date) -> date:
        """The first day help could start: the day that was asked for, or today when that has passed."""
        return max(self.starts_on, today)


def check_consent(need: Need, on: date) -> None:
    """Go on, or raise `ConsentNotValid`: the need may not be shared on that day."""
    if need.consent_until < on:
        raise ConsentNotValid(
            "The household's consent to share this need does not reach the start date. Renew it first."
        )
