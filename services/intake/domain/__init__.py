"""The rules of intake, by noun; pure: facts in, facts out. `now` and every new id are arguments."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from wij.calendar import Unit, term_end


@dataclass(frozen=True, slots=True)
class Terms:
    """Within which time what must have happened: policy of the municipality (PRIV-14)."""

    lengths: Mapping[str, tuple[int, Unit]]

    def due(self, term: str, since: datetime) -> datetime:
        """The moment this term ends, by the Dutch calendar (I28)."""
        amount, unit = self.lengths[term]
        return term_end(since, amount, unit)
