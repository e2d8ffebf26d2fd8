"""What may be seen of requests: one with or without its words, a team's worklist, and households it may be about."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.intake.domain.request import Request, priority
from services.intake.store.request import request_of
from services.intake.views.request import Note, RequesterView, RequestRow, RequestView, Suggestion
from wij.call import Cursor, Page
from wij.database import Statements, Transaction
from wij.errors import NotFound

SQL = Statements.of(__file__, "worklist.sql")


async def suggestions(tx: Transaction, request_id: UUID) -> Sequence[Suggestion]:
    """Households this request may be about: ids and reason codes, the comparing is done inside the database."""
    words = await tx.row(SQL.words, request_id)
    if words is None:
        raise NotFound("The words of this request are not yours to compare.")
    known = [words[name] for name in ("postcode", "house_number", "birth_date", "given_name", "family_name")]
    return [Suggestion(**row) for row in await tx.rows(SQL.likely_households, *known)]


def row_view(request: Request, tx: Transaction) -> RequestRow:
    """The request without its words."""
    shown = {name: getattr(request, name) for name in RequestRow.model_fields if name != "priority"}
    return RequestRow(**shown, priority=priority(request.weight, request.received_at, tx.now))


async def full_view(tx: Transaction, request: Request) -> RequestView:
    """The request with its words."""
    words = await tx.row(SQL.words, request.request_id)
    if words is None:
        raise NotFound("There is no such request, or it is another team's.")
    notes = [Note(**row) for row in await tx.rows(SQL.notes, request.request_id)]
    own = {name: getattr(request, name) for name in RequestView.model_fields if hasattr(request, name)}
    asker = {name: words[name] for name in RequesterView.model_fields}
    return RequestView(
        **own,
        priority=priority(request.weight, request.received_at, tx.now),
        question=words["words"],
        postcode=words["postcode"],
        house_number=words["house_number"],
        addition=words["addition"],
        requester=RequesterView(**asker) if words["given_name"] is not None else None,
        notes=notes,
    )


async def page(tx: Transaction, team: str, state: str | None, cursor: Cursor) -> Page[RequestRow]:
    """A team's worklist, or its requests in one state: priority first, then age; what waits long rises."""
    after = cursor.key(_ranked_and_id) or (datetime.min, UUID(int=0))  # noqa: DTZ901  # before all; moments in UTC
    if state is None:
        rows = await tx.rows(SQL.worklist, team, *after, cursor.limit + 1)
    else:
        rows = await tx.rows(SQL.in_state, team, *after, cursor.limit + 1, state)
    more = len(rows) > cursor.limit
    last = rows[cursor.limit - 1] if more else None
    return Page(
        items=[row_view(request_of(row), tx) for row in rows[: cursor.limit]],
        next=Cursor.to((last["ranked_at"].isoformat(), last["request_id"])) if last is not None else None,
    )


def _ranked_and_id(ranked_at: str, request_id: str) -> tuple[datetime, UUID]:
    at = datetime.fromisoformat(ranked_at)
    if at.tzinfo is not None:
        raise ValueError("the moments of this list are in UTC, without saying so")
    return at, UUID(request_id)
