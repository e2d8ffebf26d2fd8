"""The facts of one household's story, as notify hears them, each with ids that are easy to follow."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, get_args
from uuid import NAMESPACE_URL, UUID, uuid5

from pydantic import TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from services.notify.handlers.hearing import when_told
from tests.people import NADIA, SAMIRA, TOM
from wij.database import Database, Transaction
from wij.events import Event, Recorded, intake, matching, plan, read_event
from wij.identity import service_actor
from wij.ids import new_id

MOMENT = datetime(2026, 11, 9, 9, 0, tzinfo=UTC)
SOON = MOMENT + timedelta(days=30)
TEAM = "selwerd"
BUURT = "BU00140202"


def an_id(name: str) -> UUID:
    """The same id for the same name."""
    return uuid5(NAMESPACE_URL, f"urn:wij:test:{name}")


def heard(fact: Event, at: datetime = MOMENT, **more: Any) -> Recorded[Any]:
    """The fact as a reader hands it over."""
    fields: dict[str, Any] = {
        "id": new_id(),
        "position": 1,
        "sequence": 1,
        "correlation_id": "c-1",
        "traceparent": None,
    }
    return Recorded(recorded_at=at, fact=fact, **(fields | more))


_STORY: Mapping[str, Any] = {
    "team": TEAM,
    "buurt": BUURT,
    "director_id": SAMIRA.id,
    "from_id": SAMIRA.id,
    "to_id": NADIA.id,
    "worker_id": TOM.id,
    "deputy_id": NADIA.id,
    "owner_id": TOM.id,
    "owner_kind": "professional",
    "opened_from": an_id("request"),
    "result": "concern",
    "by": "household",
    "term": "review",
    "threshold": "t",
    "template": "receipt",
    "anonymous": False,
    "received_at": MOMENT,
    "starts_at": MOMENT,
    "ends_at": None,
}


def example(event: type[Event], **values: Any) -> Any:
    """An event of this type in the story of one household: the first value that each field can be."""
    return event.model_validate(
        {
            name: values[name] if name in values else _first_that_fits(name, field)
            for name, field in event.model_fields.items()
        }
    )


def _first_that_fits(name: str, field: FieldInfo) -> Any:
    form: Any = Annotated[field.annotation, *field.metadata, None]
    kind: TypeAdapter[Any] = TypeAdapter(form)
    story = [_STORY[name]] if name in _STORY else []
    for value in (
        *story,
        an_id(name.removesuffix("_id")),
        SOON,
        SOON.date(),
        2,
        False,
        *get_args(field.annotation),
        "code",
        (),
    ):
        try:
            kind.validate_python(value, strict=True)
        except ValidationError:
            continue
        return value
    raise AssertionError(f"no example for {name}")


OPENED = example(plan.CaseOpened)
RECEIVED = example(intake.HelpRequestReceived)
NEEDED = example(plan.SupportNeedRequested, kind="errands", hours_week=2)
PROPOSED = example(matching.MatchProposed)


async def tell(notify: Database, *facts: Event | Recorded[Any], at: datetime = MOMENT) -> list[Recorded[Any]]:
    """Have notify hear these, in this order, as its reader does; answers what was heard."""
    events = [fact if isinstance(fact, Recorded) else heard(fact, at) for fact in facts]
    async with notify.transaction(service_actor("notify")) as tx:
        await when_told(tx, events)
    return events


class _NeverHappened(Exception):
    """Ends a transaction without its effects."""


@asynccontextmanager
async def undone(notify: Database) -> AsyncIterator[Transaction]:
    """A transaction of notify's reader that never happened: many small stories on one database."""
    with suppress(_NeverHappened):
        async with notify.transaction(service_actor("notify")) as tx:
            yield tx
            raise _NeverHappened


async def said(notify: Database) -> list[Recorded[Event]]:
    """What notify told, as its own reader would hand it over."""
    async with notify.transaction(service_actor("notify")) as tx:
        rows = await tx.rows("select body from outbox order by id")
    return [read_event(row["body"], number) for number, row in enumerate(rows, 1)]


async def rows(notify: Database, statement: str, *values: object) -> list[dict[str, Any]]:
    """What stands in notify's tables."""
    async with notify.transaction(service_actor("notify")) as tx:
        return [dict(row) for row in await tx.rows(statement, *values)]
