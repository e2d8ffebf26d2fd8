"""Actions of the plan."""

from collections.abc import Sequence
from uuid import UUID

from services.plan.domain.action import PlannedAction
from services.plan.views.plan import ActionView
from wij.database import Statements, Transaction
from wij.errors import NotFound

SQL = Statements.of(__file__, "action.sql")


async def case_of(tx: Transaction, action_id: UUID) -> UUID:
    """The case of an action, to lock before reading on; raises `NotFound`."""
    case_id: UUID | None = await tx.value(SQL.case_of, action_id)
    if case_id is None:
        raise NotFound("There is no such action.")
    return case_id


async def one(tx: Transaction, action_id: UUID) -> PlannedAction:
    """One action as it stands; raises `NotFound`."""
    row = await tx.row(SQL.action, action_id)
    if row is None:
        raise NotFound("There is no such action.")
    return PlannedAction(**dict(row))


async def agree(tx: Transaction, actions: Sequence[PlannedAction]) -> None:
    """Save new actions."""
    rows = [
        (
            action.action_id,
            action.plan_id,
            action.case_id,
            action.goal_id,
            action.what,
            action.owner_kind,
            action.owner_id,
            action.due_at,
        )
        for action in actions
    ]
    await tx.run(SQL.agree, rows)


async def complete(tx: Transaction, action: PlannedAction) -> None:
    """Save that an action was carried out."""
    await tx.run(SQL.complete, action.action_id, action.done_at)


async def views(tx: Transaction, case_id: UUID) -> list[ActionView]:
    """All actions of a case, the first due first."""
    return [ActionView(**dict(row)) for row in await tx.rows(SQL.actions_of_case, case_id)]


def view(action: PlannedAction) -> ActionView:
    """An action as who works on the case sees it."""
    return ActionView(
        action_id=action.action_id,
        plan_id=action.plan_id,
        goal_id=action.goal_id,
        what=action.what,
        owner_kind=action.owner_kind,
        owner_id=action.owner_id,
        due_at=action.due_at,
        state=action.state,
        done_at=action.done_at,
    )
