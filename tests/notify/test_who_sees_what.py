"""Whose inbox, whose messages, whose deadlines: over HTTP, and in PostgreSQL when every check above it is gone."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.notify.handlers.sending import Post, send_due
from tests.notify.facts import OPENED, RECEIVED, example, rows, tell
from tests.people import BEA, FERD, HANNEKE, JOOST, KARIN, MIRJAM, NADIA, ROY, SAMIRA, SIP, TOM, WILLEM
from wij import clock
from wij.database import Database
from wij.events import intake, matching, plan
from wij.identity import Actor


@pytest.fixture
async def delivered(notify: Database, post: Post) -> Database:
    """Items for the director, the coordinators, the process lead and the volunteer coordinators of Selwerd."""
    await tell(
        notify,
        example(intake.HelpRequestReceived, anonymous=True, received_at=clock.now()),
        example(intake.HelpRequestSafetyChecked, result="concern"),
        OPENED,
        example(plan.SupportNeedRequested),
        example(plan.ReviewPlanned, due_at=clock.now() + timedelta(days=9)),
        at=clock.now(),
    )
    await send_due(post)
    return notify


async def items(client: Any, person: Actor, done: str = "false") -> list[dict[str, Any]]:
    """The person's inbox."""
    answer = await client("notify", person).get(f"/notify/v1/inbox?done={done}")
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def test_everybody_sees_what_is_addressed_to_them_or_to_their_role(delivered: Database, client: Any) -> None:
    everybody = {
        "director": (SAMIRA, ["U bent regisseur van een nieuw huishouden."]),
        "coordinator": (KARIN, ["Bij een hulpvraag is een zorg", "Er is een nieuwe hulpvraag"]),
        "process lead": (ROY, ["Bij een hulpvraag is een zorg"]),
        "volunteer coordinator": (HANNEKE, ["Een huishouden zoekt hulp"]),
        "colleague": (NADIA, []),
        "worker elsewhere": (JOOST, []),
        "coordinator elsewhere": (MIRJAM, []),
        "volunteer coordinator elsewhere": (WILLEM, []),
    }
    for who, (person, texts) in everybody.items():
        found = await items(client, person)
        assert [item["text"][: len(text)] for item, text in zip(found, texts, strict=True)] == texts, who


@pytest.mark.parametrize("person", [SIP, BEA, FERD])
async def test_who_has_no_inbox_is_refused(client: Any, person: Actor) -> None:
    assert (await client("notify", person).get("/notify/v1/inbox")).status_code == 403


async def test_an_item_says_what_to_open_and_nothing_of_people(delivered: Database, client: Any) -> None:
    [item] = await items(client, SAMIRA)
    assert (item["about_kind"], item["about_id"]) == ("case", str(OPENED.case_id))
    assert item["addressed_to"] == "me"
    assert item.keys() == {
        "item_id", "text", "addressed_to", "about_kind", "about_id", "household_id", "due_at", "created_at", "done_at",
        "done_by",
    }  # fmt: skip


async def test_an_item_is_done_once_whoever_of_the_role_does_it(delivered: Database, client: Any) -> None:
    item_id = (await items(client, KARIN))[0]["item_id"]
    first = await client("notify", KARIN).post(f"/notify/v1/inbox/{item_id}/done")
    again = await client("notify", KARIN).post(f"/notify/v1/inbox/{item_id}/done")
    assert first.json() == again.json()
    assert first.json()["done_by"] == str(KARIN.id)
    assert len(await items(client, KARIN)) == 1
    assert [item["item_id"] for item in await items(client, KARIN, done="true")] == [item_id]


async def test_two_who_do_the_same_at_the_same_moment_do_it_once(delivered: Database, client: Any) -> None:
    item_id = (await items(client, KARIN))[0]["item_id"]
    answers = await asyncio.gather(
        *(client("notify", KARIN).post(f"/notify/v1/inbox/{item_id}/done") for _ in range(20))
    )
    assert len({answer.text for answer in answers}) == 1


async def test_what_is_not_addressed_to_you_does_not_exist_for_you(delivered: Database, client: Any) -> None:
    [item] = await items(client, SAMIRA)
    for person in (NADIA, KARIN, MIRJAM):
        answer = await client("notify", person).post(f"/notify/v1/inbox/{item['item_id']}/done")
        assert answer.status_code == 404
    assert (await items(client, SAMIRA))[0]["done_at"] is None


async def test_postgresql_shows_nobody_more_than_that(delivered: Database) -> None:
    """PRIV-02: with every check in the code gone."""
    people = (SAMIRA, NADIA, KARIN, ROY, HANNEKE, FERD, JOOST, MIRJAM)
    seen = {
        "inbox": (1, 0, 2, 1, 1, 0, 0, 0),
        "notifications": (0, 0, 7, 7, 0, 7, 0, 0),
        "deadlines": (3, 1, 3, 3, 0, 0, 0, 0),
        **dict.fromkeys(("moments", "cases", "involvements", "absences", "matches", "needs"), (0,) * len(people)),
    }
    for table, counts in seen.items():
        for person, count in zip(people, counts, strict=True):
            async with delivered.transaction(person) as tx:
                assert await tx.value(f"select count(*) from {table}") == count, (table, person.roles)


async def test_who_is_on_the_case_sees_its_deadlines(delivered: Database) -> None:
    await tell(delivered, example(plan.InvolvementAdded, worker_id=TOM.id))
    away = example(plan.DirectorAbsenceRecorded, worker_id=SAMIRA.id, deputy_id=NADIA.id, starts_at=clock.now())
    await tell(delivered, away, at=clock.now())
    for person, count in ((TOM, 3), (NADIA, 3), (SAMIRA, 3), (JOOST, 0)):
        async with delivered.transaction(person) as tx:
            assert await tx.value("select count(*) from deadlines") == count
    await tell(delivered, example(plan.InvolvementEnded, worker_id=TOM.id))
    async with delivered.transaction(TOM) as tx:
        assert await tx.value("select count(*) from deadlines") == 1


async def test_nobody_writes_in_what_they_only_may_read(delivered: Database) -> None:
    async with delivered.transaction(SAMIRA) as tx:
        assert await tx.run("update notifications set state = 'planned', settled_at = null") == 0
        assert await tx.run("update deadlines set due_at = now()") == 0
        assert await tx.run("update inbox set done_at = now(), done_by = $1", SAMIRA.id) == 1
    async with delivered.transaction(MIRJAM) as tx:
        assert await tx.run("update notifications set state = 'planned', settled_at = null") == 0


async def test_the_list_of_messages_shows_how_they_went_and_not_what_they_said(
    delivered: Database, client: Any
) -> None:
    answer = (await client("notify", KARIN).get("/notify/v1/notifications?state=sent&limit=200")).json()
    assert {row["channel"] for row in answer["items"]} == {"inbox"}
    assert answer["items"][0].keys() == {
        "notification_id", "template", "channel", "recipient_role", "team", "about_kind", "about_id", "cause_event_id",
        "state", "reason", "attempts", "planned_at", "valid_until", "settled_at",
    }  # fmt: skip
    assert (await client("notify", SAMIRA).get("/notify/v1/notifications")).status_code == 403


async def test_the_list_of_deadlines_is_by_date_and_by_state(delivered: Database, client: Any) -> None:
    await tell(delivered, example(plan.ReviewCancelled))
    await rows(delivered, "update deadlines set due_at = now() - interval '1 day' where term = 'receipt'")
    coordinator = client("notify", KARIN)

    async def listed(query: str) -> list[str]:
        answer = await coordinator.get(f"/notify/v1/deadlines?{query}")
        return [row["term"] for row in answer.json()["items"]]

    assert await listed("") == ["receipt", "review", "investigation"]
    assert await listed("state=open") == ["investigation"]
    assert await listed("state=passed") == ["receipt"]
    assert await listed("state=closed") == ["review"]
    assert await listed("term=investigation") == ["investigation"]
    first = (await coordinator.get("/notify/v1/deadlines?limit=2")).json()
    second = (await coordinator.get("/notify/v1/deadlines", params={"limit": 2, "cursor": first["next"]})).json()
    assert [row["term"] for row in first["items"] + second["items"]] == ["receipt", "review", "investigation"]
    assert second["next"] is None


async def test_an_inbox_comes_in_pages(notify: Database, post: Post, client: Any) -> None:
    for _ in range(5):
        await tell(notify, RECEIVED, at=clock.now())
    await rows(notify, "update notifications set state = 'suppressed', settled_at = now() where channel = 'mail'")
    await send_due(post)
    coordinator = client("notify", KARIN)
    seen: list[str] = []
    url: str | None = "/notify/v1/inbox?limit=2"
    while url:
        answer = await coordinator.get(url)
        seen += [item["item_id"] for item in answer.json()["items"]]
        url = answer.links["next"]["url"] if "next" in answer.links else None
    assert len(seen) == len(set(seen)) == 5


async def test_each_look_is_on_record(delivered: Database, client: Any) -> None:
    """PRIV-05: in the transaction that looks."""
    await items(client, KARIN)
    await client("notify", KARIN).get("/notify/v1/notifications")
    await client("notify", KARIN).get("/notify/v1/deadlines")
    found = await rows(delivered, "select action from access_log where actor_id = $1 order by id", KARIN.id)
    assert [row["action"] for row in found] == ["view_inbox", "view_notifications", "view_deadlines"]


async def test_a_withdrawn_help_is_told_to_coordinator_and_director_in_the_hop_after_it(
    delivered: Database, post: Post, client: Any
) -> None:
    """I25, the part of notify."""
    await tell(delivered, example(matching.AssignmentWithdrawn, by="household"), at=clock.now())
    await send_due(post)
    for person in (HANNEKE, SAMIRA):
        texts = [item["text"] for item in await items(client, person)]
        assert any(text.startswith("De hulp van een vrijwilliger gaat niet verder.") for text in texts)
