import asyncio
from itertools import pairwise
from uuid import UUID, uuid4

import httpx

from tests.conftest import ClientFor
from tests.people import NADIA, SAMIRA, told, warmed
from tests.plan.cases import AGREEMENT, GOAL, THE_SERVICE, desk, opened, rows, soon
from wij.database import Database
from wij.events.plan import PlanActivated, PlanSuperseded


async def states(plan: Database, case_id: UUID) -> list[str]:
    async with plan.transaction(THE_SERVICE) as tx:
        found = await rows(tx, "select state from plans where case_id = $1 order by number", case_id)
    return [state for (state,) in found]


async def test_a_plan_is_written_agreed_and_active_with_a_review_to_come(plan: Database, client: ClientFor) -> None:
    case_id = await opened(plan)
    view = await desk(client, SAMIRA).activated(case_id)
    assert (view["state"], view["plan_version"], view["agreed_by"]) == ("active", 1, "the mother")
    assert [review["state"] for review in view["reviews"]] == ["planned"]
    assert [fact.name for fact in await told(plan)][1:] == [
        "plan.drafted",
        "plan.agreed",
        "plan.activated",
        "review.planned",
    ]


async def test_a_plan_activated_twenty_times_at_once_is_activated_once(plan: Database, client: ClientFor) -> None:
    """I3: on a warm pool; the others hear the state it is in."""
    case_id = await opened(plan)
    await desk(client, SAMIRA).activated(case_id)
    version = await desk(client, SAMIRA).agreed(case_id)
    samira = client("plan", SAMIRA)
    answers = await asyncio.gather(
        *(
            samira.post(f"/plan/v1/plans/{version['plan_id']}/activation", json={"next_review_at": soon()})
            for _ in range(20)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + 19 * [409]
    assert {answer.json()["type"] for answer in answers if answer.status_code == 409} == {"urn:wij:problem:not-agreed"}
    assert await states(plan, case_id) == ["superseded", "active"]


async def test_twenty_versions_raced_to_the_end_leave_one_active_and_a_whole_chain(
    plan: Database, client: ClientFor
) -> None:
    """I3: draft, agree and activate from twenty hands at once; who loses a step is refused, and each supersedes one."""
    case_id = await opened(plan)
    await warmed(plan)
    http = client("plan", SAMIRA)

    async def post(path: str, body: object) -> httpx.Response:
        return await http.post(f"/plan/v1{path}", json=body, headers={"Idempotency-Key": str(uuid4())})

    async def run() -> None:
        draft = await post(f"/cases/{case_id}/plans", {"goals": [GOAL]})
        if draft.status_code == 201:
            plan_id = draft.json()["plan_id"]
            assert (await post(f"/plans/{plan_id}/agreement", AGREEMENT)).status_code == 200
            assert (await post(f"/plans/{plan_id}/activation", {"next_review_at": soon()})).status_code == 200
        else:
            assert draft.json()["type"] == "urn:wij:problem:already-in-preparation"

    await asyncio.gather(*(run() for _ in range(20)))
    await run()
    end = await states(plan, case_id)
    assert end == (len(end) - 1) * ["superseded"] + ["active"]
    facts = await told(plan)
    activated = [fact for fact in facts if isinstance(fact, PlanActivated)]
    superseded = [fact for fact in facts if isinstance(fact, PlanSuperseded)]
    assert [fact.previous_plan_id for fact in activated] == [None, *(fact.plan_id for fact in activated[:-1])]
    assert [(fact.plan_id, fact.superseded_by) for fact in superseded] == [
        (before.plan_id, after.plan_id) for before, after in pairwise(activated)
    ]


async def test_a_new_version_keeps_the_goals_that_go_on_and_plans_its_own_review(
    plan: Database, client: ClientFor
) -> None:
    case_id = await opened(plan)
    samira = desk(client, SAMIRA)
    first = await samira.activated(case_id)
    kept = first["goals"][0]["goal_id"]
    second = await samira.activated(case_id, GOAL | {"goal_id": kept, "wish": "and eat together again"}, GOAL)
    assert [goal["goal_id"] == kept for goal in second["goals"]] == [True, False]
    first = await samira.get(f"/plans/{first['plan_id']}")
    assert (first["state"], [review["state"] for review in first["reviews"]]) == ("superseded", ["cancelled"])
    await samira.post(f"/cases/{case_id}/plans", {"goals": [GOAL | {"goal_id": str(uuid4())}]}, expect=400)


async def test_a_draft_is_edited_by_version(plan: Database, client: ClientFor) -> None:
    case_id = await opened(plan)
    samira = desk(client, SAMIRA)
    draft = await samira.drafted(case_id)
    path = f"/plans/{draft['plan_id']}"
    goal = GOAL | {"goal_id": draft["goals"][0]["goal_id"], "wish": "in other words"}
    edited = await samira.put(path, {"goals": [goal]}, 1)
    assert (edited["version"], edited["goals"][0]["wish"]) == (2, "in other words")
    await samira.put(path, {"goals": []}, 1, expect=412)
    answer = await client("plan", SAMIRA).put(f"/plan/v1{path}", json={"goals": []})
    assert answer.status_code == 428
    read = await client("plan", SAMIRA).get(f"/plan/v1{path}")
    assert read.headers["ETag"] == '"2"'


async def test_what_a_calendar_or_a_table_cannot_hold_is_refused_as_input(plan: Database, client: ClientFor) -> None:
    """API-02: 400 and not 500."""
    case_id = await opened(plan)
    samira = desk(client, SAMIRA)
    await samira.post(f"/cases/{case_id}/plans", {"goals": [GOAL | {"wish": "a\x00b"}]}, expect=400)
    for moment in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-12-01T09:00:00"):
        away = {"worker_id": str(SAMIRA.id), "deputy_id": str(NADIA.id), "starts_at": moment}
        await samira.post("/absences", away, expect=400)


async def test_two_who_edit_a_draft_at_once_do_not_overwrite_each_other(plan: Database, client: ClientFor) -> None:
    case_id = await opened(plan)
    draft = await desk(client, SAMIRA).drafted(case_id)
    http = client("plan", SAMIRA)
    answers = await asyncio.gather(
        *(
            http.put(
                f"/plan/v1/plans/{draft['plan_id']}",
                json={"goals": [GOAL | {"wish": f"wish {number}"}]},
                headers={"If-Match": '"1"'},
            )
            for number in range(20)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200] + 19 * [412]


async def test_a_refusal_is_on_record_and_the_case_goes_on_with_its_director(plan: Database, client: ClientFor) -> None:
    case_id = await opened(plan)
    samira = desk(client, SAMIRA)
    version = await samira.agreed(case_id)
    refused = await samira.post(f"/plans/{version['plan_id']}/refusal", {"reason": "not_now", "note": "rather later"})
    assert (refused["state"], refused["refused_note"]) == ("declined", "rather later")
    await samira.post(f"/plans/{version['plan_id']}/activation", {"next_review_at": soon()}, expect=409)
    assert (await samira.drafted(case_id))["plan_version"] == 2
    assert (await samira.get(f"/cases/{case_id}"))["director_id"] == str(SAMIRA.id)


async def test_a_held_review_says_when_the_next_one_is(plan: Database, client: ClientFor) -> None:
    case_id = await opened(plan)
    samira = desk(client, SAMIRA)
    active = await samira.activated(case_id)
    review = f"/reviews/{active['reviews'][0]['review_id']}/outcome"
    await samira.post(review, {"outcome": "adjust"}, expect=409)
    held = await samira.post(review, {"outcome": "adjust", "note": "goes well", "next_review_at": soon()})
    assert held["state"] == "held"
    await samira.post(review, {"outcome": "close"}, expect=409)
    extra = await samira.post(f"/plans/{active['plan_id']}/reviews", {"due_at": soon(3)}, expect=201)
    reviews = (await samira.get(f"/plans/{active['plan_id']}"))["reviews"]
    assert [found["state"] for found in reviews] == ["planned", "held", "planned"]
    assert reviews[0]["review_id"] == extra["review_id"]
    assert [fact.name for fact in await told(plan)][-3:] == ["review.held", "review.planned", "review.planned"]


async def test_an_action_is_for_a_goal_of_the_active_plan_and_done_once(plan: Database, client: ClientFor) -> None:
    """I26."""
    case_id = await opened(plan)
    samira = desk(client, SAMIRA)
    active = await samira.activated(case_id)
    path = f"/plans/{active['plan_id']}/actions"
    ask = {"goal_id": str(uuid4()), "what": "call", "owner_kind": "professional", "due_at": soon()}
    await samira.post(path, ask, expect=400)
    await samira.post(path, {name: value for name, value in ask.items() if name != "due_at"}, expect=400)
    action = await samira.post(path, ask | {"goal_id": active["goals"][0]["goal_id"]}, expect=201)
    assert action["owner_id"] == str(SAMIRA.id)
    done = f"/actions/{action['action_id']}/completion"
    assert (await samira.post(done))["state"] == "done"
    await samira.post(done, expect=409)
    draft = await samira.drafted(case_id)
    body = ask | {"goal_id": draft["goals"][0]["goal_id"]}
    await samira.post(f"/plans/{draft['plan_id']}/actions", body, expect=409)
