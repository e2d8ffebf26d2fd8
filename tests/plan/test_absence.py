import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import asyncpg
import pytest

from tests.conftest import ClientFor
from tests.people import BEA, JOOST, KARIN, MIRJAM, NADIA, ROY, SAMIRA, TOM, told, warmed
from tests.plan.cases import OwnerOf, desk, opened, soon
from wij.database import Database
from wij.events.plan import DirectorAbsenceRecorded
from wij.identity import Actor
from wij.settings import Settings


def away(worker: Actor, deputy: Actor, **when: str) -> dict[str, str]:
    return {"worker_id": str(worker.id), "deputy_id": str(deputy.id)} | when


async def test_while_the_director_is_away_the_deputy_acts_and_nobody_becomes_director(
    plan: Database, client: ClientFor
) -> None:
    """S4-4, I2: responsibility stays; reading and acting come and go with the absence, in PostgreSQL too."""
    case_id = await opened(plan)
    samira, nadia = desk(client, SAMIRA), desk(client, NADIA)
    draft = await samira.drafted(case_id)
    await nadia.get(f"/plans/{draft['plan_id']}", expect=404)
    absence = await samira.post("/absences", away(SAMIRA, NADIA), expect=201)
    view = await nadia.get(f"/cases/{case_id}")
    assert (view["director_id"], view["acting_director_id"]) == (str(SAMIRA.id), str(NADIA.id))
    await nadia.put(f"/plans/{draft['plan_id']}", {"goals": []}, 1)
    assert [card["case_id"] for card in (await nadia.get("/cases?mine=true"))["items"]] == [str(case_id)]
    handover = await nadia.post(f"/cases/{case_id}/handovers", {"to_id": str(TOM.id)}, expect=201)
    assert handover["from_id"] == str(SAMIRA.id)
    await samira.post(f"/absences/{absence['absence_id']}/end")
    await nadia.get(f"/plans/{draft['plan_id']}", expect=404)
    await nadia.post(f"/handovers/{handover['handover_id']}/revocation", expect=404)
    facts = await told(plan)
    assert [fact.name for fact in facts if "director." in fact.name] == [
        "director.absence_recorded",
        "director.absence_ended",
    ]
    recorded = next(fact for fact in facts if isinstance(fact, DirectorAbsenceRecorded))
    assert recorded.case_count == 1


async def test_an_absence_to_come_gives_the_deputy_nothing_yet(plan: Database, client: ClientFor) -> None:
    case_id = await opened(plan)
    await desk(client, SAMIRA).post("/absences", away(SAMIRA, NADIA, starts_at=soon(1), ends_at=soon(3)), expect=201)
    assert "acting_director_id" not in await desk(client, NADIA).get(f"/cases/{case_id}")


async def test_a_deputy_may_become_director(plan: Database, client: ClientFor) -> None:
    case_id = await opened(plan)
    samira = desk(client, SAMIRA)
    handover = await samira.post(f"/cases/{case_id}/handovers", {"to_id": str(NADIA.id)}, expect=201)
    await samira.post("/absences", away(SAMIRA, NADIA), expect=201)
    await desk(client, NADIA).post(f"/handovers/{handover['handover_id']}/acceptance")
    view = await desk(client, NADIA).get(f"/cases/{case_id}")
    assert view["director_id"] == view["acting_director_id"] == str(NADIA.id)


async def test_an_absence_is_recorded_by_oneself_the_coordinator_or_the_process_lead(
    plan: Database, client: ClientFor
) -> None:
    await opened(plan)
    for by in (TOM, MIRJAM, JOOST, BEA):
        await desk(client, by).post("/absences", away(SAMIRA, NADIA), expect=403)
    for by in (SAMIRA, KARIN, ROY):
        absence = await desk(client, by).post("/absences", away(SAMIRA, NADIA), expect=201)
        await desk(client, TOM).post(f"/absences/{absence['absence_id']}/end", expect=403)
        await desk(client, by).post(f"/absences/{absence['absence_id']}/end")
        await desk(client, by).post(f"/absences/{absence['absence_id']}/end", expect=409)


async def test_a_worker_nobody_knows_is_not_away(plan: Database, client: ClientFor) -> None:
    await opened(plan)
    unknown = {"worker_id": str(uuid4()), "deputy_id": str(NADIA.id)}
    await desk(client, KARIN).post("/absences", unknown, expect=404)


async def test_two_who_stand_in_for_each_other_at_once_leave_one_of_them_there(
    plan: Database, client: ClientFor
) -> None:
    """I6: twenty times at once in both directions; one absence stands, the rest is refused by name."""
    await opened(plan)
    await warmed(plan)
    karin = client("plan", KARIN)
    await karin.get("/plan/v1/cases")
    asks = 10 * [away(SAMIRA, NADIA), away(NADIA, SAMIRA)]
    answers = await asyncio.gather(
        *(karin.post("/plan/v1/absences", json=ask, headers={"Idempotency-Key": str(uuid4())}) for ask in asks)
    )
    assert sorted(answer.status_code for answer in answers) == [201] + 19 * [409]
    kinds = {answer.json()["type"].rpartition(":")[2] for answer in answers if answer.status_code == 409}
    assert kinds == {"already-absent", "deputy-is-absent"}


async def test_a_deputy_who_is_away_cannot_be_stored(plan: Database, client: ClientFor, settings: Settings) -> None:
    """I6: the constraint itself, without any of our code."""
    await opened(plan)
    await desk(client, KARIN).post("/absences", away(SAMIRA, NADIA), expect=201)
    owner = await OwnerOf(settings).connect()
    since = datetime.now(UTC) + timedelta(days=1)
    try:
        transaction = owner.transaction()
        await transaction.start()
        absence_id = uuid4()
        await owner.execute(
            "insert into absences (absence_id, worker_id, deputy_id, team, starts_at)"
            " values ($1, $2, $3, 'selwerd', $4)",
            absence_id,
            NADIA.id,
            TOM.id,
            since,
        )
        with pytest.raises(asyncpg.ExclusionViolationError, match="deputy_is_there"):
            await owner.execute(
                "insert into absence_parts (absence_id, worker_id, part, starts_at) values ($1, $2, 'absent', $3)",
                absence_id,
                NADIA.id,
                since,
            )
        await transaction.rollback()
        with pytest.raises(asyncpg.ExclusionViolationError, match="absent_once"):
            await owner.execute(
                "insert into absences (absence_id, worker_id, deputy_id, team, starts_at)"
                " values ($1, $2, $3, 'selwerd', $4)",
                absence_id,
                SAMIRA.id,
                TOM.id,
                since,
            )
    finally:
        await owner.close()
