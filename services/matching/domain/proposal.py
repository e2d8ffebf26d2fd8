"""The proposal: a volunteer is asked, both sides answer, or time runs out. No is allowed without harm."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from services.matching.domain.conditions import Standing, check_proposal
from services.matching.domain.match import (
    AlreadyAnswered,
    Answer,
    AnsweringSide,
    Match,
    NotProposed,
    Step,
    over,
    reopened,
    step,
)
from services.matching.domain.need import Need, NeedNotOpen, check_consent
from wij.calendar import Unit, day_of, term_end
from wij.events import Event
from wij.events.matching import (
    MatchAcceptedByHousehold,
    MatchAcceptedByVolunteer,
    MatchDeclined,
    MatchExpired,
    MatchProposed,
    ScoreExplained,
    SupportNeedMatched,
)

ANSWER_WITHIN = 7
"""Days both sides have; policy of the volunteer work, the same for every team. Never ends on a weekend or holiday."""
NO_REASON = "not_given"
"""Nobody has to say why."""


def propose(
    need: Need, who: Standing, match_id: UUID, score: Sequence[ScoreExplained], weights_version: int, now: datetime
) -> Step:
    """Ask this volunteer, and keep the hours free meanwhile (I10). Raises the hard condition that is not met."""
    if need.state != "open":
        raise NeedNotOpen("This need is not open: somebody was asked already, or it ended.")
    on = need.first_day(day_of(now))
    check_consent(need, on)
    check_proposal(need, who, on)
    match = Match(
        match_id=match_id,
        need_id=need.need_id,
        case_id=need.case_id,
        household_id=need.household_id,
        team=need.team,
        volunteer_id=who.volunteer_id,
        hours_week=need.hours_week,
        state="proposed",
        proposed_at=now,
        due_at=term_end(now, ANSWER_WITHIN, Unit.CALENDAR_DAYS).astimezone(UTC),
        score=tuple(score),
        weights_version=weights_version,
    )
    fact = MatchProposed(
        team=match.team,
        match_id=match.match_id,
        need_id=match.need_id,
        case_id=match.case_id,
        household_id=match.household_id,
        volunteer_id=match.volunteer_id,
        due_at=match.due_at,
        score=tuple(score),
        weights_version=weights_version,
    )
    return Step(step(need, "proposed"), match, [fact])


def answer(need: Need, match: Match, side: AnsweringSide, said: Answer, reason: str | None, now: datetime) -> Step:
    """One side says yes or no, in any order; the second yes makes the match, one no opens the need again (I25)."""
    if match.state != "proposed":
        raise NotProposed("This proposal is no longer waiting for an answer.")
    before = match.volunteer_accepted_at if side == "volunteer" else match.household_accepted_at
    if before is not None:
        raise AlreadyAnswered("This side has said yes already. To step back, withdraw the match.")
    if said == "decline":
        why = reason or NO_REASON
        gone = over(match, "declined", side, why, now)
        return reopened(need, gone, MatchDeclined(**match.ids(), by=side, reason=why), "declined")
    if side == "volunteer":
        match = replace(match, volunteer_accepted_at=now, version=match.version + 1)
        told: list[Event] = [MatchAcceptedByVolunteer(**match.ids())]
    else:
        match = replace(match, household_accepted_at=now, version=match.version + 1)
        told = [MatchAcceptedByHousehold(**match.ids())]
    if not match.accepted_by_both:
        return Step(need, match, told)
    waited = max(0, (now - need.requested_at).days)
    told.append(
        SupportNeedMatched(
            team=need.team,
            need_id=need.need_id,
            case_id=need.case_id,
            household_id=need.household_id,
            match_id=match.match_id,
            waited_days=waited,
        )
    )
    return Step(step(need, "matched"), replace(match, state="matched"), told)


def expire(need: Need, match: Match, now: datetime) -> Step | None:
    """Not both answered in time. None when there is nothing to expire: the answer, or the end, came first."""
    if match.state != "proposed":
        return None
    gone = over(match, "expired", None, "no_answer", now)
    return reopened(need, gone, MatchExpired(**match.ids()), "expired")
