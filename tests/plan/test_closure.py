import asyncio
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from tests.conftest import ClientFor
from tests.people import KARIN, NADIA, SAMIRA, TOM, told
from tests.plan.cases import AGREEMENT, CONSENT, GOAL, NEED, THE_SERVICE, OwnerOf, desk, key, opened, rows, soon
from wij.database import Database
from wij.settings import Settings


def outcomes(plan: Any, *given: str) -> list[dict[str, str]]:
    return [
        {"goal_id": goal["goal_id"], "outcome": outcome} for goal, outcome in zip(plan["goals"], given, strict=True)
    ]


async def test_with_the_case_ends_everything_that_hangs_on_it(plan: Database, client: ClientFor) -> None:
    """I8: no open need, no offer, no review, no plan, nobody involved; told in one transaction, the case last."""
    case_id = await opened(plan)
    samira = desk(client, SAMIRA)
    active = await samira.activated(case_id, GOAL, GOAL, GOAL)
    await samira.asked_for_help(case_id, active)
    await samira.drafted(case_id)
    await samira.post(f"/cases/{case_id}/handovers", {"to_id": str(NADIA.id)}, expect=201)
    await samira.post(f"/cases/{case_id}/involvements", {"worker_id": str(TOM.id), "role": "debts"}, expect=201)
    before = len(await told(plan))
    ask = {
        "reason": "goals_reached",
        "goals": outcomes(active, "reached", "partly_reached", "dropped"),
        "note": "well done",
    }
    assert (await samira.post(f"/cases/{case_id}/closure", ask))["state"] == "closed"
    facts = (await told(plan))[before:]
    assert [fact.name for fact in facts] == [
        "support_need.withdrawn",
        "handover.revoked",
        "review.cancelled",
        "plan.closed",
        "plan.closed",
        "case.closed",
    ]
    assert facts[-1].model_dump(include={"goals_reached", "goals_partly_reached", "goals_dropped"}) == {
        "goals_reached": 1,
        "goals_partly_reached": 1,
        "goals_dropped": 1,
    }
    async with plan.transaction(THE_SERVICE) as tx:
        left = await rows(
            tx,
            "select (select count(*) from support_needs where state in ('open', 'matched', 'running')),"
            " (select count(*) from handovers where state = 'offered'),"
            " (select count(*) from reviews where state = 'planned'),"
            " (select count(*) from plans where state in ('draft', 'agreed', 'active')),"
            " (select count(*) from involvements where until is null),"
            " (select count(*) from director_periods where upper_inf(period))",
        )
        goals = await rows(tx, "select outcome from goals where plan_id = $1 order by place", UUID(active["plan_id"]))
    assert left == [(0, 0, 0, 0, 0, 0)]
    assert goals == [("reached",), ("partly_reached",), ("dropped",)]


async def test_a_closed_case_is_read_by_its_last_director_and_changed_by_nobody(
    plan: Database, client: ClientFor
) -> None:
    case_id = await opened(plan)
    samira, tom = desk(client, SAMIRA), desk(client, TOM)
    active = await samira.activated(case_id)
    await samira.post(f"/cases/{case_id}/involvements", {"worker_id": str(TOM.id), "role": "debts"}, expect=201)
    assert "plans" in await tom.get(f"/cases/{case_id}")
    await samira.post(f"/cases/{case_id}/closure", {"reason": "self_reliant", "goals": outcomes(active, "dropped")})
    assert (await samira.get(f"/cases/{case_id}"))["close_reason"] == "self_reliant"
    assert "plans" not in await tom.get(f"/cases/{case_id}")
    before = len(await told(plan))
    for path, body in (
        (f"/cases/{case_id}/closure", {"reason": "self_reliant"}),
        (f"/cases/{case_id}/handovers", {"to_id": str(NADIA.id)}),
        (f"/cases/{case_id}/plans", {"goals": [GOAL]}),
        (f"/cases/{case_id}/consents", CONSENT),
    ):
        answer = await client("plan", SAMIRA).post(f"/plan/v1{path}", json=body, headers=key())
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:wij:problem:case-is-closed")
    assert len(await told(plan)) == before


async def test_a_case_closed_twenty_times_at_once_is_closed_once(plan: Database, client: ClientFor) -> None:
    case_id = await opened(plan)
    samira = client("plan", SAMIRA)
    answers = await asyncio.gather(
        *(samira.post(f"/plan/v1/cases/{case_id}/closure", json={"reason": "self_reliant"}) for _ in range(20))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + 19 * [409]
    assert [fact.name for fact in await told(plan)].count("case.closed") == 1


async def _everything(owner: "asyncpg.Connection[asyncpg.Record]") -> dict[str, list[str]]:
    tables = await owner.fetch("select tablename from pg_tables where schemaname = 'plan' order by 1")
    return {
        table["tablename"]: [
            row[0] for row in await owner.fetch(f'select t::text from "{table["tablename"]}" t order by 1')
        ]
        for table in tables
    }


async def test_a_refused_command_writes_nothing_and_tells_nothing(
    plan: Database, client: ClientFor, settings: Settings
) -> None:
    """I24: every command, refused for a reason of its own; afterwards every row of every table is as it was."""
    case_id = await opened(plan)
    samira, nadia = desk(client, SAMIRA), desk(client, NADIA)
    active = await samira.activated(case_id)
    need = await samira.asked_for_help(case_id, active)
    agreed = await samira.agreed(case_id)
    offer = await samira.post(f"/cases/{case_id}/handovers", {"to_id": str(NADIA.id)}, expect=201)
    absence = await samira.post("/absences", {"worker_id": str(SAMIRA.id), "deputy_id": str(TOM.id)}, expect=201)
    await samira.post(f"/absences/{absence['absence_id']}/end")
    await samira.post(f"/actions/{need['action_id']}/completion")
    plan_id, goal_id = agreed["plan_id"], active["goals"][0]["goal_id"]
    review_id = active["reviews"][0]["review_id"]
    ask_again = NEED | {"consent_id": need["consent_id"]}
    professional = {"goals": [GOAL | {"executor_kind": "professional"}]}
    action = {"goal_id": goal_id, "what": "x", "owner_kind": "self", "due_at": "2020-01-01T00:00:00Z"}
    someone, self_, nobody = {"worker_id": str(uuid4())}, {"worker_id": str(SAMIRA.id)}, str(uuid4())
    owner = await OwnerOf(settings).connect()
    before = await _everything(owner)
    for who, path, body in (
        (samira, f"/cases/{case_id}/handovers", {"to_id": str(TOM.id)}),
        (samira, f"/handovers/{offer['handover_id']}/acceptance", None),
        (nadia, f"/handovers/{offer['handover_id']}/revocation", None),
        (nadia, f"/handovers/{nobody}/declination", {"reason": "no_room"}),
        (samira, "/absences", self_ | {"deputy_id": str(SAMIRA.id)}),
        (samira, f"/absences/{absence['absence_id']}/end", None),
        (samira, f"/cases/{case_id}/involvements", someone | {"role": "debts"}),
        (samira, f"/cases/{case_id}/involvements/{nobody}/end", None),
        (samira, f"/cases/{case_id}/plans", {"goals": [GOAL]}),
        (samira, f"/cases/{case_id}/plans", professional),
        (samira, f"/plans/{plan_id}/agreement", AGREEMENT),
        (samira, f"/plans/{active['plan_id']}/refusal", {"reason": "not_now"}),
        (samira, f"/plans/{plan_id}/activation", {"next_review_at": "2020-01-01T00:00:00Z"}),
        (samira, f"/plans/{active['plan_id']}/actions", action),
        (samira, f"/actions/{need['action_id']}/completion", None),
        (samira, f"/plans/{plan_id}/reviews", {"due_at": soon()}),
        (samira, f"/reviews/{review_id}/outcome", {"outcome": "continue"}),
        (samira, f"/cases/{case_id}/consents", CONSENT | {"until": "2020-01-01"}),
        (nadia, f"/consents/{need['consent_id']}/withdrawal", None),
        (samira, f"/actions/{need['action_id']}/support-need", ask_again),
        (nadia, f"/support-needs/{need['need_id']}/withdrawal", {"reason": "not_needed"}),
        (samira, f"/cases/{case_id}/closure", {"reason": "goals_reached"}),
        (nadia, f"/cases/{case_id}/closure", {"reason": "self_reliant"}),
    ):
        answer = await who.http.post(f"/plan/v1{path}", json=body, headers=key())
        assert 400 <= answer.status_code < 500, (path, answer.text)
        after = await _everything(owner)
        assert [table for table in after if after[table] != before[table]] == [], path
    await owner.close()


async def test_a_coordinator_sees_that_a_case_closed_and_not_how(plan: Database, client: ClientFor) -> None:
    case_id = await opened(plan)
    await desk(client, SAMIRA).post(
        f"/cases/{case_id}/closure", {"reason": "self_reliant", "note": "moved in with her son"}
    )
    card = await desk(client, KARIN).get(f"/cases/{case_id}")
    assert set(card) == {"case_id", "household_id", "team", "state", "director_id"}
