"""The door of a service: at the limit the next one is refused, nothing of theirs is written, and nothing piles up."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest
from fastapi import Response
from pydantic import BaseModel

from tests.people import SAMIRA
from wij import admission
from wij.access import Action
from wij.admission import LINE, OUR_OWN
from wij.call import Calling, Routes
from wij.database import Database, Transaction
from wij.identity import service_actor
from wij.issuer import Issuer
from wij.settings import Settings
from wij.tokens import BearerTokens
from wij.web import LARGEST_BODY, Readiness, create_app, create_root

PLACES = 2
EVERYBODY = PLACES * (1 + LINE)


class Note(BaseModel):
    """What is written once for every request that was let in."""

    text: str = ""


class Slow:
    """A service of which every answer waits until the test opens `gate`."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.gate = asyncio.Event()
        self.inside = 0
        self.routes = Routes()

        @self.routes.post("/notes", Action.REGISTER_REQUEST, Note, status=201)
        async def write(call: Calling, note: Note) -> Response:
            async def when_the_gate_opens(tx: Transaction) -> Note:
                self.inside += 1
                try:
                    await self.gate.wait()
                finally:
                    self.inside -= 1
                if note.text == "fail":
                    raise ZeroDivisionError
                return note

            return await call.run(when_the_gate_opens)

    async def written(self) -> int:
        """How many keys were kept with an answer."""
        async with self.database.transaction(service_actor("plan")) as tx:
            return int(await tx.value("select count(*) from answers"))


@pytest.fixture
async def slow(settings: Settings, plan: Database) -> AsyncIterator[Slow]:
    database = Database(settings.model_copy(update={"database_pool": PLACES + OUR_OWN}), "plan")
    await database.start()
    yield Slow(database)
    await database.stop()


@pytest.fixture
async def http(slow: Slow, tokens: BearerTokens, issuer: Issuer) -> AsyncIterator[httpx.AsyncClient]:
    async def ready() -> Readiness:
        await slow.written()  # the database answers us, whoever fills the service
        return Readiness(ready=True, wrong={})

    root = create_root({"plan": create_app("plan", "A toy", slow.database, tokens, [slow.routes])}, ready)
    headers = {"Authorization": f"Bearer {issuer.mint(SAMIRA)}"}
    transport = httpx.ASGITransport(root)
    async with httpx.AsyncClient(transport=transport, base_url="http://wij.test", headers=headers) as client:
        yield client


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who stands in line stays there, however slow this machine is."""
    monkeypatch.setattr(admission, "PATIENCE", 60.0)


async def write(http: httpx.AsyncClient, text: str = "", key: str = "") -> httpx.Response:
    headers = {"Idempotency-Key": key or str(uuid4())}
    return await http.post("/plan/v1/notes", json={"text": text}, headers=headers)


@asynccontextmanager
async def full(http: httpx.AsyncClient, slow: Slow, count: int) -> AsyncIterator[list[asyncio.Task[httpx.Response]]]:
    """So many requests under way, of which the first are inside."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(write(http)) for _ in range(count)]
        async with asyncio.timeout(20):
            while slow.inside < PLACES:
                await asyncio.sleep(0.01)
        try:
            yield tasks
        finally:
            slow.gate.set()


@pytest.mark.usefixtures("patient")
async def test_at_the_limit_the_next_is_refused_and_nothing_of_it_is_written(
    http: httpx.AsyncClient, slow: Slow
) -> None:
    async with full(http, slow, EVERYBODY) as tasks:
        refused = await write(http, key="the-one-too-many")
        assert refused.status_code == 429
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["type"] == "urn:wij:problem:busy"
        assert 1 <= int(refused.headers["Retry-After"]) <= 15
        assert refused.headers["X-Correlation-Id"]
        assert await slow.written() == 0
    assert [task.result().status_code for task in tasks] == [201] * EVERYBODY
    assert await slow.written() == EVERYBODY
    again = await write(http, key="the-one-too-many")
    assert (again.status_code, "Idempotent-Replayed" in again.headers) == (201, False)


@pytest.mark.usefixtures("patient")
async def test_no_more_are_inside_than_have_a_place(http: httpx.AsyncClient, slow: Slow) -> None:
    async with full(http, slow, EVERYBODY):
        await asyncio.sleep(0.2)
        assert slow.inside == PLACES


async def test_a_slow_database_refuses_who_stands_in_line_instead_of_piling_up(
    http: httpx.AsyncClient, slow: Slow
) -> None:
    async with full(http, slow, PLACES) as tasks:
        async with asyncio.timeout(30):
            waited = await asyncio.gather(*(write(http) for _ in range(5)))
        assert [one.status_code for one in waited] == [429] * 5
        assert slow.inside == PLACES
    assert [task.result().status_code for task in tasks] == [201] * PLACES
    assert await slow.written() == PLACES


@pytest.mark.usefixtures("patient")
async def test_who_would_stand_in_line_too_long_is_refused_at_once(
    http: httpx.AsyncClient, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(admission, "monotonic", lambda: time.monotonic() * 1000)
    async with full(http, slow, PLACES):
        await asyncio.sleep(1)  # by that clock a quarter of an hour
    slow.gate.clear()
    async with full(http, slow, PLACES), asyncio.timeout(30):  # in line it would stand a minute
        assert (await write(http)).status_code == 429


@pytest.mark.usefixtures("patient")
async def test_health_and_readiness_answer_during_overload(http: httpx.AsyncClient, slow: Slow) -> None:
    async with full(http, slow, EVERYBODY):
        assert (await http.get("/health")).status_code == 200
        assert (await http.get("/ready")).status_code == 200


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize("text", ["fail", "cancelled in line", "cancelled inside"])
async def test_no_place_is_lost_to_requests_that_fail_or_go_away(
    http: httpx.AsyncClient, slow: Slow, text: str
) -> None:
    if text == "fail":
        slow.gate.set()
        for _ in range(PLACES * 2):
            assert (await write(http, text)).status_code == 500
    else:
        inside = [asyncio.create_task(write(http)) for _ in range(PLACES)]
        async with asyncio.timeout(20):
            while slow.inside < PLACES:
                await asyncio.sleep(0.01)
        waiting = [asyncio.create_task(write(http)) for _ in range(PLACES * 2)]
        await asyncio.sleep(0.2)
        gone = waiting if text == "cancelled in line" else inside
        for task in gone:
            task.cancel()
        await asyncio.gather(*gone, return_exceptions=True)
        slow.gate.set()
        await asyncio.gather(*inside, *waiting, return_exceptions=True)
    slow.gate.clear()
    async with full(http, slow, EVERYBODY) as tasks:
        assert (await write(http)).status_code == 429
    assert [task.result().status_code for task in tasks] == [201] * EVERYBODY


async def test_a_slow_sender_takes_no_place(http: httpx.AsyncClient, slow: Slow) -> None:
    hold = asyncio.Event()

    async def in_parts() -> AsyncIterator[bytes]:
        yield b'{"text": '
        await hold.wait()
        yield b'"late"}'

    headers = {"Content-Type": "application/json"}
    slow.gate.set()
    senders = [
        asyncio.create_task(
            http.post("/plan/v1/notes", content=in_parts(), headers={**headers, "Idempotency-Key": str(uuid4())})
        )
        for _ in range(EVERYBODY)
    ]
    await asyncio.sleep(0.2)
    assert (await write(http)).status_code == 201
    hold.set()
    assert {one.status_code for one in await asyncio.gather(*senders)} == {201}


async def test_what_is_too_large_is_still_a_problem_with_our_headers(http: httpx.AsyncClient) -> None:
    answer = await http.post("/plan/v1/notes", content=b"x" * (LARGEST_BODY + 1))
    assert answer.status_code == 413
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["API-Version"]


async def test_a_pool_that_others_use_up_is_a_part_that_does_not_answer(http: httpx.AsyncClient, slow: Slow) -> None:
    """Not 429: asking less would not help. It is the one wait for the pool that is left."""
    slow.gate.set()
    held: list[str] = []
    async with asyncio.TaskGroup() as group:
        ends = asyncio.Event()

        async def hold() -> None:
            async with slow.database.transaction(service_actor("plan")):
                held.append("one")
                await ends.wait()

        for _ in range(PLACES + OUR_OWN):
            group.create_task(hold())
        while len(held) < PLACES + OUR_OWN:
            await asyncio.sleep(0.01)
        assert (await write(http)).status_code == 503
        ends.set()
