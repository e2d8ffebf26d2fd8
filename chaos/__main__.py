"""`python -m chaos`: everything is killed, stopped and cut off while households go their way; then the truth is asked.

    python -m chaos --seed 7 --seconds 60             one run; the seed decides what happens to whom
    python -m chaos --seeds 1-10 --layout replicas    ten runs, four services twice
    python -m chaos --fault no_lock                   seed a fault in the code: the run must find it

A run prints what it found and ends with 1 when that is anything. docs/chaos.md tells how to read it.
"""

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from chaos.proving import seek
from chaos.run import LAYOUTS, Outcome, suffer
from chaos.seeded import every
from chaos.verdict import Verdict, conclude

PROMISES = ("P1", "P2", "P3", "P5", "P6", "P8")


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="chaos", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=_range, metavar="FIRST-LAST", help="one run for each")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--layout", choices=LAYOUTS, help="one process, or four services twice; else by turns")
    parser.add_argument("--fault", metavar="NAME", choices=["all", *every()], help="a seeded fault, or `all`")
    parser.add_argument("--folder", type=Path, help="where everything is kept, in a new folder per run")
    parser.add_argument("--keep", action="store_true", help="write the verdict into docs/proof")
    asked = parser.parse_args()
    if asked.fault:
        verdict = of_seeded_faults(list(every()) if asked.fault == "all" else [asked.fault], asked.folder)
    else:
        verdict = of_seeds(asked.seeds or [asked.seed], asked.seconds, asked.layout, asked.folder)
    verdict.say()
    return conclude([verdict], keep=asked.keep)


def of_seeds(seeds: Sequence[int], seconds: float, layout: str | None, folder: Path | None) -> Verdict:
    """One run for each seed, and what all of them found."""
    outcomes: list[Outcome] = []
    violations: list[str] = []
    for seed in seeds:
        where = layout or sorted(LAYOUTS)[seed % 2]
        with _place(folder, f"seed-{seed}") as place:
            outcome = asyncio.run(suffer(seed, seconds, where, place))
        outcomes.append(outcome)
        violations += [f"seed {seed}, {where}: {violation}" for violation in outcome.violations]
        deaths = sum(outcome.kills.values())
        print(
            f"  seed {seed}, {where}: {deaths} deaths, {outcome.journeys} households, {len(outcome.violations)} found"
        )
    kills = sum((outcome.kills for outcome in outcomes), Counter[str]())
    takeovers = [seconds for outcome in outcomes for seconds in outcome.takeovers]
    figures: dict[str, object] = {
        "seeds": ", ".join(map(str, seeds)),
        "seconds of load each": seconds,
        "blows": sum(len(outcome.struck) for outcome in outcomes),
        "deaths": dict(sorted(kills.items())),
        "households": sum(outcome.journeys for outcome in outcomes),
        "calls answered": sum(outcome.answers for outcome in outcomes),
        "calls not answered, asked again": sum(outcome.unknown for outcome in outcomes),
        "mails": sum(outcome.mails for outcome in outcomes),
    }
    if takeovers:
        figures["takeover, median and longest"] = f"{statistics.median(takeovers):.1f} s, {max(takeovers):.1f} s"
    return Verdict("chaos", PROMISES, violations, figures)


def of_seeded_faults(names: Sequence[str], folder: Path | None) -> Verdict:
    """One run for each mistake; what counts as a violation here is that it was not found."""
    missed: list[str] = []
    figures: dict[str, object] = {}
    for name in names:
        start = time.monotonic()
        with _place(folder, name) as place:
            found, else_found = asyncio.run(seek(name, every()[name], place))
        seconds = f"{time.monotonic() - start:.0f} s"
        if found:
            figures[name] = f"found in {seconds}: {found[0]} (and {len(found + else_found) - 1} more)"
        else:
            missed.append(f"{name} was not found in {seconds}; what was: {else_found[:5]}")
        print(f"  {name}: {'found' if found else 'NOT found'} in {seconds}")
    return Verdict("chaos-faults", PROMISES, missed, figures, "every mistake was found")


@contextmanager
def _place(folder: Path | None, name: str) -> Iterator[Path]:
    """A folder for one run; thrown away afterwards, unless somebody wants to look into it."""
    with tempfile.TemporaryDirectory(prefix="wij-chaos-") as thrown_away:
        place = (folder or Path(thrown_away)) / name
        place.mkdir(parents=True)
        yield place


def _range(words: str) -> Sequence[int]:
    first, _, last = words.partition("-")
    return range(int(first), int(last or first) + 1)


if __name__ == "__main__":
    sys.exit(main())
