"""Somebody at the door, a few times a second, who asks once and writes down how he was answered.

Other clients ask until they are answered, so what a fault does to a single call cannot be seen from them.
"""

import asyncio
import math
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID, uuid4

import httpx

from chaos.aftermath import Connection
from chaos.client import AGAIN, answered, call
from chaos.history import History
from chaos.journey import question

PATH = "/requests"
EVERY = 0.25
"""Seconds between two knocks, whether the last one was answered or not."""


class Door:
    """Everybody who came to intake's door, and what they were told."""

    def __init__(
        self, addresses: Callable[[str], Sequence[str]], token: str, history: History, every: float = EVERY
    ) -> None:
        self._addresses = addresses
        self._every = every
        self._history = history
        self._http = httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30)
        self.told: Counter[str] = Counter()
        """How often each status was answered; `no answer` when there was none."""
        self.confirmed: list[UUID] = []
        self.longest = 0.0
        """Seconds that anybody waited for an answer."""
        self.waits: dict[int, tuple[float, float]] = {}
        """When each of them knocked, and how many seconds later it was confirmed; infinitely many while it is not."""

    async def watch(self) -> None:
        """Knock until cancelled, and then wait for the answers that are under way."""
        async with asyncio.TaskGroup() as group:
            knocks = 0
            try:
                while True:
                    group.create_task(self.knock(knocks))
                    knocks += 1
                    await asyncio.sleep(self._every)
            except asyncio.CancelledError:
                pass
        await self.close()

    async def close(self) -> None:
        """Nobody comes any more."""
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

    async def knock(self, number: int) -> None:
        """Ask once."""
        start = time.monotonic()
        self.waits[number] = start, math.inf
        key, body = str(uuid4()), question(number % 1000, 0)
        answer = await self._ask(number, {"Idempotency-Key": key}, body)
        known = answer is not None and answer.status_code not in AGAIN
        self._history.write(
            "door", call("intake", PATH, key, body), start, answered(answer) if answer is not None and known else None
        )
        self.told["no answer" if answer is None else str(answer.status_code)] += 1
        waited = time.monotonic() - start
        self.longest = max(self.longest, waited)
        if answer is not None and answer.is_success:
            self.confirmed.append(UUID(answer.json()["request_id"]))
            self.waits[number] = start, waited

    async def _ask(self, number: int, headers: Mapping[str, str], body: Mapping[str, Any]) -> httpx.Response | None:
        """Ask where a load balancer would send him: of several processes, one that says it is ready."""
        bases = self._addresses("intake")
        for turn in range(len(bases)):
            base = bases[(number + turn) % len(bases)]
            if len(bases) > 1 and not await self._says_ready(base):
                continue
            try:
                return await self._http.post(f"{base}/v1{PATH}", headers=headers, json=body)
            except httpx.ConnectError:
                continue
            except httpx.TransportError:
                return None
        # Where nobody is ready the load balancer itself says: not now.
        return httpx.Response(503) if len(bases) > 1 else None

    async def _says_ready(self, base: str) -> bool:
        """What a load balancer knows of a process; one that it cannot ask is not ready."""
        try:
            return (await self._http.get(httpx.URL(base).join("/ready"))).is_success
        except httpx.TransportError:
            return False
