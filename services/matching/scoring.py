"""Points: how well two fit who may fit. Integers that sum to 1000, the same for everybody, reasons in words.

Nothing of a household's story, and nothing special about a person, is in it; a coordinator decides (GDPR article 22).
"""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from services.matching.domain import week, words
from services.matching.domain.conditions import Standing
from services.matching.domain.need import Need
from wij.events.matching import ScoreExplained

WEIGHTS_VERSION = 1
"""Kept with each proposal. A changed number below is a new version."""
SHOWN = 10
"""Candidates a coordinator sees."""

COMPONENTS = ("distance", "shared_hours", "language", "light_load", "continuity")
DISTANCE, SHARED_HOURS, LANGUAGE, LIGHT_LOAD, CONTINUITY = 500, 250, 100, 100, 50
REACH_M = 15_000
"""Metres at which distance gives no points; nobody can offer to travel further. The same for all, so that a volunteer
who happens to travel far is not called closer than one who does not."""
ENOUGH_BLOCKS = 3
"""Shared blocks that leave room to plan; more do not make a match better, unless the help takes more hours."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A volunteer who can help, with points per component and reasons in words."""

    standing: Standing
    score: Sequence[ScoreExplained]
    reasons: Sequence[str]

    @property
    def points(self) -> int:
        """The sum, 0 to 1000."""
        return sum(part.points for part in self.score)


def score(need: Need, who: Standing) -> Candidate:
    """Points and reasons; whether the volunteer may be asked at all is for the conditions to say."""
    points = zip(COMPONENTS, _points(need, who), strict=True)
    parts = tuple(ScoreExplained(component=name, points=some) for name, some in points)
    return Candidate(who, parts, _reasons(need, who))


def best(need: Need, standings: Iterable[Standing], count: int = SHOWN) -> Sequence[Candidate]:
    """The best few, in a fixed order: points, then the lighter load, then a hash that favours nobody."""
    return [score(need, who) for who in heapq.nsmallest(count, standings, key=lambda who: _rank(need, who))]


def _points(need: Need, who: Standing) -> tuple[int, int, int, int, int]:
    """Of each component, in their order."""
    wanted = min(need.availability.bit_count(), max(ENOUGH_BLOCKS, -(-need.hours_week // week.BLOCK_HOURS)))
    return (
        _closeness(who.distance_m),
        SHARED_HOURS * min(who.shared.bit_count(), wanted) // wanted,
        LANGUAGE if who.speaks else 0,
        LIGHT_LOAD * (who.hours_week - who.reserved_hours) // who.hours_week,
        CONTINUITY if who.helped_before else 0,
    )


def _closeness(metres: int | None) -> int:
    return 0 if metres is None else DISTANCE * max(0, REACH_M - metres) // REACH_M


def _rank(need: Need, who: Standing) -> tuple[int, int, bytes]:
    tie = sha256(need.need_id.bytes + who.volunteer_id.bytes).digest()
    return -sum(_points(need, who)), who.reserved_hours, tie


def _reasons(need: Need, who: Standing) -> Sequence[str]:
    shared = who.shared.bit_count()
    reasons = [] if who.distance_m is None else [f"Woont op {words.distance(who.distance_m)}"]
    reasons.append("Kan 1 dagdeel op hetzelfde moment" if shared == 1 else f"Kan {shared} dagdelen op hetzelfde moment")
    if need.language is not None:
        reasons.append(f"Spreekt {words.LANGUAGES.get(need.language, 'de gevraagde taal')}")
    if who.reserved_hours == 0:
        reasons.append("Heeft nu nog geen andere koppeling")
    else:
        reasons.append(f"Geeft al {who.reserved_hours} van de {who.hours_week} uur aan andere koppelingen")
    if who.helped_before:
        reasons.append("Hielp dit huishouden al eerder")
    return reasons
