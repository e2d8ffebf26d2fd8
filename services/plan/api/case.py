"""The case: who sees it, who works on it, and its end."""

from typing import Literal
from uuid import UUID

from fastapi import Response

from services.plan.commands.case import CloseCase, Involve
from services.plan.handlers import case
from services.plan.views.case import CaseCard, CaseView, InvolvementView
from wij.access import Action
from wij.call import Calling, Page, Paging, Routes
from wij.timeline import Timeline

routes = Routes()


@routes.get("/cases", Action.LIST_CASES, Page[CaseCard])
async def list_cases(
    call: Calling, page: Paging, *, mine: bool = False, state: Literal["open", "on_hold", "closed"] | None = None
) -> Response:
    """Cases of your team, or only your own."""
    return await call.run(case.list_cases, page, mine=mine, state=state)


@routes.get("/cases/{case_id}", Action.VIEW_CASE_CARD, CaseView | CaseCard)
async def view_case(call: Calling, case_id: UUID) -> Response:
    """A case: the whole file when you work on it, its card when you work in its team."""
    return await call.run(case.view_case, case_id)


@routes.get("/households/{household_id}/case", Action.VIEW_CASE_CARD, CaseCard)
async def case_of_household(call: Calling, household_id: UUID) -> Response:
    """The household's open case, or else its last one."""
    return await call.run(case.case_of_household, household_id)


@routes.get("/households/{household_id}/timeline", Action.VIEW_TIMELINE, Timeline)
async def timeline_of_household(call: Calling, household_id: UUID) -> Response:
    """Everything plan told about a household, oldest first."""
    return await call.run(case.timeline_of_household, household_id)


@routes.post("/cases/{case_id}/involvements", Action.CHANGE_INVOLVEMENT, InvolvementView, status=201)
async def involve(call: Calling, case_id: UUID, ask: Involve) -> Response:
    """Ask a colleague along."""
    return await call.run(case.involve, case_id, ask)


@routes.post("/cases/{case_id}/involvements/{worker_id}/end", Action.CHANGE_INVOLVEMENT, InvolvementView)
async def end_involvement(call: Calling, case_id: UUID, worker_id: UUID) -> Response:
    """A colleague leaves the case."""
    return await call.run(case.end_involvement, case_id, worker_id)


@routes.post("/cases/{case_id}/closure", Action.CLOSE_CASE, CaseCard)
async def close_case(call: Calling, case_id: UUID, ask: CloseCase) -> Response:
    """Close the case with an outcome for every goal of its active plan."""
    return await call.run(case.close_case, case_id, ask)
