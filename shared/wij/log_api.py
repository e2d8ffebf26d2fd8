"""What every service answers about its own log: events from any position, parked events, and who looked at what."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from wij import audit, parking, relay
from wij.access import Action
from wij.call import Calling, Cursor, Page, Paging, Routes
from wij.database import Transaction
from wij.errors import FieldError, Invalid, NotFound
from wij.events import SERVICES
from wij.parking import AlreadyDecided, BehindAnother

Source = Annotated[str, Path(description="the service whose event it is", examples=list(SERVICES))]
Position = Annotated[int, Path(ge=1)]
After = Annotated[int, Query(ge=0, description="the last position (or row) you have")]


class EventAtPosition(BaseModel):
    """One event with its position, which is also its sequence in the stream."""

    position: int
    event: dict[str, Any] = Field(description="the CloudEvent, byte for byte as it stands in the log and the stream")


class ParkedEvent(BaseModel):
    """An event that could not be applied, or that waits behind one of the same household."""

    source: str
    position: int
    partition: int
    key: UUID | None = Field(description="the household, or the aggregate where no household is involved")
    type: str
    reason: str
    behind: bool = Field(description="it only waits for an earlier event of the same household")
    attempts: int
    parked_at: datetime
    retry_asked_at: datetime | None
    resolution: str | None = Field(description="`applied` or `dropped`; null while it waits")
    resolved_at: datetime | None
    dropped_because: str | None
    event: str | None = Field(None, description="what it says, when one is asked for")


class DropParked(BaseModel):
    """Decide that an event will never be applied here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str = Field(min_length=3, max_length=500)


class Look(BaseModel):
    """One look: who saw what, in which relation, why, and with which result."""

    id: int
    at: datetime
    actor_id: UUID
    roles: str
    action: str
    object_kind: str
    object_id: UUID | None
    household_id: UUID | None
    relation: str | None
    purpose: str
    result: str


class Looks(BaseModel):
    """A part of the access log, oldest first; ask on with `after` = the last `id`."""

    items: Sequence[Look]


def log_routes() -> Routes:
    """The routes about the log, the same in every service."""
    routes = Routes()

    @routes.get("/events", Action.READ_EVENTS, list[EventAtPosition])
    async def read_events(
        call: Calling, after: After = 0, limit: Annotated[int, Query(ge=1, le=1000)] = 100
    ) -> Response:
        """What this service told, from a position on: a JSON array with one event on each line."""
        async with call.database.transaction(call.actor) as tx:
            rows = await tx.rows(relay.SQL.told_after, after, limit)
        return Response(as_lines(rows), media_type="application/json")

    @routes.get("/parked", Action.MANAGE_PARKED, Page[ParkedEvent])
    async def list_parked(call: Calling, page: Paging) -> Response:
        """The events of other services that wait for a decision here."""
        return await call.run(list_open, page)

    @routes.get("/parked/{source}/{position}", Action.MANAGE_PARKED, ParkedEvent)
    async def show_parked(call: Calling, source: Source, position: Position) -> Response:
        """One of them, with what it says."""
        return await call.run(show, source, position)

    @routes.post("/parked/{source}/{position}/retry", Action.MANAGE_PARKED, ParkedEvent, status=202)
    async def retry_parked(call: Calling, source: Source, position: Position) -> Response:
        """Try it again within a second, and those behind it after it."""
        return await call.run(retry, source, position)

    @routes.post("/parked/{source}/{position}/drop", Action.MANAGE_PARKED, ParkedEvent)
    async def drop_parked(call: Calling, source: Source, position: Position, why: DropParked) -> Response:
        """Never apply it; those behind it go on without it."""
        return await call.run(drop, source, position, why)

    @routes.get("/access-log", Action.VIEW_ACCESS_LOG, Looks)
    async def access_log(
        call: Calling,
        after: After = 0,
        household_id: UUID | None = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    ) -> Response:
        """Who looked at what, oldest first. This look is on record, too."""
        return await call.run(looks, after, household_id, limit)

    return routes


def as_lines(rows: Sequence[asyncpg.Record]) -> bytes:
    """Positions and stored bytes as one JSON array; an event's bytes hold no line break, so each has its own line."""
    lines = (b'{"position":%d,"event":%b}' % (row["position"], row["body"]) for row in rows)
    return b"[\n" + b",\n".join(lines) + b"\n]"


def from_lines(content: bytes) -> list[tuple[int, bytes]]:
    """Positions and the very bytes, from what `as_lines` made."""
    found = []
    for line in content.splitlines():
        head, event, body = line.removesuffix(b",").partition(b',"event":')
        if event:
            found.append((int(head.removeprefix(b'{"position":')), body[:-1]))
    return found


async def list_open(tx: Transaction, page: Cursor) -> Page[ParkedEvent]:
    """Open events after the cursor."""
    match page.after:
        case None:
            source, position = "", 0
        case [str(source), int(position)]:
            pass
        case _:
            raise Invalid("This is not a cursor of this list.", [FieldError("cursor", "take it from `next`")])
    rows = await tx.rows(parking.SQL.open_after, source, position, page.limit + 1)
    items = [_view(row) for row in rows[: page.limit]]
    more = Cursor.to((items[-1].source, items[-1].position)) if len(rows) > page.limit else None
    return Page(items=items, next=more)


async def show(tx: Transaction, source: str, position: int) -> ParkedEvent:
    """One parked event, or `NotFound`."""
    return _found(await tx.row(parking.SQL.one, source, position))


async def retry(tx: Transaction, source: str, position: int) -> ParkedEvent:
    """Ask the reader to try it again; refused when it is decided already or waits behind another."""
    parked = await _undecided(tx, source, position)
    if parked.key is not None and await tx.value(parking.SQL.first_before, source, parked.key, position):
        raise BehindAnother(
            "An earlier event of the same household waits before this one. Decide about that one first."
        )
    await tx.run(parking.SQL.ask_retry, source, position, tx.actor.id)
    return await show(tx, source, position)


async def drop(tx: Transaction, source: str, position: int, why: DropParked) -> ParkedEvent:
    """Decide that it is never applied."""
    await _undecided(tx, source, position)
    await tx.run(parking.SQL.drop, source, position, tx.actor.id, why.reason)
    return await show(tx, source, position)


async def looks(tx: Transaction, after: int, household_id: UUID | None, limit: int) -> Looks:
    """A part of the access log; the look at it is written first."""
    await audit.looked(
        tx, Action.VIEW_ACCESS_LOG, "access_log", None, household_id=household_id, purpose="accountability"
    )
    rows = await tx.rows(audit.SQL.looks_after, after, household_id, limit)
    return Looks(items=[Look.model_validate(dict(row)) for row in rows])


async def _undecided(tx: Transaction, source: str, position: int) -> ParkedEvent:
    parked = _found(await tx.row(parking.SQL.one_for_update, source, position))
    if parked.resolution:
        raise AlreadyDecided(f"This event was {parked.resolution} already.")
    return parked


def _found(row: asyncpg.Record | None) -> ParkedEvent:
    if row is None:
        raise NotFound("Nothing is parked at this position.")
    return _view(row, row["body"].decode(errors="replace"))


def _view(row: asyncpg.Record, event: str | None = None) -> ParkedEvent:
    return ParkedEvent.model_validate({**row, "event": event})
