"""Telling: in the transaction that makes it true, counted per aggregate, and small enough to travel."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.people import told
from wij import outbox
from wij.database import Database
from wij.events import Envelope, Wanted, event_in, read_envelope, written
from wij.events.intake import Place, TeamAreaChanged
from wij.events.plan import ReviewPlanned
from wij.identity import service_actor
from wij.outbox import EventTooLarge


def review(household: UUID, review_id: UUID) -> ReviewPlanned:
    return ReviewPlanned(
        team="selwerd",
        review_id=review_id,
        plan_id=uuid4(),
        case_id=uuid4(),
        household_id=household,
        due_at="2027-01-04T09:00:00Z",
    )


async def test_two_who_tell_of_one_thing_without_holding_it_cannot_both_count(plan: Database) -> None:
    """I22: the database refuses a sequence that was taken, also from a caller who forgot to lock."""
    household, review_id = uuid4(), uuid4()
    actor = service_actor("plan")

    async def tell() -> None:
        async with plan.transaction(actor) as tx:
            await outbox.append(tx, [review(household, review_id)])

    async with plan.transaction(actor) as first:
        await outbox.append(first, [review(household, review_id)])
        second = asyncio.create_task(tell())
        await asyncio.sleep(0.2)
        assert not second.done()
    with pytest.raises(asyncpg.UniqueViolationError):
        await second
    assert len(await told(plan)) == 1


async def test_an_event_too_large_for_the_stream_is_refused_where_it_is_told(intake: Database) -> None:
    """EV-09: at most 64 KB; refused in the transaction, so nothing is half told."""
    places = tuple(Place(buurt=f"BU{number:08}", x=233000, y=583000) for number in range(2000))
    event = TeamAreaChanged(team="selwerd", team_id=uuid4(), places=places, valid_from="2027-01-01T00:00:00Z")
    with pytest.raises(EventTooLarge):
        async with intake.transaction(service_actor("intake")) as tx:
            await outbox.append(tx, [event])
    assert await told(intake) == []


@pytest.mark.parametrize("optional", [None, 'a "word" é\n'])
def test_what_is_written_reads_back_as_the_envelope_it_is_and_as_the_event_that_a_reader_wants(
    optional: str | None,
) -> None:
    fact = review(uuid4(), uuid4())
    attributes: dict[str, Any] = {
        "id": uuid4(),
        "source": "urn:nld:oin:00000000000000000000:systeem:wij:plan",
        "type": fact.type,
        "subject": fact.aggregate_id,
        "time": datetime(2027, 1, 4, 9, 0, 0, 120, tzinfo=UTC),
        "partitionkey": fact.partition_key,
        "correlationid": 'the "question" é',
        "causationid": optional,
        "traceparent": optional,
    }
    body = written(fact, sequence=3, **attributes)
    envelope = read_envelope(body)
    assert envelope.model_dump(exclude={"data"}) == Envelope(sequence="3", data=fact, **attributes).model_dump(
        exclude={"data"}
    )
    assert event_in(envelope, 7).fact == fact
    assert Wanted([ReviewPlanned]).read(body, 7) == event_in(envelope, 7)
    assert json.loads(body).get("traceparent") == optional
    assert ("traceparent" in json.loads(body)) == (optional is not None)


@pytest.mark.parametrize(
    "wrong",
    [{"specversion": "2.0"}, {"partitionkey": "somebody"}, {"sequence": "0"}, {"time": "today"}, {"data": {}}],
)
def test_a_reader_takes_no_envelope_that_is_something_else(wrong: dict[str, Any]) -> None:
    fact = review(uuid4(), uuid4())
    body = written(
        fact,
        id=uuid4(),
        source="urn:nld:oin:00000000000000000000:systeem:wij:plan",
        type=fact.type,
        subject=fact.aggregate_id,
        time=datetime.now(UTC),
        sequence=3,
        partitionkey=fact.partition_key,
        correlationid="the question",
    )
    wanted = Wanted([ReviewPlanned])
    assert wanted.read(body, 7).fact == fact
    with pytest.raises(ValueError, match="validation error"):
        wanted.read(json.dumps(json.loads(body) | wrong).encode(), 7)
