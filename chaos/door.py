"""Somebody at the door, a few times a second, who asks once and writes down how he was answered.

Other clients ask until they are answered, so what a fault does to a single call cannot be seen from them.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from uuid import UUID, uuid4

import httpx

from chaos.aftermath import Connection
from chaos.journey import question

EVERY = 0.25
"""Seconds between two knocks, whether the last one was answered or not."""


class Door:
    """Everybody who came to intake's door, and what they were told."""

    def __init__(self, addresses: Callable[[str], Sequence[str]], token: str) -> None:
        self._addresses = addresses
        self._http = httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=15)
        self.told: Counter[str] = Counter()
        """How often each status was answered; `no answer` when there was none."""
        self.confirmed: list[UUID] = []
        self.longest = 0.0
        """Seconds that anybody waited for an answer."""

    async def watch(self) -> None:
        """Knock until cancelled, and then wait for the answers that are under way."""
        async with asyncio.TaskGroup() as group:
            knocks = 0
            try:
                while True:
                    group.create_task(self._knock(knocks))
                    knocks += 1
                    await asyncio.sleep(EVERY)
            except asyncio.CancelledError:
                pass
        await self._http.aclose()

    @property
    def refused(self) -> int:
        """How often it was not opened."""
        return self.told.total() - len(self.confirmed)

    async def lost(self, connection: Connection) -> list[str]:
        """P1: requests that were confirmed here, and are not there."""
        there = await connection.fetch(
            "select request_id from intake.help_requests where request_id = any ($1)", self.confirmed
        )
        missing = set(self.confirmed) - {row["request_id"] for row in there}
        return [f"confirmed at the door, and lost: {one}" for one in sorted(missing)]

    async def _knock(self, number: int) -> None:
        bases = self._addresses("intake")
        start = time.monotonic()
        try:
            answer = await self._http.post(
                f"{bases[number % len(bases)]}/v1/requests",
                headers={"Idempotency-Key": str(uuid4())},
                json=question(number % 1000, 0),
            )
        except httpx.TransportError as error:
            self.told[f"no answer ({type(error).__name__})"] += 1
        else:
            self.told[str(answer.status_code)] += 1
            if answer.is_success:
                self.confirmed.append(UUID(answer.json()["request_id"]))
        self.longest = max(self.longest, time.monotonic() - start)
