"""The help itself: it starts when everything holds, and ends with its need, its consent or its case."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.matching.commands import EditVolunteer, EndAssignment, Exclude, PauseVolunteer, RecordCertificate
from services.matching.domain import conditions
from services.matching.domain.match import NotBothAccepted, NotIntroduced, NotProposed
from services.matching.domain.need import ConsentNotValid, UnknownNeed
from services.matching.handlers import matches, needs, volunteers
from tests.matching import scene
from tests.people import HANNEKE, SAMIRA, told
from wij.database import Database
from wij.events import Event
from wij.events.matching import (
    AssignmentActivated,
    AssignmentEnded,
    AssignmentIntroduced,
    AssignmentWithdrawn,
    SupportNeedEnded,
    SupportNeedFulfilled,
    SupportNeedReopened,
)
from wij.events.plan import CaseClosed, ConsentWithdrawn, SupportNeedRequested, SupportNeedWithdrawn
from wij.ids import new_id


def closed(asked: SupportNeedRequested) -> CaseClosed:
    return CaseClosed(
        team=asked.team,
        case_id=asked.case_id,
        household_id=asked.household_id,
        director_id=SAMIRA.id,
        reason="goals_reached",
        goals_reached=1,
        goals_partly_reached=0,
        goals_dropped=0,
    )


async def case_of(here: Database, need_id: UUID) -> SupportNeedRequested:
    async with here.transaction(SAMIRA) as tx:
        view = await needs.shown(tx, need_id)
        row = await tx.row("select * from needs where need_id = $1", need_id)
    assert row is not None
    assert view.case_id == row["case_id"]
    return scene.requested(scene.opened(), **{name: row[name] for name in ("need_id", "case_id", "household_id")})


async def test_they_meet_the_help_starts_and_it_is_told(here: Database) -> None:
    match = await scene.running(here)
    assert (match.state, match.introduced_on, match.starts_on) == ("active", scene.TODAY, scene.SOON)
    assert await scene.state_of(here, match.need_id) == "running"
    assert [fact.name for fact in await told(here)][-2:] == [AssignmentIntroduced.name, AssignmentActivated.name]


async def test_help_does_not_start_before_both_said_yes(here: Database) -> None:
    """I9, at activation."""
    asked = await scene.need(here)
    match = await scene.propose(here, asked.need_id, (await scene.volunteer(here)).volunteer_id)
    with pytest.raises(NotBothAccepted):
        await scene.start(here, match.match_id)


async def test_help_does_not_start_before_they_met(here: Database) -> None:
    """I9, at activation."""
    match = await scene.matched(here)
    with pytest.raises(NotIntroduced):
        await scene.start(here, match.match_id)


async def test_help_does_not_start_with_a_volunteer_who_paused(here: Database) -> None:
    """I9, at activation."""
    match = await scene.introduced(here)
    async with here.transaction(HANNEKE) as tx:
        await volunteers.pause(tx, match.volunteer_id, PauseVolunteer(reason="ill"))
    with pytest.raises(conditions.NotActive):
        await scene.start(here, match.match_id)


async def test_help_does_not_start_without_a_certificate_valid_on_that_day(here: Database) -> None:
    """I9, at activation: valid at the proposal is not enough."""
    match = await scene.introduced(here, certificate_required=True)
    async with here.transaction(HANNEKE) as tx:
        seen = RecordCertificate(valid_until=scene.SOON - timedelta(days=1))
        await volunteers.certify(tx, match.volunteer_id, seen)
    with pytest.raises(conditions.CertificateNotValid):
        await scene.start(here, match.match_id)
    assert (await scene.start(here, match.match_id, scene.SOON - timedelta(days=1))).state == "active"


async def test_help_does_not_start_in_the_volunteers_own_household(here: Database) -> None:
    """I9, at activation: it became known meanwhile."""
    match = await scene.introduced(here)
    profile = scene.offer(household_id=match.household_id)
    edited = EditVolunteer.model_validate(profile.model_dump(exclude={"team", "certificate_valid_until", "reference"}))
    async with here.transaction(HANNEKE) as tx:
        await volunteers.edit(tx, match.volunteer_id, edited, 1)
    with pytest.raises(conditions.OwnHousehold):
        await scene.start(here, match.match_id)


async def test_help_does_not_start_between_two_who_must_not_meet(here: Database) -> None:
    """I9, at activation."""
    match = await scene.introduced(here)
    async with here.transaction(HANNEKE) as tx:
        await volunteers.exclude(tx, Exclude(volunteer_id=match.volunteer_id, household_id=match.household_id))
    with pytest.raises(conditions.Excluded):
        await scene.start(here, match.match_id)


async def test_help_does_not_start_after_the_consent_ends(here: Database) -> None:
    """I9, at activation."""
    match = await scene.introduced(here)
    with pytest.raises(ConsentNotValid):
        await scene.start(here, match.match_id, scene.LATER + timedelta(days=1))


async def test_hours_stay_reserved_from_the_proposal_to_the_end(here: Database) -> None:
    """I10."""
    match = await scene.running(here)
    assert await scene.reserved(here, match.volunteer_id) == 2
    async with here.transaction(SAMIRA) as tx:
        await matches.end(tx, match.match_id, EndAssignment(reason="goal_reached", fulfilled=True))
    assert await scene.reserved(here, match.volunteer_id) == 0


async def test_help_that_is_no_longer_needed_fulfils_the_need(here: Database) -> None:
    match = await scene.running(here)
    async with here.transaction(HANNEKE) as tx:
        await matches.end(tx, match.match_id, EndAssignment(reason="goal_reached", fulfilled=True))
    assert await scene.state_of(here, match.need_id) == "fulfilled"
    assert [type(fact) for fact in await told(here)][-2:] == [AssignmentEnded, SupportNeedFulfilled]


async def test_help_that_stops_too_early_opens_the_need_again_and_continuity_counts(here: Database) -> None:
    match = await scene.running(here)
    async with here.transaction(HANNEKE) as tx:
        await matches.end(tx, match.match_id, EndAssignment(reason="moved_house", fulfilled=False))
    assert await scene.state_of(here, match.need_id) == "open"
    assert [type(fact) for fact in await told(here)][-2:] == [AssignmentEnded, SupportNeedReopened]
    async with here.transaction(HANNEKE) as tx:
        [best] = (await needs.candidates(tx, match.need_id)).items
    assert "Hielp dit huishouden al eerder" in best.reasons


async def ending(here: Database, stage: str) -> tuple[UUID, UUID | None]:
    if stage == "open":
        return (await scene.need(here)).need_id, None
    if stage == "proposed":
        asked = await scene.need(here)
        match = await scene.propose(here, asked.need_id, (await scene.volunteer(here)).volunteer_id)
    else:
        match = await (scene.matched(here) if stage == "matched" else scene.running(here))
    return match.need_id, match.volunteer_id


@pytest.mark.parametrize(
    ("stage", "last"),
    [
        ("open", [SupportNeedEnded]),
        ("proposed", [AssignmentWithdrawn, SupportNeedEnded]),
        ("matched", [AssignmentWithdrawn, SupportNeedEnded]),
        ("running", [AssignmentEnded, SupportNeedEnded]),
    ],
)
async def test_a_closed_case_ends_every_need_and_match_on_it_and_frees_the_hours(
    here: Database, stage: str, last: list[type[Event]]
) -> None:
    """I8, the part of matching: nothing is open, proposed or running after the case closed, told once (I23)."""
    need_id, volunteer_id = await ending(here, stage)
    case = await case_of(here, need_id)
    await scene.hear(here, needs.when_cases_closed, closed(case))
    facts = await told(here)
    assert [type(fact) for fact in facts[-len(last) :]] == last
    assert isinstance(facts[-1], SupportNeedEnded)
    assert facts[-1].reason == "case_closed"
    assert await scene.state_of(here, need_id) == "ended"
    if volunteer_id is not None:
        assert await scene.reserved(here, volunteer_id) == 0
    await scene.hear(here, needs.when_cases_closed, closed(case))
    assert await told(here) == facts


async def test_consent_withdrawn_ends_what_was_shared_on_it_also_when_it_runs(here: Database) -> None:
    """I13, in its simplest honest form: no new sharing, and what runs on that consent stops."""
    consent = new_id()
    match = await scene.running(here, consent_id=consent)
    untouched = await scene.need(here)
    await scene.hear(
        here,
        needs.when_consents_withdrawn,
        ConsentWithdrawn(team="selwerd", consent_id=consent, case_id=new_id(), household_id=match.household_id),
    )
    facts = await told(here)
    assert [type(fact) for fact in facts[-2:]] == [AssignmentWithdrawn, SupportNeedEnded]
    assert isinstance(facts[-2], AssignmentWithdrawn)
    assert facts[-2].reason == "consent_withdrawn"
    assert await scene.state_of(here, match.need_id) == "ended"
    assert await scene.state_of(here, untouched.need_id) == "open"
    assert await scene.reserved(here, match.volunteer_id) == 0


async def test_a_need_taken_back_ends_with_its_proposal(here: Database) -> None:
    asked = await scene.need(here)
    who = await scene.volunteer(here)
    match = await scene.propose(here, asked.need_id, who.volunteer_id)
    withdrawn = SupportNeedWithdrawn(
        team="selwerd",
        need_id=asked.need_id,
        case_id=asked.case_id,
        household_id=asked.household_id,
        reason="family_helps",
    )
    await scene.hear(here, needs.when_needs_withdrawn, withdrawn)
    assert await scene.state_of(here, asked.need_id) == "ended"
    assert await scene.reserved(here, who.volunteer_id) == 0
    with pytest.raises(NotProposed):
        await scene.answer(here, match.match_id, "volunteer", "accept")


async def test_a_need_withdrawn_that_never_was_here_waits_for_a_person(here: Database) -> None:
    withdrawn = SupportNeedWithdrawn(
        team="selwerd", need_id=new_id(), case_id=new_id(), household_id=new_id(), reason="family_helps"
    )
    with pytest.raises(UnknownNeed):
        await scene.hear(here, needs.when_needs_withdrawn, withdrawn)
