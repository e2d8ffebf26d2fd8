"""Volunteers over HTTP: registered once, edited by version, and never named in an event."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import pytest

from services.matching.handlers import matches, needs
from tests.conftest import ClientFor
from tests.matching import scene
from tests.people import HANNEKE, SAMIRA, told, warmed
from wij.database import Database
from wij.events.matching import ConductCertificateValidated, VolunteerActivated, VolunteerPaused
from wij.events.plan import CaseClosed
from wij.identity import service_actor

VOLUNTEERS = "/matching/v1/volunteers"


def key() -> dict[str, str]:
    return {"Idempotency-Key": str(uuid4())}


def body(**different: Any) -> dict[str, Any]:
    written: dict[str, Any] = scene.offer(**different).model_dump(mode="json", by_alias=True)
    return written


def profile(**different: Any) -> dict[str, Any]:
    fixed = ("team", "certificate_valid_until", "reference")
    return {name: value for name, value in body(**different).items() if name not in fixed}


async def register(client: ClientFor, **different: Any) -> httpx.Response:
    return await client("matching", HANNEKE).post(VOLUNTEERS, json=body(**different), headers=key())


async def test_a_volunteer_is_registered_shown_and_listed(here: Database, client: ClientFor) -> None:
    answered = await register(client)
    assert answered.status_code == 201
    assert answered.headers["etag"] == '"1"'
    volunteer = answered.json()
    assert volunteer["availability"] == [{"day": 1, "from": 9, "to": 12}]
    assert (volunteer["x"], volunteer["hours_week"], volunteer["reserved_hours"]) == (None, 4, 0)
    hanneke = client("matching", HANNEKE)
    assert (await hanneke.get(answered.headers["location"])).json() == volunteer
    assert (await hanneke.get(VOLUNTEERS)).json() == {"items": [volunteer], "next": None}
    assert [type(fact) for fact in await told(here)] == [VolunteerActivated, ConductCertificateValidated]


async def test_the_list_goes_on_where_the_page_before_ended(here: Database, client: ClientFor) -> None:
    for _ in range(3):
        await scene.volunteer(here)
    hanneke = client("matching", HANNEKE)
    first = (await hanneke.get(VOLUNTEERS, params={"limit": 2})).json()
    second = (await hanneke.get(VOLUNTEERS, params={"limit": 2, "cursor": first["next"]})).json()
    ids = [one["volunteer_id"] for one in first["items"] + second["items"]]
    assert len(set(ids)) == 3
    assert second["next"] is None


async def test_the_same_reference_with_the_same_content_changes_nothing(here: Database, client: ClientFor) -> None:
    """A list can be imported again: other key, same content, same volunteer."""
    first = await register(client, reference="NIZU-17")
    facts = await told(here)
    again = await register(client, reference="NIZU-17")
    assert (again.status_code, again.json()) == (201, first.json())
    assert await told(here) == facts
    other = await register(client, reference="NIZU-17", given_name="Berend")
    assert (other.status_code, other.json()["type"]) == (409, "urn:wij:problem:reference-taken")


async def test_twenty_at_once_under_one_reference_are_one_volunteer(here: Database, client: ClientFor) -> None:
    await register(client)
    await warmed(here)
    answers = await asyncio.gather(*(register(client, reference="NIZU-18") for _ in range(20)))
    created = {one.json().get("volunteer_id") for one in answers if one.status_code == 201}
    assert len(created) == 1
    async with here.transaction(HANNEKE) as tx:
        assert await tx.value("select count(*) from volunteers where reference = 'NIZU-18'") == 1


async def test_an_edit_says_which_version_it_edits(here: Database, client: ClientFor) -> None:
    where = (await register(client)).headers["location"]
    hanneke = client("matching", HANNEKE)
    assert (await hanneke.put(where, json=profile(hours_week=6))).status_code == 428
    edited = await hanneke.put(where, json=profile(hours_week=6, max_distance_m=900), headers={"If-Match": '"1"'})
    assert (edited.status_code, edited.headers["etag"]) == (200, '"2"')
    assert (edited.json()["hours_week"], edited.json()["max_distance_m"]) == (6, 900)
    assert (await hanneke.put(where, json=profile(), headers={"If-Match": '"1"'})).status_code == 412
    assert (await hanneke.get(where)).json() == edited.json()


async def test_pause_activation_and_certificate_are_told(here: Database, client: ClientFor) -> None:
    where = (await register(client, certificate_valid_until=None)).headers["location"]
    hanneke = client("matching", HANNEKE)
    assert (await hanneke.post(f"{where}/activation")).json()["type"] == "urn:wij:problem:already-active"
    assert (await hanneke.post(f"{where}/pause", json={"reason": "holiday"})).json()["state"] == "paused"
    assert (await hanneke.post(f"{where}/pause", json={"reason": "holiday"})).status_code == 409
    assert (await hanneke.post(f"{where}/activation", json={})).json()["state"] == "active"
    seen = await hanneke.post(f"{where}/certificate", json={"valid_until": "2030-01-01"})
    assert seen.json()["certificate_valid_until"] == "2030-01-01"
    assert [type(fact) for fact in await told(here)] == [
        VolunteerActivated,
        VolunteerPaused,
        VolunteerActivated,
        ConductCertificateValidated,
    ]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"max_distance_m": 15_001}, "max_distance_m"),
        ({"kinds": []}, "kinds"),
        ({"kinds": ["money"]}, "kinds.0"),
        ({"availability": [{"day": 1, "from": 12, "to": 12}]}, "availability.0"),
        ({"availability": [{"day": 1, "from": 12, "to": 14}]}, "availability"),
        ({"x": 233_000}, "body"),
        ({"buurt": "Selwerd"}, "buurt"),
        ({"email": "nobody"}, "email"),
        ({"nickname": "An"}, "nickname"),
    ],
)
async def test_what_cannot_be_right_is_named(
    here: Database, client: ClientFor, wrong: dict[str, Any], field: str
) -> None:
    answered = await client("matching", HANNEKE).post(VOLUNTEERS, json=body() | wrong, headers=key())
    assert answered.status_code == 400
    assert answered.json()["errors"][0]["field"] == field


async def test_two_who_must_not_meet_are_recorded_once(here: Database, client: ClientFor) -> None:
    volunteer = (await register(client)).json()
    pair = {"volunteer_id": volunteer["volunteer_id"], "household_id": str(uuid4())}
    hanneke = client("matching", HANNEKE)
    for _ in range(2):
        answered = await hanneke.post("/matching/v1/exclusions", json=pair, headers=key())
        assert (answered.status_code, answered.json()) == (201, pair)


async def test_a_whole_match_over_http(here: Database, client: ClientFor) -> None:
    asked = await scene.need(here)
    volunteer = (await register(client)).json()["volunteer_id"]
    hanneke, samira = client("matching", HANNEKE), client("matching", SAMIRA)
    assert [one["state"] for one in (await hanneke.get("/matching/v1/needs?state=open")).json()["items"]] == ["open"]
    proposals = f"/matching/v1/needs/{asked.need_id}/proposals"
    same = key()
    proposed = await hanneke.post(proposals, json={"volunteer_id": volunteer}, headers=same)
    assert proposed.status_code == 201
    again = await hanneke.post(proposals, json={"volunteer_id": volunteer}, headers=same)
    assert again.content == proposed.content, "P2: the same key, the same answer"
    where = proposed.headers["location"]
    assert where == f"/matching/v1/matches/{proposed.json()['match_id']}"
    steps = [
        (hanneke, "volunteer-answer", {"answer": "accept"}, "proposed"),
        (samira, "household-answer", {"answer": "accept"}, "matched"),
        (hanneke, "introduction", {"introduced_on": scene.TODAY.isoformat()}, "introduced"),
        (hanneke, "activation", {"starts_on": scene.SOON.isoformat()}, "active"),
        (samira, "end", {"reason": "goal_reached", "fulfilled": True}, "ended"),
    ]
    for person, step, said, state in steps:
        answered = await person.post(f"{where}/{step}", json=said)
        assert (answered.status_code, answered.json()["state"]) == (200, state)
    assert (await hanneke.get("/matching/v1/needs?state=open")).json()["items"] == []
    withdrawn = await hanneke.post(f"{where}/withdrawal", json={"by": "volunteer", "reason": "moved"})
    assert withdrawn.json()["type"] == "urn:wij:problem:match-over"


async def test_no_event_of_matching_carries_a_person(here: Database, client: ClientFor) -> None:
    """I21, EV-02: canaries through every path that tells; none of them in a fact or a subject."""
    canaries: dict[str, Any] = {
        "given_name": "Kanariana",
        "family_name": "Vogelkooi",
        "email": "kanarie@voorbeeld.example",
        "phone": "0698765432",
        "reference": "KOOI-9",
        "x": 233_017,
        "y": 584_019,
    }
    volunteer = (await register(client, **canaries)).json()["volunteer_id"]
    hanneke = client("matching", HANNEKE)
    await hanneke.post(f"{VOLUNTEERS}/{volunteer}/pause", json={"reason": "holiday"})
    await hanneke.post(f"{VOLUNTEERS}/{volunteer}/activation", json={})
    for end in ("decline", "expire", "close", "end"):
        asked = await scene.need(here)
        who = (await scene.volunteer(here, **(canaries | {"reference": None}))).volunteer_id
        match = await scene.propose(here, asked.need_id, who)
        if end == "decline":
            await scene.answer(here, match.match_id, "household", "decline")
        elif end == "expire":
            await scene.hear(here, matches.when_deadlines_passed, scene.deadline(match))
        elif end == "close":
            closed = CaseClosed(
                team="selwerd",
                case_id=asked.case_id,
                household_id=asked.household_id,
                director_id=SAMIRA.id,
                reason="moved_away",
                goals_reached=0,
                goals_partly_reached=0,
                goals_dropped=0,
            )
            await scene.hear(here, needs.when_cases_closed, closed)
        else:
            await scene.answer(here, match.match_id, "volunteer", "accept")
            await scene.answer(here, match.match_id, "household", "accept")
    async with here.transaction(service_actor("matching")) as tx:
        rows = await tx.rows("select type, subject, body from outbox")
    assert len({row["type"] for row in rows}) > 10
    for row in rows:
        text = row["subject"] + row["body"].decode()
        assert [canary for canary in canaries.values() if str(canary) in text] == []
