"""What the tests of plan begin with: a team that works, a case that is open, and acts in their shortest form."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from services.plan.handlers.opening import when_help_requests_accepted
from services.plan.handlers.roster import when_workers_joined
from tests.conftest import ClientFor
from tests.people import ELS, JOOST, NADIA, ROY, SAMIRA, TOM
from wij.database import Database, Transaction
from wij.events import Event, Recorded
from wij.events.intake import HelpRequestAccepted, WorkerJoinedTeam
from wij.identity import Actor, service_actor
from wij.ids import new_id
from wij.settings import Settings

THE_SERVICE = service_actor("plan")


def recorded[E: Event](fact: E, position: int = 1) -> Recorded[E]:
    """A fact as the reader hands it over."""
    return Recorded(
        id=new_id(),
        position=position,
        recorded_at=datetime.now(UTC),
        sequence=1,
        correlation_id=f"test-{position}",
        traceparent=None,
        fact=fact,
    )


def accepted(
    household_id: UUID, *, by: Actor = SAMIRA, topics: Sequence[str] = ("debts",), team: str = "selwerd"
) -> HelpRequestAccepted:
    """A request that the team took up for this household."""
    return HelpRequestAccepted(
        team=team,
        request_id=new_id(),
        household_id=household_id,
        household_version=1,
        buurt="BU00140202",
        urgency="normal",
        topics=tuple(topics),
        legal_basis="public_task",
        accepted_by=by.id,
    )


def joined(
    worker: Actor, *, limit: int = 20, specialisms: Sequence[str] = (), since: datetime | None = None
) -> WorkerJoinedTeam:
    """A worker as intake tells of them."""
    assert worker.team is not None
    return WorkerJoinedTeam(
        team=worker.team,
        worker_id=worker.id,
        roles=tuple(str(role) for role in worker.roles),
        specialisms=tuple(specialisms),
        caseload_limit=limit,
        valid_from=since or datetime.now(UTC) - timedelta(days=30),
    )


async def staffed(plan: Database, *workers: WorkerJoinedTeam) -> None:
    """These workers, or the two teams as they usually are."""
    usual = [joined(SAMIRA, specialisms=["debts"]), *(joined(who) for who in (NADIA, TOM, ROY, JOOST, ELS))]
    async with plan.transaction(THE_SERVICE) as tx:
        await when_workers_joined(tx, [recorded(fact) for fact in workers or usual])


async def hear(plan: Database, *facts: HelpRequestAccepted) -> None:
    """Plan hears that requests were accepted, in one batch."""
    async with plan.transaction(THE_SERVICE) as tx:
        await when_help_requests_accepted(tx, [recorded(fact, place) for place, fact in enumerate(facts, 1)])


async def case_of(plan: Database, household_id: UUID) -> asyncpg.Record:
    """The household's open case as it stands in the table."""
    async with plan.transaction(THE_SERVICE) as tx:
        row = await tx.row("select * from cases where household_id = $1 and state <> 'closed'", household_id)
    assert row is not None
    return row


async def opened(plan: Database) -> UUID:
    """A case in Selwerd that Samira directs."""
    household_id = uuid4()
    await staffed(plan)
    await hear(plan, accepted(household_id))
    row = await case_of(plan, household_id)
    assert row["director_id"] == SAMIRA.id
    case_id: UUID = row["case_id"]
    return case_id


class OwnerOf:
    """The owner of plan's tables, whom row level security does not bind: for what a test must see or break."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """A connection as the owner; the caller closes it."""
        return await asyncpg.connect(
            self.settings.database_url.format(role="plan_owner"),
            password=self.settings.database_passwords["plan_owner"].get_secret_value(),
            server_settings={"search_path": "plan, extensions"},
        )


def soon(days: float = 30) -> str:
    """A moment to come, as people send it."""
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def key() -> dict[str, str]:
    """A fresh Idempotency-Key."""
    return {"Idempotency-Key": str(uuid4())}


GOAL: dict[str, Any] = {
    "wish": "I want to sleep without worrying about the post",
    "life_domain": "finances",
    "own_strength": "opens every letter herself",
    "network": "her sister looks along on Sundays",
    "executor_kind": "volunteer",
}
AGREEMENT = {
    "agreed_by": "the mother",
    "agreed_by_role": "resident",
    "method": "spoken",
    "agreed_on": date(2026, 1, 5).isoformat(),
}
CONSENT = {
    "legal_basis": "consent",
    "purpose": "find_volunteer",
    "recipient_kind": "volunteer",
    "scope": ["support_need"],
    "until": "2099-12-31",
    "how": "spoken at home",
}
NEED = {
    "kind": "errands",
    "availability": [{"day": 0, "from": 9, "to": 12}],
    "hours_week": 2,
    "certificate_required": True,
    "starts_on": "2026-12-01",
}


@dataclass(frozen=True, slots=True)
class Desk:
    """Somebody at work in plan, over HTTP."""

    http: httpx.AsyncClient

    async def post(self, path: str, body: object = None, *, expect: int = 200) -> Any:
        """Do something, and answer what came back."""
        response = await self.http.post(f"/plan/v1{path}", json=body, headers=key())
        assert response.status_code == expect, response.text
        return response.json()

    async def put(self, path: str, body: object, version: int, *, expect: int = 200) -> Any:
        """Write something anew, from this version."""
        response = await self.http.put(f"/plan/v1{path}", json=body, headers={"If-Match": f'"{version}"'})
        assert response.status_code == expect, response.text
        return response.json()

    async def get(self, path: str, *, expect: int = 200) -> Any:
        """Look at something."""
        response = await self.http.get(f"/plan/v1{path}")
        assert response.status_code == expect, response.text
        return response.json()

    async def drafted(self, case_id: UUID, *goals: dict[str, Any]) -> Any:
        """A draft of the next version."""
        return await self.post(f"/cases/{case_id}/plans", {"goals": goals or [GOAL]}, expect=201)

    async def agreed(self, case_id: UUID, *goals: dict[str, Any]) -> Any:
        """A version that the household agreed on."""
        plan = await self.drafted(case_id, *goals)
        return await self.post(f"/plans/{plan['plan_id']}/agreement", AGREEMENT)

    async def activated(self, case_id: UUID, *goals: dict[str, Any]) -> Any:
        """An active plan."""
        plan = await self.agreed(case_id, *goals)
        return await self.post(f"/plans/{plan['plan_id']}/activation", {"next_review_at": soon()})

    async def acted(self, plan: Any) -> Any:
        """An action for the plan's first goal."""
        body = {
            "goal_id": plan["goals"][0]["goal_id"],
            "what": "sort the post",
            "owner_kind": "volunteer",
            "due_at": soon(),
        }
        return await self.post(f"/plans/{plan['plan_id']}/actions", body, expect=201)

    async def consented(self, case_id: UUID, **different: object) -> Any:
        """A consent that covers asking for help."""
        return await self.post(f"/cases/{case_id}/consents", CONSENT | different, expect=201)

    async def asked_for_help(self, case_id: UUID, plan: Any, **different: object) -> Any:
        """A need of an action of this plan, with consent."""
        consent = await self.consented(case_id)
        action = await self.acted(plan)
        body = NEED | {"consent_id": consent["consent_id"]} | different
        return await self.post(f"/actions/{action['action_id']}/support-need", body, expect=201)


def desk(client: ClientFor, person: Actor) -> Desk:
    """This person, signed in at plan."""
    return Desk(client("plan", person))


async def offered(plan: Database, client: ClientFor, to: Actor = NADIA) -> tuple[UUID, Any]:
    """A case of Samira, offered to a colleague."""
    case_id = await opened(plan)
    handover = await desk(client, SAMIRA).post(f"/cases/{case_id}/handovers", {"to_id": str(to.id)}, expect=201)
    return case_id, handover


async def rows(tx: Transaction, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """All rows as plain tuples."""
    return [tuple(row) for row in await tx.rows(statement, *values)]
