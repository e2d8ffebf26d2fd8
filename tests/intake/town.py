"""A small town: two teams that receive, one that starts later, and the city team behind them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx

from services.intake.commands.area import (
    AssignArea,
    BuurtRow,
    ImportBuurten,
    ImportPostcodes,
    PostcodeRow,
    PutContact,
    PutTeam,
)
from services.intake.commands.household import AddMember, RegisterHousehold
from services.intake.commands.request import (
    AcceptRequest,
    CheckSafety,
    ClarifyRequest,
    RegisterRequest,
    Requester,
)
from services.intake.handlers import area, household, request
from services.intake.handlers import events as hear
from services.intake.views.household import HouseholdView
from services.intake.views.request import Receipt
from tests.conftest import PASSWORDS
from tests.people import FERD, SAMIRA, SIP
from wij.database import Database, Transaction
from wij.events import Event, Recorded
from wij.events.plan import CaseOpened, DirectorHandedOver
from wij.identity import Actor, service_actor
from wij.ids import new_id
from wij.together import Asked

SELWERD, PADDEPOEL, LATER = "9741AB", "9742CD", "9743EF"
"""A postcode in Selwerd, in Paddepoel, and in the area of the team that starts in 2090."""
ELSEWHERE = "1011AA"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
BUURTEN = {"selwerd": "BU00140701", "paddepoel": "BU00140702", "later": "BU00140703"}
PLAN = service_actor("plan")


async def build(intake: Database) -> None:
    """Teams, neighbourhoods, postcodes and contacts."""
    async with intake.transaction(FERD) as tx:
        await area.put_team(tx, "stad", PutTeam(name="Stadsteam", active_from=LONG_AGO))
        for code, start in (("selwerd", 2020), ("paddepoel", 2020), ("later", 2090)):
            start_at = datetime(start, 1, 1, tzinfo=UTC)
            await area.put_team(tx, code, PutTeam(name=f"WIJ {code}", active_from=start_at, fallback="stad"))
        rows = [
            BuurtRow(code=code, name=name.title(), municipality="Groningen", x=232_000 + 500 * n, y=583_000)
            for n, (name, code) in enumerate(BUURTEN.items())
        ]
        await area.import_buurten(tx, ImportBuurten(items=tuple(rows)))
        postcodes = zip((SELWERD, PADDEPOEL, LATER), BUURTEN.values(), strict=True)
        items = tuple(PostcodeRow(postcode=postcode, buurt=buurt) for postcode, buurt in postcodes)
        await area.import_postcodes(tx, ImportPostcodes(items=items))
        for team, buurt in BUURTEN.items():
            await area.assign_area(tx, AssignArea(team=team, buurten=(buurt,), valid_from=LONG_AGO))
        contacts: dict[str, str | None] = {"stip-selwerd": "selwerd", "zorgloket": None, "cjg": None}
        for code, where in contacts.items():
            contact = PutContact(code=code, name=code, kind="stip", team=where, topics=("money",), active=code != "cjg")
            await area.put_contact(tx, contact)


def ask(postcode: str = SELWERD, **more: Any) -> RegisterRequest:
    """A question as it comes in."""
    requester = Requester(given_name="Geertje", family_name="Boonstra", relation="self", email="geertje@post.example")
    fields: dict[str, Any] = {
        "channel": "stip",
        "requester": requester,
        "postcode": postcode,
        "house_number": 12,
        "question": "Ik kom de deur niet meer uit.",
    }
    return RegisterRequest(**(fields | more))


def body(**more: Any) -> dict[str, Any]:
    """The same as JSON."""
    return {**ask().model_dump(mode="json", exclude_none=True), **more}


def key() -> dict[str, str]:
    """A fresh Idempotency-Key."""
    return {"Idempotency-Key": str(uuid4())}


@asynccontextmanager
async def as_owner(intake: Database) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """PostgreSQL as the owner of the tables, to take a guard away or to hold everybody up."""
    url = intake.settings.database_url.format(role="intake_owner")
    owner = await asyncpg.connect(url, password=PASSWORDS["intake_owner"], server_settings={"search_path": "intake"})
    try:
        yield owner
    finally:
        await owner.close()


async def received(intake: Database, by: Actor = SIP, **more: Any) -> UUID:
    """A request that came in."""
    async with intake.transaction(by) as tx:
        return (await register(tx, ask(**more))).request_id


async def register(tx: Transaction, question: RegisterRequest) -> Receipt:
    """One question comes in, as over HTTP."""
    [receipt] = await request.register_requests(tx, [Asked(question, new_id(), str(new_id()), None)])
    return receipt


async def clarified(intake: Database, by: Actor = SAMIRA, urgency: str = "normal", **more: Any) -> UUID:
    """A request that is clear."""
    request_id = await received(intake, **more)
    async with intake.transaction(by) as tx:
        await request.clarify_request(
            tx, request_id, ClarifyRequest.model_validate({"topics": ["loneliness"], "urgency": urgency})
        )
    return request_id


async def safe(intake: Database, by: Actor = SAMIRA, result: str = "none", **more: Any) -> UUID:
    """A request that is clear and checked."""
    request_id = await clarified(intake, by, **more)
    async with intake.transaction(by) as tx:
        await request.check_safety(tx, request_id, CheckSafety.model_validate({"result": result}))
    return request_id


async def home(intake: Database, by: Actor = SAMIRA, postcode: str = SELWERD, **more: Any) -> HouseholdView:
    """A household of one."""
    somebody = {"given_name": "Geertje", "family_name": "Boonstra", "birth_date": date(1944, 3, 2)} | more
    async with intake.transaction(by) as tx:
        return await household.register_household(
            tx, RegisterHousehold(postcode=postcode, house_number=12, members=(AddMember(**somebody),))
        )


async def accepted(intake: Database, household_id: UUID, by: Actor = SAMIRA, *, wait: bool = False) -> UUID:
    """A request that was accepted for this household, or waits."""
    request_id = await safe(intake, by)
    async with intake.transaction(by) as tx:
        await request.accept_request(
            tx, request_id, AcceptRequest(household_id=household_id, legal_basis="public_task", wait=wait)
        )
    return request_id


def recorded[E: Event](fact: E, position: int = 1) -> Recorded[E]:
    """A fact as a reader meets it."""
    return Recorded(uuid4(), position, datetime.now(UTC), 1, "a-correlation", None, fact)


def case_opened(household_id: UUID, director: Actor, opened_from: UUID | None = None) -> CaseOpened:
    """Plan opened the household's case."""
    return CaseOpened(
        team="selwerd",
        case_id=uuid4(),
        household_id=household_id,
        household_version=1,
        director_id=director.id,
        opened_from=opened_from or uuid4(),
        director_reason="caseload",
    )


def handed_over(case: CaseOpened, to: Actor) -> DirectorHandedOver:
    """Plan handed the direction over."""
    return DirectorHandedOver(
        team=case.team,
        case_id=case.case_id,
        household_id=case.household_id,
        handover_id=uuid4(),
        from_id=case.director_id,
        to_id=to.id,
        at=datetime.now(UTC),
    )


async def directed_by(intake: Database, household_id: UUID, director: Actor, position: int = 1) -> CaseOpened:
    """Intake heard that this worker directs."""
    opened = case_opened(household_id, director)
    async with intake.transaction(PLAN) as tx:
        await hear.when_case_opened(tx, [recorded(opened, position)])
    return opened


def problem(answer: httpx.Response) -> str:
    """The name of the rule that refused."""
    return str(answer.json()["type"]).removeprefix("urn:wij:problem:")


def states(rows: Sequence[Any]) -> list[str]:
    """The state of each."""
    return [row["state"] for row in rows]
