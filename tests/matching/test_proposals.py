"""Asking a volunteer: conditions, hours, and one live match for a need."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from services.matching.commands import EditVolunteer, Exclude, PauseVolunteer, Slot, WithdrawMatch
from services.matching.domain import conditions
from services.matching.domain.match import NotProposed, UnknownMatch
from services.matching.domain.need import ConsentNotValid, NeedNotOpen
from services.matching.domain.volunteer import HoursInUse
from services.matching.handlers import matches, needs, volunteers
from tests.conftest import ClientFor
from tests.matching import scene
from tests.people import HANNEKE, SAMIRA, told, warmed
from wij.database import Database
from wij.errors import NotFound, Refusal
from wij.events.matching import (
    MatchAcceptedByHousehold,
    MatchAcceptedByVolunteer,
    MatchDeclined,
    MatchExpired,
    MatchProposed,
    SupportNeedMatched,
    SupportNeedReopened,
)
from wij.ids import new_id

OFFERS: list[tuple[type[Refusal], dict[str, Any]]] = [
    (conditions.KindNotOffered, {"kinds": ("practical",)}),
    (conditions.NoSharedTime, {"availability": (Slot(day=0, start=9, end=12),)}),
    (conditions.LanguageNotSpoken, {"languages": ("nl",)}),
    (conditions.CertificateNotValid, {"certificate_valid_until": scene.TODAY}),
    (conditions.NoHoursLeft, {"hours_week": 1}),
    (conditions.TooFar, {"x": 240_000, "y": 584_000}),
    (conditions.HomeUnknown, {"buurt": "BU00149999"}),
]


async def test_a_proposal_reserves_the_hours_and_is_told_with_its_points(here: Database) -> None:
    asked = await scene.need(here)
    who = await scene.volunteer(here)
    match = await scene.propose(here, asked.need_id, who.volunteer_id)
    assert (match.state, match.given_name, match.points) == ("proposed", "Anneke", 825)
    assert await scene.state_of(here, asked.need_id) == "proposed"
    assert await scene.reserved(here, who.volunteer_id) == 2
    proposed = [fact for fact in await told(here) if isinstance(fact, MatchProposed)]
    assert [(fact.match_id, fact.weights_version, sum(p.points for p in fact.score)) for fact in proposed] == [
        (match.match_id, 1, 825)
    ]


@pytest.mark.parametrize(("refusal", "offered"), OFFERS, ids=lambda value: getattr(value, "__name__", None))
async def test_each_condition_is_asked_on_the_server_also_for_who_was_not_among_the_candidates(
    here: Database, refusal: type[Refusal], offered: dict[str, Any]
) -> None:
    """I9, I24: one missing condition at a time, in the database; a refused proposal writes and tells nothing."""
    asked = await scene.need(here, language="ar", certificate_required=True)
    who = await scene.volunteer(here, **offered)
    before = await told(here)
    with pytest.raises(refusal):
        await scene.propose(here, asked.need_id, who.volunteer_id)
    assert await told(here) == before
    assert await scene.state_of(here, asked.need_id) == "open"
    assert await scene.reserved(here, who.volunteer_id) == 0


async def test_a_paused_volunteer_is_not_asked(here: Database) -> None:
    """I9."""
    asked = await scene.need(here)
    who = await scene.volunteer(here)
    async with here.transaction(HANNEKE) as tx:
        await volunteers.pause(tx, who.volunteer_id, PauseVolunteer(reason="holiday"))
    with pytest.raises(conditions.NotActive):
        await scene.propose(here, asked.need_id, who.volunteer_id)


async def test_nobody_is_asked_for_their_own_household(here: Database) -> None:
    """I9, S3-5: a client may be a volunteer, elsewhere."""
    asked = await scene.need(here)
    who = await scene.volunteer(here, household_id=asked.household_id)
    with pytest.raises(conditions.OwnHousehold):
        await scene.propose(here, asked.need_id, who.volunteer_id)


async def test_two_who_must_not_meet_are_not_put_to_each_other(here: Database) -> None:
    """I9."""
    asked = await scene.need(here)
    who = await scene.volunteer(here)
    async with here.transaction(HANNEKE) as tx:
        await volunteers.exclude(tx, Exclude(volunteer_id=who.volunteer_id, household_id=asked.household_id))
    with pytest.raises(conditions.Excluded):
        await scene.propose(here, asked.need_id, who.volunteer_id)


async def test_a_need_whose_consent_ends_before_the_start_is_not_shared(here: Database) -> None:
    """I9."""
    asked = await scene.need(here, consent_until=scene.TODAY)
    who = await scene.volunteer(here)
    with pytest.raises(ConsentNotValid):
        await scene.propose(here, asked.need_id, who.volunteer_id)


async def test_a_volunteer_who_does_not_exist_is_not_found(here: Database) -> None:
    asked = await scene.need(here)
    with pytest.raises(NotFound):
        await scene.propose(here, asked.need_id, new_id())


async def test_a_hundred_at_once_never_reserve_more_hours_than_one_volunteer_offers(
    here: Database, client: ClientFor
) -> None:
    """I10: 100 needs, one volunteer of 8 hours, 20 connections: four get two hours each, the others hear why not."""
    who = await scene.volunteer(here, hours_week=8)
    asked = [await scene.need(here) for _ in range(100)]
    await warmed(here)

    async def ask(need_id: UUID) -> str:
        try:
            await scene.propose(here, need_id, who.volunteer_id)
        except conditions.NoHoursLeft:
            return "refused"
        return "proposed"

    gate = asyncio.Semaphore(20)

    async def one(need_id: UUID) -> str:
        async with gate:
            return await ask(need_id)

    results = await asyncio.gather(*(one(need.need_id) for need in asked))
    assert results.count("proposed") == 4
    assert results.count("refused") == 96
    assert await scene.reserved(here, who.volunteer_id) == 8


async def test_the_database_itself_refuses_more_hours_than_offered(here: Database) -> None:
    """I10, the constraint behind the lock: matches written past every rule still cannot reserve too much."""
    who = await scene.volunteer(here, hours_week=3)
    await scene.propose(here, (await scene.need(here)).need_id, who.volunteer_id)
    other = await scene.need(here)
    with pytest.raises(asyncpg.CheckViolationError, match="never_more_hours_than_offered"):
        async with here.transaction(HANNEKE) as tx:
            await tx.run(
                "insert into matches (match_id, need_id, case_id, household_id, team, volunteer_id, hours_week, state,"
                " proposed_at, due_at, score, weights_version)"
                " select $1, need_id, case_id, household_id, team, $2, 2, 'proposed', now(), now(), '[]', 1"
                " from needs where need_id = $3",
                new_id(),
                who.volunteer_id,
                other.need_id,
            )
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with here.transaction(HANNEKE) as tx:
            await tx.run("update capacities set reserved_hours = 0")


async def test_matches_of_one_volunteer_written_together_reserve_the_hours_of_all(here: Database) -> None:
    """I10."""
    who = await scene.volunteer(here, hours_week=5)
    asked = [(await scene.need(here)).need_id for _ in range(2)]
    async with here.transaction(HANNEKE) as tx:
        await tx.run(
            "insert into matches (match_id, need_id, case_id, household_id, team, volunteer_id, hours_week, state,"
            " proposed_at, due_at, score, weights_version)"
            " select uuidv7(), need_id, case_id, household_id, team, $1, hours_week, 'proposed', now(), now(), '[]', 1"
            " from needs where need_id = any($2::uuid[])",
            who.volunteer_id,
            asked,
        )
    assert await scene.reserved(here, who.volunteer_id) == 4


async def test_a_volunteer_cannot_offer_fewer_hours_than_are_reserved(here: Database) -> None:
    """I10."""
    who = await scene.volunteer(here)
    await scene.propose(here, (await scene.need(here)).need_id, who.volunteer_id)
    fewer = EditVolunteer.model_validate(
        scene.offer(hours_week=1).model_dump(exclude={"team", "certificate_valid_until", "reference"})
    )
    with pytest.raises(HoursInUse):
        async with here.transaction(HANNEKE) as tx:
            await volunteers.edit(tx, who.volunteer_id, fewer, 1)


async def test_twenty_at_once_make_one_live_match_for_a_need(here: Database) -> None:
    """At most one live match per need: the other nineteen hear that it is not open."""
    asked = await scene.need(here)
    everybody = [await scene.volunteer(here) for _ in range(20)]
    await warmed(here)

    async def one(volunteer_id: UUID) -> str:
        try:
            await scene.propose(here, asked.need_id, volunteer_id)
        except NeedNotOpen:
            return "refused"
        return "proposed"

    results = await asyncio.gather(*(one(who.volunteer_id) for who in everybody))
    assert sorted(results) == ["proposed", *["refused"] * 19]
    assert sum([await scene.reserved(here, who.volunteer_id) for who in everybody]) == 2


async def test_the_database_itself_refuses_a_second_live_match(here: Database) -> None:
    asked = await scene.need(here)
    match = await scene.propose(here, asked.need_id, (await scene.volunteer(here)).volunteer_id)
    other = await scene.volunteer(here)
    with pytest.raises(asyncpg.UniqueViolationError, match="one_live_match_per_need"):
        async with here.transaction(HANNEKE) as tx:
            await tx.run(
                "insert into matches (match_id, need_id, case_id, household_id, team, volunteer_id, hours_week, state,"
                " proposed_at, due_at, score, weights_version)"
                " select $1, need_id, case_id, household_id, team, $2, 2, 'proposed', now(), now(), '[]', 1"
                " from matches where match_id = $3",
                new_id(),
                other.volunteer_id,
                match.match_id,
            )


@pytest.mark.parametrize("first", ["volunteer", "household"])
async def test_both_say_yes_in_any_order_and_then_it_is_told(here: Database, first: str) -> None:
    asked = await scene.need(here)
    match = await scene.propose(here, asked.need_id, (await scene.volunteer(here)).volunteer_id)
    sides = ["volunteer", "household"] if first == "volunteer" else ["household", "volunteer"]
    for side in sides:
        await scene.answer(here, match.match_id, side, "accept")  # type: ignore[arg-type]
    assert await scene.state_of(here, asked.need_id) == "matched"
    kinds = [type(fact) for fact in await told(here)][-3:]
    assert set(kinds[:2]) == {MatchAcceptedByHousehold, MatchAcceptedByVolunteer}
    assert kinds[2] is SupportNeedMatched


@pytest.mark.parametrize("side", ["volunteer", "household"])
async def test_a_no_opens_the_need_in_the_same_transaction_and_frees_the_hours(here: Database, side: str) -> None:
    """I25: told in one transaction, history kept, and the same two are not put to each other again."""
    asked = await scene.need(here)
    who = await scene.volunteer(here)
    match = await scene.propose(here, asked.need_id, who.volunteer_id)
    answered = await scene.answer(here, match.match_id, side, "decline")  # type: ignore[arg-type]
    assert (answered.state, answered.ended_by) == ("declined", side)
    assert await scene.state_of(here, asked.need_id) == "open"
    assert await scene.reserved(here, who.volunteer_id) == 0
    assert [type(fact) for fact in await told(here)][-2:] == [MatchDeclined, SupportNeedReopened]
    async with here.transaction(HANNEKE) as tx:
        xmins = await tx.value(
            "select count(distinct xmin::text) from (select xmin from needs union all select xmin from matches"
            " union all (select xmin from outbox order by id desc limit 2)) together"
        )
    assert xmins == 1, "need, match and facts were written by one transaction"
    with pytest.raises(conditions.DeclinedBefore):
        await scene.propose(here, asked.need_id, who.volunteer_id)


async def test_a_withdrawal_opens_the_need_and_the_same_volunteer_may_be_asked_again(here: Database) -> None:
    """I25."""
    match = await scene.matched(here)
    async with here.transaction(SAMIRA) as tx:
        await matches.withdraw(tx, match.match_id, WithdrawMatch(by="household", reason="other_plans"))
    assert await scene.state_of(here, match.need_id) == "open"
    assert await scene.reserved(here, match.volunteer_id) == 0
    again = await scene.propose(here, match.need_id, match.volunteer_id)
    assert again.state == "proposed"


async def test_a_proposal_nobody_answered_expires_once(here: Database) -> None:
    """I25; the same deadline told twice does nothing the second time (I23)."""
    asked = await scene.need(here)
    who = await scene.volunteer(here)
    match = await scene.propose(here, asked.need_id, who.volunteer_id)
    await scene.answer(here, match.match_id, "volunteer", "accept")
    await scene.hear(here, matches.when_deadlines_passed, scene.deadline(match), scene.deadline(match))
    await scene.hear(here, matches.when_deadlines_passed, scene.deadline(match))
    assert await scene.state_of(here, asked.need_id) == "open"
    assert await scene.reserved(here, who.volunteer_id) == 0
    kinds = [type(fact) for fact in await told(here)]
    assert kinds.count(MatchExpired) == 1
    assert kinds[-1] is SupportNeedReopened
    with pytest.raises(NotProposed):
        await scene.answer(here, match.match_id, "household", "accept")


async def test_what_was_answered_by_both_does_not_expire_and_other_terms_are_not_ours(here: Database) -> None:
    match = await scene.matched(here)
    await scene.hear(here, matches.when_deadlines_passed, scene.deadline(match), scene.deadline(match, term="handover"))
    assert await scene.state_of(here, match.need_id) == "matched"


async def test_a_deadline_of_a_match_we_never_made_waits_for_a_person(here: Database) -> None:
    match = await scene.matched(here)
    unknown = scene.deadline(match).model_copy(update={"subject_id": new_id()})
    with pytest.raises(UnknownMatch):
        await scene.hear(here, matches.when_deadlines_passed, unknown)


async def test_needs_told_twice_are_one(here: Database) -> None:
    """I23: deliver twice."""
    asked = await scene.need(here)
    await scene.hear(here, needs.when_needs_requested, asked, asked)
    async with here.transaction(HANNEKE) as tx:
        assert await tx.value("select count(*) from needs") == 1
