"""`python -m bench`: everything; or a part by its name. Prints tables; `--keep` writes the figures down."""

import argparse
import sys
from collections.abc import Sequence

from bench import growth, kills, log, rounds, soak
from bench.goals import Figure, kept, show, violations
from chaos.verdict import Verdict

PARTS = ("journey", "growth", "soak", "log", "kills")
"""What must be measured in quiet comes first."""


def main() -> int:
    """The command; its exit code says whether every `must` holds."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", nargs="*", choices=[[], *PARTS], default=[])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10, help="of work under full load, of each in each round")
    parser.add_argument("--only", type=lambda words: words.split(","), default=list(rounds.NAMES))
    parser.add_argument("--seed", type=int, default=1, help="of the dice that says whom the kills hit, and when")
    parser.add_argument("--cases", type=int, default=1_000_000, help="how large growth grows")
    parser.add_argument("--minutes", type=float, default=10, help="how long the soak lasts")
    parser.add_argument("--keep", action="store_true", help="write the figures to docs/proof")
    asked = parser.parse_args()
    failed: list[str] = []
    said: dict[str, str] = {}
    for what in asked.what or PARTS:
        print(f"\n{what}")
        void: list[str] = []
        if what == "journey":
            results = rounds.run(asked.only, asked.rounds, asked.seconds)
            found: Sequence[Figure] = rounds.table(results)
            void = results.void
        elif what == "kills":
            found = kills.figures(kills.run([name for name in kills.NAMES if name in asked.only], asked.seed))
            show(found)
        elif what == "growth":
            found = growth.figures(growth.run(1_000), growth.run(asked.cases))
            show(found)
        elif what == "soak":
            found = soak.run(asked.minutes)
            show(found)
        else:
            found = []
            said = log.run()
        wrong = [*void, *violations(found)]
        failed += wrong
        if asked.keep:
            Verdict(f"bench-{what}", [], wrong, said if what == "log" else kept(found)).keep()
    for line in failed:
        print(f"✗ {line}")
    return 1 if failed else 0


sys.exit(main())
