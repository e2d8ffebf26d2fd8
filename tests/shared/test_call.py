"""One call, one effect: a repeated Idempotency-Key gets the first answer again (P2), and a refusal leaves nothing."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import Response
from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.people import NADIA, SAMIRA, told, warmed
from tests.shared.toys import as_owner
from wij import answers, audit, outbox
from wij.access import Action
from wij.call import Calling, Cursor, Page, Paging, Routes
from wij.database import Database, Transaction
from wij.errors import Refusal, StaleVersion
from wij.events.notify import DeadlineApproaching
from wij.identity import Actor, service_actor
from wij.ids import new_id
from wij.issuer import Issuer
from wij.tokens import BearerTokens
from wij.web import create_app


class Told(BaseModel):
    """What was made."""

    deadline_id: UUID
    version: int


class Ask(BaseModel):
    """What to make; `refuse` says no after everything was written."""

    words: str
    refuse: bool = False


class NotToday(Refusal):
    """A rule that says no late."""


async def tell(tx: Transaction, ask: Ask) -> Told:
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
    await outbox.append(tx, [fact])
    await audit.looked(tx, Action.VIEW_DEADLINES, "deadline", deadline)
    if ask.refuse:
        raise NotToday("Not today.")
    return Told(deadline_id=deadline, version=1)


async def edit(tx: Transaction, version: int) -> Told:
    if version != 3:
        raise StaleVersion("Somebody else changed this. Read it again.")
    return Told(deadline_id=UUID(int=1), version=version + 1)


async def page_of(tx: Transaction, page: Cursor) -> Page[Told]:
    first = page.after[0] if page.after else 0
    items = [Told(deadline_id=UUID(int=number), version=number) for number in range(first + 1, first + 1 + page.limit)]
    return Page(items=items, next=Cursor.to((items[-1].version,)))


async def grown(tx: Transaction) -> Told:
    rows = await tx.rows("select * from growing")
    return Told(deadline_id=UUID(int=1), version=len(rows))


def toy_routes() -> Routes:
    routes = Routes()

    @routes.post("/growing", Action.REGISTER_REQUEST, Told, status=201)
    async def look(call: Calling) -> Response:
        return await call.run(grown)

    @routes.post("/things", Action.REGISTER_REQUEST, Told, status=201, location="/v1/things/{deadline_id}")
    async def create(call: Calling, ask: Ask) -> Response:
        return await call.run(tell, ask)

    @routes.put("/things/1", Action.REGISTER_REQUEST, Told)
    async def change(call: Calling) -> Response:
        return await call.run(edit, call.expected_version())

    @routes.get("/things", Action.LIST_CASES, Page[Told])
    async def things(call: Calling, page: Paging) -> Response:
        return await call.run(page_of, page)

    return routes


@pytest.fixture
async def app(notify: Database, tokens: BearerTokens) -> Starlette:
    return Starlette(routes=[Mount("/notify", create_app("notify", "A toy", notify, tokens, [toy_routes()]))])


@pytest.fixture
async def samira(app: Starlette, issuer: Issuer) -> AsyncIterator[httpx.AsyncClient]:
    async with _client(app, issuer, SAMIRA) as client:
        yield client


def _client(app: Starlette, issuer: Issuer, person: Actor) -> httpx.AsyncClient:
    headers = {"Authorization": f"Bearer {issuer.mint(person)}"}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://wij.test/notify", headers=headers)


def _key() -> dict[str, str]:
    return {"Idempotency-Key": uuid4().hex}


async def _counts(notify: Database) -> tuple[int, ...]:
    async with notify.transaction(service_actor("notify")) as tx:
        tables = ("outbox", "pending", "access_log", "answers")
        return tuple([await tx.value(f"select count(*) from {table}") for table in tables])


async def test_the_same_key_fifty_times_at_once_is_one_effect_and_one_answer(
    notify: Database, samira: httpx.AsyncClient
) -> None:
    """P2"""
    await warmed(notify)
    key = _key()
    answers = await asyncio.gather(*(samira.post("/v1/things", json={"words": "x"}, headers=key) for _ in range(50)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert {answer.headers["etag"] for answer in answers} == {'"1"'}
    assert sum("idempotent-replayed" not in answer.headers for answer in answers) == 1
    assert await _counts(notify) == (1, 1, 1, 1)


async def test_the_same_key_with_other_content_is_refused(notify: Database, samira: httpx.AsyncClient) -> None:
    """P2"""
    key = _key()
    await samira.post("/v1/things", json={"words": "one"}, headers=key)
    other = await samira.post("/v1/things", json={"words": "two"}, headers=key)
    assert other.status_code == 422
    assert other.json()["type"] == "urn:wij:problem:key-reused"
    assert len(await told(notify)) == 1


async def test_the_key_of_one_person_says_nothing_to_another(
    notify: Database, app: Starlette, samira: httpx.AsyncClient, issuer: Issuer
) -> None:
    key = _key()
    mine = await samira.post("/v1/things", json={"words": "x"}, headers=key)
    async with _client(app, issuer, NADIA) as nadia:
        hers = await nadia.post("/v1/things", json={"words": "x"}, headers=key)
    assert mine.json() != hers.json()
    assert len(await told(notify)) == 2


async def test_what_was_answered_to_one_person_is_hidden_from_another(
    notify: Database, samira: httpx.AsyncClient
) -> None:
    """PRIV-02: an answer may hold words about people, so the database shows it to nobody else."""
    await samira.post("/v1/things", json={"words": "x"}, headers=_key())
    for person, seen in ((SAMIRA, 1), (NADIA, 0)):
        async with notify.transaction(person) as tx:
            assert await tx.value("select count(*) from answers") == seen


async def test_a_refused_command_writes_and_tells_nothing(notify: Database, samira: httpx.AsyncClient) -> None:
    """I24: A rejected command writes nothing and emits nothing."""
    refused = await samira.post("/v1/things", json={"words": "x", "refuse": True}, headers=_key())
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:wij:problem:not-today"
    assert await _counts(notify) == (0, 0, 0, 0)


async def test_a_refused_key_may_be_used_again(notify: Database, samira: httpx.AsyncClient) -> None:
    key = _key()
    await samira.post("/v1/things", json={"words": "x", "refuse": True}, headers=key)
    again = await samira.post("/v1/things", json={"words": "x"}, headers=key)
    assert again.status_code == 201


async def test_an_answer_of_long_ago_is_forgotten_and_a_recent_one_is_not(notify: Database) -> None:
    async with notify.transaction(service_actor("notify")) as tx:
        for key, days in (("long-ago", 31), ("recently", 29)):
            statement = "insert into answers (actor_id, key, digest, created_at) values ($1, $2, '', $3)"
            await tx.run(statement, SAMIRA.id, key, tx.now - timedelta(days=days))
    forgetting = asyncio.create_task(answers.forget(notify))
    await asyncio.wait([forgetting], timeout=1)
    forgetting.cancel()
    async with notify.transaction(service_actor("notify")) as tx:
        assert await tx.value("select array_agg(key) from answers") == ["recently"]


async def test_a_table_that_a_migration_changes_meanwhile_is_no_mistake_of_the_old_code(
    notify: Database, samira: httpx.AsyncClient
) -> None:
    """P13: a connection that knows a statement by its old columns is told so once, in the middle of somebody's call."""
    await as_owner(notify.settings, "notify", "create table growing (one int)")
    await as_owner(notify.settings, "notify", "grant select on growing to notify")
    await warmed(notify)
    for column in ("two", "three"):
        answers = await asyncio.gather(*(samira.post("/v1/growing", headers=_key()) for _ in range(30)))
        assert {answer.status_code for answer in answers} == {201}
        await as_owner(notify.settings, "notify", f"alter table growing add column {column} int")
    assert (await samira.post("/v1/growing", headers=_key())).status_code == 201


async def test_what_was_made_can_be_found(samira: httpx.AsyncClient) -> None:
    made = await samira.post("/v1/things", json={"words": "x"}, headers=_key())
    assert made.headers["location"] == f"/notify/v1/things/{made.json()['deadline_id']}"


async def test_an_edit_says_which_version_it_edits(samira: httpx.AsyncClient) -> None:
    """API-06"""
    missing = await samira.put("/v1/things/1")
    assert (missing.status_code, missing.json()["type"]) == (428, "urn:wij:problem:version-required")
    for stale in ('"2"', '"4"'):
        answer = await samira.put("/v1/things/1", headers={"If-Match": stale})
        assert (answer.status_code, answer.json()["type"]) == (412, "urn:wij:problem:stale-version")
        assert "changed" in answer.json()["detail"]
    assert (await samira.put("/v1/things/1", headers={"If-Match": "nonsense"})).status_code == 428
    for fresh in ('"3"', 'W/"3"'):
        answer = await samira.put("/v1/things/1", headers={"If-Match": fresh})
        assert (answer.status_code, answer.headers["etag"]) == (200, '"4"')


async def test_a_list_leads_from_page_to_page(samira: httpx.AsyncClient) -> None:
    """API-05"""
    first = await samira.get("/v1/things?limit=2")
    assert [item["version"] for item in first.json()["items"]] == [1, 2]
    assert 'rel="next"' in first.headers["link"]
    second = await samira.get(first.headers["link"].partition(">")[0].removeprefix("<"))
    assert [item["version"] for item in second.json()["items"]] == [3, 4]
    for wrong in ("cursor=nonsense!", "limit=0", "limit=201", "cursor=bm9wZQ", "cursor=NQ", "cursor=e30"):
        assert (await samira.get(f"/v1/things?{wrong}")).status_code == 400


async def test_an_actor_holds_for_one_transaction_only(notify: Database) -> None:
    await warmed(notify, 1)
    async with notify.transaction(SAMIRA) as tx:
        assert await tx.value("select actor_id()") == SAMIRA.id
        assert await tx.value("select actor_team()") == "selwerd"
        assert await tx.value("select actor_has('worker') and not actor_has('service')")
        connection = tx.connection
    async with notify.transaction(service_actor("notify")) as tx:
        assert await tx.value("select actor_id()") != SAMIRA.id
        assert await tx.value("select actor_team()") is None
    del connection
