"""HTTP in: the inbox, how messages went, and the one list of all deadlines (FL-04)."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from services.notify.commands import Decide
from services.notify.handlers import deciding, reading
from services.notify.views import DeadlineRow, DeadlineState, InboxItem, NotificationRow, NotificationState
from wij.access import Action
from wij.call import Calling, Page, Paging, Routes

routes = Routes()


@routes.get("/inbox", Action.VIEW_INBOX, Page[InboxItem])
async def inbox(call: Calling, paging: Paging, *, done: bool = False) -> Response:
    """What is addressed to you, or to your role in your team."""
    return await call.run(reading.show_inbox, paging, done=done)


@routes.post("/inbox/{item_id}/done", Action.VIEW_INBOX, InboxItem)
async def done(call: Calling, item_id: UUID) -> Response:
    """You (or somebody with your role) did it."""
    return await call.run(reading.mark_done, item_id)


@routes.get("/notifications", Action.VIEW_NOTIFICATIONS, Page[NotificationRow])
async def notifications(call: Calling, paging: Paging, state: NotificationState | None = None) -> Response:
    """How messages of your team went; `state=unknown` waits for your decision."""
    return await call.run(reading.show_notifications, paging, state)


@routes.post("/notifications/{notification_id}/decision", Action.DECIDE_NOTIFICATION, NotificationRow)
async def decision(call: Calling, notification_id: UUID, ask: Decide) -> Response:
    """Send again a mail that may or may not have arrived, or leave it."""
    return await call.run(deciding.decide_notification, notification_id, ask)


@routes.get("/deadlines", Action.VIEW_DEADLINES, Page[DeadlineRow])
async def deadlines(
    call: Calling,
    paging: Paging,
    state: DeadlineState | None = None,
    term: Annotated[str | None, Query(pattern="^[a-z_]{1,40}$")] = None,
) -> Response:
    """Every term, by date."""
    return await call.run(reading.show_deadlines, paging, state, term)
