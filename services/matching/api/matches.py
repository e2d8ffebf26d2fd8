"""Matches over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from services.matching.commands import (
    ActivateAssignment,
    AnswerProposal,
    EndAssignment,
    RecordIntroduction,
    WithdrawMatch,
)
from services.matching.handlers import matches as handlers
from services.matching.views import MatchStateName, MatchView
from wij.access import Action
from wij.call import Calling, Page, Paging, Routes

routes = Routes()


@routes.get("/matches", Action.VIEW_NEED, Page[MatchView])
async def list_matches(
    call: Calling, paging: Paging, state: Annotated[MatchStateName | None, Query()] = None
) -> Response:
    """The matches of your team, or of the cases you work on, the oldest first."""
    return await call.run(handlers.listed, state, paging)


@routes.get("/matches/{match_id}", Action.VIEW_NEED, MatchView)
async def view_match(call: Calling, match_id: UUID) -> Response:
    """One match."""
    return await call.run(handlers.shown, match_id)


@routes.post("/matches/{match_id}/volunteer-answer", Action.ANSWER_FOR_VOLUNTEER, MatchView)
async def answer_for_volunteer(call: Calling, match_id: UUID, ask: AnswerProposal) -> Response:
    """Write down what the volunteer said, by telephone for instance."""
    return await call.run(handlers.answer, match_id, "volunteer", ask)


@routes.post("/matches/{match_id}/household-answer", Action.ANSWER_FOR_HOUSEHOLD, MatchView)
async def answer_for_household(call: Calling, match_id: UUID, ask: AnswerProposal) -> Response:
    """Write down what the household said."""
    return await call.run(handlers.answer, match_id, "household", ask)


@routes.post("/matches/{match_id}/introduction", Action.RUN_ASSIGNMENT, MatchView)
async def record_introduction(call: Calling, match_id: UUID, ask: RecordIntroduction) -> Response:
    """Record that volunteer and household met."""
    return await call.run(handlers.introduce, match_id, ask)


@routes.post("/matches/{match_id}/activation", Action.RUN_ASSIGNMENT, MatchView)
async def activate_assignment(call: Calling, match_id: UUID, ask: ActivateAssignment) -> Response:
    """Start the help; every condition must hold on that day."""
    return await call.run(handlers.activate, match_id, ask)


@routes.post("/matches/{match_id}/end", Action.RUN_ASSIGNMENT, MatchView)
async def end_assignment(call: Calling, match_id: UUID, ask: EndAssignment) -> Response:
    """End the help that runs; unless it is no longer needed, the search starts again."""
    return await call.run(handlers.end, match_id, ask)


@routes.post("/matches/{match_id}/withdrawal", Action.RUN_ASSIGNMENT, MatchView)
async def withdraw_match(call: Calling, match_id: UUID, ask: WithdrawMatch) -> Response:
    """Write down that somebody steps back; the search starts again."""
    return await call.run(handlers.withdraw, match_id, ask)
