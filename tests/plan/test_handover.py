import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.plan.commands.case import AcceptHandover, OfferHandover
from services.plan.handlers.handover import accept_handover, offer_handover, when_deadlines_passed
from tests.conftest import ClientFor
from tests.people import JOOST, NADIA, ROY, SAMIRA, TOM, told, warmed
from tests.plan.cases import (
    THE_SERVICE,
    OwnerOf,
    accepted,
    desk,
    hear,
    joined,
    offered,
    opened,
    recorded,
    rows,
    soon,
    staffed,
)
from wij.database import Database, Transaction
from wij.errors import NotAllowed
from wij.events.notify import DeadlinePassed
from wij.events.plan import DirectorHandedOver
from wij.ids import new_id
from wij.settings import Settings


async def directors(plan: Database, case_id: UUID) -> list[UUID]:
    async with plan.transaction(THE_SERVICE) as tx:
        found = await tx.rows("select director_id from director_periods where case_id = $1 order by period", case_id)
    return [row["director_id"] for row in found]


def names(facts: Any) -> list[str]:
    return [fact.name for fact in facts]


async def test_until_the_offer_is_accepted_the_director_directs_and_from_then_on_the_receiver(
    plan: Database, client: ClientFor
) -> None:
    case_id, handover = await offered(plan, client)
    samira, nadia = desk(client, SAMIRA), desk(client, NADIA)
    await samira.drafted(case_id)
    await nadia.post(f"/cases/{case_id}/consents", {}, expect=400)
    assert await directors(plan, case_id) == [SAMIRA.id]
    after = await nadia.post(f"/handovers/{handover['handover_id']}/acceptance")
    assert after["state"] == "accepted"
    assert await directors(plan, case_id) == [SAMIRA.id, NADIA.id]
    assert names(await told(plan)) == ["case.opened", "handover.offered", "plan.drafted", "director.handed_over"]


async def test_an_offer_accepted_twenty_times_at_once_is_accepted_once(plan: Database, client: ClientFor) -> None:
    """I4, P3: the others hear the state it is in."""
    case_id, handover = await offered(plan, client)
    nadia = client("plan", NADIA)
    await nadia.get("/plan/v1/cases")
    answers = await asyncio.gather(
        *(nadia.post(f"/plan/v1/handovers/{handover['handover_id']}/acceptance") for _ in range(20))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + 19 * [409]
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {problem["type"] for problem in refused} == {"urn:wij:problem:handover-is-answered"}
    assert {problem["detail"] for problem in refused} == {"This handover was accepted already."}
    assert await directors(plan, case_id) == [SAMIRA.id, NADIA.id]
    assert names(await told(plan)).count("director.handed_over") == 1


async def test_accepting_and_taking_back_at_once_ends_in_one_of_the_two(plan: Database, client: ClientFor) -> None:
    """I4: twenty times; never both, never neither."""
    await opened(plan)
    ends = set()
    for _ in range(20):
        case_id, handover = await offered(plan, client)
        path = f"/plan/v1/handovers/{handover['handover_id']}"
        taken, back = await asyncio.gather(
            client("plan", NADIA).post(f"{path}/acceptance"), client("plan", SAMIRA).post(f"{path}/revocation")
        )
        assert (taken.status_code == 200) != (back.status_code == 200)
        now = await directors(plan, case_id)
        assert now == ([SAMIRA.id, NADIA.id] if taken.status_code == 200 else [SAMIRA.id])
        ends.add(len(now))
    assert ends <= {1, 2}


@dataclass(slots=True)
class Doomed(Transaction):
    """A transaction whose connection PostgreSQL drops just before its n-th statement."""

    killer: Any = None
    victim: int = 0
    left: int = 0

    async def _one_less(self) -> None:
        if self.left == 0:
            await self.killer.execute("select pg_terminate_backend($1)", self.victim)
            while await self.killer.fetchval("select count(*) from pg_stat_activity where pid = $1", self.victim):
                await asyncio.sleep(0.005)
        self.left -= 1

    async def rows(self, statement: str, *values: object) -> list[asyncpg.Record]:
        await self._one_less()
        return await Transaction.rows(self, statement, *values)

    async def row(self, statement: str, *values: object) -> asyncpg.Record | None:
        await self._one_less()
        return await Transaction.row(self, statement, *values)

    async def value(self, statement: str, *values: object) -> Any:
        await self._one_less()
        return await Transaction.value(self, statement, *values)

    async def run(self, statement: str, *values: object) -> int:
        await self._one_less()
        return await Transaction.run(self, statement, *values)


async def test_a_connection_that_dies_before_any_statement_leaves_the_old_director_and_no_event(
    plan: Database, client: ClientFor, settings: Settings
) -> None:
    """I4: before each statement of the acceptance and before its commit: all of the old, or all of the new."""
    case_id, handover = await offered(plan, client)
    killer = await OwnerOf(settings).connect()
    survived = False
    for statement in range(60):
        connection = await plan.connect()
        try:
            async with plan.transaction_on(connection, NADIA) as tx:
                doomed = Doomed(
                    tx.connection,
                    tx.actor,
                    tx.now,
                    tx.source,
                    killer=killer,
                    victim=connection.get_server_pid(),
                    left=statement,
                )
                await accept_handover(doomed, UUID(handover["handover_id"]), AcceptHandover())
                survived = doomed.left > 0
                if doomed.left == 0:
                    await doomed.value("select 1")  # the last place to die: everything written, nothing committed
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            assert await directors(plan, case_id) == [SAMIRA.id], f"before statement {statement}"
            assert names(await told(plan))[-1] == "handover.offered"
        finally:
            connection.terminate()
        if survived:
            break
    await killer.close()
    assert survived, "after the last statement the acceptance goes through"
    assert statement > 10, "there were statements to die before"
    assert await directors(plan, case_id) == [SAMIRA.id, NADIA.id]
    assert names(await told(plan))[-1] == "director.handed_over"


async def test_the_new_director_and_the_event_tell_the_same_instant(plan: Database, client: ClientFor) -> None:
    """I4."""
    case_id, handover = await offered(plan, client)
    await desk(client, NADIA).post(f"/handovers/{handover['handover_id']}/acceptance")
    fact = (await told(plan))[-1]
    assert isinstance(fact, DirectorHandedOver)
    async with plan.transaction(THE_SERVICE) as tx:
        ((end, start),) = await rows(
            tx,
            "select upper(old.period), lower(new.period) from director_periods old"
            " join director_periods new on new.case_id = old.case_id and new.epoch = old.epoch + 1"
            " where old.case_id = $1",
            case_id,
        )
    assert end == start == fact.at


async def test_a_former_director_can_no_longer_act(plan: Database, client: ClientFor) -> None:
    """P3, PRIV-03: every act of a director, asked by somebody who was it a moment ago."""
    case_id = await opened(plan)
    samira = desk(client, SAMIRA)
    active = await samira.activated(case_id)
    need = await samira.asked_for_help(case_id, active)
    draft = await samira.drafted(case_id)
    handover = await samira.post(f"/cases/{case_id}/handovers", {"to_id": str(NADIA.id)}, expect=201)
    await desk(client, NADIA).post(f"/handovers/{handover['handover_id']}/acceptance")
    before = len(await told(plan))
    goal = {"goal_id": active["goals"][0]["goal_id"]}
    await samira.post(f"/cases/{case_id}/handovers", {"to_id": str(TOM.id)}, expect=403)
    await samira.post(f"/cases/{case_id}/involvements", {"worker_id": str(TOM.id), "role": "help"}, expect=403)
    await samira.post(f"/cases/{case_id}/plans", {"goals": []}, expect=403)
    await samira.post(
        f"/cases/{case_id}/closure", {"reason": "goals_reached", "goals": [goal | {"outcome": "reached"}]}, expect=403
    )
    await samira.post(f"/handovers/{handover['handover_id']}/revocation", expect=404)
    await samira.put(f"/plans/{draft['plan_id']}", {"goals": []}, 1, expect=404)
    await samira.post(f"/plans/{active['plan_id']}/reviews", {"due_at": soon()}, expect=404)
    await samira.post(f"/actions/{need['action_id']}/completion", expect=404)
    await samira.post(f"/consents/{need['consent_id']}/withdrawal", expect=404)
    await samira.post(f"/support-needs/{need['need_id']}/withdrawal", {"reason": "not_needed"}, expect=404)
    await samira.get(f"/plans/{active['plan_id']}", expect=404)
    assert len(await told(plan)) == before


async def test_an_act_that_waits_while_the_case_is_handed_over_is_refused(plan: Database, client: ClientFor) -> None:
    """P3: the lock first, then who directs; a director who waited for it and is no longer that is refused."""
    case_id, handover = await offered(plan, client)
    await warmed(plan)
    acted = asyncio.Event()

    async def act() -> None:
        async with plan.transaction(SAMIRA) as tx:
            acted.set()
            await offer_handover(tx, case_id, OfferHandover(to_id=TOM.id))

    async with plan.transaction(NADIA) as tx:
        await accept_handover(tx, UUID(handover["handover_id"]), AcceptHandover())
        late = asyncio.create_task(act())
        await acted.wait()
        await asyncio.sleep(0.2)
        assert not late.done(), "it waits for the lock"
    with pytest.raises(NotAllowed):
        await late
    assert names(await told(plan))[-1] == "director.handed_over"


async def test_the_former_director_loses_sight_in_the_transaction_that_switches(
    plan: Database, client: ClientFor
) -> None:
    """PRIV-03: not by a job that runs later; row level security, with no code check in between."""
    case_id, handover = await offered(plan, client)
    await desk(client, SAMIRA).drafted(case_id)
    look = "select (select count(*) from plans), (select count(*) from goals), (select count(*) from cases)"

    async def sees(tx: Transaction, who: Any) -> tuple[int, ...]:
        await tx.run("select set_config('wij.actor_id', $1, true)", str(who.id))
        return (await rows(tx, look))[0]

    async with plan.transaction(NADIA) as tx:
        assert await sees(tx, SAMIRA) == (1, 1, 1)
        assert await sees(tx, NADIA) == (0, 0, 1), "the receiver sees that the case is there, and its offer"
        await accept_handover(tx, UUID(handover["handover_id"]), AcceptHandover())
        assert await sees(tx, SAMIRA) == (0, 0, 0)
        assert await sees(tx, NADIA) == (1, 1, 1)
    async with plan.transaction(SAMIRA) as tx:
        assert (await rows(tx, look))[0] == (0, 0, 0)


async def test_nobody_answers_for_another(plan: Database, client: ClientFor) -> None:
    _, handover = await offered(plan, client)
    for person, status in ((SAMIRA, 403), (TOM, 404), (JOOST, 404)):
        await desk(client, person).post(f"/handovers/{handover['handover_id']}/acceptance", expect=status)
    await desk(client, NADIA).post(f"/handovers/{handover['handover_id']}/revocation", expect=403)


async def test_declined_the_case_stays_and_can_be_offered_to_another(plan: Database, client: ClientFor) -> None:
    case_id, handover = await offered(plan, client)
    path = f"/handovers/{handover['handover_id']}"
    await desk(client, SAMIRA).post(f"/cases/{case_id}/handovers", {"to_id": str(TOM.id)}, expect=409)
    assert (await desk(client, NADIA).post(f"{path}/declination", {"reason": "no_room"}))["state"] == "declined"
    await desk(client, NADIA).post(f"{path}/acceptance", expect=409)
    await desk(client, SAMIRA).post(f"/cases/{case_id}/handovers", {"to_id": str(TOM.id)}, expect=201)
    assert await directors(plan, case_id) == [SAMIRA.id]


async def test_both_sides_find_their_offers_and_the_note_is_there_to_decide_on(
    plan: Database, client: ClientFor
) -> None:
    case_id = await opened(plan)
    samira, nadia = desk(client, SAMIRA), desk(client, NADIA)
    ask = {"to_id": str(NADIA.id), "note": "call before you visit"}
    handover = await samira.post(f"/cases/{case_id}/handovers", ask, expect=201)
    for side, who in (("to", nadia), ("from", samira)):
        (found,) = (await who.get(f"/handovers?{side}=me"))["items"]
        assert (found["handover_id"], found["note"]) == (handover["handover_id"], "call before you visit")
    assert (await desk(client, TOM).get("/handovers?to=me"))["items"] == []
    await nadia.post(f"/handovers/{handover['handover_id']}/declination", {"reason": "no_room"})
    assert (await nadia.get("/handovers?to=me"))["items"][0]["note"] is None
    await nadia.get("/handovers", expect=400)


async def test_over_the_limit_the_receiver_says_why(plan: Database, client: ClientFor) -> None:
    """I5: the reason is on record, and in no event."""
    case_id, handover = await offered(plan, client)
    await staffed(plan, joined(NADIA, limit=0))
    path = f"/handovers/{handover['handover_id']}/acceptance"
    assert (await desk(client, NADIA).post(path, expect=409))["type"] == "urn:wij:problem:over-caseload-limit"
    await desk(client, NADIA).post(path, {"over_limit_reason": "I know the family"})
    async with plan.transaction(THE_SERVICE) as tx:
        assert (
            await tx.value("select over_limit_reason from handovers where case_id = $1", case_id) == "I know the family"
        )


async def test_an_offer_expires_when_its_term_passed_and_once(plan: Database, client: ClientFor) -> None:
    case_id, handover = await offered(plan, client)

    async def passes(subject_id: UUID, term: str = "handover") -> None:
        async with plan.transaction(THE_SERVICE) as tx:
            fact = DeadlinePassed(
                team="selwerd",
                deadline_id=new_id(),
                subject_id=subject_id,
                household_id=None,
                term=term,
                threshold="passed",
                due_at=tx.now,
            )
            await when_deadlines_passed(tx, [recorded(fact), recorded(fact)])

    await passes(UUID(handover["handover_id"]), "review")
    assert names(await told(plan))[-1] == "handover.offered"
    await passes(UUID(handover["handover_id"]))
    await passes(UUID(handover["handover_id"]))
    assert names(await told(plan)) == ["case.opened", "handover.offered", "handover.expired"]
    answer = await desk(client, NADIA).post(f"/handovers/{handover['handover_id']}/acceptance", expect=409)
    assert answer["detail"] == "This handover was expired already."
    assert await directors(plan, case_id) == [SAMIRA.id]


async def test_a_process_lead_who_directs_hands_over_like_anybody(plan: Database, client: ClientFor) -> None:
    """The process lead directs when no worker can, and gets rid of the case as soon as one can."""
    await staffed(plan, joined(NADIA, limit=0), joined(ROY))
    await hear(plan, accepted(uuid4()))
    (card,) = (await desk(client, ROY).get("/cases?mine=true"))["items"]
    await staffed(plan, joined(NADIA, limit=5))
    handover = await desk(client, ROY).post(f"/cases/{card['case_id']}/handovers", {"to_id": str(NADIA.id)}, expect=201)
    await desk(client, NADIA).post(f"/handovers/{handover['handover_id']}/acceptance")
    assert await directors(plan, UUID(card["case_id"])) == [ROY.id, NADIA.id]
