"""What of each thing is shown to whom: one function per view, each naming every field it lets through (I12, API-08)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.matching.domain import week, words
from services.matching.domain.conditions import CONDITIONS, Standing
from services.matching.domain.match import Match
from services.matching.domain.need import Need
from services.matching.domain.volunteer import Volunteer
from services.matching.scoring import WEIGHTS_VERSION, Candidate
from services.matching.store import matches, needs
from services.matching.views import (
    AskedOfVolunteer,
    CandidatesView,
    CandidateView,
    MatchView,
    NeedView,
    RefusedCount,
    SlotView,
    VolunteerView,
)
from wij import audit
from wij.access import Action
from wij.database import Transaction
from wij.identity import Role


def volunteer(who: Volunteer) -> VolunteerView:
    """Everything, for the coordinators of the volunteer's own team."""
    profile = who.profile
    return VolunteerView(
        volunteer_id=who.volunteer_id,
        version=who.version,
        team=who.team,
        state=who.state,
        given_name=profile.given_name,
        family_name=profile.family_name,
        email=profile.email,
        phone=profile.phone,
        buurt=profile.buurt,
        x=profile.x,
        y=profile.y,
        max_distance_m=profile.max_distance_m,
        kinds=profile.kinds,
        languages=profile.languages,
        availability=_slots(profile.availability),
        hours_week=profile.hours_week,
        reserved_hours=who.reserved_hours,
        certificate_valid_until=who.certificate_valid_until,
        household_id=profile.household_id,
        reference=who.reference,
    )


async def need(tx: Transaction, action: Action, one: Need) -> NeedView:
    """A need, with its look on record; the case only to those who work on it."""
    await audit.looked(tx, action, "need", one.need_id, household_id=one.household_id)
    live = await matches.live_id(tx, one)
    on_the_case = await needs.on_the_case(tx, one)
    return need_row(one, live, on_the_case=on_the_case)


def need_row(one: Need, match_id: UUID | None, *, on_the_case: bool) -> NeedView:
    """A need as it stands in a list."""
    return NeedView(
        need_id=one.need_id,
        version=one.version,
        household_id=one.household_id,
        case_id=one.case_id if on_the_case else None,
        team=one.team,
        state=one.state,
        reason=one.reason,
        kind=one.kind,
        buurt=one.buurt,
        availability=_slots(one.availability),
        hours_week=one.hours_week,
        language=one.language,
        certificate_required=one.certificate_required,
        starts_on=one.starts_on,
        requested_at=one.requested_at,
        match_id=match_id,
    )


def candidates(one: Need, best: Sequence[Candidate], refused: Mapping[str, int]) -> CandidatesView:
    """First names, points and reasons; of everybody else only how many."""
    return CandidatesView(
        need_id=one.need_id,
        weights_version=WEIGHTS_VERSION,
        items=[
            CandidateView(
                volunteer_id=who.standing.volunteer_id,
                given_name=who.standing.given_name,
                team=who.standing.team,
                points=who.points,
                reasons=who.reasons,
                score=who.score,
            )
            for who in best
        ],
        refused_counts=[
            RefusedCount(condition=condition.condition(), words=condition.words, count=refused[condition.condition()])
            for condition, _ in CONDITIONS
            if condition.condition() in refused
        ],
    )


async def match(tx: Transaction, action: Action, one: Match) -> MatchView:
    """A match, with its look on record."""
    await audit.looked(tx, action, "match", one.match_id, household_id=one.household_id)
    [view] = await match_rows(tx, [one])
    return view


async def match_rows(tx: Transaction, some: Sequence[Match]) -> Sequence[MatchView]:
    """Matches as they stand in a list.

    The team's volunteer coordinators see the first name; those on the case see it once both sides said yes.
    Who was erased has none.
    """
    names = await matches.first_names(tx, [one.match_id for one in some])
    return [_match(one, names.get(one.match_id) if _knows(tx, one) else None) for one in some]


def asked_of_volunteer(one: Need, match: Match, who: Standing) -> AskedOfVolunteer:
    """All that a volunteer may know before both sides said yes (I12). A field added here is a decision."""
    return AskedOfVolunteer(
        kind=one.kind,
        kind_words=words.KINDS[one.kind],
        hours_week=one.hours_week,
        starts_on=one.starts_on,
        times=_slots(one.availability),
        times_words=words.times(one.availability),
        buurt=one.buurt,
        neighbourhood=words.neighbourhood(one.team),
        distance_words=None if who.distance_m is None else words.distance(who.distance_m),
        answer_before=match.due_at,
    )


def _knows(tx: Transaction, one: Match) -> bool:
    coordinates = tx.actor.has(Role.VOLUNTEER_COORDINATOR) and tx.actor.team == one.team
    return coordinates or one.accepted_by_both


def _match(one: Match, given_name: str | None) -> MatchView:
    return MatchView(
        match_id=one.match_id,
        version=one.version,
        need_id=one.need_id,
        household_id=one.household_id,
        team=one.team,
        volunteer_id=one.volunteer_id,
        given_name=given_name,
        state=one.state,
        proposed_at=one.proposed_at,
        due_at=one.due_at,
        volunteer_accepted=one.volunteer_accepted_at is not None,
        household_accepted=one.household_accepted_at is not None,
        introduced_on=one.introduced_on,
        starts_on=one.starts_on,
        ended_at=one.ended_at,
        ended_by=one.ended_by,
        reason=one.reason,
        points=sum(part.points for part in one.score),
        score=one.score,
        weights_version=one.weights_version,
    )


def _slots(bits: int) -> Sequence[SlotView]:
    return [SlotView(day=span.day, start=span.from_hour, end=span.to_hour) for span in week.spans(bits)]
