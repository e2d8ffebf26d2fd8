"""Kills: kill -9 of any process of a variant, or of what carries its messages, 20 times while requests come.

Requests come at a rate that a tutorial's program can take, so that what is lost is lost by the kills; who is slower
does the rest afterwards. Whatever ended is started again at once, and its data stays. A client whose request is not
answered sends it again with the same key, where the variant knows keys; else that request does not count. When all is
quiet, every request that was accepted must have one end. Here a request without an end is the result, and makes nothing
void.
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import asyncpg
import uvloop

from bench import journey, load
from bench.goals import GOALS, Figure
from bench.machine import Machine, machine
from bench.peers.variant import PEERS
from bench.variant import Variant
from bench.wij.variant import Wij

NAMES = ("wij", "naive", "one_by_one", "procrastinate", "django", "django_tuned")
KILLS = 20
RATE = 10.0
BETWEEN = (2.0, 6.0)
"""Seconds from one kill to the next: sometimes before whoever was killed is up again."""
QUIET = 60.0
"""Seconds without another end after which no more is expected: NATS brings again after 30, Redis after 40."""
SPARED = {"issuer"}
"""It stands for the municipality's own, which the peers do without."""


@dataclass(frozen=True, slots=True)
class Tally:
    """What became of the requests."""

    accepted: int
    lost: int
    """Accepted, and without an end."""
    double: int
    """Ended twice or more; or ended without anybody having been told of it, although everybody asked on."""


def count(accepted: Collection[str], ends: Iterable[str], *, asked_on: bool) -> Tally:
    """Count; whether those who were not answered asked on, so that every end belongs to somebody."""
    times = Counter(ends)
    lost = sum(not times[one] for one in accepted)
    double = sum(times[one] > 1 for one in accepted)
    strange = len(times.keys() - set(accepted)) if asked_on else 0
    return Tally(len(accepted), lost, double + strange)


def blows(targets: Sequence[str], seed: int) -> Sequence[tuple[float, str]]:
    """Pauses, and who is killed after each: all as often as 20 allows, in an order of chance."""
    dice = random.Random(seed)
    hit = [targets[number % len(targets)] for number in range(KILLS)]
    dice.shuffle(hit)
    return [(dice.uniform(*BETWEEN), name) for name in hit]


def run(names: Sequence[str], seed: int) -> Mapping[str, Tally]:
    """Every variant on a machine of its own, under the same dice; prints what became of each."""
    found = {}
    for name in names:
        try:
            with machine() as here:
                variant = Wij() if name == "wij" else PEERS[name]
                variant.start(here)
                found[name] = uvloop.run(_suffer(variant, here, seed))
        except TimeoutError as error:
            print(f"  {name} does not start: {str(error)[:300]}", flush=True)
    return found


def figures(found: Mapping[str, Tally]) -> list[Figure]:
    """P11: ours, and beside it everybody else's."""
    ours = found.get("wij")
    if ours is None:
        return [Figure(GOALS["P11a"], []), Figure(GOALS["P11b"], [])]
    others = {name: one for name, one in found.items() if name != "wij"}
    lost = [f"of {ours.accepted}", *(f"{name} {one.lost} of {one.accepted}" for name, one in others.items())]
    double = [f"{name} {one.double}" for name, one in others.items()]
    return [
        Figure(GOALS["P11a"], [ours.lost], ", ".join(lost)),
        Figure(GOALS["P11b"], [ours.double], ", ".join(double)),
    ]


async def _suffer(variant: Variant, here: Machine, seed: int) -> Tally:
    await journey.warm(variant, here)
    connection = await asyncpg.connect(here.ground.postgres.dsn(variant.database))
    watching = asyncio.create_task(here.watch())
    try:
        since = datetime.now(UTC)
        targets = [name for name in here.processes if name not in SPARED]
        plan = blows([*targets, here.ground.nats.name] if variant.over_nats else targets, seed)
        killing = asyncio.create_task(_kill(here, plan))
        url, token = variant.request()
        seen = await load.opened(
            url,
            token,
            variant.body,
            rate=RATE,
            seconds=sum(pause for pause, _ in plan) + BETWEEN[1],
            first=4_000,
            seed=seed,
            again=variant.knows_keys,
        )
        await killing
        ends = await _when_quiet(connection, variant, since)
    finally:
        watching.cancel()
        await connection.close()
    tally = count(seen.sent_at, ends, asked_on=variant.knows_keys)
    hit = ", ".join(f"{name} {times}" for name, times in sorted(Counter(name for _, name in plan).items()))
    print(
        f"  {variant.name:<14}{tally.accepted:>5} accepted{tally.lost:>5} lost{tally.double:>5} double"
        f"{sum(seen.refused.values()):>5} not accepted{seen.again:>7} times asked again; killed {hit}",
        flush=True,
    )
    return tally


async def _kill(here: Machine, plan: Sequence[tuple[float, str]]) -> None:
    for pause, name in plan:
        await asyncio.sleep(pause)
        here.kill(name)


async def _ends(connection: "asyncpg.Connection[asyncpg.Record]", variant: Variant, since: datetime) -> Sequence[str]:
    return [row["request_id"] for row in await connection.fetch(variant.ends, since)]


async def _when_quiet(
    connection: "asyncpg.Connection[asyncpg.Record]", variant: Variant, since: datetime
) -> Sequence[str]:
    """The ends, once there came no other for a while."""
    ends = await _ends(connection, variant, since)
    still = time.monotonic()
    while time.monotonic() < still + QUIET:
        await asyncio.sleep(1)
        more = await _ends(connection, variant, since)
        if len(more) != len(ends):
            ends, still = more, time.monotonic()
    return ends
