"""What became of a file: how many rows were new, changed or the same, and which were not good."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

type Result = Literal["new", "same", "changed"]


@dataclass(frozen=True, slots=True, order=True)
class Bad:
    """A row that did not go in."""

    line: int
    reason: str


@dataclass(slots=True)
class Outcome:
    """The counts, and every bad row."""

    counts: Counter[str] = field(default_factory=Counter)
    bad: list[Bad] = field(default_factory=list)

    def add(self, result: Result, rows: int = 1) -> None:
        """Count rows that went in."""
        self.counts[result] += rows

    def refuse(self, *bad: Bad) -> None:
        """Keep rows that did not."""
        self.bad.extend(bad)

    @property
    def sentence(self) -> str:
        """The counts in words."""
        counts = [f"{self.counts[result]} {result}" for result in ("new", "changed", "same") if self.counts[result]]
        if self.bad:
            counts.append(f"{len(self.bad)} not good")
        return ", ".join(counts) or "nothing in it"

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return {**self.counts, "bad": [{"line": bad.line, "reason": bad.reason} for bad in self.refused()]}

    def refused(self) -> Sequence[Bad]:
        """The bad rows in the order of the file."""
        return sorted(self.bad)
