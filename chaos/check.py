"""What a history shows to be wrong: `python -m chaos.check history.jsonl …` prints it, and ends with 1 if it is any.

Every check is a function of the history alone, so it also reads one that was written elsewhere. What each wants to see:

- `do: call` with service, path, key and content (a digest of what was asked), the ids that were asked about, and as
  result the status, a digest of the answer, and the ids in it
- `do: look`, `act` and `take` with the household, and who (chaos/register.py)
- `do: found` with `what`, and everything that was found of it when all was quiet; `do: mail` for each message that left
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chaos import register
from chaos.history import Record, of, read
from chaos.verdict import Verdict

CREATES: Mapping[str, str] = {
    "requests": "request_id",
    "households": "household_id",
    "volunteers": "volunteer_id",
    "plans": "plan_id",
    "handovers": "handover_id",
    "consents": "consent_id",
    "actions": "action_id",
    "support-need": "need_id",
    "proposals": "match_id",
}
"""The last word of a path, and the id of what asking it creates."""


def lost(history: Sequence[Record]) -> Iterator[str]:
    """P1: what we were told was done, and is not there."""
    there = _found(history)
    made = {kind: set(there[kind]) for kind in CREATES.values() if kind in there}
    for call in _done(history):
        kind = _creates(call)
        if kind in made and call.result["ids"][kind] not in made[kind]:
            yield f"{kind} {call.result['ids'][kind]} was answered to {call.process} and is lost"
    if "effects" in there:
        took = {request for _, request in there["effects"]}
        for one in _accepted(history):
            if one.request not in took:
                yield f"request {one.request} of household {one.household} was accepted and led to nothing"


def doubled(history: Sequence[Record]) -> Iterator[str]:
    """P2, P5: what was done once and is there twice."""
    there = _found(history)
    asked: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for call in of(history, "call"):
        if kind := _creates(call):
            asked[kind].add((call.process, call.op["key"]))
    for kind in sorted(asked.keys() & there.keys()):
        if len(there[kind]) > len(asked[kind]):
            yield f"{len(asked[kind])} keys made {len(there[kind])} of {kind}"
    for request, times in Counter(request for _, request in there.get("effects", ())).items():
        if times > 1:
            yield f"request {request} took effect {times} times"
    for household, times in Counter(household for household, _ in there.get("cases", ())).items():
        if times > 1:
            yield f"household {household} has {times} cases"


def out_of_order(history: Sequence[Record]) -> Iterator[str]:
    """Requests that took effect before one of the same household that had been accepted before they were asked."""
    place = {request: n for n, (_, request) in enumerate(_found(history).get("effects", ()))}
    of_household: dict[str, list[Acceptance]] = defaultdict(list)
    for acceptance in _accepted(history):
        if acceptance.request in place:
            of_household[acceptance.household].append(acceptance)
    for household, accepted in of_household.items():
        for before in accepted:
            for after in accepted:
                if before.end < after.start and place[before.request] > place[after.request]:
                    yield f"household {household}: {after.request} overtook {before.request}"


def unequal_answers(history: Sequence[Record]) -> Iterator[str]:
    """P2: one key that was answered in two ways, or that served two contents."""
    by_key: dict[tuple[str, str, str], list[Record]] = defaultdict(list)
    for call in of(history, "call"):
        if call.known and call.op["key"]:
            by_key[call.process, call.op["service"], call.op["key"]].append(call)
    for (process, service, key), calls in by_key.items():
        done = [call for call in calls if call.result["status"] < 300]
        if len({call.op["content"] for call in done}) > 1:
            yield f"key {key} of {process} at {service} served two contents"
            continue
        if len({(call.result["status"], call.result["content"]) for call in done}) > 1:
            yield f"key {key} of {process} at {service} was answered in different ways"
        for call in calls:
            if not any(one.end < call.start for one in done):
                continue
            same = call.op["content"] == done[0].op["content"]
            if call.result["status"] not in ({200, 201, 204} if same else {422}):
                yield f"key {key} of {process} at {service} was answered {call.result['status']} after it was done"


def mistakes(history: Sequence[Record]) -> Iterator[str]:
    """Answers that say: our mistake."""
    for call in of(history, "call"):
        if call.known and call.result["status"] == 500:
            yield f"{call.op['service']} {call.op['path']} answered 500"


def two_directors(history: Sequence[Record]) -> Iterator[str]:
    """P3: households for which no order of handovers explains what everybody was told."""
    first = {record.op["household"]: record.op["director"] for record in of(history, "begin")}
    for household, operations in register.operations_of(history).items():
        if not register.linearizable(operations, first[household]):
            yield f"household {household}: no order of {len(operations)} operations explains who directed when"


def sent_twice(history: Sequence[Record]) -> Iterator[str]:
    """P8: messages that left more than once."""
    for key, times in Counter(record.op["notification"] for record in of(history, "mail")).items():
        if times > 1:
            yield f"notification {key} was sent {times} times"


CHECKS: Sequence[Callable[[Sequence[Record]], Iterator[str]]] = (
    lost,
    doubled,
    out_of_order,
    unequal_answers,
    mistakes,
    two_directors,
    sent_twice,
)


def violations(history: Sequence[Record]) -> list[str]:
    """Everything that is wrong, with the check that found it."""
    return [f"{check.__name__}: {found}" for check in CHECKS for found in check(history)]


def _done(history: Sequence[Record]) -> Iterator[Record]:
    """The calls that were answered with yes."""
    return (call for call in of(history, "call") if call.known and call.result["status"] < 300)


def _creates(call: Record) -> str | None:
    """The id of what a call creates; None when it creates nothing."""
    return CREATES.get(call.op["path"].rpartition("/")[2]) if call.op["key"] else None


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A request that somebody was told is accepted."""

    request: str
    household: str
    start: float
    """When it was asked for the first time: before that it cannot have been."""
    end: float
    """When it was answered for the first time: from then on it is."""


def _accepted(history: Sequence[Record]) -> list[Acceptance]:
    asked: dict[str, float] = {}
    found: dict[str, Acceptance] = {}
    for call in of(history, "call"):
        if call.op["path"].endswith("/acceptance") and (household := call.op["ids"].get("household_id")):
            request = call.op["path"].split("/")[2]
            start = asked[request] = min(asked.get(request, call.start), call.start)
            if call.known and call.result["status"] < 300 and request not in found:
                found[request] = Acceptance(request, household, start, call.end)
    return list(found.values())


def _found(history: Sequence[Record]) -> dict[str, list[Any]]:
    """What was found when all was quiet; a kind nobody looked for is not there."""
    return {record.op["what"]: record.result for record in of(history, "found")}


def main() -> int:
    """The command."""
    failed = False
    for name in sys.argv[1:]:
        history = read(Path(name))
        verdict = Verdict(name, ["P1", "P2", "P3", "P5", "P8"], violations(history), {"records": len(history)})
        verdict.say()
        failed |= not verdict.passed
    return int(failed or len(sys.argv) < 2)


if __name__ == "__main__":
    sys.exit(main())
