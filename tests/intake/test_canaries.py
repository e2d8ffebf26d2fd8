"""I21: nothing of a person reaches an event, whatever command it came through."""

from datetime import date
from uuid import UUID

from services.intake.commands.area import BuurtRow, ImportBuurten, PutContact, PutTeam, PutWorker
from services.intake.commands.household import AddMember, EndMembership, RecordDeath, RegisterHousehold, SuppressContact
from services.intake.commands.request import (
    AcceptRequest,
    AnswerRequest,
    CheckSafety,
    ClarifyRequest,
    Requester,
    TakeUpRequest,
    WithdrawRequest,
)
from services.intake.handlers import area, household, request
from tests.intake import town
from tests.people import FERD, NADIA, SAMIRA
from wij.database import Database
from wij.identity import service_actor

CANARY = "Kanarie"
PHONE = "050-7654321"
EMAIL = "kanarie@vogel.example"
BORN = date(1951, 7, 23)
HOUSE = 47_813
REFERENCE = "KANARIE-77"
CANARIES = (CANARY, PHONE, EMAIL, BORN.isoformat(), str(HOUSE), REFERENCE, town.SELWERD, "47 K")


async def test_no_canary_reaches_an_event(place: Database) -> None:
    """I21: names, addresses, telephone numbers, mail, dates of birth and free text, through every command."""
    words = f"{CANARY} {PHONE} {EMAIL} {town.SELWERD} {HOUSE}"
    requester = Requester(
        given_name=CANARY, family_name=CANARY, relation="self", phone=PHONE, email=EMAIL, birth_date=BORN
    )
    somebody = AddMember(given_name=CANARY, family_name=CANARY, phone=PHONE, email=EMAIL, birth_date=BORN)

    async def question(reference: str | None = None) -> UUID:
        return await town.received(
            place, requester=requester, question=words, house_number=HOUSE, addition="47 K", reference=reference
        )

    first, second, third = await question(REFERENCE), await question(), await question()
    async with place.transaction(SAMIRA) as tx:
        asked = RegisterHousehold(postcode=town.SELWERD, house_number=HOUSE, addition="47 K", members=(somebody,))
        home = await household.register_household(tx, asked)
        home = await household.add_member(tx, home.household_id, somebody)
        for request_id in (first, second):
            clear = ClarifyRequest(topics=("money",), life_domains=("finance",), urgency="high", note=words)
            await request.clarify_request(tx, request_id, clear)
            await request.check_safety(tx, request_id, CheckSafety(result="concern", note=words))
        accept = AcceptRequest(household_id=home.household_id, legal_basis="public_task", wait=True)
        await request.accept_request(tx, first, accept)
        await request.take_up_request(tx, first, TakeUpRequest())
        await request.answer_request(tx, second, AnswerRequest(answer_kind="info", text=words))
        await request.withdraw_request(tx, third, WithdrawRequest(reason="solved"))
        one, other = (member.person_id for member in home.members)
        await household.end_membership(tx, home.household_id, one, EndMembership(until=date(2099, 1, 1)))
        await household.suppress_contact(tx, one, SuppressContact())
        await household.record_death(tx, other, RecordDeath(died_on=date(2026, 1, 5)))
    async with place.transaction(FERD) as tx:
        await area.put_team(tx, "nieuw", PutTeam(name=CANARY, active_from=town.LONG_AGO))
        await area.import_buurten(
            tx, ImportBuurten(items=(BuurtRow(code=town.BUURTEN["selwerd"], name=CANARY, wijk=CANARY, x=1, y=300_001),))
        )
        worker = PutWorker(team="nieuw", roles=("worker",), caseload_limit=1, name=CANARY, email=EMAIL)
        await area.put_worker(tx, NADIA.id, worker)
        await area.put_worker(tx, NADIA.id, worker.model_copy(update={"team": "selwerd"}))
        await area.put_contact(tx, PutContact(code="c", name=CANARY, kind="stip", phone=PHONE, email=EMAIL))
    async with place.transaction(service_actor("intake")) as tx:
        rows = await tx.rows("select type, subject, convert_from(body, 'utf8') as body from outbox")
    assert len({row["type"] for row in rows}) >= 15, "nearly every event of intake is told here"
    for row in rows:
        text = f"{row['subject']} {row['body']}".casefold()
        found = [canary for canary in CANARIES if canary.casefold() in text]
        assert not found, (row["type"], found)
