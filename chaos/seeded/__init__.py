"""Mistakes that somebody could make, each made on purpose and small, so that the harness shows that it would find them.

None of them is in the code that runs for people: `python -m chaos.seeded NAME -- <words of wijd>` starts a process in
which one function or one statement was replaced. Where the product has two guards against the same mistake, both are
taken out: what is left of one of them is told by `without`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from wij.database import Statements


@dataclass(frozen=True, slots=True)
class Seeded:
    """One mistake, and the circumstances in which it shows."""

    mistake: str
    """What somebody did, in a sentence."""
    make: Callable[[], None]
    """Makes it, in the process that is about to start."""
    finds: Sequence[str]
    """Words of the violations it must lead to; one of them is enough."""
    fail_points: str = ""
    """Where processes die meanwhile (`WIJ_FAILPOINTS`)."""
    processes: int = 1
    """How many processes run everything; with two, the other one meets at once what the dead one left."""
    without: Sequence[str] = ()
    """Statements that take the database's own guards out."""


def replace(where: object, name: str, by: object) -> None:
    """Put something else in the place of what is called `name` there."""
    if not hasattr(where, name):
        raise AttributeError(f"{where} has no {name} that a mistake could stand in for")
    setattr(where, name, by)


def change(module: object, **statements: str) -> None:
    """Put other words in the place of some SQL statements of a module."""
    sql: Statements = vars(module)["SQL"]
    if unknown := statements.keys() - sql.names():
        raise AttributeError(f"{module} has no statement {', '.join(sorted(unknown))}")
    replace(module, "SQL", Statements({name: getattr(sql, name) for name in sql.names()} | statements))


def every() -> Mapping[str, Seeded]:
    """All of them, by name."""
    from chaos.seeded import edges, events, households  # noqa: PLC0415  # they import this

    return {**events.SEEDED, **households.SEEDED, **edges.SEEDED}
