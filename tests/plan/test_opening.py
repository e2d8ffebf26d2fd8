import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.plan.commands.case import CloseCase
from services.plan.domain.director import NobodyInTeam
from services.plan.handlers.case import close_case
from services.plan.handlers.opening import when_help_requests_accepted
from services.plan.handlers.roster import when_workers_left
from tests.conftest import ClientFor
from tests.people import ELS, JOOST, NADIA, ROY, SAMIRA, TOM, told, warmed
from tests.plan.cases import (
    THE_SERVICE,
    OwnerOf,
    accepted,
    case_of,
    desk,
    hear,
    joined,
    opened,
    recorded,
    rows,
    staffed,
)
from wij.database import Database
from wij.events.intake import WorkerLeftTeam
from wij.events.plan import CaseClosed, CaseOpened, HelpRequestAttachedToCase
from wij.settings import Settings


@pytest.mark.parametrize("known", [False, True], ids=["a new household", "a household whose case closed"])
async def test_twenty_requests_of_one_household_at_once_open_one_case_and_nineteen_join_it(
    plan: Database, client: ClientFor, known: bool
) -> None:
    """I1: through the handler, on a warm pool; a household that is known has no row to insert, only its lock."""
    await staffed(plan)
    await warmed(plan)
    for _ in range(5):
        household_id = await closed_before(plan, client) if known else uuid4()
        before = len(await told(plan))
        await asyncio.gather(*(hear(plan, accepted(household_id)) for _ in range(20)))
        facts = (await told(plan))[before:]
        assert [type(fact) for fact in facts] == [CaseOpened] + 19 * [HelpRequestAttachedToCase]
        assert {fact.aggregate_id for fact in facts} == {(await case_of(plan, household_id))["case_id"]}


async def test_requests_of_many_households_at_once_open_one_case_each_whatever_the_order(plan: Database) -> None:
    """I1: batches that overlap wait for each other, they do not deadlock."""
    await staffed(plan)
    await warmed(plan)
    households = [uuid4() for _ in range(10)]
    batches = [households[place:] + households[:place] for place in range(10)]
    await asyncio.gather(*(hear(plan, *(accepted(household) for household in batch)) for batch in batches))
    facts = await told(plan)
    assert len([fact for fact in facts if isinstance(fact, CaseOpened)]) == 10
    assert len(facts) == 100


async def test_a_request_that_is_told_again_changes_nothing(plan: Database) -> None:
    """I1, I23: redelivered alone, in a batch, and twice within one."""
    await staffed(plan)
    request, second = accepted(uuid4()), accepted(uuid4())
    await hear(plan, request)
    await hear(plan, request, request)
    await hear(plan, second, second, request)
    assert [type(fact) for fact in await told(plan)] == [CaseOpened, CaseOpened]


async def test_the_same_request_twenty_times_at_once_opens_one_case(plan: Database) -> None:
    """I1: redelivery and concurrency together."""
    await staffed(plan)
    await warmed(plan)
    request = accepted(uuid4())
    await asyncio.gather(*(hear(plan, request) for _ in range(20)))
    assert [type(fact) for fact in await told(plan)] == [CaseOpened]


async def test_a_batch_is_decided_event_by_event_in_order(plan: Database) -> None:
    await staffed(plan, joined(SAMIRA, limit=2), joined(NADIA, limit=2), joined(ROY))
    first, second = uuid4(), uuid4()
    batch = [accepted(household) for household in (first, second, first, uuid4(), uuid4(), uuid4())]
    await hear(plan, *batch)
    facts = await told(plan)
    assert [type(fact) for fact in facts].index(HelpRequestAttachedToCase) == 2
    directors = [fact.director_id for fact in facts if isinstance(fact, CaseOpened)]
    assert sorted(directors[:4]) == sorted(2 * [SAMIRA.id, NADIA.id])
    assert directors[4] == ROY.id, "each choice counts for the next, and nobody goes over the limit (I5)"


async def test_the_reason_for_the_director_is_told(plan: Database) -> None:
    """I5: with a specialism, without one, and when no worker is available."""
    await staffed(plan, joined(SAMIRA, specialisms=["debts"], limit=1), joined(NADIA, limit=1), joined(ROY))
    for topics in (["debts"], ["care"], ["care"]):
        await hear(plan, accepted(uuid4(), topics=topics))
    reasons = [(fact.director_id, fact.director_reason) for fact in await told(plan) if isinstance(fact, CaseOpened)]
    assert reasons == [
        (SAMIRA.id, "specialism"),
        (NADIA.id, "lowest_caseload"),
        (ROY.id, "no_worker_available"),
    ]


async def test_who_left_the_team_is_not_chosen_and_keeps_what_they_direct(plan: Database) -> None:
    """I2: a case is never without a director; whoever leaves hands it over."""
    case_id = await opened(plan)
    async with plan.transaction(THE_SERVICE) as tx:
        left = WorkerLeftTeam(team="selwerd", worker_id=SAMIRA.id, valid_until=tx.now)
        await when_workers_left(tx, [recorded(left)])
    household_id = uuid4()
    await hear(plan, accepted(household_id))
    assert (await case_of(plan, household_id))["director_id"] != SAMIRA.id
    async with plan.transaction(THE_SERVICE) as tx:
        assert await tx.value("select director_id from cases where case_id = $1", case_id) == SAMIRA.id


async def test_who_moved_to_another_team_is_not_lost_by_a_late_goodbye(plan: Database) -> None:
    await staffed(plan, joined(JOOST))
    async with plan.transaction(THE_SERVICE) as tx:
        await when_workers_left(tx, [recorded(WorkerLeftTeam(team="selwerd", worker_id=JOOST.id, valid_until=tx.now))])
    household_id = uuid4()
    await hear(plan, accepted(household_id, team="paddepoel"))
    assert (await case_of(plan, household_id))["director_id"] == JOOST.id


async def test_a_team_without_anybody_is_refused_by_name_and_nothing_is_lost(plan: Database) -> None:
    """I2, I24: the event waits with its reason; once somebody works there it opens the case."""
    await staffed(plan, joined(SAMIRA))
    request = accepted(uuid4(), team="paddepoel")
    with pytest.raises(NobodyInTeam):
        await hear(plan, accepted(uuid4()), request)
    assert await told(plan) == []
    await staffed(plan, joined(ELS))
    await hear(plan, request)
    (fact,) = await told(plan)
    assert isinstance(fact, CaseOpened)
    assert fact.director_id == ELS.id


async def closed_before(plan: Database, client: ClientFor) -> UUID:
    """A household whose case was closed."""
    case_id = await opened(plan)
    await desk(client, SAMIRA).post(f"/cases/{case_id}/closure", {"reason": "self_reliant"})
    async with plan.transaction(THE_SERVICE) as tx:
        household_id: UUID = await tx.value("select household_id from cases where case_id = $1", case_id)
    return household_id


async def test_a_household_whose_case_closed_gets_a_new_one_that_begins_after_it(
    plan: Database, client: ClientFor
) -> None:
    household_id = await closed_before(plan, client)
    await hear(plan, accepted(household_id))
    async with plan.transaction(THE_SERVICE) as tx:
        periods = await rows(
            tx, "select state, opened_at, closed_at from cases where household_id = $1 order by opened_at", household_id
        )
    assert [state for state, _, _ in periods] == ["closed", "open"]
    assert periods[0][2] <= periods[1][1]


async def test_a_request_that_waited_while_the_case_was_closed_opens_a_new_one(plan: Database) -> None:
    """I1: who waited for the lock decides on what stands there afterwards."""
    case_id = await opened(plan)
    async with plan.transaction(SAMIRA) as tx:
        card = await close_case(tx, case_id, CloseCase(reason="self_reliant"))
        late = asyncio.create_task(hear(plan, accepted(card.household_id)))
        await asyncio.sleep(0.3)
        assert not late.done(), "it waits for the lock"
    await late
    assert [type(fact) for fact in await told(plan)] == [CaseOpened, CaseClosed, CaseOpened]


async def test_a_second_open_case_of_a_household_cannot_be_stored(plan: Database, settings: Settings) -> None:
    """I1: the constraint itself, without any of our code."""
    case_id = await opened(plan)
    owner = await OwnerOf(settings).connect()
    try:
        with pytest.raises(asyncpg.UniqueViolationError, match="one_open_case_per_household"):
            await owner.execute(
                "insert into cases (case_id, household_id, household_version, buurt, team, state, director_id, epoch,"
                " opened_from, opened_at) select gen_random_uuid(), household_id, 1, buurt, team, 'on_hold', $2, 1,"
                " gen_random_uuid(), now() from cases where case_id = $1",
                case_id,
                TOM.id,
            )
    finally:
        await owner.close()


async def test_a_crash_in_the_middle_of_a_batch_leaves_nothing(plan: Database) -> None:
    """I2, I24: one transaction."""
    await staffed(plan)

    async def crash() -> None:
        async with plan.transaction(THE_SERVICE) as tx:
            await when_help_requests_accepted(tx, [recorded(accepted(uuid4())) for _ in range(3)])
            await tx.run("select 1 / 0")

    with pytest.raises(asyncpg.DivisionByZeroError):
        await crash()
    async with plan.transaction(THE_SERVICE) as tx:
        for table in ("households", "cases", "director_periods", "case_requests", "outbox"):
            assert await tx.value(f"select count(*) from {table}") == 0
