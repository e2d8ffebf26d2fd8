"""What a run found, in one form for all of them: printed for whoever ran it, and kept for the README when asked."""

import argparse
import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

PROOF = Path(__file__).parents[1] / "docs" / "proof"
"""Where the last kept run of every program lies; `make docs` writes the README's table from it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of one run."""

    name: str
    """The program and, where it has them, its case: `chaos`, `restore`, `cluster`."""
    promises: Sequence[str]
    """What it is about: `P1`, `P13`."""
    violations: Sequence[str]
    """Everything that should not have been; a run without any has passed."""
    figures: Mapping[str, object] = field(default_factory=dict)
    """What was measured or counted: seeds, kills, requests, seconds."""
    when_passed: str = "nothing found"
    """What it says then."""

    @property
    def passed(self) -> bool:
        """Whether nothing was found."""
        return not self.violations

    def say(self) -> None:
        """Print it."""
        for name, value in self.figures.items():
            print(f"  {name:<32} {value}")
        for violation in self.violations:
            print(f"  ✗ {violation}")
        print(f"{'✓' if self.passed else '✗'} {self.name}: {self.when_passed if self.passed else 'NOT as promised'}")

    def keep(self) -> Path:
        """Write it beside the others, with the commit and the machine it was made on, and how busy that was."""
        PROOF.mkdir(parents=True, exist_ok=True)
        path = PROOF / f"{self.name}.json"
        path.write_text(json.dumps({**asdict(self), "passed": self.passed, "run": _circumstances()}, indent=2) + "\n")
        return path


def arguments(program: str, about: str | None) -> argparse.ArgumentParser:
    """What every program of the harness may be told; some add words of their own."""
    parser = argparse.ArgumentParser(prog=program, description=about)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", action="store_true", help="write the verdicts into docs/proof")
    return parser


def conclude(verdicts: Sequence[Verdict], *, keep: bool) -> int:
    """End a program with these: they are kept when that was asked; answers the exit code."""
    for verdict in verdicts:
        if keep:
            verdict.keep()
    return int(not all(verdict.passed for verdict in verdicts))


def _circumstances() -> Mapping[str, object]:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)  # noqa: S607  # whichever git there is
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip() or "unknown",
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
    }
