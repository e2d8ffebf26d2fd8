"""What happens in a recording: the ways a household can go, until nearly everything that can be told has been told."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from chaos.client import Client
from chaos.journey import POSTCODE, TEAM, WEEK, People, Seen, live, prepare
from wij.cast import CAST
from wij_cli.addresses import Addresses
from wij_cli.api import Api

WORKERS = ("samira", "nadia", "tom")
ELSEWHERE = "paddepoel"
type Connection = asyncpg.Connection[asyncpg.Record]


async def happen(url: str, connection: Connection) -> None:
    """All of it, on a fresh system at this address."""
    async with AsyncExitStack() as open_:
        signed_in: dict[str, Client] = {}
        for name in ("ferd", "sip", "hanneke", "karin", *WORKERS):
            async with Api(Addresses(url)) as api:
                client = Client(lambda service: [f"{url}/{service}"], await api.sign_in(name))
            signed_in[name] = client
            open_.push_async_callback(client.close)
        people = People(
            admin=signed_in["ferd"],
            desk=signed_in["sip"],
            workers={str(CAST[name].id): signed_in[name] for name in WORKERS},
            volunteer_coordinator=signed_in["hanneke"],
        )
        staff = {str(CAST[name].id): _worker(name) for name in (*WORKERS, "roy", "karin", "hanneke")}
        await prepare(people, staff, volunteers=4)
        await live(people, 1, plan=True, need=True, close=True)
        await _questions_that_end_early(people, signed_in["karin"])
        await _a_household_changes(people, await live(people, 2, plan=False, need=False, close=False))
        await _a_director_changes(
            people, signed_in["karin"], await live(people, 3, plan=False, need=False, close=False)
        )
        await _help_that_ends(people, await live(people, 4, plan=True, need=True, close=False))
        await _a_plan_changes(people, await live(people, 5, plan=True, need=False, close=False))
        await _volunteers_come_and_go(people)
        await _a_worker_leaves(people)
        await _time_passes(connection)
        await live(people, 0, plan=True, need=True, close=False)  # under way when the next release comes


def _worker(name: str) -> Mapping[str, Any]:
    person = CAST[name]
    role = {"roles": [str(person.role)], "specialisms": [], "caseload_limit": 500}
    return {"team": TEAM, **role, "name": person.name, "email": person.email}


async def director_of(people: People, seen: Seen) -> tuple[str, Client]:
    """Who directs the case now."""
    card = await people.worker.get("plan", f"/households/{seen.household_id}/case")
    return card["director_id"], people.workers[card["director_id"]]


async def _ask(people: People, number: int) -> str:
    asked = await people.desk.post(
        "intake",
        "/requests",
        {
            "channel": "zorgloket",
            "requester": {"anonymous": True},
            "postcode": POSTCODE,
            "house_number": number,
            "question": "Wie kan mij helpen met een formulier?",
        },
    )
    clear = {"topics": ["forms"], "life_domains": ["daily_life"], "urgency": "normal"}
    await people.worker.post("intake", f"/requests/{asked['request_id']}/clarification", clear)
    await people.worker.post("intake", f"/requests/{asked['request_id']}/safety-check", {"result": "none"})
    return str(asked["request_id"])


async def _questions_that_end_early(people: People, coordinator: Client) -> None:
    worker = people.worker
    answer = {"answer_kind": "info", "text": "Bij het Stip helpen zij u met formulieren."}
    await worker.post("intake", f"/requests/{await _ask(people, 101)}/answer", answer)
    await worker.post("intake", f"/requests/{await _ask(people, 102)}/withdrawal", {"reason": "solved"})
    waiting = await _ask(people, 103)
    member = {"given_name": "Bewoner", "family_name": "Bedacht 103"}
    home = {"postcode": POSTCODE, "house_number": 103, "members": [member]}
    household = (await worker.post("intake", "/households", home))["household_id"]
    wait = {"household_id": household, "legal_basis": "public_task", "wait": True}
    await worker.post("intake", f"/requests/{waiting}/acceptance", wait)
    await coordinator.post("intake", f"/requests/{waiting}/take-up")


async def _a_household_changes(people: People, seen: Seen) -> None:
    _, director = await director_of(people, seen)
    at = f"/households/{seen.household_id}"
    await director.until("intake", at, lambda it: it)
    for name in ("Kind", "Opa", "Oma"):
        home = await director.post("intake", f"{at}/members", {"given_name": name, "family_name": "Bedacht 2"})
    child, grandfather, grandmother = (
        next(one["person_id"] for one in home["members"] if one["given_name"] == name)
        for name in ("Kind", "Opa", "Oma")
    )
    await director.post("intake", f"{at}/members/{child}/departure", {"until": _day(1)})
    await director.post("intake", f"/persons/{grandfather}/death", {"died_on": _day(0)})
    await director.post("intake", f"/persons/{grandmother}/contact-suppression")


async def _a_director_changes(people: People, coordinator: Client, seen: Seen) -> None:
    first, director = await director_of(people, seen)
    second, third = (one for one in people.workers if one != first)
    at = f"/cases/{seen.case_id}"
    await director.post("plan", f"{at}/involvements", {"worker_id": third, "role": "specialist"})
    await director.post("plan", f"{at}/involvements/{third}/end")
    refused = await director.post("plan", f"{at}/handovers", {"to_id": second})
    await people.workers[second].post("plan", f"/handovers/{refused['handover_id']}/declination", {"reason": "full"})
    taken_back = await director.post("plan", f"{at}/handovers", {"to_id": second})
    await director.post("plan", f"/handovers/{taken_back['handover_id']}/revocation")
    absence = {"worker_id": first, "deputy_id": third, "ends_at": _later(3)}
    recorded = await coordinator.post("plan", "/absences", absence)
    await coordinator.post("plan", f"/absences/{recorded['absence_id']}/end")
    accepted = await director.post("plan", f"{at}/handovers", {"to_id": second})
    await people.workers[second].post("plan", f"/handovers/{accepted['handover_id']}/acceptance")
    await people.workers[second].post("plan", f"{at}/handovers", {"to_id": first})  # and nobody answers


async def _help_that_ends(people: People, seen: Seen) -> None:
    _, director = await director_of(people, seen)
    coordinator = people.volunteer_coordinator
    back = {"by": "volunteer", "reason": "moved"}
    await coordinator.post("matching", f"/matches/{seen.match_id}/end", {"reason": "moved", "fulfilled": False})
    for answer in ("withdrawn", "declined", "fulfilled"):
        candidates = f"/needs/{seen.need_id}/candidates"
        ranked = await coordinator.until("matching", candidates, lambda it: it["items"])
        asked = {"volunteer_id": ranked[0]["volunteer_id"]}
        match = (await coordinator.post("matching", f"/needs/{seen.need_id}/proposals", asked))["match_id"]
        at = f"/matches/{match}"
        if answer == "declined":
            await coordinator.post("matching", f"{at}/volunteer-answer", {"answer": "decline", "reason": "no_time"})
            continue
        await coordinator.post("matching", f"{at}/volunteer-answer", {"answer": "accept"})
        await director.post("matching", f"{at}/household-answer", {"answer": "accept"})
        await coordinator.post("matching", f"{at}/introduction", {"introduced_on": _day(0)})
        if answer == "withdrawn":
            await coordinator.post("matching", f"{at}/withdrawal", back)
            continue
        await coordinator.post("matching", f"{at}/activation", {"starts_on": _day(0)})
        await coordinator.post("matching", f"{at}/end", {"reason": "goal_reached", "fulfilled": True})


async def _a_plan_changes(people: People, seen: Seen) -> None:
    _, director = await director_of(people, seen)
    shown = await director.get("plan", f"/plans/{seen.plan_id}")
    goal = shown["goals"][0]["goal_id"]
    own = {"goal_id": goal, "what": "Zelf bellen.", "owner_kind": "self", "due_at": _later(9)}
    action = await director.post("plan", f"/plans/{seen.plan_id}/actions", own)
    await director.post("plan", f"/actions/{action['action_id']}/completion")
    help_ = own | {"what": "Samen koffie drinken.", "owner_kind": "volunteer"}
    for withdrawn in ("need", "consent", "nothing"):
        action = await director.post("plan", f"/plans/{seen.plan_id}/actions", help_)
        consent = {"legal_basis": "consent", "purpose": "informal_help", "recipient_kind": "volunteer"}
        consent |= {"scope": ["support_need"], "until": _day(200), "how": "in gesprek"}  # type: ignore[dict-item]
        given = await director.post("plan", f"/cases/{seen.case_id}/consents", consent)
        need: dict[str, Any] = {"consent_id": given["consent_id"], "kind": "errands", "availability": WEEK[:1]}
        need |= {"hours_week": 1, "certificate_required": False, "starts_on": _day(0)}
        asked = await director.post("plan", f"/actions/{action['action_id']}/support-need", need)
        if withdrawn == "need":
            await director.post("plan", f"/support-needs/{asked['need_id']}/withdrawal", {"reason": "solved"})
        elif withdrawn == "consent":
            await director.post("plan", f"/consents/{given['consent_id']}/withdrawal")
        else:
            coordinator, at = people.volunteer_coordinator, f"/needs/{asked['need_id']}"
            ranked = await coordinator.until("matching", f"{at}/candidates", lambda it: it["items"])
            proposal = {"volunteer_id": ranked[0]["volunteer_id"]}
            await coordinator.post("matching", f"{at}/proposals", proposal)  # and nobody answers
    await director.post("plan", f"/plans/{seen.plan_id}/reviews", {"due_at": _later(5)})
    for refused in (True, False):
        wish = {"wish": "Vaker naar buiten.", "own_strength": "Kan lopen.", "network": "De buurvrouw."}
        line = wish | {"life_domain": "daily_life", "executor_kind": "network"}
        next_ = await director.post("plan", f"/cases/{seen.case_id}/plans", {"goals": [line]})
        at = f"/plans/{next_['plan_id']}"
        if refused:
            await director.post("plan", f"{at}/refusal", {"reason": "too_much"})
            continue
        agreed = {"agreed_by": "Bewoner", "agreed_by_role": "resident", "method": "in_person", "agreed_on": _day(0)}
        await director.post("plan", f"{at}/agreement", agreed)
        await director.post("plan", f"{at}/activation", {"next_review_at": _later(30)})
        review = (await director.get("plan", at))["reviews"]
        planned = next(one for one in review if one["state"] == "planned")
        held = {"outcome": "continue", "next_review_at": _later(60)}
        await director.post("plan", f"/reviews/{planned['review_id']}/outcome", held)


async def _volunteers_come_and_go(people: People) -> None:
    coordinator = people.volunteer_coordinator
    rows = (await coordinator.get("matching", "/volunteers"))["items"]
    at = f"/volunteers/{rows[-1]['volunteer_id']}"
    await coordinator.post("matching", f"{at}/certificate", {"valid_until": _day(400)})
    await coordinator.post("matching", f"{at}/pause", {"reason": "holiday"})
    await coordinator.post("matching", f"{at}/activation")


async def _a_worker_leaves(people: People) -> None:
    team = {"name": "Paddepoel", "active_from": "2020-01-01T00:00:00Z"}
    await people.admin.put("intake", f"/teams/{ELSEWHERE}", team)
    roy = _worker("roy")
    await people.admin.put("intake", f"/workers/{CAST['roy'].id}", {**roy, "team": ELSEWHERE})


async def _time_passes(connection: Connection) -> None:
    """What was asked and not answered runs out, and the reviews come near: these moments come now."""
    await connection.execute(
        """
        update notify.moments set at = now()
        where told_at is null and (kind = 'approaching' or deadline_id in (
            select id from notify.deadlines where term in ('handover', 'match') and closed_at is null))
        """
    )


def _day(days: int) -> str:
    return str(datetime.now(UTC).date() + timedelta(days=days))


def _later(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()
