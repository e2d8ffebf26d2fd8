"""Parking: what cannot be applied is set aside with its reason, its household waits in order, all others go on."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from tests.people import BEA, FERD, SAMIRA
from tests.shared.toys import (
    Counts,
    as_owner,
    household_in,
    joined,
    log_of,
    positions,
    reading,
    registered,
    relaying,
    tell,
    until,
)
from wij.database import Database, Transaction
from wij.events import Recorded, read_event
from wij.events.intake import HouseholdRegistered
from wij.events.plan import CaseOpened
from wij.identity import Actor, service_actor
from wij.issuer import Issuer
from wij.reader import Subscription
from wij.settings import Settings
from wij.tokens import BearerTokens
from wij.web import create_app


@pytest.fixture
def settings(settings: Settings, nats_url: str) -> Settings:
    return settings.model_copy(update={"nats_url": nats_url})


@pytest.fixture
async def counts(plan: Database) -> Counts:
    counts = Counts(plan)
    await counts.prepare()
    return counts


class Desk:
    """Plan's own HTTP app with nothing but the routes of the log."""

    def __init__(self, plan: Database, tokens: BearerTokens, issuer: Issuer) -> None:
        app = create_app("plan", "the log of plan", plan, tokens, [])
        self.transport = httpx.ASGITransport(Starlette(routes=[Mount("/plan", app)]))
        self.issuer = issuer

    async def get(self, path: str, person: Actor = FERD) -> httpx.Response:
        return await self._ask("GET", path, person, None)

    async def post(self, path: str, body: object = None, person: Actor = FERD) -> httpx.Response:
        return await self._ask("POST", path, person, body)

    async def _ask(self, method: str, path: str, person: Actor, body: object) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.issuer.mint(person)}"}
        async with httpx.AsyncClient(transport=self.transport, base_url="http://wij.test/plan/v1") as http:
            return await http.request(method, path, headers=headers, json=body)

    async def open(self) -> list[tuple[int, bool, str]]:
        """Position, whether it waits behind another, and the reason."""
        items = (await self.get("/parked")).json()["items"]
        return [(item["position"], item["behind"], item["reason"]) for item in items]


@pytest.fixture
async def desk(plan: Database, tokens: BearerTokens, issuer: Issuer) -> Desk:
    return Desk(plan, tokens, issuer)


async def poisoned(settings: Settings, intake: Database, counts: Counts) -> tuple[UUID, UUID]:
    """A household whose events cannot be applied and another in the same partition; each has told three events."""
    bad, good = household_in(2), household_in(2)
    counts.poison.add(bad)
    for fact in (registered(bad), registered(good), joined(bad), joined(good), joined(bad), joined(good)):
        await tell(intake, fact)
    return bad, good


async def test_an_event_that_cannot_be_applied_is_parked_and_its_household_waits_while_others_go_on(
    settings: Settings, intake: Database, plan: Database, counts: Counts, desk: Desk
) -> None:
    """P6, P7: nothing is given up silently, and one bad message stops no other."""
    bad, good = await poisoned(settings, intake, counts)
    async with relaying(settings, intake), reading(settings, plan, counts.subscription()):
        await until(lambda: positions(plan), lambda found: min(found) == 6)
        assert await counts.heard() == {good: (3, 0)}
        waiting = await desk.open()
        assert [(position, behind) for position, behind, _ in waiting] == [(1, False), (3, True), (5, True)]
        assert waiting[0][2].startswith("ZeroDivisionError in toys.py:")
        assert "Jansen" not in str(waiting), "a reason holds nothing that somebody typed"
        await asyncio.sleep(1.2)
        shown = (await desk.get("/parked/intake/1")).json()
        assert shown["attempts"] == 1, "nobody asked to try it again"
        assert shown["key"] == str(bad)
        assert json.loads(shown["event"])["data"]["household_id"] == str(bad)


async def test_an_event_whose_table_a_migration_changes_meanwhile_is_applied_and_not_parked(
    settings: Settings, intake: Database, plan: Database, counts: Counts, desk: Desk
) -> None:
    """P13: the reader's connection knows the statement by its old columns."""

    async def when_told(tx: Transaction, events: Sequence[Recorded[Any]]) -> None:
        await tx.rows("select * from heard")
        await counts.when_told(tx, events)

    subscription = Subscription("intake", {HouseholdRegistered: when_told})
    async with relaying(settings, intake), reading(settings, plan, subscription):
        for number in (1, 2, 3):
            await tell(intake, registered(uuid4()))
            await until(lambda: positions(plan), lambda found, number=number: min(found) == number)  # type: ignore[misc]
            await as_owner(settings, "plan", f"alter table heard add column more_{number} int")
    assert (await desk.open(), await counts.total()) == ([], 3)


async def test_bad_events_in_the_middle_of_a_full_batch_are_found_without_doing_all_others_alone(
    settings: Settings, intake: Database, plan: Database, counts: Counts, desk: Desk
) -> None:
    households = [uuid4() for _ in range(100)]
    counts.poison |= {households[30], households[77]}
    for _ in range(2):
        await tell(intake, *(registered(household) for household in households))
    async with relaying(settings, intake):
        await until(lambda: log_of(intake), lambda log: len(log) == 200)
        async with reading(settings, plan, counts.subscription()):
            await until(lambda: positions(plan), lambda found: min(found) == 200)
    heard = await counts.heard()
    assert set(heard) == set(households) - counts.poison
    assert set(heard.values()) == {(2, 0)}
    assert [(position, behind) for position, behind, _ in await desk.open()] == [
        (31, False),
        (78, False),
        (131, True),
        (178, True),
    ]
    assert len(counts.calls) < 60


async def test_a_retry_applies_the_event_and_those_behind_it_in_order(
    settings: Settings, intake: Database, plan: Database, counts: Counts, desk: Desk
) -> None:
    bad, good = await poisoned(settings, intake, counts)
    async with relaying(settings, intake), reading(settings, plan, counts.subscription()):
        await until(lambda: positions(plan), lambda found: min(found) == 6)
        asked = await desk.post("/parked/intake/1/retry")
        assert asked.status_code == 202
        assert asked.json()["retry_asked_at"]
        attempts = lambda: desk.get("/parked/intake/1")  # noqa: E731
        again = await until(attempts, lambda answer: answer.json()["attempts"] == 2)
        assert again.json()["resolution"] is None, "the mistake is still there"
        counts.poison.clear()
        await desk.post("/parked/intake/1/retry")
        await until(desk.open, lambda found: found == [])
        assert await counts.heard() == {bad: (3, 0), good: (3, 0)}
        await tell(intake, joined(bad))
        await until(counts.total, lambda total: total == 7)
        assert (await desk.post("/parked/intake/1/retry")).json()["type"] == "urn:wij:problem:already-decided"


async def test_what_waits_behind_another_cannot_be_tried_first(
    settings: Settings, intake: Database, plan: Database, counts: Counts, desk: Desk
) -> None:
    await poisoned(settings, intake, counts)
    async with relaying(settings, intake), reading(settings, plan, counts.subscription()):
        await until(lambda: positions(plan), lambda found: min(found) == 6)
        refused = await desk.post("/parked/intake/3/retry")
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:wij:problem:behind-another")
        assert (await desk.post("/parked/intake/2/retry")).status_code == 404


async def test_a_drop_frees_those_behind_it_and_stays_dropped_when_the_projection_is_rebuilt(
    settings: Settings, intake: Database, plan: Database, counts: Counts, desk: Desk
) -> None:
    bad, good = await poisoned(settings, intake, counts)
    async with relaying(settings, intake), reading(settings, plan, counts.subscription()):
        await until(lambda: positions(plan), lambda found: min(found) == 6)
        counts.poison.clear()
        without_reason = await desk.post("/parked/intake/1/drop", {})
        assert without_reason.status_code == 400
        dropped = await desk.post("/parked/intake/1/drop", {"reason": "told by mistake, see the report of 3 May"})
        assert dropped.json()["resolution"] == "dropped"
        await until(desk.open, lambda found: found == [])
        heard = {bad: (2, 1), good: (3, 0)}  # the projection starts with the second event, as was decided
        assert await counts.heard() == heard
    await as_owner(settings, "plan", "delete from heard")
    await as_owner(settings, "plan", "update positions set position = 0")
    async with reading(settings, plan, counts.subscription()):
        await until(counts.total, lambda total: total == 5)
        await until(lambda: positions(plan), lambda found: min(found) == 6)
        assert await counts.heard() == heard


async def test_an_unknown_version_is_parked_and_never_dropped(
    settings: Settings, intake: Database, plan: Database, counts: Counts, desk: Desk
) -> None:
    """P11: a type we do not know, on a subject we asked for, waits until we know it."""
    household = household_in(5)
    await tell(intake, registered(household))
    await as_owner(
        settings,
        "intake",
        "update outbox set body = replace(convert_from(body, 'utf8'), 'registered.v1', 'registered.v9')::bytea",
    )
    await tell(intake, joined(household))
    await tell(intake, registered(other := uuid4()))
    async with relaying(settings, intake), reading(settings, plan, counts.subscription()):
        await until(lambda: positions(plan), lambda found: min(found) == 3)
        assert await counts.heard() == {other: (1, 0)}
        waiting = await desk.open()
        assert [(position, behind) for position, behind, _ in waiting] == [(1, False), (2, True)]
        assert waiting[0][2] == "UnknownEvent: this service knows no nl.wij.intake.household.registered.v9"


@pytest.mark.parametrize("damage", ["not json", "a wrong field"])
async def test_a_malformed_event_is_parked_and_an_unknown_field_is_ignored(
    settings: Settings, intake: Database, plan: Database, counts: Counts, desk: Desk, damage: str
) -> None:
    await tell(intake, registered(uuid4()))
    await tell(intake, registered(fine := uuid4()))
    change = {
        "not json": "update outbox set body = 'nonsense'::bytea where id = 1",
        "a wrong field": "update outbox set body = replace(convert_from(body, 'utf8'), 'BU00140202', 'Jansen')::bytea"
        " where id = 1",
    }
    await as_owner(settings, "intake", change[damage])
    new_field = (
        "update outbox set body = replace(convert_from(body, 'utf8'), '\"buurt\"', '\"new\":1,\"buurt\"')::bytea"
    )
    await as_owner(settings, "intake", new_field + " where id = 2")
    async with relaying(settings, intake), reading(settings, plan, counts.subscription()):
        await until(lambda: positions(plan), lambda found: min(found) == 2)
        assert await counts.heard() == {fine: (1, 0)}
        [(position, behind, reason)] = await desk.open()
        assert (position, behind) == (1, False)
        assert reason.startswith("ValidationError: ")
        assert "Jansen" not in reason


async def test_only_a_functional_admin_decides_about_parked_events(desk: Desk) -> None:
    for person in (SAMIRA, BEA):
        assert (await desk.get("/parked", person)).status_code == 403
        assert (await desk.post("/parked/intake/1/retry", person=person)).status_code == 403
        assert (await desk.post("/parked/intake/1/drop", {"reason": "because"}, person)).status_code == 403


async def test_events_are_read_over_http_from_any_position_as_the_very_bytes_of_the_log(
    settings: Settings, plan: Database, desk: Desk
) -> None:
    for _ in range(5):
        await tell(
            plan,
            CaseOpened(
                team="selwerd",
                case_id=uuid4(),
                household_id=uuid4(),
                household_version=1,
                director_id=uuid4(),
                opened_from=uuid4(),
                director_reason="team",
            ),
        )
    async with relaying(settings, plan):
        log = await until(lambda: log_of(plan), lambda log: len(log) == 5)
    answer = await desk.get("/events?after=2&limit=2")
    assert [item["position"] for item in answer.json()] == [3, 4]
    for position, _, body in log[2:4]:
        assert body in answer.content
        assert read_event(body, position).position == position
    assert (await desk.get("/events?after=5")).json() == []
    assert (await desk.get("/events", service_actor("notify"))).status_code == 200
    assert (await desk.get("/events", SAMIRA)).status_code == 403


async def test_the_auditor_reads_the_access_log_and_is_in_it(desk: Desk) -> None:
    assert (await desk.get("/access-log", SAMIRA)).status_code == 403
    household = uuid4()
    first = (await desk.get(f"/access-log?household_id={household}", BEA)).json()["items"]
    again = (await desk.get(f"/access-log?household_id={household}&after={first[-1]['id']}", BEA)).json()["items"]
    assert [(look["actor_id"], look["action"]) for look in again] == [(str(BEA.id), "view_access_log")]
