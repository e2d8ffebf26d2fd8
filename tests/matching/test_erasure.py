"""P17: a volunteer who has long been paused is erased; that somebody helped stays."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import pytest

from services.matching.commands import Exclude, PauseVolunteer, WithdrawMatch
from services.matching.handlers import matches, volunteers
from services.matching.store.erasure import erase_due
from tests.erasure import after, due, erase_all, found
from tests.matching import scene
from tests.people import HANNEKE, SAMIRA, told, warmed
from tests.shared.toys import as_owner
from wij import erasure
from wij.database import Database
from wij.errors import NotFound
from wij.events.matching import VolunteerErased
from wij.identity import service_actor
from wij.ids import new_id

CANARY = "Kanarie"
TWO_YEARS = timedelta(days=731)
NO_TIME = timedelta(microseconds=1)


async def paused(matching: Database, ago: timedelta = TWO_YEARS) -> UUID:
    """A volunteer with canaries in all of their words, paused so long ago."""
    who = await scene.volunteer(
        matching, given_name=CANARY, family_name=CANARY, email=f"{CANARY}@post.example", reference=CANARY
    )
    await pause(matching, who.volunteer_id, ago)
    return who.volunteer_id


async def pause(matching: Database, volunteer_id: UUID, ago: timedelta = TWO_YEARS) -> None:
    async with matching.transaction(HANNEKE) as tx:
        await volunteers.pause(tx, volunteer_id, PauseVolunteer(reason="holiday"))
    await as_owner(matching.settings, "matching", "update volunteers set paused_at = paused_at - $1::interval", ago)


async def erased(matching: Database) -> list[UUID]:
    """The volunteers that erasing told of."""
    before = len(await told(matching))
    await erase_all(matching, erase_due)
    facts = (await told(matching))[before:]
    assert all(isinstance(fact, VolunteerErased) for fact in facts)
    return [fact.aggregate_id for fact in facts]


async def test_of_a_volunteer_nothing_is_left_after_two_years_of_pause(here: Database) -> None:
    volunteer_id = await paused(here)
    async with here.transaction(HANNEKE) as tx:
        await volunteers.exclude(tx, Exclude(volunteer_id=volunteer_id, household_id=new_id()))
    assert (await found(here, CANARY)).keys() == {"volunteers"}
    assert await erased(here) == [volunteer_id]
    assert await found(here, CANARY) == {}
    assert await as_owner(here.settings, "matching", "select * from exclusions") == []


async def test_a_shorter_pause_erases_nobody(here: Database) -> None:
    await paused(here, TWO_YEARS - timedelta(days=3))
    assert await erased(here) == []


async def test_who_came_back_and_pauses_again_begins_a_new_term(here: Database) -> None:
    volunteer_id = await paused(here)
    async with here.transaction(HANNEKE) as tx:
        await volunteers.activate(tx, volunteer_id)
    await pause(here, volunteer_id, timedelta())
    assert await erased(here) == []


async def test_an_active_volunteer_is_kept_whatever_the_term(here: Database) -> None:
    await scene.volunteer(here)
    await after(here, "volunteer", NO_TIME)
    assert await erased(here) == []


async def test_who_helps_somebody_is_kept_while_it_lasts(here: Database) -> None:
    match = await scene.matched(here)
    await pause(here, match.volunteer_id)
    assert await erased(here) == []


async def test_the_term_begins_when_the_last_help_ends(here: Database) -> None:
    match = await scene.matched(here)
    await pause(here, match.volunteer_id)
    async with here.transaction(HANNEKE) as tx:
        await matches.withdraw(tx, match.match_id, WithdrawMatch(by="household", reason="other"))
    assert await erased(here) == []
    await as_owner(here.settings, "matching", "update matches set ended_at = ended_at - $1::interval", TWO_YEARS)
    assert await erased(here) == [match.volunteer_id]


async def test_who_still_helps_is_in_the_way_of_nobody_else(here: Database) -> None:
    match = await scene.matched(here)
    await pause(here, match.volunteer_id)
    volunteer_id = await paused(here)
    async with here.transaction(service_actor("matching")) as tx:
        assert [fact.aggregate_id for fact in await erase_due(tx, 1)] == [volunteer_id]


async def test_that_somebody_helped_stays_without_a_name(here: Database) -> None:
    match = await scene.matched(here)
    async with here.transaction(HANNEKE) as tx:
        await matches.withdraw(tx, match.match_id, WithdrawMatch(by="household", reason="other"))
    await pause(here, match.volunteer_id)
    await as_owner(here.settings, "matching", "update matches set ended_at = ended_at - $1::interval", TWO_YEARS)
    assert await found(here, "Anneke", "0612345678")
    assert await erased(here) == [match.volunteer_id]
    async with here.transaction(SAMIRA) as tx:
        shown = await matches.shown(tx, match.match_id)
    assert (shown.volunteer_id, shown.given_name) == (match.volunteer_id, None)
    assert await found(here, "Anneke", "0612345678") == {}


async def test_who_is_held_is_kept_until_that_day_has_passed(here: Database) -> None:
    volunteer_id = await paused(here)
    await erasure.hold(here, volunteer_id, date(2999, 1, 1), "complaint 12")
    assert await erased(here) == []
    await erasure.hold(here, volunteer_id, date(2020, 1, 1), "complaint 12 is over")
    assert await erased(here) == [volunteer_id]


async def test_whoever_decides_about_a_volunteer_at_the_same_moment_keeps_them(here: Database) -> None:
    volunteer_id = await paused(here)
    async with here.transaction(HANNEKE) as tx:
        await volunteers.activate(tx, volunteer_id)
        assert await erased(here) == []
    assert await erased(here) == []


async def test_who_was_erased_is_not_known_any_more(here: Database) -> None:
    volunteer_id = await paused(here)
    await erased(here)
    with pytest.raises(NotFound):
        async with here.transaction(HANNEKE) as tx:
            await volunteers.activate(tx, volunteer_id)


async def test_twenty_who_erase_at_once_tell_it_once(here: Database) -> None:
    await paused(here)
    await warmed(here, 20)
    assert sum(await asyncio.gather(*(erase_all(here, erase_due) for _ in range(20)))) == 1
    assert [fact.name for fact in await told(here)].count("volunteer.erased") == 1


async def test_what_is_due_can_be_asked_before_it_goes(here: Database) -> None:
    await paused(here)
    assert await due(here, erase_due) == ["volunteer.erased"]
    assert await found(here, CANARY)
