"""The plan, with its actions and reviews."""

from uuid import UUID

from fastapi import Response

from services.plan.commands.plan import (
    ActivatePlan,
    AgreeAction,
    AgreePlan,
    HoldReview,
    PlanReview,
    RefusePlan,
    WriteGoals,
)
from services.plan.handlers import action, plan, review
from services.plan.views.plan import ActionView, PlanView, ReviewView
from wij.access import Action
from wij.call import Calling, Routes

routes = Routes()


@routes.post("/cases/{case_id}/plans", Action.WRITE_PLAN, PlanView, status=201, location="/v1/plans/{plan_id}")
async def draft_plan(call: Calling, case_id: UUID, ask: WriteGoals) -> Response:
    """Begin the next version of the plan."""
    return await call.run(plan.draft_plan, case_id, ask)


@routes.get("/plans/{plan_id}", Action.VIEW_CASE, PlanView)
async def view_plan(call: Calling, plan_id: UUID) -> Response:
    """One version of the plan, with its actions and reviews."""
    return await call.run(plan.view_plan, plan_id)


@routes.put("/plans/{plan_id}", Action.WRITE_PLAN, PlanView)
async def rewrite_plan(call: Calling, plan_id: UUID, ask: WriteGoals) -> Response:
    """Write the goals of a draft anew; needs `If-Match`."""
    return await call.run(plan.rewrite_plan, plan_id, call.expected_version(), ask)


@routes.post("/plans/{plan_id}/agreement", Action.WRITE_PLAN, PlanView)
async def agree_plan(call: Calling, plan_id: UUID, ask: AgreePlan) -> Response:
    """The household agrees."""
    return await call.run(plan.agree_plan, plan_id, ask)


@routes.post("/plans/{plan_id}/refusal", Action.WRITE_PLAN, PlanView)
async def refuse_plan(call: Calling, plan_id: UUID, ask: RefusePlan) -> Response:
    """The household refuses this version."""
    return await call.run(plan.refuse_plan, plan_id, ask)


@routes.post("/plans/{plan_id}/activation", Action.WRITE_PLAN, PlanView)
async def activate_plan(call: Calling, plan_id: UUID, ask: ActivatePlan) -> Response:
    """This version becomes the household's one plan."""
    return await call.run(plan.activate_plan, plan_id, ask)


@routes.post("/plans/{plan_id}/actions", Action.WRITE_PLAN, ActionView, status=201)
async def agree_action(call: Calling, plan_id: UUID, ask: AgreeAction) -> Response:
    """Somebody will do something before a date."""
    return await call.run(action.agree_action, plan_id, ask)


@routes.post("/actions/{action_id}/completion", Action.CARRY_OUT_ACTION, ActionView)
async def complete_action(call: Calling, action_id: UUID) -> Response:
    """The action was carried out."""
    return await call.run(action.complete_action, action_id)


@routes.post("/plans/{plan_id}/reviews", Action.WRITE_PLAN, ReviewView, status=201)
async def plan_review(call: Calling, plan_id: UUID, ask: PlanReview) -> Response:
    """Look at the plan together on this date too."""
    return await call.run(review.plan_review, plan_id, ask)


@routes.post("/reviews/{review_id}/outcome", Action.WRITE_PLAN, ReviewView)
async def hold_review(call: Calling, review_id: UUID, ask: HoldReview) -> Response:
    """The plan was looked at together."""
    return await call.run(review.hold_review, review_id, ask)
