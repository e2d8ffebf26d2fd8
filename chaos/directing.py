"""A few households that several workers want to direct: the director as a register (P3), used by many at once.

Every move is the household's own route: the card says who directs, only the director can offer a case, and only the one
it was offered to can take it. Who directed until a moment ago still tries, and must be refused.
"""

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chaos.client import Client, Refused
from chaos.history import History


@dataclass(frozen=True, slots=True)
class Household:
    """One register."""

    household_id: str
    case_id: str


@dataclass(slots=True)
class Player:
    """One worker, at one household, in one of several windows."""

    worker_id: str
    client: Client
    household: Household
    others: Sequence[str]
    history: History

    async def play(self, dice: random.Random, going_on: Callable[[], bool]) -> None:
        """Look, offer, take or take back, until it is enough."""
        while going_on():
            move = dice.choices((self.look, self.offer, self.take, self.take_back), (2, 3, 4, 1))[0]
            other = dice.choice(self.others)
            try:
                await move(other)
            except TimeoutError:
                continue  # nobody answered: the history says so where it matters
            await asyncio.sleep(dice.uniform(0, 0.1))

    async def look(self, _: str) -> None:
        """Ask who directs."""
        start = time.monotonic()
        card = await self.client.get("plan", f"/households/{self.household.household_id}/case")
        self._write({"do": "look"}, start, card["director_id"])

    async def offer(self, other: str) -> None:
        """Do what only the director may: offer the case."""
        start = time.monotonic()
        said = await self._ask(f"/cases/{self.household.case_id}/handovers", {"to_id": other})
        # 409 is a rule about offers: whether it was the director who asked, it does not say
        answer = {201: "allowed", 403: "refused"}.get(said, "neither")
        self._write({"do": "act", "by": self.worker_id}, start, answer)

    async def take(self, _: str) -> None:
        """Take the case, if it is offered to this worker."""
        for offered in await self._offers("to"):
            start = time.monotonic()
            op = {"do": "take", "by": self.worker_id, "from": offered["from_id"]}
            try:
                said = await self._ask(f"/handovers/{offered['handover_id']}/acceptance", {})
            except TimeoutError:
                self._write(op, start, None)
                raise
            self._write(op, start, "taken" if said == 200 else "refused")

    async def take_back(self, _: str) -> None:
        """Take an offer back, which may be at the moment somebody takes it."""
        for offered in await self._offers("from"):
            await self._ask(f"/handovers/{offered['handover_id']}/revocation", {})

    async def _offers(self, side: str) -> Sequence[Mapping[str, Any]]:
        """Open offers of this case, to or from this worker."""
        listed = await self.client.get("plan", "/handovers", **{side: "me", "limit": "20"})
        mine = self.household.case_id
        return [one for one in listed["items"] if one["case_id"] == mine and one["state"] == "offered"]

    async def _ask(self, path: str, body: Mapping[str, Any]) -> int:
        """Ask, and answer the status: a no is an answer here."""
        try:
            await self.client.post("plan", path, body)
        except Refused as refused:
            return refused.status
        return 201 if path.endswith("/handovers") else 200

    def _write(self, op: Mapping[str, str], start: float, result: str | None) -> None:
        self.history.write(self.worker_id, {**op, "household": self.household.household_id}, start, result)
