"""Growth: the same work after an afternoon and after ten years, 1 thousand and 1 million cases with ten events each."""

import json
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import asyncpg
import uvloop

from bench import journey
from bench.goals import GOALS, Figure
from bench.machine import Machine, machine
from bench.wij.variant import Wij
from services.intake.store.worklist import SQL as WORKLIST
from wij.cast import CAST
from wij.timeline import SQL as TIMELINE

EVENTS = 13
"""That a case of the journey tells."""
OLDEST = "0001-01-01 00:00:00"


@dataclass(frozen=True, slots=True)
class Size:
    """What was measured at one size."""

    cases: int
    event: float
    """Processor microseconds an event."""
    worklist: float
    """Milliseconds, p50."""
    pages: int
    """Buffers that a worklist reads."""
    timeline: float
    """Milliseconds, p99."""


def run(cases: int, seconds: float = 3) -> Size:
    """Measure at this size."""
    with machine() as here:
        variant = Wij(history=cases)
        variant.start(here)
        return uvloop.run(_measure(variant, here, cases, seconds))


async def _measure(variant: Wij, here: Machine, cases: int, seconds: float) -> Size:
    await journey.warm(variant, here)
    runs = [await journey.saturate(variant, here, seconds=seconds, first=4_000 * n) for n in (1, 2, 3)]
    event = statistics.median(one.cpu for one in runs) / EVENTS
    await _vacuum(here)
    intake = await _as(here, "intake", CAST["samira"].actor.id, "worker", "selwerd")
    plan = await _as(here, "plan", CAST["samira"].actor.id, "service", "")
    try:
        values = ("selwerd", OLDEST, "00000000-0000-0000-0000-000000000000", 51)
        listing = await _times(intake, _with(WORKLIST.worklist, values), 200)
        explained = await intake.fetchval(f"explain (analyze, buffers, format json) {_with(WORKLIST.worklist, values)}")
        found = await plan.fetch("select household_id from cases order by random() limit 500")
        timelines = [
            await _times(plan, _with(TIMELINE.facts_of_household, (str(row["household_id"]), "{}")), 1) for row in found
        ]
    finally:
        for connection in (intake, plan):
            await connection.close()
    pages = _pages(explained)
    size = Size(
        cases, event, 1e3 * statistics.median(listing), pages, 1e3 * _p99([one for some in timelines for one in some])
    )
    print(
        f"  {cases:>9,} cases: {size.event:.0f} µs an event, worklist {size.worklist:.2f} ms ({size.pages} pages),"
        f" timeline p99 {size.timeline:.2f} ms",
        flush=True,
    )
    return size


def figures(small: Size, large: Size) -> list[Figure]:
    """The table of G1 to G3."""
    measured = {
        "G1": large.event / small.event,
        "G2a": large.worklist / small.worklist,
        "G2b": large.pages,
        "G3": large.timeline / small.timeline,
    }
    return [Figure(GOALS[key], [value]) for key, value in measured.items()]


async def _vacuum(here: Machine) -> None:
    """Thousands of requests have just come to one team's worklist and left it, more than in years of its life.

    By itself vacuum leaves so few in so large a table for later, and what left would be measured, not what is there.
    """
    connection = await asyncpg.connect(here.ground.postgres.dsn("wij"))
    await connection.execute("vacuum (index_cleanup on) intake.help_requests")
    await connection.close()


async def _as(here: Machine, role: str, actor: object, roles: str, team: str) -> "asyncpg.Connection[asyncpg.Record]":
    connection = await asyncpg.connect(here.ground.postgres.dsn("wij", role))
    await connection.execute(
        f"set search_path = {role}, extensions; set wij.actor_id = '{actor}'; set wij.roles = '{roles}';"
        f" set wij.team = '{team}'"
    )
    return connection


def _with(statement: str, values: Sequence[object]) -> str:
    """The statement with its values in place, as `explain` wants it."""
    for number, value in reversed(list(enumerate(values, start=1))):
        statement = statement.replace(f"${number}", f"'{value}'" if isinstance(value, str) else str(value))
    return statement


async def _times(connection: "asyncpg.Connection[asyncpg.Record]", statement: str, count: int) -> list[float]:
    took = []
    for _ in range(count):
        started = time.perf_counter()
        await connection.fetch(statement)
        took.append(time.perf_counter() - started)
    return took


def _pages(explained: str) -> int:
    plan: Mapping[str, int] = json.loads(explained)[0]["Plan"]
    return plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


def _p99(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.99) - 1]
