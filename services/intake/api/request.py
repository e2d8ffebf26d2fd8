"""Help requests over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from services.intake.commands.request import (
    AcceptRequest,
    AnswerRequest,
    CheckSafety,
    ClarifyRequest,
    RegisterRequest,
    TakeUpRequest,
    WithdrawRequest,
)
from services.intake.domain.request import State
from services.intake.handlers import request as handlers
from services.intake.views.request import Receipt, RequestRow, RequestView, Suggestions
from wij.access import Action
from wij.call import Calling, Page, Paging, Routes
from wij.events import TeamCode
from wij.together import Together

routes = Routes()
_registering = Together(handlers.register_requests)  # a website or a partner sends in many at once


@routes.post("/requests", Action.REGISTER_REQUEST, Receipt, status=201, location="/v1/requests/{request_id}")
async def register_request(call: Calling, ask: RegisterRequest) -> Response:
    """Send in a question, in the asker's own words."""
    return await _registering.run(call, ask)


@routes.get("/requests", Action.LIST_REQUESTS, Page[RequestRow])
async def list_requests(
    call: Calling,
    paging: Paging,
    state: Annotated[State | None, Query()] = None,
    team: Annotated[TeamCode | None, Query()] = None,
) -> Response:
    """A team's worklist: what has not ended, the most urgent first; what waits long rises. Or all in one `state`."""
    return await call.run(handlers.list_requests, team, state, paging)


@routes.get("/requests/{request_id}", Action.VIEW_REQUEST, RequestView | RequestRow)
async def view_request(call: Calling, request_id: UUID) -> Response:
    """One request; its words only for the workers who handle it."""
    return await call.run(handlers.view_request, request_id)


@routes.post("/requests/{request_id}/clarification", Action.CLARIFY_REQUEST, RequestRow)
async def clarify_request(call: Calling, request_id: UUID, ask: ClarifyRequest) -> Response:
    """Say what is really asked; you own the request from now on."""
    return await call.run(handlers.clarify_request, request_id, ask)


@routes.post("/requests/{request_id}/safety-check", Action.CHECK_SAFETY, RequestRow)
async def check_safety(call: Calling, request_id: UUID, ask: CheckSafety) -> Response:
    """Record the check on basic care and safety."""
    return await call.run(handlers.check_safety, request_id, ask)


@routes.post("/requests/{request_id}/answer", Action.ANSWER_REQUEST, RequestRow)
async def answer_request(call: Calling, request_id: UUID, ask: AnswerRequest) -> Response:
    """Answer the question; no case is needed."""
    return await call.run(handlers.answer_request, request_id, ask)


@routes.post("/requests/{request_id}/acceptance", Action.ACCEPT_REQUEST, RequestRow)
async def accept_request(call: Calling, request_id: UUID, ask: AcceptRequest) -> Response:
    """Take it up for a household, now or when there is room."""
    return await call.run(handlers.accept_request, request_id, ask)


@routes.post("/requests/{request_id}/take-up", Action.TAKE_UP_REQUEST, RequestRow)
async def take_up_request(call: Calling, request_id: UUID, ask: TakeUpRequest) -> Response:
    """Take it from the waiting list."""
    return await call.run(handlers.take_up_request, request_id, ask)


@routes.post("/requests/{request_id}/withdrawal", Action.WITHDRAW_REQUEST, RequestRow)
async def withdraw_request(call: Calling, request_id: UUID, ask: WithdrawRequest) -> Response:
    """The asker takes the question back."""
    return await call.run(handlers.withdraw_request, request_id, ask)


@routes.post("/requests/{request_id}/household-suggestions", Action.SUGGEST_HOUSEHOLDS, Suggestions)
async def suggest_households(call: Calling, request_id: UUID) -> Response:
    """Households this may be about: ids and reasons, never content."""
    return await call.run(handlers.suggest_households, request_id)
