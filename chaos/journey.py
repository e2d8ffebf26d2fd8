"""A household's way through all four services, by HTTP, as its workers would go it.

Every household asks twice, so the second request must join the first one's case. Some go on to a plan, to a need, to a
volunteer at the door, and a few to the end. A journey returns what it saw; what is true afterwards is asked elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from chaos.client import Client

POSTCODE = "9999AA"
BUURT = "BU00140202"
TEAM = "selwerd"
VOLUNTEERS = 90_000
"""Where the numbers of volunteers begin, so that they and households have names of their own."""
WEEK = [{"day": day, "from": 9, "to": 18} for day in range(7)]


@dataclass(slots=True)
class People:
    """The ones who are at work in a journey."""

    admin: Client
    desk: Client
    workers: Mapping[str, Client]
    """The workers of the team, by their id: whoever directs, acts."""
    volunteer_coordinator: Client

    def answers(self) -> int:
        """How often any of them was answered."""
        everybody = (self.admin, self.desk, self.volunteer_coordinator, *self.workers.values())
        return sum(client.answers for client in everybody)

    @property
    def worker(self) -> Client:
        """Somebody of the team."""
        return next(iter(self.workers.values()))


@dataclass(slots=True)
class Seen:
    """What a journey was told."""

    household_id: str = ""
    case_id: str = ""
    requests: list[str] = field(default_factory=list)
    """In the order in which they were accepted."""
    plan_id: str | None = None
    need_id: str | None = None
    match_id: str | None = None
    closed: bool = False


async def prepare(people: People, cast: Mapping[str, Mapping[str, Any]], volunteers: int) -> None:
    """A team with an area, its workers, and volunteers who have all the time in the world."""
    admin = people.admin
    long_ago = "2020-01-01T00:00:00Z"
    await admin.put("intake", f"/teams/{TEAM}", {"name": "Selwerd", "active_from": long_ago})
    buurt = {"code": BUURT, "name": "Selwerd", "municipality": "Groningen", "x": 233000, "y": 583500}
    await admin.post("intake", "/buurten/_import", {"items": [buurt]})
    await admin.post("intake", "/postcodes/_import", {"items": [{"postcode": POSTCODE, "buurt": BUURT}]})
    await admin.post("intake", "/team-areas", {"team": TEAM, "buurten": [BUURT]})
    for person_id, worker in cast.items():
        await admin.put("intake", f"/workers/{person_id}", worker)
    for number in range(volunteers):
        await people.volunteer_coordinator.post(
            "matching",
            "/volunteers",
            {
                "given_name": "Vrijwilliger",
                "family_name": name(VOLUNTEERS + number),
                "email": f"vrijwilliger{number}@wij.example",
                "team": TEAM,
                "buurt": BUURT,
                "x": 233000,
                "y": 583500,
                "max_distance_m": 5000,
                "kinds": ["conversation", "errands"],
                "languages": ["nl"],
                "availability": WEEK,
                "hours_week": 40,
            },
        )


async def live(people: People, number: int, *, plan: bool, need: bool, close: bool, seen: Seen | None = None) -> Seen:
    """One household: two requests, one case, and as much further as is asked; `seen` grows on the way."""
    seen = seen or Seen()
    for turn in range(2):
        await take_up(people, number, turn, seen)
    card = await people.worker.until("plan", f"/households/{seen.household_id}/case", lambda case: case)
    seen.case_id = card["case_id"]
    director = people.workers[card["director_id"]]
    for request_id in seen.requests:
        await people.worker.until(
            "intake", f"/requests/{request_id}", lambda it: it["state"] in {"case_opened", "attached"}
        )
    if plan:
        await _plan(director, number, seen, with_need=need)
    if need:
        await _match(people, director, seen)
    if close:
        shown = await director.get("plan", f"/plans/{seen.plan_id}")
        goals = [{"goal_id": goal["goal_id"], "outcome": "reached"} for goal in shown["goals"]]
        closure = {"reason": "goals_reached", "goals": goals, "note": name(number)}
        await director.post("plan", f"/cases/{seen.case_id}/closure", closure)
        seen.closed = True
    return seen


async def take_up(people: People, number: int, turn: int, seen: Seen) -> str:
    """The household asks, for the first or the second time, and a worker accepts it; answers which request that was."""
    request_id = await _ask(people, number, turn)
    if not seen.household_id:
        seen.household_id = await _register(people, number)
    await people.worker.post(
        "intake",
        f"/requests/{request_id}/acceptance",
        {"household_id": seen.household_id, "legal_basis": "public_task"},
    )
    seen.requests.append(request_id)
    return request_id


def name(number: int) -> str:
    """What somebody is called; every text about them ends with it, so whose it is can be seen wherever it stands."""
    return f"Bedacht {number:05}"


def question(number: int, turn: int) -> Mapping[str, Any]:
    """What a household asks, the first and the second time."""
    requester = {
        "anonymous": False,
        "given_name": "Bewoner",
        "family_name": name(number),
        "relation": "self",
        "email": f"bewoner{number}@wij.example",
    }
    return {
        "channel": ("stip", "website")[turn],
        "requester": requester,
        "postcode": POSTCODE,
        "house_number": number + 1,
        "question": f"Ik kom de deur niet meer uit en wil graag weer eens met iemand praten. {name(number)}",
        "reference": f"{number}-{turn}-{uuid4().hex[:8]}",
    }


async def _ask(people: People, number: int, turn: int) -> str:
    asked = await people.desk.post("intake", "/requests", question(number, turn))
    request_id: str = asked["request_id"]
    clear = {"topics": ["loneliness"], "life_domains": ["social_network"], "urgency": "normal"}
    await people.worker.post("intake", f"/requests/{request_id}/clarification", clear)
    await people.worker.post("intake", f"/requests/{request_id}/safety-check", {"result": "none"})
    return request_id


async def _register(people: People, number: int) -> str:
    member = {"given_name": "Bewoner", "family_name": name(number), "email": f"bewoner{number}@wij.example"}
    made = await people.worker.post(
        "intake", "/households", {"postcode": POSTCODE, "house_number": number + 1, "members": [member]}
    )
    household_id: str = made["household_id"]
    return household_id


async def _plan(director: Client, number: int, seen: Seen, *, with_need: bool) -> None:
    goal = {
        "wish": f"Weer een praatje kunnen maken. {name(number)}",
        "life_domain": "social_network",
        "own_strength": f"Belt elke zondag haar zus. {name(number)}",
        "network": f"De buurvrouw zwaait. {name(number)}",
        "executor_kind": "volunteer",
    }
    draft = await director.post("plan", f"/cases/{seen.case_id}/plans", {"goals": [goal]})
    seen.plan_id = draft["plan_id"]
    agreed = {"agreed_by": name(number), "agreed_by_role": "resident", "method": "in_person", "agreed_on": _today()}
    await director.post("plan", f"/plans/{seen.plan_id}/agreement", agreed)
    later = (datetime.now(UTC) + timedelta(days=42)).isoformat()
    await director.post("plan", f"/plans/{seen.plan_id}/activation", {"next_review_at": later})
    if not with_need:
        return
    shown = await director.get("plan", f"/plans/{seen.plan_id}")
    action = await director.post(
        "plan",
        f"/plans/{seen.plan_id}/actions",
        {
            "goal_id": shown["goals"][0]["goal_id"],
            "what": f"Elke week samen koffie drinken. {name(number)}",
            "owner_kind": "volunteer",
            "due_at": later,
        },
    )
    consent = await director.post(
        "plan",
        f"/cases/{seen.case_id}/consents",
        {
            "legal_basis": "consent",
            "purpose": "informal_help",
            "recipient_kind": "volunteer",
            "scope": ["support_need"],
            "until": str(datetime.now(UTC).date() + timedelta(days=365)),
            "how": f"in gesprek met {name(number)}",
        },
    )
    need = await director.post(
        "plan",
        f"/actions/{action['action_id']}/support-need",
        {
            "consent_id": consent["consent_id"],
            "kind": "conversation",
            "availability": WEEK[:2],
            "hours_week": 1,
            "certificate_required": False,
            "starts_on": _today(),
        },
    )
    seen.need_id = need["need_id"]


async def _match(people: People, director: Client, seen: Seen) -> None:
    coordinator = people.volunteer_coordinator
    path = f"/needs/{seen.need_id}/candidates"
    ranked = await coordinator.until("matching", path, lambda it: it["items"] if "items" in it else it["candidates"])
    proposal = {"volunteer_id": ranked[0]["volunteer_id"]}
    match = await coordinator.post("matching", f"/needs/{seen.need_id}/proposals", proposal)
    seen.match_id = match["match_id"]
    yes = {"answer": "accept"}
    await coordinator.post("matching", f"/matches/{seen.match_id}/volunteer-answer", yes)
    await director.until("matching", f"/matches/{seen.match_id}", lambda it: it)
    await director.post("matching", f"/matches/{seen.match_id}/household-answer", yes)
    await coordinator.post("matching", f"/matches/{seen.match_id}/introduction", {"introduced_on": _today()})
    await coordinator.post("matching", f"/matches/{seen.match_id}/activation", {"starts_on": _today()})


def _today() -> str:
    return str(datetime.now(UTC).date())
