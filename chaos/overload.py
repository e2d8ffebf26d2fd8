"""What becomes of WIJ when more is asked of it than it can do: it says so, and holds what it said before (P15).

    python -m chaos.overload --seed 1 [--seconds 60] [--keep]

Three floods, each while households go their way: ten times what this machine takes, several times what it takes when
PostgreSQL is 400 ms away, and a thousand clients that connect at one moment, drop, and come again. The flood is a
program of its own (`flood.py`). Somebody calm asks all the while, and shows how long it takes before, during and after.
"""

import asyncio
import math
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, UUID, uuid5

import httpx
import psutil

from chaos.aftermath import Connection
from chaos.client import call
from chaos.door import Door
from chaos.flood import DROPPED, PATIENCE, Flooded, Kind, Order, body, flood, reference
from chaos.proxy import Proxy
from chaos.trial import Trial, on_trial
from chaos.verdict import Verdict, arguments, conclude
from wij.cast import CAST
from wij.embedded import Ground
from wij.identity import Actor, Role
from wij.issuer import Issuer

PROMISES = ("P15",)
REFUSALS = frozenset({"429", "503"})
"""Answers that say: not now; each says when."""
ASKERS = 20
"""Desks and websites that a flood comes from; what one of them asks is never done together with another's."""
LINES = 1000
"""Connections of a flood, and clients of a storm."""
ENOUGH = 48
"""Clients that keep the system busy without filling its line."""
CALM, EVERY = 10.0, 0.1
"""Seconds of asking calmly, and between two questions: what a p99 is taken of."""
MEASURED = 5.0
"""Seconds in which it is measured what the system takes."""
SOON = 0.25
"""Seconds of a p99 that nobody complains about, whatever it was before."""
BACK_WITHIN = 30.0
"""Seconds after a flood in which the p99 must be at most twice what it was, or `SOON`."""
MORE_MEMORY = 100
"""MB that a process of ours may grow by in a flood: its connections and what waits in them, however long it lasts."""
SLOW = 0.2
"""Seconds to PostgreSQL, and as many back."""
AGAIN = 20
"""How many of those who were refused ask again, with the same key."""
RECEIVED = "nl.wij.intake.help_request.received.v1"
PLACES = {
    "the database": "select count(*) from intake.help_requests where request_id = any ($1)",
    "the log": "select count(*) from intake.outbox join intake.log on log.outbox_id = outbox.id"
    f" where type = '{RECEIVED}' and aggregate_id = any ($1)",
    "the deadlines of notify": "select count(*) from notify.deadlines where term = 'receipt' and subject_id = any ($1)",
}
"""Where a confirmed request must be, once; that the streams equal the logs is asked of all events (`aftermath.py`)."""


@dataclass(slots=True)
class Watch:
    """What is looked at while a flood goes on: how long it takes somebody calm, and how large our processes become."""

    door: Door
    processes: Sequence[psutil.Process]
    largest: int = 0
    """MB of the largest process, at its largest."""

    async def memory(self) -> None:
        """Look at the processes until cancelled."""
        while True:
            self.largest = max(self.largest, *(process.memory_info().rss >> 20 for process in self.processes))
            await asyncio.sleep(0.2)

    def p99(self, since: float, until: float) -> float:
        """Of everybody calm who came in that time; who was refused or not answered yet waits for ever."""
        return p99([waited for at, waited in self.door.waits.values() if since <= at < until])

    async def back(self, since: float, limit: float) -> float | None:
        """Seconds after which the p99 is within the limit again; None when that takes too long."""
        for step in range(math.ceil(BACK_WITHIN / EVERY)):
            at = since + step * EVERY
            await asyncio.sleep(at + CALM + limit - time.monotonic())
            if self.p99(at, at + CALM) <= limit:
                return at - since
        return None


@dataclass(slots=True)
class Overload:
    """The cases on one system."""

    trial: Trial
    folder: Path
    seed: int
    found: list[str] = field(default_factory=list)
    """What was wrong in the case that ran last."""
    floods: list[Flooded] = field(default_factory=list)
    """Those of that case."""
    again: set[str] = field(default_factory=set)
    """Keys of who was refused in it and asked again."""

    async def case(self, name: str, order: Order, times: float = 0, slow: Proxy | None = None) -> Verdict:
        """Flood the system with so many times what it takes, and ask everything when it is quiet again."""
        self.found, self.floods, self.again = [], [], set()
        return await self.trial.case(
            f"overload-{name}",
            PROMISES,
            lambda: self._flood(replace(order, name=name), times, slow),
            door_stays_open=False,
            also=self._kept,
        )

    def order(self, kind: Kind, seconds: float, lines: int = LINES) -> Order:
        """A flood at the desk."""
        tokens = [Issuer(self.trial.fleet.settings).mint(asker(number)) for number in range(ASKERS)]
        [intake] = self.trial.fleet.addresses("intake")
        return Order(kind, "", f"{intake}/v1/requests", tokens, lines, seconds, seed=self.seed)

    async def _flood(self, order: Order, times: float, slow: Proxy | None) -> Mapping[str, object]:
        fleet = self.trial.fleet
        door = Door(fleet.addresses, Issuer(fleet.settings).mint(CAST["sip"].actor), self.trial.load.history, EVERY)
        processes = [psutil.Process(one.process.pid) for one in fleet.replicas if one.process is not None]
        watch = Watch(door, processes)
        watching = [asyncio.create_task(door.watch()), asyncio.create_task(watch.memory())]
        try:
            began = time.monotonic()
            await asyncio.sleep(CALM)
            ended, small = time.monotonic(), watch.largest
            if slow is not None:
                slow.poison("slow", SLOW)
            takes = await self._takes(order) if times else 0.0
            flooded = await self._run(replace(order, rate=takes * times))
            before = watch.p99(began, ended)
            ended = max(asked.at for asked in flooded.seen)
            if slow is not None:
                slow.heal()
                ended = time.monotonic()
            if before == math.inf:
                raise AssertionError("somebody calm was not answered before anything began")
            back = await watch.back(ended, max(2 * before, SOON))
        finally:
            for task in watching:
                task.cancel()
            await asyncio.wait(watching)
        await self._ask_again(flooded)
        self._judge(flooded, back, watch.largest - small)
        meanwhile = p99([asked.seconds for asked in flooded.seen if asked.request_id])
        rates = {
            "it takes, a second": round(takes),
            "came, a second": round(flooded.came / order.seconds),
            "found no connection free": flooded.came - len(flooded.seen),
        }
        return {
            "asked": len(flooded.seen),
            "accepted": len(flooded.accepted),
            "refused": sum(asked.outcome in REFUSALS for asked in flooded.seen),
            "answers": flooded.told,
            **(rates if times else {}),
            "p99 before": f"{before:.2f} s",
            "p99 of the accepted meanwhile": f"{meanwhile:.2f} s",
            "seconds until p99 is back": "too many" if back is None else round(back, 1),
            "largest process, before and most": f"{small} MB, {watch.largest} MB",
            "refused, asked again, let in": len(self.again),
        }

    async def _takes(self, order: Order) -> float:
        """How many a second the system takes when it is asked as fast as it answers."""
        measure = replace(order, kind="closed", name=f"{order.name}-measured", lines=ENOUGH, seconds=MEASURED)
        return len((await self._run(measure)).accepted) / measure.seconds

    async def _run(self, order: Order) -> Flooded:
        """Let them come, and write down what they were told."""
        flooded = await flood(order, self.folder)
        self.floods.append(flooded)
        refused = flooded.refused
        for asked in flooded.seen:
            if asked.key not in refused:
                path = urlsplit(order.url).path.rpartition("/v1")[2]
                op = call("intake", path, asked.key, body(order.name, asked.number))
                ids = {"request_id": asked.request_id}
                known = {"status": 201, "content": asked.request_id, "ids": ids} if asked.request_id else None
                self.trial.load.history.write("flood", op, asked.at, known)
        return flooded

    async def _ask_again(self, flooded: Flooded) -> None:
        """Some of those who were refused ask again, with the same key."""
        order, some = flooded.order, [*flooded.refused.values()][:: max(1, len(flooded.refused) // AGAIN)]
        async with httpx.AsyncClient(timeout=PATIENCE) as http:
            for asked in some:
                answer = await http.post(
                    order.url,
                    json=body(order.name, asked.number),
                    headers={
                        "Authorization": f"Bearer {order.tokens[asked.number % len(order.tokens)]}",
                        "Idempotency-Key": asked.key,
                    },
                )
                if (answer.status_code, "Idempotent-Replayed" in answer.headers) == (201, False):
                    self.again.add(asked.key)
                else:
                    self.found.append(f"refused, asked again with the same key, and answered {answer.status_code}")

    def _judge(self, flooded: Flooded, back: float | None, more: int) -> None:
        """What can be seen without asking the database."""
        order = flooded.order
        fine = {"201", *REFUSALS, *([DROPPED] if order.kind == "storm" else [])}
        for one in self.floods:
            if wrong := {outcome: count for outcome, count in one.told.items() if outcome not in fine}:
                self.found.append(f"{one.order.name} was answered {wrong}")
            if silent := sum(asked.outcome in REFUSALS and not asked.retry_after for asked in one.seen):
                self.found.append(f"{silent} refusals did not say when to come again")
        if order.kind == "opened" and flooded.came < 0.9 * order.rate * order.seconds:
            self.found.append(f"only {flooded.came} came, so it was not what it should have been")
        if order.kind == "opened" and not flooded.refused:
            self.found.append("nobody was refused, so it was no overload")
        if order.kind == "storm" and len(flooded.accepted) != order.lines:
            self.found.append(f"{order.lines - len(flooded.accepted)} were not let in when the storm was over")
        if back is None:
            self.found.append(f"answers are not back to normal {BACK_WITHIN:.0f} s after it")
        if more > MORE_MEMORY:
            self.found.append(f"a process grew by {more} MB")

    async def _kept(self, connection: Connection) -> Sequence[str]:
        """What was confirmed is in intake, in its log and with notify, once; what was refused is nowhere."""
        for one in self.floods:
            ids = [UUID(request_id) for request_id in one.accepted.values()]
            for where, statement in PLACES.items():
                there = await connection.fetchval(statement, ids)
                if there != len(ids):
                    self.found.append(f"{one.order.name}: of {len(ids)} confirmed, {there} are in {where}")
            refused = [asked for key, asked in one.refused.items() if key not in self.again]
            keys = [asked.key for asked in refused]
            references = [reference(one.order.name, asked.number) for asked in refused]
            if stored := await connection.fetchval("select count(*) from intake.answers where key = any ($1)", keys):
                self.found.append(f"{one.order.name}: {stored} keys of refused requests were stored")
            if written := await connection.fetchval(
                "select count(*) from intake.help_requests where reference = any ($1)", references
            ):
                self.found.append(f"{one.order.name}: {written} refused requests were written")
        return self.found


def asker(number: int) -> Actor:
    """Somebody at one of the desks."""
    return Actor(uuid5(NAMESPACE_URL, f"urn:wij:asker:{number}"), frozenset({Role.FRONT_OFFICE}))


def p99(waits: Sequence[float]) -> float:
    """What one in a hundred waits longer than."""
    return sorted(waits)[math.ceil(len(waits) * 0.99) - 1] if waits else math.inf


async def suffer(seed: int, seconds: float, folder: Path) -> list[Verdict]:
    """Every case; the one with the slow database on a system of its own, since the way there costs time too."""
    with_calm = Ground(folder / "straight", durable=False, postgres_settings={"synchronous_commit": "on"})
    async with on_trial(folder / "straight", with_calm, seed) as trial:
        overload = Overload(trial, folder, seed)
        verdicts = [
            await overload.case("ten-times", overload.order("opened", seconds), times=10),
            await overload.case("reconnect", overload.order("storm", min(seconds, 10))),
            await trial.history("overload"),
        ]
    slow = Proxy("postgres")
    by_a_way = Ground(folder / "slow", durable=False, postgres_settings={"synchronous_commit": "on"})
    async with slow.listening(), on_trial(folder / "slow", by_a_way, seed, ways={"postgres": slow}) as trial:
        overload = Overload(trial, folder, seed)
        order = overload.order("opened", min(seconds, 30))
        verdicts += [
            await overload.case("slow-database", order, times=5, slow=slow),
            await trial.history("overload-slow"),
        ]
    return verdicts


def main() -> int:
    """The command."""
    parser = arguments("chaos.overload", __doc__)
    parser.add_argument("--seconds", type=float, default=60, help="how long ten times as many come")
    parser.add_argument("--folder", type=Path, help="where everything is kept")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="wij-overload-") as thrown_away:
        verdicts = asyncio.run(suffer(asked.seed, asked.seconds, asked.folder or Path(thrown_away)))
    return conclude(verdicts, keep=asked.keep)


if __name__ == "__main__":
    sys.exit(main())
