"""Telling: events are written in the transaction that makes them true, and nowhere else.

The caller holds the lock on the aggregate's row, so `sequence` counts without gaps; the unique index on
(aggregate_id, sequence) refuses a caller who does not.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from wij import telemetry
from wij.database import Statements, Transaction
from wij.events import Caused, Event, written
from wij.failpoints import passing
from wij.ids import new_id

SQL = Statements.of(__file__, "outbox.sql")
LARGEST = 64 * 1024
"""Bytes; EV-09. What is larger goes by `dataref`."""


class EventTooLarge(ValueError):
    """An event of more than 64 KB would be refused by the stream, so it is refused here, in the transaction."""


async def append(tx: Transaction, told: Iterable[Event | Caused[Any]]) -> None:
    """Write events to the outbox in the caller's transaction, in this order.

    Raises `EventTooLarge`; a unique violation when the caller did not lock the aggregate.
    """
    facts: Sequence[Event | Caused[Any]] = list(told)
    if not facts:
        return
    events = [fact.fact if isinstance(fact, Caused) else fact for fact in facts]
    last: dict[UUID, int] = {
        row["aggregate_id"]: row["sequence"]
        for row in await tx.rows(SQL.last_sequences, list({event.aggregate_id for event in events}))
    }
    here = telemetry.current()
    rows: list[tuple[object, ...]] = []
    for fact, event in zip(facts, events, strict=True):
        aggregate = event.aggregate_id
        last[aggregate] = last.get(aggregate, 0) + 1
        by = fact.by if isinstance(fact, Caused) else None
        body = written(
            event,
            id=new_id(),
            source=tx.source,
            type=event.type,
            subject=aggregate,
            time=tx.now,
            sequence=last[aggregate],
            partitionkey=event.partition_key,
            correlationid=by.correlation_id if by else here.correlation_id,
            causationid=str(by.id) if by else here.request_id,
            traceparent=by.traceparent if by else here.traceparent,
        )
        if len(body) > LARGEST:
            raise EventTooLarge(f"{event.type} of {len(body)} bytes")
        rows.append((event.type, aggregate, last[aggregate], event.get("household_id"), event.subject, body))
    await tx.run(SQL.append, rows)
    passing("outbox.appended")
    tx.told = True
