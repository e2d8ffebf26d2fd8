"""The journey by all variants, alternating, and the table that comes of it."""

import statistics
from collections import defaultdict
from collections.abc import Callable, Coroutine, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial

import uvloop

from bench import journey, meter
from bench.goals import GOALS, Figure, show
from bench.journey import Flow, Saturation, Void, altogether
from bench.machine import Machine, machine
from bench.peers.variant import PEERS
from bench.variant import Variant
from bench.wij.variant import Wij
from wij.events import SERVICES

NAMES = ("floor", "wij", *(name for name in PEERS if name != "floor"))
"""In the order they take their turns: WIJ right after the floor, since the speed of a shared machine drifts."""
SIDE_BY_SIDE = ("pg_queue", "floor", "wij", "naive")
"""Who is compared with WIJ side by side: they differ by less than what a shared machine changes within minutes. In the
order in which they take their turns: what is compared most closely comes right before and after WIJ."""
SLICES, SLICE = 4, 10.0
"""How often each of them is under full load in a round, and for how many seconds of work: as many for all of them,
since a slow moment of the machine would hit a short one as a whole; and so many that the half second in which WIJ's
last cases pass on from service to service, with little to do for each, is a twentieth of it."""
RUSH = 5
"""Times what naive can take: its backlog grows from its own saturated rate on, so that is what counts."""
BUSY = 50.0
NO_ANALYZE = {"autovacuum_analyze_threshold": "1000000000"}
"""Everybody's tables are analyzed once, when they are warm. They double in each run, so by itself autovacuum would look
at every column of every table every ten seconds, which a database that is in use does once in days or weeks."""
COMPARED_BUSY = frozenset({"naive", "django_tuned"})
"""Whose p99 at 50 a second is compared with ours, whether or not they keep up."""


def make(name: str) -> Variant:
    """A variant, afresh."""
    return Wij() if name == "wij" else PEERS[name]


@dataclass(slots=True)
class Results:
    """What was measured, by variant, a value for each round."""

    alone: dict[str, dict[int, Saturation]] = field(default_factory=lambda: defaultdict(dict))
    """Under full load by itself, by round."""
    beside: dict[str, dict[int, Saturation]] = field(default_factory=lambda: defaultdict(dict))
    """The same side by side with others."""
    calm: dict[str, list[Flow]] = field(default_factory=lambda: defaultdict(list))
    busy: dict[str, list[Flow]] = field(default_factory=lambda: defaultdict(list))
    rushed: dict[str, list[Flow]] = field(default_factory=lambda: defaultdict(list))
    flushing: dict[str, dict[int, Saturation]] = field(default_factory=lambda: defaultdict(dict))
    memory: dict[str, int] = field(default_factory=dict)
    void: list[str] = field(default_factory=list)

    def saturated(self, name: str) -> list[Saturation]:
        """Under full load, by round; side by side where that was done."""
        return list((self.beside[name] or self.alone[name]).values())


def run(names: Sequence[str], rounds: int, seconds: float) -> Results:
    """Every variant in every round on a machine of its own; the order turns, so nobody is always first."""
    results = Results()
    for number in range(rounds):
        turn = (number + 2) % len(names)  # the first two are last in the first round: the rush needs naive's rate
        for name in [*names[turn:], *names[:turn]]:
            with machine(**NO_ANALYZE) as here:
                _guarded(results, name, here, partial(_measure, results, seconds, number))
            if name in {"wij", "naive"}:  # 2 ms before every flush, for whoever commits
                with machine(**NO_ANALYZE, commit_delay="2000", commit_siblings="0") as here:
                    _guarded(results, name, here, partial(_with_flushes, results, seconds, number))
        if "wij" in names and len(some := [name for name in SIDE_BY_SIDE if name in names]) > 1:
            _side_by_side(results, some, number)
    return results


def _guarded(
    results: Results, name: str, here: Machine, work: Callable[[Variant, Machine], Coroutine[None, None, object]]
) -> None:
    try:
        variant = make(name)
        variant.start(here)
        uvloop.run(work(variant, here))
    except (Void, TimeoutError) as error:
        _void(results, name, error)


def _void(results: Results, who: str, error: Exception) -> None:
    results.void.append(f"{who}: {error}"[:300])
    print(f"  void: {who}: {str(error)[:300]}")


async def _measure(results: Results, seconds: float, number: int, variant: Variant, here: Machine) -> None:
    full = await journey.full_load(variant, here, seconds=seconds)
    results.alone[variant.name][number] = full
    _say(variant.name, full)
    flows = [(5.0, results.calm)]
    if full.rate > 1.2 * BUSY or variant.name in COMPARED_BUSY:
        flows.append((BUSY, results.busy))
    if variant.name == "wij" and (naives := results.saturated("naive")):
        naive = statistics.median(one.rate for one in naives)
        flows.append((RUSH * naive, results.rushed))
    for place, (rate, kept) in enumerate(flows):
        flow = await journey.follow(
            variant,
            here,
            rate=rate,
            seconds=8,
            first=12_000 + 2_500 * place,
            seed=number,
            bounded=rate == BUSY and variant.name in COMPARED_BUSY,
        )
        kept[variant.name].append(flow)
        print(f"  {'':<14}{_in_words(flow)}", flush=True)
    if variant.name == "wij":
        results.memory = {name: meter.memory(pid) for name, pid in here.roots().items() if name in SERVICES}


def _side_by_side(results: Results, names: Sequence[str], number: int) -> None:
    """All of them up at once, each on its own machine, and under load one after the other, a few seconds at a time."""
    try:
        with ExitStack() as machines:
            running = [(make(name), machines.enter_context(machine(**NO_ANALYZE))) for name in names]
            for variant, here in running:
                variant.start(here)
            for name, parts in uvloop.run(_in_slices(running)).items():
                results.beside[name][number] = altogether(parts)
                _say(name, results.beside[name][number], " beside")
    except (Void, TimeoutError) as error:
        _void(results, "side by side", error)


async def _in_slices(running: Sequence[tuple[Variant, Machine]]) -> dict[str, list[Saturation]]:
    """Forth and back, so nobody comes early or late in it; who waits leaves the processors to whose turn it is."""
    asking = {v.name: journey.asking_for(SLICE, await journey.warm(v, here)) for v, here in running}
    for _, here in running:
        here.stand_back()
    parts: dict[str, list[Saturation]] = {variant.name: [] for variant, _ in running}
    for turn in range(SLICES):
        for variant, here in running if turn % 2 == 0 else reversed(running):
            done = parts[variant.name]
            first = 4_000 + sum(one.cases + journey.CLIENTS for one in done)
            here.stand_forward()
            done.append(await journey.saturate(variant, here, seconds=asking[variant.name], first=first))
            here.stand_back()
    return parts


def _say(name: str, full: Saturation, how: str = "") -> None:
    parts = " ".join(f"{name} {spent:.0f}" for name, spent in full.cpu_of.items())
    print(f"  {name + how:<14}{full.rate:7.0f} cases/s {full.cpu:9.0f} µs a case: {parts}", flush=True)


def _in_words(flow: Flow) -> str:
    least = "at least " if flow.unfinished else ""
    said = f"{flow.rate:7.0f}/s come: p50 {least}{1e3 * flow.p50:.0f} ms, p99 {least}{1e3 * flow.p99:.0f} ms"
    if flow.unfinished:
        said += f"; did not keep up: {flow.unfinished} under way {flow.backlog:.0f} s after the last came"
    return said + (f"; {flow.again} times somebody was told to come back" if flow.again else "")


async def _with_flushes(results: Results, seconds: float, number: int, variant: Variant, here: Machine) -> None:
    full = await journey.full_load(variant, here, seconds=seconds)
    results.flushing[variant.name][number] = full
    print(f"  {variant.name:<14}{full.rate:7.0f} cases/s with 2 ms a flush", flush=True)


def figures(results: Results) -> list[Figure]:
    """The table of P1 to P10, round by round."""
    alone, busy = results.alone, results.busy

    def ours_over(name: str, of: Callable[[Saturation], float]) -> list[float]:
        """By round, side by side where that was done."""
        where = results.beside if results.beside[name] else alone
        return [
            of(where["wij"][number]) / of(theirs) for number, theirs in where[name].items() if number in where["wij"]
        ]

    def rate(one: Saturation) -> float:
        return one.rate

    def p99(one: Sequence[Flow], other: Sequence[Flow]) -> list[float]:
        return [a.p99 / b.p99 for a, b in zip(one, other, strict=False)]

    measured = {
        "P1": ours_over("floor", rate),
        "P2": ours_over("naive", rate),
        "P3": ours_over("one_by_one", rate),
        "P4a": ours_over("django_tuned", rate),
        "P4b": ours_over("django", rate),
        "P5": ours_over("pg_queue", rate),
        "P6": ours_over("floor", lambda one: one.cpu),
        "P7a": [one.per_case["wal_flushes"] for one in results.saturated("wij")],
        "P7b": ours_over("floor", lambda one: one.per_case["wal_bytes"]),
        "P8a": p99(busy["wij"], busy["naive"]),
        "P8b": p99(busy["wij"], busy["django_tuned"]),
        "P9a": p99(results.rushed["wij"], results.calm["wij"]),
        "P9b": [one.backlog for one in results.rushed["wij"]],
        "P10": [one.rate / alone["wij"][number].rate for number, one in results.flushing["wij"].items()],
    }
    beside = {
        "P8a": _behind("naive", busy["naive"]),
        "P8b": _behind("tuned Django", busy["django_tuned"]),
        "P9a": _rush(results),
    }
    return [Figure(GOALS[key], values, beside.get(key, "")) for key, values in measured.items()]


def _behind(name: str, flows: Sequence[Flow]) -> str:
    """A ratio to who did not keep up: their p99 is at least what was seen, so the ratio is at most that."""
    slow = sum(one.unfinished > 0 for one in flows)
    return f"at most: {name} did not keep up in {slow} of {len(flows)} rounds" if slow else ""


def _rush(results: Results) -> str:
    """At which rates, beside what WIJ takes of all there is."""
    flows = results.rushed["wij"]
    if not flows:
        return ""
    rates = "/".join(f"{one.rate:.0f}" for one in flows)
    own = statistics.median(one.rate for one in results.saturated("wij"))
    return f"at {rates} a second, where {own:.0f} saturate WIJ; {sum(one.again for one in flows)} times asked again"


def table(results: Results) -> list[Figure]:
    """Print everything; the figures with their goals."""
    print(f"\n{'variant':<15}{'cases/s':>9}{'µs/case':>10}{'flushes':>9}{'commits':>9}{'WAL bytes':>11}{'rows':>7}")
    measured = [(name, runs) for name in list(results.alone) if (runs := results.saturated(name))]
    for name, runs in sorted(measured, key=lambda pair: statistics.median(one.cpu for one in pair[1])):
        per = {key: statistics.median(one.per_case[key] for one in runs) for key in runs[0].per_case}
        rate, cpu = (statistics.median(values) for values in ([one.rate for one in runs], [one.cpu for one in runs]))
        print(
            f"{name:<15}{rate:9.0f}{cpu:10.0f}{per['wal_flushes']:9.2f}{per['commits']:9.2f}{per['wal_bytes']:11.0f}"
            f"{per['inserted']:7.1f}"
        )
    found = figures(results)
    show(found)
    return found
