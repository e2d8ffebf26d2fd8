"""What people see of notify; each look is on record in the transaction that looks."""

from datetime import datetime
from uuid import UUID

from services.notify.store import deadlines, inbox, notifications
from services.notify.views import DeadlineRow, DeadlineState, InboxItem, NotificationRow, NotificationState
from wij import audit
from wij.access import Action
from wij.call import Cursor, Page
from wij.database import Transaction


async def show_inbox(tx: Transaction, cursor: Cursor, *, done: bool) -> Page[InboxItem]:
    """The caller's items, newest first."""
    await audit.looked(tx, Action.VIEW_INBOX, "inbox", None)
    found = await inbox.page(tx, cursor.key(_number), cursor.limit + 1, done=done)
    shown = found[: cursor.limit]
    following = Cursor.to([shown[-1][0]]) if len(found) > cursor.limit else None
    return Page(items=[item for _, item in shown], next=following)


async def mark_done(tx: Transaction, item_id: UUID) -> InboxItem:
    """Done once; asking again shows when and by whom. Raises `NotFound`."""
    item = await inbox.done(tx, item_id)
    await audit.looked(tx, Action.VIEW_INBOX, "inbox", item_id, household_id=item.household_id, result="done")
    return item


async def show_notifications(tx: Transaction, cursor: Cursor, state: NotificationState | None) -> Page[NotificationRow]:
    """The messages of the caller's team, newest first, without content."""
    await audit.looked(tx, Action.VIEW_NOTIFICATIONS, "notifications", None)
    found = await notifications.page(tx, state, cursor.key(_number), cursor.limit + 1)
    shown = found[: cursor.limit]
    following = Cursor.to([shown[-1][0]]) if len(found) > cursor.limit else None
    return Page(items=[row for _, row in shown], next=following)


async def show_deadlines(
    tx: Transaction, cursor: Cursor, state: DeadlineState | None, term: str | None
) -> Page[DeadlineRow]:
    """The terms of the caller's team (of a worker: without a case, or of their own cases), by date."""
    await audit.looked(tx, Action.VIEW_DEADLINES, "deadlines", None)
    after = cursor.key(_due_and_id)
    found = await deadlines.page(tx, state, term, after, cursor.limit + 1)
    shown = found[: cursor.limit]
    more = len(found) > cursor.limit
    following = Cursor.to([shown[-1].due_at.isoformat(), shown[-1].deadline_id]) if more else None
    return Page(items=shown, next=following)


def _due_and_id(due_at: str, deadline_id: str) -> tuple[datetime, UUID]:
    return datetime.fromisoformat(due_at), UUID(deadline_id)


def _number(number: str) -> int:
    return int(number)
