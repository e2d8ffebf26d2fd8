"""After PostgreSQL was restored to the past: a lost past is kept for a person, and never applied again."""

from collections.abc import Sequence
from uuid import uuid4

import pytest

from tests.shared.toys import (
    Counts,
    as_owner,
    jetstream_of,
    joined,
    log_of,
    positions,
    reading,
    registered,
    relaying,
    stream_of,
    tell,
    tell_many,
    until,
)
from wij.adoption import adopt_stream
from wij.database import Database
from wij.events import read_envelope
from wij.reader import Reader
from wij.relay import Relay
from wij.settings import Settings

type Stored = Sequence[tuple[int, str, bytes]]


@pytest.fixture
def settings(settings: Settings, nats_url: str) -> Settings:
    return settings.model_copy(update={"nats_url": nats_url})


@pytest.fixture
async def counts(plan: Database) -> Counts:
    counts = Counts(plan)
    await counts.prepare()
    return counts


async def test_a_stream_ahead_of_the_log_stops_the_relay_until_it_is_adopted(
    settings: Settings, intake: Database
) -> None:
    async with jetstream_of(settings) as jetstream:
        async with relaying(settings, intake):
            await tell_many(intake, [uuid4()], 10)
            before = await until(lambda: stream_of(jetstream, "intake"), lambda stream: len(stream) == 10)
        await _restore_to(settings, 6)
        async with relaying(settings, intake) as relay:
            await tell(intake, registered(uuid4()))
            trouble = await until(lambda: _trouble(relay), lambda found: "StreamAhead" in found)
            assert "10" in trouble
            assert "6" in trouble
            assert len(await log_of(intake)) == 6, "no number may be given while nobody knows which are taken"
            assert await adopt_stream(intake, settings) == 4
            stream = await until(lambda: stream_of(jetstream, "intake"), lambda stream: len(stream) == 11)
            assert stream[:6] == before[:6]
            assert stream == await log_of(intake)
            assert await _salvaged(settings) == [(position, body) for position, _, body in before[6:]]
            await jetstream.delete_stream("INTAKE")
            again = await until(lambda: stream_of(jetstream, "intake"), lambda found: len(found) == 11)
            assert again == stream


async def test_a_reader_applies_nothing_of_a_lost_past(
    settings: Settings, intake: Database, plan: Database, counts: Counts
) -> None:
    """Both were restored together, so the reader stands before the events that its owner no longer knows."""
    household = uuid4()
    async with jetstream_of(settings) as jetstream:
        async with relaying(settings, intake):
            async with reading(settings, plan, counts.subscription()):
                await tell_many(intake, [household], 6)
                await until(lambda: positions(plan), lambda found: found == [6] * 8)
            await tell_many(intake, [household], 4)
            await until(lambda: stream_of(jetstream, "intake"), lambda stream: len(stream) == 10)
        await _restore_to(settings, 6)
        async with reading(settings, plan, counts.subscription()) as reader:
            await until(lambda: _trouble(reader), lambda found: "NotInTheLog" in found)
            assert await counts.total() == 6
            assert await adopt_stream(intake, settings) == 4
            async with relaying(settings, intake):
                await tell(intake, joined(household))
                await until(lambda: positions(plan), lambda found: found == [11] * 8)
        assert await counts.heard() == {household: (7, 0)}, "one more, and the next in the household's order"
        assert await as_owner(settings, "plan", "select * from parked") == []


async def test_who_comes_later_reads_notices_in_the_place_of_a_lost_past(
    settings: Settings, intake: Database, plan: Database, counts: Counts
) -> None:
    """Also from the owner, when the stream begins later than the reader's position."""
    async with jetstream_of(settings) as jetstream, relaying(settings, intake):
        await tell_many(intake, [uuid4()], 10)
        await until(lambda: stream_of(jetstream, "intake"), lambda stream: len(stream) == 10)
    await _restore_to(settings, 6)
    await adopt_stream(intake, settings)
    told = await log_of(intake)
    assert [read_envelope(body).type for _, _, body in told[6:]] == ["nl.wij.intake.position.withdrawn.v1"] * 4
    await as_owner(settings, "intake", "update outbox set told_at = told_at - interval '1 year'")
    async with relaying(settings, intake), reading(settings, plan, counts.subscription()):
        await tell(intake, registered(uuid4()))
        await until(lambda: positions(plan), lambda found: found == [11] * 8)
    assert await counts.total() == 7
    assert await as_owner(settings, "plan", "select * from parked") == []


async def test_adopting_again_after_an_interruption_finishes_it_and_otherwise_changes_nothing(
    settings: Settings, intake: Database
) -> None:
    async with jetstream_of(settings) as jetstream:
        async with relaying(settings, intake):
            await tell_many(intake, [uuid4()], 10)
            before = await until(lambda: stream_of(jetstream, "intake"), lambda stream: len(stream) == 10)
        assert await adopt_stream(intake, settings) == 0
        assert await stream_of(jetstream, "intake") == before
        await _restore_to(settings, 6)
        await as_owner(settings, "intake", "insert into salvage values (7, $1, $2, now(), $3)", *_first_lost(before))
        assert await adopt_stream(intake, settings) == 3, "one was set aside already"
        assert await _salvaged(settings) == [(position, body) for position, _, body in before[6:]]
        async with relaying(settings, intake):
            stream = await until(lambda: stream_of(jetstream, "intake"), lambda stream: len(stream) == 10)
        assert stream == await log_of(intake)


def _first_lost(stream: Stored) -> tuple[str, bytes, bytes]:
    _, subject, body = stream[6]
    return subject, body, b"{}"


async def _restore_to(settings: Settings, position: int) -> None:
    """Take intake's log back, as an older backup would have it."""
    await as_owner(
        settings,
        "intake",
        "with lost as (select outbox_id from numbered where position > $1),"
        " gone as (delete from outbox using lost where id = outbox_id),"
        " cut as (update log set position = $1, outbox_ids = outbox_ids[:$1 - position + cardinality(outbox_ids)]"
        "         where position - cardinality(outbox_ids) < $1 and position > $1)"
        " delete from log where position - cardinality(outbox_ids) >= $1",
        position,
    )


async def _salvaged(settings: Settings) -> list[tuple[int, bytes]]:
    rows = await as_owner(settings, "intake", "select position, body from salvage order by position")
    return [(row["position"], row["body"]) for row in rows]


async def _trouble(one: Relay | Reader) -> str:
    return one.health.trouble or ""
