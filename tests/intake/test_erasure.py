"""P17: questions, households and people are erased when their term has passed, and nothing of them is left."""

import asyncio
from datetime import date, timedelta
from uuid import UUID

import asyncpg
import pytest

from services.intake.commands.household import AddMember
from services.intake.commands.request import (
    AcceptRequest,
    AnswerRequest,
    CheckSafety,
    ClarifyRequest,
    Requester,
    WithdrawRequest,
)
from services.intake.handlers import events, household, request
from services.intake.store.erasure import erase_due
from services.intake.views.household import HouseholdView
from tests.erasure import after, due, erase_all, found
from tests.intake import town
from tests.people import SAMIRA, told, warmed
from wij import erasure
from wij.database import Database
from wij.events.intake import HelpRequestErased, HouseholdErased
from wij.events.plan import CaseClosed, CaseErased
from wij.identity import service_actor

INTAKE = service_actor("intake")
CANARY = "Kanarie"
A_YEAR = timedelta(days=366)
NO_TIME = timedelta(microseconds=1)


async def erased(intake: Database) -> list[UUID]:
    """What erasing told of, in its order."""
    before = len(await told(intake))
    await erase_all(intake, erase_due)
    facts = (await told(intake))[before:]
    assert all(isinstance(fact, HelpRequestErased | HouseholdErased) for fact in facts)
    return [fact.aggregate_id for fact in facts]


async def ended(intake: Database, *, answered: bool = True) -> UUID:
    """A question with canaries in all of its words, answered or withdrawn."""
    asker = Requester(given_name=CANARY, family_name=CANARY, relation="self", email=f"{CANARY}@post.example")
    request_id = await town.received(intake, requester=asker, question=CANARY, reference=f"{CANARY}-{answered}")
    async with intake.transaction(SAMIRA) as tx:
        await request.clarify_request(tx, request_id, ClarifyRequest(topics=("money",), urgency="normal", note=CANARY))
        await request.check_safety(tx, request_id, CheckSafety(result="none", note=CANARY))
        if answered:
            await request.answer_request(tx, request_id, AnswerRequest(answer_kind="info", text=CANARY))
        else:
            await request.withdraw_request(tx, request_id, WithdrawRequest(reason="solved"))
    return request_id


async def home(intake: Database) -> HouseholdView:
    return await town.home(intake, given_name=CANARY, family_name=CANARY)


async def became_a_case(intake: Database) -> tuple[UUID, UUID, UUID]:
    """A question that became a case: its id, the household's and the case's."""
    household_id = (await home(intake)).household_id
    request_id = await town.accepted(intake, household_id)
    opened = town.case_opened(household_id, SAMIRA, request_id)
    async with intake.transaction(INTAKE) as tx:
        await events.when_case_opened(tx, [town.recorded(opened)])
    return request_id, household_id, opened.case_id


async def case_erased(intake: Database, household_id: UUID, case_id: UUID, *, closed: bool = True) -> None:
    """Plan tells that the case is closed, and that nothing is left of it."""
    end = CaseClosed(
        team="selwerd",
        case_id=case_id,
        household_id=household_id,
        director_id=SAMIRA.id,
        reason="moved_away",
        goals_reached=0,
        goals_partly_reached=0,
        goals_dropped=0,
    )
    fact = CaseErased(team="selwerd", case_id=case_id, household_id=household_id)
    async with intake.transaction(INTAKE) as tx:
        if closed:
            await events.when_case_closed(tx, [town.recorded(end, 2)])
        await events.when_case_erased(tx, [town.recorded(fact, 3)])


async def older(intake: Database, by: timedelta) -> None:
    """So much time passes."""
    async with town.as_owner(intake) as owner:
        for moment in ("received_at", "ended_at"):
            await owner.execute(f"update help_requests set {moment} = {moment} - $1::interval", by)
        await owner.execute("update households set registered_at = registered_at - $1::interval", by)


@pytest.mark.parametrize("answered", [True, False])
async def test_of_a_question_that_ended_nothing_is_left_after_a_year(place: Database, answered: bool) -> None:
    request_id = await ended(place, answered=answered)
    await older(place, A_YEAR)
    assert await found(place, CANARY)
    assert await erased(place) == [request_id]
    assert await found(place, CANARY) == {}


async def test_within_its_term_nothing_is_erased(place: Database) -> None:
    await ended(place)
    await home(place)
    await older(place, A_YEAR - timedelta(days=3))
    assert await erased(place) == []


async def test_a_question_that_has_not_ended_is_kept_however_old(place: Database) -> None:
    await town.safe(place)
    await town.accepted(place, (await home(place)).household_id)
    await older(place, 20 * A_YEAR)
    assert await erased(place) == []


async def test_the_term_of_a_question_begins_when_it_ends(place: Database) -> None:
    request_id = await town.safe(place)
    await older(place, 2 * A_YEAR)
    async with place.transaction(SAMIRA) as tx:
        await request.answer_request(tx, request_id, AnswerRequest(answer_kind="info", text=CANARY))
    assert await erased(place) == []
    await older(place, A_YEAR)
    assert await erased(place) == [request_id]


async def test_a_case_that_is_open_keeps_its_questions_whatever_was_heard_of_it(place: Database) -> None:
    _, household_id, case_id = await became_a_case(place)
    await case_erased(place, household_id, case_id, closed=False)
    await older(place, 20 * A_YEAR)
    assert await erased(place) == []


async def test_what_is_held_is_in_the_way_of_nothing_else(place: Database) -> None:
    first, second = await ended(place), await ended(place, answered=False)
    homes = [(await home(place)).household_id for _ in range(2)]
    await older(place, A_YEAR)
    for about in (first, homes[0]):
        await erasure.hold(place, about, date(2999, 1, 1), "complaint 12")
    async with place.transaction(INTAKE) as tx:
        assert [fact.aggregate_id for fact in await erase_due(tx, 1)] == [second, homes[1]]


async def test_a_municipality_chooses_its_own_term(place: Database) -> None:
    request_id = await ended(place)
    await after(place, "request", NO_TIME)
    assert await erased(place) == [request_id]


async def test_a_question_that_became_a_case_is_kept_until_that_is_erased_and_the_household_goes_with_it(
    place: Database,
) -> None:
    request_id, household_id, case_id = await became_a_case(place)
    await older(place, 20 * A_YEAR)
    assert await erased(place) == []
    await case_erased(place, household_id, case_id)
    assert await erased(place) == [request_id, household_id]
    assert await found(place, CANARY, town.ask().question) == {}


async def test_a_household_with_another_case_is_kept(place: Database) -> None:
    request_id, household_id, case_id = await became_a_case(place)
    async with place.transaction(INTAKE) as tx:
        another = town.case_opened(household_id, SAMIRA, request_id)
        await events.when_case_opened(tx, [town.recorded(another)])
    await older(place, 20 * A_YEAR)
    await case_erased(place, household_id, case_id)
    assert await erased(place) == [request_id]


async def test_who_belongs_to_another_household_is_kept(place: Database) -> None:
    old, new = await home(place), await home(place)
    [somebody] = old.members
    async with place.transaction(SAMIRA) as tx:
        both = AddMember(person_id=somebody.person_id, kind="secondary")
        await household.add_member(tx, new.household_id, both)
    async with town.as_owner(place) as owner:
        await owner.execute(
            "update households set registered_at = '2020-01-01' where household_id = $1", old.household_id
        )
    assert await erased(place) == [old.household_id]
    async with place.transaction(SAMIRA) as tx:
        left = await household.view_household(tx, new.household_id)
    assert somebody.person_id in {member.person_id for member in left.members}


async def test_what_is_held_is_kept_until_that_day_has_passed(place: Database) -> None:
    request_id = await ended(place)
    await older(place, A_YEAR)
    today = date.today()  # noqa: DTZ011  # two days beside it are far enough from any time zone
    await erasure.hold(place, request_id, today + timedelta(days=2), "complaint 12")
    assert await erased(place) == []
    await erasure.hold(place, request_id, today - timedelta(days=2), "complaint 12 is over")
    assert await erased(place) == [request_id]


async def test_who_holds_a_household_holds_its_questions(place: Database) -> None:
    _, household_id, case_id = await became_a_case(place)
    await older(place, A_YEAR)
    await case_erased(place, household_id, case_id)
    await erasure.hold(place, household_id, date(2999, 1, 1), "complaint 13")
    assert await erased(place) == []


async def test_twenty_who_erase_at_once_tell_each_once(place: Database) -> None:
    wanted = {await ended(place), (await home(place)).household_id}
    await older(place, A_YEAR)
    before = len(await told(place))
    await warmed(place, 20)
    assert sum(await asyncio.gather(*(erase_all(place, erase_due) for _ in range(20)))) == 2
    assert {fact.aggregate_id for fact in (await told(place))[before:]} == wanted


async def test_whoever_asks_something_for_a_household_at_the_same_moment_keeps_it(place: Database) -> None:
    household_id = (await home(place)).household_id
    request_id = await town.safe(place)
    await older(place, A_YEAR)
    async with place.transaction(SAMIRA) as tx:
        accept = AcceptRequest(household_id=household_id, legal_basis="public_task")
        await request.accept_request(tx, request_id, accept)
        assert await erased(place) == []
    assert await erased(place) == []


async def test_what_is_due_can_be_asked_before_it_goes(place: Database) -> None:
    await ended(place)
    await older(place, A_YEAR)
    assert await due(place, erase_due) == ["help_request.erased"]
    assert await found(place, CANARY)


@pytest.mark.parametrize(
    "table", ["questions", "help_requests", "requesters", "request_notes", "households", "memberships", "persons"]
)
async def test_the_service_itself_can_delete_nobody(place: Database, table: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with place.transaction(INTAKE) as tx:
            await tx.run(f"delete from {table}")
