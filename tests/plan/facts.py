"""Values of plan's domain in their shortest form, for the tests of its pure rules."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from services.plan.commands.plan import GoalLine
from services.plan.domain.case import Case
from services.plan.domain.director import Colleague
from services.plan.domain.goal import Goal
from services.plan.domain.handover import Handover
from services.plan.domain.plan import Plan, PlanState

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=60)
NAMES = UUID("6f2a4d5e-0000-4000-8000-000000000000")


def an(name: str) -> UUID:
    """The id of that name, always the same."""
    return uuid5(NAMES, name)


A_CASE = Case(
    case_id=an("case"),
    household_id=an("household"),
    team="selwerd",
    buurt="BU00140202",
    state="open",
    director_id=an("samira"),
    epoch=1,
    directed_since=NOW - timedelta(days=10),
)
CLOSED = replace(A_CASE, state="closed")


def worker(name: str, **different: Any) -> Colleague:
    """A worker of Selwerd with room for twenty cases."""
    usual: dict[str, Any] = {"team": "selwerd", "roles": frozenset({"worker"}), "caseload_limit": 20}
    return Colleague(worker_id=an(name), **(usual | different))


def line(**different: Any) -> GoalLine:
    """A goal that a volunteer carries."""
    usual: dict[str, Any] = {
        "wish": "sleep well",
        "own_strength": "opens the post",
        "network": "her sister",
        "executor_kind": "volunteer",
    }
    return GoalLine(**(usual | different))


def a_plan(state: PlanState, *, name: str = "plan", number: int = 1, goals: int = 1) -> Plan:
    """A version of the plan in this state."""
    return Plan(
        plan_id=an(name),
        case_id=A_CASE.case_id,
        number=number,
        state=state,
        version=1,
        goals=tuple(Goal(an(f"goal {place}"), line()) for place in range(goals)),
    )


AN_OFFER = Handover(
    handover_id=an("handover"),
    case_id=A_CASE.case_id,
    from_id=an("samira"),
    to_id=an("nadia"),
    epoch=1,
    state="offered",
    due_at=LATER,
    offered_at=NOW,
)
