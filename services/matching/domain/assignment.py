"""The help itself: the two meet, it runs, it stops, or somebody steps back. Each way out frees the hours."""

from dataclasses import replace
from datetime import date, datetime

from services.matching.domain.conditions import Standing, check_start
from services.matching.domain.match import (
    AlreadyRecorded,
    Match,
    NotBothAccepted,
    NotIntroduced,
    NotRunning,
    NotYet,
    Step,
    check_live,
    over,
    reopened,
    step,
)
from services.matching.domain.need import Need, check_consent
from wij.calendar import day_of
from wij.events import Event
from wij.events.matching import (
    AssignmentActivated,
    AssignmentEnded,
    AssignmentIntroduced,
    AssignmentWithdrawn,
    Side,
    SupportNeedEnded,
    SupportNeedFulfilled,
)


def introduce(need: Need, match: Match, introduced_on: date, now: datetime) -> Step:
    """Volunteer and household met, with the coordinator or the worker beside them."""
    check_live(match)
    if not match.accepted_by_both:
        raise NotBothAccepted("Both sides must say yes before they meet.")
    if match.state != "matched":
        raise AlreadyRecorded("The introduction is on record already.")
    if introduced_on > day_of(now):
        raise NotYet("Record the introduction after it took place.")
    fact = AssignmentIntroduced(**match.running_ids(), introduced_on=introduced_on)
    return Step(
        need, replace(match, state="introduced", introduced_on=introduced_on, version=match.version + 1), [fact]
    )


def activate(need: Need, match: Match, who: Standing, starts_on: date) -> Step:
    """The help runs from this day. I9 is asked again, for this day: what held at the proposal may have changed."""
    check_live(match)
    if not match.accepted_by_both:
        raise NotBothAccepted("Both sides must say yes before the help starts.")
    if match.state == "active":
        raise AlreadyRecorded("This help runs already.")
    if match.state != "introduced":
        raise NotIntroduced("Record the introduction first.")
    check_consent(need, starts_on)
    check_start(need, who, starts_on)
    fact = AssignmentActivated(**match.running_ids(), starts_on=starts_on)
    running = replace(match, state="active", starts_on=starts_on, version=match.version + 1)
    return Step(step(need, "running"), running, [fact])


def end(need: Need, match: Match, reason: str, now: datetime, *, fulfilled: bool) -> Step:
    """The help stops; the hours are free. Either the need is met, or it looks for somebody again."""
    if match.state != "active":
        raise NotRunning("This help does not run. Withdraw the match instead, if it is still live.")
    gone = over(match, "ended", None, reason, now)
    fact = AssignmentEnded(**match.running_ids(), reason=reason)
    if not fulfilled:
        return reopened(need, gone, fact, "ended")
    met = SupportNeedFulfilled(
        team=need.team, need_id=need.need_id, case_id=need.case_id, household_id=need.household_id
    )
    return Step(step(need, "fulfilled", reason), gone, [fact, met])


def withdraw(need: Need, match: Match, by: Side, reason: str, now: datetime) -> Step:
    """Somebody steps back before the help is done; the need looks for somebody again (I25)."""
    check_live(match)
    gone = over(match, "withdrawn", by, reason, now)
    return reopened(need, gone, AssignmentWithdrawn(**match.running_ids(), by=by, reason=reason), "withdrawn")


def end_need(
    need: Need, match: Match | None, by: Side, reason: str, now: datetime
) -> tuple[Need, Match | None, list[Event]]:
    """A need ends with all that hangs on it: its case closed, or the household took it or its consent back (I8, I13).

    Help that ran when the case closed, or until the need was no longer there, simply ended. Everything else is
    withdrawn: a proposal, a match that did not start, and help that rests on a consent that is gone.
    """
    told: list[Event] = []
    if match is not None:
        ran = match.state == "active" and reason != "consent_withdrawn"
        fact = (
            AssignmentEnded(**match.running_ids(), reason=reason)
            if ran
            else AssignmentWithdrawn(**match.running_ids(), by=by, reason=reason)
        )
        told.append(fact)
        match = over(match, "ended" if ran else "withdrawn", by, reason, now)
    told.append(
        SupportNeedEnded(
            team=need.team,
            need_id=need.need_id,
            case_id=need.case_id,
            household_id=need.household_id,
            reason=reason,
        )
    )
    return step(need, "ended", reason), match, told
