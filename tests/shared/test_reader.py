"""Readers: every event takes effect once, in order per household, whichever replica reads and whatever dies."""

import asyncio
import random
import shutil
from collections.abc import Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import nats.errors
import pytest
from nats.js.errors import NotFoundError
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.shared.toys import (
    Counts,
    as_owner,
    end_connections,
    household_in,
    jetstream_of,
    joined,
    log_of,
    positions,
    reading,
    registered,
    relaying,
    running,
    runtime_of,
    stream_of,
    tell,
    tell_many,
    until,
)
from wij.broker import Broker
from wij.database import Database, Transaction
from wij.embedded import Nats
from wij.errors import Refusal
from wij.events import Event, Recorded, UnknownEvent
from wij.events.intake import HouseholdRegistered
from wij.identity import service_actor
from wij.issuer import Issuer
from wij.owner import events_over_http
from wij.parking import in_groups
from wij.partitions import PARTITIONS
from wij.reader import Reader
from wij.settings import Settings
from wij.supervisor import Health, Stillness, forever
from wij.tokens import BearerTokens
from wij.trouble import Trouble, is_away, reason_of
from wij.web import create_app


@pytest.fixture
def settings(settings: Settings, nats_url: str) -> Settings:
    return settings.model_copy(update={"nats_url": nats_url})


@pytest.fixture
async def counts(plan: Database) -> Counts:
    counts = Counts(plan)
    await counts.prepare()
    return counts


async def test_every_event_takes_effect_once_and_in_order(
    settings: Settings, intake: Database, plan: Database, counts: Counts
) -> None:
    households = [uuid4() for _ in range(25)]
    async with relaying(settings, intake), reading(settings, plan, counts.subscription()):
        await tell_many(intake, households, 400)
        await until(counts.total, lambda total: total == 400)
        assert all(wrong == 0 for _, wrong in (await counts.heard()).values())
        assert max(size for _, size in counts.calls) > 1, "a batch is handled together"


async def test_a_reader_holds_all_partitions_when_it_is_alone_and_its_share_when_it_is_not(
    settings: Settings, intake: Database, plan: Database, counts: Counts
) -> None:
    async with relaying(settings, intake), AsyncExitStack() as replicas:
        readers = [await replicas.enter_async_context(reading(settings, plan, counts.subscription()))]
        await until(lambda: _held(readers), lambda held: held == [8], 3)
        for held in ([4, 4], [2, 3, 3]):
            readers.append(await replicas.enter_async_context(reading(settings, plan, counts.subscription())))
            await until(lambda: _held(readers), partial(list.__eq__, held), 5)
        taken = [partition for reader in readers for partition in reader.held]
        assert sorted(taken) == list(range(PARTITIONS))


async def test_order_per_household_survives_two_readers_and_many_ended_connections(
    settings: Settings, intake: Database, plan: Database, counts: Counts
) -> None:
    """I22: a household's events are applied in order and once, whatever is ended in between."""
    households = [uuid4() for _ in range(30)]
    async with (
        relaying(settings, intake),
        reading(settings, plan, counts.subscription()) as one,
        reading(settings, plan, counts.subscription()) as two,
    ):
        load = asyncio.create_task(tell_many(intake, households, 900))
        ended = 0
        while not load.done() or ended < 3:
            await asyncio.sleep(random.uniform(0.1, 0.5))
            ended += await end_connections(plan, random.choice([one, two]).lock)
        await load
        await until(counts.total, lambda total: total >= 900)
        heard = await counts.heard()
        assert sum(count for count, _ in heard.values()) == 900
        assert all(wrong == 0 for _, wrong in heard.values())


async def test_another_replica_takes_over_at_once_when_one_loses_its_connection(
    settings: Settings, intake: Database, plan: Database, counts: Counts
) -> None:
    household = household_in(3)
    async with relaying(settings, intake), AsyncExitStack() as replicas:
        first = await replicas.enter_async_context(reading(settings, plan, counts.subscription()))
        await until(lambda: _held([first]), lambda held: held == [8])
        async with reading(settings, plan, counts.subscription()) as second:
            await until(lambda: _held([first, second]), lambda held: held == [4, 4])
            await replicas.aclose()
            began = asyncio.get_running_loop().time()
            await tell(intake, registered(household))
            await until(counts.total, lambda total: total == 1, 5)
            await until(lambda: _held([second]), lambda held: held == [8])
            assert asyncio.get_running_loop().time() - began < 3


async def test_a_reader_that_lost_its_lock_without_knowing_can_write_nothing(
    settings: Settings, intake: Database, plan: Database, counts: Counts
) -> None:
    """P5: the lock and the power to write are one connection, so one who slept too long is harmless."""
    sleeping, woken = asyncio.Event(), asyncio.Event()
    plain = counts.when_told

    async def sleep_first(tx: Transaction, events: Sequence[Recorded[Any]]) -> None:
        if not sleeping.is_set():
            sleeping.set()
            await woken.wait()
        await plain(tx, events)

    slow = Counts(plan).subscription()
    slow = type(slow)("intake", dict.fromkeys(slow.handlers, sleep_first))
    async with relaying(settings, intake), reading(settings, plan, slow) as zombie:
        await tell(intake, registered(uuid4()))
        await sleeping.wait()
        await end_connections(plan, zombie.lock)  # what PostgreSQL does to a process that was stopped for ten seconds
        async with reading(settings, plan, counts.subscription()):
            await until(counts.total, lambda total: total == 1)
            woken.set()
            await asyncio.sleep(1)
            assert await counts.total() == 1


async def test_positions_that_move_under_a_reader_stop_its_transaction(
    settings: Settings, intake: Database, plan: Database, counts: Counts
) -> None:
    async with relaying(settings, intake), reading(settings, plan, counts.subscription()) as reader:
        await until(lambda: _held([reader]), lambda held: held == [8])
        await tell_many(intake, [uuid4()], 5)
        await until(counts.total, lambda total: total == 5)
        reader.held = {partition: position + 1 for partition, position in reader.held.items()}
        await tell_many(intake, [uuid4()], 5)
        await until(counts.total, lambda total: total == 10)
        assert all(wrong == 0 for _, wrong in (await counts.heard()).values())


@pytest.mark.parametrize("moment", ["reader.read", "reader.applied", "reader.committed"])
async def test_a_reader_that_dies_between_two_steps_applies_nothing_twice(
    settings: Settings,
    intake: Database,
    plan: Database,
    counts: Counts,
    monkeypatch: pytest.MonkeyPatch,
    moment: str,
) -> None:
    deaths = 0

    def die(here: str) -> None:
        nonlocal deaths
        if here == moment and deaths < 4:
            deaths += 1
            raise ConnectionResetError

    monkeypatch.setattr("wij.reader.passing", die)
    async with relaying(settings, intake), reading(settings, plan, counts.subscription()):
        await tell_many(intake, [uuid4() for _ in range(10)], 150)
        await until(counts.total, lambda total: total >= 150)
        heard = await counts.heard()
        assert sum(count for count, _ in heard.values()) == 150
        assert all(wrong == 0 for _, wrong in heard.values())
    assert deaths


async def test_a_stream_that_is_deleted_under_load_costs_no_event_and_doubles_none(
    settings: Settings, intake: Database, plan: Database, counts: Counts
) -> None:
    """I23: what the rebuilt stream hands out once more, at positions that were applied, has no effect."""
    async with (
        relaying(settings, intake),
        reading(settings, plan, counts.subscription()),
        jetstream_of(settings) as jetstream,
    ):
        async with asyncio.TaskGroup() as work:
            work.create_task(tell_many(intake, [uuid4() for _ in range(10)], 400))
            for _ in range(4):
                await asyncio.sleep(0.4)
                with suppress(NotFoundError):
                    await jetstream.delete_stream("INTAKE")
        await until(counts.total, lambda total: total >= 400)
        heard = await counts.heard()
        assert sum(count for count, _ in heard.values()) == 400
        assert all(wrong == 0 for _, wrong in heard.values())


async def test_a_nats_server_that_is_killed_and_comes_back_with_an_old_volume_costs_no_event_and_doubles_none(
    settings: Settings, intake: Database, plan: Database, counts: Counts, tmp_path: Path
) -> None:
    server = Nats(tmp_path / "nats", sync="always").start()
    settings = settings.model_copy(update={"nats_url": server.url})
    households = [uuid4() for _ in range(10)]
    try:
        async with relaying(settings, intake), reading(settings, plan, counts.subscription()):
            await tell_many(intake, households, 60)
            await until(counts.total, partial(int.__eq__, 60))
            server.kill()
            await asyncio.to_thread(shutil.copytree, tmp_path / "nats", tmp_path / "old")
            await asyncio.to_thread(server.start)
            await tell_many(intake, households, 60)
            await until(counts.total, partial(int.__eq__, 120), 20)
            server.kill()
            await tell_many(intake, households, 30)
            shutil.rmtree(tmp_path / "nats" / "nats")
            await asyncio.to_thread(shutil.copytree, tmp_path / "old" / "nats", tmp_path / "nats" / "nats")
            await asyncio.to_thread(server.start)
            await until(counts.total, partial(int.__eq__, 150), 20)
            assert all(wrong == 0 for _, wrong in (await counts.heard()).values())
            async with jetstream_of(settings) as jetstream:
                assert await stream_of(jetstream, "intake") == await log_of(intake)
    finally:
        server.kill()


async def test_a_deleted_consumer_is_made_again(
    settings: Settings, intake: Database, plan: Database, counts: Counts
) -> None:
    async with relaying(settings, intake), reading(settings, plan, counts.subscription()) as reader:
        await until(lambda: _held([reader]), lambda held: held == [8])
        async with jetstream_of(settings) as jetstream:
            consumers = await until(lambda: jetstream.consumers_info("INTAKE"), bool)
            for consumer in consumers:
                await jetstream.delete_consumer("INTAKE", consumer.name)
        await tell(intake, registered(uuid4()))
        await until(counts.total, lambda total: total == 1, 6)


async def test_a_delivery_that_went_missing_is_noticed_and_read_again(
    settings: Settings, intake: Database, plan: Database, counts: Counts
) -> None:
    """P6: without acknowledgements the server sends nothing twice, so the reader itself must see the hole."""
    stolen = 0
    async with (
        relaying(settings, intake),
        reading(settings, plan, counts.subscription()) as reader,
        jetstream_of(settings) as jetstream,
    ):
        await until(lambda: _held([reader]), lambda held: held == [8])
        for told in range(20, 101, 20):
            [consumer, *_] = await until(lambda: jetstream.consumers_info("INTAKE"), bool)
            thief = await jetstream.pull_subscribe_bind(consumer=consumer.name, stream="INTAKE")
            theft = asyncio.create_task(thief.fetch(5, timeout=1))
            await asyncio.sleep(0.1)
            await tell_many(intake, [uuid4() for _ in range(5)], 20)
            with suppress(TimeoutError, nats.errors.Error):
                stolen += len(await theft)
            await until(counts.total, partial(int.__le__, told))
        heard = await counts.heard()
        assert sum(count for count, _ in heard.values()) == 100
        assert all(wrong == 0 for _, wrong in heard.values())
    assert stolen


async def test_positions_follow_the_stream_past_events_nobody_here_asked_for(
    settings: Settings, intake: Database, plan: Database, counts: Counts
) -> None:
    only_new = type(counts.subscription())("intake", {HouseholdRegistered: counts.when_told})
    async with relaying(settings, intake), reading(settings, plan, only_new):
        await tell_many(intake, [uuid4()], 30)
        await until(lambda: positions(plan), lambda found: found == [30] * PARTITIONS)
        assert await counts.total() == 0


async def test_a_projection_that_is_rebuilt_from_position_zero_is_the_same(
    settings: Settings, intake: Database, plan: Database, counts: Counts
) -> None:
    """I22: replaying every event from the start gives the projection that was kept up to date."""
    async with relaying(settings, intake), reading(settings, plan, counts.subscription()):
        await tell_many(intake, [uuid4() for _ in range(10)], 120)
        await until(counts.total, lambda total: total == 120)
        live = await counts.heard()
    await as_owner(settings, "plan", "delete from heard")
    await as_owner(settings, "plan", "update positions set position = 0")
    async with reading(settings, plan, counts.subscription()):
        await until(counts.total, lambda total: total == 120)
        assert await counts.heard() == live


async def test_a_partition_that_is_behind_is_caught_up_without_repeating_the_others(
    settings: Settings, intake: Database, plan: Database, counts: Counts
) -> None:
    households = [household_in(partition) for partition in range(PARTITIONS)]
    async with relaying(settings, intake), reading(settings, plan, counts.subscription()):
        await tell_many(intake, households, 120)
        await until(counts.total, partial(int.__eq__, 120))
        live = await counts.heard()
    await as_owner(settings, "plan", "delete from heard where household_id = $1", households[3])
    await as_owner(settings, "plan", "update positions set position = 0 where partition = 3")
    async with relaying(settings, intake), reading(settings, plan, counts.subscription()):
        await until(lambda: positions(plan), lambda found: min(found) == 120)
        assert await counts.heard() == live


async def test_what_the_stream_no_longer_holds_is_read_from_the_owner(
    settings: Settings, intake: Database, plan: Database, counts: Counts, tokens: BearerTokens, issuer: Issuer
) -> None:
    app = create_app("intake", "the log of intake", intake, tokens, [])
    http = httpx.AsyncClient(transport=httpx.ASGITransport(Starlette(routes=[Mount("/intake", app)])))

    async def token() -> str:
        return issuer.mint(service_actor("plan"))

    over_http = events_over_http(settings, token, http)
    asked: list[int] = []

    async def from_the_owner(source: str, after: int, limit: int) -> Sequence[tuple[int, bytes]]:
        asked.append(after)
        return await over_http(source, after, 7)

    households = [uuid4() for _ in range(6)]
    async with relaying(settings, intake), jetstream_of(settings) as jetstream:
        await tell_many(intake, households, 40)
        await until(lambda: stream_of(jetstream, "intake"), lambda stream: len(stream) == 40)
    await as_owner(
        settings,
        "intake",
        "update outbox set told_at = told_at - interval '100 days'"
        " from numbered where outbox_id = id and position <= 33",
    )
    async with jetstream_of(settings) as jetstream:
        await jetstream.delete_stream("INTAKE")
    async with relaying(settings, intake), reading(settings, plan, counts.subscription(), from_the_owner):
        await until(counts.total, lambda total: total == 40)
        assert [after for after in asked if after < 33] == [0, 7, 14, 21, 28]
        await tell_many(intake, households, 10)
        await until(counts.total, lambda total: total == 50)
        assert all(wrong == 0 for _, wrong in (await counts.heard()).values())


async def test_readers_wait_while_nats_is_away_and_say_so(
    settings: Settings, intake: Database, plan: Database, counts: Counts
) -> None:
    nowhere = settings.model_copy(update={"nats_url": "nats://127.0.0.1:9"})
    async with reading(nowhere, plan, counts.subscription()) as reader:
        await until(lambda: _trouble(reader), lambda found: "ConnectionError" in found)
        assert not reader.health.healthy
        assert reader.held == {}, "it holds nothing that another replica could read"
    await tell(intake, registered(uuid4()))
    assert await log_of(intake) == [], "what is told meanwhile waits for the relay"


async def test_relay_and_readers_go_on_by_the_nodes_of_a_cluster_that_are_left(
    settings: Settings, intake: Database, plan: Database, counts: Counts
) -> None:
    gone = "nats://127.0.0.1:9"
    cluster = settings.model_copy(update={"nats_url": f"{gone}, {settings.nats_url},{gone}1"})
    async with relaying(cluster, intake), reading(cluster, plan, counts.subscription()):
        await tell_many(intake, [uuid4()], 3)
        await until(counts.total, lambda total: total == 3)


async def test_the_status_of_a_service_tells_of_its_relay_its_readers_and_what_is_parked(
    settings: Settings, intake: Database, plan: Database, counts: Counts
) -> None:
    told, heard = runtime_of(settings, intake), runtime_of(settings, plan, counts.subscription())
    async with running(*told.loops().values(), *heard.loops().values()):
        await tell_many(intake, [uuid4()], 3)
        await until(counts.total, lambda total: total == 3)
        status = await until(heard.status, lambda status: status.healthy and status.loops[1].position == 3)
        assert [(loop.name, loop.state) for loop in status.loops] == [
            ("relay", "running"),
            ("reader.intake", "running"),
        ]
        assert status.parked == 0
        counts.poison.add(poison := uuid4())
        await tell(intake, registered(poison))
        status = await until(heard.status, lambda status: status.parked == 1)
        assert status.healthy, "all others go on"


def test_events_of_one_type_are_handled_together_as_far_as_the_order_of_each_household_allows() -> None:
    a, b, c = (uuid4() for _ in range(3))
    facts = [registered(a), joined(a), registered(b), joined(b), joined(c), registered(a)]
    read = [_recorded(position, fact) for position, fact in enumerate(facts, start=1)]
    found = in_groups(read, lambda event: type(event.fact))
    groups = [(kind.__name__, [event.position for event in group]) for kind, group in found]
    assert groups == [
        ("HouseholdRegistered", [1, 3]),
        ("HouseholdMemberJoined", [2, 4, 5]),
        ("HouseholdRegistered", [6]),
    ]


@pytest.mark.parametrize(
    ("error", "away"),
    [
        (ConnectionRefusedError(), True),
        (TimeoutError(), True),
        (asyncpg.DeadlockDetectedError(), True),
        (asyncpg.SerializationError(), True),
        (asyncpg.AdminShutdownError(), True),
        (asyncpg.TooManyConnectionsError(), True),
        (asyncpg.DiskFullError(), True),
        (asyncpg.QueryCanceledError(), True),
        (asyncpg.ReadOnlySQLTransactionError(), True),
        (asyncpg.UndefinedTableError(), True),
        (asyncpg.ConnectionDoesNotExistError(), True),
        (nats.errors.NoServersError(), True),
        (nats.errors.TimeoutError(), True),
        (asyncpg.UniqueViolationError(), False),
        (asyncpg.CheckViolationError(), False),
        (asyncpg.InsufficientPrivilegeError(), False),
        (asyncpg.DataError(), False),
        (asyncpg.InterfaceError("the server expects 2 arguments for this query, 1 was passed"), False),
        (Refusal("no"), False),
        (ValueError(), False),
        (UnknownEvent("unknown event type"), False),
        (KeyError(), False),
    ],
)
def test_waiting_helps_when_something_is_away_and_not_when_the_event_is_wrong(error: Exception, *, away: bool) -> None:
    assert is_away(error) is away


def test_a_reason_never_repeats_a_value() -> None:
    with pytest.raises(ValueError, match="Jansen") as raised:
        int("Jansen")
    assert "Jansen" not in reason_of(raised.value)
    assert reason_of(raised.value).startswith("ValueError in test_reader.py:")
    assert reason_of(understandable := Refusal("There is a case already.")) == f"Refusal: {understandable}"
    assert reason_of(Trouble("the stream is away")) == "Trouble: the stream is away"


async def test_work_that_falls_is_started_again_and_work_that_stands_still_is_noticed() -> None:
    starts: asyncio.Queue[None] = asyncio.Queue()
    health = Health("work")

    async def falls() -> None:
        starts.put_nowait(None)
        raise ConnectionRefusedError

    async with running(partial(health.during, falls)):
        for _ in range(3):
            await asyncio.wait_for(starts.get(), 3)
    assert health.state == "in trouble"
    assert not health.healthy
    health.alive("running")
    assert [health.healthy, health.trouble] == [True, None]
    still = Stillness(patience=0.05)
    assert not still.stuck("p", 5, 9)
    await asyncio.sleep(0.06)
    assert still.stuck("p", 5, 9)
    assert not still.stuck("p", 5, 9), "once per patience"
    assert not still.stuck("p", 9, 9), "at the end it may stand"


async def test_work_ends_when_it_is_cancelled_also_when_its_client_makes_an_error_of_that() -> None:
    async def closes() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise nats.errors.ConnectionClosedError from None

    task = asyncio.create_task(forever("work", closes))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait([task], timeout=2)
    assert task.cancelled()


async def test_postgresql_gives_up_on_a_lock_holder_that_is_silent_for_ten_seconds(plan: Database) -> None:
    connection = await plan.connect()
    try:
        for setting in ("idle_session_timeout", "idle_in_transaction_session_timeout"):
            assert await connection.fetchval(f"show {setting}") == "10s"
    finally:
        connection.terminate()


async def test_the_connection_to_nats_comes_back_by_itself(settings: Settings, intake: Database) -> None:
    broker = Broker(settings, "intake")
    await broker.nudge()  # nobody is there: lost, and no harm
    async with running(broker.run):
        await until(lambda: _jetstream(broker), bool)
        await broker.nudge()
        await asyncio.wait_for(broker.wake.wait(), 3)


async def _held(readers: list[Reader]) -> list[int]:
    return sorted(len(reader.held) for reader in readers)


async def _trouble(reader: Reader) -> str:
    return reader.health.trouble or ""


async def _jetstream(broker: Broker) -> bool:
    return bool(broker.jetstream())


def _recorded(position: int, fact: Event) -> Recorded[Event]:
    return Recorded(uuid4(), position, datetime.now(UTC), 1, "a question", None, fact)
