"""The versions of the plan, with their goals."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from services.plan.commands.case import GoalResult
from services.plan.commands.plan import AgreePlan, GoalLine, RefusePlan
from services.plan.domain.goal import Goal
from services.plan.domain.plan import Activation, Plan
from services.plan.store import action, review
from services.plan.views.plan import GoalView, PlanView
from wij.database import Statements, Transaction
from wij.errors import NotFound

SQL = Statements.of(__file__, "plan.sql")


async def case_of(tx: Transaction, plan_id: UUID) -> UUID:
    """The case of a plan, to lock before reading on; raises `NotFound`."""
    case_id: UUID | None = await tx.value(SQL.case_of, plan_id)
    if case_id is None:
        raise NotFound("There is no such plan.")
    return case_id


async def of_case(tx: Transaction, case_id: UUID) -> list[Plan]:
    """All versions, oldest first, with their goals."""
    goals: dict[UUID, list[Goal]] = {}
    for row in await tx.rows(SQL.goals_of_case, case_id):
        goals.setdefault(row["plan_id"], []).append(_goal(row))
    return [
        Plan(**dict(row), goals=tuple(goals.get(row["plan_id"], ())))
        for row in await tx.rows(SQL.plans_of_case, case_id)
    ]


async def draft(tx: Transaction, plans: Sequence[Plan]) -> None:
    """Save new versions."""
    await tx.run(
        SQL.draft,
        [plan.plan_id for plan in plans],
        [plan.case_id for plan in plans],
        [plan.number for plan in plans],
        tx.now,
    )
    await _write_goals(tx, plans)


async def rewrite(tx: Transaction, plan: Plan) -> None:
    """Save a draft that was written anew."""
    await tx.run(SQL.clear_goals, plan.plan_id)
    await tx.run(SQL.edited, plan.plan_id, plan.version)
    await _write_goals(tx, [plan])


async def agree(tx: Transaction, agreements: Sequence[tuple[Plan, AgreePlan]]) -> None:
    """Save what households agreed on."""
    rows = [
        (plan.plan_id, plan.version, by.agreed_by, by.agreed_by_role, by.method, by.agreed_on)
        for plan, by in agreements
    ]
    await tx.run(SQL.agree, rows)


async def refuse(tx: Transaction, plan: Plan, why: RefusePlan) -> None:
    """Save the household's refusal."""
    await tx.run(SQL.refuse, plan.plan_id, plan.version, why.reason, why.note, tx.now)


async def activate(tx: Transaction, activations: Sequence[Activation]) -> None:
    """Save each new plan in the old one's place."""
    for activation in activations:
        if activation.superseded is not None:
            await end(tx, activation.superseded, tx.now)
    plans = [activation.plan for activation in activations]
    await tx.run(SQL.activate, [plan.plan_id for plan in plans], [plan.version for plan in plans], tx.now)


async def end(tx: Transaction, plan: Plan, at: datetime) -> None:
    """Save that a version is superseded or closed."""
    await tx.run(SQL.end_plan, plan.plan_id, plan.state, plan.version, at)


async def set_outcomes(tx: Transaction, plan_id: UUID, results: Sequence[GoalResult]) -> None:
    """Save how each goal ended."""
    await tx.run(
        SQL.set_outcomes, plan_id, [result.goal_id for result in results], [result.outcome for result in results]
    )


async def views(tx: Transaction, case_id: UUID, plan_id: UUID | None = None) -> list[PlanView]:
    """The versions of a case, or one of them, with all that belongs to it."""
    goals: dict[UUID, list[GoalView]] = {}
    for row in await tx.rows(SQL.goals_of_case, case_id):
        goals.setdefault(row["plan_id"], []).append(GoalView(**dict(row)))
    actions = await action.views(tx, case_id)
    reviews = await review.views(tx, case_id)
    return [
        PlanView(
            **dict(row),
            goals=goals.get(row["plan_id"], []),
            actions=[view for view in actions if view.plan_id == row["plan_id"]],
            reviews=[view for view in reviews if view.plan_id == row["plan_id"]],
        )
        for row in await tx.rows(SQL.views, case_id, plan_id)
    ]


async def _write_goals(tx: Transaction, plans: Sequence[Plan]) -> None:
    rows = [
        (
            plan.plan_id,
            plan.case_id,
            place,
            goal.goal_id,
            goal.line.wish,
            goal.line.life_domain,
            goal.line.own_strength,
            goal.line.network,
            goal.line.executor_kind,
            goal.line.own_strength_considered,
            goal.line.informal_skipped_reason,
        )
        for plan in plans
        for place, goal in enumerate(plan.goals, start=1)
    ]
    await tx.run(SQL.write_goals, rows)


def _goal(row: asyncpg.Record) -> Goal:
    return Goal(row["goal_id"], GoalLine.model_construct(**{name: row[name] for name in GoalLine.model_fields}))
