"""The hard conditions between a volunteer and a need, each with its name, its words and its rule, in a fixed order.

Points never make up for one that is not met. PostgreSQL asks the same of all volunteers at once (`candidates_of_needs`)
so that only those who can help are scored; a test holds the two together.
"""

import math
from collections.abc import Callable, Sequence
from datetime import date
from typing import ClassVar, NamedTuple
from uuid import UUID

from services.matching.domain.need import Need
from wij.errors import Refusal


class Standing(NamedTuple):
    """What one volunteer is to one need: the numbers that decide, and no home, contact or household."""

    volunteer_id: UUID
    given_name: str
    team: str
    """The team whose coordinators know the volunteer; it decides nothing."""
    active: bool
    offers_kind: bool
    shared: int
    """The blocks of the week both have, 56 bits."""
    speaks: bool
    certificate_valid_until: date | None
    hours_week: int
    reserved_hours: int
    max_distance_m: int
    distance_squared: int | None
    """Square metres between home and the middle of the need's neighbourhood; None when one is not on the map."""
    own_household: bool
    excluded: bool
    declined_before: bool
    helped_before: bool

    @property
    def distance_m(self) -> int | None:
        """Whole metres, rounded down."""
        return None if self.distance_squared is None else math.isqrt(self.distance_squared)


class UnmetCondition(Refusal):
    """A hard condition that is not met; the subclass is its name."""

    words: ClassVar[str]
    """For people, in Dutch, after the volunteer's name."""
    sentence: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(self.sentence)

    @classmethod
    def condition(cls) -> str:
        """The name in snake case, as lists and SQL carry it: `certificate_not_valid`."""
        return cls.code().replace("-", "_")


class NotActive(UnmetCondition):
    """Somebody who paused is not asked."""

    words = "is op dit moment niet beschikbaar"
    sentence = "This volunteer is not active now."


class KindNotOffered(UnmetCondition):
    """Nobody is asked for a kind of help they did not offer (S1-7)."""

    words = "biedt dit soort hulp niet aan"
    sentence = "This volunteer does not offer this kind of help."


class NoSharedTime(UnmetCondition):
    """There must be one block of the week that suits both."""

    words = "kan niet op dezelfde momenten"
    sentence = "This volunteer and the household have no time of the week in common."


class LanguageNotSpoken(UnmetCondition):
    """A language that is asked for is needed, not a wish."""

    words = "spreekt de gevraagde taal niet"
    sentence = "This volunteer does not speak the language that is needed."


class CertificateNotValid(UnmetCondition):
    """Where a certificate of conduct is asked, it must be valid on the day the help starts (S0-4)."""

    words = "heeft geen geldige VOG"
    sentence = "This volunteer has no certificate of conduct that is valid on the start date."


class NoHoursLeft(UnmetCondition):
    """A volunteer gives the hours they offered and no more (I10)."""

    words = "heeft niet genoeg uren over"
    sentence = "This volunteer has not enough hours left in the week."


class HomeUnknown(UnmetCondition):
    """Without a place no distance, and without a distance no match."""

    words = "woont in een buurt die nog niet op de kaart staat"
    sentence = "The neighbourhood of this volunteer, or of the need, has no place on the map yet."


class TooFar(UnmetCondition):
    """How far somebody will travel is theirs to say."""

    words = "woont verder weg dan de afgesproken afstand"
    sentence = "The need is further away than this volunteer will travel."


class OwnHousehold(UnmetCondition):
    """A client may be a volunteer, never for their own household (S3-5)."""

    words = "hoort bij dit huishouden"
    sentence = "This volunteer cannot be matched with this household."


class Excluded(UnmetCondition):
    """Somebody said that these two must not meet."""

    words = "mag niet aan dit huishouden gekoppeld worden"
    sentence = "This volunteer cannot be matched with this household."


class DeclinedBefore(UnmetCondition):
    """No is no: the same two are not put to each other again for the same need."""

    words = "en deze vraag: deze koppeling ging eerder niet door"
    sentence = "This match was declined before; choose another volunteer."


type Rule = Callable[[Need, Standing, date], bool]

CONDITIONS: Sequence[tuple[type[UnmetCondition], Rule]] = (
    (NotActive, lambda need, who, on: who.active),
    (KindNotOffered, lambda need, who, on: who.offers_kind),
    (NoSharedTime, lambda need, who, on: who.shared != 0),
    (LanguageNotSpoken, lambda need, who, on: who.speaks),
    (CertificateNotValid, lambda need, who, on: not need.certificate_required or _valid(who, on)),
    (NoHoursLeft, lambda need, who, on: who.hours_week - who.reserved_hours >= need.hours_week),
    (HomeUnknown, lambda need, who, on: who.distance_squared is not None),
    (TooFar, lambda need, who, on: (who.distance_squared or 0) <= who.max_distance_m**2),
    (OwnHousehold, lambda need, who, on: not who.own_household),
    (Excluded, lambda need, who, on: not who.excluded),
    (DeclinedBefore, lambda need, who, on: not who.declined_before),
)
"""True where the condition is met. The first that is not is the one we name."""

AGAIN_AT_THE_START = frozenset({NotActive, CertificateNotValid, OwnHousehold, Excluded})
"""What may have changed since the proposal and must hold on the day the help starts (I9). The hours stay reserved."""


def _valid(who: Standing, on: date) -> bool:
    return who.certificate_valid_until is not None and who.certificate_valid_until >= on


def unmet(need: Need, who: Standing, on: date) -> type[UnmetCondition] | None:
    """The first condition that keeps this volunteer from this need if help starts that day, or None."""
    return next((condition for condition, met in CONDITIONS if not met(need, who, on)), None)


def check_proposal(need: Need, who: Standing, on: date) -> None:
    """Go on, or raise the first condition that is not met."""
    found = unmet(need, who, on)
    if found is not None:
        raise found


def check_start(need: Need, who: Standing, on: date) -> None:
    """As `check_proposal`, for the conditions that must hold again when the help starts (I9)."""
    for condition, met in CONDITIONS:
        if condition in AGAIN_AT_THE_START and not met(need, who, on):
            raise condition
