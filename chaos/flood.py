"""More people at once than can be served: a program of its own, so that nobody's time is measured in its rush.

    python -m chaos.flood order.json seen.jsonl

Each asks for help with a key and a reference of its own. `closed` asks as fast as it is answered, which shows how much
that is; `opened` comes at its own rate, however long answers take; `storm` is as many connections as there are lines,
made at one moment, dropped in the middle of what they ask and made again, until at last everybody waits for an answer.
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from bench.load import Client
from chaos.journey import POSTCODE

NO_ANSWER, DROPPED = "no answer", "dropped"
"""Outcomes that are no status: the other side hung up, or we did."""
PATIENCE = 30.0
"""Seconds that somebody waits for an answer, as our command line does."""
LATEST = 60.0
"""Seconds in which, after a storm, everybody has got their answer."""


type Kind = Literal["closed", "opened", "storm"]


@dataclass(frozen=True, slots=True)
class Order:
    """What kind of flood it is to be."""

    kind: Kind
    name: str
    """What every reference of this flood begins with."""
    url: str
    tokens: Sequence[str]
    """Of those who ask: the n-th request is made by the n-th of them, and so round."""
    lines: int
    """Connections, at most."""
    seconds: float
    rate: float = 0.0
    """Requests a second, of `opened`."""
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Asked:
    """One request, and what came of it."""

    number: int
    key: str
    at: float
    """When it was asked, by the machine's monotonic clock."""
    seconds: float
    outcome: str
    """The status, or `NO_ANSWER` or `DROPPED`."""
    retry_after: str = ""
    request_id: str = ""


def body(name: str, number: int) -> Mapping[str, object]:
    """What is asked with a number, now and again."""
    return {
        "channel": "website",
        "requester": {"anonymous": True},
        "postcode": POSTCODE,
        "house_number": number % 90_000 + 1,
        "question": "Wie kan mij helpen met een formulier?",
        "reference": reference(name, number),
    }


def reference(name: str, number: int) -> str:
    """The channel's own number for it."""
    return f"{name}-{number}"


class Flood:
    """Everybody who comes, and what they saw."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.seen: list[Asked] = []
        self.came = 0
        """How many wanted to ask; who finds every line taken goes away again."""
        self._dice = random.Random(order.seed)
        self._idle: dict[int, list[Client]] = {who: [] for who in range(len(order.tokens))}
        self._busy = 0

    async def run(self) -> None:
        """Let them come."""
        await {"closed": self._closed, "opened": self._opened, "storm": self._storm}[self.order.kind]()

    async def _closed(self) -> None:
        end = time.monotonic() + self.order.seconds

        async def one(line: int) -> None:
            client = self._client(line)
            while time.monotonic() < end:
                self.came += 1
                number = self.came * len(self.order.tokens) + line % len(self.order.tokens)
                await self._ask(client, number, PATIENCE)
            client.close()

        await asyncio.gather(*map(one, range(self.order.lines)))

    async def _opened(self) -> None:
        start, at = time.monotonic(), 0.0
        async with asyncio.TaskGroup() as group:
            while (at := at + self._dice.expovariate(self.order.rate)) < self.order.seconds:
                if (early := start + at - time.monotonic()) > 0:
                    await asyncio.sleep(early)
                elif self.came % 50 == 0:  # late: let those who came be served
                    await asyncio.sleep(0)
                if time.monotonic() > start + self.order.seconds:
                    break
                self.came += 1
                if self._busy < self.order.lines:
                    self._busy += 1
                    group.create_task(self._once(self.came))
        for clients in self._idle.values():
            for client in clients:
                client.close()

    async def _once(self, number: int) -> None:
        idle = self._idle[number % len(self._idle)]
        client = idle.pop() if idle else self._client(number)
        await self._ask(client, number, PATIENCE)
        idle.append(client)
        self._busy -= 1

    async def _storm(self) -> None:
        end = time.monotonic() + self.order.seconds
        numbers = range(self.order.lines)
        while time.monotonic() < end:
            self.came += len(numbers)
            patience = [self._dice.uniform(0, 2) for _ in numbers]
            await asyncio.gather(*(self._drop_in(number, patience[number]) for number in numbers))
        await asyncio.gather(*map(self._until_answered, numbers))

    async def _drop_in(self, number: int, patience: float) -> Asked:
        client = self._client(number)
        try:
            return await self._ask(client, number, patience)
        finally:
            client.close()

    async def _until_answered(self, number: int) -> None:
        """As a good client: not before the time it was told."""
        end = time.monotonic() + LATEST
        while time.monotonic() < end:
            asked = await self._drop_in(number, PATIENCE)
            if asked.request_id:
                return
            await asyncio.sleep(float(asked.retry_after or 1))

    async def _ask(self, client: Client, number: int, patience: float) -> Asked:
        key, at = f"{self.order.name}-key-{number}", time.monotonic()
        outcome, retry_after, request_id = NO_ANSWER, "", ""
        try:
            async with asyncio.timeout(patience):
                reply = await client.post(body(self.order.name, number), key)
            outcome, retry_after = str(reply.status), reply.header(b"retry-after").decode()
            if reply.status in range(200, 300):
                request_id = str(json.loads(reply.content)["request_id"])
        except TimeoutError:
            outcome = DROPPED if patience < PATIENCE else NO_ANSWER
            client.close()
        except OSError:
            client.close()
        asked = Asked(number, key, at, time.monotonic() - at, outcome, retry_after, request_id)
        self.seen.append(asked)
        return asked

    def _client(self, number: int) -> Client:
        return Client(self.order.url, self.order.tokens[number % len(self.order.tokens)])


@dataclass(frozen=True, slots=True)
class Flooded:
    """What a flood was."""

    order: Order
    came: int
    seen: Sequence[Asked]

    @property
    def told(self) -> Mapping[str, int]:
        """How often each outcome was."""
        return dict(sorted(Counter(asked.outcome for asked in self.seen).items()))

    @property
    def accepted(self) -> Mapping[str, str]:
        """The id of what was confirmed, by its key."""
        return {asked.key: asked.request_id for asked in self.seen if asked.request_id}

    @property
    def refused(self) -> Mapping[str, Asked]:
        """Who was told nothing but 429, by key: of them nothing may be there."""
        only = {asked.key: asked for asked in self.seen if asked.outcome == "429"}
        for asked in self.seen:
            if asked.outcome != "429":
                only.pop(asked.key, None)
        return only


async def flood(order: Order, folder: Path) -> Flooded:
    """Run the program, and read what it saw."""
    told, seen = folder / f"{order.name}-order.json", folder / f"{order.name}-seen.jsonl"
    told.write_text(json.dumps(asdict(order)))
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "chaos.flood", str(told), str(seen))
    try:
        if await process.wait():
            raise AssertionError(f"the flood {order.name} broke off")
    finally:
        if process.returncode is None:
            process.kill()
    with seen.open() as lines:
        return Flooded(order, int(next(lines)), [Asked(*json.loads(line)) for line in lines])


def main() -> None:
    """The program."""
    order = Order(**json.loads(Path(sys.argv[1]).read_text()))
    it = Flood(order)
    asyncio.run(it.run())
    with Path(sys.argv[2]).open("w") as lines:
        lines.write(f"{it.came}\n")
        lines.writelines(json.dumps(list(asdict(asked).values())) + "\n" for asked in it.seen)


if __name__ == "__main__":
    main()
