"""I2, I3 and P3 without any of our code: what PostgreSQL itself refuses to store."""

from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import asyncpg
import pytest

from tests.conftest import ClientFor
from tests.people import NADIA, SAMIRA, attempt
from tests.plan.cases import OwnerOf, desk, opened
from wij.database import Database
from wij.settings import Settings

type Owner = "asyncpg.Connection[asyncpg.Record]"


@pytest.fixture
async def owner(settings: Settings) -> AsyncIterator[Owner]:
    connection = await OwnerOf(settings).connect()
    yield connection
    await connection.close()


@pytest.fixture
async def case_id(plan: Database) -> UUID:
    return await opened(plan)


async def test_two_directors_of_a_household_at_one_instant_are_refused(owner: Owner, case_id: UUID) -> None:
    """I2, P3: no overlap, also between two cases of the household."""
    with pytest.raises(asyncpg.ExclusionViolationError, match="one_director_at_a_time"):
        await owner.execute(
            "insert into director_periods (case_id, epoch, household_id, director_id, period, reason)"
            " select case_id, 2, household_id, $2, tstzrange(now() + interval '1 day', null), 'handover'"
            " from cases where case_id = $1",
            case_id,
            NADIA.id,
        )


HOLES = {
    "the only director leaves": (
        "update director_periods set period = tstzrange(lower(period), now()) where case_id = $1"
    ),
    "the first director comes late": (
        "update director_periods set period = tstzrange(lower(period) + interval '1 second', null) where case_id = $1"
    ),
    "a gap between two directors": (
        "with gone as (update director_periods set period = tstzrange(lower(period), now()) where case_id = $1"
        " returning case_id, household_id)"
        " insert into director_periods (case_id, epoch, household_id, director_id, period, reason)"
        " select case_id, 2, household_id, gen_random_uuid(), tstzrange(now() + interval '1 minute', null), 'handover'"
        " from gone"
    ),
    "somebody directed before the case was opened": (
        "insert into director_periods (case_id, epoch, household_id, director_id, period, reason)"
        " select case_id, 2, household_id, director_id,"
        " tstzrange(opened_at - interval '2 days', opened_at - interval '1 day'), 'handover'"
        " from cases where case_id = $1"
    ),
    "the case names somebody who does not direct": (
        "update cases set director_id = gen_random_uuid() where case_id = $1"
    ),
    "the case names a period that is not there": "update cases set epoch = 2 where case_id = $1",
    "a closed case that somebody still directs": (
        "update cases set state = 'closed', closed_at = now(), close_reason = 'self_reliant' where case_id = $1"
    ),
}


async def test_an_instant_without_exactly_one_director_cannot_be_committed(owner: Owner, case_id: UUID) -> None:
    """I2: no gap; looked at when the transaction commits."""
    for statement in HOLES.values():
        transaction = owner.transaction()
        await transaction.start()
        await owner.execute(statement, case_id)
        with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="without exactly one director"):
            await transaction.commit()


async def test_a_case_without_a_director_cannot_be_stored(owner: Owner, case_id: UUID) -> None:
    """I2: `director_id` is never empty."""
    with pytest.raises(asyncpg.NotNullViolationError):
        await owner.execute("update cases set director_id = null where case_id = $1", case_id)


async def test_a_second_active_plan_cannot_be_stored(owner: Owner, case_id: UUID, client: ClientFor) -> None:
    """I3: the partial unique index."""
    await desk(client, SAMIRA).activated(case_id)
    with pytest.raises(asyncpg.UniqueViolationError, match="one_active_plan_per_case"):
        await owner.execute(
            "insert into plans (plan_id, case_id, number, state, version, agreed_by, drafted_at, activated_at)"
            " values ($1, $2, 2, 'active', 1, 'x', now(), now())",
            uuid4(),
            case_id,
        )


async def test_after_the_first_activation_an_open_case_is_never_without_its_plan(
    owner: Owner, case_id: UUID, client: ClientFor
) -> None:
    """I3: superseded by nothing is refused when the transaction commits."""
    await desk(client, SAMIRA).activated(case_id)
    with pytest.raises(asyncpg.IntegrityConstraintViolationError, match="exactly its one plan"):
        await owner.execute("update plans set state = 'superseded', ended_at = now() where case_id = $1", case_id)


async def test_the_service_itself_cannot_take_anything_back(plan: Database, case_id: UUID) -> None:
    """The service's role has no right to delete a case, a period, a plan or an event."""
    async with plan.transaction(SAMIRA) as tx:
        for table in ("cases", "director_periods", "handovers", "plans", "consents", "outbox", "access_log"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with attempt(tx):
                    await tx.run(f"delete from {table}")
