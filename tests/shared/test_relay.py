"""The relay: one number for each event, and a stream that is an exact copy of the log, whatever dies."""

import asyncio
import random
from contextlib import suppress
from datetime import timedelta
from functools import partial
from uuid import uuid4

import pytest
from nats.js.api import StreamConfig
from nats.js.errors import APIError, NotFoundError

from tests.shared.toys import (
    as_owner,
    end_connections,
    jetstream_of,
    joined,
    log_of,
    registered,
    relaying,
    running,
    runtime_of,
    stream_of,
    tell,
    tell_many,
    until,
)
from wij import outbox
from wij.adoption import adopt_stream
from wij.database import Database
from wij.events import read_event
from wij.identity import service_actor
from wij.relay import TOGETHER, WINDOW, Pipeline, Relay, StreamDiffers, connect, end_of, lock_of
from wij.settings import Settings


@pytest.fixture
def settings(settings: Settings, nats_url: str) -> Settings:
    return settings.model_copy(update={"nats_url": nats_url})


async def test_every_event_gets_the_next_number_and_the_stream_is_a_copy_of_the_log(
    settings: Settings, intake: Database
) -> None:
    households = [uuid4() for _ in range(20)]
    async with relaying(settings, intake), jetstream_of(settings) as jetstream:
        await tell_many(intake, households, 300)
        log = await until(lambda: log_of(intake), lambda log: len(log) == 300)
        assert [position for position, _, _ in log] == list(range(1, 301))
        assert await until(lambda: stream_of(jetstream, "intake"), lambda stream: len(stream) == 300) == log


async def test_a_message_says_what_it_is_without_being_opened(settings: Settings, intake: Database) -> None:
    async with relaying(settings, intake), jetstream_of(settings) as jetstream:
        await tell(intake, registered(household := uuid4()))
        message = await until(lambda: jetstream.get_msg("INTAKE", seq=1), bool)
        headers = message.headers or {}
        assert headers["Content-Type"] == "application/cloudevents+json"
        assert (message.subject or "").startswith("wij.intake.household_registered.selwerd.")
        assert str(household).encode() in (message.data or b"")


async def test_one_household_is_told_in_the_order_of_its_transactions(settings: Settings, intake: Database) -> None:
    """I22: one event for each change, with a sequence per aggregate that has no gaps."""
    household = uuid4()
    async with relaying(settings, intake):
        await asyncio.gather(*(tell(intake, joined(household)) for _ in range(40)))
        rows = await until(
            lambda: as_owner(
                settings, "intake", "select sequence from numbered join outbox on id = outbox_id order by position"
            ),
            lambda rows: len(rows) == 40,
        )
    assert [row["sequence"] for row in rows] == list(range(1, 41))


async def test_a_second_relay_waits_and_takes_over_at_once(settings: Settings, intake: Database) -> None:
    first, second = (Relay(intake, settings, asyncio.Event()) for _ in range(2))
    async with jetstream_of(settings) as jetstream, running(first.run) as [task]:
        await until(lambda: jetstream.stream_info("INTAKE"), bool)
        async with running(second.run):
            await tell_many(intake, [uuid4()], 10)
            await until(lambda: stream_of(jetstream, "intake"), lambda stream: len(stream) == 10)
            assert (first.health.state, second.health.state) == ("running", "standby")
            task.cancel()
            await tell_many(intake, [uuid4()], 10)
            await until(lambda: stream_of(jetstream, "intake"), lambda stream: len(stream) == 20, 3)
            assert await stream_of(jetstream, "intake") == await log_of(intake)


@pytest.mark.parametrize("events", [1, TOGETHER], ids=["one event", "an atomic batch"])
async def test_a_relay_that_slept_is_refused_by_the_stream(settings: Settings, intake: Database, events: int) -> None:
    await tell_many(intake, [uuid4()], TOGETHER + 5)
    async with relaying(settings, intake), jetstream_of(settings) as jetstream:
        log = await until(lambda: log_of(intake), lambda log: len(log) == TOGETHER + 5)
        await until(lambda: stream_of(jetstream, "intake"), lambda stream: len(stream) == TOGETHER + 5)
        sleeper = await connect(settings, "intake")
        line = await Pipeline.open(sleeper)
        late = await as_owner(settings, "intake", f"select * from told where position between 4 and {events + 3}")
        with pytest.raises(Exception, match="wrong last sequence"):
            await line.publish(late)
        await sleeper.close()
        assert await stream_of(jetstream, "intake") == log


async def test_many_events_at_once_take_their_numbers_together(settings: Settings, intake: Database) -> None:
    await tell_many(intake, [uuid4() for _ in range(7)], 5 * TOGETHER)
    async with relaying(settings, intake), jetstream_of(settings) as jetstream:
        stream = await until(lambda: stream_of(jetstream, "intake"), lambda stream: len(stream) == 5 * TOGETHER)
        assert stream == await log_of(intake)
        first = (await jetstream.get_msg("INTAKE", seq=1)).headers or {}
        assert first["Nats-Batch-Sequence"] == "1"


async def test_what_is_told_together_may_be_more_than_the_stream_takes_at_once(
    settings: Settings, intake: Database
) -> None:
    """An atomic batch holds a thousand; an import tells more."""
    household, many = uuid4(), 2 * WINDOW + TOGETHER
    async with intake.transaction(service_actor("intake")) as tx:
        await outbox.append(tx, [joined(household) for _ in range(many)])
    await tell(intake, joined(household))
    async with relaying(settings, intake), jetstream_of(settings) as jetstream:
        await until(lambda: end_of(jetstream, "intake"), partial(int.__eq__, many + 1), 20)
        log = await log_of(intake)
        assert [position for position, _, _ in log] == list(range(1, many + 2))
        assert [read_event(body, position).sequence for position, _, body in log] == list(range(1, many + 2))
        assert await stream_of(jetstream, "intake") == log


async def test_a_deleted_or_rolled_back_stream_is_filled_with_the_same_numbers_under_load(
    settings: Settings, intake: Database
) -> None:
    households = [uuid4() for _ in range(10)]
    async with relaying(settings, intake), jetstream_of(settings) as jetstream:
        await tell_many(intake, households, 60)
        await until(lambda: stream_of(jetstream, "intake"), lambda stream: len(stream) == 60)
        load = asyncio.create_task(tell_many(intake, households, 300))
        for _ in range(3):
            await asyncio.sleep(0.3)
            kept = (await log_of(intake))[: random.randrange(40)]
            with suppress(NotFoundError):
                await jetstream.delete_stream("INTAKE")
            with suppress(APIError):  # the relay may be quicker; then this was a deletion and no roll back
                await jetstream.add_stream(StreamConfig(name="INTAKE", subjects=["wij.intake.>"], deny_delete=True))
                for position, subject, body in kept:
                    headers = {"Nats-Expected-Last-Sequence": str(position - 1)}
                    await jetstream.publish(subject, body, headers=headers)
        await load
        await until(lambda: log_of(intake), lambda log: len(log) == 360)
        await until(lambda: stream_of(jetstream, "intake"), lambda stream: len(stream) == 360)
        assert await stream_of(jetstream, "intake") == await log_of(intake)
        config = (await jetstream.stream_info("INTAKE")).config
        assert (config.deny_delete, config.deny_purge, config.storage) == (True, True, "file")


@pytest.mark.parametrize("moment", ["assign", "publish", "confirm"])
async def test_a_relay_that_dies_between_two_steps_leaves_neither_a_gap_nor_a_double(
    settings: Settings, intake: Database, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    name = {"assign": "relay.assigned", "publish": "relay.published", "confirm": "relay.confirmed"}[moment]
    deaths = 0

    def die(here: str) -> None:
        nonlocal deaths
        if here == name and deaths < 5:
            deaths += 1
            raise RuntimeError("a sudden end")

    monkeypatch.setattr("wij.relay.passing", die)
    async with relaying(settings, intake), jetstream_of(settings) as jetstream:
        await tell_many(intake, [uuid4() for _ in range(5)], 120)
        await until(lambda: stream_of(jetstream, "intake"), lambda stream: len(stream) == 120)
        log = await log_of(intake)
        assert [position for position, _, _ in log] == list(range(1, 121))
        assert await stream_of(jetstream, "intake") == log
    assert deaths


async def test_a_relay_whose_database_connection_is_ended_goes_on(settings: Settings, intake: Database) -> None:
    async with relaying(settings, intake), jetstream_of(settings) as jetstream:
        for told in (20, 40, 60):
            await tell_many(intake, [uuid4()], 20)
            assert await end_connections(intake, lock_of("intake")) == 1
            await until(lambda: end_of(jetstream, "intake"), partial(int.__eq__, told))
        assert await stream_of(jetstream, "intake") == await log_of(intake)


async def test_a_new_stream_begins_where_the_events_are_young_enough_for_it(
    settings: Settings, intake: Database
) -> None:
    async with jetstream_of(settings) as jetstream:
        async with relaying(settings, intake):
            await tell_many(intake, [uuid4()], 10)
            await until(lambda: stream_of(jetstream, "intake"), lambda stream: len(stream) == 10)
        await as_owner(
            settings,
            "intake",
            "update outbox set told_at = told_at - $1::interval from numbered where outbox_id = id and position <= 6",
            timedelta(days=settings.stream_max_age_days + 1),
        )
        await jetstream.delete_stream("INTAKE")
        async with relaying(settings, intake):
            await tell_many(intake, [uuid4()], 2)
            stream = await until(lambda: stream_of(jetstream, "intake"), lambda stream: len(stream) == 6)
            assert stream == (await log_of(intake))[6:]


async def test_a_stream_with_other_content_stops_the_relay(settings: Settings, intake: Database) -> None:
    async with jetstream_of(settings) as jetstream:
        await jetstream.add_stream(StreamConfig(name="INTAKE", subjects=["wij.intake.>"]))
        await jetstream.publish("wij.intake.household_registered.selwerd.1", b"{}")
        await tell(intake, registered(uuid4()))
        async with relaying(settings, intake) as relay:
            await until(lambda: _trouble(relay), lambda found: "StreamAhead" in found)
        await as_owner(
            settings, "intake", "with gone as (delete from pending) insert into log select 1, array[id] from outbox"
        )
        async with relaying(settings, intake) as relay:
            await until(lambda: _trouble(relay), lambda found: "StreamDiffers" in found)
        with pytest.raises(StreamDiffers):
            await adopt_stream(intake, settings)


async def test_somebody_who_tells_wakes_the_relay(settings: Settings, intake: Database) -> None:
    runtime = runtime_of(settings, intake)
    async with running(*runtime.loops().values()), jetstream_of(settings) as jetstream:
        await until(runtime.status, lambda status: status.healthy and status.loops[0].state == "running")
        await asyncio.sleep(0.5)
        began = asyncio.get_running_loop().time()
        for _ in range(10):
            await tell(intake, registered(uuid4()))
        await until(lambda: stream_of(jetstream, "intake"), lambda stream: len(stream) == 10)
        assert asyncio.get_running_loop().time() - began < 2


async def _trouble(relay: Relay) -> str:
    return relay.health.trouble or ""
