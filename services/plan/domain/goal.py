"""Goals: the wish in own words, what household and network do first, and who carries it then (S4-7, S4-12)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.plan.commands.plan import GoalLine, WriteGoals
from wij.errors import Refusal
from wij.events.plan import ExecutorKind

PREFERENCE: Sequence[ExecutorKind] = ("self", "network", "volunteer", "general_facility", "professional")
"""Who carries a goal, in order of preference (S4-12); the first three are informal."""
INFORMAL = frozenset(PREFERENCE[:3])


class OwnStrengthFirst(Refusal):
    """A professional carries a goal only after own strength was considered (S4-7)."""

    status = 400


class InformalFirst(Refusal):
    """Passing over the household, its network and volunteers has a reason (S4-12)."""

    status = 400


class UnknownGoal(Refusal):
    """A goal that goes on is one of this case."""

    status = 400


class GoalTwice(Refusal):
    """A goal stands in a plan once."""

    status = 400


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal as the plan keeps it, words included; `goal_id` stays the same from version to version."""

    goal_id: UUID
    line: GoalLine


def write_goals(ask: WriteGoals, known: Collection[UUID], fresh: Sequence[UUID]) -> tuple[Goal, ...]:
    """The goals as asked, each with its own id: a known one of this case, or one of `fresh`.

    Raises `UnknownGoal`, `GoalTwice`, `OwnStrengthFirst` (S4-7), `InformalFirst` (S4-12).
    """
    goals = tuple(Goal(line.goal_id or new, line) for line, new in zip(ask.goals, fresh, strict=True))
    if any(line.goal_id is not None and line.goal_id not in known for line in ask.goals):
        raise UnknownGoal(
            "A goal_id must be of a goal in an earlier version of this plan; leave it out for a new goal."
        )
    if len({goal.goal_id for goal in goals}) < len(goals):
        raise GoalTwice("Name each goal once.")
    for number, line in enumerate(ask.goals, start=1):
        if line.executor_kind == "professional" and line.own_strength_considered is None:
            raise OwnStrengthFirst(
                f"Goal {number} is for a professional: say in `own_strength_considered` what they can do themselves."
            )
        if line.executor_kind not in INFORMAL and line.informal_skipped_reason is None:
            raise InformalFirst(
                f"Goal {number} passes over network and volunteers: say why in `informal_skipped_reason`."
            )
    return goals
