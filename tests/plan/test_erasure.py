"""P17: what a case said about a household is erased when its term has passed; that there was one stays."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg
import pytest

from services import errands
from services.intake.service import build as build_intake
from services.plan.handlers.support import when_needs_moved
from services.plan.service import build
from services.plan.store.erasure import erase_due
from tests.conftest import ClientFor
from tests.erasure import after, due, erase_all, found
from tests.people import NADIA, SAMIRA, told, warmed
from tests.plan.cases import AGREEMENT, CONSENT, GOAL, NEED, THE_SERVICE, OwnerOf, desk, opened, recorded, rows, soon
from tests.shared.toys import as_owner
from wij import erasure
from wij.database import Database
from wij.events.matching import SupportNeedReopened
from wij.events.plan import CaseErased
from wij.ids import new_id
from wij.settings import Settings
from wij.supervisor import Health
from wij.tokens import BearerTokens

CANARY = "Kanarie"
FIFTEEN_YEARS = timedelta(days=15 * 365.25 + 1)
NO_TIME = timedelta(microseconds=1)


async def closed(plan: Database, client: ClientFor, *, ago: timedelta = FIFTEEN_YEARS) -> UUID:
    """A case with a canary in all of its words, closed so long ago."""
    case_id = await opened(plan)
    samira = desk(client, SAMIRA)
    goal = GOAL | {
        "wish": CANARY,
        "own_strength": CANARY,
        "network": CANARY,
        "executor_kind": "professional",
        "own_strength_considered": CANARY,
        "informal_skipped_reason": CANARY,
    }
    refused = await samira.drafted(case_id, goal)
    refusal = {"reason": "other", "note": CANARY}
    await samira.post(f"/plans/{refused['plan_id']}/refusal", refusal)
    draft = await samira.drafted(case_id, goal)
    await samira.post(f"/plans/{draft['plan_id']}/agreement", AGREEMENT | {"agreed_by": CANARY})
    active = await samira.post(f"/plans/{draft['plan_id']}/activation", {"next_review_at": soon()})
    consent = await samira.consented(case_id, how=CANARY)
    action = {
        "goal_id": active["goals"][0]["goal_id"],
        "what": CANARY,
        "owner_kind": "volunteer",
        "due_at": soon(),
    }
    agreed = await samira.post(f"/plans/{active['plan_id']}/actions", action, expect=201)
    need = NEED | {"consent_id": consent["consent_id"]}
    await samira.post(f"/actions/{agreed['action_id']}/support-need", need, expect=201)
    await samira.post(f"/cases/{case_id}/handovers", {"to_id": str(NADIA.id), "note": CANARY}, expect=201)
    [review] = active["reviews"]
    held = {"outcome": "continue", "note": CANARY, "next_review_at": soon()}
    await samira.post(f"/reviews/{review['review_id']}/outcome", held)
    outcomes = [{"goal_id": one["goal_id"], "outcome": "reached"} for one in active["goals"]]
    closure = {"reason": "goals_reached", "goals": outcomes, "note": CANARY}
    await samira.post(f"/cases/{case_id}/closure", closure)
    owner = await OwnerOf(plan.settings).connect()
    try:
        async with owner.transaction():
            await owner.execute(
                "update cases set opened_at = opened_at - $1::interval, closed_at = closed_at - $1::interval", ago
            )
            await owner.execute(
                "update director_periods"
                " set period = tstzrange(lower(period) - $1::interval, upper(period) - $1::interval)",
                ago,
            )
    finally:
        await owner.close()
    return case_id


async def erased(plan: Database) -> list[UUID]:
    """The cases that erasing told of."""
    before = len(await told(plan))
    await erase_all(plan, erase_due)
    facts = (await told(plan))[before:]
    assert all(isinstance(fact, CaseErased) for fact in facts)
    return [fact.aggregate_id for fact in facts]


async def test_of_what_a_case_said_nothing_is_left_after_fifteen_years(plan: Database, client: ClientFor) -> None:
    case_id = await closed(plan, client)
    said = {"actions", "answers", "cases", "consents", "goals", "handovers", "plans", "reviews"}
    assert (await found(plan, CANARY)).keys() == said, "the canary stands wherever words can stand"
    async with plan.transaction(THE_SERVICE) as tx:
        await tx.run("delete from answers")  # as they are after thirty days
    assert await erased(plan) == [case_id]
    assert await found(plan, CANARY, str(GOAL["wish"]), str(AGREEMENT["agreed_by"]), str(CONSENT["how"])) == {}


async def test_that_there_was_a_case_and_who_directed_it_stays(plan: Database, client: ClientFor) -> None:
    case_id = await closed(plan, client)
    await erased(plan)
    assert (await desk(client, SAMIRA).get(f"/cases/{case_id}"))["state"] == "closed"
    async with plan.transaction(THE_SERVICE) as tx:
        assert await rows(tx, "select director_id from director_periods") == [(SAMIRA.id,)]


async def test_within_the_term_and_while_it_is_open_a_case_is_kept(plan: Database, client: ClientFor) -> None:
    await closed(plan, client, ago=FIFTEEN_YEARS - timedelta(days=10))
    assert await erased(plan) == []


async def test_an_open_case_is_kept_whatever_the_term(plan: Database, client: ClientFor) -> None:
    await desk(client, SAMIRA).activated(await opened(plan))
    await after(plan, "case", NO_TIME)
    assert await erased(plan) == []


@pytest.mark.parametrize("about", ["case_id", "household_id"])
async def test_what_is_held_is_kept(plan: Database, client: ClientFor, about: str) -> None:
    case_id = await closed(plan, client)
    async with plan.transaction(THE_SERVICE) as tx:
        [(held,)] = await rows(tx, f"select {about} from cases")
    await erasure.hold(plan, held, date(2999, 1, 1), "complaint 12")
    assert await erased(plan) == []
    await erasure.hold(plan, held, (datetime.now(UTC) - timedelta(days=2)).date(), "complaint 12 is over")
    assert await erased(plan) == [case_id]


async def test_twenty_who_erase_at_once_tell_it_once(plan: Database, client: ClientFor) -> None:
    await closed(plan, client)
    await warmed(plan, 20)
    assert sum(await asyncio.gather(*(erase_all(plan, erase_due) for _ in range(20)))) == 1
    assert [fact.name for fact in await told(plan)].count("case.erased") == 1


async def test_what_is_due_can_be_asked_before_it_goes(plan: Database, client: ClientFor) -> None:
    await closed(plan, client)
    assert await due(plan, erase_due) == ["case.erased"]
    assert "goals" in await found(plan, CANARY)


async def test_what_matching_tells_of_an_erased_need_changes_nothing(plan: Database, client: ClientFor) -> None:
    """A stream that is read again, after a restore, tells of needs that are gone."""
    case_id = await closed(plan, client)
    async with plan.transaction(THE_SERVICE) as tx:
        [(need_id, household_id)] = await rows(
            tx, "select need_id, household_id from support_needs join cases using (case_id)"
        )
    await erased(plan)
    fact = SupportNeedReopened(
        team="selwerd",
        need_id=need_id,
        case_id=case_id,
        household_id=household_id,
        match_id=new_id(),
        reason="no_answer",
    )
    async with plan.transaction(THE_SERVICE) as tx:
        await when_needs_moved(tx, [recorded(fact)])
        assert await rows(tx, "select need_id from support_needs") == []


@pytest.mark.parametrize("table", ["cases", "plans", "actions", "reviews", "consents", "support_needs", "handovers"])
async def test_the_service_itself_can_delete_nothing(plan: Database, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with plan.transaction(THE_SERVICE) as tx:
            await tx.run(f"delete from {table}")


async def test_an_operator_holds_something_and_asks_what_is_due(
    plan: Database, client: ClientFor, settings: Settings, tokens: BearerTokens, capsys: pytest.CaptureFixture[str]
) -> None:
    case_id = await closed(plan, client)
    service = build(settings, tokens)
    await errands.tell_due([service])
    assert capsys.readouterr().out == f"plan: 1 due\n  case {case_id}\n"
    await errands.hold([service], case_id, date(2999, 1, 1), "complaint 12")
    assert capsys.readouterr().out == f"nothing of {case_id} is erased up to and on 2999-01-01; known to plan\n"
    await errands.tell_due([service])
    assert capsys.readouterr().out == "plan: 0 due\n"


async def test_what_one_service_knows_is_held_in_all_of_them(
    plan: Database, client: ClientFor, settings: Settings, tokens: BearerTokens
) -> None:
    """A household that only intake knows may get a case before that day."""
    case_id = await closed(plan, client)
    await errands.hold([build_intake(settings, tokens), build(settings, tokens)], case_id, date(2999, 1, 1), "case 12")
    assert [row["about"] for row in await as_owner(settings, "intake", "select about from holds")] == [case_id]


async def test_nobody_can_hold_what_is_not_there(plan: Database, settings: Settings, tokens: BearerTokens) -> None:
    with pytest.raises(errands.Unknown):
        await errands.hold([build(settings, tokens)], new_id(), date(2999, 1, 1), "complaint 12")


async def test_a_hold_that_ended_leaves_no_words(plan: Database, client: ClientFor) -> None:
    case_id = await closed(plan, client)
    await erasure.hold(plan, case_id, date(2020, 1, 1), CANARY)
    await erased(plan)
    assert "holds" not in await found(plan, CANARY)


async def test_a_service_erases_by_itself_as_soon_as_it_runs(plan: Database, client: ClientFor) -> None:
    case_id, health = await closed(plan, client), Health("erasure")
    by_itself = asyncio.create_task(erasure.keep_erasing(plan, erase_due, health))
    async with asyncio.timeout(10):
        while health.state != "running":
            await asyncio.sleep(0.05)
    by_itself.cancel()
    assert (await told(plan))[-1].aggregate_id == case_id
