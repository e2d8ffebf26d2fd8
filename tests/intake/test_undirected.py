"""P4: a household without a director is seen, by the database's clock, and told once."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest

from services.intake.domain.triage import UNDIRECTED_AFTER
from services.intake.handlers import events
from services.intake.handlers.watching import watch
from tests.intake import town
from tests.people import SAMIRA, told, warmed
from wij.database import Database
from wij.events.intake import HelpRequestUndirected
from wij.identity import service_actor

INTAKE = service_actor("intake")


async def looked(intake: Database) -> int:
    async with intake.transaction(INTAKE) as tx:
        return await watch(tx)


async def accepted(intake: Database, ago: timedelta) -> tuple[UUID, UUID]:
    """A request that was accepted so long ago, and its household."""
    home = await town.home(intake)
    request_id = await town.accepted(intake, home.household_id)
    async with town.as_owner(intake) as owner:
        await owner.execute(
            "update help_requests set accepted_at = accepted_at - $2::interval where request_id = $1", request_id, ago
        )
    return request_id, home.household_id


async def alarms(intake: Database) -> list[HelpRequestUndirected]:
    return [fact for fact in await told(intake) if isinstance(fact, HelpRequestUndirected)]


async def test_a_request_that_has_no_case_after_a_minute_is_told_once(place: Database) -> None:
    request_id, household_id = await accepted(place, UNDIRECTED_AFTER)
    assert [await looked(place), await looked(place)] == [1, 0]
    [alarm] = await alarms(place)
    assert (alarm.request_id, alarm.household_id, alarm.accepted_by) == (request_id, household_id, SAMIRA.id)


async def test_twenty_who_look_at_once_tell_it_once(place: Database) -> None:
    await accepted(place, UNDIRECTED_AFTER)
    await warmed(place, 20)
    assert sum(await asyncio.gather(*(looked(place) for _ in range(20)))) == 1
    assert len(await alarms(place)) == 1


async def test_within_the_minute_nobody_is_alarmed(place: Database) -> None:
    await accepted(place, UNDIRECTED_AFTER - timedelta(seconds=10))
    assert await looked(place) == 0


@pytest.mark.parametrize("waits", [True, False])
async def test_who_is_not_accepted_yet_has_no_director_to_wait_for(place: Database, waits: bool) -> None:
    """The waiting list, and a question that is looked at: a person has those in hand."""
    if waits:
        await town.accepted(place, (await town.home(place)).household_id, wait=True)
    else:
        await town.safe(place)
    async with town.as_owner(place) as owner:
        await owner.execute("update help_requests set received_at = received_at - interval '1 day'")
    assert await looked(place) == 0


async def test_a_household_with_a_director_is_not_told(place: Database) -> None:
    request_id, household_id = await accepted(place, UNDIRECTED_AFTER)
    opened = town.case_opened(household_id, SAMIRA, request_id)
    async with place.transaction(INTAKE) as tx:
        await events.when_case_opened(tx, [town.recorded(opened)])
    assert await looked(place) == 0
