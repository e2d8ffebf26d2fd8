"""One household's facts, as this service told them, in order."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from wij.database import Statements, Transaction
from wij.events import read_event

SQL = Statements.of(__file__, "timeline.sql")


class TimelineEntry(BaseModel):
    """One fact: which, when, about what; ids and codes only."""

    event_id: UUID
    type: str
    at: datetime
    aggregate_id: UUID
    sequence: int
    correlation_id: str
    data: dict[str, Any]


class Timeline(BaseModel):
    """Everything this service told about a household, oldest first."""

    household_id: UUID
    items: Sequence[TimelineEntry]


async def of_household(tx: Transaction, household_id: UUID, also: Sequence[UUID] = ()) -> Timeline:
    """The household's facts, and those of aggregates that came to belong to it later (`also`).

    The caller has checked that the actor may see the household, and has recorded the look.
    """
    items = []
    for row in await tx.rows(SQL.facts_of_household, household_id, list(also)):
        event = read_event(row["body"], 0)
        items.append(
            TimelineEntry(
                event_id=event.id,
                type=row["type"],
                at=event.recorded_at,
                aggregate_id=event.fact.aggregate_id,
                sequence=event.sequence,
                correlation_id=event.correlation_id,
                data=event.fact.model_dump(mode="json"),
            )
        )
    return Timeline(household_id=household_id, items=items)
