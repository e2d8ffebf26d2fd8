"""What a person decides about a mail of which nobody knows whether it arrived."""

from uuid import UUID

from services.notify.commands import Decide
from services.notify.domain.delivery import decide, told
from services.notify.store import notifications
from services.notify.views import NotificationRow
from wij import audit, outbox
from wij.access import Action
from wij.database import Transaction
from wij.events import Caused


async def decide_notification(tx: Transaction, notification_id: UUID, ask: Decide) -> NotificationRow:
    """Send it again, or leave it. Raises `NotFound` outside the caller's team and `NothingToDecide`."""
    one, state = await notifications.for_update(tx, notification_id)
    becomes, reason = decide(state, ask.decision)
    await notifications.decide(tx, notification_id, becomes, reason)
    fact = told(one.id, one.intent, becomes, reason)
    await outbox.append(tx, [Caused(fact, one.intent.cause)] if fact else [])
    await audit.looked(
        tx,
        Action.DECIDE_NOTIFICATION,
        "notification",
        notification_id,
        household_id=one.intent.household_id,
        result=ask.decision,
    )
    return await notifications.view(tx, notification_id)
