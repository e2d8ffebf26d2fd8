"""Commands that share a transaction: each still has its own answer, its own key, its own cause, and its own refusal."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

import httpx
import pytest
from fastapi import Response
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.people import SAMIRA, told, warmed
from wij import admission, outbox
from wij.access import Action
from wij.admission import OUR_OWN
from wij.call import Calling, Routes
from wij.database import Database, Transaction
from wij.errors import Refusal
from wij.events import Caused
from wij.events.notify import DeadlineApproaching
from wij.identity import Actor, Role, service_actor
from wij.ids import new_id
from wij.issuer import Issuer
from wij.settings import Settings
from wij.together import Asked, Handler, Together
from wij.tokens import BearerTokens
from wij.web import create_app

AT_ONCE = 30


class Ask(BaseModel):
    """What to make; `refuse` says no after everything was written."""

    word: str
    refuse: bool = False


class Made(BaseModel):
    """What was made of which word."""

    word: str
    deadline_id: str


class NotToday(Refusal):
    """A rule that says no late."""


async def make(tx: Transaction, asked: Sequence[Asked[Ask]]) -> Sequence[Made]:
    made, facts = [], []
    for one in asked:
        deadline = new_id()
        fact = DeadlineApproaching(
            team="selwerd",
            deadline_id=deadline,
            subject_id=deadline,
            household_id=None,
            term="receipt",
            threshold="soon",
            due_at=tx.now,
        )
        facts.append(Caused(fact, one))
        made.append(Made(word=one.ask.word, deadline_id=str(deadline)))
    await outbox.append(tx, facts)
    if any(one.ask.refuse for one in asked):
        raise NotToday("Not today.")
    return made


@pytest.fixture
async def samira(notify: Database, tokens: BearerTokens, issuer: Issuer) -> AsyncIterator[httpx.AsyncClient]:
    async with at_the_toy(notify, tokens, issuer) as client:
        await warmed(notify)
        yield client


@asynccontextmanager
async def at_the_toy(
    database: Database, tokens: BearerTokens, issuer: Issuer, handler: Handler[Ask, Made] = make
) -> AsyncIterator[httpx.AsyncClient]:
    routes, making = Routes(), Together(handler)

    @routes.post("/things", Action.REGISTER_REQUEST, Made, status=201)
    async def create(call: Calling, ask: Ask) -> Response:
        return await making.run(call, ask)

    app = Starlette(routes=[Mount("/notify", create_app("notify", "A toy", database, tokens, [routes]))])
    headers = {"Authorization": f"Bearer {issuer.mint(SAMIRA)}"}
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://wij.test/notify", headers=headers
    ) as client:
        yield client


async def _ask(
    client: httpx.AsyncClient, word: str, key: str | None = None, token: str = "", **more: object
) -> httpx.Response:
    headers = {"Idempotency-Key": key or uuid4().hex, "X-Correlation-Id": str(uuid4())}
    headers |= {"Authorization": f"Bearer {token}"} if token else {}
    return await client.post("/v1/things", json={"word": word, **more}, headers=headers)


async def _transactions(notify: Database) -> int:
    async with notify.transaction(service_actor("notify")) as tx:
        return int(await tx.value("select count(distinct xmin::text) from outbox"))


async def test_many_at_once_share_few_transactions_and_each_hears_its_own_answer(
    notify: Database, samira: httpx.AsyncClient
) -> None:
    given = await asyncio.gather(*(_ask(samira, str(number)) for number in range(AT_ONCE)))
    assert [answer.status_code for answer in given] == [201] * AT_ONCE
    assert [answer.json()["word"] for answer in given] == [str(number) for number in range(AT_ONCE)]
    assert len({answer.json()["deadline_id"] for answer in given}) == AT_ONCE == len(await told(notify))
    assert await _transactions(notify) < AT_ONCE / 3


async def test_clients_that_ask_again_at_once_all_go_together(
    notify: Database, tokens: BearerTokens, issuer: Issuer
) -> None:
    """Without a pause between two transactions they go in two parts that take turns, in twice as many."""
    clients, times, together = 6, 10, []

    async def slowly(tx: Transaction, asked: Sequence[Asked[Ask]]) -> Sequence[Made]:
        together.append(len(asked))
        await tx.value("select pg_sleep(0.05)")
        return await make(tx, asked)

    await warmed(notify)
    async with at_the_toy(notify, tokens, issuer, slowly) as client:

        async def again_and_again() -> None:
            for number in range(times):
                assert (await _ask(client, str(number))).status_code == 201

        await asyncio.gather(*(again_and_again() for _ in range(clients)))
    assert sum(together) == clients * times
    assert len(together) < 1.5 * times


async def test_those_who_wait_to_share_a_transaction_hold_no_place_at_the_door(
    settings: Settings, notify: Database, tokens: BearerTokens, issuer: Issuer
) -> None:
    """Through two places: otherwise they would go two by two."""
    narrow = Database(settings.model_copy(update={"database_pool": OUR_OWN + 2}), "notify")
    await narrow.start()
    try:
        async with at_the_toy(narrow, tokens, issuer) as client:
            given = await asyncio.gather(*(_ask(client, str(number)) for number in range(AT_ONCE)))
    finally:
        await narrow.stop()
    assert [answer.status_code for answer in given] == [201] * AT_ONCE
    assert await _transactions(notify) < AT_ONCE / 3


async def test_each_event_follows_from_its_own_request(notify: Database, samira: httpx.AsyncClient) -> None:
    given = await asyncio.gather(*(_ask(samira, str(number)) for number in range(AT_ONCE)))
    async with notify.transaction(service_actor("notify")) as tx:
        bodies = await tx.rows("select aggregate_id, convert_from(body, 'utf8')::jsonb as body from outbox")
    trace = {str(row["aggregate_id"]): row["body"]["correlationid"] for row in bodies}
    assert {answer.headers["x-correlation-id"] for answer in given} == set(trace.values())
    assert all(trace[answer.json()["deadline_id"]] == answer.headers["x-correlation-id"] for answer in given)
    assert len({row["body"]["causationid"] for row in bodies}) == AT_ONCE


async def test_a_refusal_stays_with_its_own_caller(notify: Database, samira: httpx.AsyncClient) -> None:
    """I24: the others' commands take effect, the refused one leaves nothing."""
    given = await asyncio.gather(*(_ask(samira, str(number), refuse=number % 7 == 3) for number in range(AT_ONCE)))
    assert [answer.status_code for answer in given] == [409 if n % 7 == 3 else 201 for n in range(AT_ONCE)]
    assert len(await told(notify)) == sum(answer.status_code == 201 for answer in given)


async def test_one_key_many_times_at_once_among_others_is_one_effect(
    notify: Database, samira: httpx.AsyncClient
) -> None:
    """P2"""
    key = uuid4().hex
    given = await asyncio.gather(
        *(_ask(samira, "same", key) if number % 2 else _ask(samira, str(number)) for number in range(AT_ONCE))
    )
    assert {answer.status_code for answer in given} == {201}
    assert len({answer.content for answer in given[1::2]}) == 1
    assert len(await told(notify)) == AT_ONCE / 2 + 1
    again = await _ask(samira, "other", key)
    assert again.status_code == 422


async def test_a_key_with_other_content_among_others_is_refused_to_its_caller_alone(
    notify: Database, samira: httpx.AsyncClient
) -> None:
    """P2"""
    key = uuid4().hex
    first = await _ask(samira, "one", key)
    given = await asyncio.gather(*(_ask(samira, str(n), key if n == AT_ONCE - 1 else None) for n in range(AT_ONCE)))
    assert [answer.status_code for answer in given] == [201] * (AT_ONCE - 1) + [422]
    assert first.status_code == 201
    assert len(await told(notify)) == AT_ONCE


async def test_who_waits_too_long_to_share_a_transaction_is_refused_and_nothing_of_theirs_is_written(
    notify: Database, tokens: BearerTokens, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P15"""
    gate = asyncio.Event()

    async def make_later(tx: Transaction, asked: Sequence[Asked[Ask]]) -> Sequence[Made]:
        await gate.wait()
        return await make(tx, asked)

    monkeypatch.setattr(admission, "PATIENCE", 0.3)
    async with at_the_toy(notify, tokens, issuer, make_later) as client:
        first = asyncio.create_task(_ask(client, "first"))
        await asyncio.sleep(0.1)
        async with asyncio.timeout(10):
            refused = await asyncio.gather(*(_ask(client, str(n), key=f"one-of-many-{n}") for n in range(AT_ONCE)))
        assert [answer.status_code for answer in refused] == [429] * AT_ONCE
        assert refused[0].json()["type"] == "urn:wij:problem:busy"
        assert all(int(answer.headers["Retry-After"]) > 0 for answer in refused)
        gate.set()
        assert (await first).status_code == 201
        again = await _ask(client, "0", key="one-of-many-0")
        assert (again.status_code, "Idempotent-Replayed" in again.headers) == (201, False)
    assert len(await told(notify)) == 2


async def test_however_many_clients_come_their_transactions_leave_room_in_the_pool(
    settings: Settings, notify: Database, tokens: BearerTokens, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P15: those who stepped aside must not use up what readiness and our own loops need."""
    under_way, most = 0, 0

    async def make_slowly(tx: Transaction, asked: Sequence[Asked[Ask]]) -> Sequence[Made]:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.05)
        under_way -= 1
        return await make(tx, asked)

    monkeypatch.setattr(admission, "PATIENCE", 60.0)
    narrow = Database(settings.model_copy(update={"database_pool": OUR_OWN + 2}), "notify")
    await narrow.start()
    clients = [issuer.mint(Actor(uuid4(), frozenset({Role.FRONT_OFFICE}))) for _ in range(5)]
    try:
        async with at_the_toy(narrow, tokens, issuer, make_slowly) as client:
            given = await asyncio.gather(*(_ask(client, token, token=token) for token in clients for _ in range(6)))
    finally:
        await narrow.stop()
    assert [answer.status_code for answer in given] == [201] * len(given)
    assert most == 2


async def test_when_the_database_does_not_answer_nobody_is_tried_one_by_one(
    notify: Database, tokens: BearerTokens, issuer: Issuer
) -> None:
    """P15: each would wait as long again, and the last would hear nothing for minutes."""
    tried = 0

    async def never(tx: Transaction, asked: Sequence[Asked[Ask]]) -> Sequence[Made]:
        nonlocal tried
        tried += 1
        await asyncio.sleep(0.1)
        raise TimeoutError

    async with at_the_toy(notify, tokens, issuer, never) as client:
        given = await asyncio.gather(*(_ask(client, str(number)) for number in range(AT_ONCE)))
    assert [answer.status_code for answer in given] == [503] * AT_ONCE
    assert tried <= 3
