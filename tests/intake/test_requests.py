"""Requests through the service: what is kept, what is told, and what the database refuses by itself."""

import asyncio
import base64
import json
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.intake.commands.request import (
    AcceptRequest,
    CheckSafety,
    ClarifyRequest,
    Requester,
    TakeUpRequest,
    WithdrawRequest,
)
from services.intake.domain.request import AlreadyRegistered, OutOfTurn, SafetyNotChecked
from services.intake.handlers import request
from services.intake.store import worklist as store
from services.intake.views.request import RequestRow
from tests.conftest import ClientFor
from tests.intake import town
from tests.people import KARIN, NADIA, SAMIRA, SIP, told, warmed
from wij.call import Cursor, Page
from wij.database import Database
from wij.errors import Invalid
from wij.events.intake import HelpRequestAccepted, HelpRequestReceived, HelpRequestWaitlisted
from wij.identity import service_actor

INTAKE = service_actor("intake")


def accepting(household_id: UUID, *, wait: bool = False) -> AcceptRequest:
    return AcceptRequest(household_id=household_id, legal_basis="public_task", wait=wait)


async def worklist(intake: Database, cursor: Cursor | None = None, state: str | None = None) -> Page[RequestRow]:
    async with intake.transaction(KARIN) as tx:
        return await request.list_requests(tx, None, state, cursor or Cursor(None, 50))


async def test_a_question_gets_a_receipt_and_is_told_once(client: ClientFor, place: Database) -> None:
    """S4-1: the same key again is the same request."""
    async with client("intake", SIP) as sip:
        headers = town.key()
        first = await sip.post("/intake/v1/requests", json=town.body(), headers=headers)
        again = await sip.post("/intake/v1/requests", json=town.body(), headers=headers)
        assert first.status_code == 201, first.text
        assert first.content == again.content
        receipt = first.json()
        assert (receipt["state"], receipt["team"], receipt["version"]) == ("received", "selwerd", 1)
        assert first.headers["Location"] == f"/intake/v1/requests/{receipt['request_id']}"
    received = [fact for fact in await told(place) if isinstance(fact, HelpRequestReceived)]
    assert [fact.channel for fact in received] == ["stip"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"channel": "telegram"},
        {"question": "   "},
        {"topics": ["money"]},
        {"postcode": "97"},
        {"requester": {"anonymous": True, "given_name": "Geertje"}},
        {"requester": {"given_name": "Geertje"}},
    ],
)
async def test_what_is_not_a_request_is_refused_and_tells_nothing(
    client: ClientFor, place: Database, wrong: dict[str, object]
) -> None:
    """S4-1, S2-8, I24: an unknown channel, no words, or a category with them."""
    before = await told(place)
    async with client("intake", SIP) as sip:
        answer = await sip.post("/intake/v1/requests", json=town.body(**wrong), headers=town.key())
    assert answer.status_code == 400, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == list(wrong)
    assert await told(place) == before


async def test_a_category_cannot_be_stored_without_the_words(place: Database) -> None:
    """S2-8: a request refers to its question, so the database refuses one without."""
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        async with place.transaction(SAMIRA) as tx:
            await tx.run(
                "insert into help_requests (request_id, channel, state, team, submitted_by, anonymous, received_at,"
                " receipt_due_at, due_at, urgency, topics)"
                " values ($1, 'stip', 'clarifying', 'selwerd', $2, true, now(), now(), now(), 'low', '{money}')",
                uuid4(),
                SAMIRA.id,
            )


async def test_a_reference_of_a_channel_is_used_once(place: Database) -> None:
    await town.received(place, reference="2026-17")
    await town.received(place, reference="2026-17", channel="cjg")
    with pytest.raises(AlreadyRegistered):
        await town.received(place, by=NADIA, reference="2026-17")


async def test_an_anonymous_asker_leaves_no_trace_of_a_person(place: Database) -> None:
    await town.received(place, requester=Requester(anonymous=True))
    async with place.transaction(INTAKE) as tx:
        assert await tx.value("select count(*) from requesters") == 0


async def test_an_accepted_request_carries_what_plan_needs(place: Database) -> None:
    home = await town.home(place)
    request_id = await town.accepted(place, home.household_id)
    fact = (await told(place))[-1]
    assert isinstance(fact, HelpRequestAccepted)
    assert (fact.request_id, fact.household_id, fact.household_version) == (request_id, home.household_id, home.version)
    assert (fact.buurt, fact.topics, fact.accepted_by) == (home.buurt, ("loneliness",), SAMIRA.id)


async def test_an_unknown_household_is_refused_by_its_field(place: Database) -> None:
    request_id = await town.safe(place)
    with pytest.raises(Invalid):
        async with place.transaction(SAMIRA) as tx:
            await request.accept_request(tx, request_id, accepting(uuid4()))


async def test_twenty_workers_who_accept_at_once_accept_once(place: Database) -> None:
    """I24: one accepts, nineteen hear that it is too late, and one fact is told."""
    await warmed(place)
    home = await town.home(place)
    request_id = await town.safe(place)

    async def accept(worker: int) -> None:
        async with place.transaction((SAMIRA, NADIA)[worker % 2]) as tx:
            await request.accept_request(tx, request_id, accepting(home.household_id))

    outcomes = await asyncio.gather(*(accept(worker) for worker in range(20)), return_exceptions=True)
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert len(refused) == 19
    assert all(isinstance(outcome, OutOfTurn) for outcome in refused), refused
    assert len([fact for fact in await told(place) if isinstance(fact, HelpRequestAccepted)]) == 1


async def test_a_refused_command_writes_nothing_and_tells_nothing(place: Database) -> None:
    """I24: not a row of it, and not a fact; the version stays."""
    home = await town.home(place)
    request_id = await town.clarified(place)
    everything = (
        "select (select jsonb_agg(r order by request_id) from help_requests r)"
        " || jsonb_build_array((select count(*) from request_notes), (select count(*) from outbox))"
    )
    async with place.transaction(INTAKE) as tx:
        before = await tx.value(everything)
    with pytest.raises(SafetyNotChecked):
        async with place.transaction(SAMIRA) as tx:
            await request.accept_request(tx, request_id, accepting(home.household_id))
    with pytest.raises(OutOfTurn):
        async with place.transaction(SAMIRA) as tx:
            await request.take_up_request(tx, request_id, TakeUpRequest())
    async with place.transaction(INTAKE) as tx:
        assert await tx.value(everything) == before


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ("due_at = null", "on_a_worklist"),
        ("state = 'answered'", "ended_without_date"),
        ("state = 'waiting', safety = 'acute', household_id = $2, legal_basis = 'x'", "acute_never_waits"),
        ("state = 'waiting', urgency = 'acute', household_id = $2, legal_basis = 'x'", "acute_never_waits"),
        ("state = 'waiting', safety = null, household_id = $2, legal_basis = 'x'", "safety_first"),
        ("state = 'accepted', safety = null, household_id = $2, legal_basis = 'x'", "safety_first"),
        ("state = 'accepted'", "clear_before_accepted"),
    ],
)
async def test_the_database_refuses_by_itself(place: Database, change: str, constraint: str) -> None:
    """I17: team and date, or an end. I18: safety first, and acute never waits."""
    home = await town.home(place)
    request_id = await town.safe(place)
    with pytest.raises(asyncpg.CheckViolationError, match=constraint):
        async with place.transaction(SAMIRA) as tx:
            await tx.run(
                f"update help_requests set {change} where request_id = $1 and $2::uuid is not null",
                request_id,
                home.household_id,
            )


async def test_who_turns_out_to_be_in_danger_leaves_the_waiting_list_at_once(place: Database) -> None:
    """I18: acute never waits, also when it becomes acute while waiting."""
    home = await town.home(place)
    request_id = await town.accepted(place, home.household_id, wait=True)
    assert isinstance((await told(place))[-1], HelpRequestWaitlisted)
    async with place.transaction(NADIA) as tx:
        row = await request.check_safety(tx, request_id, CheckSafety(result="acute", note="Niemand thuis."))
    assert (row.state, row.priority, row.owner_id) == ("accepted", 100, NADIA.id)
    assert [fact.name for fact in (await told(place))[-2:]] == ["help_request.safety_checked", "help_request.accepted"]


async def test_the_coordinator_takes_a_household_from_the_waiting_list(place: Database) -> None:
    home = await town.home(place)
    request_id = await town.accepted(place, home.household_id, wait=True)
    async with place.transaction(KARIN) as tx:
        row = await request.take_up_request(tx, request_id, TakeUpRequest())
    assert row.state == "accepted"
    assert isinstance((await told(place))[-1], HelpRequestAccepted)


async def test_priority_goes_first_then_age_and_what_waits_long_rises(place: Database) -> None:
    """2.3: waiting order is priority, then age, and ageing raises priority."""
    ages = {"low": 60, "normal": 3, "high": 0, "acute": 0}
    ids = {}
    for urgency, days in ages.items():
        ids[await town.clarified(place, urgency=urgency)] = urgency
        async with place.transaction(INTAKE) as tx:
            await tx.run(
                "update help_requests set received_at = received_at - $1::interval where request_id = $2",
                timedelta(days=days),
                list(ids)[-1],
            )
    page = await worklist(place)
    assert [ids[row.request_id] for row in page.items] == ["acute", "low", "high", "normal"]
    assert [row.priority for row in page.items] == [100, 70, 60, 33]


async def test_the_worklist_comes_in_pages_without_gap_or_double(place: Database) -> None:
    ids = [await town.received(place) for _ in range(5)]
    seen: list[UUID] = []
    cursor = Cursor(None, 2)
    for expected in (2, 2, 1):
        page = await worklist(place, cursor)
        assert len(page.items) == expected
        seen += [row.request_id for row in page.items]
        assert (page.next is None) == (len(seen) == 5)
        if page.next is not None:
            cursor = Cursor(json.loads(base64.urlsafe_b64decode(page.next + "==")), 2)
    assert seen == ids
    for forged in (("yesterday", 1), ("2026-01-01T00:00:00+00:00", str(ids[0]))):
        with pytest.raises(Invalid):
            await worklist(place, Cursor(forged, 2))


async def test_what_has_ended_leaves_the_worklist_and_is_found_by_its_state(place: Database) -> None:
    waiting, gone = await town.received(place), await town.received(place)
    async with place.transaction(SAMIRA) as tx:
        await request.withdraw_request(tx, gone, WithdrawRequest(reason="solved"))
    assert [row.request_id for row in (await worklist(place)).items] == [waiting]
    assert [row.request_id for row in (await worklist(place, state="withdrawn")).items] == [gone]


@pytest.mark.parametrize("statement", ["worklist", "in_state"])
async def test_a_page_of_a_worklist_reads_an_index_in_its_own_order(place: Database, statement: str) -> None:
    """However many requests there ever were; a sort would read them all."""
    async with place.transaction(SAMIRA) as tx:
        await tx.run("set local enable_seqscan = off")
        await tx.run("set local enable_bitmapscan = off")
        values = ["selwerd", datetime(1, 1, 1), UUID(int=0), 51, *(["withdrawn"] * (statement == "in_state"))]  # noqa: DTZ001  # a moment in UTC
        plan = "\n".join(row[0] for row in await tx.rows(f"explain {getattr(store.SQL, statement)}", *values))
    assert "Sort" not in plan
    assert {"worklist": "help_requests_on_worklist", "in_state": "help_requests_in_state"}[statement] in plan


async def test_every_open_request_has_a_team_and_a_date_all_the_way(place: Database) -> None:
    """I17: 0 orphans, whatever way the requests went."""
    home = await town.home(place)
    await town.received(place)
    await town.clarified(place, urgency="acute")
    await town.safe(place)
    await town.accepted(place, home.household_id)
    await town.accepted(place, home.household_id, wait=True)
    withdrawn = await town.received(place)
    async with place.transaction(SAMIRA) as tx:
        await request.withdraw_request(tx, withdrawn, WithdrawRequest(reason="solved"))
    async with place.transaction(INTAKE) as tx:
        orphans = await tx.value(
            "select count(*) from help_requests where state not in ('answered', 'withdrawn', 'case_opened', 'attached')"
            " and (team is null or due_at is null)"
        )
        ended = await tx.value("select count(*) from help_requests where due_at is null")
    assert (orphans, ended) == (0, 1)


async def test_the_way_over_http_from_question_to_case(client: ClientFor, place: Database) -> None:
    async with client("intake", SIP) as sip, client("intake", SAMIRA) as samira, client("intake", KARIN) as karin:
        receipt = (await sip.post("/intake/v1/requests", json=town.body(), headers=town.key())).json()
        at = f"/intake/v1/requests/{receipt['request_id']}"
        clear = {"topics": ["loneliness"], "life_domains": ["social"], "urgency": "high", "note": "Mist haar man."}
        assert (await samira.post(f"{at}/clarification", json=clear)).json()["state"] == "clarifying"
        refused = await samira.post(
            f"{at}/acceptance", json={"household_id": str(uuid4()), "legal_basis": "public_task"}
        )
        assert refused.status_code == 400
        assert (await samira.post(f"{at}/safety-check", json={"result": "none"})).json()["safety"] == "none"
        home = await samira.post(
            "/intake/v1/households",
            json={
                "postcode": town.SELWERD,
                "house_number": 12,
                "members": [{"given_name": "Geertje", "family_name": "Boonstra"}],
            },
            headers=town.key(),
        )
        assert home.status_code == 201, home.text
        assert home.headers["ETag"] == '"2"'
        suggested = (await samira.post(f"{at}/household-suggestions")).json()["items"]
        assert suggested == [{"household_id": home.json()["household_id"], "reasons": ["same_address", "same_name"]}]
        accepting = {"household_id": home.json()["household_id"], "legal_basis": "public_task", "wait": True}
        waiting = await samira.post(f"{at}/acceptance", json=accepting)
        assert waiting.json()["state"] == "waiting", waiting.text
        late = await samira.post(f"{at}/acceptance", json=accepting)
        assert (late.status_code, town.problem(late)) == (409, "out-of-turn")
        taken = await karin.post(f"{at}/take-up", json={})
        assert taken.json()["state"] == "accepted", taken.text
        timeline = await samira.get(f"{home.headers['Location']}/timeline")
        names = [entry["type"].split(".", 3)[3] for entry in timeline.json()["items"]]
        assert names == [
            "help_request.received.v1",
            "help_request.clarified.v1",
            "help_request.safety_checked.v1",
            "household.registered.v1",
            "household.member_joined.v1",
            "help_request.waitlisted.v1",
            "help_request.accepted.v1",
        ]


async def test_a_second_clarification_replaces_the_first(place: Database) -> None:
    request_id = await town.clarified(place, urgency="low")
    async with place.transaction(SAMIRA) as tx:
        row = await request.clarify_request(tx, request_id, ClarifyRequest(topics=("money", "money"), urgency="high"))
    assert (row.topics, row.priority, row.version) == (("money",), 60, 3)
