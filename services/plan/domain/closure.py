"""The end of a case, with an outcome for every goal, and of everything that hangs on it (I8)."""

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.plan.commands.case import CloseCase
from services.plan.domain.case import Case, must_be_open
from services.plan.domain.handover import Handover, revoke
from services.plan.domain.plan import Plan, end_with_case
from services.plan.domain.review import Review, cancel
from services.plan.domain.support import SupportNeed, withdraw
from wij.errors import Refusal
from wij.events import Event
from wij.events.plan import CaseClosed


class EveryGoalOnce(Refusal):
    """A case is closed with an outcome for every goal of its plan, and for no other."""


class NoGoalsToReach(Refusal):
    """Without an active plan no goal can have been reached."""


@dataclass(frozen=True, slots=True)
class Ending:
    """Everything that ends with a case, in one transaction (I8)."""

    case: Case
    at: datetime
    plans: Sequence[Plan]
    reviews: Sequence[Review]
    needs: Sequence[SupportNeed]
    handover: Handover | None
    told: Sequence[Event]


def close_case(
    case: Case,
    ask: CloseCase,
    *,
    plans: Collection[Plan],
    reviews: Collection[Review],
    needs: Collection[SupportNeed],
    offered: Handover | None,
    now: datetime,
) -> Ending:
    """End the case and what hangs on it here; the other services end theirs when they hear it (I8).

    Raises `CaseIsClosed`, `EveryGoalOnce` and `NoGoalsToReach`.
    """
    must_be_open(case)
    active = next((plan for plan in plans if plan.state == "active"), None)
    answered = [result.goal_id for result in ask.goals]
    if sorted(answered) != sorted(goal.goal_id for goal in (active.goals if active else ())):
        raise EveryGoalOnce("Give the outcome of every goal of the active plan, each exactly once, and of no other.")
    if active is None and ask.reason == "goals_reached":
        raise NoGoalsToReach("There is no active plan, so no goals were reached. Choose the reason that fits.")
    ended_needs = [withdraw(need, case, "case_closed") for need in needs]
    revoked = revoke(offered, case, now) if offered else None
    cancelled = [cancel(review, case, now) for review in reviews]
    ended_plans = [ended for plan in plans if (ended := end_with_case(plan, case))]
    counts = Counter(result.outcome for result in ask.goals)
    told: list[Event] = [event for _, event in ended_needs]
    told += [revoked[1]] if revoked else []
    told += [event for _, event in cancelled]
    told += [event for _, event in ended_plans]
    told.append(
        CaseClosed(
            team=case.team,
            case_id=case.case_id,
            household_id=case.household_id,
            director_id=case.director_id,
            reason=ask.reason,
            goals_reached=counts["reached"],
            goals_partly_reached=counts["partly_reached"],
            goals_dropped=counts["dropped"],
        )
    )
    return Ending(
        case=replace(case, state="closed"),
        at=case.moment(now),
        plans=[plan for plan, _ in ended_plans],
        reviews=[review for review, _ in cancelled],
        needs=[need for need, _ in ended_needs],
        handover=revoked[0] if revoked else None,
        told=told,
    )
