"""Ways to reach people: `mail` (SMTP) and `inbox` (in WIJ itself); `contacts` asks where somebody is."""

from collections.abc import Sequence
from typing import Protocol

from services.notify.domain.delivery import Letter, Outcome


class Channel(Protocol):
    """Takes letters over, or says why not. It never raises for one letter, so one cannot stop the others."""

    @property
    def at_once(self) -> int:
        """How many letters it is given at a time."""
        ...

    async def deliver(self, letters: Sequence[Letter]) -> Sequence[Outcome]:
        """One outcome per letter, in their order. Called after `sending` was committed."""
        ...
