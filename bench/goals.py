"""What speed means here: every figure with its goal, `must` and `aim`, and whether it holds. Ratios and counts only."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

type Test = tuple[str, float]
"""`<=` or `>=`, and the number."""


@dataclass(frozen=True, slots=True)
class Goal:
    """One row of the table."""

    key: str
    what: str
    must: Test
    aim: Test | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured for it, a value for each round."""

    goal: Goal
    values: Sequence[float]
    beside: str = ""
    """What must be said with it: at which rate, how the peers do."""

    @property
    def median(self) -> float:
        """The figure that counts."""
        return statistics.median(self.values)

    @property
    def verdict(self) -> str:
        """Whether it holds."""
        if not self.values:
            return "not measured"
        if not _holds(self.median, self.goal.must):
            return "NOT REACHED"
        return "aim" if self.goal.aim is None or _holds(self.median, self.goal.aim) else "must"

    def cells(self) -> Sequence[str]:
        """Its row of the table: what it is, the figure, the goal, and whether it holds."""
        goal = self.goal
        wanted = f"{goal.must[0]} {goal.must[1]:g}" + (f", aim {goal.aim[1]:g}" if goal.aim else "")
        return goal.key, goal.what, "; ".join(filter(None, (self._spread(), self.beside))), wanted, self.verdict

    def line(self) -> str:
        """The row in columns, with what is said beside it at its end."""
        key, what, _, wanted, verdict = self.cells()
        holds = f"{verdict}; {self.beside}" if self.beside else verdict
        return f"{key:<5}{what:<80}{self._spread():<24}{wanted:<18}{holds}"

    def _spread(self) -> str:
        if not self.values:
            return "-"
        return f"{_said(self.median)} ({_said(min(self.values))}-{_said(max(self.values))})"


def _said(value: float) -> str:
    """A count as it is, a ratio with two decimals."""
    return str(value) if isinstance(value, int) else f"{value:.2f}"


def _holds(value: float, test: Test) -> bool:
    compare: dict[str, Callable[[float, float], bool]] = {"<=": float.__le__, ">=": float.__ge__}
    return compare[test[0]](float(value), float(test[1]))


GOALS = {
    goal.key: goal
    for goal in (
        Goal("P1", "cases/s over the floor's", (">=", 0.45), (">=", 0.6)),
        Goal("P2", "cases/s over FastStream as in its tutorials (naive)", (">=", 6), (">=", 10)),
        Goal("P3", "cases/s over FastStream one by one, same guarantees", (">=", 8), (">=", 15)),
        Goal("P4a", "cases/s over Django + Celery, tuned", (">=", 10), (">=", 20)),
        Goal("P4b", "cases/s over Django + Celery, as usual", (">=", 20), (">=", 40)),
        Goal("P5", "cases/s over a queue in PostgreSQL, no broker", (">=", 0.5), (">=", 0.7)),
        Goal("P6", "processor time a case over the floor's", ("<=", 2.0), ("<=", 1.6)),
        Goal("P7a", "WAL flushes a case", ("<=", 0.5)),
        Goal("P7b", "WAL bytes a case over the floor's", ("<=", 3.5)),
        Goal("P8a", "end to end p99 at 50/s over naive's", ("<=", 1.0)),
        Goal("P8b", "end to end p99 at 50/s over tuned Django's", ("<=", 0.25)),
        Goal("P9a", "p99 at 5 x what naive can take, over the own p99 at 5/s", ("<=", 20)),
        Goal("P9b", "seconds until the backlog of that is gone", ("<=", 1.0)),
        Goal("P10", "cases/s when every flush takes 2 ms, over the own without", (">=", 0.7)),
        Goal("P11a", "notifications lost when processes and broker are killed 20 times", ("<=", 0)),
        Goal("P11b", "notifications that came twice in it", ("<=", 0)),
        Goal("G1", "processor time an event at 1 M households and 10 M events, over 1 k and 10 k", ("<=", 1.6)),
        Goal("G2a", "worklist p50 at 1 M cases, over 1 k", ("<=", 1.5)),
        Goal("G2b", "pages a worklist reads at 1 M cases", ("<=", 60)),
        Goal("G3", "timeline of a household p99 at 10 M events, over 10 k", ("<=", 2.0)),
        Goal("G4a", "memory of the largest service after 100 k cases, MB (USS)", ("<=", 60)),
        Goal("G4b", "the same over after 10 k cases", ("<=", 1.2)),
        Goal("G5", "memory of NATS for 1 M kept messages, MB (RSS)", ("<=", 100)),
        Goal("G6", "cases/s in the last minute of a soak over the first", (">=", 0.9)),
    )
}


def show(figures: Sequence[Figure]) -> None:
    """Print the table."""
    print("\n{:<5}{:<80}{:<24}{:<18}{}".format("", "figure", "median (min-max)", "goal", "holds"))
    for figure in figures:
        print(figure.line())


def kept(figures: Sequence[Figure]) -> dict[str, Sequence[str]]:
    """The measured ones as they are kept in docs/proof."""
    return {figure.goal.key: figure.cells()[1:] for figure in figures if figure.values}


def table(runs: Sequence[Mapping[str, Any]]) -> str:
    """The table of speed in the README, from the kept runs of `make bench`."""
    rows = [
        f"| {key} | {' | '.join(cells)} |"
        for run in runs
        if run["name"].startswith("bench-")
        for key, cells in run["figures"].items()
        if isinstance(cells, list)
    ]
    when = [
        f"{run['name']} {run['run']['at'][:10]}, `{run['run']['commit']}`"
        for run in runs
        if run["name"].startswith("bench-")
    ]
    head = ["| | figure | median (least to most) | goal | holds |", "| --- | --- | --- | --- | --- |"]
    return "\n".join([*head, *rows, "", f"Kept runs: {'; '.join(when) or 'none yet'}.", ""])


def violations(figures: Sequence[Figure]) -> list[str]:
    """Every goal whose `must` does not hold."""
    return [figure.line() for figure in figures if figure.verdict == "NOT REACHED"]
