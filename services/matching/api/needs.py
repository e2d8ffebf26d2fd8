"""Needs over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from services.matching.commands import Propose
from services.matching.handlers import knowing
from services.matching.handlers import needs as handlers
from services.matching.views import CandidatesView, MatchView, NeedStateName, NeedView
from wij.access import Action
from wij.call import Calling, Page, Paging, Routes
from wij.timeline import Timeline

routes = Routes()


@routes.get("/needs", Action.LIST_NEEDS, Page[NeedView])
async def list_needs(call: Calling, paging: Paging, state: Annotated[NeedStateName | None, Query()] = None) -> Response:
    """The needs of your team, the oldest first."""
    return await call.run(handlers.listed, state, paging)


@routes.get("/needs/{need_id}", Action.VIEW_NEED, NeedView)
async def view_need(call: Calling, need_id: UUID) -> Response:
    """One need."""
    return await call.run(handlers.shown, need_id)


@routes.get("/needs/{need_id}/candidates", Action.PROPOSE_MATCH, CandidatesView)
async def list_candidates(call: Calling, need_id: UUID) -> Response:
    """The ten who fit best, each with reasons; and how many others miss which hard condition."""
    return await call.run(handlers.candidates, need_id)


@routes.post(
    "/needs/{need_id}/proposals", Action.PROPOSE_MATCH, MatchView, status=201, location="/v1/matches/{match_id}"
)
async def propose(call: Calling, need_id: UUID, ask: Propose) -> Response:
    """Ask a volunteer; their hours are kept free until both sides answered."""
    return await call.run(handlers.propose, need_id, ask)


@routes.get("/households/{household_id}/timeline", Action.VIEW_TIMELINE, Timeline)
async def view_timeline(call: Calling, household_id: UUID) -> Response:
    """What happened here for a household you work with."""
    return await call.run(knowing.household_timeline, household_id)
