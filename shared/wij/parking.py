"""Parking: an event that cannot be applied is set aside with its reason, its household's later events wait behind it.

Nobody else waits. A person looks, and asks for a retry or drops it; the reader that holds the partition does either in
order, on the connection that holds its lock. What is parked is never lost and never silently skipped (P6, P7).
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple
from uuid import UUID

from wij.database import Statements, Transaction
from wij.errors import Refusal
from wij.events import Event, Recorded, UnknownEvent, Wanted, event_in, read_envelope
from wij.partitions import partition_of
from wij.trouble import reason_of

SQL = Statements.of(__file__, "parking.sql")


class AlreadyDecided(Refusal):
    """This event was applied or dropped already."""


class BehindAnother(Refusal):
    """An earlier event of the same household waits; trying this one first would turn their order round."""


class Read(NamedTuple):
    """An event as it came, and what we made of it."""

    position: int
    partition: int
    key: UUID | None
    """The household, or the aggregate where no household is involved; None when the envelope cannot be read."""
    type: str
    body: bytes
    event: Recorded[Event] | None
    problem: str | None = None
    """Why it cannot be applied."""

    def failed(self, error: BaseException) -> "Read":
        """The same, set aside for this reason."""
        return self._replace(problem=reason_of(error))


def understand(position: int, body: bytes, wanted: Wanted, partition: int | None = None) -> Read:
    """Read the bytes; what cannot be understood, or was not asked for, has a `problem`."""
    try:
        event = wanted.read(body, position)
    except ValueError:  # pydantic's ValidationError is one
        return _find_out(position, body, wanted, partition)
    key = event.fact.partition_key
    return Read(position, partition_of(key) if partition is None else partition, key, event.fact.type, body, event)


def _find_out(position: int, body: bytes, wanted: Wanted, partition: int | None) -> Read:
    """What is wrong with these bytes, and whose they are: the envelope may be readable when what it carries is not."""
    key, kind = None, "unknown"
    try:
        envelope = read_envelope(body)
        key, kind = envelope.partitionkey, envelope.type
        if kind not in wanted:
            raise UnknownEvent(f"this service knows no {kind}")
        event = event_in(envelope, position)
    except ValueError as error:  # pydantic's ValidationError is one
        place = partition if partition is not None else partition_of(key) if key else 0
        return Read(position, place, key, kind, body, None, reason_of(error))
    return Read(position, partition_of(key) if partition is None else partition, key, kind, body, event)


async def sort_out(
    tx: Transaction, source: str, read: Sequence[Read], *, anything_parked: bool
) -> tuple[list[Recorded[Event]], list[Read]]:
    """What of a batch can be applied; the rest is parked in this transaction and handed back.

    Only the reader that holds a partition parks its events, so it knows when there is nothing to ask for.
    """
    keys, positions = [item.key for item in read if item.key], [item.position for item in read]
    standing = await tx.rows(SQL.standing_of, source, keys, positions) if anything_parked else []
    dropped = {row["position"] for row in standing if row["resolution"]}
    blocked = {row["key"] for row in standing if not row["resolution"]}
    apply: list[Recorded[Event]] = []
    park: list[tuple[Read, bool]] = []
    for item in read:
        if item.position in dropped:
            continue
        if item.key in blocked:
            park.append((item._replace(problem="waits behind an earlier event of the same household"), True))
        elif item.event is None or item.problem:
            park.append((item, False))
            if item.key:
                blocked.add(item.key)
        else:
            apply.append(item.event)
    if park:
        rows = [(i.position, i.partition, i.key, i.type, i.body, i.problem, behind) for i, behind in park]
        await tx.run(SQL.park, source, *map(list, zip(*rows, strict=True)))
    return apply, [item for item, behind in park if not behind]


def in_groups[E: Event, K](
    events: Sequence[Recorded[E]], kind_of: Callable[[Recorded[E]], K]
) -> list[tuple[K, list[Recorded[E]]]]:
    """Few groups of one kind each, which together keep the order of every household.

    An event joins the earliest group of its kind that does not come before the last group its household is in.
    """
    kinds = [kind_of(event) for event in events]
    if len(set(kinds)) == 1:
        return [(kinds[0], list(events))]
    groups: list[tuple[K, list[Recorded[E]]]] = []
    of_kind: dict[K, list[int]] = {}
    last: dict[UUID, int] = {}
    for event, kind in zip(events, kinds, strict=True):
        key = event.fact.partition_key
        mine = of_kind.setdefault(kind, [])
        at = next((n for n in mine if n >= last.get(key, 0)), None)
        if at is None:
            at = len(groups)
            groups.append((kind, []))
            mine.append(at)
        groups[at][1].append(event)
        last[key] = at
    return groups
