"""Who directs a household, as a register: one order of all that was done to it must explain every answer.

The search is Wing and Gong's, with the memory that Lowe added: take any operation that began before every other open
one ended, see whether the register allows it, and go on from there; what was tried from the same place is not tried
again. An operation that nobody answered may have happened at any moment after it began, or not at all.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from chaos.history import Record


@dataclass(frozen=True, slots=True)
class Operation:
    """One thing done to one register."""

    kind: Literal["look", "act", "take"]
    """`look` saw who directs, `act` did what only the director may, `take` took over."""
    who: str
    """Whom `look` saw, who did `act`, to whom `take` went."""
    start: float
    end: float = math.inf
    """Never, when nobody answered."""
    allowed: bool = True
    """For `act`: whether it was let through."""
    former: str = ""
    """For `take`: from whom."""

    def allowed_in(self, director: str) -> bool:
        """Whether this can have been answered so while this is the director."""
        match self.kind:
            case "look":
                return director == self.who
            case "act":
                return (director == self.who) is self.allowed
            case "take":
                return director == self.former

    def after(self, director: str) -> str:
        """Who directs afterwards."""
        return self.who if self.kind == "take" else director


def operations_of(records: Sequence[Record]) -> dict[str, list[Operation]]:
    """The operations on each household's register. What was not answered and changes nothing says nothing."""
    found: dict[str, list[Operation]] = {}
    for record in records:
        op, result = record.op, record.result
        made: Operation | None = None
        match op["do"]:
            case "look" if record.known:
                made = Operation("look", result, record.start, record.end)
            case "act" if result in {"allowed", "refused"}:
                made = Operation("act", op["by"], record.start, record.end, allowed=result == "allowed")
            case "take" if result in {"taken", None}:
                end = record.end if record.known else math.inf
                made = Operation("take", op["by"], record.start, end, former=op["from"])
        if made is not None:
            found.setdefault(op["household"], []).append(made)
    return found


def linearizable(operations: Sequence[Operation], director: str) -> bool:
    """Whether an order of these, beginning with this director, explains every answer and keeps before and after."""
    ordered = sorted(operations, key=lambda one: one.start)
    tried: set[tuple[frozenset[int], str]] = set()
    open_places = [(frozenset(range(len(ordered))), director)]
    while open_places:
        place = open_places.pop()
        left, now = place
        if all(ordered[n].end == math.inf for n in left):
            return True  # what nobody answered need not have happened
        if place in tried:
            continue
        tried.add(place)
        horizon = min(ordered[n].end for n in left)
        for n in left:
            one = ordered[n]
            if one.start <= horizon and one.allowed_in(now):
                open_places.append((left - {n}, one.after(now)))
    return False
